"""`threadbook demo`: the main job, on real data."""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from threadbook.cli.display import print_timeline
from threadbook.cli.options import StoreOption, settings_for
from threadbook.cli.run import run_cells
from threadbook.errors import ConfigError
from threadbook.folds.timeline import timeline
from threadbook.log.log import open_log
from threadbook.log.verify import verify
from threadbook.session.notebook import read_notebook, write_notebook
from threadbook.session.session import Session
from threadbook.text import report_text

app = typer.Typer(rich_markup_mode=None)

GOAL = "How heavy are penguins, and what does it depend on?"
SCRIPT = Path(sys.prefix) / "share" / "threadbook" / "penguins.py"
"""Installed with the package, its data beside it."""

CAPTURE_WIDTH = 150
# rich's own template loads a font from the network; a picture in a README must not.
_SVG = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-title {{ font-family: sans-serif; font-weight: bold; font-size: 18px; }}
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}</defs>
{chrome}<g transform="translate({terminal_x}, {terminal_y})"
clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g></svg>
"""


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Write the executed notebook here.")] = Path(
        "penguins.ipynb"
    ),
    capture: Annotated[
        Path | None, typer.Option("--capture", help="Also write the timeline as an SVG picture.")
    ] = None,
    store: StoreOption = None,
) -> None:
    """Run an analysis of real data in a threadbook kernel and show its record."""
    if not SCRIPT.exists():
        raise ConfigError(f"{SCRIPT} is missing", remedy="reinstall threadbook")
    notebook = read_notebook(SCRIPT)
    settings = settings_for(store)
    session = Session(goal=GOAL, store=settings.store, timeout=120, cwd=SCRIPT.parent)
    typer.echo(f"An analysis of raw survey data, cell by cell.\ngoal: {GOAL}\n")
    # One cell fails, as cells do; the next corrects it.
    runs = asyncio.run(run_cells(notebook, session, keep_going=True))
    _explain_missing_library(runs[0].result.error)
    write_notebook(notebook, out)
    with open_log(settings.store) as log:
        rows = timeline(log.read_all(thread=session.thread))
        report = verify(log, thread=session.thread)
    typer.echo(f"\nthread {session.thread}")
    print_timeline(rows)
    if capture is not None:
        console = Console(record=True, width=CAPTURE_WIDTH, force_terminal=True, file=io.StringIO())
        print_timeline(rows, console=console)
        console.print(report_text(report), markup=False, highlight=False)
        capture.write_text(console.export_svg(title="threadbook demo", code_format=_SVG))
    typer.echo(f"\n{report_text(report)}")
    typer.echo(
        f"\nThe executed notebook: {out}"
        f"\nThe same timeline again: {sys.argv[0]} thread show {session.thread[:10]}"
        + (f" --store {store}" if store else "")
    )
    raise typer.Exit(0 if report.is_clean and runs[-1].result.is_ok else 1)


def _explain_missing_library(error: object) -> None:
    if error is not None and "ModuleNotFoundError" in str(error):
        raise ConfigError(
            f"the demo needs pandas and matplotlib: {error}",
            remedy="pip install 'threadbook[demo]'",
        )
