"""Files of SQLite stores: where they are, how a new one takes its place, how an old one leaves."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from threadbook.errors import ConfigError, StoreCorrupt, StoreUnavailable
from threadbook.log.log import BLOBS, Log, open_log
from threadbook.log.snapshot import snapshot, sync

_PREFIX = "sqlite:///"
BESIDE = ("-wal", "-shm", "-journal", "-words", "-words-wal", "-words-shm")
"""What SQLite keeps beside a database, and the index of its words, by the end of its name."""


def url_of(path: Path) -> str:
    """Return the store URL of an SQLite file."""
    return f"{_PREFIX}{path.absolute()}"


def file_of(url: str) -> Path | None:
    """Return the file of an SQLite store URL, None for other stores. Its blobs may be elsewhere."""
    store = url.partition(BLOBS)[0]
    return Path(store.removeprefix(_PREFIX)) if store.startswith(_PREFIX) else None


def beside(path: Path) -> list[Path]:
    """Return the files that SQLite keeps beside a database, those there are."""
    candidates = [path.with_name(path.name + end) for end in BESIDE]
    return [candidate for candidate in candidates if candidate.exists()]


def stamp() -> str:
    """Return the time in UTC as part of a file name; names sort by it."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


@contextmanager
def draft_beside(target: Path) -> Iterator[Path]:
    """Yield the path of a file to be, in the folder of `target`; what is left of it goes."""
    with reported(target):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f".{target.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        yield draft
    finally:
        for file in (draft, *beside(draft)):
            file.unlink(missing_ok=True)


def copy_file(source: Path, draft: Path) -> None:
    """Write a consistent copy of an SQLite store, whoever else writes to it, to a new file.

    Raises StoreUnavailable and StoreCorrupt.
    """
    with reported(source):
        if not source.is_file():
            raise ConfigError(f"there is no store at {source}", remedy="name the file of one")
        with contextlib.closing(sqlite3.connect(source, isolation_level=None)) as connection:
            snapshot(connection, draft)


def copy_bytes(source: Path, draft: Path) -> None:
    """Copy a database file and what is beside it as they are, to mode 0600."""
    with reported(source):
        if not source.is_file():
            raise ConfigError(f"there is no file {source}", remedy="name the file to read")
        for end in ("", "-wal", "-journal"):
            file = source.with_name(source.name + end)
            if file.exists():
                copy = draft.with_name(draft.name + end)
                os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                shutil.copyfile(file, copy)


@contextmanager
def opened(path: Path) -> Iterator[Log]:
    """Open a log in a file that is ours alone, and leave it a single, durable file."""
    with open_log(url_of(path)) as log:
        yield log
    with reported(path):
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
        sync(path)


def publish(draft: Path, target: Path, *, replace: bool = False) -> None:
    """Let a complete file take its name at once. Raises ConfigError where it is taken."""
    with reported(target):
        if replace:
            draft.replace(target)
        else:
            try:
                os.link(draft, target)
            except FileExistsError:
                raise ConfigError(f"{target} is there already", remedy="name another") from None
        sync(target.parent)


def move_aside(target: Path) -> Path:
    """Move a database and what is beside it into a new folder, and return that.

    The database goes last: what SQLite keeps beside one must never meet another.
    """
    with reported(target):
        name, number = f"{target.name}.replaced-{stamp()}", 1
        folder = target.with_name(name)
        while folder.exists():
            number += 1
            folder = target.with_name(f"{name}-{number}")
        folder.mkdir(mode=0o700)
        for file in (*beside(target), target):
            if file.exists():
                file.rename(folder / file.name)
        sync(target.parent)
    return folder


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn errors of the system and of SQLite into ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise StoreCorrupt(f"{path}: {error}") from error
    except OSError as error:
        raise StoreUnavailable(f"{error.filename or path}: {error.strerror or error}") from error
