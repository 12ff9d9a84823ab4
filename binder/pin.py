"""Write requirements.txt, which repo2docker installs with pip: exact versions with their hashes.

The first part is uv.lock, as it is. The second part is what the image needs beyond it: hatchling,
which builds the package, and notebook, as repo2docker's own does not go with the JupyterLab of the
lock.

    .venv/bin/python binder/pin.py
"""  # noqa: INP001  a script, in the folder where repo2docker looks

from __future__ import annotations

import re
import subprocess
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

import uv

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "binder" / "requirements.txt"
EXTRAS = ("lab", "panel", "demo", "tools", "deps", "data")
"""What the notebooks use."""

BEYOND = "# Beyond uv.lock.\n"
_HEAD = "# Made of uv.lock by binder/pin.py.\n"
_BARE = ("--quiet", "--no-header", "--no-annotate")
_NAME = re.compile(r"^([a-z0-9-]+)==", re.MULTILINE)


def locked(*options: str) -> str:
    """Return what uv.lock says, without the project itself. Needs no network."""
    return _uv("export", "--frozen", "--offline", "--no-emit-project", *_BARE, *options)


def locked_part() -> str:
    """Return the first part of requirements.txt."""
    extras = [option for extra in EXTRAS for option in ("--extra", extra)]
    return _HEAD + locked("--no-default-groups", *extras)


def part_beyond(first: str) -> str:
    """Return the second part: what the first lacks, at the versions of uv.lock where it has them.

    Asks the package index for the rest.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["build-system"]["requires"], "notebook"]
    python = (ROOT / "binder" / "runtime.txt").read_text().strip().removeprefix("python-")
    with tempfile.TemporaryDirectory() as folder:
        asked, known = Path(folder) / "asked.txt", Path(folder) / "known.txt"
        asked.write_text("\n".join(wanted))
        known.write_text(locked("--all-extras", "--all-groups", "--no-hashes"))
        options = ("--generate-hashes", "--python-version", python)
        found = _uv("pip", "compile", str(asked), "-c", str(known), *options, *_BARE)
    there = set(_NAME.findall(first))
    entries = re.split(r"^(?=[a-z0-9])", found, flags=re.MULTILINE)
    return BEYOND + "".join(e for e in entries if (n := _NAME.match(e)) and n[1] not in there)


def _uv(*words: str) -> str:
    command: Sequence[str] = [uv.find_uv_bin(), *words]
    return subprocess.run(  # noqa: S603  uv, with words of this file
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


if __name__ == "__main__":
    first = locked_part()
    FILE.write_text(first + part_beyond(first))
