"""Server-Sent Events: the parser of the WHATWG standard, fed with bytes as they arrive.

https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation: lines
end with CR, LF or CRLF and nothing else, so U+2028 and its like stay inside the data.
"""

from __future__ import annotations

import re

import msgspec

from threadbook.errors import ServiceError

LARGEST_EVENT = 16 * 1024 * 1024
"""Most bytes of one event; a stream that has no end of line is stopped."""
_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\n|\r")


class ServerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event; `id` is the last id that the stream has named, for Last-Event-ID."""

    event: str
    data: str
    id: str | None


class EventParser:
    """Turns the bytes of a stream into events, however they are cut into chunks."""

    def __init__(self) -> None:
        self.last_id: str | None = None
        self._line: list[bytes] = []  # the parts of a line that has not ended
        self._size = 0  # of the event that has not ended
        self._is_first_line = True
        self._ended_with_cr = False
        self._event = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Return the events that `chunk` completes. Raises ServiceError for one without end."""
        if self._ended_with_cr and chunk:
            self._ended_with_cr = False
            chunk = chunk.removeprefix(b"\n")
        if not chunk:
            return []
        *ends, rest = _LINE_END.split(chunk)
        self._ended_with_cr = chunk.endswith(b"\r")
        events = []
        for end in ends:
            self._line.append(end)
            self._grow(len(end))
            line = b"".join(self._line)
            self._line = []
            if (event := self._take(line)) is not None:
                events.append(event)
        self._line.append(rest)
        self._grow(len(rest))
        return events

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > LARGEST_EVENT:
            raise ServiceError(f"an event has more than {LARGEST_EVENT} bytes")

    def _take(self, line: bytes) -> ServerEvent | None:
        if self._is_first_line:
            self._is_first_line = False
            line = line.removeprefix(_BOM)
        if not line:
            return self._dispatch()
        name, _, value = line.decode(errors="replace").partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self.last_id = value
        return None

    def _dispatch(self) -> ServerEvent | None:
        event, data = self._event or "message", self._data
        self._event, self._data, self._size = "", [], 0
        if not data:
            return None
        return ServerEvent(event=event, data="\n".join(data), id=self.last_id)
