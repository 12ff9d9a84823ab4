"""Content: streams of what the log keeps, checked against the hash it is named by."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from threadbook.errors import ArtifactInvalid, BlobNotFound
from threadbook.log.blobs import CHUNK, Blobs

IN_MEMORY = 8 * 1024 * 1024
"""Most bytes of a content that are held in memory; a larger one is in a temporary file."""

LOADED_IN_MEMORY = 256 * 1024 * 1024
"""Most bytes of a content that are held in memory while a value is made of it."""


def spool() -> BinaryIO:
    """Return a place for content on its way, which is gone when it is closed."""
    return cast("BinaryIO", tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))


def opened(blobs: Blobs, digest: str) -> BinaryIO:
    """Return a stream of a content; at its end it raises ArtifactInvalid if it was another."""
    if digest not in blobs:
        raise _gone(digest)
    return io.BufferedReader(_Reader(_verified(blobs, digest)), CHUNK)


def fetched(blobs: Blobs, digest: str) -> BinaryIO:
    """Return a content that can seek and was checked. Raises ArtifactInvalid.

    Up to LOADED_IN_MEMORY it is an io.BytesIO: what is made of it has to fit in memory, too.
    """
    if digest not in blobs:
        raise _gone(digest)
    content = io.BytesIO() if blobs.size(digest) <= LOADED_IN_MEMORY else spool()
    try:
        content.writelines(_verified(blobs, digest))
    except BaseException:
        content.close()
        raise
    content.seek(0)
    return content


def _gone(digest: str) -> ArtifactInvalid:
    return ArtifactInvalid(
        f"the content sha256:{digest} is not in the store: it was erased, or never arrived",
        remedy="save it again",
    )


def _verified(blobs: Blobs, digest: str) -> Iterator[bytes]:
    """Yield a content in pieces; after the last, raise ArtifactInvalid if it was another."""
    hashed = hashlib.sha256()
    try:
        for chunk in blobs.chunks(digest):
            hashed.update(chunk)
            yield chunk
    except BlobNotFound as error:
        raise _gone(digest) from error
    if hashed.hexdigest() != digest:
        raise ArtifactInvalid(
            f"the content sha256:{digest} is damaged in the store",
            remedy="`threadbook verify` shows what else is; save it again",
        )


class _Reader(io.RawIOBase):
    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = filter(None, chunks)  # an empty one would be taken for the end
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        taken = self._rest[: len(view)]
        self._rest = self._rest[len(taken) :]
        view[: len(taken)] = taken
        return len(taken)
