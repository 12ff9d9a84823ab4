"""Followers: what happens on the threads that views of a panel look at, told as it is appended."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import aclosing, suppress

from threadbook.errors import QueryError, ThreadbookError
from threadbook_panel.binding import Binding
from threadbook_panel.news import News

BEAT_SECONDS = 3.0
"""How often views are told that this kernel lives."""

GONE_SECONDS = 60.0
"""A view that has not been heard of for so long is gone: its page was closed."""

MOST_VIEWS = 100

_RETRY_SECONDS = 1.0
_JOIN_SECONDS = 5.0

_log = logging.getLogger("threadbook")

Tell = Callable[[str | None, News], None]


class Followers:
    """Follows each thread once, however many views look at it.

    `tell` is called with a thread and news of it, `beat` every few seconds, both in a thread of
    its own, which is there while there are views.
    """

    def __init__(self, binding: Binding, tell: Tell, beat: Callable[[], None]) -> None:
        self._binding = binding
        self._tell = tell
        self._beat = beat
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._views: dict[str, str | None] = {}
        self._seen: dict[str, float] = {}
        self._run: _Run | None = None

    @property
    def are_watched(self) -> bool:
        """Whether there is a view."""
        return bool(self._views)

    def watch(self, view: str, thread: str | None) -> bool:
        """Follow a thread for a view; tell whether its `reset` was told before, to others.

        Raises QueryError where there are too many views.
        """
        with self._lock:
            if len(self._views) >= MOST_VIEWS and view not in self._views:
                raise QueryError(f"{MOST_VIEWS} views of this panel are open", remedy="close some")
            self._views[view], self._seen[view] = thread, time.monotonic()
            if self._run is not None:
                return self._run.want(self._views.values(), joins=thread)
            self._run = _Run(self._binding, self._tell, self._beat)
            self._run.want(self._views.values())  # first: it ends when nothing is wanted
            self._run.start()
            return False

    def see(self, view: str) -> bool:
        """Note that a view is still there; false where it was taken for gone, and must ask anew."""
        with self._lock:
            if view not in self._views:
                return False
            self._seen[view] = time.monotonic()
            return True

    def leave(self, *views: str) -> None:
        """Forget views; after the last one, nothing is followed."""
        with self._lock:
            for view in views:
                self._views.pop(view, None)
                self._seen.pop(view, None)
            if self._run is None:
                return
            self._run.want(self._views.values())
            if not self._views:
                self._run = None

    def leave_gone(self) -> None:
        """Forget views that were not heard of; to be called where their messages are handled."""
        limit = time.monotonic() - GONE_SECONDS
        self.leave(*[view for view, seen in list(self._seen.items()) if seen < limit])

    def close(self) -> None:
        """Forget all views, and wait until nothing is followed any more."""
        if os.getpid() != self._pid:  # a forked child has none of it, and maybe a lock for good
            return
        run = self._run
        self.leave(*list(self._views))
        if run is not None:
            run.wait()


class _Run:
    """A thread with an event loop, which follows what is wanted until that is nothing."""

    def __init__(self, binding: Binding, tell: Tell, beat: Callable[[], None]) -> None:
        self._binding = binding
        self._tell = tell
        self._beat = beat
        self._lock = threading.Lock()
        self._wanted: frozenset[str | None] = frozenset()
        self._begun: set[str | None] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()
        self._fault = ""
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._follow_wanted()), name="threadbook-panel", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def wait(self) -> None:
        if self._thread is not threading.current_thread():
            self._thread.join(_JOIN_SECONDS)

    def want(self, threads: Iterable[str | None], *, joins: str | None = None) -> bool:
        """Follow these threads from now on; tell whether `joins` has had its `reset`."""
        with self._lock:
            self._wanted = frozenset(threads)
            if self._loop is not None:
                with suppress(RuntimeError):  # the loop has just been closed
                    self._loop.call_soon_threadsafe(self._changed.set)
            return joins in self._begun

    async def _follow_wanted(self) -> None:
        with self._lock:
            self._loop = asyncio.get_running_loop()
        tasks: dict[str | None, asyncio.Task[None]] = {}
        while wanted := self._wanted:
            for thread in wanted - tasks.keys():
                tasks[thread] = asyncio.create_task(self._follow(thread))
            for thread in tasks.keys() - wanted:
                await self._end(thread, tasks.pop(thread))
            try:
                await asyncio.wait_for(self._changed.wait(), BEAT_SECONDS)
                self._changed.clear()
            except TimeoutError:
                await asyncio.to_thread(self._beat_once)
        for thread, task in tasks.items():
            await self._end(thread, task)

    async def _follow(self, thread: str | None) -> None:
        while True:
            try:
                await self._follow_once(thread)
            except ThreadbookError:  # the store may be there again later
                pass
            except Exception as fault:  # noqa: BLE001  views would seem alive, and hear nothing
                self._note(fault)
            await asyncio.sleep(_RETRY_SECONDS)

    async def _follow_once(self, thread: str | None) -> None:
        news = await asyncio.to_thread(self._binding.ask, lambda feed: feed.follow(thread))
        async with aclosing(news):
            async for one in news:
                with self._lock:
                    self._begun.add(thread)
                self._tell(thread, one)

    def _beat_once(self) -> None:
        try:
            self._beat()
        except Exception as fault:  # noqa: BLE001  what is followed goes on
            self._note(fault)

    def _note(self, fault: Exception) -> None:
        """Log a fault of ours, unless it is the one before."""
        if repr(fault) != self._fault:
            self._fault = repr(fault)
            _log.error("threadbook: what the panel follows has failed", exc_info=fault)

    async def _end(self, thread: str | None, task: asyncio.Task[None]) -> None:
        with self._lock:
            self._begun.discard(thread)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
