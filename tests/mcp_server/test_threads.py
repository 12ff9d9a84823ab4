"""Threads, records, trust and decisions through MCP; and resources."""

import msgspec
import pytest
from mcp.shared.exceptions import MCPError

from threadbook.records.bodies import DecisionRequest, VerdictAccept
from threadbook.records.identity import Identity

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_n92_records_are_written_and_read_back(ask):
    body = {"note": "ä fact worth keeping"}
    written = await ask("emit_record", act="KNOW", kind="team.review.note", body=body)
    (newest,) = (await ask("read_thread", limit=1))["records"]
    assert newest["id"] == written["record"]
    assert newest["body"]["note"] == body["note"]
    found = await ask("find_threads", query="worth keeping")
    assert written["thread"] in {one["thread"] for one in found["threads"]}


async def test_a_thread_is_created_and_folded(ask):
    made = await ask("create_thread", goal="find the mean")
    folded = await ask("fold_thread", thread=made["thread"])
    assert [goal["goal"] for goal in folded["goals"]] == ["find the mean"]
    newest = (await ask("find_threads"))["threads"][0]
    assert (newest["thread"], newest["goal"]) == (made["thread"], "find the mean")


async def test_long_bodies_are_shortened(ask):
    await ask("emit_record", act="KNOW", kind="team.review.note", body={"text": "x" * 10_000})
    (newest,) = (await ask("read_thread", limit=1))["records"]
    assert newest["body"]["truncated"] is True


async def test_trust_is_what_others_say(ask, shared_place):
    await ask("emit_record", act="DO", kind="team.work.done", body={})
    worker = (await ask("read_thread", limit=1))["records"][0]
    judge = Identity.key(shared_place.folder / "judge.pem")
    verdict = VerdictAccept(subject=worker["actor"], judges=worker["id"], domain="stats")
    with shared_place.log() as log:
        log.append(verdict.draft(thread="th_review"), by=judge)
    found = await ask("trust_query", actor=worker["actor"], domain="stats")
    assert [one["successes"] for one in found["standings"]] == [1]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("threadbook.decision.answer", "RecordError"),
        ("core.correction", "RecordError"),
        ("core.identity.grant.v1", "RecordError"),
        ("Not A Kind", "KindError"),
    ],
)
async def test_records_that_are_not_for_clients_are_refused(refused, kind, code):
    error = await refused("emit_record", act="DO", kind=kind, body={})
    assert error["code"] == code


@pytest.mark.parametrize("names", ["fulfills", "cancels"])
async def test_an_agent_answers_nobodys_decision(ask, refused, shared_place, names):
    other = Identity.key(shared_place.folder / "other.pem")
    request = DecisionRequest(question="May it?", options=["approve", "reject"])
    with shared_place.log() as log:
        asked = log.append(request.draft(thread="th_other"), by=other)
    for value in (asked.id, ["x", asked.id]):
        body = {names: value, "decision": "approve"}
        error = await refused(
            "emit_record", act="DO", kind="team.work.answer", body=body, thread="th_other"
        )
        assert error["code"] == "PolicyDenied"
    listed = await ask("list_decisions", thread="th_other")
    assert asked.id in {one["id"] for one in listed["decisions"]}
    assert {one["status"] for one in listed["decisions"]} == {"pending"}


async def test_a_thread_that_is_not_there_is_an_error(refused):
    assert (await refused("read_thread", thread="th_none"))["code"] == "RecordNotFound"
    assert (await refused("fold_thread", thread="th_none"))["code"] == "RecordNotFound"
    assert (await refused("read_output", record_id="0" * 64))["code"] == "RecordNotFound"


async def test_resources_are_listed_and_read(client, ask):
    found = await ask("run_code", code="print('shown')")
    await ask("save_artifact", name="resource/one", value="some text")
    listed = {one.uri: one for one in (await client.list_resources()).resources}
    own = f"threadbook://threads/{found['thread']}"
    assert own in listed
    assert "threadbook://artifacts/resource%2Fone" in listed
    (content,) = (await client.read_resource("threadbook://artifacts/resource%2Fone")).contents
    assert content.text == "some text"
    (timeline,) = (await client.read_resource(own)).contents
    assert "print('shown')" in timeline.text
    cell = f"threadbook://cells/{found['record_id']}"
    (output,) = (await client.read_resource(cell)).contents
    assert output.text == "shown\n"
    templates = (await client.list_resource_templates()).resource_templates
    assert {one.name for one in templates} == {"artifact", "thread", "cell"}


async def test_the_timeline_of_a_thread_shows_a_decision_whose_time_is_over_as_expired(
    client, ask, shared_place
):
    other = Identity.key(shared_place.folder / "other.pem")
    late = DecisionRequest(question="Still?", options=["approve", "reject"], expires_at=1)
    with shared_place.log() as log:
        for request in (late, msgspec.structs.replace(late, question="Now?", expires_at=None)):
            log.append(request.draft(thread="th_late"), by=other)
    (timeline,) = (await client.read_resource("threadbook://threads/th_late")).contents
    _, expired, waiting = timeline.text.splitlines()
    assert "Still?" in expired
    assert expired.endswith("✗")
    assert waiting.endswith("Now?")


@pytest.mark.parametrize(
    "uri",
    [
        "threadbook://artifacts/none",
        "threadbook://artifacts/..%2F..%2Fetc%2Fpasswd",
        "threadbook://threads/none",
        "threadbook://keys/identity",
        "threadbook://artifacts/",
        "file:///etc/passwd",
    ],
)
async def test_what_is_no_resource_is_refused(client, uri):
    with pytest.raises(MCPError):
        await client.read_resource(uri)
