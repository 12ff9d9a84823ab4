"""Authentication: from the headers of a request to a principal, or to the reason why not."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import hmac
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from threadbook.errors import ServiceError, ThreadbookError, Unauthorized
from threadbook.log.log import Log
from threadbook.records.identity import Identity
from threadbook.service.grants import Grant, Grants
from threadbook.service.issuer import unix_ms
from threadbook.service.local import Headers, is_local
from threadbook.service.principal import EVERYBODY, NOBODY, Principal, forbidden, principal_of
from threadbook.service.problems import answer, problem_of
from threadbook.service.refusals import Attempt, Refusals, too_many
from threadbook.service.scopes import SCOPES
from threadbook.service.tokens import BOOTSTRAP_ACCOUNT, check_bootstrap_secret, parse

P = ParamSpec("P")
T = TypeVar("T")

BOOTSTRAP_PATH = "/v1/bootstrap/service-account"
CHALLENGE = 'Bearer realm="threadbook"'
NO_ROUTE = "(none)"

_LONGEST = 512
_THREADS = 4
_UNAUTHORIZED, _FORBIDDEN = 401, 403
_BOOTSTRAP = Principal(account=BOOTSTRAP_ACCOUNT, scopes=frozenset(SCOPES), actors=("*",))


class Refused(Unauthorized):
    """A request without a token that counts; `grant` is that of its token, if there is one."""

    def __init__(
        self, code: str, message: str, *, remedy: str | None = None, grant: Grant | None = None
    ) -> None:
        super().__init__(message, remedy=remedy, status=_UNAUTHORIZED, code=code)
        self.grant = grant


class Authenticator:
    """Tells who asks. Safe to use from several threads; its methods may wait for the store.

    `identity` is who the service writes as: only its grants count. Where tokens are not `required`,
    whoever asks from this machine may do everything. `bootstrap` is the secret of the environment's
    token. `clock` returns Unix time in milliseconds, `monotonic` seconds.
    """

    def __init__(
        self,
        log: Log,
        identity: Identity,
        *,
        required: bool = True,
        bootstrap: str | None = None,
        clock: Callable[[], int] = unix_ms,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if bootstrap is not None:
            check_bootstrap_secret(bootstrap)
        self.required = required
        self._bootstrap = None if bootstrap is None else _digest(bootstrap)
        self._grants = Grants(log, identity)
        self._refusals = Refusals(log, identity, monotonic=monotonic)
        self._clock = clock

    @property
    def has_bootstrap(self) -> bool:
        """Whether the environment holds a token, so that nobody needs to ask for a first one."""
        return self._bootstrap is not None

    def has_tokens(self) -> bool:
        """Tell whether any token has been issued."""
        self._grants.refresh()
        return len(self._grants) > 0

    def authenticate(self, headers: Headers) -> Principal:
        """Return who comes with these headers, names and values as bytes. Raises Unauthorized.

        The code says AUTH_REQUIRED where there is no token, TOKEN_INVALID where it is none of
        this service's, and TOKEN_EXPIRED or TOKEN_REVOKED only to one who holds the secret.
        """
        token = parse(credential(headers))
        if token is None:
            raise Refused(
                "TOKEN_INVALID", "the token is malformed", remedy="check that it was copied whole"
            )
        if token.is_bootstrap:
            if self._bootstrap and hmac.compare_digest(_digest(token.secret), self._bootstrap):
                return _BOOTSTRAP
            raise _unknown()
        self._grants.refresh()
        grant = self._grants.find(token.id)
        if grant is None or not token.is_of(grant.account):
            raise _unknown()
        if (status := grant.status(self._clock())) != "live":
            raise Refused(
                f"TOKEN_{status.upper()}",
                f"the token is {status}",
                remedy="ask for a new one",
                grant=grant,
            )
        return principal_of(grant)

    def admit(
        self, headers: Headers, *, address: str | None, describe: Callable[[], Attempt]
    ) -> Principal:
        """Return who asks, or raise what to answer; refusals are limited and put on record.

        `address` is that of the peer, `describe` is called for a request that is refused.
        """
        headers = list(headers)
        self._refusals.summarize()
        if not self.required:
            return self._admit_local(headers, address, describe)
        try:
            self._slow_down_guessing(headers, address, describe)
            return self.authenticate(headers)
        except Refused as error:
            attempt = describe()
            if (grant := error.grant) is not None:
                attempt = _known(attempt, grant.account, grant.token)
            raise self._refusals.refuse(error, attempt) from None

    def note(self, code: str, attempt: Attempt, principal: Principal) -> None:
        """Put on record that a request was refused although its token counts."""
        self._refusals.note(code, _known(attempt, principal.account, principal.token))

    def is_live(self, principal: Principal) -> bool:
        """Tell whether the principal's token still counts; cheap enough to poll."""
        if principal.token is None:
            return principal is not NOBODY
        self._grants.refresh()
        grant = self._grants.find(principal.token)
        return grant is not None and grant.status(self._clock()) == "live"

    def flush(self) -> None:
        """Put on record how many refusals have none yet: the service is going down."""
        self._refusals.summarize(now=True)

    def _admit_local(
        self, headers: Headers, address: str | None, describe: Callable[[], Attempt]
    ) -> Principal:
        if is_local(headers, address):
            return EVERYBODY
        error = forbidden(
            "NOT_LOCAL",
            "without tokens this service answers to its own machine only",
            remedy="call it as localhost or 127.0.0.1, without a proxy, or start it with tokens",
        )
        raise self._refusals.refuse(error, describe())

    def _slow_down_guessing(
        self, headers: Headers, address: str | None, describe: Callable[[], Attempt]
    ) -> None:
        """Refuse the environment's token from an address that failed too often, right or wrong.

        Its secret was chosen by a person; those that we make cannot be guessed.
        """
        if self._bootstrap is None or not (wait := self._refusals.wait(address)):
            return
        token = parse(credential(headers))
        if token is not None and token.is_bootstrap:
            self._refusals.note("RATE_LIMITED", describe(), has_record=False)
            raise too_many(wait)


def credential(headers: Headers) -> str:
    """Return the token that headers carry, in `Authorization: Bearer` or `x-api-key`.

    Raises Unauthorized where there is none, or more than one.
    """
    found: dict[bytes, list[bytes]] = {b"authorization": [], b"x-api-key": []}
    for name, value in headers:
        if (lower := name.lower()) in found:
            token = value.strip(b" \t")
            if lower == b"authorization":
                token = _bearer(token)
            if token:
                found[lower].append(token)
    tokens = {token for values in found.values() for token in values}
    if not tokens:
        raise Refused(
            "AUTH_REQUIRED",
            "this needs a token",
            remedy="send `Authorization: Bearer <token>` or `x-api-key: <token>`",
        )
    if len(tokens) > 1 or any(len(values) > 1 for values in found.values()):
        raise Refused("TOKEN_INVALID", "there is more than one token", remedy="send one")
    (token,) = tokens
    if len(token) > _LONGEST or not token.isascii():
        raise Refused("TOKEN_INVALID", "the token is malformed")
    return token.decode()


def _bearer(value: bytes) -> bytes:
    """Return the token of an Authorization; none where it has another scheme, as a proxy's may."""
    scheme, _, token = value.partition(b" ")
    return token.strip(b" ") if scheme.lower() == b"bearer" else b""


def _unknown() -> Refused:
    return Refused("TOKEN_INVALID", "the token is none of this service's")


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _known(attempt: Attempt, account: str, token: str | None) -> Attempt:
    return Attempt(
        method=attempt.method,
        route=attempt.route,
        address=attempt.address,
        account=account,
        token=token,
    )


class AuthMiddleware:
    """Puts `principal` and `is_live` into the state of a request, or answers why not.

    Answers of 403 are put on record, with the code that a handler left in `state.denied`. Plain
    ASGI, so that streams pass through as they come.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticator: Authenticator,
        exempt: Collection[str],
    ) -> None:
        self._app = app
        self._authenticator = authenticator
        self._exempt = frozenset(exempt)
        # Threads of its own: the store may be waiting for a writer, and requests that take long
        # must not keep others from being told apart.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="threadbook-auth")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, self._until_shutdown(receive), send)
            return
        state = scope.setdefault("state", {})
        state["authenticator"] = self._authenticator
        if scope["path"].removesuffix("/") in self._exempt:
            principal = NOBODY
        else:
            try:
                principal = await self._apart(
                    self._authenticator.admit,
                    scope["headers"],
                    address=_address(scope),
                    describe=lambda: _attempt(scope),
                )
            except ThreadbookError as error:
                await _refuse(error, scope, receive, send)
                return
        state["principal"] = principal
        state["is_live"] = lambda: self._authenticator.is_live(principal)

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == _FORBIDDEN:
                code = state.get("denied", "FORBIDDEN")
                await self._apart(self._authenticator.note, code, _attempt(scope), principal)
            await send(message)

        await self._app(scope, receive, watch)

    async def _apart(self, work: Callable[P, T], *words: P.args, **named: P.kwargs) -> T:
        call = functools.partial(work, *words, **named)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _until_shutdown(self, receive: Receive) -> Receive:
        async def receive_then_flush() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._apart(self._authenticator.flush)
            return message

        return receive_then_flush


async def _refuse(error: ThreadbookError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": error.message})
        return
    response = answer(problem_of(error))
    if isinstance(error, ServiceError) and error.status == _UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = CHALLENGE
    response.headers["Cache-Control"] = "no-store"
    await response(scope, receive, send)


def _attempt(scope: Scope) -> Attempt:
    method = scope.get("method", "WEBSOCKET")
    return Attempt(method=method, route=route_of(scope), address=_address(scope))


def _address(scope: Scope) -> str | None:
    client = scope.get("client")
    return client[0] if client else None


def route_of(scope: Scope) -> str:
    """Return the template of the path: what stands in a path itself is nobody's business."""
    routes: list[Any] = getattr(scope.get("app"), "routes", [])
    for route in routes:
        if route.matches(scope)[0] is not Match.NONE:
            return str(route.path)
    return NO_ROUTE
