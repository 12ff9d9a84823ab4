"""Kernels that are measured: each in a process of its own, with a client that is ready."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

STOCK, TRACED = "python3", "threadbook"


@contextlib.contextmanager
def kernel(name: str, environment: dict[str, str]) -> Iterator[BlockingKernelClient]:
    """Start a kernel and yield a client that is ready."""
    manager = KernelManager(kernel_name=name)
    with Path(os.devnull).open("w") as nowhere:
        manager.start_kernel(env=environment, stdout=nowhere, stderr=nowhere)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
