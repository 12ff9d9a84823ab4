"""The kernel as a process: what the kernelspec starts."""

from __future__ import annotations

import os
import signal
import time

from ipykernel.kernelapp import IPKernelApp
from ipykernel.parentpoller import ParentPollerUnix
from traitlets import DottedObjectName
from traitlets.config import Config
from traitlets.utils.importstring import import_item

DEFAULTS = Config(
    # IPython commits its history after each cell, in a thread that competes with the cell's own
    # work. Our log has every cell; the history file may follow in batches.
    HistoryManager={"db_cache_size": 64},
)
"""Configuration that differs from IPython's; files and the command line have the last word."""


class ParentPoller(ParentPollerUnix):
    """Ends the kernel when the process that started it is gone, and what its cells have started."""

    def run(self) -> None:
        """Wait until there is another parent; one of which nothing is known is no longer init's."""
        expected = self.parent_pid if os.getppid() == self.parent_pid else None
        while (parent := os.getppid()) == expected or (expected is None and parent != 1):
            time.sleep(1.0)
        if os.getpgrp() == os.getpid():  # else the group is not ours alone
            os.killpg(0, signal.SIGKILL)
        os._exit(1)


class ThreadbookApp(IPKernelApp):
    """ipykernel's application, for the traced kernel."""

    name = "threadbook-kernel"
    outstream_class = DottedObjectName("threadbook.kernel.streams.CellStream").tag(config=True)

    def initialize(self, argv: list[str] | None = None) -> None:
        """Set up sockets, streams, kernel and shell."""
        self.update_config(DEFAULTS)
        super().initialize(argv)

    def init_poller(self) -> None:
        """Watch the process that started the kernel."""
        super().init_poller()
        if isinstance(self.poller, ParentPollerUnix):
            self.poller = ParentPoller(self.poller.parent_pid)

    def init_kernel(self) -> None:
        """Make the kernel, which is imported only now that the sockets are bound.

        A client that connects before that tries again 100 ms later (ZMQ_RECONNECT_IVL).
        """
        self.kernel_class = import_item("threadbook.kernel.kernel.ThreadbookKernel")
        super().init_kernel()


def main() -> None:
    """Run a kernel until it is shut down."""
    ThreadbookApp.launch_instance()
