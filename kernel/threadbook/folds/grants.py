"""Grants: approvals of tool calls that hold for more than the call that asked.

A grant comes of an answer that the decisions fold counts, to a request of a gate (tools/gate.py).
What the answer allows is in its `decision` and `provided_value`, see `terms_of`. It holds for the
definition that was approved, and no other, until it ends: at its date, with its session, or when
a `core.correction` or `core.erasure` names the answer, by whoever might have answered, the
operator, or the requester.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from threadbook.folds.decisions import DecisionsFold, DecisionsState, refusal
from threadbook.folds.fields import moment_of, text_of, texts_of
from threadbook.folds.fold import CORRECTION, ERASURE, Fact, Fold
from threadbook.records.bodies import DecisionRequest, SessionEnd
from threadbook.records.record import Act

ONCE, FOR_SESSION, UNTIL, NO = "approve", "approve_session", "approve_until", "reject"
"""The options of a request of a gate."""

Scope = Literal["once", "session", "until"]

_SCOPES: dict[str, Scope] = {
    ONCE: "once", "provide": "once", FOR_SESSION: "session", UNTIL: "until",
}  # fmt: skip
_TERMS = {"arguments", "matching", "until"}


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer allows.

    `arguments` take the place of those that were asked about. `matching` is a pattern for each
    argument that later calls may have; None is for the very call that was asked about. `until` is
    Unix time in milliseconds.
    """

    scope: Scope
    arguments: dict[str, Any] | None = None
    matching: dict[str, str] | None = None
    until: int | None = None


class Grant(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An approval that holds for later calls; `id` is that of the answer. Times are Unix ms.

    It holds for calls by `actor` that `requester` asks about. `subject` is the hash of the call
    that was approved.
    """

    id: str
    request: str
    thread: str
    requester: str
    answerer: str
    actor: str
    tool: str
    callable: str
    definition: str
    environment: list[str]
    cwd: str
    session: str
    subject: str
    scope: Scope
    at: int
    matching: dict[str, str] | None = None
    until: int | None = None
    is_signed: bool = False
    reason: str = ""
    ended_at: int | None = None
    ended_by: str | None = None

    def is_live(self, as_of: int) -> bool:
        """Tell whether the grant holds at a time."""
        return (
            self.at <= as_of
            and (self.until is None or as_of < self.until)
            and (self.ended_at is None or as_of < self.ended_at)
        )


class Asked(msgspec.Struct, kw_only=True):
    """What a request says of the call that it is about."""

    actor: str
    tool: str
    callable: str
    definition: str
    environment: list[str]
    cwd: str
    session: str


class GrantsState(msgspec.Struct, kw_only=True):
    """Grants by the id of their answer, and the calls that wait for one, by request."""

    decisions: DecisionsState = msgspec.field(default_factory=DecisionsState)
    asked: dict[str, Asked] = {}
    grants: dict[str, Grant] = {}


class GrantsFold(Fold[GrantsState]):
    """Gathers grants. `operator` as in TrustFold."""

    name = "grants"
    version = 1
    state_type = GrantsState
    wants = DecisionsFold.wants

    def __init__(self, operator: str | None = None) -> None:
        self._operator = operator
        self._decisions = DecisionsFold(operator)

    @property
    def key(self) -> str:
        """The name, and the operator who was believed."""
        return f"{self.name}:{self._operator}" if self._operator else self.name

    def apply(self, state: GrantsState, fact: Fact) -> GrantsState:
        """See Fold.apply."""
        state.decisions = self._decisions.apply(state.decisions, fact)
        if fact.kind in (CORRECTION, ERASURE):
            for record_id in texts_of(fact.body, "corrects", "erases"):
                self._end(state, record_id, fact)
        elif fact.kind == SessionEnd.KIND:
            session = text_of(fact.body, "session")
            for grant in state.grants.values():
                if grant.scope == "session" and grant.session == session:
                    _ended(grant, fact)
        elif fact.act == Act.DO:
            for record_id in texts_of(fact.body, "fulfills", "cancels"):
                _grant(state, record_id, fact)
        elif fact.kind == DecisionRequest.KIND and (asked := _asked(fact)) is not None:
            state.asked[fact.id] = asked
        return state

    def _end(self, state: GrantsState, record_id: str, fact: Fact) -> None:
        grant = state.grants.get(record_id)
        if grant is not None and may_end(
            state, grant, fact.actor, as_of=fact.recorded_at, operator=self._operator
        ):
            _ended(grant, fact)


def terms_of(body: dict[str, Any]) -> Terms | None:
    """Return what an answer allows; None where that is not understood, and so is nothing.

    `decision` is approve or provide (this call), approve_session (calls of this session) or
    approve_until (calls before a date). `provided_value` may hold `arguments` for this call;
    else `matching`, a pattern for each argument of later calls; and `until`, the date, which may
    also be the answer's `expires_at`.
    """
    decision = body.get("decision")
    scope = _SCOPES.get(decision) if isinstance(decision, str) else None
    provided = body.get("provided_value")
    provided = {} if provided is None else provided
    if scope is None or not isinstance(provided, dict) or not provided.keys() <= _TERMS:
        return None
    arguments, matching = provided.get("arguments"), provided.get("matching")
    if arguments is not None and not (isinstance(arguments, dict) and scope == "once"):
        return None
    if matching is not None and not (_is_matching(matching) and scope != "once"):
        return None
    until = moment_of(provided, "until")
    if (until is None) is not (provided.get("until") is None) or (until and scope != "until"):
        return None
    until = moment_of(body, "expires_at") if until is None else until
    if (scope == "until" and until is None) or (decision == "provide" and arguments is None):
        return None
    return Terms(scope=scope, arguments=arguments, matching=matching, until=until)


def live(state: GrantsState, *, as_of: int) -> list[Grant]:
    """Return the grants that hold at a time (Unix ms), oldest first."""
    return [grant for grant in state.grants.values() if grant.is_live(as_of)]


def may_end(
    state: GrantsState, grant: Grant, actor: str, *, as_of: int, operator: str | None = None
) -> bool:
    """Tell whether a correction by this actor ends a grant."""
    if actor in (grant.answerer, grant.requester, operator):
        return True
    request = state.decisions.requests[grant.request]
    return refusal(state.decisions, request, actor, as_of=as_of) is None


def _is_matching(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(pattern, str) and pattern for pattern in value.values()
    )


def _asked(fact: Fact) -> Asked | None:
    context = fact.body.get("context")
    if not isinstance(context, dict):
        return None
    try:
        return msgspec.convert({"cwd": "", "session": "", **context}, Asked)
    except msgspec.ValidationError:  # a question about something else
        return None


def _grant(state: GrantsState, request_id: str, fact: Fact) -> None:
    """Note the grant that an answer makes, if it is the one that counts."""
    request = state.decisions.requests.get(request_id)
    if request is None or request.answer is None or request.answer.id != fact.id:
        return
    asked, terms = state.asked.pop(request_id, None), terms_of(fact.body)
    if asked is None or terms is None or terms.scope == "once" or request.subject is None:
        return
    if terms.scope == "session" and not asked.session:
        return
    state.grants[fact.id] = Grant(
        id=fact.id,
        request=request_id,
        thread=fact.thread,
        requester=request.requester,
        answerer=fact.actor,
        **msgspec.structs.asdict(asked),
        subject=request.subject,
        scope=terms.scope,
        at=fact.recorded_at,
        matching=terms.matching,
        until=terms.until,
        is_signed=fact.is_signed,
        reason=request.answer.reason,
    )


def _ended(grant: Grant, fact: Fact) -> None:
    if grant.ended_at is None:
        grant.ended_at, grant.ended_by = fact.recorded_at, fact.id
