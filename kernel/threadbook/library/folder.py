"""A library as files: `workflows/<name>.py`, `artifacts/<name>`, and what was known of them.

Files hold the content as it was saved, so that their SHA-256 is that of the record; what else was
known is in `library.json`. Names and files may be a stranger's: all is opened from the folder
inwards, so that no link leads out of it, and a file takes its name when it is complete.
"""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from threadbook.errors import LibraryError, NamespaceError
from threadbook.library.archives import CHUNK, digest_of
from threadbook.library.holding import Holding, Key, Step, check_key, order, step_of

NOTES = "library.json"
MOST_FILES = 10_000

_WORKFLOWS, _ARTIFACTS = "workflows", "artifacts"
_LARGEST_NOTES = 64 * 1024 * 1024
_INWARDS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NOT_FOLLOWED = frozenset({errno.ELOOP, errno.ENOTDIR})


class _Notes(msgspec.Struct, frozen=True):
    """What `library.json` holds."""

    holdings: list[Holding]


class Scan(msgspec.Struct, frozen=True):
    """What a folder holds, and what in it cannot be in a library."""

    holdings: dict[Key, Holding]
    refused: list[Step]


class Folder:
    """A folder that a library is written to, or read from. Nothing outside of it is touched."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self._places: dict[Key, str] = {}

    def scan(self) -> Scan:
        """Return what there is, with hashes. Raises LibraryError where that cannot be told.

        Without folders `workflows` and `artifacts`, each `*.py` directly in it is a workflow and
        each other file an artifact. Hidden files, `__pycache__` and `library.json` do not count.
        """
        self._places = {}
        holdings: dict[Key, Holding] = {}
        refused: list[Step] = []
        for key, place in sorted(self._found(), key=lambda found: order(found[0])):
            try:
                check_key(key)
                with self._open(place) as file:
                    size, digest = os.fstat(file.fileno()).st_size, digest_of(file)
            except (NamespaceError, LibraryError) as error:
                refused.append(step_of("!", key, str(error)))
                continue
            self._places[key] = place
            holdings[key] = Holding(kind=key[0], name=key[1], hash=digest, size=size)
        return Scan(holdings, refused)

    def open(self, key: Key) -> BinaryIO:
        """Return the content of what was found. Raises LibraryError."""
        return self._open(self._places[key])

    def hash_of(self, key: Key) -> str | None:
        """Return the hash of the file that is there, None where there is none.

        Raises LibraryError where something else stands in its place.
        """
        try:
            with self._open(place_of(key)) as file:
                return digest_of(file)
        except FileNotFoundError:
            return None

    def write(self, key: Key, content: BinaryIO, *, replace: bool) -> None:
        """Write a file, at once and for good. Raises LibraryError, and what reading raises."""
        self._write(place_of(key), content, replace=replace)

    def noted(self) -> dict[Key, Holding]:
        """Return what was known when the files were written or read last. Raises LibraryError."""
        try:
            with self._open(NOTES) as file:
                data = file.read(_LARGEST_NOTES + 1)
            notes = msgspec.json.decode(data, type=_Notes)
        except FileNotFoundError:
            return {}
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise LibraryError(
                f"{self.path / NOTES} is damaged: {error}",
                remedy="remove it: files that differ are then taken for changed ones",
            ) from None
        return {one.key: one for one in notes.holdings}

    def note(self, holdings: Mapping[Key, Holding]) -> None:
        """Write down what is known of the files, for the next time. Raises LibraryError."""
        notes = {
            "holdings": [msgspec.to_builtins(holdings[key]) for key in sorted(holdings, key=order)]
        }
        text = json.dumps(notes, indent=1, ensure_ascii=True) + "\n"
        self._write(NOTES, io.BytesIO(text.encode()), replace=True)

    @property
    def has_notes(self) -> bool:
        """Whether a library was ever written here."""
        return os.path.lexists(self.path / NOTES)

    def _found(self) -> Iterator[tuple[Key, str]]:
        """Yield what may be in a library, and the place of each."""
        names = [entry.name for entry in self._entries("")]
        is_laid_out = NOTES in names or any(
            (self.path / name).is_dir() for name in (_WORKFLOWS, _ARTIFACTS)
        )
        if not is_laid_out:
            for place in self._files(""):
                is_workflow = place.endswith(".py") and "/" not in place
                yield (("workflow", place[:-3]) if is_workflow else ("artifact", place)), place
            return
        if _WORKFLOWS in names:
            for entry in self._entries(f"{_WORKFLOWS}/"):
                if entry.name.endswith(".py"):
                    yield ("workflow", entry.name[:-3]), f"{_WORKFLOWS}/{entry.name}"
        if _ARTIFACTS in names:
            for place in self._files(f"{_ARTIFACTS}/"):
                yield ("artifact", place.removeprefix(f"{_ARTIFACTS}/")), place

    def _files(self, prefix: str) -> Iterator[str]:
        """Yield the places of all that is no folder, and not hidden."""
        pending, found = [prefix], 0
        while pending:
            folder = pending.pop()
            for entry in self._entries(folder):
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{folder}{entry.name}/")
                    continue
                found += 1
                if found > MOST_FILES:
                    raise LibraryError(
                        f"{self.path} has more than {MOST_FILES:,} files",
                        remedy="name a folder that is a library",
                    )
                yield folder + entry.name

    def _entries(self, place: str) -> list[os.DirEntry[str]]:
        try:
            if place and (self.path / place.rstrip("/")).is_symlink():
                raise LibraryError(f"{place} in {self.path} is a link")
            entries = sorted(os.scandir(self.path / place), key=lambda entry: entry.name)
        except OSError as error:
            raise self._error(place, error) from error
        return [
            entry
            for entry in entries
            if not entry.name.startswith(".") and entry.name != "__pycache__"
        ]

    def _open(self, place: str) -> BinaryIO:
        """Open a regular file. Raises FileNotFoundError, LibraryError."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            with self._parent(place) as (folder, name):
                descriptor = os.open(name, flags, dir_fd=folder)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._error(place, error) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise LibraryError(f"{place} in {self.path} is no file")
        return os.fdopen(descriptor, "rb")

    def _write(self, place: str, content: BinaryIO, *, replace: bool) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with self._parent(place, make=True) as (folder, name):
                _write_in(folder, name, content, replace=replace)
        except OSError as error:
            raise self._error(place, error) from error

    @contextmanager
    def _parent(self, place: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """Yield the open folder that a file lies in, and its name there. No link is followed."""
        *folders, name = place.split("/")
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for folder in folders:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(folder, dir_fd=descriptor)
                inner = os.open(folder, _INWARDS, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor, name
        finally:
            os.close(descriptor)

    def _error(self, place: str, error: OSError) -> LibraryError:
        if error.errno in _NOT_FOLLOWED:
            return LibraryError(f"{place or self.path} is a link, or is reached over one")
        return LibraryError(f"{self.path / place}: {error.strerror or error}")


def place_of(key: Key) -> str:
    """Return where a library is written to. Raises WorkflowInvalid, ArtifactInvalid."""
    check_key(key)
    kind, name = key
    return f"{_WORKFLOWS}/{name}.py" if kind == "workflow" else f"{_ARTIFACTS}/{name}"


def _write_in(folder: int, name: str, content: BinaryIO, *, replace: bool) -> None:
    draft = f".{os.urandom(8).hex()}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(draft, flags, 0o666, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(content, file, CHUNK)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
        else:  # what somebody has put there meanwhile stays
            os.link(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(draft, dir_fd=folder)
