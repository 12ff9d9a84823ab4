"""What passes between a kernel and a broker in another process: messages and values.

A message is its length in four bytes, big-endian, and MessagePack. Values keep their types: plain
data that of Python (values.py), what tools return that of tools/results.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from threadbook import errors
from threadbook.broker.methods import METHODS, Plain
from threadbook.client.framing import LENGTH
from threadbook.errors import NamespaceError, ThreadbookError, ToolCallError
from threadbook.tools.results import ToolResultValue
from threadbook.values import LARGEST_VALUE, pack_value, unpack_value

VERSION = 1
LARGEST_MESSAGE = LARGEST_VALUE + 64 * 1024
"""A value, and what is said of it."""

_PLAIN, _TYPED = b"\0", b"\1"


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag="hello"):
    """The first message, from the kernel: the secret of its session."""

    secret: str
    version: int = VERSION


class Call(msgspec.Struct, frozen=True, kw_only=True, tag="call"):
    """A call of a method, for a cell; see origin.py. `params` is MessagePack."""

    id: int
    method: str
    params: bytes
    message: str
    thread: str
    cell: str | None = None
    parent: str | None = None


class Cancel(msgspec.Struct, frozen=True, kw_only=True, tag="cancel"):
    """Nobody waits for this call any more."""

    id: int


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag="answer"):
    """What a call returned."""

    id: int
    value: bytes


class Failure(msgspec.Struct, frozen=True, kw_only=True, tag="failure"):
    """What a call raised: an error of errors.py."""

    id: int
    name: str
    message: str
    remedy: str = ""
    namespace: str = ""
    operation: str = ""
    original_type: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True, tag="report"):
    """What a call printed, or how far it is."""

    id: int
    stream: str
    text: str


Message = Hello | Call | Cancel | Answer | Failure | Report

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Message)
_typed = msgspec.msgpack.Decoder(ToolResultValue)


def frame(message: Message) -> bytes:
    """Return a message as it is sent. Raises NamespaceError for one that is too large."""
    data = _encoder.encode(message)
    if len(data) > LARGEST_MESSAGE:
        raise NamespaceError(
            f"a message of {len(data)} bytes is too large",
            remedy=f"pass at most {LARGEST_MESSAGE} bytes, and larger content as an artifact",
        )
    return LENGTH.pack(len(data)) + data


def message_of(data: bytes) -> Message:
    """Return the message that was sent. Raises NamespaceError for what is none."""
    try:
        message: Message = _decoder.decode(data)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise NamespaceError(f"a message that is not understood: {error}") from None
    return message


def packed(method: str, value: Any) -> bytes:
    """Return the result of a method as bytes. Raises ToolCallError for what has no such form."""
    if METHODS[method].result is not Plain or isinstance(value, ToolResultValue):
        typed = _encoder.encode(value)
        if len(typed) > LARGEST_VALUE:
            raise ToolCallError(
                f"a result of {len(typed)} bytes is too large",
                remedy=f"have at most {LARGEST_VALUE} bytes returned",
            )
        return _TYPED + typed
    data = pack_value(value)
    if data is None:
        raise ToolCallError(
            f"a result of type {type(value).__name__} is no plain data, or is too large",
            remedy="return None, bool, int, float, str, bytes, lists, tuples and dicts of them",
        )
    return _PLAIN + data


def unpacked(method: str, data: bytes) -> Any:
    """Return the result that `packed` made bytes of, equal and of the same type."""
    kind, content = data[:1], data[1:]
    if kind == _PLAIN:
        return unpack_value(content)
    result = METHODS[method].result
    if result is Plain:
        return _typed.decode(content)
    return msgspec.msgpack.decode(content, type=result)


def packed_params(method: str, params: Mapping[str, Any]) -> bytes:
    """Return parameters as bytes. Raises NamespaceError for what cannot be passed."""
    data = pack_value(dict(params))
    if data is None:
        raise errors.ToolArgumentError(
            f"{method}: an argument is no plain data, or too much of it",
            remedy="pass None, bool, int, float, str, bytes, lists, tuples and dicts of them",
        )
    return data


def known_kind(error: BaseException) -> type[ThreadbookError]:
    """Return the class of errors.py that an error is, or is derived from; else NamespaceError."""
    known: type[ThreadbookError] = next(
        (
            kind
            for kind in type(error).__mro__
            if issubclass(kind, ThreadbookError) and getattr(errors, kind.__name__, None) is kind
        ),
        NamespaceError,
    )
    return known


def failure(number: int, error: ThreadbookError) -> Failure:
    """Return an error as it is sent."""
    return Failure(
        id=number,
        name=known_kind(error).__name__,
        message=error.message,
        remedy=error.remedy,
        namespace=getattr(error, "namespace", ""),
        operation=getattr(error, "operation", ""),
        original_type=getattr(error, "original_type", ""),
    )


def error_of(failure: Failure) -> ThreadbookError:
    """Return the error of our own tree that the other side names."""
    kind = getattr(errors, failure.name, None)
    if not (isinstance(kind, type) and issubclass(kind, ThreadbookError)):
        kind = NamespaceError
    options: dict[str, Any] = {"remedy": failure.remedy or None}
    if issubclass(kind, NamespaceError):
        options |= {
            "namespace": failure.namespace,
            "operation": failure.operation,
            "original_type": failure.original_type,
        }
    error: ThreadbookError = kind(failure.message, **options)
    return error
