"""Checkpoints: where a piece of work stands, so that whoever resumes it need not read it all.

A checkpoint is a LEARN of kind `agent.session.checkpoint`. The latest is that with the highest
clock; of equal ones, the last in the log. Its author may take it back (`core.correction`,
`core.erasure`).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from threadbook.folds.fields import text_of, texts_of
from threadbook.folds.fold import CORRECTION, ERASURE, Fact, Fold
from threadbook.folds.threads import open_goals
from threadbook.log.entry import Stored
from threadbook.log.store import Query
from threadbook.records import bodies
from threadbook.records.record import Act

KIND = bodies.Checkpoint.KIND


class Checkpoint(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A checkpoint. `at` is Unix milliseconds."""

    id: str
    thread: str
    actor: str
    clock: int
    seq: int
    at: int
    summary: str = ""
    learnings: list[str] = []
    next_steps: list[str] = []
    session_id: str | None = None
    reason: str | None = None


class CheckpointsState(msgspec.Struct, kw_only=True):
    """Checkpoints by thread and record id; `threads` finds the thread of one."""

    by_thread: dict[str, dict[str, Checkpoint]] = {}
    threads: dict[str, str] = {}


class Resume(msgspec.Struct, frozen=True, kw_only=True):
    """What to know to go on with a thread: its open goal, where it stands, what came since."""

    thread: str
    goal: str | None
    goal_id: str | None
    checkpoint: Checkpoint | None
    since: list[Stored]


class CheckpointsFold(Fold[CheckpointsState]):
    """Gathers checkpoints."""

    name = "checkpoints"
    version = 1
    state_type = CheckpointsState
    wants = (Query(kind=KIND), Query(kind=CORRECTION), Query(kind=ERASURE))

    def apply(self, state: CheckpointsState, fact: Fact) -> CheckpointsState:
        """See Fold.apply."""
        if fact.kind == KIND and fact.act == Act.LEARN:
            state.by_thread.setdefault(fact.thread, {})[fact.id] = _checkpoint(fact)
            state.threads[fact.id] = fact.thread
        elif fact.kind == CORRECTION:
            _take_back(state, fact, texts_of(fact.body, "corrects"))
        elif fact.kind == ERASURE:
            _take_back(state, fact, texts_of(fact.body, "erases"))
        return state


def checkpoints(state: CheckpointsState, thread: str) -> list[Checkpoint]:
    """Return the checkpoints of a thread, the latest first."""
    found = state.by_thread.get(thread, {}).values()
    return sorted(found, key=_order, reverse=True)


def latest(state: CheckpointsState, thread: str) -> Checkpoint | None:
    """Return the latest checkpoint of a thread, None where it has none."""
    return max(state.by_thread.get(thread, {}).values(), key=_order, default=None)


def resume(thread: str, records: Iterable[Stored]) -> Resume:
    """Return what to know to go on with a thread, given its records in order.

    The goal is the newest that is open; `since` are the records after the latest checkpoint, all
    of them where there is none.
    """
    records = list(records)
    found = latest(CheckpointsFold().over(records), thread)
    goal = next(reversed(open_goals(records)), None)
    return Resume(
        thread=thread,
        goal=text_of(goal.body, "goal") if goal else None,
        goal_id=goal.id if goal else None,
        checkpoint=found,
        since=[stored for stored in records if found is None or stored.seq > found.seq],
    )


def _checkpoint(fact: Fact) -> Checkpoint:
    return Checkpoint(
        id=fact.id,
        thread=fact.thread,
        actor=fact.actor,
        clock=fact.clock,
        seq=fact.seq,
        at=fact.recorded_at,
        summary=text_of(fact.body, "summary") or "",
        learnings=texts_of(fact.body, "learnings"),
        next_steps=texts_of(fact.body, "next_steps"),
        session_id=text_of(fact.body, "session_id"),
        reason=text_of(fact.body, "reason"),
    )


def _order(checkpoint: Checkpoint) -> tuple[int, int]:
    return checkpoint.clock, checkpoint.seq


def _take_back(state: CheckpointsState, fact: Fact, ids: list[str]) -> None:
    for record_id in ids:
        thread = state.threads.get(record_id)
        if thread is not None and state.by_thread[thread][record_id].actor == fact.actor:
            del state.by_thread[thread][record_id], state.threads[record_id]
