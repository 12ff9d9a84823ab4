"""Setup: adding the server to the configuration of a client, and nothing else to it."""

from __future__ import annotations

import difflib
import json
import os
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from threadbook.errors import ConfigError
from threadbook.mcp_server.clients import CLIENTS, NAME, Client, toml_table

_LARGEST = 10 * 1024 * 1024
_NEW_MODE = 0o600
"""Mode of a file that was not there: such files often come to hold secrets of other servers."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says, and what it is to say; `before` is None where there is no file."""

    file: Path
    before: str | None
    after: str

    @property
    def diff(self) -> str:
        """The change, as a unified diff; empty where there is none."""
        lines = difflib.unified_diff(
            (self.before or "").splitlines(),
            self.after.splitlines(),
            fromfile=str(self.file),
            tofile=str(self.file),
            lineterm="",
        )
        return "\n".join(lines)

    def write(self) -> Path | None:
        """Write the file, whole or not at all; return where the one before is kept.

        Raises ConfigError, also where the file is not what it was when this was planned.
        """
        try:
            if _read(self.file) != self.before:
                raise ConfigError(f"{self.file} has changed meanwhile", remedy="try again")
            self.file.parent.mkdir(parents=True, exist_ok=True)
            kept = _kept(self.file) if self.before is not None else None
            _replace(self.file, self.after)
        except OSError as error:
            raise ConfigError(f"{self.file} cannot be written: {error.strerror}") from error
        return kept


def plan(client: str, *, project: Path, arguments: Sequence[str], force: bool = False) -> Plan:
    """Return what to change so that a client finds the server. Writes nothing.

    Raises ConfigError for a client that is not known, a file that is not understood, and, without
    `force`, for another entry of our name.
    """
    known = CLIENTS.get(client)
    if known is None:
        raise ConfigError(
            f"no client is called {client!r:.100}", remedy=f"one of {', '.join(CLIENTS)}"
        )
    file = known.file(project.absolute())
    # A link stays one: what it leads to is written.
    file = file.resolve() if file.is_symlink() else file
    before = _read(file)
    command, *first = command_line()
    entry = known.entry(command, [*first, *arguments])
    changed = _toml if known.is_toml else _json
    return Plan(file=file, before=before, after=changed(known, file, before or "", entry, force))


def command_line() -> list[str]:
    """Return how a client starts threadbook, from wherever it is."""
    script = Path(sys.executable).with_name("threadbook")
    return [str(script)] if script.exists() else [sys.executable, "-m", "threadbook.cli"]


def _json(client: Client, file: Path, text: str, entry: dict[str, Any], force: bool) -> str:
    document = _parsed(file, lambda: _json_of(text)) if text.strip() else {}
    servers = document.setdefault(client.key, {})
    if not isinstance(servers, dict):
        raise ConfigError(f"{file}: {client.key} is no object", remedy="mend the file by hand")
    if servers.get(NAME) == entry:
        return text
    _refuse_another(file, servers, force)
    servers[NAME] = entry
    return json.dumps(document, indent=_indent(text), ensure_ascii=False) + "\n"


def _json_of(text: str) -> Any:
    """Return what JSON says, where writing it again says the same. Raises ValueError."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        document = dict(pairs)
        if len(document) != len(pairs):
            raise ValueError("a name occurs twice in an object")
        return document

    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is not JSON")

    return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)


def _toml(client: Client, file: Path, text: str, entry: dict[str, Any], force: bool) -> str:
    document = _parsed(file, lambda: tomllib.loads(text))
    servers = document.get(client.key, {})
    if not isinstance(servers, dict):
        raise ConfigError(f"{file}: {client.key} is no table", remedy="mend the file by hand")
    if servers.get(NAME) == entry:
        return text
    _refuse_another(file, servers, force)
    if NAME in servers:
        raise ConfigError(
            f"{file} has another entry {NAME!r}, which has to be removed by hand",
            remedy="comments and order of such a file would not survive its being rewritten",
        )
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    after = text + gap + toml_table(client.key, entry)
    _parsed(file, lambda: tomllib.loads(after))  # an inline table cannot be added to
    return after


def _parsed(file: Path, parse: Callable[[], Any]) -> dict[str, Any]:
    try:
        document = parse()
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"{file} cannot be changed without loss: {error}",
            remedy="if it has comments, add the entry by hand:"
            " `threadbook mcp setup` shows it for a project without the file",
        ) from None
    if not isinstance(document, dict):
        raise ConfigError(f"{file} is no object", remedy="mend the file by hand")
    return document


def _refuse_another(file: Path, servers: dict[str, Any], force: bool) -> None:
    if NAME in servers and not force:
        raise ConfigError(f"{file} has another entry {NAME!r}", remedy="--force replaces it")


def _indent(text: str) -> int | str:
    """Return the indentation of a document, so that the change is small."""
    for line in text.splitlines():
        space = line[: len(line) - len(line.lstrip())]
        if space:
            return "\t" if space.startswith("\t") else len(space)
    return 2


def _read(file: Path) -> str | None:
    try:
        if file.stat().st_size > _LARGEST:
            raise ConfigError(f"{file} is too large for a configuration")
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from error


def _kept(file: Path) -> Path:
    """Copy a file beside itself, under a name that is free, and return that."""
    number = 0
    while True:
        kept = file.with_name(f"{file.name}.{number or ''}{'.' if number else ''}bak")
        if not kept.exists():
            shutil.copy2(file, kept)
            return kept
        number += 1


def _replace(file: Path, text: str) -> None:
    mode = file.stat().st_mode & 0o7777 if file.exists() else _NEW_MODE
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as draft:
            draft.write(text)
            draft.flush()
            os.fchmod(draft.fileno(), mode)
            os.fsync(draft.fileno())
        os.replace(name, file)  # noqa: PTH105  mkstemp gives names
    except BaseException:
        os.unlink(name)  # noqa: PTH108  as above
        raise
