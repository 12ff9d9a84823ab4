"""Tools that run code, and those that stop it."""

from __future__ import annotations

import asyncio
from typing import Annotated

import mcp_types as types
import msgspec

from threadbook.errors import SessionClosed, StoreError
from threadbook.folds.decisions import Request
from threadbook.mcp_server import approvals
from threadbook.mcp_server.attendance import Attendance
from threadbook.mcp_server.content import answered
from threadbook.mcp_server.outputs import cell_answer, text_of_cell
from threadbook.mcp_server.runs import Run
from threadbook.mcp_server.toolbox import Answer, Call, served
from threadbook.session.result import Result

DEFAULT_LIMIT = 20_000
LONGEST_TIMEOUT = 24 * 3600.0

Timeout = Annotated[
    float,
    msgspec.Meta(gt=0, le=LONGEST_TIMEOUT, description="Seconds; waiting for people is free."),
]
Limit = Annotated[
    int, msgspec.Meta(ge=100, le=100_000, description="Most characters of each text.")
]
Offset = Annotated[int, msgspec.Meta(ge=0, description="Characters to leave out.")]


class RunCode(msgspec.Struct, forbid_unknown_fields=True):
    """What to run."""

    code: str
    timeout: Timeout = 60.0
    max_output_chars: Limit = DEFAULT_LIMIT


class ReadOutput(msgspec.Struct, forbid_unknown_fields=True):
    """Which part of what a cell has put out."""

    record_id: str
    offset: Offset = 0
    limit: Limit = DEFAULT_LIMIT


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """No parameters."""


@served(RunCode, effect="destructive")
async def run_code(call: Call, asked: RunCode) -> Answer:
    """Run Python in a Jupyter kernel and keep it on record. Variables stay from call to call.

    In the code: tools.<tool>.<callable>(...) calls tools, artifacts.save(name, value) and
    artifacts.load(name) keep data, workflows.<name>(...) runs saved code, deps.add("package")
    installs. The last expression is the value. Search workflows and tools before writing code;
    save what worked with create_workflow.
    """
    return await run(call, asked.code, timeout=asked.timeout, limit=asked.max_output_chars)


@served(ReadOutput)
async def read_output(call: Call, asked: ReadOutput) -> Answer:
    """Return the whole text that a cell put out, piece by piece; run_code gives the record_id."""
    text = await asyncio.to_thread(text_of_cell, call.workspace, asked.record_id)
    end = asked.offset + asked.limit
    piece = text[asked.offset : end]
    structured = {
        "record_id": asked.record_id,
        "characters": len(text),
        "text": piece,
        "next_offset": end if end < len(text) else None,
    }
    return answered(structured, piece, largest=None)


@served(Nothing, effect="write")
async def interrupt(call: Call, _asked: Nothing) -> Answer:
    """Interrupt the code that is running; its run_code returns with status interrupted."""
    session = call.workspace.running
    is_running = session is not None and call.workspace.runs.current is not None
    if session is not None and is_running:
        session.interrupt()
    return answered({"interrupted": is_running})


@served(Nothing, effect="destructive")
async def reset(call: Call, _asked: Nothing) -> Answer:
    """Restart the kernel: variables are gone; thread, artifacts and workflows stay."""
    call.workspace.runs.cancel()
    session = call.workspace.running
    if session is not None:
        await asyncio.shield(session.reset())
    return answered({"reset": True, "thread": call.workspace.thread})


async def run(call: Call, code: str, *, timeout: float, limit: int) -> Answer:
    """Run a cell for a client, or go on with one that it has answered a question of."""
    workspace = call.workspace
    if call.params.request_state is not None:
        attended = workspace.runs.get(call.params.request_state)
        await _take_answers(call, attended)
    else:

        async def cell() -> Result:
            return await (await workspace.session()).run(code, timeout=timeout)

        attended = workspace.runs.begin(cell(), limit=limit)
    questions = await Attendance(call, attended).until_settled()
    if questions is not None:
        return questions
    workspace.runs.end(attended)
    if attended.task.cancelled():
        raise SessionClosed("the kernel was reset while this ran", remedy="run it again")
    return cell_answer(attended.task.result(), thread=workspace.thread, limit=attended.limit)


async def _take_answers(call: Call, attended: Run) -> None:
    """Write down what the person at a client has answered to what this run has asked."""
    try:
        waiting = await asyncio.to_thread(approvals.waiting, call.workspace)
    except StoreError:
        return
    requests: dict[str, Request] = {one.id: one for one in waiting}
    for request_id, given in (call.params.input_responses or {}).items():
        is_ours = request_id in attended.asked and request_id in requests
        if is_ours and isinstance(given, types.ElicitResult):
            await asyncio.to_thread(approvals.answer, call.workspace, requests[request_id], given)


TOOLS = (run_code, read_output, interrupt, reset)
