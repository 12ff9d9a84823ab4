"""Rows page by page: filters, places, and what changes while they are read."""

import random

import msgspec
import pytest

from threadbook.errors import Forbidden, QueryError
from threadbook.folds.timeline import timeline
from threadbook.kernel.liveness import Holder, bury_dead_sessions
from threadbook.records.bodies import (
    CellEnd,
    CellStart,
    DecisionRequest,
    Erasure,
    Intent,
    SessionStart,
    ToolCall,
    ToolResult,
)
from threadbook.records.tombstone import tombstone_of
from threadbook_panel.feed import Feed
from threadbook_panel.timelines import MOST_ROWS, MOST_THREADS, Timelines

THREAD = "th_1"


def cell(code="x = 1"):
    return CellStart(code=code, session="s", execution="m")


def call(cell, name="now"):
    return ToolCall(tool="time", callable=name, adapter="python", definition="d", cell=cell.id)


@pytest.fixture
def rows(feed):
    """Return a function that asks for rows, by default for all of them."""

    def rows(offset=0, limit=1000, thread=THREAD, **wanted):
        params = {"thread": thread, "offset": offset, "limit": limit}
        return feed.call("rows", params | ({"filter": wanted} if wanted else {}))

    return rows


def titles(page):
    return [row.title for row in page.rows]


def test_pages_are_parts_of_one_list(add, rows):
    for number in range(7):
        add(cell(f"cell {number}"))
    pages = [rows(offset=offset, limit=3) for offset in (0, 3, 6, 9)]
    assert [titles(page) for page in pages] == [
        ["cell 0", "cell 1", "cell 2"], ["cell 3", "cell 4", "cell 5"], ["cell 6"], [],
    ]  # fmt: skip
    assert {(page.total, page.matched) for page in pages} == {(7, 7)}
    assert [page.offset for page in pages] == [0, 3, 6, 9]


def test_a_thread_without_records_has_no_rows(rows):
    page = rows(thread="th_none")
    assert (page.total, page.rows, page.types, page.actors, page.statuses) == (0, [], [], [], [])


def test_what_there_is_to_filter_by_is_that_of_the_whole_thread(add, rows, person, agent):
    start = add(cell())
    add(CellEnd(status="error"), parents=[start])
    add(Intent(goal="g"), by=person)
    add(cell(), by=agent)
    page = rows(limit=1, types=["goal"])
    assert (page.types, page.statuses) == (["goal", "cell"], ["running", "error", "open"])
    assert page.actors == [agent.actor_did, person.actor_did]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"types": ["tool"]}, ["time.now()", "time.fail()"]),
        ({"types": ["tool", "goal"]}, ["find ÜBER", "time.now()", "time.fail()"]),
        ({"statuses": ["error"]}, ["time.fail()"]),
        ({"max_depth": 0}, ["find ÜBER", "look"]),
        ({"text": "über"}, ["find ÜBER"]),
        ({"text": "no answer"}, ["time.fail()"]),
        ({"text": "TOOL.CALL"}, ["time.now()", "time.fail()"]),
        ({"text": "did:key", "types": ["cell"]}, ["look"]),
        ({"text": "nowhere"}, []),
        ({"actors": ["did:sync:user:nobody"]}, []),
    ],
)
def test_a_filter_finds(add, rows, wanted, found):
    add(Intent(goal="find ÜBER"))
    start = add(cell("look"))
    add(ToolResult(status="ok"), parents=[add(call(start), parents=[start])])
    failed = ToolResult(status="error", error={"name": "E", "value": "no answer"})
    add(failed, parents=[add(call(start, "fail"), parents=[start])])
    page = rows(**wanted)
    assert titles(page) == found
    assert (page.matched, page.total) == (len(found), 4)


@pytest.mark.parametrize("seed", range(3))
def test_a_filter_stays_true_while_rows_change(add, rows, log, seed):
    chance = random.Random(seed)
    filters = [
        {"statuses": ["running"]},
        {"statuses": ["ok", "error"], "text": "1"},
        {"types": ["tool"], "statuses": ["running"]},
        {"max_depth": 0},
    ]
    running = []
    for number in range(60):
        if running and chance.random() < 0.5:
            start, end = running.pop(chance.randrange(len(running)))
            add(end(status=chance.choice(["ok", "error"])), parents=[start])
        elif running and chance.random() < 0.3 and running[0][1] is CellEnd:
            start = running[0][0]
            running.append((add(call(start, f"c{number}"), parents=[start]), ToolResult))
        else:
            running.append((add(cell(f"cell {number}")), CellEnd))
        wanted = chance.choice(filters)
        fresh = timeline(log.read_all(thread=THREAD))
        assert rows(**wanted).rows == [row for row in fresh if takes(wanted, row)]


def takes(wanted, row):
    return (
        row.type in wanted.get("types", [row.type])
        and row.status in wanted.get("statuses", [row.status])
        and wanted.get("text", "") in f"{row.title}\n{row.detail}\n{row.actor}\n{row.kind}"
        and row.depth <= wanted.get("max_depth", 9)
    )


def test_a_decision_expires_without_a_record(add, rows, monkeypatch, feed):
    now = 1_900_000_000_000
    monkeypatch.setattr(feed._reader, "now", lambda: now)
    add(DecisionRequest(question="May it?", expires_at=now + 10), act="KNOW")
    assert titles(rows(statuses=["waiting"])) == ["May it?"]
    assert rows().statuses == ["waiting"]
    now += 10
    assert titles(rows(statuses=["waiting"])) == []
    assert titles(rows(statuses=["expired"])) == ["May it?"]
    assert (rows().rows[0].status, rows().statuses) == ("expired", ["expired"])


def test_a_record_has_a_place_among_what_matches(add, feed):
    starts = [add(cell(f"cell {number}")) for number in range(4)]
    ends = [add(CellEnd(status="ok"), parents=[start]) for start in starts[1:3]]

    def place(record, **wanted):
        params = {"thread": THREAD, "id": record.id, "filter": wanted}
        return feed.call("place", params).offset

    assert [place(start) for start in starts] == [0, 1, 2, 3]
    assert [place(end) for end in ends] == [1, 2]
    assert [place(start, statuses=["ok"]) for start in starts] == [None, 0, 1, None]
    assert place(starts[0], text="elsewhere") is None
    nowhere = {"thread": THREAD, "id": "0" * 64}
    assert feed.call("place", nowhere).offset is None


def test_erased_content_leaves_the_rows(add, rows, log, person):
    start = add(cell("a secret"))
    assert titles(rows(text="secret")) == ["a secret"]
    order = Erasure(
        erases=[start.id], reason="r", authorized_by="x", effective_at="2026-01-01T00:00:00Z"
    )
    erasure = add(order, by=person)
    with log.store.write() as transaction:
        transaction.erase(start.seq, tombstone(start, erasure))
    assert titles(rows(text="secret")) == []
    assert "secret" not in str(rows())


def tombstone(stored, erasure):
    return tombstone_of(stored.record, by=erasure.id).canonical


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("fly", {}),
        ("rows", {}),
        ("rows", {"thread": THREAD, "offset": -1, "limit": 10}),
        ("rows", {"thread": THREAD, "offset": 0, "limit": 100_000}),
        ("rows", {"thread": THREAD, "offset": 0, "limit": 1, "more": 1}),
        ("rows", {"thread": 5, "offset": 0, "limit": 1}),
        ("rows", {"thread": THREAD, "offset": 0, "limit": 1, "filter": {"types": ["nonsense"]}}),
        ("rows", {"thread": THREAD, "offset": 0, "limit": 1, "filter": {"text": "x" * 1001}}),
        ("place", {"thread": THREAD}),
    ],
)
def test_what_is_not_understood_is_refused(feed, name, params):
    with pytest.raises(QueryError):
        feed.call(name, params)


@pytest.mark.parametrize("why", [None, "this panel only shows"])
def test_nothing_is_written_where_nobody_can(log, add, why):
    start = add(cell())
    feed = Feed(log, read_only=why)
    with pytest.raises(Forbidden, match=why or "nobody"):
        feed.call("judge", {"judges": start.id, "verdict": "accept", "reason": "good"})
    assert log.size == 1


def test_of_many_timelines_those_looked_at_last_are_kept(log):
    timelines = Timelines(log, None)
    first, second = timelines.of("th_0"), timelines.of("th_1")
    for number in range(2, MOST_THREADS):
        timelines.of(f"th_{number}")
    assert timelines.of("th_0") is first
    timelines.of("th_more")
    assert timelines.of("th_0") is first
    assert timelines.of("th_1") is not second


def test_a_very_long_timeline_is_kept_alone(log):
    timelines = Timelines(log, None)
    first = timelines.of("th_0")
    long = timelines.of("th_long")
    long.size = MOST_ROWS + 1
    assert timelines.of("th_long") is long
    assert timelines.of("th_0") is not first


def test_what_a_dead_kernel_left_running_is_dead(add, rows, log, person):
    began = add(SessionStart(kernel="k", versions={}, executor="x", pid=1, host="h"))
    start = add(CellStart(code="x", session=began.id, execution="m"))
    add(call(start), parents=[start])
    assert [row.status for row in rows().rows] == ["running"] * 3
    holder = msgspec.structs.replace(Holder.current(thread=THREAD), born="another time")
    log.store.hold(began.id, holder.as_text())
    bury_dead_sessions(log, person)
    assert [row.status for row in rows().rows] == ["died"] * 3
    assert {row.detail for row in rows().rows} == {"the kernel died"}
    assert rows(statuses=["running"]).matched == 0
