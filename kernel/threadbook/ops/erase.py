"""Erasure: the content of a record goes, what it was called and where it stood stays.

A `core.erasure` record orders it and lasts. Then the bodies are replaced by tombstones, one commit
each, the blobs are removed that no other record names, and the store's files are scrubbed. While
that goes on the store holds a note of it: whoever finds the note of a dead process finishes the
work. A `core.erasure` record without such a note, from a client for instance, removes nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from threadbook.errors import ConfigError
from threadbook.kernel.liveness import Holder
from threadbook.log import crashpoints
from threadbook.log.entry import Stored
from threadbook.log.log import Log
from threadbook.log.verify import blobs_in
from threadbook.records.bodies import Erasure
from threadbook.records.identity import Identity
from threadbook.records.record import Record
from threadbook.records.tombstone import is_tombstone, tombstone_of

_BATCH = 500
"""Most records one `core.erasure` names: its body has a limit."""

NOTE = "erase:"
"""Begins the name under which the store holds the note of an erasure, before its id."""

_LASTING = ("core.erasure", "threadbook.log.", "threadbook.token.", "threadbook.auth.")
"""Kinds on which the verification of other records rests, or who may do what."""


class Erasing(msgspec.Struct, frozen=True, kw_only=True):
    """What was erased: the records that order it, and the ids and digests that lost content."""

    orders: list[str]
    records: list[str]
    blobs: list[str]


def erase(
    log: Log,
    record_ids: Iterable[str],
    *,
    reason: str,
    by: Identity,
    authorized_by: str | None = None,
) -> Erasing:
    """Remove the content of records for good, and the blobs that only they name.

    Finishes first what an earlier call could not. What is erased already is left alone. Raises
    RecordNotFound and ConfigError before anything is written, StoreUnavailable where the store
    cannot be written, or scrubbed because others read it: then `finish` goes on.
    """
    if not reason:
        raise ConfigError("an erasure needs a reason", remedy="it is kept for good: say why")
    finished = finish(log)
    found = [log.get(record_id) for record_id in dict.fromkeys(record_ids)]
    wanted = [stored for stored in found if not stored.is_erased]
    for stored in wanted:
        _refuse_lasting(stored)
    drafts = [
        Erasure(
            erases=[stored.id for stored in batch],
            reason=reason,
            authorized_by=authorized_by or by.actor_did,
            effective_at=datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            blobs=sorted({digest for stored in batch for digest in blobs_in(stored.record)}),
        ).draft(thread=batch[0].thread)
        for batch in _batches(wanted)
    ]
    orders = log.append_many(drafts, by=by)
    crashpoints.reach("erase:ordered")
    for order in orders:
        note = Holder.current(thread=order.thread).as_text()
        log.store.hold(NOTE + order.id, note)
    done = _carry_out(log, orders)
    return Erasing(
        orders=[*finished.orders, *done.orders],
        records=[*finished.records, *done.records],
        blobs=[*finished.blobs, *done.blobs],
    )


def finish(log: Log) -> Erasing:
    """Carry out what an erasure began that was cut short; safe beside one that still runs."""
    return _carry_out(log, [log.get(order) for order in unfinished(log)])


def unfinished(log: Log) -> list[str]:
    """Return the ids of the `core.erasure` records that have not been carried out to the end."""
    return [name.removeprefix(NOTE) for name in log.store.holders() if name.startswith(NOTE)]


def _carry_out(log: Log, orders: Sequence[Stored]) -> Erasing:
    if not orders:
        return Erasing(orders=[], records=[], blobs=[])
    erasures = {order.id: Erasure.of(order.record) for order in orders}
    records = [
        record_id
        for order, erasure in erasures.items()
        for record_id in (erasure.erases if erasure else [])
        if _bury(log, record_id, order)
    ]
    named = {digest for erasure in erasures.values() if erasure for digest in erasure.blobs}
    blobs = sorted(named - _named_by_others(log, named))
    removed = [digest for digest in blobs if log.store.blob_erase(digest)]
    crashpoints.reach("erase:removed")
    log.store.scrub()
    for order in erasures:
        log.store.release(NOTE + order)
    return Erasing(orders=list(erasures), records=records, blobs=removed)


def _bury(log: Log, record_id: str, order: str) -> bool:
    """Put a tombstone in the place of a record, unless there is one; tell whether it did."""
    with log.store.write() as transaction:
        row = transaction.find(record_id)
        if row is None:
            return False
        record = Record.decode(row.canonical)
        if is_tombstone(row.id, row.canonical, record):
            return False
        transaction.erase(row.seq, tombstone_of(record, by=order).canonical)
    crashpoints.reach("erase:buried")
    return True


def _named_by_others(log: Log, digests: set[str]) -> set[str]:
    """Return which of the digests any record names; those that were erased name none."""
    if not digests:
        return set()
    return {
        digest
        for stored in log.read_all()
        if b'"blob":' in stored.canonical
        for digest in blobs_in(stored.record)
        if digest in digests
    }


def _refuse_lasting(stored: Stored) -> None:
    if (stored.kind or "").startswith(_LASTING):
        raise ConfigError(
            f"{stored.id[:12]} is a {stored.kind}: it says what became of other records",
            remedy="leave it out; what it names can be erased",
        )
    tombstone_of(stored.record, by=stored.id)  # refuses a body that no tombstone can stand for


def _batches(records: Iterable[Stored]) -> Iterable[list[Stored]]:
    """Group records by thread: a thread carries the orders for its own."""
    in_threads = sorted(records, key=lambda stored: (stored.thread, stored.seq))
    for _, group in itertools.groupby(in_threads, key=lambda stored: stored.thread):
        while batch := list(itertools.islice(group, _BATCH)):
            yield batch
