"""Writing: records, goals and outcomes."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Sequence
from typing import Any, Self

from threadbook.client.questions import Question
from threadbook.client.records import EmitResult
from threadbook.client.transport import Transport
from threadbook.client.twins import twin_of
from threadbook.errors import ClockError, RecordError
from threadbook.records.identity import Identity
from threadbook.records.kinds import has_explicit_version, validate_kind
from threadbook.records.record import MAX_CLOCK, Draft, new_thread_id
from threadbook.records.refs import Reference

_log = logging.getLogger("threadbook")

_HIGHEST_CLOCK = MAX_CLOCK // 2
"""Highest explicit clock: this actor's later ones on the thread have to fit above it."""


class Writing:
    """The part of a client that writes; the other parts build on it."""

    identity: Identity
    on_emit: Callable[[EmitResult], None] | None
    _transport: Transport
    _thread: Callable[[], str] | None
    _parents: Callable[[], Sequence[str]] | None

    def blocking(self) -> Self:
        """Return this client over a transport whose coroutines never suspend."""
        twin = copy.copy(self)
        twin._transport = self._transport.blocking()  # noqa: SLF001  a copy of itself
        return twin

    async def emit(
        self,
        *,
        act: str,
        kind: str,
        body: dict[str, Any],
        thread: str | None = None,
        refs: list[Reference] | None = None,
        parents: Sequence[str] | None = None,
        data_type: str = "SCALAR",
        clock: int | None = None,
    ) -> EmitResult:
        """Append a record.

        `act` is one of INTEND DO KNOW LEARN GET PUT CALL MAP; `kind` is
        `scope.category.entity[.vN]` and wins over `body["kind"]`; `refs` come from `Ref`.
        Raises a RecordError (KindError, ActError, CanonicalError, …) for what could never be a
        record, and DuplicateClock for a `clock` that is taken; a log that cannot be reached
        raises nothing, see EmitResult.
        """
        if clock is not None and clock > _HIGHEST_CLOCK:
            raise ClockError(f"clock {clock} leaves no room for later ones")
        draft = Draft(
            act=act,
            body=_body(kind, body, refs),
            thread=self._thread_or_default(thread),
            parents=self._sorted_parents(parents),
            data_type=data_type,
            clock=clock,
        )
        return await self._append(draft, kind)

    async def _append(self, draft: Draft, kind: str) -> EmitResult:
        receipt = await self._transport.append(draft)
        is_known = not receipt.is_refused
        result = EmitResult(
            success=receipt.is_safe,
            record_id=receipt.id if is_known else None,
            clock=receipt.clock if is_known else None,
            error=None if receipt.is_delivered else receipt.error or self._transport.trouble(),
            retried=receipt.retried,
            kind=kind,
            act=draft.act,
            thread=receipt.thread,
            pending=is_known and not receipt.is_delivered,
        )
        if self.on_emit is not None:
            try:
                self.on_emit(result)
            except Exception:  # noqa: BLE001  it is not ours, and the record is safe
                _log.exception("on_emit failed")
        return result

    async def intend(
        self,
        goal: str,
        *,
        thread: str | None = None,
        parents: Sequence[str] | None = None,
        kind: str = "core.intent",
        body: dict[str, Any] | None = None,
        clock: int | None = None,
    ) -> EmitResult:
        """State a goal; without `thread` it opens a new one, named in the result."""
        return await self.emit(
            act="INTEND",
            kind=kind,
            body={"goal": goal, **(body or {})},
            thread=new_thread_id() if thread is None else thread,
            parents=parents,
            clock=clock,
        )

    async def fulfill(
        self,
        thread: str,
        summary: str,
        *,
        fulfills: str | list[str] | None = None,
        kind: str = "core.outcome",
        body: dict[str, Any] | None = None,
        parents: Sequence[str] | None = None,
        clock: int | None = None,
    ) -> EmitResult:
        """Say what came of a goal; `fulfills` is the record id of its intent, or several."""
        content = {"summary": summary, **(body or {})}
        if fulfills is not None:
            content["fulfills"] = fulfills if isinstance(fulfills, str) else list(fulfills)
        return await self.emit(
            act="KNOW", kind=kind, body=content, thread=thread, parents=parents, clock=clock
        )

    emit_sync = twin_of(emit)
    intend_sync = twin_of(intend)
    fulfill_sync = twin_of(fulfill)

    async def _ask(self, question: Question) -> dict[str, Any]:
        return await self._transport.ask(question)

    def _thread_or_default(self, thread: str | None) -> str:
        if thread is None and self._thread is not None:
            return self._thread()
        if not thread:
            raise RecordError("name a thread", remedy='e.g. thread="th_…"; intend() opens one')
        return thread

    def _sorted_parents(self, parents: Sequence[str] | None) -> tuple[str, ...]:
        if parents is None:
            parents = self._parents() if self._parents else ()
        if isinstance(parents, str):
            raise RecordError("parents must be a list of record ids", remedy="put it in a list")
        return tuple(sorted(parents))


def _body(kind: str, body: dict[str, Any], refs: list[Reference] | None) -> dict[str, Any]:
    """Return the body as the published SDK builds it: kind, version, references."""
    if not isinstance(body, dict):
        raise RecordError(f"body must be a dict, not {type(body).__name__}")
    content = {**body, "kind": validate_kind(kind)}
    if not has_explicit_version(kind):
        content.setdefault("_v", 1)
    if refs:
        content["_refs"] = [*content.get("_refs", []), *refs]
    return content
