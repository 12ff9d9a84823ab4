"""Images: which bytes are one that a browser may be given, and how large it says to be.

A few kilobytes can stand for gigabytes of pixels; what is too large to be shown is known from the
header, without decoding anything.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

MOST_PIXELS = 50_000_000
"""Of a larger image a browser would need more than 200 MB."""

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xDA)})
_SCAN = 0xDA


def image_type(content: bytes) -> str | None:
    """Return the media type of an image by its first bytes, None where it is none we show."""
    if content.startswith(_PNG):
        return "image/png"
    if content.startswith(_JPEG):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def is_showable(content: bytes) -> bool:
    """Tell whether an image of these types says its size, and that is one to be shown."""
    try:
        width, height = _size(content)
    except (struct.error, StopIteration):
        return False
    return 0 < width * height <= MOST_PIXELS


def _size(content: bytes) -> tuple[int, int]:
    """Return width and height. Raises struct.error or StopIteration where the header is cut."""
    width: int
    height: int
    if content.startswith(_PNG):
        width, height = struct.unpack_from(">II", content, 16)
    elif content.startswith(_JPEG):
        height, width = next(_frames(content))
    elif content.startswith(b"GIF"):
        width, height = struct.unpack_from("<HH", content, 6)
    else:
        width, height = _size_of_webp(content)
    return width, height


def _frames(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield height and width of each frame of a JPEG that comes before its data."""
    at = 2
    while True:
        mark, code = struct.unpack_from("BB", content, at)
        if mark != 0xFF or code == _SCAN:  # noqa: PLR2004  what begins every segment
            return
        if code == 0xFF:  # noqa: PLR2004  padding
            at += 1
        elif code in _WITHOUT_LENGTH:
            at += 2
        else:
            if code in _FRAMES:
                yield struct.unpack_from(">HH", content, at + 5)
            (length,) = struct.unpack_from(">H", content, at + 2)
            at += 2 + max(length, 2)


def _size_of_webp(content: bytes) -> tuple[int, int]:
    kind = content[12:16]
    if kind == b"VP8X":
        low, high = struct.unpack_from("<IH", content, 24)
        packed = low | high << 32
        return 1 + (packed & 0xFFFFFF), 1 + (packed >> 24 & 0xFFFFFF)
    if kind == b"VP8L":
        (packed,) = struct.unpack_from("<I", content, 21)
        return 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", content, 26)
    return width & 0x3FFF, height & 0x3FFF
