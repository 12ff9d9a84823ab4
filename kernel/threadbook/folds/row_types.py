"""Which type of row a record is: by its kind, else by what its body and its act say."""

from __future__ import annotations

import re
from typing import Any, Literal, NamedTuple

from threadbook.folds.decisions import WORK_REQUEST
from threadbook.folds.fold import CORRECTION, ERASURE
from threadbook.records import bodies
from threadbook.records.record import Act

RowType = Literal[
    "goal", "outcome", "session", "cell", "output", "tool", "artifact", "workflow", "step",
    "model", "decision", "verdict", "checkpoint", "deps", "task", "note", "correction", "record",
]  # fmt: skip

CLOSERS: dict[str, RowType] = {
    bodies.CellEnd.KIND: "cell",
    bodies.ToolResult.KIND: "tool",
    bodies.WorkflowResult.KIND: "workflow",
    bodies.SessionEnd.KIND: "session",
    "threadbook.model.result": "model",
}
"""Kinds that end what their parent began, and the type of its row."""

BEGINNERS = frozenset({
    bodies.CellStart.KIND,
    bodies.ToolCall.KIND,
    bodies.WorkflowCall.KIND,
    bodies.SessionStart.KIND,
})  # fmt: skip
"""Kinds whose row is running until its end comes."""

_TYPES: dict[str, RowType] = {
    **CLOSERS,
    bodies.Intent.KIND: "goal",
    bodies.Outcome.KIND: "outcome",
    bodies.SessionStart.KIND: "session",
    bodies.SessionRestart.KIND: "session",
    bodies.SessionSwitch.KIND: "session",
    bodies.CellStart.KIND: "cell",
    bodies.CellOutput.KIND: "output",
    bodies.ToolCall.KIND: "tool",
    bodies.ArtifactSave.KIND: "artifact",
    bodies.ArtifactLoad.KIND: "artifact",
    bodies.ArtifactDelete.KIND: "artifact",
    bodies.WorkflowSave.KIND: "workflow",
    bodies.WorkflowDelete.KIND: "workflow",
    bodies.WorkflowCall.KIND: "workflow",
    bodies.DepsAdd.KIND: "deps",
    bodies.DepsRemove.KIND: "deps",
    bodies.DecisionRequest.KIND: "decision",
    bodies.DecisionAnswer.KIND: "decision",
    WORK_REQUEST: "decision",
    bodies.VerdictAccept.KIND: "verdict",
    bodies.VerdictReject.KIND: "verdict",
    bodies.Checkpoint.KIND: "checkpoint",
    bodies.LogCheckpoint.KIND: "checkpoint",
    bodies.TaskUpdate.KIND: "task",
    CORRECTION: "correction",
    ERASURE: "correction",
    "threadbook.model.call": "model",
}
_STEPS = ("threadbook.run.", "threadbook.step.")
_STEP = re.compile(r"threadbook\.(?:run|step)\.([a-z0-9_-]+)(?:\.v[0-9]+)?")
_BY_ACT: dict[str, RowType] = {Act.INTEND: "goal", Act.KNOW: "note", Act.LEARN: "note"}
_JUDGED = frozenset({"accept", "reject"})


class StepWord(NamedTuple):
    """What the last word of a step's kind says: that it begins, goes on, waits, or how it ended."""

    status: Literal["running", "waiting", "ok", "error", "cancelled"]
    begins: bool = False

    @property
    def ends(self) -> bool:
        """Whether nothing comes after it."""
        return self.status not in ("running", "waiting")


_STEP_WORDS = {
    **dict.fromkeys(("start", "started", "begin"), StepWord("running", begins=True)),
    **dict.fromkeys(("suspend", "suspended"), StepWord("waiting")),
    **dict.fromkeys(("resume", "resumed", "resolve", "resolved"), StepWord("running")),
    **dict.fromkeys(("end", "ended", "complete", "completed", "result"), StepWord("ok")),
    **dict.fromkeys(("fail", "failed"), StepWord("error")),
    **dict.fromkeys(("cancel", "cancelled"), StepWord("cancelled")),
}


def step_word(kind: str | None) -> StepWord | None:
    """Return what a kind says of a run or a step; None where it is of neither, or a thing apart."""
    found = _STEP.fullmatch(kind) if kind and kind.startswith(_STEPS) else None
    return _STEP_WORDS.get(found[1]) if found else None


def type_of(
    kind: str | None,
    act: str,
    *,
    verdict: Any = None,
    is_request: bool = False,
    is_task: bool = False,
) -> RowType:
    """Return the type of the row that a record opens."""
    if is_request:
        return "decision"
    if is_task and act == Act.INTEND:
        return "task"
    if kind is not None:
        if (type_ := _TYPES.get(kind)) is not None:
            return type_
        if _STEP.fullmatch(kind):
            return "step"
    if act == Act.KNOW and isinstance(verdict, str) and verdict in _JUDGED:
        return "verdict"
    return _BY_ACT.get(act, "record")
