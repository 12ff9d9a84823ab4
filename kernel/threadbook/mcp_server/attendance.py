"""Attendance: staying with a run until it ends: progress is told, and a person is asked."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import mcp_types as types
from mcp.shared.exceptions import MCPError

from threadbook.errors import StoreError
from threadbook.folds.decisions import Request
from threadbook.mcp_server import approvals
from threadbook.mcp_server.content import clean_text
from threadbook.mcp_server.runs import Run
from threadbook.mcp_server.toolbox import Call
from threadbook.text import duration_text

_LOOK_SECONDS = 0.25
_HEARTBEAT_SECONDS = 5.0
_MOST_TOLD = 2_000
_SHORT = 12

_log = logging.getLogger(__name__)


class Attendance:
    """One request of a client that waits for a run."""

    def __init__(self, call: Call, run: Run) -> None:
        self._call = call
        self._workspace = call.workspace
        self._run = run
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._told = 0
        self._is_heard = "progress_token" in (call.client.meta or {})
        self._last = run.seconds

    async def until_settled(self) -> types.InputRequiredResult | None:
        """Return when the run is over, or else what its client has to answer first.

        A client that cancels its request interrupts the cell.
        """
        try:
            while not self._run.task.done():
                await asyncio.wait([self._run.task], timeout=_LOOK_SECONDS)
                await self._tell_printed()
                questions = await self._questions()
                if questions:
                    return questions
        except asyncio.CancelledError:
            self._workspace.runs.end(self._run)
            raise
        finally:
            for task in self._asking.values():
                task.cancel()
        return None

    async def _questions(self) -> types.InputRequiredResult | None:
        """Ask what waits, or return it where the protocol lets only the client begin."""
        if not self._has_turn():
            return None
        try:
            requests = await asyncio.to_thread(approvals.waiting, self._workspace)
        except StoreError:  # the gate is in the same trouble, and says so to the cell
            return None
        waiting = {request.id: request for request in requests}
        for request_id in self._asking.keys() - waiting.keys():  # answered elsewhere
            self._asking.pop(request_id).cancel()
        new = [one for one in requests if one.id not in self._run.asked]
        self._run.asked.update(waiting)
        if not new:
            return None
        if not self._can_elicit():
            await self._tell_waiting(new)
        elif self._call.client.session.can_send_request:
            for request in new:
                self._asking[request.id] = asyncio.ensure_future(self._ask(request))
        else:
            return types.InputRequiredResult(
                input_requests={
                    request.id: types.ElicitRequest(
                        params=await asyncio.to_thread(approvals.form, self._workspace, request)
                    )
                    for request in new
                },
                request_state=self._run.name,
            )
        return None

    async def _ask(self, request: Request) -> None:
        """Ask the person at the client, and write the answer down."""
        client, workspace = self._call.client, self._workspace
        try:
            form = await asyncio.to_thread(approvals.form, workspace, request)
            given = await client.session.elicit_form(
                form.message, form.requested_schema, client.request_id
            )
            await asyncio.to_thread(approvals.answer, workspace, request, given)
        except Exception as error:  # noqa: BLE001  whatever it is, nobody has answered
            _log.warning("no answer of the client to %s: %s", request.id[:_SHORT], error)
            await self._tell_waiting([request])

    def _has_turn(self) -> bool:
        """Tell whether what is printed and asked now comes from this run."""
        return self._workspace.runs.current is self._run

    def _can_elicit(self) -> bool:
        capabilities = self._call.client.session.client_capabilities
        elicitation = capabilities.elicitation if capabilities is not None else None
        if elicitation is None:
            return False
        return elicitation.form is not None or elicitation.url is None  # `{}` means forms

    async def _tell_waiting(self, requests: list[Request]) -> None:
        for request in requests:
            shown = request.id[:_SHORT]
            await self._report(
                f"waiting for a decision: `threadbook decision show {shown}` tells what is asked,"
                f" `threadbook decision answer {shown}` answers"
            )

    async def _tell_printed(self) -> None:
        if not self._is_heard:
            return
        session = self._workspace.running
        printed = session.printed if session is not None and self._has_turn() else ""
        complete = printed.rfind("\n") + 1
        if complete > self._told:
            text = printed[max(self._told, complete - _MOST_TOLD) : complete]
            self._told = complete
            await self._report(text.rstrip("\n"))
        elif self._run.seconds - self._last >= _HEARTBEAT_SECONDS:
            await self._report(f"running for {duration_text(self._run.seconds * 1000)}")

    async def _report(self, message: str) -> None:
        self._last = self._run.seconds
        with contextlib.suppress(MCPError):
            await self._call.client.session.report_progress(self._last, message=clean_text(message))
