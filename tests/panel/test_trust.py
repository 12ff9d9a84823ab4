"""Trust in the panel: standings, their trend, and what changed them last."""

import math

import pytest

from threadbook.folds.trust import wilson
from threadbook.records.bodies import Correction, VerdictAccept, VerdictReject


@pytest.fixture
def judge(add, agent, key):
    """Return a function that has somebody judge work of the agent."""

    def judge(kind, *, by="ann", reason="because", domain="code", thread="th_1", subject=agent):
        work = add({"n": 1}, by=subject, thread=thread)
        body = kind(subject=subject.actor_did, judges=work.id, domain=domain, reason=reason)
        return add(body, by=key(by), thread=thread, parents=[work])

    return judge


def standings(feed, **params):
    return feed.call("trust", params).standings


def test_nobody_has_been_judged(feed):
    assert (standings(feed), feed.call("trust", {}).total) == ([], 0)


def test_a_standing_shows_all_that_makes_it(feed, judge, agent, key):
    judge(VerdictAccept)
    judge(VerdictAccept, by="bob")
    last = judge(VerdictReject, reason="it deleted the wrong folder")
    (entry,) = standings(feed)
    assert (entry.actor, entry.domain) == (agent.actor_did, "code")
    assert (entry.accepted, entry.rejected, entry.judges) == (2, 1, 2)
    assert math.isclose(entry.share, 2 / 3)
    assert entry.score < entry.share < entry.upper
    assert math.isclose(entry.score, wilson(2, 3), abs_tol=1e-6)
    scores = [wilson(1, 1), wilson(2, 2), wilson(2, 3)]
    assert [point.score for point in entry.trend] == pytest.approx(scores, abs=1e-6)
    assert [point.at for point in entry.trend] == sorted(point.at for point in entry.trend)
    assert entry.trend[-1].at == last.recorded_at
    shown = entry.last
    assert (shown.id, shown.verdict, shown.judge) == (last.id, "reject", key("ann").actor_did)
    assert (shown.reason, shown.thread) == ("it deleted the wrong folder", "th_1")
    assert shown.judges == last.body["judges"]


def test_of_a_long_reason_the_beginning_is_shown(feed, judge):
    judge(VerdictAccept, reason="x" * 200_000)
    (entry,) = standings(feed)
    assert entry.last.reason == "x" * 2000


def test_a_verdict_that_was_taken_back_is_not_the_last(feed, judge, add, key):
    first, second = judge(VerdictAccept), judge(VerdictReject)
    taken_back = Correction(corrects=[second.id], revised_fields={}, reason="a mistake")
    add(taken_back, by=key("ann"))
    (entry,) = standings(feed)
    assert entry.last.id == first.id
    assert (entry.accepted, entry.rejected) == (1, 0)


def test_what_does_not_count_is_in_no_trend(feed, judge, agent, add):
    judge(VerdictAccept)
    work = add({"n": 2})
    add(VerdictAccept(subject=agent.actor_did, judges=work.id, domain="code"))
    (entry,) = standings(feed)
    assert len(entry.trend) == entry.accepted == 1


def test_a_trend_has_the_last_hundred_points(feed, judge):
    verdicts = [judge(VerdictAccept) for _ in range(103)]
    (entry,) = standings(feed)
    assert entry.accepted == 103
    assert len(entry.trend) == 100
    assert entry.trend[0].score == pytest.approx(wilson(4, 4), abs=1e-6)
    assert entry.trend[-1].at == verdicts[-1].recorded_at


def test_a_thread_shows_the_actors_on_it(feed, judge, agent, key):
    other = key("other")
    judge(VerdictAccept)
    judge(VerdictAccept, subject=other, thread="th_2")
    assert {entry.actor for entry in standings(feed)} == {agent.actor_did, other.actor_did}
    assert [entry.actor for entry in standings(feed, thread="th_2")] == [other.actor_did]
    assert standings(feed, thread="th_none") == []
