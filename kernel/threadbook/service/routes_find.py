"""Find: records by the words in them."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from threadbook.log.filters import EVERYTHING, parse_filter
from threadbook.log.find import DEFAULT_HITS
from threadbook.service.endpoint import Call, get, large
from threadbook.service.routes_query import check_searcher, closed_threads
from threadbook.service.routes_records import RecordAnswer, as_answer


class FindParameters(msgspec.Struct, frozen=True, kw_only=True):
    """The words that a record must have, all of them, and which records to look at.

    A word may end with `*`; words in double quotes have to follow each other. `limit` is 1 to 100.
    """

    q: str
    thread: str | None = None
    actor: str | None = None
    kind: str | None = None
    limit: int = DEFAULT_HITS
    cursor: str | None = None


class HitAnswer(RecordAnswer, frozen=True, kw_only=True):
    """A record, how well it fits (above 0, more is better), and the text around a place."""

    score: float
    snippet: str


class HitList(msgspec.Struct, frozen=True, kw_only=True):
    """Hits, the best first."""

    object: str
    data: list[HitAnswer]
    next_cursor: str | None


@get(
    "/v1/find",
    "Find records by the words in them, the best first.",
    grains=True,
    query=FindParameters,
    answer=HitList,
    errors=(422,),
)
async def find_records(call: Call) -> Response:
    """Find."""
    query: FindParameters = call.query
    check_searcher(call, query.thread)
    closed = closed_threads(call)
    hits = await call.service.at_length(
        call.service.log.find,
        query.q,
        limit=query.limit,
        thread=query.thread,
        actor=query.actor,
        kind=query.kind,
        where=parse_filter({"thread": {"$nin": closed}}) if closed else EVERYTHING,
        cursor=query.cursor,
    )
    data = [
        {**as_answer(hit.record), "score": hit.score, "snippet": hit.snippet} for hit in hits.hits
    ]
    return await large({"object": "list", "data": data, "next_cursor": hits.next_cursor})
