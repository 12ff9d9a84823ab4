"""Health: how far the log holds, what waits beside it, and what earlier state was lost with."""

import sqlite3
import time
from contextlib import closing

import msgspec
import pytest

from threadbook.kernel.liveness import Holder
from threadbook.log.log import open_log
from threadbook.log.ongoing import OngoingVerification
from threadbook.log.outbox import Outbox
from threadbook.records.bodies import CellEnd, SessionRestart, SessionStart
from threadbook.records.record import Draft
from threadbook_panel.feed import Feed

SECONDS = 30


def health(feed, is_so=lambda _: True, thread=None):
    """Look until something is so."""
    deadline = time.monotonic() + SECONDS
    while not is_so(found := feed.call("health", {"thread": thread})):
        assert time.monotonic() < deadline, found
    return found


def test_a_log_that_holds_is_verified_as_it_grows(feed, add, person, store):
    for size in (3, 5):
        while feed.call("health", {}).records < size:
            add({"n": 1})
        found = health(feed, lambda one: one.verified == one.records)
        assert (found.records, found.problem) == (size, None)
    assert found.store == f"sqlite:///{store}"
    assert (found.outbox, found.sandbox, found.session) == (0, None, "none")
    assert (found.warnings, found.person, found.read_only) == ([], person.actor_did, None)


@pytest.mark.parametrize(("size", "is_waited_for"), [(3, True), (500, False)], ids=str)
def test_what_is_verified_soon_is_waited_for_and_nothing_else(
    feed, log, agent, monkeypatch, size, is_waited_for
):
    waits = []

    def look(verification, **options):
        waits.append(options.get("patience", 1) > 0)
        return standing_of(verification, **options)

    standing_of = OngoingVerification.look
    monkeypatch.setattr(OngoingVerification, "look", look)
    drafts = (Draft(act="DO", body={"n": number}, thread="th_1") for number in range(size))
    log.append_many(drafts, by=agent)
    feed.call("health", {})
    assert any(waits) is is_waited_for


def test_a_file_that_is_tampered_with_under_it_is_reported(feed, add, store):
    for number in range(6):
        add({"n": number})
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE record SET recorded_at = recorded_at + 1 WHERE seq = 4")
    found = health(feed, lambda one: one.problem)
    assert "seq 4" in found.problem
    assert "breaks the chain" in found.problem
    assert found.verified == 3


def test_what_waits_in_the_outbox_is_counted(log, agent, tmp_path):
    outbox = Outbox(tmp_path / "outbox" / "x.db")
    feed = Feed(log, outbox=outbox.path)
    assert feed.call("health", {}).outbox == 0
    assert not outbox.path.exists()  # looking makes nothing
    drafts = [Draft(act="DO", body={"n": number}, thread="th_1") for number in range(2)]
    outbox.seal(drafts, by=agent, after={})
    assert feed.call("health", {}).outbox == 2
    outbox.deliver(log)
    assert feed.call("health", {}).outbox == 0
    feed.close()


def test_the_session_and_what_was_lost_are_those_of_the_thread(feed, add):
    start = SessionStart(
        kernel="threadbook", versions={}, executor="jupyter", sandbox="guard", pid=1, host="h"
    )
    session = add(start)
    died = add(CellEnd(status="died", note="the kernel died"))
    restart = add(SessionRestart(session=session.id, reason="reset"))
    found = feed.call("health", {"thread": died.thread})
    assert (found.sandbox, found.session) == ("guard", "running")
    assert [(one.id, one.at) for one in found.warnings] == [
        (one.id, one.recorded_at) for one in (restart, died)
    ]
    assert "reset" in found.warnings[0].text
    other = feed.call("health", {"thread": "th_other"})
    assert (other.sandbox, other.session, other.warnings) == (None, "none", [])


def test_a_session_whose_kernel_is_gone_has_ended(feed, add, log):
    start = SessionStart(kernel="threadbook", versions={}, executor="jupyter", pid=1, host="h")
    session = add(start)
    thread = session.thread
    holder = Holder.current(thread=thread)
    log.store.hold(session.id, holder.as_text())
    assert feed.call("health", {"thread": thread}).session == "running"
    log.store.hold(session.id, msgspec.structs.replace(holder, born="another").as_text())
    assert feed.call("health", {"thread": thread}).session == "ended"
    log.store.hold(session.id, "what nobody understands")
    assert feed.call("health", {"thread": thread}).session == "running"


def test_it_says_why_nothing_can_be_answered(log):
    found = Feed(log, read_only="this kernel is sandboxed").call("health", {})
    assert (found.person, found.read_only) == (None, "this kernel is sandboxed")


def test_a_password_is_not_shown(log, monkeypatch):
    monkeypatch.setattr(log.store, "url", "postgresql://ann:hunter2@host/base")
    assert "hunter2" not in Feed(log).call("health", {}).store


@pytest.mark.parametrize("count", [3, 2_000])
def test_a_look_does_not_wait_for_all_of_a_long_log(store, agent, count):
    with open_log(f"sqlite:///{store}") as log:
        drafts = [Draft(act="DO", body={"n": n}, thread="th") for n in range(count)]
        log.append_many(drafts, by=agent)
        feed = Feed(log)
        began = time.monotonic()
        first = feed.call("health", {})
        assert first.records == count
        assert first.problem is None
        assert health(feed, lambda one: one.verified == count).problem is None
        if count > 3:
            assert first.verified < count
            assert time.monotonic() - began > 0.05
        feed.close()
