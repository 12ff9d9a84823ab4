"""The traced kernel: ipykernel's, with a record of every cell.

A cell begins in `do_execute` and ends in `finish_metadata`, which ipykernel calls after its own
flush of the streams and before it sends the reply; outputs come from a tee on `session.send`.
Whatever is wrong with tracing, the user's code runs, and the reply says what was wrong.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib
import json
import re
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipykernel
import IPython
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from jupyter_client.jsonutil import json_clean, json_default
from jupyter_client.session import Session, json_packer
from traitlets import Dict, Float, Instance, Type, default

from threadbook import __version__
from threadbook.broker.cells import Cells
from threadbook.config import Settings
from threadbook.errors import ThreadbookError
from threadbook.kernel.attribution import inherit_cells
from threadbook.kernel.debugging import DebuggerMixin
from threadbook.kernel.deferred import Deferred
from threadbook.kernel.liveness import bury_dead_sessions
from threadbook.kernel.magics import ThreadMagics
from threadbook.kernel.namespaces import Namespaces
from threadbook.kernel.outputs import MESSAGE_TYPES
from threadbook.kernel.surrogates import replaced, send_replaced
from threadbook.kernel.tracer import Request, Tracer
from threadbook.kernel.widgets import answer_for_widgets
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.bodies import CellStatus
from threadbook.values import pack_value, type_name

REASONS: dict[str, CellStatus] = {"timeout": "timeout"}
"""What an interrupt request may give as its reason, and the status that it leads to."""


class ThreadbookShell(ZMQInteractiveShell):
    """The shell of a traced kernel: `%reset` leaves its namespaces in place."""

    namespaces = Dict()

    def init_user_ns(self) -> None:
        """Fill the user's namespace, also after a reset."""
        super().init_user_ns()
        self.push(self.namespaces, interactive=False)


class ThreadbookKernel(DebuggerMixin, IPythonKernel):
    """An IPython kernel that keeps the record. Settings come from the environment."""

    implementation = "threadbook"
    implementation_version = __version__
    shell_class = Type(ThreadbookShell)
    settings = Instance(Settings)

    if TYPE_CHECKING:  # ipykernel allows None for these, which an application never leaves
        shell: Any
        session: Any

    # ipykernel sleeps half a millisecond before each reply so that output tends to overtake it.
    # Here the end of the cell is committed at that point, and clients wait for idle.
    _execute_sleep = Float(0.0).tag(config=True)

    @default("settings")
    def _default_settings(self) -> Settings:
        return Settings.from_environ()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        send_replaced(self.session)
        self.tracer: Tracer | None = None
        self._namespaces: Namespaces | None = None
        self._cells = Cells(only_cells=False)
        self._tracing_is_off: str | None = None
        self._reported: str | None = None
        self._untraced: set[str] = set()
        self.cell_ended: list[Callable[[], None]] = []  # called when the end is on record
        try:
            self._trace(self.settings)
        # RuntimeError: no home for a ~ in a path; OSError: a folder that cannot be searched.
        except (ThreadbookError, RuntimeError, OSError) as error:
            self._tracing_is_off = str(error)

    def start(self) -> None:
        """Start the kernel, and the record of its session."""
        if self.tracer is not None:
            versions = {"ipython": IPython.__version__, "ipykernel": ipykernel.__version__}  # type: ignore[attr-defined]
            self._guarded(self.tracer.begin_session, versions)
            atexit.register(self.tracer.end_session, "the kernel process ended")
        answer_for_widgets(self)
        super().start()
        self.io_loop.add_callback(self._guarded, self._bury_the_dead)

    async def do_execute(
        self,
        code: str,
        silent: bool,
        store_history: bool = True,
        user_expressions: dict[str, str] | None = None,
        allow_stdin: bool = False,
        *,
        cell_meta: dict[str, Any] | None = None,
        cell_id: str | None = None,
    ) -> dict[str, Any]:
        """Record the start of a cell, then run it as ipykernel does."""
        with _sigint_deferred() as deferred:
            self._begin(code, silent=silent, store_history=store_history, cell_id=cell_id)
            if not silent:
                self._guarded(self._report_trouble)
        if deferred:  # interrupted before it began: end as the interrupt would have ended it
            code = "raise KeyboardInterrupt"
        try:
            reply: dict[str, Any] = await super().do_execute(
                code,
                silent,
                store_history,
                user_expressions,
                allow_stdin,
                cell_meta=cell_meta,
                cell_id=cell_id,
            )
        except BaseException as error:  # then there will be no reply to finish
            with _sigint_deferred():
                failure = {"status": "error", "ename": type(error).__name__, "evalue": str(error)}
                self._end_without_reply(failure)
            raise
        return reply

    def finish_metadata(
        self, parent: dict[str, Any], metadata: dict[str, Any], reply_content: dict[str, Any]
    ) -> dict[str, Any]:
        """Record the end of a cell and say in the reply's metadata which record it is."""
        metadata = super().finish_metadata(parent, metadata, reply_content)
        if parent.get("header", {}).get("msg_type") == "execute_request":
            with _sigint_deferred():
                metadata["threadbook"] = self._end(parent, reply_content)
                self._tell_that_it_ended()
        return metadata

    def do_complete(self, code: str, cursor_pos: int) -> dict[str, Any]:  # type: ignore[override]
        """Complete names, those of tools and workflows too."""
        self._guarded(self._load_namespaces, code)
        reply: dict[str, Any] = super().do_complete(code, cursor_pos)
        return reply

    def do_inspect(  # type: ignore[override]
        self, code: str, cursor_pos: int, *args: Any, **options: Any
    ) -> dict[str, Any]:
        """Describe an object, tools and workflows too."""
        self._guarded(self._load_namespaces, code)
        reply: dict[str, Any] = super().do_inspect(code, cursor_pos, *args, **options)
        return reply

    async def interrupt_request(self, stream: Any, ident: Any, parent: dict[str, Any]) -> None:
        """Interrupt, and note the reason that the request gives."""
        reason = REASONS.get(str(parent["content"].get("reason")))
        if self.tracer is not None and reason is not None:
            self.tracer.interrupt(reason)
        await super().interrupt_request(stream, ident, parent)
        # A cell that awaits is cancelled by its event loop, which the signal alone does not wake.
        self.io_loop.add_callback(lambda: None)

    def do_shutdown(self, restart: bool) -> dict[str, Any]:  # type: ignore[override]
        """End the record of the session before the front end is told of the shutdown."""
        if self.tracer is not None:
            reason = "the kernel was restarted" if restart else "the kernel was shut down"
            self._guarded(self.tracer.end_session, reason)
        reply: dict[str, Any] = super().do_shutdown(restart)
        return reply

    def _trace(self, settings: Settings) -> None:
        sink = Sink(settings.store, settings.identity(), Outbox(settings.outbox_file()))
        self.tracer = Tracer(
            sink,
            thread=settings.thread or self._own_thread(),
            executor=settings.executor,
            kernel_id=_kernel_id(self._connection_file()),
        )
        self._tee()
        inherit_cells(self.shell)
        self.shell.events.register("post_run_cell", self._after_cell)
        self._namespaces = Namespaces(self.tracer, settings, self._current_message, self._cells)
        self.shell.namespaces = self._namespaces.names
        self.shell.push(self.shell.namespaces, interactive=False)
        self.shell.register_magics(
            ThreadMagics(self.shell, self.tracer, self._namespaces.names["thread"])
        )

    def _load_namespaces(self, code: str) -> None:
        """Put the namespaces that code names in the place of what stands for them."""
        if self._namespaces is None or not self._namespaces.are_needed(code):
            return
        loaded = self._namespaces.load()
        held = self.shell.user_ns
        self.shell.push(
            {name: value for name, value in loaded.items() if type(held.get(name)) is Deferred},
            interactive=False,
        )
        completion = importlib.import_module("threadbook.kernel.completion")
        completion.complete_namespaces(self.shell.Completer)

    def _own_thread(self) -> str:
        """Name a thread after the connection, which a restarted kernel has in common."""
        connection = Path(self._connection_file() or uuid.uuid4().hex).stem
        secret = self.session.key if self.session else b""
        return "th_" + hashlib.sha256(b"\0".join((connection.encode(), secret))).hexdigest()

    def _connection_file(self) -> str:
        return getattr(self.parent, "connection_file", "")

    def _tee(self) -> None:
        """Give the tracer every IOPub message, after it has been sent."""
        send = self.session.send
        # Streams are sent on the IOPub thread object, all else on its socket.
        iopub = (self.iopub_socket, self.iopub_thread)

        def send_and_trace(stream: Any, *args: Any, **kwargs: Any) -> Any:
            message = send(stream, *args, **kwargs)
            if message and stream in iopub:
                self._guarded(self._take_in, message)
            return message

        self.session.send = send_and_trace
        self._tee_children()

    def _tee_children(self) -> None:
        """Also trace what forked children send: it passes through the IOPub thread as bytes."""
        relay = getattr(self.iopub_thread, "_handle_pipe_msg", None)
        pipe = getattr(self.iopub_thread, "_pipe_in", None)
        if relay is None or pipe is None or self.tracer is None:
            return

        def relay_and_trace(frames: list[bytes]) -> None:
            relay(frames)
            if frames[0] == self.iopub_thread._pipe_uuid:  # noqa: SLF001  as the relay does
                self._guarded(self._take_in_frames, frames[1:])

        self.iopub_thread.io_loop.add_callback(pipe.on_recv, relay_and_trace)

    def _take_in_frames(self, frames: list[bytes]) -> None:
        _, parts = self.session.feed_identities(frames)
        self._take_in(self.session.deserialize(parts))

    def _take_in(self, message: dict[str, Any]) -> None:
        """Pass a message that has been published on to the tracer."""
        msg_type = message["header"]["msg_type"]
        if self.tracer is not None and msg_type in MESSAGE_TYPES:
            request = (message.get("parent_header") or {}).get("msg_id", "")
            self.tracer.output(request, msg_type, _as_sent(self.session, message["content"]))

    def _bury_the_dead(self) -> None:
        if self.tracer is not None and self.tracer.sink.trouble is None:
            bury_dead_sessions(self.tracer.sink.log(), self.tracer.sink.identity)

    def _begin(self, code: str, *, silent: bool, store_history: bool, cell_id: str | None) -> None:
        # There is no message where the kernel is driven in-process.
        header = self.get_parent("shell").get("header") or {}
        request = Request(
            message=header.get("msg_id") or uuid.uuid4().hex,
            code=code,
            silent=silent,
            store_history=store_history,
            cell_id=cell_id,
        )
        self._cells.begin(request.message)
        self._guarded(self._load_namespaces, code)
        if self.tracer is not None:
            self._guarded(self.tracer.begin, request)
            if self.tracer.cell(request.message) is None:
                self._untraced.add(request.message)

    def _end_without_reply(self, failure: dict[str, Any]) -> None:
        message = (self.get_parent("shell").get("header") or {}).get("msg_id", "")
        self._cells.settle(message)
        if self.tracer is not None:
            self._guarded(self.tracer.end, message, failure)

    def _end(self, parent: dict[str, Any], reply: dict[str, Any]) -> dict[str, Any]:
        message = parent["header"]["msg_id"]
        self._cells.settle(message)
        if self.tracer is None:
            return {"trouble": self._tracing_is_off}
        if self.tracer.cell(message) is not None:
            ended = self._guarded(self.tracer.end, message, reply)
        elif message in self._untraced:  # it ran, although its start could not be recorded
            self._untraced.discard(message)
            ended = None
        else:  # it never began: aborted after an error, or for an unknown subshell
            status: CellStatus = "aborted" if reply.get("status") == "aborted" else "refused"
            ended = self._guarded(
                self.tracer.refuse, self._request(parent), status, reply.get("evalue", status)
            )
        metadata: dict[str, Any] = ended or {"trouble": self._tracing_is_off}
        return metadata

    def _tell_that_it_ended(self) -> None:
        for call in list(self.cell_ended):
            try:
                call()
            except Exception:
                self.log.exception("what follows the end of a cell failed")

    def _request(self, parent: dict[str, Any]) -> Request:
        content = parent["content"]
        if not isinstance(content, dict):  # of a request to an unknown subshell
            content = self.session.unpack(content)
        silent = content.get("silent", False)
        return Request(
            message=parent["header"]["msg_id"],
            code=content.get("code", ""),
            silent=silent,
            store_history=content.get("store_history", not silent),
            cell_id=(parent.get("metadata") or {}).get("cellId"),
        )

    def _after_cell(self, result: Any) -> None:
        self._guarded(self._note_result, result)

    def _note_result(self, result: Any) -> None:
        """Keep what only the shell knows of a cell: its value, and where it failed."""
        cell = self.tracer.cell(self._current_message()) if self.tracer is not None else None
        if cell is None or result is None:
            return
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            filename = self.shell.compile.get_code_name(result.info.raw_cell, "", 0)
            line = _line_of(error, filename)
            cell.line = line and line + _blank_lines_before(result.info.raw_cell)
        elif result.result is not None:
            cell.value = pack_value(result.result)
            cell.value_type = type_name(result.result) if cell.value is None else None

    def _current_message(self) -> str:
        """Return the message id of the cell that the calling thread works for."""
        parent = self.shell.get_parent() or {}
        message: str = (parent.get("header") or parent).get("msg_id", "")
        return message

    def _report_trouble(self) -> None:
        """Say in one line on stderr that tracing went off, and that it is on again."""
        sink = self.tracer.sink if self.tracer is not None else None
        trouble = (sink and sink.trouble) or self._tracing_is_off
        if (trouble is None) == (self._reported is None):
            return
        self._reported = trouble
        if trouble is not None:
            line = f"tracing is off: {trouble}"
        else:
            stuck = sink and sink.stuck
            line = f"tracing is on again; {stuck or 'nothing was lost'}"
        print(f"threadbook: {line}", file=sys.stderr)  # noqa: T201

    def _guarded(self, call: Any, *args: Any) -> Any:
        """Run a part of tracing; a fault in it must not stop the user's code."""
        try:
            result = call(*args)
        except Exception as error:
            self._tracing_is_off = f"{type(error).__name__}: {error}"
            self.log.exception("tracing failed")
            return None
        if result is not None:
            self._tracing_is_off = None
        return result


@contextmanager
def _sigint_deferred() -> Iterator[list[int]]:
    """Hold interrupts back while a record is written; yields a list that is filled by one."""
    deferred: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield deferred
        return
    before = signal.signal(signal.SIGINT, lambda number, _frame: deferred.append(number))
    try:
        yield deferred
    finally:
        signal.signal(signal.SIGINT, before)


def _kernel_id(connection_file: str) -> str | None:
    """Return by what a Jupyter server knows this kernel: it names the connection file after it.

    A kernel without a server is named after a process, by digits only.
    """
    named = re.fullmatch(r"kernel-(.*\D.*)\.json", Path(connection_file).name)
    return named and named[1]


def _as_sent(session: Session, content: dict[str, Any]) -> dict[str, Any]:
    """Return content as clients get it: plain JSON, which user code cannot change any more."""
    if all(isinstance(part, str) and part.isascii() for part in content.values()):
        return content
    pack = _pack_quietly if session.pack is json_packer else session.pack
    sent: dict[str, Any] = session.unpack(pack(content))
    return sent


def _pack_quietly(content: dict[str, Any]) -> bytes:
    """Do what json_packer does, but for its warning: the user saw it when this was sent."""
    options: dict[str, Any] = {"default": json_default, "ensure_ascii": False, "allow_nan": False}
    try:
        text = json.dumps(content, **options)
    except (TypeError, ValueError):
        text = json.dumps(json_clean(content), **options)
    packed: bytes = replaced(text).encode()
    return packed


def _blank_lines_before(code: str) -> int:
    """Return how many lines IPython takes off the top of a cell before it compiles it."""
    lines = code.splitlines()
    return next((number for number, line in enumerate(lines) if line.strip()), 0)


def _line_of(error: BaseException, filename: str) -> int | None:
    """Return the line, from 1, at which code in `filename` failed; the innermost such line."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == filename:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
