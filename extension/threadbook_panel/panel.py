"""The panel as a widget in a notebook.

It reads through the kernel it is in: pushes on its own comm, requests and answers on that of a
`Channel`. Before the live view it displays its state as a plain table, which is what is left of it
in a notebook that is exported, or shown by a program without widgets; the view hides it.
"""

from __future__ import annotations

import atexit
import json
import os
from pathlib import Path
from typing import Any

import anywidget
from IPython.core.getipython import get_ipython
from jupyter_client.session import Session
from traitlets import Bool, Unicode

from threadbook.errors import QueryError, ThreadbookError
from threadbook_panel.binding import Binding
from threadbook_panel.channel import Channel
from threadbook_panel.followers import Followers
from threadbook_panel.news import News
from threadbook_panel.problems import encoded
from threadbook_panel.snapshot import Snapshot, now, take

STATIC = Path(__file__).parent / "static"

LONGEST_NAME = 1000
"""Most characters of what names a thread or a view."""

_VIEW = "application/vnd.jupyter.widget-view+json"


class Panel(anywidget.AnyWidget):
    """What happens on a thread: what was done, is being done, and waits for somebody.

    Panel()            the thread of this session; follows `%thread switch`
    Panel("th_…")      another thread of the same log
    panel.close()      take it away

    Decisions can be answered in it only where the kernel runs unsandboxed as the person whom it
    asks; everywhere else, in JupyterLab's sidebar.
    """

    _esm = STATIC / "panel.js"
    _css = STATIC / "panel.css"

    thread = Unicode(None, allow_none=True).tag(sync=True)
    _requests = Unicode().tag(sync=True)
    _can_write = Bool().tag(sync=True)
    _snapshot = Unicode().tag(sync=True)

    def __init__(self, thread: str | None = None) -> None:
        self._pid = os.getpid()
        self._follows_kernel = thread is None
        self._is_displayed = self._is_stale = False
        self._binding = Binding()
        self._followers = Followers(self._binding, self._tell, self._beat)
        self._channel = Channel(self._answer)
        super().__init__(
            thread=thread or self._binding.thread,
            _requests=self._channel.model_id,
            _can_write=self._binding.read_only is None,
        )
        self._binding.on_cell_end(self._cell_ended)
        atexit.register(self._stop)

    def close(self) -> None:
        """Take the panel away: its views, what it follows, and what it holds of the log."""
        if self.comm is None or self._is_forked():  # a child's copy is not the front end's panel
            return
        atexit.unregister(self._stop)
        self._binding.off_cell_end(self._cell_ended)
        self._channel.close()
        super().close()
        self._stop()

    def __repr__(self) -> str:
        return f"Panel({self.thread!r})"

    def _ipython_display_(self) -> None:
        self._is_displayed = True
        state = self._state()
        self._snapshot = state.as_json()
        shell: Any = get_ipython()
        shell.display_pub.publish(self._static(state), transient={"display_id": self._display_id})
        shell.display_pub.publish(self._live())

    def _repr_mimebundle_(self, **_options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return self._live() | self._static(self._state()), {}

    @property
    def _display_id(self) -> str:
        return f"threadbook-panel-{self.model_id}"

    def _live(self) -> dict[str, Any]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {"text/plain": "", _VIEW: view}

    def _static(self, state: Snapshot) -> dict[str, Any]:
        html = state.as_html(f"threadbook-static threadbook-static-{self._requests}")
        return {"text/plain": state.as_text(), "text/html": html}

    def _state(self) -> Snapshot:
        try:
            return self._binding.ask(lambda feed: take(feed, self.thread))
        except ThreadbookError as error:
            return Snapshot(at=now(), thread=self.thread, problem=str(error))

    def _refresh(self) -> None:
        """Bring what is saved with the notebook up to date.

        Not through what traces the kernel's output: the record would hold the record again.
        """
        self._is_stale = False
        state = self._state()
        self._snapshot = state.as_json()
        shell: Any = get_ipython()
        kernel = getattr(shell, "kernel", None)
        if kernel is None:
            return
        Session.send(
            kernel.session,
            kernel.iopub_socket,
            "update_display_data",
            {
                "data": self._static(state),
                "metadata": {},
                "transient": {"display_id": self._display_id},
            },
            parent=kernel.get_parent(),
            ident=shell.display_pub.topic,
        )

    def _answer(self, view: str, name: str, params: dict[str, Any]) -> Any:
        """Answer a request of a view; see Channel."""
        if len(view) > LONGEST_NAME:
            raise QueryError("this is no name of a view")
        if name == "subscribe":
            return {"is_followed": self._followers.watch(view, _thread(params))}
        if name == "unsubscribe":
            self._followers.leave(view)
            return {"is_known": False}
        if name == "alive":
            return {"is_known": self._followers.see(view)}
        return self._binding.ask(lambda feed: feed.call(name, params))

    def _tell(self, thread: str | None, news: News) -> None:
        self._is_stale = True
        self.send({"type": "news", "thread": thread, "news": json.loads(encoded(news))})

    def _beat(self) -> None:
        """Tell views that this kernel lives, and do what is to be done now and then."""
        self.send({"type": "beat"})
        self._follow_kernel()
        if self._is_stale and self._is_displayed:
            self._refresh()
        self._binding.when_idle(self._followers.leave_gone)

    def _cell_ended(self) -> None:
        if self._is_forked() or not self._is_displayed:
            return
        self._follow_kernel()
        if self._followers.are_watched:
            self._is_stale = True  # the next beat is soon enough, and delays no reply
        else:
            self._refresh()

    def _follow_kernel(self) -> None:
        if self._follows_kernel and self.thread != self._binding.thread:
            self.thread, self._is_stale = self._binding.thread, True

    def _stop(self) -> None:
        if not self._is_forked():
            self._followers.close()
            self._binding.close()

    def _is_forked(self) -> bool:
        return os.getpid() != self._pid


def _thread(params: dict[str, Any]) -> str | None:
    thread = params.get("thread")
    if thread is not None and (not isinstance(thread, str) or len(thread) > LONGEST_NAME):
        raise QueryError("a thread is named by its id")
    return thread
