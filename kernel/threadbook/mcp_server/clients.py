"""MCP clients: where each keeps its servers, and in which form."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from threadbook.config import config_folder

NAME = "threadbook"
"""What the server is called in every configuration."""

Entry = Callable[[str, list[str]], dict[str, Any]]


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A client: its file, given the folder of a project, and the object there that has servers.

    `entry` makes what describes a server, of a command and its arguments.
    """

    title: str
    file: Callable[[Path], Path]
    key: str
    entry: Entry
    is_toml: bool = False


def _command(command: str, arguments: list[str]) -> dict[str, Any]:
    return {"command": command, "args": arguments}


def _stdio(command: str, arguments: list[str]) -> dict[str, Any]:
    return {"type": "stdio", **_command(command, arguments)}


def _local(command: str, arguments: list[str]) -> dict[str, Any]:
    return {"type": "local", "command": [command, *arguments], "enabled": True}


def _custom(command: str, arguments: list[str]) -> dict[str, Any]:
    return {"source": "custom", **_command(command, arguments)}


def _in_project(*parts: str) -> Callable[[Path], Path]:
    return lambda project: project.joinpath(*parts)


def _at_home(*parts: str) -> Callable[[Path], Path]:
    return lambda _project: Path.home().joinpath(*parts)


def _in_config(*parts: str) -> Callable[[Path], Path]:
    """Return a file where applications of this system keep what they are told."""

    def file(_project: Path) -> Path:
        if sys.platform == "darwin":
            return Path.home().joinpath("Library", "Application Support", *parts)
        return config_folder().joinpath(*parts)

    return file


_CLINE = ("User", "globalStorage", "saoudrizwan.claude-dev", "settings", "cline_mcp_settings.json")

CLIENTS: dict[str, Client] = {
    "claude-code": Client(
        title="Claude Code", file=_in_project(".mcp.json"), key="mcpServers", entry=_stdio
    ),
    "claude-desktop": Client(
        title="Claude Desktop",
        file=_in_config("Claude", "claude_desktop_config.json"),
        key="mcpServers",
        entry=_command,
    ),
    "cursor": Client(
        title="Cursor", file=_in_project(".cursor", "mcp.json"), key="mcpServers", entry=_command
    ),
    "vscode": Client(
        title="VS Code", file=_in_project(".vscode", "mcp.json"), key="servers", entry=_stdio
    ),
    "windsurf": Client(
        title="Windsurf",
        file=_at_home(".codeium", "windsurf", "mcp_config.json"),
        key="mcpServers",
        entry=_command,
    ),
    "cline": Client(
        title="Cline", file=_in_config("Code", *_CLINE), key="mcpServers", entry=_command
    ),
    "zed": Client(
        title="Zed",
        # On macOS, too, where other applications have another folder.
        file=lambda _project: config_folder() / "zed" / "settings.json",
        key="context_servers",
        entry=_custom,
    ),
    "kiro": Client(
        title="Kiro",
        file=_in_project(".kiro", "settings", "mcp.json"),
        key="mcpServers",
        entry=_command,
    ),
    "opencode": Client(
        title="OpenCode", file=_in_project("opencode.json"), key="mcp", entry=_local
    ),
    "gemini": Client(
        title="Gemini CLI",
        file=_in_project(".gemini", "settings.json"),
        key="mcpServers",
        entry=_command,
    ),
    "codex": Client(
        title="Codex CLI",
        file=_at_home(".codex", "config.toml"),
        key="mcp_servers",
        entry=_command,
        is_toml=True,
    ),
}
"""The clients that can be told, by the name they are called by."""


def toml_table(key: str, entry: dict[str, Any]) -> str:
    """Return a server as a table of TOML, whose strings and arrays are written as in JSON."""
    lines = [f"[{key}.{NAME}]"]
    lines += [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in entry.items()]
    return "\n".join(lines) + "\n"
