"""Watch: the records of a thread as they are appended, as Server-Sent Events.

What a published client does to the stream decides its form: it splits lines at Unicode's line
separators too, so the JSON is ASCII on one `data:` line; it takes the last `id:` of any frame as
its cursor, so the first frame is a heartbeat that carries one, and a client that is cut off before
the first record misses nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from threadbook.errors import StoreError
from threadbook.log.entry import Stored
from threadbook.log.log import Log
from threadbook.service.endpoint import Call, get
from threadbook.service.routes_records import as_answer, sequence_of
from threadbook.service.service import Service, namespace_of

log = logging.getLogger("threadbook.service")

RETRY_AFTER_MS = 1000
_PAGE = 50


class WatchParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Where to begin.

    `since_clock` replays the records with a strictly greater clock; a `Last-Event-ID` header goes
    on after that event. With neither, the stream begins with what is appended from now on.
    """

    since_clock: int | None = None


class EventStream(StreamingResponse):
    """A stream that ends where its client takes too long to read an event."""

    media_type = "text/event-stream"

    def __init__(self, content: AsyncIterator[bytes], *, send_seconds: float) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(content, headers=headers)
        self._send_seconds = send_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(self._send_seconds):
                await send(message)

        try:
            await super().__call__(scope, receive, send_in_time)
        except TimeoutError:  # the server closes the connection; the client goes on where it was
            log.info("a watcher took longer than %g s to read", self._send_seconds)
        finally:
            await self.body_iterator.aclose()  # type: ignore[attr-defined]  # a generator


@get(
    "/v1/threads/{id:path}/watch",
    "Follow the records of a thread.",
    grains=True,
    query=WatchParameters,
    media_type="text/event-stream",
    answer=str,
)
async def watch(call: Call) -> Response:
    """Follow a thread."""
    thread, service = call.path["id"], call.service
    service.check_open()
    if not call.principal.has_namespaces:
        service.check_reader(call.principal, thread)
    if call.request.method == "HEAD":  # it has no body to wait for
        return Response(media_type=EventStream.media_type)
    last = call.request.headers.get("last-event-id")
    since = None if last is not None else call.query.since_clock
    if last is not None:
        after = sequence_of(last)
    elif since is not None:
        after = 0
    else:
        after = await asyncio.to_thread(lambda: service.log.size)
    events = _events(call, thread, after, since)
    return EventStream(events, send_seconds=service.options.send_seconds)


async def _events(call: Call, thread: str, after: int, since: int | None) -> AsyncIterator[bytes]:
    service: Service = call.service
    may_read = call.principal.may_read
    loop, patience = asyncio.get_running_loop(), service.options.heartbeat_seconds
    cursor = after  # that of what was shown: what was not is nobody's business
    with service.metrics.watchers.track_inprogress():
        yield _heartbeat(cursor)
        silent_until = loop.time() + patience
        while not service.draining.is_set():
            news = service.feed.next()
            try:
                page = await asyncio.to_thread(_read, call, thread, after)
            except StoreError as error:
                log.warning("a stream ended: %s", error)
                break
            if page is None:
                yield frame("error", {"code": "unauthorized", "message": "the token has ended"})
                return
            for stored in page:
                after = stored.seq
                if (since is None or stored.clock > since) and may_read(
                    thread, namespace_of(stored.body)
                ):
                    cursor = stored.seq
                    yield _created(stored)
                    silent_until = loop.time() + patience
            if page and loop.time() < silent_until:
                continue
            try:
                async with asyncio.timeout_at(silent_until):
                    await service.feed.wait(news)
            except TimeoutError:
                yield _heartbeat(cursor)
                silent_until = loop.time() + patience
        yield frame("server_shutdown", {"retry_after_ms": RETRY_AFTER_MS})


def _read(call: Call, thread: str, after: int) -> list[Stored] | None:
    """Return the next records, None where the caller's token counts no more."""
    if not call.is_live():
        return None
    records: Log = call.service.log
    return records.read(after=after, thread=thread, limit=_PAGE)


def _created(stored: Stored) -> bytes:
    return frame(
        "record.created", {"id": stored.id, "record": as_answer(stored)}, cursor=stored.seq
    )


def _heartbeat(cursor: int) -> bytes:
    return frame("heartbeat", {}, cursor=cursor)


def frame(event: str, data: dict[str, Any], *, cursor: int | None = None) -> bytes:
    """Return one event; `cursor` is what the client sends as Last-Event-ID to go on after it."""
    head = "" if cursor is None else f"id: {cursor}\n"
    return f"{head}event: {event}\ndata: {json.dumps(data)}\n\n".encode("ascii")
