"""The transport over HTTP: how a client reaches a record service.

A record is completed, hashed and signed here, so that it can be sent again under the same id, and
the id in the answer is checked against it. What the service cannot take waits in the outbox;
nothing new overtakes what waits on its thread.
"""

from __future__ import annotations

import enum
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, NamedTuple

from threadbook.client.connection import (
    AnyHttpxTransport,
    AwaitingExchange,
    BlockingExchange,
    Endpoint,
)
from threadbook.client.delivery import Delivery
from threadbook.client.exchange import Answer, Backoff, Exchange, Problem, Request
from threadbook.client.questions import (
    Decide,
    Decisions,
    OneRecord,
    Question,
    SearchByMeaning,
    decided,
)
from threadbook.client.routes import request_for
from threadbook.client.twins import run_to_end
from threadbook.client.watch import Event, Watch, watch
from threadbook.config import Settings
from threadbook.errors import (
    DuplicateClock,
    PreconditionFailed,
    ServiceError,
    StoreUnavailable,
    ThreadbookError,
)
from threadbook.log import crashpoints
from threadbook.log.entry import Sealed
from threadbook.log.outbox import Outbox, Waiting
from threadbook.log.sink import Receipt
from threadbook.records.bodies import DecisionAnswer
from threadbook.records.canonical import canonical_bytes
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

_MOST_BEFORE_AN_EMIT = 100
"""How many waiting records an emit delivers before it puts its own behind them."""
_MOST_CLOCKS = 12
"""How many clocks are tried before a record is given up."""
_LONGEST_PAUSE = 2.0
"""Longest wait, in seconds, that a service can ask of a caller; asked for more, nobody waits."""


_NO_EMBEDDER = ("", "SEMANTIC_SEARCH_DISABLED")
_NEVER = ("KIND_RESERVED",)
"""What a 403 says of the record itself, whoever sends it."""


class Fate(enum.Enum):
    """What became of a record that was sent."""

    ACCEPTED = enum.auto()
    LATER = enum.auto()
    """The service could not be asked, or cannot take records now."""
    FORBIDDEN = enum.auto()
    """The token does not allow this record; another may."""
    CLOCK_TAKEN = enum.auto()
    """Its clock is that of another record: it is not stored, and never will be under this id."""
    REFUSED = enum.auto()
    RENAMED = enum.auto()
    """The service says that it stored the record under another id."""


class Posted(NamedTuple):
    """What became of a record that was sent, and why."""

    fate: Fate
    error: ThreadbookError | None = None
    retried: int = 0
    retry_after: float | None = None


class Sent(NamedTuple):
    """The answer to a request, or why there is none."""

    answer: Answer | None
    error: ThreadbookError | None
    retried: int


def connect(
    endpoint: str,
    identity: Identity,
    *,
    timeout: float,
    max_retries: int,
    backoff_ms: float,
    api_key: str | None,
    outbox: Path | None,
    transport: AnyHttpxTransport | None,
) -> HttpTransport:
    """Return the transport to a service; see Client. Raises ConfigError."""
    there = Endpoint(endpoint, api_key=api_key, timeout=timeout, transport=transport)
    file = outbox or Settings.from_environ().outbox_of(there.url)
    return HttpTransport(
        there, identity, Outbox(file), max_retries=max_retries, backoff_ms=backoff_ms
    )


class HttpTransport:
    """Reaches the record service at an endpoint in the name of `identity`.

    `max_retries` is how often a request is sent again at once, after about `backoff_ms` and then
    twice as long each time.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        identity: Identity,
        outbox: Outbox,
        *,
        max_retries: int = 2,
        backoff_ms: float = 250.0,
    ) -> None:
        self.identity = identity
        self.endpoint = endpoint
        self.outbox = outbox
        self.delivery = Delivery(identity, outbox, pause=backoff_ms / 1000)
        self._max_retries = max_retries
        self._pause = backoff_ms / 1000
        self.exchange: Exchange = AwaitingExchange(endpoint)
        self._blocking_exchange = BlockingExchange(endpoint)
        self._blocking_twin: HttpTransport | None = None
        self.delivery.work_with(lambda: run_to_end(self.blocking().deliver()))

    def blocking(self) -> HttpTransport:
        """See Transport.blocking."""
        if self._blocking_twin is None:
            twin = object.__new__(HttpTransport)
            twin.__dict__.update(self.__dict__, exchange=self._blocking_exchange)
            twin._blocking_twin = self._blocking_twin = twin
        return self._blocking_twin

    async def append(self, draft: Draft) -> Receipt:
        """See Transport.append."""
        body = draft.check()
        delivery = self.delivery
        if not delivery.may_try():
            return delivery.keep_draft(draft)
        if delivery.threads():
            await self.deliver(most=_MOST_BEFORE_AN_EMIT)
            if delivery.blocks(draft.thread):
                return delivery.keep_draft(draft)
        return await self._append(draft, body)

    async def _append(self, draft: Draft, body: bytes) -> Receipt:
        """Send a record, under other clocks where its own belongs to another record."""
        delivery = self.delivery
        clock = draft.clock if draft.clock is not None else delivery.clock(draft.thread)
        delivery.note_clock(draft.thread, clock)
        for attempt in range(1, _MOST_CLOCKS + 1):
            entry = Sealed.seal(draft, self.identity, clock=clock, body=body)
            posted = await self._post(entry, retries=self._retries())
            if posted.fate is not Fate.CLOCK_TAKEN:
                break
            if draft.clock is not None:
                raise DuplicateClock(posted.error.message if posted.error else "")
            clock = delivery.clock(draft.thread, taken=clock, spread=2**attempt)
        return self._receipt(entry, posted)

    def _receipt(self, entry: Sealed, posted: Posted) -> Receipt:
        delivery, error = self.delivery, posted.error
        match posted.fate:
            case Fate.ACCEPTED:
                delivery.succeeded()
            case Fate.LATER:
                delivery.failed(error, retry_after=posted.retry_after)
                return delivery.keep(entry, str(error), retried=posted.retried)
            case Fate.FORBIDDEN:
                delivery.hold(entry.record.thread)
                return delivery.keep(entry, str(error), retried=posted.retried)
            case Fate.RENAMED if error is not None:
                raise error
        return Receipt(
            id=entry.id,
            clock=entry.record.clock,
            thread=entry.record.thread,
            is_delivered=posted.fate is Fate.ACCEPTED,
            is_safe=posted.fate is Fate.ACCEPTED,
            is_refused=posted.fate is not Fate.ACCEPTED,
            error=str(error) if error else None,
            retried=posted.retried,
        )

    def _retries(self) -> int:
        """Return how often to try again: while there is trouble, nobody waits for it to end."""
        return self._max_retries if self.delivery.trouble is None else 0

    async def deliver(self, *, most: int | None = None) -> int:
        """See Transport.deliver. Ends after `most` records."""
        delivery = self.delivery
        if not delivery.start_delivery():
            return 0
        try:
            delivery.save()
            return await self._deliver(most)
        finally:
            delivery.end_delivery()

    async def _deliver(self, most: int | None) -> int:
        delivery, delivered, after = self.delivery, 0, 0
        while batch := delivery.batch(after):
            for entry in batch:
                after = entry.number
                thread = entry.entry.record.thread
                if delivery.is_held(thread):
                    continue
                if delivered == most:
                    return delivered
                waiting, posted = await self._post_waiting(entry)
                if posted.fate is Fate.LATER:
                    delivery.failed(posted.error, retry_after=posted.retry_after)
                    return delivered
                if posted.fate is Fate.ACCEPTED:
                    crashpoints.reach("outbox:accepted")
                    delivery.arrived(waiting)
                    delivery.succeeded()
                    delivered += 1
                elif posted.fate is Fate.FORBIDDEN:
                    delivery.hold(thread)
                else:
                    delivery.refused(waiting, str(posted.error))
        return delivered

    async def _post_waiting(self, waiting: Waiting) -> tuple[Waiting, Posted]:
        """Send what waits; where another process took its clock meanwhile, at another clock."""
        posted = await self._post(waiting.entry, retries=0)
        for attempt in range(1, _MOST_CLOCKS):
            if posted.fate is not Fate.CLOCK_TAKEN:
                break
            waiting = self.delivery.reclocked(waiting, spread=2**attempt)
            posted = await self._post(waiting.entry, retries=0)
        return waiting, posted

    async def _post(self, entry: Sealed, *, retries: int) -> Posted:
        request = Request(method="POST", path="/v1/records", content=envelope(entry))
        answer, error, retried = await self._send(request, retries=retries)
        if answer is None:
            return Posted(Fate.LATER, error, retried)
        if answer.is_ok:
            return _accepted(answer, entry.id)._replace(retried=retried)
        problem = Problem.of(answer)
        return Posted(_fate(answer, problem), problem.error(), retried, answer.retry_after())

    async def ask(self, question: Question) -> dict[str, Any]:
        """See Transport.ask."""
        if isinstance(question, Decide) and self.identity.can_sign:
            return await self._decide(question)
        is_search = isinstance(question, SearchByMeaning)
        retries = 0 if is_search else self._retries()
        answer, error, _ = await self._send(request_for(question), retries=retries)
        if answer is None:
            raise error or StoreUnavailable("no answer")
        if answer.is_ok:
            return answer.object()
        problem = Problem.of(answer)
        if is_search and answer.status == 503 and problem.code in _NO_EMBEDDER:  # noqa: PLR2004
            return {"data": [], "disabled": True}
        raise problem.error()

    async def _decide(self, ask: Decide) -> dict[str, Any]:
        """Answer a request with a record that is signed here: nobody else has the key."""
        request = await self.ask(OneRecord(id=ask.request))
        body, is_no = request.get("body"), ask.decision == "reject"
        subject = body.get("subject") if isinstance(body, dict) else None
        standing = await self._answer_to(ask, request["thread"])
        if standing is None:
            draft = DecisionAnswer(
                decision=ask.decision,
                fulfills=None if is_no else ask.request,
                cancels=ask.request if is_no else None,
                subject=subject if isinstance(subject, str) else None,
                reason=ask.reason,
                provided_value=ask.provided_value,
            ).draft(thread=request["thread"], parents=(ask.request,))
            receipt = await self._append(draft, draft.check())
            if not receipt.is_delivered:
                raise StoreUnavailable(f"the answer did not arrive: {receipt.error}")
            standing = await self._answer_to(ask, request["thread"])
        mine = (ask.actor, ask.decision)
        if standing is None or (standing.get("actor"), standing.get("decision")) != mine:
            raise PreconditionFailed(
                f"the answer to {ask.request[:12]} does not count",
                remedy="the request was answered before, is not open, or is for others to answer",
            )
        return decided(ask, standing["id"])

    async def _answer_to(self, ask: Decide, thread: str) -> dict[str, Any] | None:
        """Return the answer that stands."""
        cursor: str | None = None
        while True:
            asked = Decisions(thread=thread, status="answered", cursor=cursor)
            page = await self.ask(asked)
            for request in page.get("data", []):
                if request["id"] == ask.request:
                    answer: dict[str, Any] = request["answer"]
                    return answer
            cursor = page.get("next_cursor")
            if cursor is None:
                return None

    async def send(self, request: Request) -> Answer:
        """Send a request of the data plane once, and return the answer of whatever status."""
        return await self.exchange.send(request)

    async def _send(self, request: Request, *, retries: int) -> Sent:
        """Send a request, again where that may help."""
        backoff = Backoff(self._pause, longest=_LONGEST_PAUSE)
        while True:
            answer: Answer | None = None
            error: ThreadbookError | None = None
            try:
                answer = await self.exchange.send(request)
            except (StoreUnavailable, ServiceError) as failure:
                error = failure
            retried = backoff.failures
            pause = backoff.next()
            if answer is not None:
                pause = max(pause, answer.retry_after() or 0.0)
            is_final = answer is not None and not answer.is_worth_repeating
            if is_final or retried >= retries or pause > _LONGEST_PAUSE:
                return Sent(answer, error, retried)
            await self.exchange.pause(pause)

    def watch(self, what: Watch) -> AsyncGenerator[Event, None]:
        """See Transport.watch."""
        return watch(self.exchange, what)

    async def pause(self, seconds: float) -> None:
        """See Transport.pause."""
        await self.exchange.pause(seconds)

    def trouble(self) -> str | None:
        """See Transport.trouble."""
        return self.delivery.trouble

    async def close(self) -> None:
        """See Transport.close."""
        await self.exchange.call(self.delivery.stop)
        if self.delivery.may_try() and self.delivery.threads():
            await self.deliver()
        await self.exchange.close()
        await self._blocking_exchange.close()


def envelope(entry: Sealed) -> bytes:
    """Return what is sent: the bytes that were hashed, and what is outside the hash."""
    outside = {
        "judged_by": entry.judged_by,
        "sig": entry.sig.hex() if entry.sig is not None else None,
    }
    said = canonical_bytes({name: value for name, value in outside.items() if value is not None})
    return entry.canonical if said == b"{}" else b"%b,%b" % (entry.canonical[:-1], said[1:])


def _accepted(answer: Answer, record_id: str) -> Posted:
    """Return what a successful answer means for the record of this id."""
    try:
        said = answer.object()
    except ServiceError as error:  # nothing says that a record service has answered
        return Posted(Fate.LATER, error)
    theirs = said.get("id") or said.get("record_id")
    if theirs == record_id:
        return Posted(Fate.ACCEPTED)
    if not isinstance(theirs, str):
        return Posted(Fate.LATER, ServiceError("the answer names no record"))
    return Posted(
        Fate.RENAMED,
        ServiceError(
            f"the service calls record {record_id} {theirs[:64]!r}",
            remedy="what it stored is not what was sent; do not rely on it",
        ),
    )


def _fate(answer: Answer, problem: Problem) -> Fate:
    if answer.status == 403:  # noqa: PLR2004
        return Fate.REFUSED if problem.code in _NEVER else Fate.FORBIDDEN
    if answer.is_passing:
        return Fate.LATER
    return Fate.CLOCK_TAKEN if problem.is_duplicate_clock else Fate.REFUSED
