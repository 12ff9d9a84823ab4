"""The public surface is a decision: it changes here, or not at all."""

from __future__ import annotations

import subprocess
import sys

import pytest

import threadbook

NAMES = (
    "Act Client DataType Draft FileStorage Identity Log PostgresStorage Record RedisStorage Ref"
    " Result Session SubprocessConfig SubprocessExecutor ThreadbookError open_log tool verify"
)


def test_the_public_names_are_these():
    assert sorted(threadbook.__all__) == NAMES.split()


@pytest.mark.parametrize("name", threadbook.__all__)
def test_a_public_name_leads_to_what_it_says(name):
    assert getattr(threadbook, name).__name__ == name


def test_an_unknown_name_is_no_attribute():
    with pytest.raises(AttributeError, match="nothing_like_that"):
        _ = threadbook.nothing_like_that


def test_importing_the_package_imports_nothing_else_of_it():
    code = "import sys, threadbook; print([m for m in sys.modules if m.startswith('threadbook.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
