"""Plain data: text, bytes, and what JSON or MessagePack can say exactly."""

from __future__ import annotations

import io
import json
import math
import re
import reprlib
from typing import Any, BinaryIO, ClassVar

from threadbook.errors import ArtifactInvalid
from threadbook.library.codecs.codec import OCTETS, ValueCodec, guessed
from threadbook.values import pack_value, unpack_value

_DEEPEST = 100
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
"""Integers that other readers of JSON and MessagePack take as they are."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_encode_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, indent=1).encode
_shown = reprlib.Repr()
_shown.maxdict = _shown.maxlist = _shown.maxtuple = _shown.maxset = 20
_shown.maxstring = _shown.maxother = _shown.maxlong = 200


class TextCodec(ValueCodec):
    """Text as UTF-8."""

    name = "text"
    accepts = "str"

    def type_of(self, value: Any) -> str | None:
        """See Codec.type_of."""
        return "str" if type(value) is str else None

    def media_type(self, name: str) -> str:
        """See Codec.media_type."""
        return f"{guessed(name, 'text/plain', of='text/')}; charset=utf-8"

    def encode(self, value: Any, to: BinaryIO) -> None:
        """See Codec.encode."""
        try:
            to.write(value.encode())
        except UnicodeEncodeError as error:
            raise ArtifactInvalid(
                f"the text holds the lone surrogate {error.object[error.start]!r}",
                remedy="save text.encode(errors='surrogateescape'), which is bytes",
            ) from None

    def decode(self, content: BinaryIO, type_name: str) -> Any:  # noqa: ARG002
        """See Codec.decode."""
        return content.read().decode()

    def preview(self, value: Any) -> str:
        """See Codec.preview."""
        return str(value)


class BytesCodec(ValueCodec):
    """Bytes as they are."""

    name = "bytes"
    accepts = "bytes, bytearray"
    _TYPES: ClassVar[dict[str, Any]] = {"bytes": bytes, "bytearray": bytearray}

    def type_of(self, value: Any) -> str | None:
        """See Codec.type_of."""
        return type(value).__name__ if type(value) in self._TYPES.values() else None

    def media_type(self, name: str) -> str:
        """See Codec.media_type."""
        return guessed(name, OCTETS)

    def open(self, value: Any, spool: BinaryIO) -> BinaryIO:  # noqa: ARG002
        """See Codec.open."""
        return io.BytesIO(value)

    def encode(self, value: Any, to: BinaryIO) -> None:
        """See Codec.encode."""
        to.write(value)

    def decode(self, content: BinaryIO, type_name: str) -> Any:
        """See Codec.decode."""
        return self._TYPES.get(type_name, bytes)(content.read())

    def preview(self, value: Any) -> str:
        """See Codec.preview."""
        return f"{value[:32].hex(' ')}{' …' if len(value) > 32 else ''}"  # noqa: PLR2004  a line


class JsonCodec(ValueCodec):
    """Plain data that JSON carries exactly."""

    name = "json"
    accepts = "None, bool, int, float, list, dict (with str keys, for codec='json')"

    def type_of(self, value: Any) -> str | None:
        """See Codec.type_of."""
        return _type_name(value) if type(value) is not str and fits_json(value) else None

    def media_type(self, name: str) -> str:  # noqa: ARG002
        """See Codec.media_type."""
        return "application/json"

    def encode(self, value: Any, to: BinaryIO) -> None:
        """See Codec.encode."""
        to.write(_encode_json(value).encode())

    def decode(self, content: BinaryIO, type_name: str) -> Any:  # noqa: ARG002
        """See Codec.decode."""
        return json.loads(content.read())

    def preview(self, value: Any) -> str:
        """See Codec.preview."""
        return _shown.repr(value)


class PackCodec(ValueCodec):
    """Plain data that JSON would change: tuples, bytes, NaN, integers as keys; as MessagePack."""

    name = "msgpack"
    accepts = "tuple, and all of these inside each other (at most a million values, 64 MiB)"

    def type_of(self, value: Any) -> str | None:
        """See Codec.type_of."""
        return None if pack_value(value) is None else _type_name(value)

    def media_type(self, name: str) -> str:  # noqa: ARG002
        """See Codec.media_type."""
        return "application/vnd.msgpack"

    def encode(self, value: Any, to: BinaryIO) -> None:
        """See Codec.encode."""
        to.write(pack_value(value) or b"")

    def decode(self, content: BinaryIO, type_name: str) -> Any:  # noqa: ARG002
        """See Codec.decode."""
        return unpack_value(content.read())

    def preview(self, value: Any) -> str:
        """See Codec.preview."""
        return _shown.repr(value)


def _type_name(value: Any) -> str:
    return "None" if value is None else type(value).__name__


def fits_json(value: Any, depth: int = 0) -> bool:
    """Tell whether a value comes back from JSON equal and of the same types, with any reader."""
    kind = type(value)
    if kind is list or kind is dict:
        parts = value if kind is list else [*value.values()]
        is_plain = kind is list or all(type(key) is str and fits_json(key) for key in value)
        return is_plain and depth < _DEEPEST and all(fits_json(part, depth + 1) for part in parts)
    if kind is str:
        return _SURROGATE.search(value) is None
    if kind is int:
        return bool(_SMALLEST <= value <= _LARGEST)
    return value is None or kind is bool or (kind is float and math.isfinite(value))
