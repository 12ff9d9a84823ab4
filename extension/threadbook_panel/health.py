"""Health: whether the log holds, what waits beside it, and what earlier state was lost with."""

from __future__ import annotations

import copy

import msgspec

from threadbook.config import without_password
from threadbook.folds import sessions as fold
from threadbook.folds.sessions import (
    Interruption,
    SessionsFold,
    SessionsState,
    SessionState,
    ThreadSession,
)
from threadbook.kernel.liveness import Holder
from threadbook.log.ongoing import Standing
from threadbook.log.outbox import Outbox
from threadbook_panel.messages import Message, Params
from threadbook_panel.reader import Reader

MOST_WARNINGS = 50

_SOON = 50
"""Records that are verified in little more than 10 ms."""


class HealthParams(Params, frozen=True, kw_only=True):
    """Of the log, and of the newest session on a thread."""

    thread: str | None = None


class WarningEntry(Message, frozen=True, kw_only=True):
    """Something after which earlier state cannot be relied on."""

    id: str
    at: int
    text: str


class Health(Message, frozen=True, kw_only=True):
    """How log, outbox and session are; see protocol.ts."""

    store: str
    records: int
    verified: int
    verified_at: int | None
    problem: str | None
    outbox: int
    sandbox: str | None
    session: SessionState
    warnings: list[WarningEntry]
    person: str | None
    read_only: str | None


def health(reader: Reader, asked: HealthParams) -> Health:
    """Return the health of the log, and of the session on a thread."""
    thread = asked.thread

    def view(
        state: SessionsState,
    ) -> tuple[ThreadSession | None, SessionState, list[Interruption]]:
        session = None if thread is None else state.sessions.get(thread)
        standing: SessionState = "none" if thread is None else fold.state_of(state, thread)
        found = fold.interruptions(state, thread)[:MOST_WARNINGS]
        return copy.copy(session), standing, found

    session, standing, found = reader.ask(SessionsFold(), view)
    if session is not None and standing == "running" and _is_dead(reader, session.id):
        standing = "ended"
    verification, records = _verification(reader)
    return Health(
        store=without_password(reader.log.url),
        records=records,
        verified=verification.verified,
        verified_at=verification.verified_at,
        problem=None if verification.problem is None else str(verification.problem),
        outbox=0 if reader.outbox is None else Outbox(reader.outbox).waiting(),
        sandbox=None if session is None else session.sandbox,
        session=standing,
        warnings=[WarningEntry(id=one.id, at=one.at, text=one.text) for one in found],
        person=None if reader.person is None else reader.person.actor_did,
        read_only=reader.read_only,
    )


def _verification(reader: Reader) -> tuple[Standing, int]:
    """Return how far the log is verified, and of how many records; wait only where that is soon."""
    standing, records = reader.verification.look(patience=0), reader.log.size
    if 0 < records - standing.verified <= _SOON:
        standing = reader.verification.look()
    return standing, records


def _is_dead(reader: Reader, session: str) -> bool:
    """Tell whether the kernel of a session is known to be gone, though nobody has said so yet."""
    note = reader.log.store.holders().get(session)
    try:
        return note is not None and msgspec.json.decode(note, type=Holder).is_dead
    except msgspec.MsgspecError:
        return False
