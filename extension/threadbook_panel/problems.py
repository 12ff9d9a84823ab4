"""What is answered where an operation is refused or fails."""

from __future__ import annotations

import json

import msgspec

from threadbook.errors import (
    AnswerInvalid,
    ArtifactNotFound,
    BlobNotFound,
    ConfigError,
    DecisionExpired,
    DuplicateClock,
    Forbidden,
    IdentityError,
    NamespaceError,
    PolicyDenied,
    PreconditionFailed,
    QueryError,
    RecordError,
    RecordNotFound,
    ServiceError,
    StoreError,
    ThreadbookError,
    ToolNotFound,
    WorkflowNotFound,
)
from threadbook_panel.messages import Message
from threadbook_panel.news import News


class Problem(Message, frozen=True, kw_only=True):
    """Why: the class of the error, what it says, and what to do."""

    type: str
    message: str
    remedy: str | None


class Refusal(Message, frozen=True, kw_only=True):
    """The body of an answer that is an error."""

    error: Problem


_STATUSES: tuple[tuple[type[ThreadbookError], int], ...] = (
    (Forbidden, 403),
    (PolicyDenied, 403),
    (RecordNotFound, 404),
    (BlobNotFound, 404),
    (ArtifactNotFound, 404),
    (WorkflowNotFound, 404),
    (ToolNotFound, 404),
    (PreconditionFailed, 409),
    (DuplicateClock, 409),
    (DecisionExpired, 409),
    (StoreError, 503),
    (QueryError, 400),
    (AnswerInvalid, 400),
    (RecordError, 400),
    (ConfigError, 400),
    (IdentityError, 403),
    (NamespaceError, 400),
)
"""The first that fits counts."""


def status_of(error: ThreadbookError) -> int:
    """Return the HTTP status of an error; 500 where nobody expected it."""
    if isinstance(error, ServiceError) and error.status is not None:
        return error.status
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def problem_of(error: ThreadbookError) -> Problem:
    """Return what the panel is told of an error."""
    return Problem(type=type(error).__name__, message=error.message, remedy=error.remedy or None)


def encoded(message: Message | News) -> bytes:
    """Return a message as JSON on one line."""
    try:
        return msgspec.json.encode(message)
    except UnicodeEncodeError:  # half a character, in what a record or a damaged store has
        return json.dumps(msgspec.to_builtins(message), allow_nan=False).encode("ascii")
