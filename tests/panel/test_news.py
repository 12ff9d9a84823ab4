"""News: what a follower is told, in which order, and how it ends. The store is a real file."""

import asyncio
import subprocess
import sys
import textwrap
import threading
import time
from itertools import pairwise

import pytest

from threadbook.errors import StoreUnavailable
from threadbook.log.log import open_log
from threadbook.records.bodies import (
    ArtifactSave,
    BlobRef,
    CellEnd,
    CellStart,
    DecisionAnswer,
    DecisionRequest,
    Intent,
    VerdictAccept,
)
from threadbook_panel.feed import Feed
from threadbook_panel.mailbox import MOST_ROWS, Mailbox
from threadbook_panel.news import DecisionsNews, Reset, RowsNews, TrustNews

THREAD = "th_1"
PATIENCE = 60


def cell(code="x = 1"):
    return CellStart(code=code, session="s", execution="m")


class Hearing:
    """Follows a feed, and waits for news of a kind."""

    def __init__(self, feed, thread=THREAD):
        self.news = feed.follow(thread)
        self.heard = []

    async def __aenter__(self):
        await self.until(Reset)
        await self.until(DecisionsNews)  # what waits is told at the beginning
        return self

    async def __aexit__(self, *_exc):
        await self.news.aclose()

    async def until(self, type_, *, holds=lambda _: True):
        """Return the next news of a type for which this holds."""
        while True:
            one = await asyncio.wait_for(anext(self.news), PATIENCE)
            self.heard.append(one)
            if isinstance(one, type_) and holds(one):
                return one

    def types(self):
        return [type(one) for one in self.heard]


def tags_of(news):
    return {one.__struct_config__.tag for one in news}


async def test_the_first_thing_is_to_ask_for_everything(feed):
    news = feed.follow(THREAD)
    assert await anext(news) == Reset()
    await news.aclose()


async def test_rows_of_the_thread_are_told_as_they_change(feed, add):
    add(cell("before"))
    async with Hearing(feed) as hearing:
        add(cell("elsewhere"), thread="th_2")
        start = add(cell("here"))
        told = await hearing.until(RowsNews)
        assert (told.thread, told.total) == (THREAD, 2)
        assert [(row.title, row.status) for row in told.rows] == [("here", "running")]
        add(CellEnd(status="ok"), parents=[start])
        told = await hearing.until(RowsNews)
        assert [(row.index, row.status, row.end is None) for row in told.rows] == [(1, "ok", False)]


async def test_records_of_one_commit_come_in_one_piece(feed, log, agent):
    async with Hearing(feed) as hearing:
        drafts = [cell(f"{number}").draft(thread=THREAD) for number in range(50)]
        log.append_many(drafts, by=agent)
        told = await hearing.until(RowsNews)
        assert [row.index for row in told.rows] == list(range(50))


async def test_a_flood_is_told_in_one_word(feed, log, agent):
    async with Hearing(feed) as hearing:
        for _ in range(4):
            drafts = [cell().draft(thread=THREAD) for _ in range(MOST_ROWS + 1)]
            await asyncio.to_thread(log.append_many, drafts, by=agent)
        await hearing.until(Reset)
        asked = {"thread": THREAD, "offset": 0, "limit": 1}
        while feed.call("rows", asked).total < 4 * (MOST_ROWS + 1):
            await hearing.until(Reset)
        assert hearing.types().count(Reset) <= 5
        assert RowsNews not in hearing.types()


async def test_a_decision_is_told_wherever_it_waits(feed, add, person):
    async with Hearing(feed) as hearing:
        asked = add(DecisionRequest(question="May it?"), thread="th_2")
        told = await hearing.until(DecisionsNews)
        assert told.pending == 1
        (waiting,) = told.waiting
        assert (waiting.id, waiting.thread, waiting.question) == (asked.id, "th_2", "May it?")
        answer = DecisionAnswer(decision="approve", fulfills=asked.id)
        add(answer, by=person, thread="th_2")
        assert await hearing.until(DecisionsNews) == DecisionsNews(pending=0, waiting=[])


async def test_a_decision_that_expires_is_told_without_a_record(feed, add, monkeypatch):
    now = time.time_ns() // 1_000_000 + 1_000_000
    monkeypatch.setattr(feed._reader, "now", lambda: now)
    add(DecisionRequest(question="May it?", expires_at=now + 10))
    async with Hearing(feed) as hearing:
        assert hearing.heard[-1].pending == 1
        now += 10
        told = await hearing.until(RowsNews)
        assert [row.status for row in told.rows] == ["expired"]
        assert await hearing.until(DecisionsNews) == DecisionsNews(pending=0, waiting=[])


async def test_verdicts_and_the_library_are_told(feed, add, person, agent):
    start = add(cell())
    async with Hearing(feed) as hearing:
        add(VerdictAccept(subject=agent.actor_did, judges=start.id), by=person)
        await hearing.until(TrustNews)
        assert "library" not in tags_of(hearing.heard)
        content = BlobRef(blob="ab" * 32, size=1)
        add(ArtifactSave(name="a", version=1, content=content), thread="th_2")
        while "library" not in tags_of(hearing.heard):
            await hearing.until(object)
        add(Intent(goal="g"), thread="th_3")
        while "threads" not in tags_of(hearing.heard):
            await hearing.until(object)


async def test_health_is_told_when_it_is_another(feed, add):
    add(cell())
    async with Hearing(feed) as hearing:
        while "health" not in tags_of(hearing.heard):
            await hearing.until(object)
        told = [one.health for one in hearing.heard if "health" in tags_of([one])]
        assert told[0].records == 1
        assert all(one != other for one, other in pairwise(told))


async def test_all_followers_are_told_by_one_look(feed, add):
    async with Hearing(feed) as one, Hearing(feed) as other, Hearing(feed, None) as none:
        watches = [t for t in threading.enumerate() if t.name == "threadbook-panel-watch"]
        assert len(watches) == 1
        add(cell())
        assert await one.until(RowsNews) == await other.until(RowsNews)
        add(DecisionRequest(question="May it?"))
        await none.until(DecisionsNews)
        assert RowsNews not in none.types()
    watches[0].join(PATIENCE)
    assert not watches[0].is_alive()


async def test_what_was_appended_since_the_reset_is_not_missed(feed, add):
    """Whoever asks after the reset, and hears the news, knows every row."""
    for number in range(20):
        news = feed.follow(THREAD)
        assert await anext(news) == Reset()
        add(cell(f"{number}"))
        async for one in news:
            if isinstance(one, RowsNews) and one.total == number + 1:
                break
        await news.aclose()


OTHER_PROCESS = """
import sys, time
from threadbook.log.log import open_log
from threadbook.records.bodies import CellStart
from threadbook.records.identity import Identity

by = Identity.static("did:sync:agent:other")
with open_log(sys.argv[1]) as log:
    for line in sys.stdin:
        body = CellStart(code=line.strip(), session="s", execution="m")
        log.append(body.draft(thread="th_1"), by=by)
        print(time.time_ns(), flush=True)
"""


async def test_what_another_process_appends_is_told_soon(feed, store):
    command = [sys.executable, "-c", textwrap.dedent(OTHER_PROCESS), f"sqlite:///{store}"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        async with Hearing(feed) as hearing:
            delays = []
            for number in range(10):
                other.stdin.write(f"cell {number}\n")
                other.stdin.flush()
                told = await hearing.until(RowsNews)
                came = time.time_ns()
                assert [row.title for row in told.rows] == [f"cell {number}"]
                written = int(await asyncio.to_thread(other.stdout.readline))
                delays.append((came - written) / 1e6)
        other.stdin.close()
    assert sorted(delays)[5] < 500  # of a look every 20 ms, on a busy machine


async def test_a_follower_that_is_cancelled_ends_at_once(feed, add):
    async def listen():
        async for _ in feed.follow(THREAD):
            pass

    task = asyncio.create_task(listen())
    async with Hearing(feed) as hearing:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, PATIENCE)
        add(cell())
        await hearing.until(RowsNews)


async def test_a_feed_that_is_closed_ends_its_followers(log):
    feed = Feed(log)
    news = feed.follow(THREAD)
    assert await anext(news) == Reset()
    feed.close()
    assert all([type(one) is not Reset async for one in news])
    assert [one async for one in feed.follow(THREAD)] == [Reset()]


async def test_a_store_that_fails_for_a_while_is_tried_again(store, add, monkeypatch):
    with open_log(f"sqlite:///{store}") as log:
        feed, fails = Feed(log), threading.Event()
        version, tried = log.store.version, threading.Event()

        def shaky():
            if fails.is_set():
                tried.set()
                raise StoreUnavailable("the disk is away")
            return version()

        monkeypatch.setattr(log.store, "version", shaky)
        async with Hearing(feed) as hearing:
            fails.set()
            assert await asyncio.to_thread(tried.wait, PATIENCE)
            add(cell("meanwhile"))
            fails.clear()
            told = await hearing.until(RowsNews)
            assert [row.title for row in told.rows] == ["meanwhile"]
        feed.close()


async def test_a_mailbox_that_nobody_empties_stays_small(feed, add):
    add(cell())
    row = feed.call("rows", {"thread": THREAD, "offset": 0, "limit": 1}).rows[0]
    mailbox = Mailbox(THREAD)
    for _ in range(1000):
        mailbox.put(RowsNews(thread=THREAD, total=1, rows=[row]))
        mailbox.put(TrustNews())
    assert await mailbox.take() == [RowsNews(thread=THREAD, total=1, rows=[row]), TrustNews()]
