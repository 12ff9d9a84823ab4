"""MCP servers over each transport, with a bit of everything, and servers of other people."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from threadbook.errors import ToolArgumentError, ToolCallError
from threadbook.records.bodies import ToolCall
from threadbook.session import Session
from threadbook.tools.adapter import CallContext
from threadbook.tools.adapters.mcp import load_mcp
from threadbook.tools.results import Audio, Image, Resource, ResourceLink, Text

pytestmark = pytest.mark.asyncio(loop_scope="module")

SERVERS = Path(__file__).parent / "mcp_servers"
ROOT = Path(__file__).parents[2]
PATIENCE = 30


def context(told=None):
    def report(stream, text):
        if told is not None:
            told.append((stream, text))

    return CallContext(report=report, secret={}.__getitem__)


def load(**data):
    return load_mcp(Path("/nowhere/rich.yaml"), {"type": "mcp", **data}, environ={})


async def call(adapter, name, told=None, **arguments):
    (tool,) = adapter.tools()
    return await adapter.call(tool.name, name, arguments, context(told))


async def until(condition):
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


def callables(adapter):
    return {one.name: one for one in adapter.tools()[0].callables}


class HttpServer:
    """The server `rich.py` over HTTP, which a test may kill and start again at the same port."""

    def __init__(self):
        self.port = 0
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, SERVERS / "rich.py"],
            stdout=subprocess.PIPE,
            env={**os.environ, "PORT": str(self.port)},
        )
        self.port = int(self.process.stdout.readline())

    def stop(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        self.process.wait(PATIENCE)
        self.process.stdout.close()

    def adapter(self, transport):
        # The paths say the opposite of what they are.
        path = {"http": "sse/mcp", "sse": "mcp/sse"}[transport]
        url = f"http://127.0.0.1:{self.port}/{path}"
        return load(name="rich", transport=transport, url=url)


@pytest.fixture(scope="module")
def http_server():
    server = HttpServer()
    yield server
    server.stop()


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=["stdio", "http", "sse"])
async def rich(request):
    if request.param == "stdio":
        args = [str(SERVERS / "rich.py"), "stdio"]
        adapter = load(name="rich", transport="stdio", command=sys.executable, args=args)
    else:
        adapter = request.getfixturevalue("http_server").adapter(request.param)
    await adapter.refresh()
    yield adapter
    await adapter.close()


async def test_each_piece_of_a_result_is_typed_n40_n41(rich):
    result = await call(rich, "pieces")
    assert result.content == (
        Text(text="one"),
        Text(text="two"),
        Image(data=b"\x89PNG", media_type="image/png"),
        Audio(data=b"RIFF", media_type="audio/wav"),
        Resource(uri="mem://t", media_type="text/plain", text="embedded"),
        Resource(uri="mem://b", media_type="x/y", data=b"\x00\xff"),
        ResourceLink(uri="mem://greeting", name="greeting"),
    )
    assert result.text == "one\ntwo\nembedded"


async def test_structured_content_is_data_n40(rich):
    result = await call(rich, "add", numbers=[1, 2], start=3)
    assert result.structured == {"total": 6, "parts": [1, 2]}
    numbers, start = callables(rich)["add"].parameters
    assert (numbers.name, numbers.type, numbers.required) == ("numbers", "list[int]", True)
    assert (start.name, start.type, start.required) == ("start", "int", False)


async def test_progress_and_log_messages_are_reported(rich):
    told = []
    assert (await call(rich, "steps", told, count=3)).text == "done"
    expected = ["1/3 step 1", "2/3 step 2", "3/3 step 3", "info: nearly there"]
    assert told == [("progress", text) for text in expected]


async def test_what_is_said_of_one_call_is_not_told_to_another(rich, tmp_path):
    notes, told, told_another = tmp_path / "notes", [], []
    task = asyncio.create_task(call(rich, "slow", told_another, notes=str(notes)))
    await until(lambda: notes.exists() and notes.read_text() == "started")
    await call(rich, "steps", told, count=2)
    assert told[:2] == [("progress", "1/2 step 1"), ("progress", "2/2 step 2")]
    assert told_another == []
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancelled_call_is_cancelled_there(rich, tmp_path):
    notes = tmp_path / "notes"
    task = asyncio.create_task(call(rich, "slow", notes=str(notes)))
    await until(lambda: notes.exists() and notes.read_text() == "started")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: notes.read_text() == "cancelled")
    assert (await call(rich, "odd_name_v2", value="still there")).text == "still there"


async def test_calls_are_under_way_together_n47(rich):
    numbers = range(8)
    await call(rich, "part")
    calls = [call(rich, "meet", number=number, count=len(numbers)) for number in numbers]
    results = await asyncio.gather(*calls)
    assert [result.structured["result"] for result in results] == list(numbers)


async def test_what_a_server_says_of_a_failure_is_told(rich):
    with pytest.raises(ToolCallError, match="odd reason"):
        await call(rich, "fail", reason="odd reason")
    with pytest.raises((ToolCallError, ToolArgumentError), match="numbers"):
        await call(rich, "add", numbers="none")


async def test_a_new_tool_is_there_when_the_server_says_so(rich):
    name = f"grown_{id(rich)}"
    await call(rich, "grow", title=name)
    await until(lambda: name in callables(rich))
    assert (await call(rich, name)).text == name


async def test_names_that_are_no_identifiers_are_reachable_n42(rich):
    assert callables(rich)["odd_name_v2"].wire_name == "odd-name.v2"
    assert (await call(rich, "odd_name_v2", value="x")).text == "x"


async def test_resources_can_be_listed_and_read(rich):
    (link,) = (await call(rich, "list_resources")).content
    assert (link.uri, link.name, link.description) == ("mem://greeting", "greeting", "Greet.")
    (resource,) = (await call(rich, "read_resource", uri=link.uri)).content
    assert resource == Resource(uri=link.uri, media_type="text/plain", text="hello")
    with pytest.raises((ToolCallError, ToolArgumentError), match="mem://absent"):
        await call(rich, "read_resource", uri="mem://absent")
    assert callables(rich)["read_resource"].effect == "write"  # nobody trusts it yet


async def test_a_server_killed_in_a_call_is_connected_to_again(tmp_path, http_server):
    adapters = [http_server.adapter(transport) for transport in ("http", "sse")]
    notes = [tmp_path / "http", tmp_path / "sse"]
    try:
        tasks = [
            asyncio.create_task(call(adapter, "slow", notes=str(note)))
            for adapter, note in zip(adapters, notes, strict=True)
        ]
        await until(lambda: all(note.exists() and note.read_text() for note in notes))
        http_server.stop()
        for task, note in zip(tasks, notes, strict=True):
            with pytest.raises(ToolCallError, match="may have been carried out"):
                await task
            assert note.read_text() == "started"
            note.unlink()
        for adapter in adapters:
            with pytest.raises(ToolCallError, match="cannot connect"):
                await call(adapter, "pid")
        http_server.start()
        for adapter, note in zip(adapters, notes, strict=True):
            assert (await call(adapter, "pid")).structured == {"result": http_server.process.pid}
            assert not note.exists()
    finally:
        for adapter in adapters:
            await adapter.close()


class SessionServer:
    """A server over HTTP of the older protocol, which may forget its sessions."""

    def __init__(self):
        self.sessions = []
        self.calls = 0
        self.refuses = False
        self.is_broken = False
        app = Starlette(routes=[Route("/", self.take, methods=["GET", "POST", "DELETE"])])
        self.listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="error", lifespan="off")
        self.server = uvicorn.Server(config)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"

    async def take(self, request):
        if status := self.refusal(request):
            return Response(status_code=status)
        message = await request.json()
        if message["method"] == "server/discover":
            return Response(status_code=400)
        session = request.headers.get("mcp-session-id")
        if message["method"] == "initialize":
            session = f"session-{len(self.sessions)}"
            self.sessions.append(session)
        elif self.refuses or session not in self.sessions:
            error = {"code": -32001, "message": "Session not found"}
            return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, status_code=404)
        if "id" not in message:
            return Response(status_code=202)
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": self.result(message, session)}
        return JSONResponse(answer, headers={"mcp-session-id": session})

    def refusal(self, request):
        if request.method != "POST":
            return 404  # as some do, although they know the session
        if request.headers.get("authorization") != "Bearer t0ken-of-a-test":
            return 401
        return 500 if self.is_broken else None

    def result(self, message, session):
        if message["method"] == "initialize":
            info = {"name": "sessions", "version": "1"}
            capabilities = {"tools": {}}
            version = "2025-06-18"
            return {"protocolVersion": version, "capabilities": capabilities, "serverInfo": info}
        if message["method"] == "tools/list":
            return {"tools": [{"name": "count", "inputSchema": {"type": "object"}}]}
        self.calls += 1
        return {"content": [{"type": "text", "text": f"{self.calls} in {session}"}]}


@pytest_asyncio.fixture(loop_scope="module")
async def session_server():
    server = SessionServer()
    serving = asyncio.create_task(server.server._serve(sockets=[server.listener]))
    yield server
    server.server.should_exit = True
    await serving


def sessions_adapter(server, token="${TB_TOKEN}"):
    data = {
        "name": "sessions",
        "type": "mcp",
        "transport": "http",
        "url": server.url,
        "headers": {"Authorization": f"Bearer {token}"},
    }
    return load_mcp(Path("/nowhere/s.yaml"), data, environ={"TB_TOKEN": "t0ken-of-a-test"})


async def test_a_session_that_is_gone_is_replaced_and_the_call_made_once(session_server):
    adapter = sessions_adapter(session_server)
    try:
        assert (await call(adapter, "count")).text == "1 in session-0"
        session_server.sessions[0] = "forgotten"
        assert (await call(adapter, "count")).text == "2 in session-1"
        assert (await call(adapter, "count")).text == "3 in session-1"
        session_server.refuses = True
        with pytest.raises(ToolCallError, match="takes no request.*does not know the session"):
            await call(adapter, "count")
        assert session_server.calls == 3
    finally:
        await adapter.close()


async def test_what_http_says_of_a_failure_is_told(session_server):
    adapter = sessions_adapter(session_server)
    try:
        await adapter.refresh()
        session_server.is_broken = True
        with pytest.raises(ToolCallError, match=r"calling count failed.*HTTP 500"):
            await call(adapter, "count")
        session_server.is_broken = False
        assert (await call(adapter, "count")).text == "1 in session-0"
    finally:
        await adapter.close()


async def test_why_a_connection_is_refused_is_told_without_the_secret(session_server):
    adapter = sessions_adapter(session_server, token="wrong-${TB_TOKEN}")
    with pytest.raises(ToolCallError, match="HTTP 401") as caught:
        await adapter.refresh()
    assert "t0ken-of-a-test" not in str(caught.value)
    await adapter.close()


async def test_a_url_of_another_transport_is_not_guessed_n41(http_server):
    url = http_server.adapter("sse")._server.url
    adapter = load(name="rich", transport="http", url=url, connect_timeout=10)
    with pytest.raises(ToolCallError, match="cannot connect"):
        await adapter.refresh()
    await adapter.close()


# Servers of other people


async def test_the_time_server_of_the_protocol_s_project():
    data = {"name": "time", "transport": "stdio", "command": sys.executable}
    adapter = load(**data, args=["-m", "mcp_server_time", "--local-timezone", "Asia/Tokyo"])
    try:
        await adapter.refresh()
        assert {"get_current_time", "convert_time"} <= callables(adapter).keys()
        result = await call(
            adapter,
            "convert_time",
            source_timezone="Asia/Tokyo",
            time="16:30",
            target_timezone="Asia/Kolkata",
        )
        assert result.structured["target"]["datetime"].endswith("13:00:00+05:30")
        now = await call(adapter, "get_current_time", timezone="Asia/Tokyo")
        assert now.structured["timezone"] == "Asia/Tokyo"
        with pytest.raises(ToolCallError, match="Nowhere"):
            await call(adapter, "get_current_time", timezone="Nowhere")
    finally:
        await adapter.close()


def everything_server():
    """Return the command of the reference server; skip where npm is missing, but not in CI."""
    script = "node_modules/@modelcontextprotocol/server-everything/dist/index.js"
    node, path = shutil.which("node"), ROOT / ".node" / script
    if node is None or not path.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no {path}: `make tools` installs it, with npm")
        pytest.skip("the reference server is not installed: `make tools` does it, with npm")
    return node, str(path)


async def test_the_reference_server_in_javascript_n40():
    node, script = everything_server()
    adapter = load(name="everything", transport="stdio", command=node, args=[script, "stdio"])
    told = []
    try:
        await adapter.refresh()
        assert (await call(adapter, "echo", message="hi")).text == "Echo: hi"
        assert "5" in (await call(adapter, "get_sum", a=2, b=3)).text
        (image,) = (await call(adapter, "get_tiny_image")).images
        assert image.data.startswith(b"\x89PNG")
        weather = await call(adapter, "get_structured_content", location="Chicago")
        assert weather.structured["temperature"] == 36
        await call(adapter, "trigger_long_running_operation", told, duration=0.1, steps=2)
        assert [text.split()[0] for stream, text in told if stream == "progress"] == ["1/2", "2/2"]
    finally:
        await adapter.close()


async def test_servers_of_others_are_tools_of_a_cell_n40(tmp_path, monkeypatch):
    node, script = everything_server()
    reads = {"threadbook": {"effect": "read"}}
    servers = {
        "everything": {"command": node, "args": [script, "stdio"], **reads},
        "time": {"command": sys.executable, "args": ["-m", "mcp_server_time"], **reads},
    }
    file = tmp_path / "mcp.json"
    file.write_text(json.dumps({"mcpServers": servers}))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("THREADBOOK_KEY", "THREADBOOK_OUTBOX"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    async with Session(store=tmp_path / "log.db", tools=[file]) as session:
        text = await session.run("tools.everything.echo(message='hi').text")
        assert (text.error, text.value) == (None, "Echo: hi")
        image = await session.run("tools.everything.get_tiny_image().images[0]")
        assert "image/png" in image.value.data
        now = await session.run(
            "tools.time.get_current_time(timezone='Asia/Tokyo').structured['timezone']"
        )
        assert (now.error, now.value) == (None, "Asia/Tokyo")
        calls = session.log.read(kind=ToolCall.KIND)
        assert [call.body["adapter"] for call in calls] == ["mcp"] * 3
