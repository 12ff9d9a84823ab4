"""Subscriptions: a callback for each record of a thread, from a task in the background."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import Any

import msgspec

from threadbook.client.watch import Beat, Event, Heard, Opened, SubscribeError
from threadbook.errors import ThreadbookError

_log = logging.getLogger("threadbook")


class Hooks(msgspec.Struct, frozen=True, kw_only=True):
    """What is called when something happens; what these raise is logged and passed over."""

    on_record: Callable[[dict[str, Any]], None]
    on_error: Callable[[SubscribeError], None] | None = None
    on_open: Callable[[], None] | None = None
    on_heartbeat: Callable[[], None] | None = None


class Subscription:
    """What `Client.subscribe` returns.

    `cursor` stands for the last record that came, `error` is why the subscription ended by
    itself, None where it did not.
    """

    transport_name = "sse"

    def __init__(self, thread: str, events: AsyncGenerator[Event, None], hooks: Hooks) -> None:
        self.thread = thread
        self.cursor: str | None = None
        self.error: ThreadbookError | None = None
        self._hooks = hooks
        self._is_closing = False
        self._task = asyncio.get_running_loop().create_task(self._run(events))

    @property
    def closed(self) -> bool:
        """Whether no more records will come."""
        return self._is_closing or self._task.done()

    def close(self) -> None:
        """Stop. May be called twice, and from a callback."""
        self._is_closing = True
        if not self._task.done():
            self._task.cancel()

    async def wait_closed(self, timeout: float | None = None) -> None:
        """Wait until the subscription has ended, but no longer than `timeout` seconds."""
        if not self._task.done():
            await asyncio.wait([self._task], timeout=timeout)

    async def _run(self, events: AsyncGenerator[Event, None]) -> None:
        with suppress(asyncio.CancelledError):
            try:
                async with aclosing(events):
                    async for event in events:
                        self._hear(event)
                        if self._is_closing:
                            return
            except ThreadbookError as error:
                self.error = error
                _log.warning("the subscription of %s ended: %s", self.thread, error)
                last = SubscribeError(
                    reason="refused", message=str(error), attempt=0, next_retry_s=math.inf
                )
                _call(self._hooks.on_error, last)

    def _hear(self, event: Event) -> None:
        hooks = self._hooks
        if isinstance(event, Heard):
            self.cursor = event.cursor or self.cursor
            _call(hooks.on_record, event.record)
        elif isinstance(event, Beat):
            self.cursor = event.cursor or self.cursor
            _call(hooks.on_heartbeat)
        elif isinstance(event, Opened):
            _call(hooks.on_open)
        else:
            _call(hooks.on_error, event)


def _call(hook: Callable[..., None] | None, *arguments: Any) -> None:
    if hook is None:
        return
    try:
        hook(*arguments)
    except Exception:  # noqa: BLE001  it is not ours, and the others are to be called
        _log.exception("a callback of a subscription failed")
