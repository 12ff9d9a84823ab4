"""Reading bodies that anyone may have written: what is not of the right type is not there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

MAX_MOMENT = 2**53
"""Latest moment in milliseconds that is believed; JSON numbers above it are not exact."""

_SMALLEST_MS = 10**11
"""A number below is seconds, as in `exp` of a token; above it is milliseconds."""


def text_of(body: dict[str, Any], *names: str) -> str | None:
    """Return the first of these fields that is a non-empty string."""
    for name in names:
        value = body.get(name)
        if isinstance(value, str) and value:
            return value
    return None


def texts_of(body: dict[str, Any], *names: str) -> list[str]:
    """Return the non-empty strings of these fields, each a string or a list, without repeats."""
    found: dict[str, None] = {}
    for name in names:
        value = body.get(name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str) and item:
                found[item] = None
    return list(found)


def number_of(body: dict[str, Any], name: str) -> float | None:
    """Return a field that is a number below 2**53 in size, and no boolean."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if -MAX_MOMENT < value < MAX_MOMENT else None


def moment_of(body: dict[str, Any], name: str) -> int | None:
    """Return a point in time as Unix milliseconds: a number, or text as in ISO 8601.

    A number below 10**11 is seconds. Text without an offset is UTC.
    """
    value = body.get(name)
    if isinstance(value, str):
        return _parsed(value)
    number = number_of(body, name)
    if number is None or number < 0:
        return None
    return int(number * 1000 if number < _SMALLEST_MS else number)


def _parsed(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
