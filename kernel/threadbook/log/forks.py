"""What has to happen to locks and connections when the process forks.

User code forks (multiprocessing does), while threads of ours may hold a lock or an open SQLite
connection, neither of which may be carried into the child: there, a lock that another thread held
stays locked for ever, and SQLite's file locks are lost (https://www.sqlite.org/howtocorrupt.html).
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from typing import Any, Protocol


class Forkable(Protocol):
    """Holds what must be closed before a fork."""

    def before_fork(self) -> None:
        """Close it, and let no other thread open it again."""

    def after_fork(self) -> None:
        """Allow it again, in the parent and in the child."""


_lock = threading.RLock()  # held by the forking thread from before to after
_closable: weakref.WeakSet[Any] = weakref.WeakSet()
_closed: list[Forkable] = []
_renewals: list[weakref.WeakMethod[Callable[[], None]]] = []


def close_at_fork(forkable: Forkable) -> None:
    """Have `forkable` closed before each fork for as long as it lives."""
    with _lock:
        _closable.add(forkable)


def renew_in_child(renew: Callable[[], None]) -> None:
    """Have a bound method called in each forked child for as long as its object lives."""
    with _lock:
        _renewals[:] = [method for method in _renewals if method() is not None]
        _renewals.append(weakref.WeakMethod(renew))


def _before() -> None:
    _lock.acquire()
    for forkable in tuple(_closable):
        forkable.before_fork()
        _closed.append(forkable)


def _after() -> None:
    while _closed:
        _closed.pop().after_fork()
    _lock.release()


def _after_in_child() -> None:
    _after()
    for method in _renewals:
        if (renew := method()) is not None:
            renew()


os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_after_in_child)
