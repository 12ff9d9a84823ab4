"""What a panel in a kernel is bound to: the kernel's log, its thread, and who may decide there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from IPython.core.getipython import get_ipython

from threadbook.config import Settings, approver_key
from threadbook.errors import StoreFormatError, StoreUnavailable
from threadbook.log.log import Log, open_log
from threadbook_panel.feed import Feed
from threadbook_panel.person import Person, operator_of, person_of

T = TypeVar("T")

_ELSEWHERE = "decide in JupyterLab's sidebar, or with `threadbook decisions`"


class _Opened(NamedTuple):
    log: Log
    feed: Feed
    is_ours: bool


class Binding:
    """The feed of this kernel's log, opened when it is first asked for, and again after trouble.

    In a kernel that is no threadbook one, the log is that of the environment, and there is no
    thread.
    """

    def __init__(self) -> None:
        kernel: Any = getattr(get_ipython(), "kernel", None)
        self._kernel = kernel
        self._tracer: Any = getattr(kernel, "tracer", None)
        self._settings = Settings.from_environ() if self._tracer is None else self._kernel.settings
        self._lock = threading.Lock()
        self._opened: _Opened | None = None

    @property
    def thread(self) -> str | None:
        """The thread that the kernel works on now."""
        return None if self._tracer is None else self._tracer.thread

    @property
    def read_only(self) -> str | None:
        """Why nobody decides through this kernel; None where its person may.

        A cell can do what this process can. So a person's key is used here only where that gives
        the code of a cell nothing that it did not have: it runs as the person, unsandboxed.
        """
        tracer, settings = self._tracer, self._settings
        if tracer is None:
            return f"this kernel is no threadbook kernel: {_ELSEWHERE}"
        if settings.broker is not None:
            return f"this kernel belongs to a program, which decides: {_ELSEWHERE}"
        if tracer.sandbox != "none":
            return f"this kernel is sandboxed, and holds no key: {_ELSEWHERE}"
        if not tracer.sink.identity.can_sign:
            return f"this kernel writes as {settings.actor}, which is no key: {_ELSEWHERE}"
        return None

    def ask(self, question: Callable[[Feed], T]) -> T:
        """Return what `question` makes of the feed. Raises StoreError, and what it raises."""
        opened = self._open()
        try:
            return question(opened.feed)
        except (StoreUnavailable, StoreFormatError):
            self._let_go(opened)
            raise

    def on_cell_end(self, call: Callable[[], None]) -> None:
        """Have `call` called whenever a cell has ended, and its end is on record."""
        if self._tracer is not None:
            self._kernel.cell_ended.append(call)

    def off_cell_end(self, call: Callable[[], None]) -> None:
        """No longer have it called."""
        if self._tracer is not None and call in self._kernel.cell_ended:
            self._kernel.cell_ended.remove(call)

    def when_idle(self, call: Callable[[], None]) -> None:
        """Have `call` called once the main shell has nothing else to do."""
        if self._kernel is not None:
            self._kernel.io_loop.add_callback(call)

    def close(self) -> None:
        """Release the log, and end what follows it."""
        with self._lock:
            opened = self._opened
        if opened is not None:
            self._let_go(opened)

    def _open(self) -> _Opened:
        with self._lock:
            if self._opened is None:
                self._opened = self._newly_opened()
            return self._opened

    def _newly_opened(self) -> _Opened:
        settings = self._settings
        # A log in memory is nowhere else; any other is opened apart, as the sink closes its own.
        is_ours = self._tracer is None or settings.store != "memory:"
        log = open_log(settings.store) if is_ours else self._tracer.sink.log()
        try:
            person = self._person()
            feed = Feed(
                log,
                person=person.identity,
                operator=operator_of(settings),
                outbox=settings.outbox_file(),
                read_only=person.read_only,
            )
        except BaseException:
            if is_ours:
                log.close()
            raise
        return _Opened(log, feed, is_ours)

    def _person(self) -> Person:
        read_only = self.read_only
        if read_only is not None:
            return Person(None, read_only)
        return person_of(self._settings, approver_key())

    def _let_go(self, opened: _Opened) -> None:
        with self._lock:
            if self._opened is not opened:  # somebody else was first
                return
            self._opened = None
        opened.feed.close()
        if opened.is_ours:
            opened.log.close()
