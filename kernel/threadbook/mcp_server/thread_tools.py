"""Tools for the log: threads, records, trust, and what waits for a decision."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any, Literal

import msgspec

from threadbook.errors import PolicyDenied, RecordError, RecordNotFound
from threadbook.folds.decisions import Request, history, pending, request_of
from threadbook.folds.threads import ThreadFold, entries, view_of
from threadbook.folds.trust import standings
from threadbook.log.entry import Stored
from threadbook.mcp_server.content import answered, cut, excerpt
from threadbook.mcp_server.library_tools import Limited
from threadbook.mcp_server.toolbox import Answer, Call, served
from threadbook.mcp_server.workspace import Workspace
from threadbook.records.bodies import Intent
from threadbook.records.kinds import validate_kind
from threadbook.records.record import Draft, new_thread_id

_OWN_SCOPES = ("core.", "threadbook.")
_OPEN_KINDS = frozenset({"core.intent", "core.outcome"})
_LONGEST_TEXT = 1_000

Thread = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Cursor = Annotated[str, msgspec.Meta(max_length=1000)]


class FindThreads(msgspec.Struct, forbid_unknown_fields=True):
    """Words to find, all of them; without any, the threads with the newest records."""

    query: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


class NewThread(msgspec.Struct, forbid_unknown_fields=True):
    """What is to be reached."""

    goal: Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]


class NewRecord(msgspec.Struct, forbid_unknown_fields=True):
    """What to write; by default on the thread of this session."""

    act: Literal["INTEND", "DO", "KNOW", "LEARN"]
    kind: Annotated[str, msgspec.Meta(description="scope.category.entity, e.g. team.review.note")]
    body: dict[str, Any]
    thread: Thread | None = None
    parents: Annotated[list[str], msgspec.Meta(max_length=100)] = []


class ReadThread(msgspec.Struct, forbid_unknown_fields=True):
    """Which records: by default the newest of this session's thread, newest first."""

    thread: Thread | None = None
    kind: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


class OneThread(msgspec.Struct, forbid_unknown_fields=True):
    """Which thread: by default that of this session."""

    thread: Thread | None = None


class TrustQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Whose trust, in which domain: by default everybody's in all."""

    actor: str | None = None
    domain: str | None = None
    limit: Limited = 50


class ListDecisions(msgspec.Struct, forbid_unknown_fields=True):
    """Which: those that wait, or all there were; on one thread or on all."""

    status: Literal["pending", "all"] = "pending"
    thread: Thread | None = None
    limit: Limited = 50


@served(FindThreads)
async def find_threads(call: Call, asked: FindThreads) -> Answer:
    """Find threads by words in their records, or list those that were worked on last."""
    found = await asyncio.to_thread(_found if asked.query else _newest, call.workspace, asked)
    return answered({"threads": found})


@served(NewThread, effect="write")
async def create_thread(call: Call, asked: NewThread) -> Answer:
    """Open a new thread by stating a goal. Code still runs on the thread of this session."""
    draft = Intent(goal=asked.goal).draft(thread=new_thread_id())
    receipt = (await asyncio.to_thread(call.workspace.sink.append, draft))[0]
    return answered({"thread": receipt.thread, "record": receipt.id})


@served(NewRecord, effect="write")
async def emit_record(call: Call, asked: NewRecord) -> Answer:
    """Write a record in the session's name: a goal, an action, an observation or a lesson.

    Decisions are not answered with it, and what threadbook itself writes is not for clients.
    """
    return await asyncio.to_thread(_emit, call.workspace, asked)


@served(ReadThread)
async def read_thread(call: Call, asked: ReadThread) -> Answer:
    """Return records of a thread, newest first; long bodies are shortened."""
    workspace = call.workspace

    def found() -> list[Stored]:
        thread = _thread(workspace, asked.thread)
        return workspace.log.latest(limit=asked.limit, thread=thread, kind=asked.kind)

    records = await asyncio.to_thread(found)
    return answered({"records": [_record(one) for one in records]})


@served(OneThread)
async def fold_thread(call: Call, asked: OneThread) -> Answer:
    """Return the state of a thread: status, goals, participants, heads."""
    workspace = call.workspace

    def view() -> dict[str, Any]:
        thread = _thread(workspace, asked.thread)
        state = ThreadFold(thread).over(workspace.log.read_all(thread=thread))
        return dict(msgspec.to_builtins(view_of(thread, state)))

    return answered(await asyncio.to_thread(view))


@served(TrustQuery)
async def trust_query(call: Call, asked: TrustQuery) -> Answer:
    """Return how far actors are trusted, by domain, from the verdicts of others."""
    as_of = _now()
    found = await asyncio.to_thread(
        call.workspace.trust,
        lambda state: standings(state, as_of=as_of, actor=asked.actor, domain=asked.domain),
    )
    return answered({"standings": msgspec.to_builtins(found[: asked.limit]), "total": len(found)})


@served(ListDecisions)
async def list_decisions(call: Call, asked: ListDecisions) -> Answer:
    """List what waits for a person's decision. People answer, in the client or on their side."""
    as_of = _now()

    def view(state: Any) -> list[dict[str, Any]]:
        found = (
            pending(state, as_of=as_of, thread=asked.thread)
            if asked.status == "pending"
            else history(state, as_of=as_of, thread=asked.thread)
        )
        return [_decision(one, as_of) for one in found[: asked.limit]]

    return answered({"decisions": await asyncio.to_thread(call.workspace.decisions, view)})


def _found(workspace: Workspace, asked: FindThreads) -> list[dict[str, Any]]:
    hits = workspace.log.find(asked.query, limit=100).hits
    threads: dict[str, dict[str, Any]] = {}
    for hit in hits:
        thread = hit.record.thread
        if thread not in threads and len(threads) < asked.limit:
            threads[thread] = {
                "thread": thread,
                "record": hit.record.id,
                "score": round(hit.score, 3),
                "snippet": cut(hit.snippet, _LONGEST_TEXT),
            }
    return list(threads.values())


def _newest(workspace: Workspace, asked: FindThreads) -> list[dict[str, Any]]:
    found = workspace.threads(lambda state: entries(state, limit=asked.limit))
    return [{**msgspec.to_builtins(one), "goal": cut(one.goal, _LONGEST_TEXT)} for one in found]


def _emit(workspace: Workspace, asked: NewRecord) -> Answer:
    kind = validate_kind(asked.kind)
    if kind.startswith(_OWN_SCOPES) and kind not in _OPEN_KINDS:
        raise RecordError(
            f"records of kind {kind} are not for clients", remedy="use a scope of your own"
        )
    _refuse_answers(workspace, asked.body)
    body = {**asked.body, "kind": kind}
    thread = asked.thread or workspace.thread
    draft = Draft(act=asked.act, body=body, thread=thread, parents=tuple(asked.parents))
    receipt = workspace.sink.append(draft)[0]
    return answered({"record": receipt.id, "thread": thread, "is_delivered": receipt.is_delivered})


def _refuse_answers(workspace: Workspace, body: dict[str, Any]) -> None:
    """Raise PolicyDenied for what would answer a decision, whoever asked for it."""
    for name in ("fulfills", "cancels"):
        named = body.get(name)
        for record_id in named if isinstance(named, list) else [named]:
            if not isinstance(record_id, str):
                continue
            try:
                request_of(workspace.log, record_id)
            except RecordNotFound:
                continue
            raise PolicyDenied(
                f"{record_id[:12]} waits for a person's decision, which an agent does not make",
                remedy=f"a person answers: `threadbook decision show {record_id[:12]}`",
            )


def _thread(workspace: Workspace, thread: str | None) -> str:
    """Return the thread that is meant. Raises RecordNotFound where it has no record."""
    thread = thread or workspace.thread
    if workspace.log.head(thread) is None:
        raise RecordNotFound(
            f"there is no thread {thread[:80]!r} yet", remedy="find_threads lists all"
        )
    return thread


def _record(stored: Stored) -> dict[str, Any]:
    return {
        "id": stored.id,
        "seq": stored.seq,
        "act": stored.act,
        "kind": stored.kind,
        "actor": stored.actor,
        "recorded_at": stored.recorded_at,
        "parents": list(stored.parents),
        "body": excerpt(stored.body),
    }


def _decision(request: Request, as_of: int) -> dict[str, Any]:
    return {
        "id": request.id,
        "thread": request.thread,
        "status": request.status(as_of),
        "question": cut(request.question, _LONGEST_TEXT),
        "options": request.options[:20],
        "requester": request.requester,
        "asked_at": request.at,
        "expires_at": request.expires_at,
        "answer": msgspec.to_builtins(request.answer),
    }


def _now() -> int:
    return time.time_ns() // 1_000_000


TOOLS = (
    find_threads,
    create_thread,
    emit_record,
    read_thread,
    fold_thread,
    trust_query,
    list_decisions,
)
