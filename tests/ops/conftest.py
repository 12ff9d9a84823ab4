"""Helpers for tests of operations: stores in files, and processes that die."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from threadbook.log import open_log
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

PATIENCE = 60


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.db"


@pytest.fixture
def open_at():
    """Return a function that opens a log by path or URL; all are closed at the end."""
    logs = []

    def open_it(where, **options):
        url = where if isinstance(where, str) else f"sqlite:///{where}"
        logs.append(open_log(url, **options))
        return logs[-1]

    yield open_it
    for log in logs:
        log.close()


@pytest.fixture
def log(open_at, path):
    return open_at(path)


@pytest.fixture
def ann():
    return Identity.static("did:sync:user:ann")


@pytest.fixture
def signer(tmp_path):
    return Identity.key(tmp_path / "signer.pem")


@pytest.fixture
def draft():
    """Return a function that makes a small draft; any field may be given."""

    def make(number=0, **fields):
        body = {"kind": "team.test.note", "n": number}
        return Draft(**{"act": "DO", "body": body, "thread": "th", **fields})

    return make


@pytest.fixture
def child():
    """Return a function that runs code in another process; all are ended at the end."""
    children = []

    def start(code, *arguments):
        command = [sys.executable, "-c", code, *map(str, arguments)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        children.append(subprocess.Popen(command, start_new_session=True, **pipes))
        return children[-1]

    yield start
    for process in children:
        with suppress(ProcessLookupError):  # the whole group is gone already
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def die(child):
    """Return a function that runs code which kills itself, and returns what it printed."""

    def run(code, *arguments):
        process = child(code, *arguments)
        printed = process.communicate(timeout=PATIENCE)[0]
        assert process.returncode == -signal.SIGKILL, printed
        return printed.split()

    return run
