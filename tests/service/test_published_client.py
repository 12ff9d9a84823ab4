"""The published client, unchanged, does all it can do, whatever the store."""

import asyncio
import signal

import pytest
import syncropel

STORES = {
    "sqlite": lambda _request, folder: f"sqlite:///{folder}/log.db",
    "postgres": lambda request, _folder: request.getfixturevalue("postgres_server").url(),
    "redis": lambda request, _folder: request.getfixturevalue("redis_server").url(),
}
ME = "did:sync:agent:published"


@pytest.fixture(params=STORES)
def service(request, tmp_path, start_service):
    return start_service(store=STORES[request.param](request, tmp_path))


@pytest.fixture
async def client(service):
    identity = syncropel.Identity.static(ME)
    async with syncropel.Client(endpoint=service.url, identity=identity) as client:
        yield client


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def test_the_whole_of_its_readme(client, service):
    assert (await client.health())["status"] == "ok"
    opened = await client.intend(goal="Investigate", kind="bug.investigation.start")
    thread = opened.thread
    step = await client.emit(
        act="DO",
        kind="bug.investigation.step",
        body={"f": 1.0, "s": "\u2028", "n": 1},
        thread=thread,
        refs=[syncropel.Ref.code_file(repo="o/r", path="a.py")],
        parents=[opened.record_id],
    )
    done = await client.fulfill(thread, "found", fulfills=opened.record_id)
    beside = client.emit_sync(act="LEARN", kind="a.b.c", body={"n": 2}, thread=thread)
    results = (opened, step, done, beside)
    assert all(result.success and result.retried == 0 for result in results)
    records = await client.query_thread(thread)
    assert [record["id"] for record in records] == [result.record_id for result in results]
    assert [r["id"] for r in await client.query(kind="a.b.c", thread=thread)] == [beside.record_id]
    assert len(await client.query(actor=ME)) == 4
    found = await client.rich_query(filter={"body.n": {"$gte": 1}}, sort={"body.n": -1})
    assert [record["body"]["n"] for record in found["records"]] == [2, 1]
    assert (await client.search("anything"))["disabled"] is True
    state = service.http.get(f"/v1/threads/{thread}/state").json()
    assert state["status"] == "done"


async def test_every_helper(client):
    one = await client.emit(act="PUT", kind="a.b.c", body={}, thread="th")
    helpers = [
        client.emit_correction(
            corrects=[one.record_id], revised_fields={"n": 1}, reason="r", thread="th"
        ),
        client.emit_erasure(erases=[one.record_id], reason="r", thread="th"),
        client.emit_alias(old_kind="a.b.c", new_kind="a.b.d", reason="r", thread="th"),
        client.emit_scope_transfer(
            scope="@music", from_publisher="a", to_publisher="b", reason="r", thread="th"
        ),
        client.emit_scope_claim(scope="@music", governance_policy={"type": "x"}, thread="th"),
    ]
    for helper in helpers:
        result = await helper
        assert result.success, result.error
    kinds = [record["body"]["kind"] for record in await client.query_thread("th")]
    assert kinds == [
        "a.b.c", "core.correction", "core.erasure", "core.alias", "core.scope_transfer",
        "core.scope_claim",
    ]  # fmt: skip


async def test_an_inference_is_asked_for_and_answered(client):
    asked = await client.infer(
        {
            "input": {"goal": "sum it up"},
            "responders": [{"kind": "llm", "model": "m"}],
            "fold": {"function": "first"},
        },
        syncropel.InferOptions(wait=False),
    )
    answer = {"correlation_id": asked.correlation_id, "answer": 42}
    result = await client.emit(
        act="KNOW", kind="infer.result.v1", body=answer, thread=asked.thread_id
    )
    assert result.success


async def test_a_subscription_survives_a_restart_and_misses_nothing(client, service):
    thread, seen, opened = "th_watched", [], []
    subscription = client.subscribe(
        thread,
        lambda record: seen.append(record["body"]["n"]),
        on_heartbeat=lambda: opened.append(1),
        reconnect_base_s=0.05,
        reconnect_max_s=0.2,
    )
    await until(lambda: opened)
    service.post(thread=thread, body={"n": 1})
    await until(lambda: seen == [1])
    for number, signum in ((2, signal.SIGTERM), (4, signal.SIGKILL)):
        await asyncio.to_thread(service.end, signum)
        await asyncio.to_thread(service.start)
        for n in (number, number + 1):
            service.post(thread=thread, body={"n": n})
        await until(lambda last=number + 1: seen and seen[-1] == last)
    assert seen == [1, 2, 3, 4, 5]
    subscription.close()
    await subscription.wait_closed()


async def test_a_subscription_that_saw_no_record_yet_misses_nothing_either(client, service):
    seen, opened = [], []
    subscription = client.subscribe(
        "th",
        lambda record: seen.append(record["body"]["n"]),
        on_heartbeat=lambda: opened.append(1),
        reconnect_base_s=2,
        reconnect_max_s=3,
    )
    await until(lambda: opened)
    await asyncio.to_thread(service.end, signal.SIGKILL)
    await asyncio.to_thread(service.start)
    service.post(thread="th", body={"n": "while it was away"})
    await until(lambda: seen)
    subscription.close()
    assert seen == ["while it was away"]


async def test_the_data_plane(client):
    data = client.data
    written = await data.write(path="/files/a.md", data="# hello", content_type="text/markdown")
    assert await data.read_text("/files/a.md") == "# hello"
    edited = await data.write(path="/files/a.md", data=b"x", expected_hash=written.content_hash)
    with pytest.raises(syncropel.SyncropelDataError) as refused:
        await data.write(path="/files/a.md", data=b"y", expected_hash=written.content_hash)
    assert refused.value.is_conflict
    assert refused.value.current_hash == edited.content_hash
    with pytest.raises(syncropel.SyncropelDataError) as refused:
        await data.write(path="/files/a.md", data=b"y", expected_hash=None)
    assert refused.value.is_conflict
    large = bytes(range(256)) * 40_000
    assert (await data.write(path="/files/large", data=large)).size_bytes == len(large)
    assert await data.read("/files/large") == large
    assert (await data.write(path="/files/empty", data=b"")).size_bytes == 0
    await data.mkdir("/files/sub")
    await data.mv("/files/large", "/files/sub/large")
    stat = await data.stat("/files/sub/large")
    assert (stat.kind, stat.size_bytes) == ("file", len(large))
    assert stat.provenance.actor.startswith("did:")
    listed = await data.list("/files", limit=2)
    rest = await data.list("/files", cursor=listed.cursor)
    names = [entry["name"] for entry in (*listed.entries, *rest.entries)]
    assert names == ["a.md", "empty", "sub"]
    assert [m["name"] for m in await data.materials(q="LARGE")] == ["large"]
    assert (await data.node("/files/a.md"))["name"] == "a.md"
    assert (await data.publish("/files/a.md")).pin_state == "pinned"
    assert (await data.usage()).used > len(large)
    assert (await data.capabilities())["compare_and_set"] is True
    assert len((await data.provenance(region="/files"))["data"]) == 3
    await data.rm("/files/sub", recursive=True)
    with pytest.raises(syncropel.SyncropelDataError) as gone:
        await data.read("/files/sub/large")
    assert gone.value.status == 404


async def test_with_a_token(start_service):
    service = start_service("--host", "127.0.0.1")
    done = service.cli("token", "bootstrap", "-o", "json")
    assert done.returncode == 0, done.stderr
    token = next(word for word in done.stdout.split('"') if word.startswith("tb_"))
    identity = syncropel.Identity.static(ME)
    async with syncropel.Client(endpoint=service.url, identity=identity, api_key=token) as client:
        assert (await client.emit(act="DO", kind="a.b.c", body={}, thread="th")).success
        assert len(await client.query_thread("th")) == 1
        await client.data.write(path="/a", data=b"x")
        assert await client.data.read("/a") == b"x"
    async with syncropel.Client(endpoint=service.url, identity=identity, api_key="tb_x") as client:
        refused = await client.emit(act="DO", kind="a.b.c", body={}, thread="th")
        assert "HTTP 401" in refused.error
        assert await client.query_thread("th") == []
