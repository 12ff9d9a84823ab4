"""Reading from Redis: rows by seq or by clock, narrowed by the indexes.

What is asked for is groups of indexes, one for each column: a row has to be in one index of each.
Rows come in answers of bounded size, as Redis serves nobody else meanwhile.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from threadbook.errors import StoreCorrupt
from threadbook.log import redis_scripts
from threadbook.log.filters import Filter, required
from threadbook.log.redis_connection import Connection
from threadbook.log.redis_layout import INDEXED, Keys, order_entry, unpacked
from threadbook.log.store import Candidates, Order, Position, Query, Row

Groups = list[list[bytes]]

_LAST = 2**53
"""The largest number that Lua counts to."""
_SORTED = 20_000
"""Up to how many entries of an index are sorted by clock for one page."""


class _Page(NamedTuple):
    """Some rows, how many looks they took, and where to go on, if there may be more."""

    rows: list[Row]
    looks: int
    resume: Position | None


_EMPTY = _Page([], 0, None)


class Reader:
    """Reads the rows of one log."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    def rows(self, query: Query, *, after: int, limit: int, newest_first: bool) -> list[Row]:
        """See Store.rows."""
        groups = self._groups(query)
        first, last, limit = _clamped(after) + 1, _LAST, _clamped(limit)
        found: list[Row] = []
        self._connection.refuse_if_closed()
        while len(found) < limit:
            page = self._by_seq(groups, first, last, limit - len(found), newest_first)
            found += page.rows
            if page.resume is None:
                break
            if newest_first:
                last = page.resume.seq - 1
            else:
                first = page.resume.seq + 1
        return found

    def candidates(
        self, query: Filter, order: Order, after: Position | None, limit: int
    ) -> Candidates:
        """See Store.candidates."""
        columns = {name: found for name in INDEXED if (found := required(query, name)) is not None}
        groups = [
            [self._keys.index(column, text) for text in texts if isinstance(text, str)]
            for column, texts in columns.items()
        ]
        self._connection.refuse_if_closed()
        if not all(groups):  # nothing can be that
            page = _EMPTY
        elif order.by == "clock":
            page = self._by_clock(groups, order, after, limit)
        else:
            first, last = 1, _LAST
            if after is not None and order.descending:
                last = _clamped(after.seq) - 1
            elif after is not None:
                first = _clamped(after.seq) + 1
            page = self._by_seq(groups, first, last, limit, order.descending)
        return Candidates(
            rows=page.rows, resume=page.resume, scanned=page.looks, indexed=tuple(columns)
        )

    def before(self, query: Query, before: int, limit: int) -> Candidates:
        """Return rows with a seq below `before`, the newest first; see Store.find."""
        page = self._by_seq(self._groups(query), 1, _clamped(before) - 1, limit, newest_first=True)
        return Candidates(rows=page.rows, resume=page.resume, scanned=page.looks)

    def _groups(self, query: Query) -> Groups:
        wanted = ((column, getattr(query, column)) for column in INDEXED)
        return [[self._keys.index(column, text)] for column, text in wanted if text is not None]

    def _by_seq(
        self, groups: Groups, first: int, last: int, limit: int, newest_first: bool
    ) -> _Page:
        keys = [self._keys.tip, self._keys.rows, *(key for group in groups for key in group)]
        values = [first, last, limit, int(newest_first), *map(len, groups)]
        cursor, looks, rows = _answer(self._connection.run(redis_scripts.READ, keys, values))
        if not cursor:
            return _Page(rows, looks, None)
        seq = int(cursor) + (1 if newest_first else -1)
        return _Page(rows, looks, Position(seq, seq))

    def _by_clock(self, groups: Groups, order: Order, after: Position | None, limit: int) -> _Page:
        if (smallest := self._small_group(groups)) is not None:
            return self._sorted_by_clock(smallest, order, after, limit)
        keys = [self._keys.tip, self._keys.rows, self._keys.order]
        keys += [key for group in groups for key in group]
        begin = b"+" if order.descending else b"-"
        if after is not None:
            begin = b"(" + order_entry(*(min(max(number, 0), 2**64 - 1) for number in after))
        values = [begin, limit, int(order.descending), *map(len, groups)]
        found = self._connection.run(redis_scripts.READ_BY_CLOCK, keys, values)
        cursor, looks, rows = _answer(found)
        if not cursor:
            return _Page(rows, looks, None)
        resume = Position(int.from_bytes(cursor[1:9]), int.from_bytes(cursor[9:]))
        return _Page(rows, looks, resume)

    def _small_group(self, groups: Groups) -> list[bytes] | None:
        """Return the group with the fewest rows, None where it is quicker to go through all."""
        if not groups:
            return None
        with self._connection.use() as client, client.pipeline(transaction=False) as pipeline:
            for key in (key for group in groups for key in group):
                pipeline.execute_command("XLEN", key)
            lengths = iter(pipeline.execute())
        sizes = [sum(next(lengths) for _ in group) for group in groups]
        return groups[sizes.index(min(sizes))] if min(sizes) <= _SORTED else None

    def _sorted_by_clock(
        self, group: list[bytes], order: Order, after: Position | None, limit: int
    ) -> _Page:
        entries = (entry for key in group for entry in entries_of(self._connection, key, _LAST))
        places = sorted(Position(clock, seq) for seq, clock in entries)
        if order.descending:
            end = len(places) if after is None else bisect_left(places, after)
            page, is_last = places[max(end - limit, 0) : end][::-1], end <= limit
        else:
            start = 0 if after is None else bisect_right(places, after)
            page, is_last = places[start : start + limit], start + limit >= len(places)
        if not page:
            return _EMPTY
        seqs = [place.seq for place in page]
        found = self._connection.do("HMGET", self._keys.rows, *seqs)
        rows = [unpacked(b"%d" % seq, data) for seq, data in zip(seqs, found, strict=True)]
        return _Page(rows, len(rows), None if is_last else page[-1])


def entries_of(connection: Connection, key: bytes, last: int) -> Iterator[tuple[int, int]]:
    """Yield seq and clock of all entries of an index, up to a last seq."""
    first = 0
    while text := connection.run(redis_scripts.LIST, [key], [first, last]):
        numbers = list(map(int, text.split()))
        yield from zip(numbers[::2], numbers[1::2], strict=True)
        first = numbers[-2] + 1


def _answer(found: list[Any] | None) -> tuple[bytes, int, list[Row]]:
    """Take apart what a reading script returned."""
    if found is None:
        raise StoreCorrupt("the store has lost its tip")
    cursor, looks, *parts = found
    return cursor, looks, [unpacked(*pair) for pair in zip(parts[::2], parts[1::2], strict=True)]


def _clamped(number: int) -> int:
    return min(max(number, 0), _LAST)
