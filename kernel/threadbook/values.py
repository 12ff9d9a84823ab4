"""Values: plain data, carried by value where its type says all there is to it.

MessagePack carries None, bool, int, float (NaN and infinities too), str, bytes, list and dict;
extension types add tuple and integers above 64 bits. Exact types only: an object whose class is
merely derived from `int` or `dict` has more to it, and travels as its MIME bundle.
"""

from __future__ import annotations

from typing import Any

import msgspec

_TUPLE, _BIG_INT = 1, 2
_MIN_INT, _MAX_INT = -(2**63), 2**64 - 1
LARGEST_VALUE = 64 * 1024 * 1024
"""Most bytes of a value that is carried; a larger one is described by its MIME bundle."""
_MOST_ITEMS = 1_000_000
"""A value of more parts is described by its MIME bundle: walking it would delay the reply."""
_LONGEST_NAME = 200

_SCALARS = frozenset({type(None), bool, float, bytes})


class _NotPlainError(Exception):
    """The value is more than data."""


def pack_value(value: Any) -> bytes | None:
    """Return `value` as MessagePack; None where it is no plain data."""
    try:
        data = _encoder.encode(_Walk().plain(value))
    except (_NotPlainError, RuntimeError, UnicodeEncodeError):  # too deep; or changed by a thread
        return None
    return data if len(data) <= LARGEST_VALUE else None


def unpack_value(data: bytes) -> Any:
    """Return the value that `pack_value` made `data` from, equal and of the same types."""
    return _decoder.decode(data)


def type_name(value: Any) -> str:
    """Return module and name of a value's class, whatever its metaclass would say."""
    kind = type(value)
    parts = (type.__dict__[name].__get__(kind) for name in ("__module__", "__qualname__"))
    text = ".".join(part for part in parts if type(part) is str)
    return text.encode(errors="replace").decode()[:_LONGEST_NAME]


class _Walk:
    def __init__(self) -> None:
        self._left = _MOST_ITEMS

    def plain(self, value: Any) -> Any:
        """Return `value` in the types that MessagePack has."""
        self._left -= 1
        if self._left < 0:
            raise _NotPlainError
        kind = type(value)
        if kind in _SCALARS:
            return value
        if kind is str:
            value.encode()  # lone surrogates have no UTF-8
            return value
        if kind is int:
            is_small = _MIN_INT <= value <= _MAX_INT
            return value if is_small else msgspec.msgpack.Ext(_BIG_INT, hex(value).encode())
        if kind is list:
            return [self.plain(item) for item in value]
        if kind is tuple:
            content = _encoder.encode([self.plain(item) for item in value])
            return msgspec.msgpack.Ext(_TUPLE, content)
        if kind is dict and all(map(_is_key, value)):
            return {self.plain(key): self.plain(item) for key, item in value.items()}
        raise _NotPlainError


def _is_key(key: Any) -> bool:
    """Tell whether a key of a dict can be one in MessagePack, too; an extension type cannot."""
    return type(key) is str or (type(key) is int and _MIN_INT <= key <= _MAX_INT)


def _extension(code: int, data: memoryview) -> Any:
    if code == _TUPLE:
        return tuple(_decoder.decode(data))
    if code == _BIG_INT:
        return int(bytes(data), 16)
    raise ValueError(f"unknown extension type {code}")


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ext_hook=_extension)
