"""Notebooks: read, run and written."""

import json

import nbformat
import pytest

from threadbook.errors import ConfigError
from threadbook.session.notebook import code_cells, read_notebook, run_notebook, write_notebook

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPTS = {
    "no marker at all": ("x = 1\nx", [("code", "x = 1\nx")]),
    "nothing": ("", []),
    "blank lines": ("\n\n\n", []),
    "only markers": ("# %%\n\n# %%\n", []),
    "two cells": ("# %%\n1\n\n# %%\n2\n", [("code", "1"), ("code", "2")]),
    "leading code": ("import os\n# %%\n2", [("code", "import os"), ("code", "2")]),
    "no space in the marker": ("#%%\n1\n#%%\n2", [("code", "1"), ("code", "2")]),
    "no last newline": ("# %%\n1", [("code", "1")]),
    "titles": ("# %% First\n1\n# %%\tSecond\n2", [("code", "1"), ("code", "2")]),
    "metadata": ('# %% tags=["a"]\n1', [("code", "1")]),
    "markdown": ("# %% [markdown]\n# # Title\n#\n# text", [("markdown", "# Title\n\ntext")]),
    "md": ("# %% [md]\n# text", [("markdown", "text")]),
    "titled markdown": ("# %% A title [markdown]\n# text", [("markdown", "text")]),
    "raw": ("# %% [raw]\n# text\n# %%\n1", [("raw", "text"), ("code", "1")]),
    "markdown then code": (
        "# %% [markdown]\n# text\n\n# %%\n1",
        [("markdown", "text"), ("code", "1")],
    ),
    "commented magic": ("# %%\n# %%time\n1", [("code", "# %%time\n1")]),
    "cell magic below a comment": ("# %%\n#\n%%time\n1", [("code", "#\n%%time\n1")]),
    "sub-cells": ("# %%\n1\n# %%% Sub\n2", [("code", "1"), ("code", "2")]),
    "marker inside a line": (
        "# %%\nx = '# %%'\ny = 1  # %%",
        [("code", "x = '# %%'\ny = 1  # %%")],
    ),
    "indented code": ("# %%\n\nif 1:\n    x = 1\n\n", [("code", "if 1:\n    x = 1")]),
    "unicode": ("# %% [markdown]\n# é😀\n# %%\n'é😀'", [("markdown", "é😀"), ("code", "'é😀'")]),
    "windows line ends": ("# %%\r\n1\r\n2\r\n# %%\r\n3\r\n", [("code", "1\n2"), ("code", "3")]),
    "byte order mark": ("\ufeff# %%\n1", [("code", "1")]),
}

BAD_NOTEBOOKS = {
    "empty": "",
    "no json": "{",
    "text after": '{"nbformat": 4, "nbformat_minor": 5, "cells": [], "metadata": {}} x',
    "a list": "[]",
    "a string": '"notebook"',
    "null": "null",
    "a number": "4",
    "no fields": "{}",
    "no cells": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
    "cells of a wrong type": '{"nbformat": 4, "nbformat_minor": 5, "cells": 3, "metadata": {}}',
    "a cell of a wrong type": '{"nbformat": 4, "nbformat_minor": 5, "cells": [1], "metadata": {}}',
    "a source of a wrong type": json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 4,
            "metadata": {},
            "cells": [
                {
                    "cell_type": "code",
                    "source": 3,
                    "metadata": {},
                    "outputs": [],
                    "execution_count": None,
                }
            ],
        }
    ),
    "a version of the future": '{"nbformat": 99, "nbformat_minor": 0, "cells": [], "metadata": {}}',
    "a version that is text": '{"nbformat": "4", "nbformat_minor": 5, "cells": [], "metadata": {}}',
    "an old version without worksheets": '{"nbformat": 3, "nbformat_minor": 0, "metadata": {}}',
    "too deep": "[" * 100_000,
}


@pytest.mark.parametrize("name", SCRIPTS)
async def test_a_script_is_read_in_the_percent_format(tmp_path, name):
    text, cells = SCRIPTS[name]
    path = tmp_path / "script.py"
    path.write_bytes(text.encode())
    notebook = read_notebook(path)
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == cells
    nbformat.validate(notebook)


async def test_a_notebook_of_version_3_becomes_one_of_version_4(tmp_path):
    path = tmp_path / "old.ipynb"
    old = nbformat.v3.new_notebook(
        worksheets=[
            nbformat.v3.new_worksheet(
                cells=[
                    nbformat.v3.new_text_cell("markdown", source="text"),
                    nbformat.v3.new_code_cell(input="1 + 1", prompt_number=7),
                ]
            )
        ]
    )
    path.write_text(json.dumps(old))
    notebook = read_notebook(path)
    assert notebook.nbformat == 4
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == [
        ("markdown", "text"),
        ("code", "1 + 1"),
    ]


@pytest.mark.parametrize("minor", [0, 4, 5])
async def test_a_notebook_of_version_4_is_read_whole(tmp_path, minor):
    cell = {
        "cell_type": "code",
        "metadata": {"tags": ["a"]},
        "execution_count": None,
        "outputs": [],
        "source": ["é😀\n", "2"],
    }
    if minor == 5:
        cell["id"] = "first"
    content = {"nbformat": 4, "nbformat_minor": minor, "metadata": {"m": 1}, "cells": [cell]}
    path = tmp_path / "new.ipynb"
    path.write_text(json.dumps(content))
    notebook = read_notebook(path)
    (read,) = notebook.cells
    assert (read.source, read.metadata, notebook.metadata) == ("é😀\n2", {"tags": ["a"]}, {"m": 1})


@pytest.mark.parametrize("name", BAD_NOTEBOOKS)
async def test_a_file_that_is_no_notebook_is_refused_in_one_line(tmp_path, name):
    path = tmp_path / "bad.ipynb"
    path.write_text(BAD_NOTEBOOKS[name])
    with pytest.raises(ConfigError, match=r"bad\.ipynb is no notebook") as caught:
        read_notebook(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["bad.py", "bad.ipynb"])
async def test_a_file_that_is_no_text_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is no notebook"):
        read_notebook(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent.py", "cannot read .*absent.py: No such file"),
        ("absent.ipynb", "cannot read .*absent.ipynb: No such file"),
        ("folder.py", "cannot read .*folder.py: Is a directory"),
        ("notes.txt", "cannot run .*notes.txt"),
        ("no_suffix", "cannot run"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path, name, message):
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(ConfigError, match=message):
        read_notebook(tmp_path / name)


def notebook_of(*sources):
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(source[1:])
            if source.startswith("#")
            else nbformat.v4.new_code_cell(source)
            for source in sources
        ]
    )


async def test_only_code_that_says_something_is_run():
    notebook = notebook_of("#text", "1", "  \n", "2")
    assert [cell.source for cell in code_cells(notebook)] == ["1", "2"]


async def test_running_fills_in_outputs_counts_and_records(session, tmp_path):
    notebook = notebook_of("#Title", "x = 6; print('out')", "  ", "x * 7", "display({'a': 1})")
    before = (await session.run("0")).execution_count
    runs = [run async for run in run_notebook(notebook, session)]
    assert [(run.number, run.source) for run in runs] == [
        (1, "x = 6; print('out')"),
        (2, "x * 7"),
        (3, "display({'a': 1})"),
    ]
    _, first, blank, second, third = notebook.cells
    assert [output.text for output in first.outputs] == ["out\n"]
    assert second.outputs[0].data == {"text/plain": "42"}
    assert third.outputs[0].output_type == "display_data"
    assert (blank.outputs, blank.execution_count) == ([], None)
    counts = [cell.execution_count for cell in (first, second, third)]
    assert counts == [before + 1, before + 2, before + 3]
    for cell, run in zip((first, second, third), runs, strict=True):
        assert cell.metadata.threadbook == {
            "thread": session.thread,
            "record": run.result.record_id,
            "status": "ok",
        }
        end = session.log.get(cell.metadata.threadbook.record)
        assert session.log.get(end.parents[0]).body["code"] == cell.source
    assert notebook.metadata.threadbook == {"thread": session.thread}
    assert notebook.metadata.kernelspec["name"] == "threadbook"

    path = tmp_path / "out.ipynb"
    write_notebook(notebook, path)
    nbformat.validate(nbformat.read(path, as_version=4))
    assert read_notebook(path) == notebook


async def test_a_failing_cell_ends_the_run(session):
    notebook = notebook_of("1", "print('before'); 1/0", "3")
    runs = [run async for run in run_notebook(notebook, session)]
    assert [run.result.status for run in runs] == ["ok", "error"]
    failed, never = notebook.cells[1:]
    assert [output.output_type for output in failed.outputs] == ["stream", "error"]
    assert failed.metadata.threadbook.status == "error"
    assert (never.outputs, never.execution_count) == ([], None)
    assert "threadbook" not in never.metadata
    nbformat.validate(notebook)


async def test_a_failing_cell_does_not_end_a_run_that_keeps_going(session):
    notebook = notebook_of("1/0", "def", "3")
    runs = [run async for run in run_notebook(notebook, session, keep_going=True)]
    assert [run.result.status for run in runs] == ["error", "error", "ok"]
    nbformat.validate(notebook)


async def test_what_an_earlier_run_left_behind_is_not_taken_for_this_ones(session):
    notebook = notebook_of("1/0", "2")
    _ = [run async for run in run_notebook(notebook, session, keep_going=True)]
    assert notebook.cells[1].outputs
    _ = [run async for run in run_notebook(notebook, session)]
    never = notebook.cells[1]
    assert (never.outputs, never.execution_count, never.metadata) == ([], None, {})


async def test_metadata_of_the_author_stays(session):
    notebook = notebook_of("1")
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook.metadata["title"] = "mine"
    notebook.cells[0].metadata["tags"] = ["mine"]
    _ = [run async for run in run_notebook(notebook, session)]
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.title == "mine"
    assert notebook.cells[0].metadata.tags == ["mine"]


async def test_an_old_notebook_can_be_run_and_written(session, tmp_path):
    path = tmp_path / "old.ipynb"
    path.write_text(
        '{"nbformat": 4, "nbformat_minor": 0, "metadata": {}, "cells": [{"cell_type": "code",'
        ' "source": "1/0", "metadata": {}, "outputs": [], "execution_count": null}]}'
    )
    notebook = read_notebook(path)
    _ = [run async for run in run_notebook(notebook, session)]
    write_notebook(notebook, path)
    assert read_notebook(path).cells[0].outputs[0].ename == "ZeroDivisionError"


async def test_a_notebook_that_does_not_fit_the_schema_is_not_written(tmp_path):
    notebook = notebook_of("1")
    notebook.cells[0].source = 3
    with pytest.raises(ConfigError, match="cannot write"):
        write_notebook(notebook, tmp_path / "out.ipynb")
    assert not (tmp_path / "out.ipynb").exists()


async def test_a_folder_that_is_not_there_cannot_be_written_to(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot write .*: No such file"):
        write_notebook(notebook_of("1"), tmp_path / "nowhere" / "out.ipynb")
