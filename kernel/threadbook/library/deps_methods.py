"""What a kernel can ask about its packages: names of methods, their parameters and results."""

from __future__ import annotations

from typing import Any

import msgspec

from threadbook.library.packages import DepsChange, DepsSync, Package, Problem, Requirement


class AddDeps(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`deps.add`: what to install."""

    requirements: tuple[str, ...]
    dry_run: bool = False


class RemoveDeps(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`deps.remove`: names of packages that were asked for."""

    names: tuple[str, ...]
    dry_run: bool = False


class AskDeps(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The methods without parameters."""


METHODS: dict[str, tuple[type[msgspec.Struct], Any]] = {
    "deps.add": (AddDeps, DepsChange),
    "deps.remove": (RemoveDeps, DepsChange),
    "deps.undo": (AskDeps, DepsChange),
    "deps.sync": (AskDeps, DepsSync),
    "deps.list": (AskDeps, tuple[Requirement, ...]),
    "deps.installed": (AskDeps, tuple[Package, ...]),
    "deps.lock": (AskDeps, str),
    "deps.verify": (AskDeps, tuple[Problem, ...]),
}
"""The type of the parameters and of the result of each method."""
