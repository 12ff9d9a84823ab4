"""The transport over a Unix socket, and the server half of it: how a jailed kernel reaches a log.

Whoever holds the log and the key listens; the other side sends drafts and questions and holds
neither. A message is its length in four bytes, big-endian, and JSON. Requests are
`{"do": "hello"}`, `{"do": "append", "draft": …}` and `{"do": "ask", "question": …}`; answers
`{"ok": …}` or `{"error": …}` with the name, message and remedy of an error of `errors.py`.
"""

from __future__ import annotations

import asyncio
import copy
import json
import os
import socket
import socketserver
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import msgspec

from threadbook import errors
from threadbook.client.exchange import Awaiting, Blocking
from threadbook.client.framing import LENGTH, receive
from threadbook.client.questions import AnyQuestion, Decide, Health, ListRecords, Question
from threadbook.client.transport import SinkTransport
from threadbook.client.twins import run_to_end
from threadbook.client.watch import Event, Heard, Opened, Watch
from threadbook.errors import (
    Forbidden,
    RecordError,
    ServiceError,
    StoreUnavailable,
    ThreadbookError,
)
from threadbook.log.forks import renew_in_child
from threadbook.log.log import POLL_SECONDS
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Receipt, Sink
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

LARGEST_MESSAGE = 64 * 1024 * 1024
_PAGE = 200
_SECONDS = 60.0
"""How long either side waits for the other in the middle of a message."""


class SocketTransport:
    """Reaches a log through the broker that listens at `path`."""

    def __init__(self, path: Path) -> None:
        """Connect. Raises StoreUnavailable where nobody listens."""
        self._line = _Line(path)
        self._waiting: type[Awaiting | Blocking] = Awaiting
        self.identity = Identity(str(self._line.ask({"do": "hello"}).get("actor")))

    def blocking(self) -> Self:
        """See Transport.blocking."""
        twin = copy.copy(self)
        twin._waiting = Blocking  # noqa: SLF001  a copy of itself
        return twin

    async def append(self, draft: Draft) -> Receipt:
        """See Transport.append. The broker has the key, and the outbox if it needs one."""
        draft.check()
        message = {"do": "append", "draft": msgspec.to_builtins(draft)}
        try:
            return msgspec.convert(await self._ask(message), Receipt)
        except StoreUnavailable as error:
            return Receipt(
                id="",
                clock=0,
                thread=draft.thread,
                is_delivered=False,
                is_safe=False,
                is_refused=True,
                error=str(error),
            )

    async def ask(self, question: Question) -> dict[str, Any]:
        """See Transport.ask."""
        return await self._ask({"do": "ask", "question": msgspec.to_builtins(question)})

    async def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        if self._waiting is Blocking:
            return self._line.ask(message)
        return await asyncio.to_thread(self._line.ask, message)

    async def watch(self, what: Watch) -> AsyncGenerator[Event, None]:
        """See Transport.watch."""
        cursor = "0" if what.since_clock is not None else str((await self.ask(Health()))["records"])
        yield Opened()
        while True:
            asked = ListRecords(
                thread=what.thread, since=what.since_clock, limit=_PAGE, cursor=cursor
            )
            page = (await self.ask(asked))["data"]
            for record in page:
                cursor = str(record["sequence"])
                yield Heard(record, cursor)
            if not page:
                await self.pause(POLL_SECONDS)

    async def deliver(self) -> int:
        """See Transport.deliver. The broker delivers."""
        return 0

    @property
    def outbox(self) -> Outbox | None:
        """See Transport.outbox."""
        return None

    async def pause(self, seconds: float) -> None:
        """See Transport.pause."""
        await self._waiting.pause(seconds)

    def trouble(self) -> str | None:
        """See Transport.trouble."""
        return None

    async def close(self) -> None:
        """See Transport.close."""
        self._line.close()


class _Line:
    """One connection, made when it is needed; threads take turns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._renew()
        renew_in_child(self._renew)

    def _renew(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None  # a forked child makes one of its own

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Send a message and return the answer; raise the error that it holds."""
        with self._lock:
            try:
                if self._socket is None:
                    self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                    self._socket.settimeout(_SECONDS)
                    self._socket.connect(str(self._path))
                _send(self._socket, message)
                answer = _receive(self._socket)
            except (OSError, EOFError) as error:
                self._close()
                raise StoreUnavailable(f"the broker at {self._path}: {error}") from error
            except BaseException:  # the next message must not read what is left of this one
                self._close()
                raise
        if isinstance(said := answer.get("error"), dict):
            raise _error(said)
        if not isinstance(found := answer.get("ok"), dict):
            raise ServiceError("the broker's answer is not understood")
        return found

    def close(self) -> None:
        """End the connection; the next message makes another."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


@contextmanager
def listening(sink: Sink, path: Path) -> Iterator[None]:
    """Answer at `path`, a new socket that only this user can open, while the context lasts."""
    with _Server(sink, path) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="broker")
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.end_connections()
            with suppress(FileNotFoundError):
                path.unlink()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, sink: Sink, path: Path) -> None:
        self.transport = SinkTransport(sink).blocking()
        self._connections: set[socket.socket] = set()
        mask = os.umask(0o177)  # from the first moment nobody else may connect
        try:
            super().__init__(str(path), _Connection)
        finally:
            os.umask(mask)

    def began(self, connection: socket.socket) -> None:
        self._connections.add(connection)

    def ended(self, connection: socket.socket) -> None:
        self._connections.discard(connection)

    def end_connections(self) -> None:
        for connection in tuple(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Connection(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        self.server.began(self.request)
        try:
            while True:
                message = _receive(self.request)
                self.request.settimeout(_SECONDS)
                try:
                    answer: dict[str, Any] = {"ok": self._answer(message)}
                except ThreadbookError as error:
                    answer = {"error": _described(error)}
                _send(self.request, answer)
                self.request.settimeout(None)
        except (OSError, EOFError, ServiceError):  # it is gone, or talks nonsense
            return
        finally:
            self.server.ended(self.request)

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        transport = self.server.transport
        match message:
            case {"do": "hello"}:
                return {"actor": transport.identity.actor_did}
            case {"do": "append", "draft": draft}:
                receipt = run_to_end(transport.append(_converted(draft, Draft)))
                return msgspec.structs.asdict(receipt)
            case {"do": "ask", "question": said}:
                question: Question = _converted(said, AnyQuestion)
                if isinstance(question, Decide):
                    raise Forbidden(
                        "a decision is not made through this channel",
                        remedy="answer it from outside the session",
                    )
                return run_to_end(transport.ask(question))
        raise ServiceError("the message is not understood")


def _converted(value: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise RecordError(f"the message is not understood: {error}") from None


def _described(error: ThreadbookError) -> dict[str, str]:
    return {"name": type(error).__name__, "message": error.message, "remedy": error.remedy}


def _error(said: dict[str, Any]) -> ThreadbookError:
    """Return the error of our own tree that the other side names."""
    kind = getattr(errors, str(said.get("name")), None)
    if not (isinstance(kind, type) and issubclass(kind, ThreadbookError)):
        kind = ServiceError
    return kind(str(said.get("message")), remedy=str(said.get("remedy") or "") or None)


def _send(connection: socket.socket, message: dict[str, Any]) -> None:
    data = json.dumps(message, allow_nan=False).encode()
    if len(data) > LARGEST_MESSAGE:
        raise ServiceError(f"a message of {len(data)} bytes is too large for the broker's socket")
    connection.sendall(LENGTH.pack(len(data)) + data)


def _receive(connection: socket.socket) -> dict[str, Any]:
    """Return one message. Raises EOFError at the end, ServiceError for what is none."""
    try:
        data = receive(connection, most=LARGEST_MESSAGE)
    except ValueError as error:
        raise ServiceError(str(error)) from None
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        raise ServiceError("a message that is not JSON") from None
    if not isinstance(message, dict):
        raise ServiceError("a message that is no object")
    return message
