"""The application: all routes over one log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from threadbook.errors import ThreadbookError
from threadbook.log.log import Log
from threadbook.records.identity import Identity
from threadbook.service import (
    routes_auth,
    routes_data,
    routes_decisions,
    routes_find,
    routes_meta,
    routes_query,
    routes_records,
    routes_threads,
    routes_trust,
    routes_watch,
)
from threadbook.service.auth import Authenticator, AuthMiddleware
from threadbook.service.endpoint import Endpoint
from threadbook.service.middleware import Envelope
from threadbook.service.problems import Problem, answer, problem_of
from threadbook.service.service import Options, Service

_NOT_FOUND, _NOT_ALLOWED = 404, 405
_MODULES = (
    routes_meta,
    routes_query,
    routes_find,
    routes_records,
    routes_watch,
    routes_threads,
    routes_trust,
    routes_decisions,
    routes_data,
    routes_auth,
)

ENDPOINTS: tuple[Endpoint, ...] = tuple(
    found for module in _MODULES for found in vars(module).values() if isinstance(found, Endpoint)
)
"""All endpoints; of two whose paths overlap, the more special one comes first."""

OPEN_PATHS = frozenset(endpoint.path for endpoint in ENDPOINTS if endpoint.scope is None)
"""Paths that need no token."""


def create_app(
    log: Log,
    identity: Identity,
    *,
    authenticator: Authenticator,
    options: Options | None = None,
) -> Starlette:
    """Return the ASGI application that serves `log`; `identity` writes what the service records."""
    options = options or Options()
    service = Service(log, identity, options)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await service.start()
        try:
            yield
        finally:
            await service.stop()

    middleware = [
        Middleware(Envelope, metrics=service.metrics),
        Middleware(
            CORSMiddleware,
            allow_origins=options.cors_origins,
            allow_methods=["*"],
            allow_headers=["*"],
        ),
        Middleware(AuthMiddleware, authenticator=authenticator, exempt=OPEN_PATHS),
    ]
    app = Starlette(
        routes=[endpoint.route() for endpoint in ENDPOINTS],
        middleware=middleware if options.cors_origins else [middleware[0], middleware[2]],
        exception_handlers={ThreadbookError: _problem, HTTPException: _http_problem},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.service = service
    app.state.endpoints = ENDPOINTS
    app.state.auth_required = authenticator.required
    return app


async def _problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, ThreadbookError):
        raise error
    problem = problem_of(error)
    if problem.status == 500:  # noqa: PLR2004  the envelope logs it
        raise error
    request.state.denied = problem.code  # for the record of refusals
    return answer(problem)


async def _http_problem(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    headers = getattr(error, "headers", None)
    if status == _NOT_FOUND:
        return answer(Problem(status, "NOT_FOUND", f"there is nothing at {request.url.path!r}"))
    if status == _NOT_ALLOWED:
        message = f"{request.method} is not what {request.url.path!r} takes"
        return answer(Problem(status, "METHOD_NOT_ALLOWED", message, headers=headers))
    return answer(Problem(status, "REQUEST_FAILED", str(getattr(error, "detail", error))))
