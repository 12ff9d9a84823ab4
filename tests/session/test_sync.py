"""Sessions for programs without an event loop."""

import asyncio
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from threadbook.errors import ConfigError, KernelStartError, SessionClosed
from threadbook.session import Session, SyncSession

SECONDS = 60

INTERRUPTED_BY_CTRL_C = """
import sys
from threadbook.session import Session

with Session.sync() as session:
    session.run("kept = 1")
    try:
        session.run(sys.argv[1])
    except KeyboardInterrupt:
        print("interrupted")
    print(session.run("kept").value, flush=True)
"""

STARTED_UNDER_CTRL_C = """
from threadbook.session import Session
try:
    Session.sync(kernel_name="mute").start()
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.fixture
def wait_for():
    """Return a function that waits for a condition."""

    def wait(condition):
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.005)

    return wait


_OTHERS: set[threading.Thread] = set()


@pytest.fixture(autouse=True)
def others():
    """Note the threads that other tests of this process have left."""
    _OTHERS.clear()
    _OTHERS.update(threading.enumerate())


def session_threads():
    threads = set(threading.enumerate()) - _OTHERS
    return [thread for thread in threads if thread.name == "threadbook-session"]


def test_a_blocking_session_does_all_that_a_session_does(log):
    with Session.sync(goal="find the mean", timeout=30) as session:
        assert isinstance(session, SyncSession)
        result = session.run("print('x'); (1, b'2')")
        assert (result.status, result.value, result.stdout) == ("ok", (1, b"2"), "x\n")
        assert session.log.get(result.record_id).thread == session.thread
        assert session.run("1/0").error.name == "ZeroDivisionError"
        assert session.run("while True: pass", timeout=0.2).status == "timeout"
        assert len(session.run("'x' * 100_000").value.load()) == 100_000
        session.run("gone = 1")
        session.reset()
        assert session.run("'gone' in globals()").value is False
    assert session_threads() == []
    assert log.read()[0].body["goal"] == "find the mean"
    assert len(log.read(kind="threadbook.session.end")) == 2


async def test_a_blocking_session_works_inside_a_running_event_loop():
    assert asyncio.get_running_loop().is_running()
    with Session.sync() as session:
        assert session.run("6 * 7").value == 42
        assert session.run("import asyncio; await asyncio.sleep(0, 'awaited')").value == "awaited"


def test_another_thread_may_interrupt_a_cell(started, wait_for):
    with Session.sync() as session:

        def interrupt():
            wait_for(started.is_set)
            session.interrupt()

        other = threading.Thread(target=interrupt)
        other.start()
        result = session.run(f"kept = 1\n{started.give}while True: pass")
        other.join()
        assert result.status == "interrupted"
        assert session.run("kept").value == 1


def test_several_threads_may_run_cells():
    with Session.sync() as session:
        values = {}

        def work(n):
            values[n] = [session.run(f"{n} * 1000 + {i}").value for i in range(5)]

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert values == {n: [n * 1000 + i for i in range(5)] for n in range(8)}


def test_input_is_answered():
    with Session.sync(on_input=lambda prompt, _is_password: f"{prompt}!") as session:
        assert session.run("input('hey')").value == "hey!"


@pytest.mark.parametrize(
    "wait", ["while True: pass", "import time; time.sleep(1000)"], ids=["loop", "sleep"]
)
def test_ctrl_c_interrupts_the_cell_and_leaves_the_session_usable(started, wait_for, wait):
    script = [sys.executable, "-c", INTERRUPTED_BY_CTRL_C, f"{started.give}{wait}"]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as process:
        wait_for(started.is_set)
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=SECONDS)
    assert (printed, process.returncode) == ("interrupted\n1\n", 0)


def test_ctrl_c_while_the_kernel_starts_leaves_no_kernel(tmp_path, wait_for):
    folder = tmp_path / "jupyter" / "kernels" / "mute"
    folder.mkdir(parents=True)
    ready = tmp_path / "ready"
    code = f"import time; open({str(ready)!r}, 'w').close(); time.sleep(1000)"
    (folder / "kernel.json").write_text(
        f'{{"argv": ["{sys.executable}", "-c", "{code}"], "display_name": "", "language": ""}}'
    )
    script = [sys.executable, "-c", STARTED_UNDER_CTRL_C]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as process:
        wait_for(ready.exists)
        (kernel,) = psutil.Process(process.pid).children()
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=SECONDS)
    assert (printed, process.returncode) == ("interrupted\n", 0)
    assert not kernel.is_running()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"kernel_name": "no_such_kernel"}, KernelStartError),
        ({"store": "memory:"}, ConfigError),
        ({"store": "nosuchdb://x"}, ConfigError),
    ],
)
def test_a_start_that_fails_raises_and_leaves_no_thread(options, error):
    session = Session.sync(**options)
    for _ in range(2):
        with pytest.raises(error):
            session.start()
    assert session_threads() == []
    with pytest.raises(SessionClosed):
        session.run("1")


def test_a_session_that_is_not_open_refuses_calls():
    session = Session.sync()
    for _ in range(2):
        with pytest.raises(SessionClosed):
            session.run("1")
        with pytest.raises(SessionClosed):
            session.interrupt()
        with pytest.raises(SessionClosed):
            session.reset()
        with pytest.raises(SessionClosed):
            _ = session.thread
        with pytest.raises(SessionClosed):
            _ = session.log
        session.close()
        with session:
            session.start()
            assert session.run("1").value == 1


def test_closing_while_another_thread_runs_a_cell_ends_both(started, wait_for):
    session = Session.sync().start()
    results = []
    code = f"{started.give}while True: pass"
    runner = threading.Thread(target=lambda: results.append(session.run(code)))
    runner.start()
    wait_for(started.is_set)
    session.close()
    runner.join()
    assert [result.status for result in results] == ["interrupted"]
    assert session_threads() == []


def test_a_session_left_open_warns_and_takes_its_kernel_along():
    session = Session.sync().start()
    kernel = psutil.Process(session.run("import os; os.getpid()").value)
    forget = [session].clear
    del session
    with pytest.warns(ResourceWarning, match="unclosed <Session"):
        forget()
    assert kernel.wait(SECONDS) is not None
