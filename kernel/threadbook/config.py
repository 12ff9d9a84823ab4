"""Settings, and the only place where the environment is read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import msgspec
from platformdirs import user_data_path

from threadbook.errors import ConfigError
from threadbook.records.identity import Identity

STORE = "THREADBOOK_STORE"
KEY = "THREADBOOK_KEY"
ACTOR = "THREADBOOK_ACTOR"
THREAD = "THREADBOOK_THREAD"
OUTBOX = "THREADBOOK_OUTBOX"
EXECUTOR = "THREADBOOK_EXECUTOR"
BOOTSTRAP_TOKEN = "THREADBOOK_BOOTSTRAP_TOKEN"  # noqa: S105  the name of a variable


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where records go and in whose name.

    `store` is a store URL, `key` the file of the Ed25519 key, `actor` a static DID that replaces
    the key, `thread` the thread to work on (None: a new one), `outbox` the folder for records
    that the store could not take, `executor` what started the kernel.
    """

    store: str
    key: Path
    outbox: Path
    actor: str | None = None
    thread: str | None = None
    executor: str = "jupyter"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Return the settings of the environment; an empty variable counts as absent."""
        environ = os.environ if environ is None else environ
        data = data_folder()
        return cls(
            store=store_url(environ.get(STORE) or str(data / "threadbook.db")),
            key=Path(environ.get(KEY) or data / "keys" / "identity.pem").expanduser(),
            outbox=Path(environ.get(OUTBOX) or data / "outbox").expanduser(),
            actor=environ.get(ACTOR) or None,
            thread=environ.get(THREAD) or None,
            executor=environ.get(EXECUTOR) or "jupyter",
        )

    def as_environ(self) -> dict[str, str]:
        """Return the variables that make another process use these settings."""
        variables = {
            STORE: self.store,
            KEY: str(self.key),
            OUTBOX: str(self.outbox),
            ACTOR: self.actor,
            THREAD: self.thread,
            EXECUTOR: self.executor,
        }
        return {name: value for name, value in variables.items() if value}

    def identity(self) -> Identity:
        """Return who writes: the static actor if one is set, else the key, made on demand."""
        return Identity.static(self.actor) if self.actor else Identity.key(self.key)

    def outbox_file(self) -> Path:
        """Return the outbox of this store: one file for all processes that write to it."""
        return self.outbox_of(self.store)

    def outbox_of(self, url: str) -> Path:
        """Return the outbox of a store or record service."""
        return self.outbox / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.db"


def data_folder() -> Path:
    """Return the folder for what threadbook keeps for this user."""
    return user_data_path("threadbook", appauthor=False)


def without_password(url: str) -> str:
    """Return a store URL fit for messages."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return url.replace(f":{parts.password}@", ":***@", 1)


def bootstrap_token(environ: Mapping[str, str] | None = None) -> str | None:
    """Return the secret of the service's first token, if the environment has one.

    Not part of Settings: those are shown, and handed on to kernels.
    """
    environ = os.environ if environ is None else environ
    return environ.get(BOOTSTRAP_TOKEN) or None


def store_url(text: str) -> str:
    """Return the store URL a person meant: a URL as it is, a plain path as an SQLite file.

    Paths become absolute and lose detours, so that other processes find the same file and outbox.
    """
    if not text:
        raise ConfigError("the store is empty", remedy="name a file or a URL like sqlite:///path")
    store, mark, blobs = text.partition("#blobs=")
    if store.startswith("sqlite:///"):
        store = store.removeprefix("sqlite:///")
    elif ":" in store:
        return text
    return f"sqlite:///{os.path.normpath(Path(store).expanduser().absolute())}{mark}{blobs}"
