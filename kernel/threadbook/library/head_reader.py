"""The process that reads the first rows of a Parquet file for threadbook.library.heads.

The file may be anybody's, and what reads it is native code: so it is read here, with little memory
and time, and with nothing worth having. Whoever started this process has the file, and sends parts
of it: a request on stdout is `r`, offset and length; the end is `h` (the head as JSON) or `e` (what
was wrong), with a length. Numbers are 8 bytes, big-endian.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import resource
import sys
from typing import Any, BinaryIO

PART, HEAD, ERROR = b"r", b"h", b"e"
ADDRESS_SPACE = 1 << 30
"""Bytes of memory that this process may map; pyarrow itself takes a third."""

_SECONDS = 10
_LIMITS = {
    resource.RLIMIT_AS: ADDRESS_SPACE,
    resource.RLIMIT_CPU: _SECONDS,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
}
_BUFFER = 64 * 1024
_LONGEST_CELL = 200
_LONGEST_NAME = 100
_LONGEST_ERROR = 300
_LONGEST_STRING = 1 << 20
_LARGEST_CONTAINER = 1 << 16


class Remote(io.RawIOBase):
    """The file of the other process; parts of it are asked for as they are needed."""

    def __init__(self, size: int, answers: BinaryIO, requests: BinaryIO) -> None:
        self._size = size
        self._at = 0
        self._answers = answers
        self._requests = requests

    def readable(self) -> bool:
        """See io.RawIOBase."""
        return True

    def seekable(self) -> bool:
        """See io.RawIOBase."""
        return True

    def tell(self) -> int:
        """See io.RawIOBase."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """See io.RawIOBase."""
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, begin + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """See io.RawIOBase."""
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), max(0, self._size - self._at))
        if wanted:
            self._requests.write(PART + self._at.to_bytes(8) + wanted.to_bytes(8))
            self._requests.flush()
            part = self._answers.read(wanted)
            view[: len(part)] = part
            wanted = len(part)
        self._at += wanted
        return wanted


def head_of(file: Any, *, rows: int, columns: int) -> dict[str, Any]:
    """Return names and first rows of a Parquet file as text, and how many there are."""
    arrow, parquet = map(importlib.import_module, ("pyarrow", "pyarrow.parquet"))
    arrow.set_cpu_count(1)
    table = parquet.ParquetFile(
        file,
        buffer_size=_BUFFER,
        pre_buffer=False,
        thrift_string_size_limit=_LONGEST_STRING,
        thrift_container_size_limit=_LARGEST_CONTAINER,
    )
    names = table.schema_arrow.names
    shown = list(dict.fromkeys(names))[:columns]
    batches = table.iter_batches(batch_size=rows, columns=shown, use_threads=False)
    first = next(batches, None)
    found = [] if first is None else [column.to_pylist() for column in first.columns]
    return {
        "columns": [] if first is None else [name[:_LONGEST_NAME] for name in first.schema.names],
        "rows": [[_text(value) for value in row] for row in zip(*found, strict=True)],
        "row_count": max(table.metadata.num_rows, 0),
        "column_count": len(names),
    }


def _text(value: Any) -> str:
    text = "null" if value is None else str(value)
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"


def main() -> None:
    """Answer one request: size, rows and columns as three arguments."""
    for limit, most in _LIMITS.items():
        with contextlib.suppress(ValueError, OSError):  # not every system has each of them
            resource.setrlimit(limit, (most, most))
    size, rows, columns = map(int, sys.argv[1:])
    remote = Remote(size, sys.stdin.buffer, sys.stdout.buffer)
    try:
        kind, data = HEAD, json.dumps(head_of(remote, rows=rows, columns=columns)).encode()
    except Exception as error:  # noqa: BLE001  whatever it is, it is said, and this process ends
        kind, data = ERROR, f"{type(error).__name__}: {error}".encode()[:_LONGEST_ERROR]
    sys.stdout.buffer.write(kind + len(data).to_bytes(8) + data)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
