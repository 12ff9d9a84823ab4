"""A real log in an SQLite file, a person at its feed, and somebody whose work it holds."""

import pytest

from threadbook.log.log import open_log
from threadbook.records.identity import Identity
from threadbook.records.record import Draft
from threadbook_panel.feed import Feed


@pytest.fixture
def key(tmp_path):
    """Return a function that makes an identity with a key."""
    return lambda name: Identity.key(tmp_path / "keys" / f"{name}.pem")


@pytest.fixture
def store(tmp_path):
    return tmp_path / "records.db"


@pytest.fixture
def log(store):
    with open_log(f"sqlite:///{store}") as log:
        yield log


@pytest.fixture
def person(key):
    """Provide who sits at the panel."""
    return key("person")


@pytest.fixture
def agent(key):
    """Provide whose work is on the log."""
    return key("agent")


@pytest.fixture
def add(log, agent):
    """Return a function that appends a record, by default of the agent, and returns it."""

    def add(body, *, by=agent, thread="th_1", parents=(), act="DO"):
        parents = tuple(parent if isinstance(parent, str) else parent.id for parent in parents)
        if isinstance(body, dict):
            draft = Draft(act=act, body=body, thread=thread, parents=parents)
        else:
            draft = body.draft(thread=thread, parents=parents)
        return log.append(draft, by=by)

    return add


@pytest.fixture
def feed(log, person):
    feed = Feed(log, person=person)
    yield feed
    feed.close()
