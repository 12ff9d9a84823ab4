"""Which rows of a timeline are asked for, and which of them that are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Annotated

from msgspec import Meta

from threadbook.folds.row_types import RowType
from threadbook.folds.timeline import Row, RowStatus, TimelineState, status_at
from threadbook_panel.messages import Params

_Text = Annotated[str, Meta(max_length=1000)]


class RowFilter(Params, frozen=True):
    """Which rows are asked for. What is empty matches all.

    Text is matched in title, detail, actor and kind, in upper and lower case alike. `max_depth` 0
    leaves what nothing else contains.
    """

    types: tuple[RowType, ...] = ()
    actors: Annotated[tuple[_Text, ...], Meta(max_length=100)] = ()
    statuses: tuple[RowStatus, ...] = ()
    text: _Text = ""
    max_depth: int | None = None


EVERYTHING = RowFilter()


class Matches:
    """The rows of a timeline that match a filter, brought up to date as rows change.

    `generation` and `seq` say up to where (see Timeline); the caller sets them.
    """

    def __init__(self, wanted: RowFilter) -> None:
        self.generation = self.seq = 0
        self._wanted = wanted
        self._found: list[int] = []
        self._expired: set[int] = set()

    def brought_up(
        self, state: TimelineState, changed: Sequence[int] | None, now: int
    ) -> list[int]:
        """Return the indexes of what matches, given which rows changed; None is any."""
        takes = _test(self._wanted, state, now)
        if changed is None:
            self._found = [row.index for row in state.rows if takes(row)]
            self._expired = _expired(state, now)
            return self._found
        expired = _expired(state, now) if self._wanted.statuses else set()
        for index in {*changed, *(expired - self._expired)}:
            self._place(index, is_in=takes(state.rows[index]))
        self._expired = expired
        return self._found

    def _place(self, index: int, *, is_in: bool) -> None:
        place = bisect_left(self._found, index)
        was_in = place < len(self._found) and self._found[place] == index
        if is_in and not was_in:
            self._found.insert(place, index)
        elif was_in and not is_in:
            del self._found[place]


def _expired(state: TimelineState, now: int) -> set[int]:
    return {i for i, expiry in state.waiting.items() if expiry is not None and expiry <= now}


def _test(wanted: RowFilter, state: TimelineState, now: int) -> Callable[[Row], bool]:
    types, actors = frozenset(wanted.types), frozenset(wanted.actors)
    statuses, needle = frozenset(wanted.statuses), wanted.text.casefold()
    deepest = wanted.max_depth

    def takes(row: Row) -> bool:
        return (
            (not types or row.type in types)
            and (not actors or row.actor in actors)
            and (not statuses or status_at(state, row, now) in statuses)
            and (deepest is None or row.depth <= deepest)
            and (not needle or _has(row, needle))
        )

    return takes


def _has(row: Row, needle: str) -> bool:
    return (
        needle in row.title.casefold()
        or needle in row.detail.casefold()
        or needle in row.kind
        or needle in row.actor.casefold()
    )
