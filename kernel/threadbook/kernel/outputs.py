"""Outputs: from IOPub messages to what a notebook keeps of them.

The same folding serves the kernel, which records outputs, and the session, which returns them.
It follows what notebook front ends do (nbclient 0.11, JupyterLab 4): adjacent text of one stream
is joined, `clear_output(wait=True)` acts with the next output, a display that is updated changes
in place. An update of a display that this cell does not hold is kept as an event of its own.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from threadbook.records.canonical import MAX_DEPTH, sha256_hex

OUTPUT_TYPES = frozenset({"stream", "display_data", "execute_result", "error"})
MESSAGE_TYPES = OUTPUT_TYPES | {"clear_output", "update_display_data"}
"""The IOPub messages that make up the outputs of a cell."""

INLINE_LIMIT = 64 * 1024
"""Largest encoding, in bytes, that stays in the record; larger outputs become a blob."""

CAPTURE_LIMIT = 256 * 1024 * 1024
"""Most content, in characters, kept of one cell: a cell may print for ever, memory is finite."""


class OutputFold:
    """Collects the messages of one cell; `outputs` and `updates` are what came of them."""

    def __init__(self, limit: int = CAPTURE_LIMIT) -> None:
        self._outputs: list[dict[str, Any]] = []
        self._text: dict[int, list[str]] = {}  # of stream outputs, by identity, not yet joined
        self._displays: dict[str, list[dict[str, Any]]] = {}
        self._updates: dict[str, dict[str, Any]] = {}
        self._clear_on_next = False
        self._limit = self._room = limit
        self.is_cut = False

    def __bool__(self) -> bool:
        return bool(self._outputs or self._updates)

    @property
    def room(self) -> int:
        """How much more content is kept, in characters."""
        return max(self._room, 0) if not self.is_cut else 0

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """The outputs in nbformat's shape."""
        for output in self._outputs:
            if (parts := self._text.pop(id(output), None)) is not None:
                output["text"] += "".join(parts)
        return self._outputs

    @property
    def updates(self) -> list[dict[str, Any]]:
        """The last update of each display of another cell: display_id, data, metadata."""
        return list(self._updates.values())

    def add(self, msg_type: str, content: dict[str, Any]) -> None:
        """Take in one message, of any type."""
        if msg_type == "clear_output":
            if content.get("wait"):
                self._clear_on_next = True
            else:
                self._clear()
        elif msg_type == "update_display_data":
            self._update(content)
        elif msg_type in OUTPUT_TYPES:
            if self._clear_on_next:
                self._clear()
            if not self._has_room(content):
                return
            if msg_type == "stream":
                self._stream(content)
            else:
                self._outputs.append(self._output(msg_type, content))

    def _clear(self) -> None:
        self._outputs, self._text, self._displays = [], {}, {}
        self._clear_on_next = False
        self._room, self.is_cut = self._limit, False

    def _stream(self, content: dict[str, Any]) -> None:
        name, last = content["name"], self._outputs[-1] if self._outputs else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            self._text.setdefault(id(last), []).append(content["text"])
        else:
            self._outputs.append({"output_type": "stream", "name": name, "text": content["text"]})

    def _output(self, msg_type: str, content: dict[str, Any]) -> dict[str, Any]:
        fields: tuple[str, ...]
        if msg_type == "error":
            fields = ("ename", "evalue", "traceback")
        elif msg_type == "execute_result":
            fields = ("data", "metadata", "execution_count")
        else:
            fields = ("data", "metadata")
        output = {"output_type": msg_type, **{field: content[field] for field in fields}}
        if display_id := (content.get("transient") or {}).get("display_id"):
            if display_id in self._displays:  # shown again: its earlier places change, too
                self._update(content)
            self._displays.setdefault(display_id, []).append(output)
        return output

    def _update(self, content: dict[str, Any]) -> None:
        display_id = (content.get("transient") or {}).get("display_id")
        change = {"data": content["data"], "metadata": content["metadata"]}
        if display_id in self._displays:
            for output in self._displays[display_id]:
                output.update(change)
        elif display_id:
            self._updates[display_id] = {"display_id": display_id, **change}

    def _has_room(self, content: dict[str, Any]) -> bool:
        data = content.get("data") or {"": content.get("text") or content.get("traceback") or ""}
        self._room -= sum(
            len(part if isinstance(part, str) else json.dumps(part)) for part in data.values()
        )
        self.is_cut = self.is_cut or self._room < 0
        return not self.is_cut


class Encoded(msgspec.Struct, frozen=True, kw_only=True):
    """Outputs as JSON: ASCII, keys sorted. `digest` is the SHA-256 of `data`.

    `is_inline` tells whether they can stand in a record and be read back exactly.
    """

    data: bytes
    digest: str
    is_inline: bool


def encode_outputs(outputs: list[dict[str, Any]]) -> Encoded:
    """Return the one encoding that is hashed and, where it is large, stored as a blob."""
    data = json.dumps(outputs, sort_keys=True, separators=(",", ":")).encode()
    is_inline = len(data) <= INLINE_LIMIT and _is_exact(outputs)
    return Encoded(data=data, digest=sha256_hex(data), is_inline=is_inline)


def _is_exact(value: Any, levels: int = MAX_DEPTH - 2) -> bool:
    """Tell whether canonical JSON keeps `value`, a field of a body, as it is.

    It writes 1.0 as 1, has no form for NaN and lone surrogates, and a limit to how deep values
    are nested; a blob keeps all of them.
    """
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, list):
        return levels > 0 and all(_is_exact(item, levels - 1) for item in value)
    if isinstance(value, dict):
        return levels > 0 and all(
            _is_exact(key) and _is_exact(item, levels - 1) for key, item in value.items()
        )
    return not isinstance(value, float)
