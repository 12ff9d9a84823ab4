"""Rows of a timeline, and the state that they are kept in."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from threadbook.folds.decisions import DecisionsState
from threadbook.folds.fold import Fact
from threadbook.folds.progress import Progress
from threadbook.folds.row_types import RowType

RowStatus = Literal[
    "running", "waiting", "ok", "error", "interrupted", "timeout", "limit", "aborted", "refused",
    "died", "cancelled", "discarded", "approved", "rejected", "expired", "withdrawn", "accepted",
    "open", "none",
]  # fmt: skip
"""`running` has begun and not ended, `waiting` is a question without an answer."""

_GOOD = frozenset({"ok", "approved", "accepted"})
_UNDECIDED = frozenset({"running", "waiting", "open", "none"})


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing that happened: a record, or the pair of its start and its end.

    `id` is the record that opened it, `end` the one that closed it, `at` Unix milliseconds.
    `title` and `detail`, what came of it, are one line each. `is_signed` tells whether the
    signature of a key covers it. `depth` is how deep it is nested, `parent` the index of the row
    around it. `cell_id` (nbformat's), `execution_count` and `sandbox` are of cells.
    """

    index: int
    id: str
    end: str | None = None
    seq: int
    type: RowType
    kind: str
    act: str
    title: str
    detail: str = ""
    actor: str
    is_signed: bool
    at: int
    duration_ms: float | None = None
    status: RowStatus
    depth: int = 0
    parent: int | None = None
    cell_id: str | None = None
    execution_count: int | None = None
    sandbox: str | None = None

    @property
    def is_ok(self) -> bool | None:
        """Whether it came out well; None where there is no outcome (yet)."""
        return True if self.status in _GOOD else None if self.status in _UNDECIDED else False


class TimelineState(msgspec.Struct, kw_only=True):
    """The rows of a thread.

    `places` has the index of the row of each record. `running` are the rows that have not ended,
    each with the session it belongs to; `waiting` those of decisions, with when they expire
    (Unix ms). `touched` are the rows that the last record of the thread, or of a session that
    came from it, opened or changed. `types`, `actors` and `statuses` count rows.
    """

    rows: list[Row] = []
    places: dict[str, int] = {}
    running: dict[int, str] = {}
    waiting: dict[int, int | None] = {}
    touched: dict[int, None] = {}
    types: dict[str, int] = {}
    actors: dict[str, int] = {}
    statuses: dict[str, int] = {}
    progress: Progress = msgspec.field(default_factory=Progress)
    decisions: DecisionsState = msgspec.field(default_factory=DecisionsState)

    def row_of(self, record_id: str) -> Row | None:
        """Return the row that a record opened or closed."""
        place = self.places.get(record_id)
        return None if place is None else self.rows[place]

    def is_inside(self, index: int, row: Row) -> bool:
        """Tell whether a row is nested in another, however deep."""
        parent: int | None = index
        while parent is not None and parent > row.index:
            parent = self.rows[parent].parent
        return parent == row.index

    def add(self, row: Row) -> None:
        """Add a row at the end."""
        self.rows.append(row)
        self.places[row.id] = row.index
        self.touched[row.index] = None
        _count(self.types, row.type, 1)
        _count(self.actors, row.actor, 1)
        _count(self.statuses, row.status, 1)

    def change(self, row: Row, **changes: Any) -> None:
        """Put another row in the place of this one."""
        changed = msgspec.structs.replace(row, **changes)
        _count(self.statuses, row.status, -1)
        _count(self.statuses, changed.status, 1)
        self.rows[row.index] = changed
        self.touched[row.index] = None

    def close(self, row: Row, fact: Fact, **changes: Any) -> None:
        """Note that a record is the end of a row."""
        self.places[fact.id] = row.index
        self.running.pop(row.index, None)
        self.waiting.pop(row.index, None)
        self.change(row, end=fact.id, **changes)

    def die(self, rows: list[int], reason: str) -> None:
        """Note that of these rows no end will come; should one come, it counts."""
        for index in rows:
            self.change(self.rows[index], status="died", detail=reason)
            del self.running[index]


def _count(counts: dict[str, int], name: str, by: int) -> None:
    counts[name] = counts.get(name, 0) + by
    if not counts[name]:
        del counts[name]
