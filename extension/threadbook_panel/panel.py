"""The panel as a widget in a notebook.

It reads through the kernel it is in: pushes on its own comm, requests and answers on that of a
`Channel`. Before the live view it displays a plain table of its state, the `Table`.
"""

from __future__ import annotations

import atexit
import json
from pathlib import Path
from typing import Any

import anywidget
from IPython.core.getipython import get_ipython
from traitlets import Bool, Unicode

from threadbook.errors import QueryError
from threadbook_panel.binding import Binding
from threadbook_panel.channel import Channel
from threadbook_panel.followers import Followers
from threadbook_panel.news import News
from threadbook_panel.problems import encoded
from threadbook_panel.table import Table

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

    thread = Unicode(None, allow_none=True, read_only=True).tag(sync=True)
    _requests = Unicode().tag(sync=True)
    _table = Unicode().tag(sync=True)
    _can_write = Bool().tag(sync=True)

    def __init__(self, thread: str | None = None) -> None:
        self._follows_kernel = not thread
        self._binding = Binding.of_kernel()
        self._followers = Followers(self._binding, self._tell, self._beat)
        self._channel = Channel(self._answer)
        self._static = Table.of(self._binding, thread or None)
        self.set_trait("thread", self._static.thread)
        super().__init__(
            _requests=self._channel.model_id,
            _table=self._static.id,
            _can_write=self._binding.read_only is None,
        )
        self._id: str = self.model_id
        self._binding.join(self._id)
        self._static.join(self._id, self._followers)
        self._binding.on_cell_end(self._follow_kernel)
        atexit.register(self._stop)

    def close(self) -> None:
        """Take the panel away: its views, what it follows, and what it holds of the log."""
        if self.comm is None or self._binding.is_forked:  # a child has no part in the front end's
            return
        atexit.unregister(self._stop)
        self._binding.off_cell_end(self._follow_kernel)
        self._static.leave(self._id)
        self._channel.close()
        super().close()
        self._stop()

    def __repr__(self) -> str:
        return f"Panel({self.thread!r})"

    def _ipython_display_(self) -> None:
        self._static.display(self._id)
        shell: Any = get_ipython()
        shell.display_pub.publish(self._live())

    def _repr_mimebundle_(self, **_options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return self._live() | self._static.content(), {}

    def _live(self) -> dict[str, Any]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self._id}
        return {"text/plain": "", _VIEW: view}

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
        self._static.mark_stale()
        self.send({"type": "news", "thread": thread, "news": json.loads(encoded(news))})

    def _beat(self) -> None:
        """Tell views that this kernel lives, and do what is to be done now and then."""
        self.send({"type": "beat"})
        self._follow_kernel()
        self._static.freshen()
        self._binding.when_idle(self._followers.leave_gone)

    def _follow_kernel(self) -> None:
        if self._follows_kernel and not self._binding.is_forked:
            self.set_trait("thread", self._static.thread)

    def _stop(self) -> None:
        if not self._binding.is_forked:
            self._followers.close()
            self._binding.leave(self._id)


def _thread(params: dict[str, Any]) -> str | None:
    thread = params.get("thread")
    if thread is not None and (not isinstance(thread, str) or len(thread) > LONGEST_NAME):
        raise QueryError("a thread is named by its id")
    return thread
