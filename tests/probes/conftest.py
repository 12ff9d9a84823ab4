"""Probes: the same cells in a session and in a plain kernel, as a user of either has them.

A *session* reaches its tools through a broker in the program's process; a *kernel* that a front
end starts has the broker within. `mode` runs a test in both, `in_both` compares them.
"""

import asyncio
import os
import queue
import shutil
import tempfile
import time
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import AsyncKernelManager
from nbformat.v4 import output_from_msg

from threadbook.log.log import open_log
from threadbook.log.verify import verify
from threadbook.records.bodies import ToolCall, ToolResult
from threadbook.records.identity import Identity
from threadbook.session import MimeBundle, Session
from threadbook.values import unpack_value

SECONDS = 60
"""How long to wait for anything before the test fails; nothing takes that long."""

TOOLS = '''
import asyncio
import time
from pathlib import Path
from typing import Any

from threadbook.tools.adapters.python import tool


@tool(effect="read")
def add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    return a + b


@tool(effect="read")
def echo(value: Any) -> Any:
    """Return the value."""
    return value


@tool(effect="read")
def fail(message: str) -> None:
    """Raise an error."""
    raise ValueError(message)


@tool(effect="read")
async def wait(folder: str) -> None:
    """Wait for ever; `begun` and `cancelled` in the folder tell where it is."""
    Path(folder, "begun").touch()
    try:
        await asyncio.get_running_loop().create_future()
    except asyncio.CancelledError:
        Path(folder, "cancelled").touch()
        raise


@tool(effect="read")
def block(folder: str) -> str:
    """Wait until there is `go` in the folder, whoever would have it stop."""
    Path(folder, "begun").touch()
    while not Path(folder, "go").exists():
        time.sleep(0.005)
    Path(folder, "done").touch()
    return "late"


@tool(effect="destructive")
def drop(table: str) -> str:
    """Drop a table."""
    return f"dropped {table}"
'''
"""Tools of both modes: a file, as a person would keep it."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a client saw of a cell, in the same form whichever client it was.

    `value` is the last expression, a MimeBundle where it did not travel by value; `outputs` are
    those of a notebook; `error` is name and message.
    """

    status: str
    value: Any
    text: str
    stdout: str
    stderr: str
    outputs: list[dict[str, Any]]
    error: tuple[str, str] | None
    record_id: str | None


class SessionMode:
    """Cells run by a program, over `Session`."""

    name = "session"

    def __init__(self, session):
        self.session = session

    @property
    def log(self):
        return self.session.log

    @property
    def connection_file(self):
        return connection_file_of(self.session)

    async def run(self, code, *, timeout=None):
        result = await self.session.run(code, timeout=timeout)
        return Seen(
            status=result.status,
            value=result.value,
            text=result.text,
            stdout=result.stdout,
            stderr=result.stderr,
            outputs=result.outputs,
            error=(result.error.name, result.error.value) if result.error else None,
            record_id=result.record_id,
        )

    async def crash(self):
        """Have the kernel die; the session replaces it."""
        assert (await self.run("import os; os._exit(1)")).status == "died"


class KernelMode:
    """Cells run by a front end, over the Jupyter protocol alone."""

    name = "kernel"

    def __init__(self, folder, **environ):
        self._folder = folder
        self._environ = environ
        self._stack = AsyncExitStack()

    @property
    def connection_file(self):
        return self.manager.connection_file

    async def start(self):
        # In the folder for temporary files: its name leaves room for those of sockets.
        sockets = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="tb-"))
        self.manager = AsyncKernelManager(
            kernel_name="threadbook",
            transport="ipc",
            ip=f"{sockets}/k",
            connection_file=f"{sockets}/kernel.json",
        )
        output = self._stack.enter_context((self._folder / "kernel-output").open("wb"))
        await self.manager.start_kernel(
            env={**os.environ, **variables_for(self._folder), **self._environ},
            stdout=output,
            stderr=output,
        )
        self._stack.push_async_callback(self.manager.shutdown_kernel, now=True)
        self.client = self.manager.client()
        self.client.start_channels()
        self._stack.callback(self.client.stop_channels)
        await self._ready()
        self.log = self._stack.enter_context(open_log(f"sqlite:///{self._folder / 'records.db'}"))
        return self

    async def close(self):
        await self._stack.aclose()

    async def run(self, code, *, timeout=None, hook=lambda _message: None):
        """Run a cell; a front end has no timeouts, so that `timeout` interrupts it.

        `hook` is given each message of the cell when it comes.
        """
        messages = []

        def take(message):
            messages.append(message)
            hook(message)

        work = asyncio.ensure_future(
            self.client.execute_interactive(
                code,
                allow_stdin=False,
                stop_on_error=False,
                timeout=SECONDS,
                output_hook=take,
            )
        )
        if timeout is not None:
            await asyncio.wait([work], timeout=timeout)
            if not work.done():
                await self.manager.interrupt_kernel()
        return seen_of(await work, messages)

    async def crash(self):
        """Have the kernel die, and start another in its place, as a server does."""
        self.client.execute("import os; os._exit(1)")
        deadline = time.monotonic() + SECONDS
        while await self.manager.is_alive():
            assert time.monotonic() < deadline, "the kernel lives on"
            await asyncio.sleep(0.005)
        await self.manager.restart_kernel(now=True)
        await self._ready()

    async def _ready(self):
        """Wait until the kernel answers, and until what it publishes arrives.

        A subscription holds only some time after its socket is connected; what is published
        before is lost to this client.
        """
        await self.client.wait_for_ready(timeout=SECONDS)
        deadline = time.monotonic() + SECONDS
        while True:
            asked = self.client.kernel_info()
            with suppress(queue.Empty):
                while True:
                    message = await self.client.get_iopub_msg(timeout=1)
                    if message["parent_header"].get("msg_id") == asked:
                        return
            assert time.monotonic() < deadline, "nothing is published"


def seen_of(reply, messages):
    """Return what the messages of a cell say."""
    content, trace = reply["content"], reply["metadata"].get("threadbook") or {}
    kinds = {"stream", "display_data", "execute_result", "error"}
    outputs = [output_from_msg(one) for one in messages if one["msg_type"] in kinds]
    results = [one for one in outputs if one["output_type"] == "execute_result"]
    bundle = (
        MimeBundle(results[-1]["data"], results[-1]["metadata"], trace.get("value_type", ""))
        if results
        else None
    )
    packed = (trace.get("value") or {}).get("msgpack")
    is_error = content["status"] == "error"

    def stream(name):
        return "".join(
            one["text"] for one in outputs if one["output_type"] == "stream" and one["name"] == name
        )

    return Seen(
        status=trace.get("status") or content["status"],
        value=bundle if packed is None else unpack_value(bytes.fromhex(packed)),
        text=results[-1]["data"]["text/plain"] if results else "",
        stdout=stream("stdout"),
        stderr=stream("stderr"),
        outputs=outputs,
        error=(content["ename"], content["evalue"]) if is_error else None,
        record_id=trace.get("record"),
    )


def variables_for(folder):
    """Return the variables that keep all files of threadbook and Jupyter inside `folder`."""
    return {
        "HOME": str(folder),
        "THREADBOOK_STORE": f"sqlite:///{folder / 'records.db'}",
        "THREADBOOK_KEY": str(folder / "key.pem"),
        "THREADBOOK_OUTBOX": str(folder / "outbox"),
        "THREADBOOK_TOOLS": str(tools_in(folder)),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_DATA_DIR": str(folder / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }


def tools_in(folder):
    """Return the file of the tools, written if it is not there."""
    file = folder / "probe_tools.py"
    if not file.exists():
        file.write_text(TOOLS)
    return file


@contextmanager
def environment(folder, **more):
    """Have everything that starts here work inside `folder`."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            # ipykernel does not watch file descriptors where it believes to be inside pytest.
            if name.startswith(("THREADBOOK", "JUPYTER", "XDG_", "PYTEST_CURRENT")):
                patch.delenv(name)
        for name, value in {**variables_for(folder), **more}.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(autouse=True)
def isolated(tmp_path):
    with environment(tmp_path):
        yield


@pytest.fixture(autouse=True)
def temporary(isolated, monkeypatch):
    """Provide a folder for temporary files: no kernel, and nothing of one, is in it afterwards."""
    with short_folder() as folder:
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        yield folder
        monkeypatch.setattr(tempfile, "tempdir", None)


@contextmanager
def short_folder():
    """Make a temporary folder whose name leaves room for those of sockets in it."""
    folder, before = Path(tempfile.mkdtemp(prefix="p")), set(psutil.pids())
    yield folder
    left, deadline = what_is_left(folder, before), time.monotonic() + SECONDS
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = what_is_left(folder, before)
    for pid in left["processes"] if left else ():
        psutil.Process(pid).kill()
    shutil.rmtree(folder)
    assert not left


def what_is_left(folder, before):
    """Return what of kernels is in a folder, and the processes begun since that work in it."""
    folders = [path.name for path in folder.glob("tb-*")]
    processes = {}
    for pid in set(psutil.pids()) - before:
        with suppress(psutil.Error):
            command = " ".join(psutil.Process(pid).cmdline())
            if f"{folder}/" in command:
                processes[pid] = command
    return {"folders": folders, "processes": processes} if folders or processes else None


@pytest.fixture(scope="module")
def more_environ():
    """Provide more variables for what a module shares; modules have others."""
    return {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(tmp_path_factory, more_environ):
    """Provide a session that the tests of a module share: they leave its kernel as it is."""
    with short_folder() as sockets:
        with environment(tmp_path_factory.mktemp("session"), **more_environ), at(sockets):
            session = await Session().start()
        pid = kernel_of(session)
        yield session
        assert kernel_of(session) == pid
        assert_clean(session.log)
        await session.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kernel(tmp_path_factory, more_environ):
    """Provide a plain kernel that the tests of a module share."""
    folder = tmp_path_factory.mktemp("kernel")
    with short_folder() as sockets:
        with environment(folder), at(sockets):
            kernel = await KernelMode(folder, **more_environ).start()
        yield kernel
        assert_clean(kernel.log)
        await kernel.close()


@contextmanager
def at(folder):
    """Have temporary files made in `folder`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        yield


@pytest.fixture(params=["session", "kernel"])
def mode(request, session, kernel):
    """Provide each way to run cells in turn: `await mode.run(code)` returns what was Seen."""
    return SessionMode(session) if request.param == "session" else kernel


@pytest.fixture
def mode_of():
    """Return what makes a mode of a session."""
    return SessionMode


@pytest.fixture
def in_both(session, kernel):
    """Return a function that runs a cell in both modes: what was seen in session and kernel."""

    async def run(code):
        return await SessionMode(session).run(code), await kernel.run(code)

    return run


@pytest_asyncio.fixture(loop_scope="module")
async def open_session(tmp_path):
    """Open sessions; those on one store are all that a test opens, unless it names another."""
    async with AsyncExitStack() as stack:

        async def open_(**options):
            with pytest.MonkeyPatch.context() as patch:
                patch.delenv("PYTEST_CURRENT_TEST", raising=False)
                session = Session(**options)
            stack.push_async_callback(session.close)
            return await session.start()

        yield open_


@pytest_asyncio.fixture(loop_scope="module", params=["session", "kernel"])
async def open_mode(request, tmp_path, open_session):
    """Open a way to run cells that a test may break, with more environment variables."""
    async with AsyncExitStack() as stack:

        async def open_(**environ):
            if request.param == "session":
                with pytest.MonkeyPatch.context() as patch:
                    for name, value in environ.items():
                        patch.setenv(name, value)
                    return SessionMode(await open_session())
            kernel = KernelMode(tmp_path, **environ)
            stack.push_async_callback(kernel.close)
            return await kernel.start()

        yield open_


@pytest.fixture
def log(tmp_path):
    """Provide the log of the test's store, read as another process would."""
    with open_log(f"sqlite:///{tmp_path / 'records.db'}") as log:
        yield log


@pytest.fixture
def until():
    """Return a function that waits for a condition and returns what it returned."""

    async def wait(condition):
        deadline = time.monotonic() + SECONDS
        while not (found := condition()):
            assert time.monotonic() < deadline, "waited in vain"
            await asyncio.sleep(0.005)
        return found

    return wait


class Signal:
    """A file by which a cell and a test tell each other where they are."""

    def __init__(self, path):
        self.path = path
        self.give = f"open({str(path)!r}, 'w').close()\n"
        self.wait = f"import os\nwhile not os.path.exists({str(path)!r}): pass\n"

    def set(self):
        self.path.touch()

    def is_set(self):
        return self.path.exists()

    def clear(self):
        self.path.unlink(missing_ok=True)


@pytest.fixture
def started(tmp_path):
    """Provide a signal for a cell to give: `started.give` is the code."""
    return Signal(tmp_path / "started")


@pytest.fixture
def go(tmp_path):
    """Provide a signal for a cell to wait for: `go.wait` is the code."""
    return Signal(tmp_path / "go")


@pytest.fixture
def connection_of():
    """Return a context manager that provides another client of the kernel of a session."""

    @contextmanager
    def connect(session):
        client = BlockingKernelClient()
        client.load_connection_file(str(connection_file_of(session)))
        client.start_channels(hb=False)
        try:
            client.wait_for_ready(timeout=SECONDS)
            yield client
        finally:
            client.stop_channels()

    return connect


@pytest.fixture
def patient(monkeypatch):
    """Give interrupted cells the time that they may need on a busy machine."""
    monkeypatch.setattr("threadbook.session.session.GRACE_SECONDS", SECONDS)


@pytest.fixture
def pid_of():
    """Return a function that tells the process number of a session's kernel."""
    return kernel_of


@pytest.fixture
def end_of():
    """Return a function that fetches the record of a cell's end, checked to be one."""

    def fetch(log, seen):
        end = log.get(seen.record_id)
        assert end.kind == "threadbook.cell.end"
        (start,) = end.parents
        assert log.get(start).kind == "threadbook.cell.start"
        return end

    return fetch


@pytest.fixture
def calls_of(end_of):
    """Return a function that gives what a cell has called, as the log has it: call and result."""

    def calls(log, seen):
        (start,) = end_of(log, seen).parents
        found = [one for one in log.read_all(kind=ToolCall.KIND) if start in one.parents]
        results = {one.parents: ToolResult.of(one) for one in log.read_all(kind=ToolResult.KIND)}
        return [(ToolCall.of(one), results[one.id,]) for one in found]

    return calls


@pytest.fixture
def person(tmp_path):
    """Provide an identity that is not the agent's: who answers what it asks."""
    return Identity.key(tmp_path / "person.pem")


def kernel_of(session):
    return session._connection.pid


def connection_file_of(session):
    return session._connection._folder / "kernel.json"


def assert_clean(log):
    report = verify(log)
    assert report.is_clean, "\n".join(map(str, report.problems))
