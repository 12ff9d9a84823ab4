"""The connection to a Redis server, shared by the threads of a process."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import redis
from redis.exceptions import NoScriptError, RedisError, ResponseError

from threadbook.errors import StoreCorrupt, StoreUnavailable
from threadbook.log.redis_scripts import Script
from threadbook.log.redis_server import Address, Promises

_REMEDY = "check that the Redis server runs, and its address, password, rights and free memory"
_REWRITE_POLL_SECONDS = 0.05


def _nothing() -> None:
    pass


class Connection:
    """Commands and scripts, with the driver's errors turned into ours.

    `before_use` is called before each. The driver has a pool of its own, which threads share.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._url = address.url
        self._is_closed = False
        self.before_use: Callable[[], None] = _nothing
        self._connect()

    def do(self, *command: Any) -> Any:
        """Return the answer to a command."""
        with self.use() as client:
            return client.execute_command(*command)

    def run(self, script: Script, keys: list[bytes], values: list[Any]) -> Any:
        """Return the answer of a script; the server is told its text where it has not got it."""
        with self.use() as client:
            try:
                return client.execute_command("EVALSHA", script.sha, len(keys), *keys, *values)
            except NoScriptError:  # the server was started afresh, or told to forget
                return client.execute_command("EVAL", script.text, len(keys), *keys, *values)

    @contextmanager
    def use(self) -> Iterator[redis.Redis]:
        """Lend the client. Raises StoreUnavailable or StoreCorrupt instead of the driver's."""
        try:
            with self._lent() as client:
                self.before_use()
                yield client
        except ResponseError as error:
            if "WRONGTYPE" in str(error):
                raise StoreCorrupt(f"{self._url}: a key has another type than it should") from error
            raise StoreUnavailable(f"{self._url}: {error}", remedy=_REMEDY) from error
        except (RedisError, OSError) as error:
            raise StoreUnavailable(f"{self._url}: {error}", remedy=_REMEDY) from error

    def promises(self) -> Promises:
        """Return how the server is set up now."""
        with self.use() as client:
            return Promises.ask(client)

    def rewrite_files(self) -> None:
        """Have the server write its append-only file and its snapshot afresh, and wait."""
        promises = self.promises()
        if promises.appendonly is not False:
            busy = "aof_rewrite_in_progress", "aof_rewrite_scheduled"
            self._rewrite("BGREWRITEAOF", busy, "aof_last_bgrewrite_status")
        if promises.saves is not False:
            self._rewrite("BGSAVE", ["rdb_bgsave_in_progress"], "rdb_last_bgsave_status")

    def renew_in_child(self) -> None:
        """Leave the connections to the parent, if this is a forked child, and make our own."""
        if os.getpid() != self._pid:
            self._connect()

    def refuse_if_closed(self) -> None:
        """Raise StoreUnavailable after `close`."""
        if self._is_closed:
            raise StoreUnavailable("the store is closed", remedy="open the log again")

    def close(self) -> None:
        """Close all connections, those in use when they are given back; further calls raise."""
        with self._lock:
            self._is_closed = True
            if not self._users:
                self._client.close()

    def _connect(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()  # reentrant: a finalizer may close while it is held
        self._client, self._users = self._address.connect(), 0

    @contextmanager
    def _lent(self) -> Iterator[redis.Redis]:
        with self._lock:
            self.refuse_if_closed()
            client = self._client
            self._users += 1
        try:
            yield client
        finally:
            with self._lock:
                if client is self._client:  # not in a child that was forked meanwhile
                    self._users -= 1
                    if self._is_closed and not self._users:
                        client.close()

    def _rewrite(self, command: str, busy: Iterable[str], status: str) -> None:
        self._persistence_without(busy)
        self.do(command)
        if self._persistence_without(busy).get(status) != "ok":
            raise StoreUnavailable(f"{self._url}: {command} failed: old content is still on disk")

    def _persistence_without(self, busy: Iterable[str]) -> dict[str, Any]:
        """Return what the server tells of its files once none of `busy` is so."""
        while True:
            info: dict[str, Any] = self.do("INFO", "persistence")
            if not any(info.get(name) for name in busy):
                return info
            time.sleep(_REWRITE_POLL_SECONDS)
