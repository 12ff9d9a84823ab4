"""A thread as a notebook shows it: what it is for, how it stands, and its timeline."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

import msgspec

from threadbook.folds.threads import thread_state
from threadbook.folds.timeline import Row, RowStatus, timeline
from threadbook.log.entry import Stored
from threadbook.tables import cell_text, facts_html, table_html, table_text
from threadbook.text import actor_text, count_text, duration_text, moment_text

MOST_ROWS = 200
"""Most rows that are shown, the newest."""

HEADINGS = ("what happened", "type", "status", "took", "by", "at", "sandbox")

_MARKS: dict[RowStatus, str] = {
    "running": "…",
    "waiting": "?",
    "ok": "✓",
    "approved": "✓",
    "accepted": "✓",
    "open": "○",
    "none": "·",
}
_MARK_OF_OTHERS = "✗"
_INDENT = "· "  # spaces at the beginning are taken away, and others written out
_DEEPEST = 8


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A thread at a glance: `rows` are the newest of its timeline, `total` how many there are."""

    thread: str
    status: str
    goals: tuple[str, ...]
    records: int
    statuses: dict[str, int]
    rows: tuple[Row, ...]
    total: int

    @classmethod
    def of(cls, thread: str, records: Sequence[Stored], *, most_rows: int = MOST_ROWS) -> Summary:
        """Return what the records of a thread add up to."""
        state = thread_state(thread, records)
        rows = timeline(records, as_of=time.time_ns() // 1_000_000)
        return cls(
            thread=thread,
            status=state.status if records else "empty",
            goals=tuple(f"{goal.goal} ({goal.status})" for goal in state.goals),
            records=len(records),
            statuses=Counter(row.status for row in rows if row.status != "none"),
            rows=tuple(rows[-most_rows:]),
            total=len(rows),
        )

    def __str__(self) -> str:
        lines = [f"{name}: {cell_text(text)}" for name, text in self._facts()]
        if self.rows:
            cells = [[cell_text(cell) for cell in row_cells(row)] for row in self.rows]
            lines += [count_of_rows(len(self.rows), self.total), table_text(HEADINGS, cells)]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        facts = facts_html(self._facts(), caption="thread")
        return facts + rows_html(self.rows, self.total) if self.rows else facts

    def _facts(self) -> list[tuple[str, str]]:
        counts = ", ".join(f"{count} {status}" for status, count in self.statuses.items())
        facts = [
            ("thread", self.thread),
            ("goal", "\n".join(self.goals)),
            ("status", self.status),
            ("holds", f"{count_text(self.records, 'record')}{counts and f'; {counts}'}"),
        ]
        return [(name, text) for name, text in facts if text]


def rows_html(rows: Sequence[Row], total: int) -> str:
    """Return rows of a timeline as a table, of so many in all."""
    cells = map(row_cells, rows)
    return table_html(HEADINGS, cells, caption=count_of_rows(len(rows), total))


def count_of_rows(shown: int, total: int) -> str:
    """Return how much of a timeline is shown."""
    if shown < total:
        return f"timeline, the newest {shown:,} of {count_text(total, 'row')}"
    return f"timeline, {count_text(total, 'row')}"


def row_cells(row: Row) -> tuple[str, ...]:
    """Return the cells of a row, one for each heading; a status is a sign and a word."""
    title = f"{row.title} → {row.detail}" if row.detail else row.title
    return (
        _INDENT * min(row.depth, _DEEPEST) + title,
        row.type,
        f"{_MARKS.get(row.status, _MARK_OF_OTHERS)} {row.status}",
        duration_text(row.duration_ms),
        actor_text(row.actor),
        moment_text(row.at),
        row.sandbox or "",
    )
