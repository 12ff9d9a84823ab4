"""Where the server's handlers get the feed from: opened when asked for, and again after trouble."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

from threadbook.config import Settings
from threadbook.errors import (
    StoreError,
    StoreFormatError,
    StoreUnavailable,
    ThreadbookError,
)
from threadbook.log.log import Log, open_log
from threadbook_panel.feed import Feed
from threadbook_panel.person import operator_of, person_of
from threadbook_panel.reader import Reader

T = TypeVar("T")

MOST_AT_ONCE = 8
"""How many questions are answered at a time; others wait."""

RETRY_SECONDS = 1.0
"""How long a store that could not be opened is left alone."""

_CLOSED = StoreUnavailable("the server is shutting down", remedy="start it again")


class Opened(NamedTuple):
    """A log that is open, the feed of it, and a reader for what the server itself asks."""

    log: Log
    feed: Feed
    reader: Reader

    def close(self) -> None:
        """End those who follow, and close the log."""
        self.feed.close()
        self.log.close()


class FeedSource:
    """The feed of the store that `settings` returns; the key of the person is in the file `key`.

    `read_only` returns why nobody may write though there is a key, None where they may.

    Nothing is opened before it is asked for. A store that fails is let go, which ends those who
    follow the feed, and the next question opens it again. What is wrong is logged once, not for
    each question.
    """

    def __init__(
        self,
        settings: Callable[[], Settings],
        key: Callable[[], Path],
        *,
        log: logging.Logger,
        read_only: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._key = key
        self._read_only = read_only
        self._log = log
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="threadbook-panel")
        self._lock = threading.Lock()
        self._opened: Opened | None = None
        self._trouble: StoreError | None = None
        self._next_try = 0.0
        self._is_closed = False

    async def ask(self, question: Callable[[Opened], T]) -> T:
        """Return what `question` makes of the feed; it may block, and runs in another thread.

        Raises StoreError where the store cannot be used now, and what `question` raises.
        """
        if self._is_closed:
            raise _CLOSED.with_traceback(None)
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._ask, question)

    async def look(self) -> None:
        """Let go of a store that has failed, also where nobody asks anything."""
        with suppress(StoreError):
            await self.ask(lambda opened: opened.log.store.version())

    async def close(self) -> None:
        """End those who follow and close the log; questions fail from now on."""
        self._is_closed = True
        self._pool.shutdown(wait=False)
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    def _ask(self, question: Callable[[Opened], T]) -> T:
        opened = self._open()
        try:
            return question(opened)
        except (StoreUnavailable, StoreFormatError):
            self._let_go_unless_well(opened)
            raise

    def _open(self) -> Opened:
        with self._lock:
            if self._is_closed:
                raise _CLOSED.with_traceback(None)
            if self._opened is None:
                if self._trouble is not None and time.monotonic() < self._next_try:
                    raise self._trouble.with_traceback(None)
                try:
                    self._opened = _open(self._settings(), self._key(), self._read_only())
                except (ThreadbookError, OSError, RuntimeError) as error:
                    self._next_try = time.monotonic() + RETRY_SECONDS
                    raise self._in_trouble(error) from error
                if self._trouble is not None:
                    self._log.info("threadbook: the store can be used again")
                    self._trouble = None
            return self._opened

    def _let_go_unless_well(self, opened: Opened) -> None:
        """Close a log whose store is gone; one that is merely busy stays open."""
        try:
            opened.log.store.version()
        except StoreError as error:
            with self._lock:
                if self._opened is not opened:  # somebody else was first
                    return
                self._opened = None
                self._in_trouble(error)
            opened.close()

    def _in_trouble(self, error: Exception) -> StoreError:
        """Keep what is wrong for those who ask too soon, and say it where it is new."""
        if isinstance(error, StoreError):
            trouble: StoreError = error
        elif isinstance(error, ThreadbookError):
            trouble = StoreUnavailable(error.message, remedy=error.remedy)
        else:  # no home for a ~ in a path, a folder that cannot be searched
            trouble = StoreUnavailable(str(error))
        if self._trouble is None or str(self._trouble) != str(trouble):
            self._log.warning("threadbook: the store cannot be used: %s", trouble)
        self._trouble = trouble
        return trouble


def _open(settings: Settings, key: Path, read_only: str | None) -> Opened:
    log = open_log(settings.store)
    try:
        person = person_of(settings, key)
        feed = Feed(
            log,
            person=person.identity,
            operator=operator_of(settings),
            outbox=settings.outbox_file(),
            read_only=read_only or person.read_only,
        )
        return Opened(log, feed, Reader(log))
    except BaseException:
        log.close()
        raise
