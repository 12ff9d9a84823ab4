"""Kernels that die, and sessions that go on."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter

import psutil
import pytest

from threadbook.errors import KernelStartError

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOST = """
import asyncio, sys
from threadbook.session import Session

async def main():
    async with Session() as session:
        await session.run("1")
        print(session._connection.pid, flush=True)
        await session.run(sys.argv[1])

asyncio.run(main())
"""


async def test_a_kernel_that_exits_is_noticed_without_a_timeout(open_session, end_of, log):
    session = await open_session()
    await session.run("gone = 1")
    result = await session.run("import os; os._exit(1)")
    assert (result.status, result.value, result.error) == ("died", None, None)
    assert result.state_lost
    assert not result.is_ok
    end = end_of(session, result)
    assert end.body["status"] == "died"
    assert log.get(end.parents[0]).body["code"] == "import os; os._exit(1)"

    after = await session.run("'gone' in globals(), thread.id, type(sdk).__name__")
    assert after.state_lost
    assert after.value == (False, session.thread, "Client")
    assert not (await session.run("1")).state_lost
    assert kinds_of(session)["threadbook.session.end"] == 1
    assert kinds_of(session)["threadbook.session.restart"] == 1


def kinds_of(session):
    return Counter(stored.kind for stored in session.log.read_all(thread=session.thread))


async def test_a_kernel_killed_while_it_runs_a_cell_is_noticed(
    open_session, pid_of, started, until, end_of, verified
):
    session = await open_session()
    cell = asyncio.ensure_future(session.run(f"{started.give}while True: pass"))
    await until(started.is_set)
    os.kill(pid_of(session), signal.SIGKILL)
    result = await cell
    assert (result.status, result.state_lost) == ("died", True)
    assert end_of(session, result).body["status"] == "died"
    after = await session.run("1")
    assert (after.value, after.state_lost) == (1, True)
    assert kinds_of(session)["threadbook.session.end"] == 1
    verified(session)


async def test_a_kernel_killed_while_idle_is_replaced_before_the_next_cell(open_session, pid_of):
    session = await open_session()
    await session.run("gone = 1")
    pid = pid_of(session)
    os.kill(pid, signal.SIGKILL)
    result = await session.run("'gone' in globals()")  # at once: nobody had time to notice
    assert (result.status, result.value, result.state_lost) == ("ok", False, True)
    assert result.record_id
    assert pid_of(session) != pid
    assert not (await session.run("1")).state_lost
    assert kinds_of(session)["threadbook.session.end"] == 1
    assert kinds_of(session)["threadbook.cell.start"] == 3


async def test_a_death_that_was_noticed_while_idle_costs_no_cell(open_session, pid_of, until):
    session = await open_session()
    os.kill(pid_of(session), signal.SIGKILL)
    await until(session._connection.died.is_set)
    result = await session.run("1")
    assert (result.status, result.value, result.state_lost) == ("ok", 1, True)


async def test_a_cell_may_end_the_kernel(open_session, until):
    session = await open_session()
    result = await session.run("exit()")
    assert (result.status, result.state_lost) == ("ok", False)
    await until(session._connection.died.is_set)
    result = await session.run("2")
    assert (result.status, result.value, result.state_lost) == ("ok", 2, True)
    assert kinds_of(session)["threadbook.session.end"] == 1


async def test_cells_that_wait_behind_a_death_run_in_the_next_kernel(open_session):
    session = await open_session()
    results = await asyncio.gather(
        *map(session.run, ["import os; os._exit(1)", "1", "import os; os._exit(1)", "2"])
    )
    assert [result.status for result in results] == ["died", "ok", "died", "ok"]
    assert [result.value for result in results] == [None, 1, None, 2]
    assert all(result.state_lost for result in results)
    assert kinds_of(session)["threadbook.session.end"] == 2


async def test_output_from_before_a_death_is_kept(open_session, pid_of, until):
    session = await open_session()
    cell = asyncio.ensure_future(session.run("print('last words', flush=True)\nwhile True: pass"))
    await until(lambda: session._running is not None and session._running.fold.outputs)
    os.kill(pid_of(session), signal.SIGKILL)
    result = await cell
    assert (result.status, result.stdout) == ("died", "last words\n")


async def test_a_kernel_that_does_not_react_at_all_is_replaced(open_session, pid_of, until):
    session = await open_session()
    os.kill(pid_of(session), signal.SIGSTOP)
    result = await session.run("1", timeout=0.2)
    assert (result.status, result.state_lost) == ("timeout", True)
    assert (await session.run("2")).value == 2


async def test_a_kernel_that_can_no_longer_be_understood_is_replaced(open_session):
    session = await open_session()
    result = await session.run("get_ipython().kernel.session.key = b'another'")
    assert (result.status, result.state_lost) == ("died", True)
    assert (await session.run("2")).value == 2


async def test_a_replacement_that_does_not_start_is_an_error_until_one_does(open_session, tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    session = await open_session(cwd=folder)
    folder.rmdir()
    assert (await session.run("import os; os._exit(1)")).status == "died"
    for _ in range(2):
        with pytest.raises(KernelStartError, match="work"):
            await session.run("1")
    folder.mkdir()
    result = await session.run("1")
    assert (result.value, result.state_lost) == (1, True)


async def test_a_death_ends_only_the_session_of_the_dead_kernel(open_session, pid_of, log):
    one = await open_session(thread="th_shared")
    others = await asyncio.gather(*(open_session(thread="th_shared") for _ in range(3)))
    await asyncio.gather(*(other.run("mine = 1") for other in others))
    assert (await one.run("import os; os._exit(1)")).status == "died"
    (end,) = log.read_all(kind="threadbook.session.end")
    start = log.get(end.body["session"])
    assert start.thread == "th_shared"
    living = {pid_of(other) for other in others}
    assert start.body["pid"] not in living
    for other in others:
        result = await other.run("mine")
        assert (result.value, result.state_lost) == (1, False)


async def test_each_of_several_sessions_that_start_at_once_knows_its_own_kernel(
    open_session, pid_of, log
):
    sessions = await asyncio.gather(*(open_session(thread="th_shared") for _ in range(4)))
    for session in sessions:
        assert log.get(session._session).body["pid"] == pid_of(session)


@pytest.mark.parametrize("code", ["import time; time.sleep(1000)", "while True: pass"])
async def test_a_kernel_does_not_outlive_the_process_of_its_session(until, log, code):
    host = subprocess.Popen([sys.executable, "-c", HOST, code], stdout=subprocess.PIPE, text=True)
    kernel = psutil.Process(int(host.stdout.readline()))
    await until(lambda: len(log.read(kind="threadbook.cell.start")) == 2)
    host.kill()
    host.wait()
    await until(lambda: not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE)
    host.stdout.close()


async def test_the_next_session_writes_the_ends_that_a_dead_host_could_not(
    until, log, open_session, verified
):
    code = "import time; time.sleep(1000)"
    host = subprocess.Popen([sys.executable, "-c", HOST, code], stdout=subprocess.PIPE, text=True)
    kernel = psutil.Process(int(host.stdout.readline()))
    await until(lambda: len(log.read(kind="threadbook.cell.start")) == 2)
    kernel.kill()
    host.kill()
    host.wait()
    host.stdout.close()
    session = await open_session()
    ends = log.read(kind="threadbook.cell.end")
    assert [end.body["status"] for end in ends] == ["ok", "died"]
    assert len(log.read(kind="threadbook.session.end")) == 1
    verified(session)
