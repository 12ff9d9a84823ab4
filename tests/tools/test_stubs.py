"""Stubs: tools as editors and type checkers see them."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.tools.adapters.python import PythonAdapter, tool
from threadbook.tools.definition import Parameter, Tool, ToolCallable
from threadbook.tools.names import parameter_name
from threadbook.tools.schema import parameters
from threadbook.tools.signature import annotation_text, documentation, signature
from threadbook.tools.stubs import stub

KERNEL = Path(__file__).parents[2] / "kernel"


@tool(effect="read")
def double(n: int, *, times: int = 1, note: str | None = None, ratio: float = 0.5) -> list[int]:
    """Return twice as much: "really".

    Args:
        n: What to double.
    """
    return [n * 2**times]


def odd(self: int, int: str, str: list[int]): ...  # noqa: A002


def tools():
    members = [tool(namespace="files", name=n)(lambda: 0) for n in ("str", "2fa", "list", "read")]
    return PythonAdapter([double, odd, *members]).tools()


def classes_of(text):
    return {
        node.name: {inner.name: inner for inner in node.body if hasattr(inner, "name")}
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef)
    }


def test_n50_a_stub_has_the_signature_and_description_that_help_shows():
    definition = tools()[0].callables[0]
    classes = classes_of(stub(tools()))
    for name in ("__call__", "acall"):
        call = classes["_c0_double"][name]
        assert ast.get_docstring(call) == documentation(definition)
        shown = ast.unparse(call.args).removeprefix("self, /, ").replace("=", " = ")
        assert f"({shown})" == str(signature(definition)).partition(" ->")[0]
        assert ast.unparse(call.returns) == "list[int]"
    assert isinstance(classes["_c0_double"]["acall"], ast.AsyncFunctionDef)
    assert {"_c2_str", "_c2__2fa", "_c2_list_", "_c2_read"} <= classes.keys()


USES = """
from stubbed import tools
a: list[int] = tools.double(n=3)
tools.double.double(n=3, times=2, note=None)
tools.odd(self=1, int="x", str=[1])
tools.files.str()
tools.files._2fa()
tools.files.list_()
tools.files.list()[0].effect
tools.list()[0].name
tools.search("x", limit=3)[0].score
async def f() -> list[int]:
    return await tools.double.acall(n=3)
tools.double(3)  # E
tools.double(n="3")  # E
tools.double(m=3)  # E
tools.nothing  # E
tools.files()  # E
"""


def test_n50_mypy_takes_a_stub(tmp_path):
    (tmp_path / "stubbed.pyi").write_text(stub(tools()))
    (tmp_path / "uses.py").write_text(USES)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--hide-error-context",
    ]
    command += ["--config-file=", f"--cache-dir={tmp_path / 'cache'}", "--follow-imports=skip"]
    done = subprocess.run(
        [*command, "stubbed.pyi", "uses.py"],
        cwd=tmp_path,
        env={"MYPYPATH": str(KERNEL)},
        capture_output=True,
        text=True,
        check=False,
    )
    wrong = [number for number, line in enumerate(USES.splitlines(), 1) if line.endswith("# E")]
    found = sorted({tuple(line.split(":")[:2]) for line in done.stdout.splitlines()})
    assert found == [("uses.py", str(number)) for number in wrong], done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("int", "int"),
        ("dict[str, Any] | None", "dict[str, Any] | None"),
        ("Literal['a', -1]", "Literal['a', -1]"),
        ("CliResult", "CliResult"),
        ("__import__('os').system('x')", "Any"),
        ("os.PathLike", "Any"),
        ("Nowhere", "Any"),
        ("int = 3): pass\nimport os", "Any"),
        ("(" * 10_000, "Any"),
        ("a\0b", "Any"),
        ("[x for x in y]", "Any"),
        ("lambda: 0", "Any"),
        ("", "Any"),
    ],
)
def test_annotations_are_made_of_what_every_module_knows(text, shown):
    assert annotation_text(text) == shown


HOSTILE = st.text() | st.sampled_from(
    [
        '"""',
        "'''",
        "\\",
        '\\"""',
        '"""\nimport os\n"""',
        "\r",
        "\0",
        "\x0c",
        "\u2028",
        "\ud800",
        "#",
    ]
)
DESCRIPTIONS = st.lists(HOSTILE, max_size=5).map("".join)


@given(DESCRIPTIONS, DESCRIPTIONS, st.text(max_size=8).map(parameter_name), DESCRIPTIONS)
def test_any_description_stays_a_description(description, said, name, default):
    parameter = Parameter(name=name, type="str", default=default, description=said)
    one = ToolCallable(name="y", description=description, parameters=(parameter,), returns=said)
    text = stub([Tool(name="x", adapter="mcp", description=said, callables=(one,), main="y")])
    tree = ast.parse(text.encode())
    imports = ["ImportFrom"] * 4
    names = ["Expr", *imports, "ClassDef", "ClassDef", "ClassDef", "AnnAssign"]
    assert [type(node).__name__ for node in tree.body] == names
    call = classes_of(text)["_c0_y"]["__call__"]
    assert [arg.arg for arg in call.args.kwonlyargs] == [name]
    assert all(
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in call.body
    )
    assert ast.get_docstring(call, clean=False) is None or "\x1b" not in ast.get_docstring(call)


def test_what_could_not_be_loaded_is_left_out():
    text = stub([Tool(name="broken", adapter="", problem="a.yaml:1: no"), *tools()])
    assert "broken" not in text


def test_a_default_that_is_not_known_is_not_made_up():
    found = ToolCallable(
        name="y",
        parameters=parameters(
            {
                "properties": {
                    "a": {"type": "integer"},
                    "b": {"type": ["integer", "null"], "default": None},
                }
            }
        ),
    )
    assert str(signature(found)) == "(*, a: int = ..., b: int | None = None) -> Any"
    assert inspect.signature(double).parameters["times"].default == 1
