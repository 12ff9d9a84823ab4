"""A library of workflows over a real store, as code in a session finds it."""

import pytest

from threadbook.library.context import Context
from threadbook.library.workflows import Workflows
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.bodies import CellEnd, CellStart
from threadbook.records.identity import Identity

THREAD = "th_cells"


class Session:
    """What a kernel gives a namespace: a sink, a thread, and the cell that is running."""

    def __init__(self, folder, *, name="ann", workspace=""):
        self.url = f"sqlite:///{folder}/log.db"
        identity = Identity.key(folder / f"{name}.pem")
        self.sink = Sink(self.url, identity, Outbox(folder / name / "outbox.db"))
        self.cell = None
        self.context = Context(
            sink=self.sink, thread=lambda: THREAD, cell=lambda: self.cell, workspace=workspace
        )
        self.namespaces = {}
        self.workflows = Workflows(self.context, lambda: self.namespaces)
        self.namespaces["workflows"] = self.workflows

    def begin(self, code):
        """Record that a cell begins, and return its id."""
        body = CellStart(code=code, session="s", execution="m")
        self.cell = self.sink.append(body.draft(thread=THREAD))[0].id
        return self.cell

    def ran(self, code, status="ok"):
        """Record a cell that has ended, and return its id."""
        start = self.begin(code)
        self.end(status)
        return start

    def end(self, status="ok"):
        """Record the end of the running cell, and return the id of that record."""
        draft = CellEnd(status=status).draft(thread=THREAD, parents=(self.cell,))
        self.cell = None
        return self.sink.append(draft)[0].id

    def records(self, kind=None):
        """Return what is on the log, in order."""
        return list(self.sink.log().read_all(kind=kind))


@pytest.fixture
def new_session(tmp_path):
    """Return a function that makes a session on one store; all are closed at the end."""
    sessions = []

    def make(**options):
        sessions.append(Session(tmp_path, **options))
        return sessions[-1]

    yield make
    for session in sessions:
        session.sink.close()


@pytest.fixture
def session(new_session):
    return new_session()


@pytest.fixture
def workflows(session):
    return session.workflows
