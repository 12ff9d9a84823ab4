"""A snapshot of an SQLite database: one compact file, while writers go on."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path


def snapshot(connection: sqlite3.Connection, to: Path) -> None:
    """Write what `connection` sees to the new file `to` (mode 0600), durable on return.

    `VACUUM INTO` reads one transaction, as the backup API does, but reads rows and not pages: the
    copy has rebuilt indexes, no unused pages that might still hold erased content, and a page that
    cannot be read is an error and not copied. Raises sqlite3.Error and OSError; an incomplete
    file is removed.
    """
    os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        connection.execute("VACUUM INTO ?", (str(to),))
        sync(to)
    except BaseException:
        to.unlink()
        raise


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are durable. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
