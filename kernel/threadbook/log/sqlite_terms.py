"""Filters as SQL conditions that hold for every row that matches, and for few others.

SQLite's view of JSON is not ours: it has no integers above 64 bits, rounds some fractions, ends a
string at a NUL, takes true for 1 and null for missing. Each condition is wide enough to cover
what that changes. What has no such form is left out: the log applies the filter itself to what
is found.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

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
    Scalar,
)
from threadbook.records.canonical import canonical_json

NAMED = frozenset({"thread", "actor", "kind"})
"""Columns that hold the number of a name."""

_COLUMNS = {
    "act": "act",
    "judged_by": "judged_by",
    "clock": "clock",
    "sequence": "seq",
    "recorded_at": "recorded_at",
    "created_at": "recorded_at / 1000",
}
_FIELDS_OF_JSON = {"data_type": "$.data_type", "namespace": '$.body."namespace"'}
_TEXT = "CAST(canonical AS TEXT)"
_ESCAPED = {c: f"\\{c}" for c in "%_\\"}
_MOST_SOUGHT = 256  # LIKE takes no endless pattern
_INT64 = range(-(2**63), 2**63)
_LAST_CHARACTER = "\U0010ffff"

Comparison = Equals | Compares | OneOf | Like
Number = Callable[[str], int | None]
"""Returns the number of a name, None where no row has it."""


class Sql(NamedTuple):
    """A condition and what is bound to it."""

    text: str
    values: tuple[Any, ...] = ()


NOTHING = Sql("0")


def condition(query: Filter, number: Number) -> Sql | None:  # noqa: PLR0911  one for each form
    """Return what holds for every row that matches, None where nothing does."""
    match query:
        case And(parts):
            known = [term for part in parts if (term := condition(part, number))]
            return joined("AND", known) if known else None
        case Or(parts):
            terms = [condition(part, number) for part in parts]
            known = [term for term in terms if term]
            return joined("OR", known) if len(known) == len(terms) else None
        case Not(Exists(path)) if path.field == "body":
            where = json_path(path)
            return Sql(f"json_type({_TEXT}, '{where}') IS NULL") if where else None
        case Not():
            return None
        case HasRef(kind, ref_id):
            members = ("kind", kind), ("id", ref_id)
            return joined("AND", [_contains(f'"{k}":{canonical_json(v)}') for k, v in members if v])
        case Exists(path):
            return _exists(path)
        case _:
            return _compared(query, number)


def joined(word: str, terms: Iterable[Sql]) -> Sql:
    """Return the conditions with AND or OR between them; of none, what always holds."""
    terms = list(terms)
    text = f" {word} ".join(term.text for term in terms)
    values = tuple(itertools.chain.from_iterable(term.values for term in terms))
    return Sql(f"({text})" if len(terms) > 1 else text or "1", values)


def json_path(path: Path) -> str:
    """Return where SQLite finds the value of a body path; '' if it may be in a list.

    SQLite writes elements of lists in another way than members of objects, and a segment of
    digits can be either.
    """
    if path.may_enter_list:
        return ""
    return "$.body" + "".join(f'."{segment}"' for segment in path.segments)


def extracted(where: str) -> str:
    """Return the expression of the value at a JSON path; indexes are on exactly this text."""
    return f"json_extract({_TEXT}, '{where}')"


def _exists(path: Path) -> Sql | None:
    if path.field == "body":
        where = json_path(path)
        return Sql(f"json_type({_TEXT}, '{where}') IS NOT NULL") if where else None
    return Sql(f"{path.field} IS NOT NULL") if path.field in ("kind", "judged_by") else None


def _compared(query: Comparison, number: Number) -> Sql | None:
    path = query.path
    if path.field == "id":
        texts = _values(query)
        return None if texts is None else _in("id", [_digest(text) for text in texts])
    if path.field in NAMED:
        return _named(path.field, query, number)
    if column := _COLUMNS.get(path.field):
        return _term(column, query)
    terms = [_longest_text(query) if isinstance(query, Like) else None, _extracted(query)]
    known = [term for term in terms if term]
    return joined("AND", known) if known else None


def indexable(query: Comparison) -> Sql | None:
    """Return the condition that an index on the body path answers, None where it cannot."""
    if isinstance(query, OneOf):
        is_list = bool(query.values) and all(map(_is_exact, query.values))  # no OR of several
        return _extracted(query) if is_list else None
    return None if query == Equals(query.path, None) else _extracted(query)


def _extracted(query: Comparison) -> Sql | None:
    where = _FIELDS_OF_JSON.get(query.path.field) or json_path(query.path)
    return _term(extracted(where), query) if where else None


def _longest_text(query: Like) -> Sql | None:
    """Look for the longest text of a pattern in the record; what JSON escapes ends a text."""
    texts = ("".join(c or "\0" for c in part).split("\0") for part in query.parts)
    plain = [text for text in itertools.chain(*texts) if canonical_json(text) == f'"{text}"']
    longest = max(plain, key=len, default="")
    return _contains(longest, ignores_case=query.ignores_case) if longest else None


def _named(column: str, query: Comparison, number: Number) -> Sql | None:
    texts = _values(query)
    if texts is not None:
        numbers = (number(str(text)) for text in texts)
        return _in(column, [found for found in numbers if found is not None])
    names = _term("text", query)
    found = f"{column} IN (SELECT id FROM name WHERE %s)"  # noqa: S608  a column of ours
    return names and Sql(found % names.text, names.values)


def _values(query: Comparison) -> tuple[Scalar, ...] | None:
    if isinstance(query, Equals):
        return (query.value,)
    return query.values if isinstance(query, OneOf) else None


def _digest(text: Scalar) -> bytes:
    """Return an id as stored; of text that is none, bytes that match nothing."""
    try:
        return bytes.fromhex(str(text))
    except ValueError:
        return b""


def _in(expression: str, values: list[Any]) -> Sql:
    if len(values) == 1:
        return Sql(f"{expression} = ?", (values[0],))
    return Sql(f"{expression} IN ({', '.join('?' * len(values))})", tuple(values))


def _term(expression: str, query: Comparison) -> Sql | None:
    """Compare an expression that holds a value as SQLite sees it."""
    match query:
        case Equals(_, value):
            return _equals(expression, value)
        case OneOf(_, values):
            exact = _in(expression, [v for v in values if _is_exact(v)])
            others = [_equals(expression, v) for v in values if not _is_exact(v)]
            known = [term for term in others if term]
            if len(known) < len(others):
                return None
            return joined("OR", [exact, *known])
        case Compares(_, order, value):
            is_above = order in ("gt", "gte")
            if isinstance(value, str):
                return _beside_text(expression, value, is_above=is_above)
            return _beside_number(expression, value, is_above=is_above)
        case Like():
            return _like(expression, query)


def _is_exact(value: Scalar) -> bool:
    """Tell whether SQLite compares this value as we do, or takes no more for equal to it."""
    if isinstance(value, str):
        return "\0" not in value
    return isinstance(value, int) and value in _INT64


def _equals(expression: str, value: Scalar) -> Sql | None:
    if value is None:
        return Sql(f"{expression} IS NULL")
    if _is_exact(value):
        return Sql(f"{expression} = ?", (value,))
    if isinstance(value, str):
        return None
    low, high = _around(value)
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    return Sql(f"{expression} BETWEEN ? AND ?", (low, high))


def _around(number: float) -> tuple[float, float]:
    """Return bounds between which SQLite reads a number, far wider than it is wrong."""
    try:
        margin = abs(float(number)) * 1e-12 + 1e-300
        return float(number) - margin, float(number) + margin
    except OverflowError:
        return -math.inf, math.inf


def _beside_number(expression: str, number: float, *, is_above: bool) -> Sql | None:
    low, high = _around(number)
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    if is_above:
        return Sql(f"({expression} >= ? AND {expression} < '')", (low,))  # below all text
    return Sql(f"{expression} <= ?", (high,))


def _beside_text(expression: str, text: str, *, is_above: bool) -> Sql:
    """Compare with text: all of it that is read before a NUL is no greater than the whole."""
    if is_above:
        return Sql(f"{expression} >= ?", (text.partition("\0")[0],))
    return Sql(f"({expression} >= '' AND {expression} <= ?)", (text,))


def _like(expression: str, query: Like) -> Sql:
    """Use the beginning of the pattern, which an index can find."""
    prefix = "" if query.ignores_case else query.prefix.partition("\0")[0]
    beyond = _beyond(prefix)
    if not beyond:
        return Sql(f"{expression} >= ''")
    return Sql(f"({expression} >= ? AND {expression} < ?)", (prefix, beyond))


def _contains(text: str, *, ignores_case: bool = False) -> Sql:
    """Return the condition that a text stands somewhere in the record's canonical text.

    LIKE does not tell the case of ASCII letters. Where no other case is to be told either, it is
    any character: `k` and `s` have relatives beyond ASCII, the Kelvin sign and the long s.
    """
    characters = (
        "_" if ignores_case and (c in "kKsS" or not c.isascii()) else _ESCAPED.get(c, c)
        for c in text[:_MOST_SOUGHT]
    )
    return Sql(f"{_TEXT} LIKE ? ESCAPE '\\'", (f"%{''.join(characters)}%",))


def _beyond(prefix: str) -> str:
    """Return a text above all that begin with `prefix`, '' if there is none."""
    prefix = prefix.rstrip(_LAST_CHARACTER)
    if not prefix:
        return ""
    following = chr(ord(prefix[-1]) + 1)
    return prefix[:-1] + ("\ue000" if following == "\ud800" else following)  # no surrogates
