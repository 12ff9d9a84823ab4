"""Uploads: content on its way to a path, in pieces, before anybody can see it."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

import msgspec

from threadbook.service.problems import Problem

CHUNK_SIZE = 8 * 1024 * 1024
"""Bytes that a client sends at a time."""
_MOST_UPLOADS = 256
_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


class Upload(msgspec.Struct, kw_only=True):
    """One upload. `expected` is the hash that the path has to have, None for no file there."""

    id: str
    path: str
    size: int
    content_type: str
    owner: str
    expected: str | msgspec.UnsetType | None
    file: Path
    touched_at: float
    received: int = 0


class Uploads:
    """The uploads under way. They end with the service: a client that meets that begins anew."""

    def __init__(self, *, patience: float) -> None:
        self._patience = patience
        self._uploads: dict[str, Upload] = {}
        self._folder: Path | None = None

    def begin(
        self,
        path: str,
        size: int,
        content_type: str,
        owner: str,
        expected: str | msgspec.UnsetType | None,
    ) -> Upload:
        """Begin an upload; those that nobody goes on with are dropped."""
        self._drop_abandoned()
        if len(self._uploads) >= _MOST_UPLOADS:
            raise Problem(
                503,
                "TOO_MANY_UPLOADS",
                "too many uploads are under way",
                headers={"Retry-After": "5"},
            )
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="threadbook-uploads-"))
        upload_id = secrets.token_hex(16)
        upload = Upload(
            id=upload_id,
            path=path,
            size=size,
            content_type=content_type,
            owner=owner,
            expected=expected,
            file=self._folder / upload_id,
            touched_at=time.monotonic(),
        )
        upload.file.touch(mode=0o600)
        self._uploads[upload_id] = upload
        return upload

    def find(self, upload_id: str, owner: str) -> Upload:
        """Return an upload of this owner."""
        upload = self._uploads.get(upload_id)
        if upload is None or upload.owner != owner:
            raise _not_found()
        return upload

    def write(self, upload: Upload, content_range: str | None, data: bytes) -> None:
        """Take a piece. One that came before may come again; none may be left out."""
        begin = _begin_of(content_range, len(data), upload.size)
        if begin > upload.received:
            raise Problem(
                409,
                "UPLOAD_GAP",
                f"bytes {upload.received} to {begin - 1} are missing",
                remedy=f"go on at byte {upload.received}",
            )
        try:
            with upload.file.open("r+b") as stream:
                stream.seek(begin)
                stream.write(data)
        except FileNotFoundError:
            raise _not_found() from None
        except OSError as error:
            raise Problem(
                507, "STORAGE_FULL", f"the service cannot keep the upload: {error.strerror}"
            ) from error
        upload.touched_at = time.monotonic()
        upload.received = max(upload.received, begin + len(data))

    def finish(self, upload: Upload) -> BinaryIO:
        """Return the content, once it is complete."""
        if upload.received != upload.size:
            raise Problem(
                409,
                "UPLOAD_INCOMPLETE",
                f"{upload.received} of {upload.size} bytes have arrived",
            )
        try:
            return upload.file.open("rb")
        except FileNotFoundError:  # completed, or dropped, a moment ago
            raise _not_found() from None

    def forget(self, upload: Upload) -> None:
        """Drop an upload."""
        self._uploads.pop(upload.id, None)
        upload.file.unlink(missing_ok=True)

    def close(self) -> None:
        """Drop all."""
        self._uploads.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _drop_abandoned(self) -> None:
        limit = time.monotonic() - self._patience
        for upload in [u for u in self._uploads.values() if u.touched_at < limit]:
            self.forget(upload)


def _not_found() -> Problem:
    return Problem(404, "UPLOAD_NOT_FOUND", "no such upload", remedy="begin a new one")


def _begin_of(content_range: str | None, length: int, size: int) -> int:
    """Return where a piece begins. An empty file comes as `bytes 0-0/0`, with nothing."""
    if content_range is None:
        begin, total = 0, length
    else:
        match = _RANGE.fullmatch(content_range)
        if match is None:
            raise Problem(400, "INVALID_RANGE", f"{content_range!r:.100} is no Content-Range")
        begin, end, total = (int(number) for number in match.groups())
        if length and end - begin + 1 != length:
            raise Problem(400, "INVALID_RANGE", f"{content_range} came with {length} bytes")
    if total != size or begin + length > size:
        raise Problem(400, "INVALID_RANGE", f"the upload has {size} bytes in all")
    return begin
