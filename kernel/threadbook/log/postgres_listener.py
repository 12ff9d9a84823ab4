"""Learning of commits without asking: a connection on which the server announces them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg

from threadbook.log.postgres_connections import (
    Connection,
    Connections,
    has_something_to_say,
)

RECHECK_SECONDS = 5.0
"""How often the count of commits is read although all seems well."""

_RETRY_SECONDS = 1.0


class Listener:
    """Knows the number of commits of a log, and calls `ask` for it only when it has changed.

    It connects with the first question, has no thread, and reads what has arrived whenever it is
    asked. An announcement says no more than that there is something to ask for: any role of the
    database can make one. While there is no connection, each question goes to the server.
    """

    def __init__(self, connections: Connections, ask: Callable[[], int]) -> None:
        self._connections = connections
        self._ask = ask
        self._lock = threading.RLock()
        self._connection: Connection | None = None
        self._commits = 0
        self._listen_at = self._ask_at = 0.0

    def commits(self) -> int:
        """Return the number of commits. Raises StoreUnavailable."""
        with self._lock:
            now = time.monotonic()
            if self._connection is None and now >= self._listen_at:
                self._listen(now)
            self._hear()
            if self._connection is None or now >= self._ask_at:
                self._commits = self._ask()
                self._ask_at = now + RECHECK_SECONDS
            return self._commits

    def note(self, commits: int) -> None:
        """Take note of a commit of this process, whose announcement is still under way."""
        with self._lock:
            self._commits = max(self._commits, commits)

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._listen_at = None, 0.0

    def before_fork(self) -> None:
        """See Forkable: no connection is carried across a fork."""
        self._lock.acquire()
        self.close()

    def after_fork(self) -> None:
        """See Forkable."""
        self._lock.release()

    def _listen(self, now: float) -> None:
        self._listen_at = now + _RETRY_SECONDS
        with suppress(psycopg.Error):  # what is wrong is told by `ask`, if it is anything
            connection = self._connections.connect()
            try:
                connection.execute(f"LISTEN {self._connections.address.channel}".encode())
            except BaseException:
                connection.close()
                raise
            self._connection = connection
            self._ask_at = 0.0  # for what was committed before

    def _hear(self) -> None:
        """Read what has arrived, without waiting."""
        if self._connection is None:
            return
        channel = self._connection.pgconn
        try:
            channel.consume_input()
            while channel.notifies():
                self._ask_at = 0.0
            if has_something_to_say(self._connection):  # more, or that it has left
                self._hear()
        except psycopg.Error:
            self.close()
