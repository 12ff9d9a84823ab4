"""What is new in the log, at a glance: of which news there may be some."""

from __future__ import annotations

from typing import Self

from threadbook.folds import principals
from threadbook.folds.decisions import WORK_REQUEST
from threadbook.folds.fold import CORRECTION, ERASURE, TOPIC_CORRECTION
from threadbook.log.store import Query, Row, Store
from threadbook.records import bodies
from threadbook.records.record import Act

MOST_RECORDS = 2000
"""Records that are looked at; of more, everything may be news."""

_LIBRARY = frozenset({
    bodies.ArtifactSave.KIND,
    bodies.ArtifactDelete.KIND,
    bodies.WorkflowSave.KIND,
    bodies.WorkflowDelete.KIND,
    bodies.WorkflowResult.KIND,
    ERASURE,
})  # fmt: skip
_ASKING = frozenset({bodies.DecisionRequest.KIND, WORK_REQUEST})
_TAKING_BACK = frozenset({CORRECTION, ERASURE, *principals.KINDS})
_ABOUT_DECISIONS = (b'"awaits":', b'"fulfills":', b'"cancels":')


class Seen:
    """What a look has found; `threads` is None where it may be any."""

    def __init__(self) -> None:
        self.threads: set[str] | None = set()
        self.has_records = False
        self.has_verdicts = False
        self.has_library = False
        self.has_decisions = False
        self.has_beginnings = False

    @classmethod
    def since(cls, store: Store, seq: int) -> tuple[Self, int]:
        """Return what follows the record `seq`, and the seq of the last."""
        seen, end = cls(), store.tip().seq
        if end < seq or end - seq > MOST_RECORDS:  # another log than it was, or a flood
            seen._note_all()
        elif end > seq:
            for row in store.rows(Query(), after=seq, limit=end - seq):
                seen._note(row)
        return seen, end

    def touches(self, thread: str | None) -> bool:
        """Tell whether there may be records of this thread."""
        return self.threads is None or thread in self.threads

    def _note_all(self) -> None:
        self.threads = None
        self.has_records = self.has_verdicts = self.has_library = True
        self.has_decisions = self.has_beginnings = True

    def _note(self, row: Row) -> None:
        assert self.threads is not None  # noqa: S101  not after _note_all
        takes_back = row.kind in _TAKING_BACK or TOPIC_CORRECTION in row.canonical
        self.threads.add(row.thread)
        self.has_records = True
        self.has_verdicts |= takes_back or b'"verdict":' in row.canonical
        self.has_library |= row.kind in _LIBRARY
        self.has_decisions |= (
            takes_back
            or row.kind in _ASKING
            or any(mark in row.canonical for mark in _ABOUT_DECISIONS)
        )
        self.has_beginnings |= row.act == Act.INTEND or row.kind == bodies.SessionStart.KIND
