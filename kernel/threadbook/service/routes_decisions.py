"""Decisions: what waits for somebody, and answering it; two generations of paths, one queue."""

from __future__ import annotations

import asyncio
import re
import time
from itertools import islice
from typing import Any, Literal

import msgspec

from threadbook.errors import AnswerInvalid, PreconditionFailed
from threadbook.folds.decisions import (
    DecisionsState,
    Request,
    answer_guard,
    history,
    pending,
    request_of,
)
from threadbook.records.canonical import canonical_bytes
from threadbook.records.identity import Identity
from threadbook.service.endpoint import Call, get, post
from threadbook.service.problems import Problem
from threadbook.service.routes_records import invalid_cursor
from threadbook.tools.answering import Reply, reply_draft

MOST_REQUESTS = 1000

_Place = tuple[int, int, int]
_CURSOR = re.compile(r"[01]\.[0-9]{1,19}\.-?[0-9]{1,19}")


class DecisionParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests: by default what waits. `decider` keeps what this actor may answer."""

    thread: str | None = None
    status: Literal["pending", "answered", "expired", "withdrawn"] = "pending"
    decider: str | None = None
    limit: int = 100
    cursor: str | None = None


class DecisionEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A request; `answer` is there once it has one that counts. Times are Unix milliseconds."""

    id: str
    status: str
    thread: str
    requester: str
    kind: str
    question: str
    options: list[str]
    subject: str | None
    blocking: bool
    decider_did: str | None
    decider_role: str | None
    requested_at: int
    expires_at: int | None
    answer: dict[str, Any] | None
    refused: list[dict[str, Any]]


class DecisionList(msgspec.Struct, frozen=True, kw_only=True):
    """Requests: what blocks work first, then the oldest."""

    object: str
    data: list[DecisionEntry]
    next_cursor: str | None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: approve, reject, provide, acknowledge, or the id of an option.

    `actor` is in whose name, by default that of the token's account.
    """

    decision: str
    reason: str = ""
    provided_value: Any = None
    actor: str | None = None


class DecisionAnswered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer that stands: `id` is its record, `fulfills` or `cancels` the request."""

    object: str
    id: str
    request_id: str
    decision: str
    actor: str
    fulfills: str | None = None
    cancels: str | None = None


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """What waits on people, ranked: what blocks work first, then the oldest."""

    object: str
    configured: bool
    asks: list[DecisionEntry]
    asks_open: int
    asks_distinct: int
    asks_decisions: int
    asks_notices: int
    asks_capped: bool
    proposal_groups: list[Any]
    rules: list[Any]


_LIST: dict[str, Any] = {
    "query": DecisionParameters,
    "answer": DecisionList,
    "errors": (422,),
}
_DECIDE: dict[str, Any] = {
    "scope": "records:write",
    "body": Decision,
    "answer": DecisionAnswered,
    "errors": (404, 409),
}


@get("/v1/decisions", "List what waits for a decision.", **_LIST)
async def list_decisions(call: Call) -> DecisionList:
    """List requests."""
    return await _list(call)


@get("/v1/governance/decisions", "List what waits: another name for /v1/decisions.", **_LIST)
async def list_governance_decisions(call: Call) -> DecisionList:
    """List requests."""
    return await _list(call)


@get("/v1/aitl", "List what waits: the older name for /v1/decisions.", **_LIST)
async def list_aitl(call: Call) -> DecisionList:
    """List requests."""
    return await _list(call)


@post("/v1/decisions/{id}/decide", "Answer a request. The first answer stands.", **_DECIDE)
async def decide(call: Call) -> DecisionAnswered:
    """Answer."""
    return await _decide(call)


@post("/v1/governance/decisions/{id}/decide", "Answer a request.", **_DECIDE)
async def decide_governance(call: Call) -> DecisionAnswered:
    """Answer."""
    return await _decide(call)


@post("/v1/aitl/{id}/decide", "Answer a request: the older name.", **_DECIDE)
async def decide_aitl(call: Call) -> DecisionAnswered:
    """Answer."""
    return await _decide(call)


@get("/v1/register", "Return the ranked queue of what waits on people.", answer=Register)
async def register(call: Call) -> Register:
    """Rank what waits."""
    may_read, now = call.principal.may_read, _now()

    def view(state: DecisionsState) -> Register:
        found = [one for one in pending(state, as_of=now) if may_read(one.thread)]
        decisions = sum(request.blocking for request in found)
        return Register(
            object="register",
            configured=True,
            asks=[_entry(request, now) for request in found[:MOST_REQUESTS]],
            asks_open=len(found),
            asks_distinct=len({request.subject or request.id for request in found}),
            asks_decisions=decisions,
            asks_notices=len(found) - decisions,
            asks_capped=len(found) > MOST_REQUESTS,
            proposal_groups=[],
            rules=[],
        )

    answer: Register = (await call.service.ask(call.service.decisions, view)).value
    return answer


async def _list(call: Call) -> DecisionList:
    query: DecisionParameters = call.query
    if not 1 <= query.limit <= MOST_REQUESTS:
        raise Problem(
            422, "LIMIT_OUT_OF_RANGE", f"limit is {query.limit}; it is from 1 to {MOST_REQUESTS}"
        )

    may_read, now = call.principal.may_read, _now()
    place = _place_waiting if query.status == "pending" else _place_over
    after = None if query.cursor is None else _opened(query.cursor)

    def view(state: DecisionsState) -> DecisionList:
        if query.status == "pending":
            found = pending(state, as_of=now, thread=query.thread, decider=query.decider)
        else:
            found = history(state, as_of=now, thread=query.thread, status=query.status)
        rest = (
            one for one in found if may_read(one.thread) and (after is None or place(one) > after)
        )
        page = list(islice(rest, query.limit + 1))
        return DecisionList(
            object="list",
            data=[_entry(request, now) for request in page[: query.limit]],
            next_cursor=_sealed(place(page[-2])) if len(page) > query.limit else None,
        )

    answer: DecisionList = (await call.service.ask(call.service.decisions, view)).value
    return answer


def _place_waiting(request: Request) -> _Place:
    """Return what sorts requests as `pending` does: others may be answered between two pages."""
    return int(not request.blocking), request.at, request.seq


def _place_over(request: Request) -> _Place:
    """Return what sorts requests as `history` does."""
    return 0, 0, -request.seq


def _sealed(place: _Place) -> str:
    return ".".join(map(str, place))


def _opened(cursor: str) -> _Place:
    if not _CURSOR.fullmatch(cursor):
        raise invalid_cursor()
    notice, at, seq = map(int, cursor.split("."))
    return notice, at, seq


async def _decide(call: Call) -> DecisionAnswered:
    wanted: Decision = call.body
    service, operator = call.service, call.service.identity.actor_did
    service.check_open()
    actor = wanted.actor or call.principal.did
    request = await asyncio.to_thread(request_of, service.log, call.path["id"], operator=operator)
    reply = Reply(decision=wanted.decision, reason=wanted.reason, value=wanted.provided_value)
    try:
        draft = await asyncio.to_thread(reply_draft, service.log, request, reply, as_of=_now())
    except AnswerInvalid as error:
        raise Problem(400, "INVALID_DECISION", error.message, remedy=error.remedy) from None
    guard = answer_guard(service.log, request.id, actor, now=_now, operator=operator)
    try:
        stored = await service.append_draft(call.principal, draft, Identity.static(actor), guard)
    except PreconditionFailed as error:
        return await _decided(call, request.id, actor, wanted, error)
    return _answered(request.id, stored.id, wanted.decision, actor)


async def _decided(
    call: Call, request_id: str, actor: str, wanted: Decision, error: PreconditionFailed
) -> DecisionAnswered:
    """Return the answer that stands if it says the same; else it is part of the refusal."""
    operator = call.service.identity.actor_did
    request = await asyncio.to_thread(request_of, call.service.log, request_id, operator=operator)
    first = request.answer
    if first is None:
        raise Problem(409, "NOT_DECIDABLE", error.message, remedy=error.remedy)
    stored = await asyncio.to_thread(call.service.log.get, first.id)
    is_same = (first.actor, first.decision) == (actor, wanted.decision)
    if is_same and _same(stored.body.get("provided_value"), wanted.provided_value):
        return _answered(request_id, first.id, first.decision, first.actor)
    standing = msgspec.to_builtins(_answered(request_id, first.id, first.decision, first.actor))
    raise Problem(409, "ALREADY_DECIDED", error.message, remedy=error.remedy, decision=standing)


def _same(value: Any, other: Any) -> bool:
    return canonical_bytes(value) == canonical_bytes(other)  # 1 and True are not the same


def _answered(request_id: str, record: str, decision: str, actor: str) -> DecisionAnswered:
    is_no = decision == "reject"
    return DecisionAnswered(
        object="decision",
        id=record,
        request_id=request_id,
        decision=decision,
        actor=actor,
        fulfills=None if is_no else request_id,
        cancels=request_id if is_no else None,
    )


def _entry(request: Request, as_of: int) -> DecisionEntry:
    return DecisionEntry(
        id=request.id,
        status=request.status(as_of),
        thread=request.thread,
        requester=request.requester,
        kind=request.kind,
        question=request.question,
        options=request.options,
        subject=request.subject,
        blocking=request.blocking,
        decider_did=request.decider,
        decider_role=request.decider_role,
        requested_at=request.at,
        expires_at=request.expires_at,
        answer=msgspec.to_builtins(request.answer) if request.answer else None,
        refused=[msgspec.to_builtins(refused) for refused in request.refused],
    )


def _now() -> int:
    return time.time_ns() // 1_000_000
