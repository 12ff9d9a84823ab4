"""What the panel asks the Jupyter server, over HTTP and under the server's own authentication."""

from __future__ import annotations

import asyncio
import functools
import http
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import msgspec
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from threadbook.errors import QueryError, QueryTooLarge, StoreError, ThreadbookError
from threadbook_panel.feed import OPERATIONS
from threadbook_panel.kernels import place_of
from threadbook_panel.problems import Problem, Refusal, encoded, problem_of, status_of
from threadbook_panel.source import FeedSource, Opened
from threadbook_panel.streams import Streams

AUTH_RESOURCE = "threadbook"

MOST_BYTES_ASKED = 1024 * 1024
MOST_BYTES_ANSWERED = 32 * 1024 * 1024
LONGEST_NAME = 1000
"""Most characters of what names a thread."""

_BYTES = "application/octet-stream"
_EVENTS = "text/event-stream"


def problems_answered(method: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Make the errors of a handler's method into answers that say what was wrong."""

    @functools.wraps(method)
    async def answering(self: PanelHandler, *args: str) -> None:
        try:
            await method(self, *args)
        except StreamClosedError:  # who asked is gone
            return
        except ThreadbookError as error:
            status = status_of(error)
            if status == http.HTTPStatus.INTERNAL_SERVER_ERROR:
                self.log.exception("threadbook: %s failed", self.request.path)
            self.refuse(status, problem_of(error))

    return answering


class PanelHandler(APIHandler):
    """The base of all: who may ask, how errors look, and what is never cached or sniffed."""

    auth_resource = AUTH_RESOURCE
    _track_activity = False  # a panel that looks on keeps no server from shutting down when idle

    def initialize(self, source: FeedSource, streams: Streams) -> None:
        """Take what all handlers of the panel share."""
        self.source = source
        self.streams = streams

    def set_default_headers(self) -> None:
        """Add to what the server says of all it answers."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    def refuse(self, status: int, problem: Problem) -> None:
        """Answer with an error, unless an answer has begun."""
        if self._headers_written:
            self.detach().close()
            return
        self.clear()
        self.set_status(status)
        self.finish(encoded(Refusal(error=problem)))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Give what the server itself refuses the form of the panel's errors."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        said = error.log_message if isinstance(error, web.HTTPError) else None
        phrase = http.HTTPStatus(status_code).phrase
        self.refuse(
            status_code,
            Problem(type=phrase.replace(" ", ""), message=said or phrase, remedy=None),
        )

    def _log(self) -> None:
        """Log the request, but not each one that a store in trouble could not answer."""
        if self.get_status() != http.HTTPStatus.SERVICE_UNAVAILABLE:
            super()._log()


class OperationHandler(PanelHandler):
    """Answers the operations of the feed: GET for those that read, POST for those that write."""

    @web.authenticated
    @authorized
    @problems_answered
    async def get(self, name: str) -> None:
        """Answer a question."""
        await self._run(name, self.get_query_argument("params", "{}").encode(), writes=False)

    @web.authenticated
    @authorized
    @problems_answered
    async def post(self, name: str) -> None:
        """Write an answer or a verdict."""
        await self._run(name, self.request.body, writes=True)

    async def _run(self, name: str, asked: bytes, *, writes: bool) -> None:
        operation = OPERATIONS.get(name)
        if operation is None:
            raise web.HTTPError(404, f"there is no operation {name}")
        if operation.writes is not writes:
            raise web.HTTPError(405, f"{name} takes {'POST' if operation.writes else 'GET'}")
        params = _decoded(asked)
        self.finish(await self.source.ask(lambda opened: _answer(opened, name, params)))


class KernelHandler(PanelHandler):
    """Tells on which thread a kernel is."""

    @web.authenticated
    @authorized
    @problems_answered
    async def get(self, kernel_id: str) -> None:
        """Answer by what this server calls the kernel."""
        self.finish(await self.source.ask(lambda opened: _kernel(opened, kernel_id)))


class BlobHandler(PanelHandler):
    """Hands out content that records refer to, as a file to keep and never as a page to show."""

    @property
    def content_security_policy(self) -> str:
        """Let nothing in it do anything, should a browser show it after all."""
        return "sandbox; default-src 'none'"

    @web.authenticated
    @authorized
    @problems_answered
    async def get(self, digest: str) -> None:
        """Send the content, piece by piece."""
        size, chunks = await self.source.ask(lambda opened: _blob(opened, digest))
        self.set_header("Content-Type", _BYTES)
        self.set_header("Content-Disposition", "attachment")
        self.set_header("Content-Length", str(size))
        while (chunk := await self.source.ask(lambda _opened: next(chunks, None))) is not None:
            self.write(chunk)
            await self.flush()
        self.finish(set_content_type=_BYTES)


class NewsHandler(PanelHandler):
    """Streams what happens on a thread, and decisions anywhere, as Server-Sent Events."""

    _stream: asyncio.Task[None] | None = None
    _is_gone = False

    @web.authenticated
    @authorized
    @problems_answered
    async def get(self) -> None:
        """Stream until the client, the store or the server goes."""
        thread = self.get_query_argument("thread", "", strip=False) or None
        if thread is not None and len(thread) > LONGEST_NAME:
            raise QueryError(f"a thread has at most {LONGEST_NAME} characters in its name")
        opened = await self.source.ask(lambda opened: opened)
        if self._is_gone:
            return
        self.set_header("Content-Type", _EVENTS)
        self.set_header("X-Accel-Buffering", "no")
        news = opened.feed.follow(thread)
        self._stream = self.streams.start(news, self._send, look=self.source.look)
        await asyncio.wait({self._stream})
        self._end(self._stream)

    def on_connection_close(self) -> None:
        """End the stream of a client that is gone."""
        self._is_gone = True
        if self._stream is not None:
            self._stream.cancel()

    async def _send(self, data: bytes) -> None:
        self.write(data)
        await self.flush()

    def _end(self, stream: asyncio.Task[None]) -> None:
        """End the answer: where it cannot be ended in good order, with the connection."""
        error = None if stream.cancelled() else stream.exception()
        if self._is_gone or isinstance(error, StreamClosedError):
            return
        if isinstance(error, TimeoutError):
            self.log.info("threadbook: a reader of news was too slow")
            self.detach().close()
            return
        if error is not None and not isinstance(error, StoreError):
            self.log.error("threadbook: a stream of news failed", exc_info=error)
        self.finish(set_content_type=_EVENTS)


def _decoded(asked: bytes) -> dict[str, Any]:
    if len(asked) > MOST_BYTES_ASKED:
        raise QueryTooLarge(f"parameters have at most {MOST_BYTES_ASKED} bytes")
    try:
        params = msgspec.json.decode(asked)
    except (msgspec.DecodeError, RecursionError) as error:
        raise QueryError(f"parameters are a JSON object: {error}") from None
    if not isinstance(params, dict):
        raise QueryError("parameters are a JSON object")
    return params


def _answer(opened: Opened, name: str, params: dict[str, Any]) -> bytes:
    answer = encoded(opened.feed.call(name, params))
    if len(answer) > MOST_BYTES_ANSWERED:
        raise QueryTooLarge(
            f"{name}: the answer has {len(answer)} bytes, more than {MOST_BYTES_ANSWERED}",
            remedy="ask for less at a time",
        )
    return answer


def _kernel(opened: Opened, kernel_id: str) -> bytes:
    return encoded(place_of(opened.reader, kernel_id))


def _blob(opened: Opened, digest: str) -> tuple[int, Iterator[bytes]]:
    return opened.log.blobs.size(digest), opened.log.blobs.chunks(digest)


HANDLERS: tuple[tuple[str, type[PanelHandler]], ...] = (
    (r"/threadbook/api/news", NewsHandler),
    (r"/threadbook/api/kernels/([\w.-]{1,200})", KernelHandler),
    (r"/threadbook/api/blobs/([0-9a-f]{64})", BlobHandler),
    (r"/threadbook/api/([a-z]{1,40})", OperationHandler),
)
"""Paths below the server's base URL; the first that fits counts."""
