"""Definitions: by which definition each callable of a tool was called last, and what it says.

A call counts for the identity that recorded it, which is the one that asks for the next: another
one could otherwise make a change look like no change. It counts once an answer has allowed it, or
once it has come to an end, unless it was refused.
"""

from __future__ import annotations

from typing import Any

import msgspec

from threadbook.folds.fields import text_of
from threadbook.folds.fold import Fact, Fold
from threadbook.log.store import Query
from threadbook.records.bodies import BlobRef, DecisionRequest, ToolCall, ToolResult

_MOST_OPEN = 10_000
"""Calls without a result that are remembered: of those whose kernel died none will come."""


class Use(msgspec.Struct, frozen=True, array_like=True):
    """From the record `seq` on, calls were by this definition (a hash)."""

    seq: int
    definition: str


class DefinitionsState(msgspec.Struct, kw_only=True):
    """Uses by author, tool and callable, oldest first, each another one than that before.

    `blobs` are the digests of what definitions say, by author and hash; `open` the calls that may
    be another use once they end, by id: their author, the key of their uses, and their definition.
    """

    uses: dict[str, list[Use]] = {}
    blobs: dict[str, str] = {}
    open: dict[str, tuple[str, str, str]] = {}


class DefinitionsFold(Fold[DefinitionsState]):
    """Gathers definitions of callables."""

    name = "definitions"
    version = 1
    state_type = DefinitionsState
    wants = tuple(Query(kind=body.KIND) for body in (ToolCall, ToolResult, DecisionRequest))

    def apply(self, state: DefinitionsState, fact: Fact) -> DefinitionsState:
        """See Fold.apply."""
        if fact.kind == ToolResult.KIND:
            if state.open:  # most calls change nothing, and their results need not be decoded
                _end(state, fact)
            return state
        body = fact.body.get("context") if fact.kind == DecisionRequest.KIND else fact.body
        if not isinstance(body, dict) or (definition := text_of(body, "definition")) is None:
            return state
        _describe(state, fact, body, definition)
        if fact.kind == ToolCall.KIND:
            _call(state, fact, definition)
        return state


def previous(
    state: DefinitionsState, author: str, tool: str, callable_: str, *, before: int
) -> str | None:
    """Return the definition by which a callable was called last before a seq, None if it was not.

    `author` is who recorded the calls.
    """
    uses = state.uses.get(_key(author, tool, callable_), ())
    return next((use.definition for use in reversed(uses) if use.seq < before), None)


def content_of(state: DefinitionsState, author: str, definition: str) -> str | None:
    """Return the digest of the blob with what a definition says, as `author` recorded it."""
    return state.blobs.get(_key(author, definition))


def _describe(state: DefinitionsState, fact: Fact, body: dict[str, Any], definition: str) -> None:
    try:
        blob = msgspec.convert(body.get("definition_blob"), BlobRef)
    except msgspec.ValidationError:
        return
    state.blobs.setdefault(_key(fact.actor, definition), blob.blob)


def _call(state: DefinitionsState, fact: Fact, definition: str) -> None:
    tool, name = text_of(fact.body, "tool"), text_of(fact.body, "callable")
    if tool is None or name is None:
        return
    key = _key(fact.actor, tool, name)
    if text_of(fact.body, "decision") is not None:
        _use(state, key, definition, fact)
        return
    uses = state.uses.get(key)
    is_known = uses is not None and uses[-1].definition == definition
    if is_known and all(other != key for _, other, _ in state.open.values()):
        return
    state.open[fact.id] = (fact.actor, key, definition)
    if len(state.open) > _MOST_OPEN:
        del state.open[next(iter(state.open))]


def _end(state: DefinitionsState, fact: Fact) -> None:
    for parent in fact.parents:
        author, key, definition = state.open.get(parent, ("", "", ""))
        if author != fact.actor:
            continue
        del state.open[parent]
        if fact.body.get("status") != "refused":
            _use(state, key, definition, fact)


def _use(state: DefinitionsState, key: str, definition: str, fact: Fact) -> None:
    uses = state.uses.setdefault(key, [])
    if not uses or uses[-1].definition != definition:
        uses.append(Use(fact.seq, definition))


def _key(*parts: str) -> str:
    return msgspec.json.encode(parts).decode()
