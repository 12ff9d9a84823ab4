"""Listings: tuples of what there is, which print as tables."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from threadbook.text import table_text
from threadbook.tools.definition import Tool, ToolCallable
from threadbook.tools.search import Found
from threadbook.tools.signature import clean, signature

_LONGEST_CELL = 100

T = TypeVar("T")


class Listing(tuple[T, ...], Generic[T]):
    """A tuple that is shown as a table, escaped wherever that is HTML."""

    __slots__ = ()

    headings: ClassVar[tuple[str, ...]] = ()

    def cells(self, item: T) -> Sequence[str]:
        """Return what is shown of an item, one text for each heading."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return table_text(self.headings, self._rows()) if self else "(nothing)"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(heading)}</th>" for heading in self.headings)
        rows = (
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self._rows()
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"

    def _rows(self) -> list[list[str]]:
        return [[_cell(text) for text in self.cells(item)] for item in self]


class ToolList(Listing[Tool]):
    """Tools."""

    __slots__ = ()

    headings = ("tool", "callables", "tags", "description")

    def cells(self, item: Tool) -> Sequence[str]:
        """See Listing."""
        names = ", ".join(one.name for one in item.callables if one.name != item.main)
        said = f"problem: {item.problem}" if item.problem else item.description
        return (item.name, names, ", ".join(item.tags), said)


class CallableList(Listing[ToolCallable]):
    """Callables of a tool."""

    __slots__ = ()

    headings = ("callable", "effect", "signature", "description")

    def cells(self, item: ToolCallable) -> Sequence[str]:
        """See Listing."""
        return (item.name, item.effect, str(signature(item)), item.description)


class FoundList(Listing[Found]):
    """What a search has found, best first."""

    __slots__ = ()

    headings = ("tool", "callable", "score", "description")

    def cells(self, item: Found) -> Sequence[str]:
        """See Listing."""
        return (item.name, item.callable, f"{item.score:.3g}", item.description)


def _cell(text: str) -> str:
    """Return the first line of a text, as much as fits a table."""
    line = clean(text).strip().partition("\n")[0]
    return line if len(line) <= _LONGEST_CELL else f"{line[: _LONGEST_CELL - 1]}…"
