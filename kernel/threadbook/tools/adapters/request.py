"""Requests: from values to a URL, headers and a body in which each value stays where it was put.

A value in a path is one segment of it, whatever it holds; a value in a header is one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote, urlsplit

import msgspec

from threadbook.errors import ToolArgumentError
from threadbook.tools.adapters.fields import Place
from threadbook.tools.definition import Effect

IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Methods that can be sent twice (RFC 9110, 9.2.2)."""

Retries = Annotated[int, msgspec.Meta(ge=0, le=10)]

_PLACEHOLDER = re.compile(r"\{([^{}/]+)\}")
_IN_PATHS = "/:@!$&'()*+,;=-._~%"
_URL = re.compile(r"[A-Za-z0-9._~:/@!$&'()*+,;=%\[\]-]+")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LINE = re.compile(r"[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?|")
_OF_THE_CONNECTION = frozenset(
    {
        "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it is sent, but for what belongs to the connection."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = b""


class Conduct(msgspec.Struct, frozen=True, kw_only=True):
    """How a request is made.

    `timeout` is in seconds for all of it, redirects, retries and the answer included. `redirects`
    says where to: the same origin, anywhere (then without headers, and reading only), or nowhere,
    so that the redirect itself is the answer. With `check`, a status of 400 or more is an error.
    """

    timeout: float
    retries: int
    limit: int
    check: bool = True
    redirects: Literal["same-origin", "any", "none"] = "same-origin"


def effect_of(method: str) -> Effect:
    """Return what a method does, where a description does not say."""
    if method in ("GET", "HEAD", "OPTIONS", "TRACE"):
        return "read"
    return "destructive" if method == "DELETE" else "write"


def base_url(text: str, place: Place) -> str:
    """Return a base URL without a slash at its end. Raises ToolDefinitionError."""
    try:
        parts = urlsplit(text)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError as error:
        raise place.error(f"{text!r:.200} is no URL: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_valid:
        raise place.error(f"{text!r:.200} is no http or https URL")
    if "@" in parts.netloc:
        raise place.error("holds a user or password", remedy="put a secret into headers")
    if parts.query or parts.fragment or not _URL.fullmatch(text):
        raise place.error(f"{text!r:.200} holds more than scheme, host, port and path")
    if {".", ".."} & set(parts.path.split("/")):
        raise place.error("holds . or .. as a segment")
    return text.rstrip("/")


def check_path(template: str, place: Place) -> tuple[str, ...]:
    """Return the names of a path's placeholders. Raises ToolDefinitionError."""
    literal = _PLACEHOLDER.sub("", template)
    if not template.startswith("/"):
        raise place.error("does not begin with /")
    if set("{}?#\\") & set(literal):
        raise place.error("holds a brace without its other half, or one of ? # \\")
    if {".", ".."} & set(template.split("/")):
        raise place.error("holds . or .. as a segment")
    return tuple(_PLACEHOLDER.findall(template))


def fill_path(template: str, encoded: Mapping[str, str]) -> str:
    """Return a path with its placeholders filled by what is percent-encoded already.

    Raises ToolArgumentError where a segment would be empty, `.` or `..`, which means another path.
    """
    segments = []
    for part in template.split("/"):
        pieces = _PLACEHOLDER.split(part)
        segment = "".join(
            encoded[piece] if number % 2 else quote(piece, safe=_IN_PATHS)
            for number, piece in enumerate(pieces)
        )
        if len(pieces) > 1 and segment in ("", ".", ".."):
            raise ToolArgumentError(
                f"{part} becomes {segment!r}, which would mean another path",
                remedy="give the name or number of one thing",
            )
        segments.append(segment)
    return "/".join(segments)


def encoded(text: str) -> str:
    """Return text percent-encoded, all but letters, digits and `-._~`."""
    try:
        return quote(text, safe="")
    except UnicodeEncodeError as error:
        raise ToolArgumentError(f"holds the lone surrogate {text[error.start]!r}") from None


def scalar_text(value: Any) -> str:
    """Return the text of a value that is none of containers and null. Raises ToolArgumentError."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        try:
            return repr(value)
        except ValueError as error:  # more digits than Python turns into text
            raise ToolArgumentError(str(error)) from None
    raise ToolArgumentError(f"{type(value).__name__} cannot be written as text there")


def query(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a query, or a form, of names and values that are percent-encoded already."""
    return "&".join(f"{name}={value}" for name, value in pairs)


def check_header_name(name: str, place: Place) -> None:
    """Refuse a name that no header has, or one that belongs to the connection."""
    if not _TOKEN.fullmatch(name):
        raise place.error(f"{name!r:.80} is no name of a header")
    if name.lower() in _OF_THE_CONNECTION:
        raise place.error(f"{name} belongs to the connection")


def is_header_text(text: str) -> bool:
    """Tell whether this can be the value of a header, and arrives as it is."""
    return _LINE.fullmatch(text) is not None


def header_text(name: str, text: str) -> str:
    """Return an argument that is sent as a header. Raises ToolArgumentError."""
    if not is_header_text(text):
        raise ToolArgumentError(
            f"{name} holds what no header may: line breaks, control characters, characters beyond"
            " ASCII, or spaces at an end"
        )
    return text


def json_content(value: Any) -> bytes:
    """Return a body of JSON. Raises ToolArgumentError."""
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ToolArgumentError(f"the body cannot be written as JSON: {error}") from None


def read_method(text: str, place: Place) -> str:
    """Return a method in upper case. Raises ToolDefinitionError."""
    method = text.upper()
    if method not in IDEMPOTENT | {"POST", "PATCH"}:
        raise place.error(f"{text!r:.40} is no method", remedy="write GET, POST, PUT, PATCH, …")
    return method


def retries_of(method: str, own: int | None, of_all: int | None, place: Place) -> int:
    """Return how often a request may be sent again: what it says itself, else what all say.

    Raises ToolDefinitionError for a request that must not be sent twice.
    """
    if method in IDEMPOTENT:
        return next((wanted for wanted in (own, of_all) if wanted is not None), 2)
    if own:
        raise place.error(f"{method} must not be sent twice", remedy="leave retries out")
    return 0
