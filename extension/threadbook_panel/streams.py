"""Streams of events: news as they come, a sign of life while there are none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

from threadbook.errors import ServiceError
from threadbook_panel.news import News
from threadbook_panel.problems import encoded

HEARTBEAT_SECONDS = 15.0
SEND_SECONDS = 20.0
MOST_STREAMS = 50

_HEARTBEAT = b": still here\n\n"

Send = Callable[[bytes], Awaitable[None]]
Look = Callable[[], Awaitable[None]]


class TooManyStreams(ServiceError):
    """There are as many streams as the server has room for."""

    remedy = "close other windows that show the panel"
    status = 503


class Streams:
    """The streams that are open. Each ends at once when it is told to.

    A stream is silent for `heartbeat_seconds` at most, and ends where its reader takes more than
    `send_seconds` for an event.
    """

    def __init__(
        self,
        *,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        send_seconds: float = SEND_SECONDS,
        most: int = MOST_STREAMS,
    ) -> None:
        self._heartbeat_seconds = heartbeat_seconds
        self._send_seconds = send_seconds
        self._most = most
        self._open: set[asyncio.Task[None]] = set()

    def start(self, news: AsyncIterator[News], send: Send, *, look: Look) -> asyncio.Task[None]:
        """Send news as Server-Sent Events until there are no more; the task may be cancelled.

        `look` is called while nothing happens: it sees to it that news end where none can come.
        The task ends with TimeoutError where the reader is too slow. Raises TooManyStreams.
        """
        if len(self._open) >= self._most:
            raise TooManyStreams(f"{self._most} streams of the panel are open")
        task = asyncio.create_task(self._run(news, send, look))
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        return task

    def end_all(self) -> None:
        """End all streams."""
        for task in self._open:
            task.cancel()

    async def _run(self, news: AsyncIterator[News], send: Send, look: Look) -> None:
        coming: asyncio.Future[News] | None = None
        looking: asyncio.Future[None] | None = None
        try:
            while True:
                coming = coming or asyncio.ensure_future(anext(news))
                if not (await asyncio.wait({coming}, timeout=self._heartbeat_seconds))[0]:
                    if looking is None or looking.done():
                        looking = asyncio.ensure_future(look())
                    await self._send(send, _HEARTBEAT)
                    continue
                try:
                    event = coming.result()
                except StopAsyncIteration:
                    return
                coming = None
                await self._send(send, b"data: " + encoded(event) + b"\n\n")
        finally:
            for pending in (coming, looking):
                if pending is not None:
                    pending.cancel()
                    await asyncio.wait({pending})
            if isinstance(news, AsyncGenerator):
                await news.aclose()

    async def _send(self, send: Send, data: bytes) -> None:
        async with asyncio.timeout(self._send_seconds):
            await send(data)
