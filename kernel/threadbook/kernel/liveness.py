"""Who is at work on a store, and whether they still live.

A kernel notes itself with the store while it runs. One that was killed leaves the note behind,
and whoever opens a session on that store next writes the ends that it could not.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Self

import msgspec

from threadbook.errors import RecordNotFound
from threadbook.log.entry import Stored
from threadbook.log.log import Log
from threadbook.records.bodies import CellEnd, CellStart, CellStatus, SessionEnd
from threadbook.records.identity import Identity
from threadbook.records.record import Draft


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A process: `born` tells it from a later one that got the same number."""

    host: str
    pid: int
    born: str
    thread: str

    @classmethod
    def current(cls, *, thread: str) -> Self:
        """Return this process at work on `thread`."""
        pid = os.getpid()
        return cls(host=_host(), pid=pid, born=_birth(pid) or "", thread=thread)

    def as_text(self) -> str:
        """Return the note to leave with a store."""
        return msgspec.json.encode(self).decode()

    @property
    def is_dead(self) -> bool:
        """Whether the process is known to be gone; of another machine nothing is known."""
        return self.host == _host() and _birth(self.pid) != self.born


def bury_dead_sessions(log: Log, identity: Identity) -> None:
    """Write the ends of all sessions whose kernel died unnoticed."""
    for session, note in log.store.holders().items():
        try:
            if msgspec.json.decode(note, type=Holder).is_dead:
                bury_session(log, identity, session, reason="the kernel died")
        except (msgspec.MsgspecError, RecordNotFound):
            continue  # a note that nobody understands; it costs nothing and keeps no other waiting


def bury_session(
    log: Log, identity: Identity, session: str, *, reason: str, status: CellStatus = "died"
) -> list[Stored]:
    """Write the ends that the dead kernel of `session` could not; return those of its cells.

    Of several processes that notice, one does it; should it die half-way, the next goes on.
    """
    store = log.store
    note = store.holders().get(session)
    heir = Holder.current(thread=log.get(session).thread).as_text()
    if note is None or not store.take_over(session, expected=note, holder=heir):
        return []
    drafts: list[Draft] = [
        CellEnd(status=status, note=reason).draft(thread=start.thread, parents=(start.id,))
        for start in _unfinished(log, session)
    ]
    ends = len(drafts)
    if not _has_ended(log, session):
        end = SessionEnd(session=session, reason=reason)
        drafts.append(end.draft(thread=log.get(session).thread, parents=(session,)))
    written = log.append_many(drafts, by=identity)
    store.release(session)
    return written[:ends]


def _has_ended(log: Log, session: str) -> bool:
    """Tell whether the end of a session is known: a kernel may have died just after it."""
    ends = log.read_all(after=log.get(session).seq, kind=SessionEnd.KIND)
    return any(stored.body.get("session") == session for stored in ends)


def _unfinished(log: Log, session: str) -> list[Stored]:
    """Return the starts of cells of a session that have no end."""
    begun = log.get(session)
    starts = {
        stored.id: stored
        for stored in log.read_all(after=begun.seq, kind=CellStart.KIND, actor=begun.actor)
        if stored.body.get("session") == session
    }
    for stored in log.read_all(after=begun.seq, kind=CellEnd.KIND):
        for parent in stored.parents:
            starts.pop(parent, None)
    return list(starts.values())


def _host() -> str:
    """Name the machine, its boot and the PID namespace: process numbers mean nothing beyond."""
    boot, namespace = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    parts = [socket.gethostname(), boot.read_text().strip() if boot.exists() else ""]
    return "/".join([*parts, str(namespace.readlink()) if namespace.is_symlink() else ""])


def _birth(pid: int) -> str | None:
    """Return when a process started, in the kernel's own units; None where there is none."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return None if Path("/proc/self").exists() else _birth_without_proc(pid)
    # The name, in parentheses, may itself hold spaces and parentheses: see proc(5).
    fields = status.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def _birth_without_proc(pid: int) -> str | None:
    """Where there is no /proc, a process that exists counts as the same one."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return ""
    return ""
