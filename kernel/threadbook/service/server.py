"""Running the service: sockets, signals, and what a supervisor or a person needs to know."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from threadbook.errors import ConfigError

_BACKLOG = 512
_MOST_CONNECTIONS = 512


class Server(uvicorn.Server):
    """A server that lets its streams go before it waits for open connections to end."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and say so."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  the interface
        """Begin to end; asked again by Ctrl-C, end at once.

        Not as in the base class, which dies of the signal afterwards: an end in good order has
        exit status 0.
        """
        app = self.config.app
        if isinstance(app, Starlette):
            app.state.service.drain()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Bind a socket; port 0 takes a free one. Raises ConfigError with what is wrong."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns off Nagle's algorithm on what is accepted.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise ConfigError(
                f"cannot listen on {host}:{port}: {error.strerror}",
                remedy="choose another --port, or stop what uses this one:"
                " `threadbook serve --status` tells whether it is a threadbook",
            ) from error
        except OverflowError as error:
            raise ConfigError(f"there is no port {port}", remedy="0 to 65535") from error
        listener.listen(_BACKLOG)
        yield listener


def serve(
    app: ASGIApp,
    listener: socket.socket,
    *,
    on_ready: Callable[[], None],
    shutdown_seconds: float,
) -> None:
    """Serve until SIGTERM or SIGINT; what was begun by then may take `shutdown_seconds`."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # an address in a header is a claim; rate limits go by the real one
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=65,
        timeout_graceful_shutdown=max(1, round(shutdown_seconds)),
        lifespan="on",
        ws="none",
    )
    Server(config, on_ready).run(sockets=[listener])
