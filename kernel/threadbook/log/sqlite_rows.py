"""Rows of an SQLite store, and the errors of its driver."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from threadbook.errors import StoreCorrupt, StoreFormatError, StoreUnavailable
from threadbook.log.store import Row, Tip

COLUMNS = (
    "seq, id, canonical, sig, judged_by, recorded_at, chain,"
    " (SELECT text FROM name WHERE name.id = thread),"
    " (SELECT text FROM name WHERE name.id = actor),"
    " act, (SELECT text FROM name WHERE name.id = kind), kind IS NULL, clock"
)


def find_name(connection: sqlite3.Connection, names: dict[str, int], text: str) -> int | None:
    """Return the number of a name, None where it has none; `names` keeps those found."""
    if (number := names.get(text)) is not None:
        return number
    try:
        found = connection.execute("SELECT id FROM name WHERE text = ?", (text,)).fetchone()
    except UnicodeEncodeError:  # a lone surrogate is in no stored name
        return None
    if found is None:
        return None
    names[text] = found[0]  # a transaction that fails clears them all
    return names[text]


def find_row(connection: sqlite3.Connection, record_id: str) -> Row | None:
    """Return the row of this id."""
    found = connection.execute(
        f"SELECT {COLUMNS} FROM record WHERE id = ?",  # noqa: S608  a constant
        (digest_bytes(record_id),),
    ).fetchone()
    return None if found is None else row_of(found)


def tip_of(connection: sqlite3.Connection) -> Tip:
    """Return the noted end of the log."""
    found = connection.execute("SELECT seq, chain FROM tip").fetchone()
    if found is None:
        raise StoreCorrupt("the store has lost its tip")
    return Tip(*found)


def row_of(values: tuple[Any, ...]) -> Row:
    """Return the row that the values of COLUMNS are."""
    seq, digest, canonical, sig, judged_by, recorded_at, chain = values[:7]
    thread, actor, act, kind, has_no_kind, clock = values[7:]
    if not (isinstance(digest, bytes) and isinstance(canonical, bytes)):
        raise StoreCorrupt(f"seq {seq} holds values of another type than it should")
    return Row(
        seq=seq,
        id=digest.hex(),
        canonical=canonical,
        sig=sig,
        judged_by=judged_by,
        recorded_at=recorded_at,
        chain=chain,
        thread=thread or "",  # a name that is gone; verify reports it
        actor=actor or "",
        act=act,
        kind=None if has_no_kind else kind or "",
        clock=clock,
    )


def digest_bytes(digest: str) -> bytes:
    """Return the digest as stored; of text that is no digest, bytes that match nothing."""
    try:
        data = bytes.fromhex(digest)
    except ValueError:
        return b""
    return data if data.hex() == digest else b""  # fromhex also takes capitals and spaces


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the driver's errors into ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "")
        if name == "SQLITE_NOTADB":
            raise StoreFormatError(
                f"{path} is no SQLite database", remedy="name another file"
            ) from error
        raise StoreCorrupt(f"{path}: {error}") from error
    except UnicodeDecodeError as error:  # in a message of SQLite that quotes a damaged page
        raise StoreCorrupt(f"{path}: {error}") from error
    except OSError as error:
        raise StoreUnavailable(f"{path}: {error.strerror}") from error
