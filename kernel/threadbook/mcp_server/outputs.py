"""Outputs of cells, for clients: text within bounds, data, and pictures."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

import mcp_types as types

from threadbook.errors import RecordNotFound
from threadbook.mcp_server.content import answered, cut, plain
from threadbook.mcp_server.workspace import Workspace
from threadbook.records.bodies import BlobRef, CellEnd
from threadbook.session.result import LargeValue, MimeBundle, Result

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""Media types that clients show."""

LARGEST_PICTURE = 4 * 1024 * 1024
"""Bytes of a picture that is sent."""

_MOST_PICTURES = 8


def cell_answer(result: Result, *, thread: str, limit: int) -> types.CallToolResult:
    """Return what came of a cell; each of its texts has at most `limit` characters."""
    texts = {"stdout": result.stdout, "stderr": result.stderr, "text": result.text}
    if result.error is not None:
        texts["traceback"] = result.error.traceback
    pictures, left_out = _pictures(result.outputs)
    has_value, value = _value(result, limit)
    shortened = [name for name, text in texts.items() if len(text) > limit]
    if left_out:
        shortened.append("images")
    if isinstance(result.value, LargeValue):
        shortened.append("value")
    structured: dict[str, Any] = {
        "status": result.status,
        **({"value": value} if has_value else {}),
        **{name: cut(text, limit) for name, text in texts.items() if name != "traceback"},
        "error": None,
        "duration": round(result.duration, 6),
        "record_id": result.record_id,
        "thread": thread,
        "state_lost": result.state_lost,
        "trouble": result.trouble,
        "images": len(pictures),
        "truncated": None,
    }
    if result.error is not None:
        structured["error"] = {
            "name": result.error.name,
            "message": cut(result.error.value, limit),
            "line": result.error.line,
        }
    if shortened or result.is_truncated:
        structured["truncated"] = {
            "shortened": shortened,
            "whole": f"threadbook://cells/{result.record_id}" if result.record_id else None,
        }
    text = _shown(result, structured, cut(texts.get("traceback", ""), limit))
    return answered(structured, text, more=pictures, is_error=not result.is_ok, largest=None)


def text_of_cell(workspace: Workspace, record_id: str) -> str:
    """Return all text that a cell has put out, from the record of its end.

    Raises RecordNotFound, StoreError.
    """
    log = workspace.log
    stored = log.get(record_id)
    body = CellEnd.of(stored.record)
    if body is None:
        raise RecordNotFound(
            f"{record_id[:12]} is not the end of a cell", remedy="give the record_id of run_code"
        )
    found = body.outputs
    outputs = json.loads(log.blobs.get(found.blob)) if isinstance(found, BlobRef) else found
    return "".join(_texts(outputs))


def picture(data: bytes, media_type: str) -> types.ImageContent:
    """Return a picture as clients take it."""
    return types.ImageContent(
        type="image", data=base64.b64encode(data).decode(), mime_type=media_type
    )


def _value(result: Result, limit: int) -> tuple[bool, Any]:
    if isinstance(result.value, LargeValue | MimeBundle):
        return False, None
    return plain(result.value, limit)


def _shown(result: Result, structured: dict[str, Any], traceback: str) -> str:
    """Return a result as text, for a reader who sees nothing else."""
    parts = [structured["stdout"]]
    if structured["stderr"]:
        parts.append(f"[stderr]\n{structured['stderr']}")
    parts += [structured["text"], traceback]
    if not result.is_ok and result.error is None:
        parts.append(f"[status: {result.status}]")
    if result.state_lost:
        parts.append("[the kernel is a new one: variables from before are gone]")
    if structured["truncated"] is not None:
        parts.append(f"[shortened; read_output has the whole: record_id {result.record_id}]")
    elif result.trouble:
        parts.append(f"[not in the log yet: {result.trouble}]")
    return "\n".join(part.rstrip("\n") for part in parts if part) or "(no output)"


def _pictures(outputs: list[dict[str, Any]]) -> tuple[list[types.ImageContent], int]:
    """Return the pictures among outputs, and how many there are beside."""
    found: list[types.ImageContent] = []
    left_out = 0
    for output in outputs:
        shown = output.get("data", {})
        media_type = next((name for name in PICTURES if name in shown), None)
        if media_type is None:
            continue
        data = _bytes(shown[media_type])
        if data is None or len(data) > LARGEST_PICTURE or len(found) == _MOST_PICTURES:
            left_out += 1
        else:
            found.append(picture(data, media_type))
    return found, left_out


def _bytes(encoded: Any) -> bytes | None:
    """Return the bytes of base64, as nbformat has it in lines; None for what is not."""
    text = "".join(encoded) if isinstance(encoded, list) else encoded
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError, AttributeError):
        return None


def _texts(outputs: list[dict[str, Any]]) -> Iterator[str]:
    for output in outputs:
        if output["output_type"] == "stream":
            yield output["text"]
        elif output["output_type"] == "error":
            yield "\n".join(output.get("traceback", []))
        else:
            shown = output.get("data", {}).get("text/plain", "")
            yield f"{shown if isinstance(shown, str) else ''.join(shown)}\n"
