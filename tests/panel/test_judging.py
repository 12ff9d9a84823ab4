"""Judging from the panel: a verdict record under the person's key, or a reason why not."""

import pytest

from threadbook.errors import Forbidden, PreconditionFailed, QueryError, RecordNotFound
from threadbook.log.verify import verify
from threadbook.records.bodies import (
    CellEnd,
    CellStart,
    Intent,
    Outcome,
    TokenGrant,
    ToolCall,
    ToolResult,
)
from threadbook.records.identity import Identity
from threadbook_panel.feed import Feed


@pytest.fixture
def cell(add, key):
    """Provide the start and the end of a cell whose kernel died: another one wrote its end."""
    start = add(CellStart(code="1 / 0", session="s", execution="m"))
    return start, add(CellEnd(status="died"), by=key("undertaker"), parents=[start])


def judge(feed, **params):
    return feed.call("judge", {"verdict": "reject", "reason": "it failed", **params})


@pytest.mark.parametrize("part", [0, 1], ids=["start", "end"])
def test_a_cell_is_judged_by_its_start(feed, log, cell, part, person, agent):
    written = judge(feed, judges=cell[part].id)
    verdict = log.get(written.id)
    assert (verdict.actor, written.actor) == (person.actor_did, person.actor_did)
    assert (verdict.kind, verdict.thread) == ("threadbook.verdict.reject", "th_1")
    assert verdict.record.parents == (cell[0].id,)
    assert {name: verdict.body[name] for name in ("subject", "judges", "domain", "reason")} == {
        "subject": agent.actor_did,
        "judges": cell[0].id,
        "domain": "general",
        "reason": "it failed",
    }
    (standing,) = feed.call("trust", {}).standings
    assert (standing.actor, standing.rejected) == (agent.actor_did, 1)
    assert standing.last.id == written.id
    assert verify(log).is_clean


def test_a_verdict_on_both_ends_of_a_cell_is_one_voice(feed, cell):
    judge(feed, judges=cell[0].id)
    judge(feed, judges=cell[1].id, verdict="accept", reason="it was the machine")
    (standing,) = feed.call("trust", {}).standings
    assert (standing.accepted, standing.rejected) == (1, 0)


def test_a_call_is_judged_in_the_domain_of_its_tool(feed, log, add):
    call = add(ToolCall(tool="aws", callable="rm", adapter="cli", definition="d", domain="infra"))
    result = add(ToolResult(status="ok"), parents=[call])
    verdict = log.get(judge(feed, judges=result.id).id)
    assert (verdict.body["judges"], verdict.body["domain"]) == (call.id, "infra")
    other = log.get(judge(feed, judges=call.id, domain="cost").id)
    assert other.body["domain"] == "cost"


def test_a_thread_is_judged_by_its_newest_outcome_or_else_its_goal(feed, log, add):
    goal = add(Intent(goal="find the mean"))
    assert log.get(judge(feed, thread="th_1").id).body["judges"] == goal.id
    add(Outcome(summary="it is 2", fulfills=goal.id))
    last = add(Outcome(summary="it is 3", fulfills=goal.id))
    assert log.get(judge(feed, thread="th_1").id).body["judges"] == last.id


def test_ones_own_work_is_not_judged(feed, log, add, person):
    own = add({"n": 1}, by=person)
    with pytest.raises(PreconditionFailed, match="judge and worker are one identity"):
        judge(feed, judges=own.id, verdict="accept")
    assert log.size == 1


def test_work_of_an_actor_of_ones_own_account_is_not_judged(log, add, key):
    service, now = key("service"), 1
    person, worker = (Identity.static(f"did:sync:user:{name}") for name in ("ann", "bot"))
    grant = TokenGrant(
        token="a" * 64,
        account="did:sync:system:team",
        scopes=["records:write"],
        actors=[person.actor_did, worker.actor_did],
        issued_by=service.actor_did,
    )
    add(grant, by=service, thread="threadbook.auth")
    work = add({"n": now}, by=worker)
    feed = Feed(log, person=person, operator=service.actor_did)
    with pytest.raises(PreconditionFailed, match="one account's tokens"):
        judge(feed, judges=work.id)
    assert log.size == 2
    trusting = Feed(log, person=person)  # where nobody's grants of tokens are believed
    assert judge(trusting, judges=work.id).actor == person.actor_did


@pytest.mark.parametrize(
    ("params", "error", "problem"),
    [
        ({"reason": " \n"}, QueryError, "needs a reason"),
        ({"reason": "x" * 4001}, QueryError, "reason"),
        ({"verdict": "perhaps"}, QueryError, "verdict"),
        ({"thread": "th_1"}, QueryError, "a record or a thread"),
        ({"judges": None}, QueryError, "a record or a thread"),
        ({"judges": None, "thread": "th_none"}, RecordNotFound, "neither outcome nor goal"),
        ({"judges": "0" * 64}, RecordNotFound, "no record"),
        ({"subject": "did:x:y"}, QueryError, "subject"),
    ],
)  # fmt: skip
def test_what_says_nothing_clear_is_not_written(feed, log, cell, params, error, problem):
    size = log.size
    with pytest.raises(error, match=problem):
        judge(feed, **{"judges": cell[0].id, **params})
    assert log.size == size


@pytest.mark.parametrize("why", [None, "this kernel is sandboxed"], ids=["nobody", "read-only"])
def test_where_nobody_can_judge_nothing_is_written(log, cell, person, why):
    feed = Feed(log, person=person if why else None, read_only=why)
    with pytest.raises(Forbidden, match=why or "nobody is known"):
        judge(feed, judges=cell[0].id)
    assert log.size == 2
