"""Checkpoints: the latest by clock, and what to know to go on."""

import pytest

from threadbook.folds.checkpoints import CheckpointsFold, checkpoints, latest, resume
from threadbook.folds.fold import Projection
from threadbook.records.bodies import Checkpoint, Intent, Outcome
from threadbook.records.identity import Identity
from threadbook.records.record import Draft


@pytest.fixture
def state(log):
    projection = Projection(log, CheckpointsFold())
    return lambda: projection.read().value


def at_clock(log, clock, summary, who="ann", thread="th"):
    body = {"kind": "agent.session.checkpoint", "summary": summary}
    draft = Draft(act="LEARN", body=body, thread=thread, clock=clock)
    return log.append(draft, by=Identity.static(f"did:sync:user:{who}"))


def test_the_latest_is_that_of_the_highest_clock(log, state):
    at_clock(log, 5, "b")
    at_clock(log, 9, "d")
    at_clock(log, 7, "c")
    at_clock(log, 5, "of another", who="bob")
    at_clock(log, 99, "elsewhere", thread="b")
    assert [one.summary for one in checkpoints(state(), "th")] == ["d", "c", "of another", "b"]
    assert latest(state(), "th").summary == "d"
    assert latest(state(), "b").summary == "elsewhere"
    assert latest(state(), "c") is None
    assert checkpoints(state(), "c") == []


def test_what_a_checkpoint_says(add, state):
    body = Checkpoint(summary="s", learnings=["a", "b"], next_steps="go on")
    stored = add("ann", body)
    found = latest(state(), "th")
    assert (found.id, found.actor, found.clock) == (stored.id, stored.actor, stored.clock)
    assert (found.learnings, found.next_steps) == (["a", "b"], ["go on"])


def test_a_checkpoint_is_a_learn(add, state):
    add("ann", {"kind": "agent.session.checkpoint", "summary": "s"}, act="KNOW")
    assert latest(state(), "th") is None


@pytest.mark.parametrize("field", [("core.correction", "corrects"), ("core.erasure", "erases")])
def test_only_its_author_takes_a_checkpoint_back(log, add, state, field):
    kind, name = field
    at_clock(log, 1, "good")
    bad = at_clock(log, 2, "bad")
    add("eve", {"kind": kind, name: [bad.id]}, act="PUT")
    assert latest(state(), "th").summary == "bad"
    for _ in range(2):
        add("ann", {"kind": kind, name: [bad.id]}, act="PUT", thread="anywhere")
        assert latest(state(), "th").summary == "good"


def test_what_to_know_to_go_on(log, add):
    done, goal = add("ann", Intent(goal="done")), add("ann", Intent(goal="go"))
    add("ann", Intent(goal="also done"))
    add("ann", Outcome(summary="", fulfills=[done.id, log.latest()[0].id]))
    add("ann", Checkpoint(summary="half way"))
    since = [add("bob", {"n": number}).id for number in range(3)]
    found = resume("th", log.read_all(thread="th"))
    assert (found.goal, found.goal_id) == ("go", goal.id)
    assert found.checkpoint.summary == "half way"
    assert [stored.id for stored in found.since] == since


def test_without_a_checkpoint_everything_is_news(log, add):
    stored = add("ann", {"n": 1})
    found = resume("th", log.read_all(thread="th"))
    assert (found.goal, found.goal_id, found.checkpoint) == (None, None, None)
    assert [one.id for one in found.since] == [stored.id]
