"""The store in memory: for tests and for logs that need not outlive the process."""

from __future__ import annotations

import hashlib
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

import msgspec

from threadbook.errors import StoreUnavailable
from threadbook.log.filters import EVERYTHING, Equals, Filter, Path, parse_indexable, required
from threadbook.log.locks import entered
from threadbook.log.store import (
    EMPTY,
    Candidates,
    Order,
    Position,
    Query,
    Row,
    ThreadSummary,
    Tip,
)
from threadbook.log.words import Phrase


class MemoryStore:
    """Rows in a list, found again through dicts; private to this process."""

    def __init__(self, url: str = "memory:") -> None:
        self.url = url
        self._lock = threading.RLock()
        self._version = 0
        self._rows: list[Row] = []
        self._by_id: dict[str, Row] = {}
        self._by_thread: dict[str, list[Row]] = {}
        self._clocks: dict[tuple[str, str, int], str] = {}
        self._last_clock: dict[tuple[str, str], int] = {}
        self._blobs: dict[str, list[bytes]] = {}
        self._holders: dict[str, str] = {}
        self._kept: dict[str, bytes] = {}
        self._closed = False

    @contextmanager
    def write(self, *, wait: bool = True) -> Iterator[_MemoryTransaction]:
        """See Store.write."""
        with entered(self._lock, wait=wait), self._open():
            before, transaction = len(self._rows), _MemoryTransaction(self)
            try:
                yield transaction
            except BaseException:
                self._rebuild(self._rows[:before], transaction.erased)
                raise
            self._version += 1

    def rows(
        self, query: Query, *, after: int, limit: int, newest_first: bool = False
    ) -> list[Row]:
        """See Store.rows."""
        with self._open():
            if query.thread is None:
                found = self._rows[max(after, 0) :]
            else:
                found = [r for r in self._by_thread.get(query.thread, []) if r.seq > after]
            found = [row for row in found if query.takes(row)]
            return (found[::-1] if newest_first else found)[: max(limit, 0)]

    def candidates(
        self, query: Filter, order: Order, *, after: Position | None, limit: int
    ) -> Candidates:
        """See Store.candidates: all rows, or those of the threads that the filter names."""
        threads = required(query, "thread")
        with self._open():
            rows = self._rows
            if threads is not None:
                rows = [row for thread in threads for row in self._by_thread.get(str(thread), [])]
        place = partial(_position, order=order)
        if order.by == "clock" or threads is not None:
            rows = sorted(rows, key=place)
        if order.descending:
            end = len(rows) if after is None else bisect_left(rows, after, key=place)
            page, is_last = rows[max(end - limit, 0) : end][::-1], end <= limit
        else:
            start = 0 if after is None else bisect_right(rows, after, key=place)
            page, is_last = rows[start : start + limit], start + limit >= len(rows)
        return Candidates(
            rows=page,
            resume=None if is_last else place(page[-1]),
            scanned=len(page),
            indexed=() if threads is None else ("thread",),
        )

    def find(
        self,
        phrases: tuple[Phrase, ...],  # noqa: ARG002  the log looks for them itself
        query: Query,
        *,
        before: int,
        limit: int,
    ) -> Candidates:
        """See Store.find: all rows, or those of the thread that is asked for."""
        thread = EVERYTHING if query.thread is None else Equals(Path("thread"), query.thread)
        newest_first = Order("sequence", descending=True)
        return self.candidates(thread, newest_first, after=Position(before, before), limit=limit)

    def ensure_index(self, path: str) -> None:
        """See Store.ensure_index: rows in memory have none."""
        parse_indexable(path)

    def get(self, record_id: str) -> Row | None:
        """See Store.get."""
        with self._open():
            return self._by_id.get(record_id)

    def tip(self) -> Tip:
        """See Store.tip."""
        with self._open():
            return Tip(self._rows[-1].seq, self._rows[-1].chain) if self._rows else EMPTY

    def threads(self) -> list[ThreadSummary]:
        """See Store.threads."""
        with self._open():
            summaries = [
                ThreadSummary(thread, len(rows), rows[0].seq, rows[-1].seq)
                for thread, rows in self._by_thread.items()
            ]
        return sorted(summaries, key=lambda summary: -summary.last_seq)

    def version(self) -> Hashable:
        """See Store.version."""
        with self._open():
            return self._version

    def blob_size(self, digest: str) -> int | None:
        """See Store.blob_size."""
        with self._open():
            chunks = self._blobs.get(digest)
        return None if chunks is None else sum(map(len, chunks))

    def blob_chunk(self, digest: str, number: int) -> bytes | None:
        """See Store.blob_chunk."""
        with self._open():
            chunks = self._blobs.get(digest, [])
        return chunks[number] if number < len(chunks) else None

    def blob_write(self, chunks: Iterable[bytes]) -> str:
        """See Store.blob_write."""
        content, digest = [], hashlib.sha256()
        for chunk in chunks:
            digest.update(chunk)
            content.append(chunk)
        with self._open():
            self._blobs.setdefault(digest.hexdigest(), content)
        return digest.hexdigest()

    def blob_digests(self) -> list[str]:
        """See Store.blob_digests."""
        with self._open():
            return list(self._blobs)

    def blob_erase(self, digest: str) -> bool:
        """See Store.blob_erase."""
        with self._open():
            return self._blobs.pop(digest, None) is not None

    def scrub(self) -> None:
        """See Store.scrub."""

    def damage(self) -> list[str]:
        """See Store.damage."""
        return []

    def hold(self, name: str, holder: str) -> None:
        """See Store.hold."""
        with self._open():
            self._holders[name] = holder

    def take_over(self, name: str, *, expected: str, holder: str) -> bool:
        """See Store.take_over."""
        with self._open():
            if self._holders.get(name) != expected:
                return False
            self._holders[name] = holder
            return True

    def release(self, name: str) -> None:
        """See Store.release."""
        with self._open():
            self._holders.pop(name, None)

    def holders(self) -> dict[str, str]:
        """See Store.holders."""
        with self._open():
            return dict(self._holders)

    def keep(self, name: str, data: bytes) -> None:
        """See Store.keep."""
        with self._open():
            self._kept[name] = data

    def kept(self, name: str) -> bytes | None:
        """See Store.kept."""
        with self._open():
            return self._kept.get(name)

    def forget(self, name: str) -> None:
        """See Store.forget."""
        with self._open():
            self._kept.pop(name, None)

    def close(self) -> None:
        """See Store.close."""
        self._closed = True

    @contextmanager
    def _open(self) -> Iterator[None]:
        if self._closed:
            raise StoreUnavailable("the store is closed", remedy="open the log again")
        with self._lock:
            yield

    def _rebuild(self, rows: list[Row], instead: dict[int, Row]) -> None:
        """Hold `rows` and nothing else, those of `instead` in the place of the same seq.

        Rare enough to start afresh: a transaction failed, or content was erased.
        """
        for table in (self._by_id, self._by_thread, self._clocks, self._last_clock):
            table.clear()
        self._rows = []
        for row in rows:
            self._add(instead.get(row.seq, row))

    def _add(self, row: Row) -> None:
        self._rows.append(row)
        self._by_id[row.id] = row
        self._by_thread.setdefault(row.thread, []).append(row)
        self._clocks[row.thread, row.actor, row.clock] = row.id
        last = self._last_clock.get((row.thread, row.actor), row.clock)
        self._last_clock[row.thread, row.actor] = max(last, row.clock)


class _MemoryTransaction:
    """Inserts at once and takes it back on an error: there is no other reader meanwhile."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.erased: dict[int, Row] = {}

    def tip(self) -> Tip:
        return self._store.tip()

    def find(self, record_id: str) -> Row | None:
        return self._store.get(record_id)

    def last_clock(self, thread: str, actor: str) -> int | None:
        return self._store._last_clock.get((thread, actor))  # noqa: SLF001  its other half

    def clock_owner(self, thread: str, actor: str, clock: int) -> str | None:
        return self._store._clocks.get((thread, actor, clock))  # noqa: SLF001

    def insert(self, row: Row) -> None:
        self._store._add(row)  # noqa: SLF001

    def erase(self, seq: int, canonical: bytes) -> None:
        rows = self._store._rows  # noqa: SLF001
        self.erased.setdefault(seq, rows[seq - 1])
        erased = msgspec.structs.replace(rows[seq - 1], canonical=canonical)
        self._store._rebuild(rows, {seq: erased})  # noqa: SLF001
        self._store._kept.clear()  # noqa: SLF001


def _position(row: Row, order: Order) -> Position:
    return Position(row.clock if order.by == "clock" else row.seq, row.seq)
