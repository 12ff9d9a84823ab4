"""Tasks: goals that somebody is to work on and somebody else to approve.

A task is an INTEND with `task: true`. On its thread it is moved by a `threadbook.task.update`; by a
claim that it is done (KNOW with topic `task_done_claim`, or one that `fulfills` it), which puts it
under review; by a verdict of somebody other than the claimant; by a DO that `cancels` it; and from
inbox to active by the first DO or CALL. A record that names no task is about the newest of its
thread. Blocking, deferring, cancelling and rejecting need a `reason`.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

from threadbook.folds import principals
from threadbook.folds.fields import text_of, texts_of
from threadbook.folds.fold import Fact, Fold
from threadbook.folds.principals import Principals, dependence
from threadbook.folds.progress import gist
from threadbook.folds.trust import NOT_INDEPENDENT
from threadbook.records.bodies import TaskUpdate
from threadbook.records.record import Act

TaskStatus = Literal[
    "inbox",
    "active",
    "blocked",
    "deferred",
    "review",
    "approved",
    "rejected",
    "failed",
    "cancelled",
]

DONE_CLAIM = "task_done_claim"

_STATUSES = frozenset(get_args(TaskStatus))
_BY_VERDICT = frozenset({"approved", "rejected"})
_CLOSED = frozenset({"approved", "failed", "cancelled"})
_WITH_REASON = frozenset({"blocked", "deferred", "cancelled", "rejected"})
_MOST_REFUSED = 20
_TASK = b'"task":true'
_MOVES = (b'"fulfills":', b'"cancels":', b'"verdict":', b'"topic":"task_done_claim"')


class Step(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A change of status, or one that does not count and `refused` says why. `at` is Unix ms."""

    id: str
    actor: str
    status: str
    at: int
    reason: str = ""
    refused: str | None = None


class Task(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A task; `id` is the record of its INTEND. Its history begins after that."""

    id: str
    thread: str
    title: str
    requester: str
    at: int
    status: TaskStatus = "inbox"
    reason: str = ""
    alias: str | None = None
    assignee: str | None = None
    domain: str | None = None
    priority: str | None = None
    labels: list[str] = []
    claimed_by: str | None = None
    claim: str | None = None
    history: list[Step] = []
    refused: int = 0


class TasksState(msgspec.Struct, kw_only=True):
    """Tasks by thread and record id, oldest first."""

    by_thread: dict[str, dict[str, Task]] = {}
    principals: Principals = msgspec.field(default_factory=Principals)


class TasksFold(Fold[TasksState]):
    """Gathers tasks. `operator` as in TrustFold."""

    name = "tasks"
    version = 1
    state_type = TasksState

    def __init__(self, operator: str | None = None) -> None:
        self._operator = operator

    @property
    def key(self) -> str:
        """The name, and the operator who was believed."""
        return f"{self.name}:{self._operator}" if self._operator else self.name

    def apply(self, state: TasksState, fact: Fact) -> TasksState:
        """See Fold.apply."""
        if fact.kind in principals.KINDS:
            principals.note(state.principals, fact, self._operator)
        elif fact.act == Act.INTEND:
            if _TASK in fact.canonical and fact.body.get("task") is True:
                state.by_thread.setdefault(fact.thread, {})[fact.id] = _task(fact)
        elif (tasks := state.by_thread.get(fact.thread)) is not None:
            _move(state, tasks, fact)
        return state


def tasks(
    state: TasksState,
    *,
    thread: str | None = None,
    status: TaskStatus | None = None,
    assignee: str | None = None,
) -> list[Task]:
    """Return the tasks, oldest first; None means any."""
    threads = state.by_thread.values() if thread is None else [state.by_thread.get(thread, {})]
    found = [task for of_thread in threads for task in of_thread.values()]
    return sorted(
        (
            task
            for task in found
            if status in (None, task.status) and assignee in (None, task.assignee)
        ),
        key=lambda task: task.at,
    )


def task(state: TasksState, thread: str, task_id: str | None = None) -> Task | None:
    """Return a task of a thread, by default its newest; None where there is none."""
    of_thread = state.by_thread.get(thread, {})
    return next(reversed(of_thread.values()), None) if task_id is None else of_thread.get(task_id)


def _task(fact: Fact) -> Task:
    body = fact.body
    priority = body.get("priority")
    return Task(
        id=fact.id,
        thread=fact.thread,
        title=gist(text_of(body, "goal", "title")),
        requester=fact.actor,
        at=fact.recorded_at,
        alias=text_of(body, "alias"),
        assignee=text_of(body, "assignee", "to"),
        domain=text_of(body, "domain"),
        priority=gist(str(priority)) if isinstance(priority, (str, int, float)) else None,
        labels=texts_of(body, "labels"),
    )


def _move(state: TasksState, of_thread: dict[str, Task], fact: Fact) -> None:
    if fact.act == Act.DO and fact.kind == TaskUpdate.KIND:
        status = text_of(fact.body, "status")
        if status in _STATUSES:
            for one in _named(of_thread, fact.body, "task"):
                _update(one, fact, status)
    elif any(key in fact.canonical for key in _MOVES):
        _coordinate(state, of_thread, fact)
    elif fact.act in (Act.DO, Act.CALL):
        one = next(reversed(of_thread.values()))
        if one.status == "inbox":
            _step(one, fact, "active", None)


def _coordinate(state: TasksState, of_thread: dict[str, Task], fact: Fact) -> None:
    """Take in a record that claims, judges or cancels."""
    body = fact.body
    if fact.act == Act.DO:
        for one in _named(of_thread, body, "cancels", default=False):
            _update(one, fact, "cancelled")
    elif fact.act == Act.KNOW and (verdict := body.get("verdict")) in ("accept", "reject"):
        claims = {one.claim: one for one in of_thread.values() if one.claim is not None}
        judged = text_of(body, "judges")
        named = [claims[judged]] if judged in claims else _named(of_thread, body, "judges", "task")
        for one in named:
            _judge(state, one, fact, "approved" if verdict == "accept" else "rejected")
    elif fact.act == Act.KNOW:
        is_claim = body.get("topic") == DONE_CLAIM
        for one in _named(of_thread, body, "fulfills", "task", default=is_claim):
            _update(one, fact, "review")


def _named(
    of_thread: dict[str, Task], body: dict[str, Any], *fields: str, default: bool = True
) -> list[Task]:
    """Return the tasks that a body names; where it names nothing, by default the newest."""
    names = texts_of(body, *fields)
    if not names and default:
        return [next(reversed(of_thread.values()))]
    return [of_thread[name] for name in names if name in of_thread]


def _update(one: Task, fact: Fact, status: Any) -> None:
    refused = None
    if status in _BY_VERDICT:
        refused = "only a verdict approves or rejects"
    elif one.status in _CLOSED and status != "inbox":
        refused = f"the task is {one.status}: it has to be reopened first"
    _step(one, fact, status, refused)


def _judge(state: TasksState, one: Task, fact: Fact, status: TaskStatus) -> None:
    refused = None
    if one.status != "review" or one.claimed_by is None:
        refused = "nobody claims that it is done"
    elif why := dependence(
        state.principals,
        fact.actor,
        one.claimed_by,
        as_of=fact.recorded_at,
        only_accepted=status == "rejected",
    ):
        refused = NOT_INDEPENDENT[why]
    _step(one, fact, status, refused)


def _step(one: Task, fact: Fact, status: TaskStatus, refused: str | None) -> None:
    reason = gist(text_of(fact.body, "reason", "summary"))
    if refused is None and status in _WITH_REASON and not reason:
        refused = "it gives no reason"
    if refused is not None:
        one.refused += 1
        if one.refused > _MOST_REFUSED:
            return
    one.history.append(
        Step(
            id=fact.id,
            actor=fact.actor,
            status=status,
            at=fact.recorded_at,
            reason=reason,
            refused=refused,
        )
    )
    if refused is None:
        one.status, one.reason = status, reason
        if status == "review":
            one.claimed_by, one.claim = fact.actor, fact.id
