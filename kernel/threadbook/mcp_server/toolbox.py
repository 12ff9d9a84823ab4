"""Tools as MCP clients see them: a name, a schema and a handler, declared in one place."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import mcp_types as types
import msgspec
from mcp.server.context import ServerRequestContext

from threadbook.errors import ThreadbookError, ToolArgumentError, ToolNotFound
from threadbook.mcp_server.content import failed
from threadbook.mcp_server.workspace import Workspace

_log = logging.getLogger(__name__)

Answer = types.CallToolResult | types.InputRequiredResult


class Call(msgspec.Struct, frozen=True):
    """A call of a tool: whose workspace it is for, how to reach its client, and what was sent."""

    workspace: Workspace
    client: ServerRequestContext[Any, Any]
    params: types.CallToolRequestParams


class ServedTool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool of this server. The parameters are a struct that forbids unknown fields."""

    name: str
    description: str
    parameters: Any
    handler: Callable[[Call, Any], Awaitable[Answer]]
    effect: str

    def definition(self) -> types.Tool:
        """Return what clients are told of it."""
        return types.Tool(
            name=self.name,
            description=self.description,
            input_schema=_schema(self.parameters),
            annotations=types.ToolAnnotations(
                read_only_hint=self.effect == "read",
                destructive_hint=self.effect == "destructive",
            ),
        )


def served(
    parameters: type[msgspec.Struct], *, effect: str = "read"
) -> Callable[[Callable[[Call, Any], Awaitable[Answer]]], ServedTool]:
    """Make a tool of a coroutine function: its name and its docstring are what clients see."""

    def declare(handler: Callable[[Call, Any], Awaitable[Answer]]) -> ServedTool:
        return ServedTool(
            name=handler.__name__,
            description=inspect.getdoc(handler) or "",
            parameters=parameters,
            handler=handler,
            effect=effect,
        )

    return declare


class Toolbox:
    """The tools of a server, by name."""

    def __init__(self, tools: Iterable[ServedTool]) -> None:
        self._tools = {tool.name: tool for tool in tools}

    def definitions(self) -> list[types.Tool]:
        """Return what clients are told."""
        return [tool.definition() for tool in self._tools.values()]

    async def call(self, call: Call) -> Answer:
        """Do what was asked; whatever goes wrong is in the result, and no more of it than helps."""
        try:
            tool = self._found(call.params.name)
            return await tool.handler(call, _parsed(tool, call.params.arguments or {}))
        except ThreadbookError as error:
            return failed(error)
        except Exception:  # noqa: BLE001  whatever it is, the client is told
            # What it says may name files or hold what a cell was given: it stays on this side.
            _log.exception("%s failed", call.params.name[:100])
            return failed(ThreadbookError("the server failed", remedy="its log says why"))

    def _found(self, name: str) -> ServedTool:
        if name not in self._tools:
            raise ToolNotFound(
                f"this server has no tool {name!r:.100}",
                remedy=f"it has {', '.join(self._tools)}",
            )
        return self._tools[name]


def _parsed(tool: ServedTool, arguments: Mapping[str, Any]) -> Any:
    try:
        return msgspec.convert(arguments, tool.parameters)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ToolArgumentError(
            f"{tool.name}: {error}", remedy="its input schema says what it takes"
        ) from None


def _schema(parameters: Any) -> dict[str, Any]:
    _, components = msgspec.json.schema_components([parameters])
    schema: dict[str, Any] = components[parameters.__name__]
    return {name: part for name, part in schema.items() if name not in ("title", "description")}
