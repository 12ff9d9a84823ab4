"""The sink: where a kernel puts its records, whatever state the store is in.

An append never fails for want of a store: the record is completed and signed here, kept in the
outbox, and delivered under the same id when the store can be written again. Grammar errors raise.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from threadbook.errors import (
    ConfigError,
    DuplicateClock,
    RecordError,
    StoreBusy,
    StoreError,
    StoreUnavailable,
)
from threadbook.log.entry import Sealed, Stored
from threadbook.log.forks import renew_in_child
from threadbook.log.locks import entered
from threadbook.log.log import Log, next_clock, open_log
from threadbook.log.outbox import Outbox
from threadbook.records.bodies import BlobRef
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

_TROUBLE = (StoreError, ConfigError)
"""What is wrong with the store, or its URL, and not with a record."""

BUSY_SECONDS = 2.0
"""How long the first write waits for a locked store; while there is trouble, none waits."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a record: its id for good, whether the log has it yet, and whether it is safe.

    Only what neither the log nor the outbox could take is not: it is held in memory. A record
    that a service refused, `is_refused`, is nowhere. `error` says why it is not delivered, and
    `retried` how often it was sent again.
    """

    id: str
    clock: int
    thread: str
    is_delivered: bool
    is_safe: bool = True
    is_refused: bool = False
    error: str | None = None
    retried: int = 0


class Sink:
    """Appends to the log at `url` in the name of `identity`, through `outbox` when it must.

    `trouble` says why records are not reaching the log, None when they are; `stuck` why those
    that wait in the outbox cannot be delivered although they are. Threads may share it.
    """

    def __init__(self, url: str, identity: Identity, outbox: Outbox) -> None:
        self.url = url
        self.identity = identity
        self.outbox = outbox
        self.trouble: str | None = None
        self.stuck: str | None = None
        self._renew_lock()
        renew_in_child(self._renew_lock)
        self._log: Log | None = None
        self._clocks: dict[str, int] = {}
        self._unsaved: list[Sealed] = []  # the last resort: not even the outbox can be written
        self._unsaved_blobs: dict[str, bytes] = {}
        self._may_wait = True

    def _renew_lock(self) -> None:
        self._lock = threading.RLock()

    def append(
        self, *drafts: Draft, guard: Callable[[], None] | None = None, wait: bool = True
    ) -> list[Receipt]:
        """Append records in order, in one commit, and return their receipts.

        `guard` is that of `Log.append_many`; it is not called where the log cannot be reached.
        Raises RecordError for what could never be a record, DuplicateClock for a clock of the
        caller's that is taken, and nothing for want of a store. With `wait` off it raises
        StoreBusy, with nothing written, where it would wait for more than a disk.
        """
        with entered(self._lock, wait=wait):
            if not wait and (self._log is None or self.trouble is not None):
                raise StoreBusy("the log is not open")
            try:
                stored = self.log().append_many(drafts, by=self.identity, guard=guard, wait=wait)
            except StoreBusy:
                raise
            except _TROUBLE as error:
                self._is_in_trouble(error)
                receipts = self._keep(drafts)
            else:
                receipts = [_receipt(record) for record in stored]
            for receipt in receipts:
                self._clocks[receipt.thread] = receipt.clock
            return receipts

    def put_blob(self, data: bytes, *, media_type: str) -> BlobRef:
        """Store content next to the records, or in the outbox where that is not possible."""
        with self._lock:
            try:
                return self.log().blobs.put(data, media_type=media_type)
            except _TROUBLE as error:
                self._is_in_trouble(error)
            try:
                digest = self.outbox.put_blob(data)
            except StoreUnavailable:
                digest = hashlib.sha256(data).hexdigest()
                self._unsaved_blobs[digest] = data
            return BlobRef(blob=digest, size=len(data), media_type=media_type)

    def read(self, **query: Any) -> list[Stored]:
        """Read from the log, as `Log.read` does. Raises StoreUnavailable."""
        with self._lock:
            return self.log().read(**query)

    def log(self) -> Log:
        """Return the log, open and with the outbox delivered. Raises StoreError, ConfigError."""
        with self._lock:
            if self._log is not None and self.trouble is None:
                return self._log
            log = open_log(self.url, busy_timeout=BUSY_SECONDS if self._may_wait else 0)
            try:
                self._deliver(log)
            except BaseException:
                log.close()
                raise
            self._log, self.trouble = log, None
            if not self._may_wait:  # the store is well again: from now on waiting is worth while
                self._may_wait = True
                log.close()
                self._log = open_log(self.url, busy_timeout=BUSY_SECONDS)
            return self._log

    def pending(self) -> int:
        """Return how many records have not reached the log."""
        with self._lock:
            try:
                return len(self._unsaved) + len(self.outbox.pending())
            except StoreUnavailable:
                return len(self._unsaved)

    def close(self) -> None:
        """Deliver what can be delivered and release the log."""
        with self._lock:
            if self.trouble is not None:
                try:
                    self.log()
                except _TROUBLE as error:
                    self.trouble = str(error)
            if self._log is not None:
                self._log.close()
                self._log = None

    def _is_in_trouble(self, error: Exception) -> None:
        self.trouble = str(error)
        self._may_wait = False
        if self._log is not None:
            self._log.close()
            self._log = None

    def _keep(self, drafts: Sequence[Draft]) -> list[Receipt]:
        try:
            self._save_unsaved()
            entries = self.outbox.seal(drafts, by=self.identity, after=self._clocks)
        except StoreUnavailable as error:
            self.trouble = f"{self.trouble}; {error}: records are held in memory only"
            entries = [self._seal(draft) for draft in drafts]
            self._unsaved += entries
        return [
            Receipt(
                id=entry.id,
                clock=entry.record.clock,
                thread=entry.record.thread,
                is_delivered=False,
                is_safe=not self._unsaved,
            )
            for entry in entries
        ]

    def _seal(self, draft: Draft) -> Sealed:
        clock = draft.clock
        if clock is None:
            clock = next_clock(self._clocks.get(draft.thread))
        self._clocks[draft.thread] = clock
        return Sealed.seal(draft, self.identity, clock=clock)

    def _save_unsaved(self) -> None:
        for data in list(self._unsaved_blobs.values()):
            del self._unsaved_blobs[self.outbox.put_blob(data)]
        if self._unsaved:
            self.outbox.put(self._unsaved)
            self._unsaved = []

    def _deliver(self, log: Log) -> None:
        """Empty the outbox into the log; what is in memory only goes there directly."""
        try:
            self.outbox.pending(limit=1)
        except StoreUnavailable as error:  # the log itself is well, and takes what is new
            self.stuck = str(error)
        else:
            self.outbox.deliver(log)
            refused = self.outbox.refused()
            self.stuck = f"the log refused {refused} records of the outbox" if refused else None
        for digest, data in list(self._unsaved_blobs.items()):
            log.blobs.put(data)
            del self._unsaved_blobs[digest]
        while self._unsaved:
            try:
                log.append(self._unsaved[0])
            except (RecordError, DuplicateClock) as error:  # the others are to arrive
                self.stuck = f"a record was refused: {error}"
            self._unsaved.pop(0)


def _receipt(stored: Stored) -> Receipt:
    return Receipt(id=stored.id, clock=stored.clock, thread=stored.thread, is_delivered=True)
