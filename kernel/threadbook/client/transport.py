"""Transports: how a client reaches a log.

There are three: a sink in this process, HTTP (`http.py`), and a broker's socket (`broker.py`).
"""

from __future__ import annotations

import copy
import importlib
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, Protocol, Self

from threadbook.client.exchange import Awaiting, Blocking
from threadbook.client.questions import Question
from threadbook.client.watch import Event, Heard, Opened, SubscribeError, Watch
from threadbook.errors import StoreUnavailable
from threadbook.log.log import POLL_SECONDS
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Receipt, Sink
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

if TYPE_CHECKING:
    from threadbook.client.answers import Answers

_PAGE = 200
_TROUBLE_SECONDS = 0.5


class Transport(Protocol):
    """Carries drafts to a log, and questions and their answers."""

    identity: Identity
    """In whose name drafts become records."""

    async def append(self, draft: Draft) -> Receipt:
        """Append a record. Raises RecordError for grammar, nothing for want of a store."""

    async def ask(self, question: Question) -> dict[str, Any]:
        """Return the answer to a question, in the shape of the wire.

        Raises StoreUnavailable where nobody could be asked: no answer is not an empty one;
        Unauthorized, Forbidden, QueryError or another ServiceError where it was refused.
        """

    def watch(self, what: Watch) -> AsyncGenerator[Event, None]:
        """Yield what happens on a thread, for ever; see `watch.watch`."""

    async def deliver(self) -> int:
        """Send what waits in the outbox; return how many records the log took."""

    @property
    def outbox(self) -> Outbox | None:
        """Where records wait that the log could not take; None where others keep it."""

    async def pause(self, seconds: float) -> None:
        """Wait."""

    def trouble(self) -> str | None:
        """Return why records are not reaching the log now, None when they are."""

    def blocking(self) -> Self:
        """Return the form of this transport whose coroutines never suspend."""

    async def close(self) -> None:
        """Release connections; what waits stays in the outbox."""


class SinkTransport:
    """Reaches a log in this process through a sink, which its owner closes."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._answers: list[Answers] = []  # at most one, which the blocking form shares
        self._waiting: type[Awaiting | Blocking] = Awaiting
        self.identity = sink.identity

    def blocking(self) -> Self:
        """See Transport.blocking."""
        twin = copy.copy(self)
        twin._waiting = Blocking  # noqa: SLF001  a copy of itself
        return twin

    async def append(self, draft: Draft) -> Receipt:
        """See Transport.append."""
        return self._sink.append(draft)[0]

    async def ask(self, question: Question) -> dict[str, Any]:
        """See Transport.ask."""
        log = self._sink.log()
        held = self._answers
        if not held or held[0].log is not log:
            # Imported here: a kernel makes a client at every start, and its cells seldom ask.
            answers = importlib.import_module("threadbook.client.answers")
            held[:] = [answers.Answers(log, self.identity)]
        return held[0].to(question)

    async def watch(self, what: Watch) -> AsyncGenerator[Event, None]:
        """See Transport.watch."""
        cursor: int | None = None
        while True:
            try:
                log = self._sink.log()
                version = log.store.version()
                if cursor is None:
                    cursor = log.size if what.since_clock is None else 0
                    yield Opened()
                page = log.read(after=cursor, thread=what.thread, limit=_PAGE)
                is_idle = not page and version == log.store.version()
            except StoreUnavailable as error:
                yield SubscribeError(
                    reason="transport_error",
                    message=error.message,
                    attempt=0,
                    next_retry_s=_TROUBLE_SECONDS,
                )
                await self.pause(_TROUBLE_SECONDS)
                continue
            for stored in page:
                cursor = stored.seq
                if what.since_clock is None or stored.clock > what.since_clock:
                    yield Heard(stored.as_dict(), str(cursor))
            if is_idle:
                await self.pause(POLL_SECONDS)

    async def deliver(self) -> int:
        """See Transport.deliver."""
        before = self._sink.pending()
        self._sink.log()
        return before - self._sink.pending()

    @property
    def outbox(self) -> Outbox | None:
        """See Transport.outbox."""
        return self._sink.outbox

    async def pause(self, seconds: float) -> None:
        """See Transport.pause."""
        await self._waiting.pause(seconds)

    def trouble(self) -> str | None:
        """See Transport.trouble."""
        return self._sink.trouble

    async def close(self) -> None:
        """See Transport.close."""
