"""Records: append them, read them back."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from starlette.responses import Response

from threadbook.errors import RecordError, RecordNotFound
from threadbook.log.entry import Sealed, Stored
from threadbook.records.identity import Identity
from threadbook.records.record import MAX_CLOCK, DataType, Draft, Record
from threadbook.service.endpoint import Call, beside, get, large, post
from threadbook.service.problems import Problem
from threadbook.service.service import Page, namespace_of

MOST_RECORDS = 10_000
"""Most records in one answer; more come with the next cursor."""


class NewRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record to append.

    Without `clock` the log assigns it, which only works for an actor that signs nothing. `sig` is
    the Ed25519 signature over the canonical bytes in hexadecimal; a did:key actor needs one.
    """

    act: str
    actor: str
    body: dict[str, Any]
    thread: str
    clock: int | None = None
    data_type: str = DataType.SCALAR
    parents: tuple[str, ...] = ()
    judged_by: str | None = None
    sig: str | None = None


class RecordAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A record as stored; `sequence` is its place in the log, `recorded_at` Unix milliseconds."""

    object: str
    id: str
    act: str
    actor: str
    body: dict[str, Any]
    clock: int
    data_type: str
    parents: list[str]
    thread: str
    judged_by: str | None
    sig: str | None
    sequence: int
    recorded_at: int


class RecordList(msgspec.Struct, frozen=True, kw_only=True):
    """Records, and where the next page begins: pass `next_cursor` as `cursor`."""

    object: str
    data: list[RecordAnswer]
    next_cursor: str | None


class RecordParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Which records: `since` keeps those with a clock strictly greater."""

    thread: str | None = None
    actor: str | None = None
    act: str | None = None
    kind: str | None = None
    since: int | None = None
    limit: int = 100
    cursor: str | None = None


class ThreadRecordParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Which records of the thread: `since` keeps those with a clock strictly greater."""

    actor: str | None = None
    act: str | None = None
    kind: str | None = None
    since: int | None = None
    limit: int = 100
    cursor: str | None = None


@post(
    "/v1/records",
    "Append a record. Sending the same record again returns the stored one.",
    scope="records:write",
    grains=True,
    body=NewRecord,
    answer=RecordAnswer,
    errors=(409, 413),
)
async def append_record(call: Call) -> dict[str, Any]:
    """Append one record."""
    new: NewRecord = call.body
    if new.clock is None:
        identity = Identity.static(new.actor)
        stored = await call.service.append_draft(call.principal, draft_of(new), identity)
    else:
        entry = await beside(call.request, sealed, new)
        stored = await call.service.append(call.principal, entry)
    return as_answer(stored)


@get(
    "/v1/records",
    "List records in the order of the log.",
    grains=True,
    query=RecordParameters,
    answer=RecordList,
    errors=(422,),
)
async def list_records(call: Call) -> Response:
    """List records."""
    query = call.query
    filters = {name: getattr(query, name) for name in ("thread", "actor", "act", "kind")}
    return await records_page(call, query, filters)


@get(
    "/v1/threads/{id:path}/records",
    "List the records of a thread in the order of the log.",
    grains=True,
    query=ThreadRecordParameters,
    answer=RecordList,
    errors=(422,),
)
async def list_thread_records(call: Call) -> Response:
    """List the records of a thread."""
    query = call.query
    filters = {name: getattr(query, name) for name in ("actor", "act", "kind")}
    return await records_page(call, query, {"thread": call.path["id"], **filters})


@get("/v1/records/{id}", "Return one record.", grains=True, answer=RecordAnswer, errors=(404,))
async def read_record(call: Call) -> dict[str, Any]:
    """Return one record."""
    stored = await asyncio.to_thread(call.service.log.get, call.path["id"])
    if not call.principal.may_read(stored.thread, namespace_of(stored.body)):
        # The answer to an id that does not exist: what others wrote cannot be guessed at.
        raise RecordNotFound(f"no record {stored.id}")
    return as_answer(stored)


async def records_page(call: Call, query: Any, filters: dict[str, str | None]) -> Response:
    """Return one page of the records that `filters` select and that the caller may read."""
    if not 1 <= query.limit <= MOST_RECORDS:
        raise Problem(
            422,
            "LIMIT_OUT_OF_RANGE",
            f"limit is {query.limit}; it must be from 1 to {MOST_RECORDS}",
            remedy="ask for less, and for the rest with next_cursor",
        )
    if (thread := filters.get("thread")) is not None and not call.principal.has_namespaces:
        call.service.check_reader(call.principal, thread)
    page: Page = await call.service.at_length(
        call.service.records,
        filters,
        after=sequence_of(query.cursor),
        since=query.since,
        limit=query.limit,
        caller=call.principal,
    )
    return await large(
        {
            "object": "list",
            "data": [as_answer(stored) for stored in page.records],
            "next_cursor": None if page.next_after is None else str(page.next_after),
        }
    )


def sequence_of(cursor: str | None) -> int:
    """Return the sequence that a cursor stands for."""
    if cursor is None:
        return 0
    is_number = cursor.isascii() and cursor.isdigit() and len(cursor) <= len(str(MAX_CLOCK))
    if not is_number or int(cursor) > MAX_CLOCK:
        raise invalid_cursor()
    return int(cursor)


def invalid_cursor() -> Problem:
    """Return the error for a cursor that nobody can have got from here."""
    return Problem(400, "INVALID_CURSOR", "the cursor is none of this service's")


def as_answer(stored: Stored) -> dict[str, Any]:
    """Return a record in the shape of the wire."""
    return stored.as_dict()


def record_answer(stored: Stored) -> RecordAnswer:
    """Return a record as part of an answer that is a struct."""
    return RecordAnswer(**stored.as_dict())


def draft_of(new: NewRecord) -> Draft:
    """Return the record to be that a client sent without a clock."""
    if new.sig is not None:
        raise RecordError("a signature covers the clock", remedy="send the clock you signed")
    return Draft(
        act=new.act,
        body=new.body,
        thread=new.thread,
        parents=new.parents,
        data_type=new.data_type,
        judged_by=new.judged_by,
    )


def sealed(new: NewRecord) -> Sealed:
    """Return the complete record that a client sent; raises RecordError where it is none."""
    if new.clock is None:
        raise RecordError("the record has no clock")
    record = Record(
        act=new.act,
        actor=new.actor,
        body=new.body,
        clock=new.clock,
        data_type=new.data_type,
        parents=new.parents,
        thread=new.thread,
    )
    return Sealed.of(record, sig=_signature(new.sig), judged_by=new.judged_by)


def _signature(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise RecordError("sig must be hexadecimal") from None
