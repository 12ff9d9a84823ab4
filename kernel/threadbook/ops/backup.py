"""Backups: verified before they count, and each an extension of the one before.

A folder holds copies named `<store>.<series>.<number>.<time>.db`. A copy joins a series only if the
log it holds begins with all that the newest good copy holds, so that an emptied, cut off or
replaced store cannot push out the copies of what it was.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
import time
from pathlib import Path

import msgspec

from threadbook.config import data_folder, without_password
from threadbook.errors import ConfigError, ProofError
from threadbook.log import crashpoints
from threadbook.log.log import Log
from threadbook.log.store import Tip
from threadbook.ops.copy import check_sound, copy_blobs, copy_log, tip_at
from threadbook.ops.files import copy_file, draft_beside, file_of, opened, publish, reported, stamp

DEFAULT_KEEP = 14
_DRAFT = "backup"
_ABANDONED_SECONDS = 24 * 3600


class Copy(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A dated copy in a folder, ordered by age: clocks may go back, numbers do not."""

    series: int
    number: int
    path: Path


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """A backup that was made: where, of how much, after which, and which copies it let go.

    `unreadable` are older copies that cannot be compared with, being damaged.
    """

    path: Path
    records: int
    blobs: int
    bytes: int
    previous: Path | None
    removed: list[Path]
    unreadable: list[Path]


class Shelf:
    """The dated copies of one store in one folder."""

    def __init__(self, folder: Path, store_url: str) -> None:
        self.folder = folder
        self._name = _name_of(store_url)

    def copies(self) -> list[Copy]:
        """Return the copies there are, oldest first."""
        pattern = re.compile(rf"{re.escape(self._name)}\.(\d+)\.(\d+)\.\d{{8}}T\d{{6}}Z\.db")
        with reported(self.folder):
            files = list(self.folder.iterdir()) if self.folder.is_dir() else []
        found = [(match, file) for file in files if (match := pattern.fullmatch(file.name))]
        return sorted(
            Copy(series=int(match[1]), number=int(match[2]), path=file) for match, file in found
        )

    def next_path(self, series: int) -> Path:
        """Return the name of the next copy."""
        number = max((copy.number for copy in self.copies()), default=0) + 1
        return self.folder / f"{self._name}.{series}.{number:04d}.{stamp()}.db"

    def sweep(self) -> None:
        """Remove what backups that were killed left half done, a day ago or more."""
        for draft in self.folder.glob(f".{_DRAFT}.*"):
            with reported(draft), contextlib.suppress(FileNotFoundError):
                if time.time() - draft.stat().st_mtime > _ABANDONED_SECONDS:
                    draft.unlink()


def default_folder(store_url: str) -> Path:
    """Return where backups of a store go: beside an SQLite file, else in the data folder."""
    file = file_of(store_url)
    return (file.parent if file else data_folder()) / "backups"


def latest(store_url: str, folder: Path | None = None) -> Path | None:
    """Return the newest backup of a store in its folder, None where there is none."""
    copies = Shelf(folder or default_folder(store_url), store_url).copies()
    return copies[-1].path if copies else None


def backup(
    log: Log,
    to: Path | None = None,
    *,
    keep: int = DEFAULT_KEEP,
    new_series: bool = False,
) -> Backup:
    """Copy a log, while writers go on, to an SQLite file that any threadbook can open.

    `to` is a folder for dated copies, of which the `keep` newest of a series stay, or a file
    (its name ends in .db), which is replaced. The copy is verified before it takes its name.
    Raises StoreCorrupt where it does not verify, and ProofError where it is not an extension of
    the newest good copy; `new_series` then starts a series of its own.
    """
    if keep < 1:
        raise ConfigError(f"cannot keep {keep} copies", remedy="keep at least 1")
    if log.url == "memory:":
        raise ConfigError("a store in memory ends with its process", remedy="name a file")
    to = default_folder(log.url) if to is None else to.expanduser().absolute()
    if to.suffix == ".db" and not to.is_dir():
        return _to_file(log, to, new_series=new_series)
    return _to_folder(log, Shelf(to, log.url), keep, new_series=new_series)


def _to_file(log: Log, to: Path, *, new_series: bool) -> Backup:
    if to == file_of(log.url):
        raise ConfigError("a store cannot be its own backup", remedy="name another file")
    with draft_beside(to) as draft:
        made = _make(log, draft, [] if new_series or not to.exists() else [to])
        if made.unreadable:
            raise ProofError(
                f"{to} is there, and no sound backup", remedy="move it away or name another file"
            )
        crashpoints.reach("backup:verified")
        publish(draft, to, replace=True)
    return msgspec.structs.replace(made, path=to)


def _to_folder(log: Log, shelf: Shelf, keep: int, *, new_series: bool) -> Backup:
    copies = shelf.copies()
    series = max((copy.series for copy in copies), default=0)
    if new_series or not copies:
        series += 1
    shelf.sweep()
    with draft_beside(shelf.folder / _DRAFT) as draft:
        older = [] if new_series else [copy.path for copy in reversed(copies)]
        made = _make(log, draft, older)
        crashpoints.reach("backup:verified")
        path = shelf.next_path(series)
        publish(draft, path)
    crashpoints.reach("backup:published")
    of_series = [copy.path for copy in shelf.copies() if copy.series == series]
    removed = of_series[:-keep]
    for old in removed:
        with reported(old):
            old.unlink(missing_ok=True)
    return msgspec.structs.replace(made, path=path, removed=removed)


def _make(log: Log, draft: Path, older: list[Path]) -> Backup:
    """Fill `draft` with a sound copy that begins like the newest readable of `older`."""
    source = file_of(log.url)
    if source is not None:
        copy_file(source, draft)
    with opened(draft) as copy:
        if source is None:
            copy_log(log, copy)
        else:
            copy_blobs(log.store, copy.store)  # those that are in files of their own
        check_sound(copy)
        previous, unreadable = _check_extends(copy, older)
        tip, blobs = copy.store.tip(), len(copy.store.blob_digests())
    return Backup(
        path=draft,
        records=tip.seq,
        blobs=blobs,
        bytes=draft.stat().st_size,
        previous=previous,
        removed=[],
        unreadable=unreadable,
    )


def _check_extends(copy: Log, older: list[Path]) -> tuple[Path | None, list[Path]]:
    """Return the newest readable of `older`, and those that are not, newer than it."""
    unreadable = []
    for path in older:
        end = end_of(path)
        if end is None:
            unreadable.append(path)
        elif tip_at(copy.store, end.seq) == end:
            return path, unreadable
        else:
            raise ProofError(
                f"the log has {copy.size} records and does not begin with the {end.seq} that are"
                f" in {path}",
                remedy="the store was replaced or cut off: restore the backup, or start a series"
                " of its own with --force-new-series",
            )
    return None, unreadable


def end_of(path: Path) -> Tip | None:
    """Return the tip of a backup, None where the file cannot be read."""
    # Immutable: nothing is written beside a backup, not even a lock.
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
            seq, chain = connection.execute("SELECT seq, chain FROM tip").fetchone()
            last = connection.execute("SELECT seq, chain FROM record ORDER BY seq DESC LIMIT 1")
            return Tip(seq, chain) if (last.fetchone() or (0, bytes(32))) == (seq, chain) else None
    except (sqlite3.Error, OSError, TypeError):
        return None


def _name_of(store_url: str) -> str:
    """Return the name of a store's copies; a URL may hold a password, so its hash stands for it."""
    file = file_of(store_url)
    if file is not None:
        return file.stem
    public = without_password(store_url)
    return f"{public.partition(':')[0]}-{hashlib.sha256(public.encode()).hexdigest()[:12]}"
