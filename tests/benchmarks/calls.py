"""Figures of tool calls from cells, each timed in the cell that makes them."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import functools
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from figures import Figure, Sizes, timed
from jupyter_client.blocking.client import BlockingKernelClient
from kernels import TRACED, kernel
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from threadbook import Session
from threadbook.log.entry import Stored
from threadbook.log.log import Log, open_log
from threadbook.records.identity import Identity
from threadbook.records.record import Draft
from threadbook.session.sync import SyncSession

TARGET = 0.5
"""Milliseconds that a call may take beyond what it cannot do without."""
BLOCK = 10
"""Calls in turn: so many of ours, so many of the reference."""
SECONDS = 120
"""How long a cell may take."""
THREAD = "th_" + "0" * 64
TOOLS = '''
from threadbook import tool

@tool(effect="read")
def add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    return a + b
'''
SERVER = {
    "command": sys.executable,
    "args": [str(Path(__file__).parent.parent / "tools" / "mcp_servers" / "plain.py")],
}
HELPER = """
import time

def samples(call, count):
    took = []
    for _ in range(count):
        began = time.perf_counter()
        call()
        took.append((time.perf_counter() - began) * 1000)
    return took

def add():
    tools.add(a=1)

def echo():
    tools.plain.echo(text="hello")
"""

Cell = Callable[[str], Any]
"""Runs code in a cell, and returns the value of its last line."""


def figures(
    folder: Path, identity: Identity, environment: dict[str, str], sizes: Sizes
) -> Iterator[Figure]:
    """Yield the figures of calls from a session, and from a kernel that was started on its own."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "sums.py").write_text(TOOLS)
    server = {"name": "plain", "type": "mcp", "transport": "stdio", "effect": "read", **SERVER}
    (tools / "plain.yaml").write_text(json.dumps(server))  # which is YAML, too
    store = f"sqlite:///{folder / 'session-calls.db'}"
    with in_session(tools, store, environment) as cell, open_log(store) as log:
        yield recorded("session", cell, log, identity, sizes)
        yield asyncio.run(echoes(cell, sizes))
    store = f"sqlite:///{folder / 'kernel-calls.db'}"
    alone = environment | {"THREADBOOK_STORE": store, "THREADBOOK_TOOLS": str(tools)}
    with kernel(TRACED, alone) as client, open_log(store) as log:
        cell = functools.partial(value_in_kernel, client)
        yield recorded("plain kernel", cell, log, identity, sizes)


@contextlib.contextmanager
def in_session(path: Path, store: str, environment: dict[str, str]) -> Iterator[Cell]:
    """Start a session, whose broker is in this process, and yield what runs a cell in it."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        with Session.sync(store=store, tools=[path]) as session:
            yield functools.partial(value_in_session, session)
    finally:
        os.environ.clear()
        os.environ.update(before)


def value_in_session(session: SyncSession, code: str) -> Any:
    """Run a cell of a session, and return the value of its last line."""
    result = session.run(code, timeout=SECONDS)
    assert result.is_ok, result.error
    return result.value


def value_in_kernel(client: BlockingKernelClient, code: str) -> Any:
    """Run a cell of a kernel without a session, and return the value of its last line."""
    *lines, last = code.strip().splitlines()
    reply = client.execute(
        "\n".join(lines), user_expressions={"value": last}, reply=True, timeout=SECONDS
    )["content"]
    assert reply["status"] == "ok", reply
    return ast.literal_eval(reply["user_expressions"]["value"]["data"]["text/plain"])


def recorded(where: str, cell: Cell, log: Log, identity: Identity, sizes: Sizes) -> Figure:
    """Compare a call with the function called directly, and the same two records appended."""
    take(cell, "add", 30)
    drafts = [draft_of(stored) for stored in reversed(log.latest(limit=60)) if is_of_call(stored)]
    folder = Path(log.url.removeprefix("sqlite:///")).parent
    with open_log(f"sqlite:///{folder / f'{where}.db'}") as bare:
        host_work = functools.partial(add_and_append, bare, drafts[-2:], identity)
        ours, theirs = [], []
        for _ in range(max(1, sizes.calls // BLOCK)):
            ours += take(cell, "add", BLOCK)
            theirs += [timed(host_work) for _ in range(BLOCK)]
    name = f"tool call in a cell of a {where}{above(ours, theirs)}"
    return Figure(name, "function call, two appends", ours, theirs)


def take(cell: Cell, call: str, count: int) -> list[float]:
    """Return how long calls from a cell take, in milliseconds."""
    return cell(f"{HELPER}\ntook = samples({call}, {count})\ntook")


def is_of_call(stored: Stored) -> bool:
    return (stored.kind or "").startswith("threadbook.tool.")


def draft_of(stored: Stored) -> Draft:
    """Return a draft like that of a record."""
    record = stored.record
    return Draft(act=record.act, body=record.body, thread=THREAD, parents=record.parents)


def add(a: int, b: int = 2) -> int:
    """Do what the tool does."""
    return a + b


def add_and_append(log: Log, drafts: list[Draft], identity: Identity) -> None:
    """Do the work that a call cannot do without: its record, the tool, and what came of it."""
    called, returned = drafts
    log.append(called, by=identity)
    add(a=1)
    log.append(returned, by=identity)


def above(ours: list[float], theirs: list[float]) -> str:
    """Return by how much a call takes longer than what it cannot do without."""
    difference = statistics.median(ours) - statistics.median(theirs)
    return f": {difference:.2f} ms above, target {TARGET} ms"


async def echoes(cell: Cell, sizes: Sizes) -> Figure:
    """Compare calls of a server's tool with the official client on a server of its own."""
    ours, theirs = [], []
    async with Client(stdio_client(StdioServerParameters(**SERVER)), mode="auto") as client:
        for _ in range(3):
            await direct_echoes(client, BLOCK)
            await asyncio.to_thread(take, cell, "echo", BLOCK)
        for _ in range(max(1, sizes.calls // BLOCK)):
            ours += await asyncio.to_thread(take, cell, "echo", BLOCK)
            theirs += await direct_echoes(client, BLOCK)
    return Figure("MCP call in a cell of a session", "official client, no record", ours, theirs)


async def direct_echoes(client: Client, count: int) -> list[float]:
    """Return how long calls by the official client take, in milliseconds."""
    took = []
    for _ in range(count):
        began = time.perf_counter()
        await client.call_tool("echo", {"text": "hello"})
        took.append((time.perf_counter() - began) * 1000)
    return took
