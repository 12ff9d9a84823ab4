"""JupyterLab as `make lab` starts it, on a free port of loopback and with all files of its own."""

import contextlib
import json
import os
import subprocess
import time
import urllib.request
from pathlib import Path

from threadbook.config import Settings
from threadbook.log.log import open_log
from threadbook.records.identity import Identity

PATIENCE = 60
"""Seconds to wait for anything before a test fails; nothing takes that long."""

ROOT = Path(__file__).parents[3]
TOKEN = "0123456789abcdef"

# A server must not outlive the tests, however they end: their end of the pipe is closed then.
UNTIL_THE_PIPE_CLOSES = """
exec 3<&0
"$@" </dev/null &
server=$!
(read -r _ <&3; kill 0) &
wait $server
"""

CONFIGURATION = {
    "ServerApp": {"port": 0, "open_browser": False},
    "IdentityProvider": {"token": TOKEN},
    "LabApp": {
        "expose_app_in_browser": True,
        "news_url": None,
        "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    },
    "JupyterNotebookApp": {"expose_app_in_browser": True},
    # A kernel is asked politely first, and some tests keep it busy.
    "KernelManager": {"shutdown_wait_time": 1},
}

SILENCE = (
    "lab/user-settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings",
    {"fetchNews": "false"},  # else it is asked for
)


class Lab:
    """A running JupyterLab, its store and its notebooks. All files are in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.notebooks = folder / "notebooks"
        self.tools = folder / "tools"
        self.output = folder / "output"
        self.settings = Settings(
            store=f"sqlite:///{folder / 'records.db'}",
            key=folder / "kernel.pem",
            outbox=folder / "outbox",
            tools=(self.tools,),
        )
        self.url = ""
        self._process = None

    def start(self):
        """Start, and wait until it answers."""
        for name in ("notebooks", "tools", "runtime"):
            (self.folder / name).mkdir(exist_ok=True)
        for name, content in (("jupyter_server_config.json", CONFIGURATION), SILENCE):
            file = self.folder / "config" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(content))
        # Everything is installed: tests beside this one must not wait for a second look.
        lab = ["make", "--silent", "--old-file=setup", "lab", f"NOTEBOOKS={self.notebooks}"]
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                ["sh", "-c", UNTIL_THE_PIPE_CLOSES, "sh", *lab],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=ROOT,
                env=self.environment(),
                start_new_session=True,
            )
        self._wait_for_answer()
        return self

    def stop(self):
        """End the server and its kernels."""
        if self._process is None:
            return
        with self._process as process:  # closes the pipe in the end
            self.ask("api/shutdown", "POST", {})
            process.wait(PATIENCE)

    def path(self, path):
        """Return the URL of a path on the server, for whoever has no cookie yet."""
        return f"{self.url}{path}{'&' if '?' in path else '?'}token={TOKEN}"

    def ask(self, path, method="GET", body=None):
        """Return the JSON that the server answers."""
        request = urllib.request.Request(
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            text = response.read()
            return json.loads(text) if text else None

    def log(self):
        """Open the log that the server and its kernels use, as another process does."""
        return open_log(self.settings.store)

    def identity(self, name):
        """Return an identity with a key of its own."""
        return Identity.key(self.folder / "keys" / f"{name}.pem")

    def environment(self):
        """Return the variables of the server: nothing personal is among them."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("THREADBOOK", "JUPYTER", "PYTEST", "XDG_", "MAKE"))
        }
        return {
            **kept,
            **self.settings.as_environ(),
            "HOME": str(self.folder),
            "IPYTHONDIR": str(self.folder / "ipython"),
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "JUPYTER_DATA_DIR": str(self.folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime"),
            "MPLBACKEND": "agg",
        }

    def _wait_for_answer(self):
        deadline = time.monotonic() + PATIENCE
        while not self._is_up():
            assert self._process.poll() is None, self.output.read_text()[-3000:]
            assert time.monotonic() < deadline, self.output.read_text()[-3000:]
            time.sleep(0.02)

    def _is_up(self):
        for file in (self.folder / "runtime").glob("jpserver-*.json"):
            with contextlib.suppress(OSError, ValueError):
                self.url = json.loads(file.read_text())["url"]
                self.ask("api/status")
                return True
        return False
