"""Signing what the log holds, in the background, whenever enough is new."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from threadbook.errors import ConfigError, LogError
from threadbook.log.checkpoints import Checkpointer
from threadbook.log.log import Log
from threadbook.records.identity import Identity

log = logging.getLogger("threadbook.service")

_LOOK_SECONDS = 10.0
_WORK_SECONDS = 1.0
"""How long a look may hash before it leaves the rest to the next, and the store to others."""


class Signer:
    """Appends a checkpoint of the log to it in the service's name when one is due."""

    def __init__(self, log_: Log, identity: Identity) -> None:
        self._checkpointer = Checkpointer(log_, identity)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="signer")

    async def stop(self) -> None:
        """End; one that is due is appended first."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await asyncio.to_thread(self._look)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            await asyncio.to_thread(self._look)

    def _look(self) -> None:
        try:
            if self._checkpointer.due():
                self._checkpointer.append(seconds=_WORK_SECONDS)
        except (LogError, ConfigError) as error:  # nobody asked: who reads the log file is told
            log.warning("no checkpoint: %s", error)
