"""Commands run as a person runs them: the console script, in a process of its own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from threadbook.cli import main

SCRIPT = Path(sys.executable).parent / "threadbook"
WIDTH = 200


@dataclass(frozen=True)
class Shell:
    """Runs `threadbook` in a folder, with a store and a key of its own."""

    folder: Path
    env: dict[str, str]

    @property
    def store(self) -> Path:
        return self.folder / "threadbook.db"

    def __call__(self, *words: object, check: int | None = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [SCRIPT, *map(str, words)],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if check is not None:
            assert done.returncode == check, done.stdout + done.stderr
        return done

    def on_a_terminal(self, *words: object) -> str:
        """Return what the command prints on a terminal of WIDTH columns."""
        leader, follower = pty.openpty()
        process = subprocess.Popen(
            [SCRIPT, *map(str, words)],
            cwd=self.folder,
            env={**self.env, "TERM": "xterm-256color", "COLUMNS": str(WIDTH)},
            stdin=follower,
            stdout=follower,
            stderr=follower,
        )
        os.close(follower)
        printed = b""
        try:
            while data := os.read(leader, 65536):
                printed += data
        except OSError:  # how Linux says that the other side has closed
            pass
        finally:
            os.close(leader)
        assert process.wait() == 0, printed
        return printed.decode()


@pytest.fixture
def threadbook(tmp_path: Path) -> Shell:
    env = {
        **os.environ,
        "HOME": str(tmp_path / "home"),
        "THREADBOOK_STORE": f"sqlite:///{tmp_path / 'threadbook.db'}",
        "THREADBOOK_KEY": str(tmp_path / "identity.pem"),
        "THREADBOOK_OUTBOX": str(tmp_path / "outbox"),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "JUPYTER_DATA_DIR": str(tmp_path / "jupyter"),
        "MPLCONFIGDIR": str(tmp_path / "matplotlib"),
    }
    for name in ("NO_COLOR", "FORCE_COLOR", "THREADBOOK_THREAD", "THREADBOOK_ACTOR"):
        env.pop(name, None)
    return Shell(tmp_path, env)


@pytest.fixture
def call(threadbook, monkeypatch, capsys):
    """Do what the console script does in this process, where starting another adds nothing."""
    for name, value in threadbook.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(threadbook.folder)

    def run(*words, status=0):
        monkeypatch.setattr(sys, "argv", ["threadbook", *map(str, words)])
        with pytest.raises(SystemExit) as done:
            main()
        printed = capsys.readouterr()
        assert (done.value.code or 0) == status, printed
        return printed

    return run
