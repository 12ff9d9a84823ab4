"""Verification that goes on: what is appended is checked, and what was checked is checked again."""

import sqlite3
import threading
import time
from contextlib import closing

import pytest

from threadbook.log import ongoing
from threadbook.log.checkpoints import LOG_THREAD, SignedHead, origin_of
from threadbook.log.ongoing import OngoingVerification
from threadbook.log.tree import Tree
from threadbook.records.identity import Identity

PATIENCE = 30


@pytest.fixture
def key(tmp_path):
    return Identity.key(tmp_path / "key.pem")


@pytest.fixture
def log(reopen):
    return reopen()


@pytest.fixture
def append(log, draft, key):
    def append(count, *, by=key):
        return log.append_many([draft(number) for number in range(count)], by=by)

    return append


@pytest.fixture
def verifying(log):
    """Return a function that makes a verification; all are closed at the end."""
    made = []

    def make(**options):
        made.append(OngoingVerification(log, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def looked(verification, is_so):
    """Look until something is so, and return what is known then."""
    deadline = time.monotonic() + PATIENCE
    while not is_so(standing := verification.look()):
        assert time.monotonic() < deadline, standing
    return standing


def tamper(path, statement, *values):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement, values).rowcount


def test_an_empty_log_holds(verifying):
    standing = verifying().look(patience=PATIENCE)
    assert (standing.verified, standing.problem) == (0, None)


def test_it_goes_on_where_it_was(log, append, verifying, monkeypatch):
    append(250)
    verification = verifying()
    first = looked(verification, lambda one: one.verified == 250)
    assert first.problem is None
    assert abs(first.verified_at - time.time() * 1000) < PATIENCE * 1000
    read = []
    rows = log.store.rows
    monkeypatch.setattr(
        log.store,
        "rows",
        lambda *a, **k: [read.append(row.seq) or row for row in rows(*a, **k)],
    )
    append(3)
    assert looked(verification, lambda one: one.verified == 253).problem is None
    assert read == [251, 252, 253]


def test_a_look_does_a_piece_of_the_work_and_blocks_nobody(append, verifying, monkeypatch):
    monkeypatch.setattr(ongoing, "_SECONDS", 0.0)  # a piece, and no more
    append(250)
    verification = verifying()
    seen = [verification.look(patience=PATIENCE).verified for _ in range(3)]
    assert seen == [0, 0, 0]  # no time, no piece
    monkeypatch.setattr(ongoing, "_SECONDS", 60.0)
    entered, go = threading.Event(), threading.Event()
    piece = verification._piece

    def held(checker):
        entered.set()
        go.wait(PATIENCE)
        return piece(checker)

    monkeypatch.setattr(verification, "_piece", held)
    assert verification.look(patience=0).verified == 0
    assert entered.wait(PATIENCE)
    assert verification.look(patience=0).verified == 0  # while somebody is at work
    go.set()
    looked(verification, lambda one: one.verified == 250)


@pytest.mark.parametrize(
    ("statement", "holds", "reason"),
    [
        ("UPDATE record SET recorded_at = recorded_at + 1 WHERE seq = 7", 6, "breaks the chain"),
        ("UPDATE record SET sig = NULL WHERE seq = 7", 6, "the signature is missing"),
        ("DELETE FROM record WHERE seq = 7", 7, "follows seq 6"),
        ("UPDATE record SET canonical = x'7b7d' WHERE seq = 7", 6, "not the hash"),
        ("UPDATE record SET id = x'00' WHERE seq = 7", 6, "seq 7"),
    ],
)
def test_what_was_tampered_with_is_found(path, append, verifying, statement, holds, reason):
    append(12)
    tamper(path, statement)
    standing = looked(verifying(), lambda one: one.problem)
    assert reason in str(standing.problem)
    assert standing.verified == holds
    assert standing.verified_at is not None


def test_what_is_tampered_with_after_it_was_checked_is_found(path, append, verifying):
    append(12)
    now = 0.0
    verification = verifying(again_seconds=60, clock=lambda: now)
    looked(verification, lambda one: one.verified == 12)
    tamper(path, "UPDATE record SET recorded_at = recorded_at + 1 WHERE seq = 7")
    assert verification.look(patience=PATIENCE).problem is None  # it is left alone for a while
    now = 61.0
    standing = looked(verification, lambda one: one.problem)
    assert (standing.problem.seq, standing.verified) == (7, 6)


def test_a_log_that_was_cut_off_is_found(path, append, verifying):
    append(12)
    verification = verifying()
    looked(verification, lambda one: one.verified == 12)
    tamper(path, "UPDATE tip SET seq = 9")
    assert "the log ends at seq 9" in looked(verification, lambda one: one.problem).problem.reason


def test_the_newest_record_is_another_one_now(path, append, verifying):
    append(12)
    verification = verifying()
    looked(verification, lambda one: one.verified == 12)
    tamper(path, "UPDATE tip SET chain = zeroblob(32)")
    assert looked(verification, lambda one: one.problem)


def test_what_is_checked_all_over_again_still_holds(append, verifying):
    append(120)
    now = 0.0
    verification = verifying(again_seconds=60, clock=lambda: now)
    first = looked(verification, lambda one: one.verified == 120)
    for round_ in range(1, 4):
        now = 61.0 * round_
        append(1)
        second = looked(verification, lambda one, all_=120 + round_: one.verified == all_)
        assert second.problem is None
    assert second.verified_at >= first.verified_at


@pytest.mark.parametrize("size", [3, 1024, 1500])
@pytest.mark.parametrize("is_true", [True, False])
def test_checkpoints_of_what_has_gone_by_are_checked(log, append, verifying, key, size, is_true):
    append(size)
    verification = verifying()
    looked(verification, lambda one: one.verified == size)
    append(2)
    looked(verification, lambda one: one.verified == size + 2)
    root = Tree(log).head(size) if is_true else bytes(32)
    head = SignedHead.sign(origin=origin_of(log.store), size=size, root=root, by=key)
    stored = log.append(head.body.draft(thread=LOG_THREAD), by=key)
    standing = looked(verification, lambda one: one.problem or one.verified == size + 3)
    if is_true:
        assert standing.problem is None
    else:
        assert standing.problem.id == stored.id
        assert "does not fit the first" in standing.problem.reason


def test_after_the_end_nothing_is_checked(append, log):
    append(3)
    verification = OngoingVerification(log)
    verification.close()
    assert verification.look().verified == 0
    assert not any(thread.name == "verify" for thread in threading.enumerate())
