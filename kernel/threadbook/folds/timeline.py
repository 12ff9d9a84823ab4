"""The timeline of a thread: one row for each thing that happened, as a person reads it.

A record opens a row or closes one: a cell, a tool call, a workflow's call, a step and a session are
one row each with their end, a decision is one with its answer. Rows stand in the order of the
records that opened them and never move; what happened inside another thing names its row.

What closes goals and answers decisions is what folds/progress.py and folds/decisions.py say, so
that no record looks like an answer that does not count as one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, get_args

import msgspec

from threadbook.folds import principals, progress, titles
from threadbook.folds.decisions import (
    WORK_REQUEST,
    DecisionsFold,
    Request,
)
from threadbook.folds.fields import texts_of
from threadbook.folds.fold import CORRECTION, ERASURE, TOPIC_CORRECTION, Fact, Fold
from threadbook.folds.row_types import BEGINNERS, CLOSERS, RowType, step_word, type_of
from threadbook.folds.rows import Row, RowStatus, TimelineState
from threadbook.folds.titles import Glance
from threadbook.log.entry import Stored
from threadbook.log.store import Query
from threadbook.records.bodies import DecisionRequest, SessionEnd, SessionStart, SessionSwitch
from threadbook.records.record import Act

_ENDS: dict[str, RowStatus] = {
    status: status
    for status in get_args(RowStatus)
    if status not in ("running", "waiting", "open", "none")
}
_CONTAINERS = frozenset({"cell", "tool", "workflow", "step", "model"})
_OUTERMOST = frozenset({"cell", "session", "goal", "outcome"})
"""Rows that nothing contains, even if a cell made them: where people look for first."""

_GOAL_STATUS: dict[str, RowStatus] = {
    "open": "open",
    "done": "ok",
    "cancelled": "cancelled",
    "rejected": "rejected",
}
_VERDICTS: dict[Any, RowStatus] = {"accept": "accepted", "reject": "rejected"}
_FULFILLS, _CANCELS = b'"fulfills":', b'"cancels":'
_ABOUT_WORK = frozenset(
    {*principals.KINDS, CORRECTION, ERASURE, WORK_REQUEST, DecisionRequest.KIND}
)
_ASKS = (b'"awaits":',)
_MARKS: dict[str, tuple[bytes, ...]] = {
    Act.DO: (_FULFILLS, _CANCELS),
    Act.KNOW: (_FULFILLS, b'"verdict":', TOPIC_CORRECTION, *_ASKS),
}
_LONGEST_NAME = 100
_DEAD = ("the kernel died", "killed:")
"""How the reasons begin that are written for a kernel which could not end its session itself."""


class TimelineFold(Fold[TimelineState]):
    """The rows of a thread, or of all records that it is given. `operator` as in DecisionsFold."""

    name = "timeline"
    version = 1
    state_type = TimelineState

    def __init__(self, thread: str | None = None, operator: str | None = None) -> None:
        self.thread = thread
        self.wants = (Query(thread=thread), Query(kind=SessionSwitch.KIND), *principals.WANTS)
        self._decisions = DecisionsFold(operator)

    @property
    def key(self) -> str:
        """The name, which thread, and the operator who was believed."""
        return f"{self._decisions.key}:{self.name}:{self.thread}"

    def apply(self, state: TimelineState, fact: Fact) -> TimelineState:
        """See Fold.apply."""
        is_here = self.thread in (None, fact.thread)
        if is_here or fact.kind == SessionSwitch.KIND:
            state.touched.clear()
        if fact.kind == SessionSwitch.KIND and self.thread is not None:
            _follow(state, fact, self.thread)
        if not is_here:
            if fact.kind in principals.KINDS:
                self._decisions.apply(state.decisions, fact)
            return state
        is_answer = _is_about_work(fact) and self._note_work(state, fact)
        if not (_is_end(state, fact) or is_answer):
            _open(state, fact)
        return state

    def _note_work(self, state: TimelineState, fact: Fact) -> bool:
        """Follow goals and decisions; return whether the record is an answer that counts."""
        _note_goals(state, fact)
        return self._note_decisions(state, fact)

    def _note_decisions(self, state: TimelineState, fact: Fact) -> bool:
        """Tell the decisions; return whether the record settles one."""
        requests = [
            request
            for record_id in _named(fact)
            if (request := state.decisions.requests.get(record_id)) is not None
        ]
        before = [_outcome(request) for request in requests]
        self._decisions.apply(state.decisions, fact)
        answered = [
            request
            for request, was in zip(requests, before, strict=True)
            if _outcome(request) != was
        ]
        for request in answered:
            _settle(state, request, fact)
        return bool(answered)


def timeline(records: Iterable[Stored], *, as_of: int | None = None) -> list[Row]:
    """Return the rows of records, oldest first: of a thread, or of a part of one.

    With a time, Unix ms, decisions that had expired by then are shown so.
    """
    state = TimelineFold().over(records)
    return state.rows if as_of is None else [row_at(state, row, as_of) for row in state.rows]


def status_at(state: TimelineState, row: Row, as_of: int) -> RowStatus:
    """Return the status of a row as of a time (Unix ms): a decision may have expired."""
    expires_at = state.waiting.get(row.index)
    return "expired" if expires_at is not None and expires_at <= as_of else row.status


def row_at(state: TimelineState, row: Row, as_of: int) -> Row:
    """Return a row as of a time (Unix ms)."""
    status = status_at(state, row, as_of)
    return row if status == row.status else msgspec.structs.replace(row, status=status)


def _is_about_work(fact: Fact) -> bool:
    """Tell whether a record may be about a goal or a decision; a look that misses none."""
    if fact.act == Act.INTEND or fact.kind in _ABOUT_WORK:
        return True
    canonical = fact.canonical
    for mark in _MARKS.get(fact.act, _ASKS):  # noqa: SIM110  `any` takes twice as long
        if mark in canonical:
            return True
    return False


def _named(fact: Fact) -> list[str]:
    """Return the ids of what a record may answer, close or take back."""
    if fact.kind in (CORRECTION, ERASURE):
        return texts_of(fact.body, "corrects", "erases")
    if fact.act == Act.DO and (_FULFILLS in fact.canonical or _CANCELS in fact.canonical):
        return texts_of(fact.body, "fulfills", "cancels")
    return []


def _outcome(request: Request) -> tuple[str | None, int | None]:
    return (request.answer.id if request.answer else None, request.withdrawn_at)


def _settle(state: TimelineState, request: Request, fact: Fact) -> None:
    """Close the row of a decision that was answered or withdrawn."""
    row = state.row_of(request.id)
    if row is None:
        return
    status: RowStatus = "withdrawn"
    if request.answer is not None:
        status = "approved" if request.answer.is_approval else "rejected"
    state.close(
        row,
        fact,
        status=status,
        detail=titles.line(fact.body.get("reason")),
        duration_ms=float(max(fact.recorded_at - row.at, 0)),
    )


def _note_goals(state: TimelineState, fact: Fact) -> None:
    """Follow what the record does to goals; whatever else it is, it has a row, too."""
    goals: list[str] = []
    if state.progress.closers:
        named = _named(fact) if fact.kind in (CORRECTION, ERASURE) else []
        if fact.act == Act.KNOW and TOPIC_CORRECTION in fact.canonical:
            named = fact.parents
        goals = [goal for name in named for goal in state.progress.closers.get(name, ())]
    progress.note(state.progress, fact)
    for goal_id in dict.fromkeys([*goals, *state.progress.closers.get(fact.id, ())]):
        row, goal = state.row_of(goal_id), state.progress.goals[goal_id]
        if row is not None and row.type in ("goal", "task"):
            end = goal.closing[0] if goal.closing else None
            state.change(row, status=_GOAL_STATUS[goal.status], end=end)


def _is_end(state: TimelineState, fact: Fact) -> bool:
    """Close the row that a record is the end of; return whether there is one."""
    closes = CLOSERS.get(fact.kind or "")
    word = step_word(fact.kind) if closes is None else None
    is_no_end = closes is None and (word is None or word.begins)
    if is_no_end or fact.id in state.decisions.requests:
        return False
    seen, parents = titles.glance(fact)
    names = [*parents, seen.session] if fact.kind == SessionEnd.KIND else parents
    row = _opened_by(state, names, closes or "step")
    if row is None or row.end is not None:
        return False  # of another thread, or from before what is shown; a first end stands
    if fact.kind == SessionEnd.KIND:
        _end_session(state, row, fact, seen)
    elif word is not None and not word.ends:
        state.places[fact.id] = row.index
        state.change(row, status=word.status)
    else:
        status = _ENDS.get(seen.status) if isinstance(seen.status, str) else None
        _end(state, row, fact, seen, status or (word.status if word else "none"))
    return True


def _opened_by(state: TimelineState, ids: Iterable[Any], type_: str) -> Row | None:
    """Return the row that one of these records opened, or went on with."""
    for record_id in ids:
        row = state.row_of(record_id) if isinstance(record_id, str) else None
        if row is not None and row.type == type_ and row.end != record_id:
            return row
    return None


def _end(state: TimelineState, row: Row, fact: Fact, seen: Glance, status: RowStatus) -> None:
    detail = titles.error_line(seen.error) or titles.line(seen.note) or row.detail
    if status == "died":
        state.die([i for i in state.running if i != row.index and state.is_inside(i, row)], detail)
    state.close(
        row,
        fact,
        status=status,
        detail=detail or titles.result_line(seen.result),
        duration_ms=titles.number(seen.duration_ms),
        execution_count=titles.count(seen.execution_count),
        sandbox=titles.line(seen.sandbox, _LONGEST_NAME) or row.sandbox,
    )


def _end_session(state: TimelineState, row: Row, fact: Fact, seen: Glance) -> None:
    """Close a session, and what it left running."""
    reason = titles.line(seen.reason)
    status: RowStatus = "died" if reason.startswith(_DEAD) else "ok"
    state.die([i for i, session in state.running.items() if session == row.id], reason)
    duration = float(max(fact.recorded_at - row.at, 0))
    state.close(row, fact, status=status, detail=reason, duration_ms=duration)


def _follow(state: TimelineState, fact: Fact, thread: str) -> None:
    """Note that a session that began on this thread works on another one, or is back."""
    row = _opened_by(state, texts_of(fact.body, "session"), "session")
    if row is None or row.end is not None or row.actor != fact.actor:
        return
    if fact.thread == thread:
        state.change(row, status="running", detail="")
    else:
        where = titles.line(fact.thread, _LONGEST_NAME)
        state.change(row, status="ok", detail=f"went on with thread {where}")


def _open(state: TimelineState, fact: Fact) -> None:
    """Add the row of a record that closes none."""
    seen, parents = titles.glance(fact)
    is_request = fact.id in state.decisions.requests
    type_ = type_of(
        fact.kind,
        fact.act,
        verdict=seen.verdict,
        is_request=is_request,
        is_task=seen.task is True,
    )
    around = None if type_ in _OUTERMOST else _container(state, seen, parents)
    is_cell, refusal = type_ == "cell", _refusal(state, fact)
    row = Row(
        index=len(state.rows),
        id=fact.id,
        seq=fact.seq,
        type=type_,
        kind=sys.intern(titles.line(fact.kind)),
        act=sys.intern(fact.act),
        title=titles.title(fact, seen, type_),
        detail=refusal or titles.error_line(seen.error),
        actor=sys.intern(fact.actor),
        is_signed=fact.is_signed,
        at=fact.recorded_at,
        duration_ms=titles.number(seen.duration_ms),
        status="refused" if refusal else _beginning(fact, seen, type_, is_request=is_request),
        depth=around.depth + 1 if around else 0,
        parent=around.index if around else None,
        cell_id=(titles.line(seen.cell_id, _LONGEST_NAME) or None) if is_cell else None,
        execution_count=titles.count(seen.execution_count) if is_cell else None,
        sandbox=_sandbox(state, fact, seen) if type_ in ("cell", "session") else None,
    )
    state.add(row)
    if row.status == "running" and type_ != "session":
        state.running[row.index] = _session_of(state, seen, around)
    if is_request:
        state.waiting[row.index] = state.decisions.requests[fact.id].expires_at


def _refusal(state: TimelineState, fact: Fact) -> str:
    """Return why a record is no answer to the decision that it would answer."""
    if not state.decisions.requests or fact.act != Act.DO:
        return ""
    requests = map(state.decisions.requests.get, _named(fact))
    refused = (one for request in requests if request for one in request.refused)
    return next((one.why for one in refused if one.id == fact.id), "")


def _beginning(fact: Fact, seen: Glance, type_: RowType, *, is_request: bool) -> RowStatus:
    """Return the status of a row before anything closes it."""
    word = step_word(fact.kind)
    if fact.kind in BEGINNERS or (word is not None and word.begins):
        return "running"
    if is_request:
        return "waiting"
    if type_ == "verdict":
        return _VERDICTS.get(seen.verdict, "none") if isinstance(seen.verdict, str) else "none"
    if fact.act == Act.INTEND and type_ in ("goal", "task"):
        return "open"
    if isinstance(seen.status, str) and type_ != "task":
        return _ENDS.get(seen.status, "none")
    return word.status if word is not None else "ok" if type_ == "outcome" else "none"


def _container(state: TimelineState, seen: Glance, parents: list[str]) -> Row | None:
    """Return the row that a record happened in: a parent, or the cell that its body names.

    A parent that has ended contains only what says itself that it belongs to a cell.
    """
    for record_id in parents:
        row = state.row_of(record_id)
        if row is not None and row.type in _CONTAINERS and row.id == record_id:
            return row if seen.cell or row.index in state.running else None
    row = state.row_of(seen.cell) if isinstance(seen.cell, str) else None
    return row if row is not None and row.type in _CONTAINERS else None


def _session_of(state: TimelineState, seen: Glance, around: Row | None) -> str:
    if around is not None:
        return state.running.get(around.index, "")
    named = seen.session or seen.cell  # what is called outside cells names the session as its cell
    return named if isinstance(named, str) else ""


def _sandbox(state: TimelineState, fact: Fact, seen: Glance) -> str | None:
    """Return the tier that is stated, else that of the session."""
    if stated := titles.line(seen.sandbox, _LONGEST_NAME):
        return stated
    if fact.kind == SessionStart.KIND:
        return "none"  # bodies leave their defaults out
    session = state.row_of(seen.session) if isinstance(seen.session, str) else None
    return session.sandbox if session is not None else None


__all__ = ["Row", "RowStatus", "TimelineFold", "TimelineState", "row_at", "status_at", "timeline"]
