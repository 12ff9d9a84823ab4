"""What adapters are tested with: calls that note reports, and a server that notes bytes."""

import asyncio
import contextlib
import re
import socket
import threading
import time

import pytest

from threadbook.errors import ConfigError
from threadbook.tools.adapter import CallContext

PATIENCE = 30


class Calls:
    """Makes contexts of calls. `reports` is what was reported, `fetched` which secrets were."""

    def __init__(self):
        self.reports = []
        self.fetched = []
        self.secrets = {}

    def context(self, timeout=PATIENCE):
        return CallContext(
            report=lambda stream, text: self.reports.append((stream, text)),
            secret=self._secret,
            timeout=timeout,
        )

    def reported(self, stream):
        return "".join(text for where, text in self.reports if where == stream)

    def _secret(self, name):
        self.fetched.append(name)
        if name not in self.secrets:
            raise ConfigError(f"there is no secret {name}", remedy="set it")
        return self.secrets[name]


class Received:
    """A request as it came over the wire."""

    def __init__(self, head, body):
        line, *lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = line.split(" ")
        self.lines = [tuple(one.split(": ", 1)) for one in lines if one]
        self.headers = {name.lower(): value for name, value in self.lines}
        self.body = body


class WireServer:
    """Answers requests with what `answers` says, and notes them byte for byte.

    Each answer is bytes, or a function of the request that returns bytes; the last one is
    repeated. None closes the connection instead; HANG waits until the other side does.
    """

    HANG = object()

    def __init__(self):
        self.requests = []
        self.answers = [answer()]
        self.hung_up = threading.Event()
        self.hanging = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._connections = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self):
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self._connections.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
            while head := self._head(stream):
                length = re.search(rb"(?i)content-length: (\d+)", head)
                body = stream.read(int(length[1])) if length else b""
                self.requests.append(Received(head, body))
                answers = self.answers
                one = answers.pop(0) if len(answers) > 1 else answers[0]
                one = one(self.requests[-1]) if callable(one) else one
                if one is None:
                    return
                if one is self.HANG:
                    self.hanging.set()
                    assert stream.read() == b""
                    self.hung_up.set()
                    return
                connection.sendall(one)

    @staticmethod
    def _head(stream):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = stream.readline()
            if not line:
                return b""
            head += line
        return head


def answer(status=200, body=b"{}", **headers):
    lines = {"content-type": "application/json", "content-length": len(body)}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} x\r\n{text}\r\n".encode() + body


async def happens(condition):
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        await asyncio.sleep(0.01)


@pytest.fixture
def calls():
    return Calls()


@pytest.fixture
def server():
    found = WireServer()
    yield found
    found.close()


@pytest.fixture
def elsewhere():
    """Return a second server: another origin."""
    found = WireServer()
    yield found
    found.close()


@pytest.fixture(name="answer")
def answer_fixture():
    return answer


@pytest.fixture(name="happens")
def happens_fixture():
    return happens
