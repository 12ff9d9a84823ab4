"""Projections: what they show is what folding all records shows, whatever became of snapshots."""

import hashlib
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import msgspec
import pytest

from threadbook.errors import StoreUnavailable
from threadbook.folds.fold import Fact, Fold, Projection, Snapshot
from threadbook.folds.trust import TrustFold, standing
from threadbook.log import open_log
from threadbook.log.store import Query
from threadbook.ops.erase import erase
from threadbook.records.bodies import VerdictAccept
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

ANN = Identity.static("did:sync:user:ann")


class Counts(msgspec.Struct):
    by_kind: dict[str, int] = {}
    notes: list[str] = []


class CountFold(Fold[Counts]):
    """Counts records by kind, and keeps the notes in them."""

    name = "counts"
    version = 1
    state_type = Counts

    def __init__(self):
        self.applied = 0

    def apply(self, state, fact):
        self.applied += 1
        kind = fact.kind or ""
        state.by_kind[kind] = state.by_kind.get(kind, 0) + 1
        if isinstance(fact.body.get("note"), str):
            state.notes.append(fact.body["note"])
        return state


class NotesFold(CountFold):
    name = "notes"
    wants = (Query(kind="team.a.note"), Query(act="KNOW"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.db"


@pytest.fixture
def log(path):
    with open_log(f"sqlite:///{path}") as log:
        yield log


def fill(log, count, *, start=0, act="DO", kind="team.a.note"):
    drafts = [
        Draft(act=act, body={"kind": kind, "note": f"n{start + number}"}, thread="th")
        for number in range(count)
    ]
    return log.append_many(drafts, by=ANN)


def notes(projection):
    return projection.ask(lambda state: list(state.notes))


def test_a_look_folds_only_what_is_new(log):
    fold = CountFold()
    projection = Projection(log, fold)
    assert notes(projection) == ([], 0)
    fill(log, 3)
    assert notes(projection) == (["n0", "n1", "n2"], 3)
    fill(log, 2, start=3)
    assert notes(projection) == (["n0", "n1", "n2", "n3", "n4"], 5)
    assert notes(projection).watermark == 5
    assert fold.applied == 5


def test_several_queries_are_one_stream_in_order_without_repeats(log):
    for number in range(30):
        act, kind = ("KNOW", "DO")[number % 2], ("team.a.note", "team.b.other")[number % 3 == 0]
        fill(log, 1, start=number, act=act, kind=kind)
    wanted = [f"n{number}" for number in range(30) if number % 2 == 0 or number % 3]
    assert notes(Projection(log, NotesFold())) == (wanted, 30)


def test_more_than_a_page(log):
    fill(log, 2501)
    fold = NotesFold()
    assert len(notes(Projection(log, fold)).value) == fold.applied == 2501


def test_a_copy_is_the_callers_own(log):
    fill(log, 2)
    projection = Projection(log, CountFold())
    projection.read().value.notes.append("mine")
    assert projection.read() == (Counts({"team.a.note": 2}, ["n0", "n1"]), 2)


def test_the_next_process_begins_with_the_snapshot(log, path):
    fill(log, 10)
    notes(Projection(log, CountFold(), snapshot_every=10))
    fill(log, 3, start=10)
    with open_log(f"sqlite:///{path}") as other:
        fold = CountFold()
        assert notes(Projection(other, fold)) == ([f"n{n}" for n in range(13)], 13)
        assert fold.applied == 3


def test_no_snapshot_for_a_few_records(log):
    fill(log, 9)
    notes(Projection(log, CountFold(), snapshot_every=10))
    assert log.store.kept("fold:counts") is None
    notes(Projection(log, CountFold(), snapshot_every=None))
    assert log.store.kept("fold:counts") is None


def test_a_large_state_is_kept_less_often(log):
    body = {"note": "x" * 100_000}
    by_hand = [Draft(act="DO", body=body, thread="th") for _ in range(2)]
    log.append_many(by_hand, by=ANN)
    projection = Projection(log, CountFold(), snapshot_every=1)
    notes(projection)
    kept = log.store.kept("fold:counts")
    fill(log, 100)
    notes(projection)
    assert log.store.kept("fold:counts") == kept
    fill(log, 101)
    notes(projection)
    assert log.store.kept("fold:counts") != kept
    assert Projection(log, CountFold()).rebuild()


class NewerFold(CountFold):
    version = 2


class OtherTypeFold(CountFold):
    state_type = type("Other", (msgspec.Struct,), {"__annotations__": {"by_kind": int}})

    def empty(self):
        return Counts()


@pytest.mark.parametrize("other", [NewerFold, OtherTypeFold])
def test_a_snapshot_of_another_version_or_type_is_not_used(log, other):
    fill(log, 5)
    notes(Projection(log, CountFold(), snapshot_every=1))
    fold = other()
    assert notes(Projection(log, fold)) == ([f"n{n}" for n in range(5)], 5)
    assert fold.applied == 5


def tampered(kept, **fields):
    return msgspec.msgpack.encode(
        msgspec.structs.replace(msgspec.msgpack.decode(kept, type=Snapshot), **fields)
    )


@pytest.mark.parametrize(
    "damage",
    [
        lambda _kept: b"",
        lambda _kept: b"\xff" * 40,
        lambda kept: kept[:-1],
        lambda kept: kept.replace(b"n1", b"n9"),
        lambda kept: tampered(kept, chain=bytes(32)),
        lambda kept: tampered(kept, seq=3),
        lambda kept: tampered(kept, seq=0),
        lambda kept: tampered(kept, seq=99),
        lambda kept: tampered(kept, mark=b"another"),
        lambda kept: tampered(kept, mark=None),
        lambda kept: tampered(kept, fold="trust"),
    ],
)
def test_a_snapshot_that_does_not_fit_is_not_used(log, damage):
    fill(log, 5)
    notes(Projection(log, CountFold(), snapshot_every=1))
    log.store.keep("fold:counts", damage(log.store.kept("fold:counts")))
    fold = CountFold()
    assert notes(Projection(log, fold)) == ([f"n{n}" for n in range(5)], 5)
    assert fold.applied == 5


def test_a_snapshot_of_another_log_is_not_used(log, tmp_path):
    fill(log, 5)
    notes(Projection(log, CountFold(), snapshot_every=1))
    with open_log(f"sqlite:///{tmp_path / 'other.db'}") as other:
        fill(other, 5, start=50)
        for name in ("fold", "fold:counts"):
            other.store.keep(name, log.store.kept(name))
        assert notes(Projection(other, CountFold())) == ([f"n{n}" for n in range(50, 55)], 5)


def test_a_log_that_was_put_back_is_folded_again(log, path, tmp_path):
    """A backup restored under a running projection: other records stand where the old ones did."""
    fill(log, 3)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM INTO ?", (str(tmp_path / "backup.db"),))
    fill(log, 4, start=3)
    projection = Projection(log, CountFold())
    assert notes(projection).watermark == 7
    log.store._disconnect()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(tmp_path / "backup.db", path)
    assert fill(log, 2, start=90)[-1].seq == 5
    assert notes(projection) == (["n0", "n1", "n2", "n90", "n91"], 5)


def test_what_is_erased_leaves_every_projection_and_snapshot(log, path):
    stored = fill(log, 5)
    here = Projection(log, CountFold(), snapshot_every=1)
    with open_log(f"sqlite:///{path}") as other:
        there = Projection(other, CountFold(), snapshot_every=1)
        assert notes(here).value == notes(there).value
        erase(log, [stored[1].id], reason="a test", by=ANN)
        expected = ["n0", "n2", "n3", "n4"]
        assert notes(there).value == notes(here).value == expected
        assert notes(Projection(other, CountFold())).value == expected
        assert b"n1" not in (log.store.kept("fold:counts") or b"")
        applied = here._fold.applied
        assert notes(here).value == expected
        assert here._fold.applied == applied


def test_trust_goes_with_the_verdict_that_is_erased(log):
    projection = Projection(log, TrustFold())
    body = VerdictAccept(subject="did:sync:agent:bob", judges="0" * 64)
    stored = log.append(body.draft(thread="th"), by=ANN)

    def samples():
        return projection.ask(
            lambda state: standing(state, "did:sync:agent:bob", as_of=2**50).samples
        ).value

    assert samples() == 1
    erase(log, [stored.id], reason="a test", by=ANN)
    assert samples() == 0
    assert projection.rebuild()


def test_a_store_that_fails_in_the_middle_does_not_spoil_the_state(log):
    fill(log, 2500)
    projection = Projection(log, CountFold())
    rows, calls = log.store.rows, []

    def failing(*args, **options):
        calls.append(args)
        if len(calls) == 2:
            raise StoreUnavailable("unplugged")
        return rows(*args, **options)

    log.store.rows = failing
    with pytest.raises(StoreUnavailable):
        notes(projection)
    del log.store.rows
    assert notes(projection) == ([f"n{n}" for n in range(2500)], 2500)


def test_a_rebuild_tells_whether_the_state_was_right(log):
    fill(log, 5)
    notes(Projection(log, CountFold(), snapshot_every=1))
    assert Projection(log, CountFold()).rebuild()
    kept = msgspec.msgpack.decode(log.store.kept("fold:counts"), type=Snapshot)
    forged = kept.state.replace(b"n1", b"n9")
    digest = hashlib.sha256(forged).digest()
    log.store.keep(
        "fold:counts", tampered(log.store.kept("fold:counts"), state=forged, digest=digest)
    )
    forged_projection = Projection(log, CountFold())
    assert "n9" in notes(forged_projection).value
    assert not forged_projection.rebuild()
    assert notes(forged_projection) == ([f"n{n}" for n in range(5)], 5)
    assert notes(Projection(log, CountFold())) == ([f"n{n}" for n in range(5)], 5)


def test_threads_look_while_others_write(log):
    projection = Projection(log, CountFold(), snapshot_every=7)
    problems, done = [], threading.Event()

    def look():
        seen = 0
        while not done.is_set() or seen < 60:
            found, watermark = notes(projection)
            if watermark < seen or found != [f"n{n}" for n in range(watermark)]:
                problems.append((seen, watermark, found))
                return
            seen = watermark

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for looker in lookers:
        looker.start()
    for number in range(60):
        fill(log, 1, start=number)
    done.set()
    for looker in lookers:
        looker.join(30)
    assert not any(looker.is_alive() for looker in lookers)
    assert problems == []


LOOKER = """
import sys
from threadbook.folds.fold import Projection
from threadbook.folds.threads import ThreadsFold, entry
from threadbook.log import open_log

url, count = sys.argv[1], int(sys.argv[2])
with open_log(url) as log:
    projection = Projection(log, ThreadsFold(), snapshot_every=5)
    print("ready", flush=True)
    watermark = 0
    while watermark < count:
        found, watermark = projection.ask(lambda state: entry(state, "th"))
        assert (found.record_count if found else 0) == watermark, (found, watermark)
    print(projection.rebuild())
"""


def test_two_processes_keep_snapshots_of_one_store(log, path):
    command = [sys.executable, "-c", LOOKER, f"sqlite:///{path}", "40"]
    others = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        assert [other.stdout.readline() for other in others] == ["ready\n", "ready\n"]
        for number in range(40):
            fill(log, 1, start=number)
        for other in others:
            said, _ = other.communicate(timeout=60)
            assert (said, other.returncode) == ("True\n", 0)
    finally:
        for other in others:
            other.kill()
            other.wait()


def test_numbers_that_only_pythons_json_reads(log):
    body = {"note": "big", "n": 10**400, "m": 10**30}
    log.append(Draft(act="DO", body=body, thread="th"), by=ANN)
    assert notes(Projection(log, CountFold())) == (["big"], 1)
    fact = Fact(log.read()[0])
    assert fact.body == body
    assert fact.parents == []
