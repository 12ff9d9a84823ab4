"""Proofs that stand alone: that a record is in a log, and that a log only grew.

A proof holds a signed checkpoint and all that is needed to check it against that, without the log.
Against a store, a checkpoint is checked by reading every row that it covers: nothing that the
store's owner could have prepared is relied on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, TypeVar

import msgspec

from threadbook.errors import (
    CanonicalError,
    ConfigError,
    ProofError,
    RecordError,
    RecordNotFound,
    StoreCorrupt,
)
from threadbook.log.checkpoints import SignedHead, origin_of
from threadbook.log.log import Log
from threadbook.log.merkle import Frontier, verify_consistency, verify_inclusion
from threadbook.log.store import Row
from threadbook.log.tree import Tree, leaf_of, scan
from threadbook.records.bodies import LogCheckpoint
from threadbook.records.canonical import sha256_hex
from threadbook.records.identity import Identity, is_key_did, verify_signature
from threadbook.records.record import Record, check_judge
from threadbook.records.tombstone import is_tombstone

LARGEST_FILE = 16 * 1024 * 1024
"""Bytes of a proof that are looked at: a record's body has its limit, and a path is short."""

_LATEST = 100
_MAX = 2**63 - 1

Hash = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class RecordProof(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="object",
    tag="threadbook.proof.record",
    forbid_unknown_fields=True,
):
    """That a record is in a log: what its leaf covers, and the path from there to a checkpoint.

    `canonical` is the record's canonical JSON, None where its content was erased: that a record of
    this id and signature stood at this place is proven all the same. `path` goes from the leaf up.
    """

    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    canonical: str | None
    sig: bytes | None
    seq: Annotated[int, msgspec.Meta(ge=1, le=_MAX)]
    recorded_at: Annotated[int, msgspec.Meta(ge=0, le=_MAX)]
    judged_by: str | None
    path: Annotated[list[Hash], msgspec.Meta(max_length=64)]
    checkpoint: str


class GrowthProof(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="object",
    tag="threadbook.proof.growth",
    forbid_unknown_fields=True,
):
    """That the log of checkpoint `new` begins with all that checkpoint `old` covers."""

    old: str
    new: str
    path: Annotated[list[Hash], msgspec.Meta(max_length=128)]


Proof = RecordProof | GrowthProof | SignedHead

_P = TypeVar("_P", RecordProof, GrowthProof)
_DECODER: msgspec.json.Decoder[RecordProof | GrowthProof] = msgspec.json.Decoder(
    RecordProof | GrowthProof
)


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a check; `problem` says what does not hold, None where all does.

    `size` is the number of records that the checkpoint covers, `signer` the key that signed it,
    `old_size` the size of the older checkpoint. `seq` and `record` are those of the record proven,
    `has_content` tells whether the proof shows what it says, `is_signed` whether its actor signed
    that (None where it is not shown). `grown_to` is the number of records in the store that was
    checked, `erased` how many of the `size` have lost their content there.
    """

    origin: str
    size: int
    signer: str
    problem: str | None = None
    record: str | None = None
    seq: int | None = None
    has_content: bool | None = None
    is_signed: bool | None = None
    old_size: int | None = None
    grown_to: int | None = None
    erased: int | None = None

    @property
    def holds(self) -> bool:
        """Whether everything that was checked holds."""
        return self.problem is None


def read_proof(data: bytes, *, key: str | None = None) -> Proof:
    """Return the proof or checkpoint that a file holds, not checked yet.

    Raises ConfigError where it is neither, ProofError where it is not signed by `key`.
    """
    if len(data) > LARGEST_FILE:
        raise ConfigError(f"no checkpoint or proof: larger than {LARGEST_FILE:,} bytes")
    try:
        if data.lstrip().startswith(b"{"):
            return _DECODER.decode(data)
        return SignedHead.parse(data.decode(), key=key)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        reason = "".join(c if c.isprintable() else "?" for c in str(error))  # it quotes the file
        raise ConfigError(f"not a proof of threadbook: {reason}") from None
    except UnicodeDecodeError:
        raise ConfigError("no checkpoint or proof: not text") from None


def write_proof(proof: Proof) -> str:
    """Return a proof or checkpoint as the text of a file."""
    if isinstance(proof, SignedHead):
        return proof.note
    return msgspec.json.format(msgspec.json.encode(proof), indent=2).decode() + "\n"


def prove_record(
    log: Log, record_id: str, *, size: int | None = None, by: Identity | None = None
) -> RecordProof:
    """Return the proof that a record is among the first `size`.

    The checkpoint is one of the log, preferably of `by`; where none will do, `by` signs one, which
    is not appended. Raises RecordNotFound, ProofError.
    """
    row = log.store.get(record_id)
    if row is None:
        raise RecordNotFound(f"no record {record_id}")
    tree = Tree(log)
    head = _checkpoint(log, tree, at_least=row.seq, size=size, by=by)
    proof = RecordProof(
        id=row.id,
        canonical=_content(row),
        sig=row.sig,
        seq=row.seq,
        recorded_at=row.recorded_at,
        judged_by=row.judged_by,
        path=tree.inclusion(row.seq, size=head.size),
        checkpoint=head.note,
    )
    return _sound(proof)


def prove_growth(
    log: Log, old: SignedHead, *, size: int | None = None, by: Identity | None = None
) -> GrowthProof:
    """Return the proof that the log begins with what `old` covers; see `prove_record`.

    Raises ProofError where it does not.
    """
    old.check()
    tree = Tree(log)
    if old.origin != origin_of(log.store):
        raise ProofError("the checkpoint is of another log, or of this one before it was repaired")
    if old.size > tree.size:
        raise ProofError(
            f"the log has {tree.size:,} records, the checkpoint {old.size:,}: records were removed"
        )
    head = _checkpoint(log, tree, at_least=old.size, size=size, by=by)
    path = tree.consistency(old.size, size=head.size)
    return _sound(GrowthProof(old=old.note, new=head.note, path=path))


def check_proof(proof: Proof, *, key: str | None = None, against: Log | None = None) -> Checked:
    """Check a proof or checkpoint: its signature, which has to be of `key`, and what it claims.

    With `against`, also that this log is the one, and begins with all that the checkpoint covers.
    Raises ConfigError where the proof holds no checkpoint, StoreUnavailable where the log cannot
    be read.
    """
    head = proof if isinstance(proof, SignedHead) else _head_of(proof, key)
    found: dict[str, Any] = {"origin": head.origin, "size": head.size, "signer": head.signer}
    try:
        if key not in (None, head.signer):
            raise ProofError(f"it is signed by {head.signer}, not by {key}")  # noqa: TRY301
        head.check()
        if isinstance(proof, RecordProof):
            found |= {"record": proof.id, "seq": proof.seq}
            found |= _check_record(proof, head)
        if isinstance(proof, GrowthProof):
            old = SignedHead.parse(proof.old, key=key)
            found |= {"old_size": old.size}
            _check_growth(proof, old, head)
        if against is not None:
            found |= {"grown_to": against.size}
            found |= {"erased": check_store(head, against)}
    except (ProofError, StoreCorrupt) as error:
        found["problem"] = error.message
    return Checked(**found)


def check_store(head: SignedHead, log: Log) -> int:
    """Read the rows that a checkpoint covers and return how many have lost their content.

    Raises ProofError where they are not the records that were signed.
    """
    frontier, erased, is_named = Frontier(), 0, False
    for row in scan(log.store, size=head.size):
        leaf = leaf_of(row)
        is_named |= head.origin == f"threadbook/{leaf.hex()}"
        if sha256_hex(row.canonical) != row.id:
            if not _is_erased(row):
                raise ProofError(f"the content of seq {row.seq} ({row.id[:12]}) was changed")
            erased += 1
        frontier.add(leaf)
    if not is_named:
        raise ProofError(
            "the store holds another log: the record that the checkpoint's log is named by,"
            " the first or that of a repair, is not in it"
        )
    if frontier.root != head.root:
        raise ProofError(
            f"the first {head.size:,} records of the store are not those that were signed:"
            " records were changed, removed, replaced or reordered"
        )
    return erased


def _checkpoint(
    log: Log, tree: Tree, *, at_least: int, size: int | None, by: Identity | None
) -> SignedHead:
    if size is not None and not at_least <= size <= tree.size:
        raise ProofError(f"the size must be from {at_least:,} to {tree.size:,}, not {size:,}")
    origin = origin_of(log.store)
    for head in _signed(log, by):
        if (
            (head.size >= at_least if size is None else head.size == size)
            and head.origin == origin
            and head.size <= tree.size
            and head.is_signed()
            and tree.head(head.size) == head.root
        ):
            return head
    if by is None or not by.can_sign:
        raise ProofError(
            "no checkpoint in the log covers this, and there is no key to sign one",
            remedy="use a key identity, or ask for `threadbook log checkpoint`",
        )
    size = tree.size if size is None else size
    return SignedHead.sign(origin=origin, size=size, root=tree.head(size), by=by)


def _signed(log: Log, by: Identity | None) -> Iterator[SignedHead]:
    """Yield checkpoints of the log, newest first, those of `by` before those of others."""
    actors = [None] if by is None else [by.actor_did, None]
    for actor in actors:
        for stored in log.latest(limit=_LATEST, kind=LogCheckpoint.KIND, actor=actor):
            if (head := SignedHead.of(stored.record)) is not None:
                yield head


def _content(row: Row) -> str | None:
    if sha256_hex(row.canonical) == row.id:
        return row.canonical.decode(errors="replace")  # what that changes, `_sound` refuses
    if _is_erased(row):
        return None
    raise ProofError(f"the content of {row.id[:12]} was changed", remedy="run `threadbook verify`")


def _is_erased(row: Row) -> bool:
    try:
        return is_tombstone(row.id, row.canonical, Record.decode(row.canonical))
    except CanonicalError:
        return False


def _sound(proof: _P) -> _P:
    """Return a proof that holds: what was kept with the store, or its rows, may not fit."""
    if (problem := check_proof(proof).problem) is not None:
        raise ProofError(
            f"the log gives no proof that holds: {problem}", remedy="run `threadbook verify`"
        )
    return proof


def _head_of(proof: RecordProof | GrowthProof, key: str | None) -> SignedHead:
    return SignedHead.parse(
        proof.checkpoint if isinstance(proof, RecordProof) else proof.new, key=key
    )


def _check_record(proof: RecordProof, head: SignedHead) -> dict[str, bool | None]:
    if proof.seq > head.size:
        raise ProofError(f"the checkpoint covers {head.size:,} records, not seq {proof.seq:,}")
    is_signed = None
    if proof.canonical is not None:
        is_signed = _check_content(proof, proof.canonical.encode())
    try:
        check_judge(proof.judged_by)
        leaf = leaf_of(proof)
    except (RecordError, UnicodeEncodeError) as error:
        raise ProofError(f"its judge is none: {error}") from None
    if not verify_inclusion(
        leaf, index=proof.seq - 1, size=head.size, path=proof.path, root=head.root
    ):
        raise ProofError("the path does not lead from this record to the checkpoint's root")
    return {"has_content": proof.canonical is not None, "is_signed": is_signed}


def _check_content(proof: RecordProof, canonical: bytes) -> bool:
    """Check a record against its id and signature; tell whether it is signed."""
    if sha256_hex(canonical) != proof.id:
        raise ProofError("the record is not the one that its id names")
    try:
        actor = Record.from_canonical(canonical).actor
    except RecordError as error:
        raise ProofError(f"the record is malformed: {error.message}") from None
    if proof.sig is None:
        if is_key_did(actor):
            raise ProofError("the record's signature is missing")
        return False
    if not verify_signature(actor, canonical, proof.sig):
        raise ProofError("the record's signature is not that of its actor")
    return True


def _check_growth(proof: GrowthProof, old: SignedHead, new: SignedHead) -> None:
    old.check()
    if old.origin != new.origin:
        raise ProofError("the two checkpoints are of different logs")
    if not verify_consistency(
        old=old.size, size=new.size, old_root=old.root, root=new.root, path=proof.path
    ):
        raise ProofError("the newer checkpoint does not cover what the older one does")
