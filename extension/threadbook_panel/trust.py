"""Trust: how far each actor is trusted in each domain, and what changed it last."""

from __future__ import annotations

from typing import Literal

import msgspec

from threadbook.errors import RecordNotFound
from threadbook.folds.fields import text_of
from threadbook.folds.threads import ThreadFold
from threadbook.folds.trust import (
    Evidence,
    Standing,
    TrustFold,
    TrustState,
    Turn,
    newest,
    standings,
    trend,
    wilson_upper,
)
from threadbook_panel.messages import Message, Params
from threadbook_panel.reader import Reader

MOST_STANDINGS = 200
MOST_POINTS = 100
_LONGEST_REASON = 2000


class TrustParams(Params, frozen=True, kw_only=True):
    """Whose standing: everybody's, or that of the actors of a thread."""

    thread: str | None = None


class TrendPoint(Message, frozen=True, kw_only=True):
    """The score right after a verdict."""

    at: int
    score: float


class LastVerdict(Message, frozen=True, kw_only=True):
    """The newest verdict that counts."""

    id: str
    verdict: Literal["accept", "reject"]
    judge: str
    reason: str
    at: int
    judges: str
    thread: str


class TrustEntry(Message, frozen=True, kw_only=True):
    """How an actor stands in a domain; `score` and `upper` are the bounds of the interval."""

    actor: str
    domain: str
    score: float
    upper: float
    share: float
    zone: str
    accepted: int
    rejected: int
    judges: int
    trend: list[TrendPoint]
    last: LastVerdict | None


class TrustPage(Message, frozen=True, kw_only=True):
    """The standings that changed last, by actor and domain; `total` is how many there are."""

    total: int
    standings: list[TrustEntry]


class _Seen(msgspec.Struct):
    """What is taken from the fold at once, so that all of it is as of one moment."""

    standing: Standing
    trend: list[Turn]
    last: Evidence | None


def trust(reader: Reader, asked: TrustParams) -> TrustPage:
    """Return the standings of all actors, or of those of a thread."""
    now = reader.now()
    actors = None if asked.thread is None else _actors_of(reader, asked.thread)

    def view(state: TrustState) -> tuple[int, list[_Seen]]:
        found = [
            one for one in standings(state, as_of=now) if actors is None or one.actor in actors
        ]
        kept = sorted(found, key=lambda one: one.last_observed or 0)[-MOST_STANDINGS:]
        return len(found), [_seen(state, one, now) for one in kept]

    total, seen = reader.ask(TrustFold(reader.operator), view)
    entries = [_entry(reader, one) for one in seen]
    return TrustPage(total=total, standings=sorted(entries, key=lambda e: (e.actor, e.domain)))


def _actors_of(reader: Reader, thread: str) -> frozenset[str]:
    return reader.ask(ThreadFold(thread), lambda state: frozenset(state.clocks))


def _seen(state: TrustState, one: Standing, now: int) -> _Seen:
    return _Seen(
        one,
        trend(state, one.actor, one.domain, most=MOST_POINTS),
        newest(state, one.actor, one.domain, as_of=now),
    )


def _entry(reader: Reader, seen: _Seen) -> TrustEntry:
    one = seen.standing
    return TrustEntry(
        actor=one.actor,
        domain=one.domain,
        score=one.score,
        upper=wilson_upper(one.decayed_successes, one.decayed_total),
        share=one.successes / one.total,
        zone=one.zone,
        accepted=one.successes,
        rejected=one.total - one.successes,
        judges=one.judges,
        trend=[TrendPoint(at=turn.at, score=turn.score) for turn in seen.trend],
        last=None if seen.last is None else _last(reader, seen.last),
    )


def _last(reader: Reader, evidence: Evidence) -> LastVerdict | None:
    try:
        record = reader.log.get(evidence.id)
    except RecordNotFound:
        return None
    return LastVerdict(
        id=evidence.id,
        verdict=evidence.verdict,
        judge=evidence.judge,
        reason=(text_of(record.body, "reason") or "")[:_LONGEST_REASON],
        at=evidence.recorded_at,
        judges=evidence.judges,
        thread=record.thread,
    )
