"""Brokers with tools of their own, reached over both channels."""

import asyncio
import threading
import time
from typing import Any

import pytest

from threadbook.broker.assembly import ToolOptions, make_parts
from threadbook.broker.broker import Broker
from threadbook.broker.cells import Cells
from threadbook.broker.channels import LocalChannel, SocketChannel
from threadbook.broker.origin import Origin
from threadbook.broker.server import Listener
from threadbook.config import Settings
from threadbook.errors import ToolTimeout
from threadbook.log.log import open_log
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.bodies import CellStart
from threadbook.records.identity import Identity
from threadbook.tools.adapters.python import tool
from threadbook.tools.results import CliResult, Image, McpResult, Text
from threadbook.tools.secrets import EnvSecrets

SECONDS = 60
THREAD = "th_broker"
SECRETS = {"KEY": "s3cr3t-0123456789"}


def until(condition):
    """Wait for a condition."""
    deadline = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
    return found


class Toolbox:
    """Tools, and what has happened to them."""

    def __init__(self):
        self.begun = threading.Event()
        self.cancelled = threading.Event()
        self.calls = []
        self.meeting = asyncio.Barrier(20)

    def tools(self):
        @tool(effect="read")
        def echo(value: Any) -> Any:
            """Return the value."""
            self.calls.append(value)
            return value

        @tool(effect="read")
        async def wait() -> None:
            """Wait for ever."""
            self.begun.set()
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self.cancelled.set()

        @tool(effect="read")
        async def meet(number: int) -> int:
            """Return when twenty are there."""
            await self.meeting.wait()
            return number

        @tool(effect="read")
        def fail(kind: str) -> None:
            """Fail."""
            raise {"value": ValueError, "timeout": ToolTimeout}[kind](f"no: {SECRETS['KEY']}")

        @tool(effect="read")
        def typed(what: str) -> Any:
            """Return one of the types of tools."""
            return {
                "cli": CliResult(stdout="a", stderr="b", exit_code=3, duration_ms=1.5, value=[1]),
                "mcp": McpResult((Text("t"), Image(b"\x00\xff", "image/png")), {"a": [1, None]}),
                "image": Image(b"\x00\xff", "image/png"),
                "object": object(),
            }[what]

        @tool(effect="destructive")
        def drop(table: str) -> str:
            """Drop a table."""
            self.calls.append(table)
            return table

        return (echo, wait, meet, fail, typed, drop)


@pytest.fixture
def box():
    return Toolbox()


@pytest.fixture
def sink(tmp_path):
    identity = Identity.key(tmp_path / "agent.pem")
    sink = Sink(f"sqlite:///{tmp_path / 'log.db'}", identity, Outbox(tmp_path / "outbox.db"))
    yield sink
    sink.close()


@pytest.fixture
def log(sink):
    with open_log(sink.url) as log:
        yield log


@pytest.fixture
def cells():
    cells = Cells(only_cells=True)
    cells.begin("cell 1")
    return cells


@pytest.fixture
def waits():
    return []


@pytest.fixture
def broker(sink, cells, box, waits, tmp_path):
    settings = Settings(store=sink.url, key=tmp_path / "agent.pem", outbox=tmp_path / "outbox")
    options = ToolOptions.of(
        settings, sources=box.tools(), secrets=EnvSecrets(SECRETS, tuple(SECRETS))
    )
    broker = Broker(
        sink, cells=cells, make_parts=lambda: make_parts(sink, options), on_wait=waits.append
    )
    yield broker
    broker.close()


@pytest.fixture
def listener(broker):
    listener = Listener.listen(broker)
    yield listener
    listener.close()


@pytest.fixture
def printed():
    return []


@pytest.fixture
def cell(log, sink):
    """Provide the id of a record that stands for the start of the cell."""
    body = CellStart(code="tools", session="s", execution="cell 1")
    return sink.append(body.draft(thread=THREAD))[0].id


@pytest.fixture
def origin(cell):
    return Origin(message="cell 1", thread=THREAD, cell=cell, parent=cell)


@pytest.fixture(params=["local", "socket"])
def channel(request, broker, listener, origin, printed):
    """Provide a channel to the broker: each test runs on both."""

    def show(stream, text):
        printed.append((stream, text))

    if request.param == "local":
        yield LocalChannel(lambda: broker, lambda: origin, show)
        return
    channel = SocketChannel(listener.path, listener.secret, lambda: origin, show)
    yield channel
    channel.close()


@pytest.fixture
def call(channel):
    """Return a function that calls a tool."""

    def call(name, **arguments):
        params = {"tool": name, "callable": name, "arguments": arguments}
        return channel.call("tools.call", params)

    return call


@pytest.fixture
def acall(channel):
    async def call(name, **arguments):
        params = {"tool": name, "callable": name, "arguments": arguments}
        return await channel.acall("tools.call", params)

    return call
