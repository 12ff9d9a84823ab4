"""Connections to a record service: httpx, once awaiting and once blocking.

The key goes to the endpoint and nowhere else: redirects are not followed, and paths that name
another host are refused. Proxies from the environment are not used for this machine itself.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from ipaddress import ip_address
from typing import Any

import httpx

from threadbook.client.exchange import Answer, Awaiting, Blocking, Body, Request, check_token
from threadbook.errors import ConfigError, ServiceError, StoreUnavailable
from threadbook.log.forks import renew_in_child

AnyHttpxTransport = httpx.BaseTransport | httpx.AsyncBaseTransport
_FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError)


class Endpoint:
    """Where a service is, and what every request to it carries.

    `url` is without a trailing slash. `transport` replaces the network, for tests.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None,
        timeout: float,
        transport: AnyHttpxTransport | None = None,
    ) -> None:
        check_token(api_key)
        self.url = endpoint_url(url)
        self.api_key = api_key
        self.timeout = timeout
        self.transport = transport

    def options(self) -> dict[str, Any]:
        """Return the arguments of an httpx client."""
        headers = {"user-agent": "threadbook", "accept": "application/json"}
        if self.api_key:
            headers["authorization"] = f"Bearer {self.api_key}"
        return {
            "headers": headers,
            "timeout": self.timeout,
            "transport": self.transport,
            "trust_env": not is_loopback(httpx.URL(self.url).host),
        }

    def arguments(self, request: Request) -> dict[str, Any]:
        """Return the arguments of one httpx request. Raises ServiceError for another host."""
        if not request.path.startswith("/") or request.path.startswith("//"):
            raise ServiceError(
                f"{request.path[:80]!r} is not a path of {self.url}",
                remedy="the key is sent to the endpoint only",
            )
        headers = dict(request.headers)
        if request.content is not None:
            headers.setdefault("content-type", "application/json")
        return {
            "method": request.method,
            "url": self.url + request.path,
            "params": request.params or None,
            "content": request.content,
            "headers": headers,
        }

    def unavailable(self, error: Exception) -> StoreUnavailable:
        """Return what a caller learns of a connection that failed."""
        said = f"{type(error).__name__}: {error}".rstrip(": ")
        return StoreUnavailable(
            f"no answer from {self.url}: {said}",
            remedy="check the endpoint, and that the service runs",
        )


class AwaitingExchange(Awaiting):
    """Sends with httpx.AsyncClient: one for each event loop, as connections belong to one."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = (
            weakref.WeakKeyDictionary()
        )
        renew_in_child(self._clients.clear)

    def _client(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = httpx.AsyncClient(**self._endpoint.options())
        return self._clients[loop]

    async def send(self, request: Request) -> Answer:
        """See Exchange.send."""
        body = Body(request.limit, within=self._endpoint.timeout)
        async with self._open(request) as response:
            try:
                async for chunk in response.aiter_bytes():
                    body.add(chunk)
            except _FAILURES as error:
                raise self._endpoint.unavailable(error) from error
            return _answer(response, body)

    @asynccontextmanager
    async def stream(
        self, request: Request, *, silence: float | None
    ) -> AsyncIterator[_AwaitedStream]:
        """See Exchange.stream."""
        timeout = httpx.Timeout(self._endpoint.timeout, read=silence)
        async with self._open(request, timeout=timeout) as response:
            yield _AwaitedStream(response, self._endpoint)

    @asynccontextmanager
    async def _open(self, request: Request, **options: Any) -> AsyncIterator[httpx.Response]:
        arguments = self._endpoint.arguments(request) | options
        opened = self._client().stream(**arguments)
        try:
            response = await opened.__aenter__()
        except _FAILURES as error:
            raise self._endpoint.unavailable(error) from error
        try:
            yield response
        finally:
            with suppress(*_FAILURES):
                await opened.__aexit__(None, None, None)

    async def close(self) -> None:
        """Close the connections of this event loop; those of loops that ended are gone."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()


class BlockingExchange(Blocking):
    """Sends with httpx.Client, which threads may share. Its coroutines never suspend."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._held: httpx.Client | None = None
        self._renew()
        renew_in_child(self._renew)

    def _renew(self) -> None:
        self._lock = threading.Lock()
        self._held = None  # a forked child shares no connection with its parent

    def _client(self) -> httpx.Client:
        with self._lock:
            if self._held is None:
                self._held = httpx.Client(**self._endpoint.options())
            return self._held

    async def send(self, request: Request) -> Answer:
        """See Exchange.send."""
        body = Body(request.limit, within=self._endpoint.timeout)
        with self._open(request) as response:
            try:
                for chunk in response.iter_bytes():
                    body.add(chunk)
            except _FAILURES as error:
                raise self._endpoint.unavailable(error) from error
            return _answer(response, body)

    @asynccontextmanager
    async def stream(
        self, request: Request, *, silence: float | None
    ) -> AsyncIterator[_BlockingStream]:
        """See Exchange.stream."""
        timeout = httpx.Timeout(self._endpoint.timeout, read=silence)
        with self._open(request, timeout=timeout) as response:
            yield _BlockingStream(response, self._endpoint)

    @contextmanager
    def _open(self, request: Request, **options: Any) -> Iterator[httpx.Response]:
        opened = self._client().stream(**(self._endpoint.arguments(request) | options))
        try:
            response = opened.__enter__()
        except _FAILURES as error:
            raise self._endpoint.unavailable(error) from error
        try:
            yield response
        finally:
            with suppress(*_FAILURES):
                opened.__exit__(None, None, None)

    async def close(self) -> None:
        """See Exchange.close."""
        with self._lock:
            client, self._held = self._held, None
        if client is not None:
            client.close()


class _AwaitedStream:
    def __init__(self, response: httpx.Response, endpoint: Endpoint) -> None:
        self.status, self.headers = response.status_code, dict(response.headers)
        self._response, self._endpoint = response, endpoint

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.aiter_bytes():
                yield chunk
        except _FAILURES as error:
            raise self._endpoint.unavailable(error) from error


class _BlockingStream:
    def __init__(self, response: httpx.Response, endpoint: Endpoint) -> None:
        self.status, self.headers = response.status_code, dict(response.headers)
        self._response, self._endpoint = response, endpoint

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            for chunk in self._response.iter_bytes():
                yield chunk
        except _FAILURES as error:
            raise self._endpoint.unavailable(error) from error


def endpoint_url(text: str) -> str:
    """Return the endpoint without a trailing slash. Raises ConfigError for what is no http URL."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError) as error:
        raise ConfigError(f"the endpoint {text!r} is no URL: {error}") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ConfigError(
            f"the endpoint {text!r} is no http URL", remedy="e.g. http://localhost:9100"
        )
    if url.userinfo or url.query or url.fragment:
        raise ConfigError(
            "an endpoint has no user, query or fragment", remedy="pass a token as api_key"
        )
    return str(url).rstrip("/")


def is_loopback(host: str) -> bool:
    """Tell whether `host` is this machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _answer(response: httpx.Response, body: Body) -> Answer:
    return Answer(
        status=response.status_code, headers=dict(response.headers), content=body.content()
    )
