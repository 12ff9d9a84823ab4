"""The outbox: records that the store could not take, kept until it can.

They are complete and signed, so that they arrive under the id that was already given out. One
SQLite file serves all processes that write to one store; whoever reaches the store first delivers.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from threadbook.errors import DuplicateClock, RecordError, StoreUnavailable
from threadbook.log.entry import Sealed
from threadbook.log.forks import renew_in_child
from threadbook.log.log import Log, next_clock
from threadbook.records.identity import Identity
from threadbook.records.record import Draft, Record

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, canonical BLOB NOT NULL,
    sig BLOB, judged_by TEXT, refused TEXT,
    thread TEXT NOT NULL, actor TEXT NOT NULL, clock INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS entry_clock ON entry (thread, actor, clock);
CREATE TABLE IF NOT EXISTS blob (digest TEXT PRIMARY KEY, data BLOB NOT NULL);
"""
_BATCH = 200
_BUSY_SECONDS = 5.0


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A record in the outbox; `refused` says why the log will never take it, if so."""

    number: int
    entry: Sealed
    refused: str | None


class Outbox:
    """A queue on disk. The file is made with the first entry and may be deleted when empty."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._renew_lock()
        renew_in_child(self._renew_lock)

    def _renew_lock(self) -> None:
        self._lock = threading.RLock()

    def put(self, entries: list[Sealed]) -> None:
        """Keep records, in order, durably. Raises StoreUnavailable."""
        with self._open() as connection:
            for entry in entries:
                _insert(connection, entry)

    def seal(
        self, drafts: Sequence[Draft], *, by: Identity, after: Mapping[str, int]
    ) -> list[Sealed]:
        """Complete drafts as records of `by`, and keep them as `put` does.

        Clocks are above all of this actor here, which several processes may have put, and above
        the one that `after` names for the thread.
        """
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            return [_seal(connection, draft, by, after.get(draft.thread)) for draft in drafts]

    def put_blob(self, data: bytes) -> str:
        """Keep content for the log's blobs and return its digest. Raises StoreUnavailable."""
        digest = hashlib.sha256(data).hexdigest()
        with self._open() as connection:
            connection.execute("INSERT OR IGNORE INTO blob VALUES (?, ?)", (digest, data))
        return digest

    def pending(self, *, limit: int = -1) -> list[Waiting]:
        """Return what waits, oldest first, the refused included; -1 is no limit."""
        return self._entries("", limit)

    def pending_of(self, actor: str, *, after: int = 0, limit: int = _BATCH) -> list[Waiting]:
        """Return what waits of one actor with a number above `after`, the refused left out."""
        condition = "WHERE refused IS NULL AND actor = ? AND number > ?"
        return self._entries(condition, limit, actor, after)

    def threads_of(self, actor: str) -> set[str]:
        """Return the threads on which records of one actor wait, the refused left out."""
        if not self._is_there():
            return set()
        with self._open() as connection:
            found = connection.execute(
                "SELECT DISTINCT thread FROM entry WHERE refused IS NULL AND actor = ?", (actor,)
            )
            return {thread for (thread,) in found}

    def remove(self, number: int) -> None:
        """Forget an entry: it has been delivered."""
        with self._open() as connection:
            connection.execute("DELETE FROM entry WHERE number = ?", (number,))

    def replace(self, number: int, entry: Sealed) -> None:
        """Put another record in the place of an entry."""
        with self._open() as connection:
            connection.execute(
                "UPDATE entry SET id = ?, canonical = ?, sig = ?, clock = ? WHERE number = ?",
                (entry.id, entry.canonical, entry.sig, entry.record.clock, number),
            )

    def _entries(self, condition: str, limit: int, *values: str | int) -> list[Waiting]:
        if not self._is_there():
            return []
        with self._open() as connection:
            found = connection.execute(
                "SELECT number, canonical, sig, judged_by, refused FROM entry"  # noqa: S608
                f" {condition} ORDER BY number LIMIT ?",
                (*values, limit),
            ).fetchall()
        waiting = []
        for number, canonical, sig, judged_by, refused in found:
            try:
                entry = Sealed.of(Record.decode(canonical), sig=sig, judged_by=judged_by)
            except (RecordError, TypeError) as error:
                self.refuse(number, f"it cannot be read: {error}")
            else:
                waiting.append(Waiting(number=number, entry=entry, refused=refused))
        return waiting

    def waiting(self) -> int:
        """Return how many records wait, those included that the log will never take."""
        return self._count("")

    def refused(self) -> int:
        """Return how many of the records that wait the log will never take."""
        return self._count("WHERE refused IS NOT NULL")

    def _count(self, condition: str) -> int:
        if not self._is_there():
            return 0
        with self._open() as connection:
            query = f"SELECT count(*) FROM entry {condition}"  # noqa: S608  one of two
            return int(connection.execute(query).fetchone()[0])

    def _is_there(self) -> bool:
        try:
            return self.path.exists()
        except OSError as error:
            raise StoreUnavailable(f"the outbox {self.path}: {error.strerror}") from error

    def refuse(self, number: int, reason: str) -> None:
        """Note why an entry will never be taken. It stays, and holds nothing up."""
        with self._open() as connection:
            connection.execute("UPDATE entry SET refused = ? WHERE number = ?", (reason, number))

    def deliver(self, log: Log) -> int:
        """Move what waits to the log, in order, and return how many records it took.

        Safe to call from several processes at once, and after a crash in the middle: the log
        knows a record by its id. Raises StoreUnavailable where the log cannot be written.
        """
        if not self._is_there():
            return 0
        self._deliver_blobs(log)
        delivered = 0
        while batch := self._entries("WHERE refused IS NULL", _BATCH):
            try:
                delivered += self._deliver(log, batch)
            except (RecordError, DuplicateClock):  # one of them; the others are to arrive
                for waiting in batch:
                    delivered += self._deliver_or_refuse(log, waiting)
        return delivered

    def _deliver_or_refuse(self, log: Log, waiting: Waiting) -> int:
        try:
            return self._deliver(log, [waiting])
        except (RecordError, DuplicateClock) as error:
            self.refuse(waiting.number, str(error))
            return 0

    def _deliver(self, log: Log, batch: list[Waiting]) -> int:
        log.append_many([waiting.entry for waiting in batch])
        with self._open() as connection:
            connection.executemany(
                "DELETE FROM entry WHERE number = ?", [(waiting.number,) for waiting in batch]
            )
        return len(batch)

    def _deliver_blobs(self, log: Log) -> None:
        with self._open() as connection:
            digests = [digest for (digest,) in connection.execute("SELECT digest FROM blob")]
        for digest in digests:
            with self._open() as connection:
                found = connection.execute(
                    "SELECT data FROM blob WHERE digest = ?", (digest,)
                ).fetchone()
            if found:
                log.blobs.put(found[0])
                with self._open() as connection:
                    connection.execute("DELETE FROM blob WHERE digest = ?", (digest,))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction: it is needed rarely, and may vanish in between."""
        with self._lock:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
                connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS)
                try:
                    connection.executescript(_SCHEMA)
                    with connection:
                        yield connection
                finally:
                    connection.close()
            except (sqlite3.Error, OSError) as error:
                raise StoreUnavailable(f"the outbox {self.path}: {error}") from error


def _seal(connection: sqlite3.Connection, draft: Draft, by: Identity, floor: int | None) -> Sealed:
    clock = draft.clock
    if clock is None:
        (last,) = connection.execute(
            "SELECT max(clock) FROM entry WHERE thread = ? AND actor = ?",
            (draft.thread, by.actor_did),
        ).fetchone()
        clock = next_clock(max((c for c in (last, floor) if c is not None), default=None))
    entry = Sealed.seal(draft, by, clock=clock)
    _insert(connection, entry)
    return entry


def _insert(connection: sqlite3.Connection, entry: Sealed) -> None:
    record = entry.record
    connection.execute(
        "INSERT OR IGNORE INTO entry (id, canonical, sig, judged_by, thread, actor, clock)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            entry.id,
            entry.canonical,
            entry.sig,
            entry.judged_by,
            record.thread,
            record.actor,
            record.clock,
        ),
    )
