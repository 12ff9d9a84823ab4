"""Workflows: what the library holds, in all its workspaces, and their source."""

from __future__ import annotations

import copy

from threadbook.errors import BlobNotFound, WorkflowError, WorkflowNotFound
from threadbook.folds import workflows as fold
from threadbook.folds.workflows import Version, WorkflowsFold, WorkflowsState
from threadbook.library.content import opened
from threadbook.library.source import LARGEST_SOURCE
from threadbook.library.workflow import signature_of
from threadbook.records.bodies import WorkflowTests
from threadbook_panel.messages import Message, Params
from threadbook_panel.reader import Reader

MOST_WORKFLOWS = 1000
MOST_VERSIONS = 100
_LONGEST_TEXT = 2000


class WorkflowsParams(Params, frozen=True, kw_only=True):
    """Which workflows: all, or those that were last saved on a thread."""

    thread: str | None = None


class WorkflowParams(Params, frozen=True, kw_only=True):
    """Which version: the id of the record that saved it."""

    id: str


class WorkflowEntry(Message, frozen=True, kw_only=True):
    """A version of a workflow, and how its calls went."""

    id: str
    name: str
    version: int
    workspace: str
    description: str
    signature: str
    calls: int
    success_rate: float | None
    last_called_at: int | None
    at: int
    actor: str
    thread: str
    tests: str


class WorkflowsPage(Message, frozen=True, kw_only=True):
    """The newest version of each workflow, by workspace and name; `total` is how many there are."""

    total: int
    workflows: list[WorkflowEntry]


class WorkflowDetail(Message, frozen=True, kw_only=True):
    """A version with its source, and all there are, newest first."""

    workflow: WorkflowEntry
    source: str
    versions: list[WorkflowEntry]


def workflows(reader: Reader, asked: WorkflowsParams) -> WorkflowsPage:
    """Return the workflows that are not deleted."""

    def view(state: WorkflowsState) -> tuple[int, list[tuple[str, Version]]]:
        found = [
            (workspace, version)
            for workspace in sorted(state.spaces)
            for version in fold.workflows(state, workspace)
            if asked.thread in (None, version.thread)
        ]
        return len(found), [(name, copy.copy(one)) for name, one in found[:MOST_WORKFLOWS]]

    total, found = reader.ask(WorkflowsFold(), view)
    return WorkflowsPage(total=total, workflows=[_entry(space, one) for space, one in found])


def workflow(reader: Reader, asked: WorkflowParams) -> WorkflowDetail:
    """Return one version. Raises WorkflowNotFound, ArtifactInvalid for a damaged source."""

    def view(state: WorkflowsState) -> tuple[str, Version, list[Version]] | None:
        for workspace, space in state.spaces.items():
            if (found := space.versions.get(asked.id)) is not None:
                versions = fold.versions(state, workspace, found.name)[:MOST_VERSIONS]
                return workspace, copy.copy(found), [copy.copy(one) for one in versions]
        return None

    found = reader.ask(WorkflowsFold(), view)
    if found is None:
        raise WorkflowNotFound(f"no record {asked.id[:12]!r} saved a workflow")
    workspace, version, versions = found
    return WorkflowDetail(
        workflow=_entry(workspace, version),
        source=_source(reader, version),
        versions=[_entry(workspace, one) for one in versions],
    )


def _source(reader: Reader, version: Version) -> str:
    """Return a source, which is what its record says by its hash; it is shown, never run."""
    blobs, digest = reader.log.blobs, version.source.blob
    try:
        if blobs.size(digest) > LARGEST_SOURCE:
            raise WorkflowError(f"the source of {version.name[:100]} is no workflow: too long")
    except BlobNotFound as error:
        raise WorkflowError(
            f"the source of {version.name[:100]} is not in the store", remedy="save it again"
        ) from error
    with opened(blobs, digest) as content:
        return content.read().decode(errors="replace")


def _entry(workspace: str, version: Version) -> WorkflowEntry:
    return WorkflowEntry(
        id=version.id,
        name=version.name,
        version=version.version,
        workspace=workspace,
        description=version.description[:_LONGEST_TEXT],
        signature=str(signature_of(version.parameters, version.returns))[:_LONGEST_TEXT],
        calls=version.calls,
        success_rate=version.success_rate,
        last_called_at=version.last_used,
        at=version.at,
        actor=version.actor,
        thread=version.thread,
        tests=_tests_text(version.tests),
    )


def _tests_text(tests: WorkflowTests) -> str:
    if tests.status in ("none", "not_run"):
        return tests.status.replace("_", " ")
    return f"{tests.passed} passed, {tests.failed} failed"
