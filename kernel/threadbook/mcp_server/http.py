"""The server over streamable HTTP: for those who hold its token, and for no web page."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from threadbook.errors import ConfigError
from threadbook.mcp_server.server import SESSION_HEADER, make_server
from threadbook.mcp_server.workspace import Options
from threadbook.mcp_server.workspaces import IDLE_SECONDS, MOST_WORKSPACES, Workspaces
from threadbook.service.server import listening, serve

PATH = "/mcp"

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SHORTEST_TOKEN = 16
_SHUTDOWN_SECONDS = 2.0


def serve_http(
    options: Options,
    *,
    host: str,
    port: int,
    token: str | None,
    on_ready: Callable[[str], None],
    most_sessions: int = MOST_WORKSPACES,
) -> None:
    """Serve until SIGTERM or SIGINT; `on_ready` is told the URL.

    Without a token, everybody who reaches it may use it. Raises ConfigError where it cannot listen.
    """
    workspaces = Workspaces(options, most=most_sessions)
    server = make_server(options, workspaces)
    with listening(host, port) as listener:
        named = f"{_bracketed(host)}:{listener.getsockname()[1]}"
        app = server.streamable_http_app(
            streamable_http_path=PATH,
            session_idle_timeout=IDLE_SECONDS,
            max_sessions=most_sessions,
            transport_security=_security(named),
        )
        serve(
            Guard(_Ending(app, workspaces), token),
            listener,
            on_ready=lambda: on_ready(f"http://{named}{PATH}"),
            shutdown_seconds=_SHUTDOWN_SECONDS,
        )


def token_of(file: Path | None) -> str:
    """Return the token in a file, or a new one, which is kept there where a file is named.

    Raises ConfigError.
    """
    if file is None:
        return secrets.token_urlsafe(32)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _kept(file)
    except OSError as error:
        raise ConfigError(f"{file} cannot be made: {error.strerror}") from error
    token = secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w") as written:
        written.write(f"{token}\n")
    return token


class Guard:
    """Lets requests pass that carry the token, and all where there is none."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._expected = None if token is None else f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "lifespan" or self._may_pass(scope):
            await self._app(scope, receive, send)
            return
        refused = JSONResponse(
            {"error": {"code": "UNAUTHORIZED", "message": "a bearer token is needed"}},
            status_code=401,
            headers={"WWW-Authenticate": "Bearer"},
        )
        await refused(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        if self._expected is None:
            return True
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        return len(given) == 1 and hmac.compare_digest(given[0], self._expected)


class _Ending:
    """Closes the workspace of a session that its client has ended."""

    def __init__(self, app: ASGIApp, workspaces: Workspaces) -> None:
        self._app = app
        self._workspaces = workspaces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["method"] != "DELETE":
            await self._app(scope, receive, send)
            return
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        await self._app(scope, receive, watch)
        name = Headers(scope=scope).get(SESSION_HEADER)
        if name and 200 <= status < 300:  # noqa: PLR2004  HTTP's own
            await self._workspaces.end(name)


def _security(named: str) -> TransportSecuritySettings:
    """Return which names a request may be addressed to, and which pages it may come from."""
    port = named.rpartition(":")[2]
    hosts = [named, *(f"{_bracketed(one)}:{port}" for one in _LOOPBACK)]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=hosts,
        allowed_origins=[f"http://{one}" for one in hosts],
    )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _kept(file: Path) -> str:
    try:
        status, text = file.stat(), file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from error
    if status.st_mode & 0o077:
        raise ConfigError(f"others can read {file}", remedy=f"chmod 600 {file}")
    if len(text) < _SHORTEST_TOKEN or not text.isascii() or not text.isprintable():
        raise ConfigError(
            f"{file} holds no token", remedy="remove the file, and another one is made"
        )
    return text
