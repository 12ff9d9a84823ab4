"""Requests and answers of HTTP, and the one seam through which they travel.

All that the client does over HTTP is written once, as coroutines over an `Exchange`. One kind of
exchange awaits; the other blocks, so that a coroutine over it never suspends and can be run to its
end without an event loop, or inside one. Which it is, no other code knows.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

import msgspec

from threadbook.errors import (
    ConfigError,
    Forbidden,
    PreconditionFailed,
    QueryError,
    RecordNotFound,
    ServiceError,
    StoreUnavailable,
    ThreadbookError,
    Unauthorized,
)

T = TypeVar("T")

LARGEST_ANSWER = 64 * 1024 * 1024
"""Most bytes of an answer in JSON; a service that sends more is stopped."""
_LARGEST_PROBLEM = 300
"""Most characters of an error answer that are repeated to the caller."""

OK = range(200, 300)
_PASSING = frozenset({401, 404, 405, 407, 408, 421, 425, 426, 429})
"""Statuses below 500 that speak of the caller or the way to the service, not of what was sent."""
_BRIEF = frozenset({408, 425, 429})
"""Statuses below 500 that may be others a moment later."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request: `path` is escaped and begins with a slash; `params` are not escaped."""

    method: str
    path: str
    params: dict[str, str] = msgspec.field(default_factory=dict)
    content: bytes | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    limit: int = LARGEST_ANSWER


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A complete answer; the names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def is_ok(self) -> bool:
        """Whether the service did what was asked."""
        return self.status in OK

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed later, for all that this answer says."""
        return self.status >= 500 or self.status < 400 or self.status in _PASSING  # noqa: PLR2004

    @property
    def is_worth_repeating(self) -> bool:
        """Whether the same request may succeed a moment later."""
        return self.status >= 500 or self.status in _BRIEF  # noqa: PLR2004

    def object(self) -> dict[str, Any]:
        """Return the JSON object that this answer holds. Raises ServiceError."""
        try:
            value = json.loads(self.content)
        except (ValueError, RecursionError):
            raise ServiceError("the answer is not JSON", status=self.status) from None
        if not isinstance(value, dict):
            raise ServiceError(
                f"the answer is no JSON object but a {type(value).__name__}", status=self.status
            )
        return value

    def retry_after(self) -> float | None:
        """Return the seconds that the service asks to wait, None where it does not say."""
        text: str = self.headers.get("retry-after", "")
        return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else None  # noqa: PLR2004


class Stream(Protocol):
    """An answer whose content is still arriving."""

    status: int
    headers: dict[str, str]

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the content as it arrives. Raises StoreUnavailable where it breaks off."""


class Exchange(Protocol):
    """Carries requests to one service."""

    async def send(self, request: Request) -> Answer:
        """Send a request and return the whole answer, of whatever status.

        Raises StoreUnavailable where there is none, ServiceError where it has no end.
        """

    def stream(
        self, request: Request, *, silence: float | None
    ) -> AbstractAsyncContextManager[Stream]:
        """Send a request and return the answer as it arrives.

        `silence` is how long, in seconds, nothing may arrive. Raises as `send` does.
        """

    async def pause(self, seconds: float) -> None:
        """Wait."""

    async def call(self, function: Callable[[], T]) -> T:
        """Call what may take long."""

    async def close(self) -> None:
        """Release the connections."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What an error answer says, whichever of the envelopes in use it has."""

    status: int
    code: str
    message: str
    detail: str

    @classmethod
    def of(cls, answer: Answer) -> Problem:
        """Read an error answer. One that cannot be read is repeated as text, cut to size."""
        try:
            said = answer.object()
        except ServiceError:
            said = {"message": answer.content[:_LARGEST_PROBLEM].decode(errors="replace")}
        return cls(
            status=answer.status,
            code=_text(said, "code", "error"),
            message=_text(said, "message", "detail"),
            detail=_text(said, "detail", "message"),
        )

    def __str__(self) -> str:
        said = f"{self.code}: {self.message}" if self.code else self.message
        return f"HTTP {self.status} {said}".strip()[:_LARGEST_PROBLEM]

    @property
    def is_duplicate_clock(self) -> bool:
        """Whether the record's clock is that of another record."""
        return self.status in {400, 409} and "DuplicateClock" in self.message

    def error(self) -> ThreadbookError:
        """Return the error that a caller gets."""
        kind, remedy = self._kind()
        if issubclass(kind, ServiceError):
            return kind(str(self), remedy=remedy, status=self.status, code=self.code or None)
        said = str(self) if kind is StoreUnavailable else self.message or str(self)
        return kind(said, remedy=remedy)

    def _kind(self) -> tuple[type[ThreadbookError], str | None]:
        if self.status >= 500 or self.status in _BRIEF:  # noqa: PLR2004
            return StoreUnavailable, "try again later"
        if self.code == "INVALID_QUERY":
            return QueryError, None
        if self.status == 404:  # noqa: PLR2004
            return (RecordNotFound if self.code == "NOT_FOUND" else ServiceError), None
        if self.status in range(300, 400):
            return ServiceError, "redirects are not followed: give the final endpoint"
        return _ERRORS.get(self.status, (ServiceError, None))


_ERRORS: dict[int, tuple[type[ThreadbookError], str | None]] = {
    401: (Unauthorized, "pass a token that counts: api_key=…"),
    403: (Forbidden, "use a token with the scope that this needs"),
    409: (PreconditionFailed, None),
    412: (PreconditionFailed, None),
    422: (QueryError, None),
}


class Backoff:
    """How long to wait before the next attempt: doubling, at random between half and all of it."""

    def __init__(self, base: float, longest: float = 30.0) -> None:
        self._base = base
        self._longest = longest
        self.failures = 0

    def next(self) -> float:
        """Return the seconds to wait after one more failure."""
        seconds = min(self._longest, self._base * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return seconds * random.uniform(0.5, 1.0)  # noqa: S311  not a secret

    def reset(self) -> None:
        """Forget the failures: something arrived."""
        self.failures = 0


class Awaiting:
    """How one waits in an event loop."""

    @staticmethod
    async def pause(seconds: float) -> None:
        """Wait, and let others run."""
        await asyncio.sleep(seconds)

    @staticmethod
    async def call(function: Callable[[], T]) -> T:
        """Call what may take long, and let others run."""
        return await asyncio.to_thread(function)


class Blocking:
    """How one waits outside an event loop, or where it has to stand still."""

    @staticmethod
    async def pause(seconds: float) -> None:
        """Wait in this thread. Never suspends."""
        time.sleep(seconds)  # noqa: ASYNC251  what a blocking exchange is for

    @staticmethod
    async def call(function: Callable[[], T]) -> T:
        """Call what may take long, in this thread."""
        return function()


class Body:
    """Collects the content of an answer, up to a size and a time."""

    def __init__(self, limit: int, *, within: float) -> None:
        self._parts: list[bytes] = []
        self._left = limit
        self._deadline = time.monotonic() + within

    def add(self, chunk: bytes) -> None:
        """Take what has arrived. Raises ServiceError where it does not end."""
        self._left -= len(chunk)
        if self._left < 0:
            raise ServiceError("the answer is larger than this client takes")
        if time.monotonic() > self._deadline:
            raise ServiceError("the answer takes longer than the timeout allows")
        self._parts.append(chunk)

    def content(self) -> bytes:
        """Return what was collected."""
        return b"".join(self._parts)


def check_token(token: str | None) -> None:
    """Raise ConfigError for a token that could not stand in a header."""
    if token and not (token.isascii() and token.isprintable() and token.strip()):
        raise ConfigError("the api_key holds characters that a header cannot carry")


def _text(said: dict[str, Any], *names: str) -> str:
    """Return the first of these fields that is text and not empty."""
    for name in names:
        if isinstance(value := said.get(name), str) and value:
            return value
    return ""
