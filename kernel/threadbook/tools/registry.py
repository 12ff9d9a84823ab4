"""The registry: all tools of a session by name, and the adapters that can call them."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterable, Sequence

import msgspec

from threadbook.errors import ThreadbookError, ToolDefinitionError, ToolNotFound
from threadbook.search import Embedder
from threadbook.tools.adapter import Adapter
from threadbook.tools.definition import Tool, ToolCallable
from threadbook.tools.names import did_you_mean
from threadbook.tools.search import Found, ToolIndex

_Offer = tuple[tuple[Tool, ...], tuple[str, ...]]
"""The tools of an adapter, and why others of it are not there."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that cannot be used, and why. `source` is a file, with `line` where that is known."""

    name: str
    source: str
    reason: str
    line: int | None = None

    def __str__(self) -> str:
        where = f"{self.source}:{self.line}" if self.line else self.source
        return f"{where}: {self.reason}" if where else self.reason


class Registry:
    """Finds tools by name, as the adapters know them at that time.

    Raises ToolDefinitionError where two adapters have a tool of the same name. Where an adapter
    learns later of one whose name is taken, that one is a problem. An adapter may have `problems`
    of its own: why what it should offer is not there. All are listed among the tools, so that
    nothing is missing without a word.
    """

    def __init__(
        self,
        adapters: Sequence[Adapter],
        *,
        problems: Iterable[Problem] = (),
        embedder: Embedder | None = None,
    ) -> None:
        self._adapters = tuple(adapters)
        self._given = tuple(problems)
        self._failed: dict[int, str] = {}
        self._offers: list[_Offer] = []
        self._catalog = _Catalog(self._given)
        self._index: ToolIndex | None = None
        self._indexed: tuple[Tool, ...] = ()
        self._embedder = embedder
        self._look()
        if self._catalog.duplicates:
            raise ToolDefinitionError(self._catalog.duplicates[0].reason, namespace="tools")

    @property
    def adapters(self) -> tuple[Adapter, ...]:
        """The adapters, in the order in which they were given."""
        return self._adapters

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be loaded, or reached."""
        self._look()
        return self._catalog.problems

    @property
    def is_incomplete(self) -> bool:
        """Whether an adapter could not be asked what tools it has."""
        return bool(self._failed)

    def list(self) -> tuple[Tool, ...]:
        """Return all tools by name; what is not as it should be has a `problem`."""
        self._look()
        return self._catalog.listed

    def describe(self, name: str) -> Tool:
        """Return a tool. Raises ToolNotFound, with the nearest names."""
        return self._find(name)[0]

    def get(self, tool: str, callable: str | None = None) -> tuple[Tool, ToolCallable, Adapter]:  # noqa: A002  as the definitions call it
        """Return what a call needs; without `callable`, for what `tools.<tool>(…)` calls.

        Raises ToolNotFound, and ToolDefinitionError for a tool that could not be loaded.
        """
        found, adapter = self._find(tool)
        if adapter is None:
            raise ToolDefinitionError(found.problem, namespace="tools", operation=f"tools.{tool}")
        return found, callable_of(found, callable), adapter

    def search(self, query: str, limit: int = 10) -> tuple[Found, ...]:
        """Return the callables that fit a query best, best first."""
        tools = self.list()
        if self._index is None:
            self._index = ToolIndex(embedder=self._embedder)
        if self._indexed is not tools:
            self._index.update(tools)
            self._indexed = tools
        return self._index.search(query, limit=limit)

    async def refresh(self) -> None:
        """Let all adapters learn what tools there are; one that cannot is a problem."""
        outcomes = await asyncio.gather(
            *(adapter.refresh() for adapter in self._adapters), return_exceptions=True
        )
        failed = {}
        for number, outcome in enumerate(outcomes):
            if isinstance(outcome, ThreadbookError):
                failed[number] = str(outcome)
            elif isinstance(outcome, BaseException):
                raise outcome
        self._failed = failed
        self._look(is_certain=True)

    async def close(self) -> None:
        """Stop what the adapters have started. Raises what went wrong, after all were asked."""
        outcomes = await asyncio.gather(
            *(adapter.close() for adapter in self._adapters), return_exceptions=True
        )
        if self._index is not None:
            self._index.close()
            self._index, self._indexed = None, ()
        if errors := [outcome for outcome in outcomes if isinstance(outcome, BaseException)]:
            raise errors[0]

    def _find(self, name: str) -> tuple[Tool, Adapter | None]:
        self._look()
        known = self._catalog.tools.get(name)
        if known is not None:
            return known
        for tool in self._catalog.listed:
            if tool.name == name:
                return tool, None
        near = did_you_mean(name, (tool.name for tool in self._catalog.listed))
        raise ToolNotFound(
            f"there is no tool {name[:80]!r}{near}",
            namespace="tools",
            operation=f"tools.{name[:80]}",
        )

    def _look(self, *, is_certain: bool = False) -> None:
        """Take over what has changed; costs a comparison for each adapter where nothing has."""
        offers = [_offer(adapter) for adapter in self._adapters]
        if offers == self._offers and not is_certain:
            return
        self._offers = offers
        catalog = _Catalog(self._given)
        for number, (tools, missing) in enumerate(offers):
            reasons = [self._failed[number], *missing] if number in self._failed else missing
            catalog.add(self._adapters[number], tools, reasons)
        self._catalog = catalog


def callable_of(tool: Tool, name: str | None) -> ToolCallable:
    """Return a callable of a tool; without a name, the main one. Raises ToolNotFound."""
    wanted = tool.main if name is None else name
    for one in tool.callables:
        if one.name == wanted:
            return one
    names = [one.name for one in tool.callables]
    if name is None:
        message = f"tools.{tool.name} has several callables, and none of its own"
        remedy = f"use one of {', '.join(names[:20])}" if names else "it has no callables"
    else:
        message = f"tools.{tool.name} has no callable {name[:80]!r}{did_you_mean(name, names)}"
        remedy = f"tools.{tool.name}.list() shows what there is"
    raise ToolNotFound(
        message, remedy=remedy, namespace="tools", operation=f"tools.{tool.name}.{name or ''}"
    )


def _offer(adapter: Adapter) -> _Offer:
    return adapter.tools(), tuple(getattr(adapter, "problems", ()))


class _Catalog:
    """What adapters offered at one time. An earlier tool keeps its name."""

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        self.tools: dict[str, tuple[Tool, Adapter]] = {}
        self.duplicates: list[Problem] = []
        self._without_tool = list(problems)
        self._of_tools: list[Problem] = []

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that is not as it should be."""
        return (*self._without_tool, *self.duplicates, *self._of_tools)

    @functools.cached_property
    def listed(self) -> tuple[Tool, ...]:
        """Tools by name, and problems that none of them has, each under a name of its own."""
        listed = {name: tool for name, (tool, _) in self.tools.items()}
        for problem in (*self._without_tool, *self.duplicates):
            name, number = problem.name, 2
            while name in listed:
                name, number = f"{problem.name}_{number}", number + 1
            listed[name] = Tool(name=name, adapter="", source=problem.source, problem=str(problem))
        return tuple(listed[name] for name in sorted(listed))

    def add(self, adapter: Adapter, tools: Sequence[Tool], reasons: Sequence[str]) -> None:
        """Add the tools of an adapter, and why others of it are not there."""
        if tools:
            name, source = tools[0].name, tools[0].source
            self._of_tools += [Problem(name=name, source=source, reason=why) for why in reasons]
        else:
            self._without_tool += [
                Problem(name="unreachable", source="", reason=why) for why in reasons
            ]
        for tool in tools:
            if tool.name in self.tools:
                self.duplicates.append(_duplicate(tool, self.tools[tool.name][0]))
                continue
            problem = "; ".join(reasons)
            shown = msgspec.structs.replace(tool, problem=problem) if problem else tool
            self.tools[tool.name] = (shown, adapter)


def _duplicate(tool: Tool, other: Tool) -> Problem:
    places = [one.source or f"the adapter {one.adapter}" for one in (other, tool)]
    return Problem(
        name=tool.name,
        source=tool.source,
        reason=f"two tools are called {tool.name}: one from {places[0]}, one from {places[1]}",
    )
