"""The source of a workflow: what parsing it tells. Nothing in it is ever run here.

A source defines one function `run` at its top level, `def` or `async def`, whose parameters are
given by keyword. Those that are named like a namespace are supplied by the session and do not
count. A function `test` without other parameters is run when the workflow is saved.
"""

from __future__ import annotations

import ast
import contextlib
import warnings
from collections.abc import Iterator

import msgspec

from threadbook.errors import WorkflowInvalid
from threadbook.folds.workflows import name_problem
from threadbook.library.docstrings import first_paragraph, parameter_docs
from threadbook.records.bodies import WorkflowParameter

INJECTED = frozenset({"tools", "workflows", "artifacts", "deps", "sdk", "thread"})
"""Parameters that the session supplies, and names that every workflow finds."""

LARGEST_SOURCE = 1024 * 1024
"""Bytes."""

LONGEST_DESCRIPTION = 4000
LONGEST_ANNOTATION = 1000
"""Characters of an annotation, a default, and what is said of a parameter."""
MOST_PARAMETERS = 100

_TRIES = 3
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A source that can be saved. `injected` are the parameters that the session supplies."""

    text: str
    description: str
    parameters: tuple[WorkflowParameter, ...]
    injected: tuple[WorkflowParameter, ...]
    returns: str
    is_async: bool
    has_test: bool


def check_name(name: str) -> str:
    """Return a name that a workflow may have. Raises WorkflowInvalid."""
    if (problem := name_problem(name)) is not None:
        raise WorkflowInvalid(problem, remedy="choose a name like fetch_prices")
    return name


def check_description(description: str) -> str:
    """Return a description that can be saved. Raises WorkflowInvalid."""
    if not isinstance(description, str):
        raise WorkflowInvalid(f"a description is text, not {type(description).__name__}")
    if len(description) > LONGEST_DESCRIPTION:
        raise WorkflowInvalid(f"the description has more than {LONGEST_DESCRIPTION} characters")
    return description


def parse_source(text: str) -> Source:
    """Return what a source says of itself. Raises WorkflowInvalid, with the line where it can."""
    tree = parse(text)
    run = _function(tree, "run")
    if run is None:
        raise WorkflowInvalid(
            "the source defines no function `run` at its top level",
            remedy="write `def run(…):` or `async def run(…):`",
        )
    _check_is_one(tree, run)
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(run.body)):
        raise _invalid("run yields: a workflow returns its result at once", run.lineno)
    try:
        parameters, injected = _parameters(run)
        returns = _annotation(run.returns)
    except (RecursionError, MemoryError):
        raise _invalid("the parameters of run are nested too deeply", run.lineno) from None
    test = _function(tree, "test")
    return Source(
        text=text,
        description=first_paragraph(_docstring(tree) or _docstring(run))[:LONGEST_DESCRIPTION],
        parameters=parameters,
        injected=injected,
        returns=returns,
        is_async=isinstance(run, ast.AsyncFunctionDef),
        has_test=test is not None and _is_test(test),
    )


def parse(text: str, *, flags: int = 0) -> ast.Module:
    """Return the tree of Python code that compiles, with these flags. Raises WorkflowInvalid."""
    _check_text(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # whoever wrote the code sees them when it runs
            tree = tree_of(text)
            compile(text, "<workflow>", "exec", flags=flags, dont_inherit=True)
    except SyntaxError as error:
        raise _invalid(f"the source does not parse: {error.msg}", error.lineno) from None
    except (RecursionError, MemoryError):
        raise WorkflowInvalid("the source is nested too deeply") from None
    except (ValueError, OverflowError) as error:  # a number that is too long to be read
        raise WorkflowInvalid(f"the source does not parse: {error}") from None
    return tree


def tree_of(text: str) -> ast.Module:
    """Return what `ast.parse` makes of a text, with the errors that it raises.

    CPython 3.11 raises SystemError where a finalizer ran in the middle of it, or the text is nested
    almost too deeply (https://github.com/python/cpython/issues/106905). The first goes away when it
    is done again.
    """
    for _ in range(_TRIES):
        with contextlib.suppress(SystemError):
            return ast.parse(text)
    raise RecursionError("the tree cannot be made")


def own_nodes(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Yield the nodes of statements, but not what is inside functions and classes in them."""
    stack: list[ast.AST] = list(reversed(body))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _SCOPES):
            stack.extend(ast.iter_child_nodes(node))


def _check_text(text: str) -> None:
    if not isinstance(text, str):
        raise WorkflowInvalid(f"a source is text, not {type(text).__name__}")
    if "\0" in text:
        raise _invalid("the source has a NUL character", _line_at(text, text.index("\0")))
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        line = _line_at(text, error.start)
        raise _invalid("the source has a character that UTF-8 cannot say", line) from None
    if size > LARGEST_SOURCE:
        raise WorkflowInvalid(
            f"the source has {size:,} bytes; the limit is {LARGEST_SOURCE:,}",
            remedy="keep data in artifacts, and only code in workflows",
        )


def _line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _invalid(problem: str, line: int | None) -> WorkflowInvalid:
    return WorkflowInvalid(f"line {line}: {problem}" if line else problem)


def _function(tree: ast.Module, name: str) -> _Function | None:
    """Return the first function of this name at the top level."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return node
    return None


def _check_is_one(tree: ast.Module, function: _Function) -> None:
    """Refuse a source in which the name may come to mean something else."""
    for node in own_nodes(tree.body):
        if function.name in _bound_by(node) and node is not function:
            line = getattr(node, "lineno", None)
            raise _invalid(f"`{function.name}` has to be one function, defined once", line)


def _bound_by(node: ast.AST) -> list[str]:
    """Return the names that a node at the top level binds or unbinds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return [node.id]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        return [node.name]
    if isinstance(node, ast.MatchMapping) and node.rest:
        return [node.rest]
    return []


def _parameters(
    run: _Function,
) -> tuple[tuple[WorkflowParameter, ...], tuple[WorkflowParameter, ...]]:
    """Return the parameters that callers give, and those that the session supplies."""
    arguments = run.args
    if arguments.posonlyargs or arguments.vararg is not None:
        raise _invalid("run is called with keywords, and cannot have `/` or `*args`", run.lineno)
    docs = parameter_docs(_docstring(run))
    missing = [None] * (len(arguments.args) - len(arguments.defaults))
    found = [
        *(
            _parameter(each, default, "positional_or_keyword", docs)
            for each, default in zip(arguments.args, [*missing, *arguments.defaults], strict=True)
        ),
        *(
            _parameter(each, default, "keyword_only", docs)
            for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        ),
    ]
    if arguments.kwarg is not None:
        found.append(_parameter(arguments.kwarg, None, "var_keyword", docs))
    if len(found) > MOST_PARAMETERS:
        raise _invalid(f"run has {len(found)} parameters, above {MOST_PARAMETERS}", run.lineno)
    injected = tuple(each for each in found if each.name in INJECTED and each.kind != "var_keyword")
    return tuple(each for each in found if each not in injected), injected


def _parameter(
    argument: ast.arg,
    default: ast.expr | None,
    kind: str,
    docs: dict[str, str],
) -> WorkflowParameter:
    return WorkflowParameter(
        name=argument.arg,
        type=_annotation(argument.annotation),
        default=None if default is None else _text_of(default),
        kind=kind,  # type: ignore[arg-type]  # one of three literals
        description=docs.get(argument.arg, "")[:LONGEST_ANNOTATION],
    )


def _annotation(node: ast.expr | None) -> str:
    """Return the source of an annotation; one that is a string stands for what is in it."""
    if node is None:
        return ""
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return _text_of(node).strip("'\"") if is_text else _text_of(node)


def _text_of(node: ast.expr) -> str:
    """Return the source of an annotation or default."""
    text = ast.unparse(node)
    if len(text) > LONGEST_ANNOTATION:
        raise _invalid(
            f"an annotation or default has {len(text):,} characters, above {LONGEST_ANNOTATION}",
            node.lineno,
        )
    return text


def _docstring(node: ast.Module | _Function) -> str:
    return ast.get_docstring(node) or ""


def _is_test(test: _Function) -> bool:
    """Tell whether the session can call a test: it supplies all that has no default."""
    arguments = test.args
    required = arguments.args[: len(arguments.args) - len(arguments.defaults)] + [
        each
        for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    ]
    return not arguments.posonlyargs and all(each.arg in INJECTED for each in required)
