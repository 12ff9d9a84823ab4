"""Servers: what an MCP server is described by, in YAML of ours or JSON that other clients read.

    name: time
    type: mcp
    transport: stdio            # stdio, http (streamable) or sse; never guessed
    command: uvx
    args: [mcp-server-time]
    env: {TOKEN: "${TIME_TOKEN}"}
    timeout: 30                 # seconds a call may take
    effect: write               # of what is not said otherwise below
    tools:
      allow: [get_current_time]
      override: {get_current_time: {effect: read}}

What a server says of its own tools, that one only reads for example, is a hint of somebody who may
lie. It counts where `trust_hints` is true; otherwise only a hint that a tool destroys does.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec

from threadbook.errors import ToolDefinitionError
from threadbook.tools.adapters.mcp_variables import Variables, variables_in
from threadbook.tools.definition import Effect

Transport = Literal["stdio", "http", "sse"]
Seconds = Annotated[float, msgspec.Meta(gt=0)]


class Override(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds for one tool of a server, whatever is said elsewhere."""

    effect: Effect | None = None
    domain: str | None = None
    timeout: Seconds | None = None


class Selection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which tools of a server there are, None for all; by the names that the server has."""

    allow: tuple[str, ...] | None = None
    override: dict[str, Override] = {}


class McpServer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A server as it is described. `${NAME}` is not expanded in it. Times are in seconds.

    `public` names the variables whose values may stand in results and errors.
    """

    name: str
    type: Literal["mcp"] = "mcp"
    transport: Transport
    command: str = ""
    args: tuple[str, ...] = ()
    env: dict[str, str | int] = {}
    cwd: str = ""
    url: str = ""
    headers: dict[str, str] = {}
    timeout: Seconds | None = None
    connect_timeout: Seconds = 30.0
    description: str = ""
    tags: tuple[str, ...] = ()
    effect: Effect = "write"
    domain: str = "general"
    trust_hints: bool = False
    public: tuple[str, ...] = ()
    tools: Selection = Selection()

    def __post_init__(self) -> None:
        """Raise ValueError for what cannot be meant."""
        of_a_process = [name for name in ("command", "args", "env", "cwd") if getattr(self, name)]
        of_a_url = [name for name in ("url", "headers") if getattr(self, name)]
        if self.transport == "stdio":
            needed, surplus = self.command, of_a_url
        else:
            needed, surplus = self.url, of_a_process
        if surplus:
            raise ValueError(f"a server over {self.transport} has no {' and no '.join(surplus)}")
        if not needed:
            field = "command" if self.transport == "stdio" else "url"
            raise ValueError(f"a server over {self.transport} needs a {field}")
        variables_in(self._texts())
        if self.url and "${" not in self.url:
            check_url(self.url)

    def _texts(self) -> Iterator[str]:
        yield from (self.command, *self.args, *map(str, self.env.values()), self.cwd)
        yield from (self.url, *self.headers.values())

    @property
    def environment(self) -> tuple[str, ...]:
        """The names of the variables that the server is given or that describe it."""
        return tuple(sorted(self.env.keys() | variables_in(self._texts())))

    @property
    def address(self) -> str:
        """What is started or connected to, with nothing expanded."""
        return self.url or shlex.join((self.command, *self.args))

    def identity(self) -> dict[str, Any]:
        """Return what decides who is called: plain data, with nothing expanded."""
        return {
            "transport": self.transport,
            "command": self.command,
            "args": list(self.args),
            "env": dict(self.env),
            "cwd": self.cwd,
            "url": self.url,
            "headers": dict(self.headers),
        }

    def expanded(self, variables: Variables, folder: Path) -> Launch:
        """Return what is started or connected to; `cwd` is relative to `folder`.

        Raises ToolDefinitionError.
        """
        expand = variables.expand
        url = expand(self.url)
        if url:
            check_url(url)
        return Launch(
            transport=self.transport,
            command=expand(self.command),
            args=[expand(arg) for arg in self.args],
            env={name: expand(str(value)) for name, value in self.env.items()},
            cwd=str(folder / expand(self.cwd)) if self.cwd else None,
            url=url,
            headers={name: expand(value) for name, value in self.headers.items()},
            connect_timeout=self.connect_timeout,
        )


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """A server as it is started or connected to. It holds secrets: it is not to be shown."""

    transport: Transport
    command: str
    args: list[str]
    env: dict[str, str]
    cwd: str | None
    url: str
    headers: dict[str, str]
    connect_timeout: float

    def __repr__(self) -> str:
        return f"Launch(transport={self.transport!r}, …)"


def check_url(url: str) -> None:
    """Raise ToolDefinitionError for what is no URL of a server. The URL is not in the message."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        usable = False
    if not usable:
        raise ToolDefinitionError(
            "the url of the server is no http:// or https:// URL", namespace="tools"
        )


def read_server(path: Path, data: Mapping[str, Any]) -> McpServer:
    """Return the server that a YAML file describes. Raises ToolDefinitionError."""
    return _converted(data, str(path))


_JSON_TYPES: dict[Any, Transport] = {
    "stdio": "stdio",
    "http": "http",
    "streamable-http": "http",
    "streamableHttp": "http",
    "sse": "sse",
}
_JSON_FIELDS = ("command", "args", "env", "cwd", "url", "headers", "description")


def read_servers(path: Path, data: Mapping[str, Any]) -> list[McpServer]:
    """Return the servers of a JSON file as other clients have it; `disabled` ones are left out.

    A server with a `url` and no `type` is one over streamable HTTP. What other clients add is
    ignored; what is said to us, as in our YAML, stands under `threadbook`. Raises
    ToolDefinitionError.
    """
    entries = data.get("mcpServers", data.get("servers"))
    if not isinstance(entries, Mapping):
        raise ToolDefinitionError(
            f"{path}: there is no object `mcpServers` or `servers`", namespace="tools"
        )
    return [
        _from_entry(f"{path}: server {name!r}", name, entry)
        for name, entry in entries.items()
        if not (isinstance(entry, Mapping) and entry.get("disabled") is True)
    ]


def _from_entry(where: str, name: str, entry: Any) -> McpServer:
    if not isinstance(entry, Mapping):
        raise ToolDefinitionError(f"{where}: it is no object", namespace="tools")
    extra = entry.get("threadbook", {})
    if not isinstance(extra, Mapping):
        raise ToolDefinitionError(f"{where}: `threadbook` is no object", namespace="tools")
    kind = entry.get("type", "http" if "url" in entry else "stdio")
    if not isinstance(kind, str) or kind not in _JSON_TYPES:
        raise ToolDefinitionError(
            f"{where}: `type` is {kind!r:.40}",
            remedy="it is one of stdio, http, streamable-http and sse",
            namespace="tools",
        )
    found = {field: entry[field] for field in _JSON_FIELDS if field in entry}
    return _converted({**extra, **found, "name": name, "transport": _JSON_TYPES[kind]}, where)


def _converted(data: Mapping[str, Any], where: str) -> McpServer:
    try:
        return msgspec.convert(data, McpServer)
    except msgspec.ValidationError as error:
        raise ToolDefinitionError(f"{where}: {error}", namespace="tools") from None
    except ToolDefinitionError as error:
        raise ToolDefinitionError(
            f"{where}: {error.message}", remedy=error.remedy, namespace="tools"
        ) from None
