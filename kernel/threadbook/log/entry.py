"""Entries of a log: a record that is ready to be appended, and one as it is stored."""

from __future__ import annotations

from typing import Any, Self

import msgspec

from threadbook.errors import SignatureError
from threadbook.records.canonical import sha256_hex
from threadbook.records.identity import Identity, is_key_did, verify_signature
from threadbook.records.record import DEFAULT_BODY_LIMIT, Draft, Record, check_judge
from threadbook.records.tombstone import is_tombstone


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A record as the log returns it, with what the log added.

    `recorded_at` is Unix time in milliseconds, `seq` counts from 1 without holes.
    """

    seq: int
    id: str
    record: Record
    canonical: bytes
    sig: bytes | None
    judged_by: str | None
    recorded_at: int

    @property
    def act(self) -> str:
        """The record's act."""
        return self.record.act

    @property
    def actor(self) -> str:
        """The record's actor."""
        return self.record.actor

    @property
    def body(self) -> dict[str, Any]:
        """The record's body."""
        return self.record.body

    @property
    def kind(self) -> str | None:
        """The record's kind."""
        return self.record.kind

    @property
    def clock(self) -> int:
        """The record's clock."""
        return self.record.clock

    @property
    def parents(self) -> tuple[str, ...]:
        """The ids of the record's parents."""
        return self.record.parents

    @property
    def thread(self) -> str:
        """The record's thread."""
        return self.record.thread

    @property
    def is_erased(self) -> bool:
        """Whether the content was removed; `body` then is that of a tombstone."""
        return is_tombstone(self.id, self.canonical, self.record)

    @property
    def is_signed(self) -> bool:
        """Whether a key vouches for the actor. `Log.verify` checks the signature itself."""
        return self.sig is not None

    def as_dict(self) -> dict[str, Any]:
        """Return the record in the shape of the wire: seven fields and what the log added."""
        return {
            "object": "record",
            "id": self.id,
            "act": self.act,
            "actor": self.actor,
            "body": self.body,
            "clock": self.clock,
            "data_type": self.record.data_type,
            "parents": list(self.parents),
            "thread": self.thread,
            "judged_by": self.judged_by,
            "sig": self.sig.hex() if self.sig else None,
            "sequence": self.seq,
            "recorded_at": self.recorded_at,
        }


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A complete record with its canonical bytes and the signature over them."""

    record: Record
    canonical: bytes
    sig: bytes | None = None
    judged_by: str | None = None

    @classmethod
    def seal(
        cls, draft: Draft, identity: Identity, *, clock: int, body: bytes | None = None
    ) -> Self:
        """Complete a draft at `clock` and sign it; `body` is what its `check` returned."""
        record = draft.complete(actor=identity.actor_did, clock=clock)
        canonical = record.canonical_around(draft.check() if body is None else body)
        return cls(
            record=record,
            canonical=canonical,
            sig=identity.sign(canonical),
            judged_by=draft.judged_by,
        )

    @classmethod
    def of(cls, record: Record, *, sig: bytes | None = None, judged_by: str | None = None) -> Self:
        """Return a record from elsewhere with the signature that it came with."""
        return cls(record=record, canonical=record.canonical, sig=sig, judged_by=judged_by)

    @property
    def id(self) -> str:
        """The record's id."""
        return sha256_hex(self.canonical)

    def check(self, *, body_limit: int = DEFAULT_BODY_LIMIT) -> None:
        """Raise the RecordError that says why the log must not take this, if there is one."""
        self.record.check(body_limit=body_limit)
        check_judge(self.judged_by)
        actor = self.record.actor
        if self.sig is None:
            if is_key_did(actor):
                raise SignatureError(f"a record of {actor} has to carry a signature")
        elif not verify_signature(actor, self.canonical, self.sig):
            raise SignatureError(f"the signature is not that of {actor}")
