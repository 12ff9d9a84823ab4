"""What every store promises beyond appending: kept state, erasure, and guarded appends."""

import threading
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from threadbook.errors import PreconditionFailed, StoreBusy, StoreUnavailable
from threadbook.log.blobs import CHUNK
from threadbook.log.log import open_log
from threadbook.log.store import Query
from threadbook.records.tombstone import tombstone_of

PATIENCE = 60


# Kept state


def test_what_is_kept_is_returned_replaced_and_forgotten(log):
    assert log.store.kept("fold") is None
    log.store.keep("fold", b"one")
    log.store.keep("other", b"")
    log.store.keep("fold", b"two \0\xff")
    assert (log.store.kept("fold"), log.store.kept("other")) == (b"two \0\xff", b"")
    log.store.forget("fold")
    log.store.forget("never kept")
    assert (log.store.kept("fold"), log.store.kept("other")) == (None, b"")
    assert log.size == 0


@pytest.mark.parametrize("name", ["t\0t", "é\U0001f600", "x" * 1024, "\U0001f600" * 1024], ids=len)
def test_any_name_keeps_and_holds_something_of_its_own(log, name):
    for other in (name, name[:-1], f"{name}."):
        log.store.keep(other, other.encode())
        log.store.hold(other, other)
    assert log.store.kept(name) == name.encode()
    assert log.store.holders() == {other: other for other in (name, name[:-1], f"{name}.")}


def test_a_large_state_is_kept_whole(log):
    data = bytes(range(256)) * (8 * CHUNK // 256)
    log.store.keep("fold", data)
    assert log.store.kept("fold") == data


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.keep("a", b"b"),
        lambda store: store.kept("a"),
        lambda store: store.forget("a"),
        lambda store: store.blob_erase("ab" * 32),
    ],
)
def test_a_closed_store_keeps_nothing(log, use):
    log.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        use(log.store)


# Erasure


def erase(log, stored):
    gone = tombstone_of(stored.record, by="f" * 64).canonical
    with log.store.write() as transaction:
        transaction.erase(stored.seq, gone)
    return gone


def test_an_erased_record_keeps_its_place_and_loses_its_content(log, ann, draft):
    body = {"kind": "team.review.finding", "text": "private"}
    before = log.append_many([draft(0), draft(body=body), draft(2)], by=ann)
    row, version = log.store.get(before[1].id), log.store.version()
    gone = erase(log, before[1])
    assert b"private" not in gone
    expected = msgspec.structs.replace(row, canonical=gone)
    assert log.store.get(row.id) == expected
    assert log.store.rows(Query(kind="team.review.finding"), after=0, limit=9) == [expected]
    assert [log.read(limit=9)[at] for at in (0, 2)] == [before[0], before[2]]
    assert log.store.version() != version
    assert log.append(draft(3), by=ann).seq == 4
    assert [found.seq for found in log.read(thread="th")] == [1, 2, 3, 4]


def test_an_erasure_is_taken_back_with_its_transaction(log, ann, draft):
    stored = log.append(draft(1), by=ann)
    log.store.keep("fold", b"of the content")
    row = log.store.get(stored.id)

    def erase_and_fail():
        with log.store.write() as transaction:
            transaction.erase(stored.seq, b"{}")
            assert transaction.find(stored.id).canonical == b"{}"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        erase_and_fail()
    assert log.store.get(stored.id) == row
    assert log.read() == [stored]
    assert log.append(draft(2), by=ann).seq == 2


def test_what_was_computed_from_erased_content_is_forgotten(log, ann, draft):
    stored = log.append(draft(1), by=ann)
    log.store.keep("fold", b"of the content")
    erase(log, stored)
    assert log.store.kept("fold") is None


def test_an_erased_record_is_not_appended_again(log, ann, draft):
    stored = log.append(draft(1, clock=7), by=ann)
    gone = erase(log, stored)
    assert log.append(draft(1, clock=7), by=ann).canonical == gone
    assert log.size == 1


@pytest.mark.parametrize("size", [0, 10, 2 * CHUNK + 1])
def test_an_erased_blob_is_gone_and_can_be_stored_again(log, size):
    content, other = b"x" * size, log.blobs.put(b"other")
    ref = log.blobs.put(content)
    assert log.store.blob_erase(ref.blob)
    assert not log.store.blob_erase(ref.blob)
    assert ref.blob not in log.blobs
    assert log.store.blob_chunk(ref.blob, 0) is None
    assert log.store.blob_digests() == [other.blob]
    assert log.blobs.get(log.blobs.put(content).blob) == content
    assert log.blobs.get(other.blob) == b"other"


@pytest.mark.parametrize("digest", ["ab" * 32, "", "nonsense", "AB" * 32])
def test_a_blob_that_is_not_there_cannot_be_erased(log, digest):
    log.blobs.put(b"x")
    assert not log.store.blob_erase(digest)
    assert len(log.store.blob_digests()) == 1


# Guards


def test_a_guard_sees_all_that_was_appended_before(log, ann, draft):
    first, seen = log.append_many([draft(n) for n in range(3)], by=ann), []

    def look():
        head = log.head("th")
        seen.extend([log.read(), log.get(head.id), log.size, log.threads()[0].records])
        seen.append(log.store.tip().chain == log.store.get(head.id).chain)

    stored = log.append(draft(3), by=ann, guard=look)
    assert seen == [first, first[-1], 3, 3, True]
    assert (stored.seq, log.size) == (4, 4)


def test_what_a_guard_raises_is_raised_with_nothing_written(log, ann, draft):
    first = log.append(draft(0), by=ann)

    def refuse():
        raise PreconditionFailed("no")

    for _ in range(3):
        with pytest.raises(PreconditionFailed, match="no"):
            log.append_many([draft(1, thread="new"), draft(2)], by=ann, guard=refuse)
    assert log.read() == [first]
    assert [summary.thread for summary in log.threads()] == ["th"]
    assert log.append(draft(1), by=ann).seq == 2


def test_of_appends_that_expect_to_be_the_first_one_is(new_log, ann, draft):
    log = new_log()
    for number in range(15):
        thread, barrier = f"th{number}", threading.Barrier(4)

        def expect_nothing(thread=thread):
            if log.head(thread) is not None:
                raise PreconditionFailed("somebody was first")

        def race(worker, thread=thread, barrier=barrier, guard=expect_nothing):
            barrier.wait(PATIENCE)
            try:
                return log.append(draft(worker, thread=thread), by=ann, guard=guard)
            except PreconditionFailed:
                return None

        with ThreadPoolExecutor(4) as pool:
            won = [stored for stored in pool.map(race, range(4)) if stored]
        assert log.read(thread=thread) == won
        assert len(won) == 1


# Appends that must not wait


def test_an_append_that_must_not_wait_says_that_another_is_writing(log, ann, draft):
    is_writing, may_go_on = threading.Event(), threading.Event()

    def write():
        with log.store.write():
            is_writing.set()
            assert may_go_on.wait(PATIENCE)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        assert is_writing.wait(PATIENCE)
        with pytest.raises(StoreBusy):
            log.append_many([draft(0)], by=ann, wait=False)
        may_go_on.set()
        writing.result(PATIENCE)
    assert log.size == 0
    assert log.append_many([draft(0)], by=ann)[0].seq == 1


def test_an_append_that_must_not_wait_is_written_or_refused_as_a_whole(log, ann, draft):
    drafts, is_embedded = [draft(0), draft(1)], log.url.startswith(("memory:", "sqlite:"))
    if is_embedded:
        stored = log.append_many(drafts, by=ann, wait=False)
        assert log.read() == stored
    else:  # a server is always waited for
        with pytest.raises(StoreBusy):
            log.append_many(drafts, by=ann, wait=False)
        assert log.size == 0


def test_another_process_is_not_waited_for_by_an_append_that_must_not(tmp_path, ann, draft):
    url = f"sqlite:///{tmp_path}/log.db"
    with open_log(url, busy_timeout=PATIENCE) as log, open_log(url) as other:
        with other.store.write(), pytest.raises(StoreBusy):
            log.append_many([draft(0)], by=ann, wait=False)
        # Who may wait waits as long as before.
        waits = log.store._connection.execute("PRAGMA busy_timeout").fetchone()
        assert waits == (PATIENCE * 1000,)
        assert log.append(draft(0), by=ann).seq == 1
