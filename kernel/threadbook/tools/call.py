"""A call that is about to happen, with all that somebody has to know to allow it."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any

import msgspec

from threadbook.errors import CanonicalError, ToolArgumentError
from threadbook.records.canonical import canonical_json, sha256_hex
from threadbook.tools.definition import Effect


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a tool by an actor.

    `definition_hash` and `environment` (names of variables and secrets) are those of the callable,
    `arguments` by parameter name. `what` is what really happens, where the adapter can tell: a
    command line, a request line; `cwd` is where. `session` is the id of the session's start,
    empty where there is none, `cell` that of the start of the cell that calls.
    """

    tool: str
    callable: str
    adapter: str
    effect: Effect
    actor: str
    definition_hash: str
    domain: str = "general"
    arguments: Mapping[str, Any] = msgspec.field(default_factory=dict)
    environment: tuple[str, ...] = ()
    what: str = ""
    cwd: str = ""
    thread: str = ""
    session: str = ""
    cell: str | None = None

    @property
    def name(self) -> str:
        """The tool and its callable, `aws.delete_bucket`."""
        return f"{self.tool}.{self.callable}"

    @property
    def subject(self) -> str:
        """The SHA-256, in hexadecimal, of all that will happen: what an approval is bound to.

        Canonical JSON of tool, callable, definition hash, arguments, environment names, command
        and working directory. Raises ToolArgumentError for an argument without a JSON form.
        """
        happens = {
            "tool": self.tool,
            "callable": self.callable,
            "definition": self.definition_hash,
            "arguments": dict(self.arguments),
            "environment": sorted(self.environment),
            "what": self.what,
            "cwd": self.cwd,
        }
        return sha256_hex(json_text(happens).encode())


def json_text(value: Any) -> str:
    """Return the canonical JSON text of a value; see `as_json`."""
    try:
        return canonical_json(as_json(value))
    except (CanonicalError, RecursionError) as error:
        raise ToolArgumentError(
            f"a value that JSON cannot say: {error}",
            remedy="pass text, numbers, lists and dicts with text as keys",
            namespace="tools",
        ) from None


def as_json(value: Any) -> Any:
    """Return a value as JSON has it: tuples as lists, bytes and endless floats as tagged text."""
    if isinstance(value, Mapping):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": repr(value)}
    return value
