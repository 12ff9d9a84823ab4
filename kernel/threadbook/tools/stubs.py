"""Stubs: tools as a `.pyi` text, for editors and type checkers.

Signatures and descriptions are those that `help` shows. Descriptions are a stranger's: none can
end the docstring it stands in.
"""

from __future__ import annotations

import inspect
import math
import textwrap
from collections.abc import Iterable, Iterator

from threadbook.tools.definition import Tool, ToolCallable
from threadbook.tools.signature import clean, documentation, signature

_HEADER = '''"""The tools of a session, as they were when this was written."""

from typing import Any, Literal

from threadbook.tools.definition import Tool
from threadbook.tools.listing import CallableList, FoundList, ToolList
from threadbook.tools.results import (
    Audio,
    CliResult,
    HttpResult,
    Image,
    McpResult,
    Resource,
    ResourceLink,
    Text,
)
'''
_INDENT = "    "
_LITERALS = (bool, int, str, type(None))


def stub(tools: Iterable[Tool]) -> str:
    """Return a stub that declares `tools`. It is valid Python whatever the tools say."""
    known = [tool for tool in tools if tool.callables or not tool.problem]
    classes = ["\n".join(_tool_classes(tool, number)) for number, tool in enumerate(known)]
    return "\n\n".join([_HEADER, *classes, "\n".join(_tools_class(known)), "tools: _Tools\n"])


def _tools_class(tools: Iterable[Tool]) -> Iterator[str]:
    yield "class _Tools:"
    yield f"{_INDENT}def list(self) -> ToolList: ..."
    yield f"{_INDENT}def search(self, query: str, limit: int = 10) -> FoundList: ..."
    yield f"{_INDENT}def describe(self, name: str) -> Tool: ..."
    for tool in tools:
        yield f"{_INDENT}{tool.name}: _t_{tool.name}"


def _tool_classes(tool: Tool, number: int) -> Iterator[str]:
    """Declare a tool. Each callable has a class outside, where `int` is no callable's name."""
    for one in tool.callables:
        yield from _callable_class(one, f"_c{number}_{one.name}")
    base = f"(_c{number}_{tool.main})" if tool.main else ""
    yield f"class _t_{tool.name}{base}:"
    yield from _docstring(tool.description)
    yield f"{_INDENT}def list(self) -> CallableList: ..."
    for one in tool.callables:
        yield f"{_INDENT}{one.name}: _c{number}_{one.name}"


def _callable_class(one: ToolCallable, name: str) -> Iterator[str]:
    receiver = "self"
    while any(parameter.name == receiver for parameter in one.parameters):
        receiver += "_"
    shown = signature(one)
    parameters = [_parameter(parameter) for parameter in shown.parameters.values()]
    listed = ", ".join([receiver, "/", *(["*", *parameters] if parameters else [])])
    yield f"class {name}:"
    for start in ("def __call__", "async def acall"):
        yield f"{_INDENT}{start}({listed}) -> {shown.return_annotation!r}:"
        yield from (_INDENT + line for line in _docstring(documentation(one)))
        yield f"{_INDENT * 2}..."
    yield ""


def _parameter(parameter: inspect.Parameter) -> str:
    text = f"{parameter.name}: {parameter.annotation!r}"
    if parameter.default is inspect.Parameter.empty:
        return text
    return f"{text} = {parameter.default!r}" if _is_literal(parameter.default) else f"{text} = ..."


def _is_literal(value: object) -> bool:
    return type(value) in _LITERALS or (type(value) is float and math.isfinite(value))


def _docstring(text: str) -> Iterator[str]:
    """Return a docstring; without backslashes and quotes as they are, nothing can end it."""
    safe = clean(text).replace("\\", "\\\\").replace('"', '\\"')
    if safe.strip():
        yield from textwrap.indent(f'"""{safe}"""', _INDENT).splitlines()
