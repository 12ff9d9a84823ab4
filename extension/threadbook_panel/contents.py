"""Contents of records, within bounds: code, outputs, arguments and results, wherever they are kept.

A record, or the blob that it names, may hold anything of any size.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any, NamedTuple

import msgspec

from threadbook.errors import BlobNotFound
from threadbook.log.blobs import Blobs
from threadbook.records.bodies import BlobRef
from threadbook.values import unpack_value
from threadbook_panel.images import image_type, is_showable

LONGEST_CODE = 200_000
"""Characters of code that are shown."""

LARGEST_OUTPUTS = 2 * 1024 * 1024
"""Bytes, as JSON, of the outputs of one record that are shown."""

LARGEST_VALUE = 256 * 1024
"""Bytes of arguments and results that are shown; of larger ones there is a link to the blob."""

_MOST_OUTPUTS = 500
_LARGEST_READ = 8 * 1024 * 1024
_OUTPUT_TYPES = ("stream", "display_data", "execute_result", "error")
_PICTURES = ("image/png", "image/jpeg")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Code(NamedTuple):
    """Text, and whether only its beginning is there."""

    text: str | None
    is_cut: bool = False


class Outputs(NamedTuple):
    """Outputs in nbformat's shape, and whether some of them, or of their content, are missing."""

    outputs: list[dict[str, Any]]
    are_cut: bool = False


def code_of(blobs: Blobs, value: Any) -> Code:
    """Return code that a body holds or names."""
    if isinstance(value, str):
        return Code(value[:LONGEST_CODE], len(value) > LONGEST_CODE)
    ref = _ref(value)
    if ref is None:
        return Code(None)
    data, is_whole = _read(blobs, ref, LONGEST_CODE)
    return Code(None) if data is None else Code(data.decode(errors="replace"), not is_whole)


def outputs_of(blobs: Blobs, value: Any) -> Outputs:
    """Return outputs that a body holds or names."""
    if isinstance(value, list):
        return _within_bounds(value)
    ref = _ref(value)
    if ref is None:
        return Outputs([])
    data, is_whole = _read(blobs, ref, _LARGEST_READ)
    if data is None:
        return Outputs([], are_cut=True)
    found = _whole(data) if is_whole else _beginning(data)
    outputs, are_cut = _within_bounds(found)
    return Outputs(outputs, are_cut or not is_whole)


def value_of(blobs: Blobs, value: Any, blob: Any) -> Any:
    """Return a value that a body holds, or else that of its blob; a link to the blob if large."""
    ref = _ref(blob)
    if ref is None:
        return value
    data, is_whole = _read(blobs, ref, LARGEST_VALUE)
    if data is None or not is_whole:
        return msgspec.to_builtins(ref)
    try:
        found = json.loads(data) if ref.media_type == "application/json" else unpack_value(data)
        return msgspec.json.decode(msgspec.json.encode(_clean(found)))
    except (ValueError, TypeError, OverflowError, RecursionError):  # no JSON can be made of it
        return msgspec.to_builtins(ref)


def _ref(value: Any) -> BlobRef | None:
    try:
        return msgspec.convert(value, BlobRef)
    except msgspec.ValidationError:
        return None


def _read(blobs: Blobs, ref: BlobRef, most: int) -> tuple[bytes | None, bool]:
    """Return the beginning of a blob, and whether that is all; None where there is no such blob."""
    data = b""
    try:
        for chunk in blobs.chunks(ref.blob):
            data += chunk
            if len(data) > most:
                return data[:most], False
    except BlobNotFound:
        return None, False
    return data, True


def _whole(data: bytes) -> list[Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _beginning(data: bytes) -> list[Any]:
    """Return the outputs that begin a JSON list, the text of a stream that is cut off included."""
    text, place = data.decode(errors="replace"), 1
    decoder, found = json.JSONDecoder(), list[Any]()
    while len(found) < _MOST_OUTPUTS:
        try:
            output, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return [*found, *_cut_stream(text[place:])]
        found.append(output)
        place = end + 1
    return found


def _cut_stream(text: str) -> list[Any]:
    """Return a stream whose text, its last member, ends in the middle."""
    cut = re.sub(r"\\(u[0-9a-f]{0,3})?$", "", text)  # an escape that is not complete
    for end in ('"}', '\\"}'):  # the second where a backslash was escaped
        try:
            output = json.loads(cut + end)
        except (ValueError, RecursionError):
            continue
        return [output] if output.get("output_type") == "stream" else []
    return []


def _within_bounds(found: list[Any]) -> Outputs:
    outputs, room, are_cut = list[dict[str, Any]](), LARGEST_OUTPUTS, len(found) > _MOST_OUTPUTS
    for output in found[:_MOST_OUTPUTS]:
        if not isinstance(output, dict) or output.get("output_type") not in _OUTPUT_TYPES:
            continue
        try:
            shown, size = _fitted(_without_bombs(_clean(output)), room)
        except RecursionError:
            shown, size = None, 0
        are_cut |= shown is None or shown.get("text") != output.get("text")
        are_cut |= shown is not None and shown.get("data") != output.get("data")
        if shown is not None:
            outputs.append(shown)
            room -= size
    return Outputs(outputs, are_cut)


def _without_bombs(output: dict[str, Any]) -> dict[str, Any]:
    """Return an output without pictures that would take all memory of a browser."""
    data = output.get("data")
    if not isinstance(data, dict):
        return output
    kept = {
        name: value for name, value in data.items() if name not in _PICTURES or not _is_bomb(value)
    }
    return {**output, "data": kept}


def _is_bomb(value: Any) -> bool:
    text = "".join(map(str, value)) if isinstance(value, list) else str(value)
    text = "".join(text.split()).rstrip("=")
    try:  # as browsers do, who ask for no padding
        content = base64.b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return False
    return image_type(content) is not None and not is_showable(content)


def _fitted(output: dict[str, Any], room: int) -> tuple[dict[str, Any] | None, int]:
    """Return what of an output fits, and its size: the beginning of text, the smaller forms."""
    size = len(msgspec.json.encode(output))
    if size <= room:
        return output, size
    text, data = output.get("text"), output.get("data")
    if isinstance(text, list):
        text = "".join(part for part in text if isinstance(part, str))
    if isinstance(text, str):
        output = {**output, "text": text[: room // 8]}  # escaped, a character takes up to 12 bytes
    elif isinstance(data, dict) and len(data) > 1:
        largest = max(data, key=lambda name: len(msgspec.json.encode(data[name])))
        smaller = {name: value for name, value in data.items() if name != largest}
        return _fitted({**output, "data": smaller}, room)
    size = len(msgspec.json.encode(output))
    return (output, size) if size <= room else (None, 0)


def _clean(value: Any) -> Any:
    """Return a value in which no text has half a character, which JSON in UTF-8 cannot carry."""
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value
