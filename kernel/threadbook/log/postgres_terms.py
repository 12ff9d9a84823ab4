"""Filters as PostgreSQL conditions that hold for every row that matches, and for few others.

A body is compared as jsonb, whose numbers are exact and whose types are never equal to each
other. Only the character NUL is foreign to it: `body_of` puts `STAND_IN` in its place, and what
is compared with a body goes through the same. That keeps equal what is equal; a text that holds
the stand-in may be anything, and is returned for the log to look at.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable
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
from threadbook.log.postgres_rows import as_bytes, digest_bytes
from threadbook.records.canonical import canonical_json

STAND_IN = "\ufffe"
NAMED = frozenset({"thread", "actor", "kind"})
"""Columns that hold the number of a name."""

_BYTES = frozenset({"act", "judged_by"})
_NUMBERS = {
    "clock": "clock",
    "sequence": "seq",
    "recorded_at": "recorded_at",
    "created_at": "recorded_at / 1000",
}
_SIGNS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_INT64 = range(-(2**63), 2**63)
_MAY_BE_INDEX = re.compile(r"-?[0-9]+")

Comparison = Equals | Compares | OneOf | Like


class Sql(NamedTuple):
    """A condition and what is bound to it."""

    text: str
    values: tuple[Any, ...] = ()


def condition(query: Filter) -> Sql | None:  # noqa: PLR0911  one for each form
    """Return what holds for every row that matches, None where nothing does."""
    match query:
        case And(parts):
            known = [term for part in parts if (term := condition(part))]
            return joined("AND", known) if known else None
        case Or(parts):
            terms = [condition(part) for part in parts]
            known = [term for term in terms if term]
            return joined("OR", known) if len(known) == len(terms) else None
        case Not(Exists(path)) if path.field == "body":
            # jsonb also counts the elements of a list from its end, and from texts such as 01.
            if any(map(_MAY_BE_INDEX.fullmatch, path.segments[1:])):
                return None
            return Sql(f"{value_sql(path)} IS NULL")
        case Not():
            return None
        case HasRef(kind, ref_id):
            members = (
                f'"{name}":{_json(text)}' for name, text in (("kind", kind), ("id", ref_id)) if text
            )
            ref = f'{{"_refs":[{{{",".join(members)}}}]}}'
            return Sql("body_of(canonical) @> %s::jsonb", (ref,))
        case Exists(path):
            return _exists(path)
        case _:
            return _compared(query)


def joined(word: str, terms: Iterable[Sql]) -> Sql:
    """Return the conditions with AND or OR between them; of none, what always holds."""
    terms = list(terms)
    text = f" {word} ".join(term.text for term in terms)
    values = tuple(itertools.chain.from_iterable(term.values for term in terms))
    return Sql(f"({text})" if len(terms) > 1 else text or "true", values)


def value_sql(path: Path, operator: str = "#>") -> str:
    """Return the expression of the value at a body path; indexes are on exactly this text."""
    # Segments are letters, digits, _ and -; PostgreSQL itself writes them so, and this word quoted.
    segments = (f'"{name}"' if name.lower() == "null" else name for name in path.segments)
    return f"(body_of(canonical) {operator} '{{{','.join(segments)}}}'::text[])"


def _exists(path: Path) -> Sql | None:
    if path.field == "body":
        return Sql(f"{value_sql(path)} IS NOT NULL")
    return Sql(f"{path.field} IS NOT NULL") if path.field in ("kind", "judged_by") else None


def _compared(query: Comparison) -> Sql | None:  # noqa: PLR0911  one for each form
    field = query.path.field
    if field == "body":
        return _in_body(query.path, query)
    if field == "namespace":
        return _in_body(Path("body", ("namespace",)), query)
    if field in _NUMBERS:
        return _number(_NUMBERS[field], query)
    listed = _listed(query)
    if field == "id":
        if listed is None:
            return None
        return Sql("id = ANY(%s)", ([digest_bytes(str(value)) for value in listed],))
    if field in _BYTES:
        return _bytes(field, query)
    if field not in NAMED:
        return None
    if listed is None:
        names = _bytes("text", query)
        found = f"{field} IN (SELECT id FROM name WHERE %s)"  # noqa: S608  a column of ours
        return names and Sql(found % names.text, names.values)
    digests = [hashlib.sha256(as_bytes(str(value))).digest() for value in listed]
    if len(digests) == 1:
        return Sql(f"{field} = (SELECT id FROM name WHERE sha256(text) = %s)", (digests[0],))  # noqa: S608
    return Sql(f"{field} IN (SELECT id FROM name WHERE sha256(text) = ANY(%s))", (digests,))  # noqa: S608


def _listed(query: Comparison) -> tuple[Scalar, ...] | None:
    if isinstance(query, Equals):
        return (query.value,)
    return query.values if isinstance(query, OneOf) else None


def _number(column: str, query: Comparison) -> Sql | None:
    match query:
        case Equals(_, int() as value) if value in _INT64:
            return Sql(f"{column} = %s::bigint", (int(value),))
        case Compares(_, order, int() as value) if value in _INT64:
            return Sql(f"{column} {_SIGNS[order]} %s::bigint", (int(value),))
    return None


def _bytes(column: str, query: Comparison) -> Sql | None:
    """Compare text in a column that holds its bytes, which are ordered as code points are."""
    match query:
        case Equals(_, str() as value):
            return Sql(f"{column} = %s", (as_bytes(value),))
        case OneOf(_, values):
            return Sql(f"{column} = ANY(%s)", ([as_bytes(str(value)) for value in values],))
        case Compares(_, order, str() as value):
            return Sql(f"{column} {_SIGNS[order]} %s", (as_bytes(value),))
        case Like() if query.prefix and not query.ignores_case:
            prefix = as_bytes(query.prefix)
            return Sql(f"substr({column}, 1, {len(prefix)}) = %s", (prefix,))
    return None


def _in_body(path: Path, query: Comparison) -> Sql | None:
    value = value_sql(path)
    match query:
        case Equals(_, wanted):
            return Sql(f"{value} = %s::jsonb", (_json(wanted),))
        case OneOf(_, listed):
            return Sql(f"{value} = ANY(%s::jsonb[])", ([_json(wanted) for wanted in listed],))
        case Compares(_, order, str() as wanted):
            compared = Sql(f'{{}} COLLATE "C" {_SIGNS[order]} %s', (wanted,))
            return _text(path, compared if STAND_IN not in _with_stand_in(wanted) else None)
        case Compares(_, order, wanted):
            sign = _SIGNS[order]
            return Sql(
                f"({value} {sign} %s::jsonb AND jsonb_typeof({value}) = 'number')",
                (_json(wanted),),
            )
        case Like() if query.prefix and not query.ignores_case:
            prefix = query.prefix
            begins = Sql("starts_with({}, %s)", (prefix,))
            return _text(path, begins if STAND_IN not in _with_stand_in(prefix) else None)
    return _text(path, None)


def _text(path: Path, compared: Sql | None) -> Sql:
    """Return that the value is text for which `compared` holds, `{}` in it being the text."""
    is_text = f"jsonb_typeof({value_sql(path)}) = 'string'"
    if compared is None:
        return Sql(is_text)
    text = value_sql(path, "#>>")
    return Sql(
        f"({is_text} AND ({compared.text.format(text)} OR strpos({text}, %s) > 0))",
        (*compared.values, STAND_IN),
    )


def _json(value: Scalar) -> str:
    """Return the value as JSON, as `body_of` would see it in a record."""
    return canonical_json(_with_stand_in(value) if isinstance(value, str) else value)


def _with_stand_in(text: str) -> str:
    return text.replace("\0", STAND_IN)
