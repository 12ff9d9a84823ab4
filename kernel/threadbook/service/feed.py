"""The feed: wakes those who watch when records were appended, by this process or another."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from threadbook.errors import StoreError
from threadbook.log.log import POLL_SECONDS, Log

log = logging.getLogger("threadbook.service")

_RETRY_SECONDS = 1.0


class Feed:
    """Looks for new records of `log` while anybody waits for them, once for all who wait."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._news = asyncio.Event()
        self._needed = asyncio.Event()
        self._waiting = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="feed")

    async def stop(self) -> None:
        """End; whoever waits is woken."""
        self.wake()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def wake(self) -> None:
        """Say that there are new records: those who wait look at once."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    def next(self) -> asyncio.Event:
        """Return the event that is set at the next news; take it before reading, then wait."""
        return self._news

    async def wait(self, news: asyncio.Event) -> None:
        """Wait for an event of `next`."""
        self._waiting += 1
        self._needed.set()
        try:
            await news.wait()
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._needed.clear()

    async def _run(self) -> None:
        # None is no version: whoever waits after a pause is woken once for nothing, and misses
        # nothing of what came meanwhile.
        version = None
        while True:
            if not self._needed.is_set():
                await self._needed.wait()
                version = None
            try:
                found = await asyncio.to_thread(self._log.store.version)
            except StoreError:  # their own reading will tell them, or their stream goes on later
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            except Exception:  # if this ended, nobody would be woken again, and nobody would know
                log.exception("the feed could not look for news")
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            if found != version:
                version = found
                self.wake()
            await asyncio.sleep(POLL_SECONDS)
