"""A Redis server as a store needs it: where it is, and what it promises to keep.

`redis://[user[:password]@]host[:port][/db]`, `rediss://` for TLS, `unix:///path/to/socket`, each
with options after a question mark: `prefix` (one log each, by default `threadbook`), `db`, and for
TLS `ssl_ca_certs`, `ssl_certfile` and `ssl_keyfile`.
"""

from __future__ import annotations

import urllib.parse
from typing import Any, Self

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry

from threadbook.errors import ConfigError

DEFAULT_PREFIX = "threadbook"

_CONNECT_SECONDS = 3.0
_REPLY_SECONDS = 30.0
_OF_TLS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_SHAPE = "use redis://host:port/db?prefix=name, rediss://… or unix:///path?prefix=name"


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a log is; `url` is without the password, `options` are those of the driver."""

    url: str
    prefix: str
    options: dict[str, Any]

    @classmethod
    def parse(cls, url: str) -> Self:
        """Take a URL apart. Raises ConfigError, without showing the password."""
        try:
            parts = urllib.parse.urlsplit(url)
            port = parts.port
            query = dict(
                urllib.parse.parse_qsl(
                    parts.query, keep_blank_values=True, strict_parsing=True, errors="strict"
                )
                if parts.query
                else ()
            )
            place = parts.path.removeprefix("/") if parts.scheme != "unix" else ""
            database = int(query.pop("db", place or "0"))
        except ValueError:
            # Not chained: the error of the library may quote the password.
            raise ConfigError("this Redis URL cannot be read", remedy=_SHAPE) from None
        prefix = query.pop("prefix", DEFAULT_PREFIX)
        options: dict[str, Any] = {"db": database}
        if parts.scheme == "unix":
            options["unix_socket_path"] = urllib.parse.unquote(parts.path)
        else:
            options |= {"host": parts.hostname or "localhost", "port": port or 6379}
        if parts.scheme == "rediss":
            options["ssl"] = True
            options |= {name: query.pop(name) for name in _OF_TLS if name in query}
        for name, text in (("username", parts.username), ("password", parts.password)):
            if text:
                options[name] = urllib.parse.unquote(text)
        unknown = ", ".join(sorted(query))
        if unknown or not prefix or parts.fragment or not (parts.path or parts.scheme != "unix"):
            problem = f"has no option {unknown}" if unknown else "is incomplete"
            raise ConfigError(f"a Redis URL {problem}", remedy=_SHAPE)
        return cls(url=_without_password(parts), prefix=prefix, options=options)

    def connect(self) -> redis.Redis:
        """Return a client; it connects when it is used, and once more if that breaks off."""
        return redis.Redis(
            **self.options,
            protocol=2,
            retry=Retry(NoBackoff(), 1, (RedisConnectionError,)),
            socket_connect_timeout=_CONNECT_SECONDS,
            socket_timeout=_REPLY_SECONDS,
        )


class Durability(msgspec.Struct, frozen=True, kw_only=True):
    """What a Redis server does to keep what it acknowledged.

    `survives_power_loss` is None where the server does not tell.
    """

    survives_power_loss: bool | None
    found: str
    remedy: str = ""


class Promises(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a server that decide on what it keeps; None where it does not tell."""

    version: str | None
    appendonly: bool | None
    appendfsync: str | None
    saves: bool | None
    maxmemory: int | None
    policy: str | None

    @classmethod
    def ask(cls, client: redis.Redis) -> Self:
        """Ask the server; one that is managed by others may not answer all of it."""
        info = _ask(client, "INFO")
        settings = _ask(client, "CONFIG GET", "append*") | _ask(client, "CONFIG GET", "save")
        appendonly, save = info.get("aof_enabled"), settings.get("save")
        return cls(
            version=info.get("redis_version"),
            appendonly=None if appendonly is None else bool(appendonly),
            appendfsync=settings.get("appendfsync"),
            saves=None if save is None else bool(save),
            maxmemory=info.get("maxmemory"),
            policy=info.get("maxmemory_policy"),
        )

    @property
    def durability(self) -> Durability:
        """What becomes of acknowledged records when the server or its machine goes down."""
        found = f"appendonly {_yes(self.appendonly)}, appendfsync {self.appendfsync or 'unknown'}"
        if self.appendonly and self.appendfsync == "always":
            return Durability(survives_power_loss=True, found=found)
        if self.appendonly is not False and self.appendfsync in {None, "always"}:
            return Durability(survives_power_loss=None, found=found)
        return Durability(
            survives_power_loss=False,
            found=found,
            remedy="set appendonly yes and appendfsync always",
        )

    @property
    def eviction(self) -> str | None:
        """How the server may delete records, None where it may not.

        The volatile policies delete what expires: of a log, locks and blobs not yet complete.
        """
        if self.maxmemory and (self.policy or "").startswith("allkeys-"):
            return f"maxmemory-policy {self.policy} lets the server delete records"
        return None


def _ask(client: redis.Redis, *command: str) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = client.execute_command(*command)
    except RedisConnectionError:
        raise
    except RedisError:  # not permitted, or not there at all
        return {}
    return {_text(name): _text(value) for name, value in answer.items()}


def _text(value: Any) -> Any:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _yes(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "unknown"}[value]


def _without_password(parts: urllib.parse.SplitResult) -> str:
    login, at, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=login.partition(":")[0] + at + host).geturl()
