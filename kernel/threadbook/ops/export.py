"""Export: records as text that anybody can read, check and bring into another log."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

import msgspec

from threadbook.log.entry import Stored
from threadbook.log.log import Log
from threadbook.log.verify import blobs_in
from threadbook.ops.exported import VERSION, Line, Manifest, blob_lines, ids_hash, record_line
from threadbook.ops.files import draft_beside, publish, reported


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What was exported; `erased` of the records are tombstones."""

    records: int
    blobs: int
    erased: int
    ids_sha256: str


def export_to(
    log: Log, path: Path, *, thread: str | None = None, with_blobs: bool = False
) -> Exported:
    """Export a log, or a thread, to a file (mode 0600), packed if its name ends in .gz.

    The file takes its name when it is complete, and replaces one of that name.
    """
    path = path.expanduser().absolute()
    with draft_beside(path) as draft, reported(path):
        draft.touch(mode=0o600)
        with _opened(draft, packed=path.suffix == ".gz") as stream:
            done = export(log, stream.write, thread=thread, with_blobs=with_blobs)
        publish(draft, path, replace=True)
    return done


def export(
    log: Log,
    write: Callable[[bytes], object],
    *,
    thread: str | None = None,
    with_blobs: bool = False,
) -> Exported:
    """Export the records that the log, or a thread, has now; `write` is called with each line."""
    end = log.size
    ids: list[bytes] = []
    digests: set[str] = set()
    erased = 0
    for stored in _records(log, thread, end):
        ids.append(bytes.fromhex(stored.id))
        erased += stored.is_erased
        if with_blobs:
            digests.update(blobs_in(stored.record))
    blobs = sorted(digest for digest in digests if digest in log.blobs)
    manifest = Manifest(
        threadbook=VERSION,
        records=len(ids),
        blobs=len(blobs),
        ids_sha256=ids_hash(ids),
        thread=thread,
        exported_at=datetime.now(UTC).isoformat().replace("+00:00", "Z"),
    )
    lines: Iterator[Line] = itertools.chain(
        [manifest],
        map(record_line, _records(log, thread, end)),
        *(blob_lines(digest, log.blobs.chunks(digest)) for digest in blobs),
    )
    for line in lines:
        write(msgspec.json.encode(line) + b"\n")
    return Exported(
        records=len(ids), blobs=len(blobs), erased=erased, ids_sha256=manifest.ids_sha256
    )


def _records(log: Log, thread: str | None, end: int) -> Iterator[Stored]:
    records = log.read_all(thread=thread)
    return itertools.takewhile(lambda stored: stored.seq <= end, records)


def _opened(path: Path, *, packed: bool) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "wb")) if packed else path.open("wb")
