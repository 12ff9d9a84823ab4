"""Artifacts: what cells keep under a name, with every version, who made it, from what.

An artifact is content in the log's blobs and a record that names it. Content is stored first, so a
save that is cut off leaves the version before it; of two saves at once, each becomes a version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from threadbook.config import cache_folder
from threadbook.errors import (
    ArtifactError,
    ArtifactInvalid,
    ArtifactNotFound,
    ConfigError,
    RecordError,
    StoreError,
    ThreadbookError,
)
from threadbook.folds import lineage
from threadbook.library import archives, content
from threadbook.library.artifact import REFERENCE, Artifact, ArtifactList, Lineage, check_name
from threadbook.library.cache import Cache
from threadbook.library.catalogue import Catalogue, Standing
from threadbook.library.codecs import CODECS, chosen, named
from threadbook.library.codecs.codec import Codec, PathCodec, ValueCodec
from threadbook.library.codecs.plain import fits_json
from threadbook.library.context import Context
from threadbook.library.quota import Capped, Quota
from threadbook.log import crashpoints
from threadbook.log.sink import Receipt
from threadbook.records.bodies import ArtifactDelete, ArtifactSave, BlobRef

LARGEST_WAITING = 64 * 1024 * 1024
"""Most bytes of a content that the outbox takes while the store cannot be written."""

_LONGEST_PREVIEW = 1000
_UNREACHABLE = (StoreError, ConfigError)
_FILE = cast("PathCodec", CODECS["file"])


class Artifacts:
    """The artifacts of one workspace.

    Calls block, and are quick but for large content; from a coroutine,
    `await asyncio.to_thread(artifacts.load, name)` does not block. Threads may share it. Where the
    store cannot be reached, what is read raises StoreUnavailable, and what is saved waits in the
    outbox.
    """

    def __init__(
        self, context: Context, *, quota: Quota | None = None, cache: Path | None = None
    ) -> None:
        """Keep copies for those who ask for a path in the folder `cache`, by default the user's."""
        self._context = context
        self._catalogue = Catalogue(context)
        self._quota = quota or Quota()
        self._cache = Cache(cache or cache_folder() / "artifacts")

    def __repr__(self) -> str:
        return "<artifacts: save, load, list, get, exists, history, lineage, open, path, delete>"

    def save(
        self,
        name: str,
        data: Any,
        description: str = "",
        metadata: dict[str, Any] | None = None,
        *,
        codec: str | None = None,
        inputs: Sequence[str | Artifact] | None = None,
    ) -> Artifact:
        """Save a value as the next version of an artifact, and return what is known of it.

        A Path stands for the file or folder there. `metadata` is what JSON can say. `inputs` are
        the artifacts it was made from, by default those that this cell has loaded. While the
        store cannot be written, content up to 64 MiB waits in the outbox and `is_delivered` is
        false. Raises ArtifactInvalid for a name or value that cannot be saved, QuotaExceeded, and
        StoreUnavailable for larger content that cannot be stored; then nothing is saved.
        """
        with _during("save"):
            check_name(name)
            codec_found, type_name = chosen(data, codec)
            standing = self._standing(name)
            body = ArtifactSave(
                name=name,
                version=standing.version,
                content=BlobRef(blob="", size=0, media_type=codec_found.media_type(name)),
                workspace=self._context.workspace,
                codec=codec_found.name,
                type=type_name,
                description=description,
                metadata={} if metadata is None else metadata,
                preview=_preview(codec_found, data),
                cell=self._context.cell(),
                inputs=self._catalogue.inputs(inputs, standing),
            )
            self._check(body)
            stored = self._store(codec_found, data, body.content.media_type, standing)
            crashpoints.reach("artifact:stored")
            body = msgspec.structs.replace(body, content=stored)
            receipt = self._context.append(body, guard=self._guard(stored, standing))
            return self._saved(receipt, body)

    def save_file(
        self,
        name: str,
        path: str | Path,
        description: str = "",
        metadata: dict[str, Any] | None = None,
        *,
        inputs: Sequence[str | Artifact] | None = None,
    ) -> Artifact:
        """Save the file or folder at a path; else as `save`."""
        return self.save(name, Path(path), description, metadata, inputs=inputs)

    def load(
        self,
        name: str | Artifact | None = None,
        version: int | None = None,
        *,
        hash: str | None = None,  # noqa: A002  what it is called everywhere
        allow_pickle: bool = False,
    ) -> Any:
        """Return the value of an artifact: the newest version, or the one that is named.

        In place of a name, `sha256:…` or `hash=` names content that another agent has saved in
        this workspace. A file or folder comes back as the path of a copy that is not to be written.
        That a cell read it is recorded, once. Raises ArtifactNotFound, and ArtifactInvalid for
        content that is damaged, or a pickle without `allow_pickle`.
        """
        with _during("load"):
            if hash is not None:
                if name is not None:
                    raise ArtifactInvalid("load by name or by hash, not by both")
                name = REFERENCE + hash.removeprefix(REFERENCE)
            found = self._catalogue.find(name or "", version)
            codec = named(found.codec or "bytes")
            if not isinstance(codec, ValueCodec):
                return self._placed(found)
            if codec.name == "pickle" and not allow_pickle:
                raise ArtifactInvalid(
                    f"{found} is a pickle: loading it runs what {found.author} put there",
                    remedy="if you trust that, load it with allow_pickle=True",
                )
            with content.fetched(self._catalogue.log().blobs, found.hash) as source:
                self._catalogue.note_read(found)
                return _decoded(codec, source, found)

    def get(self, name: str | Artifact, version: int | None = None) -> Artifact:
        """Return what is known of an artifact, by name or reference. Raises ArtifactNotFound."""
        with _during("get"):
            return self._catalogue.find(name, version)

    def exists(self, name: str, version: int | None = None) -> bool:
        """Tell whether there is an artifact of this name or reference."""
        with _during("exists"):
            try:
                self._catalogue.find(name, version)
            except ArtifactNotFound:
                return False
            return True

    def list(self) -> ArtifactList:
        """Return the newest version of each artifact, by name."""
        return self._catalogue.newest()

    def history(self, name: str) -> ArtifactList:
        """Return all versions of an artifact, newest first, those that were deleted included."""
        with _during("history"):
            found = self._catalogue.versions(check_name(name))
            if not found:
                raise self._catalogue.not_found(name)
            return found

    def lineage(self, name: str | Artifact, version: int | None = None) -> Lineage:
        """Return from what an artifact was made, and what was made from it."""
        with _during("lineage"):
            artifact = self._catalogue.find(name, version)
            return Lineage(
                artifact=artifact,
                sources=self._catalogue.related(artifact, lineage.sources),
                products=self._catalogue.related(artifact, lineage.products),
            )

    def delete(self, name: str, version: int | None = None) -> bool:
        """Take an artifact, or one version of it, off the list; tell whether it was on it.

        The content stays until it is erased.
        """
        with _during("delete"):
            versions = self._catalogue.versions(check_name(name))
            standing = [one.version for one in versions if not one.is_deleted]
            if not standing or (version is not None and version not in standing):
                return False
            workspace = self._context.workspace
            self._context.append(ArtifactDelete(name=name, version=version, workspace=workspace))
            return True

    def open(self, name: str | Artifact, version: int | None = None) -> BinaryIO:
        """Return a stream of the content, by name or reference.

        It is checked as it is read: one that is damaged raises ArtifactInvalid at its end.
        """
        with _during("open"):
            found = self._catalogue.find(name, version)
            stream = content.opened(self._catalogue.log().blobs, found.hash)
            self._catalogue.note_read(found)
            return stream

    def path(self, name: str | Artifact, version: int | None = None) -> Path:
        """Return the path of a copy, by name or reference, that is not to be written.

        Its last part is that of the name. The copy is checked each time, and may be removed by
        anybody who tidies up: ask again rather than keep the path.
        """
        with _during("path"):
            return self._placed(self._catalogue.find(name, version))

    def _placed(self, found: Artifact) -> Path:
        codec = CODECS.get(found.codec)
        blobs = self._catalogue.log().blobs
        last = check_name(found.name).rpartition("/")[2]
        try:
            path = self._cache.path(
                found.hash,
                last,
                codec if isinstance(codec, PathCodec) else _FILE,
                lambda: content.opened(blobs, found.hash),
            )
        except OSError as error:
            raise ArtifactError(
                f"no copy of {found} can be made: {error}",
                remedy="check the cache folder, its permissions and free disk space",
                original_type=type(error).__name__,
            ) from error
        self._catalogue.note_read(found)
        return path

    def _standing(self, name: str) -> Standing:
        """Return what there is; where that cannot be asked, the log decides when it is there."""
        try:
            return self._catalogue.standing(name, is_counted=self._quota.total is not None)
        except _UNREACHABLE:
            return Standing()

    def _check(self, body: ArtifactSave) -> None:
        """Raise ArtifactInvalid for what could not be a record, before content is stored."""
        if not isinstance(body.description, str):
            raise ArtifactInvalid("a description is a str")
        if type(body.metadata) is not dict or not fits_json(body.metadata):
            raise ArtifactInvalid(
                "metadata holds what JSON cannot say",
                remedy="it is a dict with str keys, of None, bool, int, float, str, list and dict",
            )
        try:
            body.draft(thread=self._context.thread()).check()
        except RecordError as error:
            raise ArtifactInvalid(f"it cannot be recorded: {error.message}") from error

    def _store(self, codec: Codec, data: Any, media_type: str, standing: Standing) -> BlobRef:
        """Store the content of a value, in the outbox if it has to be."""
        with content.spool() as spool:
            capped = Capped(spool, self._quota.largest)
            source = _encoded(codec, data, capped)
            with source:
                size = source.seek(0, 2)
                self._check_room(source, size, standing)
                source.seek(0)
                reading = Capped(source, self._quota.largest)  # a file may grow meanwhile
                try:
                    return self._catalogue.log().blobs.put(
                        cast("BinaryIO", reading), media_type=media_type
                    )
                except _UNREACHABLE:
                    if size > LARGEST_WAITING:
                        raise
                source.seek(0)
                return self._context.sink.put_blob(source.read(), media_type=media_type)

    def _check_room(self, source: BinaryIO, size: int, standing: Standing) -> None:
        """Raise QuotaExceeded for a content that is not there already and has no room."""
        used = sum(standing.sizes.values())
        if not self._quota.has_room(size, used=used) and size in standing.sizes.values():
            source.seek(0)
            used -= standing.sizes.get(archives.digest_of(source), 0)
        self._quota.check(size, used=used)

    def _guard(self, stored: BlobRef, standing: Standing) -> Callable[[], None] | None:
        """Return what checks, while nobody else can save, what others saved in between."""
        if self._quota.total is None:
            return None

        def guard() -> None:
            sizes = {**standing.sizes, **self._catalogue.sizes_since(standing.watermark)}
            used = sum(sizes.values()) - sizes.get(stored.blob, 0)
            self._quota.check(stored.size, used=used)

        return guard

    def _saved(self, receipt: Receipt, body: ArtifactSave) -> Artifact:
        """Return what the log says of a save, or what is known if the log cannot be asked."""
        if receipt.is_delivered:
            try:
                saved = self._catalogue.saved(receipt.id)
            except _UNREACHABLE:
                saved = None
            if saved is not None:
                return saved
        return Artifact(
            name=body.name,
            version=None,
            type=body.type,
            codec=body.codec,
            media_type=body.content.media_type,
            size=body.content.size,
            hash=body.content.blob,
            description=body.description,
            metadata=body.metadata,
            preview=body.preview,
            author=self._context.sink.identity.actor_did,
            at=receipt.clock,
            thread=receipt.thread,
            cell=body.cell,
            record=receipt.id,
            inputs=tuple(body.inputs),
            is_delivered=receipt.is_delivered,
        )


@contextmanager
def _during(operation: str) -> Iterator[None]:
    """Name the operation in the errors of artifacts."""
    try:
        yield
    except ArtifactError as error:
        error.namespace, error.operation = "artifacts", f"artifacts.{operation}"
        raise


def _encoded(codec: Codec, data: Any, spool: Capped) -> BinaryIO:
    """Return the content of a value as a stream. Raises ArtifactInvalid, QuotaExceeded."""
    try:
        stream = codec.open(data, cast("BinaryIO", spool))
    except ThreadbookError:
        raise
    except Exception as error:
        spool.check()
        raise ArtifactInvalid(
            f"it cannot be saved with codec {codec.name!r}: {error}",
            original_type=type(error).__name__,
        ) from error
    spool.check()
    return stream


def _decoded(codec: ValueCodec, source: BinaryIO, artifact: Artifact) -> Any:
    try:
        return codec.decode(source, artifact.type)
    except ThreadbookError:
        raise
    except Exception as error:
        raise ArtifactInvalid(
            f"{artifact} cannot be read with codec {codec.name!r}: {error}",
            original_type=type(error).__name__,
        ) from error


def _preview(codec: Codec, data: Any) -> str:
    """Return a short text, the first and last lines of a long one."""
    try:
        text = codec.preview(data)
    except Exception:  # noqa: BLE001  a value that cannot be shown can be saved
        return ""
    text = text.encode(errors="backslashreplace").decode()  # names of files may be no Unicode
    if len(text) <= _LONGEST_PREVIEW:
        return text
    half = _LONGEST_PREVIEW // 2
    return f"{text[:half]}\n…\n{text[-half:]}"
