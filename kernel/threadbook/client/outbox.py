"""The outbox as a client shows it: what waits, what was refused, and delivery on demand."""

from __future__ import annotations

from typing import Self

from threadbook.client.transport import Transport
from threadbook.client.twins import twin_of
from threadbook.log.outbox import Waiting


class ClientOutbox:
    """Records that the log could not take. They are delivered by themselves when it can."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def blocking(self) -> Self:
        """Return the form of this whose coroutines never suspend."""
        return type(self)(self._transport.blocking())

    def pending(self) -> list[Waiting]:
        """Return what will be delivered, oldest first, of all identities that write there."""
        return [waiting for waiting in self._all() if waiting.refused is None]

    def refused(self) -> list[Waiting]:
        """Return what will never be delivered; `refused` of each says why."""
        return [waiting for waiting in self._all() if waiting.refused is not None]

    async def deliver(self) -> int:
        """Try now to deliver what waits; return how many records the log took."""
        return await self._transport.deliver()

    deliver_sync = twin_of(deliver)
    flush = deliver
    flush_sync = deliver_sync

    def _all(self) -> list[Waiting]:
        outbox = self._transport.outbox
        return outbox.pending() if outbox is not None else []
