"""Which cells are running: what they ask for is done, what others ask for is not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from threadbook.errors import CellSettled

_REMEMBERED = 10_000


class Cells:
    """The cells of one kernel, by the message id of their execute request. Threads may share it.

    With `only_cells`, nothing but a running cell may ask for anything. Otherwise what is no cell
    at all may, a callback of a widget for instance; a cell that has ended may not.
    """

    def __init__(self, *, only_cells: bool) -> None:
        self._only_cells = only_cells
        self._lock = threading.Lock()
        self._running: dict[str, list[Callable[[], None]]] = {}
        self._past: dict[str, None] = {}

    def begin(self, message: str) -> None:
        """Note that a cell is about to run."""
        with self.beginning() as begin:
            begin(message)

    @contextmanager
    def beginning(self) -> Iterator[Callable[[str], None]]:
        """Hold back whoever asks until a cell that is being sent is known by its message id."""
        with self._lock:
            yield lambda message: self._running.update({message: []})

    def settle(self, message: str) -> None:
        """Note that a cell has ended, and end what it still waits for."""
        with self._lock:
            ends = self._running.pop(message, [])
            self._past[message] = None
            if len(self._past) > _REMEMBERED:
                del self._past[next(iter(self._past))]
        for end in ends:
            end()

    def require(self, message: str) -> None:
        """Raise CellSettled where nothing may be done for this message (any more)."""
        with self._lock:
            self._require(message)

    def enter(self, message: str, end: Callable[[], None]) -> Callable[[], None]:
        """Have `end` called when the cell settles; return how to take that back.

        Raises CellSettled as `require` does.
        """
        with self._lock:  # once: the cell may settle at any moment
            self._require(message)
            ends = self._running.get(message)
            if ends is None:
                return lambda: None
            ends.append(end)

        def leave() -> None:
            with self._lock, suppress(ValueError):
                ends.remove(end)

        return leave

    def _require(self, message: str) -> None:
        is_unknown = self._only_cells and message not in self._running
        if message in self._past or is_unknown:
            raise CellSettled("the cell that this call comes from has settled")
