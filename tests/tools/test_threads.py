"""Threads that wait for the next call, of whatever was called before."""

import asyncio
import threading
import time
import weakref

import pytest

from threadbook.tools import threads
from threadbook.tools.threads import KeptThreads

SECONDS = 30


@pytest.fixture
def kept():
    kept = KeptThreads("kept")
    yield kept
    kept.close()
    until(lambda: not running())


def running():
    return [thread for thread in threading.enumerate() if thread.name == "kept"]


def until(is_so):
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def done(kept, job=threading.get_ident):
    """Run a job, and return what it returned."""
    found, is_done = [], threading.Event()
    kept.run(lambda: (found.append(job()), is_done.set()))
    assert is_done.wait(SECONDS)
    return found[0]


def idle(kept, number):
    until(lambda: kept._idle == number)


def test_a_thread_is_used_again(kept):
    first = done(kept)
    idle(kept, 1)
    assert done(kept) == first
    assert len(running()) == 1


def test_a_job_that_hangs_keeps_no_other_waiting(kept):
    release = threading.Event()
    kept.run(release.wait)
    assert done(kept) != threading.get_ident()
    release.set()
    idle(kept, 2)


def test_many_jobs_at_once_have_a_thread_each_and_all_are_done(kept):
    meeting, met = threading.Barrier(20, timeout=SECONDS), []
    for turn in range(1, 4):
        for _ in range(20):
            kept.run(lambda: met.append(meeting.wait()))
        idle(kept, 20)
        assert sorted(met) == sorted([*range(20)] * turn)
    assert len(running()) == 20


def test_a_thread_that_nobody_needs_ends_and_no_job_is_lost_to_it(kept, monkeypatch):
    monkeypatch.setattr(threads, "_IDLE_SECONDS", 0.001)
    assert all(done(kept) for _ in range(300))  # some of them just as the thread gives up
    until(lambda: not running())
    assert done(kept)


def test_what_a_job_held_is_let_go_with_it(kept):
    class Held:
        pass

    gone, held = threading.Event(), Held()
    weakref.finalize(held, gone.set)
    kept.run(lambda _held=held: None)
    del held
    assert gone.wait(SECONDS)


def test_after_close_there_is_no_thread_and_a_job_starts_one(kept):
    done(kept)
    idle(kept, 1)
    kept.close()
    kept.close()
    until(lambda: not running())
    assert done(kept)


@pytest.mark.parametrize("moment", [0.0, SECONDS])
async def test_a_call_returns_what_the_function_does_and_says_when_it_has_ended(kept, moment):
    ended = []
    assert await kept.call(lambda: 3, moment=moment, ended=lambda: ended.append(1)) == 3
    assert ended == [1]
    with pytest.raises(ZeroDivisionError):
        await kept.call(lambda: 1 // 0, moment=moment, ended=lambda: ended.append(2))
    assert ended == [1, 2]


async def test_what_is_not_quick_after_all_does_not_keep_the_loop(kept):
    release = threading.Event()
    slow = asyncio.ensure_future(kept.call(lambda: release.wait(SECONDS), moment=0.001))
    assert await kept.call(lambda: 3) == 3  # which it would not come to
    assert not slow.done()
    release.set()
    assert await slow is True


async def test_a_call_that_is_cancelled_is_over_when_its_function_has_ended(kept):
    release, ended = threading.Event(), asyncio.Event()
    calling = asyncio.ensure_future(
        kept.call(lambda: release.wait(SECONDS), moment=0.001, ended=ended.set)
    )
    await asyncio.sleep(0)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert not ended.is_set()
    release.set()
    await asyncio.wait_for(ended.wait(), SECONDS)
