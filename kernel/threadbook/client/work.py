"""Working together: trust, decisions, checkpoints, and work shared out among threads."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from threadbook.client import questions as q
from threadbook.client.reading import Reading, data_of
from threadbook.client.records import EmitResult
from threadbook.client.twins import twin_of
from threadbook.errors import RecordError, RecordNotFound, ServiceError
from threadbook.records.bodies import (
    Body,
    Checkpoint,
    DecisionRequest,
    VerdictAccept,
    VerdictReject,
)
from threadbook.records.record import new_thread_id

_EVERY_SECONDS = 0.2
"""How often `join` looks while it waits."""
_VERDICTS: dict[str, type[VerdictAccept | VerdictReject]] = {
    "accept": VerdictAccept,
    "reject": VerdictReject,
}


class Subtask(msgspec.Struct, frozen=True, kw_only=True):
    """A part of work that was shared out: its goal, its thread, and the id of its intent."""

    goal: str
    thread: str
    record_id: str | None


class FanOut(msgspec.Struct, frozen=True, kw_only=True):
    """Work that was shared out: the thread and intent it came from, and its parts in order."""

    thread: str
    record_id: str | None
    join: str
    children: list[Subtask]


class Work(Reading):
    """The part of a client that helps agents work together."""

    async def trust(
        self, actor: str | None = None, domain: str | None = None, as_of: int | None = None
    ) -> list[dict[str, Any]]:
        """Return how actors stand, by domain; `effective_trust` of each is 0 to 1.

        `as_of` is Unix time in milliseconds, by default now. Who was never judged is not listed.
        """
        return await self._all(q.Trust(actor=actor, domain=domain, as_of=as_of))

    async def thread_state(self, thread: str | None = None) -> dict[str, Any]:
        """Return the state of a thread: status, goals, participants, heads, clocks.

        Raises RecordNotFound where it has no record.
        """
        return await self._ask(q.ThreadState(thread=self._thread_or_default(thread)))

    async def children(self, thread: str | None = None) -> dict[str, Any]:
        """Return the threads that came out of one (`data`), and its `fanouts`."""
        return await self._ask(q.Children(thread=self._thread_or_default(thread)))

    async def decisions(
        self,
        *,
        thread: str | None = None,
        status: Literal["pending", "answered", "expired", "withdrawn"] = "pending",
        decider: str | None = None,
    ) -> list[dict[str, Any]]:
        """Return the requests that wait for a decision, what blocks work first, then the oldest.

        With `decider`, only what this actor may answer.
        """
        return await self._all(q.Decisions(thread=thread, status=status, decider=decider))

    async def ask(
        self,
        question: str,
        *,
        thread: str | None = None,
        options: Sequence[str] = (),
        subject: str | None = None,
        context: dict[str, Any] | None = None,
        decider: str | None = None,
        blocking: bool = True,
        expires_at: int | None = None,
    ) -> EmitResult:
        """Ask somebody else for a decision; `record_id` of the result is what they answer.

        `subject` is the hash of what is to be decided, `options` the ids to choose from where the
        answer is not approve or reject, `decider` the one actor who may answer.
        """
        body = DecisionRequest(
            question=question,
            subject=subject,
            options=list(options),
            context=context or {},
            decider_did=decider,
            blocking=blocking,
            expires_at=expires_at,
        )
        return await self._emit_body(body, self._thread_or_default(thread))

    async def decide(
        self, request_id: str, decision: str, *, reason: str = "", provided_value: Any = None
    ) -> dict[str, Any]:
        """Answer a request: approve, reject, provide, acknowledge, or one of its options.

        The first answer stands: PreconditionFailed is raised for a second that says another thing,
        and where one's own answer would not count. Repeating an answer changes nothing.
        """
        return await self._ask(
            q.Decide(
                request=request_id,
                decision=decision,
                actor=self.identity.actor_did,
                reason=reason,
                provided_value=provided_value,
            )
        )

    async def checkpoint(
        self,
        thread: str | None = None,
        summary: str = "",
        learnings: Sequence[str] = (),
        next_steps: str | list[str] = "",
    ) -> EmitResult:
        """Note where the work on a thread stands, for whoever resumes it."""
        if not summary:
            raise RecordError("a checkpoint needs a summary")
        body = Checkpoint(summary=summary, learnings=list(learnings), next_steps=next_steps)
        return await self._emit_body(body, self._thread_or_default(thread))

    async def checkpoints(self, thread: str | None = None) -> list[dict[str, Any]]:
        """Return the checkpoints of a thread, the latest first."""
        return data_of(await self._ask(q.Checkpoints(thread=self._thread_or_default(thread))))

    async def resume(self, thread: str | None = None) -> dict[str, Any]:
        """Return what to know to go on: open `goal`, last `checkpoint`, records `since`."""
        return await self._ask(q.Resume(thread=self._thread_or_default(thread)))

    async def verdict(
        self,
        record: str | dict[str, Any],
        verdict: Literal["accept", "reject"],
        domain: str = "general",
        reason: str = "",
    ) -> EmitResult:
        """Accept or reject somebody else's work: a record, or its id.

        A verdict on one's own work is recorded, and counts for nothing.
        """
        if verdict not in _VERDICTS:
            raise RecordError(f"a verdict is accept or reject, not {verdict!r}")
        judged = await self.record(record) if isinstance(record, str) else record
        body = _VERDICTS[verdict](
            subject=judged["actor"], judges=judged["id"], domain=domain, reason=reason
        )
        return await self._emit_body(body, judged["thread"], parents=[judged["id"]])

    async def fan_out(
        self,
        goals: Sequence[str | dict[str, Any]],
        join: str = "all",
        *,
        goal: str | None = None,
        thread: str | None = None,
    ) -> FanOut:
        """Share work out: one goal on `thread`, and one on a new thread for each of `goals`.

        A goal is text, or a dict with `goal` and whatever else its body is to hold, such as
        `worker`. `join` says when it is done: `all`, `any` or `k_of_n:K`. Without `thread` a new
        one is opened.
        """
        tasks = [{"goal": one} if isinstance(one, str) else dict(one) for one in goals]
        if not tasks or not all(isinstance(task.get("goal"), str) for task in tasks):
            raise RecordError("fan_out needs a goal for each part")
        threads = [new_thread_id() for _ in tasks]
        parent = await self.intend(
            goal or f"{len(tasks)} parts: {join}",
            thread=thread,
            body={
                "subtasks": [
                    {"sub_thread": name, **task} for name, task in zip(threads, tasks, strict=True)
                ],
                "join": join,
            },
        )
        if parent.record_id is None:
            raise ServiceError(f"the goal was refused: {parent.error}")
        children = []
        for index, (name, task) in enumerate(zip(threads, tasks, strict=True)):
            about = {"parent_thread": parent.thread, "index": index}
            child = await self.intend(
                task["goal"], thread=name, parents=[parent.record_id], body={**task, **about}
            )
            part = Subtask(goal=task["goal"], thread=name, record_id=child.record_id)
            children.append(part)
        return FanOut(
            thread=parent.thread, record_id=parent.record_id, join=join, children=children
        )

    async def join(self, fan_out: FanOut, *, timeout: float | None = None) -> dict[str, Any]:
        """Return how shared-out work stands: `status`, `result` and `children`.

        `result` is accept, reject or pending. With `timeout`, waits up to so many seconds until
        it is no longer pending; 0 or None looks once.
        """
        deadline = time.monotonic() + (timeout or 0.0)
        while True:
            found = await self._fan_out_view(fan_out)
            left = deadline - time.monotonic()
            if found["result"] != "pending" or left <= 0:
                return found
            await self._transport.pause(min(_EVERY_SECONDS, left))

    async def _fan_out_view(self, fan_out: FanOut) -> dict[str, Any]:
        answer = await self._ask(q.Children(thread=fan_out.thread))
        views = answer.get("fanouts")
        for view in views if isinstance(views, list) else []:
            if isinstance(view, dict) and view.get("id") == fan_out.record_id:
                return view
        raise RecordNotFound(
            f"the log has no fan-out {fan_out.record_id}", remedy="it may wait in the outbox"
        )

    trust_sync = twin_of(trust)
    thread_state_sync = twin_of(thread_state)
    children_sync = twin_of(children)
    decisions_sync = twin_of(decisions)
    ask_sync = twin_of(ask)
    decide_sync = twin_of(decide)
    checkpoint_sync = twin_of(checkpoint)
    checkpoints_sync = twin_of(checkpoints)
    resume_sync = twin_of(resume)
    verdict_sync = twin_of(verdict)
    fan_out_sync = twin_of(fan_out)
    join_sync = twin_of(join)

    async def _emit_body(
        self, body: Body, thread: str, *, parents: Sequence[str] | None = None
    ) -> EmitResult:
        draft = body.draft(thread=thread, parents=self._sorted_parents(parents))
        return await self._append(draft, body.KIND)

    async def _all(self, asked: q.Trust | q.Decisions) -> list[dict[str, Any]]:
        """Return all rows of a list, page by page."""
        return list(await self._records(asked, _ALL, None))


_ALL = 100_000
"""Most rows of a list of standings or requests."""
