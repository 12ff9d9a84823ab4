"""The kernel as a process: what the kernelspec starts."""

from __future__ import annotations

from ipykernel.kernelapp import IPKernelApp
from traitlets import DottedObjectName
from traitlets.config import Config
from traitlets.utils.importstring import import_item

DEFAULTS = Config(
    # IPython commits its history after each cell, in a thread that competes with the cell's own
    # work. Our log has every cell; the history file may follow in batches.
    HistoryManager={"db_cache_size": 64},
)
"""Configuration that differs from IPython's; files and the command line have the last word."""


class ThreadbookApp(IPKernelApp):
    """ipykernel's application, for the traced kernel."""

    name = "threadbook-kernel"
    outstream_class = DottedObjectName("threadbook.kernel.streams.CellStream").tag(config=True)

    def initialize(self, argv: list[str] | None = None) -> None:
        """Set up sockets, streams, kernel and shell."""
        self.update_config(DEFAULTS)
        super().initialize(argv)

    def init_kernel(self) -> None:
        """Make the kernel, which is imported only now that the sockets are bound.

        A client that connects before that tries again 100 ms later (ZMQ_RECONNECT_IVL).
        """
        self.kernel_class = import_item("threadbook.kernel.kernel.ThreadbookKernel")
        super().init_kernel()


def main() -> None:
    """Run a kernel until it is shut down."""
    ThreadbookApp.launch_instance()
