"""Trust: how actors stand, and which records each number comes from."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from itertools import islice
from typing import Annotated

import msgspec

from threadbook.folds.trust import Evidence, Standing, TrustState, by_judge, explain, standing
from threadbook.records.record import MAX_CLOCK
from threadbook.service.endpoint import Call, get
from threadbook.service.problems import Problem
from threadbook.service.routes_records import invalid_cursor

Time = Annotated[int, msgspec.Meta(ge=0, le=MAX_CLOCK)]

MOST_STANDINGS = 1000


class TrustParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Whose trust, in which domain, as of which time (Unix milliseconds; by default now)."""

    actor: str | None = None
    domain: str | None = None
    as_of: Time | None = None
    limit: int = MOST_STANDINGS
    cursor: str | None = None


class TrustList(msgspec.Struct, frozen=True, kw_only=True):
    """Standings by actor and domain; `watermark` is the last sequence that they take in."""

    object: str
    data: list[Standing]
    next_cursor: str | None
    watermark: int


class StandingParameters(msgspec.Struct, frozen=True, kw_only=True):
    """As of which time, in Unix milliseconds; by default now."""

    as_of: Time | None = None


class StandingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One standing, what each judge made of it, and all evidence, that which counts or not."""

    object: str
    standing: Standing
    by_judge: dict[str, Standing]
    evidence: list[Evidence]
    watermark: int


@get(
    "/v1/trust",
    "Return how actors stand.",
    query=TrustParameters,
    answer=TrustList,
    errors=(422,),
)
async def list_trust(call: Call) -> TrustList:
    """List standings."""
    return await _list(call)


@get(
    "/v1/governance/trust",
    "Return how actors stand: another name for /v1/trust.",
    query=TrustParameters,
    answer=TrustList,
    errors=(422,),
)
async def list_governance_trust(call: Call) -> TrustList:
    """List standings."""
    return await _list(call)


@get(
    "/v1/governance/trust/{actor:path}/{domain}",
    "Return one standing with the records behind it.",
    query=StandingParameters,
    answer=StandingAnswer,
)
async def read_standing(call: Call) -> StandingAnswer:
    """Explain a standing."""
    actor, domain, as_of = call.path["actor"], call.path["domain"], _as_of(call.query.as_of)

    def view(state: TrustState) -> tuple[Standing, dict[str, Standing], list[Evidence]]:
        return (
            standing(state, actor, domain, as_of=as_of),
            by_judge(state, actor, domain, as_of=as_of),
            explain(state, actor, domain, as_of=as_of),
        )

    (number, judges, evidence), watermark = await call.service.ask(call.service.trust, view)
    return StandingAnswer(
        object="trust_standing",
        standing=number,
        by_judge=judges,
        evidence=evidence,
        watermark=watermark,
    )


async def _list(call: Call) -> TrustList:
    query, as_of = call.query, _as_of(call.query.as_of)
    if not 1 <= query.limit <= MOST_STANDINGS:
        raise Problem(
            422, "LIMIT_OUT_OF_RANGE", f"limit is {query.limit}; it is from 1 to {MOST_STANDINGS}"
        )

    after = None if query.cursor is None else _opened(query.cursor)

    def view(state: TrustState) -> list[Standing]:
        places = _places(state, query, after)
        found = (standing(state, actor, domain, as_of=as_of) for actor, domain in places)
        return list(islice((one for one in found if one.total), query.limit + 1))

    found, watermark = await call.service.ask(call.service.trust, view)
    page = found[: query.limit]
    return TrustList(
        object="list",
        data=page,
        next_cursor=_sealed(page[-1]) if len(found) > query.limit else None,
        watermark=watermark,
    )


def _places(
    state: TrustState, query: TrustParameters, after: tuple[str, str] | None
) -> Iterator[tuple[str, str]]:
    """Yield the actors and domains asked for that come after a place, in order."""
    actors = sorted(state.benches) if query.actor is None else [query.actor]
    for actor in actors:
        if after is not None and actor < after[0]:
            continue
        for domain in sorted(state.benches.get(actor, ())):
            if query.domain in (None, domain) and (after is None or (actor, domain) > after):
                yield actor, domain


def _as_of(given: int | None) -> int:
    return time.time_ns() // 1_000_000 if given is None else given


def _sealed(one: Standing) -> str:
    """Return the cursor that goes on after a standing."""
    return base64.urlsafe_b64encode(msgspec.json.encode((one.actor, one.domain))).decode()


def _opened(cursor: str) -> tuple[str, str]:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=tuple[str, str])
    except ValueError:
        raise invalid_cursor() from None
