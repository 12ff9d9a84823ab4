"""Verification: everything a log claims, derived again from what it returns.

Rows come through the same read path as all other readers use, so that a fault of the reading code
is found as well as a change of the data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from threadbook.errors import StoreCorrupt
from threadbook.log.checkpoints import SignedHead, origin_of
from threadbook.log.log import Log, chain_after
from threadbook.log.merkle import Frontier
from threadbook.log.store import EMPTY, Query, Row, Store, Tip
from threadbook.log.tree import leaf_of
from threadbook.records.bodies import Erasure, LogCheckpoint, LogImport, LogRepair
from threadbook.records.canonical import sha256_hex
from threadbook.records.identity import is_key_did, verify_signature
from threadbook.records.record import Record
from threadbook.records.tombstone import Erased, is_tombstone

_PAGE = 1000
_MARK_EVERY = 1024
_SHA256_DIGITS = 64


class Problem(msgspec.Struct, frozen=True):
    """One thing that does not hold. `seq` and `id` are None where no single record is at fault."""

    reason: str
    seq: int | None = None
    id: str | None = None

    def __str__(self) -> str:
        where = "log" if self.seq is None else f"seq {self.seq} ({(self.id or '')[:12]})"
        return f"{where}: {self.reason}"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What verification found.

    `records` and `blobs` were checked; `unsigned` of the records are by static identities, whom
    nothing vouches for. Of `erased` records the content was removed, so that their ids and
    signatures can only be checked by whoever has a copy.
    """

    records: int
    blobs: int
    unsigned: int
    problems: list[Problem]
    erased: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether everything holds."""
        return not self.problems


def verify(log: Log, *, thread: str | None = None) -> Report:
    """Re-derive every id, chain value, parent link, signature and blob of a log, or of a thread.

    Also every checkpoint that the log holds of itself. Of a thread, its records and the blobs they
    name are checked, but not the chain and the checkpoints, which are of all records. A parent or
    a blob may be missing where a record of an import or a repair says so, content where a
    `core.erasure` record does. Raises StoreUnavailable where the store cannot be read.
    """
    checker = Checker(log.store, thread)
    checker.run()
    return Report(
        records=checker.records,
        blobs=checker.blobs,
        unsigned=checker.unsigned,
        erased=checker.erased,
        problems=checker.problems,
    )


class Checker:
    """Checks rows, in order: all at once (`run`), or as they come (`expect_checkpoints`, `take`).

    `tip` is the last row that was taken, of a log; `problems` is what does not hold.
    """

    def __init__(self, store: Store, thread: str | None = None) -> None:
        self._store = store
        self._thread = thread
        self.tip = EMPTY
        self.records = self.blobs = self.unsigned = self.erased = 0
        self._outside: set[str] | None = None
        self.problems: list[Problem] = []
        self._seen_blobs: set[str] = set()
        self._tree = Frontier()
        self._marks = [self._tree.copy()]
        self._expected = 0  # up to which seq checkpoints were looked for
        self._roots: dict[int, bytes | None] = {}  # by the sizes of which there are checkpoints
        self._origin = ""

    def run(self) -> None:
        """Check all rows that there are now, and what there is beside them."""
        try:
            end = self._store.tip()  # what is appended from now on is not our subject
            if self._thread is None:
                self.expect_checkpoints()
            for row in self._rows(end):
                self.take(row)
            if self._thread is None:
                if any(summary.first_seq < 1 for summary in self._store.threads()):
                    self._log_problem("there are records before seq 1")
                if self.tip != end:
                    self._log_problem(
                        f"the log ends at {_name(self.tip)}, not at {_name(end)} as noted"
                    )
                for damage in self._store.damage():
                    self._log_problem(damage)
                for digest in self._store.blob_digests():
                    self._blob(digest)
        except StoreCorrupt as error:
            self._log_problem(error.message)

    def take(self, row: Row) -> None:
        """Check the next row."""
        self._row(row)
        if self._thread is None:
            self.tip = self._position(self.tip, row)

    def expect_checkpoints(self) -> None:
        """Note of which sizes the root is needed: when a checkpoint is read they have gone by."""
        kind, is_new = Query(kind=LogCheckpoint.KIND), False
        while rows := self._store.rows(kind, after=self._expected, limit=_PAGE):
            self._expected = rows[-1].seq
            for row in rows:
                record = _decoded(row)
                if record is not None and (head := SignedHead.of(record)) is not None:
                    self._roots.setdefault(head.size, self._root_of(head.size))
                    is_new = True
        if is_new:
            self._origin = origin_of(self._store)

    def _root_of(self, size: int) -> bytes | None:
        """Return the root over the first rows; None where they have not all been taken yet."""
        if size > self._tree.size:
            return None
        tree = self._marks[size // _MARK_EVERY].copy()
        while tree.size < size:
            rows = self._store.rows(Query(), after=tree.size, limit=min(_PAGE, size - tree.size))
            if not rows:
                return None
            for row in rows:
                tree.add(leaf_of(row))
        return tree.root

    def _rows(self, end: Tip) -> Iterator[Row]:
        """Yield the rows; without a thread also those that stand beyond the noted end."""
        after = min(0, self._lowest() - 1)
        while rows := self._store.rows(Query(thread=self._thread), after=after, limit=_PAGE):
            after = rows[-1].seq
            grown = self._store.tip().seq  # rows up to here were appended while we read
            for row in rows:
                if not end.seq < row.seq <= grown:
                    yield row

    def _lowest(self) -> int:
        lowest = self._store.rows(Query(thread=self._thread), after=-(2**63) + 1, limit=1)
        return lowest[0].seq if lowest else 1

    def _position(self, tip: Tip, row: Row) -> Tip:
        if row.seq != tip.seq + 1:
            self._problem(row, f"follows seq {tip.seq}: records are missing or renumbered")
        elif row.chain != chain_after(tip.chain, row):
            self._problem(
                row, "breaks the chain: it or its place, time, signature or judge changed"
            )
        self._tree.add(leaf_of(row))
        if self._tree.size % _MARK_EVERY == 0:
            self._marks.append(self._tree.copy())
        if self._tree.size in self._roots:
            self._roots[self._tree.size] = self._tree.root
        return Tip(row.seq, row.chain)

    def _checkpoint(self, row: Row, record: Record) -> None:
        """Check a checkpoint of this log; one that was brought here is of another."""
        head = SignedHead.of(record)
        if head is None:
            self._problem(row, "is a checkpoint that cannot be read")
        elif not head.is_signed():
            self._problem(row, "its checkpoint is not signed by its actor")
        elif head.origin == self._origin and self._roots.get(head.size) != head.root:
            self._problem(
                row,
                f"its checkpoint does not fit the first {head.size:,} records: they were changed"
                " after it, or it was false from the start",
            )

    def _row(self, row: Row) -> None:
        self.records += 1
        try:
            record = Record.from_canonical(row.canonical)
            record.check(body_limit=len(row.canonical))
        except ValueError as error:
            self._identity(row)
            self._problem(row, f"malformed: {error}")
            return
        self._columns(row, record)
        if self._thread is None and record.kind == LogCheckpoint.KIND:
            self._checkpoint(row, record)
        if is_tombstone(row.id, row.canonical, record):
            self._tombstone(row, record)
        else:
            self._identity(row)
            self._signature(row, record)
        for parent in record.parents:
            if self._store.get(parent) is None and parent not in self._known_outside():
                self._problem(row, f"its parent {parent[:12]} is missing")
        for digest in blobs_in(record):
            self._blob(digest, row)

    def _identity(self, row: Row) -> None:
        if sha256_hex(row.canonical) != row.id:
            self._problem(row, "the id is not the hash of the record")

    def _tombstone(self, row: Row, record: Record) -> None:
        """Accept content that is gone if a record of this log, itself intact, says so."""
        erased = Erased.of(record)
        order = self._store.get(erased.by) if erased else None
        if order is None or not _orders_erasure(order, row.id):
            self._problem(row, "is erased, and no record says that it was to be")
        elif record.kind == Erasure.KIND:
            self._problem(row, "is erased, which the record of an erasure must not be")
        self.erased += 1
        if row.sig is None and is_key_did(record.actor):
            self._problem(row, "the signature is missing")

    def _known_outside(self) -> set[str]:
        """Return the ids that records of imports and repairs declare not to be in this log."""
        if self._outside is None:
            self._outside = set()
            for body in (LogImport, LogRepair):
                after, kind = 0, Query(kind=body.KIND)
                while rows := self._store.rows(kind, after=after, limit=_PAGE):
                    after = rows[-1].seq
                    for row in rows:
                        self._outside.update(_outside_of(row))
        return self._outside

    def _columns(self, row: Row, record: Record) -> None:
        for column in ("thread", "actor", "act", "kind", "clock"):
            if getattr(row, column) != getattr(record, column):
                self._problem(row, f"is filed under another {column} than it has")
        found = self._store.get(row.id)
        if found != row:
            self._problem(row, "is not what its id finds")

    def _signature(self, row: Row, record: Record) -> None:
        if row.sig is None:
            if is_key_did(record.actor):
                self._problem(row, "the signature is missing")
            else:
                self.unsigned += 1
        elif not verify_signature(record.actor, row.canonical, row.sig):
            self._problem(row, "the signature is not that of its actor")

    def _blob(self, digest: str, row: Row | None = None) -> None:
        """Check a blob once; `row` is the record that names it, if one does."""
        if digest in self._seen_blobs:
            return
        self._seen_blobs.add(digest)
        size = self._store.blob_size(digest)
        if size is None:
            if digest not in self._known_outside():
                self._problem(row, f"its blob {digest[:12]} is missing")
            return
        self.blobs += 1
        content, length, number = hashlib.sha256(), 0, 0
        while (chunk := self._store.blob_chunk(digest, number)) is not None:
            content.update(chunk)
            length, number = length + len(chunk), number + 1
        if content.hexdigest() != digest or length != size:
            self._problem(row, f"the blob {digest[:12]} is not what its digest says")

    def _problem(self, row: Row | None, reason: str) -> None:
        if row is None:
            self._log_problem(reason)
        else:
            self.problems.append(Problem(reason, row.seq, row.id))

    def _log_problem(self, reason: str) -> None:
        self.problems.append(Problem(reason))


def _decoded(row: Row) -> Record | None:
    """Return the record of a row; None where the row is not what its id says."""
    if sha256_hex(row.canonical) != row.id:
        return None
    try:
        return Record.from_canonical(row.canonical)
    except ValueError:
        return None


def _orders_erasure(order: Row, record_id: str) -> bool:
    record = _decoded(order)
    erasure = Erasure.of(record) if record else None
    return erasure is not None and record_id in erasure.erases


def _outside_of(row: Row) -> list[str]:
    record = _decoded(row)
    note = (LogImport.of(record) or LogRepair.of(record)) if record else None
    return note.outside if note else []


def blobs_in(record: Record) -> Iterator[str]:
    """Yield the digests that a record names.

    References are fields of a body (records/bodies.py); what looks like one deeper down, in the
    output of a cell for instance, is data.
    """
    for value in record.body.values():
        if isinstance(value, dict) and set(value) - {"media_type"} == {"blob", "size"}:
            digest = value["blob"]
            if isinstance(digest, str) and len(digest) == _SHA256_DIGITS:
                yield digest


def _name(tip: Tip) -> str:
    return f"seq {tip.seq} ({tip.chain.hex()[:12]})"
