"""What can be salvaged from the pages of a damaged store: records, blobs, and traces of the lost.

Columns are those of log/sqlite.py, told apart by their number and types. A record counts where
the hash of its bytes is its id and its signature holds, a blob where its content has its digest.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from threadbook.log.store import Row
from threadbook.ops.pages import Cell, Pages, Spot, Value
from threadbook.records.canonical import sha256_hex
from threadbook.records.identity import is_key_did, verify_signature
from threadbook.records.record import Record, check_judge
from threadbook.records.tombstone import Erased

_COLUMNS = 12
_HASH = 32
_MOST_SEQ = 2**62
_MOST_TRIES = 64
"""Ways to put a blob together, where several chunks claim one place."""


class Find(NamedTuple):
    """A record that is whole, by the seq its row has. `by` is the order for its erasure, if any."""

    seq: int
    spot: Spot
    by: str | None


class Trace(NamedTuple):
    """What is known of a record that is lost; None where even that is."""

    id: str | None
    thread: str | None


class Salvage:
    """All that a damaged file still proves. Rows are read again when they are used."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._finds: dict[str, Find] = {}
        self._threads: dict[int, str] = {}
        self._names: dict[int, str] = {}
        self._ids: dict[int, set[str]] = defaultdict(set)
        self._thread_of: dict[int, int] = {}
        self._digests: dict[int, set[str]] = defaultdict(set)
        self._chunks: dict[int, dict[int, list[Spot]]] = defaultdict(lambda: defaultdict(list))
        self.last = 0
        for cell in pages.cells():
            self._sort(cell)
        self._drop_unordered()

    def rows(self) -> Iterator[Row]:
        """Yield the records in the order of their seqs, which may have gaps and repeat."""
        for record_id in sorted(self._finds, key=lambda found: (self._finds[found].seq, found)):
            row = _row(self._pages.row(self._finds[record_id].spot))
            if row is not None:
                yield row

    def __contains__(self, record_id: str) -> bool:
        """Tell whether the record was found."""
        return record_id in self._finds

    def blobs(self, named: set[str]) -> Iterator[tuple[str, list[Spot]]]:
        """Yield the digests of blobs that are whole, with the rows of their chunks.

        Of one whose own row is lost, being `named` by a record tells that it is complete.
        """
        for blob, places in self._chunks.items():
            numbers = sorted(places)
            if numbers != list(range(len(numbers))):
                continue
            ways = itertools.product(*(places[number] for number in numbers))
            for spots in itertools.islice(ways, _MOST_TRIES):
                digest = hashlib.sha256()
                for content in self.content(list(spots)):
                    digest.update(content)
                if digest.hexdigest() in (self._digests.get(blob) or named):
                    yield digest.hexdigest(), list(spots)
                    break
        empty = hashlib.sha256().hexdigest()
        if any(empty in digests for digests in self._digests.values()):
            yield empty, []

    def content(self, spots: list[Spot]) -> Iterator[bytes]:
        """Yield the chunks of a blob."""
        for spot in spots:
            data = self._pages.row(spot).values[2]
            yield data if isinstance(data, bytes) else b""

    def trace(self, seq: int) -> Trace:
        """Return what indexes say of a record that is lost."""
        known = {digest for digests in self._digests.values() for digest in digests}
        ids = {record_id for record_id in self._ids[seq] if record_id not in self._finds} - known
        number = self._thread_of.get(seq, 0)
        return Trace(
            ids.pop() if len(ids) == 1 else None,
            self._threads.get(number, self._names.get(number)),
        )

    def _sort(self, cell: Cell) -> None:
        """Note what a row or an entry tells."""
        rowid, values = cell.rowid, cell.values
        if rowid is None:
            self._entry(values)
            return
        match values:
            case [None, bytes(), bytes(), *rest] if len(rest) >= _COLUMNS - 3:
                self._record(cell)
            case [None, int(seq), bytes(chain)] if rowid == 1 and len(chain) == _HASH:
                self._seen(seq)
            case [int(blob), int(number), bytes()]:
                if cell.spot not in self._chunks[blob][number]:
                    self._chunks[blob][number].append(cell.spot)
            case [None, bytes(digest), int(), int()] if len(digest) == _HASH:
                self._digests[rowid].add(digest.hex())
            case [None, str(text)]:
                self._names[rowid] = text

    def _entry(self, values: list[Value]) -> None:
        match values:
            case [bytes(key), int(seq)] if len(key) == _HASH:
                self._ids[seq].add(key.hex())
            case [int(thread), int(_actor), int(_clock), int(seq)]:
                self._thread_of[seq] = thread
                self._seen(seq)

    def _record(self, cell: Cell) -> None:
        row = _row(cell)
        if row is None:
            return
        if isinstance(number := cell.values[7], int):
            self._threads[number] = row.thread
        by = None
        if sha256_hex(row.canonical) != row.id:
            erased = Erased.of(Record.decode(row.canonical))
            by = erased.by if erased else None
        known = self._finds.get(row.id)
        if known is None or (by is not None and known.by is None):
            self._finds[row.id] = Find(row.seq, cell.spot, by)
        self._seen(row.seq)

    def _seen(self, seq: int) -> None:
        if seq < _MOST_SEQ:
            self.last = max(self.last, seq)

    def _drop_unordered(self) -> None:
        """Pass over tombstones without the record that orders them: they prove nothing."""
        for record_id, found in list(self._finds.items()):
            if found.by is not None and found.by not in self._finds:
                del self._finds[record_id]


def _row(cell: Cell) -> Row | None:
    """Return the row of a record that is what its id says, or is a tombstone; else None.

    `chain` and `recorded_at` are as read: only the rows before can prove them.
    """
    _, key, canonical, sig, judged_by, recorded_at, chain, *_ = cell.values
    if not isinstance(key, bytes) or not isinstance(canonical, bytes) or cell.rowid is None:
        return None
    try:
        record = Record.from_canonical(canonical)
        record.check(body_limit=len(canonical))
        is_whole = sha256_hex(canonical) == key.hex()
        judge = judged_by if isinstance(judged_by, str) else None
        check_judge(judge)
    except ValueError:
        return None
    if not is_whole and (Erased.of(record) is None or len(key) != _HASH):
        return None
    signature = sig if isinstance(sig, bytes) else None
    if is_whole and not _is_vouched_for(record.actor, canonical, signature):
        return None
    return Row(
        seq=cell.rowid,
        id=key.hex(),
        canonical=canonical,
        sig=signature,
        judged_by=judge,
        recorded_at=recorded_at if isinstance(recorded_at, int) else 0,
        chain=chain if isinstance(chain, bytes) else b"",
        thread=record.thread,
        actor=record.actor,
        act=record.act,
        kind=record.kind,
        clock=record.clock,
    )


def _is_vouched_for(actor: str, canonical: bytes, signature: bytes | None) -> bool:
    if signature is None:
        return not is_key_did(actor)
    return verify_signature(actor, canonical, signature)
