"""What a client hands back: results of writes, and lists of records."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from threadbook.tables import Listing, facts_html

_SHORT = 12


class EmitResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a record.

    `success` means the record is safe under `record_id`: in the log or, where `pending` is true,
    in the outbox, from which it is delivered later; `error` then says why it waits. Without
    success and with a `record_id` it is held in memory, and delivered if this process lives to do
    so; without either, the service refused it. `retried` counts how often it was sent again.
    """

    success: bool
    record_id: str | None = None
    clock: int | None = None
    error: str | None = None
    retried: int = 0
    kind: str = ""
    act: str = ""
    thread: str = ""
    pending: bool = False

    def _repr_html_(self) -> str:
        facts = [
            ("record", self.record_id or "none"),
            ("state", self._state()),
            ("kind", self.kind),
            ("act", str(self.act)),
            ("thread", self.thread),
            ("error", self.error or ""),
        ]
        return facts_html([(k, text) for k, text in facts if text], caption="record written")

    def _state(self) -> str:
        if self.success:
            return "waits in the outbox" if self.pending else "in the log"
        return "held in memory only" if self.record_id else "refused"


class Records(Listing[dict[str, Any]], list[dict[str, Any]]):
    """Records in the shape of the wire, and whether they are all there is.

    Where `complete` is false, `cursor=next_cursor` in the same query goes on after the last.
    """

    caption = "records"
    headings = ("id", "act", "kind", "actor", "body")
    __repr__ = list.__repr__  # whole: as text they are read by programs and agents, too

    def __init__(
        self, records: Iterable[dict[str, Any]] = (), *, next_cursor: str | None = None
    ) -> None:
        super().__init__(records)
        self.next_cursor = next_cursor

    @property
    def complete(self) -> bool:
        """Whether nothing more matches."""
        return self.next_cursor is None

    def cells(self, item: dict[str, Any]) -> Sequence[str]:
        """See Listing."""
        body = item.get("body")
        kind = body.get("kind", "") if isinstance(body, dict) else ""
        return (
            str(item.get("id", ""))[:_SHORT],
            str(item.get("act", "")),
            str(kind),
            str(item.get("actor", "")),
            json.dumps(body, ensure_ascii=False, default=str),
        )
