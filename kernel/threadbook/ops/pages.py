"""The pages of an SQLite file, read without SQLite: what is whole is found, whatever else is not.

Follows https://www.sqlite.org/fileformat2.html. Every page that looks like a leaf is read, whether
any tree still leads to it or not; nothing here trusts what it reads.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

_PAGE_SIZE = 4096
"""What threadbook's files have: used where the header is damaged."""

_SMALLEST_PAGE, _LARGEST_PAGE, _MOST_RESERVED = 512, 65536, 32
_HEADER = 100
_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR, _TABLE_INTERIOR = 0x0D, 0x0A, 0x02, 0x05
_OVERFLOW = 0x00
"""How a page begins that a large row goes on in: with the upper byte of a page number."""
_SMALLEST_CELL = 6
"""Bytes that a cell takes at least, with the pointer to it."""
_WAL_HEADER, _FRAME_HEADER = struct.Struct(">8I"), struct.Struct(">6I")
_WAL_MAGIC = (0x377F0682, 0x377F0683)
_LARGEST = 2**30
"""Most bytes of one row: SQLite's own default limit."""

_INTEGER_SIZES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_FLOAT, _ZERO, _ONE = 7, 8, 9

Value = int | float | bytes | str | None


class Spot(NamedTuple):
    """Where a row is: in which view of the file, on which page, at which offset."""

    view: int
    page: int
    offset: int


class Cell(NamedTuple):
    """A row of a table, or with rowid None an entry of an index."""

    spot: Spot
    rowid: int | None
    values: list[Value]


class DamagedError(ValueError):
    """What was read cannot be a row."""


class Pages:
    """The pages of a database file and of its WAL.

    View 0 is the file with the commits of the WAL over it, view 1 the file alone: where a frame
    of the WAL is damaged, what it replaced may still be whole.
    """

    def __init__(self, path: Path) -> None:
        self._file = _Mapped(path)
        self._wal = _Mapped(path.with_name(path.name + "-wal"))
        self._size, reserved = _page_size(self._file.data, self._wal.data)
        self._usable = self._size - reserved
        self._frames = _frames(self._wal.data, self._size)
        self.count = max(-(-len(self._file.data) // self._size), *self._frames, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._file.close()
        self._wal.close()

    def cells(self) -> Iterator[Cell]:
        """Yield all rows and index entries that can be decoded, from both views.

        One that stands on a page which the WAL replaced comes from both.
        """
        for number in range(1, self.count + 1):
            yield from self._cells(0, number)
            if number in self._frames:
                yield from self._cells(1, number)

    def row(self, spot: Spot) -> Cell:
        """Read a row of a table again. Raises DamagedError."""
        return self._table_cell(self._page(spot.view, spot.page), spot)

    def _cells(self, view: int, number: int) -> Iterator[Cell]:
        page = self._page(view, number)
        start = _HEADER if number == 1 else 0
        if len(page) < start + 8:
            return
        kind = page[start]
        if kind in {_TABLE_INTERIOR, _OVERFLOW}:
            return
        in_index = kind in {_INDEX_LEAF, _INDEX_INTERIOR}
        first = start + (12 if kind == _INDEX_INTERIOR else 8)
        cells = min(int.from_bytes(page[start + 3 : start + 5]), len(page) // _SMALLEST_CELL)
        for place in range(first, min(first + 2 * cells, len(page) - 1), 2):
            offset = int.from_bytes(page[place : place + 2])
            spot = Spot(view, number, offset)
            try:
                if in_index:
                    yield self._index_cell(page, spot, 4 if kind == _INDEX_INTERIOR else 0)
                else:  # also where the first byte is damaged: rows prove themselves
                    yield self._table_cell(page, spot)
            except DamagedError:
                continue

    def _table_cell(self, page: bytes, spot: Spot) -> Cell:
        size, at = _varint(page, spot.offset)
        rowid, at = _varint(page, at)
        most = self._usable - 35
        payload = self._payload(spot.view, page, at, size, most)
        return Cell(spot, rowid - 2**64 if rowid >= 2**63 else rowid, _values(payload))

    def _index_cell(self, page: bytes, spot: Spot, skipped: int) -> Cell:
        size, at = _varint(page, spot.offset + skipped)
        most = (self._usable - 12) * 64 // 255 - 23
        return Cell(spot, None, _values(self._payload(spot.view, page, at, size, most)))

    def _payload(self, view: int, page: bytes, at: int, size: int, most: int) -> bytes:
        """Return what a cell holds; beyond `most` bytes it goes on in overflow pages."""
        if size > _LARGEST:
            raise DamagedError(f"a row of {size} bytes")
        local = size
        if size > most:
            least = (self._usable - 12) * 32 // 255 - 23
            local = least + (size - least) % (self._usable - 4)
            local = local if local <= most else least
        parts = [page[at : at + local]]
        left = size - local
        following = int.from_bytes(page[at + local : at + local + 4]) if left else 0
        while left > 0:
            content = self._page(view, following)
            if len(content) < self._usable:
                raise DamagedError(f"page {following} is not there")
            taken = min(left, self._usable - 4)
            parts.append(content[4 : 4 + taken])
            left -= taken
            following = int.from_bytes(content[:4])
        payload = b"".join(parts)
        if len(payload) != size:
            raise DamagedError("a row beyond the end of its page")
        return payload

    def _page(self, view: int, number: int) -> bytes:
        if view == 0 and (frame := self._frames.get(number)) is not None:
            return self._wal.data[frame : frame + self._size]
        start = (number - 1) * self._size
        return self._file.data[start : start + self._size] if number > 0 else b""


class _Mapped:
    """A file as bytes, without reading it before it is needed; absent ones are empty."""

    def __init__(self, path: Path) -> None:
        self.data: mmap.mmap | bytes = b""
        if path.exists() and path.stat().st_size:
            with path.open("rb") as stream:
                self.data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)

    def close(self) -> None:
        if isinstance(self.data, mmap.mmap):
            self.data.close()


def _page_size(file: mmap.mmap | bytes, wal: mmap.mmap | bytes) -> tuple[int, int]:
    """Return the page size and how many bytes at the end of each page are not SQLite's."""
    said = int.from_bytes(file[16:18])
    sizes = [_LARGEST_PAGE if said == 1 else said, int.from_bytes(wal[8:12]), _PAGE_SIZE]
    size = next(
        size for size in sizes if _SMALLEST_PAGE <= size <= _LARGEST_PAGE and size & (size - 1) == 0
    )
    is_header_whole = file[:16] == b"SQLite format 3\0" and size == sizes[0]
    return size, file[20] if is_header_whole and file[20] <= _MOST_RESERVED else 0


def _frames(wal: mmap.mmap | bytes, page_size: int) -> dict[int, int]:
    """Return where in the WAL the newest committed version of each page is.

    Frames count whose salt is that of the header, up to the last that ends a commit. Their
    checksums do not: one flipped bit would hide all that was committed after it.
    """
    if len(wal) < _WAL_HEADER.size:
        return {}
    magic, *_, salt1, salt2, _, _ = _WAL_HEADER.unpack_from(wal)
    if magic not in _WAL_MAGIC:
        return {}
    committed: dict[int, int] = {}
    waiting: dict[int, int] = {}
    step = _FRAME_HEADER.size + page_size
    for at in range(_WAL_HEADER.size, len(wal) - step + 1, step):
        number, size_after, *salts, _, _ = _FRAME_HEADER.unpack_from(wal, at)
        if salts != [salt1, salt2]:
            continue
        waiting[number] = at + _FRAME_HEADER.size
        if size_after:
            committed |= waiting
            waiting = {}
    return {number: at for number, at in committed.items() if 0 < number < 2**31}


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of one to nine bytes, and where it ends."""
    number = 0
    for count, byte in enumerate(data[at : at + 9]):
        if count == 8:  # noqa: PLR2004  the ninth byte has no flag
            return number << 8 | byte, at + 9
        number = number << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004
            return number, at + count + 1
    raise DamagedError("a number beyond the end of its page")


def _values(payload: bytes) -> list[Value]:
    """Decode a row: a header of types, then the values."""
    header, at = _varint(payload, 0)
    if header > len(payload):
        raise DamagedError("a header beyond the end of its row")
    types = []
    while at < header:
        code, at = _varint(payload, at)
        types.append(code)
    values: list[Value] = []
    for code in types:
        size = _size_of(code)
        content = payload[at : at + size]
        if len(content) != size:
            raise DamagedError("a value beyond the end of its row")
        values.append(_value(code, content))
        at += size
    if at != len(payload):
        raise DamagedError("a row that does not end where it says")
    return values


def _size_of(code: int) -> int:
    if code >= 12:  # noqa: PLR2004  an even code is a blob, an odd one text
        return (code - 12) // 2
    if code in {10, 11}:
        raise DamagedError("a type that SQLite does not write")
    return 8 if code == _FLOAT else _INTEGER_SIZES.get(code, 0)


def _value(code: int, content: bytes) -> Value:
    if code == 0:
        return None
    if code in {_ZERO, _ONE}:
        return code - _ZERO
    if code == _FLOAT:
        number: float = struct.unpack(">d", content)[0]
        return number
    if code in _INTEGER_SIZES:
        return int.from_bytes(content, signed=True)
    if code % 2 == 0:
        return content
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise DamagedError("text that is none") from None
