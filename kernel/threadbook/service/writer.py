"""The writer: appends of many requests at once, in few commits.

A commit costs a write to disk whatever it holds. While one is under way the requests that arrive
gather, and share the next (group commit, as databases do it).
"""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from threadbook.errors import StoreError, StoreUnavailable
from threadbook.log.entry import Sealed, Stored
from threadbook.log.log import Log

_MOST_IN_A_COMMIT = 64
_MOST_WAITING = 1024


class _Waiting(NamedTuple):
    entry: Sealed
    stored: asyncio.Future[Stored]


class Writer:
    """Appends records to `log` in the order in which they were given."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue(_MOST_WAITING)
        self._task: asyncio.Task[None] | None = None
        # A thread of its own: reading that takes long must not hold up writing.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="threadbook-writer")

    def start(self) -> None:
        """Begin to append what is given."""
        self._task = asyncio.create_task(self._run(), name="writer")

    async def stop(self) -> None:
        """Append what was given, then end."""
        await self._waiting.join()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._thread.shutdown()

    async def append(self, entry: Sealed) -> Stored:
        """Return the record, stored durably. Raises what Log.append raises.

        Raises StoreUnavailable where so many wait that this one would wait long.
        """
        stored = asyncio.get_running_loop().create_future()
        try:
            self._waiting.put_nowait(_Waiting(entry, stored))
        except asyncio.QueueFull:
            raise StoreUnavailable("too many records wait to be written") from None
        # A client that goes away takes nothing back: its record may be in a commit by now.
        return await asyncio.shield(stored)

    async def _run(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < _MOST_IN_A_COMMIT and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            try:
                await self._append(batch)
            finally:
                for _ in batch:
                    self._waiting.task_done()

    async def _append(self, batch: list[_Waiting]) -> None:
        entries = [waiting.entry for waiting in batch]
        try:
            results: list[Stored] = await asyncio.get_running_loop().run_in_executor(
                self._thread, self._log.append_many, entries
            )
        except StoreError as error:
            for waiting in batch:
                _fail(waiting, error)
        except Exception as error:  # noqa: BLE001  whoever waits raises it, and the next go on
            if len(batch) == 1:
                _fail(batch[0], error)
                return
            half = len(batch) // 2  # one of them is at fault; the others are to be stored
            await self._append(batch[:half])
            await self._append(batch[half:])
        else:
            for waiting, stored in zip(batch, results, strict=True):
                if not waiting.stored.done():
                    waiting.stored.set_result(stored)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.stored.done():
        waiting.stored.set_exception(error)
