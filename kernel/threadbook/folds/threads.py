"""Threads: what state they are in, and the list of all."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from threadbook.folds import joins, progress
from threadbook.folds.fold import Fact, Fold
from threadbook.folds.joins import FanOutStatus, FanOutView, Links
from threadbook.folds.progress import GoalStatus, Progress, ThreadStatus
from threadbook.log.entry import Stored
from threadbook.log.store import Query
from threadbook.records.record import Act

_VERDICT = b'"verdict":'
_OBSERVER = "observer"
_ROLES: dict[str, str] = {Act.DO: "worker", Act.CALL: "adapter"}


class GoalView(msgspec.Struct, frozen=True, kw_only=True):
    """A goal and what became of it; `closed_by` is the id of the record that closed it."""

    id: str
    goal: str
    actor: str
    status: GoalStatus
    recorded_at: int
    closed_by: str | None
    closed_at: int | None


class ThreadView(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a thread. Times are Unix milliseconds.

    `participants` are the roles of each actor: opener (of the first goal), worker (DO), adapter
    (CALL), reviewer (a verdict), else observer. `heads` are the records that no other of the
    thread names as a parent, `actor_clocks` the highest clock of each actor.
    """

    thread: str
    status: ThreadStatus
    opened_by: str
    record_count: int
    first_sequence: int
    last_sequence: int
    first_recorded_at: int
    last_recorded_at: int
    goals: list[GoalView]
    participants: dict[str, list[str]]
    heads: list[str]
    actor_clocks: dict[str, int]


class ThreadEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A thread in the list of all; `goal` is the newest."""

    thread: str
    status: ThreadStatus
    goal: str
    opened_by: str
    record_count: int
    open_goals: int
    first_sequence: int
    last_sequence: int
    last_recorded_at: int
    fanout_status: FanOutStatus


class ThreadState(Progress, kw_only=True):
    """What ThreadFold gathers; `named` are ids that records of the thread name as parents."""

    roles: dict[str, dict[str, None]] = msgspec.field(default_factory=dict)
    heads: dict[str, None] = msgspec.field(default_factory=dict)
    named: dict[str, None] = msgspec.field(default_factory=dict)
    clocks: dict[str, int] = msgspec.field(default_factory=dict)


class ThreadFold(Fold[ThreadState]):
    """The state of one thread."""

    name = "thread"
    version = 1
    state_type = ThreadState

    def __init__(self, thread: str) -> None:
        self.thread = thread
        self.wants = (Query(thread=thread),)

    @property
    def key(self) -> str:
        """The name, and which thread."""
        return f"{self.name}:{self.thread}"

    def apply(self, state: ThreadState, fact: Fact) -> ThreadState:
        """See Fold.apply."""
        if fact.thread != self.thread:
            return state
        progress.note(state, fact)
        state.roles.setdefault(fact.actor, {})[_role(state, fact)] = None
        state.clocks[fact.actor] = max(fact.clock, state.clocks.get(fact.actor, 0))
        for parent in fact.parents:
            state.named[parent] = None
            state.heads.pop(parent, None)
        if fact.id not in state.named:
            state.heads[fact.id] = None
        return state


class ThreadsState(msgspec.Struct, kw_only=True):
    """All threads: how far each has come, and which came out of which."""

    threads: dict[str, Progress] = {}
    links: Links = msgspec.field(default_factory=Links)


class ThreadsFold(Fold[ThreadsState]):
    """The index of all threads. It reads every record, and the bodies of few."""

    name = "threads"
    version = 1
    state_type = ThreadsState

    def apply(self, state: ThreadsState, fact: Fact) -> ThreadsState:
        """See Fold.apply."""
        thread = state.threads.get(fact.thread)
        if thread is None:
            thread = state.threads[fact.thread] = Progress()
        progress.note(thread, fact)
        joins.note(state.links, fact)
        return state


def thread_state(thread: str, records: Iterable[Stored]) -> ThreadView:
    """Return the state of a thread, given its records in order; see also `view_of`."""
    return view_of(thread, ThreadFold(thread).over(records))


def view_of(thread: str, state: ThreadState) -> ThreadView:
    """Return the state of a thread, given what ThreadFold gathered: for `Projection.ask`."""
    return ThreadView(
        thread=thread,
        status=state.status,
        opened_by=state.opened_by,
        record_count=state.records,
        first_sequence=state.first_seq,
        last_sequence=state.last_seq,
        first_recorded_at=state.first_at,
        last_recorded_at=state.last_at,
        goals=[_goal_view(goal_id, goal) for goal_id, goal in state.goals.items()],
        participants={actor: _roles(roles) for actor, roles in state.roles.items()},
        heads=list(state.heads),
        actor_clocks=dict(state.clocks),
    )


def entries(
    state: ThreadsState, *, limit: int | None = None, before: int | None = None
) -> list[ThreadEntry]:
    """Return the threads, the one with the newest record first.

    A page is `limit` of them; the next begins `before` the `last_sequence` that ended this one.
    """
    found = (item for item in state.threads.items() if before is None or item[1].last_seq < before)
    newest_first = sorted(found, key=lambda item: -item[1].last_seq)
    return [_entry(state, thread, one) for thread, one in newest_first[:limit]]


def entry(state: ThreadsState, thread: str) -> ThreadEntry | None:
    """Return one thread as in `entries`; None where it has no record."""
    found = state.threads.get(thread)
    return None if found is None else _entry(state, thread, found)


def children(state: ThreadsState, thread: str) -> list[str]:
    """Return the threads that came out of this one, in the order they were named."""
    return list(state.links.children.get(thread, ()))


def parents(state: ThreadsState, thread: str) -> list[str]:
    """Return the threads that this one came out of."""
    return list(state.links.parents.get(thread, ()))


def fanouts(state: ThreadsState, thread: str) -> list[FanOutView]:
    """Return the fan-outs of a thread, oldest first, with children, status and join result."""
    return joins.fanouts(state.links, state.threads, thread)


def _entry(state: ThreadsState, thread: str, one: Progress) -> ThreadEntry:
    newest = next(reversed(one.goals.values()), None)
    return ThreadEntry(
        thread=thread,
        status=one.status,
        goal=newest.text if newest else "",
        opened_by=one.opened_by,
        record_count=one.records,
        open_goals=one.open_goals,
        first_sequence=one.first_seq,
        last_sequence=one.last_seq,
        last_recorded_at=one.last_at,
        fanout_status=joins.fanout_status(state.links, state.threads, thread),
    )


def _goal_view(goal_id: str, goal: progress.Goal) -> GoalView:
    closed_by, closing = goal.closing or (None, None)
    return GoalView(
        id=goal_id,
        goal=goal.text,
        actor=goal.actor,
        status=goal.status,
        recorded_at=goal.at,
        closed_by=closed_by,
        closed_at=closing.at if closing else None,
    )


def _role(state: ThreadState, fact: Fact) -> str:
    if fact.act == Act.INTEND and next(iter(state.goals)) == fact.id:
        return "opener"
    if fact.act == Act.KNOW and _VERDICT in fact.canonical:
        return "reviewer"
    return _ROLES.get(fact.act, _OBSERVER)


def _roles(roles: Iterable[str]) -> list[str]:
    """Return the roles; whoever has another one is no mere observer."""
    roles = list(roles)
    return [role for role in roles if role != _OBSERVER] or roles


def goals_of(records: Iterable[Stored]) -> list[Stored]:
    """Return the intents of a thread, oldest first."""
    return [record for record in records if record.act == Act.INTEND]


def open_goals(records: Iterable[Stored]) -> list[Stored]:
    """Return the intents that nothing has closed yet, oldest first."""
    records = list(records)
    state = Progress()
    for record in records:
        progress.note(state, Fact(record))
    return [goal for goal in goals_of(records) if state.goals[goal.id].status == "open"]
