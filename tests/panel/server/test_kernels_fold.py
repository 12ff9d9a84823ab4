"""What the records of a kernel's sessions add up to: the thread that it is on."""

import pytest

from threadbook.log.log import open_log
from threadbook.records.bodies import CellStart, SessionStart, SessionSwitch
from threadbook.records.identity import Identity
from threadbook.records.record import Act, Draft
from threadbook_panel.kernels import KernelPlace, place_of
from threadbook_panel.reader import Reader

ANN, EVE = Identity.static("did:sync:user:ann"), Identity.static("did:sync:user:eve")


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path / 'log.db'}") as log:
        yield log


@pytest.fixture
def start(log):
    def start(thread, kernel_id="k", by=ANN, **fields):
        body = SessionStart(
            kernel="", versions={}, executor="", pid=1, host="", kernel_id=kernel_id, **fields
        )
        return log.append(body.draft(thread=thread), by=by).id

    return start


@pytest.fixture
def switch(log):
    def switch(session, thread, kernel_id="k", by=ANN):
        body = SessionSwitch(session=session, came_from="", kernel_id=kernel_id)
        log.append(body.draft(thread=thread), by=by)

    return switch


@pytest.fixture
def place(log):
    reader = Reader(log)
    return lambda kernel_id="k": place_of(reader, kernel_id)


def test_the_newest_session_counts_and_where_it_went(start, switch, place):
    first = start("th_a")
    assert place() == KernelPlace(thread="th_a", session=first, sandbox="none")
    switch(first, "th_b")
    assert place() == KernelPlace(thread="th_b", session=first, sandbox="none")
    second = start("th_c", sandbox="jail")
    assert place() == KernelPlace(thread="th_c", session=second, sandbox="jail")
    switch(first, "th_d")  # of a session that is over
    assert place().thread == "th_c"


def test_kernels_are_told_apart(start, switch, place):
    one, two = start("th_a", "one"), start("th_b", "two")
    switch(one, "th_c", "two")
    assert (place("one").session, place("one").thread) == (one, "th_a")
    assert (place("two").session, place("two").thread) == (two, "th_b")
    assert place("three") == KernelPlace()


def test_what_others_say_of_a_kernel_is_passed_over(start, switch, place):
    session = start("th_a")
    start("th_eve", by=EVE)
    switch(session, "th_eve", by=EVE)
    assert place() == KernelPlace(thread="th_a", session=session, sandbox="none")


@pytest.mark.parametrize("kernel_id", [None, 7, ["k"], {}], ids=str)
def test_records_that_name_no_kernel_are_passed_over(log, start, place, kernel_id):
    session = start("th_a")
    for kind in (SessionStart.KIND, SessionSwitch.KIND):
        body = {"kind": kind, "kernel_id": kernel_id, "session": [], "sandbox": 1}
        log.append(Draft(act=Act.DO, body=body, thread="th_b"), by=ANN)
    assert place().session == session


def test_a_look_reads_the_sessions_that_are_new_and_nothing_else(log, start, place, monkeypatch):
    cell = CellStart(code="1", session="", execution="")
    log.append_many([cell.draft(thread="th_a") for _ in range(3000)], by=ANN)
    for number in range(3):
        start("th_a", str(number))
    read, rows = [], log.store.rows

    def counted(query, **options):
        found = rows(query, **options)
        read.extend(found)
        return found

    monkeypatch.setattr(log.store, "rows", counted)
    assert place("2").thread == "th_a"
    assert [row.kind for row in read] == [SessionStart.KIND] * 3
    del read[:]
    assert place("1").thread == "th_a"
    assert read == []
    log.append_many([cell.draft(thread="th_a") for _ in range(3000)], by=ANN)
    assert place("1").thread == "th_a"
    assert len(read) <= 1  # where the last look ended
