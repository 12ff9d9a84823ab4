"""Secrets: values that tools need and that no cell, record, result or error may hold.

They are resolved by name on the trusted side. Code names one by a reference, `secret:NAME`, and
a tool gets only those that its definition names.

The redactor replaces their values, in any form that text takes on its way (tools/forms.py), by
`[secret:NAME]`. What a tool does to a value beyond that (encrypt, reverse, split) is not found: a
tool that must not tell a secret must not be given it.
"""

from __future__ import annotations

import functools
import json
import os
import re
import stat
import tomllib
from collections.abc import Collection, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from threadbook.errors import ConfigError, PolicyDenied
from threadbook.tools.forms import Finder

T = TypeVar("T")

REFERENCE = "secret:"
"""What a reference to a secret begins with."""

HIDDEN = "[redacted]"
"""What is recorded of an argument whose name says that it is a secret."""

_SENSITIVE = frozenset(
    {"password", "passwd", "pwd", "passphrase", "secret", "token", "authorization", "credential"}
    | {"credentials", "cookie", "apikey", "bearer"}
)
_SENSITIVE_PAIRS = {("api", "key"), ("access", "key"), ("private", "key"), ("secret", "key")}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LARGEST_FILE = 1024 * 1024
_AS_BYTES = "surrogateescape"  # any byte becomes text, and the same byte again


class Secrets(Protocol):
    """Where secrets come from."""

    def names(self) -> tuple[str, ...]:
        """Return the names of the secrets that there are."""

    def resolve(self, name: str) -> str:
        """Return the value of a secret. Raises ConfigError where there is none of this name."""


class EnvSecrets:
    """Those variables of an environment that are named as allowed; no other can be had."""

    def __init__(self, environ: Mapping[str, str], allowed: Collection[str]) -> None:
        self._values = {name: environ[name] for name in sorted(allowed) if environ.get(name)}

    def __repr__(self) -> str:
        return f"EnvSecrets({', '.join(self._values)})"

    def names(self) -> tuple[str, ...]:
        """See Secrets.names."""
        return tuple(self._values)

    def resolve(self, name: str) -> str:
        """See Secrets.resolve."""
        return _found(self._values, name, "in the environment, or not allowed")


class FileSecrets:
    """A file of names and values, TOML or JSON, that only its owner can read.

    Raises ConfigError where others can read or write it, where it belongs to somebody else, or
    where it is anything but a flat table of text. No message has a part of the file in it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values = _parsed(path, _private_bytes(path))

    def __repr__(self) -> str:
        return f"FileSecrets({self._path}: {', '.join(self._values)})"

    def names(self) -> tuple[str, ...]:
        """See Secrets.names."""
        return tuple(self._values)

    def resolve(self, name: str) -> str:
        """See Secrets.resolve."""
        return _found(self._values, name, f"in {self._path}")


class Redactor:
    """Replaces the values that `secrets` has now. It changes no text in which there is none."""

    def __init__(self, secrets: Secrets | None = None) -> None:
        names = secrets.names() if secrets is not None else ()
        values = {name: secrets.resolve(name) for name in names} if secrets is not None else {}
        self._finder = Finder(values)

    def text(self, text: str) -> str:
        """Return text without secrets."""
        return self.stream().close(text) if self._finder else text

    def data(self, data: bytes) -> bytes:
        """Return bytes without secrets in UTF-8."""
        text = data.decode(errors=_AS_BYTES)
        redacted = self.text(text)
        return data if redacted == text else redacted.encode(errors=_AS_BYTES)

    def value(self, value: T) -> T:
        """Return a value without secrets: text, bytes, containers and structs, keys included.

        A number that is a secret becomes text. Other objects are returned as they are.
        """
        redacted: T = self._value(value) if self._finder else value
        return redacted

    def arguments(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return arguments as they may be recorded.

        Beside the values of secrets, what is named like one (password, token, api_key,
        authorization …) is hidden, also further down; references to secrets stay.
        """
        return {self.text(name): self._argument(name, value) for name, value in arguments.items()}

    def stream(self) -> RedactedStream:
        """Return what redacts output that comes in pieces."""
        return RedactedStream(self._finder)

    def _argument(self, name: str, value: Any) -> Any:
        if _is_sensitive(name) and not _is_harmless(value):
            return HIDDEN
        if isinstance(value, Mapping):
            return {self.text(str(key)): self._argument(str(key), of) for key, of in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._argument("", item) for item in value]
        return self.value(value)

    def _value(self, value: Any) -> Any:
        redacted = value
        if isinstance(value, str):
            redacted = self.text(value)
        elif isinstance(value, (bytes, bytearray)):
            redacted = type(value)(self.data(bytes(value)))
        elif isinstance(value, Mapping):
            redacted = {self._value(key): self._value(item) for key, item in value.items()}
        elif isinstance(value, (list, tuple, set, frozenset)):
            items = (self._value(item) for item in value)
            redacted = type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
        elif isinstance(value, msgspec.Struct):
            fields = {name: self._value(getattr(value, name)) for name in value.__struct_fields__}
            redacted = msgspec.structs.replace(value, **fields)
        elif self._finder.has_number and isinstance(value, (int, float)):
            text = str(value)
            redacted = value if self.text(text) == text else self.text(text)
        return redacted


class RedactedStream:
    """Redacts text that comes in pieces, also where a secret is split among them.

    The end of a piece is held back while it may be the beginning of a secret.
    """

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._before = ""  # the character before what is held: short values have to stand alone
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what can be shown now."""
        text = self._held + piece
        return self._show(text, self._finder.begun(text))

    def close(self, last: str = "") -> str:
        """Return the rest: no more will come."""
        text = self._held + last
        return self._show(text, len(text))

    def _show(self, text: str, until: int) -> str:
        """Return text up to `until`, or to where a secret begins that goes on beyond it."""
        offset, whole = len(self._before), self._before + text
        at, until = offset, offset + until
        shown = []
        for found in self._finder.matches(whole, offset):
            if found.start() >= until:
                break
            if found.end() > until:
                until = found.start()
                break
            shown += [whole[at : found.start()], f"[{REFERENCE}{self._finder.name(found[0])}]"]
            at = found.end()
        shown.append(whole[at:until])
        self._before, self._held = whole[:until][-1:], whole[until:]
        return "".join(shown)


def fill(value: Any, secrets: Secrets, *, allowed: Collection[str]) -> Any:
    """Return arguments, or one of them, with the values of secrets in the place of references.

    A reference is a whole string. Raises PolicyDenied for one that is not among the `allowed`
    names, those of the callable's definition: any tool could be made to hand on any secret.
    """
    if isinstance(value, str) and value.startswith(REFERENCE):
        name = value.removeprefix(REFERENCE)
        if name not in allowed:
            raise PolicyDenied(
                f"this tool is not given the secret {name!r:.100}",
                remedy="name it in the tool's definition",
                namespace="tools",
            )
        return secrets.resolve(name)
    if isinstance(value, Mapping):
        return {key: fill(item, secrets, allowed=allowed) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(fill(item, secrets, allowed=allowed) for item in value)
    return value


def _found(values: Mapping[str, str], name: str, where: str) -> str:
    if name not in values:
        raise ConfigError(
            f"no secret {name!r:.100} {where}",
            remedy=f"there are {', '.join(values)}" if values else "there are none",
        )
    return values[name]


def _private_bytes(path: Path) -> bytes:
    """Return the content of a file of ours that nobody else can read, looked at once it is open."""
    try:
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ConfigError(f"{path} is no file of secrets")
            if status.st_mode & 0o077:
                raise ConfigError(
                    f"{path} can be read or written by others", remedy=f"chmod 600 {path}"
                )
            if status.st_uid != os.geteuid():
                raise ConfigError(f"{path} belongs to another user", remedy="make it your own")
            data = stream.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigError(f"cannot read the secrets in {path}: {error.strerror}") from None
    if len(data) > _LARGEST_FILE:
        raise ConfigError(f"{path} is too large for a file of secrets: more than 1 MB")
    return data


def _parsed(path: Path, data: bytes) -> dict[str, str]:
    try:
        text = data.decode()
        table = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}, line {error.lineno}: not JSON") from None
    except (ValueError, RecursionError):  # messages of tomllib may quote the file
        raise ConfigError(f"{path} is not TOML in UTF-8") from None
    if not isinstance(table, dict):
        raise ConfigError(f"{path} is no table of names and values")
    for name, value in table.items():
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{path}: {name!r:.100} is no text, or empty")
    return table


@functools.lru_cache(maxsize=4096)
def _is_sensitive(name: str) -> bool:
    """Tell whether a name is that of a secret, word by word: `max_tokens` is not."""
    words = [word.lower() for word in _WORD.findall(name)]
    return any(word in _SENSITIVE for word in words) or any(
        pair in _SENSITIVE_PAIRS for pair in pairwise(words)
    )


def _is_harmless(value: Any) -> bool:
    is_reference = isinstance(value, str) and (not value or value.startswith(REFERENCE))
    return value is None or isinstance(value, bool) or is_reference
