"""Trust: how sure the verdicts of others make us that an actor's next work is good.

The number is the lower bound of the Wilson score interval at z = 1.96 (Wilson 1927, as in
https://www.itl.nist.gov/div898/handbook/prc/section2/prc241.htm) over accepted and all
observations, each of which weighs half as much every 90 days. It is kept for each actor, domain
and judge, and every number can be traced to the records that make it.

Evidence is a KNOW record with `verdict` accept or reject about the work of `subject` (or, as
published, `judged_by`) in `domain`. A judge has one voice about a record, its latest. What comes
from the worker's own hand does not count, nor what its author took back by a `core.correction`,
a `core.erasure`, or a KNOW with topic `correction` that names it as a parent.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from threadbook.folds import principals
from threadbook.folds.fields import text_of, texts_of
from threadbook.folds.fold import CORRECTION, ERASURE, TOPIC_CORRECTION, Fact, Fold
from threadbook.folds.principals import Dependence, Principals, dependence
from threadbook.log.store import Query
from threadbook.records.bodies import VerdictAccept, VerdictReject
from threadbook.records.record import Act

Z = 1.96
HALF_LIFE_MS = 90 * 24 * 3600 * 1000
DEFAULT_DOMAIN = "general"
DEFAULT_NAMESPACE = "default"

NOT_INDEPENDENT: dict[Dependence, str] = {
    "self": "judge and worker are one identity",
    "account": "one account's tokens speak for judge and worker",
    "grant": "the judge acts by a grant of the worker",
}

Zone = Literal["REPLAY", "ADAPT", "EXPLORE", "CREATE"]

_ZONES: tuple[tuple[float, Zone], ...] = ((1 / 3, "REPLAY"), (1 / 2, "ADAPT"), (2 / 3, "EXPLORE"))
_EPOCH_MS = 1_767_225_600_000  # 2026-01-01: sums are kept as of here, any fixed time would do
_MOST_HALVINGS = 900.0  # of 1,074 that a float has room for; 220 years
_VERDICT = b'"verdict":'
_VERDICTS = {VerdictAccept.KIND: "accept", VerdictReject.KIND: "reject"}


class Voice(msgspec.Struct, array_like=True):
    """One verdict. `at` and `until` are Unix milliseconds; it counts from the one to the other.

    `refused` says why it never counted, `ended_by` which record took its place or took it back,
    `end` the seq of that record.
    """

    id: str
    seq: int
    judged: str
    is_accept: bool
    is_signed: bool
    at: int
    refused: str | None = None
    until: int | None = None
    ended_by: str | None = None
    end: int | None = None

    def counts(self, as_of: int) -> bool:
        """Tell whether this is an observation at that time."""
        return self.refused is None and self.at <= as_of and not self.is_over(as_of)

    def is_over(self, as_of: int) -> bool:
        """Tell whether it was replaced or taken back by then."""
        return self.until is not None and self.until <= as_of


class Tally(msgspec.Struct, array_like=True):
    """Counts, and sums of weights as of a fixed time; weights fall for all alike."""

    successes: int = 0
    total: int = 0
    signed: int = 0
    success_weight: float = 0.0
    weight: float = 0.0
    last: int | None = None

    def add(self, voice: Voice, sign: int = 1) -> None:
        """Count a verdict; with the sign -1, no longer. `last` is left to the caller then."""
        weight = sign * _weight_at_epoch(voice.at)
        self.total += sign
        self.weight += weight
        self.signed += sign * voice.is_signed
        if voice.is_accept:
            self.successes += sign
            self.success_weight += weight
        if sign > 0:
            self.last = voice.at if self.last is None else max(self.last, voice.at)
        if self.successes == 0:
            self.success_weight = 0.0  # what rounding left over
        if self.total == 0:
            self.weight, self.last = 0.0, None

    def merge(self, other: Tally) -> None:
        """Add the counts of another judge."""
        self.successes += other.successes
        self.total += other.total
        self.signed += other.signed
        self.success_weight += other.success_weight
        self.weight += other.weight
        if other.last is not None:
            self.last = other.last if self.last is None else max(self.last, other.last)


class Bench(msgspec.Struct):
    """What one judge said of one actor in one domain, in order, and what of it counts now."""

    voices: list[Voice] = []
    tally: Tally = msgspec.field(default_factory=Tally)


class Place(msgspec.Struct, array_like=True):
    """Where the voice of a verdict is kept."""

    actor: str
    domain: str
    judge: str
    index: int


class TrustState(msgspec.Struct, kw_only=True):
    """All evidence: benches by actor, domain and judge.

    `places` finds the voice of a verdict by its id; `latest` the verdict that counts, by judge and
    what was judged. From `settled` (Unix ms) on, no verdict begins or ceases to count.
    """

    benches: dict[str, dict[str, dict[str, Bench]]] = {}
    places: dict[str, Place] = {}
    latest: dict[str, dict[str, str]] = {}
    settled: int = 0
    principals: Principals = msgspec.field(default_factory=Principals)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an actor stands in a domain as of a time.

    `effective_trust`, 0 to 1, is the number; `score` is another name for it. `samples` and `total`
    are the observations that count, `verified` those of them that a key signed, `successes` the
    accepted ones; the decayed counts are what the number was computed from. Times are Unix
    milliseconds.
    """

    actor: str
    domain: str
    effective_trust: float
    score: float
    samples: int
    successes: int
    total: int
    verified: int
    decayed_successes: float
    decayed_total: float
    zone: Zone
    last_observed: int | None
    as_of: int
    judges: int
    namespace: str = DEFAULT_NAMESPACE


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One verdict in the account of a number; `weight` is 0 where it does not count."""

    id: str
    sequence: int
    judge: str
    judge_principal: str
    judges: str
    verdict: Literal["accept", "reject"]
    recorded_at: int
    verified: bool
    counted: bool
    weight: float
    reason: str | None


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """How an actor stood right after a verdict: `at` is Unix milliseconds, `score` from 0 to 1."""

    at: int
    score: float


class TrustFold(Fold[TrustState]):
    """Gathers verdicts. `operator` is the actor whose `threadbook.token.grant` records count."""

    name = "trust"
    version = 2
    state_type = TrustState
    wants = (Query(act=Act.KNOW), Query(kind=CORRECTION), Query(kind=ERASURE), *principals.WANTS)

    def __init__(self, operator: str | None = None) -> None:
        self._operator = operator

    @property
    def key(self) -> str:
        """The name, and the operator who was believed."""
        return f"{self.name}:{self._operator}" if self._operator else self.name

    def asks(self, fact: Fact) -> Iterable[str]:
        """Return the id of the record that a verdict is about: its actor has to be the subject."""
        if fact.act != Act.KNOW or _VERDICT not in fact.canonical:
            return ()
        judged = text_of(fact.body, "judges")
        return () if judged is None else (judged,)

    def apply(self, state: TrustState, fact: Fact) -> TrustState:
        """See Fold.apply."""
        if fact.kind in principals.KINDS:
            principals.note(state.principals, fact, self._operator)
        elif fact.act == Act.KNOW:
            if _VERDICT in fact.canonical:
                _hear(state, fact)
            if TOPIC_CORRECTION in fact.canonical and fact.body.get("topic") == "correction":
                _take_back(state, fact, fact.parents)
        elif fact.kind == CORRECTION:
            _take_back(state, fact, texts_of(fact.body, "corrects"))
        elif fact.kind == ERASURE:
            _take_back(state, fact, texts_of(fact.body, "erases"))
        return state


def wilson(successes: float, total: float, *, z: float = Z) -> float:
    """Return the lower bound of the Wilson score interval; counts need not be whole."""
    if total <= 0:
        return 0.0
    spread = z * math.sqrt(successes * (total - successes) / total + z * z / 4)
    bound = (successes + z * z / 2 - spread) / (total + z * z)
    return min(max(bound, 0.0), 1.0)


def wilson_upper(successes: float, total: float, *, z: float = Z) -> float:
    """Return the upper bound of the Wilson score interval; without observations it is 1."""
    return 1.0 - wilson(total - successes, total, z=z)


def weight(at: int, *, as_of: int) -> float:
    """Return what an observation of `at` weighs at `as_of`: 1, halved every 90 days."""
    return float(0.5 ** min((as_of - at) / HALF_LIFE_MS, _MOST_HALVINGS))


def zone(trust: float) -> Zone:
    """Return the dial band of a number."""
    return next((name for limit, name in _ZONES if trust < limit), "CREATE")


def standings(
    state: TrustState, *, as_of: int, actor: str | None = None, domain: str | None = None
) -> list[Standing]:
    """Return how everybody stands who was judged by `as_of` (Unix ms), by actor and domain."""
    actors = sorted(state.benches) if actor is None else [actor]
    found = (
        standing(state, who, what, as_of=as_of)
        for who in actors
        for what in sorted(state.benches.get(who, ()))
        if domain is None or what == domain
    )
    return [one for one in found if one.total]


def standing(
    state: TrustState, actor: str, domain: str = DEFAULT_DOMAIN, *, as_of: int
) -> Standing:
    """Return how an actor stands in a domain as of a time; without evidence all is 0."""
    return _standing(actor, domain, [t for _, t in _tallies(state, actor, domain, as_of)], as_of)


def by_judge(state: TrustState, actor: str, domain: str, *, as_of: int) -> dict[str, Standing]:
    """Return how an actor stands in the eyes of each judge whose verdicts count."""
    return {
        judge: _standing(actor, domain, [tally], as_of)
        for judge, tally in _tallies(state, actor, domain, as_of)
    }


def explain(state: TrustState, actor: str, domain: str, *, as_of: int) -> list[Evidence]:
    """Return every verdict about an actor in a domain, oldest first, counted or not and why.

    The weights of the counted ones add up to `decayed_total`.
    """
    found = [
        _evidence(state, judge, voice, as_of)
        for judge, bench in state.benches.get(actor, {}).get(domain, {}).items()
        for voice in bench.voices
    ]
    return sorted(found, key=lambda evidence: evidence.sequence)


def trend(state: TrustState, actor: str, domain: str, *, most: int) -> list[Turn]:
    """Return how an actor stood after each of the last `most` verdicts, oldest first.

    It is what the records up to each of them add up to, as of its time; verdicts that never
    counted are passed over. A clock that was set back counts as having stood still.
    """
    voices = sorted(_heard(state, actor, domain), key=lambda voice: voice.seq)
    ends = sorted((voice.end, voice.seq, voice) for voice in voices if voice.end is not None)
    tally, now, over = Tally(), 0, 0
    turns: deque[Turn] = deque(maxlen=most)
    for voice in voices:
        while over < len(ends) and ends[over][0] <= voice.seq:
            tally.add(ends[over][2], -1)
            over += 1
        tally.add(voice)
        now = max(now, voice.at)
        turns.append(Turn(at=voice.at, score=_standing(actor, domain, [tally], now).score))
    return list(turns)


def newest(state: TrustState, actor: str, domain: str, *, as_of: int) -> Evidence | None:
    """Return the last verdict about an actor in a domain that counts as of a time."""
    benches = state.benches.get(actor, {}).get(domain, {})
    counting = (
        (voice.seq, judge, voice)
        for judge, bench in benches.items()
        for voice in bench.voices
        if voice.counts(as_of)
    )
    last = max(counting, key=lambda one: one[0], default=None)
    return None if last is None else _evidence(state, last[1], last[2], as_of)


def objection(
    state: TrustState, judge: str, worker: str, *, is_accept: bool, as_of: int
) -> str | None:
    """Return why a verdict of `judge` on the work of `worker` is no evidence, None if it is."""
    why = dependence(state.principals, judge, worker, as_of=as_of, only_accepted=not is_accept)
    return None if why is None else NOT_INDEPENDENT[why]


def _heard(state: TrustState, actor: str, domain: str) -> list[Voice]:
    """Return the verdicts about an actor in a domain that counted when they came."""
    benches = state.benches.get(actor, {}).get(domain, {})
    return [v for bench in benches.values() for v in bench.voices if v.refused is None]


def _hear(state: TrustState, fact: Fact) -> None:
    body = fact.body
    verdict = body.get("verdict")
    subject = text_of(body, "subject", "judged_by")
    if subject is None or not isinstance(verdict, str) or verdict not in ("accept", "reject"):
        return
    # A verdict on nothing that has an id is one on the thread: one voice all the same.
    judged = text_of(body, "judges") or f"thread {fact.thread}"
    is_accept = verdict == "accept"
    refused = _refusal(state, fact, subject, judged)
    domain = text_of(body, "domain") or DEFAULT_DOMAIN
    bench = (
        state.benches.setdefault(subject, {}).setdefault(domain, {}).setdefault(fact.actor, Bench())
    )
    voice = Voice(fact.id, fact.seq, judged, is_accept, fact.is_signed, fact.recorded_at, refused)
    state.places[fact.id] = Place(subject, domain, fact.actor, len(bench.voices))
    bench.voices.append(voice)
    state.settled = max(state.settled, fact.recorded_at)
    if refused is None:
        heard = state.latest.setdefault(fact.actor, {})
        if (earlier := heard.get(judged)) is not None:
            _end(state, earlier, fact)
        heard[judged] = fact.id
        bench.tally.add(voice)


def _refusal(state: TrustState, fact: Fact, subject: str, judged: str) -> str | None:
    """Return why a verdict is no evidence, None if it is."""
    verdict = fact.body["verdict"]
    if text_of(fact.body, "judged_by") not in (None, subject):
        return "it names two subjects"
    if _VERDICTS.get(fact.kind or "", verdict) != verdict:
        return "its kind and its verdict disagree"
    if fact.authors.get(judged, subject) != subject:
        return "the record it judges is by another actor"
    return objection(
        state, fact.actor, subject, is_accept=verdict == "accept", as_of=fact.recorded_at
    )


def _take_back(state: TrustState, fact: Fact, ids: Iterable[str]) -> None:
    """End the verdicts among these records that are of this record's own author."""
    for record_id in ids:
        place = state.places.get(record_id)
        if place is not None and place.judge == fact.actor:
            _end(state, record_id, fact)


def _end(state: TrustState, verdict: str, fact: Fact) -> None:
    place = state.places[verdict]
    bench = state.benches[place.actor][place.domain][place.judge]
    voice = bench.voices[place.index]
    if voice.refused is not None or voice.until is not None:
        return
    voice.until, voice.ended_by, voice.end = fact.recorded_at, fact.id, fact.seq
    state.settled = max(state.settled, fact.recorded_at)
    bench.tally.add(voice, -1)
    if bench.tally.last == voice.at:
        bench.tally.last = max((v.at for v in _counting(bench)), default=None)


def _counting(bench: Bench) -> Iterator[Voice]:
    return (voice for voice in bench.voices if voice.refused is None and voice.until is None)


def _tallies(state: TrustState, actor: str, domain: str, as_of: int) -> list[tuple[str, Tally]]:
    """Return the tally of each judge with verdicts that count as of a time, judges in order."""
    benches = state.benches.get(actor, {}).get(domain, {})
    tallies = ((judge, _tally(bench, state, as_of)) for judge, bench in sorted(benches.items()))
    return [(judge, tally) for judge, tally in tallies if tally.total]


def _tally(bench: Bench, state: TrustState, as_of: int) -> Tally:
    if as_of >= state.settled:
        return bench.tally
    tally = Tally()
    for voice in bench.voices:
        if voice.counts(as_of):
            tally.add(voice)
    return tally


def _standing(actor: str, domain: str, tallies: list[Tally], as_of: int) -> Standing:
    tally = Tally()
    for part in tallies:
        tally.merge(part)
    fade = _weight_at_epoch(-as_of + 2 * _EPOCH_MS)
    total = tally.weight * fade
    successes = min(tally.success_weight * fade, total)
    trust = wilson(successes, total)
    return Standing(
        actor=actor,
        domain=domain,
        effective_trust=trust,
        score=trust,
        samples=tally.total,
        successes=tally.successes,
        total=tally.total,
        verified=tally.signed,
        decayed_successes=successes,
        decayed_total=total,
        zone=zone(trust),
        last_observed=tally.last,
        as_of=as_of,
        judges=len(tallies),
    )


def _evidence(state: TrustState, judge: str, voice: Voice, as_of: int) -> Evidence:
    counted = voice.counts(as_of)
    return Evidence(
        id=voice.id,
        sequence=voice.seq,
        judge=judge,
        judge_principal=principals.principal_of(state.principals, judge, as_of=voice.at),
        judges=voice.judged,
        verdict="accept" if voice.is_accept else "reject",
        recorded_at=voice.at,
        verified=voice.is_signed,
        counted=counted,
        weight=weight(voice.at, as_of=as_of) if counted else 0.0,
        reason=None if counted else _reason(voice, as_of),
    )


def _reason(voice: Voice, as_of: int) -> str:
    if voice.refused is not None:
        return voice.refused
    if voice.at > as_of:
        return "it was not there yet"
    return f"replaced or taken back by {voice.ended_by}"


def _weight_at_epoch(at: int) -> float:
    """Return the weight as of a fixed time, above 1 for what is later."""
    halvings = (at - _EPOCH_MS) / HALF_LIFE_MS
    return float(2.0 ** max(-_MOST_HALVINGS, min(halvings, _MOST_HALVINGS)))
