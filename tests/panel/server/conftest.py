"""A Jupyter server of its own for the tests: a real process on loopback."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from threadbook.config import Settings
from threadbook.log.log import open_log
from threadbook.records.identity import Identity

PATIENCE = 60
"""Seconds to wait for anything before a test fails; nothing takes that long."""

TOKEN = "0123456789abcdef"

OTHERS = ("jupyterlab", "jupyter_lsp", "jupyter_server_terminals", "notebook", "notebook_shim")
"""Extensions that the tests have no need of, and would wait for."""

# A server must not outlive the tests, however they end: their end of the pipe is closed then.
UNTIL_THE_PIPE_CLOSES = """
exec 3<&0
"$@" </dev/null &
server=$!
(read -r _ <&3; kill $server 2>/dev/null) &
wait $server
"""


class Server:
    """A Jupyter server, its store and its keys. All files are in `folder`."""

    def __init__(self, folder, **configuration):
        self.folder = folder
        self.output = folder / "output"
        self.store = folder / "data" / "records.db"
        self.settings = Settings(
            store=f"sqlite:///{self.store}", key=folder / "kernel.pem", outbox=folder / "outbox"
        )
        self._configuration = configuration
        self._process = None
        self.pid = None
        self.client = None

    def start(self):
        (self.folder / "config").mkdir(exist_ok=True)
        (self.folder / "work").mkdir(exist_ok=True)
        (self.folder / "config" / "jupyter_server_config.json").write_text(
            json.dumps(
                {
                    "ServerApp": {
                        "port": 0,
                        "root_dir": str(self.folder / "work"),
                        "jpserver_extensions": dict.fromkeys(OTHERS, False),
                    },
                    "KernelManager": {"shutdown_wait_time": 1},
                    **self._configuration,
                }
            )
        )
        command = [Path(sys.executable).with_name("jupyter"), "server", "--allow-root"]
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                ["sh", "-c", UNTIL_THE_PIPE_CLOSES, "sh", *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=self._environ(),
            )
        known = until(self._running)
        self.pid = known["pid"]
        self.client = httpx.Client(
            base_url=known["url"], headers={"Authorization": f"token {TOKEN}"}, timeout=PATIENCE
        )
        until(lambda: self._process.poll() is None and self._answers())
        return self

    def stop(self):
        """End the server as its own shutdown does, and return its exit status."""
        if self._process is None:
            return None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        status = self._process.wait(PATIENCE)
        self._process.stdin.close()
        self._process = None
        self.client.close()
        return status

    def ask(self, name, **params):
        """Return what an operation that reads answers."""
        response = self.get(name, **params)
        assert response.status_code == 200, response.text
        return response.json()

    def get(self, name, **params):
        return self.client.get(f"threadbook/api/{name}", params={"params": json.dumps(params)})

    def post(self, name, **params):
        return self.client.post(f"threadbook/api/{name}", json=params)

    def stranger(self, **options):
        """Return a client without the token."""
        return httpx.Client(base_url=self.client.base_url, timeout=PATIENCE, **options)

    @contextlib.contextmanager
    def news(self, **params):
        """Yield the lines of a stream of news, without those that separate events."""
        with self.client.stream("GET", "threadbook/api/news", params=params) as response:
            assert response.status_code == 200, response.read()
            yield (line for line in response.iter_lines() if line)

    def start_kernel(self):
        """Start a kernel as a front end does, and return its id."""
        response = self.client.post("api/kernels", json={"name": "threadbook"})
        assert response.status_code == 201, response.text
        return response.json()["id"]

    def log(self):
        """Open the log, as another process does."""
        return open_log(self.settings.store)

    def identity(self, name="agent"):
        return Identity.key(self.folder / "keys" / f"{name}.pem")

    def said(self):
        return self.output.read_text(errors="replace")

    def _environ(self):
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("THREADBOOK", "JUPYTER", "PYTEST", "XDG_"))
        }
        return {
            **kept,
            **self.settings.as_environ(),
            "HOME": str(self.folder),
            "IPYTHONDIR": str(self.folder / "ipython"),
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "JUPYTER_DATA_DIR": str(self.folder / "share"),
            "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime"),
            "JUPYTER_TOKEN": TOKEN,
        }

    def _running(self):
        assert self._process.poll() is None, self.said()
        for file in (self.folder / "runtime").glob("jpserver-*.json"):
            with contextlib.suppress(ValueError):
                return json.loads(file.read_text())
        return None

    def _answers(self):
        with contextlib.suppress(httpx.TransportError):
            return self.client.get("api/status").status_code == 200
        return False


def until(condition):
    """Wait until `condition()` is true, and return what it returned."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


@pytest.fixture(name="until", scope="session")
def until_fixture():
    return until


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Provide a server that the tests of a module share."""
    server = Server(tmp_path_factory.mktemp("server")).start()
    yield server
    server.stop()


@pytest.fixture
def start_server(tmp_path):
    """Start servers on one folder of their own."""
    with contextlib.ExitStack() as stack:

        def start(**configuration):
            server = Server(tmp_path, **configuration)
            stack.callback(server.stop)
            return server.start()

        yield start


@pytest.fixture(scope="module")
def quick_server(tmp_path_factory):
    """Provide a server whose streams wait for half a second where others wait for many."""
    panel = {"heartbeat_seconds": 0.5, "send_seconds": 0.5}
    server = Server(tmp_path_factory.mktemp("server"), ThreadbookPanel=panel).start()
    yield server
    server.stop()
