"""Transports: how messages get to a server and back, and how it is noticed that they do not."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import Any, Self

import httpx2
from mcp.client import Transport
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage

from threadbook.tools.adapters.mcp_config import Launch

Messages = Any  # the SDK's two kinds of streams of messages, which share a private protocol

_KEPT_BYTES = 4_096
"""How much of what a process last wrote to its standard error is kept."""
_MOST_READS = 32
_SESSION_HEADER = "mcp-session-id"
_GONE = 404
_ERRORS = 400


class Signals:
    """What a transport tells the connection that it belongs to.

    `ended` is called when no message will come any more. In the context of who sent a message,
    `refused` is called when the server had nothing of it, and `failed` with the status of HTTP
    when it is that of an error.
    """

    def __init__(
        self,
        ended: Callable[[str], None],
        refused: Callable[[], None],
        failed: Callable[[int], None],
    ) -> None:
        self.ended = ended
        self.refused = refused
        self.failed = failed
        self.stderr = ""


def open_transport(launch: Launch, signals: Signals) -> Transport:
    """Return what starts the server or connects to it, and ends that when it is left."""
    if launch.transport == "stdio":
        return _stdio(launch, signals)
    if launch.transport == "http":
        return _http(launch, signals)
    return _sse(launch, signals)


@contextlib.asynccontextmanager
async def _stdio(launch: Launch, signals: Signals) -> AsyncGenerator[tuple[Messages, Messages]]:
    parameters = StdioServerParameters(
        command=launch.command, args=launch.args, env=launch.env, cwd=launch.cwd
    )
    with _Tail(signals) as stderr, os.fdopen(stderr.write_end, "w") as file:
        async with stdio_client(parameters, errlog=file) as (read, write):
            file.close()  # only the server is to hold that end of the pipe
            yield _Watched(read, signals), write


@contextlib.asynccontextmanager
async def _http(launch: Launch, signals: Signals) -> AsyncGenerator[tuple[Messages, Messages]]:
    async with (
        _HttpClient(launch, signals) as client,
        streamable_http_client(launch.url, http_client=client) as (read, write),
    ):
        yield _Watched(read, signals), write


@contextlib.asynccontextmanager
async def _sse(launch: Launch, signals: Signals) -> AsyncGenerator[tuple[Messages, Messages]]:
    def client(*_: Any, **__: Any) -> httpx2.AsyncClient:
        return _HttpClient(launch, signals)

    async with sse_client(launch.url, httpx_client_factory=client) as (read, write):
        yield _Watched(read, signals), write


class _HttpClient(httpx2.AsyncClient):
    """Sends the requests of one connection, and notices those that the server had nothing of.

    Answers may take as long as they take: calls have timeouts of their own.
    """

    def __init__(self, launch: Launch, signals: Signals) -> None:
        super().__init__(
            headers=launch.headers,
            timeout=httpx2.Timeout(launch.connect_timeout, read=None),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20),
        )
        self._signals = signals
        self._is_sse = launch.transport == "sse"

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request, as the base class does."""
        posts = request.method == "POST"
        try:
            response = await super().send(request, **options)
        except httpx2.TransportError as error:
            if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
                self._signals.refused()
            if posts and self._is_sse:  # the SDK would let the caller wait for an answer
                self._signals.ended(f"{type(error).__name__}: {error}")
            raise
        if response.status_code >= _ERRORS:
            self._signals.failed(response.status_code)
            in_session = self._is_sse or _SESSION_HEADER in request.headers
            if response.status_code == _GONE and posts and in_session:
                self._signals.refused()
                self._signals.ended("the server does not know the session any more")
            elif posts and self._is_sse:
                self._signals.ended(f"the server answered with HTTP {response.status_code}")
        return response


class _Watched:
    """A stream of messages that tells when it ends."""

    def __init__(self, stream: Messages, signals: Signals) -> None:
        self._stream = stream
        self._signals = signals

    @property
    def last_context(self) -> Any:
        """The context of who sent the last message, where the stream keeps it."""
        return getattr(self._stream, "last_context", None)

    async def receive(self) -> SessionMessage | Exception:
        """Return the next message."""
        try:
            message: SessionMessage | Exception = await self._stream.receive()
        except Exception:
            self._signals.ended("")
            raise
        return message

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            message: SessionMessage | Exception = await self._stream.__anext__()
        except Exception:
            self._signals.ended("")
            raise
        return message

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        left: bool | None = await self._stream.__aexit__(kind, error, trace)
        return left


class _Tail:
    """The reading end of a pipe, of which the last bytes are kept."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._end, self.write_end = os.pipe()
        os.set_blocking(self._end, False)
        self._kept = b""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._end, self._take)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        reads = 0
        while reads < _MOST_READS and self._take():  # children of the server may go on writing
            reads += 1
        self._loop.remove_reader(self._end)
        os.close(self._end)
        self._signals.stderr = self._kept.decode(errors="replace").strip()

    def _take(self) -> bool:
        try:
            chunk = os.read(self._end, 65_536)
        except BlockingIOError:
            return False
        if not chunk:
            self._loop.remove_reader(self._end)
        self._kept = (self._kept + chunk)[-_KEPT_BYTES:]
        return bool(chunk)
