"""Where a call comes from."""

from __future__ import annotations

import msgspec


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """A cell, by the message id of its request and the id of its start.

    `parent` is the record that the call's own continues: the start of the cell, or the workflow
    call it was made in. `thread` is the thread of the session.
    """

    message: str
    thread: str
    cell: str | None = None
    parent: str | None = None
