"""Repair: a damaged SQLite store is read as far as it goes, into a new one.

The damaged file is copied and never written to. Rows keep seq, time and chain while nothing is
missing; what comes after a gap follows under the same ids with new seqs. A `threadbook.log.repair`
record says what was lost, so that the new log verifies without hiding it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from threadbook.errors import ConfigError, StoreUnavailable
from threadbook.log.checkpoints import LOG_THREAD
from threadbook.log.log import Log, chain_after
from threadbook.log.store import EMPTY, Row, Tip
from threadbook.log.verify import blobs_in
from threadbook.ops.copy import check_sound
from threadbook.ops.files import beside, copy_bytes, draft_beside, opened, publish, reported
from threadbook.ops.pages import Pages
from threadbook.ops.salvage import Salvage
from threadbook.records.bodies import LogRepair
from threadbook.records.identity import Identity

_BATCH = 500
_NAMED = 1000
"""Most gaps, and most ids outside, that one record names: its body has a limit."""


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """A record that could not be saved, and what is still known of it."""

    seq: int
    id: str | None
    thread: str | None


class Repaired(msgspec.Struct, frozen=True, kw_only=True):
    """What a repair saved and lost.

    Up to seq `intact` the new log is the old one; `moved` records have another seq than before.
    `outside` are parents and blobs that records name and that are lost, or were never there.
    """

    path: Path
    records: int
    blobs: int
    intact: int
    moved: int
    lost: list[Lost]
    outside: list[str]


def repair(source: Path, to: Path, *, by: Identity) -> Repaired:
    """Save what `source`, a damaged SQLite store, still proves into the new file `to`.

    `by` signs the record of what was lost. Raises ConfigError where there is nothing to read or
    `to` is there already, StoreUnavailable where the new file cannot be written.
    """
    source, to = source.expanduser().absolute(), to.expanduser().absolute()
    if to.exists() or beside(to):
        raise ConfigError(f"there is something at {to}", remedy="name a new file")
    with draft_beside(to) as copy, draft_beside(to) as draft:
        copy_bytes(source, copy)  # so that a file which is still written to does not change
        with reported(source), Pages(copy) as pages:
            salvage = Salvage(pages)
            if not salvage.last:
                raise ConfigError(f"{source} holds no records", remedy="name the file of a store")
            with opened(draft) as log:
                repaired = _fill(log, salvage, to)
                for note in _notes(repaired):
                    log.append(note.draft(thread=LOG_THREAD), by=by)
                check_sound(log)
        publish(draft, to)
    return repaired


def _fill(log: Log, salvage: Salvage, to: Path) -> Repaired:
    tip, intact, moved, seqs = EMPTY, 0, 0, set()
    for batch in _batches(salvage.rows()):
        with log.store.write() as transaction:
            for row in batch:
                clash = transaction.clock_owner(row.thread, row.actor, row.clock)
                if clash or transaction.find(row.id):
                    continue
                placed = _place(row, tip)
                if placed == row and intact == tip.seq:
                    intact += 1
                moved += placed.seq != row.seq
                transaction.insert(placed)
                seqs.add(row.seq)
                tip = Tip(placed.seq, placed.chain)
    blobs = 0
    for digest, spots in salvage.blobs(_named_blobs(log)):
        blobs += log.store.blob_size(digest) is None
        if log.store.blob_write(salvage.content(spots)) != digest:
            raise StoreUnavailable("the copy of the damaged file changed while it was read")
    lost = [
        Lost(seq=seq, id=trace.id, thread=trace.thread)
        for seq in range(1, salvage.last + 1)
        if seq not in seqs and (trace := salvage.trace(seq))
    ]
    return Repaired(
        path=to,
        records=tip.seq,
        blobs=blobs,
        intact=intact,
        moved=moved,
        lost=lost,
        outside=sorted(_outside(log)),
    )


def _place(row: Row, tip: Tip) -> Row:
    """Return the row as it follows `tip`: unchanged where it did before."""
    seq = tip.seq + 1
    if not 0 <= row.recorded_at < 2**63:
        row = msgspec.structs.replace(row, recorded_at=0)
    placed = msgspec.structs.replace(row, seq=seq)
    return msgspec.structs.replace(placed, chain=chain_after(tip.chain, placed))


def _named_blobs(log: Log) -> set[str]:
    return {digest for stored in log.read_all() for digest in blobs_in(stored.record)}


def _outside(log: Log) -> set[str]:
    """Return the parents and blobs that records name and the log does not have."""
    store = log.store
    return {
        name
        for stored in log.read_all()
        for name in (
            *(parent for parent in stored.parents if store.get(parent) is None),
            *(digest for digest in blobs_in(stored.record) if store.blob_size(digest) is None),
        )
    }


def _notes(repaired: Repaired) -> Iterator[LogRepair]:
    """Yield the bodies that say what was lost; none where nothing was."""
    gaps = [list(gap) for gap in _gaps(lost.seq for lost in repaired.lost)]
    outside = repaired.outside
    while gaps or outside or repaired.moved or repaired.intact < repaired.records:
        yield LogRepair(
            intact=repaired.intact,
            moved=repaired.moved,
            lost=gaps[:_NAMED],
            outside=outside[:_NAMED],
        )
        gaps, outside = gaps[_NAMED:], outside[_NAMED:]
        if not gaps and not outside:
            return


def _gaps(seqs: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of numbers."""
    first = last = None
    for seq in seqs:
        if first is None or last is None:
            first = seq
        elif seq != last + 1:
            yield first, last
            first = seq
        last = seq
    if first is not None and last is not None:
        yield first, last


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
