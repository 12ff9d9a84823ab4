"""Sending: a request goes out within its time, its origin and its size, or fails in words.

Nothing is kept from one request to the next but connections: no cookies, no credentials.
"""

from __future__ import annotations

import asyncio
import codecs
import re
import time
import zlib
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpx
import msgspec

from threadbook.client.connection import is_loopback
from threadbook.errors import ToolCallError, ToolTimeout
from threadbook.tools.adapters.request import IDEMPOTENT, Conduct, Request
from threadbook.tools.results import HttpResult
from threadbook.tools.secrets import Redactor

MOST_REDIRECTS: Final = 5
LONGEST_WAIT_SECONDS: Final = 10.0
"""Before a retry; an answer that asks for a longer wait is the answer."""
_FIRST_WAIT_SECONDS = 0.2
_EXCERPT = 1000
"""Characters of a body in an error."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({502, 503, 504})
_JSON_TYPE = re.compile(r"application/json|[a-z0-9.+-]+/[a-z0-9.+-]+\+json")
_TEXT_TYPE = re.compile(
    r"text/.*|application/(xml|javascript|x-www-form-urlencoded|yaml|x-ndjson)|.*\+(xml|yaml)"
)
_UNSAFE_CODECS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7"})
"""Slow beyond measure, or no way to read a page."""


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    headers: httpx.Headers
    body: bytes
    url: str


class Sender:
    """Sends requests, over connections that are kept until it is closed."""

    def __init__(self) -> None:
        self._clients: dict[bool, httpx.AsyncClient] = {}

    async def send(self, request: Request, conduct: Conduct, redactor: Redactor) -> HttpResult:
        """Send a request and return its answer. Raises ToolCallError, ToolTimeout."""
        try:
            async with asyncio.timeout(conduct.timeout):
                answer = await self._persist(request, conduct)
            return redactor.value(_result(answer, conduct, redactor))
        except TimeoutError:
            what, why = f"did not answer within {conduct.timeout:g} s", ""
            error: type[ToolTimeout | ToolCallError] = ToolTimeout
        except (httpx.HTTPError, httpx.InvalidURL, _Refused) as failure:
            what, why = "failed", _reason(failure)
            error = ToolCallError
        raise error(redactor.text(f"{request.method} {_place(request.url)} {what}{why}"))

    async def close(self) -> None:
        """Close all connections."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    def _client(self, url: httpx.URL) -> httpx.AsyncClient:
        """Return the client for a URL: proxies are not asked for this machine itself."""
        trusts = not is_loopback(url.host)
        if trusts not in self._clients:
            self._clients[trusts] = httpx.AsyncClient(
                headers={"user-agent": "threadbook", "accept-encoding": "gzip, deflate"},
                timeout=None,  # noqa: S113  one limit holds for all of a call
                trust_env=trusts,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            )
        return self._clients[trusts]

    async def _persist(self, request: Request, conduct: Conduct) -> _Answer:
        """Send a request until it is answered for good."""
        for attempt in range(conduct.retries + 1):
            wait: float | None = _FIRST_WAIT_SECONDS * 2**attempt
            is_last = attempt == conduct.retries
            try:
                answer = await self._follow(request, conduct)
            except (httpx.NetworkError, httpx.RemoteProtocolError):
                if is_last or request.method not in IDEMPOTENT:
                    raise
            else:
                if "retry-after" in answer.headers:
                    wait = _seconds(answer.headers["retry-after"])
                if is_last or answer.status not in _PASSING or request.method not in IDEMPOTENT:
                    return answer
                if wait is None or wait > LONGEST_WAIT_SECONDS:
                    return answer
            await asyncio.sleep(wait or 0)
        raise AssertionError  # the last attempt returns or raises

    async def _follow(self, request: Request, conduct: Conduct) -> _Answer:
        """Send a request, and go where it is redirected to, as far as that is allowed."""
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._exchange(request, conduct)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or location is None or conduct.redirects == "none":
                return answer
            request = _redirected(request, answer.status, location, conduct)
        raise _Refused(f"it was redirected more than {MOST_REDIRECTS} times")

    async def _exchange(self, request: Request, conduct: Conduct) -> _Answer:
        url = httpx.URL(request.url)
        async with self._client(url).stream(
            request.method,
            url,
            headers=list(request.headers),
            content=request.content or None,
            auth=None,
            follow_redirects=False,
        ) as response:
            body = await _body(response, conduct.limit)
            return _Answer(
                status=response.status_code, headers=response.headers, body=body, url=request.url
            )


class _Refused(Exception):
    """Something in an answer that is not gone along with."""


def _reason(failure: Exception) -> str:
    if isinstance(failure, _Refused):
        return f": {failure}"
    return f": {type(failure).__name__}: {failure}".rstrip(": ")


async def _body(response: httpx.Response, limit: int) -> bytes:
    """Return the body of an answer, decompressed no further than to the limit."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip", "deflate", ""):
        raise _Refused(f"the answer is compressed as {coding[:40]!r}, which was not asked for")
    # wbits 47: zlib or gzip, whichever it is
    inflate = zlib.decompressobj(47) if "gzip" in coding or coding == "deflate" else None
    body = bytearray()
    try:
        async for chunk in response.aiter_raw():
            piece = inflate.decompress(chunk, limit + 1 - len(body)) if inflate else chunk
            body += piece
            if len(body) > limit:
                raise _Refused(
                    f"the answer, of status {response.status_code}, has more than {limit} bytes:"
                    " raise max_response_bytes"
                )
    except zlib.error as error:
        raise _Refused(f"the answer cannot be decompressed: {error}") from None
    if inflate is not None and response.num_bytes_downloaded and not inflate.eof:
        raise _Refused("the answer ends in the middle of its compressed content")
    return bytes(body)


def _redirected(request: Request, status: int, location: str, conduct: Conduct) -> Request:
    """Return the request that a redirect asks for."""
    here = httpx.URL(request.url)
    there = here.join(location).copy_with(fragment=None, username="", password="")
    is_seeing = status == HTTPStatus.SEE_OTHER and request.method != "HEAD"
    if is_seeing or (status in (301, 302) and request.method == "POST"):
        request = Request(
            method="GET",
            url=request.url,
            headers=tuple(
                (name, value)
                for name, value in request.headers
                if not name.lower().startswith("content-")
            ),
        )
    if _origin(here) == _origin(there):
        return msgspec.structs.replace(request, url=str(there))
    if conduct.redirects != "any":
        raise _Refused(
            f"it was redirected to another origin, {_place(str(there))}: name it as base_url, or"
            " set redirects: any"
        )
    if request.method not in ("GET", "HEAD") or there.scheme not in ("http", "https"):
        raise _Refused(f"it was redirected to {_place(str(there))}, where nothing may be sent")
    if here.scheme == "https" and there.scheme != "https":
        raise _Refused(f"it was redirected to {_place(str(there))}, which is not encrypted")
    # What was meant for the first origin, credentials above all, does not go to another.
    return Request(method=request.method, url=str(there))


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _place(url: str) -> str:
    """Return a URL fit for messages: without its query."""
    return url.partition("?")[0][:500]


def _seconds(retry_after: str) -> float | None:
    """Return how long an answer asks to wait; None where that cannot be read."""
    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after[:9])
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _result(answer: _Answer, conduct: Conduct, redactor: Redactor) -> HttpResult:
    """Return what the caller gets. Raises ToolCallError for a status that is an error."""
    is_error = answer.status >= HTTPStatus.BAD_REQUEST
    if is_error and conduct.check:
        excerpt = redactor.text(_text(answer.body, _charset(answer)))[:_EXCERPT].strip()
        raise ToolCallError(
            f"{redactor.text(_place(answer.url))} answered {answer.status}"
            f" {_phrase(answer.status)}" + (f": {excerpt}" if excerpt else ""),
            remedy=_remedy(answer),
        )
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    value: Any = None
    text, data = "", b""
    if _JSON_TYPE.fullmatch(media_type) and answer.body:
        try:
            value = msgspec.json.decode(answer.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if not is_error:
                raise _Refused(f"the answer says that it is JSON, and is not: {error}") from None
            text = _text(answer.body, "utf-8")
    elif _TEXT_TYPE.fullmatch(media_type) or _charset(answer):
        text = _text(answer.body, _charset(answer))
    else:
        data = answer.body
    return HttpResult(
        status=answer.status,
        headers=dict(answer.headers),
        value=value,
        text=text,
        data=data,
        url=answer.url,
    )


def _charset(answer: _Answer) -> str:
    found = re.search(
        r'charset="?([A-Za-z0-9_.:-]{1,40})', answer.headers.get("content-type", ""), re.IGNORECASE
    )
    return found[1] if found else ""


def _text(body: bytes, charset: str) -> str:
    try:
        if charset and codecs.lookup(charset).name not in _UNSAFE_CODECS:
            return body.decode(charset, "replace")
    except (LookupError, UnicodeError):
        pass  # no encoding, or none of text
    return body.decode("utf-8", "replace")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _remedy(answer: _Answer) -> str:
    if answer.status in (401, 403):
        return "check the secret that is named under headers or auth"
    if "retry-after" in answer.headers:
        return f"the server asks to wait: {answer.headers['retry-after'][:60]}"
    return ""
