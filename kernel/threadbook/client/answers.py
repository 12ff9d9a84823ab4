"""Answers: what a log and its folds say to each question, in the shape of the wire."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from threadbook.client import questions as q
from threadbook.errors import (
    Forbidden,
    PreconditionFailed,
    QueryError,
    RecordNotFound,
    ServiceError,
)
from threadbook.folds import checkpoints, decisions, threads, trust
from threadbook.folds.fold import Projection
from threadbook.log.log import Log
from threadbook.log.query import Search
from threadbook.records.identity import Identity

_PAGE = 500
_MOST_SINCE = 200
"""Most records that an answer to Resume brings along."""


class Answers:
    """Answers questions from `log`; what it has to record, `identity` records."""

    def __init__(self, log: Log, identity: Identity) -> None:
        self.log = log
        self._identity = identity
        self._trust = Projection(log, trust.TrustFold())
        self._decisions = Projection(log, decisions.DecisionsFold())
        self._threads = Projection(log, threads.ThreadsFold())
        self._checkpoints = Projection(log, checkpoints.CheckpointsFold())
        self._table: dict[type[q.Question], Callable[[Any], dict[str, Any]]] = {
            q.Health: lambda _: {"status": "ok", "records": self.log.size},
            q.ListRecords: self._list_records,
            q.RichQuery: self._rich_query,
            q.OneRecord: lambda ask: self.log.get(ask.id).as_dict(),
            q.SearchByMeaning: lambda _: {"data": [], "disabled": True},
            q.FindText: self._find_text,
            q.ListThreads: self._list_threads,
            q.ThreadState: self._thread_state,
            q.Children: self._children,
            q.Checkpoints: self._list_checkpoints,
            q.Resume: self._resume,
            q.Trust: self._standings,
            q.Decisions: self._requests,
            q.Decide: self._decide,
        }

    def to(self, question: q.Question) -> dict[str, Any]:
        """Return the answer to a question. Raises what the log raises."""
        answer = self._table.get(type(question))
        if answer is None:
            raise ServiceError(
                "only a record service answers this", remedy="use a client with an endpoint"
            )
        return answer(question)

    def _list_records(self, ask: q.ListRecords) -> dict[str, Any]:
        after, found = _number(ask.cursor), list[dict[str, Any]]()
        filters = {"thread": ask.thread, "actor": ask.actor, "act": ask.act, "kind": ask.kind}
        while page := self.log.read(after=after, limit=_PAGE, **filters):
            for stored in page:
                if ask.since is not None and stored.clock <= ask.since:
                    continue
                if len(found) == ask.limit:
                    return _listed(found, found[-1]["sequence"])
                found.append(stored.as_dict())
            after = page[-1].seq
        return _listed(found)

    def _rich_query(self, ask: q.RichQuery) -> dict[str, Any]:
        said = msgspec.to_builtins(ask)
        search = Search.parse({name: said[name] for name in said if name not in {"ask", "explain"}})
        page = self.log.query(search)
        answer = _listed([stored.as_dict() for stored in page.records], page.next_cursor)
        return answer | {"plan": msgspec.to_builtins(page.plan)} if ask.explain else answer

    def _find_text(self, ask: q.FindText) -> dict[str, Any]:
        hits = self.log.find(
            ask.q,
            limit=ask.limit,
            thread=ask.thread,
            actor=ask.actor,
            kind=ask.kind,
            cursor=ask.cursor,
        )
        found = [hit.record.as_dict() | {"score": hit.score} for hit in hits.hits]
        return _listed(found, hits.next_cursor)

    def _list_threads(self, ask: q.ListThreads) -> dict[str, Any]:
        before = _number(ask.cursor) if ask.cursor is not None else None
        entries = self._threads.ask(threads.entries).value
        found = [one for one in entries if before is None or one.last_sequence < before]
        page = [_thread(one) for one in found[: ask.limit]]
        return _listed(page, page[-1]["last_sequence"] if len(found) > ask.limit else None)

    def _thread_state(self, ask: q.ThreadState) -> dict[str, Any]:
        view = threads.thread_state(ask.thread, self.log.read_all(thread=ask.thread))
        if not view.record_count:
            raise RecordNotFound(f"thread {ask.thread!r} has no record")
        return _builtins(view)

    def _children(self, ask: q.Children) -> dict[str, Any]:
        def view(state: threads.ThreadsState) -> dict[str, Any]:
            own = threads.entry(state, ask.thread)
            found = (threads.entry(state, name) for name in threads.children(state, ask.thread))
            return {
                "object": "list",
                "data": [_thread(entry) for entry in found if entry is not None],
                "fanouts": [_builtins(one) for one in threads.fanouts(state, ask.thread)],
                "fanout_status": own.fanout_status if own is not None else "none",
            }

        return self._threads.ask(view).value

    def _list_checkpoints(self, ask: q.Checkpoints) -> dict[str, Any]:
        found = self._checkpoints.ask(lambda state: checkpoints.checkpoints(state, ask.thread))
        return _listed([_builtins(one) for one in found.value])

    def _resume(self, ask: q.Resume) -> dict[str, Any]:
        found = checkpoints.resume(ask.thread, self.log.read_all(thread=ask.thread))
        return {
            "object": "resume",
            "thread": ask.thread,
            "goal": found.goal,
            "goal_id": found.goal_id,
            "checkpoint": _builtins(found.checkpoint) if found.checkpoint else None,
            "since": [stored.as_dict() for stored in found.since[-_MOST_SINCE:]],
            "capped": len(found.since) > _MOST_SINCE,
        }

    def _standings(self, ask: q.Trust) -> dict[str, Any]:
        as_of = _now() if ask.as_of is None else ask.as_of
        found = self._trust.ask(
            lambda state: trust.standings(state, as_of=as_of, actor=ask.actor, domain=ask.domain)
        )
        start, end = _number(ask.cursor), _number(ask.cursor) + ask.limit
        page = [_builtins(one) for one in found.value[start:end]]
        return _listed(page, end if end < len(found.value) else None)

    def _requests(self, ask: q.Decisions) -> dict[str, Any]:
        now = _now()

        def view(state: decisions.DecisionsState) -> list[dict[str, Any]]:
            if ask.status == "pending":
                found = decisions.pending(state, as_of=now, thread=ask.thread, decider=ask.decider)
            elif ask.status in {"answered", "expired", "withdrawn"}:
                found = decisions.history(
                    state,
                    as_of=now,
                    thread=ask.thread,
                    status=ask.status,  # type: ignore[arg-type]  # one of these three
                )
            else:
                raise QueryError(f"no request has the status {ask.status!r:.100}")
            return [_request(one, now) for one in found]

        found = self._decisions.ask(view).value
        start, end = _number(ask.cursor), _number(ask.cursor) + ask.limit
        return _listed(found[start:end], end if end < len(found) else None)

    def _decide(self, ask: q.Decide) -> dict[str, Any]:
        actor = self._identity.actor_did
        if ask.actor != actor:
            raise Forbidden(f"this log answers in the name of {actor} only")
        request = decisions.request_of(self.log, ask.request)
        draft = decisions.answer_draft(
            request, ask.decision, reason=ask.reason, provided_value=ask.provided_value
        )
        guard = decisions.answer_guard(self.log, ask.request, actor, now=_now)
        try:
            answer = self.log.append(draft, by=self._identity, guard=guard).id
        except PreconditionFailed:
            first = decisions.request_of(self.log, ask.request).answer
            if first is None or (first.actor, first.decision) != (actor, ask.decision):
                raise
            answer = first.id
        return q.decided(ask, answer)


def _request(request: decisions.Request, now: int) -> dict[str, Any]:
    return {
        "id": request.id,
        "status": request.status(now),
        "thread": request.thread,
        "requester": request.requester,
        "kind": request.kind,
        "question": request.question,
        "options": list(request.options),
        "subject": request.subject,
        "blocking": request.blocking,
        "decider_did": request.decider,
        "decider_role": request.decider_role,
        "requested_at": request.at,
        "expires_at": request.expires_at,
        "answer": _builtins(request.answer) if request.answer else None,
        "refused": [_builtins(refused) for refused in request.refused],
    }


def _thread(entry: threads.ThreadEntry) -> dict[str, Any]:
    fields = _builtins(entry)
    return {"id": fields.pop("thread"), **fields}


def _builtins(value: msgspec.Struct) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(value)
    return fields


def _listed(data: list[dict[str, Any]], cursor: int | str | None = None) -> dict[str, Any]:
    return {
        "object": "list",
        "data": data,
        "next_cursor": None if cursor is None else str(cursor),
    }


def _number(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 20):  # noqa: PLR2004  64 bits
        raise QueryError("the cursor is none of this log's")
    return int(cursor)


def _now() -> int:
    return time.time_ns() // 1_000_000
