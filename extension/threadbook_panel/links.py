"""Links from a record to those that it names as parents, and to those that name it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from threadbook.folds import titles
from threadbook.folds.fold import Fact
from threadbook.folds.row_types import type_of
from threadbook.folds.timeline import Row, TimelineState
from threadbook.log.entry import Stored
from threadbook.log.store import Query
from threadbook.log.store import Row as Stand
from threadbook_panel.messages import Message
from threadbook_panel.reader import Reader

MOST_LINKS = 200
"""Links of one record, each way."""

_LOOKED_AT, _BYTES_LOOKED_AT, _PAGE = 1000, 16 * 1024 * 1024, 100
"""How far behind a record, on its thread and on all, those that name it are looked for."""


class Link(Message, frozen=True):
    """Another record; `index` is that of the row it opened on the same thread."""

    id: str
    kind: str
    title: str
    thread: str
    index: int | None


def parents_of(reader: Reader, record: Stored) -> list[Link]:
    """Return links to the records that a record names as its parents, where they are here."""
    found = (reader.log.store.get(parent) for parent in record.parents[:MOST_LINKS])
    return _links(reader, record.thread, [stand for stand in found if stand is not None])


def children_of(reader: Reader, records: Sequence[Stored], inside: Iterable[Row]) -> list[Link]:
    """Return links to what happened in a row, and to what names one of its records as a parent.

    The latter is looked for among the records that come next.
    """
    first, own = records[0], {record.id for record in records}
    found = {row.id: _link_to_row(first.thread, row) for row in inside}
    later: dict[str, Stand] = {}
    for query in (Query(thread=first.thread), Query()):
        for stand in _next(reader, query, first.seq):
            if stand.id not in own and stand.id not in found and _names(stand, own):
                later[stand.id] = stand
    links = [*found.values(), *_links(reader, first.thread, list(later.values()))]
    return links[:MOST_LINKS]


def _next(reader: Reader, query: Query, seq: int) -> Iterator[Stand]:
    size = 0
    for _ in range(_LOOKED_AT // _PAGE):
        page = reader.log.store.rows(query, after=seq, limit=_PAGE)
        yield from page
        size += sum(len(stand.canonical) for stand in page)
        if len(page) < _PAGE or size > _BYTES_LOOKED_AT:
            return
        seq = page[-1].seq


def _names(stand: Stand, ids: set[str]) -> bool:
    if not any(record_id.encode() in stand.canonical for record_id in ids):
        return False
    return not ids.isdisjoint(Fact(stand).parents)


def _links(reader: Reader, thread: str, stands: list[Stand]) -> list[Link]:
    """Return links as they are seen from a thread: what is on it is known by its row."""

    def view(state: TimelineState) -> list[Link]:
        rows = ((stand, state.row_of(stand.id)) for stand in stands)
        return [_link(stand, row) for stand, row in rows]

    return reader.timelines.of(thread).ask(view)


def _link(stand: Stand, row: Row | None) -> Link:
    if row is not None:
        return Link(
            id=stand.id,
            kind=titles.line(stand.kind),
            title=row.title,
            thread=stand.thread,
            index=row.index if row.id == stand.id else None,
        )
    fact = Fact(stand)
    seen, _ = titles.glance(fact)
    type_ = type_of(fact.kind, fact.act, verdict=seen.verdict)
    return Link(
        id=stand.id,
        kind=titles.line(stand.kind),
        title=titles.title(fact, seen, type_),
        thread=stand.thread,
        index=None,
    )


def _link_to_row(thread: str, row: Row) -> Link:
    return Link(id=row.id, kind=row.kind, title=row.title, thread=thread, index=row.index)
