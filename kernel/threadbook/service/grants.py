"""Grants: which tokens count, computed from the log.

Tokens are records, so they work on every store, are audited for free, and a revocation takes
effect at once in every process. Only records of the service's own identity count: whatever else
stands in the thread is somebody's claim.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from threadbook.errors import CanonicalError
from threadbook.log.log import Log
from threadbook.log.store import Query, Row, Tip
from threadbook.records.bodies import TokenGrant, TokenRevoke
from threadbook.records.canonical import sha256_hex
from threadbook.records.identity import Identity, is_key_did, verify_signature
from threadbook.records.record import Record

TOKEN_THREAD = "threadbook.auth"  # noqa: S105  a thread
"""The thread of grants and revocations."""
AUDIT_THREAD = "threadbook.audit"
"""The thread of refusals. Another one, so that no flood of them slows down reading the grants."""
RESERVED_THREADS = frozenset({TOKEN_THREAD, AUDIT_THREAD})
"""Nobody writes to these through a service; only admins read them there."""

Status = Literal["live", "expired", "revoked"]

_PAGE = 500


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A token as the log has it. All times are Unix milliseconds.

    `revoked_at` may lie ahead: a token that was rotated counts for a while longer. Where
    `is_revoked`, it counts no more whatever a clock says: hosts may disagree about the time.
    """

    token: str
    account: str
    scopes: frozenset[str]
    actors: tuple[str, ...]
    granted_at: int
    seq: int
    expires_at: int | None
    note: str
    replaces: str | None
    issued_by: str | None
    revoked_at: int | None = None
    is_revoked: bool = False

    @property
    def did(self) -> str:
        """The DID of the account."""
        return f"did:sync:system:{self.account}"

    def as_dict(self, now: int) -> dict[str, Any]:
        """Return what the grant says, and its status at `now`, in the shape of the wire."""
        return {
            "object": "token",
            "id": self.token,
            "account": self.account,
            "did": self.did,
            "status": self.status(now),
            "scopes": sorted(self.scopes),
            "actors": list(self.actors),
            "created_at": self.granted_at,
            "expires_at": self.expires_at,
            "revoked_at": self.revoked_at,
            "note": self.note,
            "replaces": self.replaces,
            "issued_by": self.issued_by,
        }

    def status(self, now: int) -> Status:
        """Return whether the token counts at `now`; at `expires_at` it no longer does."""
        if self.is_revoked or (self.revoked_at is not None and now >= self.revoked_at):
            return "revoked"
        if self.expires_at is not None and now >= self.expires_at:
            return "expired"
        return "live"


class Grants:
    """The grants of one service, up to date with each call of `refresh`. Safe to use in threads.

    `identity` is who the service writes as. The first grant of a token is the one that counts, and
    a revocation is for ever.
    """

    def __init__(self, log: Log, identity: Identity) -> None:
        self._store = log.store
        self._operator = identity.actor_did
        self._lock = threading.Lock()
        self._tip: Tip | None = None
        self._seq = 0
        self._grants: dict[str, Grant] = {}
        self._revoked: dict[str, tuple[int, bool]] = {}

    def refresh(self) -> None:
        """Take in what any process has appended; without news this costs a look at the tip.

        Not at the version, which a store may learn of a moment late: a token that was ended must
        not be good for one request more.
        """
        tip = self._store.tip()  # before reading: a commit in between is seen the next time
        if tip == self._tip:
            return
        with self._lock:
            query = Query(thread=TOKEN_THREAD)
            while rows := self._store.rows(query, after=self._seq, limit=_PAGE):
                for row in rows:
                    self._take(row)
                    self._seq = row.seq
            self._tip = tip

    def find(self, token: str) -> Grant | None:
        """Return the grant of the token with this id."""
        grant = self._grants.get(token)
        # The look-up compares hashes of the id, which tell nothing about the secret; the ids
        # themselves are compared in constant time all the same.
        if grant is None or not hmac.compare_digest(grant.token, token):
            return None
        return grant

    def __iter__(self) -> Iterator[Grant]:
        """Yield all grants, also those that no longer count, in the order they were made."""
        with self._lock:
            grants = list(self._grants.values())
        return iter(grants)

    def __len__(self) -> int:
        """Return how many grants there are or were."""
        return len(self._grants)

    def successor(self, token: str) -> Grant | None:
        """Return the grant that replaces this one."""
        return next((grant for grant in self if grant.replaces == token), None)

    def heirs(self, token: str) -> list[Grant]:
        """Return the grants that replace this one or that its owner asked for, and so on.

        Ending a token does not end these: whoever ends one that was stolen has to look at them.
        """
        found: dict[str, Grant] = {}
        for grant in self:  # in the order they were made: what comes of another comes after it
            if {grant.replaces, grant.issued_by} & {token, *found}:
                found[grant.token] = grant
        return list(found.values())

    def _take(self, row: Row) -> None:
        if row.actor != self._operator or row.kind not in (TokenGrant.KIND, TokenRevoke.KIND):
            return
        record = _genuine(row)
        if record is None:
            if row.kind == TokenRevoke.KIND:
                # It was erased or damaged: which token it was about can no longer be known, so no
                # earlier one is trusted. The operator can issue new ones.
                for token in list(self._grants):
                    self._revoke(token, row.recorded_at, at_once=True)
        elif (granted := TokenGrant.of(record)) is not None:
            self._grants.setdefault(granted.token, self._grant(row, granted))
        elif (revoked := TokenRevoke.of(record)) is not None:
            at, at_once = revoked.effective_at, revoked.effective_at is None
            self._revoke(revoked.token, row.recorded_at if at is None else at, at_once=at_once)

    def _grant(self, row: Row, body: TokenGrant) -> Grant:
        at, is_revoked = self._revoked.get(body.token, (None, False))
        return Grant(
            token=body.token,
            account=body.account,
            scopes=frozenset(body.scopes),
            actors=tuple(body.actors),
            granted_at=row.recorded_at,
            seq=row.seq,
            expires_at=body.expires_at,
            note=body.note,
            replaces=body.replaces,
            issued_by=body.issued_by,
            revoked_at=at,
            is_revoked=is_revoked,
        )

    def _revoke(self, token: str, at: int, *, at_once: bool) -> None:
        """Note the revocation, also of a token whose grant comes later: the earliest counts."""
        before, is_revoked = self._revoked.get(token, (at, False))
        at, is_revoked = min(at, before), is_revoked or at_once
        self._revoked[token] = at, is_revoked
        if (grant := self._grants.get(token)) is not None:
            self._grants[token] = msgspec.structs.replace(
                grant, revoked_at=at, is_revoked=is_revoked
            )


def _genuine(row: Row) -> Record | None:
    """Return the record of a row if it is what its id, and its actor's key, vouch for."""
    if sha256_hex(row.canonical) != row.id:
        return None
    if is_key_did(row.actor) and not verify_signature(row.actor, row.canonical, row.sig or b""):
        return None
    try:
        record = Record.decode(row.canonical)
    except CanonicalError:
        return None
    return record if record.actor == row.actor and record.thread == TOKEN_THREAD else None
