"""The root command. A family's module is imported when one of its commands runs.

Help and completion of the root need names and summaries only; importing Jupyter for them would
make every `--help` wait.
"""

from __future__ import annotations

import importlib
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from threadbook import __version__
from threadbook.errors import ConfigError, ThreadbookError

FAMILIES = {
    "demo": "Run an analysis of real data in a threadbook kernel and show its record.",
    "run": "Run a notebook or a script and keep the record.",
    "thread": "List threads, show their timelines and records.",
    "verify": "Check every record of a log, or of a thread.",
    "backup": "Make a verified copy of a log while it is written to.",
    "restore": "Put a backup in the place of a store.",
    "doctor": "Look at everything a log depends on, and change nothing.",
    "repair": "Save what can be saved of a damaged SQLite store.",
    "export": "Write records as JSON Lines that anybody can check.",
    "import": "Bring in the records of an exported file.",
    "migrate": "Copy a whole log into another store.",
    "erase": "Remove the content of records for good.",
    "log": "Sign checkpoints; make and check proofs.",
    "serve": "Serve the log over HTTP.",
    "token": "Issue, list and end the tokens of the record service.",
    "decision": "List what waits for a decision, answer it, and end approvals.",
    "policy": "Check the rules for tools, and see which of them decides.",
    "tools": "Show the tools of a session, and what is wrong with them.",
    "library": "List workflows and artifacts, and copy them to and from folders.",
    "intend": "State a goal; without --thread it opens a new thread.",
    "do": "Record an action.",
    "know": "Record an observation, or what came of a goal.",
    "learn": "Record a lasting insight.",
    "mcp": "Serve a session to MCP clients, and tell them where it is.",
    "kernel": "Install the kernel for a Jupyter in another environment.",
}
"""The commands, in the order in which help lists them, with the first line of their help."""

_MODULES = {
    "decision": "decisions",
    **dict.fromkeys(("intend", "do", "know", "learn"), "emit"),
    **dict.fromkeys(("backup", "restore", "doctor", "repair", "migrate", "erase"), "ops"),
    **dict.fromkeys(("export", "import"), "transfer"),
}
_EXTRAS = {"serve": "service"}
"""What to install for commands that need more than the kernel does."""
UNUSABLE = 2
"""Exit status: the command could not do its work."""


def _module_of(command: str) -> Any:
    try:
        return importlib.import_module(f"threadbook.cli.{_MODULES.get(command, command)}")
    except ModuleNotFoundError as error:
        if command not in _EXTRAS or (error.name or "").startswith("threadbook"):
            raise
        raise ConfigError(
            f"`threadbook {command}` needs {error.name}, which is not installed",
            remedy=f'pip install "threadbook[{_EXTRAS[command]}]"',
        ) from None


class LazyGroup(TyperGroup):
    """A group that knows its commands by name and imports one when it is used."""

    _is_listing = False

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  the interface
        """Return the commands in the order of FAMILIES."""
        return list(FAMILIES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  the interface
        """Return the command; while help is written, one that only has a summary."""
        if cmd_name not in FAMILIES:
            return None
        if self._is_listing:
            return TyperCommand(name=cmd_name, help=FAMILIES[cmd_name], callback=None)
        module = _module_of(cmd_name)
        command = get_command(module.app)
        if isinstance(command, TyperGroup) and cmd_name in command.commands:
            return command.commands[cmd_name]
        command.name = cmd_name
        return command

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help of the root."""
        self._is_listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._is_listing = False


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    help="A Jupyter kernel that keeps the record: run code, read its record, verify it.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"threadbook {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Hold the options that come before a command."""


def main() -> None:
    """Run the command line; our errors become one line and exit status 2."""
    try:
        app()
    except ThreadbookError as error:
        typer.echo(f"threadbook: {error}", err=True)
        sys.exit(UNUSABLE)
