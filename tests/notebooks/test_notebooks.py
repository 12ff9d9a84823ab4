"""The notebooks do what their committed outputs say."""

import copy
import importlib.util
import io
import re
from base64 import b64decode, b64encode
from pathlib import Path

import nbformat
import pytest
from PIL import Image

_SPEC = importlib.util.spec_from_file_location(
    "notebook_execution", Path(__file__).with_name("execution.py")
)
execution = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(execution)

NOTEBOOKS = execution.NOTEBOOKS
AGAIN = "run `.venv/bin/python tests/notebooks/regenerate.py`, and look at what it changed"


def files_in(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def cell_of(notebook, name):
    return next(cell for cell in notebook.cells if cell.id == name)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_run_shows_what_is_committed_and_another_in_the_same_store_fails_nowhere(name, tmp_path):
    run = execution.executed(name, tmp_path, times=2)
    assert execution.differences(execution.read(name), run) == [], AGAIN
    left = set(files_in(tmp_path / "notebooks")) - set(files_in(execution.FOLDER))
    assert left == set()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_what_is_committed_is_a_whole_run_and_of_no_machine(name):
    notebook = execution.read(name)
    nbformat.validate(notebook)
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    assert notebook.metadata.kernelspec.name == "threadbook"
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert all(re.fullmatch(r"[a-z0-9-]+", cell.id) for cell in notebook.cells)
    for cell in code_cells(notebook):
        shown = "\n".join(execution.shown(output) for output in cell.outputs)
        assert re.findall(r"/(?:home|root|tmp|usr|var|Users|opt)/\S+", shown) == [], cell.id
        assert execution.WIDGETS not in shown, cell.id


def test_the_readme_lists_all_of_them():
    readme = (execution.FOLDER.parent / "README.md").read_text()
    listed = re.findall(r"^\| \[[^]]+\]\(notebooks/(.+)\.ipynb\)", readme, re.MULTILINE)
    assert listed == NOTEBOOKS


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_pattern_that_a_cell_declares_matches_something(name):
    for cell in code_cells(execution.read(name)):
        shown = "\n".join(execution.shown(output) for output in cell.outputs)
        unused = [one for one in execution.own_patterns(cell) if not re.search(one, shown)]
        assert unused == [], cell.id


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_an_expected_error_is_one(name):
    for cell in code_cells(execution.read(name)):
        failed = [output for output in cell.outputs if output.output_type == "error"]
        assert bool(failed) == ("raises-exception" in cell.metadata.get("tags", [])), cell.id


CHANGES = {
    "a number in a value": ("01-first-thread", "corrected", "3701", "3702"),
    "a number that is printed": ("04-trust-and-decisions", "verdicts", "0.51", "0.52"),
    "the name of an error": ("01-first-thread", "mistake", "KeyError", "IndexError"),
    "a status": ("05-driving-the-kernel", "timeout", "timeout", "ok"),
    "a number in a table": ("03-workflows-and-artifacts", "history", ">2</td>", ">3</td>"),
    "how a check ended": ("01-first-thread", "verify", "✓", "✗"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_found(change):
    name, cell_id, old, new = CHANGES[change]
    committed = execution.read(name)
    text = nbformat.writes(cell_notebook(committed, cell_id))
    assert old in text
    changed = copy.deepcopy(committed)
    cell_of(changed, cell_id).outputs = nbformat.reads(text.replace(old, new), 4).cells[0].outputs
    (found,) = execution.differences(committed, changed)
    assert found.startswith(f"cell {cell_id}\n")
    assert old in found
    assert new in found


def cell_notebook(notebook, cell_id):
    cell = copy.deepcopy(cell_of(notebook, cell_id))
    cell.source = ""
    return nbformat.v4.new_notebook(cells=[cell])


def test_an_output_more_or_less_is_found():
    committed = execution.read("01-first-thread")
    changed = copy.deepcopy(committed)
    cell_of(changed, "read").outputs.pop()
    cell_of(changed, "goal").outputs = [nbformat.v4.new_output("stream", text="who am I\n")]
    assert len(execution.differences(committed, changed)) == 2


def test_a_picture_of_another_size_is_found():
    committed = execution.read("03-workflows-and-artifacts")
    changed = copy.deepcopy(committed)
    (output,) = cell_of(changed, "picture").outputs
    picture = Image.open(io.BytesIO(b64decode(output.data["image/png"])))
    smaller = io.BytesIO()
    picture.reduce(2).save(smaller, "png")
    output.data["image/png"] = b64encode(smaller.getvalue()).decode()
    (found,) = execution.differences(committed, changed)
    assert "-image/png: 511 x 261" in found
    assert "+image/png: 256 x 131" in found


def test_ids_times_and_durations_are_no_difference():
    old = (
        "thread th_" + "a" * 64 + " of key:…aB3dEf, record " + "0" * 64 + "\n"
        "12:00:00  did:key:z6MkaB3  4.2 ms    ✓  since 2026-11-21 14:41:36+00:00"
    )
    new = (
        "thread th_" + "b" * 64 + " of key:…Zz9yXw, record " + "f" * 64 + "\n"
        "23:59:59  did:key:z6MkZz9  1,204 ms  ✓  since 2027-01-02 04:01:06+02:00"
    )
    runs = [
        nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("stream", text=text)])]
        )
        for text in (old, new)
    ]
    assert execution.differences(*runs) == []
    runs[1].cells[0].outputs[0].text = new.replace("✓", "✗")
    assert len(execution.differences(*runs)) == 1
