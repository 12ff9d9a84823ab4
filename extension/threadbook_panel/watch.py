"""The watch: one look for news in the log, for all followers of a feed."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable

from threadbook.errors import LogError, ThreadbookError
from threadbook.folds import decisions
from threadbook.folds.decisions import DecisionsFold, DecisionsState
from threadbook.folds.timeline import TimelineState, row_at
from threadbook.folds.titles import line
from threadbook.log.log import POLL_SECONDS
from threadbook_panel.health import Health, HealthParams, health
from threadbook_panel.mailbox import MOST_ROWS, Mailbox
from threadbook_panel.news import (
    DecisionsNews,
    HealthNews,
    LibraryNews,
    News,
    Reset,
    RowsNews,
    ThreadsNews,
    TrustNews,
    Waiting,
)
from threadbook_panel.reader import Reader
from threadbook_panel.seen import Seen

RETRY_SECONDS = 0.5
"""How long a store that fails is left alone."""

CALM_SECONDS = 2.0
"""How often at most the list of threads and the health are told anew."""

_PATIENCE_SECONDS = 5.0
_MOST_WAITING = 50


class Follower:
    """Who follows: where to tell it, and what was told.

    `seq` is the last record that was taken into account, None where that is not known, and
    `looked_at` when that was, in Unix milliseconds.
    """

    def __init__(self, mailbox: Mailbox, seq: int | None, looked_at: int) -> None:
        self.mailbox = mailbox
        self.seq = seq
        self.looked_at = looked_at
        self.is_new = True
        self.generation: int | None = None
        self.waiting: DecisionsNews | None = None
        self.health: Health | None = None

    @property
    def thread(self) -> str | None:
        """The thread that is followed."""
        return self.mailbox.thread


class Watch:
    """Looks for news while somebody follows, in a thread of its own."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._followers: dict[Mailbox, Follower] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._version: Hashable = None
        self._seq = 0
        self._expires_at: int | None = None
        self._has_new_records = False
        self._calm_until = 0.0

    def join(self, mailbox: Mailbox) -> None:
        """Tell a follower, from now on, what happens. Blocks no longer than the store does."""
        try:
            seq: int | None = self._reader.log.size
        except LogError:
            seq = None
        with self._lock:
            if self._is_closed:
                mailbox.close()
            if mailbox.is_closed:
                return
            self._followers[mailbox] = Follower(mailbox, seq, self._reader.now())
            if self._thread is None:
                self._version, self._seq = None, seq or 0
                self._thread = threading.Thread(
                    target=self._run, name="threadbook-panel-watch", daemon=True
                )
                self._thread.start()
        self._wake.set()

    def leave(self, mailbox: Mailbox) -> None:
        """Tell a follower no more."""
        with self._lock:
            self._followers.pop(mailbox, None)
        self._wake.set()

    def close(self) -> None:
        """Tell all followers that nothing comes any more, and wait for the last look to end."""
        with self._lock:
            self._is_closed, thread = True, self._thread
            mailboxes = list(self._followers)
            self._followers.clear()
        for mailbox in mailboxes:
            mailbox.close()
        self._wake.set()
        if thread is not None:
            thread.join(_PATIENCE_SECONDS)

    def _run(self) -> None:
        try:
            while followers := self._present():
                pause = POLL_SECONDS
                try:
                    self._look(followers)
                except ThreadbookError:  # it is tried again, and nothing is forgotten meanwhile
                    self._version, pause = None, RETRY_SECONDS
                self._wake.wait(pause)
                self._wake.clear()
        except BaseException as failure:
            with self._lock:
                followers, self._thread = list(self._followers.values()), None
                self._followers.clear()
            for follower in followers:
                follower.mailbox.close(failure)
            raise

    def _present(self) -> list[Follower]:
        """Return who follows; where there is nobody, this thread is at its end."""
        with self._lock:
            if not self._followers:
                self._thread = None
            return list(self._followers.values())

    def _look(self, followers: list[Follower]) -> None:
        store, now = self._reader.log.store, self._reader.now()
        version = store.version()  # first: a commit in between is seen the next time
        is_joined = any(follower.is_new for follower in followers)
        is_expiry = self._expires_at is not None and self._expires_at <= now
        is_calm = time.monotonic() >= self._calm_until
        if version == self._version and not (is_joined or is_expiry or is_calm):
            return
        seen, end = Seen.since(store, self._seq)
        for follower in followers:
            is_behind = follower.is_new and follower.seq != end
            if seen.touches(follower.thread) or is_expiry or is_behind:
                self._tell_rows(follower, end, now)
        if seen.has_decisions or is_expiry or is_joined:
            self._tell_decisions(followers, now)
        self._tell_shared(followers, seen, is_calm=is_calm)
        for follower in followers:
            follower.looked_at, follower.is_new = now, False
        self._version, self._seq = version, end
        if is_calm:
            self._calm_until = time.monotonic() + CALM_SECONDS
            self._tell_health(followers)

    def _tell_rows(self, follower: Follower, end: int, now: int) -> None:
        if follower.seq is None:
            follower.mailbox.put(Reset())
            follower.seq = end
        if follower.thread is None:
            return
        news, follower.generation, follower.seq = self._rows_news(
            follower.thread, (follower.generation, follower.seq, follower.looked_at), now
        )
        if news is not None:
            follower.mailbox.put(news)

    def _rows_news(
        self, thread: str, since: tuple[int | None, int, int], now: int
    ) -> tuple[News | None, int, int]:
        """Return what is new in the rows of a thread, and up to where that is."""
        timeline = self._reader.timelines.of(thread)
        generation, seq, looked_at = since

        def view(state: TimelineState) -> tuple[News | None, int, int]:
            known, last = timeline.edge
            edge = known, max(last, seq)
            changed = timeline.changed_since(known if generation is None else generation, seq)
            if changed is None:
                return Reset(), *edge
            expired = {
                index
                for index, expires_at in state.waiting.items()
                if expires_at is not None and looked_at < expires_at <= now
            }
            rows = [row_at(state, state.rows[i], now) for i in sorted(expired.union(changed))]
            if len(rows) > MOST_ROWS:
                return Reset(), *edge
            news = RowsNews(thread=thread, total=len(state.rows), rows=rows) if rows else None
            return news, *edge

        return timeline.ask(view)

    def _tell_decisions(self, followers: list[Follower], now: int) -> None:
        def view(state: DecisionsState) -> tuple[DecisionsNews, int | None]:
            found = decisions.pending(state, as_of=now)
            waiting = [
                Waiting(id=one.id, thread=one.thread, question=line(one.question))
                for one in found[:_MOST_WAITING]
            ]
            expiries = [one.expires_at for one in found if one.expires_at is not None]
            return DecisionsNews(pending=len(found), waiting=waiting), min(expiries, default=None)

        fold = DecisionsFold(self._reader.operator)
        news, self._expires_at = self._reader.ask(fold, view)
        for follower in followers:
            if follower.waiting != news:
                follower.waiting = news
                follower.mailbox.put(news)

    def _tell_shared(self, followers: list[Follower], seen: Seen, *, is_calm: bool) -> None:
        """Tell what is news to all alike; what changes all the time, not all the time."""
        news: list[News] = []
        if seen.has_verdicts:
            news.append(TrustNews())
        if seen.has_library:
            news.append(LibraryNews())
        self._has_new_records |= seen.has_records
        if self._has_new_records and (is_calm or seen.has_beginnings):
            news.append(ThreadsNews())
            self._has_new_records = False
        for follower in followers:
            for one in news:
                follower.mailbox.put(one)

    def _tell_health(self, followers: list[Follower]) -> None:
        threads = {follower.thread for follower in followers}
        found = {thread: health(self._reader, HealthParams(thread=thread)) for thread in threads}
        for follower in followers:
            if follower.health != found[follower.thread]:
                follower.health = found[follower.thread]
                follower.mailbox.put(HealthNews(health=follower.health))
