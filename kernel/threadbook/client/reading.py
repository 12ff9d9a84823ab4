"""Reading: records by thread, by filter and by text, and what the service says of itself."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

import msgspec

from threadbook.client import questions as q
from threadbook.client.records import Records
from threadbook.client.twins import iterate, twin_of
from threadbook.client.watch import Heard, Watch
from threadbook.client.writing import Writing
from threadbook.errors import QueryError, RecordError, ServiceError, StoreUnavailable

Listing = q.ListRecords | q.RichQuery | q.ListThreads | q.Trust | q.Decisions

_PAGE = 1000
"""Most records asked for at once."""
_BODY_PATH = re.compile(r"body(\.[A-Za-z0-9_-]+)+")


class Reading(Writing):
    """The part of a client that reads.

    An empty answer always means that there is nothing: what could not be asked raises
    StoreUnavailable, and what was refused Unauthorized, Forbidden, QueryError or ServiceError.
    """

    async def query_thread(
        self,
        thread: str | None = None,
        *,
        limit: int = 100,
        since: int | None = None,
        cursor: str | None = None,
    ) -> Records:
        """Return up to `limit` records of a thread, oldest first.

        `since` keeps those with a greater clock; `cursor` goes on after an earlier answer that
        was not `complete`.
        """
        asked = q.ListRecords(thread=self._thread_or_default(thread), since=since)
        return await self._records(asked, limit, cursor)

    async def query(
        self,
        *,
        kind: str | None = None,
        actor: str | None = None,
        thread: str | None = None,
        since: int | None = None,
        limit: int = 100,
        where: dict[str, Any] | None = None,
        cursor: str | None = None,
    ) -> Records:
        """Return up to `limit` records that match everything given; one filter is required.

        `where` compares values at dotted paths: `{"body.session_id": "s1"}`; None matches what is
        not there. All filters apply before the limit.
        """
        if not (kind or actor or thread):
            raise RecordError("query needs at least one of: kind, actor, thread")
        if not where:
            asked = q.ListRecords(
                kind=kind or None, actor=actor or None, thread=thread or None, since=since
            )
            return await self._records(asked, limit, cursor)
        named = {"body.kind": kind, "actor": actor, "thread": thread}
        parts: list[dict[str, Any]] = [{path: value} for path, value in named.items() if value]
        parts += [{"clock": {"$gt": since}}] if since is not None else []
        parts += [
            _equals(path, where[path]) for path in where if _is_for_the_log(path, where[path])
        ]
        rest = {path: where[path] for path in where if not _is_for_the_log(path, where[path])}
        return await self._records(q.RichQuery(filter={"$and": parts}), limit, cursor, rest)

    async def rich_query(
        self,
        *,
        filter: dict[str, Any],  # noqa: A002  the published SDK's parameter name
        thread: str | None = None,
        sort: dict[str, int] | None = None,
        limit: int | None = None,
        offset: int | None = None,
        explain: bool = False,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """Return `{"records": Records}` that a filter selects, and the `plan` where asked for.

        A filter is `{"body.price": {"$gte": 3}}`, with $eq $ne $gt $gte $lt $lte $in $nin $like
        $ilike $exists $and $or $not; `{}` is all. `sort` is `{path: 1 or -1}`.
        """
        if filter is None:
            raise QueryError("rich_query needs a filter", remedy="use {} for all records")
        answer = await self._ask(
            q.RichQuery(
                filter=filter,
                thread=thread,
                sort=sort,
                limit=limit,
                offset=offset,
                cursor=cursor,
                explain=explain,
            )
        )
        found: dict[str, Any] = {"records": Records(data_of(answer), next_cursor=_cursor(answer))}
        return found | {"plan": answer["plan"]} if "plan" in answer else found

    async def record(self, record_id: str) -> dict[str, Any]:
        """Return the record of this id. Raises RecordNotFound."""
        return await self._ask(q.OneRecord(id=record_id))

    async def search(
        self,
        query: str,
        *,
        k: int = 10,
        thread: str | None = None,
        actor: str | None = None,
        kind: str | None = None,
        after_clock: int | None = None,
    ) -> dict[str, Any]:
        """Return `{"embedder", "k", "hits"}`: the `k` records closest in meaning.

        Where there is no embedder, there are no hits and `disabled` is true; `find` looks for
        words, and needs none.
        """
        if not query or not query.strip():
            raise QueryError("search needs words to look for")
        asked = q.SearchByMeaning(
            query=query, k=k, thread=thread, actor=actor, kind=kind, after_clock=after_clock
        )
        answer = await self._ask(asked)
        found = {
            "embedder": answer.get("embedder"),
            "k": answer.get("k", k),
            "hits": data_of(answer),
        }
        return found | {"disabled": True} if answer.get("disabled") else found

    async def find(
        self,
        text: str,
        *,
        limit: int = 20,
        thread: str | None = None,
        actor: str | None = None,
        kind: str | None = None,
        cursor: str | None = None,
    ) -> Records:
        """Return up to `limit` records that hold all these words, the best first."""
        if not text or not text.strip():
            raise QueryError("find needs words to look for")
        asked = q.FindText(
            q=text, limit=limit, thread=thread, actor=actor, kind=kind, cursor=cursor
        )
        answer = await self._ask(asked)
        return Records(data_of(answer), next_cursor=_cursor(answer))

    async def health(self) -> dict[str, Any]:
        """Return what the service says of its health; `{}` where it says nothing."""
        try:
            return await self._ask(q.Health())
        except (StoreUnavailable, ServiceError):
            return {}

    async def capabilities(self) -> dict[str, Any]:
        """Return the manifest of what the service can do."""
        return await self._ask(q.Capabilities())

    async def threads(self, *, limit: int = 100, cursor: str | None = None) -> Records:
        """Return up to `limit` threads in numbers, the one with the newest record first."""
        return await self._records(q.ListThreads(), limit, cursor)

    async def follow(
        self, thread: str | None = None, *, since_clock: int | None = None
    ) -> AsyncGenerator[dict[str, Any]]:
        """Yield the records of a thread as they are appended, for ever.

        Leave it through `contextlib.aclosing`, so that its connection ends with the loop over it.

        Begins with what is appended from now on, or with the records that have a greater clock
        than `since_clock`. A connection that breaks off is made again, and nothing is missed or
        repeated. Raises Unauthorized, Forbidden or RecordNotFound where that is no use.
        """
        what = Watch(thread=self._thread_or_default(thread), since_clock=since_clock)
        async with aclosing(self._transport.watch(what)) as events:
            async for event in events:
                if isinstance(event, Heard):
                    yield event.record

    def follow_sync(
        self, thread: str | None = None, *, since_clock: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """Do what `async for record in follow(…)` does, without async."""
        return iterate(self.blocking().follow(thread, since_clock=since_clock))

    query_sync = twin_of(query)
    query_thread_sync = twin_of(query_thread)
    rich_query_sync = twin_of(rich_query)
    record_sync = twin_of(record)
    search_sync = twin_of(search)
    find_sync = twin_of(find)
    health_sync = twin_of(health)
    capabilities_sync = twin_of(capabilities)
    threads_sync = twin_of(threads)

    async def _records(
        self,
        asked: Listing,
        limit: int,
        cursor: str | None,
        where: dict[str, Any] | None = None,
    ) -> Records:
        """Return up to `limit` rows, in as many requests as that takes."""
        if limit < 1:
            raise RecordError(f"limit is {limit}; it must be at least 1")
        found: list[dict[str, Any]] = []
        while True:
            size = _PAGE if where else min(_PAGE, limit - len(found))
            answer = await self._page(asked, size, cursor)
            for number, row in enumerate(data_of(answer), 1):
                if where and not _matches(row, where):
                    continue
                found.append(row)
                if len(found) == limit:
                    if where and number < len(data_of(answer)):  # the cursor is to stand after it
                        answer = await self._page(asked, number, cursor)
                    return Records(found, next_cursor=_cursor(answer))
            before, cursor = cursor, _cursor(answer)
            if cursor is None:
                return Records(found)
            if cursor == before:
                raise ServiceError("the service goes on with the page that it has just sent")

    async def _page(self, asked: Listing, limit: int, cursor: str | None) -> dict[str, Any]:
        return await self._ask(msgspec.structs.replace(asked, limit=limit, cursor=cursor))


def data_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of an answer; raise ServiceError where it has none."""
    data = answer.get("data")
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise ServiceError("the answer holds no list of objects under `data`")
    return data


def _cursor(answer: dict[str, Any]) -> str | None:
    cursor = answer.get("next_cursor")
    return cursor if isinstance(cursor, str) and cursor else None


def _is_for_the_log(path: str, value: Any) -> bool:
    """Tell whether the log can compare this itself; it compares scalars of the body."""
    is_scalar = value is None or isinstance(value, str | int | float)
    return is_scalar and _BODY_PATH.fullmatch(path) is not None


def _equals(path: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {"$or": [{path: {"$exists": False}}, {path: {"$eq": None}}]}
    return {path: {"$eq": value}}


def _matches(record: dict[str, Any], where: dict[str, Any]) -> bool:
    return all(_at(record, path) == expected for path, expected in where.items())


def _at(value: Any, path: str) -> Any:
    for segment in path.split("."):
        value = value.get(segment) if isinstance(value, dict) else None
    return value
