"""The installer: uv in a process of its own, which resolves and installs, and is told all it needs.

It gets no variable of this process and reads no configuration of the user: what it may know, the
credentials of an index included, is in `Index`. Wheels are installed without running their code.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import re
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

import msgspec

from threadbook.config import data_folder
from threadbook.errors import ConfigError, InstallFailed
from threadbook.library.environment import LIST, Environment
from threadbook.library.packages import Lock, Requirement

_CREDENTIALS = re.compile(r"(?<=://)[^\s/@]+(?=@)")
_LONGEST_MESSAGE = 4000
_PROXIES = ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_CONNECTIONS = (
    *_PROXIES,
    *map(str.lower, _PROXIES),
    *("SSL_CERT_DIR", "SSL_CERT_FILE", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS"),
)
_SHORTEST_SECRET = 3  # what is shorter would blacken whole messages
_WHEELS_ONLY = "only wheels are taken, as the build of anything else runs code on the host"


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """Where packages come from.

    `find_links` are folders with wheels. `no_index` asks no index beside them, `offline` nobody
    at all. URLs may hold credentials. `variables` are given to the installer, for instance
    SSL_CERT_FILE or HTTPS_PROXY. `allow_build` also takes sources, whose build runs code of theirs
    on the host. `timeout` is in seconds, for one run of the installer.
    """

    find_links: tuple[Path, ...] = ()
    url: str | None = None
    extra_urls: tuple[str, ...] = ()
    no_index: bool = False
    offline: bool = False
    allow_build: bool = False
    variables: dict[str, str] = {}
    timeout: float = 600.0

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Return what the variables say that uv and pip have for this, and those of connections."""

        def first(*names: str) -> str:
            return next((environ[name] for name in names if environ.get(name)), "")

        def is_set(name: str) -> bool:
            return environ.get(name, "").lower() in ("1", "true", "yes", "on")

        folders = first("UV_FIND_LINKS", "PIP_FIND_LINKS").replace(",", " ").split()
        return cls(
            find_links=tuple(Path(folder).expanduser() for folder in folders),
            url=first("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL") or None,
            extra_urls=tuple(
                first("UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL").split()
            ),
            no_index=is_set("UV_NO_INDEX") or is_set("PIP_NO_INDEX"),
            offline=is_set("UV_OFFLINE"),
            variables={name: environ[name] for name in _CONNECTIONS if environ.get(name)},
        )

    def __repr__(self) -> str:
        return f"<Index {self.redact(self.url or 'default')}>"

    def arguments(self) -> list[str]:
        """Return the options for the installer; what may hold credentials is not among them."""
        arguments = [f"--find-links={folder.absolute()}" for folder in self.find_links]
        arguments += ["--no-index"] * self.no_index + ["--offline"] * self.offline
        return arguments + ["--only-binary=:all:"] * (not self.allow_build)

    def environment(self) -> dict[str, str]:
        """Return the variables for the installer: other users see arguments, but not these."""
        urls = {"UV_DEFAULT_INDEX": self.url, "UV_INDEX": " ".join(self.extra_urls)}
        return {**self.variables, **{name: url for name, url in urls.items() if url}}

    def redact(self, text: str) -> str:
        """Return a text without credentials."""
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = text.replace(secret, "***")
        return _CREDENTIALS.sub("***", text)

    def _secrets(self) -> set[str]:
        secrets: set[str] = set()
        for url in (self.url, *self.extra_urls, *self.variables.values()):
            with contextlib.suppress(ValueError):  # not a URL
                parts = urlsplit(url or "")
                # A user without a password is a token.
                secret = (parts.password or parts.username or "") if "://" in (url or "") else ""
                secrets |= {secret, unquote(secret)}
        return {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}


class Installer:
    """Runs uv for the interpreter `python`, with what it downloads kept in `cache`."""

    def __init__(
        self, index: Index | None = None, *, cache: Path | None = None, python: Path | None = None
    ) -> None:
        self.index = index or Index()
        self._cache = (cache or data_folder() / "packages").absolute()
        self._python = str(python or sys.executable)

    async def environment(self) -> Environment:
        """Return what the interpreter has now."""
        # Its home decides whether it sees the user's own packages, as the kernel does.
        variables = {"HOME": str(Path.home()), "PATH": os.defpath}
        printed = await self._run([self._python, *LIST], variables)
        try:
            return Environment(printed)
        except msgspec.DecodeError as error:
            raise ConfigError(
                f"{self._python} did not say what is installed",
                remedy="its start-up prints something of its own, or it is no Python",
            ) from error

    async def resolve(
        self, requirements: Sequence[Requirement], environment: Environment, *, current: Lock
    ) -> Lock:
        """Return what requirements come to beside the environment; what is there is not in it.

        A version that `current` has stays where it can. Raises InstallFailed.
        """
        if not requirements:
            return Lock()
        with tempfile.TemporaryDirectory(prefix="threadbook-deps-") as name:
            folder = Path(name)
            wanted, held, lock = folder / "wanted.txt", folder / "kernel.txt", folder / "lock.txt"
            wanted.write_text("".join(f"{requirement}\n" for requirement in requirements))
            held.write_text(environment.constraints())
            lock.write_text(current.text)
            environment.write_stubs(folder / "kernel")
            options = ["--generate-hashes", "--no-header", "--no-annotate", "--quiet"]
            options += [f"--constraints={held}", f"--output-file={lock}"]
            options += [f"--find-links={folder / 'kernel'}"]
            await self._uv(["compile", str(wanted), *options], folder)
            return Lock.parse(lock.read_text()).without(environment.packages)

    async def install(self, lock: Lock, target: Path) -> None:
        """Install exactly what a lock says into a new folder. Raises InstallFailed."""
        target.mkdir()  # noqa: ASYNC240  takes no time
        if not lock.packages:
            return
        file = target.parent / "lock.txt"
        file.write_text(lock.text)
        options = ["--require-hashes", "--no-deps", "--compile-bytecode", f"--target={target}"]
        # Copies, as a cell that writes into a linked file would write into the cache of all; a
        # clone, where the file system has none, becomes such a link.
        options += ["--link-mode=copy", "--quiet"]
        await self._uv(["install", f"--requirements={file}", *options], target.parent)
        (target / ".lock").unlink(missing_ok=True)

    async def _uv(self, arguments: Sequence[str], folder: Path) -> None:
        self._cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        options = [f"--python={self._python}", f"--cache-dir={self._cache}", "--no-config"]
        options += ["--no-progress", "--color=never", "--no-python-downloads"]
        variables = {"HOME": str(folder), "PATH": os.defpath, **self.index.environment()}
        command = [_uv(), "pip", *arguments, *options, *self.index.arguments()]
        await self._run(command, variables, folder)

    async def _run(
        self, command: Sequence[str], variables: dict[str, str], folder: Path | None = None
    ) -> bytes:
        """Run a command to its end; it and what it started end with this call."""
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=variables,
                cwd=folder,
                start_new_session=True,
            )
        except OSError as error:
            raise ConfigError(f"cannot start {command[0]}: {error.strerror}") from error
        try:
            async with asyncio.timeout(self.index.timeout):
                printed, said = await process.communicate()
        except TimeoutError:
            raise InstallFailed(
                f"the installer did not end within {self.index.timeout:g} s",
                remedy="nothing was changed; try again, or give it more time",
                namespace="deps",
            ) from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if process.returncode:
            raise self._failure(said.decode(errors="replace"))
        return printed

    def _failure(self, said: str) -> InstallFailed:
        remedy = "nothing was changed"
        if not self.index.allow_build:
            remedy += f"; {_WHEELS_ONLY}"
        # An index may have written it, and a terminal would obey it.
        plain = "".join(c if c.isprintable() or c == "\n" else "?" for c in self.index.redact(said))
        return InstallFailed(plain.strip()[-_LONGEST_MESSAGE:], remedy=remedy, namespace="deps")


def _uv() -> str:
    # Imported here: an extra, and the rest of the library goes without it.
    try:
        return str(importlib.import_module("uv").find_uv_bin())
    except (ImportError, FileNotFoundError) as error:
        raise ConfigError(
            "uv, which installs packages, is not there",
            remedy='install it with: pip install "threadbook[deps]"',
        ) from error
