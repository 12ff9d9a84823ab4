"""Timelines of threads, kept up to date and shared by all who read them."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import TypeVar

from threadbook.folds.fold import Fact, Projection
from threadbook.folds.timeline import TimelineFold, TimelineState
from threadbook.log.log import Log
from threadbook.records.bodies import SessionSwitch
from threadbook_panel.filters import Matches, RowFilter

T = TypeVar("T")

MOST_THREADS = 16
MOST_ROWS = 300_000
"""Rows of all timelines together; a row takes some 0.7 kB, so that 200 MB are the most."""

_MOST_CHANGES = 2000
_MOST_FILTERS = 8


class Timeline:
    """The rows of one thread. Safe to use from several threads.

    Each look reads what was appended since the last. Filters that are in use are kept up to date
    with it, so that a page costs no look at all rows.
    """

    def __init__(self, log: Log, thread: str, operator: str | None) -> None:
        self._fold = _NotedFold(thread, operator)
        self._projection = Projection(log, self._fold, snapshot_every=None)
        self._matches: OrderedDict[RowFilter, Matches] = OrderedDict()
        self.size = 0

    def ask(self, view: Callable[[TimelineState], T]) -> T:
        """Return what `view` makes of the rows, up to date; it must not change the state."""

        def look(state: TimelineState) -> T:
            self.size = len(state.rows)
            return view(state)

        return self._projection.ask(look).value

    def matching(self, state: TimelineState, wanted: RowFilter, now: int) -> list[int]:
        """Return the indexes of the rows that match, in order; for a view given to `ask`."""
        matches = self._matches.setdefault(wanted, Matches(wanted))
        self._matches.move_to_end(wanted)
        while len(self._matches) > _MOST_FILTERS:
            self._matches.popitem(last=False)
        changed = self._fold.changes_since(matches.generation, matches.seq)
        found = matches.brought_up(state, changed, now)
        matches.generation, matches.seq = self._fold.generation, self._fold.seq
        return found

    def changed_since(self, generation: int, seq: int) -> list[int] | None:
        """Return the rows that records after `seq` changed, None where too many did; for a view.

        A `generation` ends when the log turns out to be another than it was, as after an erasure.
        """
        return self._fold.changes_since(generation, seq)

    @property
    def edge(self) -> tuple[int, int]:
        """The generation, and the seq of the last record of the thread; for a view."""
        return self._fold.generation, self._fold.seq


class Timelines:
    """The timelines of a log; those not looked at for longest are forgotten."""

    def __init__(self, log: Log, operator: str | None) -> None:
        self._log = log
        self._operator = operator
        self._kept: OrderedDict[str, Timeline] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, thread: str) -> Timeline:
        """Return the timeline of a thread."""
        with self._lock:
            found = self._kept.get(thread)
            if found is None:
                found = self._kept[thread] = Timeline(self._log, thread, self._operator)
            self._kept.move_to_end(thread)
            while len(self._kept) > 1 and self._is_full():
                self._kept.popitem(last=False)
            return found

    def _is_full(self) -> bool:
        rows = sum(timeline.size for timeline in self._kept.values())
        return len(self._kept) > MOST_THREADS or rows > MOST_ROWS


class _NotedFold(TimelineFold):
    """The fold of a timeline that notes which rows changed lately."""

    def __init__(self, thread: str, operator: str | None) -> None:
        super().__init__(thread, operator)
        self.generation = self.seq = 0
        self._changes: deque[tuple[int, int]] = deque(maxlen=_MOST_CHANGES)

    def empty(self) -> TimelineState:
        """See Fold.empty."""
        self._changes.clear()
        self.generation, self.seq = self.generation + 1, 0
        return super().empty()

    def apply(self, state: TimelineState, fact: Fact) -> TimelineState:
        """See Fold.apply."""
        super().apply(state, fact)
        if fact.thread == self.thread or (fact.kind == SessionSwitch.KIND and state.touched):
            self._changes.extend((fact.seq, index) for index in state.touched)
            self.seq = fact.seq
        return state

    def changes_since(self, generation: int, seq: int) -> list[int] | None:
        """Return the rows that records after `seq` changed, None where that is not known."""
        changes = self._changes
        is_whole = len(changes) < _MOST_CHANGES or changes[0][0] <= seq
        if generation != self.generation or not is_whole:
            return None
        found: dict[int, None] = {}
        for changed_at, index in reversed(changes):
            if changed_at <= seq:
                break
            found[index] = None
        return sorted(found)
