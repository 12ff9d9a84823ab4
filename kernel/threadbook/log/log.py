"""The log: one write path and one read path over a store.

`append` checks, assigns the clock, hashes, signs, chains and inserts inside one transaction of
the store; `read` is a cursor over `seq`, which has no holes. All else is a reader.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any, Protocol, Self

import msgspec

from threadbook.errors import (
    CanonicalError,
    ClockError,
    ConfigError,
    DuplicateClock,
    RecordNotFound,
    StoreCorrupt,
)
from threadbook.log.aggregate import Aggregation, Groups, aggregate
from threadbook.log.blobs import Blobs
from threadbook.log.entry import Sealed, Stored
from threadbook.log.filters import EVERYTHING, Filter
from threadbook.log.find import DEFAULT_HITS, Finding, Hits, find
from threadbook.log.memory import MemoryStore
from threadbook.log.query import Page, Scan, Search, run
from threadbook.log.sqlite import SqliteStore
from threadbook.log.store import Query, Row, Store, ThreadSummary, Transaction
from threadbook.records.identity import Identity
from threadbook.records.record import DEFAULT_BODY_LIMIT, MAX_CLOCK, Draft, Record

BLOBS = "#blobs="
"""What stands between a store URL and that of its blobs, where they are elsewhere."""
POLL_SECONDS = 0.02
"""How often a follower looks for commits of other processes; a look costs some 0.1 ms."""

_PAGE = 500


_ON_DEMAND = {
    "postgres": "postgres",
    "postgresql": "postgres",
    "redis": "redis",
    "rediss": "redis",
    "unix": "redis",
}
"""The module of a scheme, named as the extra that installs its driver."""


def open_log(url: str, *, busy_timeout: float = 10.0) -> Log:
    """Open the log at `url`.

    `memory:`, `sqlite:///path` (`sqlite:////path` is absolute), `postgresql://…` or `redis://…`,
    as threadbook.log.postgres and threadbook.log.redis describe them.
    With `#blobs=` and an fsspec URL at the end, blobs are there (see threadbook.log.blob_files).
    `busy_timeout` is how long, in seconds, a write waits for other writers. Raises ConfigError
    for an unknown URL, StoreUnavailable or StoreFormatError where the store cannot be used.
    """
    url, _, blobs = url.partition(BLOBS)
    if blobs:
        log = open_log(url, busy_timeout=busy_timeout)
        files = _import_extra("blob_files", extra="blobs")
        return Log(files.with_blobs(log.store, blobs))
    if url == "memory:":
        return Log(MemoryStore())
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        return Log(SqliteStore(url.removeprefix("sqlite:///"), busy_timeout=busy_timeout))
    if name := _ON_DEMAND.get(url.partition(":")[0]):
        store: Store = _import_extra(name, extra=name).open_store(url, busy_timeout=busy_timeout)
        return Log(store)
    shown = re.sub(r"(://[^/:@]*):[^/]*@", r"\1:…@", url)  # without a password
    raise ConfigError(f"no store at {shown!r}", remedy="use memory: or sqlite:///path/to/file.db")


def _import_extra(name: str, *, extra: str) -> Any:
    """Return a module whose driver is an extra, and is imported only by those who use it."""
    try:
        return importlib.import_module(f"threadbook.log.{name}")
    except ImportError as error:
        raise ConfigError(
            f"{extra} need a driver that is not installed: {error}",
            remedy=f'pip install "threadbook[{extra}]"',
        ) from error


class Log:
    """An append-only, totally ordered sequence of records in one store.

    Safe to use from several threads. `blobs` holds content too large for a record.
    """

    def __init__(self, store: Store, *, body_limit: int = DEFAULT_BODY_LIMIT) -> None:
        self.store = store
        self.blobs = Blobs(store)
        self._body_limit = body_limit

    @property
    def url(self) -> str:
        """Where the log is."""
        return self.store.url

    def append(
        self,
        entry: Draft | Sealed,
        *,
        by: Identity | None = None,
        guard: Callable[[], None] | None = None,
    ) -> Stored:
        """Append one record durably and return it as stored; see `append_many`."""
        return self.append_many([entry], by=by, guard=guard)[0]

    def append_many(
        self,
        entries: Iterable[Draft | Sealed],
        *,
        by: Identity | None = None,
        guard: Callable[[], None] | None = None,
        wait: bool = True,
    ) -> list[Stored]:
        """Append records in order in one commit: all or none.

        Drafts become records of the identity `by`, with the next clock where theirs is None.
        A record that is already there is not appended again: the stored one is returned.
        `guard` is called while no other writer can append; it may read this log, and what it
        raises is raised with nothing written.
        Raises a RecordError before anything is written, DuplicateClock for an explicit clock
        that belongs to another record, StoreUnavailable where the store cannot be written; with
        `wait` off StoreBusy where that would take waiting for somebody else.
        """
        entries = list(entries)
        bodies = [_check(entry, by, self._body_limit) for entry in entries]
        with self.store.write(wait=wait) as transaction:
            if guard is not None:
                guard()
            return [
                _append(transaction, entry, body, by)
                for entry, body in zip(entries, bodies, strict=True)
            ]

    def read(
        self,
        *,
        after: int = 0,
        limit: int = 100,
        thread: str | None = None,
        actor: str | None = None,
        act: str | None = None,
        kind: str | None = None,
    ) -> list[Stored]:
        """Return up to `limit` records with a seq above `after`, in order; None means any."""
        query = Query(thread=thread, actor=actor, act=act, kind=kind)
        return [_stored(row) for row in self.store.rows(query, after=after, limit=limit)]

    def read_all(self, *, after: int = 0, **filters: str | None) -> Iterator[Stored]:
        """Yield all matching records, page by page, with the filters of `read`."""
        query = Query(**filters)
        while rows := self.store.rows(query, after=after, limit=_PAGE):
            for row in rows:
                yield _stored(row)
            after = rows[-1].seq

    def latest(self, *, limit: int = 1, **filters: str | None) -> list[Stored]:
        """Return the newest `limit` matching records, newest first, with the filters of `read`."""
        rows = self.store.rows(Query(**filters), after=0, limit=limit, newest_first=True)
        return [_stored(row) for row in rows]

    def query(self, search: Search) -> Page[Stored]:
        """Return one page of the records that match; see `Search`, and `filters` for what matches.

        Raises QueryError where the cursor is that of another search.
        """
        return run(search, self.store.candidates, _stored)

    def find(
        self,
        text: str,
        *,
        limit: int = DEFAULT_HITS,
        thread: str | None = None,
        actor: str | None = None,
        kind: str | None = None,
        where: Filter = EVERYTHING,
        cursor: str | None = None,
    ) -> Hits[Stored]:
        """Return up to `limit` (at most 100) records that have all words of `text`, the best first.

        `words` says what a word is, `find` how hits are ranked. Raises QueryError where there is
        no word or the cursor is that of another search. The first search may take long: it
        reads what was appended since the last.
        """
        query = Query(thread=thread, actor=actor, kind=kind)
        finding = Finding(text=text, query=query, where=where, limit=limit, cursor=cursor)
        return find(finding, self.store.find, _stored, self.size)

    def aggregate(self, wanted: Aggregation) -> Groups:
        """Return counts, sums and the like over records, group by group; see `aggregate`."""
        return aggregate(wanted, self.store.candidates, _stored, self.size)

    def count(self, query: Filter = EVERYTHING) -> int:
        """Return the number of records that match."""
        if query == EVERYTHING:
            return self.size
        return sum(1 for _ in Scan(self.store.candidates, _stored, query))

    def get(self, record_id: str) -> Stored:
        """Return the record of this id. Raises RecordNotFound."""
        row = self.store.get(record_id)
        if row is None:
            raise RecordNotFound(f"no record {record_id}")
        return _stored(row)

    def head(self, thread: str) -> Stored | None:
        """Return the newest record of a thread, None where it has none."""
        return next(iter(self.latest(thread=thread)), None)

    def threads(self) -> list[ThreadSummary]:
        """Return all threads with their number of records, the most recent first."""
        return self.store.threads()

    def resolve_thread(self, text: str) -> str:
        """Return the thread that `text` names: its id, or a beginning that only it has.

        Raises ConfigError where there is none, or more than one.
        """
        if self.head(text) is not None:
            return text
        found = [s.thread for s in self.threads() if text and s.thread.startswith(text)]
        if len(found) == 1:
            return found[0]
        problem = "several threads begin with" if found else "no thread is called"
        raise ConfigError(f"{problem} {text!r}", remedy="`threadbook thread list` shows all")

    @property
    def size(self) -> int:
        """The number of records."""
        return self.store.tip().seq

    def follow(self, *, after: int | None = None, **filters: str | None) -> AsyncIterator[Stored]:
        """Yield matching records for ever, as they are appended by any process.

        Starts after seq `after`, by default with what is appended after this call.
        """
        return self._follow(self.size if after is None else after, filters)

    async def _follow(self, cursor: int, filters: dict[str, str | None]) -> AsyncIterator[Stored]:
        while True:
            # The version is taken before reading: a commit in between is seen the next time. All
            # of it in another thread, as the store may be waiting for a writer.
            version = await asyncio.to_thread(self.store.version)
            for stored in await asyncio.to_thread(_page, self, cursor, filters):
                cursor = stored.seq
                yield stored
                version = None
            while version is not None and version == await asyncio.to_thread(self.store.version):
                await asyncio.sleep(POLL_SECONDS)

    def close(self) -> None:
        """Release the store."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


def chain_after(previous: bytes, row: Row) -> bytes:
    """Return the chain value of `row`, given that of the row before it.

    It covers what the record's own hash does not: position, time of recording, signature and
    judge. Lengths go in front of variable parts so that no two rows have one encoding.
    """
    return hashlib.sha256(previous + placed_bytes(row)).digest()


class Placed(Protocol):
    """A record's place in a log, with all that its own hash does not cover."""

    @property
    def seq(self) -> int:
        """Its position, from 1."""

    @property
    def id(self) -> str:
        """Its id: SHA-256 in hexadecimal."""

    @property
    def recorded_at(self) -> int:
        """When it was recorded, in Unix milliseconds."""

    @property
    def sig(self) -> bytes | None:
        """Its actor's signature."""

    @property
    def judged_by(self) -> str | None:
        """The id of the record that judged it."""


def placed_bytes(row: Placed) -> bytes:
    """Return what the chain and the Merkle tree cover of a row: not its content, but its id."""
    sig, judge = row.sig or b"", (row.judged_by or "").encode(errors="surrogateescape")
    numbers = (row.seq, row.recorded_at, _length(row.sig), _length(row.judged_by))
    parts = [number.to_bytes(8, signed=True) for number in numbers]
    return b"".join((*parts, bytes.fromhex(row.id), sig, judge))


def _length(part: bytes | str | None) -> int:
    return -1 if part is None else len(part)


def _page(log: Log, after: int, filters: dict[str, str | None]) -> list[Stored]:
    rows = log.store.rows(Query(**filters), after=after, limit=_PAGE)
    return [_stored(row) for row in rows]


def _check(entry: Draft | Sealed, by: Identity | None, body_limit: int) -> bytes:
    """Return the canonical body of a draft; of a complete record, which has it, nothing."""
    if isinstance(entry, Sealed):
        entry.check(body_limit=body_limit)
        return b""
    if by is None:
        raise ConfigError("a draft needs an identity", remedy="pass by=Identity.key(path)")
    return entry.check(body_limit=body_limit)


def _append(
    transaction: Transaction, entry: Draft | Sealed, body: bytes, by: Identity | None
) -> Stored:
    if isinstance(entry, Draft):
        assert by is not None  # noqa: S101  checked by _check
        clock = entry.clock
        if clock is None:
            clock = next_clock(transaction.last_clock(entry.thread, by.actor_did))
            return _insert(transaction, Sealed.seal(entry, by, clock=clock, body=body))
        entry = Sealed.seal(entry, by, clock=clock, body=body)
    record = entry.record
    # One look-up for what is new: the id covers the clock, so a record that is there owns it.
    owner = transaction.clock_owner(record.thread, record.actor, record.clock)
    if owner == entry.id and (known := transaction.find(owner)) is not None:
        return _stored(known)
    if owner is not None:
        raise DuplicateClock(
            f"DuplicateClock: thread={record.thread} actor={record.actor} clock={record.clock}"
            f" is that of {owner}"
        )
    return _insert(transaction, entry)


def next_clock(last: int | None) -> int:
    """Return the clock after `last`: Unix time in milliseconds, but always above `last`."""
    now = time.time_ns() // 1_000_000
    clock = now if last is None else max(now, last + 1)
    if clock > MAX_CLOCK:
        raise ClockError("this actor has used the last clock on this thread")
    return clock


def _insert(transaction: Transaction, entry: Sealed) -> Stored:
    record, tip = entry.record, transaction.tip()
    row = Row(
        seq=tip.seq + 1,
        id=entry.id,
        canonical=entry.canonical,
        sig=entry.sig,
        judged_by=entry.judged_by,
        recorded_at=time.time_ns() // 1_000_000,
        chain=b"",
        thread=record.thread,
        actor=record.actor,
        act=record.act,
        kind=record.kind,
        clock=record.clock,
    )
    row = msgspec.structs.replace(row, chain=chain_after(tip.chain, row))
    transaction.insert(row)
    return _stored(row)


def _stored(row: Row) -> Stored:
    # Decoded also right after an append: the caller goes on to own, and change, the draft's body.
    try:
        record = Record.decode(row.canonical)
    except CanonicalError as error:
        raise StoreCorrupt(f"seq {row.seq}: {error.message}") from error
    return Stored(
        seq=row.seq,
        id=row.id,
        record=record,
        canonical=row.canonical,
        sig=row.sig,
        judged_by=row.judged_by,
        recorded_at=row.recorded_at,
    )
