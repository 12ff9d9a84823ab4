"""Workflows over each store: what is listed, in which version, for whom."""

from threadbook.folds.fold import Projection
from threadbook.folds.workflows import WorkflowsFold, latest, versions, workflows
from threadbook.library.context import Context
from threadbook.library.workflows import Workflows
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.bodies import WorkflowCall, WorkflowDelete, WorkflowResult, WorkflowSave


def saved(log, name, text=b"def run(): pass", **fields):
    source = log.blobs.put(text, media_type="text/x-python")
    body = WorkflowSave(**{"name": name, "version": 1, "source": source, **fields})
    return body.draft(thread="th")


def test_workflows_are_listed_by_workspace(log, ann, bob):
    projection = Projection(log, WorkflowsFold(), snapshot_every=1)
    first = log.append(saved(log, "a", workspace="mine"), by=ann)
    log.append_many([saved(log, "b", workspace="mine"), saved(log, "a", workspace="x")], by=bob)
    call = WorkflowCall(workflow=first.id, name="a", version=1, workspace="mine")
    begun = log.append(call.draft(thread="th"), by=ann)
    result = WorkflowResult(status="ok", workspace="mine").draft(thread="th", parents=(begun.id,))
    log.append(result, by=ann)
    second = log.append(saved(log, "a", workspace="mine"), by=bob)
    state = projection.read().value
    assert [(one.name, one.version) for one in workflows(state, "mine")] == [("a", 2), ("b", 1)]
    assert [one.id for one in versions(state, "mine", "a")] == [second.id, first.id]
    assert versions(state, "mine", "a")[1].ok == 1
    log.append(WorkflowDelete(name="a", workspace="mine").draft(thread="th"), by=ann)
    for fresh in (projection, Projection(log, WorkflowsFold())):
        state = fresh.read().value
        assert [one.name for one in workflows(state, "mine")] == ["b"]
        assert latest(state, "x", "a").actor == bob.actor_did
    assert projection.rebuild()


def test_the_namespace_works_on_each_store(log, ann, tmp_path):
    sink = Sink(log.url, ann, Outbox(tmp_path / "outbox.db"))
    workflows = Workflows(Context(sink=sink, thread=lambda: "th"), dict)
    workflows.create("double", "def run(n): return 2 * n")
    workflows.create("double", "def run(n): return n + n", "Twice a number")
    assert (workflows.double(n=4), workflows.get("double", version=1)(n=3)) == (8, 6)
    assert [each.version for each in workflows.search("twice")] == [2]
    assert workflows.history("double")[1].runs == 1
    assert workflows.delete("double")
    assert workflows.list() == []
    sink.close()
