"""Printing: rich tables on a terminal, plain text in a pipe.

Text of records is printed as text: nothing in it is read as markup, and control characters do not
reach the terminal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from threadbook.cli.options import Output
from threadbook.folds.timeline import Row
from threadbook.tables import table_text
from threadbook.text import HEADINGS, MARKS, timeline_cells

_STYLES = {MARKS[True]: "green", MARKS[False]: "red"}
_ELASTIC = frozenset({"what", "goal"})
_NARROWEST = 16
_GAP = 3


def print_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, console: Console | None = None
) -> None:
    """Print rows of text under headings."""
    rows = [[plain(cell) for cell in row] for row in rows]
    console = console or Console()
    if not console.is_terminal:
        print(table_text(headings, rows))  # noqa: T201  plain text for a pipe
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    widths = [max(map(cell_len, column)) for column in zip(headings, *rows, strict=True)]
    excess = sum(widths) + _GAP * len(widths) - console.width
    for heading, width in zip(headings, widths, strict=True):
        # What happened may be cut to the width of the terminal; all else stays whole.
        least = min(width, _NARROWEST) if heading in _ELASTIC else width
        table.add_column(heading, no_wrap=True, width=max(least, width - max(excess, 0)))
    for row in rows:
        table.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
    if excess > 0:  # else rich would take from all columns to make the table fit
        table.width = sum(column.width or 0 for column in table.columns) + _GAP * len(widths)
    console.print(table, crop=False)


def print_timeline(rows: Iterable[Row], *, console: Console | None = None) -> None:
    """Print a thread's timeline."""
    print_table(HEADINGS, [timeline_cells(row) for row in rows], console=console)


def plain(text: str) -> str:
    """Return text in which nothing acts on a terminal: a space for what is not printable."""
    return "".join(character if character.isprintable() else " " for character in text)


def print_lines(text: str) -> None:
    """Print text line by line, with nothing in it that acts on a terminal."""
    for line in text.splitlines():
        print(plain(line))  # noqa: T201


def print_data(items: Iterable[dict[str, Any]], output: Output) -> None:
    """Print items as one JSON array, or as one JSON object a line."""
    if output is Output.json:
        print(json.dumps(list(items), indent=2))  # noqa: T201
    else:
        for item in items:
            print(json.dumps(item), flush=True)  # noqa: T201
