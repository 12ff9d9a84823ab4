"""Following a thread: over broken connections, past refusals, from callbacks."""

import asyncio
import json
import threading
import time
from contextlib import aclosing

import pytest

from threadbook import Client, Identity
from threadbook.client.transport import SinkTransport
from threadbook.client.watch import SubscribeError
from threadbook.errors import Forbidden, ServiceError, StoreUnavailable, Unauthorized
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.record import new_thread_id

STREAM = {"content-type": "text/event-stream; charset=utf-8", "content-length": "1000000"}
FAST = {"reconnect_base_s": 0.01, "reconnect_max_s": 0.05}


@pytest.fixture
def thread():
    return new_thread_id()


@pytest.fixture(params=["http", "in process"])
def client(request, connect, tmp_path):
    """A client over each transport that can be followed."""
    if request.param == "http":
        yield connect()
        return
    sink = Sink(
        f"sqlite:///{tmp_path}/own.db", Identity.static("did:x:y:z"), Outbox(tmp_path / "o")
    )
    yield Client(SinkTransport(sink))
    sink.close()


def put(client, n, thread, **body):
    return client.emit_sync(act="DO", kind="x.y.z", body={"n": n, **body}, thread=thread)


async def take(records, count):
    found = []
    async with aclosing(records):
        async for record in records:
            found.append(record["body"]["n"])
            if len(found) == count:
                break
    return found


def event(name, data, event_id=None):
    head = f"id: {event_id}\n" if event_id is not None else ""
    return f"{head}event: {name}\ndata: {data}\n\n".encode()


def created(n, event_id):
    record = {"id": f"{n:064x}", "body": {"n": n}}
    return event("record.created", json.dumps({"id": record["id"], "record": record}), event_id)


async def until(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


async def test_records_are_replayed_and_then_come_as_they_are_appended(client, thread):
    clocks = [put(client, n, thread, text="\u2028é").clock for n in range(3)]
    following = asyncio.create_task(take(client.follow(thread, since_clock=clocks[0]), 5))
    for n in range(3, 6):
        put(client, n, thread)
        put(client, 99, new_thread_id())
    assert await asyncio.wait_for(following, 30) == [1, 2, 3, 4, 5]


async def test_without_a_beginning_only_what_is_new_comes(client, thread):
    put(client, 0, thread)
    opened = asyncio.Event()
    found = []
    subscription = client.subscribe(
        thread, lambda record: found.append(record["body"]["n"]), on_open=opened.set
    )
    await asyncio.wait_for(opened.wait(), 30)
    put(client, 1, thread)
    await until(lambda: found)
    subscription.close()
    await subscription.wait_closed()
    assert found == [1]
    assert subscription.cursor is not None
    await client.close()


def test_the_blocking_form_yields_the_same(client, thread):
    clock = put(client, 0, thread).clock
    writer = threading.Thread(target=lambda: [put(client, n, thread) for n in (1, 2)])
    records = client.follow_sync(thread, since_clock=clock - 1)
    assert next(records)["body"]["n"] == 0
    writer.start()
    assert [next(records)["body"]["n"] for _ in range(2)] == [1, 2]
    writer.join()
    records.close()


async def test_a_service_that_goes_and_comes_back_costs_no_record_and_repeats_none(mortal, connect):
    client = connect(mortal.url)
    found, errors = [], []
    put(client, 0, "th")
    subscription = client.subscribe(
        "th",
        lambda record: found.append(record["body"]["n"]),
        since_clock=0,
        on_error=errors.append,
        **FAST,
    )
    await until(lambda: found == [0])
    for n in (1, 2):
        await asyncio.to_thread(mortal.kill)
        await until(lambda: errors)
        await asyncio.to_thread(mortal.start)
        await asyncio.to_thread(client.outbox.deliver_sync)
        put(client, n, "th")
        await until(lambda: n in found)  # noqa: B023
    assert found == [0, 1, 2]
    assert all(isinstance(error, SubscribeError) for error in errors)
    assert {error.reason for error in errors} == {"transport_error"}
    await client.close()
    assert subscription.closed


@pytest.mark.parametrize(
    ("status", "error"), [(401, Unauthorized), (403, Forbidden), (404, ServiceError)]
)
async def test_a_refusal_ends_it_with_a_typed_error(scripted, connect, status, error):
    server = scripted(lambda _: (status, {"code": "NO", "message": "no"}))
    client = connect(server.url)
    with pytest.raises(error, match="no"):
        await take(client.follow("th"), 1)
    with pytest.raises(error, match="no"):
        next(client.follow_sync("th"))
    told = []
    subscription = client.subscribe("th", print, on_error=told.append, **FAST)
    await subscription.wait_closed(10)
    assert isinstance(subscription.error, error)
    assert subscription.closed
    assert [one.reason for one in told] == ["refused"]
    assert len(server.requests) == 3
    await client.close()


async def test_what_comes_back_goes_on_after_the_last_event(scripted, connect):
    beat = event("heartbeat", "{}", 4)
    answers = [
        (200, beat, STREAM | {"content-length": str(len(beat))}),
        (503, {"code": "BUSY"}),
        (200, created(1, 5) + event("server_shutdown", '{"retry_after_ms": 1}'), STREAM),
        (200, created(2, 6) + event("error", '{"code": "lagged", "message": "slow"}'), STREAM),
        (200, event("unknown", "{}", 7) + created(3, 8), STREAM),
    ]
    server = scripted(lambda _: answers[len(server.requests) - 1])
    client, errors, found = connect(server.url), [], []
    subscription = client.subscribe(
        "th", lambda r: found.append(r["body"]["n"]), since_clock=9, on_error=errors.append, **FAST
    )
    await until(lambda: len(found) == 3)
    assert found == [1, 2, 3]
    assert [request.headers.get("last-event-id") for request in server.requests] == [
        *(None, "4", "4", "5", "6")
    ]
    assert ["since_clock=9" in request.path for request in server.requests] == [True] + [False] * 4
    assert [error.reason for error in errors] == [
        *("transport_error", "transport_error", "server_shutdown", "lagged")
    ]
    assert subscription.cursor == "8"
    await client.close()


async def test_silence_is_noticed(scripted, connect):
    server = scripted(lambda _: (200, created(1, 1), STREAM))
    client, errors = connect(server.url), []
    subscription = client.subscribe(
        "th", lambda _: None, on_error=errors.append, heartbeat_timeout_s=0.1, **FAST
    )
    await until(lambda: len(errors) == 2)
    assert {error.reason for error in errors} == {"heartbeat_timeout"}
    subscription.close()
    await client.close()


async def test_attempts_without_news_are_counted_and_limited(scripted, connect):
    server = scripted(lambda _: (500, {}))
    client, errors = connect(server.url), []
    subscription = client.subscribe("th", print, on_error=errors.append, max_reconnects=2, **FAST)
    await subscription.wait_closed(30)
    assert [error.attempt for error in errors if error.reason != "refused"] == [0, 1, 2]
    assert all(error.next_retry_s <= 0.05 for error in errors[:3])
    assert isinstance(subscription.error, StoreUnavailable)
    await client.close()


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>", {"content-type": "text/html"}),
        (200, event("record.created", "no JSON", 1), STREAM),
        (200, event("record.created", "[" * 100_000, 1), STREAM),
        (302, b"", {"location": "http://127.0.0.1:1/"}),
    ],
    ids=["a page", "no JSON", "deep", "a redirect"],
)
async def test_what_is_no_stream_of_records_ends_it(scripted, connect, answer):
    client = connect(scripted(lambda _: answer).url)
    with pytest.raises(ServiceError):
        await take(client.follow("th"), 1)
    await client.close()


async def test_a_callback_that_fails_or_closes_harms_nothing(scripted, connect):
    server = scripted(lambda _: (200, created(1, 1) + created(2, 2) + created(3, 3), STREAM))
    client, found = connect(server.url), []

    def callback(record):
        found.append(record["body"]["n"])
        if found == [1, 2]:
            subscription.close()
        raise ValueError("callback")

    subscription = client.subscribe("th", callback, **FAST)
    await subscription.wait_closed(30)
    assert found == [1, 2]
    await client.close()


async def test_a_bearer_of_its_own_replaces_the_key(scripted, connect):
    server = scripted(lambda _: (200, created(1, 1), STREAM))
    client, found = connect(server.url, api_key="key"), []
    client.subscribe("th", found.append, bearer="other", **FAST)
    await until(lambda: found)
    assert server.requests[0].headers["authorization"] == "Bearer other"
    await client.close()
