"""Rows of a timeline: what opens one, what closes it, what it happened in."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbook.folds import timeline as rows_of
from threadbook.folds.fold import Fact
from threadbook.folds.timeline import TimelineFold, timeline
from threadbook.log import open_log
from threadbook.records import bodies
from threadbook.records.bodies import (
    ArtifactSave,
    BlobRef,
    CellEnd,
    CellError,
    CellOutput,
    CellStart,
    Correction,
    DecisionAnswer,
    DecisionRequest,
    DepsAdd,
    Intent,
    Outcome,
    SessionEnd,
    SessionStart,
    SessionSwitch,
    ToolCall,
    ToolResult,
    VerdictReject,
    WorkflowCall,
    WorkflowResult,
)
from threadbook.records.identity import Identity
from threadbook.records.record import Act, Draft

BLOB = BlobRef(blob="ab" * 32, size=3)


@pytest.fixture
def do(add):
    """Return a function that appends a body of the agent, or of somebody, under parents."""

    def do(body, *parents, who="agent", act="DO"):
        return add(who, body, act=act, parents=[parent.id for parent in parents])

    return do


@pytest.fixture
def rows(log):
    return lambda: timeline(log.read_all())


@pytest.fixture
def state(log):
    return lambda: TimelineFold("th").over(log.read_all())


def session(sandbox="guard"):
    return SessionStart(
        kernel="threadbook 1", versions={}, executor="local", sandbox=sandbox, pid=1, host="h"
    )


def cell(code="x = 1", session="", cell_id=None):
    return CellStart(code=code, session=session, execution="m", cell_id=cell_id)


def call(cell=None, **arguments):
    return ToolCall(
        tool="weather",
        callable="today",
        adapter="python",
        definition="d",
        arguments=arguments,
        cell=cell,
    )


def seen(row, *names):
    return tuple(getattr(row, name) for name in names)


def test_a_cell_is_one_row_with_its_end(do, rows):
    began = do(session())
    start = do(cell("# Read\nx = 1", began.id, cell_id="c-1"), began)
    (_, running) = rows()
    assert seen(running, "status", "end", "sandbox", "cell_id") == ("running", None, "guard", "c-1")
    error = CellError(name="KeyError", value="'x'", line=2)
    end = do(
        CellEnd(status="error", duration_ms=2.5, execution_count=7, error=error, sandbox="jail"),
        start,
    )
    (_, row) = rows()
    assert seen(row, "id", "end", "title", "detail") == (start.id, end.id, "Read", "KeyError: 'x'")
    assert seen(row, "status", "duration_ms", "execution_count") == ("error", 2.5, 7)
    assert seen(row, "index", "seq", "sandbox") == (1, start.seq, "jail")


def test_what_happens_in_a_cell_is_under_it(do, rows):
    start = do(cell())
    tool = do(call(start.id, city="Oslo"), start)
    do(ToolResult(status="ok", duration_ms=4, result="rain"), tool)
    save = ArtifactSave(name="table", version=2, content=BLOB, description="all", cell=start.id)
    do(save, start)
    work = do(WorkflowCall(workflow="w", name="fit", version=1, arguments={"n": 3}), start)
    inner = do(call(start.id), work)
    failed = CellError(name="ToolCallError", value="no answer")
    do(ToolResult(status="timeout", error=failed), inner)
    do(WorkflowResult(status="error", error=failed), work)
    do(DepsAdd(requested=["pandas", "rich"], requirements=["pandas", "rich"], lock=BLOB), start)
    do(CellEnd(status="ok"), start)
    do(CellOutput(cell=start.id, execution="m", outputs=[text("late\n")], outputs_hash="0"), start)
    assert [
        seen(row, "type", "title", "detail", "status", "depth", "parent") for row in rows()
    ] == [
        ("cell", "x = 1", "", "ok", 0, None),
        ("tool", "weather.today(city='Oslo')", "rain", "ok", 1, 0),
        ("artifact", "table v2: all", "", "none", 1, 0),
        ("workflow", "fit(n=3)", "ToolCallError: no answer", "error", 1, 0),
        ("tool", "weather.today()", "ToolCallError: no answer", "timeout", 2, 3),
        ("deps", "added pandas, rich", "", "none", 1, 0),
        ("output", "output after its cell: late", "", "none", 1, 0),
    ]


def text(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def test_the_next_cell_is_not_inside_the_one_before(do, rows):
    first = do(cell())
    second = do(cell(), first)  # it began while the first was running
    do(CellEnd(status="ok"), second)
    assert [row.depth for row in rows()] == [0, 0]


def test_a_dead_session_leaves_nothing_running(do, rows):
    began = do(session())
    start = do(cell(session=began.id), began)
    tool = do(call(start.id), start)
    do(call(began.id), began)  # from a callback, outside all cells
    do(SessionEnd(session=began.id, reason="the kernel died"), began, who="heir")
    assert [(row.type, row.status, row.detail) for row in rows()] == [
        ("session", "died", "the kernel died"),
        ("cell", "died", "the kernel died"),
        ("tool", "died", "the kernel died"),
        ("tool", "died", "the kernel died"),
    ]
    late = do(ToolResult(status="discarded"), tool)
    assert (rows()[2].status, rows()[2].end) == ("discarded", late.id)


def test_a_cell_that_is_known_to_have_died_takes_its_calls_with_it(do, rows):
    start, other = do(cell()), do(cell())
    work = do(WorkflowCall(workflow="w", name="fit", version=1), start)
    do(call(start.id), work)
    do(call(other.id), other)
    do(CellEnd(status="died", note="the kernel died"), start, who="heir")
    assert [row.status for row in rows()] == ["died", "running", "died", "died", "running"]


def test_a_session_that_came_from_another_thread_says_from_where(do, rows):
    do(SessionSwitch(session="s", came_from="th_before"))
    (row,) = rows()
    assert seen(row, "type", "title", "status") == ("session", "came here from th_before", "none")


def test_a_session_that_goes_to_another_thread_does_not_run_here(do, add, log, state):
    began = do(session())
    leaves = SessionSwitch(session=began.id, came_from="th")
    add("other", leaves, thread="th_2")
    assert state().rows[0].status == "running"
    add("agent", leaves, thread="th_2")
    (row,) = state().rows
    assert seen(row, "status", "detail", "end") == ("ok", "went on with thread th_2", None)
    assert list(state().touched) == [0]
    assert TimelineFold().over(log.read_all()).rows[0].status == "running"
    do(SessionSwitch(session=began.id, came_from="th_2"))
    assert [(row.status, row.detail) for row in state().rows] == [("running", ""), ("none", "")]
    add("agent", leaves, thread="th_2")
    do(SessionEnd(session=began.id, reason="the kernel died"), began, who="heir")
    add("agent", leaves, thread="th_2")
    assert state().rows[0].status == "died"


def test_a_session_that_ends_in_order_is_ok(do, rows):
    began = do(session())
    do(SessionEnd(session=began.id, reason="shutdown"), began)
    (row,) = rows()
    assert seen(row, "status", "title", "detail") == (
        "ok",
        "threadbook 1, started by local",
        "shutdown",
    )
    assert row.duration_ms is not None


def test_the_first_end_stands(do, rows):
    start = do(cell())
    do(CellEnd(status="error"), start)
    second = do(CellEnd(status="ok"), start, who="other")
    first, other = rows()
    assert first.status == "error"
    assert (other.id, other.type, other.status) == (second.id, "cell", "ok")


def test_an_end_without_its_start_has_a_row(do, rows):
    do(CellEnd(status="error", error=CellError(name="E", value="v")))
    do(ToolResult(status="ok"))
    assert [(row.type, row.status, row.detail) for row in rows()] == [
        ("cell", "error", "E: v"),
        ("tool", "ok", ""),
    ]


def test_goals_stand_as_what_closed_them_says(do, rows):
    first, second, third = (do(Intent(goal=goal)) for goal in ("a", "b", "c"))
    done = do(Outcome(summary="found", fulfills=first.id))
    do({"kind": "team.work.stop", "cancels": second.id, "reason": "no"})
    assert [seen(row, "type", "title", "status", "end") for row in rows()[:4]] == [
        ("goal", "a", "ok", done.id),
        ("goal", "b", "cancelled", rows()[4].id),
        ("goal", "c", "open", None),
        ("outcome", "found", "ok", None),
    ]
    do(VerdictReject(subject="did:sync:user:agent", judges=done.id, reason="bad"), who="judge")
    assert [row.status for row in rows()] == [
        "rejected", "cancelled", "open", "ok", "none", "rejected",
    ]  # fmt: skip
    del third


@pytest.mark.parametrize(
    ("decision", "fields", "status"),
    [("approve", "fulfills", "approved"), ("reject", "cancels", "rejected")],
)
def test_a_decision_is_one_row_with_its_answer(do, rows, decision, fields, status):
    asked = do(DecisionRequest(question="May it?", options=["approve", "reject"]), act="KNOW")
    assert seen(rows()[0], "type", "title", "status") == ("decision", "May it?", "waiting")
    answer = do(
        DecisionAnswer(decision=decision, reason="so", **{fields: asked.id}), asked, who="person"
    )
    (row,) = rows()
    assert seen(row, "status", "end", "detail") == (status, answer.id, "so")


def test_an_answer_that_does_not_count_changes_nothing(do, rows):
    asked = do(DecisionRequest(question="May it?"), act="KNOW")
    do(DecisionAnswer(decision="approve", fulfills=asked.id), asked)
    waiting, forged = rows()
    assert waiting.status == "waiting"
    assert seen(forged, "type", "status", "detail") == (
        "decision",
        "refused",
        "it is the requester's own answer",
    )


def test_a_question_is_the_end_of_nothing(do, rows):
    start = do(cell())
    asked = do({"kind": CellEnd.KIND, "awaits": "actor_decision"}, start, act="KNOW")
    assert [seen(row, "type", "status") for row in rows()] == [
        ("cell", "running"),
        ("decision", "waiting"),
    ]
    do(DecisionAnswer(decision="approve", fulfills=asked.id), asked, who="ann")
    assert [row.status for row in rows()] == ["running", "approved"]


def test_an_answer_may_be_the_end_of_a_step_too(do, rows):
    step = do({"kind": "threadbook.step.started", "name": "review"})
    asked = do(DecisionRequest(question="is it good?"), step)
    ends = {"kind": "threadbook.step.completed", "decision": "approve", "fulfills": asked.id}
    do(ends, step, who="ann")
    assert [seen(row, "type", "status") for row in rows()] == [
        ("step", "ok"),
        ("decision", "approved"),
    ]


def test_a_decision_is_withdrawn_or_expires(do, log, state):
    asked = do(DecisionRequest(question="One?", expires_at=2_000_000_000_000), act="KNOW")
    other = do(DecisionRequest(question="Two?"), act="KNOW")
    do(Correction(corrects=[other.id], revised_fields={}, reason="not needed"), other)
    found = state()
    first, second = found.rows
    assert (first.id, second.id) == (asked.id, other.id)
    for as_of, status in ((1_999_999_999_999, "waiting"), (2_000_000_000_000, "expired")):
        assert rows_of.row_at(found, first, as_of).status == status
        assert rows_of.row_at(found, second, as_of).status == "withdrawn"
    assert first.status == "waiting"
    assert timeline(log.read_all(), as_of=2_000_000_000_001)[0].status == "expired"


def test_steps_are_paired_by_their_parents(do, rows):
    start = do(cell())
    run = do({"kind": "threadbook.run.started", "name": "nightly"}, start)
    step = do({"kind": "threadbook.step.started.v1", "name": "fetch"}, run)
    do({"kind": "threadbook.step.attempt_failed", "name": "fetch"}, step, act="KNOW")
    do({"kind": "threadbook.step.suspended"}, step, act="KNOW")
    assert [seen(row, "type", "status", "depth") for row in rows()] == [
        ("cell", "running", 0),
        ("step", "running", 1),
        ("step", "waiting", 2),
        ("step", "none", 3),
    ]
    do({"kind": "threadbook.step.resolved"}, step, act="KNOW")
    assert rows()[2].status == "running"
    do({"kind": "threadbook.step.completed", "duration_ms": 3}, step, act="KNOW")
    failed = do({"kind": "threadbook.run.failed", "error": {"name": "E", "value": "v"}}, run)
    assert [(row.status, row.detail) for row in rows()[1:3]] == [("error", "E: v"), ("ok", "")]
    assert rows()[1].end == failed.id


def test_a_step_that_waited_goes_on_from_there(do, rows):
    step = do({"kind": "threadbook.step.started", "name": "fetch"})
    waits = do({"kind": "threadbook.step.suspended"}, step, act="KNOW")
    resolved = do({"kind": "threadbook.step.resolved"}, waits, act="KNOW")
    assert [row.status for row in rows()] == ["running"]
    end = do({"kind": "threadbook.step.completed"}, resolved, act="KNOW")
    assert [(row.status, row.end) for row in rows()] == [("ok", end.id)]
    again = do({"kind": "threadbook.step.completed"}, end, act="KNOW")
    assert [(row.id, row.status) for row in rows()] == [(step.id, "ok"), (again.id, "ok")]


@pytest.mark.parametrize(
    ("act", "body", "type_"),
    [
        ("KNOW", {"kind": "team.a.note"}, "note"),
        ("LEARN", {"kind": "agent.session.checkpoint", "summary": "s"}, "checkpoint"),
        ("KNOW", {"verdict": "accept", "subject": "did:x"}, "verdict"),
        ("INTEND", {"goal": "g"}, "goal"),
        ("INTEND", {"goal": "g", "task": True}, "task"),
        ("DO", {"kind": "threadbook.task.update"}, "task"),
        ("PUT", {"kind": "core.correction"}, "correction"),
        ("CALL", {"kind": "threadbook.model.call"}, "model"),
        ("PUT", {"kind": "threadbook.artifact.delete", "name": "n"}, "artifact"),
        ("GET", {}, "record"),
    ],
)
def test_the_type_of_a_row(do, rows, act, body, type_):
    do(body, act=act)
    assert [row.type for row in rows()] == [type_]


def test_titles_are_one_line_with_nothing_hidden(do, rows):
    hostile = "clear \x1b[2J \u202eright\r\nnext\x07" + "x" * 9000
    for body in (
        cell(hostile),
        call(**{hostile: hostile}),
        Intent(goal=hostile),
        {"kind": "a.b.c", hostile: hostile},
        CellOutput(cell=None, execution="m", outputs=[text(hostile)], outputs_hash="0"),
        SessionStart(kernel=hostile, versions={}, executor=hostile, pid=1, host="h"),
        SessionSwitch(session="s", came_from=hostile),
        DepsAdd(requested=[hostile], requirements=[], lock=BLOB),
    ):
        do(body)
    for row in rows():
        assert row.title
        assert row.title.isprintable()
        assert len(row.title) <= 200


KINDS = [
    *sorted(
        body.KIND
        for body in vars(bodies).values()
        if isinstance(body, type) and getattr(body, "KIND", None)
    ),
    "threadbook.step.started", "threadbook.step.failed", "threadbook.run.suspended",
    "threadbook.model.result", "team.a.note",
]  # fmt: skip
FIELDS = sorted({*rows_of.Glance.__struct_fields__, "awaits", "fulfills", "cancels", "corrects"})
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(["ok", "died", "error", "accept", "actor_decision", "#0", "#1", "#2", "#3"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
RECORDS = st.lists(
    st.tuples(
        st.sampled_from(sorted(Act)),
        st.one_of(st.none(), st.sampled_from(KINDS)),
        st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6),
        st.lists(st.integers(0, 5), max_size=2),
        st.sampled_from(["ann", "bob"]),
    ),
    max_size=12,
)


def resolved(value, ids):
    """Return the value in which `#0` is the id of the last record, and so on."""
    if isinstance(value, str) and value.startswith("#") and value[1:].isdigit() and ids:
        return ids[-1 - int(value[1:]) % len(ids)]
    return value


@settings(max_examples=150, deadline=None)
@given(RECORDS, st.integers(0, 12))
def test_any_body_has_its_row_and_rows_never_move(records, cut):
    fold = TimelineFold("th")
    with open_log("memory:") as log:
        whole, ids = fold.empty(), []
        for act, kind, fields, parents, who in records:
            body = {name: resolved(value, ids) for name, value in fields.items()}
            draft = Draft(
                act=act,
                body=body if kind is None else {**body, "kind": kind},
                thread="th",
                parents=tuple(ids[-1 - parent % len(ids)] for parent in parents if ids),
            )
            stored = log.append(draft, by=Identity.static(f"did:sync:user:{who}"))
            ids.append(stored.id)
            before = list(whole.rows)
            whole = fold.apply(whole, Fact(stored))
            check_step(whole, before, stored)
        kept = fold.over(list(log.read_all())[:cut])
        parts = msgspec.msgpack.decode(msgspec.msgpack.encode(kept), type=fold.state_type)
        for stored in list(log.read_all())[cut:]:
            parts = fold.apply(parts, Fact(stored))
        assert msgspec.structs.replace(parts, touched={}) == msgspec.structs.replace(
            whole, touched={}
        )
        msgspec.json.encode(whole.rows)


def check_step(state, before, stored):
    """A record is in one place: the row it opened, or one that it closed or went on with."""
    place = state.places[stored.id]
    opened = len(state.rows) - len(before)
    assert opened in (0, 1)
    assert (state.rows[-1].id == stored.id) if opened else (place < len(before))
    for index, row in enumerate(state.rows):
        assert row.index == index
        assert row.parent is None or row.parent < index
        assert row.depth == (0 if row.parent is None else state.rows[row.parent].depth + 1)
    for old, new in zip(before, state.rows, strict=False):
        assert (old.id, old.seq, old.type, old.title) == (new.id, new.seq, new.type, new.title)
        assert old == new or old.index in state.touched
    assert sum(state.types.values()) == sum(state.statuses.values()) == len(state.rows)
