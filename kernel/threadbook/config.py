"""Settings, and the only place where the environment is read."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import msgspec
from platformdirs import user_cache_path, user_data_path

from threadbook.errors import ConfigError
from threadbook.records.identity import Identity

STORE = "THREADBOOK_STORE"
KEY = "THREADBOOK_KEY"
ACTOR = "THREADBOOK_ACTOR"
THREAD = "THREADBOOK_THREAD"
OUTBOX = "THREADBOOK_OUTBOX"
EXECUTOR = "THREADBOOK_EXECUTOR"
TOOLS = "THREADBOOK_TOOLS"
POLICY = "THREADBOOK_POLICY"
SECRETS = "THREADBOOK_SECRETS"
WORKSPACE = "THREADBOOK_WORKSPACE"
RUNTIME_DEPS = "THREADBOOK_RUNTIME_DEPS"
BROKER = "THREADBOOK_BROKER"
BROKER_SECRET = "THREADBOOK_BROKER_SECRET"  # noqa: S105  the name of a variable
BOOTSTRAP_TOKEN = "THREADBOOK_BOOTSTRAP_TOKEN"  # noqa: S105  the name of a variable

_WORKSPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where records go and in whose name.

    `store` is a store URL, `key` the file of the Ed25519 key, `actor` a static DID that replaces
    the key, `thread` the thread to work on (None: a new one), `outbox` the folder for records
    that the store could not take, `executor` what started the kernel.

    `tools` are folders and files that describe tools, `policy` the file of the rules for them and
    `secrets` that of the secrets they are given; `workspace` separates libraries in one store.
    With `runtime_deps` off, cells cannot change what is installed. `broker` is the socket of the
    broker that a session has opened for its kernel.
    """

    store: str
    key: Path
    outbox: Path
    actor: str | None = None
    thread: str | None = None
    executor: str = "jupyter"
    tools: tuple[Path, ...] = ()
    policy: Path | None = None
    secrets: Path | None = None
    workspace: str = ""
    runtime_deps: bool = True
    broker: Path | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Return the settings of the environment; an empty variable counts as absent.

        Raises ConfigError for what is malformed.
        """
        environ = os.environ if environ is None else environ
        data = data_folder()
        return cls(
            store=store_url(environ.get(STORE) or str(data / "threadbook.db")),
            key=Path(environ.get(KEY) or data / "keys" / "identity.pem").expanduser(),
            outbox=Path(environ.get(OUTBOX) or data / "outbox").expanduser(),
            actor=environ.get(ACTOR) or None,
            thread=environ.get(THREAD) or None,
            executor=environ.get(EXECUTOR) or "jupyter",
            tools=_paths(environ.get(TOOLS)) or _existing(data / "tools", data / "mcp.json"),
            policy=_path(environ.get(POLICY)) or next(iter(_existing(data / "policy.toml")), None),
            secrets=_path(environ.get(SECRETS))
            or next(iter(_existing(data / "secrets.toml")), None),
            workspace=workspace_name(environ.get(WORKSPACE) or ""),
            runtime_deps=environ.get(RUNTIME_DEPS, "1") not in ("0", "no", "false", "off"),
            broker=_path(environ.get(BROKER)),
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
            TOOLS: os.pathsep.join(map(str, self.tools)),
            POLICY: self.policy and str(self.policy),
            SECRETS: self.secrets and str(self.secrets),
            WORKSPACE: self.workspace,
            RUNTIME_DEPS: "1" if self.runtime_deps else "0",
            BROKER: self.broker and str(self.broker),
        }
        return {name: value for name, value in variables.items() if value}

    def identity(self) -> Identity:
        """Return who writes: the static actor if one is set, else the key, made on demand."""
        return Identity.static(self.actor) if self.actor else Identity.key(self.key)

    def approver(self, key: Path) -> Identity:
        """Return who answers what kernels of these settings ask; the key file is made on demand.

        Raises ConfigError where that is who asks, IdentityError for a key file of no use.
        """
        approver = Identity.key(key)
        if approver.actor_did == self.identity().actor_did:
            raise ConfigError(
                f"{key} holds the key of the session",
                remedy="answers need a key of their own: name another file",
            )
        return approver

    def outbox_file(self) -> Path:
        """Return the outbox of this store: one file for all processes that write to it."""
        return self.outbox_of(self.store)

    def outbox_of(self, url: str) -> Path:
        """Return the outbox of a store or record service."""
        return self.outbox / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.db"


def environment() -> Mapping[str, str]:
    """Return the variables of this process as they are now."""
    return dict(os.environ)


def data_folder() -> Path:
    """Return the folder for what threadbook keeps for this user."""
    return user_data_path("threadbook", appauthor=False)


def approver_key() -> Path:
    """Return the key file of the person who answers, where no other is named."""
    return data_folder() / "keys" / "approver.pem"


def cache_folder() -> Path:
    """Return the folder for copies that may be removed at any time."""
    return user_cache_path("threadbook", appauthor=False)


def config_folder() -> Path:
    """Return the folder in which applications keep what this user has set: that of XDG."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def without_password(url: str) -> str:
    """Return a store URL fit for messages."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return url.replace(f":{parts.password}@", ":***@", 1)


def take_broker_secret() -> str:
    """Return what the broker of this kernel's session wants to hear, and forget it.

    Not part of Settings: those are shown. It is taken out of the environment so that processes
    that a cell starts do not inherit it.
    """
    return os.environ.pop(BROKER_SECRET, "")


def forget_server_token() -> None:
    """Take the token of the Jupyter server that we are in out of what its kernels inherit.

    Whoever has it can answer decisions; the server has read it by now.
    """
    os.environ.pop("JUPYTER_TOKEN", None)


def bootstrap_token(environ: Mapping[str, str] | None = None) -> str | None:
    """Return the secret of the service's first token, if the environment has one.

    Not part of Settings: those are shown, and handed on to kernels.
    """
    environ = os.environ if environ is None else environ
    return environ.get(BOOTSTRAP_TOKEN) or None


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser() if text else None


def _paths(text: str | None) -> tuple[Path, ...]:
    return tuple(Path(part).expanduser() for part in (text or "").split(os.pathsep) if part)


def _existing(*paths: Path) -> tuple[Path, ...]:
    return tuple(path for path in paths if path.exists())


def workspace_name(text: str) -> str:
    """Return the name of a workspace, empty for the one without a name. Raises ConfigError."""
    if text and not _WORKSPACE.fullmatch(text):
        raise ConfigError(
            f"{text!r:.200} cannot be a workspace",
            remedy="use up to 128 letters, digits and . _ -, beginning with a letter or digit",
        )
    return text


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
