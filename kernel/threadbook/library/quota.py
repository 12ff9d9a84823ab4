"""Quotas: how many bytes artifacts may have."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from threadbook.errors import QuotaExceeded

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """Most bytes of one `artifact`, and of all in a workspace in `total`; None is no limit.

    The same content counts once, however many artifacts have it, and until it is erased: a version
    that was deleted is no longer listed, and still there.
    """

    artifact: int | None = None
    total: int | None = None

    @property
    def largest(self) -> int | None:
        """The most bytes that one artifact can have; None is no limit."""
        return min((n for n in (self.artifact, self.total) if n is not None), default=None)

    def has_room(self, size: int, *, used: int) -> bool:
        """Tell whether `size` more bytes than the `used` ones are within the total."""
        return self.total is None or used + size <= self.total

    def check(self, size: int, *, used: int) -> None:
        """Raise QuotaExceeded for a content of `size` where `used` bytes are there already."""
        if self.artifact is not None and size > self.artifact:
            raise _too_large(self.artifact)
        if not self.has_room(size, used=used):
            raise QuotaExceeded(
                f"{size:,} more bytes are above the {self.total or 0:,} that all may have:"
                f" {used:,} are there",
                remedy="deleted versions count until they are erased; or raise the quota",
            )


class Capped(io.RawIOBase):
    """A stream of which no byte beyond a limit is read or written.

    `check` tells that somebody tried, where a library made an error of its own of QuotaExceeded.
    There is no file descriptor, as through one a library would write past it.
    """

    def __init__(self, stream: BinaryIO, limit: int | None) -> None:
        self._stream = stream
        self._limit = limit
        self._is_full = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def writable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read as the stream does. Raises QuotaExceeded."""
        data = self._stream.read(size)
        self._reach(self._stream.tell())
        return data

    def readinto(self, buffer: Any) -> int:
        """Read as the stream does. Raises QuotaExceeded."""
        data = self.read(memoryview(buffer).nbytes)
        memoryview(buffer).cast("B")[: len(data)] = data
        return len(data)

    def write(self, data: ReadableBuffer) -> int:
        """Write as the stream does. Raises QuotaExceeded, with nothing of it written."""
        view = memoryview(data).cast("B")
        self._reach(self._stream.tell() + view.nbytes)
        return self._stream.write(view)

    def seek(self, offset: int, whence: int = 0) -> int:
        """See io.IOBase.seek."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """See io.IOBase.tell."""
        return self._stream.tell()

    def check(self) -> None:
        """Raise QuotaExceeded if somebody has tried to go beyond the limit."""
        if self._is_full and self._limit is not None:
            raise _too_large(self._limit)

    def _reach(self, position: int) -> None:
        self._is_full = self._is_full or (self._limit is not None and position > self._limit)
        self.check()


def _too_large(limit: int) -> QuotaExceeded:
    """Return the error for an artifact above the limit."""
    return QuotaExceeded(
        f"more than the {limit:,} bytes that an artifact may have",
        remedy="save less of it, or raise the quota",
    )
