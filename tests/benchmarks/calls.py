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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bare_host import REQUEST, BareHost
from figures import Figure, Sizes, timed
from jupyter_client.blocking.client import BlockingKernelClient
from kernels import TRACED, kernel
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from threadbook import Session
from threadbook.folds.decisions import request_of
from threadbook.log.log import open_log
from threadbook.records.bodies import DecisionRequest
from threadbook.records.identity import Identity
from threadbook.session.sync import SyncSession
from threadbook.tools.answering import Reply, reply_to

TARGETS = {"add": 0.5, "approved": 1}
"""Milliseconds that a call may take beyond its host work; see bare_host.py."""
NAMES = {"add": "tool call", "approved": "tool call allowed by an approval"}
WARM_UP = 30
BLOCK = 10
"""Calls in turn: so many of ours, so many of the reference."""
SECONDS = 120
"""How long a cell may take."""
TOOLS = '''
from threadbook import tool

@tool(effect="read")
def add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    return a + b

@tool(effect="destructive")
def approved(a: int, b: int = 2) -> int:
    """Add two numbers, once somebody has allowed it."""
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

def approved():
    tools.approved(a=1)

def echo():
    tools.plain.echo(text="hello")
"""

BARE_CLIENT = """
import socket
connection = socket.socket(socket.AF_UNIX)
connection.connect({path!r})

def bare():
    connection.sendall({request!r})
    connection.recv(len({request!r}))
"""
BARE_HOST = """
import sys
sys.path.insert(0, {modules!r})
from bare_host import BareHost
bare = BareHost({store!r}).there
"""
HOST_WORK = {
    "session": "function call, two appends, behind a bare socket",
    "plain kernel": "function call, two appends, in a bare loop",
}

Cell = Callable[[str], Any]
"""Runs code in a cell, and returns the value of its last line."""


def figures(folder: Path, environment: dict[str, str], sizes: Sizes) -> Iterator[Figure]:
    """Yield the figures of calls from a session, and from a kernel that was started on its own."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "sums.py").write_text(TOOLS)
    server = {"name": "plain", "type": "mcp", "transport": "stdio", "effect": "read", **SERVER}
    (tools / "plain.yaml").write_text(json.dumps(server))  # which is YAML, too
    store = f"sqlite:///{folder / 'session-calls.db'}"
    with in_session(tools, store, environment) as cell:
        allow(cell, store, folder)
        take(cell, "add", WARM_UP)
        with contextlib.closing(BareHost(store)) as host:
            host.listen(folder / "bare")
            bare = BARE_CLIENT.format(path=str(folder / "bare"), request=REQUEST)
            yield from recorded("session", cell, host, bare, sizes)
        yield asyncio.run(echoes(cell, sizes))
    store = f"sqlite:///{folder / 'kernel-calls.db'}"
    alone = environment | {"THREADBOOK_STORE": store, "THREADBOOK_TOOLS": str(tools)}
    with kernel(TRACED, alone) as client:
        cell = functools.partial(value_in_kernel, client)
        allow(cell, store, folder)
        take(cell, "add", WARM_UP)
        with contextlib.closing(BareHost(store)) as host:
            bare = BARE_HOST.format(modules=str(Path(__file__).parent), store=store)
            yield from recorded("plain kernel", cell, host, bare, sizes)


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


def recorded(where: str, cell: Cell, host: BareHost, bare: str, sizes: Sizes) -> Iterator[Figure]:
    """Compare calls with their host work: behind the least that they have to cross, and in place.

    `bare` is the code of a function `bare()` of the cell, which has the work done and waits for it.
    """
    cell(f"{bare}\nNone")
    ours: dict[str, list[float]] = {call: [] for call in TARGETS}
    crossing, in_place = [], []
    for _ in range(max(1, sizes.calls // BLOCK)):
        for call, took in ours.items():
            took.extend(take(cell, call, BLOCK))
        crossing += take(cell, "bare", BLOCK)
        in_place += [timed(host.here) for _ in range(BLOCK)]
    for call, took in ours.items():
        name = f"{NAMES[call]} in a cell of a {where}{above(took, crossing, TARGETS[call])}"
        yield Figure(name, HOST_WORK[where], took, crossing)
    name = f"tool call in a cell of a {where}"
    yield Figure(name, "function call, two appends, in place", ours["add"], in_place)


def allow(cell: Cell, store: str, folder: Path) -> None:
    """Have the session's calls of the tool that has to be asked for allowed by a person."""
    person = Identity.key(folder / "person.pem")
    with ThreadPoolExecutor(1) as threads, open_log(store) as log:
        asking = threads.submit(cell, "tools.approved(a=1)")
        while not (asked := log.latest(kind=DecisionRequest.KIND)) and not asking.done():
            time.sleep(0.01)
        request = request_of(log, asked[0].id)
        reply_to(log, request, Reply(decision="approve_session"), by=person, operator=None)
        assert asking.result() == 3


def take(cell: Cell, call: str, count: int) -> list[float]:
    """Return how long calls from a cell take, in milliseconds."""
    return cell(f"{HELPER}\ntook = samples({call}, {count})\ntook")


def above(ours: list[float], theirs: list[float], target: float) -> str:
    """Return by how much a call takes longer than its host work."""
    difference = statistics.median(ours) - statistics.median(theirs)
    return f": {difference:.2f} ms above, target {target} ms"


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
