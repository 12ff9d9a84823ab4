"""Decisions: what waits for somebody's answer, and what was answered.

A request is a KNOW or INTEND with `awaits: "actor_decision"`, or of kind
`core.work.decision_request.v1` or `threadbook.decision.request`. An answer is a DO on the same
thread that `fulfills` or `cancels` it. The first answer that counts stands. It does not count

- from the requester, from whoever the request names beside, or by a grant of theirs;
- from anybody but `decider_did`, where the request names one;
- with another `subject` than the request's: it is about something else than what would happen;
- after `expires_at`;
- if it says yes and no at once, or chooses what is no option.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from threadbook.errors import PreconditionFailed, RecordNotFound
from threadbook.folds import principals
from threadbook.folds.fields import moment_of, text_of, texts_of
from threadbook.folds.fold import CORRECTION, ERASURE, Fact, Fold
from threadbook.folds.principals import Dependence, Principals, dependence
from threadbook.log.log import Log
from threadbook.log.store import Query
from threadbook.records.bodies import DecisionAnswer, DecisionRequest
from threadbook.records.record import Act, Draft

WORK_REQUEST = "core.work.decision_request.v1"
AWAITS = "actor_decision"

Status = Literal["pending", "answered", "expired", "withdrawn"]

_KINDS = frozenset({WORK_REQUEST, DecisionRequest.KIND})
_AWAITS, _FULFILLS, _CANCELS = b'"awaits":', b'"fulfills":', b'"cancels":'
_YES = frozenset({"approve", "provide", "acknowledge"})
_NO = frozenset({"reject"})
_NOT_INDEPENDENT: dict[Dependence, str] = {
    "self": "it is the requester's own answer",
    "account": "one account's tokens speak for both who asks and who answers",
    "grant": "the answer comes by a grant of the requester",
}
_MOST_REFUSED = 20
"""Answers that do not count which are remembered of one request."""


class Answer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An answer that counts. `expires_at`, Unix ms, is until when what it allows may be done."""

    id: str
    actor: str
    decision: str
    is_approval: bool
    is_signed: bool
    at: int
    reason: str = ""
    expires_at: int | None = None

    def is_live(self, as_of: int) -> bool:
        """Tell whether the answer may still be acted on."""
        return self.expires_at is None or as_of < self.expires_at


class Refused(msgspec.Struct, kw_only=True):
    """An answer that does not count, and why."""

    id: str
    actor: str
    at: int
    why: str


class Request(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A question that waits, or waited, for an answer. Times are Unix milliseconds.

    `subject` is the hash of what is to be decided, `options` the ids to choose from;
    `withdrawn_at` is when the requester took the question back.
    """

    id: str
    thread: str
    requester: str
    kind: str
    question: str
    seq: int
    at: int
    blocking: bool = True
    parties: list[str] = []
    subject: str | None = None
    options: list[str] = []
    decider: str | None = None
    decider_role: str | None = None
    expires_at: int | None = None
    withdrawn_at: int | None = None
    answer: Answer | None = None
    refused: list[Refused] = []

    def status(self, as_of: int) -> Status:
        """Return what the request was as of a time, Unix ms."""
        if self.answer is not None and self.answer.at <= as_of:
            return "answered"
        if self.withdrawn_at is not None and self.withdrawn_at <= as_of:
            return "withdrawn"
        if self.expires_at is not None and self.expires_at <= as_of:
            return "expired"
        return "pending"


class DecisionsState(msgspec.Struct, kw_only=True):
    """All requests by record id, in the order they were made."""

    requests: dict[str, Request] = {}
    principals: Principals = msgspec.field(default_factory=Principals)


class DecisionsFold(Fold[DecisionsState]):
    """Gathers requests and answers. `operator` as in TrustFold."""

    name = "decisions"
    version = 1
    state_type = DecisionsState
    wants = (
        Query(act=Act.DO),
        Query(act=Act.KNOW),
        Query(act=Act.INTEND),
        *(Query(kind=kind) for kind in sorted(_KINDS)),
        Query(kind=CORRECTION),
        Query(kind=ERASURE),
        *principals.WANTS,
    )

    def __init__(self, operator: str | None = None) -> None:
        self._operator = operator

    @property
    def key(self) -> str:
        """The name, and the operator who was believed."""
        return f"{self.name}:{self._operator}" if self._operator else self.name

    def apply(self, state: DecisionsState, fact: Fact) -> DecisionsState:
        """See Fold.apply."""
        if fact.kind in principals.KINDS:
            principals.note(state.principals, fact, self._operator)
        elif fact.kind == CORRECTION:
            _withdraw(state, fact, texts_of(fact.body, "corrects"))
        elif fact.kind == ERASURE:
            _withdraw(state, fact, texts_of(fact.body, "erases"))
        elif fact.act == Act.DO:
            if _FULFILLS in fact.canonical or _CANCELS in fact.canonical:
                _answer(state, fact)
        elif fact.kind in _KINDS or _AWAITS in fact.canonical:
            _ask(state, fact)
        return state


def pending(
    state: DecisionsState, *, as_of: int, thread: str | None = None, decider: str | None = None
) -> list[Request]:
    """Return what waits as of a time (Unix ms): what blocks work first, then the oldest.

    With `decider`, only what this actor may answer.
    """
    found = [
        request
        for request in state.requests.values()
        if request.at <= as_of
        and request.status(as_of) == "pending"
        and thread in (None, request.thread)
        and (decider is None or refusal(state, request, decider, as_of=as_of) is None)
    ]
    return sorted(found, key=lambda request: (not request.blocking, request.at, request.seq))


def history(
    state: DecisionsState, *, thread: str | None = None, status: Status | None = None, as_of: int
) -> list[Request]:
    """Return the requests there were by a time, newest first."""
    return [
        request
        for request in reversed(state.requests.values())
        if request.at <= as_of
        and thread in (None, request.thread)
        and status in (None, request.status(as_of))
    ]


def refusal(state: DecisionsState, request: Request, actor: str, *, as_of: int) -> str | None:
    """Return why an answer by this actor would not count, None if it would."""
    if request.decider is not None and actor != request.decider:
        return f"only {request.decider} is to answer"
    for party in (request.requester, *request.parties):
        why = dependence(state.principals, actor, party, as_of=as_of, only_accepted=False)
        if why is not None:
            return _NOT_INDEPENDENT[why]
    return None


def request_of(log: Log, request_id: str, *, operator: str | None = None) -> Request:
    """Return one request as it is now; reads its thread from there on, and grants.

    May be called in an append's guard. Raises RecordNotFound where this is no request.
    """
    return _look(log, request_id, operator)[1]


def answer_draft(
    request: Request,
    decision: str,
    *,
    reason: str = "",
    provided_value: Any = None,
    expires_at: int | None = None,
) -> Draft:
    """Return the answer to be appended: approve, reject, provide, acknowledge, or an option id.

    It is bound to what the request is about. Append it with `guard=answer_guard(…)`.
    """
    is_no = decision in _NO
    return DecisionAnswer(
        decision=decision,
        fulfills=None if is_no else request.id,
        cancels=request.id if is_no else None,
        subject=request.subject,
        reason=reason,
        provided_value=provided_value,
        expires_at=expires_at,
    ).draft(thread=request.thread, parents=(request.id,))


def answer_guard(
    log: Log, request_id: str, actor: str, *, now: Callable[[], int], operator: str | None = None
) -> Callable[[], None]:
    """Return a guard for `Log.append`: of several answers at once, one is written.

    It raises PreconditionFailed where the request is no longer pending, or where an answer by
    `actor` would not count, and RecordNotFound where there is no such request. `now` gives the
    time in Unix milliseconds.
    """

    def guard() -> None:
        state, request = _look(log, request_id, operator)
        status = request.status(as_of := now())
        if request.answer is not None:
            raise PreconditionFailed(
                f"{request_id[:12]} was answered by {request.answer.actor}:"
                f" {request.answer.decision}",
                remedy=f"the first answer stands: record {request.answer.id}",
            )
        if status != "pending":
            raise PreconditionFailed(f"{request_id[:12]} is {status}", remedy="ask again")
        if (why := refusal(state, request, actor, as_of=as_of)) is not None:
            raise PreconditionFailed(
                f"an answer by {actor} would not count: {why}",
                remedy="let somebody else answer",
            )

    return guard


def _look(log: Log, request_id: str, operator: str | None) -> tuple[DecisionsState, Request]:
    fold = DecisionsFold(operator)
    asked = log.get(request_id)
    records = {asked.seq: asked}
    for kind in principals.KINDS:
        records.update((stored.seq, stored) for stored in log.read_all(kind=kind))
    on_thread = (
        {"act": Act.DO}, {"kind": CORRECTION}, {"kind": ERASURE},
    )  # fmt: skip
    for filters in on_thread:
        later = log.read_all(after=asked.seq, thread=asked.thread, **filters)
        records.update((stored.seq, stored) for stored in later)
    state = fold.over(records[seq] for seq in sorted(records))
    request = state.requests.get(request_id)
    if request is None:
        raise RecordNotFound(f"{request_id[:12]} is no request for a decision")
    return state, request


def _ask(state: DecisionsState, fact: Fact) -> None:
    body = fact.body
    is_classic = fact.act in (Act.KNOW, Act.INTEND) and body.get("awaits") == AWAITS
    if not is_classic and fact.kind not in _KINDS:
        return
    options = body.get("options")
    parties = [party for party in texts_of(body, "requester") if party != fact.actor]
    state.requests[fact.id] = Request(
        id=fact.id,
        thread=fact.thread,
        requester=fact.actor,
        kind=fact.kind or "",
        question=text_of(body, "question", "goal", "summary", "description") or "",
        seq=fact.seq,
        at=fact.recorded_at,
        blocking=body.get("blocking") is not False,
        parties=parties,
        subject=text_of(body, "subject"),
        options=[name for option in options if (name := _option(option))]
        if isinstance(options, list)
        else [],
        decider=text_of(body, "decider_did"),
        decider_role=text_of(body, "decider_role"),
        expires_at=moment_of(body, "expires_at"),
    )


def _option(option: Any) -> str | None:
    if isinstance(option, dict):
        return text_of(option, "id")
    return option if isinstance(option, str) and option else None


def _answer(state: DecisionsState, fact: Fact) -> None:
    approves, rejects = texts_of(fact.body, "fulfills"), texts_of(fact.body, "cancels")
    for request_id in dict.fromkeys([*approves, *rejects]):
        request = state.requests.get(request_id)
        if request is None or request.thread != fact.thread:
            continue
        word = text_of(fact.body, "decision")
        is_no = request_id in rejects
        decision = word or ("reject" if is_no else "approve")
        why = (
            _standing(request, fact.recorded_at)
            or refusal(state, request, fact.actor, as_of=fact.recorded_at)
            or _mismatch(request, text_of(fact.body, "subject"))
            or _contradiction(request, decision, is_no=is_no, both=is_no and request_id in approves)
        )
        if why is None:
            request.answer = Answer(
                id=fact.id,
                actor=fact.actor,
                decision=decision,
                is_approval=not is_no,
                is_signed=fact.is_signed,
                at=fact.recorded_at,
                reason=text_of(fact.body, "reason") or "",
                expires_at=moment_of(fact.body, "expires_at"),
            )
        elif len(request.refused) < _MOST_REFUSED:
            refused = Refused(id=fact.id, actor=fact.actor, at=fact.recorded_at, why=why)
            request.refused.append(refused)


def _standing(request: Request, as_of: int) -> str | None:
    status = request.status(as_of)
    if request.answer is not None:
        return f"answered already by {request.answer.id}"
    return None if status == "pending" else f"the request is {status}"


def _mismatch(request: Request, subject: str | None) -> str | None:
    if subject is None or subject == request.subject:
        return None
    return "it is about another subject than the request"


def _contradiction(request: Request, decision: str, *, is_no: bool, both: bool) -> str | None:
    if both or (decision in _YES and is_no) or (decision in _NO and not is_no):
        return "it says yes and no at once"
    if decision not in (*_YES, *_NO, *request.options):
        return "it chooses what is no option"
    return None


def _withdraw(state: DecisionsState, fact: Fact, ids: list[str]) -> None:
    for record_id in ids:
        request = state.requests.get(record_id)
        if request is None or request.answer is not None or request.requester != fact.actor:
            continue
        if request.withdrawn_at is None:
            request.withdrawn_at = fact.recorded_at
