"""Who acts for whom: grants between identities, so that nobody is judged by an alias of their own.

`core.identity.grant.v1` says that its actor lets `aud` act for it, until `expires_at`;
`core.identity.acceptance.v1` that its actor takes the grant, `core.identity.revoke.v1` that its
actor takes it back. `threadbook.token.grant` names actors that the holder of one account's token
may write as; it counts only if the operator of the service wrote it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from threadbook.folds.fields import moment_of, text_of, texts_of
from threadbook.folds.fold import Fact
from threadbook.log.store import Query
from threadbook.records.bodies import TokenGrant, TokenRevoke
from threadbook.records.identity import is_key_did

GRANT = "core.identity.grant.v1"
ACCEPTANCE = "core.identity.acceptance.v1"
REVOKE = "core.identity.revoke.v1"
KINDS = (GRANT, ACCEPTANCE, REVOKE, TokenGrant.KIND, TokenRevoke.KIND)
WANTS = tuple(Query(kind=kind) for kind in KINDS)

Dependence = Literal["self", "account", "grant"]
"""One identity; two that the tokens of one account speak for; one that acts for the other."""

LONGEST_CHAIN = 64
"""Grants that are followed, one from the other."""

_WILDCARD = "*"


class Grant(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`issuer` lets `holder` act for it, from `begins` on, before `ends`; Unix milliseconds."""

    id: str
    issuer: str
    holder: str
    begins: int
    ends: int | None = None
    accepted: bool = False

    def is_live(self, at: int) -> bool:
        """Tell whether the grant holds at this time."""
        return self.begins <= at and (self.ends is None or at < self.ends)


class Principals(msgspec.Struct, kw_only=True):
    """All grants by id; as ids by holder; of tokens, by the actor they name and the account.

    `issuers` are those who ever let another act for them: few have, and nobody acts for the rest.
    """

    grants: dict[str, Grant] = {}
    issuers: dict[str, None] = {}
    held: dict[str, list[str]] = {}
    accounts: dict[str, dict[str, list[str]]] = {}


def note(state: Principals, fact: Fact, operator: str | None) -> None:
    """Take in a record; of `operator` alone, where there is one, grants of tokens count."""
    if fact.kind == GRANT:
        _grant(state, fact)
    elif fact.kind in (ACCEPTANCE, REVOKE):
        for record_id in texts_of(fact.body, "grant", "grant_id"):
            _answer(state.grants.get(record_id), fact)
    elif fact.actor == operator and fact.kind == TokenGrant.KIND:
        _token(state, fact)
    elif fact.actor == operator and fact.kind == TokenRevoke.KIND:
        grant = state.grants.get(_token_key(text_of(fact.body, "token")))
        if grant is not None:
            _end(grant, moment_of(fact.body, "effective_at") or fact.recorded_at)


def principal_of(state: Principals, actor: str, *, as_of: int) -> str:
    """Return for whom, in the end, this actor acts: itself where nobody made it their own.

    Grants that their holder accepted are followed, of several the oldest: one that was not is
    only somebody's claim.
    """
    seen = {actor}
    for _ in range(LONGEST_CHAIN):
        issuers = (grant.issuer for grant in _held(state, actor, as_of) if grant.accepted)
        issuer = next(issuers, actor)
        if issuer in seen:
            break
        seen.add(issuer)
        actor = issuer
    return actor


def dependence(
    state: Principals, judge: str, worker: str, *, as_of: int, only_accepted: bool
) -> Dependence | None:
    """Return why `judge` is not independent of `worker` at this time, None if it is.

    With `only_accepted`, grants that the judge's side never accepted are not counted: otherwise
    a worker could silence whoever is about to judge it, by a grant they do not want.
    """
    if judge == worker:
        return "self"
    if _has_token_of(state, judge, worker, as_of):
        return "account"
    if _is_granted(state, judge, worker, as_of, only_accepted=only_accepted):
        return "grant"
    return None


def _is_granted(
    state: Principals, judge: str, worker: str, as_of: int, *, only_accepted: bool
) -> bool:
    """Follow grants upwards from the judge, breadth first."""
    if worker not in state.issuers:
        return False
    seen, level = {judge}, [judge]
    for _ in range(LONGEST_CHAIN):
        issuers = {
            grant.issuer
            for holder in level
            for grant in _held(state, holder, as_of)
            if grant.accepted or not only_accepted
        }
        if worker in issuers:
            return True
        level = list(issuers - seen)
        if not level:
            break
        seen.update(level)
    return False


def _has_token_of(state: Principals, judge: str, worker: str, as_of: int) -> bool:
    if is_key_did(judge) or is_key_did(worker):
        return False  # no token signs for a key
    theirs = state.accounts.get(worker, {})
    return any(
        _any_live(state, tokens, as_of) and _any_live(state, theirs[account], as_of)
        for account, tokens in state.accounts.get(judge, {}).items()
        if account in theirs
    )


def _any_live(state: Principals, grants: list[str], as_of: int) -> bool:
    return any(state.grants[grant].is_live(as_of) for grant in grants)


def _held(state: Principals, holder: str, as_of: int) -> list[Grant]:
    grants = (state.grants[grant] for grant in state.held.get(holder, ()))
    return [grant for grant in grants if grant.is_live(as_of)]


def _grant(state: Principals, fact: Fact) -> None:
    holder = text_of(fact.body, "aud", "grantee")
    if holder is None or holder == fact.actor:
        return
    state.grants[fact.id] = Grant(
        id=fact.id,
        issuer=fact.actor,
        holder=holder,
        begins=fact.recorded_at,
        ends=moment_of(fact.body, "expires_at"),
    )
    state.issuers[fact.actor] = None
    state.held.setdefault(holder, []).append(fact.id)


def _answer(grant: Grant | None, fact: Fact) -> None:
    if grant is None:
        return
    if fact.kind == ACCEPTANCE and fact.actor == grant.holder:
        grant.accepted = True
    elif fact.kind == REVOKE and fact.actor == grant.issuer:
        _end(grant, fact.recorded_at)


def _token(state: Principals, fact: Fact) -> None:
    token, account = text_of(fact.body, "token"), text_of(fact.body, "account")
    if token is None or account is None or _token_key(token) in state.grants:
        return
    state.grants[_token_key(token)] = Grant(
        id=fact.id,
        issuer=fact.actor,
        holder=account,
        begins=fact.recorded_at,
        ends=moment_of(fact.body, "expires_at"),
    )
    # A pattern is the authority of an administrator, who could be anybody, and nobody's alias.
    for actor in texts_of(fact.body, "actors"):
        if _WILDCARD not in actor:
            accounts = state.accounts.setdefault(actor, {})
            accounts.setdefault(account, []).append(_token_key(token))


def _token_key(token: str | None) -> str:
    return f"token:{token}"


def _end(grant: Grant, at: int) -> None:
    grant.ends = at if grant.ends is None else min(grant.ends, at)
