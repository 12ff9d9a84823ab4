"""Imports stand at the top of files and point down the levels only."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent / "kernel" / "threadbook"
FILES = sorted(ROOT.rglob("*.py"))

LEVELS = {
    "records": 0,
    "tables": 0,
    "log": 1,
    "folds": 2,
    "client": 3,
    "search": 3,
    "text": 3,
    "values": 3,
    "tools": 4,
    "library": 5,
    "broker": 6,
    "kernel": 7,
    "ops": 8,
    "service": 8,
    "session": 8,
    "mcp_server": 9,
    "cli": 10,
}
FREE_FOR_ALL = {"threadbook", "threadbook.errors", "threadbook.config"}
OF_THE_FREE = {"errors": set(), "config": {"threadbook.errors", "threadbook.records"}}
OF_FRONT_ENDS = {"zmq", "ipykernel", "jupyter_client", "IPython", "traitlets", "nbformat", "typer"}
"""What only kernels, sessions and the command line may import."""


def module_of(path):
    parts = ["threadbook", *path.relative_to(ROOT).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module):
    """Return the package or file directly under threadbook."""
    return module.split(".")[1] if "." in module else ""


def imports_in(nodes):
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            yield node.module
            if node.module == "threadbook":  # the names may be modules
                yield from (f"threadbook.{alias.name}" for alias in node.names)


def is_import(node):
    return isinstance(node, (ast.Import, ast.ImportFrom))


def is_for_types(node):
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def top_of(tree):
    """Return the import statements that stand at the top of a file."""
    top = []
    for node in tree.body:
        if is_import(node):
            top.append(node)
        elif is_for_types(node):
            top += [inner for inner in node.body if is_import(inner)]
        elif not is_docstring(node):
            break
    return top


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_imports_stand_at_the_top(path):
    tree = ast.parse(path.read_text())
    everywhere = {node.lineno for node in ast.walk(tree) if is_import(node)}
    assert everywhere == {node.lineno for node in top_of(tree)}


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_imports_point_down_the_levels(path):
    module = module_of(path)
    part = part_of(module)
    imported = set(imports_in(top_of(ast.parse(path.read_text()))))
    ours = {name for name in imported if name.split(".")[0] == "threadbook"} - FREE_FOR_ALL
    if part in OF_THE_FREE:
        assert {".".join(name.split(".")[:2]) for name in ours} <= OF_THE_FREE[part]
    elif part in LEVELS:
        named = {part_of(name) for name in ours} & LEVELS.keys()
        assert {name for name in named - {part} if LEVELS[name] >= LEVELS[part]} == set()
    else:
        assert part in ("", "__main__"), f"{module} is on no level: add it to LEVELS"


@pytest.mark.parametrize(
    "path", [p for p in FILES if LEVELS.get(part_of(module_of(p)), 0) <= 6], ids=module_of
)
def test_what_lies_below_the_kernel_imports_nothing_of_jupyter(path):
    imported = imports_in(top_of(ast.parse(path.read_text())))
    assert {name.split(".")[0] for name in imported} & OF_FRONT_ENDS == set()


def test_only_config_reads_the_environment():
    readers = {
        module_of(path)
        for path in FILES
        if any(
            isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
            for node in ast.walk(ast.parse(path.read_text()))
        )
    }
    # One sets a variable for the debugger's library, the others hand all of them to a process.
    others = {
        "threadbook.kernel.debugging",
        "threadbook.session.session",
        "threadbook.service.daemon",
    }
    assert readers - others == {"threadbook.config"}
