"""`threadbook verify`: check what a log claims."""

from __future__ import annotations

from typing import Annotated

import typer

from threadbook.cli.display import print_lines
from threadbook.cli.options import StoreOption, open_store
from threadbook.log.verify import verify as verify_log
from threadbook.text import report_text

app = typer.Typer(rich_markup_mode=None)


@app.command(
    epilog="Exit status: 0 everything holds, 1 problems were found, 2 it could not be checked."
)
def verify(
    thread: Annotated[
        str | None, typer.Argument(help="Thread id, or its first characters; by default all.")
    ] = None,
    store: StoreOption = None,
) -> None:
    """Check every record of a log, or of a thread."""
    with open_store(store, must_exist=True) as log:
        name = None if thread is None else log.resolve_thread(thread)
        report = verify_log(log, thread=name)
    print_lines(report_text(report))
    raise typer.Exit(0 if report.is_clean else 1)
