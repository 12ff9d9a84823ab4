"""Copying a log row by row: same ids, seqs, times and chain, so that every proof stays valid."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from threadbook.errors import ProofError, StoreCorrupt
from threadbook.log import crashpoints
from threadbook.log.log import Log, chain_after
from threadbook.log.store import EMPTY, Query, Row, Store, Tip
from threadbook.log.verify import verify
from threadbook.records.bodies import Erasure
from threadbook.records.canonical import sha256_hex

_BATCH = 500


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy added to its target, and where both now end."""

    records: int
    blobs: int
    tip: Tip


def copy_log(source: Log, target: Log, *, progress: Callable[[int], None] | None = None) -> Copied:
    """Bring `target`, which is empty or the beginning of `source`, to where `source` ends now.

    May be cut off at any moment and called again: it goes on where it stood. Records that were
    erased since they were copied are erased in the target, too. `progress` is called with the seq
    reached. Raises ProofError where the target is no beginning of the source, StoreCorrupt where
    the source's chain does not hold.
    """
    end, start = source.store.tip(), target.store.tip()
    if tip_at(source.store, start.seq) != start:
        raise ProofError(
            f"{target.url} is no beginning of {source.url}: they differ up to seq {start.seq}",
            remedy="name an empty store, or the one that this copy was begun in",
        )
    tip = start
    while tip.seq < end.seq:
        wanted = min(_BATCH, end.seq - tip.seq)
        rows = source.store.rows(Query(), after=tip.seq, limit=wanted)
        tip = insert_rows(target.store, tip, rows)
        crashpoints.reach("copy:batch")
        if progress:
            progress(tip.seq)
    _erase_what_was_erased(source, target)
    return Copied(
        records=end.seq - start.seq, blobs=copy_blobs(source.store, target.store), tip=tip
    )


def insert_rows(store: Store, tip: Tip, rows: list[Row]) -> Tip:
    """Add rows as they are after `tip`, in one commit, and return the new tip.

    Raises StoreCorrupt where they do not follow each other, ProofError where the store has grown.
    """
    if not rows:
        raise StoreCorrupt(f"there are no records after seq {tip.seq}, where more are noted")
    with store.write() as transaction:
        if transaction.tip() != tip:
            raise ProofError(
                f"{store.url} is written to by somebody else", remedy="stop that first"
            )
        for row in rows:
            if row.seq != tip.seq + 1 or row.chain != chain_after(tip.chain, row):
                raise StoreCorrupt(f"seq {row.seq} does not follow seq {tip.seq}")
            transaction.insert(row)
            tip = Tip(row.seq, row.chain)
    return tip


def tip_at(store: Store, seq: int) -> Tip | None:
    """Return what the tip was when the log had `seq` records; None where it has fewer."""
    if seq == 0:
        return EMPTY
    rows = store.rows(Query(), after=seq - 1, limit=1)
    return Tip(rows[0].seq, rows[0].chain) if rows else None


def check_copy(source: Log, target: Log) -> None:
    """Verify a copy, and that it ends where the source was then, or did at some time.

    Raises ProofError where it does not, StoreCorrupt where the copy does not verify.
    """
    check_sound(target)
    end = target.store.tip()
    if tip_at(source.store, end.seq) != end:
        raise ProofError(f"{target.url} is no copy of {source.url}: they differ at seq {end.seq}")


def check_sound(log: Log) -> None:
    """Verify a log as a whole. Raises StoreCorrupt with the first problem."""
    report = verify(log)
    if not report.is_clean:
        raise StoreCorrupt(
            f"{log.url} has {len(report.problems)} problems, the first: {report.problems[0]}",
            remedy="`threadbook verify` names all, `threadbook repair` saves what can be saved",
        )


def copy_blobs(source: Store, target: Store) -> int:
    """Copy the blobs that are missing. Those of the rows copied before are all there by now."""
    known, copied = set(target.blob_digests()), 0
    for digest in source.blob_digests():
        if digest in known or (size := source.blob_size(digest)) is None:
            continue
        chunks = _chunks(source, digest)
        if target.blob_write(chunks) != digest:
            raise StoreCorrupt(f"the blob {digest[:12]} of {size} bytes is not what it is called")
        crashpoints.reach("copy:blob")
        copied += 1
    return copied


def _chunks(store: Store, digest: str) -> Iterator[bytes]:
    number = 0
    while (chunk := store.blob_chunk(digest, number)) is not None:
        yield chunk
        number += 1


def _erase_what_was_erased(source: Log, target: Log) -> None:
    for order in source.read_all(kind=Erasure.KIND):
        erasure = Erasure.of(order.record)
        for record_id in erasure.erases if erasure else []:
            gone = source.store.get(record_id)
            if gone is None or sha256_hex(gone.canonical) == record_id:
                continue
            with target.store.write() as transaction:
                row = transaction.find(record_id)
                if row is not None and row.canonical != gone.canonical:
                    transaction.erase(row.seq, gone.canonical)
        for digest in erasure.blobs if erasure else []:
            if source.store.blob_size(digest) is None:
                target.store.blob_erase(digest)
