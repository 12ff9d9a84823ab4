"""The client over HTTP, with a real service: writing, reading, both faces."""

import asyncio
import socket

import pytest

from threadbook import Client, Identity
from threadbook.errors import (
    ConfigError,
    DuplicateClock,
    KindError,
    QueryError,
    RecordError,
    RecordNotFound,
    StoreUnavailable,
    Unauthorized,
)
from threadbook.log.log import open_log
from threadbook.records.identity import verify_signature
from threadbook.records.record import Record, new_thread_id

ACTOR = "did:sync:agent:dev"


@pytest.fixture
def thread():
    return new_thread_id()


def put(client, n, **options):
    return client.emit_sync(act="DO", kind="x.y.z", body={"n": n}, **options)


def numbers(found):
    return [record["body"]["n"] for record in found]


def test_what_is_emitted_is_stored_under_the_id_that_is_returned(connect, service, thread):
    result = put(connect(), 1, thread=thread, parents=["f" * 64, "e" * 64])
    with open_log(service.store) as log:
        stored = log.get(result.record_id)
    assert (stored.thread, stored.clock, stored.parents) == (
        *(thread, result.clock),
        ("e" * 64, "f" * 64),
    )
    assert (result.success, result.pending, result.error, result.retried) == (True, False, None, 0)


def test_a_key_signs_what_it_sends(connect, service, thread, tmp_path):
    client = connect(identity=Identity.key(tmp_path / "key.pem"))
    body = {"float": 1.0, "big": 10**40, "text": "é\u2028😀", "small": 1e-7, "none": None}
    result = client.emit_sync(act="DO", kind="x.y.z", body=body, thread=thread)
    with open_log(service.store) as log:
        stored = log.get(result.record_id)
    assert verify_signature(stored.actor, stored.canonical, stored.sig)
    (record,) = client.query_thread_sync(thread)
    assert record["body"] == body | {"kind": "x.y.z", "_v": 1}


async def test_both_faces_work_inside_a_running_event_loop(connect, thread):
    client = connect()
    awaited = await client.emit(act="DO", kind="x.y.z", body={"n": 1}, thread=thread)
    assert put(client, 2, thread=thread).clock > awaited.clock
    found = await asyncio.gather(*[client.query_thread(thread) for _ in range(5)])
    assert [numbers(records) for records in found] == [[1, 2]] * 5
    assert numbers(client.query_thread_sync(thread)) == [1, 2]
    await client.close()


def test_one_client_serves_several_event_loops(connect, thread):
    client = connect()
    for n in range(3):
        asyncio.run(client.emit(act="DO", kind="x.y.z", body={"n": n}, thread=thread))
    assert numbers(asyncio.run(client.query_thread(thread))) == [0, 1, 2]


async def test_many_emits_at_once_get_clocks_of_their_own(connect, thread):
    client = connect()
    results = await asyncio.gather(
        *[client.emit(act="DO", kind="x.y.z", body={"n": n}, thread=thread) for n in range(50)]
    )
    assert all(result.success and not result.pending for result in results)
    assert len({result.clock for result in results}) == 50
    await client.close()


def test_two_clients_of_one_actor_never_lose_a_record_to_the_other(connect, thread):
    clients, ahead = [connect(), connect()], 2**53
    for client in clients:  # from here on, both count up from the same clock
        put(client, 0, thread=thread, clock=ahead)
    results = [put(clients[n % 2], n, thread=thread) for n in range(1, 20)]
    assert all(result.success and not result.pending for result in results)
    assert results[1].clock > ahead + 1
    found = clients[0].query_thread_sync(thread)
    assert numbers(found) == list(range(20))
    assert [record["id"] for record in found[1:]] == [result.record_id for result in results]


def test_a_clock_of_ones_own_that_is_taken_is_an_error(connect, thread):
    client = connect()
    put(client, 1, thread=thread, clock=7)
    assert put(client, 1, thread=thread, clock=7).success
    with pytest.raises(DuplicateClock):
        put(client, 2, thread=thread, clock=7)
    assert numbers(client.query_thread_sync(thread)) == [1]


def test_what_breaks_the_grammar_raises_and_is_never_sent(connect, thread):
    client = connect()
    with pytest.raises(KindError):
        client.emit_sync(act="DO", kind="bad", body={}, thread=thread)
    with pytest.raises(RecordError):
        client.emit_sync(act="DO", kind="x.y.z", body={"n": float("nan")}, thread=thread)
    with pytest.raises(RecordError):
        client.emit_sync(act="do", kind="x.y.z", body={}, thread=thread)
    assert client.query_thread_sync(thread) == []


def test_what_the_service_refuses_is_reported_and_does_not_wait(connect, thread):
    client = connect()
    result = client.emit_sync(act="DO", kind="threadbook.token.mint", body={}, thread=thread)
    assert (result.success, result.pending, result.record_id) == (False, False, None)
    assert "403 KIND_RESERVED" in result.error
    assert client.outbox.pending() == client.outbox.refused() == []
    assert put(client, 1, thread=thread).success


def test_every_result_is_told_to_the_hook_whose_errors_are_its_own(connect, thread):
    told = []

    def hook(result):
        told.append(result)
        raise ValueError("hook")

    client = connect(on_emit=hook)
    assert put(client, 1, thread=thread) == told[0]


def test_filters_apply_on_the_server_before_the_limit(connect, thread):
    client = connect()
    clocks = [put(client, n, thread=thread).clock for n in range(8)]
    client.emit_sync(act="DO", kind="x.y.w", body={"n": 9, "list": [1]}, thread=thread)
    assert numbers(client.query_sync(kind="x.y.w", thread=thread, limit=1)) == [9]
    assert numbers(client.query_sync(thread=thread, where={"body.n": 7}, limit=1)) == [7]
    assert numbers(client.query_sync(thread=thread, where={"body.list": [1]}, limit=1)) == [9]
    assert numbers(client.query_sync(thread=thread, where={"body.list": None}, limit=2)) == [0, 1]
    assert numbers(client.query_thread_sync(thread, since=clocks[5])) == [6, 7, 9]
    assert client.query_sync(actor="did:sync:user:nobody") == []


@pytest.mark.parametrize("where", [None, {"body.n": 1}, {"body.odd": [1]}], ids=str)
def test_a_result_says_whether_it_is_complete_and_how_to_go_on(connect, thread, where):
    client = connect()
    for n in range(7):
        put(client, 1, thread=thread)
        body = {"n": 1, "odd": [1], "which": n}
        client.emit_sync(act="DO", kind="x.y.z", body=body, thread=thread)
    first = client.query_sync(kind="x.y.z", thread=thread, where=where, limit=5)
    assert (len(first), first.complete) == (5, False)
    rest, cursor = list(first), first.next_cursor
    while cursor is not None:
        page = client.query_sync(kind="x.y.z", thread=thread, where=where, limit=2, cursor=cursor)
        rest += page
        cursor = page.next_cursor
    assert page.complete
    assert [record["id"] for record in rest] == [
        record["id"] for record in client.query_sync(kind="x.y.z", thread=thread, where=where)
    ]
    assert len(rest) == (7 if where == {"body.odd": [1]} else 14)


def test_more_than_one_page_is_read_where_more_is_asked_for(connect, thread, monkeypatch):
    monkeypatch.setattr("threadbook.client.reading._PAGE", 4)
    client = connect()
    for n in range(10):
        put(client, n, thread=thread)
    found = client.query_thread_sync(thread, limit=9)
    assert (numbers(found), found.complete) == (list(range(9)), False)
    found = client.query_thread_sync(thread, limit=50)
    assert (numbers(found), found.complete) == (list(range(10)), True)


@pytest.mark.parametrize(
    "name", ["th_a/b", "a b?c#d&e=f", "ü\u2028😀", "%2e%2e", "th+x", "..", "a//b/"]
)
def test_any_thread_can_be_read_whatever_its_name_holds(connect, name):
    client = connect()
    result = put(client, 1, thread=name)
    assert [record["id"] for record in client.query_thread_sync(name)] == [result.record_id]
    assert client.query_sync(thread=name, kind="x.y.z", where={"body.n": 1})


def test_a_rich_query_returns_records_and_the_plan_if_asked_for(connect, thread):
    client = connect()
    for n in range(5):
        put(client, n, thread=thread)
    found = client.rich_query_sync(
        filter={"body.n": {"$gte": 1}}, thread=thread, sort={"body.n": -1}, limit=2
    )
    assert numbers(found["records"]) == [4, 3]
    assert "plan" not in found
    rest = client.rich_query_sync(
        filter={"body.n": {"$gte": 1}},
        thread=thread,
        sort={"body.n": -1},
        cursor=found["records"].next_cursor,
        explain=True,
    )
    assert numbers(rest["records"]) == [2, 1]
    assert rest["records"].complete
    assert rest["plan"]
    with pytest.raises(QueryError):
        client.rich_query_sync(filter={"nonsense": 1})
    with pytest.raises(QueryError):
        client.rich_query_sync(filter=None)


def test_one_record_is_read_by_its_id(connect, thread):
    client = connect()
    result = put(client, 1, thread=thread)
    assert client.record_sync(result.record_id)["body"]["n"] == 1
    with pytest.raises(RecordNotFound):
        client.record_sync("0" * 64)


def test_without_an_embedder_search_says_that_it_is_disabled(connect):
    assert connect().search_sync("anything", k=3) == {
        "embedder": None,
        "k": 3,
        "hits": [],
        "disabled": True,
    }
    with pytest.raises(QueryError):
        connect().search_sync("  ")


def test_the_service_tells_of_its_health_and_what_it_can_do(connect):
    client = connect()
    assert client.health_sync()["status"] == "ok"
    assert client.capabilities_sync()["record"]["hashed_fields"] == sorted(Record.__struct_fields__)


def test_threads_are_listed_the_most_recent_first(connect, thread):
    client = connect()
    put(client, 1, thread=new_thread_id())
    put(client, 1, thread=thread)
    found = client.threads_sync(limit=1)
    assert (found[0]["id"], found[0]["record_count"], found.complete) == (thread, 1, False)
    assert client.threads_sync(limit=1, cursor=found.next_cursor)[0]["id"] != thread


def test_no_answer_is_not_an_empty_one(connect, unused_tcp_port):
    client = connect(f"http://127.0.0.1:{unused_tcp_port}", max_retries=1)
    for read in (
        lambda: client.query_thread_sync("th"),
        lambda: client.query_sync(kind="x.y.z"),
        lambda: client.rich_query_sync(filter={}),
        lambda: client.find_sync("x"),
        client.threads_sync,
        lambda: client.search_sync("x"),
    ):
        with pytest.raises(StoreUnavailable, match="no answer"):
            read()
    assert client.health_sync() == {}


@pytest.fixture
def unused_tcp_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "localhost:9100",
        "ftp://host",
        "http://",
        "http://a:b@host",
        "http://host?x=1",
        "http://h#f",
    ],
)
def test_an_endpoint_that_cannot_be_one_is_refused(connect, endpoint):
    with pytest.raises(ConfigError):
        Client(endpoint=endpoint, identity=Identity.static("did:x"))


def test_a_client_needs_an_identity_and_a_token_that_fits_a_header():
    with pytest.raises(ConfigError, match="identity"):
        Client(endpoint="http://localhost:1")
    for token in ("a\nb", " ", "ü"):
        with pytest.raises(ConfigError, match="api_key"):
            Client(identity=Identity.static("did:x"), api_key=token)


def test_what_waits_for_a_token_arrives_with_one(guarded, connect):
    nobody = connect(guarded.url)
    result = put(nobody, 1, thread="th")
    assert (result.success, result.pending) == (True, True)
    assert "401" in result.error
    with pytest.raises(Unauthorized):
        nobody.query_thread_sync("th")
    assert nobody.health_sync()["status"] == "ok"
    guarded.token("bootstrap")
    reader = guarded.token("create", "reader", "--preset", "reader")
    writer = guarded.token("create", "dev", "--preset", "contributor", "--actors", ACTOR)
    nobody.close_sync()
    refused = connect(guarded.url, api_key=reader)
    assert put(refused, 2, thread="th").pending
    assert refused.query_thread_sync("th") == []
    refused.close_sync()
    client = connect(guarded.url, api_key=writer)
    assert put(client, 3, thread="th").pending is False
    assert numbers(client.query_thread_sync("th")) == [1, 2, 3]
    stranger = connect(guarded.url, api_key=writer, identity=Identity.static("did:x:other"))
    assert "DID_CLAIM_DENIED" in put(stranger, 4, thread="th").error
