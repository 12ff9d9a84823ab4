"""The kernel's own environment: packages that are there, and that no change may touch."""

from __future__ import annotations

import importlib.metadata
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

_LIST = """
import importlib.metadata, json
found = {}
for one in importlib.metadata.distributions():
    if (name := one.metadata["Name"]) and one.version:
        extras = [line for line in one.requires or () if "extra" in line.partition(";")[2]]
        named = one.metadata.get_all("Provides-Extra") or []
        found.setdefault(name, {"version": one.version, "requires": extras, "extras": named})
print(json.dumps(found))
"""
LIST = ("-P", "-c", _LIST)
"""Arguments for an interpreter: print what is installed, without the folder it is started in."""

_WHEEL = "Wheel-Version: 1.0\nGenerator: threadbook\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


class Present(msgspec.Struct, frozen=True):
    """A package of the environment; `requires` is only what its `extras` need."""

    version: str
    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()


class Environment:
    """The packages of an interpreter, by canonical name."""

    def __init__(self, printed: bytes) -> None:
        """Read what an interpreter printed when it was started with `LIST`."""
        found = msgspec.json.decode(printed, type=dict[str, Present])
        self.packages: dict[str, Present] = {
            canonicalize_name(name): one for name, one in found.items() if _is_sound(one)
        }

    @property
    def versions(self) -> Mapping[str, str]:
        """The version of each package by its name."""
        return {name: one.version for name, one in self.packages.items()}

    def takes(self, name: str, specifier: str) -> bool:
        """Tell whether this can be had beside the environment: not there, or as asked for."""
        one = self.packages.get(canonicalize_name(name))
        return one is None or SpecifierSet(specifier).contains(one.version, prereleases=True)

    def constraints(self) -> str:
        """Return a constraints file that holds each package at its version."""
        return "".join(f"{name}=={version}\n" for name, version in self.versions.items())

    def write_stubs(self, folder: Path) -> None:
        """Write wheels that say what is there, without content.

        A resolver finds them as candidates, so that it need not ask an index for what is there,
        which might not even have it. What they depend on is there as well, but for extras.
        """
        folder.mkdir()
        for name, one in self.packages.items():
            stem = f"{name.replace('-', '_')}-{Version(one.version)}"
            lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {one.version}"]
            lines += [f"Provides-Extra: {extra}" for extra in one.extras]
            lines += [f"Requires-Dist: {requirement}" for requirement in one.requires]
            with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
                wheel.writestr(f"{stem}.dist-info/METADATA", "\n".join([*lines, ""]))
                wheel.writestr(f"{stem}.dist-info/WHEEL", _WHEEL)
                wheel.writestr(f"{stem}.dist-info/RECORD", "")

    def unmet(self, site_packages: Path) -> list[str]:
        """Return what packages in a folder need and neither it nor the environment has."""
        beside = list(importlib.metadata.distributions(path=[str(site_packages)]))
        there: dict[str, str] = {
            canonicalize_name(one.metadata["Name"]): one.version for one in beside
        }
        twice = [
            f"{name} {version}, where the kernel has {self.versions[name]}"
            for name, version in there.items()
            if self.versions.get(name, version) != version
        ]
        there = {**there, **self.versions}
        return twice + [
            f"{one.metadata['Name']} needs {line}"
            for one in beside
            for line in _unmet(one.requires or (), there)
        ]


def _unmet(requirements: Iterable[str], there: Mapping[str, str]) -> Iterable[str]:
    for line in requirements:
        try:
            wanted = Requirement(line)
        except InvalidRequirement:  # the resolver has read it, and is the better judge
            continue
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        version = there.get(canonicalize_name(wanted.name))
        if version is None or not wanted.specifier.contains(version, prereleases=True):
            yield line


def _is_sound(one: Present) -> bool:
    try:
        Version(one.version)
    except InvalidVersion:
        return False
    return True
