"""Names: how anything that a tool calls something becomes a name that Python code can write.

The rule is the same everywhere, and depends on nothing but the name:

1. The name is normalised (Unicode NFKC), as Python does it with source text.
2. Each character that no identifier may hold becomes `_`: `my-mcp-server` is `my_mcp_server`.
3. A digit in front gets `_` in front of it: `2fa` is `_2fa`.
4. A keyword of Python gets `_` behind it: `class` is `class_`.

Tools and callables share a namespace with methods of their own, so that for them

5. what is neither letter nor digit is dropped in front: `_private` is `private`;
6. `list`, `search`, `describe` and `acall` get `_` behind them.

Two names that become the same one are refused.
"""

from __future__ import annotations

import difflib
import keyword
import unicodedata
from collections.abc import Callable, Iterable

from threadbook.errors import ToolDefinitionError

RESERVED = frozenset({"list", "search", "describe", "acall"})
"""What the namespace and the tools in it have as methods."""
LONGEST_NAME = 256
"""Most characters of a name, before and after."""


def parameter_name(wire_name: str) -> str:
    """Return what code writes for a parameter. Raises ToolDefinitionError for one too long."""
    return _not_a_keyword(_identifier(wire_name))


def tool_name(wire_name: str) -> str:
    """Return what code writes for a tool, or a callable of one.

    Raises ToolDefinitionError for a name too long, or one that holds no letter or digit.
    """
    bare = _identifier(wire_name)
    while bare and not bare[0].isdigit() and (bare[0] == "_" or not bare[0].isidentifier()):
        bare = bare[1:]
    if not bare:
        raise ToolDefinitionError(
            f"a tool cannot be called {wire_name!r}",
            remedy="a name holds at least one letter or digit",
            namespace="tools",
        )
    name = _identifier(bare)  # a digit may be in front now
    return f"{name}_" if name in RESERVED else _not_a_keyword(name)


def python_names(
    wire_names: Iterable[str], rule: Callable[[str], str], *, what: str
) -> dict[str, str]:
    """Return the Python name of each name, in order.

    Raises ToolDefinitionError where two of them become the same; `what` says what they are names
    of, e.g. "parameters of search".
    """
    taken: dict[str, str] = {}
    for wire_name in wire_names:
        name = rule(wire_name)
        if name in taken:
            raise ToolDefinitionError(
                f"{what}: {taken[name]!r} and {wire_name!r} would both be called {name}",
                remedy="rename one of them",
                namespace="tools",
            )
        taken[name] = wire_name
    return {wire_name: name for name, wire_name in taken.items()}


def is_private(name: str) -> bool:
    """Tell whether no tool or callable can have this name, as it belongs to Python or us."""
    return name.startswith("_") and not name[1:2].isdigit()


def nearest(name: str, known: Iterable[str], *, limit: int = 3) -> list[str]:
    """Return the known names that look most like `name`, the nearest first."""
    by_lower = {one.lower(): one for one in sorted(known, reverse=True)}
    close = difflib.get_close_matches(name.lower()[:LONGEST_NAME], by_lower, n=limit)
    return [by_lower[one] for one in close]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return what to say behind an error on an unknown name; empty where nothing is near."""
    close = nearest(name, known)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def _identifier(wire_name: str) -> str:
    name = unicodedata.normalize("NFKC", wire_name[: LONGEST_NAME + 1])
    if max(len(name), len(wire_name)) > LONGEST_NAME:
        raise ToolDefinitionError(
            f"the name {wire_name[:40]!r}… is longer than {LONGEST_NAME} characters",
            namespace="tools",
        )
    # A character that may stand in an identifier may do so behind any other.
    name = "".join(char if f"_{char}".isidentifier() else "_" for char in name)
    return name if name.isidentifier() else f"_{name}"


def _not_a_keyword(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name
