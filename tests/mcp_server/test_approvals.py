"""Approvals: the client's person is asked, and nothing is approved by itself."""

import asyncio

import mcp_types as types
import pytest

from threadbook.folds.decisions import DecisionsFold
from threadbook.records.identity import Identity

pytestmark = pytest.mark.asyncio(loop_scope="session")

MODES = ("legacy", "auto")
WIPE = "tools.wipe(path='/data')"


def asker(*answers):
    """Return a callback that gives one answer after the other, and what it was shown."""
    shown, left = [], [*answers]

    async def answer(_context, params):
        shown.append(params)
        action, content = left.pop(0)
        return types.ElicitResult(action=action, content=content)

    return answer, shown


def decisions(place):
    with place.log() as log:
        return [*DecisionsFold().over(log.read_all()).requests.values()]


def identities(place):
    keys = place.folder / ".local" / "share" / "threadbook" / "keys"
    return Identity.key(keys / "identity.pem"), Identity.key(keys / "approver.pem")


@pytest.mark.parametrize("mode", MODES)
async def test_n60_only_an_approval_is_one_and_it_is_of_another_identity(place, mode):
    answers = [
        ("decline", None),
        ("cancel", None),
        ("accept", {}),
        ("accept", {"decision": "whatever"}),
        ("accept", {"decision": "approve_until"}),
        ("decline", {"decision": "approve"}),
        ("accept", {"decision": "approve", "reason": "go on"}),
    ]
    answer, shown = asker(*answers)
    async with place.client(mode=mode, elicitation_callback=answer) as client:
        code = (
            "came = []\n"
            f"for _ in range({len(answers)}):\n"
            f"    try:\n        came.append({WIPE})\n"
            "    except Exception as error:\n        came.append(type(error).__name__)\n"
            "came"
        )
        result = await client.call_tool("run_code", {"code": code, "timeout": 30})
    came = result.structured_content["value"]
    assert came == ["PolicyDenied"] * (len(answers) - 1) + ["wiped /data"]
    for form in shown:
        assert "wipe" in form.message
        assert "/data" in form.message
        assert form.requested_schema["properties"]["decision"]["enum"][0] == "reject"
    requests = decisions(place)
    assert [one.answer.decision for one in requests] == ["reject"] * (len(answers) - 1) + [
        "approve"
    ]
    session, approver = identities(place)
    for request in requests:
        assert request.requester == session.actor_did
        assert (request.answer.actor, request.answer.is_signed) == (approver.actor_did, True)
    assert requests[-1].answer.reason == "go on"


async def test_n60_without_elicitation_it_waits_and_is_answered_elsewhere(
    client, ask, shared_place, until
):
    told = []

    async def note(_progress, _total, message):
        told.append(message)

    running = asyncio.ensure_future(
        client.call_tool("run_code", {"code": WIPE, "timeout": 30}, progress_callback=note)
    )
    await until(lambda: any("decision" in message for message in told))
    thread = (await ask("create_thread", goal="another"))["thread"]
    assert (await ask("list_decisions", thread=thread))["decisions"] == []
    (waiting,) = [
        one for one in (await ask("list_decisions"))["decisions"] if "wipe" in one["question"]
    ]
    assert any(waiting["id"][:12] in message for message in told)
    assert not running.done()
    person = shared_place.folder / "person.pem"
    shared_place.command("decision", "answer", waiting["id"], "approve", "--key", person)
    assert (await running).structured_content["value"] == "wiped /data"


async def test_a_client_that_fails_to_ask_has_answered_nothing(place, until):
    async def fail(_context, _params):
        return types.ErrorData(code=-32603, message="no window")

    async with place.client(elicitation_callback=fail) as client:
        running = asyncio.ensure_future(client.call_tool("run_code", {"code": WIPE, "timeout": 30}))
        (request,) = await until(lambda: running.done() or decisions(place))
        person = place.folder / "person.pem"
        place.command("decision", "answer", request.id, "approve", "--key", person)
        result = await running
    assert result.structured_content["value"] == "wiped /data"
    (request,) = decisions(place)
    assert request.answer.actor == Identity.key(place.folder / "person.pem").actor_did


async def test_an_answer_elsewhere_takes_the_question_back(place, until):
    asked = asyncio.Event()

    async def never(_context, _params):
        asked.set()
        await asyncio.Event().wait()

    async with place.client(elicitation_callback=never) as client:
        running = asyncio.ensure_future(client.call_tool("run_code", {"code": WIPE, "timeout": 30}))
        await asyncio.wait_for(asked.wait(), 30)
        (request,) = decisions(place)
        person = place.folder / "person.pem"
        place.command("decision", "answer", request.id, "reject", "--key", person)
        result = await running
    assert result.structured_content["error"]["name"] == "PolicyDenied"


async def test_the_key_of_the_session_is_no_key_to_answer_with(place):
    key = place.folder / ".local" / "share" / "threadbook" / "keys" / "identity.pem"
    done = place.command("mcp", "serve", "--approver-key", key, check=2)
    assert "answers need a key of their own" in done.stderr
