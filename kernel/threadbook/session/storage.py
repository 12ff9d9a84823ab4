"""Storages: where a session keeps its records, workflows and artifacts; agents may share one.

A storage is a store (log/store.py) and a workspace in it. What is in one workspace is seen by all
sessions on it, in any process, at once, and by none of another workspace.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote

import msgspec

from threadbook.config import store_url, workspace_name
from threadbook.errors import ConfigError


class Storage(Protocol):
    """What a session asks of a storage."""

    @property
    def store(self) -> str:
        """The URL of the store."""

    @property
    def workspace(self) -> str:
        """The workspace, empty for the one without a name."""


class FileStorage(msgspec.Struct, frozen=True):
    """A folder: records in one SQLite file in it, for the processes of one machine."""

    base_path: str | Path
    workspace: str = ""

    def __post_init__(self) -> None:
        workspace_name(self.workspace)

    @property
    def store(self) -> str:
        """See Storage.store."""
        return store_url(str(Path(self.base_path) / "threadbook.db"))


class RedisStorage(msgspec.Struct, frozen=True):
    """A Redis server; storages of two prefixes on one server never meet.

    `prefix` may stand in the URL instead. Where both differ, using it raises ConfigError.
    """

    url: str = "redis://localhost:6379"
    prefix: str = "threadbook"
    workspace: str = ""

    def __post_init__(self) -> None:
        workspace_name(self.workspace)

    @property
    def store(self) -> str:
        """See Storage.store."""
        return _with(self.url, "prefix", self.prefix, default="threadbook")


class PostgresStorage(msgspec.Struct, frozen=True):
    """A schema of a PostgreSQL database.

    `schema` may stand in the URL instead. Where both differ, using it raises ConfigError.
    """

    url: str
    schema: str = "threadbook"
    workspace: str = ""

    def __post_init__(self) -> None:
        workspace_name(self.workspace)

    @property
    def store(self) -> str:
        """See Storage.store."""
        return _with(self.url, "schema", self.schema, default="threadbook")


def _with(url: str, name: str, value: str, *, default: str) -> str:
    """Return a URL with one more option, which comes before `#blobs=`.

    One that is there stays, unless another was asked for.
    """
    base, mark, blobs = url.partition("#blobs=")
    if there := re.search(rf"[?&]{name}=([^&]*)", base):
        if value not in (default, unquote(there[1])):
            raise ConfigError(f"the URL names the {name} {unquote(there[1])!r}, and not {value!r}")
        return url
    return f"{base}{'&' if '?' in base else '?'}{name}={quote(value, safe='')}{mark}{blobs}"
