"""Threads that are kept for the next call: to start one costs more than most calls."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import contextvars
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

R = TypeVar("R")
Job = Callable[[], object]

MOMENT = 0.001
"""Seconds for which a loop may wait for what is quick."""

_IDLE_SECONDS = 10.0


def _nothing() -> None:
    return None


class KeptThreads:
    """Runs jobs, which raise nothing, each at once in a daemon thread.

    A thread that has done its job waits some seconds for another. One that hangs keeps neither
    other jobs nor the end of the process waiting.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._idle = 0  # threads that wait, and have not been given a job yet
        self._is_closed = False

    def run(self, job: Job) -> None:
        """Run a job. Raises RuntimeError where there is no room for another thread."""
        with self._lock:
            if self._idle:
                self._idle -= 1
                self._jobs.put(job)
                return
        threading.Thread(target=self._work, args=([job],), daemon=True, name=self._name).start()

    async def call(
        self,
        function: Callable[[], R],
        *,
        moment: float = 0.0,
        ended: Callable[[], object] = _nothing,
    ) -> R:
        """Run a function, which raises no StopIteration, and return what it returns.

        `moment` is how many seconds it is waited for in the loop itself: to be called back from a
        thread takes the loop longer than a quick function takes. `ended` is called in the loop
        when the function has ended, also where this was cancelled before.
        """
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        outcome: concurrent.futures.Future[R] = concurrent.futures.Future()
        try:
            self.run(lambda: context.run(_carry_out, function, outcome))
        except RuntimeError:
            ended()
            raise
        if moment:
            with contextlib.suppress(TimeoutError):
                outcome.exception(moment)
        if outcome.done():
            ended()
            return outcome.result()
        done: asyncio.Future[R] = loop.create_future()

        def finish() -> None:
            ended()
            if not done.cancelled():
                _copy(outcome, done)

        def tell(_: object) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(finish)

        outcome.add_done_callback(tell)
        return await done

    def close(self) -> None:
        """End the threads that have nothing to do, and keep none from now on."""
        with self._lock:
            self._is_closed = True
            for _ in range(self._idle):
                self._jobs.put(None)
            self._idle = 0

    def _work(self, first: list[Job]) -> None:
        job: Job | None = first.pop()  # a thread keeps its arguments as long as it lives
        while job is not None:
            job()
            job = None  # what it held is not to live until the next
            with self._lock:
                if self._is_closed:
                    return
                self._idle += 1
            job = self._next()

    def _next(self) -> Job | None:
        """Wait for a job; return None where none came, or no more are to."""
        try:
            return self._jobs.get(timeout=_IDLE_SECONDS)
        except queue.Empty:
            with self._lock:
                if self._idle:
                    self._idle -= 1
                    return None
            return self._jobs.get()  # it was given just now


def _carry_out(function: Callable[[], R], outcome: concurrent.futures.Future[R]) -> None:
    try:
        result = function()
    except BaseException as error:  # noqa: BLE001  whoever waits has to be told
        outcome.set_exception(error)
    else:
        outcome.set_result(result)


def _copy(outcome: concurrent.futures.Future[R], done: asyncio.Future[R]) -> None:
    error = outcome.exception()
    if error is None:
        done.set_result(outcome.result())
    else:
        done.set_exception(error)
