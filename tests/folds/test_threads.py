"""Thread state: status, goals, participants, heads; the index of all threads."""

import msgspec
import pytest

from threadbook.folds.fold import Projection
from threadbook.folds.threads import (
    ThreadFold,
    ThreadsFold,
    entries,
    entry,
    open_goals,
    thread_state,
    view_of,
)
from threadbook.records.bodies import Intent, Outcome, VerdictAccept, VerdictReject


@pytest.fixture
def state(log):
    return lambda thread="th": thread_state(thread, log.read_all(thread=thread))


def test_the_arc_of_a_thread(add, state):
    goal = add("ann", Intent(goal="a"))
    assert state().status == "open"
    add("bob", {"n": 1})
    assert state().status == "active"
    add("bob", {"n": 2}, act="KNOW")
    assert state().status == "observed"
    add("bob", {"n": 3}, act="CALL")
    assert state().status == "active"
    done = add("bob", Outcome(summary="b", fulfills=goal.id))
    assert state().status == "done"
    add("bob", {"n": 4})
    view = state()
    assert view.status == "done"
    (only,) = view.goals
    assert (only.id, only.goal, only.status, only.closed_by) == (goal.id, "a", "done", done.id)
    add("ann", Intent(goal="next"))
    assert state().status == "open"


def test_a_thread_without_goals(add, state):
    add("ann", {"n": 1}, act="LEARN")
    assert state().status == "open"
    add("ann", {"n": 1})
    assert (state().status, state().opened_by) == ("active", "did:sync:user:ann")


def test_several_goals_are_closed_one_by_one(add, state, log):
    one, two = add("ann", Intent(goal="1")), add("ann", Intent(goal="2"))
    add("ann", Outcome(summary="", fulfills=[two.id]))
    assert state().status == "observed"
    assert [goal.id for goal in open_goals(log.read())] == [one.id]
    add("ann", {"cancels": one.id})
    assert state().status == "cancelled"
    assert [goal.status for goal in state().goals] == ["cancelled", "done"]
    assert open_goals(log.read()) == []


def test_both_at_once(add, state):
    goals = [add("ann", Intent(goal=str(number))).id for number in range(3)]
    add("ann", Outcome(summary="all", fulfills=goals))
    assert {goal.status for goal in state().goals} == {"done"}


@pytest.mark.parametrize("named", ["the goal", "its outcome", "nothing"])
def test_a_rejected_goal(add, state, named):
    goal = add("ann", Intent(goal="a"))
    done = add("bob", Outcome(summary="b", fulfills=goal.id))
    judged = {"the goal": goal.id, "its outcome": done.id}.get(named)
    body = {"verdict": "reject", **({"judges": judged} if judged else {})}
    add("ann", body, act="KNOW")
    assert state().status == "rejected"
    add("bob", Outcome(summary="again", fulfills=goal.id))
    assert state().status == "done"


def test_a_verdict_on_something_else_rejects_no_goal(add, state):
    add("ann", Intent(goal="a"))
    cell = add("bob", {"n": 1})
    add("ann", VerdictReject(subject=cell.actor, judges=cell.id))
    assert state().status == "observed"


def test_what_closes_a_goal_stands_on_its_thread_and_has_the_right_act(add, state):
    goal = add("ann", Intent(goal="a"))
    add("bob", {"fulfills": goal.id}, act="KNOW", thread="another")
    add("bob", {"fulfills": goal.id}, act="DO")
    add("bob", {"cancels": goal.id}, act="KNOW")
    assert state().goals[0].status == "open"


def test_a_goal_that_waits_for_a_decision_is_closed_by_the_answer(add, state):
    one = add("ann", {"goal": "may I?", "awaits": "actor_decision"}, act="INTEND")
    add("bob", {"fulfills": one.id})
    assert state().status == "done"


CORRECTIONS = [
    ("PUT", lambda bad: {"kind": "core.correction", "corrects": [bad.id]}, False),
    ("PUT", lambda bad: {"kind": "core.erasure", "erases": [bad.id]}, False),
    ("KNOW", lambda _bad: {"topic": "correction"}, True),
]


@pytest.mark.parametrize(("act", "body", "as_parent"), CORRECTIONS)
def test_only_its_author_takes_back_what_closed_a_goal(add, state, act, body, as_parent):
    goal = add("ann", Intent(goal="a"))
    done = add("bob", Outcome(summary="too early", fulfills=goal.id))
    parents = [done.id] if as_parent else []
    add("eve", body(done), act=act, parents=parents)
    assert state().goals[0].status == "done"
    add("bob", body(done), act=act, parents=parents)
    assert state().goals[0].status == "open"
    add("bob", body(done), act=act, parents=parents)
    assert state().goals[0].status == "open"
    add("bob", Outcome(summary="now", fulfills=goal.id))
    assert state().status == "done"


def test_participants_and_their_roles(add, state):
    goal = add("ann", Intent(goal="a"))
    add("bob", {"n": 1})
    add("bob", {"n": 2}, act="CALL")
    add("bob", {"n": 3}, act="LEARN")
    add("cyd", VerdictAccept(subject=goal.actor, judges=goal.id))
    add("dan", {"n": 4}, act="GET")
    assert {who.split(":")[-1]: roles for who, roles in state().participants.items()} == {
        "ann": ["opener"],
        "bob": ["worker", "adapter"],
        "cyd": ["reviewer"],
        "dan": ["observer"],
    }


def test_heads_are_records_that_nobody_names_as_a_parent(add, state):
    root = add("ann", {"n": 0})
    left, right = add("ann", {"n": 1}, parents=[root.id]), add("bob", {"n": 2}, parents=[root.id])
    assert state().heads == [left.id, right.id]
    merge = add("ann", {"n": 3}, parents=[left.id, right.id, "0" * 64])
    assert state().heads == [merge.id]
    add("ann", {"n": 4}, parents=[merge.id], thread="another")
    assert state().heads == [merge.id]


def test_numbers_of_a_thread(add, state):
    add("bob", {}, thread="another")
    first, last = add("ann", {"n": 0}), add("bob", {"n": 1})
    view = state()
    assert (view.record_count, view.first_sequence, view.last_sequence) == (2, 2, 3)
    assert view.actor_clocks == {first.actor: first.clock, last.actor: last.clock}
    assert (view.first_recorded_at, view.last_recorded_at) == (
        first.recorded_at,
        last.recorded_at,
    )


def test_a_projection_of_one_thread(log, add, state):
    projection = Projection(log, ThreadFold("th"), snapshot_every=1)
    for number in range(3):
        add("ann", Intent(goal=str(number)))
        add("bob", {"n": number}, thread="another")
        view, watermark = projection.ask(lambda found: view_of("th", found))
        assert view == state()
        assert watermark == log.size
    assert Projection(log, ThreadFold("another")).ask(lambda one: one.records).value == 3


def test_the_index_of_all_threads(log, add):
    projection = Projection(log, ThreadsFold())
    goal = add("ann", Intent(goal="first"), thread="a")
    add("bob", {"n": 1}, thread="b")
    add("ann", Outcome(summary="", fulfills=goal.id), thread="a")
    found = projection.ask(entries).value
    assert [(one.thread, one.status, one.goal) for one in found] == [
        ("a", "done", "first"),
        ("b", "active", ""),
    ]
    assert found[0].record_count == 2
    assert found[0].open_goals == 0
    assert found[0].fanout_status == "none"
    assert projection.ask(lambda state: entry(state, "b")).value == found[1]
    assert projection.ask(lambda state: entries(state, limit=1)).value == found[:1]
    last = found[0].last_sequence
    assert projection.ask(lambda state: entries(state, before=last)).value == found[1:]
    assert projection.ask(lambda state: entry(state, "c")).value is None


def test_a_long_goal_is_cut(add, state):
    add("ann", Intent(goal="x" * 10_000))
    assert len(state().goals[0].goal) == 500
    msgspec.json.encode(state())
