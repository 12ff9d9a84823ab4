"""The session: a live kernel on a thread, driven by a program.

    async with Session(goal="find the mean") as session:
        result = await session.run("sum([1, 2, 3]) / 3")
        result.value        # 2.0
        result.record_id    # the record of this cell

A cell is finished on its reply *and* the idle status: the two come on different channels, and
whoever stops at the reply loses output.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from threadbook.broker.assembly import Source, ToolOptions
from threadbook.config import Settings, store_url
from threadbook.errors import ConfigError, KernelStartError, SessionClosed, StoreError
from threadbook.log.log import Log
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.bodies import (
    Body,
    CellStart,
    CellStatus,
    Intent,
    SessionRestart,
)
from threadbook.records.record import new_thread_id
from threadbook.session.bridge import Bridge
from threadbook.session.budget import Pauses, TimeBudget
from threadbook.session.burial import bury, session_of
from threadbook.session.connection import Execution, InputCallback, KernelConnection, first_of
from threadbook.session.executors import Executor, SubprocessConfig
from threadbook.session.result import Result, failure_of, stream_of, value_of
from threadbook.session.storage import Storage
from threadbook.session.sync import SyncSession
from threadbook.tools.namespace import Tools
from threadbook.tools.policy import Policy
from threadbook.tools.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OUTPUT_LIMIT = 16 * 1024 * 1024
"""Most output, in characters, that a result holds; the record holds more."""

GRACE_SECONDS = 1.0
"""How long an interrupted cell may take to end before its kernel is restarted."""


class Session:
    """A kernel on a thread. Use it as a context manager, or call `start` and `close`.

    `thread` continues an existing thread, by default a new one; `goal` is stated on it. `store`
    is a URL or a path, by default that of the environment; a `storage` names a store and a
    workspace in it. `timeout` in seconds applies to each cell that names none. `on_input` answers
    `input()`, which is an error without it. `cwd` and `env` are the kernel's working folder and
    additional environment variables; an `executor` has these and more of its own.

    `tools` are functions, adapters, and folders or files that describe tools, beside those of the
    environment; they run in this process, which cells reach only through a broker. `policy` has
    the rules for them, `secrets` what they are given. With `allow_runtime_deps` off, cells cannot
    change what is installed.
    """

    def __init__(
        self,
        *,
        thread: str | None = None,
        goal: str | None = None,
        store: str | os.PathLike[str] | None = None,
        kernel_name: str | None = None,
        timeout: float | None = None,
        on_input: InputCallback | None = None,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        startup_timeout: float | None = None,
        output_limit: int = OUTPUT_LIMIT,
        storage: Storage | None = None,
        executor: Executor | None = None,
        tools: Sequence[Source] = (),
        policy: Policy | None = None,
        secrets: Secrets | None = None,
        allow_runtime_deps: bool = True,
    ) -> None:
        settings = Settings.from_environ()
        config = executor.config if executor is not None else SubprocessConfig()
        cwd = config.cwd if cwd is None else cwd
        self.thread = thread or settings.thread or new_thread_id()
        self._settings = msgspec.structs.replace(
            settings,
            store=_shared_store(settings, store, storage),
            key=settings.key.absolute(),  # the kernel may work in another folder
            outbox=settings.outbox.absolute(),
            thread=self.thread,
            executor="session",
            workspace=settings.workspace if storage is None else storage.workspace,
            runtime_deps=settings.runtime_deps and config.allow_runtime_deps and allow_runtime_deps,
        )
        self._goal = goal
        self._kernel_name = kernel_name or config.kernel_name
        self._timeout = config.default_timeout if timeout is None else timeout
        self._on_input = on_input
        self._cwd = None if cwd is None else str(Path(cwd))
        self._env = {**os.environ, **config.env, **(env or {}), **self._settings.as_environ()}
        self._startup_timeout = startup_timeout or config.startup_timeout
        self._output_limit = output_limit
        self._tools = ToolOptions.of(
            self._settings,
            sources=[*tools, *([config.tools_path] if config.tools_path is not None else [])],
            policy=policy,
            secrets=secrets,
        )
        self._bridge: Bridge | None = None
        self._pauses = Pauses()
        self._sink: Sink | None = None
        self._connection: KernelConnection | None = None
        self._recovery: asyncio.Task[None] | None = None
        self._queue = asyncio.Lock()  # hands out turns in the order of asking
        self._running: Execution | None = None
        self._is_closing = False
        self._state_lost = False
        self._session: str | None = None

    @classmethod
    def sync(cls, **options: Any) -> SyncSession:
        """Return the blocking face of a session, with the same options."""
        return SyncSession(lambda: cls(**options))

    def __repr__(self) -> str:
        state = "open" if self._connection else "closed"
        return f"<Session on {self.thread}, {state}>"

    @property
    def log(self) -> Log:
        """The log that the session records in. Raises StoreError where it cannot be opened."""
        return self._require_sink().log()

    @property
    def tools(self) -> Tools:
        """The tools, for this program: calls block, and are recorded on the thread, in no cell."""
        return self._require_bridge().tools(self.thread)

    @property
    def printed(self) -> str:
        """What the running cell has written to stdout so far; empty between cells."""
        return stream_of(self._running.fold.outputs, "stdout") if self._running else ""

    async def start(self) -> Self:
        """Start the kernel. Raises KernelStartError, IdentityError, ConfigError."""
        if self._sink is None:
            settings = self._settings
            outbox = Outbox(settings.outbox_file())
            self._sink = Sink(settings.store, settings.identity(), outbox)
            self._is_closing = False
            try:
                with contextlib.suppress(StoreError):  # each result will tell; a bad URL raises
                    self._state_lost = self._has_cells()
                self._open_bridge()
                if self._goal is not None:
                    self._record(Intent(goal=self._goal))
                await self._open()
            except BaseException:
                await self.close()
                raise
        return self

    async def close(self) -> None:
        """Shut the kernel down and release everything. May be called again.

        A running cell is interrupted; the calls of `run` that wait raise SessionClosed.
        """
        self._is_closing = True
        if self._running is not None:
            self._running.unwanted.set()
        async with self._queue:
            if self._recovery is not None:
                await asyncio.gather(self._recovery, return_exceptions=True)
                self._recovery = None
            connection, self._connection = self._connection, None
            if connection is not None:
                await connection.close()
            bridge, self._bridge = self._bridge, None
            if bridge is not None:
                await asyncio.to_thread(bridge.close)
            sink, self._sink = self._sink, None
            if sink is not None:
                sink.close()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    def __del__(self) -> None:
        connection = getattr(self, "_connection", None)
        if connection is not None:
            connection.abandon()
            if self._bridge is not None:
                self._bridge.abandon()
            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self, stacklevel=2)

    async def run(self, code: str, *, timeout: float | None = None) -> Result:
        """Run a cell and return what came of it; errors of the code are in the result.

        Calls run one after another, in the order in which they were made. After `timeout` seconds
        the cell is interrupted, and where that does not end it within a second, the kernel is
        restarted: the status is `timeout` in both cases, and `state_lost` tells which. A call that
        is cancelled ends its cell in the same way first. What `on_input` raises ends the cell, and
        is raised here.
        """
        timeout = self._timeout if timeout is None else timeout
        self._require_sink()
        async with self._queue:
            result = await self._turn(code, timeout)
            if _never_began(result):  # the kernel was gone, or going, when the code was sent
                result = await self._turn(code, timeout)
            return result

    def interrupt(self) -> None:
        """Interrupt the running cell, if one runs; its `run` returns status `interrupted`."""
        if self._connection is None:
            raise SessionClosed("the session is not open")
        if self._running is not None and not self._running.finished.is_set():
            self._connection.interrupt()

    async def reset(self) -> None:
        """Restart the kernel: variables are gone, the thread goes on."""
        self._require_sink()
        async with self._queue:
            connection = await self._ready()
            self._record_restart("reset")
            await connection.close()
            await self._open()
            self._state_lost = True

    def _open_bridge(self) -> None:
        """Make the broker of this session, which its kernels will reach."""
        loop, pauses = asyncio.get_running_loop(), self._pauses

        def count(is_waiting: bool) -> None:  # must not keep a session that is forgotten
            with contextlib.suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(pauses.count, is_waiting)

        self._bridge = Bridge(self._require_sink(), self._tools, thread=self.thread, on_wait=count)

    async def _open(self) -> None:
        environ = self._bridge.environ() if self._bridge is not None else {}
        connection = await KernelConnection.open(
            self._kernel_name,
            env=self._env | environ,
            cwd=self._cwd,
            timeout=self._startup_timeout,
            on_input=self._on_input,
        )
        if connection.implementation != "threadbook":
            await connection.kill()
            raise KernelStartError(
                f"the kernel {self._kernel_name!r} is {connection.implementation!r} and keeps no"
                " record",
                remedy="use the kernelspec threadbook: `threadbook kernel install`",
            )
        self._connection = connection
        self._session = self._session_of(connection)
        self._require_bridge().session = self._session or ""

    async def _ready(self) -> KernelConnection:
        """Return a kernel that lives, after restarting one that died while nobody looked.

        A restart goes on where the caller is cancelled: the next call finds it.
        """
        connection = self._connection
        if self._recovery is None and connection is not None and connection.died.is_set():
            self._recovery = asyncio.ensure_future(self._recover(connection))
        if (recovery := self._recovery) is not None:
            try:
                await asyncio.shield(recovery)
            finally:
                if recovery.done():
                    self._recovery = None
        if self._is_closing or self._connection is None:
            raise SessionClosed("the session is closed")
        connection = self._connection
        if not connection.calm.is_set():  # an interrupt on its way must not hit the next cell
            await first_of(connection.calm, connection.died, timeout=GRACE_SECONDS)
        return connection

    async def _turn(self, code: str, timeout: float | None) -> Result:
        connection = await self._ready()
        cells = self._require_bridge().cells
        with cells.beginning() as begin:
            message, execution = connection.execute(code, output_limit=self._output_limit)
            begin(message)
        self._running = execution
        work = asyncio.ensure_future(self._finish(connection, message, execution, timeout))
        try:
            status = await asyncio.shield(work)
        except asyncio.CancelledError:
            execution.unwanted.set()
            while not work.done():  # the next cell has to wait, however often this is cancelled
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait([work])
            raise
        finally:
            self._running = None
            cells.settle(message)
            connection.forget(message)
        if execution.failure is not None:
            raise execution.failure
        return self._result(execution, status)

    async def _finish(
        self,
        connection: KernelConnection,
        message: str,
        execution: Execution,
        timeout: float | None,
    ) -> CellStatus | None:
        """See a cell to its end; return the status where the kernel could not say it.

        One that is not wanted any more, or takes too long, is interrupted. Where that does not
        end it, the kernel is.
        """
        finished, died, idle = execution.finished, connection.died, execution.idle
        budget = TimeBudget(timeout, self._pauses)
        await budget.first_of(finished, died, idle, execution.unwanted)
        status: CellStatus = "interrupted" if execution.unwanted.is_set() else "timeout"
        if idle.is_set() and not (finished.is_set() or died.is_set()):
            # The reply is on its way, or an interrupt in the wrong place cost it.
            await first_of(finished, died, timeout=GRACE_SECONDS)
            status = "interrupted"
        elif not (finished.is_set() or died.is_set()):
            connection.interrupt(status)
            await first_of(finished, died, timeout=GRACE_SECONDS)
        elif died.is_set():
            status = "died"
            await connection.drain()
        if finished.is_set():
            return None
        await connection.kill()
        metadata = self._bury(status, message)
        execution.reply = {"content": {}, "metadata": {"threadbook": metadata}}
        self._state_lost = True
        if not self._is_closing:
            self._recovery = asyncio.ensure_future(self._restart(status))
        return status

    async def _recover(self, connection: KernelConnection) -> None:
        await connection.kill()
        self._bury("died")
        await self._restart("died")

    async def _restart(self, reason: str) -> None:
        self._record_restart(reason)
        await self._open()
        self._state_lost = True

    def _bury(self, status: CellStatus, message: str = "") -> dict[str, Any]:
        """Write the ends of a dead kernel's session; see bury."""
        return bury(
            self._require_sink(),
            lambda: self._session or self._session_of(self._connection),
            status,
            message,
        )

    def _session_of(self, connection: KernelConnection | None) -> str | None:
        """Return the start of the session that a kernel recorded, if the log has it."""
        try:
            pid = connection.pid if connection is not None else None
            return session_of(self.log, self.thread, pid)
        except StoreError:  # the kernel is in the same trouble, and says so in each reply
            return None

    def _record_restart(self, reason: str) -> None:
        self._record(SessionRestart(session=self._session or "", reason=reason))

    def _record(self, body: Body) -> None:
        parents = (self._session,) if self._session else self._thread_head()
        self._require_sink().append(body.draft(thread=self.thread, parents=parents))

    def _has_cells(self) -> bool:
        """Tell whether cells have run on the thread: a new kernel has none of their variables."""
        return bool(self.log.latest(thread=self.thread, kind=CellStart.KIND))

    def _thread_head(self) -> tuple[str, ...]:
        try:
            head = self.log.head(self.thread)
        except StoreError:  # the record will wait in the outbox
            return ()
        return (head.id,) if head else ()

    def _result(self, execution: Execution, status: CellStatus | None) -> Result:
        reply = execution.reply or {"content": {}, "metadata": {}}
        content, metadata = reply["content"], reply["metadata"].get("threadbook") or {}
        outputs = execution.fold.outputs
        value, text = value_of(outputs, metadata, self._read_blob)
        state_lost = self._state_lost or self._recovery is not None
        self._state_lost = False
        return Result(
            status=status or metadata.get("status") or content.get("status", "error"),
            value=value,
            text=text,
            stdout=stream_of(outputs, "stdout"),
            stderr=stream_of(outputs, "stderr"),
            outputs=outputs,
            error=failure_of(outputs, content, metadata.get("line")),
            execution_count=content.get("execution_count"),
            duration=time.perf_counter() - execution.began,
            record_id=metadata.get("record"),
            state_lost=state_lost,
            is_truncated=execution.fold.is_cut,
            trouble=metadata.get("trouble"),
        )

    def _read_blob(self, digest: str) -> bytes:
        return self.log.blobs.get(digest)

    def _require_bridge(self) -> Bridge:
        if self._bridge is None:
            raise SessionClosed("the session is not open")
        return self._bridge

    def _require_sink(self) -> Sink:
        if self._sink is None:
            raise SessionClosed("the session is not open")
        return self._sink


def _shared_store(
    settings: Settings, store: str | os.PathLike[str] | None, storage: Storage | None
) -> str:
    """Return the store URL, absolute: kernel and session are two processes."""
    if store is not None and storage is not None:
        raise ConfigError("a session has a store or a storage, not both")
    if storage is not None:
        store = storage.store
    url = store_url(settings.store if store is None else os.fspath(store))
    if url == "memory:":
        raise ConfigError(
            "a kernel cannot reach a store in this process's memory", remedy="name a file"
        )
    return url


def _never_began(result: Result) -> bool:
    """Tell whether a kernel died before it took a cell: the log is well, and has no start."""
    return result.status == "died" and result.record_id is None and result.trouble is None
