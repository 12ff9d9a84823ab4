"""The writer: many appends in few commits, and what one of them cannot do to the others."""

import asyncio
import threading
from contextlib import contextmanager

import pytest

from threadbook.errors import DuplicateClock, RecordError, StoreUnavailable
from threadbook.log import open_log
from threadbook.log.entry import Sealed
from threadbook.records.record import Record
from threadbook.service.writer import Writer

SECONDS = 90


def sealed(number, clock=None, **fields):
    record = Record(
        act="DO",
        actor="did:sync:agent:ann",
        body={"n": number},
        clock=number + 1 if clock is None else clock,
        data_type="SCALAR",
        parents=(),
        thread="th",
    )
    return Sealed.of(record, **fields)


@pytest.fixture
def log(tmp_path):
    with open_log(f"sqlite:///{tmp_path}/log.db", busy_timeout=0.2) as log:
        yield log


@pytest.fixture
def while_busy(tmp_path):
    """Return a context in which another process's write holds the store."""

    @contextmanager
    def busy():
        with open_log(f"sqlite:///{tmp_path}/log.db") as other, other.store.write():
            yield

    return busy


async def all_of(writer, entries):
    return await asyncio.gather(*map(writer.append, entries), return_exceptions=True)


def with_writer(log, work):
    async def go():
        writer = Writer(log)
        writer.start()
        try:
            return await asyncio.wait_for(work(writer), SECONDS)
        finally:
            await writer.stop()

    return asyncio.run(go())


def test_records_are_stored_in_the_order_given_in_few_commits(log):
    before = log.store.version()
    found = with_writer(log, lambda writer: all_of(writer, [sealed(n) for n in range(200)]))
    assert [stored.seq for stored in found] == list(range(1, 201))
    assert [stored.body["n"] for stored in log.read(limit=300)] == list(range(200))
    assert log.store.version() != before


@pytest.mark.parametrize("place", [0, 1, 31, 62, 63])
def test_bad_records_in_a_batch_do_no_harm_to_the_others(log, place):
    entries = [sealed(n) for n in range(64)]
    entries[place] = sealed(place, sig=bytes(64))
    entries[20] = sealed(1000, clock=entries[19].record.clock)  # taken by its neighbour
    found = with_writer(log, lambda writer: all_of(writer, entries))
    assert isinstance(found[place], RecordError)
    assert isinstance(found[20], DuplicateClock)
    stored = [one for n, one in enumerate(found) if n not in (place, 20)]
    assert [one.body["n"] for one in log.read(limit=100)] == [one.body["n"] for one in stored]
    assert [one.seq for one in stored] == list(range(1, 63))


def test_what_no_store_can_keep_hurts_only_itself(log):
    """Even what fails in a way that nobody foresaw."""
    poison = sealed(5, judged_by=5)
    found = with_writer(log, lambda writer: all_of(writer, [sealed(0), poison, sealed(1)]))
    assert isinstance(found[1], Exception)
    assert [one.seq for one in (found[0], found[2])] == [1, 2]


def test_the_same_record_twice_in_a_batch_is_one(log):
    first, again = with_writer(log, lambda writer: all_of(writer, [sealed(1), sealed(1)]))
    assert (first.seq, again.seq, log.size) == (1, 1, 1)


def test_while_the_store_is_busy_all_are_told_and_later_ones_are_stored(log, while_busy):
    async def work(writer):
        with while_busy():
            refused = await all_of(writer, [sealed(n) for n in range(3)])
        return refused, await writer.append(sealed(9))

    refused, stored = with_writer(log, work)
    assert [type(error) for error in refused] == [StoreUnavailable] * 3
    assert (stored.seq, log.size) == (1, 1)


def test_one_who_no_longer_waits_has_the_record_all_the_same(log):
    async def work(writer):
        waiting = asyncio.create_task(writer.append(sealed(1)))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return await writer.append(sealed(2))

    assert with_writer(log, work).seq == 2
    assert [stored.body["n"] for stored in log.read()] == [1, 2]


def test_when_too_many_wait_the_next_is_told_to_come_back(log):
    async def work(writer):
        waiting = [asyncio.create_task(writer.append(sealed(n))) for n in range(1024)]
        await asyncio.sleep(0)
        with pytest.raises(StoreUnavailable):
            await writer.append(sealed(2000))
        return await asyncio.gather(*waiting)

    assert len(with_writer(log, work)) == log.size == 1024


def test_to_stop_is_to_store_what_waits(log):
    async def go():
        writer = Writer(log)
        writer.start()
        waiting = [asyncio.create_task(writer.append(sealed(n))) for n in range(300)]
        await asyncio.sleep(0)
        await asyncio.wait_for(writer.stop(), SECONDS)
        return await asyncio.gather(*waiting)

    assert len(asyncio.run(go())) == log.size == 300


def test_reading_that_takes_long_does_not_hold_up_writing(log):
    async def work(writer):
        free = threading.Event()
        readers = [asyncio.create_task(asyncio.to_thread(free.wait, SECONDS)) for _ in range(64)]
        try:
            return await asyncio.wait_for(writer.append(sealed(1)), SECONDS / 3)
        finally:
            free.set()
            await asyncio.gather(*readers)

    assert with_writer(log, work).seq == 1
