"""Search of tools: what can do something, by the words that describe it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from threadbook.search import Embedder, Index
from threadbook.tools.definition import Tool, ToolCallable

MOST_FOUND = 1_000
_WEIGHTS = {
    "tool": 6.0,
    "callable": 8.0,
    "tags": 4.0,
    "description": 3.0,
    "about": 1.5,
    "parameters": 1.0,
}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A callable that was found: `tools.<name>.<callable>(…)`; the higher the score, the better.

    `callable` is empty for a tool whose callables are not known.
    """

    name: str
    callable: str
    description: str
    score: float


class ToolIndex:
    """Finds callables of tools by name, description, tags and parameters."""

    def __init__(self, *, embedder: Embedder | None = None) -> None:
        self._index = Index(_WEIGHTS, embedder=embedder)
        self._tools: dict[str, Tool] = {}
        self._found: dict[str, tuple[Tool, ToolCallable | None]] = {}

    def update(self, tools: Iterable[Tool]) -> None:
        """Make these the tools that are found; only what has changed is indexed again."""
        now = {tool.name: tool for tool in tools}
        changed = [tool for name, tool in now.items() if self._tools.get(name) != tool]
        gone = {tool.name for tool in changed} | (self._tools.keys() - now.keys())
        stale = [key for key, (tool, _) in self._found.items() if tool.name in gone]
        self._index.remove(stale)
        for key in stale:
            del self._found[key]
        added = {_key(tool, one): (tool, one) for tool in changed for one in _parts(tool)}
        self._index.put({key: _fields(tool, one) for key, (tool, one) in added.items()})
        self._found.update(added)
        self._tools = now

    def search(self, query: str, *, limit: int = 10) -> tuple[Found, ...]:
        """Return what fits a query best, best first."""
        hits = self._index.search(query, limit=min(limit, MOST_FOUND))
        return tuple(_found(*self._found[hit.key], hit.score) for hit in hits)

    def close(self) -> None:
        """Free the memory."""
        self._index.close()


def _parts(tool: Tool) -> Iterator[ToolCallable | None]:
    yield from tool.callables or (None,)


def _key(tool: Tool, one: ToolCallable | None) -> str:
    return f"{tool.name}.{one.name}" if one else tool.name


def _found(tool: Tool, one: ToolCallable | None, score: float) -> Found:
    description = (one.description if one else "") or tool.description
    return Found(
        name=tool.name,
        callable=one.name if one else "",
        description=description,
        score=score,
    )


def _fields(tool: Tool, one: ToolCallable | None) -> dict[str, str]:
    fields = {"tool": tool.name, "tags": " ".join(tool.tags), "about": tool.description}
    if one is not None:
        fields["callable"] = f"{one.name} {one.wire_name}"
        fields["description"] = one.description
        fields["parameters"] = " ".join(
            f"{parameter.name} {parameter.description}" for parameter in one.parameters
        )
    return fields
