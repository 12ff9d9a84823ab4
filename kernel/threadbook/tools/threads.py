"""Threads that are kept for the next call: to start one costs more than most calls."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

Job = Callable[[], object]

_IDLE_SECONDS = 10.0


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
