"""Tables for people: as plain text, and as HTML in which nothing of their content acts.

The HTML has no colours and no script: it looks like its surroundings, light or dark, and a reader
of screens finds a caption and the headings of rows and columns.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

T = TypeVar("T")

_LONGEST_CELL = 100
_MOST_ROWS = 200
_LINES = frozenset("\n\t")
_NO_MATHS = ' class="mathjax_ignore tex2jax_ignore"'  # what it typesets may be a link to a script
_LEFT = ' style="text-align:left"'  # front ends align cells of tables to the right
_LINED = ' style="text-align:left;white-space:pre-wrap"'


class Listing(Generic[T]):
    """A list or tuple that is shown as a table."""

    __slots__ = ()

    caption: ClassVar[str]
    headings: ClassVar[tuple[str, ...]]

    if TYPE_CHECKING:  # the list or tuple has it

        def __iter__(self) -> Iterator[T]: ...
        def __len__(self) -> int: ...

    def cells(self, item: T) -> Sequence[str]:
        """Return what is shown of an item, one text for each heading."""
        raise NotImplementedError

    def __repr__(self) -> str:
        rows, more = self._rows()
        if not rows:
            return "(nothing)"
        lines = [table_text(self.headings, rows), more]
        return "\n".join(line for line in lines if line)

    def _repr_html_(self) -> str:
        rows, more = self._rows()
        if not rows:
            return f"<p{_NO_MATHS}>{escaped(self.caption)}: nothing</p>"
        caption = f"{self.caption} ({len(self):,}){more and f', {more}'}"
        return table_html(self.headings, rows, caption=caption)

    def _rows(self) -> tuple[list[list[str]], str]:
        """Return what there is room for, and how many more there are."""
        shown = itertools.islice(self, _MOST_ROWS)
        rows = [[cell_text(text) for text in self.cells(item)] for item in shown]
        more = len(self) - len(rows)
        return rows, f"… and {more:,} more" if more else ""


def table_text(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return columns as wide as their content, two spaces apart."""
    lines = [headings, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def table_html(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str, name: int = 0
) -> str:
    """Return a table; the cell at the place `name` names its row."""
    head = "".join(f'<th scope="col"{_LEFT}>{escaped(heading)}</th>' for heading in headings)
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row"{_LEFT}>{escaped(cell)}</th>'
            if place == name
            else f"<td{_LEFT}>{escaped(cell)}</td>"
            for place, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return _table(caption, f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>")


def facts_html(facts: Iterable[tuple[str, str]], *, caption: str) -> str:
    """Return a table of what is known of one thing: a name and a text in each row."""
    rows = "".join(
        f'<tr><th scope="row"{_LEFT}>{escaped(name)}</th><td{_LINED}>{escaped(text)}</td></tr>'
        for name, text in facts
    )
    return _table(caption, f"<tbody>{rows}</tbody>")


def text_html(text: str) -> str:
    """Return text with its lines as they are."""
    return f"<pre{_NO_MATHS}>{escaped(text)}</pre>"


def escaped(text: Any) -> str:
    r"""Return text for HTML; what would hide, or turn the order of letters, is written out."""
    return html.escape(visible_text(str(text), but=_LINES))


def cell_text(text: str) -> str:
    """Return the first line of a text, as much as fits a table, with nothing hidden in it."""
    line = visible_text(text.strip().partition("\n")[0][: _LONGEST_CELL + 1])
    return line if len(line) <= _LONGEST_CELL else f"{line[: _LONGEST_CELL - 1]}…"


def visible_text(text: str, *, but: frozenset[str] = frozenset()) -> str:
    r"""Return text in which what would act on a terminal, or hide, is written out: `\x1b`."""
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character in but
        else character.encode("unicode_escape", "backslashreplace").decode()
        for character in text
    )


def _table(caption: str, content: str) -> str:
    return f"<table{_NO_MATHS}><caption{_LEFT}>{escaped(caption)}</caption>{content}</table>"
