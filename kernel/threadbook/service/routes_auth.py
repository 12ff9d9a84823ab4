"""Tokens: issue, list, replace and end them."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.responses import Response

from threadbook.service.auth import BOOTSTRAP_PATH
from threadbook.service.endpoint import Call, Endpoint, encode, get, post
from threadbook.service.grants import Grant, Grants
from threadbook.service.issuer import (
    ROTATION_GRACE_MS,
    Issued,
    Issuer,
    bootstrap_closed,
    unix_ms,
)
from threadbook.service.local import is_local
from threadbook.service.principal import ANY_SCOPE, Principal, forbidden
from threadbook.service.problems import Problem
from threadbook.service.scopes import ADMIN, PRESETS, check_actors, check_scopes

_CREATED = 201


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to issue: `scopes`, or a `preset` of them; `expires_in` is in seconds."""

    account: str
    scopes: list[str] | None = None
    preset: str | None = None
    actors: list[str] = msgspec.field(default_factory=list)
    expires_in: int | None = None
    note: str = ""


class RotateParameters(msgspec.Struct, frozen=True, kw_only=True):
    """For how many more seconds the old token counts, and the new one; by default as the old."""

    grace_seconds: int = ROTATION_GRACE_MS // 1000
    expires_in: int | None = None


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its secret. Times are Unix milliseconds.

    `status` is live, expired or revoked; `did` and `actors` are those it may write as. `revoked_at`
    may lie ahead. `replaces`, `replaced_by` and `issued_by` are ids of tokens.
    """

    object: str
    id: str
    account: str
    did: str
    status: str
    scopes: list[str]
    actors: list[str]
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    note: str
    replaces: str | None
    replaced_by: str | None
    issued_by: str | None


class NewTokenAnswer(TokenAnswer, frozen=True, kw_only=True):
    """A token that was just issued. `token` is not kept anywhere: nobody can show it again."""

    token: str


class TokenList(msgspec.Struct, frozen=True, kw_only=True):
    """All tokens there are or were, the newest first."""

    object: str
    data: list[TokenAnswer]


@post(
    BOOTSTRAP_PATH,
    "Issue the first token; only on the service's own machine, and only once.",
    scope=None,
    answer=NewTokenAnswer,
    status=_CREATED,
    errors=(403, 409),
)
async def bootstrap(call: Call) -> Response:
    """Issue the first token."""
    request = call.request
    if not is_local(request.headers.raw, request.client.host if request.client else None):
        raise forbidden(
            "NOT_LOCAL",
            "the first token is issued on the service's own machine only",
            remedy="`threadbook token bootstrap` there",
        )
    if request.state.authenticator.has_bootstrap:
        raise bootstrap_closed()
    return _issued(await asyncio.to_thread(_issuer(call).bootstrap))


@post(
    "/v1/tokens",
    "Issue a token.",
    scope=ADMIN,
    body=NewToken,
    answer=NewTokenAnswer,
    status=_CREATED,
)
async def create_token(call: Call) -> Response:
    """Issue a token, at most for what the asking one may do."""
    new: NewToken = call.body
    scopes, actors = check_scopes(_scopes(new)), check_actors(new.actors)
    principal: Principal = call.principal
    expires_at = principal.expires_at if new.expires_in is None else _after(new.expires_in)
    principal.check_grant(scopes, actors, expires_at)
    issued = await asyncio.to_thread(
        _issuer(call).create,
        new.account,
        scopes=scopes,
        actors=actors,
        expires_at=expires_at,
        note=new.note,
        by=_name(principal),
    )
    return _issued(issued)


@get("/v1/tokens", "List all tokens, without their secrets.", scope=ADMIN, answer=TokenList)
async def list_tokens(call: Call) -> TokenList:
    """List all tokens."""
    grants = await asyncio.to_thread(_issuer(call).grants)
    return TokenList(object="list", data=token_answers(grants))


@post(
    "/v1/tokens/{id}/rotate",
    "Issue a token in the place of another; any token may do this to itself.",
    scope=ANY_SCOPE,
    query=RotateParameters,
    answer=NewTokenAnswer,
    status=_CREATED,
    errors=(404, 409),
)
async def rotate_token(call: Call) -> Response:
    """Replace a token, at most for what the asking one may do."""
    query: RotateParameters = call.query
    grant = await _own_or_admin(call, "ROTATE_NOT_SELF")
    principal: Principal = call.principal
    expires_at = grant.expires_at if query.expires_in is None else _after(query.expires_in)
    principal.check_grant(grant.scopes, grant.actors, expires_at)
    issued = await asyncio.to_thread(
        _issuer(call).rotate,
        grant.token,
        grace_ms=query.grace_seconds * 1000,
        expires_at=expires_at,
        by=_name(principal),
    )
    return _issued(issued)


async def revoke_token(call: Call) -> TokenAnswer:
    """End a token at once."""
    grant = await _own_or_admin(call, "SCOPE_FORBIDDEN")
    issuer = _issuer(call)
    await asyncio.to_thread(issuer.revoke, grant.token, by=_name(call.principal))
    grants = await asyncio.to_thread(issuer.grants)
    return next(answer for answer in token_answers(grants) if answer.id == grant.token)


revoke = Endpoint(
    method="DELETE",
    path="/v1/tokens/{id}",
    summary="End a token at once; any token may do this to itself.",
    handler=revoke_token,
    scope=ANY_SCOPE,
    answer=TokenAnswer,
    errors=(404,),
)


def token_answers(grants: Grants) -> list[TokenAnswer]:
    """Return all grants in the shape of the wire, the newest first."""
    successors = {grant.replaces: grant.token for grant in grants if grant.replaces}
    answers = [
        TokenAnswer(**grant.as_dict(unix_ms()), replaced_by=successors.get(grant.token))
        for grant in grants
    ]
    return answers[::-1]


def _issued(issued: Issued) -> Response:
    answer = NewTokenAnswer(
        **issued.grant.as_dict(unix_ms()), replaced_by=None, token=issued.token.reveal()
    )
    return Response(
        encode(answer),
        status_code=_CREATED,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _issuer(call: Call) -> Issuer:
    call.service.check_open()
    return Issuer(call.service.log, call.service.identity)


async def _own_or_admin(call: Call, code: str) -> Grant:
    """Return the grant that the path names; to others than admins, only their own."""
    principal: Principal = call.principal
    named = call.path["id"]
    if not principal.has(ADMIN) and named != principal.token:
        raise forbidden(code, "without the scope admin, a token can do this to itself only")
    return await asyncio.to_thread(_issuer(call).find, named)


def _scopes(new: NewToken) -> tuple[str, ...]:
    if (new.scopes is None) == (new.preset is None):
        raise Problem(400, "INVALID_REQUEST", "either scopes or a preset has to be given")
    if new.preset is None:
        return tuple(new.scopes or ())
    if new.preset not in PRESETS:
        raise Problem(400, "INVALID_REQUEST", f"a preset is one of {', '.join(PRESETS)}")
    return PRESETS[new.preset]


def _name(principal: Principal) -> str:
    return principal.token or principal.account


def _after(seconds: int) -> int:
    return unix_ms() + seconds * 1000
