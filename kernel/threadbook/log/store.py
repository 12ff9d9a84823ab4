"""What a store does: the seam between the log and where its rows live.

A store keeps rows and blobs and knows nothing of hashing, signing or clocks: `Log` has that logic
once for all stores. There is no update and no delete, except that the content of a record can be
erased on purpose; what it was called and where it stood stays.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from contextlib import AbstractContextManager
from typing import Literal, NamedTuple, Protocol

import msgspec

from threadbook.log.filters import Filter
from threadbook.log.words import Phrase


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A record as a store keeps it.

    `canonical` holds the exact bytes that were hashed into `id` and signed. `thread`, `actor`,
    `act`, `kind` and `clock` repeat what is in them, for filtering. `recorded_at` is Unix time in
    milliseconds. `chain` links the rows: SHA-256 over the previous row's chain and this row.
    """

    seq: int
    id: str
    canonical: bytes
    sig: bytes | None
    judged_by: str | None
    recorded_at: int
    chain: bytes
    thread: str
    actor: str
    act: str
    kind: str | None
    clock: int


class Tip(NamedTuple):
    """The end of a log: the number of its rows and the chain value of the last."""

    seq: int
    chain: bytes


EMPTY = Tip(0, bytes(32))
"""The tip of a log without rows."""


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows to read; None means any."""

    thread: str | None = None
    actor: str | None = None
    act: str | None = None
    kind: str | None = None

    def takes(self, row: Row) -> bool:
        """Tell whether the row is asked for."""
        return (
            (self.thread is None or row.thread == self.thread)
            and (self.actor is None or row.actor == self.actor)
            and (self.act is None or row.act == self.act)
            and (self.kind is None or row.kind == self.kind)
        )


class Order(NamedTuple):
    """In which order to read candidates; ties of the clock are broken by seq, the same way."""

    by: Literal["sequence", "clock"] = "sequence"
    descending: bool = False


class Position(NamedTuple):
    """A place in an order: the row's clock, or seq where that is the order, and its seq."""

    value: int
    seq: int


class Candidates(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that may match a filter, and how they were found.

    `resume` is where to go on, None where nothing comes after; there may be no rows although
    there are more to come. `scanned` is how many rows were looked at, `indexed` the paths of the
    filter that kept the others from being so, `sql` with `bind_count` values what was asked.
    """

    rows: list[Row]
    resume: Position | None
    scanned: int
    indexed: tuple[str, ...] = ()
    sql: str = ""
    bind_count: int = 0


class ThreadSummary(NamedTuple):
    """A thread in numbers."""

    thread: str
    records: int
    first_seq: int
    last_seq: int


class Transaction(Protocol):
    """One exclusive write: no other writer is between its reads and its commit."""

    def tip(self) -> Tip:
        """Return the end of the log."""

    def find(self, record_id: str) -> Row | None:
        """Return the row of this id."""

    def last_clock(self, thread: str, actor: str) -> int | None:
        """Return the highest clock of this actor on this thread."""

    def clock_owner(self, thread: str, actor: str, clock: int) -> str | None:
        """Return the id of the record that has this clock."""

    def insert(self, row: Row) -> None:
        """Add a row; its seq is that of the tip plus one."""

    def erase(self, seq: int, canonical: bytes) -> None:
        """Put `canonical`, which holds no content any more, in the place of a row's own.

        What was kept is forgotten: it may have been computed from the content.
        """


class Store(Protocol):
    """Where a log lives. All methods may be called from any thread."""

    url: str

    def write(self, *, wait: bool = True) -> AbstractContextManager[Transaction]:
        """Open the one write transaction; it commits on leaving and rolls back on an error.

        On return from the context the rows are durable. With `wait` off it raises StoreBusy where
        another writer, or a server, would have to be waited for.
        """

    def rows(
        self, query: Query, *, after: int, limit: int, newest_first: bool = False
    ) -> list[Row]:
        """Return up to `limit` rows with a seq above `after`, ordered by seq."""

    def candidates(
        self, query: Filter, order: Order, *, after: Position | None, limit: int
    ) -> Candidates:
        """Return up to `limit` rows behind `after` in this order, all that match among them.

        The log applies the filter itself: a store leaves out what surely does not match and may
        return the rest. It looks at a bounded number of rows, so that no call takes long, and
        says where to go on.
        """

    def find(
        self, phrases: tuple[Phrase, ...], query: Query, *, before: int, limit: int
    ) -> Candidates:
        """Return up to `limit` rows with a seq below `before`, the newest first.

        All that have the phrases and are asked for are among them, see `candidates`. An index of
        words is derived from the rows: it is caught up here and never by an append, and what
        was in an erased row leaves it with the erasure.
        """

    def ensure_index(self, path: str) -> None:
        """Make it fast to find records by the value at `path`, such as `body.ticket`.

        Does nothing where it is so already. Raises QueryError for a path that cannot have one.
        """

    def get(self, record_id: str) -> Row | None:
        """Return the row of this id."""

    def tip(self) -> Tip:
        """Return the end of the log as the store remembers it, apart from the rows themselves."""

    def threads(self) -> list[ThreadSummary]:
        """Return all threads, the one with the newest record first."""

    def version(self) -> Hashable:
        """Return a value that changes when any process has committed; cheap enough to poll."""

    def blob_size(self, digest: str) -> int | None:
        """Return the size in bytes of a complete blob, None where there is none."""

    def blob_chunk(self, digest: str, number: int) -> bytes | None:
        """Return the chunk of this number, counted from 0; None after the last."""

    def blob_write(self, chunks: Iterable[bytes]) -> str:
        """Store a blob under the SHA-256 of its content, which is returned.

        Nobody sees it before it is complete; content that is already there is not stored again.
        """

    def blob_digests(self) -> list[str]:
        """Return the digests of all complete blobs."""

    def blob_erase(self, digest: str) -> bool:
        """Remove a blob for good; return whether it was there."""

    def scrub(self) -> None:
        """Rid the store's files of what was erased and still stands in unused parts of them.

        Other writers may have to wait as long as copying the store takes.
        """

    def damage(self) -> list[str]:
        """Return what the store's own check of its indexes and pages finds, empty if nothing."""

    def hold(self, name: str, holder: str) -> None:
        """Note that `holder` is at work under `name`. Operational state, no record."""

    def take_over(self, name: str, *, expected: str, holder: str) -> bool:
        """Replace the holder of `name` if it still is `expected`; of several, one succeeds."""

    def release(self, name: str) -> None:
        """Forget who holds `name`."""

    def holders(self) -> dict[str, str]:
        """Return who is at work: holder by name."""

    def keep(self, name: str, data: bytes) -> None:
        """Keep what was computed from the rows; whoever reads it has to check that it still fits.

        Operational state, no record: it may be lost at any time.
        """

    def kept(self, name: str) -> bytes | None:
        """Return what was kept under `name`, None where there is nothing."""

    def forget(self, name: str) -> None:
        """Forget what was kept under `name`."""

    def close(self) -> None:
        """Release files and connections; further calls raise."""
