"""How far the work of one thread has come: its goals, and what closed them.

A goal is an INTEND. It is closed by a KNOW that `fulfills` it (done), a DO that `cancels` it
(cancelled), or a KNOW with `verdict` reject (rejected) that `judges` it or what fulfilled it;
without `judges`, the newest goal. What closed it may be taken back by its author: a
`core.correction`, `core.erasure`, or KNOW with topic `correction`, on the same thread.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from threadbook.folds.fields import number_of, text_of, texts_of
from threadbook.folds.fold import CORRECTION, ERASURE, TOPIC_CORRECTION, Fact
from threadbook.records.record import Act

ThreadStatus = Literal["open", "active", "observed", "done", "cancelled", "rejected"]
GoalStatus = Literal["open", "done", "cancelled", "rejected"]

LONGEST_TEXT = 500
"""Characters of a goal or summary that a state keeps; the record has the rest."""

_PHASES: dict[str, ThreadStatus] = {
    Act.DO: "active",
    Act.CALL: "active",
    Act.KNOW: "observed",
}
_FULFILLS, _CANCELS, _VERDICT = b'"fulfills":', b'"cancels":', b'"verdict":'
_BAD = frozenset({"reject", "failed", "timeout"})


class Closing(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What closed a goal. `verdict` is accept, reject, failed or timeout; `at` is Unix ms."""

    status: GoalStatus
    actor: str
    seq: int
    at: int
    verdict: str
    summary: str = ""
    cost_usd: float | None = None
    wall_time_secs: float | None = None


class Goal(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An INTEND; of its closings, by record id, the last counts."""

    text: str
    actor: str
    at: int
    awaits: bool = False
    closings: dict[str, Closing] = {}

    @property
    def closing(self) -> tuple[str, Closing] | None:
        """The record that closed the goal, and how; None while it is open."""
        return next(reversed(self.closings.items()), None)

    @property
    def status(self) -> GoalStatus:
        """Open, or what the last closing says."""
        return self.closing[1].status if self.closing else "open"


class Progress(msgspec.Struct, kw_only=True):
    """A thread in numbers, and its goals by record id.

    `closers` names the goals that a record closed; `open_goals` counts those that are open.
    """

    records: int = 0
    first_seq: int = 0
    last_seq: int = 0
    first_at: int = 0
    last_at: int = 0
    opened_by: str = ""
    phase: ThreadStatus = "open"
    open_goals: int = 0
    goals: dict[str, Goal] = {}
    closers: dict[str, list[str]] = {}

    @property
    def status(self) -> ThreadStatus:
        """The status of the goal closed last where all are closed, else how far work has come."""
        if self.open_goals or not self.goals:
            return self.phase
        closings = [goal.closing[1] for goal in self.goals.values() if goal.closing]
        return max(closings, key=lambda closing: closing.seq).status


def note(state: Progress, fact: Fact) -> None:
    """Take in the next record of the thread."""
    if not state.records:
        state.first_seq, state.first_at, state.opened_by = fact.seq, fact.recorded_at, fact.actor
    state.records += 1
    state.last_seq, state.last_at = fact.seq, fact.recorded_at
    if fact.act == Act.INTEND:
        _open(state, fact)
        return
    state.phase = _PHASES.get(fact.act, state.phase)
    if fact.act == Act.KNOW:
        if _FULFILLS in fact.canonical or _VERDICT in fact.canonical:
            _know(state, fact)
        if TOPIC_CORRECTION in fact.canonical and fact.body.get("topic") == "correction":
            _take_back(state, fact, fact.parents)
    elif fact.act == Act.DO and (_FULFILLS in fact.canonical or _CANCELS in fact.canonical):
        _do(state, fact)
    if fact.kind == CORRECTION:
        _take_back(state, fact, texts_of(fact.body, "corrects"))
    elif fact.kind == ERASURE:
        _take_back(state, fact, texts_of(fact.body, "erases"))


def gist(text: str | None) -> str:
    """Return the beginning of a text, as long as a state keeps it."""
    return (text or "")[:LONGEST_TEXT]


def _open(state: Progress, fact: Fact) -> None:
    if not state.goals:
        state.opened_by = fact.actor
    if not state.open_goals:
        state.phase = "open"
    state.goals[fact.id] = Goal(
        text=gist(text_of(fact.body, "goal")),
        actor=fact.actor,
        at=fact.recorded_at,
        awaits=fact.body.get("awaits") == "actor_decision",
    )
    state.open_goals += 1


def _know(state: Progress, fact: Fact) -> None:
    verdict = text_of(fact.body, "verdict")
    fulfilled = [goal for goal in texts_of(fact.body, "fulfills") if goal in state.goals]
    if fulfilled:
        is_bad = verdict in _BAD
        _close(state, fact, fulfilled, "rejected" if is_bad else "done", verdict or "accept")
    elif verdict == "reject" and state.goals:
        judged = text_of(fact.body, "judges")
        goals = [next(reversed(state.goals))] if judged is None else state.closers.get(judged, [])
        if judged in state.goals:
            goals = [judged]
        _close(state, fact, goals, "rejected", verdict)


def _do(state: Progress, fact: Fact) -> None:
    cancelled = [goal for goal in texts_of(fact.body, "cancels") if goal in state.goals]
    _close(state, fact, cancelled, "cancelled", "failed")
    # An INTEND that waits for a decision is closed by the answer, which is a DO.
    answered = [
        goal
        for goal in texts_of(fact.body, "fulfills")
        if goal in state.goals and state.goals[goal].awaits
    ]
    _close(state, fact, answered, "done", "accept")


def _close(state: Progress, fact: Fact, goals: list[str], status: GoalStatus, verdict: str) -> None:
    for goal_id in goals:
        goal = state.goals[goal_id]
        state.open_goals -= goal.status == "open"
        goal.closings[fact.id] = Closing(
            status=status,
            actor=fact.actor,
            seq=fact.seq,
            at=fact.recorded_at,
            verdict=gist(verdict),
            summary=gist(text_of(fact.body, "summary", "reason")),
            cost_usd=number_of(fact.body, "cost_usd"),
            wall_time_secs=number_of(fact.body, "wall_time_secs"),
        )
    if goals:
        state.closers[fact.id] = list(dict.fromkeys([*state.closers.get(fact.id, ()), *goals]))


def _take_back(state: Progress, fact: Fact, ids: list[str]) -> None:
    for record_id in ids:
        goals = state.closers.get(record_id, ())
        if not goals or state.goals[goals[0]].closings[record_id].actor != fact.actor:
            continue
        for goal_id in goals:
            goal = state.goals[goal_id]
            del goal.closings[record_id]
            state.open_goals += goal.status == "open"
        del state.closers[record_id]
