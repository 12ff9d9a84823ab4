"""Workflows as a fold: versions by workspace, deletions, and how calls went."""

import pytest

from threadbook.folds.fold import Projection
from threadbook.folds.workflows import WorkflowsFold, latest, versions, workflows
from threadbook.records.bodies import (
    BlobRef,
    WorkflowCall,
    WorkflowDelete,
    WorkflowParameter,
    WorkflowResult,
    WorkflowSave,
    WorkflowTests,
)

SOURCE = BlobRef(blob="ab" * 32, size=3, media_type="text/x-python")


@pytest.fixture
def state(log):
    projection = Projection(log, WorkflowsFold())
    return lambda: projection.read().value


@pytest.fixture
def save(add):
    def save(name, version=1, who="ann", **fields):
        return add(who, WorkflowSave(name=name, version=version, source=SOURCE, **fields)).id

    return save


@pytest.fixture
def call(add):
    """Return a function that records a call, and what came of it where that is said."""

    def call(workflow, status=None, who="ann", by=None, **fields):
        begun = add(who, WorkflowCall(workflow=workflow, name="a", version=1, **fields))
        if status is not None:
            result = WorkflowResult(status=status, **fields)
            add(by or who, result, act="KNOW", parents=[begun.id])
        return begun

    return call


def numbers(found):
    return [(one.name, one.version) for one in found]


def test_the_newest_version_of_each_is_listed_by_name(save, state):
    save("b")
    save("a")
    newest = save("b", 2, description="more", cell="c1")
    assert numbers(workflows(state(), "")) == [("a", 1), ("b", 2)]
    found = latest(state(), "", "b")
    assert (found.id, found.description, found.cell, found.source) == (newest, "more", "c1", SOURCE)
    assert numbers(versions(state(), "", "b")) == [("b", 2), ("b", 1)]
    assert latest(state(), "", "c") is None


def test_who_saved_it_and_whether_a_key_says_so(add, key, state):
    body = WorkflowSave(name="a", version=1, source=SOURCE)
    add("bob", body)
    stored = add(key("ann"), body)
    second, first = versions(state(), "", "a")
    assert (first.actor, first.is_signed) == ("did:sync:user:bob", False)
    assert (second.actor, second.is_signed, second.at) == (stored.actor, True, stored.recorded_at)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [([1, 1], [1, 2]), ([3, 2], [3, 4]), ([1, 5], [1, 5]), ([2**40, 1], [1, 2]), ([-1, 0], [1, 2])],
)
def test_of_two_that_ask_for_the_same_version_the_later_gets_the_next(save, state, wanted, given):
    for number, version in enumerate(wanted):
        save("a", version, who=f"w{number}")
    assert [one.version for one in versions(state(), "", "a")] == given[::-1]


def test_workspaces_see_nothing_of_each_other(add, save, call, state):
    mine, yours = save("a", workspace="mine"), save("a", workspace="yours")
    assert [one.id for one in workflows(state(), "mine")] == [mine]
    assert [one.id for one in workflows(state(), "yours")] == [yours]
    assert workflows(state(), "") == []
    call(yours, "ok", workspace="mine")
    add("ann", WorkflowDelete(name="a", workspace="mine"))
    assert workflows(state(), "mine") == []
    found = latest(state(), "yours", "a")
    assert (found.version, found.calls) == (1, 0)


def test_deleting_ends_all_versions_and_the_next_one_counts_on(add, save, state):
    save("a")
    save("a", 2)
    gone = add("ann", WorkflowDelete(name="a"))
    add("ann", WorkflowDelete(name="a"))
    assert workflows(state(), "") == []
    assert {one.deleted_by for one in versions(state(), "", "a")} == {gone.id}
    again = save("a")
    assert latest(state(), "", "a").id == again
    assert numbers(versions(state(), "", "a")) == [("a", 3), ("a", 2), ("a", 1)]


def test_calls_are_counted_for_their_version(save, call, state):
    one, two = save("a"), save("a", 2)
    for status in ("ok", "error", "ok", "ok", "interrupted"):
        call(one, status)
    last = call(one)
    second, first = versions(state(), "", "a")
    assert (first.calls, first.ok, first.failed, first.success_rate) == (6, 3, 1, 0.75)
    assert first.last_used == last.recorded_at
    assert (second.id, second.calls, second.success_rate, second.last_used) == (two, 0, None, None)
    assert len(state().open) == 1


def test_an_outcome_counts_once_and_only_from_who_called(add, save, call, state):
    one = save("a")
    begun = call(one, "error", who="ann", by="eve")
    assert latest(state(), "", "a").failed == 0
    for _ in range(2):
        add("ann", WorkflowResult(status="ok"), act="KNOW", parents=[begun.id])
    add("ann", WorkflowResult(status="ok"), act="KNOW", parents=[one])
    found = latest(state(), "", "a")
    assert (found.calls, found.ok, found.failed) == (1, 1, 0)


@pytest.mark.parametrize("name", ["list", "../a", "_a", "a b", "", "class", "a" * 65, 5, None])
def test_a_name_that_cannot_be_is_not_listed(add, state, name):
    body = {"kind": WorkflowSave.KIND, "name": name, "version": 1}
    add("eve", {**body, "source": {"blob": "ab" * 32, "size": 3}}, act="LEARN")
    assert state().spaces == {}


@pytest.mark.parametrize(
    "source", [None, "def run(): pass", {"blob": "x", "size": 1}, {"blob": "ab" * 32, "size": -1}]
)
def test_a_source_that_is_no_blob_is_not_listed(add, state, source):
    body = {"kind": WorkflowSave.KIND, "name": "a", "version": 1, "source": source}
    add("eve", body, act="LEARN")
    assert state().spaces == {}


def test_only_the_act_of_a_kind_counts(add, save, state):
    body = {"kind": WorkflowSave.KIND, "name": "b", "version": 1}
    add("eve", {**body, "source": {"blob": "ab" * 32, "size": 3}}, act="KNOW")
    save("a")
    add("eve", {"kind": WorkflowDelete.KIND, "name": "a"}, act="KNOW")
    assert numbers(workflows(state(), "")) == [("a", 1)]


def test_counts_that_nobody_can_have_counted_do_not_break_it(add, log, state):
    tests = {"status": "passed", "passed": 10**400, "failed": 2**70}
    body = {"kind": WorkflowSave.KIND, "name": "a", "version": 10**400, "tests": tests}
    body["examples"] = [{"arguments": {"n": 10**400}}]
    add("eve", {**body, "source": {"blob": "ab" * 32, "size": 3}}, act="LEARN")
    found = latest(state(), "", "a")
    assert (found.version, found.tests) == (1, WorkflowTests(status="passed"))
    assert Projection(log, WorkflowsFold()).rebuild()


def test_a_state_survives_being_kept(log, save, call):
    parameters = [WorkflowParameter(name="x", type="int", default="1", kind="keyword_only")]
    one = save("a", parameters=parameters, returns="int", is_async=True, origin=["c"])
    call(one, "ok")
    call(one)
    first = Projection(log, WorkflowsFold(), snapshot_every=1).read().value
    assert Projection(log, WorkflowsFold()).read().value == first
    assert latest(first, "", "a").parameters == parameters
