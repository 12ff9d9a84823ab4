"""Runs: cells that are under way for a client, which may have to come back for what came of them.

Where the protocol lets a server ask its client nothing while a request is open, the request is
answered with the question, and the client calls again with the answer and the name of the run.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Coroutine
from typing import Any

from threadbook.errors import SessionClosed
from threadbook.session.result import Result

_MOST_LEFT = 8
"""Runs that nobody has come back for which are kept."""


class Run:
    """A cell that runs in a task of its own; `name` is known to its client only."""

    def __init__(self, cell: Coroutine[Any, Any, Result], *, limit: int) -> None:
        self.name = secrets.token_urlsafe(16)
        self.began = time.monotonic()
        self.limit = limit
        self.asked: set[str] = set()
        self.task = asyncio.ensure_future(cell)

    @property
    def seconds(self) -> float:
        """How long ago it began."""
        return time.monotonic() - self.began


class Runs:
    """The runs of one workspace that a client may still come back for."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}

    @property
    def current(self) -> Run | None:
        """The run whose cell is running; the others wait for their turn, in this order."""
        return next((run for run in self._runs.values() if not run.task.done()), None)

    def begin(self, cell: Coroutine[Any, Any, Result], *, limit: int) -> Run:
        """Run a cell; its texts are shown with so many characters at most."""
        run = Run(cell, limit=limit)
        self._runs[run.name] = run
        for left in [one for one in self._runs.values() if one.task.done()][:-_MOST_LEFT]:
            self.end(left)
        return run

    def get(self, name: str) -> Run:
        """Return a run by its name. Raises SessionClosed where it is not known (any more)."""
        if name not in self._runs:
            raise SessionClosed(
                "this run is not known any more", remedy="read_thread shows what came of it"
            )
        return self._runs[name]

    def end(self, run: Run) -> None:
        """Forget a run; one that is under way is interrupted, and has its turn until it ends."""
        if not run.task.done():
            run.task.cancel()
        run.task.add_done_callback(lambda _: self._forget(run))

    def cancel(self) -> None:
        """Interrupt all that is under way, and forget it."""
        for run in [*self._runs.values()]:
            self.end(run)

    def _forget(self, run: Run) -> None:
        self._runs.pop(run.name, None)
        if not run.task.cancelled():
            run.task.exception()  # so that asyncio does not warn of one nobody came for
