"""The client over a log in this process: defaults, reading, and trouble."""

import asyncio
import sqlite3

import pytest

from threadbook.client import Client
from threadbook.client.transport import SinkTransport
from threadbook.errors import KindError, RecordError, StoreUnavailable
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.identity import Identity


@pytest.fixture
def sink(tmp_path):
    identity = Identity.key(tmp_path / "key.pem")
    sink = Sink(f"sqlite:///{tmp_path}/records.db", identity, Outbox(tmp_path / "outbox.db"))
    yield sink
    sink.close()


@pytest.fixture
def client(sink):
    return Client(SinkTransport(sink), thread=lambda: "th_own", parents=lambda: ("f", "e"))


def put(client, n, **options):
    return client.emit_sync(act="DO", kind="x.y.z", body={"n": n}, **options)


def numbers(found):
    return [record["body"]["n"] for record in found]


def test_a_record_goes_to_the_thread_and_under_the_parents_of_the_moment(client, sink):
    result = put(client, 1)
    stored = sink.log().get(result.record_id)
    assert (stored.thread, stored.parents) == ("th_own", ("e", "f"))
    assert (result.thread, result.clock, result.kind, result.act) == (
        *("th_own", stored.clock, "x.y.z"),
        "DO",
    )
    assert (result.success, result.pending, result.error, result.retried) == (True, False, None, 0)


def test_a_thread_and_parents_that_are_given_win(client, sink):
    result = put(client, 1, thread="th_other", parents=[])
    stored = sink.log().get(result.record_id)
    assert (stored.thread, stored.parents) == ("th_other", ())


def test_a_goal_opens_a_thread_of_its_own(client):
    first, second = client.intend_sync("a"), client.intend_sync("b")
    assert len({first.thread, second.thread, "th_own"}) == 3
    assert client.intend_sync("c", thread="th_own").thread == "th_own"


def test_without_a_default_a_thread_has_to_be_named(sink):
    client = Client(SinkTransport(sink))
    with pytest.raises(RecordError, match="name a thread"):
        put(client, 1)
    assert put(client, 1, thread="th").success


async def test_both_forms_work_inside_a_running_event_loop(client):
    awaited = await client.emit(act="DO", kind="x.y.z", body={"n": 1})
    assert put(client, 2).clock > awaited.clock
    found = await asyncio.gather(*[client.query_thread() for _ in range(3)])
    assert [numbers(records) for records in found] == [[1, 2]] * 3
    assert numbers(client.query_thread_sync()) == [1, 2]


def test_a_thread_is_read_in_order_from_a_clock_up_to_a_limit(client):
    clocks = [put(client, n).clock for n in range(10)]
    put(client, 99, thread="th_other")
    assert numbers(client.query_thread_sync()) == list(range(10))
    assert numbers(client.query_thread_sync(limit=3)) == [0, 1, 2]
    assert numbers(client.query_thread_sync(since=clocks[6])) == [7, 8, 9]
    assert numbers(client.query_thread_sync(since=clocks[6], limit=1)) == [7]
    assert numbers(client.query_thread_sync("th_other")) == [99]
    assert client.query_thread_sync("th_nothing") == []


def test_records_are_found_by_kind_actor_thread_and_content(client, sink):
    for n in range(4):
        put(client, n % 2, thread=f"th_{n}")
    client.emit_sync(act="DO", kind="x.y.w", body={"n": 5, "a": {"b": [1]}})
    assert numbers(client.query_sync(kind="x.y.z")) == [0, 1, 0, 1]
    assert numbers(client.query_sync(kind="x.y.z", thread="th_1")) == [1]
    assert numbers(client.query_sync(actor=sink.identity.actor_did)) == [0, 1, 0, 1, 5]
    assert client.query_sync(actor="did:sync:user:nobody") == []
    assert numbers(client.query_sync(kind="x.y.w", where={"body.a.b": [1]})) == [5]
    assert client.query_sync(kind="x.y.w", where={"body.a.b.c": 1}) == []
    assert numbers(client.query_sync(kind="x.y.z", where={"act": "DO", "body.n": 1})) == [1, 1]


def test_filters_apply_before_the_limit_however_many_records_there_are(client):
    for n in range(600):
        put(client, n)
    assert numbers(client.query_sync(kind="x.y.z", where={"body.n": 599}, limit=1)) == [599]
    assert len(client.query_sync(kind="x.y.z", limit=550)) == 550


def test_what_is_found_is_in_the_shape_of_the_wire(client):
    result = put(client, 1)
    (record,) = client.query_sync(thread="th_own")
    assert record["id"] == result.record_id
    assert record["parents"] == ["e", "f"]
    assert record["sequence"] == 1
    assert record.keys() >= {"act", "actor", "body", "clock", "data_type", "parents", "thread"}


def test_a_store_that_cannot_be_written_costs_a_result_nothing(client, tmp_path):
    put(client, 0)
    lock = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    results = [put(client, n) for n in (1, 2)]
    assert all(r.success and r.pending for r in results)
    assert all("locked" in r.error for r in results)
    assert results[0].clock < results[1].clock
    with pytest.raises(KindError):
        client.emit_sync(act="DO", kind="bad", body={})
    with pytest.raises(StoreUnavailable):
        client.query_thread_sync()
    lock.execute("ROLLBACK")
    lock.close()
    assert [r["id"] for r in client.query_thread_sync()][1:] == [r.record_id for r in results]
    assert put(client, 3).error is None


def test_a_transport_that_really_waits_has_to_be_awaited(sink):
    class Slow(SinkTransport):
        async def append(self, draft):
            await asyncio.sleep(0)
            return await super().append(draft)

    client = Client(Slow(sink), thread=lambda: "th")
    with pytest.raises(RuntimeError, match="awaited"):
        put(client, 1)
    assert asyncio.run(client.emit(act="DO", kind="x.y.z", body={})).success


def test_the_client_says_whose_it_is(client, sink):
    assert sink.identity.actor_did in repr(client)
    assert client.identity is sink.identity
