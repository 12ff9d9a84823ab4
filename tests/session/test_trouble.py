"""Sessions whose store cannot be written for a while: cells run, and nothing is lost."""

import asyncio
import os
import signal
import sqlite3
from contextlib import closing

import pytest

from threadbook.errors import BlobNotFound
from threadbook.session import LargeValue

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def locked(tmp_path):
    """Return a function that keeps all others from writing to the store, and one that ends it."""
    path = tmp_path / "records.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:

        def lock():
            connection.execute("BEGIN IMMEDIATE")
            return lambda: connection.execute("ROLLBACK")

        yield lock


async def test_cells_run_while_the_store_is_locked_and_are_recorded_later(
    open_session, locked, log, verified
):
    session = await open_session()
    unlock = locked()
    results = [await session.run(code) for code in ("1 + 1", "print('x')", "1/0", "'L' * 100_000")]
    assert [result.status for result in results] == ["ok", "ok", "error", "ok"]
    assert results[0].value == 2
    assert results[1].stdout == "x\n"
    assert "tracing is off" in results[0].stderr
    for result in results:
        assert "locked" in result.trouble
        assert result.record_id
    assert isinstance(results[3].value, LargeValue)
    with pytest.raises(BlobNotFound):
        results[3].value.load()
    assert len(log.read()) == 1

    unlock()
    after = await session.run("2")
    assert after.trouble is None
    assert "tracing is on again" in after.stderr
    for result, status in zip(results, ("ok", "ok", "error", "ok"), strict=True):
        end = log.get(result.record_id)
        assert end.body["status"] == status
        assert log.get(end.parents[0]).kind == "threadbook.cell.start"
    assert results[3].value.load() == "L" * 100_000
    verified(session)


async def test_what_was_kept_back_is_delivered_on_closing(open_session, locked, log):
    session = await open_session()
    unlock = locked()
    result = await session.run("1")
    assert result.trouble
    unlock()
    await session.close()
    assert log.get(result.record_id).body["status"] == "ok"
    assert len(log.read(kind="threadbook.session.end")) == 1


async def test_a_session_may_start_while_the_store_is_locked(open_session, locked, log, verified):
    session = await open_session()
    await session.close()
    unlock = locked()
    session = await open_session(goal="in spite of it")
    result = await session.run("1")
    assert (result.value, "locked" in result.trouble) == (1, True)
    unlock()
    assert (await session.run("2")).trouble is None
    goal = next(s for s in log.read_all(kind="core.intent"))
    assert (goal.thread, goal.body["goal"]) == (session.thread, "in spite of it")
    assert log.get(result.record_id).thread == session.thread
    verified(session)


async def test_a_cell_that_dies_with_its_start_kept_back_has_an_end(
    open_session, locked, pid_of, started, until, log, verified
):
    session = await open_session()
    unlock = locked()
    cell = asyncio.ensure_future(session.run(f"{started.give}while True: pass"))
    await until(started.is_set)
    unlock()
    os.kill(pid_of(session), signal.SIGKILL)
    result = await cell
    assert (result.status, result.trouble) == ("died", None)
    assert log.get(result.record_id).body["status"] == "died"
    assert (await session.run("1")).trouble is None
    verified(session)


async def test_a_file_that_is_no_store_costs_the_record_and_not_the_result(open_session, tmp_path):
    (tmp_path / "notes.txt").write_text("not a database " * 100)
    session = await open_session(store=tmp_path / "notes.txt")
    result = await session.run("6 * 7")
    assert result.value == 42
    assert "no SQLite database" in result.trouble
    assert (tmp_path / "notes.txt").read_text() == "not a database " * 100
