"""Agents with artifacts in one store, each with a thread, cells and a sink of its own."""

import itertools
import subprocess
import sys

import pytest

from threadbook.library.artifacts import Artifacts
from threadbook.library.context import Context
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.bodies import CellStart
from threadbook.records.identity import Identity


class Agent:
    """A writer on a store; `begin` starts a cell, whose id is that of its record."""

    def __init__(self, folder, name, *, url=None, workspace="", quota=None):
        self.folder = folder
        self.thread = f"th_{name}"
        self.cell = None
        identity = Identity.static(f"did:sync:agent:{name}")
        self.sink = Sink(url or f"sqlite:///{folder}/log.db", identity, Outbox(folder / "outbox"))
        context = Context(
            sink=self.sink,
            thread=lambda: self.thread,
            cell=lambda: self.cell,
            workspace=workspace,
        )
        self.artifacts = Artifacts(context, quota=quota, cache=folder / "cache")

    def begin(self, code="1"):
        body = CellStart(code=code, session="s", execution="m")
        (receipt,) = self.sink.append(body.draft(thread=self.thread))
        self.cell = receipt.id
        return self.cell

    def records(self, kind):
        return [one for one in self.sink.log().read_all() if one.kind == kind]

    def blobs(self):
        return self.sink.log().store.blob_digests()


@pytest.fixture
def new_agent(tmp_path):
    """Return a function that makes an agent on the store of the test; all are closed at the end."""
    numbers, agents = itertools.count(), []

    def make(name=None, **options):
        agents.append(Agent(tmp_path, name or f"a{next(numbers)}", **options))
        return agents[-1]

    yield make
    for agent in agents:
        agent.sink.close()


@pytest.fixture
def agent(new_agent):
    return new_agent()


@pytest.fixture
def artifacts(agent):
    return agent.artifacts


START = """
import sys
from pathlib import Path
from threadbook.library.artifacts import Artifacts
from threadbook.library.context import Context
from threadbook.log import crashpoints
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.identity import Identity

folder = Path(sys.argv[1])
me = Identity.static(f"did:sync:agent:{sys.argv[2]}")
sink = Sink(f"sqlite:///{folder}/log.db", me, Outbox(folder / "outbox"))
artifacts = Artifacts(Context(sink=sink, thread=lambda: "th_child"), cache=folder / "cache")
load, save = artifacts.load, artifacts.save
"""


@pytest.fixture
def child(tmp_path):
    """Return a function that starts code in another process, with artifacts of the same store."""
    children = []

    def start(code, name="child"):
        command = [sys.executable, "-c", START + code, str(tmp_path), name]
        children.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return children[-1]

    yield start
    for process in children:
        process.kill()
        process.communicate()
