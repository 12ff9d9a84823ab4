"""Canonical JSON: the exact text that is hashed and signed.

The form is a contract: changing it changes every record id. It is that of the published
`syncropel` SDK 0.7.0, with which the ids must agree, and it is *not* RFC 8785: keys are sorted
by Unicode code point, floats are written as Python's repr, and a float without a fraction is
written as an integer.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

from threadbook.errors import CanonicalError

_encode = json.JSONEncoder(
    separators=(",", ":"), sort_keys=True, ensure_ascii=False, allow_nan=False
).encode


def canonical_json(value: Any) -> str:
    """Return the canonical JSON text of `value`.

    Accepts None, bool, int, finite float, str, list and dict with str keys, nested.
    Raises CanonicalError for anything else, a lone surrogate included.
    """
    return canonical_bytes(value).decode()


def canonical_bytes(value: Any) -> bytes:
    """Return `canonical_json(value)` encoded as UTF-8; this is what is hashed."""
    try:
        return _encode(_prepared(value)).encode()
    except RecursionError:
        raise CanonicalError("the value is nested too deeply") from None
    except UnicodeEncodeError as error:
        raise CanonicalError(
            f"a string holds the lone surrogate {error.object[error.start]!r}"
        ) from None
    except ValueError as error:  # an int above sys.get_int_max_str_digits()
        if isinstance(error, CanonicalError):
            raise
        raise CanonicalError(str(error)) from None


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 lowercase hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


MAX_DEPTH = 100
"""Containers inside each other; a fixed limit, so that what one caller wrote any other can read."""


def _prepared(value: Any, depth: int = 0) -> Any:
    """Return `value` with integral floats as integers; refuse what JSON cannot say."""
    if isinstance(value, str):
        return value
    if depth > MAX_DEPTH:
        raise CanonicalError(f"the value is nested too deeply: more than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise CanonicalError(f"an object key is {type(key).__name__}, not str: {key!r}")
        return {key: _prepared(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_prepared(item, depth + 1) for item in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise CanonicalError(f"{value} is no JSON number")
        return int(value) if value.is_integer() else value
    if value is None or isinstance(value, (bool, int)):
        return value
    raise CanonicalError(f"{type(value).__name__} has no JSON form: {value!r:.80}")
