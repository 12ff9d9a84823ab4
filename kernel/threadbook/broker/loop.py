"""An event loop in a thread of its own: it goes on while a cell or a program blocks."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from threadbook.errors import SessionClosed

R = TypeVar("R")


SECONDS_TO_END = 10.0
"""How long, at the end, what was cancelled may take."""

_LOOK_UP_SECONDS = 0.25


def result_of(future: concurrent.futures.Future[R]) -> R:
    """Wait for a result; Ctrl-C ends the wait.

    A signal that comes just before a thread waits for a lock does not wake it, so that it looks
    up now and then.
    """
    while True:
        try:
            return future.result(_LOOK_UP_SECONDS)
        except TimeoutError:
            if future.done():  # it may be what the work raised
                return future.result()


class LoopThread:
    """Starts with the first task that it is given; ends with `close`.

    A forked child has the object and no thread: there it can only be closed.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._futures: set[concurrent.futures.Future[Any]] = set()
        self._is_closed = False
        self._pid = os.getpid()

    @property
    def is_running(self) -> bool:
        """Whether there is a thread, in this process, that has not ended."""
        return self._is_ours() and self._thread is not None and self._thread.is_alive()

    @property
    def is_current(self) -> bool:
        """Whether the calling thread is that of the loop, so that nothing may wait for it."""
        return threading.current_thread() is self._thread

    def submit(self, work: Coroutine[Any, Any, R]) -> concurrent.futures.Future[R]:
        """Run a coroutine; cancelling the future cancels it.

        It runs in a copy of the caller's context, so that what it prints is the caller's.
        Raises SessionClosed after `close`.
        """
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._started())
        except BaseException:
            work.close()
            raise
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)
        return future

    def run(self, work: Coroutine[Any, Any, R]) -> R:
        """Run a coroutine to its end. Ctrl-C here cancels it, and is raised when it has ended."""
        future = self.submit(work)
        try:
            return result_of(future)
        except KeyboardInterrupt:
            future.cancel()
            raise

    def close(self) -> None:
        """Cancel what runs, and end the thread. May be called again, and from the loop itself."""
        self.abandon()
        if self.is_running and not self.is_current and self._thread is not None:
            self._thread.join()

    def abandon(self, last: Callable[[], Coroutine[Any, Any, None]] | None = None) -> None:
        """Cancel what runs, and end the thread, without waiting for it.

        `last` is run before, where there is anything to end.
        """
        if not self._is_ours():
            return
        with self._lock:
            is_first, self._is_closed = not self._is_closed, True
        if is_first and self._loop is not None:
            with suppress(RuntimeError):  # it is closed already
                asyncio.run_coroutine_threadsafe(self._end(last), self._loop)

    async def _end(self, last: Callable[[], Coroutine[Any, Any, None]] | None) -> None:
        loop = asyncio.get_running_loop()
        try:
            if last is not None:
                await last()
            await _cancel_tasks()
        finally:
            loop.stop()

    def _started(self) -> asyncio.AbstractEventLoop:
        if not self._is_ours():
            raise SessionClosed(f"{self._name}: a forked process has none of its own")
        with self._lock:
            if self._is_closed:
                raise SessionClosed(f"{self._name}: it is closed")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._run, args=(self._loop,), name=self._name, daemon=True
                )
                self._thread.start()
            return self._loop

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_forever()
        finally:
            for future in tuple(self._futures):  # of what did not end: nobody is to wait for it
                future.cancel()
            loop.close()

    def _is_ours(self) -> bool:
        return os.getpid() == self._pid


async def _cancel_tasks() -> None:
    """End what else runs on this loop, as `asyncio.run` does; what does not end is left."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    left = (await asyncio.wait(tasks, timeout=SECONDS_TO_END))[1] if tasks else ()
    if not left:
        await asyncio.get_running_loop().shutdown_default_executor()
