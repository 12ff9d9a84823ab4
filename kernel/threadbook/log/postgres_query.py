"""Reading rows that may match a filter from PostgreSQL, some thousand at a time.

One condition is chosen to drive the search, by an index that finds its rows; the others only pick
from a window of what it finds, so that no call takes long however rare a match is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple

from threadbook.log.filters import And, Equals, Filter, OneOf, Path, parse_indexable
from threadbook.log.postgres_connections import Connection
from threadbook.log.postgres_rows import COLUMNS, fetch, row_of
from threadbook.log.postgres_terms import NAMED, Sql, condition, joined, value_sql
from threadbook.log.store import Candidates, Order, Position

WINDOW = 2000
"""How many rows one call looks at."""

_RANKS = {"id": 0, "thread": 2, "kind": 3, "actor": 4}
_INDEXED_PATH = re.compile(r"#> '\{([^}']*)\}'::text\[\]")


class Driver(NamedTuple):
    """A condition that an index answers; of several, the one of the lowest rank is taken."""

    rank: int
    path: str
    condition: Sql


def candidates(
    connection: Connection, query: Filter, order: Order, *, after: Position | None, limit: int
) -> Candidates:
    """Return rows that may match behind `after`; see Store.candidates."""
    parts = query.parts if isinstance(query, And) else (query,)
    driver = min(_drivers(connection, parts), default=None, key=lambda found: found.rank)
    where = [] if driver is None else [driver.condition]
    terms = [t for part in parts if (t := condition(part)) and t not in where]
    if after is not None:
        where.append(_compared("<" if order.descending else ">", after, order))
    window = _window(connection, where, order) if terms else []
    if window:
        where.append(_compared(">=" if order.descending else "<=", window[-1], order))
    wanted = joined("AND", [*where, *terms])
    # Columns and paths are ours or checked; all else is bound. The limit is in the text, as the
    # plan depends on it.
    sql = f"SELECT {COLUMNS} FROM record WHERE {wanted.text} {_ordered(order)} LIMIT {limit:d}"  # noqa: S608
    rows = [row_of(values) for values in fetch(connection, sql, *wanted.values)]
    resume = None
    if len(rows) == limit:
        last = rows[-1]
        resume = Position(last.seq if order.by == "sequence" else last.clock, last.seq)
    elif len(window) == WINDOW:
        resume = window[-1]
    scanned = len(window) if resume not in window else window.index(resume) + 1
    return Candidates(
        rows=rows,
        resume=resume,
        scanned=scanned if window else len(rows),
        indexed=() if driver is None else (driver.path,),
        sql=sql,
        bind_count=len(wanted.values),
    )


def create_index(connection: Connection, text: str) -> None:
    """Create the index on a body path unless it is there. Raises QueryError."""
    name, sql = _index(parse_indexable(text))
    if name not in _declared(connection):
        sql = sql.replace("INDEX", "INDEX IF NOT EXISTS", 1)
        connection.execute(sql.encode(), prepare=False)


def is_declared_index(definition: str) -> bool:
    """Tell whether a definition, as PostgreSQL shows it, is that of an index on a body path."""
    found = _INDEXED_PATH.search(definition)
    if found is None:
        return False
    segments = tuple(found[1].replace('"', "").split(","))
    return _index(Path("body", segments))[1] == definition


def _index(path: Path) -> tuple[str, str]:
    """Return the name of the index on a body path and the statement that creates it.

    It is one of hashes: what it holds may be longer than an entry of any other.
    """
    name = f"body_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    return name, f"CREATE INDEX {name} ON record USING hash ({value_sql(path)})"


def _declared(connection: Connection) -> frozenset[str]:
    found = fetch(
        connection,
        "SELECT relname::text FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid"
        " WHERE indrelid = 'record'::regclass AND starts_with(relname, 'body_')",
    )
    return frozenset(name for (name,) in found)


def _drivers(connection: Connection, parts: tuple[Filter, ...]) -> Iterator[Driver]:
    declared: frozenset[str] | None = None
    for part in parts:
        if not isinstance(part, Equals | OneOf):
            continue
        field, term = part.path.field, condition(part)
        if term is None:
            continue
        many = 0 if isinstance(part, Equals) else 4
        if field in _RANKS and (field == "id" or field in NAMED):
            yield Driver(_RANKS[field] + many, field, term)
        elif field == "body" and not part.path.may_enter_list:
            declared = _declared(connection) if declared is None else declared
            if _index(part.path)[0] in declared:
                yield Driver(1 + many, str(part.path), term)


def _window(connection: Connection, where: list[Sql], order: Order) -> list[Position]:
    """Return the positions of the next rows that the driver finds."""
    column = "seq" if order.by == "sequence" else "clock"
    wanted = joined("AND", where)
    found = fetch(
        connection,
        f"SELECT {column}, seq FROM record WHERE {wanted.text}"  # noqa: S608  as above
        f" {_ordered(order)} LIMIT {WINDOW}",
        *wanted.values,
    )
    return [Position(*values) for values in found]


def _ordered(order: Order) -> str:
    direction = "DESC" if order.descending else "ASC"
    if order.by == "sequence":
        return f"ORDER BY seq {direction}"
    return f"ORDER BY clock {direction}, seq {direction}"


def _compared(sign: str, place: Position, order: Order) -> Sql:
    if order.by == "sequence":
        return Sql(f"seq {sign} %s", (place.seq,))
    return Sql(f"(clock, seq) {sign} (%s, %s)", tuple(place))
