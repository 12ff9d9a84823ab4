"""What a client hands back: results of writes, and lists of records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec


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


class Records(list[dict[str, Any]]):
    """Records in the shape of the wire, and whether they are all there is.

    Where `complete` is false, `cursor=next_cursor` in the same query goes on after the last.
    """

    def __init__(
        self, records: Iterable[dict[str, Any]] = (), *, next_cursor: str | None = None
    ) -> None:
        super().__init__(records)
        self.next_cursor = next_cursor

    @property
    def complete(self) -> bool:
        """Whether nothing more matches."""
        return self.next_cursor is None
