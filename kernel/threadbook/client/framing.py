"""How messages are told apart on a stream: each begins with its length, four bytes, big-endian."""

from __future__ import annotations

import socket
import struct

LENGTH = struct.Struct(">I")
_PIECE = 1 << 20


def receive(connection: socket.socket, *, most: int) -> bytes:
    """Return the next message of a socket.

    Raises EOFError where the other side has closed it, and ValueError where more than `most` bytes
    are announced, before any of them is read.
    """
    (size,) = LENGTH.unpack(_exactly(connection, LENGTH.size))
    if size > most:
        raise ValueError(f"a message of {size} bytes is too large")
    return _exactly(connection, size)


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = connection.recv(min(size, _PIECE))
        if not part:
            raise EOFError("the other side has closed the connection")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
