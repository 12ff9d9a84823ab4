"""One kernel process and the channels to it, from start to end.

A restart makes a new connection: messages that still wait for a dead kernel, an interrupt for
instance, must not reach its successor.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager

from threadbook.errors import KernelStartError, SessionError
from threadbook.kernel.outputs import OutputFold

InputCallback = Callable[[str, bool], str | Awaitable[str]]
"""Answers `input()`: called with the prompt and whether it is for a password."""

_LONGEST_SOCKET_PATH = 100  # of 108 bytes in sockaddr_un, less a port suffix
_DRAIN_MS = 20
_INFO_SECONDS = 1.0
_LOG_TAIL = 2000


class Execution:
    """A cell on its way: finished once its reply and the idle status are both in."""

    def __init__(self, output_limit: int) -> None:
        self.fold = OutputFold(output_limit)
        self.reply: dict[str, Any] | None = None
        self.began = time.perf_counter()
        self.idle = asyncio.Event()
        self.finished = asyncio.Event()
        self.unwanted = asyncio.Event()  # set by whoever wants it to end
        self.question: asyncio.Task[None] | None = None  # of `input()`, while it is being answered
        self.failure: Exception | None = None  # what the caller's `on_input` raised

    def settle(self) -> None:
        """Note that it is finished, if it is."""
        if self.reply is not None and self.idle.is_set():
            self.finished.set()


class KernelConnection:
    """A running kernel.

    `died` is set when its process is gone, whatever the reason, and when it can no longer be
    understood. `calm` is set while no interrupt is on its way.
    """

    def __init__(
        self, manager: AsyncKernelManager, client: AsyncKernelClient, folder: Path
    ) -> None:
        self._manager = manager
        self._client = client
        self._folder = folder
        self._executions: dict[str, Execution] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._on_input: InputCallback | None = None
        self._owner = os.getpid()
        self._pid_fd: int | None = None
        self._info: dict[str, Any] | None = None
        self._interrupts: set[str] = set()
        self._can_ask = asyncio.Event()
        self.died = asyncio.Event()
        self.calm = asyncio.Event()
        self.calm.set()

    @classmethod
    async def open(
        cls,
        kernel_name: str,
        *,
        env: dict[str, str],
        cwd: str | None,
        timeout: float,
        on_input: InputCallback | None,
    ) -> KernelConnection:
        """Start a kernel and wait until it answers, at most `timeout` seconds.

        Raises KernelStartError with what the process printed.
        """
        folder = Path(tempfile.mkdtemp(prefix="tb-"))
        manager = AsyncKernelManager(
            kernel_name=kernel_name,
            connection_file=str(folder / "kernel.json"),
            # That of the process: the destructor of a context waits until its sockets are closed,
            # and waits for ever where it is collected together with them, before them.
            context=zmq.asyncio.Context.instance(),
        )
        if len(str(folder)) <= _LONGEST_SOCKET_PATH - len("/k-5"):
            manager.transport, manager.ip = "ipc", str(folder / "k")
        connection = None
        try:
            with (folder / "kernel.log").open("wb") as log:
                await manager.start_kernel(env=env, cwd=cwd, stdout=log, stderr=log)
            client = manager.client()
            connection = cls(manager, client, folder)
            connection._on_input = on_input
            connection._start()
            async with asyncio.timeout(timeout):
                await connection._answer()
            if on_input is not None:
                await first_of(connection._can_ask, connection.died, timeout=_INFO_SECONDS)
        except BaseException as error:
            printed = _tail(folder / "kernel.log")
            if connection is not None:
                await connection.kill()
            else:  # also where it was cancelled after its process had been started
                await _end(manager)
            shutil.rmtree(folder, ignore_errors=True)
            if not isinstance(error, Exception):
                raise
            reason = _reason(error, timeout)
            raise KernelStartError(
                f"cannot start the kernel {kernel_name!r}: {reason}\n{printed}".strip()
            ) from error
        return connection

    @property
    def pid(self) -> int | None:
        """The number of the kernel's process."""
        return getattr(self._manager.provisioner, "pid", None)

    @property
    def implementation(self) -> str:
        """The name by which the kernel introduced itself."""
        return str((self._info or {}).get("implementation", ""))

    def execute(self, code: str, *, output_limit: int) -> tuple[str, Execution]:
        """Send code to the kernel; return the message id and where to watch it."""
        execution = Execution(output_limit)
        message = self._client.execute(code, allow_stdin=self._on_input is not None)
        self._executions[message] = execution
        return message, execution

    def forget(self, message: str) -> None:
        """Stop collecting for an execution, and waiting for answers to its questions."""
        execution = self._executions.pop(message, None)
        if execution is not None and execution.question is not None:
            execution.question.cancel()

    def interrupt(self, reason: str = "") -> None:
        """Ask the kernel to interrupt what it runs; `reason` ends up in the record."""
        session, channel = self._client.session, self._client.control_channel
        request = session.msg("interrupt_request", content={"reason": reason})
        self._interrupts.add(request["header"]["msg_id"])
        self.calm.clear()
        channel.send(request)

    async def close(self, *, timeout: float = 5.0) -> None:
        """Ask the kernel to go, and kill it if it has not gone after `timeout` seconds."""
        if not self.died.is_set():
            self._client.shutdown()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self.died.wait()
        await self.kill()

    async def kill(self) -> None:
        """End the process at once and release sockets and files."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._unwatch()
        self._client.stop_channels()
        await _end(self._manager)
        self.died.set()
        shutil.rmtree(self._folder, ignore_errors=True)

    def abandon(self) -> None:
        """End the process without waiting, where there may be no event loop any more."""
        if os.getpid() != self._owner:  # a copy in a forked child, whose parent goes on with it
            return
        if self.pid is not None and not self.died.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        shutil.rmtree(self._folder, ignore_errors=True)

    async def drain(self) -> None:
        """Wait until what a dead kernel had still sent has been read."""
        sockets = (self._client.iopub_channel.socket, self._client.shell_channel.socket)
        while any([await socket.poll(_DRAIN_MS) for socket in sockets]):
            await asyncio.sleep(0)  # lets the reading tasks take it; there is no event to wait for

    def _start(self) -> None:
        self._client.start_channels(hb=False)
        self._watch()
        for read in (
            self._read_shell(),
            self._read_iopub(),
            self._read_control(),
            self._read_stdin(),
            self._watch_stdin(),
        ):
            self._task(read)

    def _task(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._has_ended)
        self._tasks.append(task)

    def _has_ended(self, task: asyncio.Task[None]) -> None:
        """Give the kernel up when what it sends cannot be read: nothing would arrive any more."""
        if not task.cancelled() and task.exception() is not None:
            self.died.set()

    async def _answer(self) -> None:
        """Wait until the kernel answers on both channels, asking again now and then.

        A subscription is only in force some time after the socket connects; until then what the
        kernel publishes is lost.
        """
        while True:
            execution = Execution(0)
            message = self._client.kernel_info()
            self._executions[message] = execution
            await first_of(execution.finished, self.died, timeout=_INFO_SECONDS)
            self.forget(message)
            if self.died.is_set():
                raise KernelStartError("the kernel process ended")
            if execution.finished.is_set() and execution.reply is not None:
                self._info = execution.reply["content"]
                return

    def _watch(self) -> None:
        """Have `died` set at the moment the process ends."""
        if self.pid is not None and hasattr(os, "pidfd_open"):
            self._pid_fd = os.pidfd_open(self.pid)
            asyncio.get_running_loop().add_reader(self._pid_fd, self._gone)
        else:
            self._task(self._poll())

    def _gone(self) -> None:
        self._unwatch()
        self.died.set()

    def _unwatch(self) -> None:
        if self._pid_fd is not None:
            asyncio.get_running_loop().remove_reader(self._pid_fd)
            os.close(self._pid_fd)
            self._pid_fd = None

    async def _poll(self) -> None:
        """Where there are no pidfds, or no local process: ask again and again."""
        while await self._manager.is_alive():
            await asyncio.sleep(0.05)
        self.died.set()

    async def _read_shell(self) -> None:
        while True:
            message = await self._client.get_shell_msg()
            execution = self._executions.get(_parent(message))
            if execution is not None:
                execution.reply = message
                execution.settle()

    async def _read_iopub(self) -> None:
        while True:
            message = await self._client.get_iopub_msg()
            execution = self._executions.get(_parent(message))
            if execution is None:
                continue
            content = message["content"]
            if message["msg_type"] == "status":
                if content["execution_state"] == "idle":
                    execution.idle.set()
                    execution.settle()
            else:
                execution.fold.add(message["msg_type"], content)

    async def _read_control(self) -> None:
        while True:
            message = await self._client.get_control_msg()
            self._interrupts.discard(_parent(message))
            if not self._interrupts:
                self.calm.set()

    async def _watch_stdin(self) -> None:
        """Note when the kernel can ask for input: before, what it sends there is dropped."""
        socket = self._client.stdin_channel.socket
        monitor = socket.get_monitor_socket(zmq.Event.HANDSHAKE_SUCCEEDED)
        try:
            await monitor.recv_multipart()
        finally:
            socket.disable_monitor()
            monitor.close(linger=0)
        self._can_ask.set()

    async def _read_stdin(self) -> None:
        while True:
            message = await self._client.get_stdin_msg()
            execution = self._executions.get(_parent(message))
            if message["msg_type"] == "input_request" and execution is not None:
                if execution.question is not None:  # given up: it was interrupted, and asks anew
                    execution.question.cancel()
                execution.question = asyncio.get_running_loop().create_task(
                    self._answer_input(execution, message["content"])
                )

    async def _answer_input(self, execution: Execution, content: dict[str, Any]) -> None:
        """Answer a cell's question; where the callback fails, the cell has to end."""
        try:
            answer = await self._ask(content["prompt"], content["password"])
        except Exception as error:  # noqa: BLE001  the caller's; `run` raises it
            execution.failure = error
            execution.unwanted.set()
        else:
            self._client.input(answer)

    async def _ask(self, prompt: str, is_password: bool) -> str:
        if self._on_input is None:
            raise SessionError("a cell asked for input, and nobody answers")
        answer = self._on_input(prompt, is_password)
        if inspect.isawaitable(answer):
            answer = await answer
        if not isinstance(answer, str):
            raise TypeError(f"on_input has to return a str, not {type(answer).__name__}")
        return answer


async def _end(manager: AsyncKernelManager) -> None:
    """End a kernel's process at once, and release what the manager holds: sockets and files.

    A socket that stays open would keep the interpreter from ending.
    """
    if (process := manager.provisioner) is not None and process.has_process:
        await process.kill()
        await process.wait()
    await manager.cleanup_resources()


async def first_of(*events: asyncio.Event, timeout: float | None) -> bool:
    """Wait for the first of several events, at most `timeout` seconds; tell whether one came."""
    tasks = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        done, _ = await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    return bool(done)


def _parent(message: dict[str, Any]) -> str:
    return str(message["parent_header"].get("msg_id", ""))


def _reason(error: Exception, timeout: float) -> str:
    """Return why a kernel did not start; `error` is whatever a provisioner may raise."""
    if isinstance(error, TimeoutError):
        return f"the kernel did not answer within {timeout:g} s"
    if isinstance(error, KernelStartError):
        return error.message
    return f"{type(error).__name__}: {error}"


def _tail(file: Path) -> str:
    if not file.exists():
        return ""
    return file.read_bytes()[-_LOG_TAIL:].decode(errors="replace").strip()
