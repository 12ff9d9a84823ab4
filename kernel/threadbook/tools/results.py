"""What tools return beside plain data: typed values that print well, in text and in notebooks."""

from __future__ import annotations

import base64
import html
from typing import Any

import msgspec


class Text(msgspec.Struct, frozen=True, tag=True):
    """A piece of text."""

    text: str


class Image(msgspec.Struct, frozen=True, tag=True):
    """A picture, shown as such in a notebook."""

    data: bytes
    media_type: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        plain = f"<Image {self.media_type}, {len(self.data)} bytes>"
        if self.media_type in ("image/png", "image/jpeg", "image/gif", "image/webp"):
            return {"text/plain": plain, self.media_type: base64.b64encode(self.data).decode()}
        return {"text/plain": plain}


class Audio(msgspec.Struct, frozen=True, tag=True):
    """A sound."""

    data: bytes
    media_type: str


class Resource(msgspec.Struct, frozen=True, tag=True):
    """The content of a resource: text, or data where it is none."""

    uri: str
    media_type: str = ""
    text: str | None = None
    data: bytes | None = None


class ResourceLink(msgspec.Struct, frozen=True, tag=True):
    """A resource that can be read by its URI."""

    uri: str
    name: str = ""
    media_type: str = ""
    description: str = ""


Content = Text | Image | Audio | Resource | ResourceLink


class McpResult(msgspec.Struct, frozen=True, tag=True):
    """What an MCP tool returned: its pieces in order, and its structured content, if any."""

    content: tuple[Content, ...] = ()
    structured: Any = None

    @property
    def text(self) -> str:
        """The text of all pieces, a line each."""
        return "\n".join(
            piece.text
            for piece in self.content
            if isinstance(piece, Text | Resource) and piece.text is not None
        )

    @property
    def images(self) -> tuple[Image, ...]:
        """The pictures."""
        return tuple(piece for piece in self.content if isinstance(piece, Image))


class CliResult(msgspec.Struct, frozen=True, tag=True):
    """What a command did; `value` is its output as data where the tool says that it is JSON."""

    stdout: str
    stderr: str
    exit_code: int
    duration_ms: float
    value: Any = None

    @property
    def is_ok(self) -> bool:
        """Whether the command reported success."""
        return self.exit_code == 0

    def _repr_html_(self) -> str:
        parts = [f"<b>exit code {self.exit_code}</b>, {self.duration_ms:.0f} ms"]
        parts += [f"<pre>{html.escape(text)}</pre>" for text in (self.stdout, self.stderr) if text]
        return "".join(parts)


class HttpResult(msgspec.Struct, frozen=True, tag=True):
    """The answer to a request: `value` is its JSON, `text` its text, `data` its bytes otherwise."""

    status: int
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    value: Any = None
    text: str = ""
    data: bytes = b""
    url: str = ""


ToolResultValue = McpResult | CliResult | HttpResult | Content
"""Every type that an adapter may return beside plain data."""
