"""The service as it runs: `threadbook serve` in a process of its own, on a free port."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from threadbook.log import open_log

SCRIPT = Path(sys.executable).parent / "threadbook"
SECONDS = 90


class Service:
    """A running service; `http` calls it, `env` is what its process and the CLI see."""

    def __init__(self, folder, store, *arguments, env=None):
        self.folder, self.store, self.arguments = folder, store, arguments
        self.env = {
            **os.environ,
            "HOME": str(folder),
            "THREADBOOK_STORE": store,
            "THREADBOOK_KEY": str(folder / "service.pem"),
            "THREADBOOK_OUTBOX": str(folder / "outbox"),
            **(env or {}),
        }
        self.port = 0
        self.process = None
        self.http = None

    def start(self):
        """Start it, on the port that it had before if it ran before."""
        words = [SCRIPT, "serve", "--port", str(self.port), *self.arguments]
        self.process = subprocess.Popen(
            words, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        readable, _, _ = select.select([self.process.stdout], [], [], SECONDS)
        line = self.process.stdout.readline() if readable else ""
        if not line.startswith("threadbook serves"):
            self.process.kill()
            raise AssertionError(line + self.process.stderr.read())
        self.url = line.split()[-1]
        self.port = int(self.url.rpartition(":")[2])
        self.http = httpx.Client(base_url=self.url, timeout=SECONDS, trust_env=False)
        return self

    def end(self, signum=signal.SIGTERM):
        """Send a signal, and return the exit status once the process has ended."""
        self.process.send_signal(signum)
        status = self.process.wait(SECONDS)
        self.http.close()
        self.process.stdout.close()
        self.errors = self.process.stderr.read()
        self.process.stderr.close()
        return status

    def post(self, **fields):
        """Append a record; any field may be given."""
        return self.http.post("/v1/records", json=record(**fields))

    def log(self):
        """Open the log beside the service."""
        return open_log(self.store)

    def cli(self, *words):
        return subprocess.run(
            [SCRIPT, *map(str, words)], env=self.env, capture_output=True, text=True, check=False
        )


def record(number=0, **fields):
    """Return the JSON of a small record."""
    return {
        "act": "DO",
        "actor": "did:sync:agent:ann",
        "body": {"kind": "test.service.step", "n": number},
        "thread": "th",
        **fields,
    }


@contextmanager
def running(folder, store, *arguments, env=None):
    service = Service(folder, store, *arguments, env=env).start()
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.end(signal.SIGKILL)


@pytest.fixture
def start_service(tmp_path):
    """Return a function that starts a service; all are ended at the end."""
    services = []

    def start(*arguments, store=None, env=None):
        store = store or f"sqlite:///{tmp_path}/log.db"
        words = arguments or ("--insecure-localhost",)
        service = Service(tmp_path, store, *words, env=env)
        services.append(service)
        return service.start()

    yield start
    for service in services:
        if service.process.poll() is None:
            service.end(signal.SIGKILL)


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A service without tokens for tests that do no harm to each other."""
    folder = tmp_path_factory.mktemp("service")
    with running(folder, f"sqlite:///{folder}/log.db", "--insecure-localhost") as service:
        yield service


@pytest.fixture
def thread(request):
    """A thread of the test's own."""
    return f"th_{request.node.name}"[:200]


@pytest.fixture
def wait_for():
    """Return a function that waits for a condition, and fails where it does not come true."""

    def wait(condition, seconds=SECONDS):
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, "it did not come true"
        return found

    return wait


class Events:
    """Reads Server-Sent Events off a response."""

    def __init__(self, response):
        self.headers = response.headers
        self._frames = self._split(response.iter_bytes())

    @staticmethod
    def _split(chunks):
        buffer = b""
        for chunk in chunks:
            buffer += chunk
            *frames, buffer = buffer.split(b"\n\n")
            yield from frames

    def __iter__(self):
        return self

    def __next__(self):
        """Return the next event as (name, id, data), its raw bytes checked to be ASCII."""
        frame = next(self._frames).decode("ascii")
        fields = dict(line.split(": ", 1) for line in frame.split("\n"))
        assert len(fields) == frame.count("\n") + 1
        return fields["event"], fields.get("id"), json.loads(fields["data"])

    def records(self, count):
        """Return the next records, heartbeats left out."""
        found = []
        while len(found) < count:
            event, _, data = next(self)
            if event == "record.created":
                found.append(data["record"])
            else:
                assert event == "heartbeat"
        return found


@pytest.fixture
def watch():
    """Return a context manager that follows a thread."""

    @contextmanager
    def watching(service, thread, *, last=None, headers=None, **parameters):
        headers = {**(headers or {}), **({} if last is None else {"Last-Event-ID": last})}
        path = f"/v1/threads/{thread}/watch"
        with service.http.stream("GET", path, params=parameters, headers=headers) as response:
            assert response.status_code == 200, response.read()
            yield Events(response)

    return watching


@pytest.fixture(scope="session")
def new_record():
    return record


class Tokens:
    """A service that asks for tokens; `admin` comes with one that may do everything."""

    def __init__(self, service, admin):
        self.service, self.clients = service, []
        self.admin = self.client(admin)

    def client(self, token):
        headers = {"Authorization": f"Bearer {token}"}
        client = httpx.Client(
            base_url=self.service.url, timeout=SECONDS, trust_env=False, headers=headers
        )
        self.clients.append(client)
        return client

    def token(self, account, *scopes, actors=("did:sync:agent:*",)):
        """Return a client that comes with a new token for these scopes."""
        wanted = {"account": account, "scopes": list(scopes), "actors": list(actors)}
        answer = self.admin.post("/v1/tokens", json=wanted)
        assert answer.status_code == 201, answer.text
        return self.client(answer.json()["token"])


@pytest.fixture(scope="session")
def guarded(tmp_path_factory):
    """A service with tokens, the first of which was made on the command line."""
    folder = tmp_path_factory.mktemp("guarded")
    with running(folder, f"sqlite:///{folder}/log.db", "--host", "127.0.0.1") as service:
        done = service.cli("token", "bootstrap", "--save", folder / "admin.token")
        assert done.returncode == 0, done.stderr
        tokens = Tokens(service, (folder / "admin.token").read_text().strip())
        yield tokens
        for client in tokens.clients:
            client.close()
