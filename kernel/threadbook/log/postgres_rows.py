"""Rows as PostgreSQL keeps them: which columns, and what text and digests are in them."""

from __future__ import annotations

from typing import Any

from threadbook.errors import StoreCorrupt
from threadbook.log.postgres_connections import Connection
from threadbook.log.store import Row, Tip

COLUMNS = (
    "seq, id, canonical, sig, judged_by, recorded_at, chain,"
    " (SELECT text FROM name WHERE name.id = thread),"
    " (SELECT text FROM name WHERE name.id = actor),"
    " act, (SELECT text FROM name WHERE name.id = kind), kind IS NULL, clock"
)
"""What `row_of` takes, in its order."""

NUMBER = "(SELECT id FROM name WHERE sha256(text) = sha256(%s))"
"""The number of a name, given as bytes; NULL where it has none."""

INSERT = (
    "INSERT INTO record VALUES (%s, %s, %s, %s, %s, %s, %s,"
    " number_of(%s), number_of(%s), %s, number_of(%s), %s)"
)
"""Takes what `values_of` returns."""

FIND = f"SELECT {COLUMNS} FROM record WHERE id = %s"  # noqa: S608  a constant
TIP = "SELECT seq, chain, commits FROM tip"


def fetch(connection: Connection, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Return all that a query finds."""
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(query.encode(), values).fetchall()


def change(connection: Connection, statement: str, *values: object) -> int:
    """Run a statement and return how many rows it changed."""
    return connection.execute(statement.encode(), values).rowcount


def row_of(values: tuple[Any, ...]) -> Row:
    """Return the row in the values of `COLUMNS`."""
    seq, digest, canonical, sig, judged_by, recorded_at, chain = values[:7]
    thread, actor, act, kind, has_no_kind, clock = values[7:]
    return Row(
        seq=seq,
        id=digest.hex(),
        canonical=canonical,
        sig=sig,
        judged_by=None if judged_by is None else as_text(judged_by),
        recorded_at=recorded_at,
        chain=chain,
        thread=as_text(thread),
        actor=as_text(actor),
        act=as_text(act),
        kind=None if has_no_kind else as_text(kind),
        clock=clock,
    )


def values_of(row: Row) -> tuple[Any, ...]:
    """Return the values for `INSERT`."""
    return (
        row.seq,
        bytes.fromhex(row.id),
        row.canonical,
        row.sig,
        None if row.judged_by is None else as_bytes(row.judged_by),
        row.recorded_at,
        row.chain,
        as_bytes(row.thread),
        as_bytes(row.actor),
        as_bytes(row.act),
        None if row.kind is None else as_bytes(row.kind),
        row.clock,
    )


def tip_of(found: list[tuple[Any, ...]]) -> tuple[Tip, int]:
    """Return the tip and the number of commits, as `TIP` finds them."""
    if not found:
        raise StoreCorrupt("the store has lost its tip")
    seq, chain, commits = found[0]
    return Tip(seq, chain), commits


def as_bytes(text: str) -> bytes:
    """Return text as stored; a lone surrogate, which no record holds, matches nothing."""
    return text.encode(errors="surrogatepass")


def as_text(data: bytes | None) -> str:
    """Return stored text; what is damaged or gone is told by verify and must not end the read."""
    return "" if data is None else data.decode(errors="surrogateescape")


def digest_bytes(digest: str) -> bytes:
    """Return the digest as stored; of text that is no digest, bytes that match nothing."""
    try:
        data = bytes.fromhex(digest)
    except ValueError:
        return b""
    return data if data.hex() == digest else b""  # fromhex also takes capitals and spaces
