"""The file of an export: JSON Lines, a manifest, then records, then chunks of blobs.

Whoever reads one trusts nothing in it: lines have a limit, so that neither a line without an end
nor a small file that unpacks to a large one takes memory; each record proves itself.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Literal, cast

import msgspec

from threadbook.errors import ConfigError, RecordError, StoreUnavailable
from threadbook.log.entry import Sealed, Stored
from threadbook.records.record import DEFAULT_BODY_LIMIT, Record
from threadbook.records.tombstone import is_tombstone

VERSION = 1
LONGEST_LINE = 16 * DEFAULT_BODY_LIMIT
"""Bytes: a record at the limit of its body, each character of it escaped."""
CHUNK = 768 * 1024
"""Bytes of a blob in one line."""
_DIGEST = 64


class Manifest(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="manifest"):
    """The first line: how much follows, and the SHA-256 over the sorted ids, one a line."""

    threadbook: int
    records: int
    blobs: int
    ids_sha256: str
    thread: str | None = None
    exported_at: str = ""


class RecordLine(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="record"):
    """A record: the text that was hashed, and what the log added. `erased` ones are tombstones."""

    id: str
    canonical: str
    sig: str | None = None
    judged_by: str | None = None
    seq: int | None = None
    recorded_at: int | None = None
    erased: bool = False


class BlobLine(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="blob"):
    """A piece of a blob, base64; the pieces of one follow each other, counted from 0."""

    blob: str
    number: int
    last: bool
    data: str


Line = Manifest | RecordLine | BlobLine


class BadLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was refused; lines count from 1."""

    line: int
    reason: str


class RefusedError(ValueError):
    """Why a line is refused."""


def record_line(stored: Stored) -> RecordLine:
    """Return the line of a record."""
    return RecordLine(
        id=stored.id,
        canonical=stored.canonical.decode(),
        sig=stored.sig.hex() if stored.sig else None,
        judged_by=stored.judged_by,
        seq=stored.seq,
        recorded_at=stored.recorded_at,
        erased=stored.is_erased,
    )


def sealed_of(line: RecordLine) -> Sealed:
    """Return the record of a line, checked. Raises RefusedError."""
    if line.erased:
        raise RefusedError("the content of this record was erased")
    canonical = line.canonical.encode(errors="surrogatepass")
    try:
        record = Record.from_canonical(canonical)
        sig = None if line.sig is None else bytes.fromhex(line.sig)
        entry = Sealed(record=record, canonical=canonical, sig=sig, judged_by=line.judged_by)
        entry.check()
    except (RecordError, ValueError, RecursionError) as error:
        raise RefusedError(str(error)) from error
    if entry.id != line.id:
        raise RefusedError("the id is not the hash of the record")
    return entry


def check_erased(line: RecordLine) -> None:
    """Check that an erased record is a tombstone. Raises RefusedError."""
    canonical = line.canonical.encode(errors="surrogatepass")
    try:
        is_right = is_tombstone(line.id, canonical, Record.from_canonical(canonical))
    except ValueError as error:
        raise RefusedError(str(error)) from error
    if not is_right or len(line.id) != _DIGEST:
        raise RefusedError("it says that it was erased, and is no tombstone")


def ids_hash(ids: Iterable[bytes]) -> str:
    """Return the SHA-256 over sorted ids, each as hexadecimal digits and a line end."""
    digest = hashlib.sha256()
    for record_id in sorted(ids):
        digest.update(record_id.hex().encode() + b"\n")
    return digest.hexdigest()


def lines_of(path: Path) -> Iterator[tuple[int, Line | RefusedError]]:
    """Yield the lines of a file with their numbers, or why one is refused.

    A file whose name ends in .gz is unpacked while it is read. What comes after a line that is
    too long, or after packed data that is damaged, is not read. Raises StoreUnavailable and
    ConfigError where the file cannot be read.
    """
    if not path.is_file():
        raise ConfigError(f"there is no file {path}", remedy="name the file of an export")
    try:
        with _opened(path) as stream:
            number = 0
            while text := stream.readline(LONGEST_LINE + 1):
                number += 1
                if len(text) > LONGEST_LINE:
                    yield number, RefusedError(f"it is longer than {LONGEST_LINE} bytes")
                    return
                yield number, _decoded(text)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield number + 1, RefusedError(f"the file is damaged from here on: {error}")
    except OSError as error:
        raise StoreUnavailable(f"{path}: {error.strerror or error}") from error


def blob_lines(digest: str, chunks: Iterable[bytes]) -> Iterator[BlobLine]:
    """Yield the lines of a blob; an empty one has one line, too."""
    number, rest = 0, b""
    for chunk in chunks:
        rest += chunk
        while len(rest) > CHUNK:
            yield _blob_line(digest, number, rest[:CHUNK], last=False)
            number, rest = number + 1, rest[CHUNK:]
    yield _blob_line(digest, number, rest, last=True)


def content_of(line: BlobLine) -> bytes:
    """Return the bytes of a piece. Raises RefusedError."""
    try:
        return base64.b64decode(line.data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RefusedError(f"no base64: {error}") from error


def _blob_line(digest: str, number: int, data: bytes, *, last: bool) -> BlobLine:
    text = base64.b64encode(data).decode()
    return BlobLine(blob=digest, number=number, last=last, data=text)


def _decoded(text: bytes) -> Line | RefusedError:
    try:
        return cast("Line", _decoder.decode(text))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return RefusedError(f"not a line of an export: {error}")


def _opened(path: Path, mode: Literal["rb"] = "rb") -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, mode)) if path.suffix == ".gz" else path.open(mode)


_decoder = msgspec.json.Decoder(Line)
