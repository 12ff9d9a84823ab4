"""Patterns in rules and approvals: globs over text, case and all.

`*` is any text, `?` one character, `[ab]` one of these, `[!ab]` one that is none of these, and
`[[]` a bracket.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase, translate
from typing import Any

from threadbook.tools.call import json_text

_NEVER = "(?!)"
"""What a set that nothing can be in, such as [z-a], is translated to."""


def check_pattern(pattern: str) -> None:
    """Raise ValueError for what is no pattern, or matches nothing."""
    if not pattern:
        raise ValueError("an empty pattern matches nothing: write * for anything")
    if "[" in pattern and r"\[" in translate(pattern.replace("[[]", "")):
        raise ValueError(f"{pattern!r} has a [ that is not closed: write [[] for a bracket")
    if _NEVER in translate(pattern):
        raise ValueError(f"{pattern!r} matches nothing")


def matches_any(patterns: Iterable[str], text: str) -> bool:
    """Tell whether a text matches one of the patterns."""
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def value_matches(patterns: Iterable[str], value: Any) -> bool:
    """Tell whether a value matches: text as it is, all else as its canonical JSON.

    So 3 is `3`, True is `true`, None is `null`, and a list begins with a bracket, in a pattern
    `[[]`. Raises ToolArgumentError for a value that has no JSON form: it can't be told whether a
    rule is about it.
    """
    return matches_any(patterns, value if isinstance(value, str) else json_text(value))


def arguments_match(matching: Mapping[str, str], arguments: Mapping[str, Any]) -> bool:
    """Tell whether arguments are those that the patterns name, no more and no less, and match."""
    return matching.keys() == arguments.keys() and all(
        value_matches((pattern,), arguments[name]) for name, pattern in matching.items()
    )
