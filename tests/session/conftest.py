"""Sessions for the tests: real kernels, with files of their own that are gone in the end."""

import asyncio
import os
import shutil
import tempfile
import time
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path

import nbformat
import psutil
import pytest
import pytest_asyncio

from threadbook.log.log import open_log
from threadbook.log.verify import verify
from threadbook.session import Session

SECONDS = 60
"""How long to wait for anything before the test fails; nothing takes that long."""


@contextmanager
def environment(folder):
    """Set the variables that keep all files of a session inside `folder`."""
    variables = {
        "HOME": folder,
        "THREADBOOK_STORE": folder / "records.db",
        "THREADBOOK_KEY": folder / "key.pem",
        "THREADBOOK_OUTBOX": folder / "outbox",
        "IPYTHONDIR": folder / "ipython",
        "JUPYTER_DATA_DIR": folder / "jupyter",
        "JUPYTER_RUNTIME_DIR": folder / "runtime",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            # ipykernel does not watch file descriptors where it believes to be inside pytest.
            if name.startswith(("THREADBOOK", "JUPYTER", "PYTEST_CURRENT")):
                patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, str(value))
        patch.setenv("THREADBOOK_STORE", f"sqlite:///{folder / 'records.db'}")
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
    folder, before = Path(tempfile.mkdtemp(prefix="s")), set(psutil.pids())
    yield folder
    left, deadline = what_is_left(folder, before), time.monotonic() + SECONDS
    while left and time.monotonic() < deadline:
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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(tmp_path_factory):
    """Provide a session that the tests of a module share: they leave its kernel as it is."""
    folder = tmp_path_factory.mktemp("shared")
    with short_folder() as sockets:
        with environment(folder), pytest.MonkeyPatch.context() as patch:
            patch.setattr(tempfile, "tempdir", str(sockets))
            session = await Session().start()
        pid = kernel_of(session)
        yield session
        assert kernel_of(session) == pid
        assert_clean(session)
        await session.close()


@pytest_asyncio.fixture(loop_scope="module")
async def open_session(monkeypatch):
    """Open sessions; those on one store are all that a test opens, unless it names another."""
    async with AsyncExitStack() as stack:

        async def open_(**options):
            monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
            session = Session(**options)
            stack.push_async_callback(session.close)
            return await session.start()

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


def kernel_of(session):
    return session._connection.pid


def assert_clean(session):
    report = verify(session.log)
    assert report.is_clean, "\n".join(map(str, report.problems))


@pytest.fixture
def patient(monkeypatch):
    """Give interrupted cells the time that they may need on a busy machine."""
    monkeypatch.setattr("threadbook.session.session.GRACE_SECONDS", SECONDS)


@pytest.fixture
def pid_of():
    """Return a function that tells the process number of a session's kernel."""
    return kernel_of


@pytest.fixture
def verified():
    """Return a function that checks every record of a session's log."""
    return assert_clean


@pytest.fixture
def end_of():
    """Return a function that fetches the record of a cell's end, checked to be one."""

    def fetch(session, result):
        end = session.log.get(result.record_id)
        assert end.kind == "threadbook.cell.end"
        (start,) = end.parents
        assert session.log.get(start).kind == "threadbook.cell.start"
        return end

    return fetch


@pytest.fixture
def as_notebook():
    """Return a function that checks outputs against the schema of notebooks."""

    def check(outputs):
        cell = nbformat.v4.new_code_cell("", outputs=[nbformat.from_dict(o) for o in outputs])
        notebook = nbformat.v4.new_notebook(cells=[cell])
        nbformat.validate(notebook)
        return notebook

    return check
