"""Code in the documentation is run: Python blocks, and console sessions with their output."""

from __future__ import annotations

import fnmatch
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser

from threadbook.config import data_folder
from threadbook.service.daemon import Services

SCRIPTS = Path(sys.executable).parent


@pytest.fixture
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give an example a store, a key and a folder of its own; end what it leaves running."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("THREADBOOK_STORE", f"sqlite:///{tmp_path / 'threadbook.db'}")
    monkeypatch.setenv("THREADBOOK_KEY", str(tmp_path / "identity.pem"))
    monkeypatch.setenv("THREADBOOK_OUTBOX", str(tmp_path / "outbox"))
    monkeypatch.setenv("PATH", f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    services = Services(data_folder())
    for running in services.running():
        services.stop(running)


def run_console(example: Example) -> str | None:
    """Run each line after `$ ` and compare what follows; `…` stands for anything in a line."""
    commands = example.parsed.split("$ ")[1:]
    for block in commands:
        command, _, expected = block.partition("\n")
        done = subprocess.run(  # noqa: S603  our own documentation
            shlex.split(command), capture_output=True, text=True, check=False
        )
        if done.returncode:
            return f"{command} ended with {done.returncode}: {done.stderr}"
        actual = [line.rstrip() for line in done.stdout.splitlines()]
        wanted = [line.replace("…", "*").replace("[", "[[]") for line in expected.splitlines()]
        if len(actual) != len(wanted) or not all(map(fnmatch.fnmatch, actual, wanted)):
            return f"{command} printed:\n{done.stdout}\ninstead of:\n{expected}"
    return None


pytest_collect_file = Sybil(
    parsers=[
        CodeBlockParser(language="python", evaluator=PythonEvaluator()),
        CodeBlockParser(language="console", evaluator=run_console),
    ],
    patterns=["README.md", "docs/*.md"],
    fixtures=["isolated"],
).pytest()
