"""What can be asked of the broker: method names, their parameters and their results."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from threadbook.errors import NamespaceError
from threadbook.library import deps_methods
from threadbook.tools.definition import Tool
from threadbook.tools.search import Found
from threadbook.values import unpack_value


class ListTools(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`tools.list`: all tools."""


class SearchTools(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`tools.search`: the callables that fit a query best."""

    query: str
    limit: int = 10


class DescribeTool(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`tools.describe`: one tool."""

    name: str


class CallTool(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`tools.call`: call a callable of a tool; `timeout` is in seconds."""

    tool: str
    callable: str
    arguments: dict[str, Any]
    timeout: float | None = None


class Plain:
    """Marks a result of no fixed type: plain data, or one of tools/results.py."""


class Method(msgspec.Struct, frozen=True):
    """The types of a method: a struct of parameters, and what it returns."""

    params: Any
    result: Any


METHODS: Final[dict[str, Method]] = {
    "tools.list": Method(ListTools, tuple[Tool, ...]),
    "tools.search": Method(SearchTools, tuple[Found, ...]),
    "tools.describe": Method(DescribeTool, Tool),
    "tools.call": Method(CallTool, Plain),
    **{name: Method(*types) for name, types in deps_methods.METHODS.items()},
}


def parsed(method: str, params: bytes) -> Any:
    """Return the parameters of a call. Raises NamespaceError for what is not understood."""
    if method not in METHODS:
        raise NamespaceError(f"there is no method {method[:80]!r}")
    try:
        return msgspec.convert(unpack_value(params), METHODS[method].params)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NamespaceError(f"{method}: parameters that are not understood: {error}") from None
