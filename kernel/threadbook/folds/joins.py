"""Fan-out: a goal split into subtasks, each on a thread of its own, and joined again.

An INTEND with `subtasks` is a fan-out; `join` is `all` (the default), `any` or `k_of_n:K`. A child
is a thread that a subtask names (`sub_thread` or `thread`), that a record on the parent thread
names (`sub_thread`), or whose INTEND names the parent, by record among its parents or by
`parent_thread`. Only children that the author of the fan-out made count for the join: otherwise
anybody could bring a finished thread along.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

from threadbook.errors import QueryError
from threadbook.folds.fields import text_of, texts_of
from threadbook.folds.fold import Fact
from threadbook.folds.progress import Progress, gist
from threadbook.records.record import Act

FanOutStatus = Literal["none", "spawning", "in_progress", "ready_to_join", "done"]
JoinResult = Literal["accept", "reject", "pending"]

_K_OF_N = re.compile(r"k_of_n:([1-9][0-9]{0,8})")
_SUB_THREAD = b'"sub_thread":'


class Child(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A child thread: the place of its subtask, who is to work on it, and whether it counts."""

    index: int | None = None
    worker: str | None = None
    counts: bool = False


class FanOut(msgspec.Struct, kw_only=True):
    """A fan-out, declared by the INTEND `id` of `actor`; children by thread."""

    id: str
    actor: str
    join: str
    subtasks: int
    children: dict[str, Child] = {}


class Links(msgspec.Struct, kw_only=True):
    """Which threads came out of which: fan-outs by thread and id, children and parents by thread.

    `goals` finds the thread of an INTEND by its id.
    """

    fanouts: dict[str, dict[str, FanOut]] = {}
    children: dict[str, dict[str, None]] = {}
    parents: dict[str, dict[str, None]] = {}
    goals: dict[str, str] = {}


class Join(msgspec.Struct, frozen=True):
    """How many children have to be accepted; None is all of them."""

    needed: int | None

    def result(self, accepted: int, pending: int, total: int) -> JoinResult:
        """Return what is decided already: reject as soon as it can no longer be reached."""
        needed = total if self.needed is None else self.needed
        if accepted >= needed:
            return "accept"
        return "reject" if accepted + pending < needed else "pending"


class ChildView(msgspec.Struct, frozen=True, kw_only=True):
    """A child as of now. `verdict` is accept, reject, failed, timeout, or None while it is open."""

    index: int | None
    thread: str
    worker: str | None
    counts: bool
    status: str | None
    verdict: str | None
    cost_usd: float | None = None
    wall_time_secs: float | None = None
    summary: str = ""


class FanOutView(msgspec.Struct, frozen=True, kw_only=True):
    """A fan-out as of now; `problem` says why its join cannot be computed."""

    id: str
    thread: str
    join: str
    subtasks: int
    status: FanOutStatus
    result: JoinResult
    children: list[ChildView]
    problem: str | None = None


def parse_join(text: str) -> Join:
    """Return the join that `text` names. Raises QueryError for any other than these three."""
    if text == "all":
        return Join(None)
    if text == "any":
        return Join(1)
    if (found := _K_OF_N.fullmatch(text)) is not None:
        return Join(int(found[1]))
    raise QueryError(f"unknown join {text!r:.100}", remedy="one of all, any, k_of_n:K with K >= 1")


def note(links: Links, fact: Fact) -> None:
    """Take in a record."""
    if fact.act == Act.INTEND:
        _intend(links, fact)
    elif _SUB_THREAD in fact.canonical:
        fanout = _newest(links, fact.thread)
        for child in texts_of(fact.body, "sub_thread"):
            _link(links, fact, (fact.thread, child), fanout, Child(worker=_worker(fact.body)))


def fanouts(links: Links, threads: dict[str, Progress], thread: str) -> list[FanOutView]:
    """Return the fan-outs that were declared on a thread, oldest first."""
    return [_view(fanout, threads, thread) for fanout in links.fanouts.get(thread, {}).values()]


def fanout_status(links: Links, threads: dict[str, Progress], thread: str) -> FanOutStatus:
    """Return how far the newest fan-out of a thread is; none where it has none."""
    newest = _newest(links, thread)
    return "none" if newest is None else _view(newest, threads, thread).status


def _newest(links: Links, thread: str) -> FanOut | None:
    return next(reversed(links.fanouts.get(thread, {}).values()), None)


def _intend(links: Links, fact: Fact) -> None:
    links.goals[fact.id] = fact.thread
    for parent_id in fact.parents:
        parent = links.goals.get(parent_id)
        if parent is not None:
            named = links.fanouts.get(parent, {}).get(parent_id)
            _link(links, fact, (parent, fact.thread), named, _child(fact.body))
    if (parent := text_of(fact.body, "parent_thread")) is not None:
        _link(links, fact, (parent, fact.thread), _newest(links, parent), _child(fact.body))
    subtasks = fact.body.get("subtasks")
    if not isinstance(subtasks, list) or not subtasks:
        return
    join = fact.body.get("join", "all")
    fanout = FanOut(
        id=fact.id,
        actor=fact.actor,
        join=gist(join) if isinstance(join, str) else f"{type(join).__name__}",
        subtasks=len(subtasks),
    )
    links.fanouts.setdefault(fact.thread, {})[fact.id] = fanout
    for index, thread, worker in _declared(subtasks):
        _link(links, fact, (fact.thread, thread), fanout, Child(index=index, worker=worker))
    for thread in texts_of(fact.body, "sub_thread"):
        _link(links, fact, (fact.thread, thread), fanout, Child())


def _declared(subtasks: list[Any]) -> Iterator[tuple[int, str, str | None]]:
    for index, subtask in enumerate(subtasks):
        if isinstance(subtask, dict) and (thread := text_of(subtask, "sub_thread", "thread")):
            yield index, thread, _worker(subtask)


def _child(body: dict[str, Any]) -> Child:
    index = body.get("index")
    is_index = isinstance(index, int) and not isinstance(index, bool) and 0 <= index < 2**31
    return Child(index=index if is_index else None, worker=_worker(body))


def _worker(body: dict[str, Any]) -> str | None:
    return text_of(body, "worker", "assignee", "target")


def _link(
    links: Links, fact: Fact, threads: tuple[str, str], fanout: FanOut | None, entry: Child
) -> None:
    """Note that the second thread came out of the first."""
    parent, child = threads
    if parent == child:
        return
    links.children.setdefault(parent, {})[child] = None
    links.parents.setdefault(child, {})[parent] = None
    if fanout is not None:
        known = fanout.children.setdefault(child, entry)
        known.counts = known.counts or fact.actor == fanout.actor
        known.index = entry.index if known.index is None else known.index
        known.worker = entry.worker if known.worker is None else known.worker


def _view(fanout: FanOut, threads: dict[str, Progress], thread: str) -> FanOutView:
    children = [_child_view(child, entry, threads) for child, entry in fanout.children.items()]
    counting = [child for child in children if child.counts]
    total = max(fanout.subtasks, len(counting))
    closed = [child.verdict for child in counting if child.verdict is not None]
    problem: str | None = None
    result: JoinResult = "pending"
    try:
        join = parse_join(fanout.join)
    except QueryError as error:
        problem = error.message
    else:
        result = join.result(closed.count("accept"), total - len(closed), total)
    return FanOutView(
        id=fanout.id,
        thread=thread,
        join=fanout.join,
        subtasks=fanout.subtasks,
        status=_status(fanout, threads.get(thread), counting, result),
        result=result,
        children=children,
        problem=problem,
    )


def _status(
    fanout: FanOut, parent: Progress | None, children: Iterable[ChildView], result: JoinResult
) -> FanOutStatus:
    goal = parent.goals.get(fanout.id) if parent else None
    if goal is not None and goal.status != "open":
        return "done"
    if result != "pending":
        return "ready_to_join"
    begun = sum(child.status is not None for child in children)
    return "spawning" if begun < fanout.subtasks else "in_progress"


def _child_view(thread: str, child: Child, threads: dict[str, Progress]) -> ChildView:
    progress = threads.get(thread)
    status = progress.status if progress else None
    closing = None
    if progress is not None and progress.goals and not progress.open_goals:
        closings = [goal.closing[1] for goal in progress.goals.values() if goal.closing]
        closing = max(closings, key=lambda one: one.seq)
    return ChildView(
        index=child.index,
        thread=thread,
        worker=child.worker or (closing.actor if closing else None),
        counts=child.counts,
        status=status,
        verdict=_verdict(closing.status, closing.verdict) if closing else None,
        cost_usd=closing.cost_usd if closing else None,
        wall_time_secs=closing.wall_time_secs if closing else None,
        summary=closing.summary if closing else "",
    )


def _verdict(status: str, verdict: str) -> str:
    if status == "done":
        return "accept"
    return verdict if verdict in ("reject", "failed", "timeout") else "failed"
