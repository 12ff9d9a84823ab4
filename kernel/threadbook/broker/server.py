"""The socket on which a broker listens for one kernel.

Only this user can open it, the kernel has to know the secret of its session, and it is told
nothing before it has said it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import secrets
import shutil
import socket
import struct
import tempfile
from pathlib import Path
from typing import Self

from threadbook.broker.broker import Broker
from threadbook.broker.origin import Origin
from threadbook.broker.wire import (
    LARGEST_MESSAGE,
    VERSION,
    Answer,
    Call,
    Cancel,
    Hello,
    Message,
    Report,
    failure,
    frame,
    message_of,
)
from threadbook.client.framing import LENGTH
from threadbook.errors import NamespaceError, SessionClosed, ThreadbookError
from threadbook.records.bodies import AuthDenied

AUDIT_THREAD = "threadbook.audit"
_HELLO_SECONDS = 10.0
_LARGEST_HELLO = 4096
_LONGEST_PATH = 100  # of 104 to 108 bytes in sockaddr_un
_SHORT_FOLDER = "/tmp"  # noqa: S108  for a folder in it that only this user can look into
_CREDENTIALS = struct.Struct("3i")


class Listener:
    """A socket in a folder of its own, answered by a broker, until `close`.

    `path` and `secret` are what the kernel has to be told.
    """

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._folder = _new_folder()
        self._pid = os.getpid()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.path = self._folder / "broker"
        self.secret = secrets.token_urlsafe(32)

    @classmethod
    def listen(cls, broker: Broker) -> Self:
        """Begin to listen, in the broker's loop."""
        listener = cls(broker)
        try:
            broker.loop.run(listener._start())
        except BaseException:
            shutil.rmtree(listener._folder, ignore_errors=True)
            raise
        return listener

    def close(self) -> None:
        """Stop listening and end the connections. May be called again."""
        try:
            if self._server is not None and self._is_ours():
                with contextlib.suppress(SessionClosed):  # the broker has ended, and this with it
                    self._broker.loop.run(self._stop())
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Remove the socket without waiting for anything."""
        if self._is_ours():
            shutil.rmtree(self._folder, ignore_errors=True)

    def _is_ours(self) -> bool:
        """Tell whether this is no forked child: the socket is its parent's."""
        return os.getpid() == self._pid

    async def _start(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, str(self.path))
        self._broker.at_end(self._stop)

    async def _stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self._broker, reader, writer)
        task = asyncio.ensure_future(connection.serve(self.secret))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)


class _Connection:
    def __init__(
        self, broker: Broker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._broker = broker
        self._reader = reader
        self._writer = writer
        self._calls: dict[int, asyncio.Task[None]] = {}

    async def serve(self, secret: str) -> None:
        """Answer until the other side has gone, or talks nonsense."""
        try:
            if await self._is_welcome(secret):
                while True:
                    self._take(await self._receive(LARGEST_MESSAGE))
        except (OSError, EOFError, NamespaceError):  # it has gone, or talks nonsense
            pass
        finally:
            self._writer.close()
            for call in self._calls.values():
                call.cancel()
            await asyncio.gather(*self._calls.values(), return_exceptions=True)
            self._writer.transport.abort()  # what it has not read by now is for nobody
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    async def _is_welcome(self, secret: str) -> bool:
        """Tell whether the first message has the secret; a refusal is recorded."""
        process, user = _peer(self._writer)
        said = None
        with contextlib.suppress(TimeoutError, EOFError, OSError, NamespaceError):
            async with asyncio.timeout(_HELLO_SECONDS):
                said = await self._receive(_LARGEST_HELLO)
        if not isinstance(said, Hello) or not hmac.compare_digest(
            said.secret.encode(), secret.encode()
        ):
            reason = "wrong_secret" if isinstance(said, Hello) else "no_secret"
            denied = AuthDenied(
                reason=reason, route="broker", address=f"process {process} of user {user}"
            )
            self._broker.sink.append(denied.draft(thread=AUDIT_THREAD))
            return False
        if said.version != VERSION:
            self._send(failure(0, NamespaceError("the kernel has another version of threadbook")))
            return False
        return True

    def _take(self, message: Message) -> None:
        match message:
            case Call():
                if message.id in self._calls:
                    raise NamespaceError("a number that is in use already")
                task = asyncio.ensure_future(self._answer(message))
                self._calls[message.id] = task
                task.add_done_callback(lambda _: self._calls.pop(message.id, None))
            case Cancel(id=number):
                if (call := self._calls.get(number)) is not None:
                    call.cancel()
            case _:
                raise NamespaceError("a message that no kernel sends")

    async def _answer(self, call: Call) -> None:
        origin = Origin(
            message=call.message, thread=call.thread, cell=call.cell, parent=call.parent
        )

        def tell(stream: str, text: str) -> None:
            waiting = self._writer.transport.get_write_buffer_size()
            if waiting < LARGEST_MESSAGE:  # for a kernel that does not read, not all is kept
                self._send(Report(id=call.id, stream=stream, text=text))

        try:
            value = await self._broker.answer(origin, call.method, call.params, tell)
            answer = frame(Answer(id=call.id, value=value))
        except ThreadbookError as error:
            answer = frame(failure(call.id, error))
        except asyncio.CancelledError:
            answer = frame(failure(call.id, NamespaceError("the call was cancelled")))
        self._write(answer)
        if not self._writer.is_closing():
            with contextlib.suppress(OSError):
                await self._writer.drain()

    def _send(self, message: Message) -> None:
        self._write(frame(message))

    def _write(self, data: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(data)

    async def _receive(self, most: int) -> Message:
        """Return one message. Raises EOFError at the end, NamespaceError for what is none."""
        (size,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
        if size > most:
            raise NamespaceError(f"a message of {size} bytes is too large")
        return message_of(await self._reader.readexactly(size))


def _new_folder() -> Path:
    """Make a folder that only this user can look into, for a socket: its path has to be short."""
    folder = Path(tempfile.mkdtemp(prefix="tb-"))
    if len(os.fsencode(folder / "broker")) <= _LONGEST_PATH:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="tb-", dir=_SHORT_FOLDER))


def _peer(writer: asyncio.StreamWriter) -> tuple[int, int]:
    """Return the numbers of the process on the other side, and of its user; -1: not known."""
    connection = writer.get_extra_info("socket")
    if not hasattr(socket, "SO_PEERCRED"):
        return -1, -1
    said = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    process, user, _ = _CREDENTIALS.unpack(said)
    return process, user
