"""Rows of a thread's timeline, page by page."""

from __future__ import annotations

from bisect import bisect_left
from typing import Annotated, get_args

from msgspec import Meta

from threadbook.folds.row_types import RowType
from threadbook.folds.timeline import Row, RowStatus, TimelineState, row_at
from threadbook_panel.filters import EVERYTHING, RowFilter
from threadbook_panel.messages import Message, Params
from threadbook_panel.reader import Reader

MOST_ROWS = 1000
"""Rows of one page."""

_MOST_ACTORS = 200


class RowsParams(Params, frozen=True):
    """Which rows: `limit` of those that match, from the place `offset` among them on."""

    thread: str
    offset: Annotated[int, Meta(ge=0)]
    limit: Annotated[int, Meta(ge=0, le=MOST_ROWS)]
    filter: RowFilter = EVERYTHING


class RowsPage(Message, frozen=True):
    """Rows, and what there is to filter by in the whole thread."""

    thread: str
    total: int
    matched: int
    offset: int
    rows: list[Row]
    types: list[RowType]
    actors: list[str]
    statuses: list[RowStatus]


class PlaceParams(Params, frozen=True):
    """Which record, among which rows."""

    thread: str
    id: str
    filter: RowFilter = EVERYTHING


class Place(Message, frozen=True):
    """Where a record's row stands among those that match, None where it does not."""

    offset: int | None


def page(reader: Reader, params: RowsParams) -> RowsPage:
    """Return a page of rows; of a thread without records, none."""
    timeline, now = reader.timelines.of(params.thread), reader.now()
    begin, end = params.offset, params.offset + params.limit

    def view(state: TimelineState) -> RowsPage:
        if params.filter == EVERYTHING:
            matched, rows = len(state.rows), state.rows[begin:end]
        else:
            found = timeline.matching(state, params.filter, now)
            matched, rows = len(found), [state.rows[index] for index in found[begin:end]]
        return RowsPage(
            thread=params.thread,
            total=len(state.rows),
            matched=matched,
            offset=begin,
            rows=[row_at(state, row, now) for row in rows],
            types=[type_ for type_ in get_args(RowType) if type_ in state.types],
            actors=sorted(state.actors, key=lambda actor: -state.actors[actor])[:_MOST_ACTORS],
            statuses=_statuses(state, now),
        )

    return timeline.ask(view)


def place(reader: Reader, params: PlaceParams) -> Place:
    """Return where the row of a record stands."""
    timeline, now = reader.timelines.of(params.thread), reader.now()

    def view(state: TimelineState) -> Place:
        index = state.places.get(params.id)
        if index is None or params.filter == EVERYTHING:
            return Place(offset=index)
        found = timeline.matching(state, params.filter, now)
        offset = bisect_left(found, index)
        is_there = offset < len(found) and found[offset] == index
        return Place(offset=offset if is_there else None)

    return timeline.ask(view)


def _statuses(state: TimelineState, now: int) -> list[RowStatus]:
    counts = dict(state.statuses)
    for index in state.waiting:
        row = state.rows[index]
        status = row_at(state, row, now).status
        counts[row.status] -= 1
        counts[status] = counts.get(status, 0) + 1
    return [status for status in get_args(RowStatus) if counts.get(status)]
