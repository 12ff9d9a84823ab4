"""Loading: from files to tools, and what becomes of files that are wrong."""

import sys
import textwrap

import pytest

from threadbook.errors import ConfigError, ToolDefinitionError
from threadbook.tools.adapters.python import PythonAdapter
from threadbook.tools.documents import problem_in
from threadbook.tools.loading import load_tools

PYTHON = """
    from dataclasses import dataclass
    from threadbook.tools.adapters.python import tool
    from textwrap import dedent as helper

    @dataclass
    class Point:
        x: int

    @tool(effect="read")
    def double(point: Point) -> int:
        '''Return twice as much.'''
        return 2 * point.x

    def unmarked(): ...
"""


def factory(path, data):
    """Make a tool of a description, or refuse it as an adapter does."""
    if "command" not in data:
        raise problem_in(path, f"options.{data['name']}: no command")

    def run(): ...

    run.__name__ = data["name"]
    return [PythonAdapter([run], source=str(path))]


FACTORIES = {"cli": factory, "mcpServers": lambda path, data: factory(path, data["mcpServers"])}


def load(*sources):
    return load_tools(sources, environ={}, factories=FACTORIES)


@pytest.fixture
def folder(tmp_path):
    """Return a function that writes files of tools, and forgets their modules afterwards."""
    before = set(sys.modules)

    def write(**files):
        for name, content in files.items():
            stem, _, suffix = name.rpartition("_")
            (tmp_path / f"{stem}.{suffix}").write_text(textwrap.dedent(content))
        return tmp_path

    yield write
    for name in set(sys.modules) - before:
        if name.startswith("threadbook_tools_"):
            del sys.modules[name]


async def test_n38_a_wrong_file_hides_no_other_and_is_listed(folder, context):
    path = folder(
        good_py=PYTHON,
        shell_yaml="name: shell\ncommand: sh\n",
        servers_json='{"mcpServers": {"name": "time", "command": "x"}}',
        broken_yaml="name: x\ncommand: [\n",
        wrong_yaml="type: cli\nname: a\noptions:\n  a: 1\n",
        odd_yml="name: x\ntype: soap\n",
        raising_py="x = 1\nraise ValueError('no luck')\n",
        leaving_py="import sys\nsys.exit(3)\n",
        syntax_py="a = 1\ndef f(:\n",
        empty_py="",
        unfit_py="""
            from threadbook.tools.adapters.python import tool
            @tool
            def f(*args): ...
        """,
        bad_json="{",
        README_md="not a tool",
        _private_py="raise ValueError",
    )
    (path / "folder.yaml").mkdir()
    registry = load(path)
    usable = {tool.name: tool.adapter for tool in registry.list() if not tool.problem}
    assert usable == {"double": "python", "shell": "python", "time": "python"}
    problems = {one.source.rpartition("/")[2]: one for one in registry.problems}
    places = {name: (one.name, one.line) for name, one in problems.items()}
    assert places == {
        "broken.yaml": ("broken", 3),
        "wrong.yaml": ("wrong", 4),
        "odd.yml": ("odd", 2),
        "raising.py": ("raising", 2),
        "leaving.py": ("leaving", 2),
        "syntax.py": ("syntax", 2),
        "empty.py": ("empty", None),
        "unfit.py": ("unfit", None),
        "bad.json": ("bad", 1),
    }
    assert problems["odd.yml"].reason == "type 'soap' is none of cli"
    assert problems["raising.py"].reason == "ValueError: no luck"
    assert problems["wrong.yaml"].reason == "options.a: no command"
    assert str(problems["wrong.yaml"]) == f"{path}/wrong.yaml:4: options.a: no command"
    assert {tool.name for tool in registry.list() if tool.problem} == {
        one.name for one in problems.values()
    }
    tool, definition, adapter = registry.get("double")
    assert await adapter.call(tool.name, definition.name, {"point": {"x": 4}}, context) == 8


def test_sources_of_all_sorts_are_one_registry(folder):
    def third(): ...

    path = folder(first_yaml="name: first\ncommand: x\n")
    registry = load(path / "first.yaml", PythonAdapter([factory], source="s"), third)
    assert [tool.name for tool in registry.list()] == ["factory", "first", "third"]
    assert registry.problems == ()


def test_n42_a_second_tool_of_a_name_is_a_problem(folder):
    path = folder(
        a_yaml="name: same\ncommand: x\n",
        b_yaml="name: same\ncommand: y\n",
        c_yaml="name: other\ncommand: z\n",
    )
    registry = load(path)
    assert registry.describe("same").source == str(path / "a.yaml")
    assert registry.describe("other").problem == ""
    (problem,) = registry.problems
    assert problem.source == str(path / "b.yaml")
    assert problem.reason == f"there is another tool called same, from {path / 'a.yaml'}"
    assert [tool.name for tool in registry.list()] == ["other", "same", "same_2"]


def test_bad_sources_are_refused_at_once(folder, tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(tmp_path / "nowhere")
    with pytest.raises(ToolDefinitionError, match="args|signature"):
        load(print)
    (problem,) = load(folder(notes_txt="x") / "notes.txt").problems
    assert problem.reason == "is no .yaml, .yml, .json or .py file"


def test_files_of_one_name_are_modules_of_their_own(folder, tmp_path):
    source = "from threadbook.tools.adapters.python import tool\n@tool\ndef {}(): ...\n"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "tools.py").write_text(source.format(name))
    registry = load(tmp_path / "one", tmp_path / "two")
    assert [tool.name for tool in registry.list()] == ["one", "two"]
    assert "tools" not in sys.modules


def test_a_module_that_failed_is_forgotten(folder):
    load(folder(raising_py="raise ValueError"))
    assert not [name for name in sys.modules if name.endswith("_raising")]


def test_real_descriptions_of_commands_are_loaded(folder):
    path = folder(
        echo_yaml="""
            name: echo
            description: Print a text.
            tags: [text, shell]
            schema:
              positional:
                - {name: words, type: string, required: true}
            recipes:
              say: {params: {words: {}}}
        """,
        other_yaml="name: other\nnonsense: 1\n",
    )
    registry = load_tools([path], environ={})
    echo = registry.describe("echo")
    assert (echo.adapter, echo.tags) == ("cli", ("text", "shell"))  # N37
    assert [found.name for found in registry.search("shell")] == ["echo"]
    (problem,) = registry.problems
    assert (problem.name, problem.line) == ("other", 2)


def test_every_type_of_description_finds_its_adapter(folder):
    path = folder(
        time_yaml="name: time\ntype: mcp\ntransport: stdio\ncommand: never-started\n",
        servers_json='{"mcpServers": {"my-files": {"command": "never-started"}}}',
        web_yaml="name: web\ntype: http\nnonsense: 1\n",
        api_yaml="name: api\ntype: openapi\nnonsense: 1\n",
    )
    registry = load_tools([path], environ={})
    usable = {tool.name: tool.adapter for tool in registry.list() if not tool.problem}
    assert usable == {"time": "mcp", "my_files": "mcp"}  # N42
    assert {(one.name, one.line) for one in registry.problems} == {("web", 3), ("api", 3)}
