"""Plain results: what a function may return to a cell."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Any, get_args

import msgspec

from threadbook.errors import ToolCallError
from threadbook.tools.results import ToolResultValue

_RESULTS = get_args(ToolResultValue)
_SCALARS = frozenset({type(None), bool, int, float, str, bytes})


def plain_result(value: Any, operation: str) -> Any:
    """Return a result as plain data, or as one of `results.py`. Raises ToolCallError."""
    if isinstance(value, _RESULTS):
        return value
    try:
        return _plain(value, "")
    except _NotPlainError as error:
        raise ToolCallError(
            f"{operation} returned {error}, which is no plain data",
            remedy="let it return None, bool, int, float, str, bytes, list, tuple, dict,"
            " a dataclass or a msgspec struct",
            namespace="tools",
            operation=operation,
        ) from None
    except RecursionError:
        raise ToolCallError(
            f"{operation} returned data that is nested too deeply, or holds itself",
            namespace="tools",
            operation=operation,
        ) from None


class _NotPlainError(Exception):
    """A value that is no plain data; says what it is, and where."""


def _plain(value: Any, path: str) -> Any:
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is list:
        return [_plain(item, f"{path}[{number}]") for number, item in enumerate(value)]
    if kind is tuple:
        return tuple(_plain(item, f"{path}[{number}]") for number, item in enumerate(value))
    if kind is dict:
        if wrong := [key for key in value if type(key) not in (str, int)]:
            raise _NotPlainError(f"a dict with a key of type {type(wrong[0]).__name__}")
        return {key: _plain(item, f"{path}[{key!r:.40}]") for key, item in value.items()}
    if isinstance(value, msgspec.Struct) or dataclasses.is_dataclass(kind):
        with contextlib.suppress(TypeError, ValueError):
            return msgspec.to_builtins(value, builtin_types=(bytes,))
    where = f" at {path}" if path else ""
    raise _NotPlainError(f"{kind.__module__}.{kind.__qualname__}{where}".removeprefix("builtins."))
