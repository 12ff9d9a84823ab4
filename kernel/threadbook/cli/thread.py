"""`threadbook thread`: read threads."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Annotated, Any

import typer

from threadbook.cli.display import plain, print_data, print_lines, print_table, print_timeline
from threadbook.cli.options import (
    Output,
    OutputOption,
    StoreOption,
    open_store,
)
from threadbook.folds.fold import Fact
from threadbook.folds.timeline import TimelineFold, timeline
from threadbook.log.log import Log
from threadbook.log.store import ThreadSummary
from threadbook.records.record import Act
from threadbook.text import clock_text

app = typer.Typer(
    no_args_is_help=True,
    help="List threads, show their timelines and records.",
    rich_markup_mode=None,
)

_OWN = "threadbook."
"""Begins the names of threads with checkpoints of the log, tokens, files and the like."""

ThreadArgument = Annotated[str, typer.Argument(help="Thread id, or its first characters.")]


@app.command("list")
def list_threads(
    store: StoreOption = None,
    output: OutputOption = Output.table,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 50,
    all_: Annotated[
        bool, typer.Option("--all", help="Also those that threadbook keeps for itself.")
    ] = False,
) -> None:
    """List threads, the most recent first."""
    with open_store(store) as log:
        threads = [s for s in log.threads() if all_ or not s.thread.startswith(_OWN)]
        rows = [_summary(log, summary) for summary in threads[:limit]]
    if output is not Output.table:
        print_data(rows, output)
    elif not rows:
        typer.echo("no threads yet: run something in a threadbook kernel, or `threadbook demo`")
    else:
        cells = [
            (row["thread"], str(row["records"]), clock_text(row["last_recorded_at"]), row["goal"])
            for row in rows
        ]
        print_table(("thread", "records", "last", "goal"), cells)
        if len(threads) > limit:
            typer.echo(f"{len(threads) - limit} more: --limit {len(threads)} shows all")


@app.command()
def show(thread: ThreadArgument, store: StoreOption = None) -> None:
    """Show the timeline of a thread."""
    with open_store(store) as log:
        name = log.resolve_thread(thread)
        print_lines(f"thread {plain(name)}")
        print_timeline(timeline(log.read_all(thread=name), as_of=time.time_ns() // 1_000_000))


@app.command()
def records(
    thread: ThreadArgument,
    store: StoreOption = None,
    output: OutputOption = Output.jsonl,
    watch: Annotated[bool, typer.Option("--watch", help="Go on with what is appended.")] = False,
) -> None:
    """Print the records of a thread; with --watch until interrupted."""
    with open_store(store) as log:
        name = log.resolve_thread(thread)
        if watch:
            with contextlib.suppress(KeyboardInterrupt):
                asyncio.run(_watch(log, name, output))
        elif output is Output.table:
            print_timeline(timeline(log.read_all(thread=name), as_of=time.time_ns() // 1_000_000))
        else:
            print_data((stored.as_dict() for stored in log.read_all(thread=name)), output)


async def _watch(log: Log, thread: str, output: Output) -> None:
    fold = TimelineFold(thread)
    state = fold.empty()
    async for stored in log.follow(after=0, thread=thread):
        if output is Output.table:
            state = fold.apply(state, Fact(stored))
            print_timeline([state.rows[index] for index in state.touched])
        else:
            print_data([stored.as_dict()], Output.jsonl)


def _summary(log: Log, thread: ThreadSummary) -> dict[str, Any]:
    (last,) = log.latest(thread=thread.thread)
    goals = log.latest(thread=thread.thread, act=Act.INTEND)
    return {
        "thread": thread.thread,
        "records": thread.records,
        "last_recorded_at": last.recorded_at,
        "goal": str(goals[0].body.get("goal", "")) if goals else "",
    }
