"""Previews: what of an artifact's content can be shown, judged by the content and not by its name.

Nothing of it is run: images are passed on as they are, and only those of formats that cannot hold
code; HTML and SVG are text; tables are read by a process of its own; pickles are not read at all.
"""

from __future__ import annotations

import base64
import codecs

from threadbook.errors import ArtifactInvalid, BlobNotFound
from threadbook.library import heads
from threadbook.library.content import opened
from threadbook.log.blobs import CHUNK, Blobs
from threadbook_panel.images import image_type, is_showable
from threadbook_panel.messages import Message

LONGEST_TEXT = 64 * 1024
LARGEST_IMAGE = 2 * 1024 * 1024

_PARQUET = b"PAR1"
_NO_TEXT = frozenset({"pickle", "msgpack", "npy", "folder"})


class TextContent(Message, frozen=True, kw_only=True, tag="text"):
    """The beginning of a text."""

    text: str
    is_cut: bool


class TableContent(Message, frozen=True, kw_only=True, tag="table"):
    """The first rows and columns of a table."""

    columns: list[str]
    rows: list[list[str]]
    row_count: int


class ImageContent(Message, frozen=True, kw_only=True, tag="image"):
    """An image, as a data URL."""

    url: str


Content = TextContent | TableContent | ImageContent


def preview(blobs: Blobs, digest: str, *, codec: str) -> Content | None:
    """Return what can be shown of a content, None where nothing can, or it is damaged or gone."""
    try:
        size = blobs.size(digest)
        begin = _begin(blobs, digest, size)
        if begin.startswith(_PARQUET):
            return _table(blobs, digest)
        if (media_type := image_type(begin)) is not None:
            return _image(blobs, digest, size, media_type)
        if codec in _NO_TEXT:
            return None
        return _text(begin, size)
    except (ArtifactInvalid, BlobNotFound):
        return None


def _begin(blobs: Blobs, digest: str, size: int) -> bytes:
    """Return the beginning of a content; all of one that is small, checked against its hash."""
    if size > CHUNK:
        return blobs.chunk(digest, 0)
    with opened(blobs, digest) as stream:
        return stream.read()


def _image(blobs: Blobs, digest: str, size: int, media_type: str) -> ImageContent | None:
    if size > LARGEST_IMAGE:
        return None
    with opened(blobs, digest) as stream:
        content = stream.read()
    if not is_showable(content):
        return None
    return ImageContent(url=f"data:{media_type};base64,{base64.b64encode(content).decode()}")


def _table(blobs: Blobs, digest: str) -> TableContent:
    head = heads.head(blobs, digest)
    return TableContent(columns=head.columns, rows=head.rows, row_count=head.row_count)


def _text(begin: bytes, size: int) -> TextContent | None:
    """Return content as text if it is UTF-8 and holds no NUL."""
    shown = begin[:LONGEST_TEXT]
    is_cut = size > len(shown)
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(shown, final=not is_cut)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else TextContent(text=text, is_cut=is_cut)
