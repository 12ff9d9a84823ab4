"""Migration: a whole log into another store, and what schema a store has."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable

import msgspec

from threadbook.errors import ConfigError
from threadbook.log.log import open_log
from threadbook.log.sqlite_schema import APPLICATION_ID, MIGRATIONS
from threadbook.ops.copy import Copied, check_copy, copy_log
from threadbook.ops.files import file_of, reported


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """The schema version of an SQLite store, and the newest that this threadbook knows."""

    version: int
    newest: int

    @property
    def is_current(self) -> bool:
        """Whether nothing is to be done."""
        return self.version == self.newest


def migrate(
    source_url: str, target_url: str, *, progress: Callable[[int], None] | None = None
) -> Copied:
    """Copy a log into another store, which is empty or holds what an earlier call copied.

    Ids, seqs, times and chain stay, and with them every proof. At the end the target is verified
    and compared. Records that are appended to the source meanwhile are copied by another call.
    Raises ProofError where the target holds anything else, StoreError where a store fails.
    """
    if source_url == target_url:
        raise ConfigError("source and target are the same store", remedy="name another target")
    file = file_of(source_url)
    if file is not None and not file.exists():
        raise ConfigError(f"there is no store at {file}", remedy="name the store to copy")
    with open_log(source_url) as source, open_log(target_url) as target:
        copied = copy_log(source, target, progress=progress)
        check_copy(source, target)
    return copied


def schema_of(store_url: str) -> Schema:
    """Return the schema of an SQLite store without upgrading it. Raises ConfigError."""
    file = file_of(store_url)
    if file is None:
        raise ConfigError("only SQLite stores have a schema file", remedy="name a file")
    if not file.exists():
        raise ConfigError(f"there is no store at {file}", remedy="name the file of one")
    with reported(file), contextlib.closing(sqlite3.connect(file)) as connection:
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    if mark != APPLICATION_ID:
        raise ConfigError(f"{file} is no threadbook store", remedy="name the file of one")
    return Schema(version=version, newest=len(MIGRATIONS))
