"""Checkpoints of a log: signed heads of its Merkle tree, which others can hold against it.

A checkpoint is a text of three lines and a signature, in the form of https://c2sp.org/tlog-checkpoint,
which auditing tools for transparency logs read:

    threadbook/<leaf hash of the log's first record, hexadecimal>
    <number of records>
    <root hash, base64>

    — <did:key of the signer> <base64 of key id and signature>

What is signed (Ed25519) is the UTF-8 of the three lines, each with its line feed, and nothing else.
The key id is the first four bytes of SHA-256(did || 0x0A || 0x01 || public key), as
https://c2sp.org/signed-note says. The same content is a record of the kind
`threadbook.log.checkpoint`, so that whoever has the log can hand the text on.

A log that was repaired is another log, in which records have moved: it is named by the leaf of the
newest `threadbook.log.repair` record, and what was signed before does not speak of it.

A static identity makes no checkpoints: its word proves nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Self

import msgspec

from threadbook.errors import ConfigError, IdentityError, ProofError
from threadbook.log.entry import Stored
from threadbook.log.log import Log
from threadbook.log.merkle import HASH_BYTES
from threadbook.log.store import Query, Store
from threadbook.log.tree import Tree, leaf_of
from threadbook.records.bodies import LogCheckpoint, LogRepair
from threadbook.records.identity import Identity, public_key_of, verify_signature
from threadbook.records.record import Record

EVERY = 1000
"""Records after which a new checkpoint is due."""

LOG_THREAD = "threadbook.log"
"""The thread of all checkpoints: they are about the log, not about a piece of work."""

_SIGNATURE_BYTES = 64
_ED25519_TYPE = b"\x01"
_KEY_ID_BYTES = 4
_LONGEST_NOTE = 64 * 1024
_ORIGIN = re.compile(r"threadbook/[0-9a-f]{64}")
_SIZE = re.compile(r"[1-9][0-9]{0,18}")
_SIGNATURE_LINE = re.compile(r"— (\S+) ([A-Za-z0-9+/]+={0,2})")


class SignedHead(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint: `signer` (did:key) says that the first `size` records of a log hash to `root`.

    `origin` names the log. Nothing here has been checked: see `check`.
    """

    origin: str
    size: int
    root: bytes
    signer: str
    signature: bytes

    @classmethod
    def sign(cls, *, origin: str, size: int, root: bytes, by: Identity) -> Self:
        """Return the checkpoint signed. Raises IdentityError for a static identity."""
        signature = by.sign(_text(origin, size, root).encode())
        if signature is None:
            raise IdentityError(
                f"{by.actor_did} has no key: a checkpoint in its name would prove nothing",
                remedy="use a key identity",
            )
        return cls(origin=origin, size=size, root=root, signer=by.actor_did, signature=signature)

    @classmethod
    def parse(cls, note: str, *, key: str | None = None) -> Self:
        """Return the checkpoint that `note` holds, as signed by `key`, else by the first key.

        Signatures of keys that are no did:key are left aside. Raises ConfigError where it is no
        checkpoint, ProofError where it has no signature of `key`.
        """
        if len(note) > _LONGEST_NOTE:
            raise ConfigError("not a checkpoint: too long")
        text, _, signatures = note.rpartition("\n\n")
        lines = text.split("\n")
        if len(lines) != 3 or not _ORIGIN.fullmatch(lines[0]) or not _SIZE.fullmatch(lines[1]):  # noqa: PLR2004
            raise ConfigError("not a checkpoint of a threadbook log")
        root = _base64(lines[2])
        if root is None or len(root) != HASH_BYTES:
            raise ConfigError("not a checkpoint: its third line is no root hash")
        signer, signature = _signature(signatures, key)
        return cls(
            origin=lines[0], size=int(lines[1]), root=root, signer=signer, signature=signature
        )

    @classmethod
    def of(cls, record: Record) -> Self | None:
        """Return the checkpoint that a record is; None where it is none, or malformed."""
        body = LogCheckpoint.of(record)
        if (
            body is None
            or not _ORIGIN.fullmatch(body.origin)
            or not _SIZE.fullmatch(str(body.size))
        ):
            return None
        try:
            root, signature = bytes.fromhex(body.root), bytes.fromhex(body.signature)
        except ValueError:
            return None
        if (len(root), len(signature)) != (HASH_BYTES, _SIGNATURE_BYTES):
            return None
        return cls(
            origin=body.origin,
            size=body.size,
            root=root,
            signer=record.actor,
            signature=signature,
        )

    @property
    def text(self) -> str:
        """The text that is signed."""
        return _text(self.origin, self.size, self.root)

    @property
    def note(self) -> str:
        """The checkpoint as a text that others can hold."""
        signature = _key_id(self.signer) + self.signature
        return f"{self.text}\n— {self.signer} {base64.b64encode(signature).decode()}\n"

    @property
    def body(self) -> LogCheckpoint:
        """The checkpoint as the body of a record of its signer."""
        return LogCheckpoint(
            origin=self.origin,
            size=self.size,
            root=self.root.hex(),
            signature=self.signature.hex(),
        )

    def is_signed(self) -> bool:
        """Tell whether the signature is that of the signer."""
        return verify_signature(self.signer, self.text.encode(), self.signature)

    def check(self) -> None:
        """Raise ProofError unless the signature is that of the signer."""
        if not self.is_signed():
            raise ProofError(f"the signature is not that of {self.signer}: the text was changed")


class Checkpointer:
    """Appends checkpoints in the name of `identity`: one is due every so many records.

    Each signer keeps to its own: what others have signed vouches only with their keys. Two
    processes that append one at once do no harm. With a static identity, nothing is appended.
    """

    def __init__(self, log: Log, identity: Identity, *, every: int = EVERY) -> None:
        self._log = log
        self._identity = identity
        self._every = every
        self._tree = Tree(log)

    def due(self) -> bool:
        """Tell whether so many records were appended since the last one; a look-up by kind."""
        if not self._identity.can_sign:
            return False
        last = self.last()
        return self._log.size - (last.seq if last else 0) >= self._every

    def last(self) -> Stored | None:
        """Return the newest checkpoint of this signer."""
        mine = self._log.latest(kind=LogCheckpoint.KIND, actor=self._identity.actor_did)
        return mine[0] if mine else None

    def append(self, *, seconds: float | None = None) -> Stored | None:
        """Append a checkpoint of all records so far.

        None where there is nothing new since the last one, where the identity is static, and
        where hashing would take longer than `seconds`; what was done of that is kept.
        Raises ProofError where the log does not begin with what this signer has signed before.
        """
        last, size = self.last(), self._log.size
        signed = SignedHead.of(last.record) if last else None
        is_known = last and signed and last.seq == size == signed.size + 1
        if not self._identity.can_sign or not size or is_known:
            return None
        if seconds is not None and not self._tree.prepare(size, seconds=seconds):
            return None
        origin = origin_of(self._log.store)
        self._refuse_if_changed(signed, origin)
        root = self._tree.head(size)
        head = SignedHead.sign(origin=origin, size=size, root=root, by=self._identity)
        draft = head.body.draft(thread=LOG_THREAD, parents=(last.id,) if last else ())
        return self._log.append(draft, by=self._identity)

    def _refuse_if_changed(self, signed: SignedHead | None, origin: str) -> None:
        """Raise ProofError rather than contradict what was signed, which others may hold."""
        if signed is None or signed.origin != origin or not signed.is_signed():
            return  # of another log: brought here, or from before a repair
        if signed.size > self._log.size or self._tree.head(signed.size) != signed.root:
            raise ProofError(
                f"the first {signed.size:,} records are not those that {signed.signer} has signed",
                remedy="run `threadbook verify`; no further checkpoint is signed",
            )


def origin_of(store: Store) -> str:
    """Return the name of a log, taken from its first record, or from that of its last repair.

    Raises ProofError where it is empty.
    """
    rows = store.rows(Query(kind=LogRepair.KIND), after=0, limit=1, newest_first=True)
    rows = rows or store.rows(Query(), after=0, limit=1)
    if not rows:
        raise ProofError("the log holds no records yet")
    return f"threadbook/{leaf_of(rows[0]).hex()}"


def _text(origin: str, size: int, root: bytes) -> str:
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def _key_id(signer: str) -> bytes:
    named = signer.encode() + b"\n" + _ED25519_TYPE + public_key_of(signer)
    return hashlib.sha256(named).digest()[:_KEY_ID_BYTES]


def _signature(lines: str, key: str | None) -> tuple[str, bytes]:
    """Return signer and signature of the line that counts."""
    if not lines.endswith("\n"):
        raise ConfigError("not a checkpoint: it ends in the middle of a line")
    for line in lines[:-1].split("\n"):
        found = _SIGNATURE_LINE.fullmatch(line)
        data = _base64(found[2]) if found else None
        if found is None or data is None:
            raise ConfigError("not a checkpoint: what follows its text is no signature")
        if key in (None, found[1]) and _is_of(found[1], data):
            return found[1], data[_KEY_ID_BYTES:]
    raise ProofError(f"it is not signed by {key or 'a did:key'}")


def _is_of(signer: str, data: bytes) -> bool:
    """Tell whether a signature is an Ed25519 one by the key that its signer's name states."""
    try:
        key_id = _key_id(signer)
    except IdentityError:
        return False
    return data[:_KEY_ID_BYTES] == key_id and len(data) == _KEY_ID_BYTES + _SIGNATURE_BYTES


def _base64(text: str) -> bytes | None:
    """Return what standard base64 stands for; None for text with another, equal meaning too."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None
