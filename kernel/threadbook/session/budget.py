"""The time that a cell may take, which stands still while somebody is asked."""

from __future__ import annotations

import asyncio
import time

from threadbook.session.connection import first_of


class Pauses:
    """How many questions wait for an answer. Belongs to one event loop."""

    def __init__(self) -> None:
        self._count = 0
        self.changed = asyncio.Event()

    def __bool__(self) -> bool:
        return self._count > 0

    def count(self, is_waiting: bool) -> None:
        """Note that a question has been asked, or is over."""
        self._count += 1 if is_waiting else -1
        self.changed.set()


class TimeBudget:
    """`seconds` to use up, None: as many as it takes; none are used during `pauses`."""

    def __init__(self, seconds: float | None, pauses: Pauses) -> None:
        self._left = seconds
        self._pauses = pauses

    async def first_of(self, *events: asyncio.Event) -> bool:
        """Wait for the first of several events, until the time is used up; tell if one came."""
        while True:
            self._pauses.changed.clear()
            began, is_paused = time.monotonic(), bool(self._pauses)
            await first_of(*events, self._pauses.changed, timeout=None if is_paused else self._left)
            if any(event.is_set() for event in events):
                return True
            if self._left is not None and not is_paused:
                self._left = max(self._left - (time.monotonic() - began), 0.0)
                if not self._left and not self._pauses:
                    return False
