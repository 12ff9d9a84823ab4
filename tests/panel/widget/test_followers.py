"""What follows the threads of a panel, with a real feed."""

import time

import pytest

from threadbook.records.bodies import Intent
from threadbook_panel import followers
from threadbook_panel.followers import Followers

PATIENCE = 30


class Bound:
    """A feed, asked as that of a kernel is."""

    def __init__(self, feed):
        self._feed = feed

    def ask(self, question):
        return question(self._feed)


def failing_once(then):
    """Return a function that fails when it is called first."""

    def call(*arguments):
        calls.append(arguments)
        if len(calls) == 1:
            raise ValueError("a fault of ours")
        then(*arguments)

    calls = []
    return call


@pytest.fixture
def until():
    def until(condition):
        limit = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < limit
            time.sleep(0.01)

    return until


def test_a_fault_of_ours_is_logged_and_ends_nothing(feed, add, until, monkeypatch, caplog):
    monkeypatch.setattr(followers, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(followers, "_RETRY_SECONDS", 0.01)
    told, beats = [], []
    following = Followers(
        Bound(feed),
        failing_once(lambda _thread, news: told.append(type(news).__name__)),
        failing_once(lambda: beats.append(1)),
    )
    following.watch("view", "th_1")
    try:
        until(lambda: len(beats) > 1 and "Reset" in told)
        add(Intent(goal="go on"))
        until(lambda: "RowsNews" in told)
    finally:
        following.close()
    assert "a fault of ours" in caplog.text
