"""The record: one immutable fact, named by the hash of its canonical form."""

from __future__ import annotations

import enum
import json
import secrets
from typing import Any

import msgspec

from threadbook.errors import ActError, BodyTooLarge, CanonicalError, ClockError, RecordError
from threadbook.records.canonical import canonical_bytes, sha256_hex
from threadbook.records.kinds import validate_kind

MAX_CLOCK = 2**63 - 1
LONGEST_NAME = 1024
"""Most characters of a thread, an actor, a judge and a parent."""
MOST_PARENTS = 1024
DEFAULT_BODY_LIMIT = 256 * 1024
"""Largest canonical body in bytes; larger content belongs in a blob."""


class Act(enum.StrEnum):
    """What a record does: four acts of coordination, four of effect."""

    INTEND = "INTEND"
    DO = "DO"
    KNOW = "KNOW"
    LEARN = "LEARN"
    GET = "GET"
    PUT = "PUT"
    CALL = "CALL"
    MAP = "MAP"


class DataType(enum.StrEnum):
    """The shape of what a record is about."""

    SCALAR = "SCALAR"
    FORMULA = "FORMULA"
    DISTRIBUTION = "DISTRIBUTION"
    REFERENCE = "REFERENCE"
    MORPHISM = "MORPHISM"
    VOID = "VOID"


_ACTS = frozenset(Act)
_DATA_TYPES = frozenset(DataType)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A record to be: the log adds the actor, and the clock where it is None.

    Acts and data types are plain strings so that a wrong one is reported by `check`, with the
    choices, and not as a failed enum look-up.
    """

    act: str
    body: dict[str, Any]
    thread: str
    parents: tuple[str, ...] = ()
    data_type: str = DataType.SCALAR
    clock: int | None = None
    judged_by: str | None = None

    def check(self, *, body_limit: int = DEFAULT_BODY_LIMIT) -> bytes:
        """Return the canonical body, or raise the RecordError that says what is wrong."""
        _check_enums(self.act, self.data_type)
        _check_thread(self.thread)
        _check_parents(self.parents)
        check_judge(self.judged_by)
        if self.clock is not None:
            _check_clock(self.clock)
        return _check_body(self.body, body_limit)

    def complete(self, *, actor: str, clock: int) -> Record:
        """Return the record this draft becomes under `actor` at `clock`."""
        return Record(
            act=str(self.act),
            actor=actor,
            body=self.body,
            clock=clock,
            data_type=str(self.data_type),
            parents=self.parents,
            thread=self.thread,
        )


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The seven hashed fields. Parents are hashed as given, never reordered."""

    act: str
    actor: str
    body: dict[str, Any]
    clock: int
    data_type: str = DataType.SCALAR
    parents: tuple[str, ...] = ()
    thread: str

    @property
    def canonical(self) -> bytes:
        """The canonical bytes: what is hashed, signed and stored."""
        return self.canonical_around(canonical_bytes(self.body))

    def canonical_around(self, body: bytes) -> bytes:
        """Return the canonical bytes, given those of the body: the part worth encoding once."""
        fields = {
            "act": self.act,
            "actor": self.actor,
            "body": None,
            "clock": self.clock,
            "data_type": self.data_type,
            "parents": list(self.parents),
            "thread": self.thread,
        }
        head, _, tail = canonical_bytes(fields).partition(b',"body":null,')
        return b'%b,"body":%b,%b' % (head, body, tail)

    @property
    def id(self) -> str:
        """SHA-256 of the canonical bytes, 64 hexadecimal digits."""
        return sha256_hex(self.canonical)

    @property
    def kind(self) -> str | None:
        """`body.kind`, or None where the body has none."""
        kind = self.body.get("kind")
        return kind if isinstance(kind, str) else None

    def check(self, *, body_limit: int = DEFAULT_BODY_LIMIT) -> None:
        """Raise the RecordError that says why this is no valid record, if it is none."""
        _check_enums(self.act, self.data_type)
        _check_thread(self.thread)
        _check_text("actor", self.actor)
        _check_parents(self.parents)
        _check_clock(self.clock)
        _check_body(self.body, body_limit)

    @classmethod
    def from_canonical(cls, data: bytes) -> Record:
        """Return the record whose canonical bytes are `data`.

        Raises CanonicalError where they are not the canonical form of a record: other bytes of
        equal meaning would have another hash.
        """
        record = cls.decode(data)
        if record.canonical != data:
            raise CanonicalError("not in canonical form")
        return record

    @classmethod
    def decode(cls, data: bytes) -> Record:
        """Return the record in JSON `data`, without the check that it is canonical.

        Python's json keeps integers above 64 bits exact, which faster parsers do not.
        """
        try:
            return msgspec.convert(json.loads(data), cls)
        except (ValueError, RecursionError) as error:
            raise CanonicalError(f"not a record: {error}") from None


def new_thread_id() -> str:
    """Return a fresh random thread id: `th_` and 64 hexadecimal digits."""
    return "th_" + secrets.token_hex(32)


def check_judge(judged_by: str | None) -> None:
    """Raise RecordError unless this is a record id or None."""
    if judged_by is not None:
        _check_text("judged_by", judged_by)


def _check_enums(act: str, data_type: str) -> None:
    if not isinstance(act, str) or act not in _ACTS:
        raise ActError(f"unknown act {act!r}", remedy=f"one of {', '.join(Act)}")
    if not isinstance(data_type, str) or data_type not in _DATA_TYPES:
        raise ActError(f"unknown data type {data_type!r}", remedy=f"one of {', '.join(DataType)}")


def _check_thread(thread: str) -> None:
    _check_text("thread", thread)


def _check_parents(parents: tuple[str, ...]) -> None:
    if not isinstance(parents, (tuple, list)):
        raise RecordError("parents must be a tuple of record ids")
    if len(parents) > MOST_PARENTS:
        raise RecordError(f"there are {len(parents)} parents; the limit is {MOST_PARENTS}")
    for parent in parents:
        _check_text("a parent", parent)


def _check_clock(clock: int) -> None:
    if not isinstance(clock, int) or isinstance(clock, bool) or not 0 <= clock <= MAX_CLOCK:
        raise ClockError(f"clock {clock!r} is not an integer from 0 to 2**63 - 1")


def _check_text(name: str, text: str) -> None:
    if not isinstance(text, str) or not text:
        raise RecordError(f"{name} must be a non-empty string")
    if len(text) > LONGEST_NAME:
        raise RecordError(f"{name} has {len(text)} characters; the limit is {LONGEST_NAME}")
    if not text.isascii():
        canonical_bytes(text)  # refuses a lone surrogate


def _check_body(body: dict[str, Any], limit: int) -> bytes:
    if not isinstance(body, dict):
        raise RecordError(f"body must be a dict, not {type(body).__name__}")
    if "kind" in body:
        validate_kind(body["kind"])
    canonical = canonical_bytes(body)
    if len(canonical) > limit:
        raise BodyTooLarge(f"the body has {len(canonical)} bytes; the limit is {limit}")
    return canonical
