"""Functions of Python as tools: they run on the trusted side, in the process of the broker.

A plain function runs in a thread, a coroutine function in the event loop, which it must not block.
Up to `most_at_once` plain functions run at a time, and the others wait. A thread cannot be stopped:
after a timeout or a cancelled call it runs on, and counts until it ends.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import inspect
import re
import time
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, get_args, overload

import msgspec

from threadbook.errors import ToolArgumentError, ToolCallError, ToolDefinitionError, ToolError
from threadbook.errors import ToolTimeout as Timeout
from threadbook.tools.adapter import CallContext
from threadbook.tools.definition import Effect, Tool, ToolCallable
from threadbook.tools.docstrings import parse_docstring
from threadbook.tools.functions import (
    Signature,
    function_callable,
    function_definition,
    qualified_name,
    read_signature,
)
from threadbook.tools.names import tool_name
from threadbook.tools.plain import plain_result
from threadbook.tools.threads import MOMENT, KeptThreads

MOST_AT_ONCE = 32
_MARK = "__threadbook_tool__"
_LONGEST_MESSAGE = 2_000
_QUICK_SECONDS = 0.000_2

F = TypeVar("F", bound=Callable[..., Any])


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What `tool` says of a function."""

    name: str | None = None
    effect: Effect = "write"
    domain: str = "general"
    tags: tuple[str, ...] = ()
    timeout: float | None = None
    namespace: str | None = None


@overload
def tool(fn: F) -> F: ...
@overload
def tool(
    fn: None = None,
    *,
    name: str | None = None,
    effect: Effect = "write",
    domain: str = "general",
    tags: Iterable[str] = (),
    timeout: float | None = None,
    namespace: str | None = None,
) -> Callable[[F], F]: ...
def tool(
    fn: F | None = None,
    *,
    name: str | None = None,
    effect: Effect = "write",
    domain: str = "general",
    tags: Iterable[str] = (),
    timeout: float | None = None,
    namespace: str | None = None,
) -> F | Callable[[F], F]:
    """Mark a function as a tool, and return it as it is: `@tool` or `@tool(effect="read")`.

    `effect` is what a call does to the world: read, write or destructive. It becomes
    `tools.<name>(…)`; functions with the same `namespace` become `tools.<namespace>.<name>(…)`.
    `timeout` is in seconds. Raises ToolDefinitionError for an unknown effect or a bad timeout.
    """
    if effect not in get_args(Effect):
        raise ToolDefinitionError(
            f"{effect!r} is no effect",
            remedy=f"use {', '.join(get_args(Effect))}",
            namespace="tools",
        )
    if timeout is not None and not timeout > 0:
        raise ToolDefinitionError(
            f"a timeout of {timeout!r} seconds", remedy="use more than 0", namespace="tools"
        )
    mark = Mark(
        name=name,
        effect=effect,
        domain=domain,
        tags=tuple(tags),
        timeout=timeout,
        namespace=namespace,
    )

    def decorate(function: F) -> F:
        setattr(function, _MARK, mark)
        return function

    return decorate if fn is None else decorate(fn)


def mark_of(function: Any) -> Mark | None:
    """Return what `tool` said of a function; None where it is not marked."""
    inner = getattr(function, "__func__", function)  # of a static or class method
    found = getattr(function, _MARK, getattr(inner, _MARK, None))
    return found if isinstance(found, Mark) else None


def marked_functions(owner: Any) -> list[tuple[Callable[..., Any], Mark]]:
    """Return the marked functions of a module, or methods of an object, in their order."""
    names = vars(owner) if isinstance(owner, types.ModuleType) else _names_of_class(type(owner))
    found = []
    for name in names:
        # What is not marked is not touched: it may be a property that does something.
        mark = mark_of(inspect.getattr_static(owner, name, None))
        if mark is not None:
            found.append((getattr(owner, name), mark))
    return found


@dataclasses.dataclass(frozen=True)
class _Function:
    """A function as it is called."""

    function: Callable[..., Any]
    signature: Signature
    definition: ToolCallable
    mark: Mark
    namespace: str | None
    owner: Any

    def belongs_with(self, other: _Function) -> bool:
        """Tell whether both are parts of one tool."""
        is_same = self.namespace == other.namespace and self.owner is other.owner
        return is_same and self.namespace is not None


class PythonAdapter:
    """Offers functions, and the marked functions of modules and objects, as tools.

    A function becomes a tool of its own, unless it was given a namespace. A module or object
    becomes one tool with its marked functions, called like the module or, in snake case, like
    the class. Raises ToolDefinitionError for what cannot be offered.
    """

    def __init__(
        self, sources: Iterable[Any], *, source: str = "", most_at_once: int = MOST_AT_ONCE
    ) -> None:
        self._source = source
        self._functions: dict[tuple[str, str], _Function] = {}
        self._slots = asyncio.Semaphore(most_at_once)
        self._quick: set[str] = set()  # what took no time to speak of when it was last called
        self._threads = KeptThreads("tool")
        grouped: dict[str, list[_Function]] = {}
        for one in sources:
            for function in _functions_of(one):
                name = tool_name(function.namespace or function.definition.name)
                self._admit(name, function, grouped.setdefault(name, []))
        self._tools = tuple(self._tool(name, members) for name, members in grouped.items())

    def tools(self) -> tuple[Tool, ...]:
        """See Adapter."""
        return self._tools

    async def refresh(self) -> None:
        """See Adapter; there is nothing to learn."""

    def definition(self, tool: str, name: str) -> dict[str, Any]:
        """Return what decides a call of a function."""
        one = self._functions[tool, name]
        return function_definition(one.function, one.signature, one.definition)

    async def close(self) -> None:
        """See Adapter; a function that still runs is left alone."""
        self._threads.close()

    async def call(
        self, tool: str, name: str, arguments: Mapping[str, Any], context: CallContext
    ) -> Any:
        """See Adapter."""
        function = self._functions[tool, name]
        operation = f"tools.{tool}.{name}"
        given = _converted(function.signature, arguments, operation)
        limit = context.timeout if context.timeout is not None else function.mark.timeout
        try:
            async with asyncio.timeout(limit) as deadline:
                result = await self._run(function.function, given, operation)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise Timeout(
                f"{operation} did not answer within {limit:g} s",
                namespace="tools",
                operation=operation,
            ) from None
        return plain_result(result, operation)

    async def _run(
        self, function: Callable[..., Any], arguments: dict[str, Any], operation: str
    ) -> Any:
        try:
            if inspect.iscoroutinefunction(function):
                return await function(**arguments)
            result = await self._in_thread(operation, lambda: function(**arguments))
            return await result if inspect.isawaitable(result) else result
        except asyncio.CancelledError as error:
            if (task := asyncio.current_task()) and task.cancelling():
                raise
            raise _failed(operation, error) from error
        except ToolError:
            raise
        except (Exception, SystemExit) as error:
            raise _failed(operation, error) from error

    async def _in_thread(self, operation: str, function: Callable[[], Any]) -> Any:
        """Run a function in a daemon thread, so that one that hangs does not keep the process.

        One that was quick the last time is waited for at once.
        """
        await self._slots.acquire()
        work = functools.partial(self._carry_out, operation, function)
        moment = MOMENT if operation in self._quick else 0.0
        return await self._threads.call(work, moment=moment, ended=self._slots.release)

    def _carry_out(self, operation: str, function: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        try:
            return function()
        except BaseException as error:
            if isinstance(error, Exception) and not isinstance(error, StopIteration):
                raise
            raise _Ended(error) from None
        finally:
            is_quick = time.perf_counter() - began < _QUICK_SECONDS
            (self._quick.add if is_quick else self._quick.discard)(operation)

    def _admit(self, name: str, function: _Function, others: list[_Function]) -> None:
        called = function.definition.name
        if (name, called) in self._functions or not all(map(function.belongs_with, others)):
            raise ToolDefinitionError(
                f"{qualified_name(others[0].function)} and {qualified_name(function.function)}"
                f" would both be tools.{name}",
                remedy="give one of them another name, or both the same namespace",
                namespace="tools",
            )
        self._functions[name, called] = function
        others.append(function)

    def _tool(self, name: str, members: list[_Function]) -> Tool:
        first = members[0]
        callables = tuple(member.definition for member in members)
        is_single = first.namespace is None
        return Tool(
            name=name,
            adapter="python",
            description=first.definition.description if is_single else _description(first.owner),
            tags=tuple(dict.fromkeys(tag for member in members for tag in member.mark.tags)),
            callables=callables,
            main=name if any(one.name == name for one in callables) else None,
            source=self._source or getattr(first.function, "__module__", "") or "",
        )


class _Ended(Exception):
    """Carries out of a thread what would end more than the call."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


def _functions_of(one: Any) -> list[_Function]:
    if inspect.isroutine(one):
        return [_function(one, mark_of(one) or Mark(), None)]
    if inspect.isclass(one):
        raise ToolDefinitionError(
            f"{one.__qualname__} is a class", remedy="pass an object of it", namespace="tools"
        )
    marked = marked_functions(one)
    if not marked:
        raise ToolDefinitionError(
            f"{_group_name(one)} has no function marked with @tool", namespace="tools"
        )
    return [_function(function, mark, one) for function, mark in marked]


def _function(function: Callable[..., Any], mark: Mark, owner: Any) -> _Function:
    signature = read_signature(function)
    definition = function_callable(
        function,
        signature,
        name=mark.name or str(getattr(function, "__name__", "")),
        effect=mark.effect,
        domain=mark.domain,
        timeout=mark.timeout,
    )
    namespace = mark.namespace or (None if owner is None else _group_name(owner))
    owner = None if mark.namespace else owner
    return _Function(function, signature, definition, mark, namespace, owner)


def _group_name(owner: Any) -> str:
    if isinstance(owner, types.ModuleType):
        return owner.__name__.rpartition(".")[2]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(owner).__name__).lower()


def _description(owner: Any) -> str:
    return "" if owner is None else parse_docstring(owner.__doc__).description


def _names_of_class(kind: type) -> list[str]:
    return list(dict.fromkeys(name for base in reversed(kind.__mro__) for name in vars(base)))


def _converted(
    signature: Signature, arguments: Mapping[str, Any], operation: str
) -> dict[str, Any]:
    """Return the arguments as the types that the function declares: a dict as a dataclass."""
    given = {}
    for name, value in arguments.items():
        try:
            given[name] = msgspec.convert(value, signature.types[name])
        except msgspec.ValidationError as error:
            raise ToolArgumentError(
                f"{operation}: {name} does not fit: {error}",
                namespace="tools",
                operation=operation,
            ) from None
    return given


def _failed(operation: str, error: BaseException) -> ToolCallError:
    original = error.error if isinstance(error, _Ended) else error
    name = type(original).__name__
    try:
        message = str(original)[:_LONGEST_MESSAGE]
    except Exception:  # noqa: BLE001  its __str__ is the tool's own code
        message = "(its message cannot be shown)"
    return ToolCallError(
        f"{operation} failed: {name}: {message}" if message else f"{operation} failed: {name}",
        namespace="tools",
        operation=operation,
        original_type=name,
    )
