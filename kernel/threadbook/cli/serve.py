"""`threadbook serve`: the record service."""

from __future__ import annotations

import json
import logging
from typing import Annotated, Any

import typer

from threadbook.cli.options import LOOPBACK, StoreOption, settings_for
from threadbook.config import Settings, bootstrap_token, data_folder, without_password
from threadbook.errors import ConfigError
from threadbook.log.log import open_log
from threadbook.service.app import create_app
from threadbook.service.auth import Authenticator
from threadbook.service.daemon import Running, Services
from threadbook.service.server import listening
from threadbook.service.server import serve as serve_until_told
from threadbook.service.service import Options

NOT_RUNNING = 1
DEFAULT_PORT = 9100
BUSY_SECONDS = 3.0
"""How long a request waits for other writers; a client tries again after that."""

app = typer.Typer(rich_markup_mode=None)


@app.command(
    epilog="Exit status: 0 done, 1 --status or --stop found no service, 2 it could not be done."
)
def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = DEFAULT_PORT,
    store: StoreOption = None,
    insecure_localhost: Annotated[
        bool,
        typer.Option(
            "--insecure-localhost", help="Ask for no token, and listen on this machine only."
        ),
    ] = False,
    cors_origin: Annotated[
        list[str] | None,
        typer.Option("--cors-origin", help="A web page that may call the service; repeatable."),
    ] = None,
    heartbeat: Annotated[
        float,
        typer.Option("--heartbeat", min=0.1, help="Seconds between signs of life of streams."),
    ] = 30.0,
    send_timeout: Annotated[
        float, typer.Option("--send-timeout", min=0.1, help="Seconds a client may take to read.")
    ] = 30.0,
    daemon: Annotated[bool, typer.Option("--daemon", help="Start it in the background.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="End the one in the background.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Tell whether one runs.")] = False,
    logs: Annotated[
        int | None, typer.Option("--logs", min=1, help="Print the last lines of its log.")
    ] = None,
) -> None:
    """Serve the log over HTTP.

    In the foreground, until Ctrl-C or SIGTERM.
    """
    if sum((daemon, stop, status, logs is not None)) > 1:
        raise ConfigError("choose one of --daemon, --stop, --status and --logs")
    if insecure_localhost and host not in LOOPBACK:
        raise ConfigError(
            f"--insecure-localhost does not listen on {host}",
            remedy="leave --host out, or leave --insecure-localhost out and use tokens",
        )
    services, settings = Services(data_folder()), settings_for(store)
    options = Options(
        cors_origins=tuple(cors_origin or ()),
        heartbeat_seconds=heartbeat,
        send_seconds=send_timeout,
    )
    if status:
        _show(services)
    elif stop:
        _stop(services, port)
    elif logs is not None:
        for line in services.last_lines(logs):
            typer.echo(line)
    elif daemon:
        arguments = _arguments(host, port, insecure_localhost, options)
        # In the environment, as a store URL may hold a password and arguments are for all to see.
        running = services.start(arguments, variables=settings.as_environ())
        typer.echo(f"{_line(running)}, log {services.log_file}")
    else:
        _serve(services, host, port, settings, insecure_localhost, options)


def _show(services: Services) -> None:
    running = services.running()
    for service in running:
        typer.echo(_line(service))
    if not running:
        typer.echo("no service is running")
        raise typer.Exit(NOT_RUNNING)


def _stop(services: Services, port: int) -> None:
    running = [service for service in services.running() if service.port == port]
    if not running:
        typer.echo(f"no service is running on port {port}")
        raise typer.Exit(NOT_RUNNING)
    services.stop(running[0])
    typer.echo(f"ended process {running[0].pid}")


def _line(running: Running) -> str:
    return f"process {running.pid} serves {running.store} at {running.url}"


def _arguments(host: str, port: int, insecure: bool, options: Options) -> list[str]:
    arguments = ["--host", host, "--port", str(port)]
    arguments += ["--heartbeat", str(options.heartbeat_seconds)]
    arguments += ["--send-timeout", str(options.send_seconds)]
    if insecure:
        arguments.append("--insecure-localhost")
    for origin in options.cors_origins:
        arguments += ["--cors-origin", origin]
    return arguments


def _serve(
    services: Services,
    host: str,
    port: int,
    settings: Settings,
    insecure: bool,
    options: Options,
) -> None:
    _log_json_lines()
    with (
        listening(host, port) as listener,
        open_log(settings.store, busy_timeout=BUSY_SECONDS) as log,
    ):
        port = listener.getsockname()[1]
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        identity = settings.identity()
        authenticator = Authenticator(
            log, identity, required=not insecure, bootstrap=bootstrap_token()
        )
        application = create_app(log, identity, authenticator=authenticator, options=options)

        def say() -> None:
            typer.echo(f"threadbook serves {without_password(log.url)} at {url}")
            if insecure:
                typer.echo(
                    "WARNING: no token is asked for. Every program of this machine can read the log"
                    " and write in anybody's name.",
                    err=True,
                )
            elif not identity.can_sign:
                typer.echo(
                    f"WARNING: {identity.actor_did} has no key. Whoever can write to the store can"
                    " issue tokens in its name.",
                    err=True,
                )
            if authenticator.required and not (
                authenticator.has_bootstrap or authenticator.has_tokens()
            ):
                typer.echo("no token exists yet: `threadbook token bootstrap` makes the first")

        with services.claim(url, without_password(log.url), port=port):
            serve_until_told(
                application, listener, on_ready=say, shutdown_seconds=options.shutdown_seconds
            )


class _JsonLines(logging.Formatter):
    """One JSON object a line, as log collectors read them."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "target": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _log_json_lines() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
