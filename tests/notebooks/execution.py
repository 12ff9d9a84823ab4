"""Notebooks: run one as a person would, and tell whether what came of it is what was committed."""

from __future__ import annotations

import difflib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from base64 import b64decode
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets.config import Config

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(path.stem for path in FOLDER.glob("[0-9][0-9]-*.ipynb"))
SECONDS = 60
"""How long a cell may take before it is given up; none takes that long."""

VOLATILE = {
    "a thread": r"\bth_[0-9a-f]{64}\b",
    "an id": r"\b(?:[0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{12})\b",
    "an actor": r"\bdid:key:z\w+…?|\bkey:…\w{6}\b",
    "a date": r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?(?: UTC|Z|[+-]\d\d:\d\d)?",
    "a time": r"\b\d\d:\d\d:\d\d\b",
    "a duration": r"\b\d[\d.,]* (?:µs|ms|s|min)\b *",
}
"""What is another in each run of any notebook: patterns, and what stands for a match.

A cell adds patterns of its own in its metadata: `{"threadbook": {"volatile": ["…"]}}`.
"""

WIDGETS = "application/vnd.jupyter.widget-"
"""Begins the media types of what is there only while a kernel is."""


def read(name: str) -> NotebookNode:
    """Return a notebook as it is committed."""
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def executed(name: str, scratch: Path, *, times: int = 1) -> NotebookNode:
    """Run a copy of a notebook in a threadbook kernel, and return it as it is after the first run.

    Folder, home, store and key are those of an empty `scratch`. Raises CellExecutionError where a
    cell fails that is not tagged `raises-exception`.
    """
    folder, home = scratch / "notebooks", scratch / "home"
    home.mkdir()
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    notebook = read(name)
    with tempfile.TemporaryDirectory(prefix="threadbook-") as sockets:  # their paths are short
        client = NotebookClient(
            notebook,
            config=_over_sockets(Path(sockets)),
            kernel_name="threadbook",
            timeout=SECONDS,
            coalesce_streams=True,
            record_timing=False,
            store_widget_state=False,
            resources={"metadata": {"path": str(folder)}},
        )
        with client.setup_kernel(env=_environment(home), stderr=subprocess.DEVNULL):
            _run_all(client)
            first = nbformat.from_dict(json.loads(nbformat.writes(notebook)))
            for _ in range(1, times):
                _run_all(client)
    return _portable(first, {str(folder): ".", str(home): "~", sys.prefix: "/path/to/venv"})


def differences(committed: NotebookNode, run: NotebookNode) -> list[str]:
    """Return how the outputs of two runs differ, a text for each cell; volatile parts are equal."""
    found = []
    for before, after in zip(committed.cells, run.cells, strict=True):
        old, new = masked(before), masked(after)
        if old != new:
            lines = difflib.unified_diff(
                old.splitlines(), new.splitlines(), "committed", "now", lineterm="", n=1
            )
            found.append("\n".join([f"cell {before.id}", *lines]))
    return found


def masked(cell: NotebookNode) -> str:
    """Return what a cell showed as text, with a name in the place of each volatile part."""
    text = "\n".join(map(shown, cell.get("outputs", [])))
    for pattern in own_patterns(cell):
        text = re.sub(pattern, "<volatile>", text)
    for what, pattern in VOLATILE.items():
        text = re.sub(pattern, f"<{what}>", text)
    return text


def own_patterns(cell: NotebookNode) -> list[str]:
    """Return the patterns that a cell declares beyond VOLATILE."""
    return list(cell.metadata.get("threadbook", {}).get("volatile", []))


def shown(output: NotebookNode) -> str:
    """Return an output as text, with its kind."""
    match output.output_type:
        case "stream":
            return f"[{output.name}]\n{output.text}"
        case "error":
            return "\n".join(["[error]", output.ename, output.evalue, *output.traceback])
        case kind:
            data = [f"{media}: {_content(media, data)}" for media, data in output.data.items()]
            return "\n".join([f"[{kind}]", *sorted(data)])


def _over_sockets(folder: Path) -> Config:
    """Return settings by which no other process can be given the same ports."""
    place = {"ip": str(folder / "s"), "connection_file": str(folder / "kernel.json")}
    return Config({"KernelManager": {"transport": "ipc", **place}})


def _run_all(client: NotebookClient) -> None:
    for index, cell in enumerate(client.nb.cells):
        client.execute_cell(cell, index)


def _environment(home: Path) -> dict[str, str]:
    """Return the environment of a person who has threadbook on their PATH, and nothing set."""
    scripts = Path(sys.executable).parent
    return {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "TERM": "xterm-256color",
    }


def _content(media: str, content: Any) -> str:
    """Return content as text; of a picture its size, as fonts and rounding move its pixels."""
    if media == "image/png":
        width, height = struct.unpack(">II", b64decode(content)[16:24])
        return f"{width} x {height}"
    return content if isinstance(content, str) else json.dumps(content, sort_keys=True)


def _portable(notebook: NotebookNode, paths: dict[str, str]) -> NotebookNode:
    """Take out of the outputs what is of this machine, or needs the kernel that is gone."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in map(_still, cell.outputs) if output is not None]
    text = nbformat.writes(notebook)
    for path, name in paths.items():
        text = text.replace(json.dumps(path)[1:-1], name)
    portable = nbformat.reads(text, as_version=4)
    portable.metadata.pop("widgets", None)
    portable.metadata.language_info = {
        name: portable.metadata.language_info[name]
        for name in ("file_extension", "mimetype", "name", "pygments_lexer")
    }
    return portable


def _still(output: NotebookNode) -> NotebookNode | None:
    """Return an output without what is there only while a kernel is, None where that was all."""
    data = output.get("data", {})
    live = [media for media in data if media.startswith(WIDGETS)]
    for media in live:
        del data[media]
    return None if live and not any(data.values()) else output
