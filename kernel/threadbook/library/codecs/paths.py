"""Files and folders: as they are, and as archives that are the same for the same files."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, BinaryIO

from threadbook.library import archives
from threadbook.library.codecs.codec import OCTETS, PathCodec, guessed

_READ_ONLY = 0o444


class FileCodec(PathCodec):
    """A file, streamed from where it is."""

    name = "file"
    accepts = "pathlib.Path of a file"

    def type_of(self, value: Any) -> str | None:
        """See Codec.type_of."""
        return "file" if isinstance(value, Path) and value.is_file() else None

    def media_type(self, name: str) -> str:
        """See Codec.media_type."""
        return guessed(name, OCTETS)

    def open(self, value: Any, spool: BinaryIO) -> BinaryIO:  # noqa: ARG002
        """See Codec.open."""
        return archives.open_file(value)

    def place(self, content: BinaryIO, path: Path) -> None:
        """See PathCodec.place."""
        with path.open("xb") as file:
            shutil.copyfileobj(content, file, archives.CHUNK)
        path.chmod(_READ_ONLY)

    def digest(self, path: Path) -> str | None:
        """See PathCodec.digest."""
        if path.is_symlink() or not path.is_file():
            return None
        with archives.open_file(path) as file:
            return archives.digest_of(file)


class FolderCodec(PathCodec):
    """A folder of files and folders, as an archive."""

    name = "folder"
    accepts = "pathlib.Path of a folder without links"

    def type_of(self, value: Any) -> str | None:
        """See Codec.type_of."""
        return "folder" if isinstance(value, Path) and value.is_dir() else None

    def media_type(self, name: str) -> str:  # noqa: ARG002
        """See Codec.media_type."""
        return "application/x-tar"

    def open(self, value: Any, spool: BinaryIO) -> BinaryIO:
        """See Codec.open."""
        archives.pack(value, spool)
        spool.seek(0)
        return spool

    def place(self, content: BinaryIO, path: Path) -> None:
        """See PathCodec.place."""
        archives.unpack(content, path)

    def digest(self, path: Path) -> str | None:
        """See PathCodec.digest."""
        if path.is_symlink() or not path.is_dir():
            return None
        return archives.digest_of_folder(path)

    def preview(self, value: Any) -> str:
        """See Codec.preview."""
        return "\n".join(sorted(path.name for path in value.iterdir()))
