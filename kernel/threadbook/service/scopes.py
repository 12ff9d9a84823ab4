"""What a token may allow: scopes, grains of them, and actors.

A scope is one of SCOPES, or a grain: `thread:<id>:read|write`, `namespace:<ns>:read|write`, which
is the right to one thread, or to the records of one `body.namespace`, and to nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from threadbook.errors import ConfigError
from threadbook.records.canonical import canonical_bytes
from threadbook.records.record import LONGEST_NAME

Verb = Literal["read", "write"]

ADMIN = "admin"
"""Implies all other scopes."""
SCOPES = (
    "records:read",
    "records:write",
    "threads:write",
    "federation:manage",
    "config:read",
    "config:write",
    ADMIN,
)
PRESETS = {
    "reader": ("records:read", "config:read"),
    "contributor": ("records:read", "config:read", "records:write", "threads:write"),
    "admin": SCOPES,
}
"""Names for sets of scopes. A token gets what the name stands for when it is issued."""

MOST = 100
"""Most scopes, and most actors, of one token."""

_GRAIN = re.compile(r"(thread|namespace):(.+):(read|write)", re.DOTALL)
# What the wildcard stands for: characters of a DID's method-specific id (W3C DID Core 3.1). A
# fragment, a path or another script's look-alike is none of it.
_DID_PART = re.compile(r"(?:[A-Za-z0-9._:-]|%[0-9A-Fa-f]{2})+")


def check_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes, each once; raises ConfigError for what is none."""
    found = tuple(dict.fromkeys(scopes))
    if not found:
        raise ConfigError("the token has no scopes", remedy=_KNOWN)
    if len(found) > MOST:
        raise ConfigError(f"{len(found)} scopes; the limit is {MOST}")
    for scope in found:
        grain = _GRAIN.fullmatch(scope)
        if scope not in SCOPES and (grain is None or not _is_name(grain[2])):
            raise ConfigError(f"unknown scope {scope!r:.200}", remedy=_KNOWN)
    return found


def grain(noun: Literal["thread", "namespace"], name: str, verb: Verb) -> str:
    """Return the scope for one thread or one namespace."""
    return f"{noun}:{name}:{verb}"


def has_grain(scopes: Iterable[str], verb: str) -> bool:
    """Tell whether there is a grain of this verb among the scopes."""
    return any(
        found[3] == verb for scope in scopes if (found := _GRAIN.fullmatch(scope)) is not None
    )


def check_actors(actors: Iterable[str]) -> tuple[str, ...]:
    """Return the actors, each once; raises ConfigError for what is no DID and no pattern.

    A pattern is `*`, any actor, or ends with `:*`: one or more characters of a DID.
    """
    found = tuple(dict.fromkeys(actors))
    if len(found) > MOST:
        raise ConfigError(f"{len(found)} actors; the limit is {MOST}")
    for actor in found:
        stem = _stem(actor)
        if not _is_name(actor) or "*" in (actor if stem is None else stem):
            raise ConfigError(f"{actor!r:.200} is no actor and no pattern", remedy=_PATTERNS)
        if stem and not _DID_PART.fullmatch(stem):
            raise ConfigError(f"{actor!r:.200} is no pattern of DIDs", remedy=_PATTERNS)
    return found


def is_actor_of(patterns: Iterable[str], actor: str) -> bool:
    """Tell whether one of the patterns is, or matches, this actor."""
    return any(_matches(pattern, actor) for pattern in patterns)


def is_within(patterns: Iterable[str], pattern: str) -> bool:
    """Tell whether one of the patterns matches every actor that `pattern` matches."""
    stem = _stem(pattern)
    if stem is None:
        return is_actor_of(patterns, pattern)
    for wide in patterns:
        start = _stem(wide)
        if start == "" or (start and stem.startswith(start)):
            return True
    return False


def _matches(pattern: str, actor: str) -> bool:
    stem = _stem(pattern)
    if stem is None:
        return actor == pattern
    if not stem:
        return True
    rest = actor.removeprefix(stem)
    return rest != actor and _DID_PART.fullmatch(rest) is not None


def _stem(pattern: str) -> str | None:
    """Return what stands before the wildcard, None where there is no wildcard."""
    return pattern[:-1] if pattern == "*" or pattern.endswith(":*") else None


def _is_name(text: str) -> bool:
    if not 0 < len(text) <= LONGEST_NAME or not text.isprintable():
        return False
    canonical_bytes(text)  # refuses a lone surrogate
    return True


_KNOWN = f"one of {', '.join(SCOPES)}, or thread:<id>:read|write, namespace:<ns>:read|write"
_PATTERNS = "a DID, did:sync:agent:* for all that begin so, or * for any"
