"""What only the Redis store has: a lease, one script for a commit, and indexes of its own."""

import os
import signal
import time
from contextlib import suppress

import msgspec
import pytest

from threadbook.errors import StoreUnavailable
from threadbook.log import open_log, redis_reading, redis_transaction
from threadbook.log.blobs import CHUNK
from threadbook.log.entry import Sealed
from threadbook.log.filters import EVERYTHING, parse_filter
from threadbook.log.redis_layout import Keys
from threadbook.log.store import Order, Position
from threadbook.log.verify import verify
from threadbook.records.identity import Identity

PATIENCE = 60

START = """
import asyncio, itertools, os, signal, sys, threading, time
from threadbook.errors import StoreUnavailable
from threadbook.log import crashpoints, open_log
from threadbook.log import redis_transaction
from threadbook.log.filters import EVERYTHING, parse_filter
from threadbook.log.entry import Sealed
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

me = Identity.static("did:sync:agent:shared")

def draft(number, **fields):
    return Draft(**{"act": "DO", "body": {"n": number}, "thread": "th", **fields})

def say(*words):
    print(*words, flush=True)
"""

APPEND_MANY = (
    START
    + """
log = open_log(sys.argv[1])
say("ready")
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    log.append(draft(number, body={"writer": sys.argv[2], "n": number}), by=me)
say("done")
"""
)

FOLLOW = (
    START
    + """
async def follow(log, count):
    records = log.follow(after=0)
    say("ready")
    for _ in range(count):
        stored = await anext(records)
        say(stored.seq, stored.id, stored.body["writer"], stored.body["n"], stored.clock)

asyncio.run(follow(open_log(sys.argv[1]), int(sys.argv[2])))
"""
)

OPEN_EACH = (
    START
    + """
say("ready")
for url in sys.argv[1:]:
    sys.stdin.readline()
    with open_log(url) as log:
        log.append(draft(0), by=me)
    say("opened")
"""
)

STALL = (
    START
    + """
redis_transaction.LEASE_SECONDS = 0.2
log = open_log(sys.argv[1])
entry = Sealed.seal(draft(1, body={"writer": "stalled"}), me, clock=5)

def guard():
    say("inside")
    sys.stdin.readline()

try:
    log.append(entry, guard=guard)
    say("appended")
except StoreUnavailable as error:
    say(error.message)
say(log.append(entry).id == entry.id)
"""
)

KEEP_APPENDING = (
    START
    + """
log = open_log(sys.argv[1])
for number in itertools.count():
    entry = Sealed.seal(draft(number, thread=f"th{number % 3}"), me, clock=number)
    while True:
        try:
            stored = log.append(entry)
        except StoreUnavailable:
            time.sleep(0.02)
        else:
            break
    say(stored.id)
"""
)

DIE = (
    START
    + """
log = open_log(sys.argv[1])
log.append(draft(0), by=me)
redis_transaction.LEASE_SECONDS = 0.3
crashpoints.armed = sys.argv[2]
log.append_many([draft(n, thread="new") for n in range(1, 50)], by=me)
"""
)

DIE_IN_A_BLOB = (
    START
    + """
crashpoints.armed = "blob:chunk"
open_log(sys.argv[1]).blobs.put(bytes(3_000_000))
"""
)

FORK = (
    START
    + """
def is_well(action):
    pid = os.fork()
    if not pid:
        signal.alarm(20)  # a child that waits for ever ends, and fails the test
        try:
            action()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0

log = open_log(sys.argv[1])
log.append(draft(0), by=me)
stop = threading.Event()

def append():
    while not stop.is_set():
        log.append(draft(0, thread="thread"), by=me)

def read():
    while not stop.is_set():
        log.read()

def in_child():
    log.append(draft(number, thread="child"), by=me)
    assert log.blobs.get(log.blobs.put(b"of the child").blob) == b"of the child"
    log.close()

threads = [threading.Thread(target=target, daemon=True) for target in (append, read)]
for thread in threads:
    thread.start()
for number in range(20):
    assert is_well(in_child)
    log.append(draft(number, thread="parent"), by=me)
stop.set()
for thread in threads:
    thread.join()
"""
)


@pytest.fixture
def url(redis_server):
    return redis_server.url()


@pytest.fixture
def server(redis_server):
    """Return a client of the server."""
    with redis_server.connect() as client:
        yield client


@pytest.fixture
def opened():
    """Return a function that opens a log; all are closed at the end."""
    logs = []

    def open_again(url, **options):
        logs.append(open_log(url, **options))
        return logs[-1]

    yield open_again
    for log in logs:
        log.close()


@pytest.fixture
def log(opened, url):
    return opened(url)


@pytest.fixture
def bob():
    return Identity.static("did:sync:user:bob")


@pytest.fixture
def keys(url):
    return Keys(url.partition("prefix=")[2])


def expect(process, line):
    assert process.stdout.readline() == f"{line}\n"


def tell(process, line="go"):
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


# Several processes


def test_processes_append_and_another_follows(child, url, log):
    count = 150
    follower = child(FOLLOW, url, 3 * count)
    writers = [child(APPEND_MANY, url, name, count) for name in "abc"]
    for process in (follower, *writers):
        expect(process, "ready")
    for writer in writers:
        tell(writer)
    lines = follower.stdout.read().splitlines()
    for writer in writers:
        expect(writer, "done")
        assert writer.wait(PATIENCE) == 0
    stored = list(log.read_all())
    assert [record.seq for record in stored] == list(range(1, 3 * count + 1))
    assert len({record.clock for record in stored}) == 3 * count
    for writer in "abc":
        own = [record.body["n"] for record in stored if record.body["writer"] == writer]
        assert own == list(range(count))
    assert lines == [f"{r.seq} {r.id} {r.body['writer']} {r.body['n']} {r.clock}" for r in stored]
    assert verify(log).is_clean


def test_a_new_log_can_be_opened_by_many_processes_at_once(child, redis_server, opened):
    urls = [redis_server.url() for _ in range(5)]
    processes = [child(OPEN_EACH, *urls) for _ in range(3)]
    for process in processes:
        expect(process, "ready")
    for url in urls:
        for process in processes:
            tell(process)
        assert {process.stdout.readline() for process in processes} == {"opened\n"}, url
        log = opened(url)
        assert log.size == 3
        assert verify(log).is_clean


def stalled_in_its_transaction(child, url, keys, server):
    process = child(STALL, url)
    expect(process, "inside")
    os.kill(process.pid, signal.SIGSTOP)
    wait_until(lambda: not server.exists(keys.lock))  # its lease has run out
    return process


def test_a_writer_stopped_beyond_its_lease_does_not_overwrite(
    child, url, log, keys, server, ann, draft
):
    process = stalled_in_its_transaction(child, url, keys, server)
    other = log.append(draft(2), by=ann)
    os.kill(process.pid, signal.SIGCONT)
    tell(process)
    assert "another writer came first" in process.stdout.readline()
    expect(process, "True")
    assert [record.seq for record in log.read()] == [1, 2]
    assert log.read()[0] == other
    assert verify(log).is_clean


def test_a_writer_stopped_beyond_its_lease_goes_on_if_nobody_else_wrote(
    child, url, log, keys, server
):
    process = stalled_in_its_transaction(child, url, keys, server)
    os.kill(process.pid, signal.SIGCONT)
    tell(process)
    expect(process, "appended")
    expect(process, "True")
    assert [record.body for record in log.read()] == [{"writer": "stalled"}]
    assert verify(log).is_clean


def test_a_stalled_writer_does_not_push_in_while_another_has_the_lock(
    child, url, log, keys, server, ann, draft
):
    process = stalled_in_its_transaction(child, url, keys, server)

    def guard():
        os.kill(process.pid, signal.SIGCONT)
        tell(process)
        assert "another writer came first" in process.stdout.readline()

    assert log.append(draft(2), by=ann, guard=guard).seq == 1
    expect(process, "True")
    assert log.size == 2
    assert verify(log).is_clean


def test_a_slow_writer_that_still_does_something_keeps_the_lock(
    monkeypatch, log, opened, url, ann, draft
):
    monkeypatch.setattr(redis_transaction, "LEASE_SECONDS", 0.3)
    hasty = opened(url, busy_timeout=0)
    refused = []

    def guard():
        end = time.monotonic() + 1
        while time.monotonic() < end:
            log.read()
            with pytest.raises(StoreUnavailable, match="another writer"):
                hasty.append(draft(2), by=ann)
            refused.append(time.monotonic())

    log.append(draft(1), by=ann, guard=guard)
    assert refused
    assert hasty.append(draft(3), by=ann).seq == 2


def test_others_go_on_when_a_writer_was_killed_with_the_lock(
    monkeypatch, child, url, log, ann, draft
):
    process = child(STALL, url)
    expect(process, "inside")
    process.kill()
    assert log.append(draft(), by=ann).seq == 1
    assert verify(log).is_clean


def test_a_transaction_inside_a_transaction_is_refused_at_once(log, ann, draft):
    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match="already"):
        log.append(draft(1), by=ann, guard=lambda: log.append(draft(2), by=ann))
    assert time.monotonic() - began < 8
    assert log.size == 0
    assert log.append(draft(3), by=ann).seq == 1


def test_a_process_may_fork_while_its_threads_append_and_read(child, url, log):
    process = child(FORK, url)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    for thread in ("child", "parent"):
        assert [r.body["n"] for r in log.read(thread=thread)] == list(range(20))
    assert verify(log).is_clean


# Crashes


@pytest.mark.parametrize(("point", "size"), [("append:inserted", 1), ("append:committed", 50)])
def test_a_batch_is_there_whole_or_not_at_all(child, url, log, ann, draft, *, point, size):
    process = child(DIE, url, point)
    assert process.wait(PATIENCE) == -signal.SIGKILL
    assert [record.body["n"] for record in log.read()] == list(range(size))
    assert log.append(draft(thread="new"), by=ann).seq == size + 1
    assert verify(log).is_clean


def test_what_a_killed_server_acknowledged_is_there_once(child, own_redis_server, opened):
    url = own_redis_server.url("log")
    writers = [child(KEEP_APPENDING, url, name) for name in "ab"]
    acknowledged = []
    for _ in range(3):
        for writer in writers:
            acknowledged += [writer.stdout.readline() for _ in range(15)]
        own_redis_server.kill()
        own_redis_server.start()
    for writer in writers:
        writer.kill()
        acknowledged += [line for line in writer.stdout.readlines() if line.endswith("\n")]
    log = opened(url)
    stored = [record.id for record in log.read_all()]
    assert len(set(stored)) == len(stored) == log.size
    assert {line.strip() for line in acknowledged} <= set(stored)
    assert verify(log).is_clean


def test_a_log_stays_usable_when_the_server_is_started_afresh(own_redis_server, opened, ann, draft):
    log = opened(own_redis_server.url())
    first = log.append(draft(1), by=ann)
    own_redis_server.kill()
    with pytest.raises(StoreUnavailable):
        log.append(draft(2), by=ann)
    own_redis_server.start()
    second = log.append(draft(2), by=ann)
    assert log.read() == [first, second]
    assert verify(log).is_clean


def test_a_commit_that_arrives_twice_counts_once(log, ann, draft):
    """The driver sends it again when the connection broke before the reply."""
    first = log.append(draft(1), by=ann)
    entry = Sealed.seal(draft(2), ann, clock=7)
    changes = {"seq": 2, "id": entry.id, "canonical": entry.canonical, "clock": 7}
    with log.store.write() as transaction:
        transaction.insert(msgspec.structs.replace(log.store.get(first.id), **changes))
        assert transaction.commit()
        assert log.size == 2
    assert log.size == 2
    assert [summary.records for summary in log.threads()] == [2]
    assert log.append(draft(3), by=ann).seq == 3


def test_a_half_written_blob_is_invisible_and_expires(child, url, log, keys, server):
    process = child(DIE_IN_A_BLOB, url)
    assert process.wait(PATIENCE) == -signal.SIGKILL
    (staged,) = server.scan_iter(keys.base + b"staged:*")
    assert 0 < server.ttl(staged) <= 24 * 3600
    assert log.store.blob_digests() == []
    ref = log.blobs.put(bytes(3_000_000))
    assert log.blobs.get(ref.blob) == bytes(3_000_000)
    assert server.ttl(keys.blob(ref.blob)) == -1
    assert verify(log).is_clean


def test_a_blob_that_expired_while_it_was_written_is_an_error(log, keys, server):
    def chunks():
        yield bytes(CHUNK)
        for key in server.scan_iter(keys.base + b"staged:*"):
            server.delete(key)
        yield b"end"

    with pytest.raises(StoreUnavailable, match="abandoned"):
        log.store.blob_write(chunks())
    assert log.store.blob_digests() == []
    assert list(server.scan_iter(keys.base + b"staged:*")) == []


def test_a_stream_that_fails_leaves_no_chunk(log, keys, server):
    def chunks():
        yield bytes(CHUNK)
        raise ZeroDivisionError

    with suppress(ZeroDivisionError):
        log.store.blob_write(chunks())
    assert list(server.scan_iter(keys.base + b"staged:*")) == []


# Scripts


def test_a_server_that_forgot_the_scripts_is_told_again(log, server, ann, draft):
    stored = []
    for number in range(3):
        server.script_flush()
        stored.append(log.append(draft(number), by=ann))
        server.script_flush()
        assert log.read() == stored
        server.script_flush()
        assert log.get(stored[0].id) == stored[0]
    server.script_flush()
    assert log.blobs.get(log.blobs.put(b"content").blob) == b"content"
    assert verify(log).is_clean


def calls(server):
    counts = {name: stat["calls"] for name, stat in server.info("commandstats").items()}
    return [counts.get(f"cmdstat_{name}", 0) for name in ("evalsha", "zrevrangebylex")]


def test_a_lone_writer_makes_two_round_trips_for_an_append(log, server, ann, draft):
    log.append(draft(0), by=ann)
    scripts, reads = calls(server)
    for number in range(10):
        log.append(draft(number), by=ann)
    assert calls(server) == [scripts + 20, reads]


def test_clocks_that_another_process_took_are_seen(log, opened, url, ann, draft):
    other = opened(url)
    ahead = log.append(draft(1), by=ann).clock + 10**9
    log.append(draft(2), by=ann)
    other.append(draft(3, clock=ahead), by=ann)
    assert log.append(draft(4), by=ann).clock == ahead + 1
    assert other.append(draft(5), by=ann).clock == ahead + 2


def test_a_failed_transaction_leaves_no_clock_behind(log, ann, draft):
    first = log.append(draft(1), by=ann)

    def fail():
        with log.store.write() as transaction:
            changes = {"seq": 2, "id": "ab" * 32, "clock": 2**62}
            transaction.insert(msgspec.structs.replace(log.store.get(first.id), **changes))
            assert transaction.last_clock("th", ann.actor_did) == 2**62
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert log.append(draft(2), by=ann).clock < 2**62


# Reading


def test_a_read_of_more_than_one_answer_holds_is_complete(log, ann, draft):
    body = {"s": "x" * 250_000}
    log.append_many([draft(body={**body, "n": n}) for n in range(30)], by=ann)
    assert [r.body["n"] for r in log.read(limit=100)] == list(range(30))
    assert [r.body["n"] for r in log.read(thread="th", limit=28)] == list(range(28))
    assert [r.body["n"] for r in log.latest(thread="th", limit=100)] == list(range(30))[::-1]


def test_filters_that_few_of_many_match_are_followed_to_the_end(log, ann, bob, draft):
    log.append_many([draft(n) for n in range(2600)], by=ann)
    log.append_many([draft(n, thread="other") for n in range(2600)], by=bob)
    wanted = [log.append(draft(1), by=bob), log.append(draft(2), by=bob)]
    log.append_many([draft(n) for n in range(50)], by=ann)
    assert log.read(thread="th", actor=bob.actor_did) == wanted
    assert log.latest(thread="th", actor=bob.actor_did, limit=5) == wanted[::-1]
    assert log.read(thread="other", actor=ann.actor_did) == []


@pytest.mark.parametrize("at_most", [0, 20_000])
@pytest.mark.parametrize("descending", [False, True])
def test_the_order_of_clocks_is_the_same_walked_and_sorted(
    monkeypatch, log, ann, bob, draft, *, at_most, descending
):
    monkeypatch.setattr(redis_reading, "_SORTED", at_most)
    for number in range(60):
        clock = number * 37 % 60 + 2**62 * (number % 7 == 0)
        thread = "th" if number % 3 else "other"
        log.append(draft(number, thread=thread, clock=clock), by=(ann, bob)[number % 2])
    wanted = [r for r in log.read() if r.thread == "th" and r.actor == bob.actor_did]
    wanted.sort(key=lambda record: (record.clock, record.seq), reverse=descending)
    query = parse_filter({"thread": "th", "actor": bob.actor_did})
    order, after, found = Order("clock", descending), None, []
    while True:
        page = log.store.candidates(query, order, after=after, limit=7)
        found += [row.seq for row in page.rows if row.seq in {r.seq for r in wanted}]
        after = page.resume
        if after is None:
            break
    assert found == [record.seq for record in wanted]


@pytest.mark.parametrize("number", [-1, 2**53, 2**63, 2**70])
@pytest.mark.parametrize("by", ["sequence", "clock"])
def test_a_position_may_be_anywhere(log, ann, draft, *, by, number):
    log.append_many([draft(n) for n in range(3)], by=ann)
    for descending in (False, True):
        order = Order(by, descending)
        place = Position(number, number)
        page = log.store.candidates(EVERYTHING, order, after=place, limit=9)
        assert len(page.rows) == (3 if (number > 0) == descending else 0)
        assert page.resume is None
