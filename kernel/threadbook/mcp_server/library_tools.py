"""Tools for what a session has: its tools, workflows, artifacts and packages.

Lists and saves go to the log, where nothing of what was saved is run. What has to happen in the
kernel is done by a cell, and kept on record as one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from threadbook.library.requirements import parse, parse_names
from threadbook.library.workflow import Workflow
from threadbook.mcp_server.cell_tools import DEFAULT_LIMIT, Nothing, run
from threadbook.mcp_server.content import answered, cut
from threadbook.mcp_server.held import artifact_facts, read_artifact_content
from threadbook.mcp_server.toolbox import Answer, Call, served
from threadbook.tools.definition import Tool, ToolCallable
from threadbook.tools.signature import clean, signature

_INSTALL_SECONDS = 600.0
_LONGEST_LINE = 300
_BUILTINS = '__import__("msgspec").to_builtins'

Limited = Annotated[int, msgspec.Meta(ge=1, le=200, description="How many at most.")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Query = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, description="What to do.")]


class Listed(msgspec.Struct, forbid_unknown_fields=True):
    """How much to list."""

    limit: Limited = 100


class Search(msgspec.Struct, forbid_unknown_fields=True):
    """What to look for."""

    query: Query
    limit: Limited = 10


class Named(msgspec.Struct, forbid_unknown_fields=True):
    """What is meant."""

    name: Name


class Versioned(msgspec.Struct, forbid_unknown_fields=True):
    """What is meant, and which version: by default the newest."""

    name: Name
    version: Annotated[int, msgspec.Meta(ge=1)] | None = None


class NewWorkflow(msgspec.Struct, forbid_unknown_fields=True):
    """What to save; `examples` are like [{"arguments": {"n": 2}, "returns": 4}]."""

    name: Name
    source: str
    description: str = ""
    examples: list[dict[str, Any]] = []


class NewArtifact(msgspec.Struct, forbid_unknown_fields=True):
    """What to save: text, or whatever JSON says."""

    name: Name
    value: Any
    description: str = ""


class Dependency(msgspec.Struct, forbid_unknown_fields=True):
    """A requirement like pandas, pandas==2.2.3 or pandas[excel]>=2.2."""

    package: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


@served(Listed)
async def list_tools(call: Call, asked: Listed) -> Answer:
    """List the tools that code can call as tools.<tool>.<callable>(...)."""
    session = await call.workspace.session()
    found = await asyncio.to_thread(session.tools.list)
    shown = [_tool_line(tool) for tool in found[: asked.limit]]
    return answered({"tools": shown, "total": len(found)})


@served(Search)
async def search_tools(call: Call, asked: Search) -> Answer:
    """Find tools by what they do. Returns how to call them in run_code."""
    return answered({"tools": await found_tools(call, asked.query, asked.limit)})


@served(Named)
async def describe_tool(call: Call, asked: Named) -> Answer:
    """Return the callables of one tool, with their parameters and JSON schemas."""
    session = await call.workspace.session()
    tool = await asyncio.to_thread(session.tools.describe, asked.name)
    callables = [
        {**msgspec.to_builtins(one), "call": how_to_call(tool, one)} for one in tool.callables
    ]
    return answered({**msgspec.to_builtins(tool), "callables": callables})


@served(Listed)
async def list_workflows(call: Call, asked: Listed) -> Answer:
    """List saved workflows: code that was kept to be called again as workflows.<name>(...)."""
    found = await asyncio.to_thread(call.workspace.workflows.list)
    return answered({"workflows": _lines(found[: asked.limit]), "total": len(found)})


@served(Search)
async def search_workflows(call: Call, asked: Search) -> Answer:
    """Find saved workflows by what they do."""
    found = await asyncio.to_thread(call.workspace.workflows.search, asked.query, asked.limit)
    return answered({"workflows": _lines(found)})


@served(Versioned)
async def get_workflow(call: Call, asked: Versioned) -> Answer:
    """Return a workflow with its source."""
    return await asyncio.to_thread(_workflow_answer, call, asked.name, asked.version)


@served(NewWorkflow, effect="write")
async def create_workflow(call: Call, asked: NewWorkflow) -> Answer:
    """Save code as a workflow, or the next version of one. The source defines run(...).

    Parameters of run named tools, workflows, artifacts, deps, sdk or thread are supplied. The
    source is parsed, not run; examples are run, in the kernel, and nothing is saved if one fails.
    """
    if asked.examples:
        given = {"description": asked.description, "examples": asked.examples}
        facts = '{"name": saved.name, "version": saved.version, "record": saved.record}'
        create = f"workflows.create({asked.name!r}, {asked.source!r}, **{given!r})"
        code = f"(lambda saved: {facts})({create})"
        return await run(call, code, timeout=_INSTALL_SECONDS, limit=DEFAULT_LIMIT)
    save = call.workspace.workflows.create
    await asyncio.to_thread(save, asked.name, asked.source, asked.description)
    return await asyncio.to_thread(_workflow_answer, call, asked.name, None)


@served(Named, effect="destructive")
async def delete_workflow(call: Call, asked: Named) -> Answer:
    """Take a workflow off the list; its versions stay on record."""
    deleted = await asyncio.to_thread(call.workspace.workflows.delete, asked.name)
    return answered({"name": asked.name, "deleted": deleted})


@served(Listed)
async def list_artifacts(call: Call, asked: Listed) -> Answer:
    """List artifacts: data that was kept under a name, in its newest version."""
    found = await asyncio.to_thread(call.workspace.artifacts.list)
    shown = [artifact_facts(one) for one in found[: asked.limit]]
    return answered({"artifacts": shown, "total": len(found)})


@served(Versioned)
async def read_artifact(call: Call, asked: Versioned) -> Answer:
    """Return an artifact that is text, JSON or a picture; of others, what is known of it."""
    return await asyncio.to_thread(read_artifact_content, call.workspace, asked.name, asked.version)


@served(NewArtifact, effect="write")
async def save_artifact(call: Call, asked: NewArtifact) -> Answer:
    """Save text or data under a name; code loads it with artifacts.load(name)."""
    save = call.workspace.artifacts.save
    saved = await asyncio.to_thread(save, asked.name, asked.value, asked.description)
    return answered(artifact_facts(saved))


@served(Nothing)
async def list_deps(call: Call, _asked: Nothing) -> Answer:
    """List the packages that were added to this session."""
    return await run(call, f"{_BUILTINS}(deps.list())", timeout=60.0, limit=DEFAULT_LIMIT)


@served(Dependency, effect="write")
async def add_dep(call: Call, asked: Dependency) -> Answer:
    """Install a package for this session, from wheels only."""
    code = f"{_BUILTINS}(deps.add({str(parse(asked.package))!r}))"
    return await run(call, code, timeout=_INSTALL_SECONDS, limit=DEFAULT_LIMIT)


@served(Dependency, effect="write")
async def remove_dep(call: Call, asked: Dependency) -> Answer:
    """Remove a package that was added to this session, by its name."""
    (name,) = parse_names([asked.package])
    code = f"{_BUILTINS}(deps.remove({name!r}))"
    return await run(call, code, timeout=_INSTALL_SECONDS, limit=DEFAULT_LIMIT)


async def found_tools(call: Call, query: str, limit: int) -> list[dict[str, Any]]:
    """Return the callables that fit a query best, and how to call them."""
    session = await call.workspace.session()
    tools = session.tools

    def found() -> list[dict[str, Any]]:
        known = {tool.name: tool for tool in tools.list()}
        return [
            {
                "call": _call_of(known.get(one.name), one.callable) or f"tools.{one.name}",
                "description": _line(one.description),
                "score": round(one.score, 3),
            }
            for one in tools.search(query, limit)
        ]

    return await asyncio.to_thread(found)


def how_to_call(tool: Tool, definition: ToolCallable) -> str:
    """Return a call as code, with the signature."""
    named = f"tools.{tool.name}"
    if definition.name != tool.main:
        named += f".{definition.name}"
    return clean(f"{named}{signature(definition)}")


def workflow_facts(workflow: Workflow) -> dict[str, Any]:
    """Return what is known of a workflow, without its source."""
    return {
        "name": workflow.name,
        "version": workflow.version,
        "call": f"workflows.{workflow.name}{workflow.signature}",
        "description": _line(workflow.description),
        "tests": workflow.tests.status,
        "runs": workflow.runs,
        "record": workflow.record,
    }


def _call_of(tool: Tool | None, name: str) -> str | None:
    found = (one for one in tool.callables if one.name == name) if tool is not None else ()
    return next((how_to_call(tool, one) for one in found if tool is not None), None)


def _tool_line(tool: Tool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": _line(tool.description),
        "callables": [how_to_call(tool, one) for one in tool.callables[:20]],
        **({"problem": _line(tool.problem)} if tool.problem else {}),
    }


def _workflow_answer(call: Call, name: str, version: int | None) -> Answer:
    workflow = call.workspace.workflows.get(name, version)
    source = workflow.source
    return answered({**workflow_facts(workflow), "source": source})


def _lines(found: Iterable[Workflow]) -> list[dict[str, Any]]:
    return [workflow_facts(one) for one in found]


def _line(text: str) -> str:
    return cut(clean(text), _LONGEST_LINE)


TOOLS = (
    list_tools,
    search_tools,
    describe_tool,
    list_workflows,
    search_workflows,
    get_workflow,
    create_workflow,
    delete_workflow,
    list_artifacts,
    read_artifact,
    save_artifact,
)
DEPS_TOOLS = (list_deps, add_dep, remove_dep)
