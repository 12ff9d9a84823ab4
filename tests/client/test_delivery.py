"""What the service cannot take waits, and arrives once, in order, under its id."""

import json
import signal
import sqlite3
import subprocess
import sys
import threading

import pytest

from threadbook import Identity
from threadbook.errors import ServiceError
from threadbook.log.entry import Sealed
from threadbook.log.log import open_log
from threadbook.log.outbox import Outbox
from threadbook.records.record import Draft

ACTOR = "did:sync:agent:dev"
EMIT = """
import os, sys
from pathlib import Path
from threadbook import Client, Identity
from threadbook.log import crashpoints

endpoint, outbox, name, count, armed = sys.argv[1:]
crashpoints.armed = armed or None
client = Client(
    endpoint=endpoint, identity=Identity.static("did:sync:agent:" + name),
    outbox=Path(outbox), backoff_ms=5,
)
for n in range(int(count)):
    body = {"n": n, "pid": os.getpid()}  # equal records at one clock would be one record
    result = client.emit_sync(act="DO", kind="x.y.z", body=body, thread="th_" + name)
    print(result.record_id, "pending" if result.pending else "stored", flush=True)
client.close_sync()
"""


def emit_elsewhere(endpoint, outbox, name, count, armed=""):
    """Emit in another process; return the process."""
    arguments = [endpoint, str(outbox), name, str(count), armed]
    return subprocess.Popen(
        [sys.executable, "-c", EMIT, *arguments], stdout=subprocess.PIPE, text=True
    )


def put(client, n, thread="th", **options):
    return client.emit_sync(act="DO", kind="x.y.z", body={"n": n}, thread=thread, **options)


def ids(records):
    return [record["id"] for record in records]


def stored(service, **filters):
    with open_log(service.store) as log:
        return [record.id for record in log.read_all(**filters)]


def posted(server):
    return [json.loads(request.body)["body"]["n"] for request in server.requests]


def waiting(client):
    return [entry.entry.id for entry in client.outbox.pending()]


def test_what_is_emitted_while_the_service_is_away_arrives_by_itself(mortal, connect, until):
    client = connect(mortal.url)
    results = [put(client, 0)]
    mortal.kill()
    results += [put(client, n) for n in range(1, 6)]
    assert [result.pending for result in results] == [False, *[True] * 5]
    assert all(result.success and result.record_id for result in results)
    assert "no answer" in results[-1].error
    assert waiting(client) == [result.record_id for result in results[1:]]
    mortal.start()
    until(lambda: not client.outbox.pending())
    assert stored(mortal) == [result.record_id for result in results]
    assert client.outbox.refused() == []


def test_nothing_new_overtakes_what_waits(mortal, connect, until):
    client = connect(mortal.url, backoff_ms=2)
    results, threads = [], ["th_a", "th_b"]
    for _ in range(3):
        results += [put(client, 0, threads[n % 2]) for n in range(4)]
        mortal.kill()
        results += [put(client, 0, threads[n % 2]) for n in range(4)]
        mortal.start()
    until(lambda: not client.outbox.pending())
    for thread in threads:
        wanted = [result.record_id for result in results if result.thread == thread]
        assert stored(mortal, thread=thread) == wanted


def test_another_process_delivers_first_what_an_earlier_one_left(mortal, tmp_path):
    outbox = tmp_path / "outbox.db"
    mortal.kill()
    first = emit_elsewhere(mortal.url, outbox, "dev", 3).communicate(timeout=60)[0].split()
    assert first[1::2] == ["pending"] * 3
    mortal.start()
    then = emit_elsewhere(mortal.url, outbox, "dev", 2).communicate(timeout=60)[0].split()
    assert then[1::2] == ["stored"] * 2
    assert stored(mortal) == first[::2] + then[::2]
    assert Outbox(outbox).pending() == []


def test_a_client_killed_after_the_service_took_a_record_repeats_nothing(mortal, tmp_path):
    outbox = tmp_path / "outbox.db"
    mortal.kill()
    first = emit_elsewhere(mortal.url, outbox, "dev", 2).communicate(timeout=60)[0].split()
    mortal.start()
    dying = emit_elsewhere(mortal.url, outbox, "dev", 1, "outbox:accepted")
    dying.communicate(timeout=60)
    assert dying.returncode == -signal.SIGKILL
    assert stored(mortal) == first[:1]
    assert len(Outbox(outbox).pending()) == 2
    then = emit_elsewhere(mortal.url, outbox, "dev", 1).communicate(timeout=60)[0].split()
    assert stored(mortal) == first[::2] + then[::2]
    assert Outbox(outbox).pending() == []


def test_a_service_killed_at_any_moment_loses_and_repeats_nothing(mortal, connect, until):
    client = connect(mortal.url, backoff_ms=2)
    results, done = [], threading.Event()

    def emit():
        while not done.is_set():
            results.append(put(client, len(results)))

    emitting = threading.Thread(target=emit)
    emitting.start()
    try:
        for round_number in range(1, 4):
            until(lambda: len(results) > round_number * 20)  # noqa: B023
            mortal.kill()
            mortal.start()
    finally:
        done.set()
        emitting.join()
    until(lambda: client.outbox.deliver_sync() or not client.outbox.pending())
    until(lambda: not client.outbox.pending())
    assert all(result.success for result in results)
    assert stored(mortal) == [result.record_id for result in results]


def test_several_processes_share_an_outbox_and_each_record_arrives_once(mortal, tmp_path):
    outbox, names = tmp_path / "outbox.db", ["a", "b", "c"]
    mortal.kill()
    left = [emit_elsewhere(mortal.url, outbox, name, 10) for name in names]
    emitted = {
        name: each.communicate(timeout=60)[0].split()[::2]
        for name, each in zip(names, left, strict=True)
    }
    mortal.start()
    again = [emit_elsewhere(mortal.url, outbox, name, 5) for name in names * 2]
    for each in again:
        each.communicate(timeout=60)
    found = stored(mortal)
    assert len(found) == len(set(found))
    for name in names:
        own = stored(mortal, thread=f"th_{name}")
        assert own[:10] == emitted[name]
    assert len(found) == 3 * 10 + 6 * 5
    assert Outbox(outbox).pending() == []


def test_an_answer_that_is_lost_costs_a_repeat_under_the_same_id(scripted, connect):
    def losing(request):
        return None if len(server.requests) == 1 else accepting(request)

    accepting = scripted().answer
    server = scripted(losing)
    result = put(connect(server.url), 1)
    assert (result.success, result.pending, result.retried) == (True, False, 1)
    first, second = (json.loads(request.body) for request in server.requests)
    assert first == second


@pytest.mark.parametrize("status", [401, 429, 404, 301, 500, 503, 507])
def test_what_may_pass_keeps_a_record_waiting(scripted, connect, until, status):
    server = scripted()
    accepting = server.answer
    server.answer = lambda _: (status, {"code": "SOME", "message": "words"})
    client = connect(server.url, max_retries=1)
    result = put(client, 1)
    assert (result.success, result.pending) == (True, True)
    assert "SOME: words" in result.error
    assert result.retried == (1 if status in {429, 500, 503, 507} else 0)
    server.answer = accepting
    until(lambda: not client.outbox.pending())
    assert json.loads(server.requests[-1].body)["clock"] == result.clock


def test_a_service_that_asks_for_time_is_given_it_and_keeps_nobody_waiting(scripted, connect):
    server = scripted(lambda _: (429, {}, {"retry-after": "3600"}))
    client = connect(server.url)
    assert all(put(client, n).pending for n in range(5))
    assert len(server.requests) == 1


def test_a_thread_that_is_forbidden_holds_up_no_other(scripted, connect, until):
    server = scripted()
    accepting = server.answer
    server.answer = lambda request: (
        (403, {"code": "SCOPE_FORBIDDEN", "message": "not there"})
        if json.loads(request.body)["thread"] == "th_closed"
        else accepting(request)
    )
    client = connect(server.url)
    forbidden = [put(client, n, "th_closed") for n in range(2)]
    assert [result.pending for result in forbidden] == [True, True]
    assert "SCOPE_FORBIDDEN" in forbidden[0].error
    assert not put(client, 7, "th_open").pending
    assert posted(server) == [0, 7]
    server.answer = accepting
    until(lambda: not client.outbox.pending())
    assert posted(server)[-2:] == [0, 1]


def test_what_can_never_be_taken_is_kept_as_refused_and_holds_nothing_up(mortal, connect, tmp_path):
    me, outbox = Identity.static(ACTOR), Outbox(tmp_path / "outbox.db")
    bodies = [{"kind": "x.y.z"}, {"kind": "threadbook.token.mint"}, {"kind": "x.y.w"}]
    entries = [
        Sealed.seal(Draft(act="DO", body=body, thread="th"), me, clock=n)
        for n, body in enumerate(bodies)
    ]
    outbox.put(entries)
    client = connect(mortal.url)
    new = put(client, 1)
    assert stored(mortal, actor=ACTOR) == [entries[0].id, entries[2].id, new.record_id]
    (refused,) = client.outbox.refused()
    assert refused.entry.id == entries[1].id
    assert "KIND_RESERVED" in refused.refused
    assert client.outbox.pending() == []


def test_a_waiting_record_whose_clock_was_taken_meanwhile_arrives_at_another(
    mortal, connect, tmp_path, caplog
):
    me, outbox = Identity.static(ACTOR), Outbox(tmp_path / "outbox.db")
    draft = Draft(act="DO", body={"kind": "x.y.z", "n": 0}, thread="th")
    waited = Sealed.seal(draft, me, clock=7)
    outbox.put([waited])
    other = connect(mortal.url, outbox=tmp_path / "other.db")
    put(other, 1, clock=7)
    client = connect(mortal.url)
    assert client.outbox.deliver_sync() == 1
    assert client.outbox.pending() == []
    with open_log(mortal.store) as log:
        first, second = log.read(thread="th")
    assert (first.body["n"], second.body["n"]) == (1, 0)
    assert second.clock > 7
    assert f"record {waited.id} became {second.id}" in caplog.text
    assert not put(client, 2).pending


def test_records_of_other_identities_are_left_to_them(scripted, connect, tmp_path):
    server = scripted()
    other = Identity.static("did:sync:agent:other")
    Outbox(tmp_path / "outbox.db").put(
        [Sealed.seal(Draft(act="DO", body={"n": 1}, thread="th"), other, clock=1)]
    )
    client = connect(server.url)
    assert not put(client, 2).pending
    assert posted(server) == [2]
    assert len(client.outbox.pending()) == 1
    assert connect(server.url, identity=other).outbox.deliver_sync() == 1


def test_an_outbox_that_cannot_be_written_costs_safety_but_no_record(
    mortal, connect, tmp_path, until
):
    client = connect(mortal.url, outbox=tmp_path)  # a folder
    mortal.kill()
    results = [put(client, n) for n in range(3)]
    assert not any(result.success for result in results)
    assert all(result.pending and "in memory only" in result.error for result in results)
    mortal.start()
    until(lambda: not put(client, 9).pending)
    assert stored(mortal)[:3] == [result.record_id for result in results]


def test_delivery_on_demand_says_how_many_arrived(mortal, connect):
    client = connect(mortal.url, backoff_ms=60_000, max_retries=0)
    mortal.kill()
    for n in range(3):
        put(client, n)
    assert client.outbox.deliver_sync() == 0
    mortal.start()
    assert client.outbox.flush_sync() == 3
    assert put(client, 4).pending is False


async def test_delivery_works_in_an_event_loop_too(mortal, connect):
    client = connect(mortal.url, backoff_ms=60_000, max_retries=0)
    mortal.kill()
    result = await client.emit(act="DO", kind="x.y.z", body={"n": 1}, thread="th")
    assert result.pending
    mortal.start()
    assert await client.outbox.deliver() == 1
    assert ids(await client.query_thread("th")) == [result.record_id]
    await client.close()


@pytest.mark.parametrize(
    "answer",
    [b"", b"<html>sign in</html>", b"[]", b"null", b'{"status":"ok"}', b'{"id":5}', b"[" * 100_000],
    ids=lambda answer: answer[:12],
)
def test_an_answer_of_no_record_service_is_no_acknowledgement(scripted, connect, until, answer):
    server = scripted()
    accepting = server.answer
    server.answer = lambda _: (200, answer)
    client = connect(server.url)
    result = put(client, 1)
    assert (result.success, result.pending) == (True, True)
    server.answer = accepting
    until(lambda: not client.outbox.pending())


def test_a_service_that_calls_a_record_by_another_id_is_found_out(scripted, connect, tmp_path):
    server = scripted(lambda _: (200, {"id": "0" * 64}))
    client = connect(server.url)
    with pytest.raises(ServiceError, match="calls record"):
        put(client, 1)
    draft = Draft(act="DO", body={"n": 1}, thread="th")
    client.outbox._transport.outbox.put([Sealed.seal(draft, Identity.static(ACTOR), clock=1)])
    assert client.outbox.deliver_sync() == 0
    assert "calls record" in client.outbox.refused()[0].refused


def test_emits_do_not_wait_for_a_service_that_is_known_to_be_silent(scripted, connect):
    server = scripted(lambda _: None)
    client = connect(server.url, backoff_ms=60_000, max_retries=0)
    assert all(put(client, n).pending for n in range(20))
    assert len(server.requests) == 1


def test_an_empty_outbox_leaves_no_file(scripted, connect, tmp_path):
    put(connect(scripted().url), 1)
    assert not (tmp_path / "outbox.db").exists()


def test_an_outbox_is_that_of_its_endpoint(monkeypatch, tmp_path, connect):
    monkeypatch.setenv("THREADBOOK_OUTBOX", str(tmp_path))
    paths = {
        connect(endpoint, outbox=None).outbox._transport.outbox.path
        for endpoint in ("http://a:1", "http://a:1/", "http://A:1", "http://b:1")
    }
    assert len(paths) == 2
    assert {path.parent for path in paths} == {tmp_path}


def test_entries_that_nobody_can_read_hold_nothing_up(scripted, connect, tmp_path):
    server = scripted()
    path = tmp_path / "outbox.db"
    me = Identity.static(ACTOR)
    Outbox(path).put(
        [Sealed.seal(Draft(act="DO", body={"n": n}, thread="th"), me, clock=n) for n in (1, 2)]
    )
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE entry SET canonical = 'no JSON' WHERE number = 1")
    connection.close()
    assert not put(connect(server.url), 3).pending
    assert posted(server) == [2, 3]


FORK = """
import os, sys
from pathlib import Path
from threadbook import Client, Identity

client = Client(
    endpoint=sys.argv[1], identity=Identity.static("did:sync:agent:dev"), outbox=Path(sys.argv[2])
)
put = lambda n: client.emit_sync(
    act="DO", kind="x.y.z", body={"n": n, "pid": os.getpid()}, thread="th"
)
assert not put(0).pending
child = os.fork()
results = [put(n) for n in range(1, 20)]
if child == 0:
    os._exit(any(result.pending or not result.success for result in results))
_, status = os.waitpid(child, 0)
assert status == 0 and not any(result.pending for result in results)
client.close_sync()
"""


def test_a_forked_child_speaks_over_connections_of_its_own(mortal, tmp_path):
    command = [sys.executable, "-c", FORK, mortal.url, str(tmp_path / "outbox.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(stored(mortal, actor=ACTOR)) == 1 + 2 * 19
