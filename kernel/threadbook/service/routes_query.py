"""Queries: records by what they hold."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from threadbook.log.query import Plan, Search
from threadbook.service.endpoint import Call, large, post
from threadbook.service.grants import RESERVED_THREADS
from threadbook.service.principal import forbidden
from threadbook.service.routes_records import RecordAnswer, as_answer


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for: see the filter language in the documentation.

    `sort` names paths with 1 or -1; `explain` adds how the answer was found.
    """

    filter: dict[str, Any] = {}
    thread: str | None = None
    sort: dict[str, int] = {}
    limit: int | None = None
    offset: int | None = None
    cursor: str | None = None
    explain: bool = False


class QueryAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One page; `capped` tells that there is more, which `next_cursor` gives."""

    object: str
    data: list[RecordAnswer]
    next_cursor: str | None
    capped: bool
    plan: Plan | None = None


@post(
    "/v1/records/query",
    "Return the records that match a filter.",
    grains=True,
    body=Query,
    answer=QueryAnswer,
    errors=(422,),
)
async def query_records(call: Call) -> Response:
    """Query."""
    query: Query = call.body
    check_searcher(call, query.thread)
    described = msgspec.structs.asdict(query)
    described.pop("explain")
    if closed := closed_threads(call):
        described["filter"] = {"$and": [{"thread": {"$nin": closed}}, query.filter]}
    page = await call.service.at_length(call.service.log.query, Search.parse(described))
    answer: dict[str, Any] = {
        "object": "list",
        "data": [as_answer(stored) for stored in page.records],
        "next_cursor": page.next_cursor,
        "capped": page.next_cursor is not None,
    }
    if query.explain:
        answer["plan"] = page.plan
    return await large(answer)


def closed_threads(call: Call) -> list[str]:
    """Return the threads that only administrators may read, unless the caller is one."""
    return [thread for thread in sorted(RESERVED_THREADS) if not call.principal.may_read(thread)]


def check_searcher(call: Call, thread: str | None) -> None:
    """Raise Forbidden where the caller may only read a part of what a query could find."""
    principal = call.principal
    if not principal.has("records:read") and (thread is None or not principal.may_read(thread)):
        raise forbidden(
            "SCOPE_FORBIDDEN",
            "the token allows to query single threads only",
            remedy="name one of them as `thread`",
        )
