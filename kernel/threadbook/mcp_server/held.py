"""What is held for a client to read: artifacts and timelines, within bounds."""

from __future__ import annotations

import json
import time
from itertools import islice
from typing import Any

from mcp_types import CallToolResult, ContentBlock, TextContent

from threadbook.errors import RecordNotFound
from threadbook.folds.timeline import timeline
from threadbook.library.artifact import Artifact
from threadbook.mcp_server.content import answered, clean, clean_text, cut
from threadbook.mcp_server.outputs import LARGEST_PICTURE, PICTURES, picture
from threadbook.mcp_server.workspace import Workspace
from threadbook.text import timeline_text

LARGEST_TEXT = 200_000
"""Bytes of an artifact that are shown as text, and characters of a timeline."""

_LONGEST_LINE = 300
_MOST_RECORDS = 500


def artifact_facts(artifact: Artifact) -> dict[str, Any]:
    """Return what is known of an artifact, without its content."""
    return {
        "name": artifact.name,
        "version": artifact.version,
        "type": artifact.type,
        "media_type": artifact.media_type,
        "size": artifact.size,
        "hash": artifact.ref,
        "description": cut(artifact.description, _LONGEST_LINE),
        "preview": cut(artifact.preview, _LONGEST_LINE),
        "thread": artifact.thread,
        "record": artifact.record,
    }


def content_of(
    workspace: Workspace, name: str, version: int | None = None
) -> tuple[Artifact, bytes | None]:
    """Return an artifact and its content, None where that is too large or no client shows it.

    Nothing of it is decoded into objects, as that may run code. Raises ArtifactError, StoreError.
    """
    found = workspace.artifacts.get(name, version)
    is_picture = found.media_type in PICTURES
    largest = LARGEST_PICTURE if is_picture else LARGEST_TEXT
    if found.size > largest or not (is_picture or is_text(found)):
        return found, None
    with workspace.artifacts.open(found) as content:
        return found, content.read()


def is_text(artifact: Artifact) -> bool:
    """Tell whether the content of an artifact is text."""
    media_type = artifact.media_type.partition(";")[0]
    return media_type.startswith("text/") or media_type == "application/json"


def read_artifact_content(workspace: Workspace, name: str, version: int | None) -> CallToolResult:
    """Return an artifact as a result of a tool. Raises ArtifactError, StoreError."""
    found, data = content_of(workspace, name, version)
    structured = artifact_facts(found) | {"is_shown": data is not None}
    more: list[ContentBlock] = []
    if data is not None and found.media_type in PICTURES:
        more.append(picture(data, found.media_type))
    elif data is not None:
        text = data.decode(errors="replace")
        more.append(TextContent(type="text", text=clean_text(text)))
    shown = json.dumps(clean(structured), ensure_ascii=False)
    return answered(structured, shown, more=more)


def timeline_of(workspace: Workspace, thread: str) -> str:
    """Return the newest records of a thread as a table. Raises RecordNotFound, StoreError."""
    newest = workspace.log.latest(limit=_MOST_RECORDS, thread=thread)
    if not newest:
        raise RecordNotFound(f"there is no thread {thread[:80]!r}", remedy="find_threads lists all")
    rows = timeline(reversed(newest), as_of=time.time_ns() // 1_000_000)
    return clean_text(cut(timeline_text(rows), LARGEST_TEXT))


def newest_artifacts(workspace: Workspace, most: int) -> list[Artifact]:
    """Return the artifacts that were saved last. Raises StoreError."""
    by_time = sorted(workspace.artifacts.list(), key=lambda one: -one.at)
    return list(islice(by_time, most))
