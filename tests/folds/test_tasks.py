"""Tasks: from inbox to approved, and who may move them."""

import pytest

from threadbook.folds.fold import Projection
from threadbook.folds.tasks import TasksFold, task, tasks
from threadbook.records.bodies import TaskUpdate, VerdictAccept, VerdictReject

BOB = "did:sync:user:bob"


@pytest.fixture
def state(log):
    projection = Projection(log, TasksFold())
    return lambda: projection.read().value


@pytest.fixture
def one(state):
    return lambda task_id=None: task(state(), "th", task_id)


@pytest.fixture
def update(add):
    def update(stored, status, who="bob", **fields):
        return add(who, TaskUpdate(task=stored.id, status=status, **fields))

    return update


def new(add, **fields):
    return add("ann", {"goal": "sweep", "task": True, **fields}, act="INTEND")


def claim(add, stored, who="bob"):
    return add(who, {"topic": "task_done_claim", "task": stored.id}, act="KNOW")


def test_from_inbox_to_approved(add, one):
    stored = new(add, assignee=BOB, domain="code", labels=["a", "b", 3], priority=2, alias="t1")
    found = one()
    assert (found.id, found.title, found.status) == (stored.id, "sweep", "inbox")
    assert (found.assignee, found.domain, found.labels) == (BOB, "code", ["a", "b"])
    assert (found.priority, found.alias) == ("2", "t1")
    add("bob", {"n": 1})
    assert one().status == "active"
    claimed = claim(add, stored)
    assert (one().status, one().claimed_by) == ("review", BOB)
    add("ann", VerdictAccept(subject=BOB, judges=claimed.id))
    assert one().status == "approved"
    assert [step.status for step in one().history] == ["active", "review", "approved"]


@pytest.mark.parametrize("named", ["claim", "task", "nothing"])
def test_a_verdict_names_the_claim_the_task_or_nothing(add, one, named):
    stored = new(add)
    claimed = claim(add, stored)
    judged = {"claim": claimed.id, "task": stored.id}.get(named)
    body = {"verdict": "accept", "judged_by": BOB, **({"judges": judged} if judged else {})}
    add("ann", body, act="KNOW")
    assert one().status == "approved"


def test_a_verdict_on_something_else_is_none_on_the_task(add, one):
    claim(add, new(add))
    add("ann", VerdictAccept(subject=BOB, judges="0" * 64))
    assert one().status == "review"


def test_whoever_fulfils_a_task_claims_that_it_is_done(add, one):
    stored = new(add)
    add("bob", {"fulfills": stored.id, "summary": "swept"}, act="KNOW")
    assert (one().status, one().reason) == ("review", "swept")


def last_refused(found):
    return found.history[-1].refused


def test_nobody_approves_their_own_work(add, one):
    claimed = claim(add, new(add))
    add("bob", VerdictAccept(subject=BOB, judges=claimed.id))
    assert one().status == "review"
    assert last_refused(one()) == "judge and worker are one identity"
    add("bob", {"kind": "core.identity.grant.v1", "aud": "did:sync:user:cyd"}, act="PUT")
    add("cyd", VerdictAccept(subject=BOB, judges=claimed.id))
    assert last_refused(one()) == "the judge acts by a grant of the worker"
    add("ann", VerdictAccept(subject=BOB, judges=claimed.id))
    assert one().status == "approved"


def test_nothing_is_approved_before_it_is_claimed(add, one):
    stored = new(add)
    add("ann", VerdictAccept(subject=BOB, judges=stored.id))
    assert one().status == "inbox"
    assert last_refused(one()) == "nobody claims that it is done"


def test_a_rejected_task_is_worked_on_again(add, one):
    stored = new(add)
    claimed = claim(add, stored)
    add("ann", VerdictReject(subject=BOB, judges=claimed.id))
    assert last_refused(one()) == "it gives no reason"
    add("ann", VerdictReject(subject=BOB, judges=claimed.id, reason="dusty"))
    assert (one().status, one().reason) == ("rejected", "dusty")
    again = claim(add, stored)
    add("ann", VerdictAccept(subject=BOB, judges=again.id))
    assert one().status == "approved"


@pytest.mark.parametrize("status", ["blocked", "deferred", "cancelled"])
def test_statuses_that_need_a_reason(add, one, update, status):
    stored = new(add)
    update(stored, status)
    assert (one().status, last_refused(one())) == ("inbox", "it gives no reason")
    update(stored, status, reason="rain")
    assert (one().status, one().reason) == (status, "rain")


def test_cancelling_as_for_any_goal(add, one):
    stored = new(add)
    add("ann", {"cancels": stored.id, "reason": "not needed"})
    assert one().status == "cancelled"


@pytest.mark.parametrize("status", ["approved", "rejected"])
def test_only_a_verdict_approves_or_rejects(add, one, status):
    stored = new(add)
    body = {"kind": "threadbook.task.update", "task": stored.id, "status": status, "reason": "r"}
    add("ann", body)
    assert (one().status, last_refused(one())) == ("inbox", "only a verdict approves or rejects")


def test_a_closed_task_has_to_be_reopened(add, one, update):
    stored = new(add)
    update(stored, "failed", reason="broke")
    update(stored, "active")
    assert one().status == "failed"
    assert last_refused(one()) == "the task is failed: it has to be reopened first"
    update(stored, "inbox")
    assert one().status == "inbox"


def test_several_tasks_and_threads(add, state, update):
    one, two = new(add), new(add, assignee=BOB)
    add("ann", {"goal": "no task", "task": "true"}, act="INTEND")
    other = add("ann", {"goal": "else", "task": True}, act="INTEND", thread="b")
    update(one, "active")
    add("bob", TaskUpdate(task=other.id, status="active"))  # not on its thread
    assert [(t.id, t.status) for t in tasks(state())] == [
        (one.id, "active"),
        (two.id, "inbox"),
        (other.id, "inbox"),
    ]
    assert [t.id for t in tasks(state(), thread="b")] == [other.id]
    assert [t.id for t in tasks(state(), status="active")] == [one.id]
    assert [t.id for t in tasks(state(), assignee=BOB)] == [two.id]
    assert task(state(), "th").id == two.id
    assert task(state(), "c") is None
