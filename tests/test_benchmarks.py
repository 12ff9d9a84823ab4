"""The benchmarks run. How fast things are is for `make bench` to say, not for a test."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.panel.browser.chromium import find_program

SCRIPT = Path(__file__).parent / "benchmarks" / "run.py"


def run(*options):
    return subprocess.run(
        [sys.executable, SCRIPT, "--quick", *options], capture_output=True, text=True, check=False
    )


def rows_of(text):
    """Return the rows of the last table in a text, without its head."""
    table = text.rpartition("\n\n")[2]
    return [line for line in table.splitlines() if re.match(r"\| [a-zA-Z]", line)][1:]


def test_the_benchmarks_measure_everything_and_write_the_table(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("before\n<!-- figures:begin -->\nold\n<!-- figures:end -->\nafter\n")
    done = run("--write", page)
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    rows = rows_of(text)
    assert len(rows) == (36 if find_program() else 31)
    assert all(re.search(r"\*\*\d+\.\d\d\*\*", row) for row in rows)
    above = [row for row in rows if re.search(r"target (0\.5|1) ms", row)]
    assert len(above) == 4
    assert all(re.search(r": -?\d+\.\d\d ms above, ", row) for row in above)


def test_some_of_the_rows_can_be_measured_alone():
    done = run("--only", "kernels")
    assert done.returncode == 0, done.stderr
    rows = rows_of(done.stdout)
    assert len(rows) == 4
    assert all("stock ipykernel" in row for row in rows)


def test_a_document_is_not_given_some_of_the_rows_only(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("<!-- figures:begin -->\nold\n<!-- figures:end -->\n")
    done = run("--only", "kernels", "--write", page)
    assert done.returncode == 2
    assert "leave --only out" in done.stderr
    assert "old" in page.read_text()
