"""Watching a thread over HTTP: its records as they are appended, across broken connections."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Literal

import msgspec

from threadbook.client.exchange import (
    OK,
    Answer,
    Backoff,
    Body,
    Exchange,
    Problem,
    Request,
    Stream,
)
from threadbook.client.routes import escaped
from threadbook.client.sse import EventParser, ServerEvent
from threadbook.errors import ServiceError, StoreUnavailable, Unauthorized

DisconnectReason = Literal[
    "server_shutdown", "lagged", "transport_error", "heartbeat_timeout", "refused"
]
"""`refused` is the last: trying again is no use."""

HEARTBEAT_TIMEOUT_S = 60.0
"""How long a stream may be silent; a service says something every 30 seconds."""
RECONNECT_BASE_S = 0.5
RECONNECT_MAX_S = 30.0
_RETRY_AFTER_S = 5.0
_LARGEST_PROBLEM = 64 * 1024
_PROBLEM_SECONDS = 10.0
_LONGEST_RETRY_MS = 1e9


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What to watch, and how patiently.

    `since_clock` replays the records with a greater clock; without it the stream begins with what
    is appended from now on. Times are in seconds.
    """

    thread: str
    since_clock: int | None = None
    bearer: str | None = None
    reconnect_base_s: float = RECONNECT_BASE_S
    reconnect_max_s: float = RECONNECT_MAX_S
    max_reconnects: float = float("inf")
    heartbeat_timeout_s: float = HEARTBEAT_TIMEOUT_S


class Opened(msgspec.Struct, frozen=True):
    """The stream is open."""


class Heard(msgspec.Struct, frozen=True):
    """A record was appended; `cursor` stands for its place."""

    record: dict[str, Any]
    cursor: str | None


class Beat(msgspec.Struct, frozen=True):
    """The service is there, and has nothing to say."""

    cursor: str | None


class SubscribeError(msgspec.Struct, frozen=True, kw_only=True):
    """The stream broke off, for the time of `attempt`; it is tried again after `next_retry_s`."""

    reason: DisconnectReason
    message: str
    attempt: int
    next_retry_s: float


Event = Opened | Heard | Beat | SubscribeError


class _BrokenOffError(Exception):
    """Why a stream ended, and after how many seconds the service wants to be asked again."""

    def __init__(
        self, reason: DisconnectReason, message: str, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after = retry_after


async def watch(exchange: Exchange, what: Watch) -> AsyncGenerator[Event, None]:
    """Yield what happens on a thread, for ever; goes on after the last cursor when it breaks off.

    Raises Unauthorized, Forbidden or another ServiceError where trying again is no use, and
    StoreUnavailable after `max_reconnects` attempts without news.
    """
    backoff = Backoff(what.reconnect_base_s, longest=what.reconnect_max_s)
    cursor: str | None = None
    while True:
        try:
            async with aclosing(_connection(exchange, what, cursor)) as events:
                async for event in events:
                    if isinstance(event, Heard | Beat):
                        backoff.reset()
                        cursor = event.cursor or cursor
                    yield event
        except _BrokenOffError as end:
            lost = end
        attempt, pause = backoff.failures, backoff.next()
        if lost.retry_after is not None:
            pause = min(lost.retry_after, what.reconnect_max_s)
        yield SubscribeError(
            reason=lost.reason, message=str(lost), attempt=attempt, next_retry_s=pause
        )
        if attempt >= what.max_reconnects:
            raise StoreUnavailable(f"the stream of {what.thread} ended: {lost}")
        await exchange.pause(pause)


async def _connection(
    exchange: Exchange, what: Watch, cursor: str | None
) -> AsyncGenerator[Opened | Heard | Beat, None]:
    """Yield what one connection brings; always ends by raising."""
    patience = what.heartbeat_timeout_s or None
    heard_at = time.monotonic()
    try:
        async with exchange.stream(_request(what, cursor), silence=patience) as stream:
            await _check(stream)
            yield Opened()
            parser = EventParser()
            async for chunk in stream.chunks():
                for event in parser.feed(chunk):
                    heard_at = time.monotonic()
                    yield _meaning(event)
                if patience is not None and time.monotonic() - heard_at > patience:
                    raise _BrokenOffError("heartbeat_timeout", "the service has gone silent")
    except StoreUnavailable as error:
        is_silent = patience is not None and time.monotonic() - heard_at >= patience
        reason: DisconnectReason = "heartbeat_timeout" if is_silent else "transport_error"
        raise _BrokenOffError(reason, error.message) from None
    raise _BrokenOffError("transport_error", "the service closed the stream")


def _request(what: Watch, cursor: str | None) -> Request:
    headers = {"accept": "text/event-stream", "cache-control": "no-cache"}
    params = {}
    if cursor is not None:
        headers["last-event-id"] = cursor
    elif what.since_clock is not None:
        params["since_clock"] = str(what.since_clock)
    if what.bearer:
        headers["authorization"] = f"Bearer {what.bearer}"
    path = f"/v1/threads/{escaped(what.thread)}/watch"
    return Request(method="GET", path=path, params=params, headers=headers)


async def _check(stream: Stream) -> None:
    """Raise the error that an answer without a stream stands for."""
    if stream.status not in OK:
        body = Body(_LARGEST_PROBLEM, within=_PROBLEM_SECONDS)
        async for chunk in stream.chunks():
            body.add(chunk)
        answer = Answer(status=stream.status, headers=stream.headers, content=body.content())
        raise Problem.of(answer).error()
    media_type = stream.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "text/event-stream":
        raise ServiceError(f"the answer is {media_type or 'nothing'}, not an event stream")


def _meaning(event: ServerEvent) -> Heard | Beat:
    """Return what an event says; one that ends the stream raises."""
    said = _object(event)
    if event.event == "record.created":
        record = said.get("record")
        if not isinstance(record, dict):
            raise ServiceError("the stream holds an event of a record without the record")
        record.setdefault("id", said.get("id"))
        return Heard(record, event.id)
    if event.event == "error":
        message = str(said.get("message") or "the service reports an error")
        if said.get("code") == "unauthorized":
            raise Unauthorized(message)
        raise _BrokenOffError(
            "lagged" if said.get("code") == "lagged" else "transport_error", message
        )
    if event.event == "server_shutdown":
        asked = said.get("retry_after_ms")
        is_time = isinstance(asked, int | float) and 0 <= asked < _LONGEST_RETRY_MS
        raise _BrokenOffError(
            "server_shutdown",
            "the service is going down",
            asked / 1000 if asked is not None and is_time else _RETRY_AFTER_S,
        )
    return Beat(event.id)


def _object(event: ServerEvent) -> dict[str, Any]:
    try:
        said = json.loads(event.data)
    except (ValueError, RecursionError):
        said = None
    return said if isinstance(said, dict) else {}
