"""`threadbook kernel`: make Jupyter find the kernel."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from threadbook.cli.display import print_table
from threadbook.cli.options import StoreOption
from threadbook.config import store_url
from threadbook.errors import ConfigError
from threadbook.kernel import kernelspec

app = typer.Typer(
    no_args_is_help=True,
    help="Install the kernel for a Jupyter in another environment.",
    rich_markup_mode=None,
)

NameOption = Annotated[str, typer.Option("--name", help="Name of the kernelspec.")]


@app.command()
def install(
    name: NameOption = "threadbook",
    display_name: Annotated[
        str | None, typer.Option("--display-name", help="What the launcher shows.")
    ] = None,
    sys_prefix: Annotated[
        bool, typer.Option("--sys-prefix", help="Into this Python environment.")
    ] = False,
    prefix: Annotated[str | None, typer.Option("--prefix", help="Into this folder.")] = None,
    store: StoreOption = None,
) -> None:
    """Install a kernelspec that starts this interpreter, by default for your user."""
    if sys_prefix and prefix:
        raise ConfigError("--sys-prefix and --prefix exclude each other")
    folder = kernelspec.install(
        name=name,
        display_name=display_name,
        prefix=sys.prefix if sys_prefix else prefix,
        store=None if store is None else store_url(store),
    )
    typer.echo(f"installed {name} in {folder}")


@app.command("list")
def list_specs() -> None:
    """List the kernelspecs that start a threadbook kernel."""
    rows = [
        (spec.name, spec.interpreter, spec.store or "", spec.folder)
        for spec in kernelspec.installed()
    ]
    if rows:
        print_table(("name", "interpreter", "store", "folder"), rows)
    else:
        typer.echo("none: `threadbook kernel install` makes one")


@app.command()
def remove(name: Annotated[str, typer.Argument(help="Name of the kernelspec.")]) -> None:
    """Remove a kernelspec that starts a threadbook kernel."""
    typer.echo(f"removed {kernelspec.remove(name)}")
