"""The two channels of a kernel: to a broker in its own process, and to one behind a socket."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import itertools
import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from threadbook.broker.loop import result_of
from threadbook.broker.origin import Origin
from threadbook.broker.wire import (
    LARGEST_MESSAGE,
    Answer,
    Call,
    Cancel,
    Failure,
    Hello,
    Message,
    Report,
    error_of,
    frame,
    message_of,
    packed_params,
    unpacked,
)
from threadbook.client.framing import receive
from threadbook.errors import NamespaceError
from threadbook.log.forks import renew_in_child

if TYPE_CHECKING:  # a kernel of a session has no broker of its own
    from threadbook.broker.broker import Broker

Show = Callable[[str, str], None]
"""Is given what a call prints: the name of the stream, and text."""


class LocalChannel:
    """Reaches a broker in this process, which `broker` makes when it is first called."""

    def __init__(
        self, broker: Callable[[], Broker], origin: Callable[[], Origin], show: Show
    ) -> None:
        self._make_broker = broker
        self._lock = threading.Lock()
        self._broker: Broker | None = None
        self._origin = origin
        self._show = show
        self._pid = os.getpid()

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """See Channel.call."""
        if self._opened(method).loop.is_current:
            raise NamespaceError(
                f"{method}: a tool would wait here for the loop that it runs in",
                remedy="await the acall of it",
            )
        future = self._begin(method, params)
        try:
            return unpacked(method, result_of(future))
        except KeyboardInterrupt:
            future.cancel()
            raise
        except NamespaceError as error:  # whoever reads the traceback wrote the cell, not a broker
            raise error.with_traceback(None)  # noqa: B904  it is the same error
        except concurrent.futures.CancelledError:  # not by us
            raise _ended(method) from None

    async def acall(self, method: str, params: Mapping[str, Any]) -> Any:
        """See Channel.acall."""
        future = self._begin(method, params)
        try:
            return unpacked(method, await asyncio.wrap_future(future))
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            raise _ended(method) from None

    def _begin(self, method: str, params: Mapping[str, Any]) -> concurrent.futures.Future[bytes]:
        broker, context = self._opened(method), contextvars.copy_context()

        def tell(stream: str, text: str) -> None:
            _print(context, self._show, stream, text)

        return broker.submit(self._origin(), method, packed_params(method, params), tell)

    def _opened(self, method: str) -> Broker:
        if os.getpid() != self._pid:
            raise NamespaceError(
                f"{method}: a forked process has no broker",
                remedy="call it in the cell, and hand the result to the process",
            )
        with self._lock:
            if self._broker is None:
                self._broker = self._make_broker()
            return self._broker


class _Waiting(msgspec.Struct, frozen=True):
    """A call whose answer has not come yet."""

    method: str
    future: concurrent.futures.Future[Any]
    context: contextvars.Context


class SocketChannel:
    """Reaches the broker that listens at `path`, over one connection that threads share.

    Answers come in any order; a thread of its own hands them to those who wait.
    """

    def __init__(self, path: Path, secret: str, origin: Callable[[], Origin], show: Show) -> None:
        self._path = path
        self._secret = secret
        self._origin = origin
        self._show = show
        self._numbers = itertools.count(1)
        self._socket: socket.socket | None = None
        self._renew()
        renew_in_child(self._renew)

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """See Channel.call."""
        number, future = self._begin(method, params)
        try:
            return result_of(future)
        except KeyboardInterrupt:
            self._cancel(number)
            raise

    async def acall(self, method: str, params: Mapping[str, Any]) -> Any:
        """See Channel.acall."""
        number, future = self._begin(method, params)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            self._cancel(number)
            raise

    def close(self) -> None:
        """End the connection; the next call makes another."""
        with self._lock:
            self._drop(self._socket)

    def _renew(self) -> None:
        """Start without a connection: a forked child makes one of its own."""
        if self._socket is not None:
            self._socket.close()  # that of the parent stays open
        self._lock = threading.RLock()
        self._socket = None
        self._waiting: dict[int, _Waiting] = {}

    def _begin(
        self, method: str, params: Mapping[str, Any]
    ) -> tuple[int, concurrent.futures.Future[Any]]:
        origin, number = self._origin(), next(self._numbers)
        call = Call(
            id=number,
            method=method,
            params=packed_params(method, params),
            message=origin.message,
            thread=origin.thread,
            cell=origin.cell,
            parent=origin.parent,
        )
        data, future = frame(call), concurrent.futures.Future[Any]()
        future.set_running_or_notify_cancel()  # only its answer ends it, when nobody waits, too
        with self._lock:
            connection = self._connected()
            self._waiting[number] = _Waiting(method, future, contextvars.copy_context())
            try:
                connection.sendall(data)
            except OSError as error:
                self._drop(connection)
                raise self._is_gone(error) from error
            except BaseException:  # interrupted in the middle of a message
                self._drop(connection)
                raise
        return number, future

    def _cancel(self, number: int) -> None:
        with self._lock:
            if self._waiting.pop(number, None) is not None and self._socket is not None:
                try:
                    self._socket.sendall(frame(Cancel(id=number)))
                except OSError:
                    self._drop(self._socket)
                except BaseException:  # interrupted in the middle of a message
                    self._drop(self._socket)
                    raise

    def _connected(self) -> socket.socket:
        if self._socket is None:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            reader = threading.Thread(
                target=self._read, args=(connection,), name="threadbook-answers", daemon=True
            )
            try:
                connection.connect(str(self._path))
                connection.sendall(frame(Hello(secret=self._secret)))
                reader.start()
            except OSError as error:
                connection.close()
                raise self._is_gone(error) from error
            except BaseException:  # interrupted, or there is no room for a thread
                connection.close()
                raise
            self._socket = connection
        return self._socket

    def _read(self, connection: socket.socket) -> None:
        try:
            while True:
                self._take(message_of(receive(connection, most=LARGEST_MESSAGE)))
        except (OSError, EOFError, ValueError, NamespaceError):  # it has gone, or talks nonsense
            pass
        finally:
            with self._lock:
                self._drop(connection)

    def _take(self, message: Message) -> None:
        if isinstance(message, Report):
            with self._lock:
                waiting = self._waiting.get(message.id)
            if waiting is not None:
                _print(waiting.context, self._show, message.stream, message.text)
        elif isinstance(message, Answer | Failure):
            with self._lock:
                waiting = self._waiting.pop(message.id, None)
            if waiting is None:
                return
            if isinstance(message, Failure):
                waiting.future.set_exception(error_of(message))
                return
            try:
                value = unpacked(waiting.method, message.value)
            except Exception as error:  # noqa: BLE001  whoever waits has to be told
                waiting.future.set_exception(NamespaceError(f"an answer not understood: {error}"))
            else:
                waiting.future.set_result(value)

    def _drop(self, connection: socket.socket | None) -> None:
        """Give a connection up, and tell those who wait for answers from it."""
        if connection is None or connection is not self._socket:
            return
        self._socket = None
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from it
        connection.close()
        waiting, self._waiting = self._waiting, {}
        for each in waiting.values():
            each.future.set_exception(self._is_gone(None))

    def _is_gone(self, error: OSError | None) -> NamespaceError:
        reason = f": {error}" if error else ""
        return NamespaceError(
            f"the broker of this session does not answer{reason}",
            remedy="start the session again; what was called may have been done",
        )


def _print(context: contextvars.Context, show: Show, stream: str, text: str) -> None:
    """Print as the cell that called would; where it cannot print, its call goes on."""
    with suppress(Exception):
        context.copy().run(show, stream, text)


def _ended(method: str) -> NamespaceError:
    return NamespaceError(
        f"{method}: the broker ended the call", remedy="what was called may have been done"
    )
