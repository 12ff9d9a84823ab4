"""The tracer: turns what a kernel does into records.

A cell's start is durable before its code runs; its end, with all outputs, before the reply leaves.
What threads print after the end becomes a record of its own that names their cell. The tracer
knows messages and the sink; it knows nothing of zmq or IPython.
"""

from __future__ import annotations

import os
import platform
import socket
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from typing import Any

import msgspec

from threadbook import __version__
from threadbook.errors import ConfigError, LogError, RecordError, StoreError
from threadbook.kernel.liveness import Holder
from threadbook.kernel.outputs import (
    CAPTURE_LIMIT,
    MESSAGE_TYPES,
    Encoded,
    OutputFold,
    encode_outputs,
)
from threadbook.log.checkpoints import Checkpointer
from threadbook.log.forks import renew_in_child
from threadbook.log.sink import Receipt, Sink
from threadbook.records.bodies import (
    BlobRef,
    Body,
    CellEnd,
    CellError,
    CellOutput,
    CellStart,
    CellStatus,
    SessionEnd,
    SessionStart,
    SessionSwitch,
)

LATE_SECONDS = 0.25
"""How long late output is collected before it is recorded, at first."""

LATE_SECONDS_AT_MOST = 30.0
"""How long it is collected when it does not end."""

CHECKPOINT_SECONDS = 0.2
"""How long, at the end of a session, records that nobody has hashed yet are hashed."""

INLINE_CODE = 64 * 1024
"""Longest source, in bytes, that stands in a record; longer code becomes a blob."""

INLINE_ERROR = 16 * 1024
"""Most bytes of an error's name, and of its message, that stand in a record; outputs have all."""

INLINE_VALUE = 64 * 1024
"""Largest value, in bytes, that travels in a reply; larger ones by reference to a blob."""

_REMEMBERED_CELLS = 10_000
_INTERRUPTS = frozenset({"KeyboardInterrupt", "CancelledError"})


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked: an execute request. `message` is its message id."""

    message: str
    code: str
    silent: bool = False
    store_history: bool = True
    cell_id: str | None = None


class Cell(msgspec.Struct, kw_only=True):
    """A cell that is running; what has a default is filled in as it does.

    `value_type` is that of a value that is no plain data.
    """

    request: Request
    start: Receipt
    fold: OutputFold
    began: int
    worker: int
    value: bytes | None = None
    value_type: str | None = None
    line: int | None = None
    interruption: CellStatus | None = None


class Tracer:
    """Keeps the record of one kernel on one thread at a time; may be called from any thread.

    There are two locks. `_lock` orders records and is held while they are written. `_outputs`
    guards what has been printed and is held for moments only, as the thread that sends output
    takes it: that must not wait for a disk.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        thread: str,
        executor: str,
        sandbox: str = "none",
        kernel_id: str | None = None,
    ) -> None:
        self.sink = sink
        self.thread = thread
        self.session: str | None = None
        self._executor = executor
        self.sandbox = sandbox
        self._kernel_id = kernel_id
        self._pid = os.getpid()
        self._renew()
        renew_in_child(self._renew)
        self._head: tuple[str, ...] = ()  # the record that the session's next one continues
        self._is_held = False
        self._past: OrderedDict[str, Receipt] = OrderedDict()
        self._late_room: dict[str, int] = {}  # of cells with late output: how much more is kept
        self._late_delay = LATE_SECONDS

    def _renew(self) -> None:
        """Start with free locks and nothing open: what a forked child has inherited is not its."""
        self._lock = threading.RLock()
        self._outputs = threading.Lock()
        self._open: dict[str, Cell] = {}
        self._late: dict[str, OutputFold] = {}
        self._late_timer: threading.Timer | None = None

    def _is_ours(self) -> bool:
        """Tell whether this is the kernel, and not a child that its user code has forked."""
        return os.getpid() == self._pid

    def begin_session(self, versions: dict[str, str]) -> None:
        """Record that the kernel is up, and note that it is at work on the store."""
        head = self._thread_head()
        body = SessionStart(
            kernel=f"threadbook {__version__}",
            versions={"python": platform.python_version(), **versions},
            executor=self._executor,
            sandbox=self.sandbox,
            pid=self._pid,
            host=socket.gethostname(),
            kernel_id=self._kernel_id,
        )
        (receipt,) = self.sink.append(body.draft(thread=self.thread, parents=head))
        self.session, self._head = receipt.id, (receipt.id,)
        self._hold()

    def switch(self, thread: str) -> None:
        """Go on with another thread; cells that are running end on the one they began on."""
        with self._lock:
            came_from, self.thread = self.thread, thread
            if self.session is None or thread == came_from or not self._is_ours():
                return
            body = SessionSwitch(
                session=self.session, came_from=came_from, kernel_id=self._kernel_id
            )
            self._append(body, self._head)

    def end_session(self, reason: str) -> None:
        """Record that the kernel is going, with what was still to be recorded.

        A cell that is still running may end, or be killed with the process: then the next kernel
        on the store, which finds this one noted there, writes its end.
        """
        if not self._is_ours() or self.session is None:
            return
        self.record_late()
        self._append(SessionEnd(session=self.session, reason=reason), self._head)
        session, self.session = self.session, None
        if not self._open:
            try:
                self.sink.log().store.release(session)
            except (StoreError, ConfigError) as error:  # the next kernel finds this one dead
                self.sink.trouble = str(error)
        self._checkpoint()

    def _checkpoint(self) -> None:
        """Sign what the log holds now, if that is quick: a later one signs for this session too."""
        if self.sink.trouble is not None:
            return
        with suppress(LogError, ConfigError):
            checkpointer = Checkpointer(self.sink.log(), self.sink.identity)
            checkpointer.append(seconds=CHECKPOINT_SECONDS)

    def begin(self, request: Request) -> None:
        """Record that code is about to run; on return this is durable."""
        if not self._is_ours():
            return
        with self._lock:
            self._end_abandoned()
            self._late_delay = LATE_SECONDS
            start = self._append(self._start(request), self._head)
            self._head = (start.id,)
            cell = Cell(
                request=request,
                start=start,
                fold=OutputFold(),
                began=time.perf_counter_ns(),
                worker=threading.get_ident(),
            )
            with self._outputs:
                self._open[request.message] = cell
            self._hold()

    def output(self, message: str, msg_type: str, content: dict[str, Any]) -> None:
        """Take in an IOPub message that has been sent for the request `message`."""
        if msg_type not in MESSAGE_TYPES or not self._is_ours():
            return
        with self._outputs:
            if (cell := self._open.get(message)) is not None:
                cell.fold.add(msg_type, content)
                return
            if message not in self._late:
                self._late[message] = OutputFold(self._late_room.get(message, CAPTURE_LIMIT))
            self._late[message].add(msg_type, content)
            if self._late_timer is None:
                self._late_timer = threading.Timer(self._late_delay, self._record_late_soon)
                self._late_timer.daemon = True
                self._late_timer.start()

    def end(self, message: str, reply: dict[str, Any]) -> dict[str, Any] | None:
        """Record what came of a cell and return the reply's metadata about it.

        None where the cell is unknown. On return the record is durable.
        """
        if not self._is_ours():
            return None
        with self._lock:
            cell = self._detach(message)
            if cell is None:
                return None
            value = None
            try:
                value = self._value(cell)
                body = self._end(cell, reply, value)
                end = self._append(body, (cell.start.id,), thread=cell.start.thread)
            except (RecordError, ValueError, RecursionError, MemoryError) as error:
                # Whatever it printed, that it ended has to be known.
                note = f"its outputs could not be recorded: {type(error).__name__}: {error}"
                status = _status(cell, reply, _error(cell, reply))
                body = CellEnd(status=status, sandbox=self.sandbox, note=_cut(note))
                end = self._append(body, (cell.start.id,), thread=cell.start.thread)
            self._head = (end.id,)
        more = {"value": value, "value_type": cell.value_type, "line": cell.line}
        return self._metadata(cell.start, end, body.status) | {
            key: item for key, item in more.items() if item is not None
        }

    def refuse(self, request: Request, status: CellStatus, note: str) -> dict[str, Any]:
        """Record a request whose code never ran."""
        if not self._is_ours():
            return {}
        with self._lock:
            start = self._append(self._start(request), self._head)
            body = CellEnd(status=status, sandbox=self.sandbox, note=_cut(note))
            end = self._append(body, (start.id,))
            self._head = (end.id,)
        return self._metadata(start, end, status)

    def interrupt(self, reason: CellStatus) -> None:
        """Note why the running cells are about to be interrupted."""
        with self._outputs:
            for cell in self._open.values():
                cell.interruption = reason

    def cell(self, message: str) -> Cell | None:
        """Return the running cell of a request."""
        return self._open.get(message)

    def start_of(self, message: str) -> str | None:
        """Return the id of a cell's start; for what is no cell, that of the session's."""
        if (cell := self._open.get(message)) is not None:
            return cell.start.id
        past = self._past.get(message)
        return past.id if past else self.session

    def thread_of(self, message: str) -> str:
        """Return the thread on which a cell began; for what is no cell, that of the session now."""
        if (cell := self._open.get(message)) is not None:
            return cell.start.thread
        past = self._past.get(message)
        return past.thread if past else self.thread

    def record_late(self) -> None:
        """Record the output that arrived after the end of its cell."""
        with self._lock:
            with self._outputs:
                if self._late_timer is not None:
                    self._late_timer.cancel()
                    self._late_timer = None
                late, self._late = self._late, {}
            while late:
                message, fold = late.popitem()
                try:
                    self._record_output(message, fold)
                except (RecordError, ValueError, RecursionError, MemoryError) as error:
                    self.sink.stuck = f"late output could not be recorded: {error}"

    def _record_late_soon(self) -> None:
        """Record late output from its timer; the longer it goes on, the less often."""
        self._late_delay = min(2 * self._late_delay, LATE_SECONDS_AT_MOST)
        self.record_late()

    def _record_output(self, message: str, fold: OutputFold) -> None:
        self._late_room[message] = fold.room
        if not fold:
            return
        start = self._past.get(message)
        outputs = encode_outputs(fold.outputs)
        body = CellOutput(
            cell=start.id if start else None,
            execution=message,
            outputs=self._inline_or_blob(outputs, fold.outputs),
            outputs_hash=outputs.digest,
            display_updates=self._updates(fold),
        )
        parents = (start.id,) if start else self._head
        self._append(body, parents, thread=start.thread if start else None)

    def _detach(self, message: str) -> Cell | None:
        """Take a cell out of the running ones: what it prints from now on is late."""
        with self._outputs:
            cell = self._open.pop(message, None)
            if cell is not None:
                self._past[message] = cell.start
                if len(self._past) > _REMEMBERED_CELLS:
                    forgotten, _ = self._past.popitem(last=False)
                    self._late_room.pop(forgotten, None)
            return cell

    def _end_abandoned(self) -> None:
        """End the cell that an interrupt at a bad moment left without a reply.

        A worker thread runs one cell after another, so one that begins has none running.
        """
        for cell in list(self._open.values()):
            if cell.worker == threading.get_ident():
                self.end(cell.request.message, {"status": "error", "ename": "KeyboardInterrupt"})

    def _append(
        self, body: Body, parents: tuple[str, ...], *, thread: str | None = None
    ) -> Receipt:
        return self.sink.append(body.draft(thread=thread or self.thread, parents=parents))[0]

    def _start(self, request: Request) -> CellStart:
        code: str | BlobRef = request.code
        data = request.code.encode(errors="surrogatepass")
        if len(data) > INLINE_CODE or not _is_text(request.code):
            code = self.sink.put_blob(data, media_type="text/x-python")
        return CellStart(
            code=code,
            session=self.session or "",
            execution=request.message,
            cell_id=request.cell_id,
            silent=request.silent,
            store_history=request.store_history,
        )

    def _end(self, cell: Cell, reply: dict[str, Any], value: dict[str, Any] | None) -> CellEnd:
        outputs = encode_outputs(cell.fold.outputs)
        error = _error(cell, reply)
        return CellEnd(
            status=_status(cell, reply, error),
            duration_ms=round((time.perf_counter_ns() - cell.began) / 1e6, 3),
            execution_count=reply.get("execution_count"),
            outputs=self._inline_or_blob(outputs, cell.fold.outputs),
            outputs_hash=outputs.digest,
            display_updates=self._updates(cell.fold),
            value=msgspec.convert(value, BlobRef) if value and "blob" in value else None,
            error=error,
            sandbox=self.sandbox,
            note="output was cut: there was more than is kept" if cell.fold.is_cut else None,
        )

    def _updates(self, fold: OutputFold) -> list[dict[str, Any]] | BlobRef:
        return self._inline_or_blob(encode_outputs(fold.updates), fold.updates)

    def _inline_or_blob(
        self, encoded: Encoded, outputs: list[dict[str, Any]]
    ) -> list[dict[str, Any]] | BlobRef:
        if encoded.is_inline:
            return outputs
        return self.sink.put_blob(encoded.data, media_type="application/json")

    def _value(self, cell: Cell) -> dict[str, Any] | None:
        if cell.value is None:
            return None
        if len(cell.value) <= INLINE_VALUE:
            return {"msgpack": cell.value.hex()}
        ref = self.sink.put_blob(cell.value, media_type="application/vnd.msgpack")
        content: dict[str, Any] = msgspec.to_builtins(ref)
        return content

    def _metadata(self, start: Receipt, end: Receipt, status: CellStatus) -> dict[str, Any]:
        metadata = {"thread": end.thread, "start": start.id, "record": end.id, "status": status}
        if self.sink.trouble is not None:
            metadata["trouble"] = self.sink.trouble
        return metadata

    def _thread_head(self) -> tuple[str, ...]:
        try:
            head = self.sink.log().head(self.thread)
        except (StoreError, ConfigError) as error:
            self.sink.trouble = str(error)
            return ()
        return (head.id,) if head else ()

    def _hold(self) -> None:
        """Note with the store, once it can be written, that this kernel is at work on it."""
        if self._is_held or self.session is None or self.sink.trouble is not None:
            return
        holder = Holder.current(thread=self.thread)
        try:
            self.sink.log().store.hold(self.session, holder.as_text())
        except (StoreError, ConfigError) as error:  # the next cell tries again
            self.sink.trouble = str(error)
        else:
            self._is_held = True


def _status(cell: Cell, reply: dict[str, Any], error: CellError | None) -> CellStatus:
    if reply.get("status") == "ok":
        return "ok"
    if error is not None and error.name in _INTERRUPTS:
        return cell.interruption or "interrupted"
    return "error"


def _error(cell: Cell, reply: dict[str, Any]) -> CellError | None:
    """Return the error from the message that showed it: a failed repr is not in the reply."""
    if reply.get("status") != "error":
        return None
    shown = [output for output in cell.fold.outputs if output["output_type"] == "error"]
    source = shown[-1] if shown else reply
    return CellError(
        name=_cut(str(source.get("ename", ""))),
        value=_cut(str(source.get("evalue", ""))),
        line=cell.line,
    )


def _cut(text: str) -> str:
    """Return as much of a text as may stand in a record as part of an error."""
    return _printable(text).encode()[:INLINE_ERROR].decode(errors="ignore")


def _is_text(text: str) -> bool:
    return text.isascii() or _printable(text) == text


def _printable(text: str) -> str:
    """Return text that has a UTF-8 form: lone surrogates become replacement characters."""
    return text.encode(errors="surrogatepass").decode(errors="replace")
