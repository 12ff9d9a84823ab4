"""The benchmarks run. How fast things are is for `make bench` to say, not for a test."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent / "benchmarks" / "run.py"


def test_the_benchmarks_measure_everything_and_write_the_table(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("before\n<!-- figures:begin -->\nold\n<!-- figures:end -->\nafter\n")
    done = subprocess.run(
        [sys.executable, SCRIPT, "--quick", "--write", page],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    rows = [line for line in text.splitlines() if re.match(r"\| [a-zA-Z]", line)][1:]
    assert len(rows) == 16
    assert all(re.search(r"\*\*\d+\.\d\d\*\*", row) for row in rows)
