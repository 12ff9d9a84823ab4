r"""The filter language: which records a reader asks for, as JSON and as a tree.

A filter is an object. Each member is a condition on a path, and all of them have to hold:
`{"act": "KNOW", "body.price": {"$gte": 3, "$lt": 10}}`. A scalar stands for `{"$eq": scalar}`.

Paths     `id thread actor act clock data_type kind namespace judged_by sequence`, `created_at`
          (Unix seconds), `recorded_at` (Unix milliseconds), and `body.<segment>…`. A segment is
          letters, digits, `_` and `-`. It names a member of an object; of a list, a segment `0`,
          `1`, … names an element. `namespace` is `body.namespace` where that is a string.
Missing   A path can lead nowhere: then only `$ne`, `$nin`, `$not` and `{"$exists": false}` hold.
          A null is a value and not missing. `kind`, `namespace` and `judged_by` are missing in a
          record that has none.
Equal     `$eq $ne $in $nin` compare scalars: numbers by value, however large, strings by code
          point, never one type with another: 1 is not true and not "1". `$ne` and `$nin` are
          `$eq` and `$in` turned around, so they also hold for other types and where nothing is.
Order     `$gt $gte $lt $lte` compare numbers with numbers and strings with strings, by code point.
Patterns  `$like` holds for strings that fit as a whole: `%` stands for any text, `_` for one code
          point, `\` takes the next character as it is. `$ilike` does so without regard to case:
          by Unicode case folding, of those code points that fold to one.
Logic     `$and` and `$or` take a list of filters, `$not` a filter or, under a path, operators.
Refs      `{"ref": {"kind": "@music.track", "id": "isrc:…"}}` holds where an element of the list
          `body._refs` has this kind and this id; one of both is enough.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal, NoReturn

import msgspec

from threadbook.errors import CanonicalError, QueryError, QueryTooLarge
from threadbook.records.canonical import canonical_bytes

MAX_CONDITIONS = 100
MAX_NESTING = 10
"""How deep `$and`, `$or` and `$not` may stand inside each other."""
MAX_VALUES = 1000
"""Most values of one `$in` or `$nin`."""
MAX_PATTERN = 256
"""Most characters of a pattern."""
MAX_SEGMENTS = 20

Scalar = bool | int | float | str | None
Order = Literal["gt", "gte", "lt", "lte"]

TEXT_FIELDS = frozenset({
    "id", "thread", "actor", "act", "data_type", "kind", "namespace", "judged_by",
})  # fmt: skip
NUMBER_FIELDS = frozenset({"clock", "sequence", "created_at", "recorded_at"})


class Path(msgspec.Struct, frozen=True):
    """Where a value stands: a field and, in `body`, the segments below it."""

    field: str
    segments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ".".join((self.field, *self.segments))

    @property
    def may_enter_list(self) -> bool:
        """Whether a segment can name an element of a list; the body itself is an object."""
        return any(segment.isdigit() for segment in self.segments[1:])


class Equals(msgspec.Struct, frozen=True, tag=True):
    """The value is this scalar."""

    path: Path
    value: Scalar


class Compares(msgspec.Struct, frozen=True, tag=True):
    """The value is of the same type as `value`, and greater or less."""

    path: Path
    order: Order
    value: int | float | str


class OneOf(msgspec.Struct, frozen=True, tag=True):
    """The value is one of these scalars; of none, it never is."""

    path: Path
    values: tuple[Scalar, ...]


class Like(msgspec.Struct, frozen=True, tag=True):
    """The value is a string that fits a pattern.

    `parts` is what stands between the `%`: lists of characters, None for any one.
    """

    path: Path
    parts: tuple[tuple[str | None, ...], ...]
    ignores_case: bool

    @property
    def prefix(self) -> str:
        """The characters with which every string that fits begins, case apart."""
        first = self.parts[0]
        return "".join(first[: first.index(None)] if None in first else first)  # type: ignore[arg-type]


class Exists(msgspec.Struct, frozen=True, tag=True):
    """The path leads to a value, which may be null."""

    path: Path


class HasRef(msgspec.Struct, frozen=True, tag=True):
    """An element of `body._refs` has this kind and id; None is any."""

    kind: str | None
    id: str | None


class And(msgspec.Struct, frozen=True, tag=True):
    """All hold; of none, that is so."""

    parts: tuple[Filter, ...]


class Or(msgspec.Struct, frozen=True, tag=True):
    """One holds."""

    parts: tuple[Filter, ...]


class Not(msgspec.Struct, frozen=True, tag=True):
    """It does not hold."""

    part: Filter


Condition = Equals | Compares | OneOf | Like | Exists | HasRef
Filter = Condition | And | Or | Not

EVERYTHING = And(())
"""The filter that all records match."""


def parse_filter(value: Any) -> Filter:
    """Return the filter that a JSON value describes.

    Raises QueryError where it is not in the language, QueryTooLarge above a limit.
    """
    found = _filter(value, 0)
    if sum(1 for _ in conditions_of(found)) > MAX_CONDITIONS:
        raise QueryTooLarge(f"the filter has more than {MAX_CONDITIONS} conditions")
    return found


def parse_path(text: Any) -> Path:
    """Return the path that `text` names. Raises QueryError."""
    if text in TEXT_FIELDS or text in NUMBER_FIELDS:
        return Path(text)
    if isinstance(text, str) and _BODY_PATH.fullmatch(text):
        segments = tuple(text.split(".")[1:])
        if len(segments) > MAX_SEGMENTS:
            raise QueryTooLarge(f"a path has more than {MAX_SEGMENTS} segments")
        return Path("body", segments)
    fields = ", ".join(sorted(TEXT_FIELDS | NUMBER_FIELDS))
    raise QueryError(f"unknown path {text!r:.80}", remedy=f"one of {fields}, or body.<name>…")


def parse_indexable(text: Any) -> Path:
    """Return a path that `Store.ensure_index` takes. Raises QueryError for any other."""
    path = parse_path(text)
    if path.field != "body" or path.may_enter_list:
        raise QueryError(
            f"{path} cannot have an index", remedy="name a path in the body, without list elements"
        )
    return path


def conditions_of(query: Filter) -> Iterator[Condition]:
    """Yield the conditions of a filter, in order."""
    match query:
        case And(parts) | Or(parts):
            for part in parts:
                yield from conditions_of(part)
        case Not(part):
            yield from conditions_of(part)
        case _:
            yield query


def paths_of(query: Filter) -> list[str]:
    """Return the paths that a filter looks at, each once."""
    names = ("ref" if isinstance(c, HasRef) else str(c.path) for c in conditions_of(query))
    return list(dict.fromkeys(names))


def required(query: Filter, path: str) -> frozenset[Scalar] | None:
    """Return values of which every record that matches has one at `path`; None if unknown.

    For stores: it is what an index can be asked for. The path must be that of text.
    """
    match query:
        case Equals(at, value) if str(at) == path:
            return frozenset({value})
        case OneOf(at, values) if str(at) == path:
            return frozenset(values)
        case And(parts):
            known = [found for part in parts if (found := required(part, path)) is not None]
            return frozenset.intersection(*known) if known else None
        case Or(parts):
            sets = [required(part, path) for part in parts]
            known = [found for found in sets if found is not None]
            return frozenset().union(*known) if len(known) == len(sets) else None
    return None


_BODY_PATH = re.compile(r"body(\.[A-Za-z0-9_-]+)+")


def _filter(value: Any, depth: int) -> Filter:
    if not isinstance(value, dict):
        _refuse(f"a filter is an object, not {value!r:.80}", 'such as {"act": "DO"}')
    if depth > MAX_NESTING:
        raise QueryTooLarge(f"the filter is nested more than {MAX_NESTING} levels deep")
    return _all([_member(name, operand, depth) for name, operand in value.items()])


def _all(parts: list[Filter]) -> Filter:
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _member(name: Any, operand: Any, depth: int) -> Filter:
    if name in ("$and", "$or"):
        if not isinstance(operand, list) or not operand:
            _refuse(f"{name} takes a list of filters, not {operand!r:.80}")
        if len(operand) > MAX_CONDITIONS:
            raise QueryTooLarge(f"{name} has more than {MAX_CONDITIONS} filters")
        parts = tuple(_filter(part, depth + 1) for part in operand)
        return And(parts) if name == "$and" else Or(parts)
    if name == "$not":
        return Not(_filter(operand, depth + 1))
    if name == "ref":
        return _ref(operand)
    if isinstance(name, str) and name.startswith("$"):
        _refuse(f"unknown operator {name:.80}", f"one of $and, $or, $not, or a path with {_NAMES}")
    path = parse_path(name)
    if isinstance(operand, dict):
        return _operators(path, operand, depth)
    return _equals(path, operand)


def _operators(path: Path, operators: dict[Any, Any], depth: int) -> Filter:
    if not operators:
        _refuse(f"{path} has no operator", f"one of {_NAMES}")
    if depth > MAX_NESTING:
        raise QueryTooLarge(f"the filter is nested more than {MAX_NESTING} levels deep")
    parts: list[Filter] = []
    for name, operand in operators.items():
        if name == "$not":
            if not isinstance(operand, dict):
                _refuse(f"$not under {path} takes operators", 'such as {"$not": {"$gt": 1}}')
            parts.append(Not(_operators(path, operand, depth + 1)))
        elif name in _OPERATORS:
            parts.append(_OPERATORS[name](path, operand))
        else:
            _refuse(f"unknown operator {name!r:.80} under {path}", f"one of {_NAMES}")
    return _all(parts)


def _equals(path: Path, operand: Any) -> Filter:
    return Equals(path, _scalar(path, operand))


def _one_of(path: Path, operand: Any) -> Filter:
    if not isinstance(operand, list):
        _refuse(f"$in and $nin take a list, not {operand!r:.80}")
    if len(operand) > MAX_VALUES:
        raise QueryTooLarge(f"a list under {path} has more than {MAX_VALUES} values")
    return OneOf(path, tuple(_scalar(path, value) for value in operand))


def _compares(order: Order) -> Callable[[Path, Any], Filter]:
    def parse(path: Path, operand: Any) -> Filter:
        value = _scalar(path, operand)
        if value is None or isinstance(value, bool):
            _refuse(f"${order} takes a number or a string, not {operand!r}")
        return Compares(path, order, value)

    return parse


def _like(*, ignores_case: bool) -> Callable[[Path, Any], Filter]:
    def parse(path: Path, operand: Any) -> Filter:
        if not isinstance(operand, str) or path.field in NUMBER_FIELDS:
            _refuse(f"$like and $ilike compare strings; {path} with {operand!r:.80} is not that")
        _scalar(path, operand)
        if len(operand) > MAX_PATTERN:
            raise QueryTooLarge(f"a pattern has more than {MAX_PATTERN} characters")
        return Like(path, _pattern(operand), ignores_case)

    return parse


def _pattern(text: str) -> tuple[tuple[str | None, ...], ...]:
    parts: list[list[str | None]] = [[]]
    characters = iter(text)
    for character in characters:
        if character == "%":
            parts.append([])
        elif character == "_":
            parts[-1].append(None)
        elif character == "\\":
            try:
                parts[-1].append(next(characters))
            except StopIteration:
                _refuse("a pattern ends with a single \\", "write \\\\ for the character itself")
        else:
            parts[-1].append(character)
    return tuple(map(tuple, parts))


def _exists(path: Path, operand: Any) -> Filter:
    if not isinstance(operand, bool):
        _refuse(f"$exists takes true or false, not {operand!r:.80}")
    return Exists(path) if operand else Not(Exists(path))


def _ref(operand: Any) -> Filter:
    if (
        not isinstance(operand, dict)
        or not operand
        or not operand.keys() <= {"kind", "id"}
        or not all(isinstance(text, str) for text in operand.values())
    ):
        _refuse(f"not a reference: {operand!r:.80}", 'such as {"kind": "@a.b", "id": "scheme:x"}')
    for text in operand.values():
        _scalar(Path("body", ("_refs",)), text)
    return HasRef(operand.get("kind"), operand.get("id"))


def _scalar(path: Path, value: Any) -> Scalar:
    """Return the value as records hold it: a float without a fraction is an integer there."""
    if isinstance(value, (dict, list)):
        _refuse(f"{path} can be compared with a scalar only, not {value!r:.80}")
    try:
        canonical_bytes(value)
    except CanonicalError as error:
        _refuse(f"{path} is compared with no JSON value: {error.message}")
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if path.field in NUMBER_FIELDS and not is_number:
        _refuse(f"{path} is a number; it is compared with {value!r:.80}")
    if path.field in TEXT_FIELDS and not isinstance(value, str):
        remedy = (
            f'{{"{path}": {{"$exists": false}}}} finds records without' if value is None else ""
        )
        _refuse(f"{path} is text; it is compared with {value!r:.80}", remedy)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value  # type: ignore[no-any-return]


def _refuse(message: str, remedy: str | None = None) -> NoReturn:
    raise QueryError(message, remedy=remedy)


_OPERATORS: dict[str, Callable[[Path, Any], Filter]] = {
    "$eq": _equals,
    "$ne": lambda path, operand: Not(_equals(path, operand)),
    "$gt": _compares("gt"),
    "$gte": _compares("gte"),
    "$lt": _compares("lt"),
    "$lte": _compares("lte"),
    "$in": _one_of,
    "$nin": lambda path, operand: Not(_one_of(path, operand)),
    "$like": _like(ignores_case=False),
    "$ilike": _like(ignores_case=True),
    "$exists": _exists,
}
_NAMES = ", ".join([*_OPERATORS, "$not"])
