"""The one error envelope of the service, and which error becomes which answer.

It is the superset of the envelopes that published clients read: `error` and `code` say the same,
`detail` is what the data plane of the published client parses. Code and message come first,
because that client shows no more than the first 200 characters.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from starlette.responses import Response

from threadbook.errors import (
    BlobNotFound,
    BodyTooLarge,
    ConfigError,
    DuplicateClock,
    IdentityError,
    PreconditionFailed,
    QueryError,
    QueryTooLarge,
    RecordError,
    RecordNotFound,
    StoreError,
    ThreadbookError,
)

RETRY_SECONDS = 1
"""What `Retry-After` asks a client to wait while the store is busy."""


class Problem(ThreadbookError):
    """An answer that is an error: HTTP `status`, `code` in capitals, and what may help."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        remedy: str | None = None,
        detail: str | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers or {}
        self.more = more


class ErrorAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The envelope of every error. `error` repeats `code`; `hint` says what to do."""

    code: str
    message: str
    error: str
    object: str
    type: str
    hint: str | None = None
    detail: str | None = None


def problem_of(error: ThreadbookError) -> Problem:
    """Return the answer to a request that ended in `error`."""
    if isinstance(error, Problem):
        return error
    status = getattr(error, "status", None)
    code = getattr(error, "code", None)
    if isinstance(status, int) and isinstance(code, str):
        headers = getattr(error, "headers", None)
        return Problem(status, code, error.message, remedy=error.remedy, headers=headers)
    for kind, status, code in _ANSWERS:
        if isinstance(error, kind):
            headers = {"Retry-After": str(RETRY_SECONDS)} if status == 503 else None  # noqa: PLR2004
            message = error.message if isinstance(error, _PLAIN) else _with_name(error)
            return Problem(status, code, message, remedy=error.remedy, headers=headers)
    return Problem(500, "INTERNAL", "the service failed; its log says why")


_ANSWERS: tuple[tuple[type[ThreadbookError], int, str], ...] = (
    (BodyTooLarge, 413, "BODY_TOO_LARGE"),
    (RecordError, 400, "INGEST_FAILED"),
    (IdentityError, 400, "INGEST_FAILED"),
    (DuplicateClock, 400, "INGEST_FAILED"),
    (QueryTooLarge, 422, "QUERY_TOO_LARGE"),
    (QueryError, 400, "INVALID_QUERY"),
    (RecordNotFound, 404, "NOT_FOUND"),
    (BlobNotFound, 404, "NOT_FOUND"),
    (PreconditionFailed, 409, "CONFLICT"),
    (ConfigError, 400, "INVALID_REQUEST"),
    # 503 and not 500: published clients try again, and later is a good time.
    (StoreError, 503, "STORE_UNAVAILABLE"),
)
_PLAIN = (DuplicateClock, QueryError, RecordNotFound, BlobNotFound, PreconditionFailed, StoreError)


def _with_name(error: ThreadbookError) -> str:
    return f"{type(error).__name__}: {error.message}"


def answer(problem: Problem) -> Response:
    """Return the HTTP response that carries `problem`."""
    content = {
        "code": problem.code,
        "message": problem.message,
        "error": problem.code,
        "object": "error",
        "type": "invalid_request_error" if problem.status < 500 else "service_error",  # noqa: PLR2004
        "hint": problem.remedy or None,
        "detail": problem.detail,
        **problem.more,
    }
    said = {key: value for key, value in content.items() if value is not None}
    return Response(
        json.dumps(said).encode(),
        status_code=problem.status,
        media_type="application/json",
        headers=problem.headers,
    )
