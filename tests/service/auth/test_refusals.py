"""How many refusals are answered in full, and how many become records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.errors import StoreUnavailable, Unauthorized
from threadbook.service.grants import AUDIT_THREAD
from threadbook.service.problems import Problem
from threadbook.service.refusals import (
    BURST,
    RECORDED_BURST,
    REFILL_SECONDS,
    SUMMARY_SECONDS,
    Attempt,
    Buckets,
    Refusals,
)


class Time:
    """A clock that a test moves; seconds."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def refusals(log, operator, time):
    return Refusals(log, operator, monotonic=time)


def attempt(address="10.0.0.1", **fields):
    return Attempt(**{"method": "GET", "route": "/v1/records", "address": address, **fields})


ERROR = Unauthorized("no", status=401, code="TOKEN_INVALID")


def statuses(refusals, number, **fields):
    return [refusals.refuse(ERROR, attempt(**fields)).status for _ in range(number)]


def recorded(log):
    return [stored.body for stored in log.read_all(thread=AUDIT_THREAD)]


def test_after_some_failures_an_address_is_told_to_wait(refusals, time):
    assert statuses(refusals, BURST + 3) == [401] * BURST + [429] * 3
    answer = refusals.refuse(ERROR, attempt())
    assert isinstance(answer, Problem)
    assert (answer.code, answer.headers) == ("RATE_LIMITED", {"Retry-After": "6"})
    time.now += REFILL_SECONDS - 0.01
    assert statuses(refusals, 1) == [429]
    time.now += 0.01
    assert statuses(refusals, 2) == [401, 429]
    time.now += REFILL_SECONDS * BURST * 100
    assert statuses(refusals, BURST + 1) == [401] * BURST + [429]


def test_other_addresses_do_not_wait_for_it(refusals):
    assert statuses(refusals, BURST + 1)[-1] == 429
    assert statuses(refusals, 1, address="10.0.0.2") == [401]


def test_a_token_that_ended_waits_wherever_it_comes_from(refusals):
    answers = [
        refusals.refuse(ERROR, attempt(f"10.0.0.{n}", token="t")).status for n in range(BURST + 2)
    ]
    assert answers == [401] * BURST + [429] * 2
    assert statuses(refusals, 1, address="10.0.0.1", token="other") == [401]


def test_ten_thousand_failures_become_few_records_and_one_number(log, refusals, time):
    for n in range(10_000):
        refusals.refuse(ERROR, attempt(f"10.0.{n % 200}.1"))
    assert len(recorded(log)) == RECORDED_BURST
    time.now += SUMMARY_SECONDS
    refusals.summarize()
    *singles, summary = recorded(log)
    assert {body["reason"] for body in singles} == {"TOKEN_INVALID"}
    assert summary == {
        "kind": "threadbook.auth.denied",
        "_v": 1,
        "reason": "RATE_LIMITED",
        "count": 10_000 - RECORDED_BURST,
    }
    refusals.summarize(now=True)
    assert len(recorded(log)) == RECORDED_BURST + 1


def test_one_address_gets_no_more_records_than_full_answers(log, refusals):
    statuses(refusals, 1000)
    assert len(recorded(log)) == BURST
    refusals.summarize(now=True)
    assert sum(body.get("count", 1) for body in recorded(log)) == 1000


def test_a_flood_that_goes_on_for_hours_is_a_few_hundred_records(log, refusals, time):
    seconds = 3 * 3600
    for n in range(0, seconds, 5):
        time.now += 5
        refusals.refuse(ERROR, attempt(f"10.{n % 251}.{n % 241}.1"))
    refusals.summarize(now=True)
    bodies = recorded(log)
    assert len(bodies) <= RECORDED_BURST + seconds / 30 + seconds / SUMMARY_SECONDS + 1
    assert sum(body.get("count", 1) for body in bodies) == seconds // 5


def test_a_record_says_who_what_and_where(log, refusals):
    refusals.refuse(ERROR, attempt(method="PO\x00ST" * 100, account="ci", token="abc"))
    refusals.note("SCOPE_FORBIDDEN", attempt(method="DELETE"))
    assert recorded(log) == [
        {
            "kind": "threadbook.auth.denied",
            "_v": 1,
            "reason": "TOKEN_INVALID",
            "method": "other",
            "route": "/v1/records",
            "address": "10.0.0.1",
            "account": "ci",
            "token": "abc",
        },
        {
            "kind": "threadbook.auth.denied",
            "_v": 1,
            "reason": "SCOPE_FORBIDDEN",
            "method": "DELETE",
            "route": "/v1/records",
            "address": "10.0.0.1",
        },
    ]


def test_a_store_that_cannot_be_written_changes_no_answer_and_no_count(log, refusals, monkeypatch):
    def fail(*_words, **_more):
        raise StoreUnavailable("full")

    with monkeypatch.context() as patched:
        patched.setattr(log.store, "write", fail)
        assert statuses(refusals, 3) == [401] * 3
        refusals.summarize(now=True)
    refusals.summarize(now=True)
    assert [body["count"] for body in recorded(log)] == [3]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 5)), max_size=100))
def test_a_bucket_never_gives_more_than_it_was_given(events):
    time = Time()
    buckets = Buckets(burst=3, refill=2.0, monotonic=time)
    taken = dict.fromkeys("abc", 0)
    for key, pause in events:
        time.now += pause
        had_one = not buckets.wait(key)
        buckets.take(key)
        taken[key] += had_one
        assert taken[key] <= 3 + (time.now - 1000) / 2.0 + 1e-6


def test_buckets_forget_who_was_not_seen_for_longest():
    buckets = Buckets(burst=1, refill=10.0, monotonic=Time(), keys=3)
    for key in "abcad":
        buckets.take(key)
    assert len(buckets) == 3
    assert [buckets.wait(key) for key in "abcd"] == [10.0, 0.0, 10.0, 10.0]
