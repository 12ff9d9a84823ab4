"""Executors: where the cells of a session run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec


class SubprocessConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How a kernel in a process of its own is started, and what it may use.

    `tools_path` is a folder of tools. `default_timeout`, in seconds, is for cells that name none.
    With `allow_runtime_deps` off, cells cannot change what is installed. `cwd` and `env` are the
    kernel's working folder and additional variables; `startup_timeout` is in seconds.
    """

    tools_path: str | Path | None = None
    default_timeout: float | None = None
    startup_timeout: float = 60.0
    allow_runtime_deps: bool = True
    cwd: Path | None = None
    env: Mapping[str, str] = msgspec.field(default_factory=dict)
    kernel_name: str = "threadbook"


class Executor(Protocol):
    """Says how the kernel of a session is started."""

    @property
    def config(self) -> SubprocessConfig:
        """The settings of the kernel's process."""


class SubprocessExecutor:
    """A kernel in a process of its own on this machine, without a sandbox."""

    def __init__(self, config: SubprocessConfig | None = None) -> None:
        self.config = config or SubprocessConfig()

    def __repr__(self) -> str:
        return f"SubprocessExecutor({self.config!r})"
