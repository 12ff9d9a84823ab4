"""A follower's mailbox: news that wait to be read, merged so that they stay few."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

from threadbook.folds.timeline import Row
from threadbook_panel.news import News, Reset, RowsNews

MOST_ROWS = 500
"""Changed rows that are told one by one; above, the reader is to ask again."""


class Mailbox:
    """News for one follower of a thread. Written by any thread, read in one event loop.

    Of each type the newest is kept, and rows are merged by their index: a reader who is slow, or a
    flood of records, makes no more of them.
    """

    def __init__(self, thread: str | None) -> None:
        self.thread = thread
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self._lock = threading.Lock()
        self._news: dict[type[News], News] = {}
        self._rows: dict[int, Row] = {}
        self.is_closed = False
        self._failure: BaseException | None = None

    def put(self, news: News) -> None:
        """Add a piece of news."""
        with self._lock:
            if isinstance(news, RowsNews):
                self._rows.update((row.index, row) for row in news.rows)
            if isinstance(news, Reset) or len(self._rows) > MOST_ROWS:
                news = Reset()
                self._news.pop(RowsNews, None)
                self._rows.clear()
            self._news[type(news)] = news
        self._wake()

    def close(self, failure: BaseException | None = None) -> None:
        """Say that nothing comes any more, or what keeps it from coming."""
        with self._lock:
            self.is_closed, self._failure = True, failure
        self._wake()

    async def take(self) -> list[News]:
        """Return what has arrived, once there is something; nothing at the end."""
        while True:
            self._arrived.clear()  # first: what comes from here on is seen the next time
            if news := self._taken():
                return news
            if self._failure is not None:
                raise self._failure
            if self.is_closed:
                return []
            await self._arrived.wait()

    def _taken(self) -> list[News]:
        with self._lock:
            news, rows = self._news, self._rows
            self._news, self._rows = {}, {}
        told = news.get(RowsNews)
        if isinstance(told, RowsNews):
            changed = [row for _, row in sorted(rows.items())]
            news[RowsNews] = RowsNews(thread=told.thread, total=told.total, rows=changed)
        first = [news.pop(Reset)] if Reset in news else []
        return [*first, *news.values()]

    def _wake(self) -> None:
        with suppress(RuntimeError):  # who read it is gone, with its loop
            self._loop.call_soon_threadsafe(self._arrived.set)
