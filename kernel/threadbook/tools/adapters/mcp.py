"""MCP servers as tools: one server is one tool, whose callables are the tools of the server.

Names become identifiers as `names.py` says; a server's own are in `wire_name`. Nothing is started
before `refresh` or `call`. A server that is gone is started anew for the next call; a call that
was under way fails and is not made twice, as it may have been carried out.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from threadbook.errors import ToolArgumentError, ToolCallError, ToolError, ToolNotFound
from threadbook.tools.adapter import CallContext
from threadbook.tools.adapters.mcp_config import McpServer, read_server, read_servers
from threadbook.tools.adapters.mcp_listing import Catalog, catalog
from threadbook.tools.adapters.mcp_refused import Refused
from threadbook.tools.adapters.mcp_variables import Variables
from threadbook.tools.definition import Tool, ToolCallable
from threadbook.tools.names import did_you_mean, python_names, tool_name
from threadbook.tools.secrets import Redactor

if TYPE_CHECKING:
    from threadbook.tools.adapters.mcp_connection import Connection
    from threadbook.tools.results import McpResult

_ATTEMPTS = 2


def load_mcp(path: Path, data: Mapping[str, Any], *, environ: Mapping[str, str]) -> McpAdapter:
    """Return the adapter of the server that a YAML file describes. Raises ToolDefinitionError.

    `environ` are the variables that `${NAME}` may refer to; they are read when the server is
    started.
    """
    return McpAdapter(read_server(path, data), source=path, environ=environ)


def load_mcp_servers(
    path: Path, data: Mapping[str, Any], *, environ: Mapping[str, str]
) -> list[McpAdapter]:
    """Return the adapters of the servers in a JSON file that other clients read (`mcpServers`).

    Raises ToolDefinitionError, also for two servers whose names become the same.
    """
    servers = read_servers(path, data)
    python_names((server.name for server in servers), tool_name, what=f"{path}: servers")
    return [McpAdapter(server, source=path, environ=environ) for server in servers]


class McpAdapter:
    """One MCP server. `problems` says which of its tools are not there, and why."""

    def __init__(self, server: McpServer, *, source: Path, environ: Mapping[str, str]) -> None:
        self.name = tool_name(server.name)
        self._server = server
        self._source = source
        self._variables = Variables(environ, public=server.public)
        self._catalog = Catalog(description=server.description)
        self._listed: tuple[Connection, int] | None = None
        self._connection: Connection | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._refreshing: asyncio.Task[None] | None = None
        self._listing = asyncio.Lock()
        self._is_stale = False
        self._is_closed = False

    def tools(self) -> tuple[Tool, ...]:
        """Return the tool; its callables are known once the server has been asked."""
        callables = self._catalog.callables
        return (
            Tool(
                name=self.name,
                adapter="mcp",
                description=self._catalog.description,
                tags=self._server.tags,
                callables=callables,
                main=self.name if self._catalog.find(self.name) else None,
                source=str(self._source),
            ),
        )

    @property
    def problems(self) -> tuple[str, ...]:
        """Why tools of the server are not among the callables."""
        return self._catalog.problems

    @property
    def is_connected(self) -> bool:
        """Whether there is a session with the server, as far as is known."""
        return self._connection is not None and not self._connection.is_over

    async def refresh(self) -> None:
        """Ask the server for its tools, and start it for that. Raises ToolError."""
        self._listed = None
        await self._current()

    def preview(self, tool: str, name: str, arguments: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Return which tool of which server is called, by the names that it is described by."""
        return f"{self._found(name).wire_name or name} of {self._server.address}"

    def definition(self, tool: str, name: str) -> dict[str, Any]:  # noqa: ARG002
        """Return what decides a call: what its hash covers, without what may be secret."""
        return self._catalog.definition(name)

    async def call(
        self, tool: str, name: str, arguments: Mapping[str, Any], context: CallContext
    ) -> McpResult:
        """Call a tool of the server. Raises ToolCallError, ToolTimeout, ToolArgumentError.

        Raises ToolCallError, and calls nothing, where the server describes the tool otherwise than
        when the caller could last see it.
        """
        if tool != self.name:
            raise ToolNotFound(f"{self.name} is no {tool}", namespace="tools")
        seen, reason = self._catalog.find(name), ""
        for _ in range(_ATTEMPTS):
            connection = await self._current()
            found = self._found(name)
            if seen is not None and seen.definition_hash != found.definition_hash:
                raise ToolCallError(
                    f"{self._server.name} has changed {found.wire_name}; nothing was called",
                    remedy="look at what it does now, and call it again",
                    namespace="tools",
                )
            try:
                return await self._send(connection, found, arguments, context)
            except Refused as error:
                self._retire(connection)
                reason = str(error)
        raise self._unreachable(reason)

    async def close(self) -> None:
        """End the session and the server, and what is left of earlier ones."""
        self._is_closed = True
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.wait([self._refreshing])
        if self._connection is not None:
            self._retire(self._connection)
        if self._ending:
            await asyncio.wait(self._ending)

    def _found(self, name: str) -> ToolCallable:
        found = self._catalog.find(name)
        if found is None:
            known = (one.name for one in self._catalog.callables)
            raise ToolNotFound(
                f"{self.name} has no {name}{did_you_mean(name, known)}", namespace="tools"
            )
        return found

    async def _send(
        self,
        connection: Connection,
        found: ToolCallable,
        arguments: Mapping[str, Any],
        context: CallContext,
    ) -> McpResult:
        sent_as = {parameter.name: parameter.sent_as for parameter in found.parameters}
        unknown = sorted(arguments.keys() - sent_as.keys())
        if unknown:
            raise ToolArgumentError(
                f"{found.name} has no parameter {unknown[0]}", namespace="tools"
            )
        sent = {sent_as[name]: value for name, value in arguments.items()}
        send = connection.resource if found.name in self._catalog.builtins else connection.call
        timeout = found.timeout if context.timeout is None else context.timeout
        return await send(
            found.wire_name, sent, lambda text: context.report("progress", text), timeout
        )

    async def _current(self) -> Connection:
        """Return a connection that stands, with its tools in the catalog. Raises ToolError."""
        reason = ""
        for _ in range(_ATTEMPTS):
            connection = self._standing()
            await connection.ready()
            try:
                await self._learn(connection)
            except Refused as error:
                self._retire(connection)
                reason = str(error)
            else:
                return connection
        raise self._unreachable(reason)

    async def _learn(self, connection: Connection) -> None:
        """Take over the tools of the server, unless they are known. Raises ToolError, Refused."""
        async with self._listing:
            if self._listed != (connection, connection.changes):
                changes = connection.changes
                self._catalog = catalog(self._server, await connection.listing())
                self._listed = (connection, changes)

    def _standing(self) -> Connection:
        """Return the connection, or a new one where there is none that stands."""
        if self._is_closed:
            raise ToolCallError(f"{self.name} is closed", namespace="tools")
        if self._connection is None or self._connection.is_over:
            launch = self._server.expanded(self._variables, self._source.parent)
            if self._connection is not None:
                self._retire(self._connection)
            # Imported here: the SDK takes longer to import than a kernel to start.
            module = importlib.import_module("threadbook.tools.adapters.mcp_connection")
            self._connection = module.Connection(
                self._server.name, launch, Redactor(self._variables), self._changed
            )
        return self._connection

    def _retire(self, connection: Connection) -> None:
        if connection is self._connection:
            self._connection = None
        ending = asyncio.create_task(connection.close())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    def _changed(self) -> None:
        """Ask for the tools anew, once at a time: a server may say often that they changed."""
        self._is_stale = True
        if not self._is_closed and self._refreshing is None:
            self._refreshing = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        """Ask until nothing has changed meanwhile; start no server for that: it may never end."""
        try:
            while self._is_stale and self._connection is not None:
                self._is_stale = False
                await self._learn(self._connection)
        except (ToolError, Refused):
            pass  # the next call tells
        finally:
            self._refreshing = None

    def _unreachable(self, reason: str) -> ToolCallError:
        return ToolCallError(
            f"{self._server.name} takes no request, over a new connection neither: {reason}",
            remedy="see whether the server runs",
            namespace="tools",
        )
