"""`threadbook library`: workflows and artifacts, listed, and copied to and from folders."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from threadbook.cli.display import print_data, print_lines, print_table
from threadbook.cli.options import Output, OutputOption, StoreOption, open_store, settings_for
from threadbook.config import WORKSPACE, Settings, workspace_name
from threadbook.errors import ConfigError
from threadbook.library.artifacts import Artifacts
from threadbook.library.context import Context
from threadbook.library.folder import Folder
from threadbook.library.holding import Holding, Key, Step, differences
from threadbook.library.transfer import Library, bootstrap, pull, push
from threadbook.library.workflows import Workflows
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.ops.files import file_of
from threadbook.records.bodies import WorkflowTests
from threadbook.records.identity import Identity
from threadbook.records.record import new_thread_id
from threadbook.tables import visible_text
from threadbook.text import count_text, line_text, moment_text

app = typer.Typer(
    no_args_is_help=True,
    help="List workflows and artifacts, and copy them to and from folders.",
    rich_markup_mode=None,
)

_WIDTH = 100
_SHORT = 12
_READER = "did:threadbook:reader"
_REFUSED = "Exit status: 0 all is done, 1 something was refused, 2 not possible."

WorkspaceOption = Annotated[
    str | None,
    typer.Option("--workspace", help=f"Workspace of the storage; by default ${WORKSPACE}."),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Only say what would be done; write nothing.")
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Also where both sides were changed; nothing is asked.")
]


@app.command("list")
def list_library(
    store: StoreOption = None,
    workspace: WorkspaceOption = None,
    output: OutputOption = Output.table,
) -> None:
    """List the newest version of each workflow and artifact."""
    with _context(store, workspace) as context:
        holdings = list(Library(context).holdings().values())
    if output is not Output.table:
        print_data(map(msgspec.to_builtins, holdings), output)
    elif not holdings:
        typer.echo("no workflows or artifacts: `threadbook library bootstrap` saves some")
    else:
        headings = ("kind", "name", "version", "size", "hash", "saved", "what")
        print_table(headings, list(map(_row, holdings)))


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of a workflow or an artifact.")],
    version: Annotated[
        int | None, typer.Option("--version", min=1, help="Which version; by default the newest.")
    ] = None,
    store: StoreOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Show what is known of a workflow, with its source, or of an artifact. Nothing is run."""
    with _context(store, workspace) as context:
        there = Library(context).holdings()
        found = [key for key in there if key[1] == name]
        if not found:
            raise _not_found(name, there)
        for kind, _ in found:
            (_show_workflow if kind == "workflow" else _show_artifact)(context, name, version)


@app.command("bootstrap", epilog=_REFUSED)
def bootstrap_library(
    source: Annotated[
        Path,
        typer.Option(
            "--from",
            exists=True,
            file_okay=False,
            help="Folder of *.py workflows, and files to be artifacts.",
        ),
    ],
    to: Annotated[str | None, typer.Option("--to", help="Store URL or SQLite file.")] = None,
    workspace: WorkspaceOption = None,
    dry_run: DryRunOption = False,
    output: OutputOption = Output.table,
) -> None:
    """Save the workflows and artifacts of a folder. They are parsed and never run."""
    with _context(to, workspace, is_written=True, dry_run=dry_run) as context:
        steps = bootstrap(Library(context), Folder(source), dry_run=dry_run)
    _finish(steps, output, dry_run=dry_run)


@app.command("pull", epilog=_REFUSED)
def pull_library(
    to: Annotated[Path, typer.Option("--to", help="Folder to write to; it may be new.")],
    source: Annotated[str | None, typer.Option("--from", help="Store URL or SQLite file.")] = None,
    workspace: WorkspaceOption = None,
    force: ForceOption = False,
    dry_run: DryRunOption = False,
    output: OutputOption = Output.table,
) -> None:
    """Write the newest versions to files; those that you have changed stay as they are."""
    with _context(source, workspace) as context:
        steps = pull(Library(context), Folder(to), force=force, dry_run=dry_run)
    _finish(steps, output, dry_run=dry_run)


@app.command("push", epilog=_REFUSED)
def push_library(
    source: Annotated[
        Path,
        typer.Option("--from", exists=True, file_okay=False, help="Folder that was pulled."),
    ],
    to: Annotated[str | None, typer.Option("--to", help="Store URL or SQLite file.")] = None,
    workspace: WorkspaceOption = None,
    force: ForceOption = False,
    dry_run: DryRunOption = False,
    output: OutputOption = Output.table,
) -> None:
    """Save the files that you have changed since they were pulled."""
    with _context(to, workspace, is_written=True, dry_run=dry_run) as context:
        steps = push(Library(context), Folder(source), force=force, dry_run=dry_run)
    _finish(steps, output, dry_run=dry_run)


@app.command(
    epilog="Exit status: 0 no difference, 1 there are differences, 2 they cannot be compared."
)
def diff(
    one: Annotated[str, typer.Argument(metavar="A", help="Store URL, SQLite file, or folder.")],
    other: Annotated[str, typer.Argument(metavar="B", help="The same, to compare with.")],
    workspace: Annotated[
        str | None,
        typer.Option("--workspace", help="Workspace of A, and of B where nothing else is said."),
    ] = None,
    other_workspace: Annotated[
        str | None, typer.Option("--other-workspace", help="Workspace of B.")
    ] = None,
    output: OutputOption = Output.table,
) -> None:
    """Compare by content: + only in B, - only in A, ~ in both with other content, = the same."""
    in_other = workspace if other_workspace is None else other_workspace
    steps = differences(_holdings(one, workspace), _holdings(other, in_other))
    _print_steps(steps, output)
    raise typer.Exit(0 if all(step.mark == "=" for step in steps) else 1)


@contextlib.contextmanager
def _context(
    store: str | None, workspace: str | None, *, is_written: bool = False, dry_run: bool = False
) -> Iterator[Context]:
    """Yield the library of a storage; only one that is written to may be new.

    A dry run makes no storage: in the place of a new one is one in memory.
    """
    settings = settings_for(store)
    if workspace is None:
        workspace = Settings.from_environ().workspace
    workspace = workspace_name(workspace)
    file = file_of(settings.store)
    is_new = file is not None and not file.exists()
    url = "memory:" if is_new and is_written and dry_run else settings.store
    if url == settings.store:
        open_store(store, must_exist=not is_written).close()
    # Reading needs no key, and makes none.
    identity = settings.identity() if is_written and not dry_run else Identity.static(_READER)
    sink = Sink(url, identity, Outbox(settings.outbox_of(url)))
    try:
        sink.log()  # what cannot be reached is an error here; nothing is put into the outbox
        thread = settings.thread or new_thread_id()
        yield Context(sink=sink, thread=lambda: thread, workspace=workspace)
    finally:
        sink.close()


def _holdings(place: str, workspace: str | None) -> dict[Key, Holding]:
    if "://" in place or not Path(place).expanduser().is_dir():
        with _context(place, workspace) as context:
            return Library(context).holdings()
    scan = Folder(Path(place)).scan()
    if scan.refused:
        raise ConfigError(
            f"{place} holds what cannot be in a library: {scan.refused[0].reason}",
            remedy="rename or remove it, or begin its name with a dot",
        )
    return scan.holdings


def _not_found(name: str, there: Iterable[Key]) -> ConfigError:
    near = difflib.get_close_matches(name[:_WIDTH], [known for _, known in there])
    return ConfigError(
        f"no workflow or artifact is called {name[:_WIDTH]!r}",
        remedy=f"did you mean {' or '.join(near)}?" if near else "`threadbook library list`",
    )


def _row(one: Holding) -> tuple[str, ...]:
    return (
        one.kind,
        visible_text(one.name),
        str(one.version),
        f"{one.size:,}",
        one.hash[:_SHORT],
        moment_text(one.at),
        line_text(one.description, _WIDTH),
    )


def _show_workflow(context: Context, name: str, version: int | None) -> None:
    found = Workflows(context).get(name, version)
    _print_facts(
        f"workflow {found.name} v{found.version}",
        {
            "signature": found.signature,
            "description": found.description,
            "saved": f"{moment_text(found.at)} by {found.author}",
            "cell": found.cell,
            "tests": _tests_text(found.tests),
            "calls": str(found.runs),
        },
    )
    _print_text(found.source)


def _show_artifact(context: Context, name: str, version: int | None) -> None:
    found = Artifacts(context).get(name, version)
    _print_facts(
        f"artifact {found}",
        {
            "type": f"{found.type}, {found.media_type}",
            "size": f"{found.size:,} bytes",
            "hash": found.ref,
            "description": found.description,
            "saved": f"{moment_text(found.at)} by {found.author}",
            "cell": found.cell,
            "made from": ", ".join(found.inputs),
        },
    )
    _print_text(found.preview)


def _tests_text(tests: WorkflowTests) -> str:
    counted = f"{tests.passed} passed, {tests.failed} failed"
    return "" if tests.status == "none" else f"{tests.status.replace('_', ' ')}: {counted}"


def _print_facts(title: str, facts: dict[str, str | None]) -> None:
    print_lines(visible_text(title))
    for name, value in facts.items():
        if value:
            print_lines(f"{name:12}{visible_text(value)}")


def _print_text(text: str) -> None:
    """Print lines of somebody's as they are, but for what would act on a terminal."""
    for line in text.rstrip("\n").split("\n") if text else ():
        print_lines(f"  {visible_text(line.expandtabs())}".rstrip())


def _finish(steps: list[Step], output: Output, *, dry_run: bool) -> None:
    _print_steps(steps, output)
    refused = sum(step.mark == "!" for step in steps)
    if output is Output.table:
        done = sum(step.mark in "+~" for step in steps)
        counted = f"{count_text(done, 'file')} {'would be ' if dry_run else ''}copied"
        rest = f", {refused} refused" if refused else ""
        print_lines(f"{'✗' if refused else '✓'} {counted}{rest}")
    raise typer.Exit(1 if refused else 0)


def _print_steps(steps: list[Step], output: Output) -> None:
    if output is not Output.table:
        builtins: Iterable[Any] = map(msgspec.to_builtins, steps)
        print_data(builtins, output)
        return
    for step in steps:
        print_lines(str(step))
