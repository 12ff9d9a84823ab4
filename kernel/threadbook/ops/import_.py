"""Import: records of an exported file, checked one by one before the first is taken.

Records keep their ids and signatures and get seqs and times of this log. What the file refers to
and this log does not have is named in a `threadbook.log.import` record on each thread it concerns.
Importing again, or after a crash, adds what is missing and nothing else.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from threadbook.errors import DuplicateClock, RecordError
from threadbook.log import crashpoints
from threadbook.log.entry import Sealed
from threadbook.log.log import Log
from threadbook.log.verify import blobs_in
from threadbook.ops.exported import (
    VERSION,
    BadLine,
    BlobLine,
    Line,
    Manifest,
    RecordLine,
    RefusedError,
    check_erased,
    content_of,
    ids_hash,
    lines_of,
    sealed_of,
)
from threadbook.records.bodies import LogImport
from threadbook.records.identity import Identity
from threadbook.records.kinds import DECIDES_RIGHTS

_BATCH = 200
_NAMED = 1000
_MOST_BAD = 100
"""So many bad lines are named; a file with more is not read to its end."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file.

    `records` are new here, `known` were here already, `erased` had no content to bring, `withheld`
    are of kinds that would decide who may do what here, as tokens would. With
    `bad` lines that could not be read nothing was imported; `refused` are lines whose record this
    log cannot take, while all others were imported.
    """

    records: int = 0
    known: int = 0
    erased: int = 0
    withheld: int = 0
    blobs: int = 0
    bad: list[BadLine] = []
    refused: list[BadLine] = []

    @property
    def is_complete(self) -> bool:
        """Whether all that the file holds is in the log."""
        return not self.bad and not self.refused


def import_from(log: Log, path: Path, *, by: Identity) -> Imported:
    """Bring the records and blobs of an exported file into a log; `by` signs the notes about it.

    Raises ConfigError and StoreUnavailable where the file or the log cannot be used.
    """
    path = path.expanduser().absolute()
    checked = _Checked(path)
    if checked.bad:
        return Imported(bad=checked.bad)
    return _Import(log, path, checked).run(by)


class _Checked:
    """The first reading: whether every line is what it should be, and the file whole."""

    def __init__(self, path: Path) -> None:
        self.bad: list[BadLine] = []
        self.manifest: Manifest | None = None
        self.ids_sha256 = ""
        self._ids: set[bytes] = set()
        self._blobs: set[str] = set()
        self._blob: tuple[str, int] | None = None
        self._digest = hashlib.sha256()
        number = 0
        for number, line in lines_of(path):
            try:
                self._check(number, line)
            except RefusedError as error:
                self.bad.append(BadLine(line=number, reason=str(error)))
            if self.bad and (number == 1 or len(self.bad) == _MOST_BAD):
                return
        try:
            self._end()
        except RefusedError as error:
            self.bad.append(BadLine(line=number + 1, reason=str(error)))

    def _check(self, number: int, line: Line | RefusedError) -> None:
        if isinstance(line, RefusedError):
            raise line
        if (number == 1) != isinstance(line, Manifest):
            raise RefusedError("the manifest is the first line, and only that")
        if isinstance(line, Manifest):
            if line.threadbook != VERSION:
                raise RefusedError(f"version {line.threadbook}; this threadbook reads {VERSION}")
            self.manifest = line
        elif isinstance(line, RecordLine):
            self._record(line)
        else:
            self._piece(line)

    def _record(self, line: RecordLine) -> None:
        if line.erased:
            check_erased(line)
        else:
            sealed_of(line)
        try:
            self._ids.add(bytes.fromhex(line.id))
        except ValueError:
            raise RefusedError(f"{line.id!r} is no id") from None

    def _piece(self, line: BlobLine) -> None:
        if self._blob is None:
            self._blob, self._digest = (line.blob, 0), hashlib.sha256()
        if self._blob != (line.blob, line.number):
            raise RefusedError("it does not follow the piece of a blob before it")
        self._digest.update(content_of(line))
        self._blob = (line.blob, line.number + 1)
        if line.last:
            self._blob = None
            if self._digest.hexdigest() != line.blob:
                raise RefusedError(f"the blob {line.blob[:12]} is not what its digest says")
            self._blobs.add(line.blob)

    def _end(self) -> None:
        if self.manifest is None:
            raise RefusedError("the file is empty")
        if self._blob is not None:
            raise RefusedError("the last blob is cut off")
        self.ids_sha256 = ids_hash(self._ids)
        found = len(self._ids), len(self._blobs), self.ids_sha256
        said = self.manifest.records, self.manifest.blobs, self.manifest.ids_sha256
        if found != said:
            raise RefusedError(
                f"there are {found[0]} records and {found[1]} blobs, not the {said[0]} and"
                f" {said[1]} that the manifest names"
            )


class _Import:
    """The second reading: append, and note what is missing."""

    def __init__(self, log: Log, path: Path, checked: _Checked) -> None:
        self._log = log
        self._path = path
        self._source = checked.ids_sha256
        self._known = self._new = self._erased = self._withheld = 0
        self._new_on: dict[str, int] = defaultdict(int)
        self._refused: list[BadLine] = []
        self._wanted: dict[str, set[str]] = defaultdict(set)

    def run(self, by: Identity) -> Imported:
        batch: list[tuple[int, Sealed]] = []
        for number, line in lines_of(self._path):
            if isinstance(line, RecordLine):
                if line.erased:
                    self._erased += 1
                    continue
                entry = sealed_of(line)
                if (entry.record.kind or "").startswith(DECIDES_RIGHTS):
                    self._withheld += 1
                    continue
                batch.append((number, entry))
                if len(batch) == _BATCH:
                    self._append(batch)
                    batch = []
        self._append(batch)
        blobs = self._import_blobs()
        self._note(by)
        return Imported(
            records=self._new,
            known=self._known,
            erased=self._erased,
            withheld=self._withheld,
            blobs=blobs,
            refused=self._refused,
        )

    def _append(self, batch: list[tuple[int, Sealed]]) -> None:
        before = self._log.size
        try:
            self._count(batch, before, [entry for _, entry in batch])
        except (RecordError, DuplicateClock):  # one of them; the others are to arrive
            for number, entry in batch:
                try:
                    self._count([(number, entry)], self._log.size, [entry])
                except (RecordError, DuplicateClock) as error:
                    self._refused.append(BadLine(line=number, reason=error.message))
        crashpoints.reach("import:batch")

    def _count(self, batch: list[tuple[int, Sealed]], before: int, entries: list[Sealed]) -> None:
        for stored in self._log.append_many(entries):
            is_new = stored.seq > before
            self._new += is_new
            self._known += not is_new
            self._new_on[stored.thread] += is_new
        for _, entry in batch:
            record = self._log.get(entry.id).record  # what is erased here brings no blob back
            self._wanted[record.thread].update(record.parents, blobs_in(record))

    def _import_blobs(self) -> int:
        """Store the blobs of the file that records name and that are not here."""
        wanted = set().union(*self._wanted.values())
        imported = 0
        for digest, pieces in _blobs(lines_of(self._path)):
            if digest in wanted and digest not in self._log.blobs:
                self._log.store.blob_write(pieces)
                crashpoints.reach("import:blob")
                imported += 1
        return imported

    def _note(self, by: Identity) -> None:
        """Say on each thread what it refers to that is not here, unless that was said before."""
        for thread, names in self._wanted.items():
            missing = {name for name in names if not self._has(name)}
            if missing:
                for stored in self._log.read_all(thread=thread, kind=LogImport.KIND):
                    note = LogImport.of(stored.record)
                    missing.difference_update(note.outside if note else [])
            outside = sorted(missing)
            while outside:
                body = LogImport(
                    source=self._source, records=self._new_on[thread], outside=outside[:_NAMED]
                )
                self._log.append(body.draft(thread=thread), by=by)
                outside = outside[_NAMED:]

    def _has(self, name: str) -> bool:
        return self._log.store.get(name) is not None or name in self._log.blobs


def _blobs(
    lines: Iterable[tuple[int, Line | RefusedError]],
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the blobs with their pieces; the pieces nobody asked for are passed over."""
    pieces = (line for _, line in lines if isinstance(line, BlobLine))
    for first in pieces:
        content = _content(first, pieces)
        yield first.blob, content
        for _ in content:
            pass


def _content(line: BlobLine, following: Iterator[BlobLine]) -> Iterator[bytes]:
    yield content_of(line)
    while not line.last:
        line = next(following)
        yield content_of(line)
