"""What tools print while they run, on its way to the cell that called them."""

from __future__ import annotations

from collections.abc import Callable

from threadbook.tools.adapter import Stream
from threadbook.tools.secrets import RedactedStream, Redactor

Tell = Callable[[str, str], None]
"""Is given the name of a stream, and text."""


class Printing:
    """Passes on what one call prints, without secrets, also those that come in two pieces."""

    def __init__(self, tell: Tell, redactor: Redactor) -> None:
        self._tell = tell
        self._redactor = redactor
        self._streams: dict[Stream, RedactedStream] = {}

    def report(self, stream: Stream, text: str) -> None:
        """Pass a piece on; its end may be held back until more is known."""
        if stream == "progress":  # whole messages
            self._tell(stream, self._redactor.text(text))
            return
        if stream not in self._streams:
            self._streams[stream] = self._redactor.stream()
        if shown := self._streams[stream].feed(text):
            self._tell(stream, shown)

    def close(self) -> None:
        """Pass on what was held back."""
        for name, stream in self._streams.items():
            if rest := stream.close():
                self._tell(name, rest)
