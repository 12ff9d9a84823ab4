"""The grammar of `body.kind`: `scope.category.entity[.version]`."""

from __future__ import annotations

import re
from typing import Any

from threadbook.errors import KindError

_SEGMENT = re.compile(r"[a-z0-9_-]+")
_SCOPE = re.compile(r"@?[a-z0-9_-]+")
_VERSION = re.compile(r"v[0-9]+")

_SHORTEST, _LONGEST = 2, 4

DECIDES_RIGHTS = ("threadbook.token.", "threadbook.auth.", "threadbook.log.repair")
"""Kinds that say who may do what in this log, or which log it is: none is taken from elsewhere."""


def validate_kind(kind: Any) -> str:
    """Return `kind`, or raise KindError saying which rule it breaks.

    Two segments only for the scope `core` and for `@community` scopes; of four segments the
    last is `v` and digits. Whole-string ASCII matching: the published SDK also lets a final
    newline and non-ASCII digits pass, which we do not.
    """
    if not isinstance(kind, str):
        raise KindError(f"body.kind must be a string, not {type(kind).__name__}")
    scope, *rest = kind.split(".")
    if not _SHORTEST <= 1 + len(rest) <= _LONGEST:
        raise KindError(f"kind {kind!r} has {1 + len(rest)} segments, not 2 to 4")
    validate_scope(scope)
    if len(rest) == 1 and scope != "core" and not scope.startswith("@"):
        raise KindError(f"kind {kind!r}: only `core` and `@community` kinds have two segments")
    versioned = 1 + len(rest) == _LONGEST
    for segment in rest[:-1] if versioned else rest:
        if not _SEGMENT.fullmatch(segment):
            raise KindError(f"kind {kind!r}: bad segment {segment!r}")
    if versioned and not _VERSION.fullmatch(rest[-1]):
        raise KindError(f"kind {kind!r}: the fourth segment must be v and a number")
    return kind


def validate_scope(scope: Any) -> str:
    """Return `scope` (a segment, or `@` and a segment), or raise KindError."""
    if not isinstance(scope, str) or not _SCOPE.fullmatch(scope):
        raise KindError(f"bad scope {scope!r}")
    return scope


def has_explicit_version(kind: str) -> bool:
    """Tell whether a valid kind carries a version: only a fourth segment counts."""
    segments = kind.split(".")
    return len(segments) == _LONGEST and _VERSION.fullmatch(segments[-1]) is not None
