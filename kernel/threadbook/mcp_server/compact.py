"""The compact mode: two tools, whose size does not depend on how many the session has."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec

from threadbook.mcp_server.cell_tools import DEFAULT_LIMIT, Timeout, run
from threadbook.mcp_server.content import answered
from threadbook.mcp_server.held import artifact_facts
from threadbook.mcp_server.library_tools import Query, found_tools, workflow_facts
from threadbook.mcp_server.toolbox import Answer, Call, served


class Looked(msgspec.Struct, forbid_unknown_fields=True):
    """What to look for."""

    query: Query
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 10


class Executed(msgspec.Struct, forbid_unknown_fields=True):
    """What to run."""

    code: str
    timeout: Timeout = 60.0


@served(Looked)
async def search(call: Call, asked: Looked) -> Answer:
    """Find tools, saved workflows and artifacts by what they do. Returns how code calls them."""
    workspace = call.workspace
    tools = await found_tools(call, asked.query, asked.limit)
    workflows = await asyncio.to_thread(workspace.workflows.search, asked.query, asked.limit)
    artifacts = await asyncio.to_thread(workspace.artifacts.list)
    words = asked.query.lower().split()
    kept: list[dict[str, Any]] = [
        {**artifact_facts(one), "call": f"artifacts.load({one.name!r})"}
        for one in artifacts
        if any(word in f"{one.name} {one.description}".lower() for word in words)
    ]
    return answered(
        {
            "tools": tools,
            "workflows": [workflow_facts(one) for one in workflows],
            "artifacts": kept[: asked.limit],
        }
    )


@served(Executed, effect="destructive")
async def execute(call: Call, asked: Executed) -> Answer:
    """Run Python in a Jupyter kernel and keep it on record. Variables stay from call to call.

    In the code: tools.<tool>.<callable>(...) calls tools, artifacts.save(name, value) and
    artifacts.load(name) keep data, workflows.<name>(...) runs saved code and
    workflows.create(name, source) saves it, deps.add("package") installs. help(x) explains. The
    last expression is the value. Search first.
    """
    return await run(call, asked.code, timeout=asked.timeout, limit=DEFAULT_LIMIT)


TOOLS = (search, execute)
