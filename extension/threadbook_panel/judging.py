"""Judging: the panel's person accepts or rejects somebody else's work, with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from threadbook.errors import PreconditionFailed, QueryError, RecordNotFound
from threadbook.folds import principals
from threadbook.folds.fields import text_of
from threadbook.folds.fold import Fact
from threadbook.folds.trust import DEFAULT_DOMAIN, TrustFold, TrustState, objection
from threadbook.log.entry import Stored
from threadbook.log.log import Log
from threadbook.records.bodies import (
    CellEnd,
    CellStart,
    Intent,
    Outcome,
    ToolCall,
    ToolResult,
    VerdictAccept,
    VerdictReject,
)
from threadbook_panel.answering import LongText, Written
from threadbook_panel.messages import Params
from threadbook_panel.reader import Reader

_VERDICTS: dict[str, type[VerdictAccept | VerdictReject]] = {
    "accept": VerdictAccept,
    "reject": VerdictReject,
}
_BEGINNINGS = {CellEnd.KIND: CellStart.KIND, ToolResult.KIND: ToolCall.KIND}
"""What is judged is what was begun: its end may have been written by somebody else."""


class JudgeParams(Params, frozen=True, kw_only=True):
    """A verdict on a record, or on a thread by its newest outcome, or else its goal."""

    verdict: Literal["accept", "reject"]
    reason: LongText
    judges: str | None = None
    thread: str | None = None
    domain: LongText | None = None


def judge(reader: Reader, asked: JudgeParams) -> Written:
    """Record a verdict in the name of the panel's person.

    Raises RecordNotFound where there is nothing to judge, QueryError without a reason, and
    PreconditionFailed where the verdict would count for nothing, as one on one's own work does.
    """
    person = reader.writer()
    if not asked.reason.strip():
        raise QueryError("a verdict needs a reason", remedy="say what was good, or what was not")
    judged = _judged(reader, asked)
    body = _VERDICTS[asked.verdict](
        subject=judged.actor,
        judges=judged.id,
        domain=asked.domain or _domain_of(judged),
        reason=asked.reason,
    )
    stored = reader.log.append(
        body.draft(thread=judged.thread, parents=(judged.id,)),
        by=person,
        guard=_guard(reader, person.actor_did, judged, is_accept=asked.verdict == "accept"),
    )
    return Written(id=stored.id, actor=stored.actor)


def _judged(reader: Reader, asked: JudgeParams) -> Stored:
    """Return the record that a verdict is about."""
    if (asked.judges is None) == (asked.thread is None):
        raise QueryError("a verdict is about a record or a thread", remedy="name one of them")
    if asked.thread is not None:
        return _closing(reader.log, asked.thread)
    found = reader.log.get(asked.judges or "")
    beginning = _BEGINNINGS.get(found.kind or "")
    parents = (reader.log.store.get(parent) for parent in found.record.parents)
    begun = next((row for row in parents if row and row.kind == beginning), None)
    return found if beginning is None or begun is None else reader.log.get(begun.id)


def _closing(log: Log, thread: str) -> Stored:
    for kind in (Outcome.KIND, Intent.KIND):
        if found := log.latest(thread=thread, kind=kind):
            return found[0]
    raise RecordNotFound(
        f"the thread {thread!r:.100} has neither outcome nor goal",
        remedy="judge one of its records",
    )


def _domain_of(judged: Stored) -> str:
    """Return the domain of a tool for a call of it."""
    domain = text_of(judged.body, "domain") if judged.kind == ToolCall.KIND else None
    return domain or DEFAULT_DOMAIN


def _guard(reader: Reader, judge_: str, judged: Stored, *, is_accept: bool) -> Callable[[], None]:
    """Return a guard for the append: nothing is written that would count for nothing."""

    def guard() -> None:
        # A projection must not be asked here; who acts for whom is in few records.
        state, records = TrustState(), dict[int, Stored]()
        for kind in principals.KINDS:
            records.update((stored.seq, stored) for stored in reader.log.read_all(kind=kind))
        fold = TrustFold(reader.operator)
        for seq in sorted(records):
            state = fold.apply(state, Fact(records[seq]))
        why = objection(state, judge_, judged.actor, is_accept=is_accept, as_of=reader.now())
        if why is not None:
            raise PreconditionFailed(
                f"a verdict of {judge_} would not count: {why}", remedy="let somebody else judge"
            )

    return guard
