"""What a session does to its thread."""

import asyncio

import pytest

from threadbook.log.checkpoints import LOG_THREAD
from threadbook.records.record import new_thread_id

pytestmark = pytest.mark.asyncio(loop_scope="module")

CELL = ["threadbook.cell.start", "threadbook.cell.end"]


def kinds_on(log, thread):
    return [stored.kind for stored in log.read_all(thread=thread)]


def assert_linked(log, thread):
    """Check that each record but the first continues an earlier one of the thread."""
    first, *others = log.read_all(thread=thread)
    assert first.parents == ()
    known = {first.id}
    for stored in others:
        assert stored.parents, stored.kind
        assert known.issuperset(stored.parents), stored.kind
        known.add(stored.id)


async def test_a_session_records_its_start_its_cells_and_its_end(open_session, log):
    session = await open_session()
    await session.run("1")
    await session.run("2")
    await session.close()
    assert kinds_on(log, session.thread) == [
        "threadbook.session.start",
        *CELL,
        *CELL,
        "threadbook.session.end",
    ]
    assert {summary.thread for summary in log.threads()} == {session.thread, LOG_THREAD}
    assert kinds_on(log, LOG_THREAD) == ["threadbook.log.checkpoint"]
    assert_linked(log, session.thread)


async def test_a_new_session_has_a_new_thread(open_session):
    threads = {(await open_session()).thread for _ in range(2)}
    assert len(threads) == 2
    assert all(thread.startswith("th_") and len(thread) == 67 for thread in threads)


async def test_a_goal_opens_the_thread(open_session, log):
    session = await open_session(goal="find the mean")
    assert (await session.run("thread.goal")).value == "find the mean"
    first = log.read(thread=session.thread)[0]
    assert (first.act, first.kind, first.body["goal"]) == ("INTEND", "core.intent", "find the mean")
    assert_linked(log, session.thread)


async def test_all_records_of_a_session_have_one_signing_author(open_session, log):
    session = await open_session(goal="find the mean")
    await session.run("import os; os._exit(1)")
    await session.run("sdk.emit_sync(act='KNOW', kind='a.b.c', body={})")
    stored = list(log.read_all())
    assert len({record.actor for record in stored}) == 1
    assert all(record.is_signed for record in stored)


async def test_an_existing_thread_goes_on(open_session, log, verified):
    thread = new_thread_id()
    first = await open_session(thread=thread, goal="begin")
    await first.run("x = 1")
    await first.close()
    second = await open_session(thread=thread, goal="go on")
    result = await second.run("'x' in globals(), thread.id, thread.goal")
    assert result.value == (False, thread, "go on")
    assert second.thread == thread
    assert kinds_on(log, thread) == [
        "core.intent",
        "threadbook.session.start",
        *CELL,
        "threadbook.session.end",
        "core.intent",
        "threadbook.session.start",
        *CELL,
    ]
    assert_linked(log, thread)
    verified(second)


async def test_the_environment_may_name_the_thread(open_session, monkeypatch):
    monkeypatch.setenv("THREADBOOK_THREAD", "th_from_environment")
    assert (await open_session()).thread == "th_from_environment"
    assert (await open_session(thread="th_own")).thread == "th_own"


async def test_what_a_cell_emits_continues_the_cell_on_the_thread(open_session, log, end_of):
    session = await open_session()
    result = await session.run(
        "sdk.emit_sync(act='KNOW', kind='a.b.c', body={'n': 1}).record_id,"
        " thread.fulfil('x').success"
    )
    record_id, is_fulfilled = result.value
    assert is_fulfilled
    (start,) = end_of(session, result).parents
    emitted = log.get(record_id)
    assert (emitted.thread, emitted.parents) == (session.thread, (start,))
    assert_linked(log, session.thread)


async def test_a_reset_loses_variables_and_keeps_the_thread(open_session, pid_of, log, verified):
    session = await open_session(goal="find the mean")
    thread, pid = session.thread, pid_of(session)
    await session.run("gone = 1")
    await session.reset()
    result = await session.run("'gone' in globals(), thread.id, thread.goal, sdk is not None")
    assert result.value == (False, thread, "find the mean", True)
    assert result.state_lost
    assert result.execution_count == 1
    assert not (await session.run("1")).state_lost
    assert pid_of(session) != pid
    assert kinds_on(log, thread) == [
        *("core.intent", "threadbook.session.start", *CELL),
        *("threadbook.session.restart", "threadbook.session.end"),
        *("threadbook.session.start", *CELL, *CELL),
    ]
    (restart,) = log.read(kind="threadbook.session.restart")
    assert restart.body["reason"] == "reset"
    first_start = log.read(kind="threadbook.session.start")[0]
    assert restart.body["session"] == first_start.id
    assert_linked(log, thread)
    verified(session)


async def test_a_reset_takes_its_turn(open_session):
    session = await open_session()
    results = await asyncio.gather(
        session.run("x = 1"), session.run("x"), session.reset(), session.run("'x' in globals()")
    )
    assert [result.value for result in results if result] == [None, 1, False]


async def test_a_long_and_eventful_thread_verifies(open_session, log, verified, started, until):
    session = await open_session(goal="everything", timeout=30)
    run = session.run
    await asyncio.gather(*(run(f"x{n} = {n}; print({n})") for n in range(20)))
    await run("'large' * 100_000")
    await run("import sys; sys.stdout.write('x' * 2**21)")
    await run("float('nan'), '\\udc80', 1/0")
    await run("raise ValueError('\\x1b[31m' + 'x' * 100_000)")
    await run("while True: pass", timeout=0.2)
    cell = asyncio.ensure_future(run(f"{started.give}import time; time.sleep(1000)"))
    await until(started.is_set)
    session.interrupt()
    assert (await cell).status == "interrupted"
    await run("sum(iter(int, 1))", timeout=0.2)
    await run("import threading; threading.Thread(target=print, args=('late',)).start()")
    await run("thread.checkpoint('half way'); %thread goal another")
    await run("import os; os._exit(1)")
    await session.reset()
    await run("thread.fulfil('done')")
    await session.close()

    assert_linked(log, session.thread)
    starts = {s.id for s in log.read_all(kind="threadbook.cell.start")}
    ends = [end.parents for end in log.read_all(kind="threadbook.cell.end")]
    assert sorted(ends) == sorted((start,) for start in starts)
    sessions = [s.id for s in log.read_all(kind="threadbook.session.start")]
    ended = [end.body["session"] for end in log.read_all(kind="threadbook.session.end")]
    assert ended == sessions
    assert len(sessions) == 4
    again = await open_session()
    verified(again)
