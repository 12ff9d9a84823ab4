"""Connections: one session with one server, kept up by a task of its own, used by any task."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextvars import Context, ContextVar
from typing import Any, TypeVar

import httpx2
import mcp_types as wire
from mcp import Client, MCPError
from mcp.client import IncomingMessage
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from threadbook import __version__
from threadbook.errors import (
    ToolArgumentError,
    ToolCallError,
    ToolError,
    ToolTimeout,
)
from threadbook.tools.adapters.mcp_config import Launch
from threadbook.tools.adapters.mcp_content import content_of, links_to, result_of
from threadbook.tools.adapters.mcp_listing import LIST_RESOURCES, Listing, visible
from threadbook.tools.adapters.mcp_pages import described, resources_of, tools_of
from threadbook.tools.adapters.mcp_promises import Promises, leave_answers_unchecked
from threadbook.tools.adapters.mcp_refused import Refused
from threadbook.tools.adapters.mcp_transports import Signals, open_transport
from threadbook.tools.results import McpResult
from threadbook.tools.secrets import Redactor

# A server that prints what is no message would have the SDK print a traceback each time.
logging.getLogger("mcp").addHandler(logging.NullHandler())

Report = Callable[[str], None]
T = TypeVar("T")

_LONGEST_ERROR = 4_000
_CLOSE_SECONDS = 15.0
"""More than the SDK takes to end a process that resists."""
_UNKNOWN = "; it may have been carried out"
_FROM_THE_SDK = (MCPError, httpx2.HTTPError, RuntimeError, ValueError, OSError)
"""What a request raises for what a server said, or did not."""


class _Request:
    """A request that is being made."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.is_over = False
        self.is_refused = False
        self.status: int | None = None

    def tell(self, text: str) -> None:
        """Report what the server says of the request, while it lasts."""
        if not self.is_over:
            self._report(text)


_REQUEST: ContextVar[_Request] = ContextVar("request")
"""The request that a message was sent for. The SDK carries the context through HTTP."""


class Connection:
    """A session with a server. It is started at once; `ready` waits until it stands.

    `redactor` takes secrets out of all that is returned, reported or raised.
    `changed` is called when the server has other tools than before; `changes` counts that.
    """

    def __init__(
        self, name: str, launch: Launch, redactor: Redactor, changed: Callable[[], None]
    ) -> None:
        self.changes = 0
        self._name = name
        self._launch = launch
        self._redactor = redactor
        self._changed = changed
        self._signals = Signals(self._ended, self._was_refused, self._has_failed)
        self._client: Client | None = None
        self._requests: set[_Request] = set()
        self._promises = Promises()
        self._reason = ""
        self._status: int | None = None
        self._has_ended = False
        self._settled = asyncio.Event()
        self._stop = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None
        self._may_watch = False
        # The context is empty: that of who happens to ask first would be that of all messages.
        self._task = asyncio.create_task(self._run(), name=f"mcp {name}", context=Context())

    @property
    def is_over(self) -> bool:
        """Whether nothing can be asked any more."""
        return self._stop.is_set()

    async def ready(self) -> None:
        """Wait until the connection stands. Raises ToolCallError where it does not come up."""
        await self._settled.wait()
        if self._client is None:
            raise self._error(f"cannot connect to {self._name}: {self._reason}")

    async def listing(self) -> Listing:
        """Return what the server can do now. Raises ToolError, Refused."""
        listing = await self._request(
            self._list,
            _silent,
            timeout=self._launch.connect_timeout,
            what="listing its tools",
            is_repeatable=True,
        )
        return self._redactor.value(listing)

    async def call(
        self, tool: str, arguments: Mapping[str, Any], report: Report, timeout: float | None
    ) -> McpResult:
        """Call a tool of the server. Cancelling the call cancels it there. Raises as `listing`."""

        async def send(client: Client, request: _Request) -> wire.CallToolResult:
            async def tell(progress: float, total: float | None, message: str | None) -> None:
                request.tell(_progress(progress, total, message))

            return await client.call_tool(tool, dict(arguments), progress_callback=tell)

        answer = await self._request(send, report, timeout=timeout, what=f"calling {tool}")
        result = self._redactor.value(result_of(answer))
        if answer.is_error:
            text = result.text or "it says no more than that it failed"
            raise self._error(f"{tool} failed: {text}")
        if broken := self._promises.broken(tool, answer.structured_content):
            raise self._error(
                f"{tool} was called, but its answer does not fit its schema: {broken}"
            )
        return result

    async def resource(
        self, name: str, arguments: Mapping[str, Any], report: Report, timeout: float | None
    ) -> McpResult:
        """List the resources of the server, or read one. Raises as `listing`."""
        uri = None if name == LIST_RESOURCES else str(arguments["uri"])

        async def send(client: Client, _: _Request) -> McpResult:
            if uri is None:
                return links_to(await resources_of(client))
            return content_of(await client.read_resource(uri))

        what = "listing its resources" if uri is None else f"reading {uri}"
        answer = await self._request(send, report, timeout=timeout, what=what, is_repeatable=True)
        return self._redactor.value(answer)

    async def close(self) -> None:
        """End the session, and the process of the server."""
        self._stop.set()
        if self._client is None:  # it is still being set up, and hears no such thing
            self._task.cancel()
        _, late = await asyncio.wait([self._task], timeout=_CLOSE_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.wait([self._task])

    # The task of the connection

    async def _run(self) -> None:
        deadline = asyncio.get_running_loop().time() + self._launch.connect_timeout
        try:
            await self._serve("auto", deadline)
            if self._client is None and self._launch.transport == "stdio" and self._has_ended:
                # It left on the first message: some know the older handshake only.
                self._has_ended, self._reason = False, ""
                await self._serve("legacy", deadline)
        finally:
            self._stop.set()
            self._settled.set()

    async def _serve(self, mode: str, deadline: float) -> None:
        """Keep a session up until it is to end, or ends."""
        try:
            async with contextlib.AsyncExitStack() as stack:
                async with asyncio.timeout_at(deadline):
                    client = await stack.enter_async_context(self._new_client(mode))
                await self._stand(client)
        except Exception as error:  # noqa: BLE001  whatever it was, callers are told
            self._reason = self._reason or self._described(error, self._status)
        if self._signals.stderr:
            self._reason = f"{self._reason or 'it ended'}; its last lines: {self._signals.stderr}"

    async def _stand(self, client: Client) -> None:
        leave_answers_unchecked(client)
        self._client = client
        self._may_watch = _tells_only_who_asks(client)
        self._settled.set()
        try:
            if not self._has_ended:
                await self._stop.wait()
        finally:
            self._stop.set()
            if self._watcher is not None:
                self._watcher.cancel()
                await asyncio.wait([self._watcher])

    def _new_client(self, mode: str) -> Client:
        return Client(
            open_transport(self._launch, self._signals),
            mode=mode,
            cache=None,
            log_level="info",
            logging_callback=self._log,
            message_handler=self._notice,
            client_info=wire.Implementation(name="threadbook", version=__version__),
        )

    def _described(self, error: BaseException, status: int | None) -> str:
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, TimeoutError):
            return f"it did not answer within {self._launch.connect_timeout:g} seconds"
        text = str(error) or type(error).__name__
        return f"{text} (HTTP {status})" if status else text

    # What the transport and the server tell

    def _ended(self, reason: str) -> None:
        self._has_ended = True
        self._reason = self._reason or reason
        if self._client is not None:
            self._stop.set()

    def _was_refused(self) -> None:
        request = _REQUEST.get(None)
        if request is not None:
            request.is_refused = True

    def _has_failed(self, status: int) -> None:
        request = _REQUEST.get(None)
        if request is not None:
            request.status = status
        elif self._client is None:
            self._status = status

    async def _log(self, params: wire.LoggingMessageNotificationParams) -> None:
        """Report a log message to the request it belongs to, if that can be told.

        Only HTTP tells. Elsewhere it belongs to the request in flight, if there is but one: what
        is said about a request is not shown to who made another one.
        """
        request = _REQUEST.get(None)
        if request is None and len(self._requests) == 1:
            request = next(iter(self._requests))
        if request is not None:
            text = params.data if isinstance(params.data, str) else json.dumps(params.data)
            request.tell(f"{params.level}: {text}")

    async def _notice(self, message: IncomingMessage) -> None:
        if isinstance(message, wire.ToolListChangedNotification):
            self.changes += 1
            self._changed()

    async def _watch(self, client: Client) -> None:
        """Ask to be told of changes where a server tells only who asks, as the newer ones do."""
        if self._may_watch and self._watcher is None:
            heard = asyncio.Event()
            self._watcher = asyncio.create_task(self._listen(client, heard), context=Context())
            await heard.wait()

    async def _listen(self, client: Client, heard: asyncio.Event) -> None:
        try:
            async with (
                asyncio.timeout(self._launch.connect_timeout) as limit,
                client.listen(tools_list_changed=True) as changes,
            ):
                limit.reschedule(None)
                heard.set()
                async for _ in changes:
                    pass  # each is a notification too, and noticed as such
        except _FROM_THE_SDK:
            self._may_watch = heard.is_set()
        finally:
            self._watcher = None
            if heard.is_set():  # nobody tells any more: the next request lists, and listens, anew
                self.changes += 1
            heard.set()

    # Requests

    async def _request(
        self,
        send: Callable[[Client, _Request], Awaitable[T]],
        report: Report,
        *,
        timeout: float | None,
        what: str,
        is_repeatable: bool = False,
    ) -> T:
        if self._client is None or self._stop.is_set():
            raise Refused(self._reason)
        request = _Request(lambda text: report(self._shown(text)))
        before = _REQUEST.set(request)
        self._requests.add(request)
        try:
            async with asyncio.timeout(timeout) as limit:
                return await send(self._client, request)
        except TimeoutError as error:
            if limit.expired():
                raise self._error(
                    f"{what} took longer than {timeout:g} seconds, and was cancelled"
                    f"{'' if is_repeatable else _UNKNOWN}",
                    ToolTimeout,
                ) from None
            failure: Exception = error
        except _FROM_THE_SDK as error:
            failure = error
        finally:
            request.is_over = True
            self._requests.discard(request)
            _REQUEST.reset(before)
        if self._stop.is_set():
            await asyncio.wait([self._task])  # then it is known why
        if request.is_refused or (self._stop.is_set() and is_repeatable):
            raise Refused(
                self._redactor.text(self._reason or self._described(failure, request.status))
            )
        raise self._failed(failure, request, what) from None

    def _failed(self, error: Exception, request: _Request, what: str) -> ToolError:
        """Return what to raise for a request that may have been carried out."""
        kind = type(error).__name__
        if self._stop.is_set():
            return self._error(
                f"the connection to {self._name} ended while {what}: "
                f"{self._reason or 'it was closed'}{_UNKNOWN}",
                remedy="find out what was done before calling again",
                original_type=kind,
            )
        text = f"{what} failed: {self._described(error, request.status)}"
        code = error.code if isinstance(error, MCPError) else None
        if code == wire.INVALID_PARAMS:
            return self._error(text, ToolArgumentError, original_type=kind)
        if code == wire.CONNECTION_CLOSED:
            text += _UNKNOWN
        return self._error(text, original_type=kind)

    def _error(self, text: str, kind: type[ToolError] = ToolCallError, **details: Any) -> ToolError:
        return kind(self._shown(text), namespace="tools", **details)

    def _shown(self, text: str) -> str:
        return visible(self._redactor.text(text), _LONGEST_ERROR)

    async def _list(self, client: Client, _: _Request) -> Listing:
        await self._watch(client)
        tools = tuple(described(tool) for tool in await tools_of(client))
        self._promises = Promises(tools)
        return Listing(
            tools=tools,
            instructions=client.instructions or "",
            has_resources=client.server_capabilities.resources is not None,
        )


def _tells_only_who_asks(client: Client) -> bool:
    tools = client.server_capabilities.tools
    return (
        client.protocol_version in MODERN_PROTOCOL_VERSIONS
        and tools is not None
        and bool(tools.list_changed)
    )


def _progress(progress: float, total: float | None, message: str | None) -> str:
    text = f"{progress:g}" if total is None else f"{progress:g}/{total:g}"
    return f"{text} {message}" if message else text


def _silent(_: str) -> None:
    """Tell nobody."""
