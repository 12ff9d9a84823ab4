"""Values as a record of a call shows them: plain JSON, cut short, and without secrets."""

from __future__ import annotations

import math
import re
from itertools import islice
from typing import Any

REDACTED = "<redacted>"
LONGEST_TEXT = 1000
"""Characters of a text that are kept."""

_LONGEST_NAME = 100
_MOST_NAMES = 200
_MOST_CHARACTERS = 40_000
"""Characters that are kept of all arguments together; each has an equal share."""
_EACH = 10
"""Characters that a value counts for at least."""
_DEEPEST = 6
_LARGEST_INT = 2**63
_PLAIN = frozenset({type(None), bool, int, float})
_SECRET = re.compile(
    r"pass(word|wd|phrase)|secret|token|api_?key|access_?key|private_?key|credential|authorization"
    r"|cookie",
    re.IGNORECASE,
)


def summary(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return what a record keeps of arguments by name. Calls nothing that their types define."""
    share = _MOST_CHARACTERS // max(len(arguments), 1)
    found = {
        _name(name): REDACTED if _is_secret(name) else _Summary(share).of(value)
        for name, value in islice(arguments.items(), _MOST_NAMES)
    }
    more = len(arguments) - _MOST_NAMES
    return found | {"…": f"<{more} more>"} if more > 0 else found


def clean_text(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return text that a record can hold: cut short, and without lone surrogates."""
    cut = text if len(text) <= longest else f"{text[:longest]}… of {len(text):,}"
    return cut.encode(errors="replace").decode()


class _Summary:
    """Cuts one value down to so many characters."""

    def __init__(self, share: int) -> None:
        self._left = share

    def of(self, value: Any, depth: int = 0) -> Any:
        """Return a value, or what says of which type it is."""
        kind = type(value)
        self._left -= _EACH
        if kind in _PLAIN and _fits(value):
            return value
        if kind is str:
            return self._text(value)
        if depth < _DEEPEST and kind in (list, tuple):
            return self._items(value, depth)
        if depth < _DEEPEST and kind is dict:
            return self._entries(value, depth)
        size = f", {len(value)} bytes" if kind in (bytes, bytearray) else ""
        return clean_text(f"<{kind.__name__}{size}>", _LONGEST_NAME)

    def _text(self, text: str) -> str:
        kept = clean_text(text, max(min(LONGEST_TEXT, self._left), _EACH))
        self._left -= len(kept)
        return kept

    def _items(self, values: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
        found: list[Any] = []
        for value in values:
            if self._left <= 0:
                return [*found, f"<{len(values) - len(found)} more>"]
            found.append(self.of(value, depth + 1))
        return found

    def _entries(self, values: dict[Any, Any], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in values.items():
            if self._left <= 0:
                return {**found, "…": f"<{len(values) - len(found)} more>"}
            name = _name(key) if type(key) is str else f"<{type(key).__name__[:_LONGEST_NAME]}>"
            self._left -= len(name)
            found[clean_text(name)] = REDACTED if _is_secret(key) else self.of(value, depth + 1)
        return found


def _name(key: str) -> str:
    return clean_text(key, _LONGEST_NAME)


def _is_secret(key: Any) -> bool:
    return type(key) is str and _SECRET.search(key) is not None


def _fits(value: Any) -> bool:
    """Tell whether a number is one that every reader of JSON takes."""
    if type(value) is int:
        return -_LARGEST_INT <= value < _LARGEST_INT
    return type(value) is not float or math.isfinite(value)
