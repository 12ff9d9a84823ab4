"""Entering a lock, with or without waiting for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from threadbook.errors import StoreBusy


@contextmanager
def entered(lock: threading.RLock, *, wait: bool) -> Iterator[None]:
    """Hold a lock. Raises StoreBusy where another thread has it and `wait` is off."""
    if not lock.acquire(blocking=wait):
        raise StoreBusy("another thread is writing")
    try:
        yield
    finally:
        lock.release()
