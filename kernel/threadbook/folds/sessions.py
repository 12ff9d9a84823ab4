"""Sessions: which one works on a thread, and what ended that earlier state was lost with.

A restart, a kernel that died and a repair of the log are interruptions: what cells before them had
in memory, or what the log before it said, cannot be relied on.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from threadbook.folds.fields import text_of
from threadbook.folds.fold import Fact, Fold
from threadbook.log.store import Query
from threadbook.records.bodies import (
    CellEnd,
    LogRepair,
    SessionEnd,
    SessionRestart,
    SessionStart,
    SessionSwitch,
)

ORDERLY = "the kernel was shut down"
"""The reason of an end that nothing was lost by but what somebody meant to end."""

SessionState = Literal["running", "ended", "none"]

_MOST_INTERRUPTIONS = 50
_DIED = b'"died"'
_LONGEST = 300


class ThreadSession(msgspec.Struct, kw_only=True):
    """The newest session on a thread; `id` is that of its start, `actor` who recorded that.

    `is_mourned` says that its end was noted as an interruption.
    """

    id: str
    actor: str
    sandbox: str
    has_ended: bool = False
    is_mourned: bool = False


class Interruption(msgspec.Struct, frozen=True, kw_only=True):
    """Something after which earlier state cannot be relied on; `id` is the record that says so."""

    id: str
    seq: int
    at: int
    text: str


class SessionsState(msgspec.Struct, kw_only=True):
    """Sessions and interruptions by thread, those oldest first; `repairs` are of the whole log.

    `moved` has the thread of each session that is no longer on the one it began on.
    """

    sessions: dict[str, ThreadSession] = {}
    interruptions: dict[str, list[Interruption]] = {}
    repairs: list[Interruption] = []
    restarted: dict[str, None] = {}
    moved: dict[str, str] = {}


class SessionsFold(Fold[SessionsState]):
    """Gathers sessions."""

    name = "sessions"
    version = 1
    state_type = SessionsState
    wants = tuple(
        Query(kind=body.KIND)
        for body in (SessionStart, SessionSwitch, SessionRestart, SessionEnd, CellEnd, LogRepair)
    )

    def apply(self, state: SessionsState, fact: Fact) -> SessionsState:
        """See Fold.apply."""
        if fact.kind == CellEnd.KIND:
            if _DIED in fact.canonical and fact.body.get("status") == "died":
                note = text_of(fact.body, "note") or "the kernel died"
                _interrupt(state, fact, f"a cell died with its kernel: {note}")
        elif fact.kind == SessionStart.KIND:
            _start(state, fact)
        elif fact.kind == SessionSwitch.KIND:
            _switch(state, fact)
        elif fact.kind == SessionRestart.KIND:
            reason = text_of(fact.body, "reason") or "no reason is given"
            state.restarted[text_of(fact.body, "session") or ""] = None
            _interrupt(state, fact, f"the kernel was restarted, and its memory is lost: {reason}")
        elif fact.kind == SessionEnd.KIND:
            _end(state, fact)
        elif fact.kind == LogRepair.KIND:
            state.repairs.append(_noted(fact, "the log was repaired: records may be missing"))
            del state.repairs[:-_MOST_INTERRUPTIONS]
        return state


def state_of(state: SessionsState, thread: str) -> SessionState:
    """Return whether a session works on a thread, as far as is recorded."""
    session = state.sessions.get(thread)
    if session is None:
        return "none"
    return "ended" if session.has_ended else "running"


def interruptions(state: SessionsState, thread: str | None) -> list[Interruption]:
    """Return what interrupted a thread and the whole log, newest first; None is the log alone."""
    found = [*state.repairs, *state.interruptions.get(thread or "", ())]
    return sorted(found, key=lambda one: one.seq, reverse=True)


def _start(state: SessionsState, fact: Fact) -> None:
    """Begin a session: what an orderly end left behind is lost when another goes on after it."""
    before = state.sessions.get(fact.thread)
    if before is not None and before.has_ended and not before.is_mourned:
        _interrupt(state, fact, "a fresh kernel goes on after a restart: its memory is empty")
    sandbox = text_of(fact.body, "sandbox") or "none"
    state.sessions[fact.thread] = ThreadSession(id=fact.id, actor=fact.actor, sandbox=sandbox)


def _switch(state: SessionsState, fact: Fact) -> None:
    """Take a session from one thread to another."""
    moved = text_of(fact.body, "session")
    before = state.sessions.get(text_of(fact.body, "came_from") or "")
    if before is None or (before.id, before.actor) != (moved, fact.actor):
        return
    before.has_ended = True
    state.sessions[fact.thread] = ThreadSession(
        id=before.id, actor=before.actor, sandbox=before.sandbox
    )
    state.moved[before.id] = fact.thread


def _end(state: SessionsState, fact: Fact) -> None:
    session, reason = text_of(fact.body, "session") or "", text_of(fact.body, "reason") or ""
    thread = state.moved.pop(session, fact.thread)  # of a dead one it is written where it began
    newest = state.sessions.get(thread)
    was_restarted = session in state.restarted
    state.restarted.pop(session, None)
    if newest is not None and newest.id == session:
        newest.has_ended, newest.is_mourned = True, was_restarted or reason != ORDERLY
    if reason != ORDERLY and not was_restarted:
        lost = f"the session ended, and its memory is lost: {reason}"
        _interrupt(state, fact, lost, thread=thread)


def _interrupt(state: SessionsState, fact: Fact, text: str, *, thread: str | None = None) -> None:
    noted = state.interruptions.setdefault(thread or fact.thread, [])
    noted.append(_noted(fact, text))
    del noted[:-_MOST_INTERRUPTIONS]


def _noted(fact: Fact, text: str) -> Interruption:
    return Interruption(id=fact.id, seq=fact.seq, at=fact.recorded_at, text=text[:_LONGEST])
