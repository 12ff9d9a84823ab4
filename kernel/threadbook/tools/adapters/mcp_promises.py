"""Promises: whether structured answers are as the schemas of their tools have it.

The SDK's own check would follow any pattern of a server, however long that takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mcp_types as wire
from mcp import Client

from threadbook.errors import ToolArgumentError, ToolDefinitionError
from threadbook.tools.adapters.mcp_listing import ServerTool
from threadbook.tools.arguments import validate
from threadbook.tools.definition import Parameter, ToolCallable
from threadbook.tools.schema import check_size


class Promises:
    """What the tools of one listing promise of their answers."""

    def __init__(self, tools: tuple[ServerTool, ...] = ()) -> None:
        self._checks = {
            tool.name: _check(tool.output_schema)
            for tool in tools
            if tool.output_schema is not None and _is_bounded(tool.output_schema)
        }

    def broken(self, tool: str, structured: Any) -> str:
        """Return in what an answer is not as it was promised, empty where it is."""
        check = self._checks.get(tool)
        if check is None:
            return ""
        try:
            validate(check, {"answer": structured}, operation=tool)
        except ToolArgumentError as error:
            return error.message
        return ""


def leave_answers_unchecked(client: Client) -> None:
    """Have the SDK return structured answers as they are."""
    client.session.validate_tool_result = _unchecked  # type: ignore[method-assign]


def _check(schema: Mapping[str, Any]) -> ToolCallable:
    return ToolCallable(name="", parameters=(Parameter(name="answer", schema=dict(schema)),))


def _is_bounded(schema: Mapping[str, Any]) -> bool:
    try:
        check_size(schema, what="an answer")
    except ToolDefinitionError:
        return False
    return True


async def _unchecked(name: str, result: wire.CallToolResult) -> None:
    """Check nothing."""
