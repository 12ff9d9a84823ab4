"""What panels in a kernel are bound to: the kernel's log, its thread, and who may decide there."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from IPython.core.getipython import get_ipython

from threadbook.config import Settings, approver_key
from threadbook.errors import StoreError, StoreFormatError, StoreUnavailable
from threadbook.log.log import Log, open_log
from threadbook_panel.feed import Feed
from threadbook_panel.person import Person, operator_of, person_of

T = TypeVar("T")

_ELSEWHERE = "decide in JupyterLab's sidebar, or with `threadbook decisions`"


class Cell(NamedTuple):
    """A cell by its id in the notebook, and the request that ran it.

    Where a front end does not tell the id, each request is a cell of its own.
    """

    id: str
    request: str


class _Opened(NamedTuple):
    log: Log
    feed: Feed
    is_ours: bool

    def close(self) -> None:
        """End those who follow, and close the log where it was opened for panels."""
        self.feed.close()
        if self.is_ours:
            self.log.close()


class Binding:
    """The feed of a kernel's log, opened when it is first asked for, and again after trouble.

    One for all panels that show the same log to the same person (`Binding.of_kernel`). Those that
    use it join, and the last that leaves closes the log. In a kernel that is no threadbook one,
    the log is that of the environment, and there is no thread.
    """

    def __init__(self, kernel: Any, settings: Settings, key: Path) -> None:
        self._kernel = kernel
        self._tracer: Any = getattr(kernel, "tracer", None)
        self._settings = settings
        self._key = key
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._users: set[str] = set()
        self._opened: _Opened | None = None

    @classmethod
    def of_kernel(cls) -> Binding:
        """Return that of the kernel in which this is called."""
        kernel: Any = getattr(get_ipython(), "kernel", None)
        is_traced = getattr(kernel, "tracer", None) is not None
        settings = kernel.settings if is_traced else Settings.from_environ()
        return _binding(os.getpid(), kernel, settings, approver_key())

    def join(self, user: str) -> None:
        """Keep the log open, once it is, until this user leaves."""
        with self._lock:
            self._users.add(user)

    def leave(self, user: str) -> None:
        """Release the log, and end what follows it, where nobody else uses it."""
        with self._lock:
            self._users.discard(user)
            if self._users:
                return
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()

    @property
    def is_forked(self) -> bool:
        """Whether this is the copy in a forked child, which has no part in the panel."""
        return os.getpid() != self._pid

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
            self._let_go_unless_well(opened)
            raise

    def cell(self) -> Cell:
        """Return the cell whose code, or end, calls this; in a threadbook kernel only."""
        parent = {} if self._tracer is None else self._kernel.get_parent()
        request = (parent.get("header") or {}).get("msg_id", "")
        return Cell((parent.get("metadata") or {}).get("cellId") or request, request)

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
        return person_of(self._settings, self._key)

    def _let_go_unless_well(self, opened: _Opened) -> None:
        """Close a log whose store is gone; one that is merely busy stays open."""
        try:
            opened.log.store.version()
        except StoreError:
            with self._lock:
                if self._opened is not opened:  # somebody else was first
                    return
                self._opened = None
            opened.close()


@functools.cache
def _binding(_pid: int, kernel: Any, settings: Settings, key: Path) -> Binding:
    return Binding(kernel, settings, key)
