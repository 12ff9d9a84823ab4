"""`threadbook tools`: what a session would find in `tools`, and what is wrong with it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from threadbook.broker.assembly import ToolOptions
from threadbook.cli.display import print_data, print_lines, print_table
from threadbook.cli.options import Output, OutputOption
from threadbook.config import Settings
from threadbook.errors import ConfigError, ThreadbookError
from threadbook.ops.files import draft_beside, publish, reported
from threadbook.tables import visible_text
from threadbook.text import count_text, line_text
from threadbook.tools.definition import Tool, ToolCallable
from threadbook.tools.loading import load_tools
from threadbook.tools.registry import Problem, Registry, callable_of
from threadbook.tools.search import Found
from threadbook.tools.signature import documentation, signature
from threadbook.tools.stubs import stub

app = typer.Typer(
    no_args_is_help=True,
    help="Show the tools of a session, and what is wrong with them.",
    rich_markup_mode=None,
)

_WIDTH = 100

FromOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--from", help="File or folder of tools; may be repeated. By default those of sessions."
    ),
]
ConnectOption = Annotated[
    bool,
    typer.Option("--connect/--no-connect", help="Start and ask servers, as a session would."),
]


class Loaded(msgspec.Struct, frozen=True):
    """The tools that were found, what is wrong, and what fits a query."""

    tools: tuple[Tool, ...]
    problems: tuple[Problem, ...]
    found: tuple[Found, ...] = ()


@app.command("list")
def list_tools(
    source: FromOption = None, connect: ConnectOption = True, output: OutputOption = Output.table
) -> None:
    """List the tools."""
    loaded = _load(source, connect=connect)
    if output is not Output.table:
        print_data(map(msgspec.to_builtins, loaded.tools), output)
    elif not loaded.tools:
        typer.echo("no tools: describe one in a file, as in docs/tools.md")
    else:
        print_table(("tool", "adapter", "callables", "what"), list(map(_row, loaded.tools)))


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What a tool should do.")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the best first.")] = 10,
    source: FromOption = None,
    connect: ConnectOption = True,
    output: OutputOption = Output.table,
) -> None:
    """Find what can do something, by the words that describe it."""
    found = _load(source, connect=connect, query=query, limit=limit).found
    if output is not Output.table:
        print_data(map(msgspec.to_builtins, found), output)
    elif not found:
        typer.echo("nothing fits: `threadbook tools list` shows all")
    else:
        rows = [
            (_call(one.name, one.callable), line_text(one.description, _WIDTH)) for one in found
        ]
        print_table(("call", "what"), rows)


@app.command()
def describe(
    name: Annotated[str, typer.Argument(help="The tool, or tool.callable.")],
    source: FromOption = None,
    connect: ConnectOption = True,
    output: OutputOption = Output.table,
) -> None:
    """Show how the callables of a tool are called, and what they do to the world."""
    wanted, _, callable_ = name.removeprefix("tools.").partition(".")
    tool = _load(source, connect=connect, describe=wanted).tools[0]
    if callable_:
        tool = msgspec.structs.replace(tool, callables=(callable_of(tool, callable_),))
    if output is not Output.table:
        print_data([msgspec.to_builtins(tool)], output)
        return
    print_lines(f"tools.{tool.name}, {tool.adapter or 'not loaded'}, {visible_text(tool.source)}")
    _print_text(tool.description)
    if tool.problem:
        print_lines(f"problem: {visible_text(tool.problem)}")
    for one in tool.callables:
        _print_callable(tool, one)


@app.command(epilog="Exit status: 0 all can be used, 1 something cannot, 2 nothing can be read.")
def check(
    source: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE|FOLDER]...", help="Files and folders of tools; by default of sessions."
        ),
    ] = None,
    stubs: Annotated[
        Path | None, typer.Option("--stubs", help="Also write the signatures to this .pyi file.")
    ] = None,
    connect: ConnectOption = True,
    output: OutputOption = Output.table,
) -> None:
    """Load tools as a session would, and show what is wrong, with file and line."""
    if stubs is not None and stubs.suffix != ".pyi":
        raise ConfigError(f"{stubs} is no .pyi file", remedy="name it like tools.pyi")
    loaded = _load(source, connect=connect)
    if stubs is not None:
        _write(stubs, stub(loaded.tools))
    if output is not Output.table:
        print_data(map(msgspec.to_builtins, loaded.problems), output)
    else:
        for problem in loaded.problems:
            print_lines(f"✗ {visible_text(str(problem))}")
        usable = [tool for tool in loaded.tools if tool.callables]
        callables = sum(len(tool.callables) for tool in usable)
        mark = "✗" if loaded.problems else "✓"
        counted = f"{count_text(len(usable), 'tool')} with {count_text(callables, 'callable')}"
        print_lines(f"{mark} {counted}, {count_text(len(loaded.problems), 'problem')}")
    raise typer.Exit(1 if loaded.problems else 0)


def _load(
    sources: list[Path] | None,
    *,
    connect: bool,
    query: str | None = None,
    limit: int = 10,
    describe: str | None = None,
) -> Loaded:
    """Load tools, ask for what is wanted, and stop what was started."""
    options = ToolOptions.of(Settings.from_environ())
    registry = load_tools(sources or options.sources, environ=options.variables)

    async def ask() -> Loaded:
        try:
            if connect:
                await registry.refresh()
            return _asked(registry, query, limit, describe)
        finally:
            await _close(registry)

    return asyncio.run(ask())


def _asked(registry: Registry, query: str | None, limit: int, describe: str | None) -> Loaded:
    tools = registry.list() if describe is None else (registry.describe(describe),)
    found = () if query is None else registry.search(query, limit)
    return Loaded(tools, registry.problems, found)


async def _close(registry: Registry) -> None:
    try:
        await registry.close()
    except ThreadbookError as error:  # what was asked for is known already
        typer.echo(f"threadbook: {visible_text(str(error))}", err=True)


def _write(file: Path, text: str) -> None:
    file = file.expanduser().absolute()
    with draft_beside(file) as draft, reported(file):
        draft.write_text(text)
        publish(draft, file, replace=True)


def _row(tool: Tool) -> tuple[str, ...]:
    names = ", ".join(one.name for one in tool.callables if one.name != tool.main)
    said = f"problem: {tool.problem}" if tool.problem else tool.description
    return (tool.name, tool.adapter or "-", line_text(names, _WIDTH), _first_line(said))


def _first_line(text: str) -> str:
    return line_text(text.strip().partition("\n")[0], _WIDTH)


def _call(tool: str, callable_: str) -> str:
    return f"tools.{tool}.{callable_}" if callable_ else f"tools.{tool}"


def _print_callable(tool: Tool, one: ToolCallable) -> None:
    name = f"tools.{tool.name}" if one.name == tool.main else _call(tool.name, one.name)
    print_lines(f"\n{name}{visible_text(str(signature(one)))}")
    needs = f", given {', '.join(one.environment)}" if one.environment else ""
    print_lines(visible_text(f"    {one.effect}, domain {one.domain}{needs}"))
    _print_text(documentation(one))


def _print_text(text: str) -> None:
    for line in text.split("\n") if text else ():
        print_lines(f"    {visible_text(line.expandtabs())}".rstrip())
