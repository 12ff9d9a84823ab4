"""Messages of a kernel, as front ends may have them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from threadbook_panel.isolation.allowed import Allowed
from threadbook_panel.isolation.mime import Mime
from threadbook_panel.isolation.widgets import Comm, Refused, Widgets

HEADER, PARENT, METADATA, CONTENT = range(4)
"""The parts of a message; buffers follow."""

IOPUB = "iopub"
"""The channel on which front ends go by the type of a message; a reply is what comes elsewhere."""

_TEXT_ONLY = frozenset(("status", "stream", "execute_input", "clear_output"))
"""Most of the traffic. Front ends show of these text and nothing else, whatever they hold."""

_SLASHES = (b"/", b"\\u002f", b"\\u002F")
"""How the slash of a MIME type may be written."""


class Messages:
    """Isolates the messages of one kernel, over all connections to it."""

    def __init__(self, allowed: Allowed) -> None:
        self._mime = Mime(allowed, is_refused=self._is_refused)
        self._widgets = Widgets(allowed, self._mime.isolated)
        self._comms: dict[str, Callable[[dict[str, Any], list[bytes]], Comm]] = {
            "comm_open": self._widgets.opened,
            "comm_msg": self._widgets.said,
        }

    def isolated(self, parts: list[bytes], channel: str | None) -> list[bytes]:
        """Return a message as front ends may have it: the same object where nothing changes.

        Raises Refused for one that they may not have at all, ValueError or RecursionError for one
        that is not understood.
        """
        if len(parts) <= CONTENT:
            raise Refused("a message without content")
        header = _decoded(parts[HEADER])
        kind = header.get("msg_type")
        if not isinstance(kind, str):
            raise Refused("a message of no type")
        if channel == IOPUB and kind in _TEXT_ONLY:
            return parts
        if channel == IOPUB and kind in self._comms:
            return self._isolated_comm(kind, parts)
        changed = [*parts]
        for place in (METADATA, CONTENT):
            if any(slash in parts[place] for slash in _SLASHES):
                value = _decoded(parts[place])
                isolated = self._mime.isolated(value)
                if isolated is not value:
                    changed[place] = _encoded(isolated)
        return parts if changed == parts else changed

    def from_page(self, header: dict[str, Any], content: dict[str, Any]) -> None:
        """Take note of what a front end sends: of the comms that it opens."""
        if header.get("msg_type") == "comm_open":
            self._widgets.opened_by_page(content)

    def _isolated_comm(self, kind: str, parts: list[bytes]) -> list[bytes]:
        content, buffers = _decoded(parts[CONTENT]), parts[CONTENT + 1 :]
        shown, kept = self._comms[kind](content, buffers)
        if shown == content and kept == buffers:
            return parts
        return [*parts[:CONTENT], _encoded(shown), *kept]

    def _is_refused(self, model_id: str) -> bool:
        return self._widgets.is_refused(model_id)


def _decoded(encoded: bytes) -> dict[str, Any]:
    """Return a JSON object as a browser reads it. Raises ValueError, RecursionError."""
    value = json.loads(encoded.decode(errors="replace"))
    if not isinstance(value, dict):
        raise ValueError("a part of a message is no JSON object")  # noqa: TRY004  as json says it
    return value


def _encoded(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")
