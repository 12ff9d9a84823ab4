"""The cache: copies of content as files and folders, for what needs a path.

A copy stands under its hash, is not to be written, and is checked each time it is asked for: one
that was changed is made again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from threadbook.errors import ArtifactInvalid
from threadbook.library import archives
from threadbook.library.codecs.codec import PathCodec


class Cache:
    """Copies in a folder that several processes may share, and anybody may empty."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(
        self, digest: str, name: str, codec: PathCodec, content: Callable[[], BinaryIO]
    ) -> Path:
        """Return the path of a content under a name; it is there as a whole or not at all.

        `content` opens it where there is no copy yet. Raises ArtifactInvalid.
        """
        path = self._folder / digest / name
        if codec.digest(path) == digest:
            return path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished, aside = (path.parent / f".{uuid.uuid4().hex}" for _ in range(2))
        try:  # no name begins with a dot
            with content() as source:
                codec.place(source, unfinished)
            if codec.digest(unfinished) != digest:
                raise ArtifactInvalid(
                    f"the content sha256:{digest} is damaged, or an archive that was made elsewhere"
                )
            try:
                unfinished.rename(path)
            except OSError:  # a folder is there: it was changed, or another process just made it
                if codec.digest(path) != digest:
                    path.rename(aside)
                    unfinished.rename(path)
        finally:
            archives.remove(unfinished)
            archives.remove(aside)
        return path
