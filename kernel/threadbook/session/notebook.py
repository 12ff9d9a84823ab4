"""Notebooks: read one, run it through a session, write down what came of it.

Scripts are read in the percent format: `# %%` begins a code cell, `# %% [markdown]` a text cell
(https://jupytext.readthedocs.io/en/latest/formats-scripts.html#the-percent-format).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import nbformat
from nbformat import NotebookNode

from threadbook.errors import ConfigError
from threadbook.session.result import Result
from threadbook.session.session import Session

_MARKER = re.compile(r"^#[ \t]*%%+(?:[ \t]+(?P<title>.*))?$", re.MULTILINE)
_TEXT_CELLS: dict[str, Callable[[str], NotebookNode]] = {
    "[markdown]": nbformat.v4.new_markdown_cell,
    "[md]": nbformat.v4.new_markdown_cell,
    "[raw]": nbformat.v4.new_raw_cell,
}
METADATA_KEY = "threadbook"
"""Where a cell's metadata names its record, and a notebook's its thread."""


class CellRun(msgspec.Struct, frozen=True, kw_only=True):
    """A code cell that has been run: its place among the code cells, from 1, and the result."""

    number: int
    source: str
    result: Result


def read_notebook(path: Path) -> NotebookNode:
    """Return the notebook in an `.ipynb` or percent-format `.py` file. Raises ConfigError."""
    try:
        if path.suffix == ".py":
            return _from_script(path.read_text(encoding="utf-8-sig"))
        if path.suffix == ".ipynb":
            return _from_json(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except Exception as error:  # nbformat takes whatever it reads for a notebook
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ConfigError(f"{path} is no notebook: {reason}") from error
    raise ConfigError(f"cannot run {path}", remedy="name an .ipynb or a .py file")


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Check a notebook against the schema and write it. Raises ConfigError."""
    try:
        nbformat.validate(notebook)
        nbformat.write(notebook, path)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
    except nbformat.ValidationError as error:
        raise ConfigError(f"cannot write {path}: {error.message}") from error


async def run_notebook(
    notebook: NotebookNode, session: Session, *, keep_going: bool = False
) -> AsyncIterator[CellRun]:
    """Run the code cells in order and fill in their outputs; yields each when it has ended.

    Stops after the first cell that fails, unless `keep_going`. The cells' metadata name their
    records, the notebook's its thread. Outputs that were there before are removed.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.metadata.pop(METADATA_KEY, None)
    notebook.metadata[METADATA_KEY] = {"thread": session.thread}
    notebook.metadata.setdefault(
        "kernelspec", {"name": "threadbook", "display_name": "threadbook", "language": "python"}
    )
    for number, cell in enumerate(code_cells(notebook), start=1):
        result = await session.run(cell.source)
        cell.outputs = [nbformat.from_dict(output) for output in result.outputs]
        cell.execution_count = result.execution_count
        cell.metadata[METADATA_KEY] = {
            "thread": session.thread,
            "record": result.record_id,
            "status": result.status,
        }
        yield CellRun(number=number, source=cell.source, result=result)
        if not (result.is_ok or keep_going):
            return


def code_cells(notebook: NotebookNode) -> list[Any]:
    """Return the code cells that have something to run."""
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def _from_script(text: str) -> NotebookNode:
    notebook: NotebookNode = nbformat.v4.new_notebook()
    markers = list(_MARKER.finditer(text))
    starts = [0, *(marker.end() for marker in markers)]
    ends = [*(marker.start() for marker in markers), len(text)]
    titles = ["", *(marker["title"] or "" for marker in markers)]
    for title, start, end in zip(titles, starts, ends, strict=True):
        source = text[start:end].strip("\n")
        if not source.strip():
            continue
        kind = next((kind for kind in _TEXT_CELLS if kind in title), None)
        if kind is not None:
            lines = [re.sub(r"^# ?", "", line) for line in source.splitlines()]
            notebook.cells.append(_TEXT_CELLS[kind]("\n".join(lines)))
        else:
            notebook.cells.append(nbformat.v4.new_code_cell(source))
    return notebook


def _from_json(text: str) -> NotebookNode:
    read: NotebookNode = nbformat.reader.reads(text)
    notebook: NotebookNode = nbformat.convert(read, 4)
    nbformat.validate(notebook)
    return notebook
