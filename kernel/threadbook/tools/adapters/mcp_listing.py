"""Listings: what a server says that it can do, as callables. All of it is text of somebody else."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec

from threadbook.errors import CanonicalError, ToolDefinitionError
from threadbook.records.canonical import sha256_hex
from threadbook.tools.adapters.mcp_config import McpServer, Override
from threadbook.tools.definition import Effect, Parameter, ToolCallable, definition_hash
from threadbook.tools.names import tool_name
from threadbook.tools.schema import parameters

LONGEST_DESCRIPTION = 4_000
"""Characters of a description that are kept."""
READ_RESOURCE, LIST_RESOURCES = "read_resource", "list_resources"
"""What a server with resources can do beside its tools, unless it has tools of these names."""

_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs"})
"""Control and format characters, private use, lone surrogates: nobody sees them, models do."""


class ServerTool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as its server describes it; hints are None where it gives none."""

    name: str
    description: str = ""
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None = None
    read_only: bool | None = None
    destructive: bool | None = None
    is_builtin: bool = False


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """The tools of a server, what it says of itself, and whether it has resources."""

    tools: tuple[ServerTool, ...] = ()
    instructions: str = ""
    has_resources: bool = False


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """The callables of a server, and why other tools of it are not among them.

    `decides` is what decides calls, by name, and `builtins` the names of those that are no tools of
    the server.
    """

    callables: tuple[ToolCallable, ...] = ()
    decides: dict[str, dict[str, Any]] = {}
    description: str = ""
    problems: tuple[str, ...] = ()
    builtins: frozenset[str] = frozenset()

    def definition(self, name: str) -> dict[str, Any]:
        """Return what decides a call, with hashes of values that may be secrets."""
        found = self.decides[name]
        server = found["server"]
        hidden = {
            part: {key: sha256_hex(str(value).encode()) for key, value in server[part].items()}
            for part in ("env", "headers")
        }
        return {**found, "server": {**server, **hidden}}

    def find(self, name: str) -> ToolCallable | None:
        """Return the callable of this name."""
        return next((one for one in self.callables if one.name == name), None)


def catalog(server: McpServer, listing: Listing) -> Catalog:
    """Return what can be called of a server. Two tools of one name are both left out."""
    problems: list[str] = []
    callables: list[ToolCallable] = []
    decides: dict[str, dict[str, Any]] = {}
    builtins: set[str] = set()
    for name, tools in _by_name(_offered(server, listing), problems).items():
        if len(tools) > 1:
            names = " and ".join(repr(tool.name) for tool in tools)
            problems.append(f"the tools {names} would all be called {name}; none of them is there")
            continue
        try:
            found = _decides(server, tools[0])
            callables.append(_callable(server, name, tools[0], found))
            decides[name] = found
        except (ToolDefinitionError, CanonicalError) as error:
            problems.append(f"the tool {tools[0].name!r:.80}: {error.message}")
        else:
            if tools[0].is_builtin:
                builtins.add(name)
    problems += _unknown(server, listing)
    return Catalog(
        callables=tuple(callables),
        decides=decides,
        description=server.description or visible(listing.instructions),
        problems=tuple(visible(problem) for problem in problems),
        builtins=frozenset(builtins),
    )


def visible(text: str, limit: int = LONGEST_DESCRIPTION) -> str:
    """Return a text of somebody else, cut, and without what is not seen on a page."""
    kept = "".join(
        char
        for char in text[: limit + 1]
        if char in "\n\t" or unicodedata.category(char) not in _INVISIBLE
    )
    return kept if len(text) <= limit else f"{kept[:limit]}…"


def _offered(server: McpServer, listing: Listing) -> list[ServerTool]:
    names = {tool.name for tool in listing.tools}
    tools = list(listing.tools)
    if listing.has_resources:
        tools += [tool for tool in _OF_RESOURCES if tool.name not in names]
    allowed = server.tools.allow
    return [tool for tool in tools if allowed is None or tool.name in allowed]


def _by_name(tools: Iterable[ServerTool], problems: list[str]) -> dict[str, list[ServerTool]]:
    found: dict[str, list[ServerTool]] = defaultdict(list)
    for tool in tools:
        try:
            found[tool_name(tool.name)].append(tool)
        except ToolDefinitionError as error:
            problems.append(error.message)
    return found


def _unknown(server: McpServer, listing: Listing) -> list[str]:
    """Say which names of the description are of no tool: a slip would undo what was meant."""
    known = {tool.name for tool in listing.tools}
    if listing.has_resources:
        known |= {tool.name for tool in _OF_RESOURCES}
    named = {*(server.tools.allow or ()), *server.tools.override}
    return [f"the server has no tool {name!r}" for name in sorted(named - known)]


def _decides(server: McpServer, tool: ServerTool) -> dict[str, Any]:
    override = server.tools.override.get(tool.name, Override())
    return {
        "server": server.identity(),
        "tool": tool.name,
        "description": tool.description,
        "input": tool.input_schema,
        "output": tool.output_schema,
        "effect": override.effect or _effect(server, tool),
        "domain": override.domain or server.domain,
    }


def _callable(
    server: McpServer, name: str, tool: ServerTool, decides: dict[str, Any]
) -> ToolCallable:
    override = server.tools.override.get(tool.name, Override())
    description = visible(tool.description)
    return ToolCallable(
        name=name,
        wire_name=tool.name,
        description=description,
        parameters=tuple(
            _seen(parameter) for parameter in parameters(tool.input_schema, what=tool.name)
        ),
        returns="McpResult",
        effect=decides["effect"],
        domain=decides["domain"],
        definition_hash=definition_hash(decides),
        environment=server.environment,
        timeout=override.timeout or server.timeout,
    )


def _effect(server: McpServer, tool: ServerTool) -> Effect:
    if server.trust_hints and tool.read_only:
        return "read"
    # The protocol's default for tools that are silent is "destroys": it would hold for most of
    # them, and what is asked about always is soon no longer read.
    if tool.destructive and not tool.read_only:
        return "destructive"
    return server.effect


def _seen(parameter: Parameter) -> Parameter:
    return msgspec.structs.replace(parameter, description=visible(parameter.description))


_OF_RESOURCES = (
    ServerTool(
        name=LIST_RESOURCES,
        description="List the resources of this server, as links.",
        input_schema={"type": "object"},
        read_only=True,
        is_builtin=True,
    ),
    ServerTool(
        name=READ_RESOURCE,
        description="Read a resource of this server.",
        input_schema={
            "type": "object",
            "properties": {
                "uri": {"type": "string", "description": "as a link or list_resources has it"}
            },
            "required": ["uri"],
        },
        read_only=True,
        is_builtin=True,
    ),
)
