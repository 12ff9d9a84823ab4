"""kernel install: a kernelspec that works for whoever finds it."""

import json
import os
import stat
import subprocess
import sys
import venv

import pytest
from jupyter_client.manager import run_kernel

from threadbook.kernel.kernelspec import installed, kernelspec
from threadbook.log.log import open_log

COMMAND = "from threadbook.cli import main; main()"


def test_an_installed_kernel_records_in_the_store_that_was_named(threadbook, call, monkeypatch):
    prefix, store = threadbook.folder / "prefix", threadbook.folder / "own.db"
    call("kernel", "install", "--name", "mine", "--prefix", prefix, "--store", "own.db")
    monkeypatch.setenv("JUPYTER_PATH", str(prefix / "share" / "jupyter"))
    monkeypatch.delenv("THREADBOOK_STORE")
    with run_kernel(kernel_name="mine", startup_timeout=60) as client:
        reply = client.execute_interactive("6*7", timeout=60, output_hook=lambda _: None)
    with open_log(f"sqlite:///{store}") as log:
        end = log.get(reply["metadata"]["threadbook"]["record"])
        assert end.body["status"] == "ok"
    found = {spec.name: spec for spec in installed()}
    assert found["mine"].store == f"sqlite:///{store}"
    assert found["mine"].interpreter == sys.executable


def test_what_is_installed_is_the_kernelspec_with_this_interpreter(threadbook, call):
    call("kernel", "install")
    file = threadbook.folder / "jupyter" / "kernels" / "threadbook" / "kernel.json"
    assert json.loads(file.read_text()) == kernelspec(sys.executable)


def test_others_can_read_what_is_installed(threadbook, call):
    prefix = threadbook.folder / "prefix"
    before = os.umask(0o022)
    try:
        call("kernel", "install", "--prefix", prefix)
    finally:
        os.umask(before)
    folder = prefix / "share" / "jupyter" / "kernels" / "threadbook"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert stat.S_IMODE((folder / "kernel.json").stat().st_mode) == 0o644


def test_installing_again_replaces(threadbook, call):
    for name in ("First", "Second"):
        call("kernel", "install", "--name", "mine", "--display-name", name)
    file = threadbook.folder / "jupyter" / "kernels" / "mine" / "kernel.json"
    assert json.loads(file.read_text())["display_name"] == "Second"


def test_the_environment_of_the_interpreter_may_be_installed_into(threadbook):
    folder = threadbook.folder / "env"
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    env = {**threadbook.env, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    def run(*words):
        command = [python, "-c", COMMAND, "kernel", *words]
        return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout

    assert run("list") == "none: `threadbook kernel install` makes one\n"
    file = folder / "share" / "jupyter" / "kernels" / "threadbook" / "kernel.json"
    assert run("install", "--sys-prefix") == f"installed threadbook in {file.parent}\n"
    assert json.loads(file.read_text())["argv"][0] == str(python)
    assert str(python) in run("list")


def test_foreign_and_broken_specs_are_not_listed(threadbook, call):
    kernels = threadbook.folder / "jupyter" / "kernels"
    for name, content in {"broken": "{", "other": '{"argv": ["x"], "display_name": "x"}'}.items():
        (kernels / name).mkdir(parents=True)
        (kernels / name / "kernel.json").write_text(content)
    printed = call("kernel", "list").out
    assert "broken" not in printed
    assert "other" not in printed
    assert "threadbook" in printed


@pytest.mark.parametrize("name", ["a b", "../up", "", "é"])
def test_a_name_that_jupyter_would_not_take_is_refused_in_one_line(call, name):
    (line,) = call("kernel", "install", "--name", name, status=2).err.splitlines()
    assert line.startswith("threadbook: cannot install the kernelspec")


def test_a_prefix_that_cannot_be_written_to_is_refused_in_one_line(threadbook, call):
    (threadbook.folder / "file").write_text("")
    (line,) = call("kernel", "install", "--prefix", "file", status=2).err.splitlines()
    assert "cannot install the kernelspec 'threadbook'" in line


@pytest.mark.parametrize("name", ["python3", "nobody", "../threadbook"])
def test_only_what_is_ours_is_removed(call, name):
    (line,) = call("kernel", "remove", name, status=2).err.splitlines()
    assert f"no threadbook kernelspec is called {name!r}" in line
