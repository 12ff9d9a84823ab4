"""What is known of a tool before it is called: plain values, which cross process borders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from threadbook.records.canonical import canonical_bytes

Effect = Literal["read", "write", "destructive"]
"""What a call does to the world: nothing, something, or something that cannot be taken back."""


class Parameter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A parameter of a callable, always passed by keyword.

    `name` is what code writes; `wire_name` what the tool itself calls it, where that differs.
    `type` is a Python annotation, as text. `schema` is the JSON Schema that a value must fit.
    """

    name: str
    wire_name: str = ""
    type: str = "Any"
    required: bool = False
    default: Any = None
    description: str = ""
    schema: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def sent_as(self) -> str:
        """The name that the tool itself knows."""
        return self.wire_name or self.name


class ToolCallable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that a tool can do.

    `definition_hash` covers all that decides what a call does, so that what was allowed once does
    not hold for something else of the same name. `environment` are the names of the variables and
    secrets that it is given. `timeout` is in seconds.
    """

    name: str
    wire_name: str = ""
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    returns: str = "Any"
    effect: Effect = "write"
    domain: str = "general"
    definition_hash: str = ""
    environment: tuple[str, ...] = ()
    timeout: float | None = None


class Tool(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tool: one or more callables under a name.

    `adapter` is python, cli, mcp, http or openapi; `source` where it was described: a file, a URL
    or a module. `main` is the callable that `tools.<name>(…)` calls, None where it must be named.
    `problem` is why it cannot be used, where it could not be loaded or reached.
    """

    name: str
    adapter: str
    description: str = ""
    tags: tuple[str, ...] = ()
    callables: tuple[ToolCallable, ...] = ()
    main: str | None = None
    source: str = ""
    problem: str = ""


def definition_hash(definition: Mapping[str, Any]) -> str:
    """Return the SHA-256, in hexadecimal, of the canonical JSON of what decides a call."""
    return hashlib.sha256(canonical_bytes(dict(definition))).hexdigest()


def definition_text(definition: Mapping[str, Any]) -> str:
    """Return what decides a call as JSON, for people who compare it with what decided before."""
    return json.dumps(msgspec.to_builtins(definition), sort_keys=True)
