"""Aggregation: how many records match, group by group, and what their values come to.

Groups are complete or there are none: too many of them are an error. They are in the order of
their keys, as in a sort. Numbers are added exactly, so that every store gives the same sum. A value
that is missing is left out of all but `count`; `sum` and `avg` leave out what is no number.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal, Self

import msgspec

from threadbook.errors import QueryError, QueryTooLarge
from threadbook.log.filters import EVERYTHING, And, Compares, Filter, Path, parse_path
from threadbook.log.matching import MISSING, Readable, rank, value_at
from threadbook.log.query import Scan, Search, Source, sortable
from threadbook.log.store import Row

MAX_GROUPS = 1000
MAX_KEYS = 4
MAX_AGGREGATES = 20

Function = Literal["count", "sum", "avg", "min", "max"]
_FUNCTIONS = ("count", "sum", "avg", "min", "max")


class Aggregate(msgspec.Struct, frozen=True):
    """A function of the values at a path; of `count` without a path, of the records."""

    function: Function
    path: Path | None = None


class Aggregation(msgspec.Struct, frozen=True, kw_only=True):
    """Which records, grouped by the values at which paths, and what to work out by name."""

    filter: Filter = EVERYTHING
    group_by: tuple[Path, ...] = ()
    aggregates: dict[str, Aggregate]

    @classmethod
    def parse(cls, value: Any) -> Self:
        """Return the aggregation that a JSON object describes, as it is sent over HTTP.

        Its members are `filter` and `thread` as in a search, `group_by` (a list of paths) and
        `aggregates`: `{"n": "count", "total": {"sum": "body.price"}}`. Raises QueryError.
        """
        if not isinstance(value, dict):
            raise QueryError("an aggregation is an object")
        rest = {k: v for k, v in value.items() if k not in ("group_by", "aggregates")}
        paths, described = value.get("group_by"), value.get("aggregates")
        paths = [] if paths is None else paths
        described = {"count": "count"} if described is None else described
        if not isinstance(paths, list) or not isinstance(described, dict):
            raise QueryError("group_by is a list of paths, aggregates an object")
        if len(paths) > MAX_KEYS or len(described) > MAX_AGGREGATES:
            raise QueryTooLarge(f"more than {MAX_KEYS} paths or {MAX_AGGREGATES} aggregates")
        return cls(
            filter=Search.parse(rest).filter,
            group_by=tuple(parse_path(path) for path in paths),
            aggregates={str(name): _parse(item) for name, item in described.items()},
        )


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The values that the records of a group share, None where they have none, and the results."""

    key: dict[str, Any]
    aggregates: dict[str, Any]


class Groups(msgspec.Struct, frozen=True, kw_only=True):
    """All groups of the records up to seq `watermark`."""

    groups: list[Group]
    rows_scanned: int
    watermark: int


def aggregate(
    wanted: Aggregation, source: Source, stored: Callable[[Row], Readable], size: int
) -> Groups:
    """Return the groups among the first `size` records. Raises QueryTooLarge for too many."""
    until = Compares(Path("sequence"), "lte", size)
    scan = Scan(source, stored, And((wanted.filter, until)))
    groups: dict[str, tuple[list[Any], list[_Tally]]] = {}
    for record in scan:
        values = [value_at(path, record) for path in wanted.group_by]
        place = repr([sortable(value) for value in values])
        if place not in groups:
            if len(groups) == MAX_GROUPS:
                raise QueryTooLarge(
                    f"there are more than {MAX_GROUPS} groups", remedy="narrow the filter"
                )
            groups[place] = values, [_Tally(item) for item in wanted.aggregates.values()]
        for tally in groups[place][1]:
            tally.add(record)
    found = sorted(groups.values(), key=lambda group: [sortable(value) for value in group[0]])
    names = [str(path) for path in wanted.group_by]
    return Groups(
        groups=[
            Group(
                key=dict(zip(names, map(_shown, values), strict=True)),
                aggregates={n: t.result() for n, t in zip(wanted.aggregates, tallies, strict=True)},
            )
            for values, tallies in found
        ],
        rows_scanned=scan.plan.rows_scanned,
        watermark=size,
    )


class _Tally:
    """What a function has come to so far."""

    def __init__(self, wanted: Aggregate) -> None:
        self._wanted = wanted
        self._count = 0
        self._sum: int | Fraction = 0
        self._best: Any = MISSING

    def add(self, record: Readable) -> None:
        function, path = self._wanted.function, self._wanted.path
        value = 1 if path is None else value_at(path, record)
        if value is MISSING or (function in ("sum", "avg") and rank(value) != rank(0)):
            return
        self._count += 1
        if function in ("sum", "avg"):
            self._sum += Fraction(value) if isinstance(value, float) else value
        elif function != "count" and (self._best is MISSING or self._is_better(value)):
            self._best = value

    def _is_better(self, value: Any) -> bool:
        this, best = sortable(value), sortable(self._best)
        return bool(this < best if self._wanted.function == "min" else this > best)

    def result(self) -> Any:
        if self._wanted.function == "count":
            return self._count
        if self._wanted.function == "sum":
            return _number(self._sum)
        if self._wanted.function == "avg":
            return _number(Fraction(self._sum) / self._count) if self._count else None
        return _shown(self._best)


def _parse(value: Any) -> Aggregate:
    if value == "count":
        return Aggregate("count")
    if isinstance(value, dict) and len(value) == 1:
        ((function, path),) = value.items()
        if function in _FUNCTIONS:
            return Aggregate(function, parse_path(path))
    raise QueryError(
        f"not an aggregate: {value!r:.80}",
        remedy=f'"count", or one of {", ".join(_FUNCTIONS)} with a path: {{"sum": "body.price"}}',
    )


def _shown(value: Any) -> Any:
    """Return a value of a group; lists and objects are not told apart and not shown."""
    return None if value is MISSING or isinstance(value, (list, dict)) else value


def _number(value: int | Fraction) -> int | float:
    if value == int(value):
        return int(value)
    try:
        return float(value)
    except OverflowError:
        return int(value)
