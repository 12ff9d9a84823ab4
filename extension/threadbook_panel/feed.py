"""The feed: what the panel asks and is told, whichever way the messages travel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from threadbook.errors import QueryError
from threadbook.log.log import Log
from threadbook.records.identity import Identity
from threadbook_panel import (
    answering,
    artifacts,
    decisions,
    health,
    judging,
    records,
    rows,
    threads,
    trust,
    workflows,
)
from threadbook_panel.mailbox import Mailbox
from threadbook_panel.messages import Message, Params
from threadbook_panel.news import News, Reset
from threadbook_panel.reader import Reader
from threadbook_panel.watch import Watch


class Operation(NamedTuple):
    """What can be asked: the type of its parameters, and the function that answers."""

    params: type[Params]
    run: Callable[[Reader, Any], Message]
    writes: bool = False


OPERATIONS: dict[str, Operation] = {
    "threads": Operation(threads.ThreadsParams, threads.list_threads),
    "rows": Operation(rows.RowsParams, rows.page),
    "place": Operation(rows.PlaceParams, rows.place),
    "record": Operation(records.RecordParams, records.detail),
    "trust": Operation(trust.TrustParams, trust.trust),
    "decisions": Operation(decisions.DecisionsParams, decisions.decisions),
    "answer": Operation(answering.AnswerParams, answering.answer, writes=True),
    "judge": Operation(judging.JudgeParams, judging.judge, writes=True),
    "artifacts": Operation(artifacts.ArtifactsParams, artifacts.artifacts),
    "artifact": Operation(artifacts.ArtifactParams, artifacts.artifact),
    "workflows": Operation(workflows.WorkflowsParams, workflows.workflows),
    "workflow": Operation(workflows.WorkflowParams, workflows.workflow),
    "health": Operation(health.HealthParams, health.health),
}


class Feed:
    """Answers the panel's questions about a log, and tells what happens in it.

    `person` answers decisions and judges work, where there is one and `read_only` does not say why
    not. `operator` is the actor whose grants of tokens are believed, `outbox` the file with
    records that wait for the store.
    """

    def __init__(
        self,
        log: Log,
        *,
        person: Identity | None = None,
        operator: str | None = None,
        outbox: Path | None = None,
        read_only: str | None = None,
    ) -> None:
        self._reader = Reader(
            log, person=person, operator=operator, outbox=outbox, read_only=read_only
        )
        self._watch = Watch(self._reader)

    def call(self, name: str, params: Mapping[str, Any]) -> Message:
        """Return the result of an operation. Blocks; may be called from any thread.

        Raises QueryError for an operation or parameters that are not understood, Forbidden for
        one that writes where nothing can be written, and what the operation raises.
        """
        operation = OPERATIONS.get(name)
        if operation is None:
            raise QueryError(
                f"there is no operation {name!r:.80}", remedy=f"one of {', '.join(OPERATIONS)}"
            )
        if operation.writes:
            self._reader.writer()
        try:
            asked = msgspec.convert(params, operation.params)
        except (msgspec.ValidationError, RecursionError) as error:
            raise QueryError(f"{name}: {error}") from None
        return operation.run(self._reader, asked)

    async def follow(self, thread: str | None) -> AsyncGenerator[News, None]:
        """Yield what happens on a thread, and decisions anywhere, for ever; `reset` comes first.

        What any process appends is seen. A store that fails for a while is tried again. It ends
        when the feed is closed.
        """
        mailbox = Mailbox(thread)
        try:
            await asyncio.to_thread(self._watch.join, mailbox)
            yield Reset()
            while news := await mailbox.take():
                for one in news:
                    yield one
        finally:
            mailbox.close()
            self._watch.leave(mailbox)

    def close(self) -> None:
        """End all followers; the log stays open, it is the caller's."""
        self._watch.close()
        self._reader.verification.close()
