"""run and demo: notebooks through a real kernel."""

from __future__ import annotations

import json

import nbformat

from threadbook.log.log import open_log

SCRIPT = "# %% [markdown]\n# # Title\n\n# %%\nx = 6\nprint('hi')\n\n# %%\nx * 7\n"


def run_of(printed: str) -> str:
    return printed.rpartition("thread ")[2].strip()


def test_a_script_runs_cell_by_cell_and_is_recorded(threadbook):
    (threadbook.folder / "s.py").write_text(SCRIPT)
    printed = threadbook("run", "s.py", "--out", "out.ipynb", "--goal", "answer").stdout
    assert "\x1b" not in printed
    assert "✓ cell 1: ok" in printed
    assert "2 cells run, 0 failed" in printed
    notebook = nbformat.read(threadbook.folder / "out.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert [cell.cell_type for cell in notebook.cells] == ["markdown", "code", "code"]
    assert notebook.cells[2].outputs[0].data["text/plain"] == "42"
    with open_log(f"sqlite:///{threadbook.store}") as log:
        for cell in notebook.cells[1:]:
            assert log.get(cell.metadata.threadbook.record).body["status"] == "ok"
    listed = json.loads(threadbook("thread", "list", "-o", "json").stdout)
    assert [(t["thread"], t["goal"]) for t in listed] == [(run_of(printed), "answer")]


def test_a_failing_cell_ends_the_run_with_status_1(threadbook):
    (threadbook.folder / "s.py").write_text("# %%\n1/0\n# %%\nprint('after')\n")
    done = threadbook("run", "s.py", "--out", "out.ipynb", check=1)
    assert "✗ cell 1: ZeroDivisionError: division by zero (line 1)" in done.stdout
    assert "1 cell run, 1 failed" in done.stdout
    notebook = nbformat.read(threadbook.folder / "out.ipynb", as_version=4)
    assert notebook.cells[0].outputs[0].ename == "ZeroDivisionError"
    assert notebook.cells[1].outputs == []


def test_keep_going_runs_the_rest(threadbook):
    (threadbook.folder / "s.py").write_text("# %%\n1/0\n# %%\nprint('after')\n")
    done = threadbook("run", "s.py", "--keep-going", check=1)
    assert "2 cells run, 1 failed" in done.stdout


def test_timeout_and_thread(threadbook):
    (threadbook.folder / "s.py").write_text("while True: pass")
    done = threadbook("run", "s.py", "--timeout", 0.5, "--thread", "th_mine", check=1)
    assert "KeyboardInterrupt" in done.stdout
    ends = [
        json.loads(line)["body"]
        for line in threadbook("thread", "records", "th_mine").stdout.splitlines()
        if '"threadbook.cell.end"' in line
    ]
    assert [end["status"] for end in ends] == ["timeout"]


def test_an_ipynb_runs_in_its_own_folder(threadbook):
    folder = threadbook.folder / "sub"
    folder.mkdir()
    (folder / "data.txt").write_text("content")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("open('data.txt').read()")]
    )
    nbformat.write(notebook, folder / "n.ipynb")
    threadbook("run", folder / "n.ipynb", "--out", "out.ipynb")
    done = nbformat.read(threadbook.folder / "out.ipynb", as_version=4)
    assert done.cells[0].outputs[0].data["text/plain"] == "'content'"


def test_what_cannot_be_run_is_status_2(threadbook):
    (threadbook.folder / "bad.ipynb").write_text("{")
    (threadbook.folder / "x.txt").write_text("1")
    for name in ("missing.py", "bad.ipynb", "x.txt"):
        done = threadbook("run", name, check=2)
        assert name in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_progress_bar_is_shown_on_a_terminal(threadbook):
    (threadbook.folder / "s.py").write_text(SCRIPT)
    printed = threadbook.on_a_terminal("run", "s.py")
    assert "running" in printed
    assert "✓ cell 2: ok" in printed


def test_the_demo_shows_verifies_and_writes_its_record(threadbook):
    printed = threadbook("demo", "--capture", "demo.svg").stdout
    assert printed.count("✗") == 2  # as it ran, and in the timeline
    assert "every id, link and signature holds" in printed
    notebook = nbformat.read(threadbook.folder / "penguins.ipynb", as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(cells) == 8
    with open_log(f"sqlite:///{threadbook.store}") as log:
        statuses = [log.get(c.metadata.threadbook.record).body["status"] for c in cells]
        outcome = log.read(thread=notebook.metadata.threadbook.thread, kind="core.outcome")
    assert statuses.count("error") == 1
    assert "Gentoo males are heaviest" in outcome[0].body["summary"]
    svg = (threadbook.folder / "demo.svg").read_text()
    assert "Gentoo" in svg
    assert "http://" not in svg.replace("http://www.w3.org/2000/svg", "")
    assert threadbook("verify").returncode == 0
