"""Blobs: content of any size, named by the SHA-256 of its bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from threadbook.errors import BlobNotFound
from threadbook.records.bodies import BlobRef

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from threadbook.log.store import Store

CHUNK = 1024 * 1024
"""Bytes held in memory at a time."""


class Blobs:
    """The blobs of one store. Storing content that is already there costs no space."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(
        self, content: bytes | BinaryIO, *, media_type: str = "application/octet-stream"
    ) -> BlobRef:
        """Store bytes or all that a binary stream yields; nothing is visible before the end."""
        if isinstance(content, bytes):
            content = io.BytesIO(content)
        reading = _Chunks(content)
        digest = self._store.blob_write(reading)
        return BlobRef(blob=digest, size=reading.size, media_type=media_type)

    def get(self, digest: str) -> bytes:
        """Return the whole content. Raises BlobNotFound."""
        return b"".join(self.chunks(digest))

    def open(self, digest: str) -> BinaryIO:
        """Return a readable stream of the content. Raises BlobNotFound."""
        self.size(digest)
        return io.BufferedReader(_BlobReader(self.chunks(digest)))

    def chunks(self, digest: str) -> Iterator[bytes]:
        """Yield the content piece by piece. Raises BlobNotFound."""
        self.size(digest)
        number = 0
        while (chunk := self._store.blob_chunk(digest, number)) is not None:
            yield chunk
            number += 1

    def chunk(self, digest: str, number: int) -> bytes:
        """Return one of the pieces that `chunks` yields, counted from 0. Raises BlobNotFound."""
        chunk = self._store.blob_chunk(digest, number)
        if chunk is None:
            raise BlobNotFound(f"no piece {number} of a blob {digest}")
        return chunk

    def size(self, digest: str) -> int:
        """Return the size in bytes. Raises BlobNotFound."""
        size = self._store.blob_size(digest)
        if size is None:
            raise BlobNotFound(f"no blob {digest}")
        return size

    def __contains__(self, digest: str) -> bool:
        """Tell whether the blob is there."""
        return self._store.blob_size(digest) is not None


class _Chunks:
    """Reads a stream in chunks and counts what it read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self._stream.read(CHUNK):
            self.size += len(chunk)
            yield chunk


class _BlobReader(io.RawIOBase):
    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        if not self._rest:
            self._rest = next(self._chunks, b"")
        taken = self._rest[: len(view)]
        self._rest = self._rest[len(taken) :]
        view[: len(taken)] = taken
        return len(taken)
