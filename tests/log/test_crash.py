"""Processes killed with SIGKILL: what was acknowledged is there, the rest is whole or absent."""

import random
import signal

import pytest

from threadbook.log.blobs import CHUNK
from threadbook.log.verify import verify

PATIENCE = 60

START = """
import io, itertools, sys
from threadbook.log import crashpoints, open_log
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

me = Identity.static("did:sync:agent:mortal")
log = open_log(sys.argv[1])

def append(number, **fields):
    draft = Draft(**{"act": "DO", "body": {"n": number}, "thread": "th", **fields})
    print(log.append(draft, by=me).id, flush=True)
"""

DIE_AT = (
    START
    + """
for number in range(5):
    append(number)
crashpoints.armed = sys.argv[2]
append(5, thread="new")
"""
)

DIE_IN_A_BATCH = (
    START
    + """
append(0)
crashpoints.armed = sys.argv[2]
log.append_many([Draft(act="DO", body={"n": n}, thread="th") for n in range(1, 50)], by=me)
"""
)

DIE_IN_A_BLOB = (
    START
    + """
append(0)
print(log.blobs.put(b"complete").blob, flush=True)
crashpoints.armed = "blob:chunk"
log.blobs.put(io.BytesIO(bytes(int(sys.argv[2]))))
"""
)

APPEND_FOR_EVER = (
    START
    + """
for number in itertools.count():
    append(number, thread=f"th{number % 3}", body={"n": number, "s": "x" * (number % 7 * 900)})
"""
)

PUT_FOR_EVER = (
    START
    + """
for number in itertools.count():
    print(log.blobs.put(number.to_bytes(4) * (1 + number % 5 * 150_000)).blob, flush=True)
"""
)


def acknowledged_before_death(process):
    """Return the lines of a process that kills itself."""
    lines = process.communicate(timeout=PATIENCE)[0].split()
    assert process.returncode == -signal.SIGKILL
    return lines


def acknowledged_before_kill(process, count):
    """Return the lines of a process that is killed after `count` of them."""
    lines = [process.stdout.readline() for _ in range(count)]
    process.kill()
    lines += process.stdout.readlines()  # communicate would pass over what is buffered
    assert process.wait(PATIENCE) == -signal.SIGKILL
    return [line.strip() for line in lines if line.endswith("\n")]


@pytest.mark.parametrize(("point", "survives"), [("append:inserted", 0), ("append:committed", 1)])
def test_a_record_is_durable_with_its_commit_and_not_before(
    child, path, reopen, ann, draft, *, point, survives
):
    acknowledged = acknowledged_before_death(child(DIE_AT, f"sqlite:///{path}", point))
    assert len(acknowledged) == 5
    log = reopen()
    assert [record.id for record in log.read(limit=5)] == acknowledged
    assert [record.body["n"] for record in log.read(thread="new")] == [5] * survives
    assert log.size == 5 + survives
    assert verify(log).is_clean
    assert log.append(draft(thread="new"), by=ann).seq == 6 + survives
    assert verify(log).is_clean


@pytest.mark.parametrize(("point", "size"), [("append:inserted", 1), ("append:committed", 50)])
def test_a_batch_is_there_whole_or_not_at_all(child, path, reopen, *, point, size):
    acknowledged = acknowledged_before_death(child(DIE_IN_A_BATCH, f"sqlite:///{path}", point))
    log = reopen()
    assert acknowledged == [log.read()[0].id]
    assert [record.body["n"] for record in log.read()] == list(range(size))
    assert verify(log).is_clean


@pytest.mark.parametrize("size", [1, CHUNK, 2 * CHUNK + 1])
def test_a_half_written_blob_is_invisible_and_can_be_written_again(child, path, reopen, size):
    process = child(DIE_IN_A_BLOB, f"sqlite:///{path}", size)
    record_id, digest = acknowledged_before_death(process)
    log = reopen()
    assert [record.id for record in log.read()] == [record_id]
    assert log.store.blob_digests() == [digest]
    assert log.blobs.get(digest) == b"complete"
    assert verify(log).is_clean
    again = log.blobs.put(bytes(size))
    assert log.blobs.get(again.blob) == bytes(size)
    assert sorted(log.store.blob_digests()) == sorted([digest, again.blob])
    assert verify(log).is_clean


def test_every_acknowledged_record_survives_a_kill_at_any_moment(child, path, reopen):
    moments, acknowledged = random.Random(20), []
    for _ in range(6):
        process = child(APPEND_FOR_EVER, f"sqlite:///{path}")
        acknowledged += acknowledged_before_kill(process, moments.randint(1, 120))
        log = reopen()
        stored = [record.id for record in log.read_all()]
        assert [record_id for record_id in stored if record_id in set(acknowledged)] == acknowledged
        assert verify(log).is_clean
        log.close()
    assert len(stored) - len(acknowledged) <= 6  # at most the one that each was at


def test_every_acknowledged_blob_survives_a_kill_at_any_moment(child, path, reopen):
    moments, acknowledged = random.Random(21), set()
    for _ in range(4):
        process = child(PUT_FOR_EVER, f"sqlite:///{path}")
        acknowledged |= set(acknowledged_before_kill(process, moments.randint(1, 25)))
        log = reopen()
        assert acknowledged <= set(log.store.blob_digests())
        assert verify(log).is_clean
        log.close()


def test_several_processes_go_on_after_one_of_them_is_killed(child, path, reopen, ann, draft):
    reopen().append(draft(), by=ann)
    mortal, survivor = (child(APPEND_FOR_EVER, f"sqlite:///{path}") for _ in range(2))
    acknowledged = acknowledged_before_kill(mortal, 50)
    acknowledged += acknowledged_before_kill(survivor, 100)
    log = reopen()
    assert set(acknowledged) <= {record.id for record in log.read_all()}
    assert verify(log).is_clean
