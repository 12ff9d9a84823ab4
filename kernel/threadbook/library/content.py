"""Content: streams of what the log keeps, checked against the hash it is named by."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from threadbook.errors import ArtifactInvalid, BlobNotFound
from threadbook.log.blobs import CHUNK, Blobs

IN_MEMORY = 8 * 1024 * 1024
"""Most bytes of a content that are held in memory; a larger one is in a temporary file."""


def spool() -> BinaryIO:
    """Return a place for content on its way, which is gone when it is closed."""
    return cast("BinaryIO", tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))


def opened(blobs: Blobs, digest: str) -> BinaryIO:
    """Return a stream of a content; at its end it raises ArtifactInvalid if it was another."""
    if digest not in blobs:
        raise _gone(digest)
    return io.BufferedReader(_Verified(blobs.chunks(digest), digest), CHUNK)


def fetched(blobs: Blobs, digest: str) -> BinaryIO:
    """Return a content that can seek and was checked. Raises ArtifactInvalid."""
    content = spool()
    try:
        with opened(blobs, digest) as source:
            shutil.copyfileobj(source, content, CHUNK)
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


class _Verified(io.RawIOBase):
    def __init__(self, chunks: Iterator[bytes], digest: str) -> None:
        self._chunks = chunks
        self._digest = digest
        self._hashed = hashlib.sha256()
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        if not self._rest:
            self._rest = memoryview(self._next())
        taken = self._rest[: len(view)]
        self._rest = self._rest[len(taken) :]
        view[: len(taken)] = taken
        return len(taken)

    def _next(self) -> bytes:
        try:
            chunk = next(self._chunks, b"")
        except BlobNotFound as error:
            raise _gone(self._digest) from error
        self._hashed.update(chunk)
        if not chunk and self._hashed.hexdigest() != self._digest:
            raise ArtifactInvalid(
                f"the content sha256:{self._digest} is damaged in the store",
                remedy="`threadbook verify` shows what else is; save it again",
            )
        return chunk
