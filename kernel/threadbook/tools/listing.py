"""What there is of tools, as tuples that are shown as tables."""

from __future__ import annotations

from collections.abc import Sequence

from threadbook.tables import Listing
from threadbook.tools.definition import Tool, ToolCallable
from threadbook.tools.search import Found
from threadbook.tools.signature import clean, signature


class ToolList(Listing[Tool], tuple[Tool, ...]):
    """Tools."""

    __slots__ = ()

    caption = "tools"
    headings = ("tool", "callables", "tags", "description")

    def cells(self, item: Tool) -> Sequence[str]:
        """See Listing."""
        names = ", ".join(one.name for one in item.callables if one.name != item.main)
        said = f"problem: {item.problem}" if item.problem else item.description
        return (item.name, names, ", ".join(item.tags), clean(said))


class CallableList(Listing[ToolCallable], tuple[ToolCallable, ...]):
    """Callables of a tool."""

    __slots__ = ()

    caption = "callables of the tool"
    headings = ("callable", "effect", "signature", "description")

    def cells(self, item: ToolCallable) -> Sequence[str]:
        """See Listing."""
        return (item.name, item.effect, str(signature(item)), clean(item.description))


class FoundList(Listing[Found], tuple[Found, ...]):
    """What a search has found, best first."""

    __slots__ = ()

    caption = "found tools"
    headings = ("tool", "callable", "score", "description")

    def cells(self, item: Found) -> Sequence[str]:
        """See Listing."""
        return (item.name, item.callable, f"{item.score:.3g}", clean(item.description))
