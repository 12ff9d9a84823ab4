"""The workspace: what one client works with: a thread, its log, and a kernel once it is needed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from threadbook.config import Settings
from threadbook.errors import ConfigError, SessionClosed
from threadbook.folds.decisions import DecisionsFold, DecisionsState
from threadbook.folds.fold import Fold, Projection
from threadbook.folds.threads import ThreadsFold, ThreadsState
from threadbook.folds.trust import TrustFold, TrustState
from threadbook.library.artifacts import Artifacts
from threadbook.library.context import Context
from threadbook.library.workflows import Workflows
from threadbook.log.log import Log
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.mcp_server.runs import Runs
from threadbook.records.identity import Identity
from threadbook.records.record import new_thread_id
from threadbook.session.session import Session

S = TypeVar("S")
T = TypeVar("T")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a server was started with.

    `approver_key` is the file of the key in whose name the answers of a client's person are
    written, `cwd` the working folder of kernels.
    """

    settings: Settings
    approver_key: Path
    cwd: Path | None = None
    runtime_deps: bool = True
    compact: bool = False

    def check(self) -> None:
        """Raise ConfigError where a session would answer its own questions."""
        settings = self.settings
        if settings.store == "memory:":
            raise ConfigError("a kernel cannot reach a store in memory", remedy="name a file")
        if settings.actor is None and self.approver_key.resolve() == settings.key.resolve():
            raise ConfigError(
                f"{self.approver_key} is the key of the session",
                remedy="answers need a key of their own: name another --approver-key",
            )

    def approver(self) -> Identity:
        """Return who answers in the name of the client's person; the key is made on demand.

        Raises IdentityError, ConfigError.
        """
        return self.settings.approver(self.approver_key)


class Workspace:
    """One thread, and the session on it. The kernel starts with the first call that needs it."""

    def __init__(self, options: Options, *, thread: str | None = None) -> None:
        settings = options.settings
        self.options = options
        self.thread = thread or new_thread_id()
        self.used_at = time.monotonic()
        self.sink = Sink(settings.store, settings.identity(), Outbox(settings.outbox_file()))
        self.context = Context(
            sink=self.sink, thread=lambda: self.thread, workspace=settings.workspace
        )
        self.workflows = Workflows(self.context)
        self.artifacts = Artifacts(self.context)
        self.runs = Runs()
        self._session: Session | None = None
        self._starting = asyncio.Lock()
        self._is_closed = False
        self._folds: dict[str, tuple[Log, Projection[Any]]] = {}

    @property
    def log(self) -> Log:
        """The log. Raises StoreError."""
        return self.sink.log()

    @property
    def running(self) -> Session | None:
        """The session, where one has been started."""
        return self._session

    async def session(self) -> Session:
        """Return the session, started. Raises what Session.start does."""
        async with self._starting:
            if self._is_closed:
                raise SessionClosed("the session of this client has ended")
            if self._session is None:
                options = self.options
                session = Session(
                    thread=self.thread,
                    store=options.settings.store,
                    cwd=options.cwd,
                    allow_runtime_deps=options.runtime_deps,
                )
                self._session = await session.start()
            return self._session

    def decisions(self, view: Callable[[DecisionsState], T]) -> T:
        """Return a view of what waits for an answer. Blocks. Raises StoreError."""
        return self._ask(DecisionsFold(self.sink.identity.actor_did), view)

    def threads(self, view: Callable[[ThreadsState], T]) -> T:
        """Return a view of all threads. Blocks. Raises StoreError."""
        return self._ask(ThreadsFold(), view)

    def trust(self, view: Callable[[TrustState], T]) -> T:
        """Return a view of how actors stand. Blocks. Raises StoreError."""
        return self._ask(TrustFold(self.sink.identity.actor_did), view)

    async def close(self) -> None:
        """End the kernel, and what runs in it. May be called again."""
        self._is_closed = True
        self.runs.cancel()
        async with self._starting:
            session, self._session = self._session, None
        if session is not None:
            await session.close()
        await asyncio.to_thread(self.sink.close)

    def _ask(self, fold: Fold[S], view: Callable[[S], T]) -> T:
        log = self.log
        held = self._folds.get(fold.key)
        if held is None or held[0] is not log:  # the sink has opened it anew
            held = self._folds[fold.key] = log, Projection(log, fold)
        projection: Projection[S] = held[1]
        return projection.ask(view).value
