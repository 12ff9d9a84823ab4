"""Cells that went well, made into a workflow: their code becomes the body of `run()`.

The last expression is what it returns. What a cell took from earlier cells is not there when a
workflow runs, so code that needs it is refused; a whole thread may be taken instead.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import symtable
import textwrap
from collections.abc import Iterator

import msgspec

from threadbook.errors import RecordNotFound, WorkflowInvalid, WorkflowNotFound
from threadbook.library.source import INJECTED, LARGEST_SOURCE, parse, tree_of
from threadbook.log.entry import Stored
from threadbook.log.log import Log
from threadbook.records.bodies import BlobRef, CellEnd, CellStart

_MODULE_NAMES = frozenset({"__name__", "__file__", "__builtins__"})
_MOST_LOOKED_AT = 100
"""Cells among which the last that went well is looked for."""
_REMEDY = "give the record id of a cell that ended well, or none for the last of this thread"
_IN_CELLS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that went well; `id` is that of its start."""

    id: str
    code: str


def piece_of(log: Log, cell: str) -> Piece:
    """Return a cell, by the id of its start or its end.

    Raises WorkflowNotFound where there is no such cell, WorkflowInvalid where it did not go well.
    """
    try:
        start = log.get(cell)
        if start.kind == CellEnd.KIND and start.parents:
            start = log.get(start.parents[0])
    except RecordNotFound:
        raise WorkflowNotFound(f"there is no cell {cell[:100]!r}", remedy=_REMEDY) from None
    body = CellStart.of(start.record)
    if body is None:
        raise WorkflowNotFound(f"{cell[:12]} is no cell", remedy=_REMEDY)
    if not any(start.id in end.parents for end in _successes(log, start)):
        raise WorkflowInvalid(f"cell {start.id[:12]} did not end well", remedy=_REMEDY)
    return Piece(id=start.id, code=_code(log, body))


def last_piece(log: Log, thread: str) -> Piece:
    """Return the last cell of a thread that went well. Raises WorkflowNotFound."""
    for end in log.latest(limit=_MOST_LOOKED_AT, thread=thread, kind=CellEnd.KIND):
        if _is_success(end) and (found := _start_of(log, end)) is not None:
            return Piece(id=found[0].id, code=_code(log, found[1]))
    raise WorkflowNotFound(f"none of the last {_MOST_LOOKED_AT} cells has ended well")


def pieces_of(log: Log, thread: str) -> list[Piece]:
    """Return all cells of a thread that went well, in order. Raises WorkflowNotFound."""
    ends = log.read_all(thread=thread, kind=CellEnd.KIND)
    found = (_start_of(log, end) for end in ends if _is_success(end))
    starts = {start.id: (start, body) for start, body in filter(None, found)}
    if not starts:
        raise WorkflowNotFound(f"no cell of thread {thread[:16]!r} has ended well")
    return [
        Piece(id=start.id, code=_code(log, body))
        for start, body in sorted(starts.values(), key=lambda one: one[0].seq)
    ]


def wrapped(pieces: list[Piece]) -> str:
    """Return the source of a workflow that does what cells did. Raises WorkflowInvalid."""
    for piece in pieces:
        _check_is_python(piece)
    code = "\n".join(piece.code.strip("\n") for piece in pieces)
    tree = _tree(code)
    if not tree.body:
        raise WorkflowInvalid("the cell has no code")
    try:
        source = _with_header(code, tree)
    except RecursionError:
        raise WorkflowInvalid("the code is nested too deeply") from None
    parse(source)  # what may not stand in a function, such as `from x import *`
    if unknown := sorted(_unknown_names(source)):
        raise WorkflowInvalid(
            f"the code needs what it does not define: {', '.join(unknown)}",
            remedy="promote the thread, or write the workflow with parameters",
        )
    return source


def _successes(log: Log, start: Stored) -> Iterator[Stored]:
    """Yield the ends of cells that went well, after a start and by the same actor."""
    ends = log.read_all(after=start.seq, thread=start.thread, kind=CellEnd.KIND, actor=start.actor)
    return filter(_is_success, ends)


def _is_success(end: Stored) -> bool:
    body = CellEnd.of(end.record)
    return body is not None and body.status == "ok"


def _start_of(log: Log, end: Stored) -> tuple[Stored, CellStart] | None:
    """Return the start of a cell that somebody asked for, by the actor who says how it ended."""
    for parent in end.parents:
        try:
            start = log.get(parent)
        except RecordNotFound:
            continue
        body = CellStart.of(start.record)
        if body is not None and not body.silent and start.actor == end.actor:
            return start, body
    return None


def _code(log: Log, body: CellStart) -> str:
    if not isinstance(body.code, BlobRef):
        return body.code
    if log.blobs.size(body.code.blob) > LARGEST_SOURCE:
        raise WorkflowInvalid(f"the cell has more than {LARGEST_SOURCE:,} bytes")
    return log.blobs.get(body.code.blob).decode(errors="surrogatepass")


def _check_is_python(piece: Piece) -> None:
    try:
        _tree(piece.code)
    except WorkflowInvalid as error:
        lines = (line.lstrip() for line in piece.code.splitlines())
        is_magic = any(line.startswith(("%", "!", "?")) or line.endswith("?") for line in lines)
        if not is_magic and "= !" not in piece.code and "= %" not in piece.code:
            raise
        raise WorkflowInvalid(
            f"cell {piece.id[:12]} has magics or shell lines, which only a cell can have",
            remedy="write it in Python: subprocess or tools instead of !",
        ) from error


def _tree(code: str) -> ast.Module:
    """Return the tree of a cell, in which await may stand anywhere."""
    try:
        return parse(code, flags=_IN_CELLS)
    except WorkflowInvalid as error:
        raise WorkflowInvalid(f"the cell cannot be a workflow: {error.message}") from None


def _with_header(code: str, tree: ast.Module) -> str:
    """Return the code inside `run`, with its comments where indenting changes no string in it."""
    header = f"{'async ' if _awaits(code) else ''}def run():\n"
    wanted = _returning(tree)
    try:
        kept = header + textwrap.indent(_with_return(code, tree), "    ") + "\n"
        (function,) = tree_of(kept).body
        is_same = ast.dump(ast.Module(function.body, [])) == ast.dump(wanted)  # type: ignore[attr-defined]
    except (SyntaxError, ValueError):
        is_same = False
    return kept if is_same else header + textwrap.indent(ast.unparse(wanted), "    ") + "\n"


def _awaits(code: str) -> bool:
    compiled = compile(code, "<cell>", "exec", flags=_IN_CELLS, dont_inherit=True)
    return bool(compiled.co_flags & inspect.CO_COROUTINE)


def _returning(tree: ast.Module) -> ast.Module:
    """Return the statements, the last of which is returned if it is an expression."""
    *before, last = tree.body
    if isinstance(last, ast.Expr):
        last = ast.copy_location(ast.Return(last.value), last)
    return ast.Module([*before, last], [])


def _with_return(code: str, tree: ast.Module) -> str:
    last = tree.body[-1]
    if not isinstance(last, ast.Expr):
        return code
    lines = code.splitlines(keepends=True)
    line = lines[last.lineno - 1].encode()
    lines[last.lineno - 1] = (
        line[: last.col_offset] + b"return " + line[last.col_offset :]
    ).decode()
    return "".join(lines)


def _unknown_names(source: str) -> set[str]:
    """Return the names that code looks up in its module, where nobody puts them."""
    known = {*dir(builtins), *INJECTED, *_MODULE_NAMES}
    found: set[str] = set()
    tables = list(symtable.symtable(source, "<workflow>", "exec").get_children())
    while tables:
        table = tables.pop()
        tables += table.get_children()
        found |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return found - known
