"""Content: from what a server answers to typed values."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

import mcp_types as wire

from threadbook.errors import ToolCallError
from threadbook.tools.results import (
    Audio,
    Content,
    Image,
    McpResult,
    Resource,
    ResourceLink,
    Text,
)


def result_of(answer: wire.CallToolResult) -> McpResult:
    """Return the result of a call. Raises ToolCallError for data that is no base64."""
    return McpResult(
        content=tuple(_piece(block) for block in answer.content),
        structured=answer.structured_content,
    )


def content_of(answer: wire.ReadResourceResult) -> McpResult:
    """Return what was read of a resource. Raises ToolCallError for data that is no base64."""
    return McpResult(content=tuple(_resource(part) for part in answer.contents))


def links_to(resources: Iterable[wire.Resource]) -> McpResult:
    """Return links to resources."""
    return McpResult(content=tuple(_link(resource) for resource in resources))


def _piece(block: wire.ContentBlock) -> Content:
    match block:
        case wire.TextContent():
            return Text(text=block.text)
        case wire.ImageContent():
            return Image(data=_decoded(block.data), media_type=block.mime_type)
        case wire.AudioContent():
            return Audio(data=_decoded(block.data), media_type=block.mime_type)
        case wire.ResourceLink():
            return _link(block)
        case wire.EmbeddedResource():
            return _resource(block.resource)


def _resource(part: wire.TextResourceContents | wire.BlobResourceContents) -> Resource:
    uri, media_type = part.uri, part.mime_type or ""
    if isinstance(part, wire.TextResourceContents):
        return Resource(uri=uri, media_type=media_type, text=part.text)
    return Resource(uri=uri, media_type=media_type, data=_decoded(part.blob))


def _link(resource: wire.Resource) -> ResourceLink:
    return ResourceLink(
        uri=resource.uri,
        name=resource.name,
        media_type=resource.mime_type or "",
        description=resource.description or "",
    )


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise ToolCallError(
            "the tool was called, but its answer holds data that is no base64", namespace="tools"
        ) from None
