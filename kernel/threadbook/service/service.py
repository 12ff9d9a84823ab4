"""The service: one log, and what the endpoints share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Any, ParamSpec, TypeVar

import msgspec

from threadbook.folds import files
from threadbook.folds.checkpoints import CheckpointsFold
from threadbook.folds.decisions import DecisionsFold
from threadbook.folds.fold import Projection, Reading
from threadbook.folds.threads import ThreadFold, ThreadsFold, ThreadState, ThreadView, view_of
from threadbook.folds.trust import TrustFold
from threadbook.log.entry import Sealed, Stored
from threadbook.log.filters import parse_filter
from threadbook.log.log import Log
from threadbook.log.query import Search
from threadbook.records.identity import Identity
from threadbook.records.record import Draft, Record
from threadbook.service.feed import Feed
from threadbook.service.metrics import Metrics
from threadbook.service.principal import Principal, forbidden
from threadbook.service.problems import Problem
from threadbook.service.signing import Signer
from threadbook.service.uploads import Uploads
from threadbook.service.writer import Writer

RESERVED = ("threadbook.token.", "threadbook.auth.", "threadbook.file.", "threadbook.log.")
"""Kinds that others trust the service for: only it writes them."""

MOST_BYTES = 16 * 1024 * 1024
"""About how many bytes of records one answer has at most."""

_PAGE = 200
_MOST_VIEWS = 256
_THREADS = 32
_MOST_LONG = 8

P = ParamSpec("P")
S = TypeVar("S")
T = TypeVar("T")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How a service behaves.

    `cors_origins` are the web pages that may call it from a browser. Times are in seconds, sizes
    in bytes.
    """

    cors_origins: tuple[str, ...] = ()
    heartbeat_seconds: float = 30.0
    send_seconds: float = 30.0
    shutdown_seconds: float = 10.0
    upload_seconds: float = 3600.0
    largest_file: int = 5 * 1024**3
    quota: int = 0


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some records; `next_after` is the sequence to go on after, None at the end."""

    records: list[Stored]
    next_after: int | None


class Service:
    """What the endpoints share: the log, in whose name the service writes, and its state."""

    def __init__(self, log: Log, identity: Identity, options: Options) -> None:
        self.log = log
        self.identity = identity
        self.options = options
        self.writer = Writer(log)
        self.feed = Feed(log)
        self.signer = Signer(log, identity)
        self.metrics = Metrics(log)
        self.files = Projection(log, files.FilesFold())
        self.trust = Projection(log, TrustFold(identity.actor_did))
        self.decisions = Projection(log, DecisionsFold(identity.actor_did))
        self.checkpoints = Projection(log, CheckpointsFold())
        self.threads = Projection(log, ThreadsFold())
        self._thread_views = lru_cache(_MOST_VIEWS)(self._thread_view)
        self.uploads = Uploads(patience=options.upload_seconds)
        self._long = asyncio.Semaphore(_MOST_LONG)
        self.draining = asyncio.Event()
        self.started_at = time.time()

    async def start(self) -> None:
        """Begin to work, inside the event loop."""
        asyncio.get_running_loop().set_default_executor(
            ThreadPoolExecutor(_THREADS, thread_name_prefix="threadbook")
        )
        self.writer.start()
        self.feed.start()
        self.signer.start()

    async def stop(self) -> None:
        """Finish what was begun."""
        self.drain()
        await self.writer.stop()
        await self.signer.stop()
        await self.feed.stop()
        self.uploads.close()

    def drain(self) -> None:
        """Take no more records, and let those who watch go; reading goes on."""
        self.draining.set()
        self.feed.wake()

    async def at_length(self, work: Callable[P, T], *words: P.args, **named: P.kwargs) -> T:
        """Return what `work` returns, done in another thread; it may take long.

        Few at a time: they never take all threads from what is quick.
        """
        async with self._long:
            return await asyncio.to_thread(work, *words, **named)

    async def ask(self, projection: Projection[S], view: Callable[[S], T]) -> Reading[T]:
        """Return what `view` makes of a projection, up to date; see Projection.ask."""
        return await self.at_length(projection.ask, view)

    async def append(self, caller: Principal, entry: Sealed) -> Stored:
        """Append a complete record of a client."""
        is_signed = entry.sig is not None
        self.check_author(caller, entry.record.actor, entry.record, is_signed=is_signed)
        stored = await self.writer.append(entry)
        self._count(stored)
        return stored

    async def append_draft(
        self,
        caller: Principal,
        draft: Draft,
        by: Identity,
        guard: Callable[[], None] | None = None,
    ) -> Stored:
        """Append a record of a client that leaves the clock to the log."""
        self.check_author(caller, by.actor_did, draft)
        stored = await asyncio.to_thread(self.log.append, draft, by=by, guard=guard)
        self._count(stored)
        return stored

    async def record(self, draft: Draft, guard: Callable[[], None] | None = None) -> Stored:
        """Append a record in the name of the service."""
        self.check_open()
        stored = await asyncio.to_thread(self.log.append, draft, by=self.identity, guard=guard)
        self._count(stored)
        return stored

    def check_open(self) -> None:
        """Raise the Problem that tells a client to come back, if the service is going down."""
        if self.draining.is_set():
            raise Problem(
                503,
                "DRAINING",
                "the service is going down",
                remedy="try again; what was not acknowledged is not stored",
                headers={"Retry-After": "5"},
            )

    def check_reader(self, caller: Principal, thread: str, namespace: str | None = None) -> None:
        """Raise Forbidden unless the caller may read records of the thread and namespace."""
        if not caller.may_read(thread, namespace):
            raise forbidden("SCOPE_FORBIDDEN", "the token does not allow to read this")

    def check_data(self, caller: Principal, *, write: bool = False) -> None:
        """Raise Forbidden unless the caller may read, or write, files."""
        self.check_reader(caller, files.THREAD)
        if write:
            self.check_open()
            if not caller.may_write(files.THREAD):
                raise forbidden("SCOPE_FORBIDDEN", "the token does not allow to write files")

    def records(
        self,
        filters: dict[str, str | None],
        *,
        after: int,
        limit: int,
        since: int | None = None,
        caller: Principal,
    ) -> Page:
        """Return a page of what the caller may read, with `since` of strictly greater clocks.

        It has fewer than `limit` records where these are large.
        """
        found: list[Stored] = []
        size = 0
        while True:
            page = self._read(filters, after, since, caller.threads)
            for stored in page:
                if not caller.may_read(stored.thread, namespace_of(stored.body)):
                    continue
                if len(found) == limit or size > MOST_BYTES:
                    return Page(records=found, next_after=found[-1].seq)
                found.append(stored)
                size += len(stored.canonical)
            if len(page) < _PAGE:
                return Page(records=found, next_after=None)
            after = page[-1].seq

    def _read(
        self,
        filters: dict[str, str | None],
        after: int,
        since: int | None,
        threads: list[str] | None,
    ) -> list[Stored]:
        """Return the next records, of those threads only: they may be few of very many."""
        if since is None and threads is None:
            return self.log.read(after=after, limit=_PAGE, **filters)
        if threads == []:
            return []
        wanted: dict[str, Any] = {k: value for k, value in filters.items() if value is not None}
        if threads is not None:
            wanted.setdefault("thread", {"$in": threads})
        if since is not None:
            wanted["clock"] = {"$gt": since}
        wanted["sequence"] = {"$gt": after}
        return self.log.query(Search(filter=parse_filter(wanted), limit=_PAGE)).records

    def check_author(
        self, caller: Principal, actor: str, record: Record | Draft, *, is_signed: bool = False
    ) -> None:
        """Raise Forbidden unless the caller may append this record in the actor's name."""
        self.check_open()
        if not caller.may_write(record.thread, namespace_of(record.body)):
            raise forbidden("SCOPE_FORBIDDEN", "the token does not allow to write there")
        kind = record.body.get("kind")
        if isinstance(kind, str) and kind.startswith(RESERVED):
            raise forbidden("KIND_RESERVED", f"only the service writes {kind!r:.200}")
        if not caller.may_speak_for(actor, is_signed=is_signed):
            raise forbidden(
                "DID_CLAIM_DENIED", f"the token does not allow to write as {actor!r:.200}"
            )

    def thread_view(self, thread: str) -> ThreadView:
        """Return the state of a thread."""
        view: ThreadView = self._thread_views(thread).ask(partial(view_of, thread)).value
        return view

    def _thread_view(self, thread: str) -> Projection[ThreadState]:
        return Projection(self.log, ThreadFold(thread), snapshot_every=None)

    def _count(self, stored: Stored) -> None:
        self.metrics.appended(stored)
        self.feed.wake()


def namespace_of(body: dict[str, Any]) -> str | None:
    """Return the namespace that a body names."""
    namespace = body.get("namespace")
    return namespace if isinstance(namespace, str) else None
