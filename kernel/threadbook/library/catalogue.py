"""The catalogue: which artifacts a workspace has, by the records of the log as it is now."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from threadbook.errors import ArtifactInvalid, ArtifactNotFound
from threadbook.folds import lineage
from threadbook.folds.fold import Projection, Reading
from threadbook.folds.lineage import LineageFold, LineageState, Version
from threadbook.library.artifact import (
    REFERENCE,
    Artifact,
    ArtifactList,
    check_name,
    digest_of_reference,
)
from threadbook.library.context import Context
from threadbook.log.forks import renew_in_child
from threadbook.log.log import Log
from threadbook.records.bodies import ArtifactLoad, ArtifactSave

T = TypeVar("T")


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a save builds on: the next version, what its cell has loaded, and what is stored.

    `sizes` are the bytes of each content by its hash, up to the record `watermark`.
    """

    version: int = 1
    loaded: tuple[str, ...] = ()
    sizes: dict[str, int] = {}
    watermark: int = 0


class Catalogue:
    """Answers from the records of one workspace. Raises StoreUnavailable where it cannot ask."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._workspace = context.workspace
        self._kept: tuple[Log, Projection[LineageState]] | None = None
        self._renew_lock()
        renew_in_child(self._renew_lock)

    def _renew_lock(self) -> None:
        self._noting = threading.Lock()

    def log(self) -> Log:
        """Return the log, which is another one after trouble with the store."""
        return self._context.sink.log()

    def newest(self) -> ArtifactList:
        """Return the newest version of each artifact, by name."""
        return self._ask(lambda state: _of(state, lineage.artifacts(state, self._workspace)))

    def versions(self, name: str) -> ArtifactList:
        """Return all versions of an artifact, newest first, deleted ones included."""
        return self._ask(lambda state: _of(state, lineage.versions(state, name, self._workspace)))

    def find(self, name: str | Artifact, version: int | None = None) -> Artifact:
        """Return a version that is not deleted, by name, by reference, or as it was known.

        Raises ArtifactNotFound, and ArtifactInvalid for what is neither name nor reference.
        """
        if isinstance(name, Artifact):
            found = self._saved_by(name.record)
        elif isinstance(name, str) and name.startswith(REFERENCE):
            found = self._with_content(digest_of_reference(name))
        else:
            found = self.versions(check_name(name))
        for one in found:
            if not one.is_deleted and version in (None, one.version):
                return one
        raise self.not_found(str(name) if version is None else f"{name} v{version}")

    def not_found(self, name: str) -> ArtifactNotFound:
        """Return the error for an artifact that is not there, with names that are like it."""
        names = [one.name for one in self.newest()]
        similar = difflib.get_close_matches(name, names)
        remedy = f"did you mean {' or '.join(similar)}?" if similar else None
        return ArtifactNotFound(f"no artifact {name}", remedy=remedy)

    def saved(self, record: str) -> Artifact | None:
        """Return the version that a record saved, None where it saved none here."""
        return next(iter(self._saved_by(record)), None)

    def related(
        self, artifact: Artifact, how: Callable[[LineageState, str], Iterable[Version]]
    ) -> tuple[Artifact, ...]:
        """Return the versions of this workspace that are related to one, such as its sources."""
        return tuple(self._ask(lambda state: _of(state, self._own(how(state, artifact.record)))))

    def standing(self, name: str, *, is_counted: bool) -> Standing:
        """Return what the next save of an artifact builds on; its `sizes` only if asked for."""
        cell = self._context.cell()

        def view(state: LineageState) -> Standing:
            versions = lineage.versions(state, name, self._workspace)
            counted = lineage.in_workspace(state, self._workspace) if is_counted else []
            return Standing(
                version=versions[0].version + 1 if versions else 1,
                loaded=tuple(one.id for one in lineage.loaded_by(state, cell or "")),
                sizes={one.content.blob: one.content.size for one in counted},
            )

        reading = self._read(view)
        return msgspec.structs.replace(reading.value, watermark=reading.watermark)

    def inputs(self, given: Sequence[str | Artifact] | None, standing: Standing) -> list[str]:
        """Return the records that saved what is given; by default what the cell has loaded."""
        if given is None:
            return list(standing.loaded)
        if isinstance(given, (str, Artifact)):
            raise ArtifactInvalid("inputs are a list of names or artifacts")
        return list(dict.fromkeys(self.find(one).record for one in given))

    def sizes_since(self, watermark: int) -> dict[str, int]:
        """Return the bytes of each content saved after a record; for the guard of an append."""
        later = self.log().read_all(after=watermark, kind=ArtifactSave.KIND)
        saves = [save for stored in later if (save := ArtifactSave.of(stored.record)) is not None]
        return {
            save.content.blob: save.content.size
            for save in saves
            if save.workspace == self._workspace
        }

    def note_read(self, artifact: Artifact) -> None:
        """Record that the running cell reads a version, unless that is known."""
        cell, thread = self._context.cell(), self._context.thread()
        save, version = artifact.record, artifact.version or 0
        with self._noting:
            if self._ask(lambda state: lineage.has_read(state, save, thread=thread, cell=cell)):
                return
            body = ArtifactLoad(
                name=artifact.name, version=version, save=save, workspace=self._workspace, cell=cell
            )
            self._context.append(body)

    def _saved_by(self, record: str) -> ArtifactList:
        def view(state: LineageState) -> ArtifactList:
            found = state.versions.get(record)
            return _of(state, self._own([found] if found else []))

        return self._ask(view)

    def _with_content(self, digest: str) -> ArtifactList:
        def view(state: LineageState) -> ArtifactList:
            every = reversed(lineage.in_workspace(state, self._workspace))
            return _of(state, (one for one in every if one.content.blob == digest))

        return self._ask(view)

    def _own(self, versions: Iterable[Version]) -> Iterable[Version]:
        return (one for one in versions if one.workspace == self._workspace)

    def _ask(self, view: Callable[[LineageState], T]) -> T:
        return self._read(view).value

    def _read(self, view: Callable[[LineageState], T]) -> Reading[T]:
        log = self.log()
        kept = self._kept
        if kept is None or kept[0] is not log:
            kept = self._kept = log, Projection(log, LineageFold())
        return kept[1].ask(view)


def _of(state: LineageState, versions: Iterable[Version]) -> ArtifactList:
    return ArtifactList(Artifact.of(one, lineage.reads_of(state, one.id)) for one in versions)
