"""The bridge of a session: the broker in this process, and the socket its kernel reaches it by."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from threadbook.broker.assembly import ToolOptions, make_parts
from threadbook.broker.broker import Broker
from threadbook.broker.cells import Cells
from threadbook.broker.channels import LocalChannel
from threadbook.broker.origin import Origin
from threadbook.broker.server import Listener
from threadbook.config import BROKER, BROKER_SECRET
from threadbook.log.sink import Sink
from threadbook.tools.namespace import Tools


class Bridge:
    """Open from the start of a session to its end, across restarts of the kernel.

    `on_wait` is called with True when somebody begins to be asked for a decision, and with False
    when that is over, in the broker's thread.
    """

    def __init__(
        self, sink: Sink, options: ToolOptions, *, thread: str, on_wait: Callable[[bool], Any]
    ) -> None:
        self.cells = Cells(only_cells=True)
        self.session = ""  # the id of the start of the session that the kernel has recorded
        self._broker = Broker(
            sink,
            cells=self.cells,
            make_parts=lambda: make_parts(sink, options),
            on_wait=on_wait,
            session=lambda: self.session,
            thread=thread,
        )
        try:
            self._listener = Listener.listen(self._broker)
        except BaseException:
            self._broker.close()
            raise
        self._own = secrets.token_hex(16)  # what the program asks; no cell can guess it
        self.cells.begin(self._own)

    def environ(self) -> dict[str, str]:
        """Return the variables that tell a kernel where the broker is."""
        return {BROKER: str(self._listener.path), BROKER_SECRET: self._listener.secret}

    def tools(self, thread: str) -> Tools:
        """Return the tools as the program has them: what it calls is recorded, in no cell."""
        origin = Origin(message=self._own, thread=thread)
        return Tools(LocalChannel(lambda: self._broker, lambda: origin, lambda *_: None))

    def close(self) -> None:
        """Stop listening, and what tools have started. May be called again."""
        try:
            self._listener.close()
        finally:
            self._broker.close()

    def abandon(self) -> None:
        """Let go without waiting, where nothing may be waited for any more."""
        self._listener.abandon()
        self._broker.abandon()
