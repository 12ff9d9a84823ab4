"""Run the notebooks again, and write those that show something else than is there.

    .venv/bin/python tests/notebooks/regenerate.py [NAME…]

A notebook that differs in volatile parts only is left as it is; one that is written is a whole run,
so that its ids go together.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
from execution import FOLDER, NOTEBOOKS, differences, executed, read


def regenerate(name: str) -> list[str]:
    """Run a notebook, write it if need be, and return how it differs from what was there."""
    with tempfile.TemporaryDirectory(prefix="threadbook-notebook-") as scratch:
        run = executed(name, Path(scratch))
    changed = differences(read(name), run)
    if changed:
        nbformat.validate(run)
        nbformat.write(run, FOLDER / f"{name}.ipynb")
    return changed


if __name__ == "__main__":
    for name in sys.argv[1:] or NOTEBOOKS:
        changed = regenerate(name)
        print("\n".join([f"{name}: {len(changed)} cells changed", *changed]))
