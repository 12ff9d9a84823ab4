"""The table that panels leave in a notebook, beside their views.

It is what is left of them where the notebook is exported, or shown by a program without widgets.
Panels of one thread have one together, so that it is made once however many panels there are.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from IPython.core.getipython import get_ipython
from ipywidgets import Widget  # type: ignore[import-untyped]
from jupyter_client.session import Session
from traitlets import Unicode

from threadbook.errors import ThreadbookError
from threadbook_panel.binding import Binding, Cell
from threadbook_panel.followers import BEAT_SECONDS, Followers
from threadbook_panel.snapshot import Snapshot, now, take

_CLASS = "threadbook-static"


class Place(NamedTuple):
    """Where it is displayed: for which panel, in the output of which cell."""

    panel: str
    cell: Cell


_tables: dict[tuple[Binding, str | None], Table] = {}


class Table(Widget):  # type: ignore[misc]  # ipywidgets has no annotations
    """The table of a thread, or of the one that the kernel works on; and its state, for views.

    Panels join it, and it is closed when the last has left. It is brought up to date after each
    cell; while there is a view, which hides it, not so often.
    """

    comm: Any
    _snapshot = Unicode().tag(sync=True)

    def __init__(self, binding: Binding, thread: str | None) -> None:
        self._binding = binding
        self._fixed = thread
        self._panels: dict[str, Followers] = {}
        self._places: dict[str, Place] = {}  # by display id
        self._displayed = itertools.count(1)
        self._is_stale = False
        self._published_at = 0.0
        self._publishing = threading.Lock()
        super().__init__()
        self.id: str = self.model_id

    @classmethod
    def of(cls, binding: Binding, thread: str | None) -> Table:
        """Return that of a thread, or without one that of the thread of the kernel."""
        found = _tables.get((binding, thread))
        if found is None or found.comm is None:
            found = _tables[binding, thread] = cls(binding, thread)
        return found

    @property
    def thread(self) -> str | None:
        """The thread that is shown now."""
        return self._fixed or self._binding.thread

    def join(self, panel: str, followers: Followers) -> None:
        """Be there for a panel, whose views `followers` knows."""
        if not self._panels:
            self._binding.on_cell_end(self._cell_ended)
        self._panels[panel] = followers

    def leave(self, panel: str) -> None:
        """No longer be there for it."""
        self._panels.pop(panel, None)
        self._forget(lambda place: place.panel == panel)
        if not self._panels:
            self._binding.off_cell_end(self._cell_ended)
            _tables.pop((self._binding, self._fixed), None)
            self.close()

    def display(self, panel: str) -> None:
        """Display it for a panel, in the output of the cell that runs."""
        # Of its own, as nbclient fails where a cell that is run again displays a known one.
        display_id = f"threadbook-panel-{self.id}-{next(self._displayed)}"
        self._places[display_id] = Place(panel, self._binding.cell())
        shell: Any = get_ipython()
        shell.display_pub.publish(self.content(), transient={"display_id": display_id})

    def content(self) -> dict[str, Any]:
        """Return what is displayed."""
        state = self._state()
        self._snapshot = state.as_json()
        html = state.as_html(f"{_CLASS} {_CLASS}-{self.id}")
        return {"text/plain": state.as_text(), "text/html": html}

    def mark_stale(self) -> None:
        """Note that there are news."""
        self._is_stale = True

    def freshen(self) -> None:
        """Bring it up to date now and then; to be called with each beat of each panel."""
        is_due = time.monotonic() - self._published_at >= BEAT_SECONDS / 2
        if self._is_stale and self._places and is_due:
            self._publish_update()

    def _cell_ended(self) -> None:
        if self._binding.is_forked:
            return
        self._forget_replaced()
        self._is_stale = True
        is_watched = any(followers.are_watched for followers in list(self._panels.values()))
        if self._places and not is_watched:  # else a beat is soon enough, and delays no reply
            self._publish_update()

    def _forget_replaced(self) -> None:
        """Forget displays in the earlier output of a cell that was run again."""
        now = self._binding.cell()
        self._forget(lambda place: place.cell.id == now.id and place.cell != now)

    def _forget(self, is_gone: Callable[[Place], bool]) -> None:
        for display_id, place in list(self._places.items()):
            if is_gone(place):
                self._places.pop(display_id, None)

    def _state(self) -> Snapshot:
        thread = self.thread
        try:
            return self._binding.ask(lambda feed: take(feed, thread))
        except ThreadbookError as error:
            return Snapshot(at=now(), thread=thread, problem=str(error))

    def _publish_update(self) -> None:
        """Update all places where it is displayed.

        Not through what traces the kernel's output: the record would hold the record again.
        """
        shell: Any = get_ipython()
        kernel = getattr(shell, "kernel", None)
        if kernel is None:
            return
        with self._publishing:  # an older state must not follow a newer one
            self._is_stale, self._published_at = False, time.monotonic()
            content = self.content()
            for display_id in list(self._places):
                Session.send(
                    kernel.session,
                    kernel.iopub_socket,
                    "update_display_data",
                    {
                        "data": content,
                        "metadata": {},
                        "transient": {"display_id": display_id},
                    },
                    parent=kernel.get_parent(),
                    ident=shell.display_pub.topic,
                )
