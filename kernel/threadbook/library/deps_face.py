"""`deps` in a cell: asks the trusted side, and makes what was installed importable here."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from threadbook.library.packages import (
    DepsChange,
    DepsSync,
    Package,
    PackageList,
    Problem,
    ProblemList,
    Requirement,
    RequirementList,
)

R = TypeVar("R")


class Caller(Protocol):
    """What carries calls to the trusted side; see tools/channel.py."""

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """Call a method of deps_methods.py and wait. Raises NamespaceError."""


class DepsFace:
    """The packages of this session, on top of those that the kernel came with.

    deps.add("polars", "rich>=14")     install, for this session only
    deps.add("polars", dry_run=True)   say what that would install
    deps.remove("polars")              no longer ask for it
    deps.undo()                        take the last change back
    deps.list()                        what was asked for
    deps.installed()                   what that came to
    deps.lock()                        exact versions with hashes
    deps.sync()                        what the records say, restored

    A requirement is a name, extras and versions. Only wheels are installed, and nothing that the
    kernel came with is replaced.
    """

    def __init__(self, channel: Caller, folder: str = "") -> None:
        """`folder` is what this process imports from already; see current.py."""
        self._channel = channel
        self._folder = folder

    def __repr__(self) -> str:
        return "<deps: packages of this session; help(deps) lists what it can do>"

    def add(self, *requirements: str, dry_run: bool = False) -> DepsChange:
        """Install packages for this session; with `dry_run`, only say what would be."""
        return self._change("deps.add", requirements=requirements, dry_run=dry_run)

    def remove(self, *names: str, dry_run: bool = False) -> DepsChange:
        """Remove packages that were added, and what only they needed."""
        return self._change("deps.remove", names=names, dry_run=dry_run)

    def undo(self) -> DepsChange:
        """Take the last change back."""
        return self._change("deps.undo")

    def list(self) -> RequirementList:
        """Return what was asked for."""
        return RequirementList(self._call("deps.list", tuple[Requirement, ...]))

    def installed(self) -> PackageList:
        """Return the packages that are installed for it, at exact versions."""
        return PackageList(self._call("deps.installed", tuple[Package, ...]))

    def lock(self) -> str:
        """Return the lock, as the text of a requirements file."""
        return self._call("deps.lock", str)

    def verify(self) -> ProblemList:
        """Return the files that are not as they were installed."""
        return ProblemList(self._call("deps.verify", tuple[Problem, ...]))

    def sync(self) -> DepsSync:
        """Restore what the records say, and make it importable here."""
        synced = self._call("deps.sync", DepsSync)
        self._activate(synced.folder)
        return synced

    def _change(self, method: str, **params: Any) -> DepsChange:
        change = self._call(method, DepsChange, **params)
        if change.dry_run:
            return change
        gone = {package.name for package in change.removed}
        stale = _imported(self._folder, gone | {one.name for one in change.changed})
        self._activate(change.folder)
        return msgspec.structs.replace(change, stale=stale)

    def _call(self, method: str, result: type[R], **params: Any) -> R:
        return msgspec.convert(self._channel.call(method, params), result)

    def _activate(self, folder: str) -> None:
        """Import from `folder`, last of all: what the kernel came with is never shadowed."""
        ours = {self._folder, folder} - {""}
        kept = [entry for entry in sys.path if entry not in ours]
        sys.path[:] = [*kept, folder] if folder else kept
        self._folder = folder
        importlib.invalidate_caches()


def _imported(folder: str, names: Collection[str]) -> tuple[str, ...]:
    """Return which of these packages of a folder this process has imported modules of."""
    if not folder or not names:
        return ()
    loaded = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    found = set()
    for package in importlib.metadata.distributions(path=[folder]):
        name = re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower()
        files = package.files or ()
        if name in names and any(str(Path(folder, file)) in loaded for file in files):
            found.add(name)
    return tuple(sorted(found))
