"""Workflows in the panel: what there is, how their calls went, and their source, which is text."""

import pytest

from threadbook.errors import ArtifactInvalid, WorkflowError, WorkflowNotFound
from threadbook.library.context import Context
from threadbook.library.source import LARGEST_SOURCE
from threadbook.library.workflows import Workflows
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.bodies import BlobRef, WorkflowSave

SOURCE = '''
def run(n: float, times: int = 2) -> float:
    """Multiply."""
    if n < 0:
        raise ValueError(n)
    return times * n
'''


@pytest.fixture
def workflows(log, agent, tmp_path):
    sink = Sink(log.url, agent, Outbox(tmp_path / "outbox.db"))

    def of(thread="th_1", workspace=""):
        return Workflows(Context(sink=sink, thread=lambda: thread, workspace=workspace), dict)

    yield of
    sink.close()


def test_the_newest_version_of_each_is_listed_with_its_calls(feed, workflows, agent):
    here, there = workflows(), workflows("th_2", "team")
    here.create("multiply", SOURCE)
    newest = here.update(
        "multiply", SOURCE, "Multiply it", examples=[{"arguments": {"n": 2}, "returns": 4}]
    )
    other = there.create("multiply", SOURCE)
    here.create("gone", SOURCE)
    here.delete("gone")
    here.multiply(n=2)
    with pytest.raises(ValueError, match="-1"):
        here.multiply(n=-1)
    page = feed.call("workflows", {})
    assert page.total == 2
    assert [(one.id, one.workspace, one.version) for one in page.workflows] == [
        (newest.record, "", 2),
        (other.record, "team", 1),
    ]
    entry, unused = page.workflows
    assert (entry.name, entry.description) == ("multiply", "Multiply it")
    assert entry.signature == "(*, n: float, times: int = 2) -> float"
    assert (entry.calls, entry.success_rate, entry.tests) == (2, 0.5, "1 passed, 0 failed")
    assert entry.at <= entry.last_called_at
    assert (entry.actor, entry.thread) == (agent.actor_did, "th_1")
    assert (unused.calls, unused.success_rate, unused.last_called_at) == (0, None, None)
    assert unused.tests == "none"
    only = feed.call("workflows", {"thread": "th_2"}).workflows
    assert [one.id for one in only] == [other.record]


def test_a_version_is_shown_with_its_source(feed, workflows):
    here = workflows()
    first = here.create("multiply", SOURCE)
    second = here.update("multiply", SOURCE.replace("times * n", "n * times"))
    found = feed.call("workflow", {"id": first.record})
    assert found.source == SOURCE
    assert found.workflow.version == 1
    assert [one.id for one in found.versions] == [second.record, first.record]


@pytest.fixture
def save(log, add):
    """Return a function that records any content as the source of a workflow."""

    def save(content, digest=None):
        ref = log.blobs.put(content)
        if digest:
            ref = BlobRef(blob=digest, size=ref.size)
        return add(WorkflowSave(name="odd", version=1, source=ref))

    return save


def test_a_source_that_is_no_code_is_shown_as_it_is(feed, save):
    saved = save(b"raise SystemExit('it was run')\n<script>\xff")
    found = feed.call("workflow", {"id": saved.id})
    assert found.source == "raise SystemExit('it was run')\n<script>\ufffd"


def test_a_source_that_cannot_be_shown_is_refused(feed, save, log):
    with pytest.raises(WorkflowError, match="too long"):
        feed.call("workflow", {"id": save(b"#" * (LARGEST_SOURCE + 1)).id})
    with pytest.raises(WorkflowError, match="not in the store"):
        feed.call("workflow", {"id": save(b"x", digest="0" * 64).id})
    with pytest.raises(WorkflowNotFound, match="no record"):
        feed.call("workflow", {"id": "0" * 64})


def test_a_damaged_source_is_not_shown(feed, save, log, monkeypatch):
    saved = save(b"print(1)")
    monkeypatch.setattr(log.store, "blob_chunk", lambda _, number: None if number else b"print(2)")
    with pytest.raises(ArtifactInvalid, match="damaged"):
        feed.call("workflow", {"id": saved.id})
