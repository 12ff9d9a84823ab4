"""A real record service, and clients of it."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import pytest

from threadbook import Client, Identity
from threadbook.records.canonical import canonical_bytes, sha256_hex
from threadbook.records.record import Record

PATIENCE = 90
ACTOR = "did:sync:agent:dev"


class Service:
    """`threadbook serve` in a process of its own; it can be killed, and started again."""

    def __init__(self, folder, *arguments):
        self.store = f"sqlite:///{folder}/service.db"
        self._folder = folder
        self._arguments = arguments
        self._process = None
        self._port = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}"

    @property
    def _environ(self):
        return os.environ | {
            "HOME": str(self._folder),
            "XDG_DATA_HOME": str(self._folder / "data"),
            "THREADBOOK_KEY": str(self._folder / "service.pem"),
            "THREADBOOK_STORE": self.store,
        }

    def token(self, *arguments):
        """Run a `threadbook token` command and return the token that it issues."""
        command = [sys.executable, "-m", "threadbook.cli", "token", *arguments, "-o", "json"]
        done = subprocess.run(
            command, env=self._environ, capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)["token"]

    def start(self):
        command = [sys.executable, "-m", "threadbook.cli", "serve", "--port", str(self._port)]
        self._process = subprocess.Popen(
            [*command, *self._arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=self._environ,
            start_new_session=True,
        )
        line = self._process.stdout.readline()
        found = re.search(r"http://[^:]+:(\d+)$", line.strip())
        assert found, f"the service said {line!r}"
        self._port = int(found[1])

    def kill(self, number=signal.SIGKILL):
        """End the process, at once if not told otherwise."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            self._process.wait(PATIENCE)
            self._process.stdout.close()
            self._process = None


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """A service that all tests share: each uses threads of its own."""
    service = Service(tmp_path_factory.mktemp("service"), "--insecure-localhost")
    service.start()
    yield service
    service.kill()


@pytest.fixture
def mortal(tmp_path):
    """A service for one test, which may kill it."""
    service = Service(tmp_path, "--insecure-localhost")
    service.start()
    yield service
    service.kill()


@pytest.fixture
def guarded(tmp_path):
    """A service that asks for tokens."""
    service = Service(tmp_path)
    service.start()
    yield service
    service.kill()


@pytest.fixture
def connect(tmp_path, service):
    """Return a function that makes clients of the service, closed at the end."""
    clients = []

    def make(endpoint=None, identity=None, **options):
        options = {"outbox": tmp_path / "outbox.db", "backoff_ms": 5} | options
        clients.append(
            Client(
                endpoint=endpoint or service.url,
                identity=identity or Identity.static(ACTOR),
                **options,
            )
        )
        return clients[-1]

    yield make
    for client in clients:
        client.close_sync()


class Received(NamedTuple):
    """A request that came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Scripted:
    """An HTTP server of which a test says what it answers.

    `answer(request)` returns a status and a JSON value or bytes, or a dict of headers as third;
    None breaks the connection off. `requests` are those that came.
    """

    def __init__(self, answer):
        self.answer = answer
        self.requests = []
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                request = Received(self.command, self.path, self.headers, body)
                scripted.requests.append(request)
                answer = scripted.answer(request)
                if answer is None:
                    self.close_connection = True
                    return
                status, content, headers = (*answer, {})[:3]
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in ({"content-length": str(len(data))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  the names http.server calls

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._thread.join(PATIENCE)
        self._server.server_close()


def accepting(request):
    """Answer as a record service does that takes everything."""
    envelope = json.loads(request.body)
    fields = {name: envelope[name] for name in Record.__struct_fields__}
    return 200, {"id": sha256_hex(canonical_bytes(fields)), **envelope}


@pytest.fixture
def scripted():
    """Return a function that starts a server with an answer of the test's own."""
    servers = []

    def start(answer=accepting):
        servers.append(Scripted(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def until(condition, seconds=PATIENCE):
    """Return what `condition` returns once that is true; fail when it takes too long."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"{condition} did not come true"
        time.sleep(0.01)
    return found


@pytest.fixture(name="until")
def _until():
    return until
