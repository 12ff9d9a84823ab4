"""Decisions: what waits for somebody, what exactly will happen, and what was answered."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from threadbook.errors import RecordNotFound
from threadbook.folds import decisions as fold
from threadbook.folds.decisions import DecisionsFold, DecisionsState, Request, Status
from threadbook.tools.answering import context_of, is_about_call
from threadbook_panel.calls import read_call
from threadbook_panel.definitions import change_of
from threadbook_panel.messages import Message, Params
from threadbook_panel.problems import encoded
from threadbook_panel.reader import Reader

MOST_DECISIONS = 100
LARGEST_PAGE = 16 * 1024 * 1024
"""Bytes, as JSON, of what is shown of all decisions of a page."""

_LONGEST_CUT = 300


class DecisionsParams(Params, frozen=True, kw_only=True):
    """Which decisions: those that wait, or `all_`; of one thread, or of all; at most `limit`."""

    thread: str | None = None
    all_: bool = msgspec.field(default=False, name="all")
    limit: Annotated[int, Meta(ge=0, le=MOST_DECISIONS)] = MOST_DECISIONS


class ToolCallRequest(Message, frozen=True, kw_only=True):
    """All that will happen if the answer is yes; see protocol.ts."""

    tool: str
    callable: str
    adapter: str
    effect: str
    domain: str
    definition: str
    previous_definition: str | None
    definition_changed: bool
    definition_changes: list[str]
    actor: str
    cell: str | None
    cwd: str
    environment: list[str]
    risk: str
    rule: str
    reason: str
    trust: float | None
    min_trust: float | None
    what: str
    arguments: dict[str, Any]


class DecisionAnswer(Message, frozen=True, kw_only=True):
    """The answer that counts."""

    id: str
    actor: str
    decision: str
    reason: str
    at: int
    is_approval: bool


class DecisionEntry(Message, frozen=True, kw_only=True):
    """A request; `refusal` is why the panel's person cannot answer it."""

    id: str
    thread: str
    status: Status
    question: str
    requester: str
    at: int
    expires_at: int | None
    blocking: bool
    options: list[str]
    refusal: str | None
    call: ToolCallRequest | None
    answer: DecisionAnswer | None


class DecisionsPage(Message, frozen=True, kw_only=True):
    """What waits (what blocks work first, then the oldest), or all there were, newest first.

    `pending` and `total` count what there is, of which `decisions` are at most as many as was
    asked for: first of all those that wait.
    """

    pending: int
    total: int
    decisions: list[DecisionEntry]


class _Seen(msgspec.Struct):
    request: Request
    status: Status
    refusal: str | None


def decisions(reader: Reader, asked: DecisionsParams) -> DecisionsPage:
    """Return what waits for a decision, or all that ever did."""
    now = reader.now()

    def view(state: DecisionsState) -> tuple[int, int, list[_Seen]]:
        waiting = fold.pending(state, as_of=now, thread=asked.thread)
        found = fold.history(state, as_of=now, thread=asked.thread) if asked.all_ else waiting
        seen = [_seen(reader, state, one, now) for one in _kept(found, waiting, asked.limit)]
        return len(waiting), len(found), seen

    waiting, total, seen = reader.ask(DecisionsFold(reader.operator), view)
    return DecisionsPage(pending=waiting, total=total, decisions=_entries(reader, seen))


def _kept(found: list[Request], waiting: list[Request], limit: int) -> list[Request]:
    """Return as many as there is room for; what is over crowds out nothing that waits."""
    kept = {request.id for request in waiting[:limit]}
    others = (request.id for request in found if request.id not in kept)
    kept.update(islice(others, limit - len(kept)))
    return [request for request in found if request.id in kept]


def _entries(reader: Reader, seen: list[_Seen]) -> list[DecisionEntry]:
    """Return entries, in order; what has waited longest is the first to be shown whole."""
    room, entries = LARGEST_PAGE, dict[str, DecisionEntry]()
    for one in sorted(seen, key=_urgency):
        entry = _entry(reader, one)
        size = len(encoded(entry))
        if size > room:
            entry = _cut(entry)
        else:
            room -= size
        entries[entry.id] = entry
    return [entries[one.request.id] for one in seen]


def _urgency(seen: _Seen) -> tuple[bool, bool, int]:
    request = seen.request
    if seen.status == "pending":
        return False, not request.blocking, request.seq
    return True, True, -request.seq


def _cut(entry: DecisionEntry) -> DecisionEntry:
    answer = entry.answer
    if answer is not None:
        answer = msgspec.structs.replace(answer, reason=answer.reason[:_LONGEST_CUT])
    return msgspec.structs.replace(
        entry,
        question=entry.question[:_LONGEST_CUT],
        options=[],
        refusal=entry.refusal or "there is too much to show all of it: answer others first",
        call=None,
        answer=answer,
    )


def _seen(reader: Reader, state: DecisionsState, request: Request, now: int) -> _Seen:
    status = request.status(now)
    copied = msgspec.structs.replace(request, options=list(request.options))
    return _Seen(copied, status, _refusal(reader, state, request, now))


def _refusal(reader: Reader, state: DecisionsState, request: Request, now: int) -> str | None:
    if (status := request.status(now)) != "pending":
        return f"it is {status}"
    if reader.read_only is not None:
        return reader.read_only
    if reader.person is None:
        return "nobody is known here who could answer"
    return fold.refusal(state, request, reader.person.actor_did, as_of=now)


def _entry(reader: Reader, seen: _Seen) -> DecisionEntry:
    request, refusal, call = seen.request, seen.refusal, None
    try:
        context = context_of(reader.log, request.id)
        if is_about_call(context):
            call, unseen = _call(reader, request, context)
            refusal = refusal or unseen
    except RecordNotFound:
        refusal = refusal or "its record is gone"
    answer = request.answer
    return DecisionEntry(
        id=request.id,
        thread=request.thread,
        status=seen.status,
        question=request.question,
        requester=request.requester,
        at=request.at,
        expires_at=request.expires_at,
        blocking=request.blocking,
        options=request.options,
        refusal=refusal,
        call=call,
        answer=None
        if answer is None
        else DecisionAnswer(
            id=answer.id,
            actor=answer.actor,
            decision=answer.decision,
            reason=answer.reason,
            at=answer.at,
            is_approval=answer.is_approval,
        ),
    )


def _call(
    reader: Reader, request: Request, context: dict[str, Any]
) -> tuple[ToolCallRequest | None, str | None]:
    said, unseen = read_call(reader.log, context)
    if said is None:
        return None, unseen
    change = change_of(
        reader, request, tool=said.tool, callable_=said.callable, definition=said.definition
    )
    return ToolCallRequest(
        **msgspec.structs.asdict(said),
        previous_definition=change.previous,
        definition_changed=change.previous not in (None, said.definition),
        definition_changes=change.lines,
    ), unseen
