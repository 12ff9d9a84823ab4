"""`threadbook export` and `threadbook import`: records as a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from threadbook.cli.display import print_data, print_lines
from threadbook.cli.options import Output, OutputOption, StoreOption, open_store, settings_for
from threadbook.ops.export import export as export_stream
from threadbook.ops.export import export_to
from threadbook.ops.import_ import Imported, import_from
from threadbook.text import count_text

app = typer.Typer(rich_markup_mode=None)

_SHOWN = 20


@app.command("export")
def export(
    to: Annotated[
        Path | None,
        typer.Argument(help="A file, packed if it ends in .gz; by default standard output."),
    ] = None,
    thread: Annotated[
        str | None, typer.Option("--thread", help="Thread id, or its first characters.")
    ] = None,
    blobs: Annotated[
        bool, typer.Option("--blobs", help="With the blobs that records name.")
    ] = False,
    store: StoreOption = None,
) -> None:
    """Write records as JSON Lines that anybody can check."""
    with open_store(store, must_exist=True) as log:
        name = None if thread is None else log.resolve_thread(thread)
        if to is None:
            export_stream(log, sys.stdout.buffer.write, thread=name, with_blobs=blobs)
            return
        done = export_to(log, to, thread=name, with_blobs=blobs)
    what = f"{count_text(done.records, 'record')} and {count_text(done.blobs, 'blob')}"
    print_lines(f"✓ {what} in {to}, ids sha256 {done.ids_sha256}")


@app.command(
    "import", epilog="Exit status: 0 all is in the log, 1 something was refused, 2 not possible."
)
def import_file(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="An exported file.")],
    store: StoreOption = None,
    output: OutputOption = Output.table,
) -> None:
    """Bring in the records of an exported file."""
    with open_store(store) as log:
        done = import_from(log, source, by=settings_for(store).identity())
    if output is not Output.table:
        print_data([msgspec.to_builtins(done)], output)
    else:
        _print(done)
    raise typer.Exit(0 if done.is_complete else 1)


def _print(done: Imported) -> None:
    if done.bad:
        print_lines("✗ nothing was imported")
    else:
        new = f"{count_text(done.records, 'record')} and {count_text(done.blobs, 'blob')}"
        mark = "✓" if done.is_complete else "✗"
        print_lines(f"{mark} {new} imported, {done.known} here already")
    if done.erased:
        print_lines(f"{count_text(done.erased, 'record')} without content left out")
    if done.withheld:
        print_lines(f"{count_text(done.withheld, 'record')} about tokens or repairs left out")
    refused = [*done.bad, *done.refused]
    for line in refused[:_SHOWN]:
        print_lines(f"line {line.line}: {line.reason}")
    if len(refused) > _SHOWN:
        print_lines(f"{len(refused) - _SHOWN} more: -o json shows them")
