"""`thread` in a session: the thread it works on."""

from __future__ import annotations

import importlib
from typing import Any

from threadbook.client.client import Client, EmitResult
from threadbook.errors import ConfigError, RecordError, StoreError
from threadbook.folds.threads import open_goals
from threadbook.kernel.tracer import Tracer
from threadbook.log.entry import Stored
from threadbook.records.bodies import (
    Body,
    Checkpoint,
    Intent,
    Outcome,
    VerdictAccept,
    VerdictReject,
)
from threadbook.records.record import Act

_ROWS_SHOWN = 10


class Thread:
    """The thread this session works on: its records, its goal, and how to end it."""

    def __init__(self, tracer: Tracer, sdk: Client) -> None:
        self._tracer = tracer
        self._sdk = sdk

    def __repr__(self) -> str:
        try:
            return f"{self._summary()}\nhelp(thread) lists what it can do"
        except (StoreError, ConfigError) as error:
            return f"<Thread {self.id}: {error}>"

    def _repr_html_(self) -> str | None:
        try:
            html: str = self._summary()._repr_html_()
        except (StoreError, ConfigError):  # the text says so
            return None
        return html

    @property
    def id(self) -> str:
        """The thread id, `th_` and 64 hexadecimal digits."""
        return self._tracer.thread

    @property
    def goal(self) -> str | None:
        """The goal stated last; assign to state one."""
        goals = self._tracer.sink.log().latest(thread=self.id, act=Act.INTEND)
        return goals[0].body.get("goal") if goals else None

    @goal.setter
    def goal(self, goal: str) -> None:
        self._emit(Intent(goal=goal))

    def records(self) -> list[Stored]:
        """Return all records of the thread, oldest first. Raises StoreUnavailable."""
        return list(self._tracer.sink.log().read_all(thread=self.id))

    def fulfil(self, summary: str) -> EmitResult:
        """State what came of the thread's open goals, and close it."""
        goals = [goal.id for goal in open_goals(self.records())]
        return self._emit(Outcome(summary=summary, fulfills=goals or None))

    fulfill = fulfil  # as the client spells it

    def checkpoint(
        self, summary: str, *, learnings: list[str] | None = None, next_steps: str = ""
    ) -> EmitResult:
        """Note where the work stands, for whoever resumes it."""
        return self._emit(
            Checkpoint(summary=summary, learnings=learnings or [], next_steps=next_steps)
        )

    def verdict(
        self,
        verdict: str,
        *,
        judges: str,
        subject: str | None = None,
        domain: str = "general",
        reason: str = "",
    ) -> EmitResult:
        """Accept or reject the work of a record, named by its id.

        `subject` is whose work it is, by default that record's actor. A verdict on one's own work
        is recorded, and counts for nothing.
        """
        kinds = {"accept": VerdictAccept, "reject": VerdictReject}
        if verdict not in kinds:
            raise RecordError(f"a verdict is accept or reject, not {verdict!r}")
        if subject is None:
            subject = self._tracer.sink.log().get(judges).actor
        body = kinds[verdict](subject=subject, judges=judges, domain=domain, reason=reason)
        return self._emit(body)

    def _summary(self) -> Any:
        # Imported here: a kernel makes a thread at every start, and shows it seldom.
        summary = importlib.import_module("threadbook.kernel.summary")
        return summary.Summary.of(self.id, self.records(), most_rows=_ROWS_SHOWN)

    def _emit(self, body: Body) -> EmitResult:
        draft = body.draft(thread=self.id)
        return self._sdk.emit_sync(act=draft.act, kind=body.KIND, body=draft.body, thread=self.id)
