"""Plain YAML: what JSON can say, as YAML 1.2 reads it, for documents of any size from anybody.

It is built from the events of the parser. PyYAML's own way to values takes ten times as long, its
C composer crashes on what is nested too deeply, and `no` or a date is not text to it.
"""

from __future__ import annotations

import importlib
import math
import re
from typing import Any

from threadbook.tools.adapters.fields import MOST_DEPTH, Place

_CORE = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset({"!", f"{_CORE}str"})
_KNOWN_TAGS = _TEXT_TAGS | {
    None, *(_CORE + name for name in ("bool", "float", "int", "map", "null", "seq")),
}  # fmt: skip
_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,4000}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def read_plain_yaml(content: bytes, place: Place) -> Any:
    """Return what the content says. Keys are text. Raises ToolDefinitionError."""
    yaml = importlib.import_module("yaml")  # an extra, and not for the start of a kernel
    builder = _Builder(place)
    try:
        for event in yaml.parse(content, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            builder.take(type(event).__name__, event)
    except (yaml.YAMLError, ValueError) as error:
        raise place.error(f"is no YAML: {' '.join(str(error).split())}") from None
    return builder.root


class _Builder:
    """Builds values out of events. `_open` are the containers around, with the key that waits."""

    def __init__(self, place: Place) -> None:
        self.root: Any = None
        self._place = place
        self._open: list[tuple[Any, list[str]]] = []
        self._anchors: dict[str, Any] = {}
        self._documents = 0

    def take(self, kind: str, event: Any) -> None:
        if kind == "ScalarEvent":
            self._scalar(event)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._begin({} if kind == "MappingStartEvent" else [], event)
        elif kind == "MappingEndEvent":
            _merge(self._open.pop()[0])
        elif kind == "SequenceEndEvent":
            self._open.pop()
        elif kind == "AliasEvent":
            if event.anchor not in self._anchors:
                raise ValueError(f"there is no anchor {event.anchor}")
            self._put(self._anchors[event.anchor])
        elif kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                raise ValueError("there is more than one document")

    def _begin(self, container: Any, event: Any) -> None:
        self._check_tag(event)
        self._put(container, event.anchor)
        self._open.append((container, []))
        if len(self._open) > MOST_DEPTH:
            raise ValueError(f"it is nested more than {MOST_DEPTH} levels deep")

    def _scalar(self, event: Any) -> None:
        self._check_tag(event)
        if self._awaits_key():
            self._open[-1][1].append(event.value)
            return
        is_text = event.tag in _TEXT_TAGS or (event.tag is None and not event.implicit[0])
        self._put(event.value if is_text else _resolved(event.value), event.anchor)

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1][0], dict) and not self._open[-1][1]

    def _put(self, value: Any, anchor: str | None = None) -> None:
        if self._awaits_key():
            raise ValueError("a key is no text")
        if anchor:
            self._anchors[anchor] = value
        if not self._open:
            self.root = value
        elif isinstance(self._open[-1][0], dict):
            container, waiting = self._open[-1]
            container[waiting.pop()] = value
        else:
            self._open[-1][0].append(value)

    def _check_tag(self, event: Any) -> None:
        if event.tag not in _KNOWN_TAGS:
            raise ValueError(f"the tag {event.tag} is not supported")


def _merge(mapping: dict[str, Any]) -> None:
    """Put in place what `<<` says, behind what the mapping says itself."""
    if "<<" not in mapping:
        return
    merged = mapping.pop("<<")
    for one in merged if isinstance(merged, list) else [merged]:
        if not isinstance(one, dict):
            raise ValueError("<< stands before what is no mapping")  # noqa: TRY004  it is read
        for key, value in list(one.items()):
            mapping.setdefault(key, value)


def _resolved(text: str) -> Any:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text
