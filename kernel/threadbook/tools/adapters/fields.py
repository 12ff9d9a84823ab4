"""Fields of a tool's description: typed values, or an error that names the file and the key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec

from threadbook.errors import CanonicalError, ToolDefinitionError
from threadbook.records.canonical import canonical_bytes
from threadbook.tools.names import did_you_mean

T = TypeVar("T")

Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
ByteCount = Annotated[int, msgspec.Meta(ge=1, le=1 << 32)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]

MOST_NODES: Final = 5_000_000
"""Values in one description, counted as often as aliases repeat them."""
MOST_DEPTH: Final = 100

_PLACE = re.compile(r" - at (?:`key` in )?`\$(.*)`$")
_UNKNOWN = re.compile(r"unknown field `(.*)`")


class Place(msgspec.Struct, frozen=True):
    """Where something stands: a file, and the keys that lead there."""

    path: Path
    keys: tuple[str, ...] = ()

    def at(self, *keys: object) -> Place:
        """Return the place of what is below."""
        return Place(self.path, (*self.keys, *map(str, keys)))

    def error(self, problem: str, *, remedy: str | None = None) -> ToolDefinitionError:
        """Return an error about this place, to be raised."""
        where = f"{self.path}: {'.'.join(self.keys)}" if self.keys else str(self.path)
        return ToolDefinitionError(f"{where}: {problem}", remedy=remedy)


def read(data: Any, into: type[T], place: Place) -> T:
    """Return `data` as a value of type `into`. Raises ToolDefinitionError."""
    try:
        return msgspec.convert(data, into)
    except msgspec.ValidationError as error:
        problem = str(error)
    found = _PLACE.search(problem)
    below = found[1].strip(".") if found else ""
    if unknown := _UNKNOWN.search(problem):
        place = place.at(*filter(None, [below]), unknown[1])
        known = _names_of(into) if not below else []
        raise place.error(f"is no key that is known here{did_you_mean(unknown[1], known)}")
    place = place.at(below) if below else place
    raise place.error(_PLACE.sub("", problem))


def check_plain(value: Any, place: Place) -> None:
    """Refuse what has no JSON form: dates, sets, infinite numbers."""
    try:
        canonical_bytes(value)
    except CanonicalError as error:
        raise place.error(str(error), remedy="put text in quotes") from None


def check_bounded(data: Any, place: Place) -> None:
    """Refuse what aliases make endless, or so large that no walk through it would end."""
    nodes = 0
    level: list[Any] = [data]
    for _ in range(MOST_DEPTH):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
            if nodes + len(below) > MOST_NODES:
                raise place.error(f"holds more than {MOST_NODES} values")
        nodes += len(below)
        if not below:
            return
        level = below
    raise place.error(f"is nested more than {MOST_DEPTH} levels deep, or holds itself")


def _names_of(into: type[Any]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(into)]
