"""The shelf: the workflows of one workspace as they are on the log, read and written."""

from __future__ import annotations

import copy
import difflib
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from threadbook.errors import ConfigError, StoreCorrupt, StoreError, WorkflowError, WorkflowNotFound
from threadbook.folds.fold import Projection
from threadbook.folds.workflows import (
    Version,
    WorkflowsFold,
    WorkflowsState,
    latest,
    versions,
    workflows,
)
from threadbook.library.context import Context
from threadbook.library.program import Program
from threadbook.library.source import LARGEST_SOURCE
from threadbook.log.forks import renew_in_child
from threadbook.log.log import Log
from threadbook.log.sink import Receipt
from threadbook.records.bodies import BlobRef, WorkflowDelete, WorkflowSave

_MOST_SOURCES = 256


class Shelf:
    """Reads and writes workflows. `namespaces` is None where workflows do not run."""

    def __init__(
        self, context: Context, namespaces: Callable[[], dict[str, Any]] | None = None
    ) -> None:
        self.context = context
        self.namespaces = namespaces
        self._sources: OrderedDict[str, str] = OrderedDict()
        self._renew()
        renew_in_child(self._renew)

    def _renew(self) -> None:
        """Start anew: in a forked child, another thread's lock would stay locked for ever."""
        self._log: Log | None = None
        self._projection: Projection[WorkflowsState] | None = None

    def all(self) -> list[Version]:
        """Return the newest version of each workflow, by name."""
        return self._ask(lambda state: workflows(state, self.context.workspace))

    def versions(self, name: str) -> list[Version]:
        """Return all versions, the deleted ones too, newest first. Raises WorkflowNotFound."""
        _check_is_text(name)
        if found := self._ask(lambda state: versions(state, self.context.workspace, name)):
            return found
        raise self._missing(name)

    def find(self, name: str, version: int | None = None) -> Version:
        """Return a version, by default the newest. Raises WorkflowNotFound."""
        if version is None:
            if (newest := self.newest(name)) is not None:
                return newest
            raise self._missing(name)
        there = [one for one in self.versions(name) if one.deleted_by is None]
        for one in there:
            if one.version == version:
                return one
        numbers = ", ".join(str(one.version) for one in reversed(there))
        raise WorkflowNotFound(
            f"workflow {name} has no version {version}",
            remedy=f"its versions are {numbers}" if there else "it was deleted",
        )

    def newest(self, name: str) -> Version | None:
        """Return the newest version that is not deleted."""
        _check_is_text(name)

        def view(state: WorkflowsState) -> list[Version]:
            found = latest(state, self.context.workspace, name)
            return [] if found is None else [found]

        return next(iter(self._ask(view)), None)

    def next_number(self, name: str) -> int:
        """Return the version that the next save will probably be; the log decides."""
        try:
            return self.versions(name)[0].version + 1
        except (WorkflowNotFound, StoreError, ConfigError):
            return 1  # a record that has to wait in the outbox is counted when it arrives

    def source(self, version: Version) -> str:
        """Return the source of a version; it is what its record says by its hash."""
        digest = version.source.blob
        text = self._sources.get(digest)
        if text is None:
            text = self._read(digest)
            self._remember(digest, text)
        return text

    def program(self, version: Version) -> Program:
        """Return a version ready to be called. Raises WorkflowError where nothing is run."""
        return self.load(version.name, version.version, self.source(version))

    def load(self, name: str, version: int, text: str) -> Program:
        """Return a source ready to be called. Raises WorkflowError where nothing is run."""
        if self.namespaces is None:
            raise WorkflowError(
                f"workflow {name} is not run here", remedy="call it from a cell of a session"
            )
        return Program(name, version, text, self.namespaces)

    def examples(self, version: Version) -> list[dict[str, Any]]:
        """Return the examples that were saved with a version."""
        body = WorkflowSave.of(self.context.sink.log().get(version.id).record)
        return body.examples if body else []

    def save(self, body: WorkflowSave, text: str) -> Version:
        """Record a version, with its source, and return it as the log has it.

        Nothing is written where the record could not be.
        """
        body.draft(thread=self.context.thread()).check()
        self.context.sink.put_blob(text.encode(), media_type=body.source.media_type)
        self._remember(body.source.blob, text)
        receipt = self.context.append(body)
        return self._saved(receipt) or self._expected(receipt, body)

    def delete(self, name: str) -> None:
        """Record that a workflow is no longer listed."""
        workspace, cell = self.context.workspace, self.context.cell()
        self.context.append(WorkflowDelete(name=name, workspace=workspace, cell=cell))

    def _ask(self, view: Callable[[WorkflowsState], list[Version]]) -> list[Version]:
        """Return copies of versions as they are now. Raises StoreError, ConfigError."""
        log = self.context.sink.log()
        if self._projection is None or log is not self._log:  # the sink opens a log anew
            self._log, self._projection = log, Projection(log, WorkflowsFold())
        return self._projection.ask(lambda state: [copy.copy(one) for one in view(state)]).value

    def _missing(self, name: str) -> WorkflowNotFound:
        near = difflib.get_close_matches(name[:100], [one.name for one in self.all()], n=3)
        remedy = f"did you mean {' or '.join(near)}?" if near else None
        return WorkflowNotFound(f"there is no workflow {name[:100]!r}", remedy=remedy)

    def _read(self, digest: str) -> str:
        blobs = self.context.sink.log().blobs
        if (size := blobs.size(digest)) > LARGEST_SOURCE:
            raise WorkflowError(f"the source has {size:,} bytes, more than is ever saved")
        data = blobs.get(digest)
        if hashlib.sha256(data).hexdigest() != digest:
            raise StoreCorrupt(f"blob {digest} has other content than its name says")
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise WorkflowError(
                "the source is no text", original_type=type(error).__name__
            ) from error

    def _remember(self, digest: str, text: str) -> None:
        self._sources[digest] = text
        if len(self._sources) > _MOST_SOURCES:
            self._sources.popitem(last=False)

    def _saved(self, receipt: Receipt) -> Version | None:
        def view(state: WorkflowsState) -> list[Version]:
            space = state.spaces.get(self.context.workspace)
            found = space.versions.get(receipt.id) if space else None
            return [] if found is None else [found]

        try:
            return next(iter(self._ask(view)), None) if receipt.is_delivered else None
        except (StoreError, ConfigError):
            return None

    def _expected(self, receipt: Receipt, body: WorkflowSave) -> Version:
        """Return a version that the log does not have yet; there its number may be higher."""
        identity = self.context.sink.identity
        return Version(
            id=receipt.id,
            name=body.name,
            version=body.version,
            thread=receipt.thread,
            actor=identity.actor_did,
            is_signed=identity.can_sign,
            at=time.time_ns() // 1_000_000,
            source=body.source,
            description=body.description,
            parameters=body.parameters,
            returns=body.returns,
            is_async=body.is_async,
            tests=body.tests,
            origin=body.origin,
            cell=body.cell,
        )


def _check_is_text(name: object) -> None:
    if not isinstance(name, str):
        raise WorkflowNotFound(f"the name of a workflow is text, not {type(name).__name__}")


def blob_of(text: str) -> BlobRef:
    """Return the reference that a source will have."""
    data = text.encode()
    return BlobRef(
        blob=hashlib.sha256(data).hexdigest(), size=len(data), media_type="text/x-python"
    )
