"""Packages as values: what was asked for, what that comes to, and what a change changed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from typing import Self

import msgspec

from threadbook.errors import InstallFailed
from threadbook.tables import Listing, facts_html, text_html

_PINNED = re.compile(
    r"(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)==(?P<version>[a-z0-9][a-z0-9.+!]*)"
    r"(?P<hashes>(?: --hash=sha256:[0-9a-f]{64})+)"
)
_HASH = re.compile(r"sha256:[0-9a-f]{64}")


class Requirement(msgspec.Struct, frozen=True):
    """A package that was asked for, in canonical form; see requirements.py."""

    name: str
    extras: tuple[str, ...] = ()
    specifier: str = ""

    def __str__(self) -> str:
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"{self.name}{extras}{self.specifier}"


class Package(msgspec.Struct, frozen=True, order=True):
    """A package at a version; `hashes` are those of the files that may be installed as it."""

    name: str
    version: str
    hashes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Lock(msgspec.Struct, frozen=True):
    """Packages at exact versions with hashes, sorted: all that an overlay holds, and no more.

    The text is that of a requirements file, and read strictly: a line of it is never an option.
    """

    packages: tuple[Package, ...] = ()

    @property
    def text(self) -> str:
        """The lock as a requirements file; empty where there are no packages."""
        return "".join(
            " \\\n    ".join(
                [f"{package.name}=={package.version}", *(f"--hash={h}" for h in package.hashes)]
            )
            + "\n"
            for package in self.packages
        )

    @property
    def digest(self) -> str:
        """The SHA-256 of the text, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def versions(self) -> dict[str, str]:
        """The version of each package by its name."""
        return {package.name: package.version for package in self.packages}

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the lock that is written in `text`. Raises InstallFailed for anything else."""
        packages = []
        for line in re.sub(r" *\\\n *", " ", text).splitlines():
            found = _PINNED.fullmatch(line)
            if found is None:
                raise InstallFailed(
                    f"this is no line of a lock: {line[:200]!r}",
                    remedy="each line is name==version with SHA-256 hashes, and nothing else",
                    namespace="deps",
                )
            hashes = tuple(sorted(set(_HASH.findall(found["hashes"]))))
            packages.append(Package(found["name"], found["version"], hashes))
        return cls(tuple(sorted(packages)))

    def without(self, names: Collection[str]) -> Lock:
        """Return the lock without the packages of these names."""
        return Lock(tuple(package for package in self.packages if package.name not in names))


class VersionChange(msgspec.Struct, frozen=True):
    """A package that has another version than before."""

    name: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.name} {self.before} → {self.after}"


class DepsChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a change of the session's packages came to, or would come to (`dry_run`).

    `already_present` is what was asked for and is there already, in the kernel's own environment
    or in the overlay. `lock` is the text of all that the overlay holds now, `folder` where that
    is, `record` the id of the record, "" where nothing changed. `stale` are packages of which
    this kernel has imported another version: only a reset brings the new one.
    """

    added: tuple[Package, ...] = ()
    changed: tuple[VersionChange, ...] = ()
    removed: tuple[Package, ...] = ()
    already_present: tuple[Package, ...] = ()
    lock: str = ""
    dry_run: bool = False
    folder: str = ""
    record: str = ""
    stale: tuple[str, ...] = ()

    @property
    def new_names(self) -> frozenset[str]:
        """The names of packages that are new, or another version."""
        return frozenset(
            [package.name for package in self.added] + [change.name for change in self.changed]
        )

    def __str__(self) -> str:
        lines = [f"{label}: {', '.join(map(str, items))}" for label, items in self._parts()]
        return "\n".join(lines or ["nothing to change"])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        facts = [(label, "\n".join(map(str, items))) for label, items in self._parts()]
        return facts_html(facts, caption="packages") if facts else text_html(str(self))

    def _parts(self) -> list[tuple[str, tuple[object, ...]]]:
        would = "would be " if self.dry_run else ""
        parts: list[tuple[str, tuple[object, ...]]] = [
            (f"{would}added", self.added),
            (f"{would}changed", self.changed),
            (f"{would}removed", self.removed),
            ("already there", self.already_present),
            ("imported before, as it was until a reset", self.stale),
        ]
        return [(label, items) for label, items in parts if items]


class Problem(msgspec.Struct, frozen=True):
    """A file of an overlay that is not as it was installed."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


class DepsSync(msgspec.Struct, frozen=True, kw_only=True):
    """What the overlay holds, after it was made to be what the records say.

    `problems` are the files that were not as they had been installed; they were replaced.
    `folder` is "" where there is nothing to import.
    """

    folder: str = ""
    packages: tuple[Package, ...] = ()
    problems: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        there = ", ".join(map(str, self.packages)) or "no packages"
        return "\n".join([there, *(f"restored {problem}" for problem in self.problems)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return text_html(str(self))


class RequirementList(Listing[Requirement], tuple[Requirement, ...]):
    """What was asked for."""

    __slots__ = ()

    caption = "requirements"
    headings = ("package", "extras", "version")

    def cells(self, item: Requirement) -> Sequence[str]:
        """See Listing."""
        return (item.name, ", ".join(item.extras), item.specifier)


class PackageList(Listing[Package], tuple[Package, ...]):
    """Packages at exact versions."""

    __slots__ = ()

    caption = "packages"
    headings = ("package", "version")

    def cells(self, item: Package) -> Sequence[str]:
        """See Listing."""
        return (item.name, item.version)


class ProblemList(Listing[Problem], tuple[Problem, ...]):
    """Files that are not as they were installed."""

    __slots__ = ()

    caption = "files that are not as they were installed"
    headings = ("file", "problem")

    def cells(self, item: Problem) -> Sequence[str]:
        """See Listing."""
        return (item.path, item.what)


def difference(before: Lock, after: Lock) -> DepsChange:
    """Return what is another in `after` than in `before`."""
    old, new = before.versions, after.versions
    return DepsChange(
        added=tuple(package for package in after.packages if package.name not in old),
        removed=tuple(package for package in before.packages if package.name not in new),
        changed=tuple(
            VersionChange(name, old[name], version)
            for name, version in new.items()
            if name in old and old[name] != version
        ),
        lock=after.text,
    )
