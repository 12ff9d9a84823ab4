"""Cells that are interrupted, take too long, or are not waited for any more."""

import asyncio

import psutil
import pytest

from threadbook.errors import SessionClosed

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOR_EVER = {
    "a loop": "while True: pass",
    "a sleep": "import time; time.sleep(1000)",
    "a child process": "import subprocess; subprocess.run(['sleep', '1000'])",
    "an await": "import asyncio; await asyncio.sleep(1000)",
    "a task": "import asyncio; await asyncio.gather(*map(asyncio.sleep, [1000] * 5))",
}

DEAF = {
    "C code": "sum(iter(int, 1))",
    "an ignored signal": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    "while True: pass",
    "a caught interrupt": "import time\nwhile True:\n    try:\n        time.sleep(1000)\n"
    "    except KeyboardInterrupt: pass",
}


@pytest.mark.parametrize("name", FOR_EVER)
async def test_an_interrupt_ends_a_cell_and_keeps_the_variables(
    session, started, until, end_of, name
):
    await session.run("kept = 'variable'")
    cell = asyncio.ensure_future(session.run(f"print('output')\n{started.give}{FOR_EVER[name]}"))
    await until(started.is_set)
    session.interrupt()
    result = await cell
    assert result.status == "interrupted"
    assert result.stdout == "output\n"
    assert result.error.name in {"KeyboardInterrupt", "CancelledError"}
    assert not result.state_lost
    assert end_of(session, result).body["status"] == "interrupted"
    after = await session.run("kept")
    assert (after.value, after.state_lost) == ("variable", False)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("name", FOR_EVER)
async def test_a_cell_that_takes_too_long_is_interrupted_and_keeps_the_variables(
    session, end_of, name
):
    await session.run("kept = 'variable'")
    result = await session.run(f"print('output')\n{FOR_EVER[name]}", timeout=0.2)
    assert result.status == "timeout"
    assert result.stdout == "output\n"
    assert not result.state_lost
    assert end_of(session, result).body["status"] == "timeout"
    after = await session.run("kept")
    assert (after.value, after.state_lost) == ("variable", False)


async def test_a_timeout_does_not_touch_cells_that_are_in_time(session):
    results = [await session.run("import time; time.sleep(0.01)", timeout=30) for _ in range(5)]
    assert {result.status for result in results} == {"ok"}


@pytest.mark.usefixtures("patient")
async def test_the_timeout_of_a_session_applies_to_cells_without_their_own(open_session):
    session = await open_session(timeout=0.3)
    assert (await session.run("while True: pass")).status == "timeout"
    assert (await session.run("import time; time.sleep(0.6)", timeout=30)).status == "ok"


@pytest.mark.usefixtures("patient")
async def test_a_timed_out_cell_does_not_go_on(session, tmp_path, go):
    result = await session.run(f"{go.wait}open({str(tmp_path / 'later')!r}, 'w')", timeout=0.2)
    go.set()
    assert result.status == "timeout"
    assert (await session.run("1")).value == 1
    assert not (tmp_path / "later").exists()


@pytest.mark.usefixtures("patient")
async def test_a_cell_that_ends_well_after_an_interrupt_is_not_restarted(session, end_of):
    result = await session.run(
        "import time\ntry:\n    time.sleep(1000)\nexcept KeyboardInterrupt: pass\n'cleaned up'",
        timeout=0.2,
    )
    assert (result.status, result.value, result.state_lost) == ("ok", "cleaned up", False)
    assert end_of(session, result).body["status"] == "ok"


@pytest.mark.parametrize("name", DEAF)
async def test_a_cell_that_ignores_interrupts_costs_the_kernel(open_session, end_of, name):
    session = await open_session()
    thread = session.thread
    await session.run("gone = 1")
    result = await session.run(DEAF[name], timeout=0.2)
    assert (result.status, result.state_lost, result.value) == ("timeout", True, None)
    end = end_of(session, result)
    assert end.body["status"] == "timeout"
    assert "interrupt" in end.body["note"]

    after = await session.run("'gone' in globals(), thread.id, sdk.identity.actor_did")
    assert after.state_lost
    assert after.value == (False, thread, end.actor)
    assert not (await session.run("1")).state_lost

    kinds = [stored.kind for stored in session.log.read_all(thread=thread)]
    assert kinds == [
        "threadbook.session.start",
        *["threadbook.cell.start", "threadbook.cell.end"] * 2,
        "threadbook.session.end",
        "threadbook.session.restart",
        "threadbook.session.start",
        *["threadbook.cell.start", "threadbook.cell.end"] * 2,
    ]
    (restart,) = session.log.read_all(kind="threadbook.session.restart")
    assert restart.body["reason"] == "timeout"


async def test_what_a_killed_kernel_had_started_is_gone_too(open_session):
    session = await open_session()
    child = await session.run("import subprocess; subprocess.Popen(['sleep', '1000']).pid")
    result = await session.run(DEAF["C code"], timeout=0.2)
    assert result.state_lost
    assert is_gone(child.value)


def is_gone(pid):
    """Tell whether a process has ended, even where nobody took notice of it."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def test_an_interrupt_while_nothing_runs_does_nothing(session):
    for _ in range(20):
        session.interrupt()
        result = await session.run("import time; time.sleep(0.005); 'done'")
        assert (result.status, result.value) == ("ok", "done")


async def test_an_interrupt_at_the_end_of_a_cell_does_not_hit_the_next(open_session, go, until):
    session = await open_session()
    for _ in range(10):
        go.clear()
        cell = asyncio.ensure_future(session.run(go.wait))
        await until(lambda: session._running is not None)
        go.set()
        session.interrupt()
        assert (await cell).status in {"ok", "interrupted"}
        result = await session.run("import time; time.sleep(0.005); 'done'")
        assert (result.status, result.value) == ("ok", "done")


@pytest.mark.usefixtures("patient")
async def test_a_cancelled_call_ends_its_cell_first(session, started, until):
    await session.run("kept = 'variable'")
    cell = asyncio.ensure_future(session.run(f"{started.give}while True: pass"))
    await until(started.is_set)
    cell.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cell
    (end,) = session.log.latest(thread=session.thread, kind="threadbook.cell.end")
    assert end.body["status"] == "interrupted"
    after = await session.run("kept")
    assert (after.value, after.state_lost) == ("variable", False)


@pytest.mark.usefixtures("patient")
async def test_a_call_that_is_cancelled_again_and_again_still_ends_its_cell_first(
    session, started, until
):
    await session.run("kept = 'variable'")
    cell = asyncio.ensure_future(session.run(f"{started.give}while True: pass"))
    await until(started.is_set)
    while not cell.done():
        cell.cancel()
        await asyncio.sleep(0)
    assert cell.cancelled()
    after = await session.run("kept")
    assert (after.status, after.value) == ("ok", "variable")


@pytest.mark.usefixtures("patient")
async def test_wait_for_leaves_a_usable_session(session):
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(session.run("while True: pass"), 0.1)
        assert (await session.run("1")).value == 1


async def test_a_cancelled_cell_that_ignores_interrupts_costs_the_kernel(
    open_session, started, until
):
    session = await open_session()
    cell = asyncio.ensure_future(session.run(f"{started.give}{DEAF['C code']}"))
    await until(started.is_set)
    cell.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cell
    after = await session.run("1")
    assert (after.value, after.state_lost) == (1, True)
    ends = session.log.read_all(thread=session.thread, kind="threadbook.cell.end")
    assert [end.body["status"] for end in ends] == ["interrupted", "ok"]


@pytest.mark.usefixtures("patient")
async def test_a_call_that_is_cancelled_while_it_waits_never_runs(session, started, go, until):
    first = asyncio.ensure_future(session.run(f"{started.give}{go.wait}'first'"))
    second = asyncio.ensure_future(session.run("never = 1"))
    third = asyncio.ensure_future(session.run("'never' in globals()"))
    await until(started.is_set)
    second.cancel()
    go.set()
    assert (await first).value == "first"
    assert (await third).value is False
    assert second.cancelled()


async def test_a_call_that_is_cancelled_during_a_restart_leaves_a_usable_session(
    open_session, until
):
    session = await open_session()
    await session.run("import os; os._exit(1)")
    cell = asyncio.ensure_future(session.run("never = 1"))
    await until(session._queue.locked)
    cell.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cell
    assert (await session.run("'never' in globals()")).value is False


@pytest.mark.usefixtures("patient")
async def test_closing_ends_a_running_cell_and_refuses_those_that_wait(
    open_session, started, until, log
):
    session = await open_session()
    running = asyncio.ensure_future(session.run(f"{started.give}while True: pass"))
    waiting = asyncio.ensure_future(session.run("1"))
    await until(started.is_set)
    await session.close()
    result = await running
    assert (result.status, result.state_lost) == ("interrupted", False)
    assert log.get(result.record_id).body["status"] == "interrupted"
    with pytest.raises(SessionClosed):
        await waiting


async def test_closing_ends_a_running_cell_that_ignores_interrupts(
    open_session, started, until, log
):
    session = await open_session()
    running = asyncio.ensure_future(session.run(f"{started.give}{DEAF['C code']}"))
    await until(started.is_set)
    await session.close()
    result = await running
    assert (result.status, result.state_lost) == ("interrupted", True)
    assert log.get(result.record_id).body["status"] == "interrupted"
    assert len(log.read(kind="threadbook.session.end")) == 1
    assert log.read(kind="threadbook.session.restart") == []


async def test_closing_during_a_restart_leaves_nothing(open_session):
    session = await open_session()
    await session.run("import os; os._exit(1)")
    waiting = asyncio.ensure_future(session.run("1"))
    await asyncio.sleep(0)
    await session.close()
    with pytest.raises(SessionClosed):
        await waiting
