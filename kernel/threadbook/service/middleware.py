"""What happens around every request: errors become answers, and are counted."""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from threadbook.errors import ThreadbookError
from threadbook.service.metrics import Metrics
from threadbook.service.problems import Problem, answer, problem_of

log = logging.getLogger("threadbook.service")

_NO_ROUTE = "(none)"


class Envelope:
    """Answers every error in the one envelope, and counts each request by its route.

    A path may end with a slash or not: published clients follow no redirect.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if len(path) > 1 and path.endswith("/"):
            scope = {**scope, "path": path[:-1]}
        scope.setdefault("state", {})
        began, status = time.perf_counter(), 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            if status:  # the answer has begun: all that is left is to break it off
                raise
            await answer(_problem(error, scope))(scope, receive, watch)
        finally:
            self._count(scope, status, time.perf_counter() - began)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        # Names from outside would make a time series of each: only known ones count.
        template = scope.get("state", {}).get("route", _NO_ROUTE)
        method = scope["method"] if template != _NO_ROUTE else "any"
        self._metrics.requests.labels(method, template, str(status)).inc()
        self._metrics.seconds.labels(method, template).observe(seconds)


def _problem(error: Exception, scope: Scope) -> Problem:
    if isinstance(error, ThreadbookError):
        problem = problem_of(error)
        if problem.status < 500 or problem.status == 503:  # noqa: PLR2004
            return problem
    # Not the query: it may hold what is nobody's business.
    log.error("%s %s failed", scope["method"], scope["path"], exc_info=error)
    return Problem(500, "INTERNAL", "the service failed; its log says why")
