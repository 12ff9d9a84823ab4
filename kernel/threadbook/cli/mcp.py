"""`threadbook mcp`: the MCP server, and the configuration of its clients."""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from threadbook.cli.display import print_lines
from threadbook.cli.options import LOOPBACK, StoreOption
from threadbook.config import Settings, store_url, without_password
from threadbook.config import approver_key as default_approver_key
from threadbook.errors import ConfigError
from threadbook.mcp_server.clients import CLIENTS
from threadbook.mcp_server.setup import Plan, plan

DEFAULT_PORT = 9101
MOST_SESSIONS = 16

app = typer.Typer(
    no_args_is_help=True,
    help="Serve a session to MCP clients, and tell them where it is.",
    rich_markup_mode=None,
)


@app.command()
def serve(
    http: Annotated[
        bool, typer.Option("--http", help="Serve over streamable HTTP, not stdin and stdout.")
    ] = False,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = DEFAULT_PORT,
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", help="File of the token; by default each start makes one."),
    ] = None,
    insecure_localhost: Annotated[
        bool,
        typer.Option(
            "--insecure-localhost", help="Ask for no token, and listen on this machine only."
        ),
    ] = False,
    max_sessions: Annotated[
        int, typer.Option("--max-sessions", min=1, help="Kernels at a time, over HTTP.")
    ] = MOST_SESSIONS,
    compact: Annotated[
        bool, typer.Option("--compact", help="Two tools only: search and execute.")
    ] = False,
    no_runtime_deps: Annotated[
        bool, typer.Option("--no-runtime-deps", help="Do not let sessions install packages.")
    ] = False,
    approver_key: Annotated[
        Path | None,
        typer.Option("--approver-key", help="Key file of the person who answers in the client."),
    ] = None,
    cwd: Annotated[
        Path | None,
        typer.Option("--cwd", help="Working folder of kernels.", exists=True, file_okay=False),
    ] = None,
    store: StoreOption = None,
) -> None:
    """Serve sessions to MCP clients, over stdin and stdout or HTTP."""
    settings = Settings.from_environ()
    if store is not None:
        settings = msgspec.structs.replace(settings, store=store_url(store))
    options = _module("workspace").Options(
        settings=settings,
        approver_key=approver_key or default_approver_key(),
        cwd=cwd,
        runtime_deps=settings.runtime_deps and not no_runtime_deps,
        compact=compact,
    )
    options.check()
    if http:
        _serve_http(options, host, port, token_file, insecure_localhost, max_sessions)
    elif token_file is not None or insecure_localhost:
        raise ConfigError("--token-file and --insecure-localhost go with --http")
    else:
        asyncio.run(_module("server").serve_stdio(options))


@app.command()
def setup(
    client: Annotated[str, typer.Argument(help=f"One of {', '.join(CLIENTS)}.")],
    write: Annotated[
        bool, typer.Option("--write/--dry-run", help="Write the file; otherwise only show it.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace another entry of the name threadbook.")
    ] = False,
    project: Annotated[
        Path, typer.Option("--project", help="Folder of the project.", file_okay=False)
    ] = Path(),
    compact: Annotated[
        bool, typer.Option("--compact", help="Two tools only: search and execute.")
    ] = False,
    store: StoreOption = None,
) -> None:
    """Add the server to the configuration of an MCP client, after showing what changes."""
    planned = plan(client, project=project, arguments=_arguments(compact, store), force=force)
    if not planned.diff:
        print_lines(f"{planned.file} has it already")
    elif not write:
        print_lines(f"{planned.diff}\nnothing is written yet: --write does it")
    else:
        _write(planned)


def _module(name: str) -> Any:
    """Return a module of the server; what it imports takes a second that setup need not wait."""
    try:
        return importlib.import_module(f"threadbook.mcp_server.{name}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("threadbook"):
            raise
        raise ConfigError(
            f"`threadbook mcp serve` needs {error.name}, which is not installed",
            remedy='pip install "threadbook[tools]"',
        ) from None


def _write(planned: Plan) -> None:
    print_lines(planned.diff)
    kept = planned.write()
    print_lines(f"wrote {planned.file}")
    if kept is not None:
        print_lines(f"what was there before is in {kept}")


def _arguments(compact: bool, store: str | None) -> list[str]:
    arguments = ["mcp", "serve"]
    if compact:
        arguments.append("--compact")
    if store is not None:
        url = store_url(store)
        if without_password(url) != url:
            raise ConfigError(
                "the store URL holds a password, which does not belong into such a file",
                remedy="set THREADBOOK_STORE where the client is started",
            )
        arguments += ["--store", url]
    return arguments


def _serve_http(
    options: Any,
    host: str,
    port: int,
    token_file: Path | None,
    insecure: bool,
    max_sessions: int,
) -> None:
    if insecure and host not in LOOPBACK:
        raise ConfigError(
            f"--insecure-localhost does not listen on {host}",
            remedy="leave --host out, or leave --insecure-localhost out and use the token",
        )
    if insecure and token_file is not None:
        raise ConfigError("--insecure-localhost asks for no token, --token-file names one")
    served = _module("http")
    token = None if insecure else served.token_of(token_file)

    def say(url: str) -> None:
        typer.echo(f"threadbook serves MCP at {url}")
        if token is None:
            warning = "WARNING: no token is asked for: every program here can run code"
            typer.echo(warning, err=True)
        elif token_file is None:
            typer.echo(f"token: {token}")

    served.serve_http(
        options, host=host, port=port, token=token, on_ready=say, most_sessions=max_sessions
    )
