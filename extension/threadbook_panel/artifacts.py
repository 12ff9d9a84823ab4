"""Artifacts: what the library holds, in all its workspaces, with content and lineage."""

from __future__ import annotations

import copy
from typing import Any

from threadbook.errors import ArtifactNotFound
from threadbook.folds import lineage as fold
from threadbook.folds.lineage import LineageFold, LineageState, Version
from threadbook_panel.lineage import Lineage, Nearby, graph, nearby
from threadbook_panel.messages import Message, Params
from threadbook_panel.previews import Content, preview
from threadbook_panel.reader import Reader

MOST_ARTIFACTS = 1000
MOST_VERSIONS = 100
_LONGEST_TEXT = 2000


class ArtifactsParams(Params, frozen=True, kw_only=True):
    """Which artifacts: all, or those that were last saved on a thread."""

    thread: str | None = None


class ArtifactParams(Params, frozen=True, kw_only=True):
    """Which version: the id of the record that saved it."""

    id: str


class ArtifactEntry(Message, frozen=True, kw_only=True):
    """A version of an artifact; `blob` is the SHA-256 of its content."""

    id: str
    name: str
    version: int
    workspace: str
    type: str
    media_type: str
    size: int
    blob: str
    description: str
    preview: str
    at: int
    actor: str
    thread: str
    cell: str | None


class ArtifactsPage(Message, frozen=True, kw_only=True):
    """The newest version of each artifact, by workspace and name; `total` is how many there are."""

    total: int
    artifacts: list[ArtifactEntry]


class ArtifactDetail(Message, frozen=True, kw_only=True):
    """A version, all there are (newest first), what can be shown of it, and its lineage."""

    artifact: ArtifactEntry
    versions: list[ArtifactEntry]
    metadata: dict[str, Any]
    content: Content | None
    lineage: Lineage


def artifacts(reader: Reader, asked: ArtifactsParams) -> ArtifactsPage:
    """Return the artifacts that are not deleted."""

    def view(state: LineageState) -> tuple[int, list[ArtifactEntry]]:
        found = [
            version
            for workspace in sorted(state.by_name)
            for version in fold.artifacts(state, workspace)
            if asked.thread in (None, version.thread)
        ]
        return len(found), [entry_of(one) for one in found[:MOST_ARTIFACTS]]

    total, found = reader.ask(LineageFold(), view)
    return ArtifactsPage(total=total, artifacts=found)


def artifact(reader: Reader, asked: ArtifactParams) -> ArtifactDetail:
    """Return one version. Raises ArtifactNotFound."""

    def view(state: LineageState) -> tuple[Version, list[ArtifactEntry], Nearby] | None:
        found = state.versions.get(asked.id)
        if found is None:
            return None
        versions = fold.versions(state, found.name, found.workspace)[:MOST_VERSIONS]
        return copy.copy(found), [entry_of(one) for one in versions], nearby(state, found.id)

    seen = reader.ask(LineageFold(), view)
    if seen is None:
        raise ArtifactNotFound(f"no record {asked.id[:12]!r} saved an artifact")
    version, versions, around = seen
    return ArtifactDetail(
        artifact=entry_of(version),
        versions=versions,
        metadata=version.metadata,
        content=preview(reader.log.blobs, version.content.blob, codec=version.codec),
        lineage=graph(reader.log, around),
    )


def entry_of(version: Version) -> ArtifactEntry:
    """Return a version as the panel lists it."""
    return ArtifactEntry(
        id=version.id,
        name=version.name,
        version=version.version,
        workspace=version.workspace,
        type=version.type,
        media_type=version.content.media_type,
        size=version.content.size,
        blob=version.content.blob,
        description=version.description[:_LONGEST_TEXT],
        preview=version.preview[:_LONGEST_TEXT],
        at=version.at,
        actor=version.actor,
        thread=version.thread,
        cell=version.cell,
    )
