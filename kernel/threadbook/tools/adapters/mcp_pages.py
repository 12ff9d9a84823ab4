"""Pages: what a server lists, all pages of it, as far as that has an end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import mcp_types as wire
from mcp import Client

from threadbook.errors import ToolCallError
from threadbook.tools.adapters.mcp_listing import ServerTool

T = TypeVar("T")
Page = TypeVar("Page", bound=wire.PaginatedResult)

MOST_LISTED = 1_000
"""Most tools, or resources, of one server."""
MOST_PAGES = 100


async def tools_of(client: Client) -> list[wire.Tool]:
    """Return the tools of a server. Raises ToolCallError where there are too many."""
    if client.server_capabilities.tools is None:
        return []
    return await _all(client.list_tools, lambda page: page.tools)


async def resources_of(client: Client) -> list[wire.Resource]:
    """Return the resources of a server. Raises ToolCallError where there are too many."""
    return await _all(client.list_resources, lambda page: page.resources)


def described(tool: wire.Tool) -> ServerTool:
    """Return a tool as plain values."""
    hints = tool.annotations or wire.ToolAnnotations()
    return ServerTool(
        name=tool.name,
        description=tool.description or tool.title or hints.title or "",
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        read_only=hints.read_only_hint,
        destructive=hints.destructive_hint,
    )


async def _all(fetch: Callable[..., Awaitable[Page]], items: Callable[[Page], list[T]]) -> list[T]:
    found: list[T] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = await fetch(cursor=cursor)
        found += items(page)
        cursor = page.next_cursor
        if len(found) > MOST_LISTED:
            break
        if not cursor:
            return found
    raise ToolCallError(
        f"the server lists more than {MOST_LISTED:,} things, or on more than {MOST_PAGES} pages",
        namespace="tools",
    )
