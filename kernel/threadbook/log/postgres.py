"""The store in a PostgreSQL database: for several machines and many logs on one server.

The URL is libpq's, `postgresql://user:password@host:port/database`, with one parameter more:
`?schema=name` says which schema holds the log, `threadbook` by default. Connections are direct or
through a pooler that keeps sessions apart; one that changes them between transactions loses the
settings made here.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from threadbook.errors import StoreBusy, StoreUnavailable
from threadbook.log import crashpoints, postgres_blobs, postgres_find, postgres_query
from threadbook.log.filters import EVERYTHING, Equals, Filter, Path
from threadbook.log.forks import close_at_fork
from threadbook.log.postgres_connections import Address, Connection, Connections, translated
from threadbook.log.postgres_listener import Listener
from threadbook.log.postgres_rows import (
    COLUMNS,
    FIND,
    NUMBER,
    TIP,
    as_bytes,
    as_text,
    change,
    digest_bytes,
    fetch,
    row_of,
    tip_of,
)
from threadbook.log.postgres_schema import damage, migrate
from threadbook.log.postgres_transaction import Known, PostgresTransaction
from threadbook.log.store import Candidates, Order, Position, Query, Row, ThreadSummary, Tip
from threadbook.log.words import Phrase


class PostgresStore:
    """A store in a schema of a PostgreSQL database, made where it does not exist.

    `busy_timeout` is how long, in seconds, a write waits for others to finish theirs, and for
    the server to answer a new connection.
    """

    def __init__(self, url: str, *, busy_timeout: float = 10.0) -> None:
        address = Address.parse(url)
        self.url = address.url
        self._busy_timeout = busy_timeout
        self._connections = Connections(address, patience=busy_timeout)
        self._listener = Listener(self._connections, self._commits)
        self._writing = threading.RLock()
        self._transaction: PostgresTransaction | None = None
        self._known = Known()
        close_at_fork(self)
        try:
            with self._connections.use() as connection:
                migrate(connection, address)
        except BaseException:
            self._connections.close()
            raise

    @contextmanager
    def write(self, *, wait: bool = True) -> Iterator[PostgresTransaction]:
        """See Store.write."""
        if not wait:
            raise StoreBusy(f"{self.url}: a server has to be waited for")
        with self._alone(), self._connections.use() as connection:
            transaction = PostgresTransaction(connection, self._connections.address, self._known)
            # Whatever happens on the way, from here on nothing is known for certain.
            self._known = Known()
            self._transaction = transaction
            try:
                transaction.begin()
                yield transaction
                crashpoints.reach("append:inserted")
                transaction.commit()
            except BaseException:
                transaction.roll_back()
                raise
            finally:
                self._transaction = None
            self._known = transaction.known
            self._listener.note(transaction.known.commits)
            crashpoints.reach("append:committed")

    def rows(
        self, query: Query, *, after: int, limit: int, newest_first: bool = False
    ) -> list[Row]:
        """See Store.rows."""
        conditions = ["seq > %s"]
        values: list[int | bytes] = [max(-(2**63), min(after, 2**63 - 1))]
        for column in ("thread", "kind", "actor"):
            if (text := getattr(query, column)) is not None:
                # One index can be used: that of the narrowest column. The plus sign takes the
                # others out of the planner's choice, which would be a guess.
                plus = "+" if len(conditions) > 1 else ""
                conditions.append(f"{plus}{column} = {NUMBER}")
                values.append(as_bytes(text))
        if query.act is not None:
            conditions.append("act = %s")
            values.append(as_bytes(query.act))
        found = self._fetch(
            f"SELECT {COLUMNS} FROM record WHERE {' AND '.join(conditions)}"  # noqa: S608
            f" ORDER BY seq {'DESC' if newest_first else 'ASC'}"
            f" LIMIT {min(max(limit, 0), 2**63 - 1):d}",  # in the text: the plan depends on it
            *values,
        )
        return [row_of(values) for values in found]

    def candidates(
        self, query: Filter, order: Order, *, after: Position | None, limit: int
    ) -> Candidates:
        """See Store.candidates."""
        with self._use() as connection:
            return postgres_query.candidates(connection, query, order, after=after, limit=limit)

    def find(
        self, phrases: tuple[Phrase, ...], query: Query, *, before: int, limit: int
    ) -> Candidates:
        """See Store.find; where the role may only read, all rows that are asked for."""
        with self._connections.use() as connection:
            try:
                postgres_find.catch_up(connection)
            except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction):
                found = EVERYTHING if query.thread is None else Equals(Path("thread"), query.thread)
                newest_first = Order("sequence", descending=True)
                place = Position(before, before)
                return postgres_query.candidates(
                    connection, found, newest_first, after=place, limit=limit
                )
            return postgres_find.candidates(connection, phrases, query, before=before, limit=limit)

    def ensure_index(self, path: str) -> None:
        """See Store.ensure_index; writers wait until it is made."""
        with self._connections.use() as connection, connection.transaction():
            fetch(connection, "SELECT pg_advisory_xact_lock(%s)", self._connections.address.lock)
            postgres_query.create_index(connection, path)

    def get(self, record_id: str) -> Row | None:
        """See Store.get."""
        found = self._fetch(FIND, digest_bytes(record_id))
        return row_of(found[0]) if found else None

    def tip(self) -> Tip:
        """See Store.tip."""
        return tip_of(self._fetch(TIP))[0]

    def threads(self) -> list[ThreadSummary]:
        """See Store.threads."""
        found = self._fetch(
            "SELECT (SELECT text FROM name WHERE name.id = thread),"
            " count(*), min(seq), max(seq) FROM record GROUP BY thread ORDER BY max(seq) DESC"
        )
        return [ThreadSummary(as_text(thread), *numbers) for thread, *numbers in found]

    def version(self) -> Hashable:
        """See Store.version."""
        self._connections.refuse_if_closed()
        return self._listener.commits()

    def blob_size(self, digest: str) -> int | None:
        """See Store.blob_size."""
        with self._use() as connection:
            return postgres_blobs.size_of(connection, digest)

    def blob_chunk(self, digest: str, number: int) -> bytes | None:
        """See Store.blob_chunk."""
        with self._use() as connection:
            return postgres_blobs.chunk_of(connection, digest, number)

    def blob_write(self, chunks: Iterable[bytes]) -> str:
        """See Store.blob_write."""
        return postgres_blobs.write(self._connections.use, chunks)

    def blob_digests(self) -> list[str]:
        """See Store.blob_digests."""
        with self._use() as connection:
            return postgres_blobs.digests(connection)

    def blob_erase(self, digest: str) -> bool:
        """See Store.blob_erase."""
        with self._connections.use() as connection:
            return postgres_blobs.erase(connection, digest)

    def scrub(self) -> None:
        """See Store.scrub.

        Tables are written afresh. What the server keeps for recovery and its replicas, and
        backups, are beyond the reach of a client.
        """
        with self._connections.use() as connection:
            for table in ("record", "blob", "chunk", "derived", "word"):
                connection.execute(f"VACUUM FULL {table}".encode(), prepare=False)

    def damage(self) -> list[str]:
        """See Store.damage."""
        with self._use() as connection:
            return damage(connection)

    def hold(self, name: str, holder: str) -> None:
        """See Store.hold."""
        self._change(
            "INSERT INTO holder VALUES (%s, %s)"
            " ON CONFLICT (sha256(name)) DO UPDATE SET holder = excluded.holder",
            as_bytes(name),
            as_bytes(holder),
        )

    def take_over(self, name: str, *, expected: str, holder: str) -> bool:
        """See Store.take_over."""
        changed = self._change(
            "UPDATE holder SET holder = %s WHERE sha256(name) = sha256(%s) AND holder = %s",
            as_bytes(holder),
            as_bytes(name),
            as_bytes(expected),
        )
        return changed == 1

    def release(self, name: str) -> None:
        """See Store.release."""
        self._change("DELETE FROM holder WHERE sha256(name) = sha256(%s)", as_bytes(name))

    def holders(self) -> dict[str, str]:
        """See Store.holders."""
        found = self._fetch("SELECT name, holder FROM holder")
        return {as_text(name): as_text(holder) for name, holder in found}

    def keep(self, name: str, data: bytes) -> None:
        """See Store.keep."""
        self._change(
            "INSERT INTO derived VALUES (%s, %s)"
            " ON CONFLICT (sha256(name)) DO UPDATE SET data = excluded.data",
            as_bytes(name),
            data,
        )

    def kept(self, name: str) -> bytes | None:
        """See Store.kept."""
        found = self._fetch(
            "SELECT data FROM derived WHERE sha256(name) = sha256(%s)", as_bytes(name)
        )
        return next((data for (data,) in found), None)

    def forget(self, name: str) -> None:
        """See Store.forget."""
        self._change("DELETE FROM derived WHERE sha256(name) = sha256(%s)", as_bytes(name))

    def close(self) -> None:
        """See Store.close."""
        self._connections.close()
        self._listener.close()

    def before_fork(self) -> None:
        """See Forkable; a writer takes the listener's lock, so it has to be out first."""
        self._writing.acquire()
        self._listener.before_fork()
        self._connections.before_fork()

    def after_fork(self) -> None:
        """See Forkable."""
        self._connections.after_fork()
        self._listener.after_fork()
        self._writing.release()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other threads from writing: they would only wait for each other at the server."""
        self._connections.refuse_if_closed()
        if not self._writing.acquire(timeout=self._busy_timeout):
            raise StoreUnavailable(f"{self.url}: locked: another thread did not finish in time")
        try:
            if self._transaction is not None:
                raise StoreUnavailable("this thread is in the middle of a write")
            yield
        finally:
            self._writing.release()

    @contextmanager
    def _use(self) -> Iterator[Connection]:
        """Lend a connection; to a thread in the middle of a write, the one that it writes with."""
        transaction = self._transaction
        if transaction is None or transaction.thread != threading.get_ident():
            with self._connections.use() as connection:
                yield connection
            return
        self._connections.refuse_if_closed()
        with translated(self.url):
            transaction.flush()
            yield transaction.connection

    def _fetch(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._use() as connection:
            return fetch(connection, query, *values)

    def _change(self, statement: str, *values: object) -> int:
        with self._connections.use() as connection:
            return change(connection, statement, *values)

    def _commits(self) -> int:
        return tip_of(self._fetch(TIP))[1]


def open_store(url: str, *, busy_timeout: float) -> PostgresStore:
    """Open the store at a `postgresql://` URL; see `open_log`."""
    return PostgresStore(url, busy_timeout=busy_timeout)
