"""Sessions: which works on a thread, and what earlier state was lost with."""

import pytest

from threadbook.folds.fold import Projection
from threadbook.folds.sessions import ORDERLY, SessionsFold, interruptions, state_of
from threadbook.records.bodies import (
    CellEnd,
    LogRepair,
    SessionEnd,
    SessionRestart,
    SessionStart,
    SessionSwitch,
)


@pytest.fixture
def start(add):
    def start(sandbox="none", thread="th"):
        body = SessionStart(
            kernel="threadbook", versions={}, executor="jupyter", sandbox=sandbox, pid=1, host="h"
        )
        return add("bot", body, thread=thread)

    return start


@pytest.fixture
def end(add):
    def end(session, reason=ORDERLY, thread="th"):
        return add("bot", SessionEnd(session=session.id, reason=reason), thread=thread)

    return end


def seen(log):
    return Projection(log, SessionsFold()).read().value


def texts(log, thread="th"):
    return [one.text for one in interruptions(seen(log), thread)]


def test_a_session_begins_and_ends(log, start, end):
    assert state_of(seen(log), "th") == "none"
    session = start("jail")
    state = seen(log)
    assert (state_of(state, "th"), state.sessions["th"].sandbox) == ("running", "jail")
    end(session)
    assert state_of(seen(log), "th") == "ended"
    assert texts(log) == []


def test_the_newest_session_counts(log, start, end):
    first, second = start(), start("guard")
    end(first)
    assert state_of(seen(log), "th") == "running"
    end(second)
    assert state_of(seen(log), "th") == "ended"


def test_a_session_goes_to_another_thread(log, start, add, end):
    session = start("jail")
    add("bot", SessionSwitch(session=session.id, came_from="th"), thread="th_2")
    state = seen(log)
    assert [state_of(state, name) for name in ("th", "th_2")] == ["ended", "running"]
    assert state.sessions["th_2"].sandbox == "jail"
    end(session, thread="th_2")
    assert state_of(seen(log), "th_2") == "ended"


def test_only_who_began_a_session_takes_it_to_another_thread(log, start, add):
    session = start()
    add("eve", SessionSwitch(session=session.id, came_from="th"), thread="th_2")
    assert [state_of(seen(log), name) for name in ("th", "th_2")] == ["running", "none"]


def test_a_session_that_dies_on_another_thread_is_over_there(log, start, add, end):
    session = start()
    add("bot", SessionSwitch(session=session.id, came_from="th"), thread="th_2")
    end(session, "the kernel died")  # whoever finds it dead writes that where it began
    assert [state_of(seen(log), name) for name in ("th", "th_2")] == ["ended", "ended"]
    lost = "the session ended, and its memory is lost: the kernel died"
    assert [texts(log, name) for name in ("th", "th_2")] == [[], [lost]]


def test_what_state_was_lost_with_is_told_newest_first(log, start, end, add):
    first = start()
    add("bot", CellEnd(status="died", note="the kernel died"))
    end(first, "the kernel died")
    second = start()
    add("bot", SessionRestart(session=second.id, reason="reset"))
    end(second, "the kernel was restarted")  # told already
    end(start(), "the kernel was restarted")
    assert texts(log) == [
        "the session ended, and its memory is lost: the kernel was restarted",
        "the kernel was restarted, and its memory is lost: reset",
        "the session ended, and its memory is lost: the kernel died",
        "a cell died with its kernel: the kernel died",
    ]
    assert texts(log, "th_2") == []


@pytest.mark.parametrize("status", ["ok", "error", "interrupted", "timeout"])
def test_a_cell_that_ends_loses_nothing(log, add, status):
    add("bot", CellEnd(status=status, note="died"))
    assert texts(log) == []


def test_a_repair_concerns_every_thread(log, add):
    add("bot", LogRepair(intact=1, moved=0, lost=[], outside=[]), thread="threadbook.log")
    assert texts(log) == texts(log, None) == ["the log was repaired: records may be missing"]


def test_of_many_the_newest_are_kept(log, add):
    ids = [add("bot", SessionRestart(session="", reason=f"{n}")).id for n in range(60)]
    found = interruptions(seen(log), "th")
    assert [one.id for one in sorted(found, key=lambda one: ids.index(one.id))] == ids[-50:]


@pytest.mark.parametrize(
    "kind",
    [
        body.KIND
        for body in (SessionStart, SessionSwitch, SessionRestart, SessionEnd, CellEnd, LogRepair)
    ],
)
def test_what_is_malformed_is_passed_over(log, add, start, kind):
    start()
    add("eve", {"kind": kind, "session": [1], "sandbox": 7, "reason": {}, "status": "died"})
    assert state_of(seen(log), "th") == "running"


def test_a_session_that_goes_on_after_an_orderly_end_has_an_empty_memory(log, start, end):
    end(start())
    start()
    (text,) = texts(log)
    assert "a fresh kernel goes on after a restart" in text


def test_a_loss_is_told_once(log, add, start, end):
    first = start()
    add("bot", SessionRestart(session=first.id, reason="it was slow"), thread="th")
    end(first)
    second = start()
    end(second, reason="the kernel died")
    start()
    newest, oldest = texts(log)
    assert "it was slow" in oldest
    assert "the kernel died" in newest
