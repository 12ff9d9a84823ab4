"""Threads: which there are, how each stands, what came out of it, and where to go on."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from starlette.responses import Response

from threadbook.folds import threads as fold
from threadbook.folds.checkpoints import Checkpoint, checkpoints, latest
from threadbook.folds.fields import text_of
from threadbook.folds.joins import ChildView, FanOutView
from threadbook.folds.threads import ThreadEntry, ThreadView
from threadbook.log.entry import Stored
from threadbook.log.log import Log
from threadbook.records import bodies
from threadbook.records.identity import Identity
from threadbook.service.endpoint import Call, get, large, post
from threadbook.service.problems import Problem
from threadbook.service.routes_records import (
    RecordAnswer,
    as_answer,
    invalid_cursor,
    record_answer,
    sequence_of,
)

T = TypeVar("T")

MOST_THREADS = 1000
_MOST_SINCE = 200


class ThreadParameters(msgspec.Struct, frozen=True, kw_only=True):
    """How many threads, and after which cursor."""

    limit: int = 100
    cursor: str | None = None


class PartParameters(msgspec.Struct, frozen=True, kw_only=True):
    """How many, and after which cursor; without `limit`, all."""

    limit: Annotated[int, msgspec.Meta(ge=1)] | None = None
    cursor: str | None = None


class ThreadAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A thread in the list of all; `goal` is the newest."""

    id: str
    status: str
    goal: str
    opened_by: str
    record_count: int
    open_goals: int
    first_sequence: int
    last_sequence: int
    last_recorded_at: int
    fanout_status: str


class ThreadList(msgspec.Struct, frozen=True, kw_only=True):
    """Threads, the one with the newest record first."""

    object: str
    data: list[ThreadAnswer]
    next_cursor: str | None


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """Who took part in a thread, and as what."""

    actor: str
    roles: list[str]


class ParticipantList(msgspec.Struct, frozen=True, kw_only=True):
    """Who took part in a thread."""

    object: str
    data: list[Participant]
    next_cursor: str | None


class ChildList(msgspec.Struct, frozen=True, kw_only=True):
    """The threads that came out of one, and its fan-outs, oldest first."""

    object: str
    data: list[ThreadAnswer]
    fanouts: list[FanOutView]
    fanout_status: str
    next_cursor: str | None


class ParentList(msgspec.Struct, frozen=True, kw_only=True):
    """The threads that one came out of."""

    object: str
    data: list[ThreadAnswer]
    next_cursor: str | None


class CheckpointList(msgspec.Struct, frozen=True, kw_only=True):
    """Checkpoints, the latest first."""

    object: str
    data: list[Checkpoint]
    next_cursor: str | None


class NewCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint to record; `actor` is in whose name, by default the token's account."""

    summary: str
    learnings: list[str] = []
    next_steps: str | list[str] = ""
    actor: str | None = None


class ResumeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What to know to go on; `capped` tells that `since` is only the newest part."""

    object: str
    thread: str
    goal: str | None
    goal_id: str | None
    checkpoint: Checkpoint | None
    since: list[RecordAnswer]
    capped: bool


@get(
    "/v1/threads",
    "List the threads, the one with the newest record first.",
    grains=True,
    query=ThreadParameters,
    answer=ThreadList,
    errors=(422,),
)
async def list_threads(call: Call) -> ThreadList:
    """List threads."""
    limit = call.query.limit
    if not 1 <= limit <= MOST_THREADS:
        raise Problem(
            422, "LIMIT_OUT_OF_RANGE", f"limit is {limit}; it must be from 1 to {MOST_THREADS}"
        )
    before = sequence_of(call.query.cursor) if call.query.cursor else None

    def view(state: fold.ThreadsState) -> list[ThreadAnswer]:
        wanted = (
            (one.last_seq, thread)
            for thread, one in state.threads.items()
            if (before is None or one.last_seq < before) and call.principal.may_read(thread)
        )
        return _entries(call, state, [thread for _, thread in heapq.nlargest(limit + 1, wanted)])

    found = (await call.service.ask(call.service.threads, view)).value
    page = found[:limit]
    return ThreadList(
        object="list",
        data=page,
        next_cursor=str(page[-1].last_sequence) if len(found) > limit else None,
    )


_STATE: dict[str, Any] = {"grains": True, "answer": ThreadView, "errors": (404,)}


@get("/v1/threads/{id:path}/state", "Return the state of a thread.", **_STATE)
async def thread_state(call: Call) -> ThreadView:
    """Fold a thread."""
    return await _view(call)


@get(
    "/v1/threads/{id:path}/participants",
    "List who took part in a thread.",
    grains=True,
    query=PartParameters,
    answer=ParticipantList,
    errors=(404,),
)
async def participants(call: Call) -> ParticipantList:
    """List participants."""
    view = await _view(call)
    found = [Participant(actor=actor, roles=roles) for actor, roles in view.participants.items()]
    page, cursor = _part(call, found, lambda participant: participant.actor)
    return ParticipantList(object="list", data=page, next_cursor=cursor)


@get(
    "/v1/threads/{id:path}/children",
    "List the threads that came out of one, and how its fan-outs stand.",
    query=PartParameters,
    answer=ChildList,
    errors=(404,),
)
async def children(call: Call) -> ChildList:
    """List children."""
    thread = _thread(call)

    def view(state: fold.ThreadsState) -> ChildList:
        of_thread = fold.entry(state, thread)
        found = _entries(call, state, fold.children(state, thread))
        page, cursor = _part(call, found, lambda child: child.id)
        return ChildList(
            object="list",
            data=page,
            next_cursor=cursor,
            fanouts=[_visible(call, fanout) for fanout in fold.fanouts(state, thread)],
            fanout_status=of_thread.fanout_status if of_thread else "none",
        )

    answer: ChildList = (await call.service.ask(call.service.threads, view)).value
    return answer


@get(
    "/v1/threads/{id:path}/parents",
    "List the threads that one came out of.",
    query=PartParameters,
    answer=ParentList,
    errors=(404,),
)
async def parents(call: Call) -> ParentList:
    """List parents."""
    thread = _thread(call)

    def view(state: fold.ThreadsState) -> list[ThreadAnswer]:
        return _entries(call, state, fold.parents(state, thread))

    found = (await call.service.ask(call.service.threads, view)).value
    page, cursor = _part(call, found, lambda parent: parent.id)
    return ParentList(object="list", data=page, next_cursor=cursor)


@get(
    "/v1/threads/{id:path}/checkpoints",
    "List the checkpoints of a thread, the latest first.",
    grains=True,
    query=PartParameters,
    answer=CheckpointList,
    errors=(404,),
)
async def list_checkpoints(call: Call) -> CheckpointList:
    """List checkpoints."""
    thread = _thread(call)
    found = await call.service.ask(
        call.service.checkpoints, lambda state: checkpoints(state, thread)
    )
    page, cursor = _part(call, found.value, lambda checkpoint: checkpoint.id)
    return CheckpointList(object="list", data=page, next_cursor=cursor)


@post(
    "/v1/threads/{id:path}/checkpoint",
    "Record where the work on a thread stands.",
    scope="records:write",
    grains=True,
    body=NewCheckpoint,
    answer=RecordAnswer,
    errors=(404,),
)
async def save_checkpoint(call: Call) -> dict[str, Any]:
    """Record a checkpoint."""
    new: NewCheckpoint = call.body
    body = bodies.Checkpoint(
        summary=new.summary, learnings=new.learnings, next_steps=new.next_steps
    )
    actor = new.actor or call.principal.did
    draft = body.draft(thread=call.path["id"])
    return as_answer(await call.service.append_draft(call.principal, draft, Identity.static(actor)))


_RESUME: dict[str, Any] = {"grains": True, "answer": ResumeAnswer, "errors": (404,)}


@get("/v1/threads/{id:path}/resume", "Return what to know to go on with a thread.", **_RESUME)
async def read_resume(call: Call) -> Response:
    """Gather what there is to know."""
    return await _resume(call)


@post("/v1/threads/{id:path}/resume", "Return what to know to go on with a thread.", **_RESUME)
async def post_resume(call: Call) -> Response:
    """Gather what there is to know."""
    return await _resume(call)


@get("/v1/threads/{id:path}", "Return the state of a thread.", **_STATE)
async def read_thread(call: Call) -> ThreadView:
    """Fold a thread."""
    return await _view(call)


async def _resume(call: Call) -> Response:
    """Return what folds.checkpoints.resume does, without reading all of a thread for it."""
    thread, service = _thread(call), call.service
    view = await service.at_length(service.thread_view, thread)
    goal_id = next((goal.id for goal in reversed(view.goals) if goal.status == "open"), None)
    found = (await service.ask(service.checkpoints, lambda state: latest(state, thread))).value
    after = found.seq if found else 0
    since, is_capped = await asyncio.to_thread(_newest, service.log, thread, after)
    goal = await asyncio.to_thread(service.log.get, goal_id) if goal_id else None
    answer = ResumeAnswer(
        object="resume",
        thread=thread,
        goal=text_of(goal.body, "goal") if goal else None,
        goal_id=goal_id,
        checkpoint=found,
        since=[record_answer(stored) for stored in since],
        capped=is_capped,
    )
    return await large(msgspec.structs.asdict(answer))


def _newest(log: Log, thread: str, after: int) -> tuple[list[Stored], bool]:
    """Return the newest records after a sequence, in order, and whether there are more."""
    found = log.latest(limit=_MOST_SINCE + 1, thread=thread)
    since = [stored for stored in found if stored.seq > after]
    return since[_MOST_SINCE - 1 :: -1], len(since) > _MOST_SINCE


async def _view(call: Call) -> ThreadView:
    thread = _thread(call)
    view: ThreadView = await call.service.at_length(call.service.thread_view, thread)
    if not view.record_count:
        raise Problem(404, "NOT_FOUND", f"thread {thread!r} has no record")
    return view


def _thread(call: Call) -> str:
    thread = call.path["id"]
    call.service.check_reader(call.principal, thread)
    return thread


def _entries(call: Call, state: fold.ThreadsState, threads: list[str]) -> list[ThreadAnswer]:
    readable = filter(call.principal.may_read, threads)
    found = (fold.entry(state, thread) for thread in readable)
    return [_answer(entry) for entry in found if entry is not None]


def _visible(call: Call, fanout: FanOutView) -> FanOutView:
    """Return a fan-out without what became of the children that the caller may not read."""
    children = [
        child
        if call.principal.may_read(child.thread)
        else ChildView(
            index=child.index,
            thread=child.thread,
            worker=None,
            counts=child.counts,
            status=None,
            verdict=None,
        )
        for child in fanout.children
    ]
    return msgspec.structs.replace(fanout, children=children)


def _answer(entry: ThreadEntry) -> ThreadAnswer:
    fields = msgspec.structs.asdict(entry)
    return ThreadAnswer(id=fields.pop("thread"), **fields)


def _part(call: Call, items: list[T], name: Callable[[T], str]) -> tuple[list[T], str | None]:
    """Return the page of a list that was asked for, and the name of its last item if more follow.

    By name, and not by number, so that what is added meanwhile shifts nothing.
    """
    query: PartParameters = call.query
    begin = 0
    if query.cursor is not None:
        names = [name(item) for item in items]
        if query.cursor not in names:
            raise invalid_cursor()
        begin = names.index(query.cursor) + 1
    end = len(items) if query.limit is None else begin + query.limit
    page = items[begin:end]
    return page, name(page[-1]) if page and end < len(items) else None
