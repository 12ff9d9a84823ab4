"""Who asks, and what that one may do."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from threadbook.errors import Forbidden
from threadbook.service.grants import RESERVED_THREADS, Grant
from threadbook.service.scopes import ADMIN, SCOPES, Verb, grain, has_grain, is_actor_of, is_within

ANY_SCOPE = "any"
"""What an endpoint requires that every token may use."""
_READ = ":read"
_VERBS: dict[str, Verb] = {"records:read": "read", "records:write": "write"}


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """The service account behind a request. `token` is the id of its token, None without one."""

    account: str
    scopes: frozenset[str]
    actors: tuple[str, ...]
    token: str | None = None
    expires_at: int | None = None

    @property
    def name(self) -> str:
        """What to call this one."""
        return self.account

    @property
    def did(self) -> str:
        """The DID of the account: who writes what names no other actor."""
        return f"did:sync:system:{self.account}"

    def has(self, scope: str) -> bool:
        """Tell whether this scope is granted, or implied by `admin`."""
        return scope in self.scopes or ADMIN in self.scopes

    def require(self, scope: str, *, grains: bool = False) -> None:
        """Raise Forbidden without this scope.

        With `grains`, the right to one thread or namespace is enough for a start: whoever says so
        goes on to ask `may_read` or `may_write` for every single record.
        """
        if self.has(scope) or (scope == ANY_SCOPE and self.scopes):
            return
        if grains and scope in _VERBS and has_grain(self.scopes, _VERBS[scope]):
            return
        raise forbidden(
            "SCOPE_FORBIDDEN",
            f"the token does not have the scope {scope}",
            remedy="use a token that has it; `threadbook token list` shows them",
        )

    def may_speak_for(self, actor: str, *, is_signed: bool = False) -> bool:
        """Tell whether this one may write as `actor`.

        A record that carries the actor's own signature proves itself, whoever delivers it; the log
        refuses one whose signature is not the actor's.
        """
        return is_signed or is_actor_of(self.actors, actor)

    def may_read(self, thread: str, namespace: str | None = None) -> bool:
        """Tell whether this one may read the records of a thread, or those of one namespace."""
        if thread in RESERVED_THREADS:
            return self.has(ADMIN)
        return self._may("records:read", "read", thread, namespace)

    @property
    def has_namespaces(self) -> bool:
        """Whether there may be records to read for this one on any thread."""
        return any(_named(scope, "namespace:") is not None for scope in self.scopes)

    @property
    def threads(self) -> list[str] | None:
        """The only threads that this one may read anything of, None where it may be any."""
        if self.has("records:read") or self.has_namespaces:
            return None
        named = (_named(scope, "thread:") for scope in self.scopes)
        return sorted(thread for thread in named if thread is not None and self.may_read(thread))

    def may_write(self, thread: str, namespace: str | None = None) -> bool:
        """Tell whether this one may append to a thread records of this namespace.

        Nobody may append to the threads that say who may do what: the service does that itself.
        """
        if thread in RESERVED_THREADS:
            return False
        return self._may("records:write", "write", thread, namespace)

    def check_grant(
        self, scopes: Iterable[str], actors: Iterable[str], expires_at: int | None
    ) -> None:
        """Raise Forbidden for a token that would be able to do more than the one that asks."""
        more = [scope for scope in scopes if not self.has(scope)]
        more += [actor for actor in actors if not is_within(self.actors, actor)]
        if self.expires_at is not None and (expires_at is None or expires_at > self.expires_at):
            more.append("to live longer")
        if more:
            raise forbidden(
                "GRANT_TOO_WIDE",
                f"the token cannot hand on what it does not have: {', '.join(more):.200}",
                remedy="ask for less, or use `threadbook token create` where the store is",
            )

    def _may(self, scope: str, verb: Verb, thread: str, namespace: str | None) -> bool:
        return (
            self.has(scope)
            or grain("thread", thread, verb) in self.scopes
            or (namespace is not None and grain("namespace", namespace, verb) in self.scopes)
        )


def _named(scope: str, noun: str) -> str | None:
    """Return what a grain for reading is about, None for other scopes."""
    if scope.startswith(noun) and scope.endswith(_READ):
        return scope[len(noun) : -len(_READ)]
    return None


NOBODY = Principal(account="nobody", scopes=frozenset(), actors=())
"""Who asks for what needs no token."""
EVERYBODY = Principal(account="localhost", scopes=frozenset(SCOPES), actors=("*",))
"""Who asks a service that asks for no tokens."""


def principal_of(grant: Grant) -> Principal:
    """Return who comes with the token of `grant`: always also its account's own DID."""
    return Principal(
        account=grant.account,
        scopes=grant.scopes,
        actors=(grant.did, *grant.actors),
        token=grant.token,
        expires_at=grant.expires_at,
    )


def forbidden(code: str, message: str, *, remedy: str | None = None) -> Forbidden:
    """Return the error of a request that its token does not allow."""
    return Forbidden(message, status=403, code=code, remedy=remedy)
