"""The words of a log in SQLite's full-text index, in a file of its own beside the log's.

The file is derived from the log and may be deleted at any time. It is apart so that catching up,
which can take minutes, keeps no append waiting, and so that a copy of the log is no larger than
the log. It knows which row lists which words, but neither their order nor the text; that is
checked against the records themselves.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from threadbook.errors import CanonicalError
from threadbook.log.store import EMPTY, Query, Row, Tip
from threadbook.log.words import Phrase, strings_in, words_of
from threadbook.records.record import Record

VERSION = f"1 {unicodedata.unidata_version}"
"""Names the form of words; an index of another form is built afresh."""

_SCHEMA = (
    "CREATE TABLE state (version TEXT NOT NULL, seq INTEGER NOT NULL, chain BLOB NOT NULL) STRICT",
    # Rows that were erased and taken out.
    "CREATE TABLE erased (seq INTEGER PRIMARY KEY) STRICT",
    # The tokenizer splits at ASCII punctuation and spaces only: words are as we made them.
    """
    CREATE VIRTUAL TABLE word
        USING fts5 (words, tokenize = 'ascii', detail = none, columnsize = 0)
    """,
)
_TABLES = ("state", "erased", "word")

T = TypeVar("T")


class SqliteWords:
    """Which rows have which words, as far as the index has been caught up.

    Safe to use from several threads and processes. A file that cannot be used is replaced.
    """

    def __init__(self, path: Path, *, busy_timeout: float) -> None:
        self.path = path
        self.lock = threading.RLock()
        self._busy_timeout = busy_timeout
        self._connection: sqlite3.Connection | None = None

    def tip(self) -> Tip:
        """Return up to which row the words are known."""
        return self._attempt(_tip)

    def reset(self) -> None:
        """Forget all: the log is another one than the index was made from."""

        def run(connection: sqlite3.Connection) -> None:
            with _transaction(connection):
                _create(connection)

        self._attempt(run)

    def add(self, rows: list[Row], *, after: Tip) -> None:
        """Add the words of the rows that follow on `after`; nothing if somebody else has."""

        def run(connection: sqlite3.Connection) -> None:
            with _transaction(connection):
                if _tip(connection) == after:
                    connection.executemany(
                        "INSERT INTO word (rowid, words) VALUES (?, ?)",
                        ((row.seq, _line(row)) for row in rows),
                    )
                    new = rows[-1].seq, rows[-1].chain
                    connection.execute("UPDATE state SET seq = ?, chain = ?", new)

        self._attempt(run)

    def remove(self, seqs: Iterable[int]) -> None:
        """Take out the words of rows that were erased; nothing of them stays in the file."""

        def run(connection: sqlite3.Connection) -> None:
            upto = _tip(connection).seq
            done = {seq for (seq,) in connection.execute("SELECT seq FROM erased")}
            new = [(seq,) for seq in seqs if seq not in done and seq <= upto]
            if not new:
                return
            with _transaction(connection):
                connection.executemany("DELETE FROM word WHERE rowid = ?", new)
                connection.executemany("INSERT OR IGNORE INTO erased VALUES (?)", new)
                # The index keeps what was deleted until it is written afresh.
                connection.execute("INSERT INTO word (word) VALUES ('optimize')")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        if self.path.exists():
            self._attempt(run)

    def seqs(
        self, phrases: tuple[Phrase, ...], query: Query, *, before: int, limit: int
    ) -> list[int]:
        """Return the seqs of rows below `before` that have all words, the newest first."""
        wanted = " AND ".join(f'"{term}"' for term in _places(query))
        for phrase in phrases:
            *front, last = phrase.words
            terms = [f'"{word}"' for word in front] + [f'"{last}"' + " *" * phrase.is_prefix]
            wanted = " AND ".join([wanted, *terms] if wanted else terms)

        def run(connection: sqlite3.Connection) -> list[int]:
            found = connection.execute(
                "SELECT rowid FROM word WHERE word MATCH ? AND rowid < ?"
                " ORDER BY rowid DESC LIMIT ?",
                (wanted, before, limit),
            )
            return [seq for (seq,) in found]

        return self._attempt(run)

    def close(self) -> None:
        """Close the file; it is opened again when needed."""
        with self.lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _attempt(self, run: Callable[[sqlite3.Connection], T]) -> T:
        """Run with a connection; where the file is damaged or of another version, on a new one."""
        with self.lock:
            try:
                return run(self._open())
            except sqlite3.OperationalError:  # such as a full disk, which a new file does not help
                raise
            except sqlite3.DatabaseError:
                self.close()
                for suffix in ("", "-wal", "-shm"):
                    Path(f"{self.path}{suffix}").unlink(missing_ok=True)
                return run(self._open())

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            # 0600 from the first moment, like the log itself.
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            connection = sqlite3.connect(
                self.path,
                timeout=self._busy_timeout,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                connection.execute("PRAGMA trusted_schema = OFF")
                connection.execute("PRAGMA journal_mode = WAL")
                # A commit that is lost with the power is made again.
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute("PRAGMA secure_delete = ON")
                with _transaction(connection):
                    if _version(connection) != VERSION:
                        _create(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _create(connection: sqlite3.Connection) -> None:
    for table in _TABLES:
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in _SCHEMA:
        connection.execute(statement)
    connection.execute("INSERT INTO state VALUES (?, ?, ?)", (VERSION, *EMPTY))


def _version(connection: sqlite3.Connection) -> Any:
    known = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'state'").fetchone()
    if not known[0]:
        return None
    return next((v for (v,) in connection.execute("SELECT version FROM state")), None)


def _tip(connection: sqlite3.Connection) -> Tip:
    return Tip(*connection.execute("SELECT seq, chain FROM state").fetchone())


def _line(row: Row) -> str:
    """Return what is indexed of a row: its words, each once, and where it belongs."""
    try:
        body = Record.decode(row.canonical).body
    except CanonicalError:  # damaged: verify reports it
        body = {}
    words = {word for text in strings_in(body) for word in words_of(text)}
    place = Query(thread=row.thread, actor=row.actor, act=row.act, kind=row.kind)
    return " ".join([*_places(place), *sorted(words)])


def _places(query: Query) -> list[str]:
    """Return a term for each field that is asked for; no word has a ¶ in it."""
    fields = {"t": query.thread, "p": query.actor, "a": query.act, "k": query.kind}
    return [
        f"¶{name}{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()[:16]}"
        for name, text in fields.items()
        if text is not None
    ]
