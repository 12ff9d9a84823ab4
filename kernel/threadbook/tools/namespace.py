"""The face of tools in a cell: `tools.<tool>.<callable>(…)`.

`x(…)` calls and waits, `await x.acall(…)` lets other tasks go on. Arguments are given by name and
checked here, before anything is sent. What is known of a tool is kept until it does not fit: where
a name is not known, or an argument is wrong, the definition is asked for again before it is said.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from threadbook.errors import (
    ConfigError,
    ToolArgumentError,
    ToolDefinitionError,
    ToolNotFound,
)
from threadbook.tools.arguments import refuse_positional, validate
from threadbook.tools.channel import Channel
from threadbook.tools.definition import Tool, ToolCallable
from threadbook.tools.listing import CallableList, FoundList, ToolList
from threadbook.tools.names import is_private
from threadbook.tools.registry import callable_of
from threadbook.tools.signature import clean, documentation, signature

COMPLETED = (
    ("threadbook", "tools", "namespace", "Tools"),
    ("threadbook", "tools", "namespace", "ToolFace"),
    ("threadbook", "tools", "namespace", "BrokenToolFace"),
    ("threadbook", "tools", "namespace", "MainToolFace"),
)
"""Classes whose attributes completion may look at: that asks for a definition, and runs nothing.

To be added to `allowed_getattr_external` of IPython's policies, which refuse `__getattr__`.
"""


class Tools:
    """The tools of this session: `tools.<tool>.<callable>(…)`, all arguments by name.

    `tools.list()` and `tools.search("what you want to do")` show what there is,
    `help(tools.<tool>.<callable>)` what it takes.
    """

    __slots__ = ("_channel", "_known")

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._known: dict[str, Tool] = {}

    def list(self) -> ToolList:
        """Return all tools; what could not be loaded is among them, with the reason."""
        listed = ToolList(self._channel.call("tools.list", {}))
        self._known = {tool.name: tool for tool in listed}
        return listed

    def search(self, query: str, limit: int = 10) -> FoundList:
        """Return the callables that fit a text best, best first."""
        return FoundList(self._channel.call("tools.search", {"query": query, "limit": limit}))

    def describe(self, name: str) -> Tool:
        """Return the definition of a tool as it is now. Raises ToolNotFound."""
        try:
            tool: Tool = self._channel.call("tools.describe", {"name": name})
        except ToolNotFound:
            self._known.pop(name, None)
            raise
        self._known[name] = tool
        return tool

    def __getattr__(self, name: str) -> ToolFace:
        if is_private(name):
            raise AttributeError(f"tools has no attribute {name!r}")
        tool = self._definition(name)
        if tool.problem and not tool.callables:
            return BrokenToolFace(self, tool)
        return ToolFace(self, tool) if tool.main is None else MainToolFace(self, tool)

    def __dir__(self) -> Iterator[str]:
        yield from object.__dir__(self)
        yield from (tool.name for tool in self.list())

    def __repr__(self) -> str:
        return "<tools: tools.list() and tools.search(…) show what there is>"

    def _definition(self, name: str) -> Tool:
        return self._known.get(name) or self.describe(name)


class ToolFace:
    """A tool: its callables are its attributes, and `list()` shows them."""

    __slots__ = ("_name", "_tools")

    def __init__(self, tools: Tools, tool: Tool) -> None:
        self._tools = tools
        self._name = tool.name

    def list(self) -> CallableList:
        """Return the callables of the tool as they are now."""
        return CallableList(self._tools.describe(self._name).callables)

    def __getattr__(self, name: str) -> CallableFace:
        if is_private(name):
            raise AttributeError(f"tools.{self._name} has no attribute {name!r}")
        return CallableFace(self._tools, self._name, _find(self._tools, self._name, name).name)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Raise ToolNotFound, which names the callables: the tool itself was none."""
        name = callable_of(self._tool, None).name
        return CallableFace(self._tools, self._name, name)(*args, **kwargs)

    def __dir__(self) -> Iterator[str]:
        yield from object.__dir__(self)
        yield from (one.name for one in self._tool.callables)

    def __repr__(self) -> str:
        tool = self._tool
        if tool.problem and not tool.callables:
            return f"<tools.{tool.name}, which cannot be used: {clean(tool.problem)}>"
        names = ", ".join(one.name for one in tool.callables)
        return f"<tools.{tool.name}: {names}>"

    @property
    def _tool(self) -> Tool:
        return self._tools._definition(self._name)  # noqa: SLF001  the face of a part of it

    @property
    def __name__(self) -> str:
        return self._name

    @property
    def __doc__(self) -> str:  # type: ignore[override]  # each tool has its own
        tool = self._tool
        return clean(tool.description or tool.problem)


class BrokenToolFace(ToolFace):
    """A tool that could not be loaded."""

    __slots__ = ()

    def __call__(self, /, *_: Any, **__: Any) -> Any:
        """Raise ToolDefinitionError, which says why."""
        raise _broken(self._tool)


class CallableFace:
    """A callable of a tool: `x(…)` waits, `await x.acall(…)` does not."""

    __slots__ = ("_name", "_tool", "_tools")

    def __init__(self, tools: Tools, tool: str, name: str | None) -> None:
        self._tools = tools
        self._tool = tool
        self._name = name

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call, and wait for the result."""
        with self._noticing_changes():
            return self._channel.call("tools.call", self._checked(args, kwargs))

    async def acall(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call without blocking other tasks, so that several calls can go on at once."""
        with self._noticing_changes():
            return await self._channel.acall("tools.call", self._checked(args, kwargs))

    def __get__(self, instance: object, owner: type | None = None) -> CallableFace:
        """Stay what it is as an attribute of a class; makes it a routine for `help`, too."""
        return self

    def __repr__(self) -> str:
        return f"<{self._operation}{self.__signature__}>"

    @property
    def __name__(self) -> str:
        return self._definition.name

    @property
    def __signature__(self) -> inspect.Signature:
        return signature(self._definition)

    @property
    def __doc__(self) -> str:  # type: ignore[override]  # each callable has its own
        return documentation(self._definition)

    @property
    def _channel(self) -> Channel:
        return self._tools._channel  # noqa: SLF001  the face of a part of it

    @property
    def _operation(self) -> str:
        return f"tools.{self._tool}.{self._name}" if self._name else f"tools.{self._tool}"

    @property
    def _definition(self) -> ToolCallable:
        return _find(self._tools, self._tool, self._name)

    def _checked(self, args: tuple[Any, ...], arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters of a call. Raises ToolArgumentError, before anything is sent."""
        definition = self._definition
        refuse_positional(definition, len(args), operation=self._operation)
        try:
            self._validate(definition, arguments)
        except ToolArgumentError:
            self._tools.describe(self._tool)
            if self._definition == definition:
                raise
            definition = self._definition
            self._validate(definition, arguments)
        return {"tool": self._tool, "callable": definition.name, "arguments": arguments}

    def _validate(self, definition: ToolCallable, arguments: Mapping[str, Any]) -> None:
        with contextlib.suppress(ConfigError):  # the packages are there on the trusted side
            validate(definition, arguments, operation=self._operation)

    @contextlib.contextmanager
    def _noticing_changes(self) -> Iterator[None]:
        try:
            yield
        except (ToolNotFound, ToolArgumentError):
            self._tools._known.pop(self._tool, None)  # noqa: SLF001  the face of a part of it
            raise


class MainToolFace(ToolFace):
    """A tool that can be called itself."""

    __slots__ = ()

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call, and wait for the result."""
        return self._main(*args, **kwargs)

    async def acall(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call without blocking other tasks, so that several calls can go on at once."""
        return await self._main.acall(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> MainToolFace:
        """Stay what it is as an attribute of a class; makes it a routine for `help`, too."""
        return self

    def __repr__(self) -> str:
        return repr(self._main)

    @property
    def __signature__(self) -> inspect.Signature:
        return self._main.__signature__

    @property
    def __doc__(self) -> str:  # type: ignore[override]  # each tool has its own
        return self._main.__doc__

    @property
    def _main(self) -> CallableFace:
        return CallableFace(self._tools, self._name, None)


def _find(tools: Tools, name: str, called: str | None) -> ToolCallable:
    """Return a callable as it is known, or as it is now. Raises ToolNotFound."""
    with contextlib.suppress(ToolNotFound):
        return callable_of(tools._definition(name), called)  # noqa: SLF001  as above
    tool = tools.describe(name)
    if tool.problem and not tool.callables:
        raise _broken(tool)
    return callable_of(tool, called)


def _broken(tool: Tool) -> ToolDefinitionError:
    return ToolDefinitionError(tool.problem, namespace="tools", operation=f"tools.{tool.name}")
