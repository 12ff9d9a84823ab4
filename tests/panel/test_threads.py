"""The list of threads."""

import pytest

from threadbook.records.bodies import CellStart, Correction, DecisionRequest, Intent, Outcome
from threadbook.records.record import Act


@pytest.fixture
def threads(feed):
    return lambda **params: feed.call("threads", params)


def names(page):
    return [entry.thread for entry in page.threads]


def test_the_newest_comes_first_page_by_page(add, threads):
    for number in range(5):
        add(Intent(goal=f"goal {number}"), thread=f"th_{number}")
    add(CellStart(code="x", session="s", execution="m"), thread="th_1")
    pages, before = [], None
    while before is not None or not pages:
        page = threads(limit=2, before=before)
        pages.append(names(page))
        before = page.next
    assert pages == [["th_1", "th_4"], ["th_3", "th_2"], ["th_0"]]
    assert threads(limit=5).next is None


def test_an_entry_says_how_it_stands(add, threads, agent):
    goal = add(Intent(goal="find\nout"), thread="th_a")
    add(Outcome(summary="s", fulfills=goal.id), thread="th_a")
    (entry,) = threads().threads
    assert (entry.goal, entry.status, entry.opened_by) == ("find out", "done", agent.actor_did)
    assert (entry.record_count, entry.waiting, entry.fanout_status) == (2, 0, "none")


def test_threads_are_found_by_goal_id_and_opener(add, threads, person):
    add(Intent(goal="Penguins"), thread="th_a")
    add(Intent(goal="whales"), thread="th_b", by=person)
    assert names(threads(text="PENGUIN")) == ["th_a"]
    assert names(threads(text="th_b")) == ["th_b"]
    assert names(threads(text=person.actor_did[-9:].lower())) == ["th_b"]
    assert names(threads(text="nothing")) == []


def test_what_threadbook_keeps_for_itself_is_not_listed(add, threads):
    add(Intent(goal="g"), thread="threadbook.log")
    add(Intent(goal="g"), thread="th_a")
    assert names(threads()) == ["th_a"]


def test_children_and_what_waits(add, threads):
    plan = {"goal": "all", "subtasks": ["one", "two"]}
    parent = add(plan, act=Act.INTEND, thread="th_all")
    add({"goal": "one"}, act=Act.INTEND, thread="th_one", parents=[parent])
    asked = add(DecisionRequest(question="May it?"), thread="th_one")
    one, whole = threads().threads
    assert (one.thread, one.parents, one.waiting) == ("th_one", ["th_all"], 1)
    assert (whole.thread, whole.children, whole.waiting) == ("th_all", ["th_one"], 0)
    assert whole.fanout_status == "spawning"
    add(Correction(corrects=[asked.id], revised_fields={}, reason="no"), thread="th_one")
    assert {entry.waiting for entry in threads().threads} == {0}
