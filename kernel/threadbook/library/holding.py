"""Holdings: what a library has, wherever it is kept. A storage and a folder tell it alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from threadbook.library import artifact, source
from threadbook.tables import visible_text

Kind = Literal["workflow", "artifact"]
Key = tuple[Kind, str]
"""A kind and a name. A workflow and an artifact may have the same name."""

Mark = Literal["+", "-", "~", "=", "<", "!"]


class Holding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A workflow or an artifact at one place. `hash` is the SHA-256 of its content.

    `version` and `at` (Unix milliseconds) are those of the storage, 0 in a folder. `examples` are
    those of a workflow; `codec`, `type`, `media_type`, `metadata` and `preview` of an artifact.
    """

    kind: Kind
    name: str
    hash: str
    size: int
    version: int = 0
    at: int = 0
    description: str = ""
    examples: list[dict[str, Any]] = msgspec.field(default_factory=list)
    codec: str = "file"
    type: str = "file"
    media_type: str = ""
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)
    preview: str = ""

    @property
    def key(self) -> Key:
        """Its kind and name."""
        return self.kind, self.name


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is done about one of them, or would be: see the marks of whoever returns it."""

    mark: Mark
    kind: Kind
    name: str
    reason: str = ""

    def __str__(self) -> str:
        line = f"{self.mark} {self.kind} {visible_text(self.name)}"
        return f"{line}: {visible_text(self.reason)}" if self.reason else line


def step_of(mark: Mark, key: Key, reason: str = "") -> Step:
    """Return a step about what has this key."""
    return Step(mark=mark, kind=key[0], name=key[1], reason=reason)


def order(key: Key) -> tuple[bool, str]:
    """Sort workflows before artifacts, and by name."""
    return key[0] == "artifact", key[1]


def check_key(key: Key) -> None:
    """Raise WorkflowInvalid or ArtifactInvalid for a name that could not have been saved."""
    kind, name = key
    if kind == "workflow":
        source.check_name(name)
    else:
        artifact.check_name(name)


def differences(one: Mapping[Key, Holding], other: Mapping[Key, Holding]) -> list[Step]:
    """Return how two libraries differ, by content: + only in the other, - only in this one.

    ~ is in both with other content, = the same.
    """

    def mark(key: Key) -> Mark:
        if key not in one:
            return "+"
        if key not in other:
            return "-"
        return "=" if one[key].hash == other[key].hash else "~"

    return [step_of(mark(key), key) for key in sorted({*one, *other}, key=order)]
