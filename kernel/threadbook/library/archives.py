"""Archives of folders: one archive for one tree of files, whoever makes it, and where.

An archive is an uncompressed tar of folders and regular files by name, without times and owners;
of permissions, it knows whether a file can be run. There are no links in it, so nothing that it
is unpacked to lies outside.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from threadbook.errors import ArtifactInvalid

CHUNK = 1024 * 1024
"""Bytes held in memory at a time."""

_FOLDER, _FILE, _PROGRAM = 0o555, 0o444, 0o555


def pack(folder: Path, to: BinaryIO) -> None:
    """Write the archive of a folder. Raises ArtifactInvalid for links and what is no file."""
    form = tarfile.PAX_FORMAT
    with tarfile.open(fileobj=to, mode="w", format=form, encoding="utf-8") as archive:
        for name, path in _walk(folder, ""):
            if path.is_dir():
                archive.addfile(_info(name, tarfile.DIRTYPE, is_program=True))
                continue
            with open_file(path, is_link_allowed=False) as file:
                status = os.fstat(file.fileno())
                is_program = bool(status.st_mode & stat.S_IXUSR)
                info = _info(name, tarfile.REGTYPE, is_program=is_program)
                info.size = status.st_size
                archive.addfile(info, file)


def unpack(archive: BinaryIO, folder: Path) -> None:
    """Make a folder, not to be written, of an archive that may be anybody's.

    Raises ArtifactInvalid for what `pack` would not have written.
    """
    folder.mkdir()
    try:
        with tarfile.open(fileobj=archive, mode="r|", encoding="utf-8") as members:
            for member in members:
                _unpack_one(members, member, folder)
    except (tarfile.TarError, ValueError, OSError) as error:
        raise ArtifactInvalid(f"the archive is not one of a folder: {error}") from error
    for path, _, _ in os.walk(folder, topdown=False):
        Path(path).chmod(_FOLDER)


def remove(path: Path) -> None:
    """Remove a file or folder, also one that is not to be written."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    for inner, _, _ in os.walk(path):
        Path(inner).chmod(0o700)
    shutil.rmtree(path)


def open_file(path: Path, *, is_link_allowed: bool = True) -> BinaryIO:
    """Open a regular file, and nothing else: a pipe would wait for its writer."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
    descriptor = os.open(path, flags if is_link_allowed else flags | os.O_NOFOLLOW)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ArtifactInvalid(f"{path} is no file")
    return os.fdopen(descriptor, "rb")


def digest_of(content: BinaryIO) -> str:
    """Return the SHA-256 of what a stream yields, in hexadecimal."""
    hashed = hashlib.sha256()
    while chunk := content.read(CHUNK):
        hashed.update(chunk)
    return hashed.hexdigest()


def digest_of_folder(folder: Path) -> str | None:
    """Return the SHA-256 of the archive of a folder; None where it has none."""
    hashing = _Hashing()
    try:
        pack(folder, cast("BinaryIO", hashing))
    except (ArtifactInvalid, OSError):
        return None
    return hashing.hashed.hexdigest()


class _Hashing(io.RawIOBase):
    """Hashes what is written to it."""

    def __init__(self) -> None:
        self.hashed = hashlib.sha256()
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type]
        self.hashed.update(view)
        self._size += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        return self._size


def _walk(folder: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    """Yield all in a folder with its name in the archive, each folder before what is in it."""
    for entry in sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name)):
        name = prefix + entry.name
        if entry.is_symlink() or not (entry.is_dir() or entry.is_file()):
            kind = "a link" if entry.is_symlink() else "no file"
            raise ArtifactInvalid(
                f"{name} in {folder} is {kind}", remedy="save a copy of the folder without it"
            )
        yield name, Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), f"{name}/")


def _info(name: str, kind: bytes, *, is_program: bool) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.mode = _PROGRAM if is_program else _FILE
    return info


def _unpack_one(members: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    name = member.name
    if any(part in ("", ".", "..") for part in name.split("/")) or "\0" in name:
        raise ArtifactInvalid(f"the archive has an entry outside of it: {name!r}")
    path = folder / name
    if member.isdir():
        path.mkdir()
        return
    content = members.extractfile(member) if member.isreg() and not member.issparse() else None
    if content is None:
        raise ArtifactInvalid(f"the archive has an entry that is no file: {name!r}")
    with path.open("xb") as file:
        shutil.copyfileobj(content, file, CHUNK)
    path.chmod(_PROGRAM if member.mode & stat.S_IXUSR else _FILE)
