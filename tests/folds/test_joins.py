"""Fan-out and join: children, what counts, and when the join is decided."""

import pytest

from threadbook.errors import QueryError
from threadbook.folds import threads
from threadbook.folds.fold import Projection
from threadbook.folds.joins import Join, parse_join
from threadbook.records.bodies import Intent, Outcome


@pytest.fixture
def fanout(log):
    projection = Projection(log, threads.ThreadsFold())
    return lambda thread="th": projection.ask(lambda s: threads.fanouts(s, thread)).value[-1]


@pytest.fixture
def ask(log):
    projection = Projection(log, threads.ThreadsFold())
    return lambda view: projection.ask(view).value


def split(add, count, join="all", **subtask):
    body = {"goal": "all", "subtasks": [{"goal": f"{n}", **subtask} for n in range(count)]}
    return add("ann", {**body, **({"join": join} if join else {})}, act="INTEND")


def spawn(add, parent, count):
    return [
        add("ann", {"goal": f"{n}", "index": n}, act="INTEND", thread=f"c{n}", parents=[parent.id])
        for n in range(count)
    ]


def close(add, child, verdict=None):
    body = {"fulfills": child.id, "summary": "s", **({"verdict": verdict} if verdict else {})}
    add("bob", body, act="KNOW", thread=child.thread)


def test_from_spawning_to_done(add, fanout):
    parent = split(add, 2)
    assert (fanout().status, fanout().result, fanout().subtasks) == ("spawning", "pending", 2)
    one, two = spawn(add, parent, 2)
    assert fanout().status == "in_progress"
    close(add, one)
    assert (fanout().status, fanout().result) == ("in_progress", "pending")
    close(add, two)
    assert (fanout().status, fanout().result) == ("ready_to_join", "accept")
    add("ann", Outcome(summary="joined", fulfills=parent.id))
    assert fanout().status == "done"


@pytest.mark.parametrize(
    ("join", "verdicts", "result"),
    [
        ("all", ["accept", "accept", "accept"], "accept"),
        ("all", ["accept", "accept", None], "pending"),
        ("all", ["accept", "reject", None], "reject"),
        ("any", [None, None, None], "pending"),
        ("any", ["reject", None, None], "pending"),
        ("any", ["reject", "accept", None], "accept"),
        ("any", ["reject", "failed", "timeout"], "reject"),
        ("k_of_n:2", ["accept", None, None], "pending"),
        ("k_of_n:2", ["accept", "accept", None], "accept"),
        ("k_of_n:2", ["accept", "reject", None], "pending"),
        ("k_of_n:2", ["timeout", "reject", None], "reject"),
        ("k_of_n:4", [None, None, None], "reject"),
        (None, ["accept", "accept", "accept"], "accept"),
    ],
)
def test_when_a_join_is_decided(add, fanout, join, verdicts, result):
    children = spawn(add, split(add, 3, join), 3)
    for child, verdict in zip(children, verdicts, strict=True):
        if verdict is not None:
            close(add, child, verdict)
    assert fanout().result == result
    assert (fanout().status == "ready_to_join") == (result != "pending")
    assert [child.verdict for child in fanout().children] == verdicts
    assert [child.index for child in fanout().children] == [0, 1, 2]


def test_a_cancelled_child_has_failed(add, fanout):
    (child,) = spawn(add, split(add, 1), 1)
    add("ann", {"cancels": child.id, "reason": "no"}, thread=child.thread)
    (view,) = fanout().children
    assert (view.status, view.verdict, view.summary) == ("cancelled", "failed", "no")
    assert fanout().result == "reject"


@pytest.mark.parametrize(
    "join", ["most", "k_of_n:0", "k_of_n:-1", "k_of_n:1.5", "k_of_n:", "All", 7]
)
def test_an_unknown_join_is_an_error(add, fanout, join):
    (child,) = spawn(add, split(add, 1, join), 1)
    close(add, child)
    assert fanout().result == "pending"
    assert "unknown join" in fanout().problem
    if isinstance(join, str):
        with pytest.raises(QueryError, match="unknown join"):
            parse_join(join)


def test_joins_that_are_known():
    assert [parse_join(text) for text in ("all", "any", "k_of_n:12")] == [
        Join(None),
        Join(1),
        Join(12),
    ]


def test_children_are_found_in_each_way(add, fanout, ask):
    body = {"goal": "g", "subtasks": ["x", {"sub_thread": "named", "worker": "did:w"}, "y", "z"]}
    parent = add("ann", body, act="INTEND")
    add("ann", {"sub_thread": "dispatched"})
    add("ann", {"goal": "by thread", "parent_thread": "th"}, act="INTEND", thread="by_thread")
    add("ann", {"goal": "by record"}, act="INTEND", thread="by_record", parents=[parent.id])
    view = fanout()
    assert [(one.thread, one.counts, one.index) for one in view.children] == [
        ("named", True, 1),
        ("dispatched", True, None),
        ("by_thread", True, None),
        ("by_record", True, None),
    ]
    assert view.children[0].worker == "did:w"
    assert view.status == "spawning"
    assert ask(lambda s: threads.children(s, "th")) == [one.thread for one in view.children]
    assert ask(lambda s: threads.parents(s, "by_record")) == ["th"]
    assert ask(lambda s: threads.parents(s, "th")) == []


def test_a_child_that_somebody_else_brought_does_not_count(add, fanout):
    split(add, 1, "any")
    volunteer = add("eve", {"goal": "me", "parent_thread": "th"}, act="INTEND", thread="evil")
    close(add, volunteer)
    add("eve", {"sub_thread": "evil2"})
    assert [(one.thread, one.counts) for one in fanout().children] == [
        ("evil", False),
        ("evil2", False),
    ]
    assert (fanout().result, fanout().status) == ("pending", "spawning")


def test_a_thread_is_no_child_of_its_own(add, fanout, ask):
    parent = add(
        "ann", {"goal": "g", "subtasks": [{"thread": "th"}], "sub_thread": "th"}, act="INTEND"
    )
    add("ann", {"goal": "g", "parent_thread": "th"}, act="INTEND", parents=[parent.id])
    assert fanout().children == []
    assert ask(lambda s: threads.children(s, "th")) == []


def test_threads_that_are_children_of_each_other(add, ask):
    add("ann", {"goal": "a", "subtasks": [{"thread": "b"}]}, act="INTEND", thread="a")
    add("ann", {"goal": "b", "subtasks": [{"thread": "a"}]}, act="INTEND", thread="b")
    assert ask(lambda s: [threads.children(s, "a"), threads.children(s, "b")]) == [["b"], ["a"]]
    assert [one.fanout_status for one in ask(threads.entries)] == ["in_progress", "in_progress"]


def test_children_of_a_goal_that_is_no_fan_out(add, ask):
    goal = add("ann", Intent(goal="g"))
    add("bob", {"goal": "h"}, act="INTEND", thread="child", parents=[goal.id])
    assert ask(lambda s: threads.children(s, "th")) == ["child"]
    assert ask(lambda s: threads.fanouts(s, "th")) == []


def test_the_cost_and_time_of_a_child(add, fanout):
    (child,) = spawn(add, split(add, 1), 1)
    body = {"fulfills": child.id, "summary": "s", "cost_usd": 0.5, "wall_time_secs": 3}
    add("bob", body, act="KNOW", thread=child.thread)
    (view,) = fanout().children
    assert (view.cost_usd, view.wall_time_secs, view.worker) == (0.5, 3.0, "did:sync:user:bob")
