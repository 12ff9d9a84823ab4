"""What a session writes for a kernel that died: the ends that it could not write itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from threadbook.errors import StoreError
from threadbook.kernel.liveness import bury_session
from threadbook.log.entry import Stored
from threadbook.log.log import Log
from threadbook.log.sink import Sink
from threadbook.records.bodies import CellEnd, CellStart, CellStatus, SessionStart

_STARTS_LOOKED_AT = 20
_REASONS = {"died": "the kernel died", "timeout": "killed: an interrupt did not end it"}


def bury(
    sink: Sink, find_session: Callable[[], str | None], status: CellStatus, message: str = ""
) -> dict[str, Any]:
    """Write the ends of a dead kernel's session.

    `find_session` returns the id of its start; it is called once the log has what waited.
    Returns the metadata that it would have replied with to `message`; they name no record where
    it never began with it.
    """
    reason = _REASONS.get(status, status)
    metadata: dict[str, Any] = {"status": status}
    try:
        log = sink.log()
        sink.outbox.deliver(log)  # what the kernel could not
        session = find_session()
        if session is not None:
            bury_session(log, sink.identity, session, reason=reason, status=status)
        if message and (start := _start_of(log, message, session)) is not None:
            end = CellEnd(status=status, note=reason)
            draft = end.draft(thread=start.thread, parents=(start.id,))
            stored = _end_of(log, start) or log.append(draft, by=sink.identity)
            metadata["record"] = stored.id
    except StoreError as error:
        metadata["trouble"] = str(error)
    return metadata


def session_of(log: Log, thread: str, pid: int | None) -> str | None:
    """Return the start of the session that a kernel recorded, if the log has it."""
    starts = log.latest(limit=_STARTS_LOOKED_AT, thread=thread, kind=SessionStart.KIND)
    return next((s.id for s in starts if pid is None or s.body.get("pid") == pid), None)


def _start_of(log: Log, message: str, session: str | None) -> Stored | None:
    after = log.get(session).seq if session is not None else 0
    starts = log.read_all(after=after, kind=CellStart.KIND)
    return next((s for s in starts if s.body.get("execution") == message), None)


def _end_of(log: Log, start: Stored) -> Stored | None:
    ends = log.read_all(after=start.seq, kind=CellEnd.KIND)
    return next((end for end in ends if start.id in end.parents), None)
