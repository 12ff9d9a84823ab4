"""The service in the background: for a person at a machine without a supervisor."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from threadbook.errors import ServiceError

_POLL_SECONDS = 0.05
_LOOK_SECONDS = 1.0
_TAIL_BYTES = 256 * 1024


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A service that runs: its process, where it listens and which store it serves."""

    pid: int
    port: int
    url: str
    store: str


class Services:
    """The services that run under `folder`, one for each port.

    A pid file is locked by its service as long as that lives: one left by a crash, or a process
    that got the same number later, is never taken for it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "run"
        self.log_file = folder / "log" / "service.log"

    def running(self) -> list[Running]:
        """Return the services that run, by port."""
        found = (_owner(path) for path in sorted(self._folder.glob("service-*.pid")))
        return [running for running in found if running is not None]

    @contextlib.contextmanager
    def claim(self, url: str, store: str, *, port: int) -> Iterator[None]:
        """Be the service of this port."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"service-{port}.pid"
        with _locked(path) as stream:
            running = Running(pid=os.getpid(), port=port, url=url, store=store)
            stream.truncate()
            stream.write(msgspec.json.encode(running))
            stream.flush()
            try:
                yield
            finally:
                path.unlink(missing_ok=True)

    def start(
        self, arguments: Sequence[str], *, variables: dict[str, str], patience: float = 30.0
    ) -> Running:
        """Start a service that outlives this process; return once it listens.

        `arguments` are those of `threadbook serve`, `variables` are added to the environment.
        Raises ServiceError with the end of its log
        where it does not come up.
        """
        self.log_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        begin = self.log_file.stat().st_size if self.log_file.exists() else 0
        log = os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            process = subprocess.Popen(  # noqa: S603  our own interpreter
                [sys.executable, "-m", "threadbook.cli", "serve", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **variables},
                start_new_session=True,
            )
        finally:
            os.close(log)
        deadline = time.monotonic() + patience
        while process.poll() is None and time.monotonic() < deadline:
            for running in self.running():
                if running.pid == process.pid:
                    return running
            time.sleep(_POLL_SECONDS)
        process.kill()
        process.wait()
        with self.log_file.open("rb") as stream:
            stream.seek(begin)
            printed = stream.read(_TAIL_BYTES).decode(errors="replace").strip()
        raise ServiceError(f"the service did not come up:\n{printed}")

    def stop(self, running: Running, *, patience: float = 30.0) -> None:
        """End a service in good order."""
        os.kill(running.pid, signal.SIGTERM)
        deadline = time.monotonic() + patience
        while running in self.running():
            if time.monotonic() > deadline:
                raise ServiceError(
                    f"process {running.pid} did not end within {patience:g} s",
                    remedy=f"`kill -9 {running.pid}` ends it; nothing acknowledged is lost",
                )
            time.sleep(_POLL_SECONDS)

    def last_lines(self, number: int) -> list[str]:
        """Return the last lines of its log."""
        try:
            with self.log_file.open("rb") as stream:
                size = stream.seek(0, os.SEEK_END)
                stream.seek(max(0, size - _TAIL_BYTES))
                return stream.read().decode(errors="replace").splitlines()[-number:]
        except FileNotFoundError:
            return []


def _owner(path: Path) -> Running | None:
    try:
        with path.open("rb") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _decoded(stream.read())
            return None  # nobody holds it: the file is left over
    except OSError as error:
        raise ServiceError(f"cannot read {path}: {error.strerror}") from error


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """Open a file that nobody else holds, and hold it."""
    deadline = time.monotonic() + _LOOK_SECONDS
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # held by another, or for a moment by who looks for one
                if time.monotonic() > deadline:
                    raise ServiceError("a service of this port is running already") from None
            else:
                if _is_at(path, stream):  # its last holder may have removed it meanwhile
                    yield stream
                    return
        time.sleep(_POLL_SECONDS)


def _is_at(path: Path, stream: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(stream.fileno()))
    except FileNotFoundError:
        return False


def _decoded(data: bytes) -> Running | None:
    """Return what a pid file says; None where its owner has not written it yet."""
    try:
        return msgspec.convert(json.loads(data), Running)
    except (ValueError, msgspec.ValidationError):
        return None
