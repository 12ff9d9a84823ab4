"""Connections to a PostgreSQL server: how they are named, opened, shared and given up.

They are not kept by psycopg_pool. It opens connections in threads of its own, which no fork
survives, and answers an outage by waiting; here a caller is told at once what the server, or the
absence of one, says, and the first call after an outage connects again.
"""

from __future__ import annotations

import hashlib
import re
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self
from urllib.parse import quote, unquote

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from threadbook.errors import ConfigError, StoreCorrupt, StoreUnavailable

Connection = psycopg.Connection[tuple[Any, ...]]

DEFAULT_SCHEMA = "threadbook"
MOST_CONNECTIONS = 8
"""Connections that the threads of one process share; whoever finds none free waits."""

_SCHEMA_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_IDLE_IN_TRANSACTION_MS = 60_000
_LONGEST_CONNECT = 10
_SHORTEST_CONNECT = 2  # libpq takes less for this
_OF_THE_SESSION = "25"
"""Class of SQLSTATE: read-only, idle for too long, and others that are not the data's fault."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a log is: a server, a database on it, and the schema that holds the tables."""

    conninfo: dict[str, Any]
    schema: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return the address in `postgresql://user:password@host:port/database?schema=name`.

        All but `schema`, which is `threadbook` by default, is libpq's, as are the password file
        and the other places that it looks in. Raises ConfigError.
        """
        base, _, query = url.partition("?")
        schema, rest = DEFAULT_SCHEMA, []
        for part in filter(None, query.split("&")):
            name, _, value = part.partition("=")
            if name == "schema":
                schema = unquote(value)
            else:
                rest.append(part)
        if not _SCHEMA_NAME.fullmatch(schema) or schema.startswith("pg_"):
            raise ConfigError(
                f"{schema!r} cannot be the schema of a log",
                remedy="use up to 63 of a-z, 0-9 and _, not beginning with a digit or pg_",
            )
        try:
            conninfo = conninfo_to_dict(f"{base}?{'&'.join(rest)}" if rest else base)
        except psycopg.ProgrammingError:
            # From None: the message quotes the URL, in which there may be a password.
            raise ConfigError(
                "the PostgreSQL URL cannot be understood",
                remedy="postgresql://user@host:5432/database?schema=name;"
                " percent-encode special characters",
            ) from None
        return cls(conninfo=conninfo, schema=schema)

    @property
    def url(self) -> str:
        """The URL without the password and other options."""
        user, host, port, database = (
            str(self.conninfo.get(name) or "") for name in ("user", "host", "port", "dbname")
        )
        folder = f"host={quote(host)}&" if host.startswith("/") else ""
        place = f"{user and user + '@'}{'' if folder else host}{port and ':' + port}"
        return f"postgresql://{place}/{database}?{folder}schema={self.schema}"

    def __repr__(self) -> str:
        return f"Address({self.url!r})"  # without the password

    @property
    def lock(self) -> int:
        """The key of the advisory lock that writers of this schema take: a signed 64-bit number."""
        digest = hashlib.sha256(f"threadbook log {self.schema}".encode()).digest()
        return int.from_bytes(digest[:8], signed=True)

    @property
    def channel(self) -> str:
        """What commits are announced on; a log of another schema has another one."""
        return f"threadbook_{self.lock & (2**64 - 1):016x}"

    def connect(self, *, patience: float) -> Connection:
        """Open a connection; `patience` is how long, in seconds, it waits for locks."""
        settings = {
            "search_path": self.schema,
            # An acknowledged commit is on the disk, whatever the server's default is.
            "synchronous_commit": "on",
            "lock_timeout": max(1, round(patience * 1000)),  # 0 would be for ever
            # A writer that hangs, or whose machine vanished, must not keep all others waiting.
            "idle_in_transaction_session_timeout": _IDLE_IN_TRANSACTION_MS,
            "client_encoding": "UTF8",
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        timeout = min(max(round(patience), _SHORTEST_CONNECT), _LONGEST_CONNECT)
        defaults = {
            "connect_timeout": timeout,
            "fallback_application_name": "threadbook",
            "keepalives_idle": 30,  # seconds, as are the others; the last is milliseconds
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
        }
        given = self.conninfo.get("options", "")
        return psycopg.connect(
            **{**defaults, **self.conninfo, "options": f"{given} {options}".strip()},
            autocommit=True,
            prepare_threshold=0,
        )


class Connections:
    """The connections of one store: each is used by one thread at a time and kept for the next."""

    def __init__(self, address: Address, *, patience: float) -> None:
        self.address = address
        self._patience = patience
        self._changed = threading.Condition(threading.RLock())
        self._idle: list[Connection] = []
        self._users: dict[int, int] = {}  # how many connections a thread is using
        self._lent: set[Connection] = set()
        self._closed = False

    @contextmanager
    def use(self) -> Iterator[Connection]:
        """Lend a connection in autocommit mode. Raises StoreUnavailable, StoreCorrupt."""
        with translated(self.address.url):
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)

    def refuse_if_closed(self) -> None:
        """Raise StoreUnavailable once `close` has been called."""
        if self._closed:
            raise StoreUnavailable("the store is closed", remedy="open the log again")

    def connect(self) -> Connection:
        """Open a connection that is the caller's own."""
        return self.address.connect(patience=self._patience)

    def close(self) -> None:
        """Close all connections; those in use when they are given back."""
        with self._changed:
            self._closed = True
            self._close_idle()

    def before_fork(self) -> None:
        """See Forkable: no connection is carried across a fork."""
        self._changed.acquire()
        mine = threading.get_ident()
        while any(user != mine for user in self._users):
            self._changed.wait()
        self._close_idle()
        for connection in self._lent:  # this thread forks while it uses one
            connection.close()

    def after_fork(self) -> None:
        """See Forkable; parent and child connect again when they need to."""
        self._changed.release()

    def _take(self) -> Connection:
        user = threading.get_ident()
        with self._changed:
            while sum(self._users.values()) >= MOST_CONNECTIONS:
                self._changed.wait()
            self.refuse_if_closed()
            self._users[user] = self._users.get(user, 0) + 1
            connection = self._idle.pop() if self._idle else None
        try:
            # To an idle connection, a server says nothing but goodbye.
            while connection is not None and has_something_to_say(connection):
                connection.close()
                with self._changed:
                    connection = self._idle.pop() if self._idle else None
            if connection is None:
                connection = self.connect()
        except BaseException:
            self._leave(user)
            raise
        with self._changed:
            self._lent.add(connection)
        return connection

    def _give_back(self, connection: Connection) -> None:
        with self._changed:
            self._lent.discard(connection)
            if self._closed or connection.pgconn.transaction_status != TransactionStatus.IDLE:
                connection.close()  # what was going on with it is not known to be over
            else:
                self._idle.append(connection)
        self._leave(threading.get_ident())

    def _leave(self, user: int) -> None:
        with self._changed:
            self._users[user] -= 1
            if not self._users[user]:
                del self._users[user]
            self._changed.notify_all()

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


def has_something_to_say(connection: Connection) -> bool:
    """Tell whether the server has sent something, or left."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn the driver's errors into ours; `place` goes into the message."""
    try:
        yield
    except (
        psycopg.OperationalError,
        psycopg.InterfaceError,
        psycopg.errors.InsufficientPrivilege,
    ) as error:
        raise StoreUnavailable(f"{place}: {_reason(error)}", remedy=_REMEDY) from error
    except psycopg.Error as error:
        if (error.sqlstate or "").startswith(_OF_THE_SESSION):
            raise StoreUnavailable(f"{place}: {_reason(error)}", remedy=_REMEDY) from error
        raise StoreCorrupt(f"{place}: {_reason(error)}") from error


_REMEDY = "check that the server runs, the URL, and what the role may do there"


def _reason(error: psycopg.Error) -> str:
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return "locked: another writer did not finish in time"
    return " ".join(str(error).split())
