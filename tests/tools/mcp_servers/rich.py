"""A server with a bit of everything, by the official SDK: over stdio, or over HTTP and SSE."""

import asyncio
import base64
import os
import socket
import sys
from pathlib import Path

import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
    ToolAnnotations,
)
from pydantic import BaseModel

server = MCPServer("rich", instructions="Has a bit of everything.")
together = asyncio.Condition()
present = 0


def encoded(data):
    return base64.b64encode(data).decode()


@server.tool()
def pieces() -> CallToolResult:
    """Return one piece of each kind."""
    blob = BlobResourceContents(uri="mem://b", mime_type="x/y", blob=encoded(b"\x00\xff"))
    text = TextResourceContents(uri="mem://t", mime_type="text/plain", text="embedded")
    return CallToolResult(
        content=[
            TextContent(type="text", text="one"),
            TextContent(type="text", text="two"),
            ImageContent(type="image", data=encoded(b"\x89PNG"), mime_type="image/png"),
            AudioContent(type="audio", data=encoded(b"RIFF"), mime_type="audio/wav"),
            EmbeddedResource(type="resource", resource=text),
            EmbeddedResource(type="resource", resource=blob),
            ResourceLink(type="resource_link", uri="mem://greeting", name="greeting"),
        ]
    )


class Sum(BaseModel):
    """A sum."""

    total: int
    parts: list[int]


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def add(numbers: list[int], start: int = 0) -> Sum:
    """Add numbers."""
    return Sum(total=sum(numbers, start), parts=numbers)


@server.tool()
async def steps(count: int, ctx: Context) -> str:
    """Say how far it is."""
    for step in range(count):
        await ctx.report_progress(step + 1, count, f"step {step + 1}")
    await ctx.info("nearly there")
    return "done"


@server.tool()
async def slow(notes: str) -> str:
    """Take forever; note the beginning and that it was cancelled."""
    Path(notes).write_text("started")
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        Path(notes).write_text("cancelled")
        raise
    return "never"


@server.tool()
async def meet(number: int, count: int) -> int:
    """Wait until `count` calls are here at once."""
    global present  # noqa: PLW0603
    async with together:
        present += 1
        together.notify_all()
        await together.wait_for(lambda: present >= count)
    return number


@server.tool()
def part() -> None:
    """Leave the meeting place empty."""
    global present  # noqa: PLW0603
    present = 0


@server.tool()
def fail(reason: str) -> str:
    """Fail."""
    raise ToolError(reason)


@server.tool()
async def grow(title: str, ctx: Context) -> str:
    """Have one more tool."""
    server.add_tool(lambda: title, name=title, description="new")
    await ctx.notify_tools_changed()
    if ctx.protocol_version < "2026":
        await ctx.session.send_tool_list_changed()
    return title


@server.tool(name="odd-name.v2")
def odd(value: str = "") -> str:
    """Have a name that is no identifier."""
    return value


@server.tool(annotations=ToolAnnotations(destructive_hint=True))
def destroy() -> str:
    """Destroy nothing."""
    return "destroyed"


@server.tool()
def pid() -> int:
    """Return the process id."""
    return os.getpid()


@server.resource("mem://greeting", mime_type="text/plain")
def greeting() -> str:
    """Greet."""
    return "hello"


def serve_http():
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    app = server.streamable_http_app(streamable_http_path="/sse/mcp")
    app.routes.extend(server.sse_app(sse_path="/mcp/sse").routes)
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    server.run("stdio") if sys.argv[1:] == ["stdio"] else serve_http()
