"""Queries: matching records in any order, page by page.

A store only narrows: it returns rows that may match, in the order of the log or of the clock.
What matches is decided here, by `matches`, so that every store gives the same answer.

Sorting by another path reads all records that match and keeps the first of them. Values of
different types stand in the order missing, null, false, true, numbers, strings (by code point),
lists, objects; lists are not compared with each other, nor are objects. Ties are broken by the
sequence, in the direction of the last path.

A cursor says where the last page ended, by value and not by number, so that records appended
meanwhile shift nothing: what was there when the first page was read is returned exactly once.
"""

from __future__ import annotations

import base64
import functools
import heapq
import json
from collections.abc import Callable, Iterator
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar

import msgspec

from threadbook.errors import QueryError, QueryTooLarge
from threadbook.log.filters import (
    EVERYTHING,
    And,
    Filter,
    Path,
    parse_filter,
    parse_path,
    paths_of,
)
from threadbook.log.matching import Readable, matches, rank, value_at
from threadbook.log.store import Candidates, Order, Position, Row
from threadbook.records.canonical import sha256_hex
from threadbook.records.record import MAX_CLOCK

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
MAX_OFFSET = 10_000
MAX_SORT = 4
"""Most paths of a sort order."""

_SMALLEST, _LARGEST = 50, 500
"""How many rows to ask a store for at once: few at first, as they may be enough."""

_SEQUENCE, _CLOCK = Path("sequence"), Path("clock")

ReadableT = TypeVar("ReadableT", bound=Readable)


class SortBy(NamedTuple):
    """A path to sort by."""

    path: Path
    descending: bool = False


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """Which records, in which order, and which page of them.

    `limit` is the most records of a page, `offset` how many to leave out at the beginning,
    `cursor` the `next_cursor` of the page before. Without `sort` the order is that of the log.
    Raises QueryTooLarge above a limit, QueryError for what makes no sense.
    """

    filter: Filter = EVERYTHING
    sort: tuple[SortBy, ...] = ()
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    cursor: str | None = None

    def __post_init__(self) -> None:
        check_range("limit", self.limit, 1, MAX_LIMIT, "read page after page with the cursor")
        check_range("offset", self.offset, 0, MAX_OFFSET, "use the cursor")
        if self.cursor is not None and self.offset:
            raise QueryError("a query has a cursor or an offset, not both")
        if len(self.sort) > MAX_SORT:
            raise QueryTooLarge(f"more than {MAX_SORT} paths to sort by")

    @classmethod
    def parse(cls, value: Any) -> Self:
        """Return the search that a JSON object describes, as it is sent over HTTP.

        Its members are `filter`, `thread`, `sort` (`{path: 1 or -1}`), `limit`, `offset` and
        `cursor`, none of which has to be there. Raises QueryError for any other.
        """
        if not isinstance(value, dict):
            raise QueryError("a query is an object", remedy='such as {"filter": {}}')
        if unknown := value.keys() - cls.__struct_fields__ - {"thread"}:
            raise QueryError(f"a query has no {min(map(repr, unknown)):.80}")
        given = {name: item for name, item in value.items() if item is not None}
        wanted = parse_filter(given.get("filter", {}))
        if "thread" in given:
            thread = parse_filter({"thread": given["thread"]})
            wanted = thread if wanted == EVERYTHING else And((thread, wanted))
        cursor = given.get("cursor")
        if not isinstance(cursor, str | None):
            raise QueryError("a cursor is the next_cursor of a page")
        return cls(
            filter=wanted,
            sort=parse_sort(given.get("sort", {})),
            limit=given.get("limit", DEFAULT_LIMIT),
            offset=given.get("offset", 0),
            cursor=cursor,
        )


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How a query was answered.

    `sql` is that of the store, empty where it has none, with `bind_count` values bound to it.
    `rows_scanned` is how many rows the store and the evaluator went through.
    """

    sql: str = ""
    bind_count: int = 0
    indexed_fields: tuple[str, ...] = ()
    unindexed_fields: tuple[str, ...] = ()
    rows_scanned: int = 0


class Page(msgspec.Struct, Generic[ReadableT], frozen=True, kw_only=True):
    """Some records; with `next_cursor` the same search goes on, None says there are no more."""

    records: list[ReadableT]
    next_cursor: str | None
    plan: Plan


class Source(Protocol):
    """What a query reads: `Store.candidates`."""

    def __call__(
        self, query: Filter, order: Order, *, after: Position | None, limit: int
    ) -> Candidates: ...


def parse_sort(value: Any) -> tuple[SortBy, ...]:
    """Return the order that `{path: 1 or -1}` describes. Raises QueryError."""
    if not isinstance(value, dict):
        raise QueryError("a sort order is an object", remedy='such as {"clock": -1}')
    for path, direction in value.items():
        if isinstance(direction, bool) or direction not in (1, -1):
            raise QueryError(f"the direction of {path!r:.80} is {direction!r:.80}, not 1 or -1")
    return tuple(SortBy(parse_path(path), value[path] == -1) for path in value)


class Scan(Generic[ReadableT]):
    """The matching records of a source, in its order; `plan` tells what it took so far."""

    def __init__(
        self,
        source: Source,
        stored: Callable[[Row], ReadableT],
        query: Filter,
        order: Order = Order(),  # noqa: B008  immutable
        after: Position | None = None,
    ) -> None:
        self._read = functools.partial(source, query, order)
        self._stored, self._query, self._after = stored, query, after
        self._scanned = 0
        self._first: Candidates | None = None

    def __iter__(self) -> Iterator[ReadableT]:
        size = _SMALLEST
        while True:
            found = self._read(after=self._after, limit=size)
            self._first = self._first or found
            self._scanned += found.scanned
            for row in found.rows:
                stored = self._stored(row)
                if matches(self._query, stored):
                    yield stored
            if found.resume is None:
                return
            self._after, size = found.resume, min(size * 2, _LARGEST)

    @property
    def plan(self) -> Plan:
        """How the records were found."""
        indexed = self._first.indexed if self._first else ()
        return Plan(
            sql=self._first.sql if self._first else "",
            bind_count=self._first.bind_count if self._first else 0,
            indexed_fields=indexed,
            unindexed_fields=tuple(p for p in paths_of(self._query) if p not in indexed),
            rows_scanned=self._scanned,
        )


def run(search: Search, source: Source, stored: Callable[[Row], ReadableT]) -> Page[ReadableT]:
    """Return one page of a search. Raises QueryError for a cursor of another search."""
    mark = _fingerprint(search)
    after = None if search.cursor is None else _opened(search, mark)
    wanted = search.offset + search.limit + 1
    order = _order_of(search.sort)
    if order is not None:
        place = None if after is None else _position(after, order)
        scan = Scan(source, stored, search.filter, order, place)
        found = [record for record, _ in zip(scan, range(wanted), strict=False)]
    else:
        scan = Scan(source, stored, search.filter)
        keys = ((_Key.of(record, search.sort), record) for record in scan)
        rest = (pair for pair in keys if after is None or after < pair[0])
        found = [record for _, record in heapq.nsmallest(wanted, rest, key=lambda pair: pair[0])]
    records = found[search.offset : search.offset + search.limit]
    is_last = len(found) < wanted
    cursor = None if is_last else _sealed(_Key.of(records[-1], search.sort), mark)
    return Page(records=records, next_cursor=cursor, plan=scan.plan)


def check_range(name: str, value: Any, least: int, most: int, remedy: str) -> None:
    """Raise QueryTooLarge for a number above `most`, QueryError for none or a smaller one."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise QueryError(f"{name} is {value!r:.80}, not an integer from {least} to {most}")
    if value > most:
        raise QueryTooLarge(f"{name} is {value!r:.80}; the most is {most}", remedy=remedy)


def _order_of(sort: tuple[SortBy, ...]) -> Order | None:
    """Return the order in which a store can read, None where it takes sorting."""
    match sort:
        case ():
            return Order()
        case (SortBy(path, descending), *_) if path == _SEQUENCE:
            return Order("sequence", descending)
        case (SortBy(path, descending),) if path == _CLOCK:
            return Order("clock", descending)
        case (SortBy(path, descending), SortBy(then, too)) if (
            path == _CLOCK and then == _SEQUENCE and descending == too
        ):
            return Order("clock", descending)
    return None


@functools.total_ordering
class _Key:
    """Where a record stands in a sort order."""

    def __init__(self, values: list[Any], seq: int, sort: tuple[SortBy, ...]) -> None:
        self.values, self.seq = values, seq
        self._sort = sort

    @classmethod
    def of(cls, stored: Readable, sort: tuple[SortBy, ...]) -> Self:
        return cls([sortable(value_at(path, stored)) for path, _ in sort], stored.seq, sort)

    def __lt__(self, other: _Key) -> bool:
        for mine, others, (_, descending) in zip(
            self.values, other.values, self._sort, strict=True
        ):
            if mine != others:
                return bool(mine > others if descending else mine < others)
        descending = bool(self._sort) and self._sort[-1].descending
        return self.seq > other.seq if descending else self.seq < other.seq

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.seq == self.seq

    __hash__ = None  # type: ignore[assignment]


def sortable(value: Any) -> list[Any]:
    """Return what sorts JSON values of all types: the place of the type, then the value."""
    place = rank(value)
    return [place, value] if isinstance(value, (bool, int, float, str)) else [place]


def _position(key: _Key, order: Order) -> Position:
    if order.by == "sequence":
        return Position(key.seq, key.seq)
    value = key.values[0][-1]
    if not isinstance(value, int) or not 0 <= value <= MAX_CLOCK:
        raise _foreign_cursor()
    return Position(value, key.seq)


def _fingerprint(search: Search) -> str:
    """Return what tells searches apart whose cursors must not be mixed up."""
    return fingerprint(msgspec.to_builtins((search.filter, search.sort)))


def fingerprint(described: Any) -> str:
    """Return a short name of a JSON value, by which its cursors are told from others."""
    return sha256_hex(json.dumps(described, sort_keys=True).encode())[:16]


def _sealed(key: _Key, mark: str) -> str:
    text = json.dumps([mark, key.values, key.seq], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _opened(search: Search, mark: str) -> _Key:
    """Return the key in a cursor, which anybody may have written."""
    text = search.cursor or ""
    try:
        data = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        found, values, seq = json.loads(data)
        is_ours = found == mark and isinstance(values, list) and len(values) == len(search.sort)
        is_place = isinstance(seq, int) and 0 < seq < MAX_CLOCK
        if is_ours and is_place and all(map(_is_sortable, values)):
            return _Key(values, seq, search.sort)
    except (ValueError, TypeError, RecursionError):
        pass
    raise _foreign_cursor()


def _is_sortable(value: Any) -> bool:
    match value:
        case [bool() | int() | float() | str() as scalar]:
            return not isinstance(scalar, bool) and scalar in (0, 1, 5, 6)
        case [int() as place, (bool() | int() | float() | str()) as scalar]:
            return place == rank(scalar)
    return False


def _foreign_cursor() -> QueryError:
    return QueryError(
        "this cursor does not belong to this query",
        remedy="use the next_cursor of a page of the same filter and sort order",
    )


__all__ = [
    "Page",
    "Plan",
    "Scan",
    "Search",
    "SortBy",
    "parse_filter",
    "parse_sort",
    "run",
]
