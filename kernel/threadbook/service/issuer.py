"""The issuer: writes grants and revocations in the name of the service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import msgspec

from threadbook.errors import ConfigError, PreconditionFailed, ServiceError
from threadbook.log.log import Log
from threadbook.records.bodies import TokenGrant, TokenRevoke
from threadbook.records.identity import Identity
from threadbook.service.grants import TOKEN_THREAD, Grant, Grants
from threadbook.service.scopes import PRESETS, check_actors, check_scopes
from threadbook.service.tokens import Token, mint

ROTATION_GRACE_MS = 60_000
"""How long a token that was replaced still counts, unless told: the new one may not arrive."""
LONGEST_GRACE_MS = 30 * 86_400_000
LONGEST_NOTE = 1000
FIRST_ACCOUNT = "admin"

_LAST_MOMENT = 253_402_300_799_000  # the end of the year 9999
_SHORTEST_PREFIX = 6


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A token that was just made, with its grant. It is not stored: this is the time to keep it."""

    token: Token
    grant: Grant


class Issuer:
    """Makes, replaces and ends tokens. `clock` returns Unix time in milliseconds.

    `by` is, everywhere, the id of the token whose owner asks for it.
    """

    def __init__(
        self, log: Log, identity: Identity, *, clock: Callable[[], int] | None = None
    ) -> None:
        self._log = log
        self._identity = identity
        self._clock = clock or unix_ms

    def grants(self) -> Grants:
        """Return all grants there are."""
        grants = Grants(self._log, self._identity)
        grants.refresh()
        return grants

    def find(self, text: str) -> Grant:
        """Return the grant whose token has this id, or an id that alone begins so.

        Raises ServiceError (404, TOKEN_NOT_FOUND) where there is none, or more than one.
        """
        grants = self.grants()
        if (grant := grants.find(text)) is not None:
            return grant
        found = [g for g in grants if g.token.startswith(text)]
        if len(text) >= _SHORTEST_PREFIX and len(found) == 1:
            return found[0]
        raise not_found(f"no one token has an id that begins with {text!r:.100}")

    def create(
        self,
        account: str,
        *,
        scopes: Iterable[str],
        actors: Iterable[str] = (),
        expires_at: int | None = None,
        note: str = "",
        by: str | None = None,
    ) -> Issued:
        """Issue a token. Raises ConfigError for scopes, actors or times that cannot be."""
        token, body = self._prepare(
            account, scopes=scopes, actors=actors, expires_at=expires_at, note=note, by=by
        )
        self._log.append(body.draft(thread=TOKEN_THREAD), by=self._identity)
        return self._issued(token)

    def bootstrap(
        self, account: str = FIRST_ACCOUNT, *, actors: Iterable[str] = ("*",), note: str = ""
    ) -> Issued:
        """Issue the first token, which may do everything.

        Raises ServiceError (409, BOOTSTRAP_CLOSED) once there has been any; of several that try
        at once, one succeeds.
        """
        token, body = self._prepare(
            account, scopes=PRESETS["admin"], actors=actors, expires_at=None, note=note, by=None
        )
        self._log.append(
            body.draft(thread=TOKEN_THREAD), by=self._identity, guard=self._refuse_if_any
        )
        return self._issued(token)

    def rotate(
        self,
        token_id: str,
        *,
        grace_ms: int = ROTATION_GRACE_MS,
        expires_at: int | None = None,
        by: str | None = None,
    ) -> Issued:
        """Issue a token that can do the same, and end the old one after a grace, in one commit.

        It ends when the old one would have, unless `expires_at` is given. Raises
        PreconditionFailed where the old one does not count any more or was rotated before.
        """
        old = self.find(token_id)
        if not 0 <= grace_ms <= LONGEST_GRACE_MS:
            raise ConfigError("the grace is negative, or longer than 30 days")
        ends = old.expires_at if expires_at is None else expires_at
        token, body = self._prepare(
            old.account, scopes=old.scopes, actors=old.actors, expires_at=ends, note=old.note, by=by
        )
        grant = msgspec.structs.replace(body, replaces=old.token)
        revoke = TokenRevoke(
            token=old.token,
            effective_at=self._clock() + grace_ms if grace_ms else None,
            reason="rotated",
            revoked_by=by,
        )
        drafts = [item.draft(thread=TOKEN_THREAD) for item in (grant, revoke)]

        def still_counts() -> None:
            now = self.grants().find(old.token)
            if now is None or now.revoked_at is not None or now.status(self._clock()) != "live":
                raise PreconditionFailed(
                    "the token does not count any more, or was rotated before",
                    remedy="create a new one",
                )

        self._log.append_many(drafts, by=self._identity, guard=still_counts)
        return self._issued(token)

    def revoke(self, token_id: str, *, reason: str = "", by: str | None = None) -> Grant:
        """End a token at once and return its grant; one that was ended before stays as it is."""
        grant = self.find(token_id)
        if grant.status(self._clock()) == "revoked":
            return grant
        body = TokenRevoke(token=grant.token, reason=_checked_note(reason), revoked_by=by)
        self._log.append(body.draft(thread=TOKEN_THREAD), by=self._identity)
        return self.find(grant.token)

    def _prepare(
        self,
        account: str,
        *,
        scopes: Iterable[str],
        actors: Iterable[str],
        expires_at: int | None,
        note: str,
        by: str | None,
    ) -> tuple[Token, TokenGrant]:
        if expires_at is not None and not self._clock() < expires_at <= _LAST_MOMENT:
            raise ConfigError("the token would expire in the past, or in no calendar's year")
        token = mint(account)
        body = TokenGrant(
            token=token.id,
            account=account,
            scopes=sorted(check_scopes(scopes)),
            actors=list(check_actors(actors)),
            expires_at=expires_at,
            note=_checked_note(note),
            issued_by=by,
        )
        return token, body

    def _issued(self, token: Token) -> Issued:
        return Issued(token=token, grant=self.find(token.id))

    def _refuse_if_any(self) -> None:
        if len(self.grants()):
            raise bootstrap_closed()


def unix_ms() -> int:
    """Return the time in Unix milliseconds."""
    return time.time_ns() // 1_000_000


def bootstrap_closed() -> ServiceError:
    """Return the error of asking for a first token where it is not the first."""
    return ServiceError(
        "there has been a token before",
        status=409,
        code="BOOTSTRAP_CLOSED",
        remedy="`threadbook token create --preset admin` where the store is",
    )


def not_found(message: str) -> ServiceError:
    """Return the error of naming a token that there is not."""
    return ServiceError(
        message,
        status=404,
        code="TOKEN_NOT_FOUND",
        remedy="`threadbook token list` shows the ids",
    )


def _checked_note(note: str) -> str:
    if len(note) > LONGEST_NOTE:
        raise ConfigError(f"a note has at most {LONGEST_NOTE} characters")
    return note
