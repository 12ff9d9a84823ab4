"""What is shipped of the front end is what its sources build to, byte for byte."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

EXTENSION = Path(__file__).resolve().parents[2] / "extension"
BUILT = ("static", "labextension")


@pytest.fixture
def sources(tmp_path):
    """Return a copy of the sources, with the packages that are locked."""
    lab, packages = EXTENSION / "lab", EXTENSION / "lab" / "node_modules"
    if shutil.which("node") is None or not (packages / ".setup").exists():
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("the packages of extension/lab are not installed: `make tools` does it, with npm")
    copy = tmp_path / "lab"
    shutil.copytree(lab, copy, ignore=shutil.ignore_patterns("node_modules", "build"))
    try:
        shutil.copytree(packages, copy / "node_modules", symlinks=True, copy_function=os.link)
    except shutil.Error:  # on another disk
        shutil.copytree(packages, copy / "node_modules", symlinks=True, dirs_exist_ok=True)
    return copy


def test_the_build_that_is_shipped_is_that_of_the_sources(sources, tmp_path):
    out = tmp_path / "out"
    built = subprocess.run(
        ["node", "build.mjs", "--out", out],
        cwd=sources,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    ours, theirs = contents(out), contents(EXTENSION / "threadbook_panel")
    differing = [name for name in ours | theirs if ours.get(name) != theirs.get(name)]
    assert differing == [], "run `node build.mjs` in extension/lab"


def contents(folder):
    """Return the files of a build."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for name in BUILT
        for file in sorted((folder / name).rglob("*"))
        if file.is_file()
    }
