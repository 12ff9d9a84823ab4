"""Full-text search: records whose text has all the words, the best first.

Ranked are the newest 1000 that fit, then the 1000 before them, and so on: a search reads no more
than it shows needs, and what is newer is worth more. As the score of a record depends on nothing
else, pages stay right while records are appended.
"""

from __future__ import annotations

import base64
import heapq
from collections.abc import Callable, Iterator
from typing import Generic, Protocol

import msgspec

from threadbook.errors import QueryError
from threadbook.log.filters import EVERYTHING, Filter
from threadbook.log.matching import matches
from threadbook.log.query import ReadableT, check_range, fingerprint
from threadbook.log.store import Candidates, Query, Row
from threadbook.log.words import Phrase, parse_words, score, snippet
from threadbook.records.record import MAX_CLOCK

DEFAULT_HITS = 20
MAX_HITS = 100
RANKED = 1000
"""How many of the newest that fit are put in order together."""
_PAGE = 200


class Hit(msgspec.Struct, Generic[ReadableT], frozen=True, kw_only=True):
    """A record that fits, how well (above 0, more is better), and the text around a place."""

    record: ReadableT
    score: float
    snippet: str


class Hits(msgspec.Struct, Generic[ReadableT], frozen=True, kw_only=True):
    """Some hits, the best first; with `next_cursor` the same search goes on."""

    hits: list[Hit[ReadableT]]
    next_cursor: str | None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What to find: the words of `text` in records that match `query` and `where`."""

    text: str
    query: Query
    where: Filter = EVERYTHING
    limit: int = DEFAULT_HITS
    cursor: str | None = None


class Source(Protocol):
    """What a search reads: `Store.find`."""

    def __call__(
        self, phrases: tuple[Phrase, ...], query: Query, *, before: int, limit: int
    ) -> Candidates:
        """See Store.find."""


class _Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page ended: in the stretch from seq `first` to below `before`, behind a hit.

    A `first` of 0 is not known yet; with a `seq` of 0 nothing of the stretch has been returned.
    """

    mark: str
    before: int
    first: int = 0
    score: float = 0.0
    seq: int = 0


def find(
    finding: Finding, source: Source, stored: Callable[[Row], ReadableT], size: int
) -> Hits[ReadableT]:
    """Return one page of a search in a log of `size` records; see Log.find."""
    check_range("limit", finding.limit, 1, MAX_HITS, "read page after page with the cursor")
    phrases = parse_words(finding.text)
    mark = _fingerprint(finding, phrases)
    place = _Place(mark, size + 1)
    if finding.cursor is not None:
        place = _opened(finding.cursor, mark)
    found: list[Hit[ReadableT]] = []
    while place.before > 1:
        stretch = _Stretch(finding, phrases, place, source, stored)
        missing = finding.limit - len(found)
        found += heapq.nsmallest(missing + 1, stretch, key=_rank)
        if len(found) > finding.limit:
            end = msgspec.structs.replace(place, first=stretch.first)
            if missing:
                last = found[finding.limit - 1]
                end = msgspec.structs.replace(end, score=last.score, seq=last.record.seq)
            return _page(found[: finding.limit], phrases, end)
        place = _Place(mark, stretch.first)
    return _page(found, phrases, None)


class _Stretch(Generic[ReadableT]):
    """The hits of a stretch of the log behind a place, in no order.

    Where the place does not say where the stretch begins, it does after enough hits; `first` is
    known once all have been taken.
    """

    def __init__(
        self,
        finding: Finding,
        phrases: tuple[Phrase, ...],
        place: _Place,
        source: Source,
        stored: Callable[[Row], ReadableT],
    ) -> None:
        self._finding, self._phrases, self._place = finding, phrases, place
        self._source, self._stored = source, stored
        self.first = place.first or 1

    def __iter__(self) -> Iterator[Hit[ReadableT]]:
        place, number = self._place, 0
        for row in self._rows():
            record = self._stored(row)
            rated = score(self._phrases, record.record.body)
            if not rated or not matches(self._finding.where, record):
                continue
            hit = Hit(record=record, score=rated, snippet="")
            if not place.seq or _rank(hit) > (-place.score, -place.seq):
                yield hit
            number += 1
            if number == RANKED and not place.first:
                self.first = row.seq
                return

    def _rows(self) -> Iterator[Row]:
        before = self._place.before
        while before > self.first:
            query = self._finding.query
            found = self._source(self._phrases, query, before=before, limit=_PAGE)
            for row in found.rows:
                if row.seq < self.first:
                    return
                if query.takes(row):
                    yield row
            if found.resume is None:
                return
            before = found.resume.seq


def _page(
    found: list[Hit[ReadableT]], phrases: tuple[Phrase, ...], end: _Place | None
) -> Hits[ReadableT]:
    hits = [
        msgspec.structs.replace(hit, snippet=snippet(phrases, hit.record.record.body))
        for hit in found
    ]
    return Hits(hits=hits, next_cursor=None if end is None else _sealed(end))


def _rank(hit: Hit[ReadableT]) -> tuple[float, int]:
    """Return what sorts the best first, of equals the newest."""
    return -hit.score, -hit.record.seq


def _fingerprint(finding: Finding, phrases: tuple[Phrase, ...]) -> str:
    described = msgspec.to_builtins((phrases, finding.query, finding.where))
    return fingerprint(described)


def _sealed(place: _Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _opened(cursor: str, mark: str) -> _Place:
    """Return the place in a cursor, which anybody may have written."""
    try:
        data = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        place = msgspec.json.decode(data, type=_Place)
    except (ValueError, AttributeError):
        place = _Place("", 0)
    if place.mark != mark or not 0 <= place.first < place.before < MAX_CLOCK:
        raise QueryError(
            "this cursor does not belong to this search",
            remedy="use the next_cursor of a page of the same search",
        )
    return place
