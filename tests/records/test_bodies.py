"""Typed bodies: what they write is what they read."""

import pytest

from threadbook.records import bodies
from threadbook.records.bodies import BlobRef, Body
from threadbook.records.kinds import validate_kind
from threadbook.records.record import Record

BLOB = BlobRef(blob="ab" * 32, size=7, media_type="text/plain")
OUTPUT = {"output_type": "stream", "name": "stdout", "text": "é\U0001f600"}
EXAMPLES = [
    bodies.Intent(goal="count"),
    bodies.Outcome(summary="counted"),
    bodies.Outcome(summary="counted", fulfills="ab" * 32),
    bodies.Outcome(summary="counted", fulfills=["a", "b"]),
    bodies.SessionStart(
        kernel="threadbook", versions={"python": "3.11"}, executor="jupyter", pid=7, host="h"
    ),
    bodies.SessionStart(
        kernel="threadbook", versions={}, executor="jupyter", pid=7, host="h", kernel_id="ef"
    ),
    bodies.SessionSwitch(session="ab", came_from="th_a"),
    bodies.SessionSwitch(session="ab", came_from="th_a", kernel_id="ef"),
    bodies.SessionEnd(session="ab", reason="shutdown"),
    bodies.SessionRestart(session="ab", reason="asked"),
    bodies.CellStart(code="1+1", session="ab", execution="m"),
    bodies.CellStart(code=BLOB, session="ab", execution="m", cell_id="c", silent=True),
    bodies.CellStart(code="", session="ab", execution="m", store_history=False),
    bodies.CellEnd(status="ok"),
    bodies.CellEnd(
        status="error",
        duration_ms=2.0,
        execution_count=3,
        outputs=[OUTPUT],
        outputs_hash="cd" * 32,
        display_updates=[OUTPUT],
        value=BLOB,
        error=bodies.CellError(name="ValueError", value="no", line=2),
        sandbox="jail",
        note="n",
    ),
    bodies.CellEnd(status="died", duration_ms=2.5, outputs=BLOB, display_updates=BLOB),
    bodies.CellOutput(cell="ab", execution="m", outputs=[OUTPUT], outputs_hash="cd"),
    bodies.CellOutput(
        cell=None, execution="m", outputs=BLOB, outputs_hash="cd", display_updates=BLOB
    ),
    bodies.VerdictAccept(subject="did:x:y", judges="ab"),
    bodies.VerdictReject(subject="did:x:y", judges="ab", domain="code", reason="wrong"),
    bodies.Checkpoint(summary="half way"),
    bodies.Checkpoint(summary="half way", learnings=["a"], next_steps=["b", "c"]),
    bodies.ToolCall(
        tool="time", callable="now", adapter="python", definition="ab", arguments={"a": 1}
    ),
    bodies.ToolCall(
        tool="time",
        callable="now",
        adapter="cli",
        definition="ab",
        arguments_blob=BLOB,
        effect="read",
        domain="clock",
        environment=["TZ"],
        cell="cd",
        decision="ef",
        rule="default",
    ),
    bodies.ToolResult(status="ok", duration_ms=2.5, result={"a": 1}),
    bodies.ToolResult(status="ok", result_blob=BLOB),
    bodies.ToolResult(status="error", error=bodies.CellError(name="ToolCallError", value="no")),
    bodies.DecisionRequest(question="may I?"),
    bodies.DecisionRequest(
        question="which?",
        subject="ab" * 32,
        options=["a", "b"],
        context={"x": 1},
        decider_did="did:x:y",
        requester="did:x:z",
        blocking=False,
        expires_at=5,
    ),
    bodies.Correction(
        corrects=["ab"],
        revised_fields={"decision": "reject"},
        reason="no longer",
        correcting_actor="did:x:y",
    ),
    bodies.DecisionAnswer(decision="approve", fulfills="ab"),
    bodies.DecisionAnswer(
        decision="reject",
        cancels="ab",
        subject="cd",
        reason="r",
        provided_value=[1],
        expires_at=5,
    ),
    bodies.TaskUpdate(task="ab", status="active"),
    bodies.TaskUpdate(task="ab", status="blocked", reason="r"),
    bodies.ArtifactSave(name="n", version=1, content=BLOB),
    bodies.ArtifactSave(
        name="n", version=2, content=BLOB, description="d", cell="ab", inputs=["cd"]
    ),
    bodies.ArtifactSave(
        name="n",
        version=2,
        content=BLOB,
        workspace="w",
        codec="text",
        type="str",
        metadata={"a": [1]},
        preview="p",
    ),
    bodies.ArtifactLoad(name="n", version=2, save="ab"),
    bodies.ArtifactLoad(name="n", version=2, save="ab", workspace="w", cell="cd"),
    bodies.ArtifactDelete(name="n"),
    bodies.ArtifactDelete(name="n", version=2, workspace="w", reason="r"),
    bodies.WorkflowSave(name="n", version=1, source=BLOB),
    bodies.WorkflowSave(
        name="n",
        version=2,
        source=BLOB,
        description="d",
        parameters=[
            bodies.WorkflowParameter(name="a", type="int", default="1", description="p"),
            bodies.WorkflowParameter(name="b", kind="keyword_only"),
        ],
        returns="int",
        is_async=True,
        examples=[{"arguments": {"a": 1}, "returns": 2}],
        tests=bodies.WorkflowTests(status="failed", passed=1, failed=2, detail="why"),
        origin=["ef"],
        workspace="w",
        cell="cd",
    ),
    bodies.WorkflowDelete(name="n"),
    bodies.WorkflowDelete(name="n", workspace="w", cell="cd"),
    bodies.WorkflowCall(workflow="ab", name="n", version=1),
    bodies.WorkflowCall(
        workflow="ab", name="n", version=1, arguments={"a": [1]}, workspace="w", cell="cd"
    ),
    bodies.WorkflowResult(status="ok", duration_ms=2.5, returned="int", workspace="w", cell="cd"),
    bodies.WorkflowResult(status="error", error=bodies.CellError(name="KeyError", value="no")),
    bodies.DepsAdd(requested=["a>=1"], requirements=["a>=1"], lock=BLOB),
    bodies.DepsAdd(
        requested=["a>=1"],
        requirements=["a>=1", "b"],
        lock=BLOB,
        resolved={"a": bodies.Resolved(version="1.0", hashes=["sha256:ab"])},
        dropped=["c"],
        workspace="w",
        cell="cd",
        undoes="ef",
    ),
    bodies.DepsRemove(requested=["a"], requirements=[], lock=BLOB),
    bodies.DepsRemove(
        requested=["a"],
        requirements=["b"],
        lock=BLOB,
        resolved={"b": bodies.Resolved(version="2.0")},
        dropped=["a"],
        workspace="w",
        cell="cd",
        undoes="ef",
    ),
    bodies.Erasure(erases=["ab"], reason="r", authorized_by="did:x:y", effective_at="t"),
    bodies.Erasure(
        erases=["ab"], reason="r", authorized_by="did:x:y", effective_at="t", blobs=["cd"]
    ),
    bodies.FileWrite(path="/a", content=BLOB),
    bodies.FileWrite(path="/a", content=BLOB, actor="did:x:y", pinned=True),
    bodies.FileFolder(path="/a"),
    bodies.FileFolder(path="/a", actor="did:x:y"),
    bodies.FileMove(source="/a", target="/b"),
    bodies.FileMove(source="/a", target="/b", actor="did:x:y"),
    bodies.FileRemove(path="/a"),
    bodies.FileRemove(path="/a", actor="did:x:y"),
    bodies.LogCheckpoint(origin="threadbook/ab", size=7, root="ab" * 32, signature="cd" * 64),
    bodies.LogImport(source="ab", records=3),
    bodies.LogImport(source="ab", records=3, outside=["cd"]),
    bodies.LogRepair(intact=3, moved=0),
    bodies.LogRepair(intact=3, moved=2, lost=[[4, 4], [7, 9]], outside=["cd"]),
    bodies.TokenGrant(token="ab", account="ci", scopes=["records:read"]),
    bodies.TokenGrant(
        token="ab",
        account="ci",
        scopes=["admin"],
        actors=["did:x:*"],
        expires_at=5,
        note="n",
        replaces="cd",
        issued_by="ef",
    ),
    bodies.TokenRevoke(token="ab"),
    bodies.TokenRevoke(token="ab", effective_at=5, reason="r", revoked_by="cd"),
    bodies.AuthDenied(reason="RATE_LIMITED", count=3),
    bodies.AuthDenied(
        reason="TOKEN_EXPIRED", method="GET", route="/v1/x", address="::1", account="a", token="ab"
    ),
]
TYPES = sorted({type(body) for body in EXAMPLES}, key=lambda body_type: body_type.KIND)


def leaves(base):
    children = base.__subclasses__()
    return {base} if not children else set().union(*map(leaves, children))


def written(body):
    record = body.draft(thread="th", parents=("p",)).complete(actor="did:x:y", clock=1)
    return Record.from_canonical(record.canonical)


def test_every_typed_body_has_an_example():
    assert set(TYPES) == leaves(Body)


@pytest.mark.parametrize("body", EXAMPLES, ids=lambda body: type(body).__name__)
def test_a_typed_body_survives_being_recorded(body):
    read = type(body).of(written(body))
    assert read == body
    assert type(read) is type(body)


@pytest.mark.parametrize("body", EXAMPLES, ids=lambda body: type(body).__name__)
def test_the_draft_is_a_valid_record_of_the_kind_and_act(body):
    draft = body.draft(thread="th", parents=("p",))
    draft.check()
    assert (draft.act, draft.thread, draft.parents) == (body.ACT, "th", ("p",))
    assert draft.body["kind"] == validate_kind(body.KIND)
    assert draft.body["_v"] == 1


def test_no_two_typed_bodies_share_a_kind():
    assert len({body_type.KIND for body_type in TYPES}) == len(TYPES)


@pytest.mark.parametrize("body_type", TYPES, ids=lambda body_type: body_type.__name__)
def test_records_of_other_kinds_are_not_taken_for_this_one(body_type):
    others = [body for body in EXAMPLES if type(body) is not body_type]
    assert [body_type.of(written(body)) for body in others] == [None] * len(others)


@pytest.mark.parametrize(
    ("body_type", "body"),
    [
        (bodies.Intent, {}),
        (bodies.Intent, {"goal": 5}),
        (bodies.CellEnd, {"status": "great"}),
        (bodies.CellEnd, {"status": "ok", "outputs": "text"}),
        (bodies.CellStart, {"code": {"blob": "ab"}, "session": "s", "execution": "m"}),
        (bodies.VerdictAccept, {"verdict": "reject", "subject": "s", "judges": "j"}),
        (bodies.VerdictReject, {"verdict": "accept", "subject": "s", "judges": "j"}),
        (bodies.Checkpoint, {"summary": "s", "learnings": "one"}),
    ],
)
def test_a_malformed_body_is_read_as_none(body_type, body):
    record = Record(
        act=body_type.ACT, actor="a", body={**body, "kind": body_type.KIND}, clock=1, thread="th"
    )
    assert body_type.of(record) is None


def test_fields_that_are_not_known_are_ignored():
    record = Record(
        act="INTEND",
        actor="a",
        body={"kind": "core.intent", "_v": 1, "goal": "g", "labels": ["x"]},
        clock=1,
        thread="th",
    )
    assert bodies.Intent.of(record) == bodies.Intent(goal="g")


def test_fields_left_at_their_default_are_not_written():
    draft = bodies.CellStart(code="1", session="s", execution="m").draft(thread="th")
    assert draft.body == {
        "code": "1",
        "session": "s",
        "execution": "m",
        "kind": "threadbook.cell.start",
        "_v": 1,
    }


@pytest.mark.parametrize(
    ("body_type", "verdict"), [(bodies.VerdictAccept, "accept"), (bodies.VerdictReject, "reject")]
)
def test_a_verdict_says_its_verdict_in_the_body(body_type, verdict):
    body = body_type(subject="did:x:y", judges="ab").draft(thread="th").body
    assert (body["verdict"], body["domain"]) == (verdict, "general")
