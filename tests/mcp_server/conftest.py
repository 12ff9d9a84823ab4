"""The real command, driven by the official SDK's client over stdio and HTTP."""

import asyncio
import os
import re
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest
import pytest_asyncio
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from threadbook.log.log import open_log

SCRIPT = str(Path(sys.executable).with_name("threadbook"))
SECONDS = 60
"""How long to wait for anything before a test fails; nothing takes that long."""

TOOLS = '''
from threadbook.tools.adapters.python import tool

@tool(effect="read")
def add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    return a + b

@tool(effect="destructive")
def wipe(path: str) -> str:
    """Destroy everything under a path."""
    return f"wiped {path}"
'''


@dataclass(frozen=True)
class Place:
    """A folder with a store, keys and tools of its own, and the environment that names them."""

    folder: Path

    @property
    def env(self):
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("THREADBOOK", "JUPYTER", "PYTEST", "XDG_"))
        }
        return inherited | {
            "HOME": str(self.folder),
            "THREADBOOK_STORE": f"sqlite:///{self.folder / 'records.db'}",
            "THREADBOOK_TOOLS": str(self.folder / "tools"),
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        }

    def log(self):
        return open_log(f"sqlite:///{self.folder / 'records.db'}")

    def command(self, *words, check=0):
        done = subprocess.run(
            [SCRIPT, *map(str, words)],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=SECONDS,
        )
        assert done.returncode == check, done.stdout + done.stderr
        return done

    @asynccontextmanager
    async def client(self, *options, mode="legacy", **client_options):
        server = StdioServerParameters(
            command=SCRIPT, args=["mcp", "serve", *options], env=self.env, cwd=self.folder
        )
        async with Client(server, mode=mode, **client_options) as client:
            yield client


def made(folder):
    (folder / "tools").mkdir()
    (folder / "tools" / "numbers_tools.py").write_text(TOOLS)
    return Place(folder)


@pytest.fixture
def place(tmp_path):
    return made(tmp_path)


@asynccontextmanager
async def held(context):
    """Enter a context in a task of its own, in which it is also left, as the SDK demands."""
    entered, leave = asyncio.get_running_loop().create_future(), asyncio.Event()

    async def hold():
        try:
            async with context as value:
                entered.set_result(value)
                await leave.wait()
        except BaseException as error:
            if entered.done():
                raise
            entered.set_exception(error)

    task = asyncio.ensure_future(hold())
    try:
        yield await entered
    finally:
        leave.set()
        await task


@pytest.fixture(scope="session")
def shared_place(tmp_path_factory):
    return made(tmp_path_factory.mktemp("mcp"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(shared_place):
    """Connect to one server with a kernel, which the tests of this package share."""
    async with held(shared_place.client()) as client:
        yield client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def modern_client(shared_place):
    """Connect to another by the protocol without a handshake."""
    async with held(shared_place.client(mode="auto")) as client:
        yield client


@pytest.fixture(scope="session")
def clients(client, modern_client):
    """Return the shared clients by the mode in which they are connected."""
    return {"legacy": client, "auto": modern_client}


class HttpServer:
    """`threadbook mcp serve --http`, and what it says when it starts."""

    def __init__(self, place, *options):
        self.place = place
        self.process = subprocess.Popen(
            [SCRIPT, "mcp", "serve", "--http", "--port", "0", *options],
            cwd=place.folder,
            env=place.env | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        said = self.process.stdout.readline()
        self.url = re.search(r"http://\S+", said)[0]
        self.token = None
        if not {"--insecure-localhost", "--token-file"} & {*options}:
            self.token = self.process.stdout.readline().split()[1]

    @property
    def headers(self):
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @asynccontextmanager
    async def client(self, *, token=None, mode="legacy", **client_options):
        headers = {"Authorization": f"Bearer {token}"} if token else self.headers
        async with httpx.AsyncClient(headers=headers, timeout=SECONDS) as http:
            transport = streamable_http_client(self.url, http_client=http)
            async with Client(transport, mode=mode, **client_options) as client:
                yield client

    def kernels(self):
        """Return the kernels that run for it."""
        return [
            child
            for child in psutil.Process(self.process.pid).children(recursive=True)
            if child.is_running() and "threadbook.kernel" in " ".join(_command_of(child))
        ]

    def close(self):
        self.process.terminate()
        self.process.wait(SECONDS)
        self.process.stdout.close()


def _command_of(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.fixture(scope="session")
def http_server(shared_place):
    server = HttpServer(shared_place)
    yield server
    server.close()


@pytest.fixture
def start_http(place):
    servers = []

    def start(*options):
        servers.append(HttpServer(place, *options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def until():
    """Wait for a condition, which may be a coroutine function."""

    async def wait(condition):
        async with asyncio.timeout(SECONDS):
            while True:
                found = condition()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return found
                await asyncio.sleep(0.02)

    return wait


@pytest.fixture(scope="session")
def ask(client):
    """Call a tool of the shared server, which must do it, and return the structured result."""

    async def call(name, /, **arguments):
        result = await client.call_tool(name, arguments)
        assert not result.is_error, result.content
        return result.structured_content

    return call


@pytest.fixture(scope="session")
def refused(client):
    """Call a tool of the shared server, which must refuse it, and return the error."""

    async def call(name, /, **arguments):
        result = await client.call_tool(name, arguments)
        assert result.is_error, result.content
        return result.structured_content["error"]

    return call
