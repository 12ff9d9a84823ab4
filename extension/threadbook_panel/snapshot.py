"""The last state of a panel as a value: for a notebook that is opened without its kernel.

It is kept in two forms: as a table, which any program that shows notebooks can show, and as JSON,
which the view reads from the saved state of its model.
"""

from __future__ import annotations

import time
from typing import Any

import msgspec

from threadbook.folds.timeline import Row
from threadbook.kernel.summary import HEADINGS, MOST_ROWS, count_of_rows, row_cells, rows_html
from threadbook.tables import cell_text, facts_html, table_text
from threadbook.text import actor_text, count_text, moment_text
from threadbook_panel.feed import Feed

MOST_WAITING = 20
LONGEST_QUESTION = 500
_SCROLLED = "max-height:32em;overflow:auto"
LONGEST_JSON = 512 * 1024
"""Most bytes of the JSON form; with more, only newer rows are in it."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that waits."""

    id: str
    question: str
    requester: str
    at: int


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What a panel showed at a time (Unix milliseconds).

    `rows` are the newest of `total`. `verified` says how far the log was checked, `problem` what
    did not hold, or why nothing could be read.
    """

    at: int
    thread: str | None
    total: int = 0
    rows: tuple[Row, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    verified: str = ""
    problem: str | None = None

    def as_json(self) -> str:
        """Return it for the view, with as many of the newest rows as there is room for."""
        fewer = self
        while len(encoded := msgspec.json.encode(fewer)) > LONGEST_JSON and fewer.rows:
            fewer = msgspec.structs.replace(fewer, rows=fewer.rows[len(fewer.rows) // 2 + 1 :])
        return encoded.decode()

    def as_text(self) -> str:
        """Return it for a terminal."""
        lines = [f"{name}: {cell_text(text)}" for name, text in self._facts()]
        if self.rows:
            cells = [[cell_text(cell) for cell in row_cells(row)] for row in self.rows]
            lines += [count_of_rows(len(self.rows), self.total), table_text(HEADINGS, cells)]
        return "\n".join(lines)

    def as_html(self, css_class: str) -> str:
        """Return it for a page without scripts."""
        facts = facts_html(self._facts(), caption="Threadbook")
        rows = rows_html(self.rows, self.total) if self.rows else ""
        return (
            f'<section class="{css_class}" aria-label="Threadbook, saved state">{facts}'
            f'<div tabindex="0" role="group" aria-label="Timeline" style="{_SCROLLED}">{rows}</div>'
            "</section>"
        )

    def _facts(self) -> list[tuple[str, str]]:
        facts = [
            ("state", f"saved {moment_text(self.at)}; not live"),
            ("thread", self.thread or "none"),
            ("verified", self.verified),
            ("problem", self.problem or ""),
        ]
        facts += [
            ("waiting for a decision", f"{one.question} (asked by {actor_text(one.requester)})")
            for one in self.waiting
        ]
        return [(name, text) for name, text in facts if text]


def take(feed: Feed, thread: str | None) -> Snapshot:
    """Return the state of a thread as a panel shows it. Raises StoreError."""
    at = now()
    if thread is None:
        return Snapshot(at=at, thread=None)
    asked: Any = feed.call("rows", {"thread": thread, "offset": 0, "limit": 1})
    first = max(0, asked.total - MOST_ROWS)
    page: Any = feed.call("rows", {"thread": thread, "offset": first, "limit": MOST_ROWS})
    decisions: Any = feed.call("decisions", {"thread": thread})
    health: Any = feed.call("health", {"thread": thread})
    return Snapshot(
        at=at,
        thread=thread,
        total=page.total,
        rows=tuple(page.rows),
        waiting=tuple(
            Waiting(
                id=one.id,
                question=one.question[:LONGEST_QUESTION],
                requester=one.requester,
                at=one.at,
            )
            for one in decisions.decisions[:MOST_WAITING]
        ),
        verified=_verified(health),
        problem=health.problem,
    )


def now() -> int:
    """Return the time in Unix milliseconds."""
    return time.time_ns() // 1_000_000


def _verified(health: Any) -> str:
    if not health.verified:
        return ""
    return f"{health.verified:,} of {count_text(health.records, 'record')} of the log"
