"""A record in all detail: what it holds, what belongs to it, and what proves it."""

import base64
import json
import sqlite3
import struct

import msgspec
import pytest

from threadbook.errors import RecordNotFound
from threadbook.log.checkpoints import Checkpointer
from threadbook.records.bodies import (
    ArtifactSave,
    BlobRef,
    CellEnd,
    CellError,
    CellOutput,
    CellStart,
    DecisionRequest,
    Erasure,
    Intent,
    SessionStart,
    ToolCall,
    ToolResult,
    VerdictAccept,
    VerdictReject,
    WorkflowCall,
    WorkflowSave,
)
from threadbook.records.identity import Identity
from threadbook.records.tombstone import tombstone_of
from threadbook.values import pack_value
from threadbook_panel.contents import LARGEST_OUTPUTS, LARGEST_VALUE, LONGEST_CODE
from threadbook_panel.feed import Feed

THREAD = "th_1"


def cell(code="x = 1"):
    return CellStart(code=code, session="s", execution="m")


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def call(cell, **fields):
    names = {"tool": "time", "callable": "now", "adapter": "python", "definition": "d"}
    return ToolCall(**names, cell=cell.id, **fields)


@pytest.fixture
def record(feed):
    """Return a function that asks for a record, and sees that it can be sent."""

    def record(stored):
        found = feed.call("record", {"id": stored.id})
        msgspec.json.encode(found)
        return found

    return record


@pytest.fixture
def blob(log):
    """Return a function that stores content and returns what a body has of it."""
    return lambda data, media_type="application/json": log.blobs.put(data, media_type=media_type)


def test_a_cell_shows_its_code_its_outputs_and_its_error(add, record, agent):
    start = add(cell("x = 1\n1 / 0"))
    error = CellError(name="ZeroDivisionError", value="division by zero", line=2)
    body = CellEnd(status="error", duration_ms=1.5, outputs=[stream("hi\n")], error=error)
    end = add(body, parents=[start], by=agent)
    for asked in (start, end):
        found = record(asked)
        assert (found.id, found.end, found.row.id) == (start.id, end.id, start.id)
        assert (found.code, found.code_is_cut) == ("x = 1\n1 / 0", False)
        assert (found.outputs, found.outputs_are_cut) == ([stream("hi\n")], False)
        assert (found.error.name, found.error.value, found.error.line) == (
            "ZeroDivisionError", "division by zero", 2,
        )  # fmt: skip
        assert (found.body, found.end_body) == (start.body, end.body)
        assert (found.thread, found.act, found.actor) == (THREAD, "DO", agent.actor_did)
        assert (found.clock, found.seq, found.at) == (start.clock, start.seq, start.recorded_at)


def test_a_record_that_is_not_there(feed):
    with pytest.raises(RecordNotFound):
        feed.call("record", {"id": "0" * 64})


def test_code_and_outputs_are_read_from_blobs(add, record, blob):
    outputs = [stream("half \ud800 pair"), {"output_type": "display_data", "data": {"x": 1e999}}]
    start = add(cell(blob(b"y = 2", "text/plain")))
    add(CellEnd(status="ok", outputs=blob(json.dumps(outputs).encode())), parents=[start])
    found = record(start)
    assert found.code == "y = 2"
    assert found.outputs[0] == stream("half \ufffd pair")
    assert [output["output_type"] for output in found.outputs] == ["stream", "display_data"]


def test_what_is_large_is_cut_and_says_so(add, record, blob):
    start = add(cell(blob(b"#" * (LONGEST_CODE + 1), "text/plain")))
    text = 'line \\ " \u00e9\n' * 500_000
    add(CellEnd(status="ok", outputs=blob(json.dumps([stream(text)]).encode())), parents=[start])
    found = record(start)
    assert (len(found.code), found.code_is_cut, found.outputs_are_cut) == (LONGEST_CODE, True, True)
    assert 100_000 < len(found.outputs[0]["text"]) < LARGEST_OUTPUTS
    assert text.startswith(found.outputs[0]["text"])


def test_of_a_large_picture_the_smaller_forms_are_shown(add, record, blob):
    picture = {"image/png": "A" * (LARGEST_OUTPUTS + 1), "text/plain": "<Figure>"}
    shown = {"output_type": "display_data", "data": picture, "metadata": {}}
    start = add(cell())
    outputs = blob(json.dumps([shown, stream("after")]).encode())
    add(CellEnd(status="ok", outputs=outputs), parents=[start])
    found = record(start)
    assert found.outputs == [{**shown, "data": {"text/plain": "<Figure>"}}, stream("after")]
    assert found.outputs_are_cut


@pytest.mark.parametrize("form", ["whole", "without padding", "lines"])
def test_a_picture_that_takes_all_memory_is_left_out(add, record, form):
    small = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 20, 10)
    large = small[:16] + struct.pack(">II", 40_000, 40_000)
    shown = {
        "whole": lambda data: data,
        "without padding": lambda data: data.rstrip("="),
        "lines": lambda data: [data[:9] + "\n", data[9:]],
    }[form]

    def output(content):
        data = {"image/png": shown(base64.b64encode(content).decode()), "text/plain": "<Figure>"}
        return {"output_type": "display_data", "data": data, "metadata": {}}

    start = add(cell())
    add(CellEnd(status="ok", outputs=[output(small), output(large)]), parents=[start])
    found = record(start)
    assert found.outputs == [output(small), {**output(large), "data": {"text/plain": "<Figure>"}}]
    assert found.outputs_are_cut


def test_a_blob_that_is_gone_is_missed_and_no_more(add, record):
    gone = BlobRef(blob="ab" * 32, size=5)
    start = add(cell(gone))
    add(CellEnd(status="ok", outputs=gone), parents=[start])
    found = record(start)
    assert (found.code, found.outputs, found.outputs_are_cut) == (None, [], True)


def test_late_output_is_shown_by_its_own_row(add, record):
    start = add(cell())
    body = CellOutput(cell=start.id, execution="m", outputs=[stream("late")], outputs_hash="0")
    assert record(add(body, parents=[start])).outputs == [stream("late")]


def test_a_call_shows_its_arguments_and_its_result(add, record, blob):
    start = add(cell())
    inline = add(call(start, arguments={"city": "Oslo"}), parents=[start])
    add(ToolResult(status="ok", result={"rain": True}), parents=[inline])
    found = record(inline)
    assert (found.arguments, found.result) == ({"city": "Oslo"}, {"rain": True})
    packed = blob(pack_value({"big": 10**30, "pair": (1, 2)}), "application/vnd.msgpack")
    large = blob(b"[" + b"1," * LARGEST_VALUE + b"1]")
    stored = add(call(start, arguments_blob=packed), parents=[start])
    add(ToolResult(status="ok", result_blob=large), parents=[stored])
    found = record(stored)
    assert found.arguments == {"big": 10**30, "pair": [1, 2]}
    assert found.result == {
        "blob": large.blob,
        "size": large.size,
        "media_type": "application/json",
    }
    asked = add(DecisionRequest(question="?", context={"arguments": {"n": 1}}))
    assert record(asked).arguments == {"n": 1}


def test_a_workflow_shows_its_source_where_it_is_saved_and_where_it_is_called(add, record, blob):
    source = blob(b"def run(): ...", "text/x-python")
    saved = add(WorkflowSave(name="fit", version=1, source=source))
    called = add(WorkflowCall(workflow=saved.id, name="fit", version=1))
    nowhere = add(WorkflowCall(workflow="0" * 64, name="fit", version=1))
    assert [record(one).code for one in (saved, called, nowhere)] == [
        "def run(): ...", "def run(): ...", None,
    ]  # fmt: skip


def test_artifacts_are_those_made_in_the_cell_and_in_what_it_called(add, record, blob):
    start = add(cell())
    inside = add(WorkflowCall(workflow="w", name="fit", version=1), parents=[start])
    content = blob(b"abc", "text/plain")
    for name, parent in (("direct", start), ("by workflow", inside)):
        add(ArtifactSave(name=name, version=1, content=content, cell=start.id), parents=[parent])
    add(ArtifactSave(name="elsewhere", version=1, content=content))
    found = record(start)
    assert [artifact.name for artifact in found.artifacts] == ["direct", "by workflow"]
    assert {artifact.blob for artifact in found.artifacts} == {content.blob}


def test_links_lead_to_parents_and_children(add, record):
    began = add(SessionStart(kernel="k", versions={}, executor="x", pid=1, host="h"))
    start = add(cell("first"), parents=[began, "0" * 64])
    tool = add(call(start), parents=[start])
    result = add(ToolResult(status="ok"), parents=[tool])
    end = add(CellEnd(status="ok"), parents=[start])
    after = add(cell("second"), parents=[end])
    child = add(Intent(goal="a part of it"), parents=[start], thread="th_2")
    add({"kind": "a.b.c", "text": start.id})  # it names the cell, but not as a parent
    found = record(start)
    assert [(link.id, link.title, link.index) for link in found.parents] == [
        (began.id, "k, started by x", 0)
    ]
    assert [(link.id, link.title, link.thread, link.index) for link in found.children] == [
        (tool.id, "time.now()", THREAD, 2),
        (after.id, "second", THREAD, 3),
        (child.id, "a part of it", "th_2", None),
    ]
    (link,) = record(after).parents
    assert (link.id, link.title, link.index) == (end.id, "first", None)
    assert result.id not in {link.id for link in record(tool).children}


def test_verdicts_that_count_are_shown(add, record, key, agent):
    start = add(cell())
    judges = [key(name) for name in ("ann", "bob", "cat")]
    about = {"subject": agent.actor_did, "judges": start.id, "domain": "python"}
    add(VerdictReject(**about, reason="hasty"), by=judges[0])
    add(VerdictAccept(**about, reason="on second thought"), by=judges[0])
    add(VerdictReject(**about, reason="wrong"), by=judges[1])
    add(VerdictAccept(**about, reason="mine"), by=agent)
    found = record(start).verdicts
    assert [(one.verdict, one.actor, one.reason, one.domain) for one in found] == [
        ("reject", judges[1].actor_did, "wrong", "python"),
        ("accept", judges[0].actor_did, "on second thought", "python"),
    ]


def test_a_signature_is_verified(add, record, agent):
    start = add(cell())
    add(CellEnd(status="ok"), parents=[start])
    proof = record(start).proof
    assert (proof.signature, proof.id_holds, proof.checkpoint) == ("verified", True, None)
    other = add(cell())
    add(CellEnd(status="ok"), parents=[other], by=Identity.static("did:sync:user:x"))
    assert record(other).proof.signature == "unsigned"


@pytest.mark.parametrize(
    ("change", "signature", "id_holds"),
    [
        ("canonical = replace(canonical, 'x = 1', 'x = 2')", "invalid", False),
        ("sig = zeroblob(64)", "invalid", True),
        ("sig = NULL", "invalid", True),
    ],
)
def test_what_was_tampered_with_shows(add, record, store, change, signature, id_holds):
    start = add(cell())
    with sqlite3.connect(store) as connection:
        change = change.replace("replace(canonical", "CAST(replace(CAST(canonical AS TEXT)")
        change += " AS BLOB)" if "CAST" in change else ""
        connection.execute(f"UPDATE record SET {change} WHERE seq = ?", (start.seq,))
    proof = record(start).proof
    assert (proof.signature, proof.id_holds) == (signature, id_holds)


def test_the_newest_checkpoint_that_covers_a_record_is_named(add, log, record, agent, store):
    first = add(cell())
    Checkpointer(log, agent).append()
    add(cell())
    second = Checkpointer(log, agent).append()
    third = add(cell())
    covering = record(first).proof.checkpoint
    assert (covering.id, covering.size, covering.actor) == (second.id, 3, agent.actor_did)
    assert record(third).proof.checkpoint is None
    with sqlite3.connect(store) as connection:  # another record than was signed
        connection.execute("UPDATE record SET recorded_at = 5 WHERE seq = 1")
    assert Feed(log).call("record", {"id": first.id}).proof.checkpoint is None


def test_an_erased_record_says_so(add, log, record, person):
    start = add(cell("a secret"))
    order = Erasure(
        erases=[start.id], reason="r", authorized_by="x", effective_at="2026-01-01T00:00:00Z"
    )
    erasure = add(order, by=person)
    with log.store.write() as transaction:
        transaction.erase(start.seq, tombstone_of(start.record, by=erasure.id).canonical)
    found = record(start)
    assert "secret" not in str(found)
    assert (found.proof.signature, found.proof.id_holds) == ("unsigned", False)


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "threadbook.cell.end", "outputs": [5, {"output_type": 3}, {"output_type": []}]},
        {"kind": "threadbook.cell.end", "outputs": [{"output_type": "stream", "text": {"a": 1}}]},
        {"kind": "threadbook.cell.end", "outputs": {"blob": 5}, "error": {"line": "x"}},
        {"kind": "threadbook.cell.end", "error": {"name": [], "value": {}, "line": 10**30}},
        {"kind": "threadbook.cell.start", "code": {"blob": "../../x", "size": -1}},
        {"kind": "threadbook.tool.call", "arguments": [1], "arguments_blob": "x"},
        {"kind": "threadbook.tool.result", "result": 10**40, "result_blob": {"blob": ""}},
        {"kind": "threadbook.decision.request", "context": 3},
        {"kind": "threadbook.workflow.call", "workflow": ["x"]},
        {"kind": "threadbook.artifact.save", "content": None},
    ],
)
def test_a_malformed_record_is_shown_all_the_same(add, record, body):
    found = record(add(body))
    assert found.body == body
    assert found.row.index == 0
