"""Delivery: what waits for a service, and when the next attempt is due.

Records that the service could not take wait in the outbox, which all processes of this machine
share that write to the service; what even the outbox could not take is held in memory. One thread
in the background goes on trying while something waits.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import msgspec

from threadbook.client.exchange import Backoff
from threadbook.errors import StoreUnavailable, ThreadbookError
from threadbook.log.entry import Sealed
from threadbook.log.forks import renew_in_child
from threadbook.log.log import next_clock
from threadbook.log.outbox import Outbox, Waiting
from threadbook.log.sink import Receipt
from threadbook.records.identity import Identity
from threadbook.records.record import MAX_CLOCK, Draft

_log = logging.getLogger("threadbook")

BATCH = 200
"""Entries read from the outbox at a time."""
_HELD_SECONDS, _LONGEST_HELD_SECONDS = 1.0, 300.0
"""How long a thread that the token may not write to is left alone, at first and at most.

Each attempt costs the service a record of its refusal.
"""
_JOIN_SECONDS = 5.0
_IN_MEMORY = -1
"""The number of an entry that is in no outbox."""


class _Held:
    """Until when a thread is left alone."""

    def __init__(self) -> None:
        self._backoff = Backoff(_HELD_SECONDS, longest=_LONGEST_HELD_SECONDS)
        self._until = 0.0

    def extend(self) -> None:
        self._until = time.monotonic() + self._backoff.next()

    def seconds_left(self) -> float:
        return self._until - time.monotonic()


class Delivery:
    """The state of the way to one service, for records of one identity.

    `trouble` says why records are not getting there, None when they are. Threads may share it.
    """

    def __init__(self, identity: Identity, outbox: Outbox, *, pause: float) -> None:
        self.identity = identity
        self.outbox = outbox
        self.trouble: str | None = None
        self._backoff = Backoff(pause)
        self._due = 0.0  # monotonic time before which nothing is tried
        self._held: dict[str, _Held] = {}  # threads that are forbidden
        self._clocks: dict[str, int] = {}
        self._unsaved: list[Sealed] = []
        self._work: Callable[[], object] | None = None
        self._worker: threading.Thread | None = None
        self._renew()
        renew_in_child(self._renew)

    def _renew(self) -> None:
        self._lock = threading.RLock()
        self._delivering = threading.Lock()
        self._closed = threading.Event()
        self._worker = None

    # When to try

    def may_try(self) -> bool:
        """Tell whether the service should be asked now, or left alone for a while."""
        return self.trouble is None or time.monotonic() >= self._due

    def failed(self, error: ThreadbookError | None, *, retry_after: float | None = None) -> None:
        """Note that the service cannot take records, and when to try again."""
        with self._lock:
            if self.trouble is None:
                _log.warning("records wait in %s: %s", self.outbox.path, error)
            self.trouble = str(error)
            self._due = time.monotonic() + max(self._backoff.next(), retry_after or 0.0)

    def succeeded(self) -> None:
        """Note that the service takes records."""
        with self._lock:
            self.trouble = None
            self._backoff.reset()

    def hold(self, thread: str) -> None:
        """Leave a thread alone for a while: the token may not write to it now."""
        with self._lock:
            self._held.setdefault(thread, _Held()).extend()

    def is_held(self, thread: str) -> bool:
        """Tell whether a thread is left alone now."""
        held = self._held.get(thread)
        return held is not None and held.seconds_left() > 0

    def start_delivery(self) -> bool:
        """Tell whether the caller is to deliver now; nobody else does until it has ended."""
        return self._delivering.acquire(blocking=False)

    def end_delivery(self) -> None:
        """Let others deliver."""
        self._delivering.release()

    # What waits

    def blocks(self, thread: str) -> bool:
        """Tell whether something waits that a new record on `thread` must not overtake."""
        return any(name == thread or not self.is_held(name) for name in self.threads())

    def threads(self) -> set[str]:
        """Return the threads that have records waiting, and that are not refused."""
        with self._lock:
            unsaved = {entry.record.thread for entry in self._unsaved}
        try:
            return unsaved | self.outbox.threads_of(self.identity.actor_did)
        except StoreUnavailable:
            return unsaved

    def batch(self, after: int) -> list[Waiting]:
        """Return what waits after the entry of this number, oldest first; 0 for the beginning."""
        if after == _IN_MEMORY:
            return []
        found: list[Waiting] = []
        with suppress(StoreUnavailable):
            found = self.outbox.pending_of(self.identity.actor_did, after=after, limit=BATCH)
        with self._lock:
            return found or [
                Waiting(number=_IN_MEMORY, entry=entry, refused=None) for entry in self._unsaved
            ]

    def arrived(self, waiting: Waiting) -> None:
        """Forget an entry: the service has it."""
        with self._lock:
            self._held.pop(waiting.entry.record.thread, None)
        self._forget(waiting, lambda: self.outbox.remove(waiting.number))

    def reclocked(self, waiting: Waiting, *, spread: int) -> Waiting:
        """Give an entry another clock, and so another id; kept before it is sent.

        Two processes of one actor can choose the same millisecond while they cannot ask. The
        record is worth more than its id; the log of this program tells which became which.
        """
        record = waiting.entry.record
        draft = Draft(
            act=record.act,
            body=record.body,
            thread=record.thread,
            parents=record.parents,
            data_type=record.data_type,
            judged_by=waiting.entry.judged_by,
        )
        clock = self.clock(record.thread, taken=record.clock, spread=spread)
        entry = Sealed.seal(draft, self.identity, clock=clock)
        if waiting.number == _IN_MEMORY:
            with self._lock:
                self._unsaved = [
                    entry if each.id == waiting.entry.id else each for each in self._unsaved
                ]
        else:
            self.outbox.replace(waiting.number, entry)
        _log.warning("record %s became %s: its clock was taken", waiting.entry.id, entry.id)
        return Waiting(number=waiting.number, entry=entry, refused=None)

    def refused(self, waiting: Waiting, reason: str) -> None:
        """Note that the service will never take an entry. It stays, and holds nothing up."""
        _log.error("the service refused record %s: %s", waiting.entry.id, reason)
        self._forget(waiting, lambda: self.outbox.refuse(waiting.number, reason))

    def _forget(self, waiting: Waiting, in_outbox: Callable[[], None]) -> None:
        if waiting.number == _IN_MEMORY:
            with self._lock:
                self._unsaved = [each for each in self._unsaved if each.id != waiting.entry.id]
        else:
            in_outbox()

    # What is new

    def clock(self, thread: str, *, taken: int | None = None, spread: int = 1) -> int:
        """Return the next clock of this identity on a thread, somewhat above one that is taken."""
        with self._lock:
            known = [c for c in (self._clocks.get(thread), taken) if c is not None]
            clock = next_clock(max(known, default=None))
            if taken is not None:  # others count up from the same clock
                clock = min(MAX_CLOCK, clock + random.randrange(spread))  # noqa: S311  no secret
            self._clocks[thread] = clock
            return clock

    def note_clock(self, thread: str, clock: int) -> None:
        """Have later clocks on a thread be above one that was used."""
        with self._lock:
            self._clocks[thread] = max(clock, self._clocks.get(thread, clock))

    def keep_draft(self, draft: Draft) -> Receipt:
        """Complete a draft and keep it until the service takes it."""
        self.save()
        with self._lock:
            try:
                (entry,) = self.outbox.seal([draft], by=self.identity, after=self._clocks)
            except StoreUnavailable as trouble:
                clock = draft.clock if draft.clock is not None else self.clock(draft.thread)
                entry = Sealed.seal(draft, self.identity, clock=clock)
                return self._hold_in_memory(entry, None, trouble)
        self.note_clock(draft.thread, entry.record.clock)
        return self._kept(entry, None)

    def keep(self, entry: Sealed, error: str, *, retried: int = 0) -> Receipt:
        """Keep a complete record until the service takes it, perhaps not for the first time."""
        self.save()
        try:
            self.outbox.put([entry])
        except StoreUnavailable as trouble:
            receipt = self._hold_in_memory(entry, error, trouble)
        else:
            receipt = self._kept(entry, error)
        return msgspec.structs.replace(receipt, retried=retried)

    def _hold_in_memory(
        self, entry: Sealed, error: str | None, trouble: StoreUnavailable
    ) -> Receipt:
        with self._lock:
            self._unsaved.append(entry)
        said = f"{error or self.trouble}; {trouble}: the record is held in memory only"
        return msgspec.structs.replace(self._kept(entry, said), is_safe=False)

    def _kept(self, entry: Sealed, error: str | None) -> Receipt:
        self._start_worker()
        return Receipt(
            id=entry.id,
            clock=entry.record.clock,
            thread=entry.record.thread,
            is_delivered=False,
            error=error or self.trouble or "it waits behind earlier records",
        )

    def save(self) -> None:
        """Put what is held in memory into the outbox, if that is possible now."""
        with self._lock, suppress(StoreUnavailable):
            if self._unsaved:
                self.outbox.put(self._unsaved)
                self._unsaved = []

    # In the background

    def work_with(self, deliver: Callable[[], object]) -> None:
        """Have a thread call `deliver` from time to time while something waits."""
        self._work = deliver

    def _start_worker(self) -> None:
        with self._lock:
            if self._work is not None and self._worker is None and not self._closed.is_set():
                self._worker = threading.Thread(
                    target=self._go_on, name="threadbook-outbox", daemon=True
                )
                self._worker.start()

    def _go_on(self) -> None:
        closed = self._closed
        while not closed.wait(max(0.05, self._due - time.monotonic() if self.trouble else 0.0)):
            with self._lock:
                waiting = self.threads()
                if not waiting:
                    self._worker = None
                    return
            if all(self.is_held(thread) for thread in waiting):
                closed.wait(min(self._held[thread].seconds_left() for thread in waiting))
            elif self.may_try() and self._work is not None:
                try:
                    self._work()
                except Exception as error:  # noqa: BLE001  the thread is to go on, come what may
                    _log.warning("records still wait: %s", error)
                    closed.wait(_HELD_SECONDS)

    def stop(self) -> None:
        """End the thread in the background; what waits stays where it is."""
        self._closed.set()
        if self._worker is not None and self._worker is not threading.current_thread():
            self._worker.join(_JOIN_SECONDS)
