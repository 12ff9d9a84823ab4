"""What code finds in a session: `sdk`, `thread`, and what is loaded when it is needed.

A kernel starts often, and most cells use none of `tools`, `workflows`, `artifacts`, `deps` and
`trust`. They are imported when the text of a cell first has one of their names, or when code
reaches one in another way.
"""

from __future__ import annotations

import functools
import importlib
import re
import sys
import threading
from collections.abc import Callable
from typing import Any

from threadbook.broker.cells import Cells
from threadbook.broker.origin import Origin
from threadbook.client.client import Client
from threadbook.client.transport import SinkTransport
from threadbook.config import Settings, take_broker_secret
from threadbook.kernel.deferred import Deferred, DeferredChannel
from threadbook.kernel.thread import Thread
from threadbook.kernel.tracer import Tracer
from threadbook.library.context import Context, current_call
from threadbook.library.current import activate
from threadbook.tools.channel import Channel

DEFERRED = ("tools", "workflows", "artifacts", "deps", "trust")
_MENTIONED = re.compile(rf"\b({'|'.join(DEFERRED)})\b")


class Namespaces:
    """The names of one session, bound to its log, identity and thread.

    `current_message` returns the message id of the cell that the calling thread works for.
    """

    def __init__(
        self,
        tracer: Tracer,
        settings: Settings,
        current_message: Callable[[], str],
        cells: Cells,
    ) -> None:
        self._tracer = tracer
        self._settings = settings
        self._broker_secret = take_broker_secret()  # before any cell can hand it on
        self._current_message = current_message
        self._cells = cells
        self._lock = threading.RLock()
        self._is_loaded = False
        self._overlay = activate(tracer.sink.url, settings.workspace, tracer.thread)
        sdk = Client(
            SinkTransport(tracer.sink), thread=lambda: tracer.thread, parents=self._parents
        )
        self.names: dict[str, Any] = {
            "sdk": sdk,
            "thread": Thread(tracer, sdk),
            **{name: Deferred(name, self.load) for name in DEFERRED},
        }

    def are_needed(self, code: str) -> bool:
        """Tell whether code has a name that is still to be loaded."""
        return not self._is_loaded and _MENTIONED.search(code) is not None

    def load(self) -> dict[str, Any]:
        """Import what was deferred, and return all names. May be called again."""
        with self._lock:
            if not self._is_loaded:
                self.names.update(self._loaded())
                self._is_loaded = True
        return self.names

    def _loaded(self) -> dict[str, Any]:
        tracer = self._tracer
        context = Context(
            sink=tracer.sink,
            thread=lambda: tracer.thread,
            cell=self._cell,
            workspace=self._settings.workspace,
        )
        channel = DeferredChannel(self._channel)
        return {
            "tools": _part("tools.namespace").Tools(channel),
            "workflows": _part("library.workflows").Workflows(context, lambda: self.names),
            "artifacts": _part("library.artifacts").Artifacts(context),
            "deps": _part("library.deps_face").DepsFace(channel, self._overlay),
            "trust": _part("kernel.trust").Trust(tracer.sink, lambda: tracer.thread),
        }

    def _channel(self) -> Channel:
        """Return the channel to the broker: that of the session, else one in this process."""
        channels, settings = _part("broker.channels"), self._settings
        channel: Channel
        if settings.broker is not None:
            channel = channels.SocketChannel(
                settings.broker, self._broker_secret, self._origin, _show
            )
        else:
            channel = channels.LocalChannel(functools.cache(self._open_broker), self._origin, _show)
        return channel

    def _open_broker(self) -> Any:
        return _part("broker.local").open_broker(
            self._tracer.sink,
            self._settings,
            self._cells,
            session=lambda: self._tracer.session or "",
        )

    def _origin(self) -> Origin:
        message, cell = self._current_message(), self._cell()
        return Origin(
            message=message,
            thread=self._tracer.thread_of(message),
            cell=cell,
            parent=current_call.get() or cell,
        )

    def _cell(self) -> str | None:
        return self._tracer.start_of(self._current_message())

    def _parents(self) -> tuple[str, ...]:
        parent = current_call.get() or self._cell()
        return (parent,) if parent else ()


def _part(module: str) -> Any:
    return importlib.import_module(f"threadbook.{module}")


def _show(stream: str, text: str) -> None:
    """Print what a tool prints, as part of the cell that called it."""
    if stream == "progress":
        text += "\n"
    file = sys.stdout if stream == "stdout" else sys.stderr
    file.write(text)
    file.flush()
