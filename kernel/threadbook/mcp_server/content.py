"""Content: what a client is sent, within bounds and in a form that every client can read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import mcp_types as types
import msgspec

from threadbook.errors import NamespaceError, QueryTooLarge, ThreadbookError
from threadbook.library.codecs.plain import fits_json

LARGEST_ANSWER = 200_000
"""Characters of the JSON of an answer; who asks for more is told to ask for less."""

_DEEPEST = 50
_LONGEST_PIECE = 4_000


def answered(
    structured: Mapping[str, Any],
    text: str | None = None,
    *,
    more: Iterable[types.ContentBlock] = (),
    is_error: bool = False,
    largest: int | None = LARGEST_ANSWER,
) -> types.CallToolResult:
    """Return a result: data, and the same as text for clients that show no data.

    Raises QueryTooLarge.
    """
    data = clean(msgspec.to_builtins(structured))
    encoded = json.dumps(data, ensure_ascii=False)
    if largest is not None and len(encoded) > largest:
        raise QueryTooLarge(
            f"the answer has {len(encoded):,} characters", remedy="ask for less: a smaller limit"
        )
    shown = types.TextContent(type="text", text=encoded if text is None else clean_text(text))
    return types.CallToolResult(content=[shown, *more], structured_content=data, is_error=is_error)


def failed(error: ThreadbookError) -> types.CallToolResult:
    """Return an error as a result, with all that the error says."""
    told: dict[str, Any] = {
        "code": type(error).__name__,
        "message": cut(error.message, _LONGEST_PIECE),
        "remedy": cut(error.remedy, _LONGEST_PIECE),
    }
    if isinstance(error, NamespaceError):
        told |= {
            "namespace": error.namespace,
            "operation": error.operation,
            "original_type": error.original_type,
        }
    remedy = f" ({told['remedy']})" if told["remedy"] else ""
    text = f"{told['code']}: {told['message']}{remedy}"
    return answered({"error": told}, text, is_error=True)


def cut(text: str, longest: int) -> str:
    """Return the beginning and the end of a text that is too long."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}\n… {len(text) - 2 * half:,} characters left out …\n{text[-half:]}"


def clean_text(text: str) -> str:
    """Return text without lone surrogates, which no UTF-8 can say."""
    return text.encode(errors="replace").decode()


def clean(value: Any) -> Any:
    """Return plain data with all its text clean."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean(name): clean(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value


def plain(value: Any, longest: int) -> tuple[bool, Any]:
    """Tell whether JSON can say a value exactly, in so many characters, and return it."""
    value = _listed(value)
    if not fits_json(value):
        return False, None
    return len(json.dumps(value, ensure_ascii=False)) <= longest, value


def excerpt(body: Mapping[str, Any]) -> Any:
    """Return the body of a record, or how it begins where it is long."""
    encoded = json.dumps(body, ensure_ascii=False)
    if len(encoded) <= _LONGEST_PIECE:
        return body
    return {"truncated": True, "characters": len(encoded), "begin": encoded[:_LONGEST_PIECE]}


def _listed(value: Any, depth: int = 0) -> Any:
    """Return a value with its tuples as lists, as JSON knows no other."""
    if depth > _DEEPEST:
        return value
    if isinstance(value, list | tuple):
        return [_listed(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {name: _listed(item, depth + 1) for name, item in value.items()}
    return value
