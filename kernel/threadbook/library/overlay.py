"""The overlay: a folder of packages that one session has on top of the kernel's environment.

It holds generations, each complete and never changed: `gen-3/site-packages`, with the lock it was
built from and the hash of each file. The link `current` names the one that counts. A change
builds another generation and then moves the link, so that at any moment one whole state is there.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec

from threadbook.config import data_folder
from threadbook.errors import ConfigError, InstallFailed
from threadbook.library.packages import Lock, Problem
from threadbook.log import crashpoints

_LOOK_SECONDS = 0.05
_KEPT = 8
"""Generations kept: a kernel goes on importing from one it began with."""

_SESSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_NUMBERED = re.compile(r"gen-([1-9][0-9]*)")
_DRAFT = ".draft-"
_LOCK, _FILES, _SITE, _CURRENT = "lock.txt", "files.json", "site-packages", "current"


def overlay_folder(session: str, base: Path | None = None) -> Path:
    """Return the folder for the overlay of a session, by default among the user's data."""
    if not _SESSION.fullmatch(session):
        raise ConfigError(
            f"{session!r} cannot name a folder",
            remedy="the id of a session has letters, digits and ._- only, at most 128 of them",
        )
    return (base or data_folder() / "overlays") / session


class Generation:
    """One state of an overlay."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def number(self) -> int:
        """Its number; later ones are higher."""
        found = _NUMBERED.fullmatch(self.path.name)
        return int(found[1]) if found else 0

    @property
    def site_packages(self) -> Path:
        """The folder to import from."""
        return self.path / _SITE

    def holds(self, lock: Lock) -> bool:
        """Tell whether it was built from this lock."""
        try:
            return (self.path / _LOCK).read_bytes() == lock.text.encode()
        except OSError:
            return False

    def verify(self) -> tuple[Problem, ...]:
        """Compare each file with what was installed, and return what is not so."""
        try:
            noted = msgspec.json.decode((self.path / _FILES).read_bytes(), type=dict[str, str])
        except (OSError, msgspec.DecodeError):
            return (Problem(_FILES, "cannot be read"),)
        there = dict(_hashes(self.site_packages))
        missing = [Problem(path, "missing") for path in noted.keys() - there.keys()]
        foreign = [Problem(path, "foreign") for path in there.keys() - noted.keys()]
        both = noted.keys() & there.keys()
        changed = [Problem(path, "changed") for path in both if noted[path] != there[path]]
        return tuple(sorted([*missing, *foreign, *changed], key=lambda problem: problem.path))


class Overlay:
    """The overlay in `folder`. Several processes may use it; those that change it hold it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def current(self) -> Generation | None:
        """Return the generation that counts, None where there is none yet."""
        try:
            name = (self.folder / _CURRENT).readlink().name
        except OSError:  # never made, or replaced by something else
            return None
        generation = Generation(self.folder / name)
        return generation if generation.number and generation.path.is_dir() else None

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Be the only one who changes the overlay; wait for others."""
        with _reported(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while not _is_free(descriptor):
                await asyncio.sleep(_LOOK_SECONDS)
            self._remove_drafts()
            yield
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def draft(self) -> Iterator[Path]:
        """Yield a folder for a generation to be; what is left of it goes."""
        path = self.folder / f"{_DRAFT}{os.urandom(8).hex()}"
        try:
            with _reported(path):
                path.mkdir(mode=0o700)
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def find(self, lock: Lock) -> Generation | None:
        """Return the newest generation that holds a lock and is as it was installed."""
        for generation in sorted(self._generations(), key=lambda g: g.number, reverse=True):
            if generation.holds(lock) and not generation.verify():
                return generation
        return None

    def publish(self, draft: Path, lock: Lock) -> Generation:
        """Make a generation of a draft, whose packages are in `site-packages`."""
        number = max((generation.number for generation in self._generations()), default=0) + 1
        generation = Generation(self.folder / f"gen-{number}")
        with _reported(generation.path):
            (draft / _LOCK).write_bytes(lock.text.encode())
            files = dict(_hashes(draft / _SITE))
            (draft / _FILES).write_bytes(msgspec.json.encode(files, order="sorted"))
            crashpoints.reach("deps:built")
            draft.rename(generation.path)
        crashpoints.reach("deps:published")
        return generation

    def switch(self, generation: Generation) -> None:
        """Let a generation count from now on, and forget the oldest."""
        link = self.folder / f"{_DRAFT}{os.urandom(8).hex()}"
        with _reported(link):
            link.symlink_to(generation.path.name)
            link.replace(self.folder / _CURRENT)
        crashpoints.reach("deps:switched")
        older = sorted(self._generations(), key=lambda g: g.number)[:-_KEPT]
        for old in older:
            if old.number != generation.number:
                shutil.rmtree(old.path, ignore_errors=True)

    def _generations(self) -> list[Generation]:
        found = (Generation(path) for path in self.folder.glob("gen-*"))
        return [generation for generation in found if generation.number]

    def _remove_drafts(self) -> None:
        """Remove what was being built when its process died."""
        for path in self.folder.glob(f"{_DRAFT}*"):
            if path.is_symlink():
                path.unlink(missing_ok=True)
            else:
                shutil.rmtree(path, ignore_errors=True)


def _hashes(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each file below a folder with the SHA-256 of its content; links are not followed."""
    for parent, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in (*names, *links):
            path = Path(parent) / name
            yield _plain(path.relative_to(folder)), _hash(path)


def _hash(path: Path) -> str:
    if path.is_symlink():
        return f"link {_plain(path.readlink())}"
    if not path.is_file():
        return "special"
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        return f"unreadable: {error.strerror}"


def _plain(path: Path) -> str:
    """Return a path as text; the name of a file may be any bytes."""
    return path.as_posix().encode(errors="backslashreplace").decode()


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def _reported(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InstallFailed(
            f"cannot write {path}: {error.strerror}",
            remedy="nothing was changed; check the folder, its permissions and free disk space",
            namespace="deps",
        ) from error
