"""Styles of OpenAPI parameters: how arrays and objects are written in a path, query or header.

All values are percent-encoded but those of headers; what separates them is not, so that no value
can be taken for two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from threadbook.errors import ToolArgumentError
from threadbook.tools.adapters.request import encoded, json_content, scalar_text

DEFAULT_STYLES: Final = {
    "path": "simple",
    "query": "form",
    "header": "simple",
    "cookie": "form",
}
STYLES: Final = {
    "path": frozenset({"simple", "label", "matrix"}),
    "query": frozenset({"form", "spaceDelimited", "pipeDelimited", "deepObject"}),
    "header": frozenset({"simple"}),
    "cookie": frozenset({"form"}),
}
_SEPARATORS = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}
_DEEPEST = 20


def in_path(name: str, value: Any, style: str, *, explode: bool) -> str:
    """Return what stands for a value in a path, percent-encoded. Raises ToolArgumentError."""
    if style == "label":
        return "." + ("." if explode else ",").join(_words(value, explode=explode))
    if style == "matrix":
        key = encoded(name)
        if explode and isinstance(value, list | tuple):
            return "".join(f";{key}={encoded(_text(one))}" for one in value)
        if explode and isinstance(value, dict):
            return "".join(f";{word}" for word in _words(value, explode=True))
        return f";{key}={','.join(_words(value, explode=False))}"
    return ",".join(_words(value, explode=explode))


def in_query(name: str, value: Any, style: str, *, explode: bool) -> list[tuple[str, str]]:
    """Return the names and values, percent-encoded, that stand for a value in a query or form."""
    key = encoded(name)
    if style == "deepObject":
        return list(_deep(key, value, _DEEPEST))
    if explode and isinstance(value, list | tuple):
        return [(key, encoded(_text(one))) for one in value]
    if explode and isinstance(value, dict):
        return [(encoded(inner), encoded(_text(one))) for inner, one in value.items()]
    return [(key, _SEPARATORS[style].join(_words(value, explode=False)))]


def in_header(value: Any, *, explode: bool) -> str:
    """Return the text of a header for a value."""
    if isinstance(value, list | tuple):
        return ",".join(map(_text, value))
    if isinstance(value, dict):
        join = "=" if explode else ","
        return ",".join(f"{key}{join}{_text(one)}" for key, one in value.items())
    return _text(value)


def _words(value: Any, *, explode: bool) -> list[str]:
    if isinstance(value, list | tuple):
        return [encoded(_text(one)) for one in value]
    if isinstance(value, dict):
        pairs = [(encoded(key), encoded(_text(one))) for key, one in value.items()]
        return [f"{k}={v}" for k, v in pairs] if explode else [word for p in pairs for word in p]
    return [encoded(_text(value))]


def _deep(key: str, value: Any, left: int) -> Iterator[tuple[str, str]]:
    if left == 0:
        raise ToolArgumentError(f"{key[:40]} is nested too deeply")
    if isinstance(value, dict):
        for inner, one in value.items():
            yield from _deep(f"{key}%5B{encoded(inner)}%5D", one, left - 1)
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from _deep(f"{key}%5B{number}%5D", one, left - 1)
    else:
        yield key, encoded(_text(value))


def _text(value: Any) -> str:
    """Return a value inside of another as text; no style says how to write a container there."""
    if isinstance(value, dict | list | tuple):
        return json_content(value).decode()
    return scalar_text(value)
