"""run: how it ends when something is in the way."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from threadbook.log.checkpoints import LOG_THREAD
from threadbook.log.log import open_log
from threadbook.log.verify import verify

SCRIPT = Path(sys.executable).parent / "threadbook"
SECONDS = 60


@pytest.fixture
def log(threadbook):
    with open_log(f"sqlite:///{threadbook.store}") as log:
        yield log


def wait_for(condition):
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def test_ctrl_c_ends_the_cell_its_record_and_the_kernel(threadbook, log):
    temporary = threadbook.folder / "t"
    temporary.mkdir()
    started = threadbook.folder / "started"
    (threadbook.folder / "s.py").write_text(f"open({str(started)!r}, 'w')\nwhile True: pass")
    process = subprocess.Popen(
        [SCRIPT, "run", "s.py"],
        cwd=threadbook.folder,
        env={**threadbook.env, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_for(started.exists)
    (kernel,) = psutil.Process(process.pid).children()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode not in {0, 2}
    assert b"Traceback" not in errors
    assert not kernel.is_running()
    assert list(temporary.glob("tb-*")) == []
    (end,) = log.read(kind="threadbook.cell.end")
    assert end.body["status"] == "interrupted"
    assert len(log.read(kind="threadbook.session.end")) == 1
    assert verify(log).is_clean


def test_a_cell_that_kills_its_kernel_fails_and_is_recorded(threadbook, call, log):
    (threadbook.folder / "s.py").write_text("# %%\nimport os; os._exit(1)\n# %%\n2")
    done = call("run", "s.py", "--keep-going", status=1)
    assert "✗ cell 1: died" in done.out
    assert "✓ cell 2: ok" in done.out
    statuses = [end.body["status"] for end in log.read(kind="threadbook.cell.end")]
    assert statuses == ["died", "ok"]


def test_a_timeout_applies_to_each_cell(threadbook, call, log):
    cells = ["import time; time.sleep(0.5)"] * 3 + ["while True: pass"]
    (threadbook.folder / "s.py").write_text("\n# %%\n".join(cells))
    call("run", "s.py", "--timeout", "1", status=1)
    statuses = [end.body["status"] for end in log.read(kind="threadbook.cell.end")]
    assert statuses == ["ok", "ok", "ok", "timeout"]


def test_a_kernel_that_does_not_start_is_status_2_with_what_it_printed(
    threadbook, call, monkeypatch
):
    folder = threadbook.folder / "first" / "kernels" / "threadbook"
    folder.mkdir(parents=True)
    monkeypatch.setenv("JUPYTER_PATH", str(threadbook.folder / "first"))
    argv = [sys.executable, "-c", "import sys; sys.exit('out of order')"]
    spec = {"argv": argv, "display_name": "", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    (threadbook.folder / "s.py").write_text("1")
    done = call("run", "s.py", status=2)
    assert done.err.startswith("threadbook: cannot start the kernel 'threadbook'")
    assert "out of order" in done.err
    assert "Traceback" not in done.err


def test_a_store_that_cannot_be_used_is_said_and_costs_no_result(threadbook, call):
    (threadbook.folder / "notes.txt").write_text("not a database " * 100)
    (threadbook.folder / "s.py").write_text("6 * 7")
    done = call("run", "s.py", "--store", "notes.txt", "--out", "out.ipynb")
    assert "1 cell run, 0 failed" in done.out
    assert "no SQLite database" in done.err
    cell = nbformat.read(threadbook.folder / "out.ipynb", as_version=4).cells[0]
    assert "tracing is off" in cell.outputs[0].text
    assert cell.outputs[1].data["text/plain"] == "42"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["s.py", "--store", "memory:"], "memory"),
        (["s.py", "--store", "nosuchdb://x"], "no store at"),
        (["s.py", "--out", "nowhere/out.ipynb"], "cannot write nowhere/out.ipynb"),
        (["."], "cannot run ."),
        (["cut.ipynb"], "is no notebook"),
    ],
)
def test_what_is_wrong_with_an_option_is_one_line_and_status_2(threadbook, call, words, reason):
    (threadbook.folder / "s.py").write_text("1")
    (threadbook.folder / "cut.ipynb").write_text('{"nbformat": 4, "nbformat_minor": 5, "cells"')
    done = call("run", *words, status=2)
    (line,) = done.err.splitlines()
    assert line.startswith("threadbook: ")
    assert reason in line


def test_a_notebook_without_code_runs(threadbook, call):
    (threadbook.folder / "s.py").write_text("# %% [markdown]\n# text")
    done = call("run", "s.py", "--out", "out.ipynb")
    assert "0 cells run, 0 failed" in done.out
    nbformat.validate(nbformat.read(threadbook.folder / "out.ipynb", as_version=4))


def test_a_run_on_an_existing_thread_continues_it(threadbook, call, log):
    call("intend", "begin", "--thread", "th_mine")
    (threadbook.folder / "s.py").write_text("thread.goal")
    call("run", "s.py", "--thread", "th_mine", "--out", "out.ipynb")
    cell = nbformat.read(threadbook.folder / "out.ipynb", as_version=4).cells[0]
    assert cell.outputs[0].data["text/plain"] == "'begin'"
    first, *others = log.read_all(thread="th_mine")
    assert first.kind == "core.intent"
    assert all(stored.parents for stored in others)
    assert {summary.thread for summary in log.threads()} == {"th_mine", LOG_THREAD}


def test_a_run_may_replace_the_notebook_that_it_read(threadbook, call):
    path = threadbook.folder / "n.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("6 * 7")]), path)
    for _ in range(2):
        call("run", path, "--out", path)
        (cell,) = nbformat.read(path, as_version=4).cells
        assert [output.data["text/plain"] for output in cell.outputs] == ["42"]
        assert cell.execution_count == 1
