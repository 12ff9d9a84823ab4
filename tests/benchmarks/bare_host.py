"""What a tool call cannot do without, done with nothing else: the reference of tool calls.

The two records of a call and the function between them, where they have to be done: by a loop and
a thread that are not the cell's, and for a session in another process, behind a socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

from threadbook.broker.loop import LoopThread
from threadbook.log.log import Log, open_log
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

THREAD = "th_" + "0" * 64
LARGEST_REQUEST = 4096
REQUEST = b"x" * 200
"""As long as a call is on the wire."""


def add(a: int, b: int = 2) -> int:
    """Do what the tool of the benchmark does."""
    return a + b


class BareHost:
    """Appends records like those of the last call in the store `calls`, in a store beside it."""

    def __init__(self, calls: str) -> None:
        with open_log(calls) as log:
            self._called, self._returned = drafts_of_last_call(log)
        beside = f"{calls}-{os.getpid()}"
        self._log = open_log(f"{beside}.db")
        self._identity = Identity.key(Path(f"{beside.removeprefix('sqlite:///')}.pem"))
        self._loop = LoopThread("bare-host")

    def here(self) -> None:
        """Do the work in the thread that asks for it."""
        self._log.append(self._called, by=self._identity)
        add(a=1)
        self._log.append(self._returned, by=self._identity)

    def there(self) -> None:
        """Have the work done by the loop and a thread, and wait for it."""
        self._loop.run(self._work())

    def listen(self, path: Path) -> None:
        """Do the work for each request that comes through a socket at `path`."""
        self._loop.run(asyncio.start_unix_server(self._serve, str(path)))

    def close(self) -> None:
        """End the loop and close the store."""
        self._loop.close()
        self._log.close()

    async def _work(self) -> None:
        self._log.append(self._called, by=self._identity)
        await asyncio.to_thread(add, a=1)
        self._log.append(self._returned, by=self._identity)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):  # at the end
            while request := await reader.read(LARGEST_REQUEST):
                await self._work()
                writer.write(request)
        writer.close()


def drafts_of_last_call(log: Log) -> tuple[Draft, Draft]:
    """Return drafts like the records of the last tool call in a log, on another thread."""
    records = [stored.record for stored in log.latest(limit=60)]
    returned, called = [
        Draft(act=record.act, body=record.body, thread=THREAD, parents=record.parents)
        for record in records
        if str(record.body.get("kind")).startswith("threadbook.tool.")
    ][:2]
    return called, returned
