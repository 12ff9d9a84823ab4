"""The broker of a kernel that was started on its own: it runs in the kernel's process."""

from __future__ import annotations

import atexit
from collections.abc import Callable

from threadbook.broker.assembly import ToolOptions, make_parts
from threadbook.broker.broker import Broker
from threadbook.broker.cells import Cells
from threadbook.config import Settings
from threadbook.log.sink import Sink


def open_broker(
    sink: Sink, settings: Settings, cells: Cells, *, session: Callable[[], str]
) -> Broker:
    """Return the broker that settings describe; it is closed when the process ends.

    In this process, cells can reach all that the broker holds: rules and approvals protect from
    mistakes here, and not from code that means harm. The records say `sandbox: none`.
    """
    options = ToolOptions.of(settings)
    broker = Broker(
        sink, cells=cells, make_parts=lambda: make_parts(sink, options), session=session
    )
    atexit.register(broker.close)
    return broker
