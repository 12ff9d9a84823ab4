"""Processes: a command in a group of its own, watched while it runs, gone when its call ends.

What a command leaves running in its group is killed with it, however it ends: by itself, by
its timeout, or because its call was cancelled. Only what leaves the group, as a daemon does with
`setsid`, is out of reach. A watcher does the same where this process dies first.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import errno
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, cast

import msgspec

from threadbook.errors import ToolArgumentError, ToolCallError
from threadbook.tools.adapter import Stream
from threadbook.tools.secrets import Redactor

GRACE_SECONDS: Final = 2.0
"""Between asking a command to end and killing it."""
_DRAIN_SECONDS = 1.0
"""How long output is awaited of a process that left the group and holds the pipe."""

_STDOUT, _STDERR = 1, 2

_WATCHER: Final = ("/bin/sh", "-c", 'read -r _; kill -s KILL -- "-$1"', "sh")
"""Kills a group once the other end of its stdin is gone, as it is when this process is killed."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be run: the first of `argv` is the path of a program.

    `limit` is in bytes for stdout and stderr each; what exceeds it is read and dropped, so that a
    long output does not leave the work of the command half done.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str | None = None
    timeout: float | None = None
    limit: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command. `ended_by` says what ended it, if it was not itself."""

    stdout: str
    stderr: str
    exit_code: int
    duration_ms: float
    is_cut: bool = False
    ended_by: str = ""


class Processes:
    """The commands that are running."""

    def __init__(self, *, grace: float = GRACE_SECONDS) -> None:
        self._grace = grace
        self._running: dict[asyncio.Task[Outcome], _Process] = {}

    async def run(
        self, command: Command, redactor: Redactor, report: Callable[[Stream, str], None]
    ) -> Outcome:
        """Run a command to its end. `report` is told what it prints: "stdout" or "stderr", text.

        Cancelling ends the command, waits for that, and then raises CancelledError. Raises
        ToolCallError where it could not be started.
        """
        process = _Process(command, redactor, report)
        # A task of its own, which nobody cancels: a command is ended in order or not at all.
        task = asyncio.create_task(_run(process, command, self._grace))
        self._running[task] = process
        task.add_done_callback(self._running.pop)
        cancelled = None
        while not task.done():
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError as error:
                cancelled = error
                process.stop("its call was cancelled")
        if cancelled is not None:
            task.exception()  # it was about a call that nobody waits for
            raise cancelled
        return task.result()

    async def close(self) -> None:
        """End what is running."""
        for process in self._running.values():
            process.stop("its adapter was closed")
        if self._running:
            await asyncio.wait(set(self._running))


class _Capture:
    """One stream of a command: decoded, without secrets, bounded."""

    def __init__(self, limit: int, redactor: Redactor, report: Callable[[str], None]) -> None:
        self._limit = limit
        self._report = report
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stream = redactor.stream()
        self._pieces: list[str] = []
        self._room = limit
        self.dropped = 0

    def feed(self, data: bytes) -> None:
        piece = data[: self._room]
        self._room -= len(piece)
        self.dropped += len(data) - len(piece)
        self._add(self._stream.feed(self._decoder.decode(piece)))

    def finish(self) -> None:
        rest = self._decoder.decode(b"", final=True)
        self._add(self._stream.close(rest))
        if self.dropped:
            self._add(f"\n[cut after {self._limit} bytes; {self.dropped} more were dropped]\n")

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def _add(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            self._report(text)


class _Process(asyncio.SubprocessProtocol):
    """A command as the event loop sees it. `attention` is set when it ended, or is to be ended."""

    def __init__(
        self, command: Command, redactor: Redactor, report: Callable[[Stream, str], None]
    ) -> None:
        self.captures = {
            _STDOUT: _Capture(command.limit, redactor, lambda text: report("stdout", text)),
            _STDERR: _Capture(command.limit, redactor, lambda text: report("stderr", text)),
        }
        self.attention = asyncio.Event()
        self.exited = asyncio.Event()
        self.drained = asyncio.Event()
        self.ended_by = ""
        self._open = set(self.captures)

    def stop(self, why: str) -> None:
        if not self.exited.is_set():
            self.ended_by = self.ended_by or why
        self.attention.set()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.captures[fd].feed(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002
        self._open.discard(fd)
        if not self._open:
            self.drained.set()

    def process_exited(self) -> None:
        self.exited.set()
        self.attention.set()


async def _run(process: _Process, command: Command, grace: float) -> Outcome:
    started = time.monotonic()
    transport = await _start(process, command)
    group, watcher = transport.get_pid(), None
    try:
        watcher = await _watch(group)
        if not await _happens(process.attention, command.timeout):
            process.stop("timeout")
        if not process.exited.is_set():
            _signal(group, signal.SIGTERM)
            await _happens(process.exited, grace)
        _signal(group, signal.SIGKILL)
        await process.exited.wait()
        duration = time.monotonic() - started
        await _happens(process.drained, _DRAIN_SECONDS)
    finally:
        _signal(group, signal.SIGKILL)  # if the loop itself is ending
        transport.close()
        if watcher is not None:
            watcher.close()
    for capture in process.captures.values():
        capture.finish()
    return Outcome(
        stdout=process.captures[_STDOUT].text,
        stderr=process.captures[_STDERR].text,
        exit_code=cast("int", transport.get_returncode()),
        duration_ms=duration * 1000,
        is_cut=any(capture.dropped for capture in process.captures.values()),
        ended_by=process.ended_by,
    )


async def _start(process: _Process, command: Command) -> asyncio.SubprocessTransport:
    loop = asyncio.get_running_loop()
    try:
        transport, _ = await loop.subprocess_exec(
            lambda: process,
            *(word.encode() for word in command.argv),  # whatever the locale of this process
            env=command.env,
            cwd=command.cwd,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise _not_started(command, error) from error
    return transport


async def _watch(group: int) -> asyncio.SubprocessTransport:
    transport, _ = await asyncio.get_running_loop().subprocess_exec(
        asyncio.SubprocessProtocol,
        *_WATCHER,
        str(group),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C, or the end of a terminal, is not for it
    )
    return transport


def _not_started(command: Command, error: OSError) -> ToolCallError | ToolArgumentError:
    program = command.argv[0]
    if error.errno == errno.E2BIG:
        return ToolArgumentError(f"the arguments of {program} are longer than the system allows")
    if command.cwd is not None and not Path(command.cwd).is_dir():
        return ToolCallError(
            f"{program} cannot run in {command.cwd}, which is no folder",
            remedy="make the folder, or change cwd",
        )
    return ToolCallError(
        f"{program} could not be started: {error.strerror}",
        remedy="check that it is a program which this user may run",
    )


async def _happens(event: asyncio.Event, within: float | None) -> bool:
    """Wait for an event, and tell whether it came within so many seconds."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), within)
    return event.is_set()


def _signal(group: int, number: signal.Signals) -> None:
    # PermissionError: macOS answers so for a group of which only zombies are left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
