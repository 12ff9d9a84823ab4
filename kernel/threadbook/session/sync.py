"""The blocking face of a session, for programs without an event loop.

There is one implementation, the asynchronous one; this runs it on a loop in a thread of its own,
so that interrupts work while a cell runs.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Self, TypeVar

from threadbook.broker.loop import result_of
from threadbook.errors import SessionClosed

if TYPE_CHECKING:
    from threadbook.log.log import Log
    from threadbook.session.result import Result
    from threadbook.session.session import Session

R = TypeVar("R")


class SyncSession:
    """Made by `Session.sync(…)`; its methods block. Use it as a context manager."""

    def __init__(self, make: Callable[[], Session]) -> None:
        self._make = make
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._session: Session | None = None

    @property
    def thread(self) -> str:
        """The id of the thread the session works on."""
        return self._open().thread

    @property
    def log(self) -> Log:
        """The log that the session records in."""
        return self._open().log

    def start(self) -> Self:
        """Start the kernel. Raises KernelStartError, IdentityError."""
        if self._session is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=self._loop.run_forever, name="threadbook-session", daemon=True
            )
            self._thread.start()
            try:
                self._session = self._wait(self._started())
            except BaseException:  # Ctrl-C too: what is half started goes away with the loop
                self._stop_loop()
                raise
        return self

    def run(self, code: str, *, timeout: float | None = None) -> Result:
        """Run a cell, as `Session.run` does. Ctrl-C interrupts the cell."""
        session = self._open()
        try:
            return self._wait(session.run(code, timeout=timeout))
        except KeyboardInterrupt:
            self.interrupt()
            raise

    def interrupt(self) -> None:
        """Interrupt the running cell; may be called from another thread."""
        session = self._open()

        async def interrupt() -> None:
            session.interrupt()

        self._wait(interrupt())

    def reset(self) -> None:
        """Restart the kernel, as `Session.reset` does."""
        self._wait(self._open().reset())

    def close(self) -> None:
        """Shut the kernel down and release everything. May be called again."""
        session, self._session = self._session, None
        if session is not None:
            try:
                self._wait(session.close())
            finally:
                self._stop_loop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.close()

    async def _started(self) -> Session:
        return await self._make().start()

    def _open(self) -> Session:
        if self._session is None:
            raise SessionClosed("the session is not open")
        return self._session

    def _wait(self, coroutine: Coroutine[Any, Any, R]) -> R:
        if self._loop is None:
            raise SessionClosed("the session is not open")
        return result_of(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    def _stop_loop(self) -> None:
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is not None and thread is not None:
            asyncio.run_coroutine_threadsafe(_cancel_tasks(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


async def _cancel_tasks() -> None:
    """End what else runs on this loop, as `asyncio.run` does."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
