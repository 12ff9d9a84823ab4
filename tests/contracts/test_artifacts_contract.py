"""What artifacts promise on every store."""

import pytest

from threadbook.errors import ArtifactNotFound, QuotaExceeded
from threadbook.library.artifacts import Artifacts
from threadbook.library.context import Context
from threadbook.library.quota import Quota
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.log.verify import verify
from threadbook.records.identity import Identity


@pytest.fixture
def new_artifacts(store_url, tmp_path):
    """Return a function that returns the artifacts of a workspace; all share one sink."""
    identity = Identity.static("did:sync:agent:ann")
    sink = Sink(store_url, identity, Outbox(tmp_path / "outbox.db"))

    def make(workspace="", quota=None):
        context = Context(sink=sink, thread=lambda: "th", workspace=workspace)
        return Artifacts(context, quota=quota, cache=tmp_path / "cache")

    make.sink = sink
    yield make
    sink.close()


VALUES = {"text": "é", "data": {"a": [1, (2,)]}, "bytes": bytes(3_000_000), "none": None}


def test_what_is_saved_is_listed_and_loaded(new_artifacts):
    artifacts = new_artifacts()
    saved = [artifacts.save(name, value) for name, value in sorted(VALUES.items())]
    assert artifacts.list() == saved
    assert {name: artifacts.load(name) for name in VALUES} == VALUES
    assert all(one.is_delivered and one.version == 1 for one in saved)
    assert verify(new_artifacts.sink.log()).is_clean


def test_versions_references_and_deletion(new_artifacts):
    artifacts = new_artifacts()
    first, second = artifacts.save("a", "one"), artifacts.save("a", "two")
    assert (artifacts.load("a", 1), artifacts.load(second.ref)) == ("one", "two")
    assert artifacts.delete("a", 2)
    assert artifacts.load("a") == "one"
    assert artifacts.get("a").hash == first.hash
    with pytest.raises(ArtifactNotFound):
        artifacts.load(second.ref)
    assert artifacts.path("a").read_text() == "one"
    assert artifacts.open("a").read() == b"one"


def test_n98_workspaces_and_quotas_are_apart(new_artifacts):
    ours, theirs = new_artifacts("ours", Quota(total=10)), new_artifacts("theirs")
    theirs.save("a", "x" * 100)
    ours.save("a", "x" * 10)
    with pytest.raises(QuotaExceeded):
        ours.save("b", "y")
    assert [one.size for one in ours.list()] == [10]
    assert [one.size for one in theirs.list()] == [100]
    assert new_artifacts().list() == []
