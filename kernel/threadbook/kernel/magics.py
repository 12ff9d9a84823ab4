"""The `%thread` magic: the thread at a prompt."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class

from threadbook.errors import ThreadbookError
from threadbook.folds.timeline import timeline
from threadbook.log.verify import verify
from threadbook.records.record import new_thread_id
from threadbook.text import report_text, timeline_text

if TYPE_CHECKING:
    from threadbook.kernel.thread import Thread
    from threadbook.kernel.tracer import Tracer

_USAGE = """\
%thread            show the timeline of this thread
%thread show       the same
%thread new [GOAL] go on with a new thread
%thread switch ID  go on with another thread
%thread goal TEXT  state a goal for this thread
%thread goal       show the goal
%thread verify     check every record of this thread"""


@magics_class
class ThreadMagics(Magics):
    """Magics that act on the session's thread."""

    def __init__(self, shell: Any, tracer: Tracer, thread: Thread) -> None:
        super().__init__(shell)
        self._tracer = tracer
        self._thread = thread

    @line_magic
    def thread(self, line: str) -> None:
        """Show, name or change the thread of this session; `%thread help` lists how."""
        command, _, rest = line.strip().partition(" ")
        commands: dict[str, Callable[[str], str | dict[str, str]]] = {
            "": self._show,
            "show": self._show,
            "new": self._new,
            "switch": self._switch,
            "goal": self._goal,
            "verify": self._verify,
        }
        if command not in commands:
            raise UsageError(_USAGE)
        try:
            said = commands[command](rest.strip())
        except ThreadbookError as error:
            raise UsageError(str(error)) from None
        if isinstance(said, str):
            print(said)  # noqa: T201  what a magic is for
        else:
            shell: Any = self.shell
            shell.display_pub.publish(said)

    def _show(self, _rest: str) -> dict[str, str]:
        """Return the timeline in two forms: for a terminal, and for a notebook."""
        records = self._thread.records()
        rows = timeline(records, as_of=time.time_ns() // 1_000_000)
        summary = importlib.import_module("threadbook.kernel.summary")  # not at every start
        return {
            "text/plain": f"thread {self._thread.id}\n{timeline_text(rows)}",
            "text/html": summary.Summary.of(self._thread.id, records)._repr_html_(),
        }

    def _new(self, goal: str) -> str:
        self._tracer.switch(new_thread_id())
        if goal:
            self._thread.goal = goal
        return f"now on thread {self._thread.id}"

    def _switch(self, thread: str) -> str:
        if not thread:
            raise UsageError("%thread switch needs a thread id")
        thread = self._tracer.sink.log().resolve_thread(thread)
        count = len(list(self._tracer.sink.log().read_all(thread=thread)))
        self._tracer.switch(thread)
        return f"now on thread {thread}, which has {count} records"

    def _goal(self, goal: str) -> str:
        if goal:
            self._thread.goal = goal
        return self._thread.goal or "no goal yet: %thread goal TEXT states one"

    def _verify(self, _rest: str) -> str:
        return report_text(verify(self._tracer.sink.log(), thread=self._thread.id))
