"""Endpoints: what a path takes and answers, declared once, for requests and for openapi.json."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar, cast

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from threadbook.errors import CanonicalError, RecordError
from threadbook.service.problems import Problem
from threadbook.service.strict_json import parse

P = ParamSpec("P")
T = TypeVar("T")

BODY_LIMIT = 1024 * 1024
"""Most bytes of a JSON request: a record with the largest body, every character escaped, fits."""
BODY_SECONDS = 30.0
"""How long a client may take to send a request's body."""
_LARGE = 16 * 1024
"""Bytes of JSON from which on it is read in another thread."""


class Nothing(msgspec.Struct, frozen=True):
    """No parameters."""


class Call:
    """One request: the service it asks, who asks, and its parameters, decoded."""

    def __init__(self, request: Request, query: Any, body: Any) -> None:
        self.request = request
        self.service = request.app.state.service
        self.principal = request.state.principal
        self.query = query
        self.body = body

    @property
    def path(self) -> dict[str, str]:
        """The parts of the path that the endpoint names."""
        return self.request.path_params

    def is_live(self) -> bool:
        """Tell whether who asks may still do so: a stream can outlive its token."""
        live: Callable[[], bool] = self.request.state.is_live
        return live()


Handler = Callable[[Call], Awaitable[Any]]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A method on a path.

    `query` and `body` are the types of what is sent, `answer` that of what comes back with
    `status`; `errors` are the statuses beyond those that any request may get. `scope` is what a
    token needs, None where no token is asked for; with `grains` the right to a part of the log is
    enough to get in, and the handler checks each record. Where `raw`, it reads the body itself.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    scope: str | None
    query: type[Any] = Nothing
    body: type[Any] | None = None
    answer: Any = dict[str, Any]
    status: int = 200
    media_type: str = "application/json"
    raw: bool = False
    grains: bool = False
    errors: tuple[int, ...] = ()

    def route(self) -> Route:
        """Return the Starlette route."""
        return Route(self.path, self._respond, methods=[self.method], name=self.path)

    async def _respond(self, request: Request) -> Response:
        request.state.route = self.path
        if self.scope is not None:
            request.state.principal.require(self.scope, grains=self.grains)
        query = decode(self.query, dict(request.query_params), strict=False)
        body = None
        if self.body is not None and not self.raw:
            data = await read_body(request)
            request.state.is_large = len(data) >= _LARGE
            body = decode(self.body, await beside(request, parse, data))
        answer = await self.handler(Call(request, query, body))
        if isinstance(answer, Response):
            return answer
        return Response(encode(answer), status_code=self.status, media_type="application/json")


def decode(kind: type[T], value: Any, *, strict: bool = True) -> T:
    """Return `value` as `kind`; what does not fit is a Problem that says where."""
    try:
        return msgspec.convert(value, kind, strict=strict)
    except (msgspec.ValidationError, OverflowError) as error:
        raise Problem(400, "INVALID_REQUEST", str(error)) from None


def encode(answer: Any) -> bytes:
    """Return the JSON of an answer; integers above 64 bits stay exact."""
    text = json.dumps(
        answer,
        default=msgspec.to_builtins,
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )
    return text.encode()


async def beside(request: Request, work: Callable[P, T], *words: P.args, **named: P.kwargs) -> T:
    """Return what `work` returns; where the request is large, other requests do not wait for it."""
    if request.state.is_large:
        return await asyncio.to_thread(work, *words, **named)
    return work(*words, **named)


async def large(answer: dict[str, Any]) -> Response:
    """Return the response with an answer whose lists may be long, made beside other requests."""
    return Response(await asyncio.to_thread(_encode_large, answer), media_type="application/json")


def _encode_large(answer: dict[str, Any]) -> bytes:
    # Item by item: one call for all of them would keep every other thread waiting until its end.
    members = (
        encode(name) + b":" + (_encode_list(value) if isinstance(value, list) else encode(value))
        for name, value in answer.items()
    )
    return b"{" + b",".join(members) + b"}"


def _encode_list(items: list[Any]) -> bytes:
    return b"[" + b",".join(map(encode, items)) + b"]"


async def read_body(request: Request, *, limit: int = BODY_LIMIT) -> bytes:
    """Return the body; one that is too large, or too slow, is a Problem."""
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise Problem(
                        413, "REQUEST_TOO_LARGE", f"the request has more than {limit} bytes"
                    )
                parts.append(part)
    except TimeoutError:
        raise Problem(408, "REQUEST_TIMEOUT", "the request's body did not arrive") from None
    except ClientDisconnect:
        raise Problem(400, "CLIENT_GONE", "the client went away") from None
    return b"".join(parts)


def text_of(value: str, name: str, longest: int = 1024) -> str:
    """Return a parameter that becomes part of a record, or raise the RecordError it would cause."""
    if not value or len(value) > longest:
        raise RecordError(f"{name} must have 1 to {longest} characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise CanonicalError(f"{name} holds a lone surrogate") from None
    return value


def get(path: str, summary: str, **options: Any) -> Callable[[Handler], Endpoint]:
    """Declare what GET does on a path."""
    return _declare("GET", path, summary, options)


def post(path: str, summary: str, **options: Any) -> Callable[[Handler], Endpoint]:
    """Declare what POST does on a path."""
    return _declare("POST", path, summary, options)


def put(path: str, summary: str, **options: Any) -> Callable[[Handler], Endpoint]:
    """Declare what PUT does on a path."""
    return _declare("PUT", path, summary, options)


def _declare(
    method: str, path: str, summary: str, options: dict[str, Any]
) -> Callable[[Handler], Endpoint]:
    def declare(handler: Handler) -> Endpoint:
        settings = {"scope": "records:read", **options}
        return Endpoint(method=method, path=path, summary=summary, handler=handler, **settings)

    return cast("Callable[[Handler], Endpoint]", declare)
