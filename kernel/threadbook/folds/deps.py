"""Packages of a session: what is asked for on a thread, and the lock it came to.

Changes stack up: one that undoes the last takes it away. Only records of the actors named count,
as whoever may write to the thread could otherwise have a session install what they like.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from threadbook.folds.fold import Fact, Fold
from threadbook.log.store import Query
from threadbook.records.bodies import DepsAdd, DepsRemove, DepsUpdate

_BODIES = {kind.KIND: kind for kind in (DepsAdd, DepsRemove)}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change that stands: what was asked for after it, and the SHA-256 of the lock."""

    record: str
    is_removal: bool
    requested: list[str]
    requirements: list[str]
    lock: str


class DepsState(msgspec.Struct, kw_only=True):
    """The changes that stand, the last one last."""

    changes: list[Change] = []

    @property
    def last(self) -> Change | None:
        """The change that says what is installed, None where nothing is."""
        return self.changes[-1] if self.changes else None

    @property
    def before(self) -> Change | None:
        """The change that says what was installed before the last."""
        return self.changes[-2] if len(self.changes) > 1 else None


class DepsFold(Fold[DepsState]):
    """The packages of one workspace on one thread, as changed by these actors."""

    name = "deps"
    version = 1
    state_type = DepsState

    def __init__(self, thread: str, *, workspace: str, actors: Iterable[str]) -> None:
        self._workspace = workspace
        self._actors = frozenset(actors)
        self._scope = (thread, workspace, *sorted(self._actors))
        self.wants = tuple(Query(thread=thread, kind=kind) for kind in _BODIES)

    @property
    def key(self) -> str:
        """See Fold.key."""
        scope = hashlib.sha256(msgspec.json.encode(self._scope)).hexdigest()
        return f"{self.name}:{scope[:32]}"

    def apply(self, state: DepsState, fact: Fact) -> DepsState:
        """See Fold.apply; what undoes another change than the last changes nothing."""
        kind = _BODIES.get(fact.kind or "")
        if kind is None or fact.actor not in self._actors:
            return state
        try:
            body: DepsUpdate = msgspec.convert(fact.body, kind)
        except msgspec.ValidationError:
            return state
        if body.workspace != self._workspace:
            return state
        if body.undoes is None:
            state.changes.append(_change(body, fact))
        elif state.last is not None and state.last.record == body.undoes:
            state.changes.pop()
        return state


def _change(body: DepsUpdate, fact: Fact) -> Change:
    return Change(
        record=fact.id,
        is_removal=isinstance(body, DepsRemove),
        requested=body.requested,
        requirements=body.requirements,
        lock=body.lock.blob,
    )
