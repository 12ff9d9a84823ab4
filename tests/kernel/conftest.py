"""Kernels for the tests: real processes, reached over their sockets."""

import hashlib
import json
import os
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from traitlets.config import Config

from threadbook.log.checkpoints import LOG_THREAD
from threadbook.log.log import open_log
from threadbook.log.verify import verify
from threadbook.records.bodies import CellEnd, CellOutput, CellStart

SECONDS = 60
"""How long to wait for anything before the test fails; nothing takes that long."""


@dataclass
class Ran:
    """What a client saw of one request: the reply, and the IOPub messages that name it."""

    request: str
    reply: dict
    published: list

    @property
    def content(self):
        return self.reply["content"]

    @property
    def status(self):
        return self.content["status"]

    @property
    def trace(self):
        """What the reply says of the record."""
        return self.reply["metadata"].get("threadbook")

    def messages(self, *msg_types):
        return [m["content"] for m in self.published if m["msg_type"] in msg_types]

    def text(self, name="stdout"):
        return "".join(c["text"] for c in self.messages("stream") if c["name"] == name)

    @property
    def result(self):
        """The text of the value, None where the cell had none."""
        results = self.messages("execute_result")
        return results[0]["data"]["text/plain"] if results else None

    @property
    def error(self):
        (error,) = self.messages("error")
        return error["ename"], error["evalue"]


@dataclass
class Recorded:
    """What the log has of one cell."""

    start: object
    end: object
    outputs: list
    updates: list
    digest: str

    @property
    def code(self):
        return self.start.body["code"]

    @property
    def status(self):
        return self.end.body["status"]


class Kernel:
    """A kernel process and a client of it. All its files are in `folder`."""

    def __init__(self, folder, *, name, sockets, environ, shared):
        self.folder = folder
        self.store = folder / "records.db"
        self.work = folder / "work"
        self.output_file = folder / "kernel-output"
        self.environ = {
            # ipykernel does not watch file descriptors where it believes to be inside pytest.
            **{k: v for k, v in os.environ.items() if not k.startswith(("THREADBOOK", "PYTEST"))},
            "HOME": str(folder),
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "MPLCONFIGDIR": str(shared),  # building matplotlib's font cache takes seconds
            "THREADBOOK_STORE": f"sqlite:///{self.store}",
            "THREADBOOK_KEY": str(folder / "key.pem"),
            "THREADBOOK_OUTBOX": str(folder / "outbox"),
            **environ,
        }
        self.manager = KernelManager(
            kernel_name=name,
            transport="ipc",
            ip=f"{sockets}/s",
            connection_file=f"{sockets}/kernel.json",
            config=Config({"KernelManager": {"shutdown_wait_time": SECONDS}}),
        )
        self.client = None
        self._output = None
        self.replies = {}
        self.published = {}
        self._idle = set()

    def start(self, **launch):
        self.work.mkdir(parents=True, exist_ok=True)
        self._output = self.output_file.open("ab")
        self.manager.start_kernel(
            env=self.environ, cwd=str(self.work), stdout=self._output, stderr=self._output, **launch
        )
        self.client = self.manager.client()
        self.client.start_channels(hb=False)
        self.wait_until_ready()
        return self

    def wait_until_ready(self):
        """Wait until requests are answered and what the kernel publishes arrives."""
        asked, next_try = set(), 0.0

        def is_ready():
            nonlocal next_try
            assert self.manager.is_alive(), f"the kernel died: {self.output}"
            if time.monotonic() >= next_try:
                asked.add(self.client.kernel_info())
                next_try = time.monotonic() + 0.5
            return asked & self._idle & self.replies.keys()

        self.until(is_ready)

    @property
    def pid(self):
        return self.manager.provisioner.pid

    @property
    def output(self):
        """What the process wrote to its own stdout and stderr."""
        return self.output_file.read_text(errors="replace")

    def until(self, condition):
        """Take in messages until `condition()` is true, and return what it returned."""
        deadline = time.monotonic() + SECONDS
        while not (found := condition()):
            assert time.monotonic() < deadline, f"waited in vain:\n{self.output[-5000:]}"
            self._take_in(milliseconds=50)
        return found

    def _take_in(self, *, milliseconds):
        channels = (
            self.client.shell_channel.socket,
            self.client.iopub_channel.socket,
            self.client.control_channel.socket,
        )
        poller = zmq.Poller()
        for socket in channels:
            poller.register(socket, zmq.POLLIN)
        for socket, _ in poller.poll(milliseconds):
            for _ in range(100):  # not all: a kernel may publish faster than we read
                _, message = self.client.session.recv(socket)
                if message is None:
                    break
                self._file(message, is_reply=socket is not channels[1])

    def _file(self, message, *, is_reply):
        request = message["parent_header"].get("msg_id")
        if is_reply:
            self.replies[request] = message
            return
        self.published.setdefault(request, []).append(message)
        if message["content"].get("execution_state") == "idle":
            self._idle.add(request)

    def send(self, code, *, subshell=None, cell_id=None, **content):
        """Ask for a cell to be run and return the message id."""
        message = self.client.session.msg(
            "execute_request",
            {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
            | {"allow_stdin": False, "stop_on_error": True}
            | content,
            metadata={"cellId": cell_id} if cell_id else {},
        )
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def ask(self, msg_type, channel="shell", **content):
        """Send a request of any other type and return the content of the reply."""
        message = self.client.session.msg(msg_type, content)
        getattr(self.client, f"{channel}_channel").send(message)
        return self.wait(message["header"]["msg_id"]).content

    def wait(self, request):
        """Wait until a request is done: replied to, and idle."""
        self.until(lambda: request in self.replies and request in self._idle)
        return Ran(request, self.replies[request], self.published[request])

    def run(self, code, **options):
        return self.wait(self.send(code, **options))

    def run_ok(self, code, **options):
        ran = self.run(code, **options)
        assert ran.status == "ok", ran.content
        return ran

    def wait_for_text(self, request, text):
        """Wait until a running cell has printed `text`."""
        self.until(lambda: text in Ran(request, {}, self.published.get(request, [])).text())

    def create_subshell(self):
        return self.ask("create_subshell_request", "control")["subshell_id"]

    @contextmanager
    def another_client(self):
        """Provide a client of jupyter_client's own, with a session of its own."""
        client = BlockingKernelClient(connection_file=self.manager.connection_file)
        client.load_connection_file()
        client.start_channels(hb=False)
        try:
            client.wait_for_ready(timeout=SECONDS)
            yield client
        finally:
            client.stop_channels()

    def kill(self):
        """Kill the kernel as the system would; nothing of it is cleaned up."""
        self.manager.provisioner.process.kill()
        self.manager.provisioner.process.wait(SECONDS)

    def restart(self):
        self.manager.restart_kernel()
        self._idle.clear()
        self.wait_until_ready()

    def shut_down(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()
        self.client = None

    def close(self):
        if self.client is not None:
            self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()
        if self._output is not None:
            self._output.close()
        self.manager.context.destroy(linger=0)

    def log(self):
        """Open the log that the kernel writes to, as another process does."""
        return open_log(f"sqlite:///{self.store}")

    def records(self, kind=None):
        """Return the records of this kind; without one, all but the checkpoints of the log."""
        with self.log() as log:
            found = list(log.read_all(kind=kind))
        return found if kind else [stored for stored in found if stored.thread != LOG_THREAD]

    def verify(self):
        with self.log() as log:
            report = verify(log)
        assert report.is_clean, "\n".join(map(str, report.problems))
        return report

    def cell(self, ran):
        """Return what the log has of a cell, found through the metadata of its reply."""
        with self.log() as log:
            start, end = log.get(ran.trace["start"]), log.get(ran.trace["record"])
            assert (start.kind, end.kind) == (CellStart.KIND, CellEnd.KIND)
            return self._recorded(log, start, end)

    def cells(self):
        """Return what the log has of all cells, by message id, in the order of their ends."""
        with self.log() as log:
            starts = {start.id: start for start in log.read_all(kind=CellStart.KIND)}
            return {
                starts[end.parents[0]].body["execution"]: self._recorded(
                    log, starts[end.parents[0]], end
                )
                for end in log.read_all(kind=CellEnd.KIND)
            }

    def late_outputs(self):
        """Return the records of output that arrived after the end of its cell."""
        with self.log() as log:
            return [
                (output, loaded(log, output.body["outputs"]))
                for output in log.read_all(kind=CellOutput.KIND)
            ]

    @staticmethod
    def _recorded(log, start, end):
        return Recorded(
            start=start,
            end=end,
            outputs=loaded(log, end.body.get("outputs", [])),
            updates=loaded(log, end.body.get("display_updates", [])),
            digest=end.body.get("outputs_hash"),
        )


def loaded(log, outputs):
    """Return outputs that stand in a record or, as JSON, in a blob that it names."""
    if isinstance(outputs, dict):
        data = log.blobs.get(outputs["blob"])
        assert (len(data), hashlib.sha256(data).hexdigest()) == (outputs["size"], outputs["blob"])
        return json.loads(data)
    return outputs


class Starter:
    """Starts kernels and stops them all in the end."""

    def __init__(self, folder, shared):
        self._folder = folder
        self._shared = shared
        self._stack = ExitStack()
        self._count = 0

    def __call__(self, name="threadbook", *, launch=None, start=True, **environ):
        """Start a kernel. Kernels of one starter share a folder, hence a store."""
        self._count += 1
        sockets = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="tb"))
        kernel = Kernel(
            self._folder, name=name, sockets=sockets, environ=environ, shared=self._shared
        )
        self._stack.callback(kernel.close)
        return kernel.start(**(launch or {})) if start else kernel

    def close(self):
        self._stack.close()


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    return tmp_path_factory.mktemp("shared")


@pytest.fixture
def start_kernel(tmp_path, shared):
    """Start kernels on one store of their own."""
    starter = Starter(tmp_path, shared)
    yield starter
    starter.close()


@pytest.fixture(scope="module")
def start_lasting_kernel(tmp_path_factory, shared):
    """Start a kernel that serves all tests of a module, each with a folder of its own."""
    starters = []

    def start(name="threadbook", **options):
        starter = Starter(tmp_path_factory.mktemp(Path(name).name), shared)
        starters.append(starter)
        return starter(name, **options)

    yield start
    for starter in starters:
        starter.close()


@pytest.fixture(scope="module")
def kernel(start_lasting_kernel):
    """Provide a kernel that the tests of a module share: they must leave it usable."""
    return start_lasting_kernel()
