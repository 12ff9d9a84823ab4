"""`threadbook tools`: what a session would find, shown and checked."""

import ast
import json
import sys

import pytest

ECHO = """\
name: echo
command: echo
description: Say it.
effect: read
schema:
  positional:
    - {name: words, type: array, required: true}
"""
PYTHON = """\
from threadbook import tool


@tool(effect="read", namespace="numbers")
def add(a: int, b: int = 2) -> int:
    '''Add \x1b[31mtwo numbers.'''
    return a + b
"""


@pytest.fixture
def tools(threadbook):
    folder = threadbook.folder / "tools"
    folder.mkdir()
    (folder / "echo.yaml").write_text(ECHO)
    (folder / "numbers.py").write_text(PYTHON)
    yield folder
    for name in [name for name in sys.modules if name.startswith("threadbook_tools_")]:
        del sys.modules[name]


def test_list_search_describe(call, tools):
    table = call("tools", "list", "--from", tools).out
    assert table.splitlines()[1].split()[:2] == ["echo", "cli"]
    found = json.loads(call("tools", "search", "numbers add", "--from", tools, "-o", "json").out)
    assert found[0]["name"] == "numbers"
    assert found[0]["callable"] == "add"
    described = call("tools", "describe", "tools.numbers.add", "--from", tools).out
    assert "tools.numbers.add(*, a: int, b: int = 2) -> int" in described
    assert "    read, domain general" in described
    assert "\x1b" not in described
    assert "did you mean echo?" in call("tools", "describe", "ecko", "--from", tools, status=2).err


def test_the_tools_of_a_session_are_those_of_the_environment(call, tools, monkeypatch):
    assert call("tools", "list").out.startswith("no tools")
    monkeypatch.setenv("THREADBOOK_TOOLS", str(tools))
    assert "echo" in call("tools", "list").out
    assert call("tools", "check").out == "✓ 2 tools with 2 callables, 0 problems\n"


def test_check_names_file_and_line(call, tools, monkeypatch):
    (tools / "wrong.yaml").write_text("name: wrong\ncomand: x\n")
    (tools / "worse.yaml").write_text("name: worse\n\t: [\n")
    (tools / "broken.py").write_text("import sys\n\nraise SystemExit('no\x1b[2J')\n")
    monkeypatch.chdir(tools.parent)
    printed = call("tools", "check", "tools", status=1).out
    assert "✗ tools/wrong.yaml:2: comand" in printed
    assert "✗ tools/worse.yaml:2: " in printed
    assert "✗ tools/broken.py:3: SystemExit: no\\x1b[2J" in printed
    assert printed.endswith("✗ 2 tools with 2 callables, 3 problems\n")
    (problem,) = json.loads(call("tools", "check", "tools/wrong.yaml", "-o", "json", status=1).out)
    assert problem["line"] == 2


def test_a_server_that_cannot_be_started_is_a_problem_only_when_it_is_asked(call, tools):
    servers = {"mcpServers": {"gone": {"command": "no-such-command-here"}}}
    (tools / "mcp.json").write_text(json.dumps(servers))
    assert "cannot connect to gone" in call("tools", "check", tools, status=1).out
    call("tools", "check", tools, "--no-connect")


def test_a_server_is_asked_and_ended(call, tools):
    servers = {
        "mcpServers": {"time": {"command": sys.executable, "args": ["-m", "mcp_server_time"]}}
    }
    (tools / "mcp.json").write_text(json.dumps(servers))
    described = call("tools", "describe", "time.convert_time", "--from", tools).out
    assert "source_timezone: str" in described


def test_stubs_are_written_whole(call, tools, threadbook):
    file = threadbook.folder / "tools.pyi"
    file.write_text("before")
    call("tools", "check", tools, "--stubs", file)
    declared = {node.name for node in ast.parse(file.read_text()).body if hasattr(node, "name")}
    assert {"_t_echo", "_t_numbers", "_Tools"} <= declared
    assert "no .pyi file" in call("tools", "check", tools, "--stubs", "x.txt", status=2).err


def test_nothing_to_read(call, threadbook):
    assert "cannot be read" in call("tools", "check", "nowhere", status=2).err
