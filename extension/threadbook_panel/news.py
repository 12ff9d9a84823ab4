"""News: what a subscription tells."""

from __future__ import annotations

import msgspec

from threadbook.folds.timeline import Row
from threadbook_panel.health import Health
from threadbook_panel.messages import Message


class News(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened; `type` tells what."""


class Reset(News, frozen=True, tag="reset"):
    """Everything is to be asked for again."""


class RowsNews(News, frozen=True, tag="rows"):
    """Rows of a thread that are new or have changed, as they are now; it has `total` rows."""

    thread: str
    total: int
    rows: list[Row]


class Waiting(Message, frozen=True):
    """A decision that waits for somebody's answer."""

    id: str
    thread: str
    question: str


class DecisionsNews(News, frozen=True, tag="decisions"):
    """What waits for an answer, on any thread: `pending` counts all, `waiting` are the first."""

    pending: int
    waiting: list[Waiting]


class TrustNews(News, frozen=True, tag="trust"):
    """A verdict was given or taken back."""


class LibraryNews(News, frozen=True, tag="library"):
    """An artifact or a workflow was saved, used or deleted."""


class ThreadsNews(News, frozen=True, tag="threads"):
    """The list of threads reads differently now."""


class HealthNews(News, frozen=True, tag="health"):
    """The health of the log, or of the thread's session, is another."""

    health: Health
