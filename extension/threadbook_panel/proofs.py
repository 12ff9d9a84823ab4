"""Proof of a record: what of it can be checked, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from threadbook.errors import ProofError
from threadbook.log.checkpoints import SignedHead, origin_of
from threadbook.log.entry import Stored
from threadbook.records.bodies import LogCheckpoint
from threadbook.records.canonical import sha256_hex
from threadbook.records.identity import is_key_did, verify_signature
from threadbook_panel.messages import Message
from threadbook_panel.reader import Reader

Signature = Literal["verified", "unsigned", "invalid"]

_MOST_CHECKPOINTS = 20
_HASHING_SECONDS = 1.0


class Covering(Message, frozen=True):
    """A signed checkpoint of the log's first `size` records."""

    id: str
    size: int
    at: int
    actor: str


class Proof(Message, frozen=True):
    """What holds of a record, or of two together: a row's first and its last.

    `signature` is verified where it holds for all, unsigned also where the content of one was
    erased; `id_holds` where the stored bytes hash to the
    id. `checkpoint` is the newest that covers them, whose signature and root hash hold.
    """

    signature: Signature
    id_holds: bool
    checkpoint: Covering | None


def proof_of(reader: Reader, records: Sequence[Stored]) -> Proof:
    """Return the proof of the records of one row."""
    return Proof(
        signature=_signature(records),
        id_holds=all(sha256_hex(record.canonical) == record.id for record in records),
        checkpoint=_covering(reader, max(record.seq for record in records)),
    )


def _signature(records: Sequence[Stored]) -> Signature:
    """Return the worst of what is so of the records."""
    states = {_signature_of(record) for record in records}
    worst_first: tuple[Signature, ...] = ("invalid", "unsigned", "verified")
    return next(state for state in worst_first if state in states)


def _signature_of(record: Stored) -> Signature:
    if record.sig is None:
        return "invalid" if is_key_did(record.actor) else "unsigned"
    if record.is_erased:
        return "unsigned"  # what was signed is gone; only who has a copy can check it
    is_good = verify_signature(record.actor, record.canonical, record.sig)
    return "verified" if is_good else "invalid"


def _covering(reader: Reader, seq: int) -> Covering | None:
    """Return the newest checkpoint that covers a record, and what the log holds now."""
    try:
        origin = origin_of(reader.log.store)
        for stored in reader.log.latest(limit=_MOST_CHECKPOINTS, kind=LogCheckpoint.KIND):
            head = SignedHead.of(stored.record)
            if head is None or head.origin != origin or head.size < seq or not head.is_signed():
                continue
            if _holds(reader, head):
                return Covering(
                    id=stored.id, size=head.size, at=stored.recorded_at, actor=stored.actor
                )
    except ProofError:  # there are no records, or some are missing
        return None
    return None


def _holds(reader: Reader, head: SignedHead) -> bool:
    """Tell whether the log begins with what was signed; not where that takes too long to tell."""
    tree = reader.tree
    if head.size > tree.size or not tree.prepare(head.size, seconds=_HASHING_SECONDS):
        return False
    return tree.head(head.size) == head.root
