"""Blobs in PostgreSQL: staged in rows of a chunk each, visible once they have a digest."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

import psycopg

from threadbook.errors import StoreUnavailable
from threadbook.log import crashpoints
from threadbook.log.postgres_connections import Connection
from threadbook.log.postgres_rows import change, digest_bytes, fetch

_ABANDONED_MS = 24 * 3600 * 1000
_LATE = "writing a blob took so long that it counted as abandoned"


def size_of(connection: Connection, digest: str) -> int | None:
    """Return the size in bytes of a complete blob, None where there is none."""
    found = fetch(connection, "SELECT size FROM blob WHERE digest = %s", digest_bytes(digest))
    return next((size for (size,) in found), None)


def chunk_of(connection: Connection, digest: str, number: int) -> bytes | None:
    """Return the chunk of this number, counted from 0; None after the last."""
    found = fetch(
        connection,
        "SELECT data FROM chunk JOIN blob ON blob.id = blob WHERE digest = %s AND number = %s",
        digest_bytes(digest),
        number,
    )
    return next((data for (data,) in found), None)


def digests(connection: Connection) -> list[str]:
    """Return the digests of all complete blobs."""
    found = fetch(connection, "SELECT digest FROM blob WHERE digest IS NOT NULL ORDER BY id")
    return [digest.hex() for (digest,) in found]


def erase(connection: Connection, digest: str) -> bool:
    """Remove a blob and, through their foreign key, its chunks; return whether it was there."""
    return change(connection, "DELETE FROM blob WHERE digest = %s", digest_bytes(digest)) == 1


def write(use: Callable[[], AbstractContextManager[Connection]], chunks: Iterable[bytes]) -> str:
    """Store a blob and return its digest.

    One of a single chunk is one statement. Of others, each chunk is a commit of its own under a
    blob without a digest, so that a large one neither has to fit in memory nor is one transaction.
    """
    staged: int | None = None
    digest, size, number, last = hashlib.sha256(), 0, 0, b""
    for chunk in chunks:
        if size:  # the one before was not the last
            with use() as connection:
                staged = staged or _begin(connection)
                _add(connection, staged, number, last)
            number += 1
            crashpoints.reach("blob:chunk")
        digest.update(chunk)
        size, last = size + len(chunk), chunk
    with use() as connection:
        if staged is None:
            _write_small(connection, digest.digest(), last)
        else:
            _add(connection, staged, number, last)
            crashpoints.reach("blob:chunk")
            _finish(connection, staged, digest.digest(), size)
    return digest.hexdigest()


def _write_small(connection: Connection, digest: bytes, data: bytes) -> None:
    change(
        connection,
        "WITH new AS (INSERT INTO blob (digest, size, begun_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (digest) DO NOTHING RETURNING id)"
        " INSERT INTO chunk SELECT id, 0, %s FROM new WHERE %s > 0",
        digest,
        len(data),
        _now(),
        data,
        len(data),
    )


def _begin(connection: Connection) -> int:
    change(
        connection,
        "DELETE FROM blob WHERE digest IS NULL AND begun_at < %s",
        _now() - _ABANDONED_MS,
    )
    ((staged,),) = fetch(connection, "INSERT INTO blob (begun_at) VALUES (%s) RETURNING id", _now())
    return int(staged)


def _add(connection: Connection, staged: int, number: int, chunk: bytes) -> None:
    try:
        change(connection, "INSERT INTO chunk VALUES (%s, %s, %s)", staged, number, chunk)
    except psycopg.errors.ForeignKeyViolation as error:
        raise StoreUnavailable(_LATE) from error


def _finish(connection: Connection, staged: int, digest: bytes, size: int) -> None:
    try:
        done = change(
            connection,
            "UPDATE blob SET digest = %s, size = %s WHERE id = %s",
            digest,
            size,
            staged,
        )
    except psycopg.errors.UniqueViolation:  # it is there already
        change(connection, "DELETE FROM blob WHERE id = %s", staged)
    else:
        if not done:
            raise StoreUnavailable(_LATE)


def _now() -> int:
    return time.time_ns() // 1_000_000
