"""Heads: the first rows of a table of any size, without reading more of it than they need."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from functools import lru_cache
from typing import IO

import msgspec

from threadbook.config import environment
from threadbook.errors import ArtifactInvalid, BlobNotFound
from threadbook.library.head_reader import ERROR, HEAD, PART
from threadbook.log.blobs import CHUNK, Blobs

ROWS, COLUMNS = 50, 50

_SECONDS = 20.0
_LONGEST_HEAD = 2 * 1024 * 1024
_LARGEST_PART = 16 * CHUNK
_MOST_READ = 256 * CHUNK
_CACHED = 4
_VARIABLES = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV")


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The first rows of a table as text, and how many rows and columns the table says to have."""

    columns: list[str]
    rows: list[list[str]]
    row_count: int
    column_count: int


def head(blobs: Blobs, digest: str) -> Head:
    """Return the first rows of a Parquet file that is kept as a blob.

    A process of its own reads it, with limits on memory and time. Raises ArtifactInvalid where it
    is no such file, or would take more than that.
    """
    size = blobs.size(digest)
    command = [sys.executable, "-P", "-m", "threadbook.library.head_reader"]
    known = environment()
    variables = {name: known[name] for name in _VARIABLES if name in known}
    with subprocess.Popen(  # noqa: S603  our own module, with numbers
        [*command, str(size), str(ROWS), str(COLUMNS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**variables, "ARROW_DEFAULT_MEMORY_POOL": "system"},
    ) as reader:
        if reader.stdin is None or reader.stdout is None:
            raise ArtifactInvalid("the process that reads tables has no pipes")
        watch = threading.Timer(_SECONDS, reader.kill)
        watch.start()
        try:
            return _served(_Parts(blobs, digest, size), reader.stdin, reader.stdout)
        except (BlobNotFound, BrokenPipeError, EOFError, msgspec.DecodeError):
            raise ArtifactInvalid(
                "the table cannot be read within the memory and time that a preview has"
            ) from None
        finally:
            watch.cancel()
            reader.kill()
            with suppress(BrokenPipeError):  # what it did not read any more
                reader.stdin.close()


class _Parts:
    """Parts of a blob; a few chunks are kept, as neighbouring parts are asked for."""

    def __init__(self, blobs: Blobs, digest: str, size: int) -> None:
        self._blobs = blobs
        self._digest = digest
        self._size = size
        self._left = _MOST_READ
        self._chunk = lru_cache(_CACHED)(self._read_chunk)

    def read(self, offset: int, length: int) -> bytes:
        """Return a part. Raises EOFError for what is not in it, or too much."""
        self._left -= length
        if not 0 < length <= min(_LARGEST_PART, self._size - offset) or self._left < 0:
            raise EOFError
        first, last = offset // CHUNK, (offset + length - 1) // CHUNK
        data = b"".join(self._chunk(number) for number in range(first, last + 1))
        part = data[offset - first * CHUNK :][:length]
        if len(part) != length:
            raise EOFError
        return part

    def _read_chunk(self, number: int) -> bytes:
        """Return a chunk. Raises EOFError where it is not in its place: its writer made smaller."""
        chunk = self._blobs.chunk(self._digest, number)
        if len(chunk) != min(CHUNK, self._size - number * CHUNK):
            raise EOFError
        return chunk


def _served(parts: _Parts, answers: IO[bytes], requests: IO[bytes]) -> Head:
    """Send the parts that are asked for, and return what was found at the end."""
    while (kind := _exactly(requests, 1)) == PART:
        offset, length = (int.from_bytes(_exactly(requests, 8)) for _ in range(2))
        answers.write(parts.read(offset, length))
        answers.flush()
    length = int.from_bytes(_exactly(requests, 8))
    if kind not in (HEAD, ERROR) or length > _LONGEST_HEAD:
        raise EOFError
    data = _exactly(requests, length)
    if kind == ERROR:
        raise ArtifactInvalid(f"the table cannot be shown: {data.decode(errors='replace')}")
    return msgspec.json.decode(data, type=Head)


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise EOFError
    return data
