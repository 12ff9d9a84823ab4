"""The store in Redis: for a team that already runs one, up to what fits into its memory.

One script commits all of a transaction, and does so only if the log still ends where it did when
the transaction began. A lock with a lease keeps writers from each other's way; a writer that was
held up for longer than its lease can lose the race, but never overwrite.

What an acknowledged append survives is up to the server: with `appendonly yes` and `appendfsync
always` a power loss, with less only as much as its documentation says
(https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/). `durability` tells.
A replica that takes over may lack the newest records, as replication does not wait.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
import re
import secrets
import threading
import time
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from threadbook.errors import (
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreFormatError,
    StoreUnavailable,
)
from threadbook.log import crashpoints, redis_scripts
from threadbook.log.filters import Filter, parse_indexable
from threadbook.log.forks import close_at_fork
from threadbook.log.redis_check import damage_of
from threadbook.log.redis_connection import Connection
from threadbook.log.redis_layout import SCHEMA, Keys, decoded, encoded
from threadbook.log.redis_reading import Reader
from threadbook.log.redis_server import Address, Durability
from threadbook.log.redis_transaction import RedisTransaction, State, find, lease_ms
from threadbook.log.store import EMPTY, Candidates, Order, Position, Query, Row, ThreadSummary, Tip
from threadbook.log.words import Phrase

_ABANDONED_SECONDS = 24 * 3600
_PAUSE_SECONDS = 0.001, 0.005
_CLOCKS = 10_000
"""How many last clocks to remember."""


def open_store(url: str, *, busy_timeout: float = 10.0) -> RedisStore:
    """Open the store at `url`; see open_log."""
    return RedisStore(url, busy_timeout=busy_timeout)


class RedisStore:
    """A store under one prefix of a Redis server, created where it does not exist.

    `url` is as redis_server describes it. `busy_timeout` is how long, in seconds, a write waits
    for another process to finish its own.
    """

    def __init__(self, url: str, *, busy_timeout: float = 10.0) -> None:
        address = Address.parse(url)
        self.url = address.url
        self._busy_timeout = busy_timeout
        self._keys = Keys(address.prefix)
        self._lock = threading.RLock()
        self._transaction: RedisTransaction | None = None
        self._is_rehearsed = False
        self._clocks: dict[bytes, int] = {}
        self._clocks_at: State | None = None  # the state for which these clocks hold
        self._connection = Connection(address)
        self._connection.before_use = self._keep_lock
        self._reader = Reader(self._connection, self._keys)
        try:
            self._check_server()
            self._check_schema()
        except BaseException:
            self._connection.close()
            raise
        close_at_fork(self)

    @contextmanager
    def write(self, *, wait: bool = True) -> Iterator[RedisTransaction]:
        """See Store.write."""
        if not wait:
            raise StoreBusy(f"{self.url}: a server has to be waited for")
        token = secrets.token_hex(16).encode()
        with self._lock:
            if self._transaction is not None:
                raise StoreUnavailable(f"{self.url}: this thread has a transaction open already")
            try:
                self._transaction = self._begin(token)
                yield self._transaction
                self._commit(self._transaction)
            except BaseException:
                self._clocks_at = None
                with contextlib.suppress(StoreError):  # else the lease ends by itself
                    self._release(token)
                raise
            finally:
                self._transaction = None

    def rows(
        self, query: Query, *, after: int, limit: int, newest_first: bool = False
    ) -> list[Row]:
        """See Store.rows."""
        return self._reader.rows(query, after=after, limit=limit, newest_first=newest_first)

    def candidates(
        self, query: Filter, order: Order, *, after: Position | None, limit: int
    ) -> Candidates:
        """See Store.candidates: rows whose thread, actor, act and kind the filter allows."""
        return self._reader.candidates(query, order, after, limit)

    def find(
        self,
        phrases: tuple[Phrase, ...],  # noqa: ARG002  the log looks for them itself
        query: Query,
        *,
        before: int,
        limit: int,
    ) -> Candidates:
        """See Store.find: there is no index of words, so these are all rows asked for."""
        return self._reader.before(query, before, limit)

    def ensure_index(self, path: str) -> None:
        """See Store.ensure_index: only thread, actor, act, kind and clock are indexed here."""
        parse_indexable(path)

    def get(self, record_id: str) -> Row | None:
        """See Store.get."""
        return find(self._connection, self._keys, record_id)

    def tip(self) -> Tip:
        """See Store.tip."""
        seq, chain = self._connection.do("HMGET", self._keys.tip, "seq", "chain")
        if seq is None or chain is None:
            raise StoreCorrupt("the store has lost its tip")
        return Tip(int(seq), chain)

    def threads(self) -> list[ThreadSummary]:
        """See Store.threads."""
        found = self._connection.do("HGETALL", self._keys.threads)
        summaries = [
            ThreadSummary(decoded(thread), *map(int, numbers.split()))
            for thread, numbers in found.items()
        ]
        return sorted(summaries, key=lambda summary: -summary.last_seq)

    def version(self) -> Hashable:
        """See Store.version."""
        commits: bytes | None = self._connection.do("HGET", self._keys.tip, "commits")
        return commits

    def blob_size(self, digest: str) -> int | None:
        """See Store.blob_size."""
        size = self._connection.do("HGET", self._keys.blobs, encoded(digest))
        return None if size is None else int(size)

    def blob_chunk(self, digest: str, number: int) -> bytes | None:
        """See Store.blob_chunk."""
        chunk: bytes | None = self._connection.do("HGET", self._keys.blob(digest), number)
        return chunk

    def blob_write(self, chunks: Iterable[bytes]) -> str:
        """See Store.blob_write.

        Chunks gather under a key that expires, so that those of a writer that died do not stay.
        """
        staged = self._keys.staged(secrets.token_hex(16))
        digest, size, number = hashlib.sha256(), 0, 0
        try:
            for chunk in chunks:
                with (
                    self._connection.use() as client,
                    client.pipeline(transaction=True) as pipeline,
                ):
                    pipeline.execute_command("HSET", staged, number, chunk)
                    pipeline.execute_command("EXPIRE", staged, _ABANDONED_SECONDS)
                    pipeline.execute()
                digest.update(chunk)
                size, number = size + len(chunk), number + 1
                crashpoints.reach("blob:chunk")
            keys = [staged, self._keys.blob(digest.hexdigest()), self._keys.blobs]
            values = [digest.hexdigest(), size, number]
            is_complete = self._connection.run(redis_scripts.FINISH_BLOB, keys, values)
        except BaseException:
            with contextlib.suppress(StoreError):
                self._connection.do("UNLINK", staged)
            raise
        if not is_complete:
            raise StoreUnavailable("writing a blob took so long that it counted as abandoned")
        return digest.hexdigest()

    def blob_digests(self) -> list[str]:
        """See Store.blob_digests."""
        return [decoded(digest) for digest in self._connection.do("HKEYS", self._keys.blobs)]

    def blob_erase(self, digest: str) -> bool:
        """See Store.blob_erase."""
        keys = [self._keys.blob(digest), self._keys.blobs]
        return bool(self._connection.run(redis_scripts.ERASE_BLOB, keys, [encoded(digest)]))

    def scrub(self) -> None:
        """See Store.scrub: the server writes its append-only file and its snapshot afresh."""
        self._connection.rewrite_files()

    def durability(self) -> Durability:
        """Return what the server promises about acknowledged records, as it is set up now."""
        return self._connection.promises().durability

    def damage(self) -> list[str]:
        """See Store.damage."""
        eviction = self._connection.promises().eviction
        found = damage_of(self._connection, self._keys)
        return found if eviction is None else [eviction, *found]

    def hold(self, name: str, holder: str) -> None:
        """See Store.hold."""
        self._connection.do("HSET", self._keys.holders, encoded(name), encoded(holder))

    def take_over(self, name: str, *, expected: str, holder: str) -> bool:
        """See Store.take_over."""
        values = [encoded(name), encoded(expected), encoded(holder)]
        return bool(self._connection.run(redis_scripts.TAKE_OVER, [self._keys.holders], values))

    def release(self, name: str) -> None:
        """See Store.release."""
        self._connection.do("HDEL", self._keys.holders, encoded(name))

    def holders(self) -> dict[str, str]:
        """See Store.holders."""
        found = self._connection.do("HGETALL", self._keys.holders)
        return {decoded(name): decoded(holder) for name, holder in found.items()}

    def keep(self, name: str, data: bytes) -> None:
        """See Store.keep."""
        self._connection.do("HSET", self._keys.kept, encoded(name), data)

    def kept(self, name: str) -> bytes | None:
        """See Store.kept."""
        data: bytes | None = self._connection.do("HGET", self._keys.kept, encoded(name))
        return data

    def forget(self, name: str) -> None:
        """See Store.forget."""
        self._connection.do("HDEL", self._keys.kept, encoded(name))

    def close(self) -> None:
        """See Store.close."""
        with self._lock:
            self._connection.close()

    def before_fork(self) -> None:
        """See Forkable."""
        self._lock.acquire()  # waits until no thread is inside a transaction

    def after_fork(self) -> None:
        """See Forkable; a child makes connections of its own."""
        self._connection.renew_in_child()
        self._lock.release()

    def _check_server(self) -> None:
        eviction = self._connection.promises().eviction
        if eviction is not None:
            raise StoreFormatError(
                f"{self.url}: {eviction}",
                remedy="use maxmemory-policy noeviction, or a volatile one",
            )

    def _check_schema(self) -> None:
        """Create the log where there is nothing, and refuse what is not ours."""
        schema = self._schema()
        if schema is None:
            if foreign := next(self._all_keys(), None):
                schema = self._schema()  # somebody else may just have created the log
                if schema is None:
                    raise self._foreign(f"has a key {foreign[:80]!r}")
            keys = [self._keys.schema, self._keys.tip]
            schema = schema or self._connection.run(
                redis_scripts.CREATE, keys, [SCHEMA, EMPTY.chain]
            )
        self._refuse_other_schema(schema)

    def _schema(self) -> bytes | None:
        try:
            schema: bytes | None = self._connection.do("GET", self._keys.schema)
        except StoreCorrupt as error:
            raise self._foreign("has a schema of another type") from error
        return schema

    def _refuse_other_schema(self, schema: bytes | None) -> None:
        if schema == SCHEMA:
            return
        if schema is None:
            raise StoreUnavailable(f"{self.url}: the log is gone", remedy="open the log again")
        version = re.fullmatch(rb"threadbook ([0-9]{1,9})", schema)
        if version is None:
            raise self._foreign(f"has the schema {schema[:80]!r}")
        raise StoreFormatError(
            f"{self.url} has schema version {int(version[1])}; this threadbook knows"
            f" {SCHEMA.decode().split()[1]}",
            remedy="upgrade threadbook",
        )

    def _foreign(self, problem: str) -> StoreFormatError:
        return StoreFormatError(
            f"{self.url} {problem}: what is under its prefix is no threadbook store",
            remedy="name another prefix",
        )

    def _all_keys(self) -> Iterator[bytes]:
        with self._connection.use() as client:
            yield from client.scan_iter(match=self._keys.base + b"*", count=1000)

    def _begin(self, token: bytes) -> RedisTransaction:
        if not self._is_rehearsed:
            self._connection.run(redis_scripts.REHEARSE, [self._keys.rehearsal], [])
            self._is_rehearsed = True
        schema, *state = self._acquire(token)
        self._refuse_other_schema(schema)
        if None in state:
            raise StoreCorrupt("the store has lost its tip")
        if State(*state) != self._clocks_at or len(self._clocks) > _CLOCKS:
            self._clocks = {}
        return RedisTransaction(self._connection, self._keys, token, State(*state), self._clocks)

    def _acquire(self, token: bytes) -> list[Any]:
        """Wait for the lock and take it; return schema, seq, chain and number of commits."""
        keys = [self._keys.lock, self._keys.schema, self._keys.tip]
        deadline = time.monotonic() + self._busy_timeout
        while True:
            found: list[Any] | None
            found = self._connection.run(redis_scripts.ACQUIRE, keys, [token, lease_ms()])
            if found is not None:
                return found
            if time.monotonic() >= deadline:
                raise StoreUnavailable(
                    f"{self.url}: another writer was at work for {self._busy_timeout:g} s",
                    remedy="try again",
                )
            time.sleep(random.uniform(*_PAUSE_SECONDS))  # noqa: S311  not a secret

    def _release(self, token: bytes) -> None:
        self._connection.run(redis_scripts.RELEASE, [self._keys.lock], [token])

    def _keep_lock(self) -> None:
        """Whatever this process asks for while it writes shows that it is not held up."""
        if (transaction := self._transaction) is not None:
            transaction.keep_lock()

    def _commit(self, transaction: RedisTransaction) -> None:
        if not transaction.rows and not transaction.erased:
            self._release(transaction.token)
            return
        crashpoints.reach("append:inserted")
        state = transaction.commit()
        if state is None:
            raise StoreUnavailable(
                f"{self.url}: this write took so long that another writer came first",
                remedy="try again",
            )
        self._clocks_at = state
        crashpoints.reach("append:committed")
