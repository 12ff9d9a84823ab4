"""Working together, over every transport: trust, decisions, checkpoints, shared-out work."""

import asyncio
import contextlib
import uuid
from contextlib import aclosing

import pytest

from threadbook import Client, Identity
from threadbook.client.broker import SocketTransport, listening
from threadbook.client.transport import SinkTransport
from threadbook.errors import (
    Forbidden,
    PreconditionFailed,
    QueryError,
    RecordError,
    RecordNotFound,
    StoreUnavailable,
)
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.record import new_thread_id


@pytest.fixture(params=["in process", "http", "http with keys", "socket"])
def clients(request, connect, tmp_path):
    """Two clients of one log, by two identities, over each transport."""
    name = uuid.uuid4()
    identities = [Identity.static(f"did:sync:agent:{who}-{name}") for who in ("worker", "boss")]
    if request.param == "http with keys":
        identities = [Identity.key(tmp_path / f"{who}.pem") for who in ("worker", "boss")]
    if request.param.startswith("http"):
        yield [
            connect(identity=identity, outbox=tmp_path / f"{n}.db")
            for n, identity in enumerate(identities)
        ]
        return
    with contextlib.ExitStack() as stack:
        made = []
        for n, identity in enumerate(identities):
            sink = Sink(f"sqlite:///{tmp_path}/log.db", identity, Outbox(tmp_path / f"{n}.db"))
            stack.callback(sink.close)
            if request.param == "socket" and n == 0:
                stack.enter_context(listening(sink, tmp_path / "s"))
                made.append(Client(SocketTransport(tmp_path / "s")))
            else:
                made.append(Client(SinkTransport(sink)))
        yield made


@pytest.fixture
def worker(clients):
    return clients[0]


@pytest.fixture
def boss(clients):
    return clients[1]


@pytest.fixture
def thread():
    return new_thread_id()


def do(client, thread):
    return client.emit_sync(act="DO", kind="x.y.z", body={}, thread=thread)


def test_trust_is_earned_from_others_and_by_domain(worker, boss, thread):
    did = worker.identity.actor_did
    assert worker.trust_sync(did) == []
    work = [do(worker, thread) for _ in range(3)]
    for result, verdict in zip(work, ["accept", "accept", "reject"], strict=True):
        assert boss.verdict_sync(result.record_id, verdict, "code", "seen").success
    assert worker.verdict_sync(work[0].record_id, "accept", "code").success  # counts for nothing
    (standing,) = worker.trust_sync(did, "code")
    assert (standing["actor"], standing["domain"]) == (did, "code")
    assert (standing["successes"], standing["total"]) == (2, 3)
    assert 0 < standing["effective_trust"] < 0.5
    assert worker.trust_sync(did, "data") == []
    assert worker.trust_sync(did, as_of=1) == []
    with pytest.raises(RecordError, match="accept or reject"):
        boss.verdict_sync(work[0].record_id, "maybe")
    with pytest.raises(RecordNotFound):
        boss.verdict_sync("0" * 64, "accept")


def test_the_state_of_a_thread_is_that_of_its_goals(worker, thread):
    with pytest.raises(RecordNotFound):
        worker.thread_state_sync(thread)
    goal = worker.intend_sync("ship it", thread=thread)
    assert worker.thread_state_sync(thread)["status"] == "open"
    worker.fulfill_sync(thread, "shipped", fulfills=goal.record_id)
    state = worker.thread_state_sync(thread)
    assert (state["status"], state["goals"][0]["status"]) == ("done", "done")
    assert state["actor_clocks"].keys() == {worker.identity.actor_did}
    assert any(one["id"] == thread for one in worker.threads_sync(limit=1000))


def test_a_decision_is_asked_for_and_made_by_another(worker, boss, thread):
    asked = worker.ask_sync("Deploy?", thread=thread, context={"host": "a"})
    (request,) = boss.decisions_sync(thread=thread)
    assert (request["id"], request["question"]) == (asked.record_id, "Deploy?")
    with pytest.raises((PreconditionFailed, Forbidden)):
        worker.decide_sync(asked.record_id, "approve")
    answer = boss.decide_sync(asked.record_id, "approve", reason="fine")
    assert (answer["fulfills"], answer["decision"]) == (asked.record_id, "approve")
    assert boss.decide_sync(asked.record_id, "approve")["id"] == answer["id"]
    with pytest.raises(PreconditionFailed):
        boss.decide_sync(asked.record_id, "reject")
    assert worker.decisions_sync(thread=thread) == []
    (answered,) = worker.decisions_sync(thread=thread, status="answered")
    assert answered["answer"]["id"] == answer["id"]
    record = worker.record_sync(answer["id"])
    assert (record["actor"], record["body"]["reason"]) == (boss.identity.actor_did, "fine")
    with pytest.raises(RecordNotFound):
        boss.decide_sync("0" * 64, "approve")


def test_a_no_cancels_and_an_option_may_be_chosen(worker, boss, thread):
    asked = worker.ask_sync("Deploy?", thread=thread)
    assert boss.decide_sync(asked.record_id, "reject")["cancels"] == asked.record_id
    asked = worker.ask_sync("Where?", thread=thread, options=["a", "b"])
    assert boss.decide_sync(asked.record_id, "b")["decision"] == "b"


def test_work_is_resumed_from_the_last_checkpoint(worker, boss, thread):
    worker.intend_sync("refactor", thread=thread)
    worker.checkpoint_sync(thread, "half done", ["mutex works"], "write tests")
    last = worker.checkpoint_sync(thread, "nearly done", [], ["more tests", "docs"])
    after = do(worker, thread)
    resumed = boss.resume_sync(thread)
    assert (resumed["goal"], resumed["checkpoint"]["id"]) == ("refactor", last.record_id)
    assert resumed["checkpoint"]["next_steps"] == ["more tests", "docs"]
    assert [record["id"] for record in resumed["since"]] == [after.record_id]
    assert [one["summary"] for one in boss.checkpoints_sync(thread)] == ["nearly done", "half done"]
    with pytest.raises(RecordError):
        worker.checkpoint_sync(thread)


def test_shared_out_work_is_joined(worker, thread):
    shared = worker.fan_out_sync(
        ["a", {"goal": "b", "worker": "did:x"}, "c"], "k_of_n:2", goal="review", thread=thread
    )
    assert [child.goal for child in shared.children] == ["a", "b", "c"]
    view = worker.join_sync(shared)
    assert (view["result"], view["subtasks"], len(view["children"])) == ("pending", 3, 3)
    assert [child["worker"] for child in view["children"]] == [None, "did:x", None]
    for child in shared.children[:2]:
        assert worker.join_sync(shared)["result"] == "pending"
        worker.fulfill_sync(child.thread, "done", fulfills=child.record_id)
    view = worker.join_sync(shared, timeout=30)
    assert view["result"] == "accept"
    assert len(worker.children_sync(thread)["data"]) == 3
    for bad in ([], [{}], [{"goal": 5}]):
        with pytest.raises(RecordError):
            worker.fan_out_sync(bad)


async def test_a_join_waits_for_what_others_do(worker, thread):
    shared = await worker.fan_out(["a"], "all")
    (child,) = shared.children
    joining = asyncio.create_task(worker.join(shared, timeout=30))
    assert (await worker.join(shared, timeout=0.01))["result"] == "pending"
    await worker.fulfill(child.thread, "done", fulfills=child.record_id)
    assert (await joining)["result"] == "accept"
    await worker.close()


def test_records_are_written_found_and_read_alike(worker, thread):
    results = [
        worker.emit_sync(act="DO", kind="x.y.z", body={"n": n, "word": "zebra"}, thread=thread)
        for n in range(5)
    ]
    assert all(result.success for result in results)
    first = worker.query_sync(kind="x.y.z", thread=thread, where={"body.word": "zebra"}, limit=3)
    assert ([record["body"]["n"] for record in first], first.complete) == ([0, 1, 2], False)
    rest = worker.query_thread_sync(thread, since=results[2].clock)
    assert [record["id"] for record in rest] == [result.record_id for result in results[3:]]
    found = worker.rich_query_sync(filter={"body.n": {"$gt": 3}}, thread=thread, explain=True)
    assert ([record["body"]["n"] for record in found["records"]], "plan" in found) == ([4], True)
    with pytest.raises(QueryError):
        worker.rich_query_sync(filter={"nonsense": {"$no": 1}})
    assert worker.search_sync("zebra")["disabled"]
    assert worker.health_sync()["status"] == "ok"


def test_text_is_found(worker, thread):
    word = f"w{uuid.uuid4().hex}"
    result = worker.emit_sync(
        act="DO", kind="x.y.z", body={"text": f"the {word} is"}, thread=thread
    )
    assert [record["id"] for record in worker.find_sync(word)] == [result.record_id]
    assert worker.find_sync(f"{word}x") == []


async def test_what_is_appended_is_followed(worker, thread):
    async def first():
        async with aclosing(worker.follow(thread, since_clock=0)) as records:
            return await anext(records)

    following = asyncio.create_task(first())
    result = await worker.emit(act="DO", kind="x.y.z", body={}, thread=thread)
    record = await asyncio.wait_for(following, 30)
    assert (record["id"], record["thread"]) == (result.record_id, thread)
    await worker.close()


def test_a_closed_channel_is_trouble_and_not_an_empty_log(tmp_path):
    identity = Identity.static("did:x:y:z")
    sink = Sink(f"sqlite:///{tmp_path}/log.db", identity, Outbox(tmp_path / "o.db"))
    path = tmp_path / "s"
    with listening(sink, path):
        client = Client(SocketTransport(path))
        assert path.stat().st_mode & 0o077 == 0
        assert do(client, "th").success
    result = do(client, "th")
    assert (result.success, result.pending, result.record_id) == (False, False, None)
    with pytest.raises(StoreUnavailable):
        client.query_thread_sync("th")
    with listening(sink, path):  # and it is made again
        assert len(client.query_thread_sync("th")) == 1
    sink.close()
