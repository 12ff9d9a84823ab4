"""Resources: artifacts, timelines of threads and outputs of cells, by URI."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar
from urllib.parse import quote, unquote

import mcp_types as types
from mcp.shared.exceptions import MCPError

from threadbook.errors import ArtifactInvalid, RecordNotFound, ThreadbookError
from threadbook.mcp_server.content import clean_text, cut
from threadbook.mcp_server.held import (
    LARGEST_TEXT,
    content_of,
    is_text,
    newest_artifacts,
    timeline_of,
)
from threadbook.mcp_server.outputs import text_of_cell
from threadbook.mcp_server.workspace import Workspace

_SCHEME: Final = "threadbook://"
_MOST_LISTED = 100
_LONGEST_LINE = 300

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger(__name__)

Contents = types.TextResourceContents | types.BlobResourceContents

TEMPLATES = [
    types.ResourceTemplate(
        uri_template="threadbook://artifacts/{name}",
        name="artifact",
        description="The newest version of an artifact",
    ),
    types.ResourceTemplate(
        uri_template="threadbook://threads/{id}",
        name="thread",
        description="The timeline of a thread",
        mime_type="text/plain",
    ),
    types.ResourceTemplate(
        uri_template="threadbook://cells/{record_id}",
        name="cell",
        description="What a cell put out, by the record_id of run_code",
        mime_type="text/plain",
    ),
]


async def listed(workspace: Workspace) -> list[types.Resource]:
    """Return the thread of the session, and the artifacts that were saved last."""
    return await _told(_listed, workspace)


async def read(workspace: Workspace, uri: str) -> Contents:
    """Return the content of a resource. Raises MCPError."""
    return await _told(_read, workspace, uri)


async def _told(work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """Do it in a thread; what goes wrong is an error of the protocol, and says no more."""
    try:
        return await asyncio.to_thread(work, *given, **named)
    except ThreadbookError as error:
        raise MCPError(code=types.INVALID_PARAMS, message=clean_text(str(error))) from None
    except Exception:  # noqa: BLE001  as in Toolbox.call
        _log.exception("a resource could not be read")
        raise MCPError(code=types.INTERNAL_ERROR, message="the server failed") from None


def _listed(workspace: Workspace) -> list[types.Resource]:
    found = [
        types.Resource(
            uri=f"{_SCHEME}artifacts/{quote(one.name, safe='')}",
            name=clean_text(one.name),
            description=clean_text(cut(one.description, _LONGEST_LINE)) or None,
            mime_type=one.media_type,
            size=one.size,
        )
        for one in newest_artifacts(workspace, _MOST_LISTED)
    ]
    if workspace.log.head(workspace.thread) is not None:
        own = types.Resource(
            uri=f"{_SCHEME}threads/{quote(workspace.thread, safe='')}",
            name="thread",
            description="The timeline of this session",
            mime_type="text/plain",
        )
        found.insert(0, own)
    return found


def _read(workspace: Workspace, uri: str) -> Contents:
    kind, _, quoted = uri.removeprefix(_SCHEME).partition("/")
    name = unquote(quoted)
    if uri.startswith(_SCHEME) and name:
        if kind == "artifacts":
            return _artifact(workspace, uri, name)
        if kind == "threads":
            return _text(uri, timeline_of(workspace, name))
        if kind == "cells":
            return _text(uri, clean_text(cut(text_of_cell(workspace, name), LARGEST_TEXT)))
    raise RecordNotFound(f"there is no resource {uri[:200]!r}")


def _artifact(workspace: Workspace, uri: str, name: str) -> Contents:
    found, data = content_of(workspace, name)
    if data is None:
        raise ArtifactInvalid(
            f"{found} is {found.size:,} bytes of {found.media_type}",
            remedy="load it in code: artifacts.load(name)",
        )
    if is_text(found):
        return _text(uri, clean_text(data.decode(errors="replace")), found.media_type)
    return types.BlobResourceContents(
        uri=uri, blob=base64.b64encode(data).decode(), mime_type=found.media_type
    )


def _text(uri: str, text: str, media_type: str = "text/plain") -> types.TextResourceContents:
    return types.TextResourceContents(uri=uri, text=text, mime_type=media_type)
