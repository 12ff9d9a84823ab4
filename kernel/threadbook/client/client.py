"""The client: what a program uses to write records and to read them.

Names and defaults are those of the published `syncropel` SDK. Transport trouble never raises on a
write: the record waits in the outbox under the id that is returned. Grammar errors always raise,
and so do reads that could not be made. Every method comes twice, `await client.emit(…)` and
`client.emit_sync(…)`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from threadbook.client.outbox import ClientOutbox
from threadbook.client.records import EmitResult
from threadbook.client.reserved import Reserved
from threadbook.client.subscription import Hooks, Subscription
from threadbook.client.transport import Transport
from threadbook.client.twins import run_to_end
from threadbook.client.watch import (
    HEARTBEAT_TIMEOUT_S,
    RECONNECT_BASE_S,
    RECONNECT_MAX_S,
    SubscribeError,
    Watch,
)
from threadbook.client.work import Work
from threadbook.errors import ConfigError
from threadbook.records.identity import Identity

if TYPE_CHECKING:
    from threadbook.client.connection import AnyHttpxTransport
    from threadbook.client.data import ClientData

__all__ = ["Client", "EmitResult"]

_DRAIN_SECONDS = 5.0
"""How long `close` waits for each subscription to end."""


class Client(Reserved, Work):
    """Writes records in one identity's name and reads the log.

    `Client(endpoint=…, identity=…)` speaks to a record service, `Client(transport)` over a
    transport. `thread` is called for where records go that name no thread; `parents` for the
    parents of records that name none (in a kernel: the cell that is running).
    """

    def __init__(
        self,
        transport: Transport | AnyHttpxTransport | None = None,
        *,
        endpoint: str = "http://localhost:9100",
        identity: Identity | None = None,
        timeout: float = 30.0,
        max_retries: int = 2,
        backoff_ms: float = 250.0,
        on_emit: Callable[[EmitResult], None] | None = None,
        api_key: str | None = None,
        outbox: Path | None = None,
        thread: Callable[[], str] | None = None,
        parents: Callable[[], Sequence[str]] | None = None,
    ) -> None:
        """Make a client.

        `timeout` is in seconds, `max_retries` how often a request is sent again, after
        `backoff_ms` milliseconds and then twice as long each time. `outbox` is the file for
        records that the service could not take, by default one for each endpoint in the folder of
        the settings. As in the published SDK, `transport` may be one of httpx, for tests.
        """
        if identity is None and hasattr(transport, "append"):
            self._transport = transport  # type: ignore[assignment]  # it is one of ours
        else:
            if not isinstance(identity, Identity):
                raise ConfigError(
                    f"identity must be an Identity, not {type(identity).__name__}",
                    remedy="use Identity.key(path) or Identity.static(did)",
                )
            # Imported here: a kernel, which speaks no HTTP, makes a client at every start.
            http = importlib.import_module("threadbook.client.http")
            self._transport = http.connect(
                endpoint,
                identity,
                timeout=timeout,
                max_retries=max_retries,
                backoff_ms=backoff_ms,
                api_key=api_key,
                outbox=outbox,
                transport=transport,
            )
        self.endpoint = endpoint.rstrip("/")
        self.identity = self._transport.identity
        self.on_emit = on_emit
        self._thread = thread
        self._parents = parents
        self._subscriptions: list[Subscription] = []

    def __repr__(self) -> str:
        return f"<Client of {self.identity.actor_did}; help(sdk) lists what it can do>"

    @property
    def outbox(self) -> ClientOutbox:
        """What waits because the log could not take it."""
        return ClientOutbox(self._transport)

    @property
    def data(self) -> ClientData:
        """The data plane of a record service: files, with a check against lost updates."""
        data: ClientData = importlib.import_module("threadbook.client.data").ClientData(
            self._transport
        )
        return data

    def subscribe(
        self,
        thread: str,
        callback: Callable[[dict[str, Any]], None],
        *,
        since_clock: int | None = None,
        bearer: str | None = None,
        on_error: Callable[[SubscribeError], None] | None = None,
        on_open: Callable[[], None] | None = None,
        on_heartbeat: Callable[[], None] | None = None,
        reconnect_base_s: float = RECONNECT_BASE_S,
        reconnect_max_s: float = RECONNECT_MAX_S,
        max_reconnects: float = float("inf"),
        heartbeat_timeout_s: float = HEARTBEAT_TIMEOUT_S,
        transport: Any = None,
    ) -> Subscription:
        """Call `callback` with each record of a thread as it is appended, until closed.

        Must be called in a running event loop. A connection that breaks off is made again, which
        `on_error` is told; one that is refused ends the subscription, whose `error` says why.
        `follow` does the same as an iterator.
        """
        if not callable(callback):
            raise ConfigError("subscribe needs a callback")
        if transport is not None:
            raise ConfigError("subscribe has one transport, that of the client")
        what = Watch(
            thread=self._thread_or_default(thread),
            since_clock=since_clock,
            bearer=bearer,
            reconnect_base_s=reconnect_base_s,
            reconnect_max_s=reconnect_max_s,
            max_reconnects=max_reconnects,
            heartbeat_timeout_s=heartbeat_timeout_s,
        )
        hooks = Hooks(
            on_record=callback, on_error=on_error, on_open=on_open, on_heartbeat=on_heartbeat
        )
        subscription = Subscription(what.thread, self._transport.watch(what), hooks)
        self._subscriptions = [each for each in self._subscriptions if not each.closed]
        self._subscriptions.append(subscription)
        return subscription

    async def close(self) -> None:
        """End the subscriptions and release the connections. May be called twice."""
        subscriptions, self._subscriptions = self._subscriptions, []
        for subscription in subscriptions:
            subscription.close()
        for subscription in subscriptions:
            await subscription.wait_closed(_DRAIN_SECONDS)
        await self._transport.close()

    async def aclose(self) -> None:
        """Do what `close` does."""
        await self.close()

    def close_sync(self) -> None:
        """Release the connections, without await."""
        run_to_end(self._transport.blocking().close())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close_sync()
