"""Definitions: which one a callable had when it was called last, and what is known of it."""

import msgspec
import pytest

from threadbook.folds.definitions import DefinitionsFold, content_of, previous
from threadbook.folds.fold import Projection
from threadbook.records.bodies import BlobRef, DecisionRequest, ToolCall, ToolResult

AGENT = "did:sync:user:agent"


@pytest.fixture
def call(add):
    """Return a function that records a call of `drop.it`, with an end where it has a status."""

    def call(definition, status="ok", *, who="agent", **fields):
        body = ToolCall(
            tool="drop", callable="it", adapter="python", definition=definition, **fields
        )
        begun = add(who, body)
        return add(who, ToolResult(status=status), parents=[begun.id]) if status else begun

    return call


def last(log, before=None, author=AGENT):
    state = Projection(log, DefinitionsFold()).read().value
    return previous(state, author, "drop", "it", before=log.size + 1 if before is None else before)


def test_at_first_there_is_none(log):
    assert last(log) is None


def test_the_last_call_that_ended_tells(log, call):
    first, second = call("d1"), call("d2", "error")
    assert last(log) == "d2"
    assert last(log, before=second.seq) == "d1"
    assert last(log, before=first.seq) is None
    call("d1")
    assert last(log) == "d1"


def test_of_calls_at_once_the_one_that_ends_last_tells(log, add, call):
    call("d1")
    later, earlier = call("d2", None), call("d1", None)
    add("agent", ToolResult(status="ok"), parents=[later.id])
    assert last(log) == "d2"
    add("agent", ToolResult(status="ok"), parents=[earlier.id])
    assert last(log) == "d1"


def test_a_call_by_the_known_definition_leaves_nothing_open(log, call):
    call("d1")
    call("d1", None)
    assert Projection(log, DefinitionsFold()).read().value.open == {}


@pytest.mark.parametrize("status", ["refused", None])
def test_a_call_that_was_not_made_tells_nothing(log, call, status):
    call("d1")
    call("d2", status)
    assert last(log) == "d1"


def test_a_call_that_was_allowed_tells_while_it_goes_on(log, call):
    call("d1", None, decision="a" * 64)
    assert last(log) == "d1"


def test_calls_of_others_tell_nothing(log, call):
    call("d1")
    call("d2", who="eve")
    assert last(log) == "d1"


def test_only_who_recorded_a_call_can_end_it(log, add, call):
    call("d1")
    begun = call("d2", None)
    add("eve", ToolResult(status="ok"), parents=[begun.id])
    assert last(log) == "d1"
    add("agent", ToolResult(status="refused"), parents=[begun.id])
    assert last(log) == "d1"
    assert Projection(log, DefinitionsFold()).read().value.open == {}


def test_what_a_definition_says_is_known_from_its_author_only(log, add, call):
    ours, theirs = BlobRef(blob="a" * 64, size=1), BlobRef(blob="b" * 64, size=1)
    call("d1", who="eve", definition_blob=theirs)
    context = {"definition": "d1", "definition_blob": msgspec.to_builtins(ours)}
    add("agent", DecisionRequest(question="may it?", context=context))
    call("d2", definition_blob=theirs)
    state = Projection(log, DefinitionsFold()).read().value
    assert content_of(state, AGENT, "d1") == ours.blob
    assert content_of(state, AGENT, "d2") == theirs.blob
    assert content_of(state, AGENT, "d3") is None


@pytest.mark.parametrize("blob", [None, 1, "x", {"blob": 1}, {"blob": "a"}])
def test_what_is_malformed_is_passed_over(log, add, blob):
    body = {"kind": ToolCall.KIND, "tool": 1, "callable": "it", "definition": "d1"}
    add("agent", {**body, "definition_blob": blob}, act="CALL")
    add("agent", {**body, "tool": "drop", "definition": [1]}, act="CALL")
    add("agent", {"kind": DecisionRequest.KIND, "context": [1]}, act="KNOW")
    state = Projection(log, DefinitionsFold()).read().value
    assert (state.uses, state.blobs, state.open) == ({}, {}, {})
