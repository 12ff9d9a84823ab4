"""What a filter means: the one evaluator, with which every store's answer has to agree."""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from threadbook.log.filters import (
    And,
    Compares,
    Equals,
    Exists,
    Filter,
    HasRef,
    Like,
    Not,
    OneOf,
    Or,
    Path,
)
from threadbook.records.record import Record

MISSING: Final = object()
"""What a path leads to where nothing is."""


class Readable(Protocol):
    """What a filter looks at: a record as the log returns it."""

    @property
    def seq(self) -> int:
        """The position in the log."""

    @property
    def id(self) -> str:
        """The record's id."""

    @property
    def record(self) -> Record:
        """The hashed fields."""

    @property
    def judged_by(self) -> str | None:
        """The judging record."""

    @property
    def recorded_at(self) -> int:
        """Unix time in milliseconds."""


def matches(query: Filter, stored: Readable) -> bool:  # noqa: PLR0911  one for each form
    """Tell whether the record matches the filter; `filters` says what that means."""
    match query:
        case And(parts):
            return all(matches(part, stored) for part in parts)
        case Or(parts):
            return any(matches(part, stored) for part in parts)
        case Not(part):
            return not matches(part, stored)
        case Equals(path, value):
            return _is_equal(value_at(path, stored), value)
        case Compares(path, order, value):
            found = value_at(path, stored)
            is_comparable = rank(found) == rank(value)
            return is_comparable and bool(_ORDERS[order](found, value))
        case OneOf(path, values):
            found = value_at(path, stored)
            return any(_is_equal(found, value) for value in values)
        case Like(path):
            found = value_at(path, stored)
            return isinstance(found, str) and _fits(found, query)
        case Exists(path):
            return value_at(path, stored) is not MISSING
        case HasRef(kind, ref_id):
            refs = stored.record.body.get("_refs")
            return isinstance(refs, list) and any(_is_ref(ref, kind, ref_id) for ref in refs)


def value_at(path: Path, stored: Readable) -> Any:
    """Return the JSON value to which a path leads, MISSING where it leads nowhere."""
    if path.field != "body":
        found = _FIELDS[path.field](stored)
        return MISSING if found is None else found
    value: Any = stored.record.body
    for segment in path.segments:
        if isinstance(value, dict):
            value = value.get(segment, MISSING)
        elif isinstance(value, list) and _INDEX.fullmatch(segment):
            index = int(segment)
            value = value[index] if index < len(value) else MISSING
        else:
            return MISSING
    return value


def rank(value: Any) -> int:
    """Return the place of the value's type in a sorted list of mixed types."""
    if value is MISSING:
        return 0
    if value is None:
        return 1
    if isinstance(value, bool):
        return 2
    if isinstance(value, (int, float)):
        return 3
    if isinstance(value, str):
        return 4
    return 5 if isinstance(value, list) else 6


_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_ORDERS: Mapping[str, Callable[[Any, Any], Any]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
_FIELDS: Mapping[str, Callable[[Readable], str | int | None]] = {
    "id": lambda stored: stored.id,
    "thread": lambda stored: stored.record.thread,
    "actor": lambda stored: stored.record.actor,
    "act": lambda stored: stored.record.act,
    "clock": lambda stored: stored.record.clock,
    "data_type": lambda stored: stored.record.data_type,
    "kind": lambda stored: stored.record.kind,
    "namespace": lambda stored: _text(stored.record.body.get("namespace")),
    "judged_by": lambda stored: stored.judged_by,
    "sequence": lambda stored: stored.seq,
    "created_at": lambda stored: stored.recorded_at // 1000,
    "recorded_at": lambda stored: stored.recorded_at,
}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _is_equal(found: Any, value: Any) -> bool:
    return rank(found) == rank(value) and bool(found == value)


def _is_ref(ref: Any, kind: str | None, ref_id: str | None) -> bool:
    return (
        isinstance(ref, dict)
        and (kind is None or ref.get("kind") == kind)
        and (ref_id is None or ref.get("id") == ref_id)
    )


def _fits(text: str, like: Like) -> bool:
    """Look for the parts one after the other, each as early as it can stand.

    That is enough, as between them stands any text, and never goes back: one pattern for the
    whole would take a time that hostile patterns multiply.
    """
    if like.ignores_case:
        text = _folded(text)
    parts = _expressions(like)
    if len(parts) == 1:
        return parts[0].fullmatch(text) is not None
    if (found := parts[0].match(text)) is None:
        return False
    start = found.end()
    for part in parts[1:-1]:
        if (found := part.search(text, start)) is None:
            return False
        start = found.end()
    end = len(text) - len(like.parts[-1])
    return end >= start and parts[-1].match(text, end) is not None


@functools.lru_cache(maxsize=64)
def _expressions(like: Like) -> list[re.Pattern[str]]:
    fold: Callable[[str], str] = _folded if like.ignores_case else str
    texts = ("".join("." if c is None else re.escape(fold(c)) for c in part) for part in like.parts)
    return [re.compile(text, re.DOTALL) for text in texts]


def _folded(text: str) -> str:
    folded = text.casefold()
    if len(folded) == len(text):  # each code point became one
        return folded
    return "".join(f if len(f := c.casefold()) == 1 else c for c in text)
