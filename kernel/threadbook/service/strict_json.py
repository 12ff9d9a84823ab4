"""JSON from outside: what Python's parser lets pass is refused where it has no one meaning."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

from threadbook.errors import CanonicalError


def parse(data: bytes) -> Any:
    """Return the value of JSON text in UTF-8, integers exact at any size.

    Raises CanonicalError for what is no JSON, NaN and Infinity, a key that an object has twice,
    and nesting too deep to read.
    """
    try:
        return json.loads(data.decode(), object_pairs_hook=_object, parse_constant=_refuse_constant)
    except RecursionError:
        raise CanonicalError("the JSON is nested too deeply") from None
    except UnicodeDecodeError:
        raise CanonicalError("the request is not UTF-8") from None
    except ValueError as error:
        if isinstance(error, CanonicalError):
            raise
        raise CanonicalError(f"the request is not JSON: {error}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        times = Counter(key for key, _ in pairs)
        twice = next(key for key, count in times.items() if count > 1)
        raise CanonicalError(f"an object has the key {twice!r:.80} twice", remedy="send it once")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise CanonicalError(f"{name} is no JSON number")
