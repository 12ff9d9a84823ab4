from __future__ import annotations

import json
import sys
from pathlib import Path

from threadbook.kernel.kernelspec import kernelspec

SHIPPED = Path(__file__).parents[2] / "kernel" / "kernelspecs" / "threadbook" / "kernel.json"


def test_the_spec_that_is_shipped_is_the_one_that_is_installed():
    assert json.loads(SHIPPED.read_text()) == kernelspec()


def test_install_list_and_remove(threadbook):
    done = threadbook("kernel", "install", "--name", "mine", "--display-name", "My kernel")
    folder = threadbook.folder / "jupyter" / "kernels" / "mine"
    assert str(folder) in done.stdout
    spec = json.loads((folder / "kernel.json").read_text())
    assert spec["argv"][0] == sys.executable
    assert spec["display_name"] == "My kernel"
    assert (folder / "logo-svg.svg").exists()
    assert "mine" in threadbook("kernel", "list").stdout
    assert str(folder) in threadbook("kernel", "remove", "mine").stdout
    assert not folder.exists()
    assert "mine" not in threadbook("kernel", "list").stdout


def test_install_into_a_prefix_with_a_store(threadbook):
    prefix = threadbook.folder / "prefix"
    threadbook("kernel", "install", "--prefix", prefix, "--store", "here.db")
    spec = json.loads((prefix / "share/jupyter/kernels/threadbook/kernel.json").read_text())
    assert spec["env"]["THREADBOOK_STORE"] == f"sqlite:///{threadbook.folder / 'here.db'}"


def test_only_specs_of_ours_are_removed(threadbook):
    assert "python3" in threadbook("kernel", "remove", "python3", check=2).stderr


def test_bad_names_and_contradictions_are_refused(threadbook):
    assert threadbook("kernel", "install", "--name", "../x", check=2).stderr
    assert threadbook("kernel", "install", "--sys-prefix", "--prefix", "x", check=2).stderr
