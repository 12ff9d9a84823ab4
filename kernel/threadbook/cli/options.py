"""Options that several commands share."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from threadbook.config import STORE, Settings, store_url
from threadbook.errors import ConfigError
from threadbook.log.log import BLOBS, Log, open_log

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Output(enum.StrEnum):
    """How to print."""

    table = "table"
    json = "json"
    jsonl = "jsonl"


StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        help=f"Store URL or SQLite file; by default ${STORE}, else a file in your data folder.",
    ),
]
ThreadOption = Annotated[str | None, typer.Option("--thread", help="Thread id.")]
OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How to print.")]


def settings_for(store: str | None) -> Settings:
    """Return the settings, with the store that was named."""
    settings = Settings.from_environ()
    if store is None:
        return settings
    return Settings(
        store=store_url(store),
        key=settings.key,
        outbox=settings.outbox,
        actor=settings.actor,
        thread=settings.thread,
    )


def open_store(store: str | None, *, must_exist: bool = False) -> Log:
    """Open the log of the store that was named, or of the environment."""
    url = settings_for(store).store
    if url == "memory:":
        raise ConfigError("a store in memory ends with this command", remedy="name a file")
    file = url.partition(BLOBS)[0].removeprefix("sqlite:///")
    if must_exist and url.startswith("sqlite:") and not Path(file).exists():
        raise ConfigError(f"there is no store at {file}", remedy="name the file of one")
    return open_log(url)
