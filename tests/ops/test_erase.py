"""Erasure: the content is gone from every file, the log still verifies."""

import sqlite3
from contextlib import closing

import pytest

from threadbook.errors import ConfigError, RecordNotFound, StoreUnavailable
from threadbook.log.entry import Sealed
from threadbook.log.verify import verify
from threadbook.ops.erase import erase, finish, unfinished
from threadbook.records.bodies import Erasure
from threadbook.records.canonical import canonical_bytes, sha256_hex
from threadbook.records.record import Draft
from threadbook.records.tombstone import tombstone_of

SECRET = "a-secret-that-nobody-may-read-7391"

START = """
import sys
from threadbook.log import crashpoints, open_log
from threadbook.ops.erase import erase
from threadbook.records.identity import Identity

log = open_log(sys.argv[1])
crashpoints.armed = sys.argv[2]
erase(log, sys.argv[3:], reason="asked", by=Identity.static("did:sync:user:ann"))
"""
POINTS = ["erase:ordered", "erase:buried", "erase:removed"]


@pytest.fixture
def secret(log, signer, draft):
    """Append a record with a secret and a blob, among others; return it."""
    ref = log.blobs.put(SECRET.encode() * 1000)
    log.append(draft(0), by=signer)
    body = {"kind": "team.test.note", "text": SECRET * 200, "file": {"blob": ref.blob, "size": 1}}
    found = log.append(draft(body=body), by=signer)
    log.append(draft(2, parents=(found.id,)), by=signer)
    return found


def files_hold(path, text):
    """Return which of the store's files hold the text, byte for byte."""
    files = path.parent.glob(f"{path.name}*")
    return [file.name for file in files if text.encode() in file.read_bytes()]


def test_the_content_is_gone_and_the_rest_stays(log, secret, path, signer):
    log.store.keep("fold", SECRET.encode())
    assert files_hold(path, SECRET)
    before = log.store.get(secret.id)
    done = erase(log, [secret.id], reason="asked", by=signer)
    assert files_hold(path, SECRET) == []
    assert done.records == [secret.id]
    assert len(done.blobs) == 1
    assert log.store.blob_digests() == []
    assert log.store.kept("fold") is None
    after = log.get(secret.id)
    assert after.is_erased
    assert after.body == {
        "kind": "team.test.note",
        "_erased": {
            "by": done.orders[0],
            "body_sha256": sha256_hex(canonical_bytes(secret.body)),
        },
    }
    row = log.store.get(secret.id)
    for column in ("seq", "id", "sig", "recorded_at", "chain", "thread", "actor", "kind", "clock"):
        assert getattr(row, column) == getattr(before, column)
    report = verify(log)
    assert report.problems == []
    assert report.erased == 1
    assert verify(log, thread="th").is_clean


def test_the_words_of_the_content_are_gone_from_the_index(log, path, signer, draft):
    stored = log.append(draft(body={"text": "an unforgettableword"}), by=signer)
    log.append_many([draft(body={"text": f"word{n}"}) for n in range(300)], by=signer)
    assert [found.record.id for found in log.find("unforgettableword").hits] == [stored.id]
    assert len(files_hold(path, "unforgettableword")) > 1
    erase(log, [stored.id], reason="asked", by=signer)
    assert files_hold(path, "unforgettableword") == []
    assert log.find("unforgettableword").hits == []


def test_the_order_stands_on_the_thread_with_its_reason(log, secret, signer):
    done = erase(log, [secret.id], reason="asked", by=signer, authorized_by="did:sync:user:boss")
    order = log.get(done.orders[0])
    assert (order.thread, order.actor, order.act) == ("th", signer.actor_did, "PUT")
    erasure = Erasure.of(order.record)
    assert (erasure.erases, erasure.reason) == ([secret.id], "asked")
    assert erasure.authorized_by == "did:sync:user:boss"


def test_what_is_erased_stays_erased(log, secret, signer):
    erase(log, [secret.id], reason="asked", by=signer)
    size = log.size
    again = erase(log, [secret.id], reason="asked", by=signer)
    assert (again.orders, again.records, again.blobs) == ([], [], [])
    stored = log.append(Sealed(record=secret.record, canonical=secret.canonical, sig=secret.sig))
    assert stored.is_erased
    assert log.size == size


def test_a_blob_that_another_record_names_stays(log, secret, signer, draft):
    body = {"file": secret.body["file"]}
    log.append(draft(body=body), by=signer)
    assert erase(log, [secret.id], reason="asked", by=signer).blobs == []
    assert verify(log).is_clean
    assert SECRET.encode() in log.blobs.get(secret.body["file"]["blob"])


def test_records_of_several_threads_get_an_order_each(log, signer, draft):
    ids = [log.append(draft(n, thread=f"th{n % 2}"), by=signer).id for n in range(6)]
    done = erase(log, ids, reason="asked", by=signer)
    assert sorted(log.get(order).thread for order in done.orders) == ["th0", "th1"]
    assert sorted(done.records) == sorted(ids)
    assert verify(log, thread="th1").is_clean


def test_many_records_fit_into_several_orders(log, ann, draft):
    stored = log.append_many([draft(n) for n in range(1100)], by=ann)
    done = erase(log, [record.id for record in stored], reason="asked", by=ann)
    assert len(done.orders) == 3
    report = verify(log)
    assert (report.problems, report.erased) == ([], 1100)


def test_nothing_is_written_when_one_of_them_cannot_be_erased(log, secret, signer):
    size = log.size
    with pytest.raises(RecordNotFound):
        erase(log, [secret.id, "ab" * 32], reason="asked", by=signer)
    with pytest.raises(ConfigError, match="reason"):
        erase(log, [secret.id], reason="", by=signer)
    assert log.size == size
    order = erase(log, [secret.id], reason="asked", by=signer).orders[0]
    size = log.size
    with pytest.raises(ConfigError, match=r"core\.erasure"):
        erase(log, [order], reason="asked", by=signer)
    assert log.size == size


def test_a_mark_alone_removes_nothing(log, secret, signer):
    mark = Erasure(erases=[secret.id], reason="r", authorized_by="a", effective_at="t")
    log.append(mark.draft(thread="th"), by=signer)
    finish(log)
    assert log.get(secret.id).body == secret.body
    assert unfinished(log) == []


def bury_by_hand(path, stored, canonical):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE record SET canonical = ? WHERE seq = ?", (canonical, stored.seq))


@pytest.mark.parametrize("by", ["nobody", "another record", "a mark for another record"])
def test_a_tombstone_without_an_order_for_it_is_a_problem(log, path, signer, draft, by):
    stored = log.append(draft(1), by=signer)
    other = log.append(draft(2), by=signer)
    mark = Erasure(erases=[other.id], reason="r", authorized_by="a", effective_at="t")
    order = {
        "nobody": "ab" * 32,
        "another record": other.id,
        "a mark for another record": log.append(mark.draft(thread="th"), by=signer).id,
    }[by]
    bury_by_hand(path, stored, tombstone_of(stored.record, by=order).canonical)
    (problem,) = verify(log).problems
    assert problem.id == stored.id
    assert "erased" in problem.reason


def test_a_tombstone_of_an_order_is_a_problem(log, path, signer, draft):
    mark = Erasure(erases=["ab"], reason="r", authorized_by="a", effective_at="t")
    stored = log.append(mark.draft(thread="th"), by=signer)
    second = Erasure(erases=[stored.id], reason="r", authorized_by="a", effective_at="t")
    order = log.append(second.draft(thread="th"), by=signer)
    bury_by_hand(path, stored, tombstone_of(stored.record, by=order.id).canonical)
    assert any("must not be" in problem.reason for problem in verify(log).problems)


def test_other_content_is_no_tombstone(log, path, secret, signer):
    done = erase(log, [secret.id], reason="asked", by=signer)
    forged = tombstone_of(secret.record, by=done.orders[0])
    forged.body["note"] = "more"
    bury_by_hand(path, secret, forged.canonical)
    assert any("not the hash" in problem.reason for problem in verify(log).problems)


def test_a_record_that_only_says_so_is_an_ordinary_record(log, ann):
    said = {"_erased": {"by": "ab" * 32, "body_sha256": "cd" * 32}, "kind": "team.test.note"}
    stored = log.append(Draft(act="DO", body=said, thread="th"), by=ann)
    assert not stored.is_erased
    report = verify(log)
    assert (report.problems, report.erased) == ([], 0)


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_erasure_is_finished_by_the_next(log, path, secret, signer, die, point):
    other = log.append(Draft(act="DO", body={"text": SECRET}, thread="th2"), by=signer)
    ids = [secret.id, other.id]
    die(START, log.url, point, *ids)
    assert verify(log).is_clean
    assert bool(unfinished(log)) == (point != "erase:ordered")
    erase(log, ids, reason="asked", by=signer)
    assert unfinished(log) == []
    assert all(log.get(record_id).is_erased for record_id in ids)
    assert files_hold(path, SECRET) == []
    assert log.store.blob_digests() == []
    assert verify(log).is_clean


def test_what_a_reader_delays_is_finished_later(path, secret, signer, open_at):
    log = open_at(path, busy_timeout=0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM record").fetchone()
        with pytest.raises(StoreUnavailable):
            erase(log, [secret.id], reason="asked", by=signer)
    assert len(unfinished(log)) == 1
    finish(log)
    assert unfinished(log) == []
    assert files_hold(path, SECRET) == []


def test_content_of_records_that_moved_between_pages_is_gone(log, path, signer, draft):
    """Erasing small records makes SQLite merge pages, which leaves copies where they stood."""
    stored = [
        log.append(draft(body={"text": f"private-{n:04d}-" + "x" * (n * 37 % 900)}), by=signer)
        for n in range(120)
    ]
    first = [record.id for record in stored[::2]]
    erase(log, first, reason="asked", by=signer)
    assert [n for n in range(0, 120, 2) if files_hold(path, f"private-{n:04d}-")] == []
    erase(log, [record.id for record in stored[1::2]], reason="asked", by=signer)
    assert files_hold(path, "private-") == []
    assert verify(log).is_clean
