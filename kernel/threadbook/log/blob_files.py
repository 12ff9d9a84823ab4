"""Blobs as files, wherever fsspec reaches: a folder, an object store, a network drive.

A store URL says where: `sqlite:///log.db#blobs=s3://bucket/team`. Records stay in the store.
Content is under its SHA-256 as `ab/cdef…`; it is written under another name and moved there when it
is complete, which on a file system is a rename, on an object store a copy that appears as a whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import uuid
from collections.abc import Iterable, Iterator
from typing import Any, cast

import fsspec  # type: ignore[import-untyped]

from threadbook.errors import ConfigError, StoreUnavailable, ThreadbookError
from threadbook.log.blobs import CHUNK
from threadbook.log.store import Store

_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = ".unfinished"


class FileBlobs:
    """Blobs under an fsspec URL. Raises ConfigError for one that fsspec cannot use."""

    def __init__(self, url: str) -> None:
        self._protocol = url.partition(":")[0]
        self._is_closed = False
        with self._translated():
            try:
                fs, root = fsspec.url_to_fs(url, use_listings_cache=False)
            except (ValueError, ImportError) as error:
                raise ConfigError(
                    f"no blobs at {self._protocol}:… ({type(error).__name__})",
                    remedy="install the fsspec driver of this protocol, such as s3fs or gcsfs",
                ) from error
        self._fs: Any = fs
        self._root = root.rstrip("/")

    def blob_size(self, digest: str) -> int | None:
        """See Store.blob_size."""
        with self._translated():
            if not _DIGEST.fullmatch(digest):
                return None
            try:
                return int(self._fs.size(self._path(digest)))
            except FileNotFoundError:
                return None

    def blob_chunk(self, digest: str, number: int) -> bytes | None:
        """See Store.blob_chunk."""
        size = self.blob_size(digest)
        if size is None or number * CHUNK >= size:
            return None
        begin = number * CHUNK
        with self._translated():
            end = min(begin + CHUNK, size)
            return bytes(self._fs.cat_file(self._path(digest), start=begin, end=end))

    def blob_write(self, chunks: Iterable[bytes]) -> str:
        """See Store.blob_write."""
        draft = f"{self._root}/{_UNFINISHED}/{uuid.uuid4().hex}"
        hashed = hashlib.sha256()
        with self._translated():
            self._fs.makedirs(self._parent(draft), exist_ok=True)
            stream = self._fs.open(draft, "wb")
        try:
            for chunk in chunks:  # what its source raises is not ours to translate
                hashed.update(chunk)
                with self._translated():
                    stream.write(chunk)
            with self._translated():
                _sync(stream)
                stream.close()
                self._publish(draft, hashed.hexdigest())
        except BaseException:
            self._drop(stream, draft)
            raise
        return hashed.hexdigest()

    def blob_digests(self) -> list[str]:
        """See Store.blob_digests."""
        with self._translated():
            try:
                paths = self._fs.find(self._root)
            except FileNotFoundError:
                return []
        found = ("".join(path.rsplit("/", 2)[-2:]) for path in paths)
        return [digest for digest in found if _DIGEST.fullmatch(digest)]

    def blob_erase(self, digest: str) -> bool:
        """See Store.blob_erase."""
        if self.blob_size(digest) is None:
            return False
        with self._translated():
            try:
                self._fs.rm_file(self._path(digest))
            except FileNotFoundError:
                return False
        return True

    def close(self) -> None:
        """See Store.close."""
        self._is_closed = True

    def _drop(self, stream: Any, draft: str) -> None:
        """Remove what was not finished; what cannot be removed is seen by nobody."""
        with contextlib.suppress(FileNotFoundError, StoreUnavailable), self._translated():
            stream.close()
            self._fs.rm_file(draft)

    def _publish(self, draft: str, digest: str) -> None:
        path = self._path(digest)
        if self._fs.exists(path):
            self._fs.rm_file(draft)
            return
        self._fs.makedirs(self._parent(path), exist_ok=True)
        self._fs.mv(draft, path)

    def _path(self, digest: str) -> str:
        return f"{self._root}/{digest[:2]}/{digest[2:]}"

    def _parent(self, path: str) -> str:
        return path.rpartition("/")[0]

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn a driver's errors into ours; their texts may quote credentials."""
        if self._is_closed:
            raise StoreUnavailable("the store is closed", remedy="open the log again")
        try:
            yield
        except (FileNotFoundError, ThreadbookError):
            raise
        except Exception as error:
            said = error.strerror if isinstance(error, OSError) else None
            raise StoreUnavailable(
                f"blobs at {self._protocol}:…: {said or type(error).__name__}",
                remedy="check the URL, the credentials and the network",
            ) from error


class _WithBlobs:
    """A store whose blobs are elsewhere; all else is the store's own."""

    def __init__(self, store: Store, blobs: FileBlobs) -> None:
        self._store = store
        self._blobs = blobs
        self.blob_size = blobs.blob_size
        self.blob_chunk = blobs.blob_chunk
        self.blob_write = blobs.blob_write
        self.blob_digests = blobs.blob_digests
        self.blob_erase = blobs.blob_erase

    def close(self) -> None:
        self._blobs.close()
        self._store.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def with_blobs(store: Store, url: str) -> Store:
    """Return `store` with its blobs at an fsspec URL."""
    return cast("Store", _WithBlobs(store, FileBlobs(url)))


def _sync(stream: Any) -> None:
    """Make what was written durable, where there is a file to sync."""
    with contextlib.suppress(AttributeError, io.UnsupportedOperation):
        descriptor = stream.fileno()
        stream.flush()
        os.fsync(descriptor)
