"""Everything there is to see of one row: its records, what they hold, and what proves them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from threadbook.errors import RecordNotFound
from threadbook.folds import titles
from threadbook.folds.fields import text_of
from threadbook.folds.lineage import LineageFold, LineageState
from threadbook.folds.timeline import Row, TimelineState, row_at
from threadbook.folds.trust import TrustFold, TrustState
from threadbook.log.entry import Stored
from threadbook.records.bodies import DecisionRequest, WorkflowCall, WorkflowSave
from threadbook_panel.artifacts import ArtifactEntry, entry_of
from threadbook_panel.contents import Code, code_of, outputs_of, value_of
from threadbook_panel.links import MOST_LINKS, Link, children_of, parents_of
from threadbook_panel.messages import Message, Params
from threadbook_panel.proofs import Proof, proof_of
from threadbook_panel.reader import Reader

_MOST_ARTIFACTS = 100
_LONGEST_TEXT = 10_000


class RecordParams(Params, frozen=True):
    """Which record: one that opened a row, or one that closed it."""

    id: str


class ErrorDetail(Message, frozen=True):
    """What went wrong; `line` counts from 1 within the code."""

    name: str
    value: str
    line: int | None


class VerdictDetail(Message, frozen=True):
    """A verdict on the row that counts."""

    id: str
    verdict: Literal["accept", "reject"]
    actor: str
    reason: str
    at: int
    domain: str


class RecordDetail(Message, frozen=True):
    """A row with its records; see protocol.ts for what the fields are."""

    row: Row | None
    id: str
    end: str | None
    thread: str
    actor: str
    act: str
    kind: str
    clock: int
    seq: int
    at: int
    body: dict[str, Any]
    end_body: dict[str, Any] | None
    code: str | None
    code_is_cut: bool
    outputs: list[dict[str, Any]]
    outputs_are_cut: bool
    error: ErrorDetail | None
    arguments: dict[str, Any] | None
    result: Any
    artifacts: list[ArtifactEntry]
    parents: list[Link]
    children: list[Link]
    proof: Proof
    verdicts: list[VerdictDetail]


def detail(reader: Reader, params: RecordParams) -> RecordDetail:
    """Return all of a row, given one of its records. Raises RecordNotFound."""
    asked = reader.log.get(params.id)
    row, inside = _rows(reader, asked)
    record = reader.log.get(row.id) if row is not None else asked
    end = reader.log.get(row.end) if row is not None and row.end is not None else None
    both = [record] if end is None else [record, end]
    blobs, last = reader.log.blobs, both[-1].body
    code = _code(reader, record)
    outputs = outputs_of(blobs, last.get("outputs"))
    return RecordDetail(
        row=row,
        id=record.id,
        end=None if end is None else end.id,
        thread=record.thread,
        actor=record.actor,
        act=record.act,
        kind=record.kind or "",
        clock=record.clock,
        seq=record.seq,
        at=record.recorded_at,
        body=record.body,
        end_body=None if end is None else end.body,
        code=code.text,
        code_is_cut=code.is_cut,
        outputs=outputs.outputs,
        outputs_are_cut=outputs.are_cut,
        error=_error(last.get("error")),
        arguments=_arguments(reader, record),
        result=value_of(blobs, last.get("result"), last.get("result_blob")),
        artifacts=_artifacts(reader, [record.id, *(row.id for row in inside)]),
        parents=parents_of(reader, record),
        children=children_of(reader, both, _directly(row, inside)),
        proof=proof_of(reader, both),
        verdicts=_verdicts(reader, {one.id for one in both}),
    )


def _rows(reader: Reader, record: Stored) -> tuple[Row | None, list[Row]]:
    """Return the row of a record, and all that happened in it."""
    now = reader.now()

    def view(state: TimelineState) -> tuple[Row | None, list[Row]]:
        row = state.row_of(record.id)
        if row is None:
            return None, []
        inside = {row.index: row}
        for later in state.rows[row.index + 1 :]:
            if later.parent in inside:
                inside[later.index] = row_at(state, later, now)
        del inside[row.index]
        return row_at(state, row, now), list(inside.values())

    return reader.timelines.of(record.thread).ask(view)


def _directly(row: Row | None, inside: list[Row]) -> list[Row]:
    return [one for one in inside if row is not None and one.parent == row.index][:MOST_LINKS]


def _code(reader: Reader, record: Stored) -> Code:
    """Return the code of a cell, or the source of the workflow that was saved or called."""
    if record.kind == WorkflowCall.KIND:
        try:
            record = reader.log.get(text_of(record.body, "workflow") or "")
        except RecordNotFound:
            return Code(None)
    source = "source" if record.kind == WorkflowSave.KIND else "code"
    return code_of(reader.log.blobs, record.body.get(source))


def _arguments(reader: Reader, record: Stored) -> dict[str, Any] | None:
    """Return the arguments of a call, or of the one that is asked about."""
    body: Mapping[str, Any] = record.body
    context = body.get("context")
    if record.kind == DecisionRequest.KIND and isinstance(context, dict):
        body = context
    found = value_of(reader.log.blobs, body.get("arguments"), body.get("arguments_blob"))
    return found if isinstance(found, dict) else None


def _error(error: Any) -> ErrorDetail | None:
    if not isinstance(error, dict):
        return None
    return ErrorDetail(
        name=titles.line(error.get("name")),
        value=(text_of(error, "value") or "")[:_LONGEST_TEXT],
        line=titles.count(error.get("line")),
    )


def _artifacts(reader: Reader, ids: list[str]) -> list[ArtifactEntry]:
    def view(state: LineageState) -> list[ArtifactEntry]:
        found = (state.versions.get(record_id) for record_id in ids)
        return [entry_of(version) for version in found if version is not None][:_MOST_ARTIFACTS]

    return reader.ask(LineageFold(), view)


def _verdicts(reader: Reader, ids: set[str]) -> list[VerdictDetail]:
    """Return the verdicts on these records that count, newest first."""
    now = reader.now()

    def view(state: TrustState) -> list[tuple[str, str]]:
        found = []
        for heard in state.latest.values():
            for judged in ids & heard.keys():
                place = state.places[heard[judged]]
                bench = state.benches[place.actor][place.domain][place.judge]
                if bench.voices[place.index].counts(now):
                    found.append((heard[judged], place.domain))
        return found

    counting = [
        (reader.log.get(verdict), domain)
        for verdict, domain in reader.ask(TrustFold(reader.operator), view)
    ]
    counting.sort(key=lambda one: -one[0].seq)
    return [_verdict(stored, domain) for stored, domain in counting]


def _verdict(stored: Stored, domain: str) -> VerdictDetail:
    return VerdictDetail(
        id=stored.id,
        verdict="accept" if stored.body.get("verdict") == "accept" else "reject",
        actor=stored.actor,
        reason=(text_of(stored.body, "reason") or "")[:_LONGEST_TEXT],
        at=stored.recorded_at,
        domain=domain,
    )
