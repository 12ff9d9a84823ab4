"""The samples of the guide for programmatic agents, as an agent would run them.

Their text is that of the guide, with the indentation restored that was lost in it. Each runs with
the published package, unchanged, and with ours, where only the line that imports the client
differs, and always against a real service.
"""

import ast
import asyncio
import inspect
import os
import re
import subprocess
import sys
import uuid

import pytest
import syncropel

import threadbook

PACKAGES = [threadbook, syncropel]

INVESTIGATION = """\
import asyncio
import os
from syncropel import Client, Identity

async def main():
    async with Client(
        endpoint=os.environ.get("SYNCROPEL_URL", "http://localhost:9100"),
        identity=Identity.static(os.environ.get("AGENT_DID", "did:sync:agent:investigator")),
        api_key=os.environ.get("SPL_TOKEN"),
    ) as client:
        # Open a thread with an INTEND
        opened = await client.intend(goal="Investigate auth bug #342")
        thread = opened.thread

        # Each step of the work becomes a DO record
        for step in [
            "Read the auth module source",
            "Identified the token-refresh race condition",
            "Wrote a failing test for the race",
            "Applied fix: wrap refresh in mutex",
            "Test now passes",
        ]:
            await client.emit(
                act="DO",
                kind="bug.investigation.step",
                body={"description": step},
                thread=thread,
            )

        # Observe + crystallize
        await client.emit(
            act="KNOW",
            kind="bug.investigation.finding",
            body={"topic": "Root cause was lock-free optimistic refresh retry loop."},
            thread=thread,
        )
        await client.emit(
            act="LEARN",
            kind="engineering.insight.concurrency",
            body={"insight": "Token refresh in concurrent contexts must be mutexed"},
            thread=thread,
        )

        # Query back + return summary — one line of context-visible output
        records = await client.query_thread(thread=thread)
        print(f"Bug #342 investigation complete — {len(records)} records in thread {thread}")

asyncio.run(main())
"""

CHECKPOINT = """\
# Save at end of each work session
result = await client.emit(
    act="LEARN",
    kind="agent.session.checkpoint",
    body={
        "summary": "Completed auth refactor; next: migration tests",
        "learnings": ["mutex pattern worked", "refactor touched 14 files"],
        "next_steps": "Write migration tests",
    },
    thread=session_thread,
)
"""

FAN_OUT = """\
# Parent agent creates subtasks
for worker in ["agent-a", "agent-b", "agent-c"]:
    child = await client.intend(goal=f"Review module X for {worker}")
    # Each worker reads child.thread_id, does the work,
    # and emits records on that thread. The parent folds
    # them back via query_thread for the join decision.
"""

TRUST = """\
import httpx
r = httpx.get(
    f"{endpoint}/v1/trust",
    headers={"Authorization": f"Bearer {api_key}"},
)
scores = r.json()["data"]
mine = [s for s in scores if s["actor"] == my_did and s["domain"] == "code"]
if not mine or mine[0]["effective_trust"] < 0.5:
    # Low confidence — emit an INTEND with body.awaits = "actor_decision"
    # so a human reviews before proceeding
    pass
"""

ERRORS = """\
result = await client.emit(...)
if not result.success:
    # Transport error — log locally, retry later, but don't crash
    print(f"Syncropel unreachable: {result.error}")
"""

AUTHENTICATION = """\
client = Client(
    endpoint="https://your-host.example.com:9100",
    identity=Identity.static("did:sync:agent:me"),
    api_key=os.environ["SPL_TOKEN"],  # from ~/.syncro/token or env
)
"""


def of(package, sample):
    """Return a sample with the client of a package."""
    return sample.replace("from syncropel import", f"from {package.__name__} import")


async def run(sample, **names):
    """Run a sample whose `await` stands at the top; return what it has defined."""
    code = compile(sample, "sample", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    running = eval(code, names)
    if inspect.isawaitable(running):
        await running
    return names


@pytest.fixture(params=PACKAGES, ids=lambda package: package.__name__)
def package(request):
    return request.param


@pytest.fixture
def did():
    return f"did:sync:agent:{uuid.uuid4()}"


@pytest.fixture
async def client(package, service, did, monkeypatch, tmp_path):
    monkeypatch.setenv("THREADBOOK_OUTBOX", str(tmp_path))
    async with package.Client(
        endpoint=service.url, identity=package.Identity.static(did)
    ) as client:
        yield client


@pytest.fixture
def reader(connect):
    """A client of ours, to look at what a sample has left."""
    return connect()


@pytest.mark.parametrize(
    "adapt",
    [str, lambda text: text.replace("await client.emit(", "client.emit_sync(")],
    ids=["as it is", "with emit_sync"],
)
def test_the_investigation_leaves_eight_records_and_prints_one_line(
    package, service, did, reader, tmp_path, adapt
):
    env = os.environ | {"SYNCROPEL_URL": service.url, "AGENT_DID": did}
    env["THREADBOOK_OUTBOX"] = str(tmp_path)
    env.pop("SPL_TOKEN", None)
    command = [sys.executable, "-c", adapt(of(package, INVESTIGATION))]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    found = re.fullmatch(
        r"Bug #342 investigation complete — 8 records in thread (th_[0-9a-f]{64})\n", done.stdout
    )
    assert found, done.stdout
    records = reader.query_thread_sync(found[1])
    assert [record["act"] for record in records] == ["INTEND", *["DO"] * 5, "KNOW", "LEARN"]
    assert {record["actor"] for record in records} == {did}
    state = reader.thread_state_sync(found[1])
    assert state["goals"][0]["goal"] == "Investigate auth bug #342"


async def test_the_next_session_resumes_from_the_checkpoint(client, reader):
    opened = await client.intend(goal="Refactor auth")
    names = await run(CHECKPOINT, client=client, session_thread=opened.thread)
    assert names["result"].success
    resumed = reader.resume_sync(opened.thread)
    assert resumed["goal"] == "Refactor auth"
    assert resumed["checkpoint"]["id"] == names["result"].record_id
    assert resumed["checkpoint"]["next_steps"] == ["Write migration tests"]


async def test_each_subtask_has_a_thread_of_its_own(client, reader):
    names = await run(FAN_OUT, client=client)
    (record,) = reader.query_thread_sync(names["child"].thread)
    assert record["body"]["goal"] == "Review module X for agent-c"


async def test_trust_is_read_and_gates_what_happens(service, reader, did):
    names = {"endpoint": service.url, "api_key": "none", "my_did": did}
    assert (await run(TRUST, **names))["mine"] == []
    worker = threadbook.Client(
        endpoint=service.url, identity=threadbook.Identity.static(did), outbox=reader_outbox(reader)
    )
    done = worker.emit_sync(act="DO", kind="x.y.z", body={}, thread=f"th_{did}")
    worker.close_sync()
    assert reader.verdict_sync(done.record_id, "accept", "code").success
    (mine,) = (await run(TRUST, **names))["mine"]
    assert mine["effective_trust"] == pytest.approx(0.2065, abs=1e-3)


def reader_outbox(client):
    return client.outbox._transport.outbox.path


async def test_a_service_that_cannot_be_reached_crashes_nothing(
    package, monkeypatch, tmp_path, capsys
):
    monkeypatch.setenv("THREADBOOK_OUTBOX", str(tmp_path))
    record = {"act": "DO", "kind": "x.y.z", "body": {}, "thread": "th"}
    async with package.Client(
        endpoint="http://127.0.0.1:1", identity=package.Identity.static("did:x:y:z"), backoff_ms=1
    ) as client:
        sample = ERRORS.replace("(...)", "(**record)")  # the guide leaves the record out
        names = await run(sample, client=client, record=record)
    assert names["result"].error
    if package is threadbook:  # it waits in the outbox, which is as good as delivered
        assert (names["result"].success, names["result"].pending) == (True, True)
    else:
        assert capsys.readouterr().out.startswith("Syncropel unreachable: ")


async def test_a_client_with_a_token_is_made_without_a_network(package, monkeypatch, tmp_path):
    monkeypatch.setenv("THREADBOOK_OUTBOX", str(tmp_path))
    monkeypatch.setenv("SPL_TOKEN", "spl_prod_sa-me_secret")
    sample = of(package, f"import os\nfrom syncropel import Client, Identity\n{AUTHENTICATION}")
    names = await run(sample)
    assert names["client"].identity.actor_did == "did:sync:agent:me"
    await names["client"].close()


def test_the_samples_differ_in_the_line_that_imports_the_client_only():
    ours, theirs = (of(package, INVESTIGATION).splitlines() for package in PACKAGES)
    assert [line for line in ours if line not in theirs] == [
        "from threadbook import Client, Identity"
    ]
    assert asyncio.iscoroutinefunction(threadbook.Client.emit)
