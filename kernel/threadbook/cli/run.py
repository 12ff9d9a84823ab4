"""`threadbook run`: run a notebook or a script."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from nbformat import NotebookNode
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from threadbook.cli.display import plain
from threadbook.cli.options import StoreOption, ThreadOption, settings_for
from threadbook.session.notebook import (
    CellRun,
    code_cells,
    read_notebook,
    run_notebook,
    write_notebook,
)
from threadbook.session.session import Session
from threadbook.text import count_text, duration_text

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Exit status: 0 all cells ran, 1 a cell failed, 2 it could not be run.")
def run(
    file: Annotated[Path, typer.Argument(help="An .ipynb, or a .py with `# %%` cells.")],
    thread: ThreadOption = None,
    goal: Annotated[str | None, typer.Option("--goal", help="State this goal first.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the executed notebook here.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option("--timeout", help="Seconds that each cell may take.")
    ] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Go on after a cell that failed.")
    ] = False,
    store: StoreOption = None,
) -> None:
    """Run a notebook or a script and keep the record."""
    notebook = read_notebook(file)
    session = Session(
        thread=thread,
        goal=goal,
        store=settings_for(store).store,
        timeout=timeout,
        cwd=file.resolve().parent,
    )
    runs = asyncio.run(run_cells(notebook, session, keep_going=keep_going))
    if out is not None:
        write_notebook(notebook, out)
        typer.echo(f"wrote {out}")
    if (trouble := next((r.result.trouble for r in runs if r.result.trouble), None)) is not None:
        typer.echo(f"threadbook: records were kept back: {trouble}", err=True)
    failed = [run for run in runs if not run.result.is_ok]
    ran = count_text(len(runs), "cell")
    typer.echo(f"{ran} run, {len(failed)} failed; thread {session.thread}")
    raise typer.Exit(1 if failed else 0)


async def run_cells(notebook: NotebookNode, session: Session, *, keep_going: bool) -> list[CellRun]:
    """Run all cells, with a progress bar on a terminal and a line a cell in a pipe."""
    console = Console()
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    runs = []
    with progress:
        task = progress.add_task("running", total=len(code_cells(notebook)))
        async with session:
            async for run in run_notebook(notebook, session, keep_going=keep_going):
                runs.append(run)
                progress.advance(task)
                progress.console.print(
                    cell_line(run), markup=False, highlight=False, emoji=False, soft_wrap=True
                )
    return runs


def cell_line(run: CellRun) -> str:
    """Return one line about a cell that has been run."""
    result = run.result
    mark = "✓" if result.is_ok else "✗"
    what = plain(str(result.error)) if result.error else result.status
    duration = duration_text(result.duration * 1000)
    return f"{mark} cell {run.number}: {what if not result.is_ok else 'ok'} ({duration})"
