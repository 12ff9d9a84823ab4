"""The schema of an SQLite store: its migrations, and whether a file has it."""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from threadbook.errors import StoreFormatError
from threadbook.log import sqlite_query
from threadbook.log.snapshot import snapshot, sync

APPLICATION_ID = 0x74626B31
"""Marks the file as ours (`tbk1`), so that a foreign database is never written to."""

MIGRATIONS = (
    """
    -- Threads, actors and kinds are long and repeat: rows and indexes hold a number for them.
    CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE record (
        seq INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE,
        canonical BLOB NOT NULL,
        sig BLOB,
        judged_by TEXT,
        recorded_at INTEGER NOT NULL,
        chain BLOB NOT NULL,
        thread INTEGER NOT NULL,
        actor INTEGER NOT NULL,
        act TEXT NOT NULL,
        kind INTEGER,
        clock INTEGER NOT NULL,
        UNIQUE (thread, actor, clock)
    ) STRICT;
    CREATE INDEX record_thread ON record (thread);
    CREATE INDEX record_actor ON record (actor);
    CREATE INDEX record_kind ON record (kind);
    -- What the last commit left: rows cut off at the end are missed by comparing with it.
    CREATE TABLE tip (
        one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, chain BLOB NOT NULL
    ) STRICT;
    INSERT INTO tip VALUES (1, 0, zeroblob(32));
    -- A blob is complete, and visible, once it has a digest.
    CREATE TABLE blob (
        id INTEGER PRIMARY KEY, digest BLOB UNIQUE, size INTEGER, begun_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE chunk (
        blob INTEGER NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL,
        PRIMARY KEY (blob, number)
    ) STRICT;
    CREATE TABLE holder (name TEXT PRIMARY KEY, holder TEXT NOT NULL) STRICT;
    """,
    """
    -- What was computed from the records, such as a fold up to some seq.
    CREATE TABLE derived (name TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT;
    """,
    """
    -- Reading in the order of the clock; new entries come at its end, which is cheap.
    CREATE INDEX record_clock ON record (clock);
    -- Rows whose content was erased: an index of words that still has it takes it out.
    CREATE TABLE erased (seq INTEGER PRIMARY KEY) STRICT;
    """,
)
"""One script for each schema version, run in order; the file's `user_version` counts them."""


def migrate(connection: sqlite3.Connection, path: Path, patience: float) -> None:
    """Bring the schema to the newest version, one transaction for each step."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == len(MIGRATIONS):
        refuse_foreign(connection, path)
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":  # a restored copy
            _enter_wal(connection, patience)
        return
    if version > len(MIGRATIONS):
        refuse_foreign(connection, path)
        raise StoreFormatError(
            f"{path} has schema version {version}; this threadbook knows {len(MIGRATIONS)}",
            remedy="upgrade threadbook",
        )
    _prepare(connection, path, version)
    _enter_wal(connection, patience)
    for number, script in enumerate(MIGRATIONS, start=1):
        try:
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute("PRAGMA user_version").fetchone()[0] < number:
                for statement in statements(script):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _prepare(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Refuse a file that is not ours; keep ours as it was before an upgrade.

    An older threadbook cannot read the new one.
    """
    used = "SELECT count(*) FROM sqlite_schema", "PRAGMA application_id"
    if version or any(connection.execute(sql).fetchone()[0] for sql in used):
        refuse_foreign(connection, path)
    if not version:
        return
    when = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    snapshot(connection, draft)
    draft.rename(path.with_name(f"{path.name}.schema-{version}-{when}"))
    sync(path.parent)


def _enter_wal(connection: sqlite3.Connection, patience: float) -> None:
    """Switch to WAL; SQLite itself does not wait here for others that do the same."""
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            return


def _schema(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    """Return the definitions of all tables, indexes, triggers and views."""
    return set(
        connection.execute("SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_schema")
    )


def has_our_schema(connection: sqlite3.Connection) -> bool:
    """Tell whether tables, indexes and triggers are those of a threadbook store."""
    found, wanted = _schema(connection), _schema_wanted(MIGRATIONS)
    return wanted <= found and all(map(sqlite_query.is_declared_index, found - wanted))


@functools.cache
def _schema_wanted(migrations: tuple[str, ...]) -> set[tuple[str, ...]]:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        for script in migrations:
            for statement in statements(script):
                connection.execute(statement)
        return _schema(connection)


def refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StoreFormatError where the file is no threadbook store."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StoreFormatError(
            f"{path} is an SQLite database, but no threadbook store",
            remedy="name another file, or none to use the default",
        )


def statements(script: str) -> Iterator[str]:
    """Split a script; executescript would commit the transaction that it is to be part of."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
