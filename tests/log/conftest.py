"""Helpers for tests with files and other processes."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from threadbook.log import open_log
from threadbook.records.identity import Identity
from threadbook.records.record import Draft


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.db"


@pytest.fixture
def reopen(path):
    """Return a function that opens the log in `path`; all are closed at the end."""
    logs = []

    def open_again(**options):
        logs.append(open_log(f"sqlite:///{path}", **options))
        return logs[-1]

    yield open_again
    for log in logs:
        log.close()


@pytest.fixture
def ann():
    return Identity.static("did:sync:user:ann")


@pytest.fixture
def draft():
    """Return a function that makes a small draft; any field may be given."""

    def make(number=0, **fields):
        return Draft(**{"act": "DO", "body": {"n": number}, "thread": "th", **fields})

    return make


@pytest.fixture
def child():
    """Return a function that runs code in another process; all are ended at the end.

    Each leads a process group of its own, which ends with it, forked children included.
    """
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
