"""The store in one SQLite file: the default, shared by all processes of a machine.

WAL mode lets readers go on while one writes; `synchronous=FULL` makes each commit durable against
power loss (https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import itertools
import os
import sqlite3
import threading
import time
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from threadbook.errors import StoreBusy, StoreCorrupt, StoreUnavailable
from threadbook.log import crashpoints, sqlite_query
from threadbook.log.filters import Filter
from threadbook.log.forks import close_at_fork
from threadbook.log.locks import entered
from threadbook.log.sqlite_find import SqliteWords
from threadbook.log.sqlite_rows import (
    COLUMNS,
    digest_bytes,
    find_name,
    find_row,
    row_of,
    tip_of,
    translated,
)
from threadbook.log.sqlite_schema import has_our_schema, migrate
from threadbook.log.sqlite_transaction import SqliteTransaction
from threadbook.log.store import Candidates, Order, Position, Query, Row, ThreadSummary, Tip
from threadbook.log.words import Phrase

_CHUNKS_IN_A_COMMIT = 4
_WORDS_AT_ONCE = 500
_ABANDONED_MS = 24 * 3600 * 1000


class SqliteStore:
    """A store in the file `path`, created where it does not exist.

    `busy_timeout` is how long, in seconds, a write waits for another process to finish its own.
    """

    def __init__(self, path: str | os.PathLike[str], *, busy_timeout: float = 10.0) -> None:
        self._path = Path(path).absolute()  # a working directory may change
        self._busy_timeout = busy_timeout
        self._lock = threading.RLock()
        self._local_commits = 0
        self._names: dict[str, int] = {}
        self._closed = False
        self.url = f"sqlite:///{path}"
        self._words = SqliteWords(Path(f"{self._path}-words"), busy_timeout=busy_timeout)
        self._connection: sqlite3.Connection | None = self._connect()
        self._inode = self._path.stat().st_ino
        close_at_fork(self)

    @contextmanager
    def write(self, *, wait: bool = True) -> Iterator[SqliteTransaction]:
        """See Store.write."""
        with entered(self._lock, wait=wait), self._use() as connection:
            self._refuse_if_replaced()
            try:
                # Inside, as an interrupt that came while it waited strikes just after it.
                self._begin(connection, wait=wait)
                transaction = SqliteTransaction(connection, self._names)
                yield transaction
                transaction.finish()
                crashpoints.reach("append:inserted")
                connection.execute("COMMIT")
            except BaseException:
                self._names.clear()  # some may have been added by what is rolled back
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            self._local_commits += 1
            crashpoints.reach("append:committed")
            if transaction.has_erased:
                # What does not come off now does with the next search; `scrub` makes sure.
                with contextlib.suppress(StoreUnavailable):
                    self._remove_erased_words()

    def rows(
        self, query: Query, *, after: int, limit: int, newest_first: bool = False
    ) -> list[Row]:
        """See Store.rows."""
        conditions = ["seq > ?"]
        values: list[int | str] = [min(after, 2**63 - 1)]
        with self._use() as connection:
            for column in ("thread", "kind", "actor"):
                if (text := getattr(query, column)) is not None:
                    number = find_name(connection, self._names, text)
                    if number is None:
                        return []
                    # One index can be used: that of the narrowest column. The plus sign takes the
                    # others out of the planner's choice, which would be a guess.
                    conditions.append(f"{'+' if len(conditions) > 1 else ''}{column} = ?")
                    values.append(number)
            if query.act is not None:
                conditions.append("act = ?")
                values.append(query.act)
            found = connection.execute(
                f"SELECT {COLUMNS} FROM record WHERE {' AND '.join(conditions)}"  # noqa: S608
                f" ORDER BY seq {'DESC' if newest_first else 'ASC'} LIMIT ?",
                (*values, min(max(limit, 0), 2**63 - 1)),
            )
            return [row_of(values) for values in found]

    def candidates(
        self, query: Filter, order: Order, *, after: Position | None, limit: int
    ) -> Candidates:
        """See Store.candidates."""
        with self._use() as connection:
            number = functools.partial(find_name, connection, self._names)
            try:
                found = sqlite_query.candidates(
                    connection,
                    query,
                    order,
                    after=after,
                    limit=limit,
                    columns=COLUMNS,
                    number=number,
                )
            except sqlite3.OperationalError as error:
                if "malformed JSON" in str(error):
                    raise StoreCorrupt("a record is no JSON any more") from error
                raise
            return Candidates(
                rows=[row_of(values) for values in found.rows],
                resume=found.resume,
                scanned=found.scanned,
                indexed=found.indexed,
                sql=found.sql,
                bind_count=found.bind_count,
            )

    def find(
        self, phrases: tuple[Phrase, ...], query: Query, *, before: int, limit: int
    ) -> Candidates:
        """See Store.find; the words are in a file beside this one."""
        self.tip()  # refuses where the store is closed
        self._catch_up_words()
        with translated(self._words.path):
            seqs = self._words.seqs(phrases, query, before=before, limit=limit)
        with self._use() as connection:
            found = connection.execute(
                f"SELECT {COLUMNS} FROM record"  # noqa: S608  constants and question marks
                f" WHERE seq IN ({', '.join('?' * len(seqs))}) ORDER BY seq DESC",
                seqs,
            )
            rows = [row_of(values) for values in found]
        resume = Position(seqs[-1], seqs[-1]) if len(seqs) == limit else None
        return Candidates(rows=rows, resume=resume, scanned=len(seqs), indexed=("body",))

    def _catch_up_words(self) -> None:
        with translated(self._words.path):
            tip = self._words.tip()
            if tip.seq and not self._has(tip):
                self._words.reset()
                tip = self._words.tip()
            while rows := self.rows(Query(), after=tip.seq, limit=_WORDS_AT_ONCE):
                self._words.add(rows, after=tip)
                tip = self._words.tip()
        self._remove_erased_words()

    def _has(self, tip: Tip) -> bool:
        """Tell whether this log once had that end: another may have been put in its place."""
        rows = self.rows(Query(), after=tip.seq - 1, limit=1)
        return bool(rows) and Tip(rows[0].seq, rows[0].chain) == tip

    def _remove_erased_words(self) -> None:
        """Last, as rows may be erased between reading them and adding their words."""
        with self._use() as connection:
            seqs = [seq for (seq,) in connection.execute("SELECT seq FROM erased")]
        if seqs:
            with translated(self._words.path):
                self._words.remove(seqs)

    def ensure_index(self, path: str) -> None:
        """See Store.ensure_index."""
        with self._commit() as connection:
            sqlite_query.create_index(connection, path)

    def get(self, record_id: str) -> Row | None:
        """See Store.get."""
        with self._use() as connection:
            return find_row(connection, record_id)

    def tip(self) -> Tip:
        """See Store.tip."""
        with self._use() as connection:
            return tip_of(connection)

    def threads(self) -> list[ThreadSummary]:
        """See Store.threads."""
        with self._use() as connection:
            found = connection.execute(
                "SELECT (SELECT text FROM name WHERE name.id = thread),"
                " count(*), min(seq), max(seq) FROM record GROUP BY thread ORDER BY max(seq) DESC"
            )
            return [ThreadSummary(*values) for values in found]

    def version(self) -> Hashable:
        """See Store.version."""
        with self._use() as connection:
            self._refuse_if_replaced()
            return connection.execute("PRAGMA data_version").fetchone()[0], self._local_commits

    def blob_size(self, digest: str) -> int | None:
        """See Store.blob_size."""
        with self._use() as connection:
            found = connection.execute(
                "SELECT size FROM blob WHERE digest = ?", (digest_bytes(digest),)
            ).fetchone()
            return None if found is None else found[0]

    def blob_chunk(self, digest: str, number: int) -> bytes | None:
        """See Store.blob_chunk."""
        with self._use() as connection:
            found = connection.execute(
                "SELECT data FROM chunk WHERE number = ?"
                " AND blob = (SELECT id FROM blob WHERE digest = ?)",
                (number, digest_bytes(digest)),
            ).fetchone()
            return None if found is None else found[0]

    def blob_write(self, chunks: Iterable[bytes]) -> str:
        """See Store.blob_write.

        A few chunks at a time are committed under a blob without a digest, so that a large blob
        neither has to fit in memory nor keeps other writers waiting.
        """
        staged: int | None = None
        digest, size, numbered = hashlib.sha256(), 0, enumerate(chunks)
        while group := list(itertools.islice(numbered, _CHUNKS_IN_A_COMMIT)):
            if staged is None:
                staged = self._begin_blob()
            with self._commit() as connection:
                rows = ((staged, number, chunk) for number, chunk in group)
                connection.executemany("INSERT INTO chunk VALUES (?, ?, ?)", rows)
            for _, chunk in group:
                digest.update(chunk)
                size += len(chunk)
            crashpoints.reach("blob:chunk")
        self._finish_blob(staged or self._begin_blob(), digest.digest(), size)
        return digest.hexdigest()

    def blob_digests(self) -> list[str]:
        """See Store.blob_digests."""
        with self._use() as connection:
            found = connection.execute("SELECT digest FROM blob WHERE digest IS NOT NULL")
            return [digest.hex() for (digest,) in found]

    def blob_erase(self, digest: str) -> bool:
        """See Store.blob_erase."""
        found = "SELECT id FROM blob WHERE digest = ?"
        with self._commit() as connection:
            connection.execute(f"DELETE FROM chunk WHERE blob = ({found})", (digest_bytes(digest),))  # noqa: S608
            deleted = connection.execute(
                "DELETE FROM blob WHERE digest = ?", (digest_bytes(digest),)
            )
            return deleted.rowcount == 1

    def scrub(self) -> None:
        """See Store.scrub.

        Zeros over freed cells are not enough: when SQLite moves cells between pages, it leaves
        the old bytes where they stood. The file is written afresh, then the WAL emptied, which
        other connections can delay.
        """
        self._remove_erased_words()
        with self._use() as connection:
            self._refuse_if_replaced()
            connection.execute("VACUUM")
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise StoreUnavailable(
                    f"{self._path} is being read: old content is still in its WAL",
                    remedy="try again when its readers are done",
                )

    def damage(self) -> list[str]:
        """See Store.damage."""
        with self._use() as connection:
            try:
                checked = connection.execute("PRAGMA integrity_check")
                damage = [text for (text,) in checked if text != "ok"]
            except sqlite3.OperationalError as error:  # an index that is not ours
                damage = [str(error)]
            if not has_our_schema(connection):
                damage.append("the tables, indexes or triggers are not those of a threadbook store")
            return damage

    def hold(self, name: str, holder: str) -> None:
        """See Store.hold."""
        with self._commit() as connection:
            connection.execute("INSERT OR REPLACE INTO holder VALUES (?, ?)", (name, holder))

    def take_over(self, name: str, *, expected: str, holder: str) -> bool:
        """See Store.take_over."""
        with self._commit() as connection:
            changed = connection.execute(
                "UPDATE holder SET holder = ? WHERE name = ? AND holder = ?",
                (holder, name, expected),
            )
            return changed.rowcount == 1

    def release(self, name: str) -> None:
        """See Store.release."""
        with self._commit() as connection:
            connection.execute("DELETE FROM holder WHERE name = ?", (name,))

    def holders(self) -> dict[str, str]:
        """See Store.holders."""
        with self._use() as connection:
            return dict(connection.execute("SELECT name, holder FROM holder").fetchall())

    def keep(self, name: str, data: bytes) -> None:
        """See Store.keep."""
        with self._commit() as connection:
            connection.execute("INSERT OR REPLACE INTO derived VALUES (?, ?)", (name, data))

    def kept(self, name: str) -> bytes | None:
        """See Store.kept."""
        with self._use() as connection:
            found = connection.execute("SELECT data FROM derived WHERE name = ?", (name,))
            return next((data for (data,) in found), None)

    def forget(self, name: str) -> None:
        """See Store.forget."""
        with self._commit() as connection:
            connection.execute("DELETE FROM derived WHERE name = ?", (name,))

    def close(self) -> None:
        """See Store.close."""
        with self._lock:
            self._closed = True
            self._disconnect()
            self._words.close()

    def _connect(self) -> sqlite3.Connection:
        with translated(self._path):
            if not self._path.exists():
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                # 0600 from the first moment: records may hold private data.
                os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            connection = sqlite3.connect(
                self._path,
                timeout=self._busy_timeout,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                # A byte changed under us must be reported by verify, not end the read.
                connection.text_factory = lambda data: data.decode(errors="surrogateescape")
                # SQLite 3.40 counts its JSON functions, which our indexes use, as unsafe.
                connection.execute("PRAGMA trusted_schema = ON")
                migrate(connection, self._path, self._busy_timeout)
                if not has_our_schema(connection):
                    connection.execute("PRAGMA trusted_schema = OFF")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA secure_delete = ON")  # zeros over what is freed
            except BaseException:
                connection.close()
                raise
            return connection

    @contextmanager
    def _use(self) -> Iterator[sqlite3.Connection]:
        with self._lock, translated(self._path):
            if self._closed:
                raise StoreUnavailable("the store is closed", remedy="open the log again")
            if self._connection is None:  # closed before a fork
                self._refuse_if_replaced()
                self._connection = self._connect()
                self._local_commits += 1  # data_version starts afresh
            yield self._connection

    def _begin(self, connection: sqlite3.Connection, *, wait: bool) -> None:
        if wait:
            connection.execute("BEGIN IMMEDIATE")
            return
        try:
            connection.execute("PRAGMA busy_timeout = 0")
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:  # the rest says of what kind
                raise
            raise StoreBusy(f"{self._path}: another process is writing") from None
        finally:
            connection.execute(f"PRAGMA busy_timeout = {round(self._busy_timeout * 1000)}")

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def before_fork(self) -> None:
        """See Forkable: no connection is carried across a fork."""
        self._lock.acquire()  # waits until no thread is inside a transaction
        self._words.lock.acquire()
        self._words.close()
        self._disconnect()

    def after_fork(self) -> None:
        """See Forkable; parent and child connect again when they need to."""
        self._words.lock.release()
        self._lock.release()

    def _refuse_if_replaced(self) -> None:
        """SQLite would go on with a file that nobody can open any more."""
        if self._path.stat().st_ino != self._inode:
            raise StoreUnavailable(f"{self._path} was replaced by another file")

    @contextmanager
    def _commit(self) -> Iterator[sqlite3.Connection]:
        """Open a write transaction for what is not a record."""
        with self._use() as connection:
            self._refuse_if_replaced()
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _begin_blob(self) -> int:
        now = time.time_ns() // 1_000_000
        abandoned = "SELECT id FROM blob WHERE digest IS NULL AND begun_at < ?"
        with self._commit() as connection:
            limit = (now - _ABANDONED_MS,)
            connection.execute(f"DELETE FROM chunk WHERE blob IN ({abandoned})", limit)  # noqa: S608
            connection.execute("DELETE FROM blob WHERE digest IS NULL AND begun_at < ?", limit)
            cursor = connection.execute("INSERT INTO blob (begun_at) VALUES (?)", (now,))
            return int(cursor.lastrowid or 0)

    def _finish_blob(self, staged: int, digest: bytes, size: int) -> None:
        with self._commit() as connection:
            known = connection.execute("SELECT 1 FROM blob WHERE digest = ?", (digest,)).fetchone()
            if known:
                connection.execute("DELETE FROM chunk WHERE blob = ?", (staged,))
                connection.execute("DELETE FROM blob WHERE id = ?", (staged,))
                return
            changed = connection.execute(
                "UPDATE blob SET digest = ?, size = ? WHERE id = ?", (digest, size, staged)
            )
            if not changed.rowcount:
                raise StoreUnavailable("writing a blob took so long that it counted as abandoned")
