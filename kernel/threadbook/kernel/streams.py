"""Standard streams of a kernel whose cells keep their own output.

`CellStream` differs from ipykernel's OutStream (7.4) in two ways. A flush with nothing to flush
costs nothing, where ipykernel wakes the IOPub thread and waits for it, six times a cell. And a
flush first drains what was written to the file descriptor, by C code or a child process, so that
it belongs to the cell during which it was written.
"""

from __future__ import annotations

import array
import codecs
import fcntl
import os
import select
import sys
import termios
import threading
import time
from typing import Any

from ipykernel.iostream import OutStream

_DRAIN_SECONDS = 1.0
"""Longest wait for what is in the pipe of a descriptor, which is at most a few pages."""

_READ_SIZE = 64 * 1024

_MOST_UNSENT = 1024 * 1024
"""Most bytes taken from a descriptor before they are sent: a child that is faster has to wait."""


class CellStream(OutStream):
    """stdout or stderr of a kernel; `IPKernelApp.outstream_class` makes the app use it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._sending = 0
        self._descriptor_read = threading.Condition()
        self._bytes_read = self._bytes_unsent = 0
        super().__init__(*args, **kwargs)

    def set_parent(self, parent: dict[str, Any]) -> None:
        """Note the cell of the calling thread.

        What arrives on the descriptor belongs to the main shell's cell: a subshell, which has a
        thread of its own, must not draw it to itself.
        """
        if threading.current_thread() is threading.main_thread():
            super().set_parent(parent)
        else:
            self.set_thread_parent(parent)

    def flush(self) -> None:
        """Send what was written so far; on return the tee has seen it."""
        self._drain_descriptor()
        with self._buffer_lock:
            is_idle = not self._buffers and not self._sending
        if not is_idle:
            super().flush()

    def _flush(self) -> None:
        # `_sending` rises before the buffers are taken and falls after their messages were sent:
        # whoever finds no buffers and no sending knows that all is out.
        with self._buffer_lock:
            self._sending += 1
        try:
            super()._flush()
        finally:
            with self._buffer_lock:
                self._sending -= 1
            with self._descriptor_read:
                self._bytes_unsent = 0
                self._descriptor_read.notify_all()

    def _watch_pipe_fd(self) -> None:
        """Copy what arrives on the descriptor into the stream, and to where it went before."""
        source = self._fid
        if source is None:
            return
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        poll = select.poll()
        poll.register(source, select.POLLIN)
        try:
            while self._should_watch:
                poll.poll()
                with self._descriptor_read:
                    if not self._has_room():
                        self.pub_thread.schedule(self._flush)
                        self._descriptor_read.wait_for(self._has_room, _DRAIN_SECONDS)
                    data = os.read(source, _READ_SIZE)
                    self.write(decoder.decode(data))
                    self._bytes_read += len(data)
                    self._bytes_unsent += len(data)
                    self._descriptor_read.notify_all()
                if not data:
                    return
                os.write(self._original_stdstream_copy, data)
        except Exception:  # noqa: BLE001  reported by close(), as OutStream does
            self._exc = sys.exc_info()

    def _has_room(self) -> bool:
        return self._bytes_unsent < _MOST_UNSENT

    def _drain_descriptor(self) -> None:
        """Wait until the watching thread has taken all that is in the pipe now."""
        if self._fid is None or threading.current_thread() in (
            self.watch_fd_thread,
            self.pub_thread.thread,
        ):
            return
        if not self.watch_fd_thread.is_alive():  # in a forked child nobody reads
            return
        deadline = time.monotonic() + _DRAIN_SECONDS
        with self._descriptor_read:
            goal = self._bytes_read + _bytes_waiting(self._fid)
            while self._bytes_read < goal and (left := deadline - time.monotonic()) > 0:
                self._descriptor_read.wait(left)


def _bytes_waiting(descriptor: int) -> int:
    count = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]
