"""Reading rows that may match a filter from SQLite, some thousand at a time.

Nothing is left to the planner, whose choice among several indexes would be a guess: one condition
is chosen to drive the search, its index is named, and the others only pick from what it finds.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from threadbook.log.filters import And, Compares, Equals, Filter, Like, OneOf, Path, parse_indexable
from threadbook.log.sqlite_terms import (
    NAMED,
    Number,
    Sql,
    condition,
    extracted,
    indexable,
    joined,
    json_path,
)
from threadbook.log.store import Order, Position

WINDOW = 2000
"""How many rows one call looks at: for so long appends by the same process wait."""

_FEW = 5000
"""So many rows are sorted for each page, if that spares reading all others."""


class Driver(NamedTuple):
    """A condition that an index answers; `is_point` if it does in the order of seq."""

    rank: int
    path: str
    name: str
    part: Filter
    condition: Sql
    is_point: bool


class Found(NamedTuple):
    """What a look at some rows gave; see store.Candidates."""

    rows: list[tuple[Any, ...]]
    resume: Position | None
    scanned: int
    indexed: tuple[str, ...]
    sql: str
    bind_count: int


def candidates(
    connection: sqlite3.Connection,
    query: Filter,
    order: Order,
    *,
    after: Position | None,
    limit: int,
    columns: str,
    number: Number,
) -> Found:
    """Return rows that may match behind `after`; `columns` begin with seq and end with clock."""
    parts = query.parts if isinstance(query, And) else (query,)
    driver = _driver(connection, parts, order, number)
    source = "record NOT INDEXED" if order.by == "sequence" else "record INDEXED BY record_clock"
    where = []
    if driver is not None:
        source = f"record INDEXED BY {driver.name}"
        where.append(driver.condition)
        parts = tuple(part for part in parts if part is not driver.part)
    terms = [term for part in parts if (term := condition(part, number))]
    if after is not None:
        where.append(_compared(">", "<", after, order))
    window = _window(connection, source, where, order) if terms else []
    if window:
        where.append(_compared("<=", ">=", window[-1], order))
    wanted = joined("AND", [*where, *terms])
    # Columns, names of indexes and JSON paths are ours or checked; all else is bound.
    sql = f"SELECT {columns} FROM {source} WHERE {wanted.text} {_ordered(order)} LIMIT ?"  # noqa: S608
    rows = connection.execute(sql, (*wanted.values, limit)).fetchall()
    resume = None
    if len(rows) == limit:
        resume = Position(rows[-1][0 if order.by == "sequence" else -1], rows[-1][0])
    elif len(window) == WINDOW:
        resume = window[-1]
    return Found(
        rows=rows,
        resume=resume,
        scanned=_scanned(window, rows, resume),
        indexed=() if driver is None else (driver.path,),
        sql=sql,
        bind_count=len(wanted.values) + 1,
    )


def index_sql(path: Path) -> tuple[str, str]:
    """Return the name of the index on a body path and the statement that creates it."""
    # Names of indexes do not tell capitals from small letters, paths do.
    name = f"body_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    value = extracted(json_path(path))
    return name, f"CREATE INDEX {name} ON record ({value}) WHERE {value} IS NOT NULL"


def is_declared_index(entry: tuple[str, ...]) -> bool:
    """Tell whether a row of the schema is an index that `index_sql` describes."""
    kind, name, table, sql = entry
    found = _INDEXED.search(sql)
    if (kind, table) != ("index", "record") or found is None:
        return False
    segments = tuple(found[1].strip('."').split('"."'))
    return index_sql(Path("body", segments)) == (name, sql)


_INDEXED = re.compile(r"'\$\.body((?:\.\"[A-Za-z0-9_-]+\")+)'")


def declared_indexes(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the names of the indexes on body paths."""
    found = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND name GLOB 'body_*'"
    )
    return frozenset(name for (name,) in found)


def create_index(connection: sqlite3.Connection, text: str) -> None:
    """Create the index on a body path unless it is there; inside a transaction."""
    name, sql = index_sql(parse_indexable(text))
    if name not in declared_indexes(connection):
        connection.execute(sql)


def _driver(
    connection: sqlite3.Connection, parts: tuple[Filter, ...], order: Order, number: Number
) -> Driver | None:
    """Return the narrowest condition that an index answers, None where there is none.

    What it finds has to be sorted, except a single value in the order of seq: then it has to be
    little, or reading in order and leaving out what does not fit is better.
    """
    declared = declared_indexes(connection)
    for driver in sorted(_drivers(parts, declared, number), key=lambda found: found.rank):
        if driver.is_point and order.by == "sequence":
            return driver
        found = connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM record"  # noqa: S608  as in `candidates`
            f" INDEXED BY {driver.name} WHERE {driver.condition.text} LIMIT ?)",
            (*driver.condition.values, _FEW + 1),
        ).fetchone()
        if found[0] <= _FEW:
            return driver
    return None


def _drivers(
    parts: tuple[Filter, ...], declared: frozenset[str], number: Number
) -> Iterator[Driver]:
    for part in parts:
        if not isinstance(part, (Equals, Compares, OneOf, Like)):
            continue
        field, term = part.path.field, condition(part, number)
        is_point = isinstance(part, Equals)
        is_listed = isinstance(part, (Equals, OneOf))
        if term is None:
            continue
        if field == "id" and is_listed:
            yield Driver(0, "id", "sqlite_autoindex_record_1", part, term, is_point)
        elif field in NAMED and is_listed:
            rank = {"thread": 2, "kind": 3, "actor": 4}[field] + (0 if is_point else 4)
            yield Driver(rank, field, f"record_{field}", part, term, is_point)
        elif field == "body" and (term := indexable(part)):
            name, _ = index_sql(part.path)
            if name in declared:
                rank = 1 if is_point else 5 if is_listed else 9
                is_point = is_point and term.text.endswith("= ?")  # no range around a fraction
                yield Driver(rank, str(part.path), name, part, term, is_point)


def _window(
    connection: sqlite3.Connection, source: str, where: list[Sql], order: Order
) -> list[Position]:
    """Return the positions of the next rows that the driver finds."""
    column = "seq" if order.by == "sequence" else "clock"
    wanted = joined("AND", where)
    found = connection.execute(
        f"SELECT {column}, seq FROM {source} WHERE {wanted.text} {_ordered(order)} LIMIT ?",  # noqa: S608
        (*wanted.values, WINDOW),
    )
    return [Position(*values) for values in found]


def _ordered(order: Order) -> str:
    direction = "DESC" if order.descending else "ASC"
    if order.by == "sequence":
        return f"ORDER BY seq {direction}"
    return f"ORDER BY clock {direction}, seq {direction}"


def _compared(ascending: str, descending: str, place: Position, order: Order) -> Sql:
    sign = descending if order.descending else ascending
    if order.by == "sequence":
        return Sql(f"seq {sign} ?", (place.seq,))
    return Sql(f"(clock, seq) {sign} (?, ?)", tuple(place))


def _scanned(window: list[Position], rows: list[tuple[Any, ...]], resume: Position | None) -> int:
    if not window:  # without a condition to pick by
        return len(rows)
    return window.index(resume) + 1 if resume in window else len(window)
