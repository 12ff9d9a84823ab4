from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from typer.main import get_command

from threadbook import __version__
from threadbook.cli.app import FAMILIES, app


def test_the_version_is_printed(threadbook):
    assert threadbook("--version").stdout == f"threadbook {__version__}\n"


def test_help_lists_the_commands_in_order(threadbook):
    printed = threadbook("--help").stdout
    listed = re.findall(r"^  ([a-z]+) ", printed[printed.index("Commands:") :], re.MULTILINE)
    assert listed == list(FAMILIES)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_summary_is_the_first_line_of_the_commands_own_help(name):
    command = get_command(app).get_command(None, name)
    assert (command.help or "").strip().splitlines()[0] == FAMILIES[name]


@pytest.mark.parametrize("name", FAMILIES)
def test_every_command_has_help(threadbook, name):
    assert FAMILIES[name].split(";")[0] in " ".join(threadbook(name, "--help").stdout.split())


def test_help_imports_nothing_of_jupyter():
    code = (
        "import sys, threadbook.cli\n"
        "sys.argv = ['threadbook', '--help']\n"
        "try: threadbook.cli.main()\n"
        "except SystemExit: pass\n"
        "print([m for m in sys.modules if m.split('.')[0] in"
        " ('jupyter_client', 'ipykernel', 'IPython', 'nbformat', 'zmq', 'cryptography')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_an_unknown_command_is_named(threadbook):
    assert "verifi" in threadbook("verifi", check=2).stderr


def test_errors_are_one_line_with_a_remedy(threadbook):
    done = threadbook("thread", "show", "th_nothing", check=2)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "th_nothing" in line
    assert "threadbook thread list" in line


def test_a_store_that_is_none_is_refused_and_left_alone(threadbook):
    other = threadbook.folder / "other.db"
    other.write_text("no database at all, but long enough to be taken for one? " * 20)
    before = other.read_bytes()
    done = threadbook("thread", "list", "--store", other, check=2)
    assert "no SQLite database" in done.stderr
    assert other.read_bytes() == before


def test_the_environment_names_the_store(threadbook):
    threadbook("intend", "something")
    assert threadbook.store.exists()
    listed = json.loads(threadbook("thread", "list", "-o", "json").stdout)
    assert [thread["goal"] for thread in listed] == ["something"]


def test_a_command_whose_extra_is_not_installed_says_what_to_install():
    code = (
        "import sys; sys.modules['starlette'] = None; sys.argv = ['threadbook', 'serve']\n"
        "from threadbook.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("threadbook: `threadbook serve` needs starlette")
    assert 'pip install "threadbook[service]"' in line
