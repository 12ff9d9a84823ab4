"""What a record says in one line: the texts of a timeline's rows.

Bodies are anyone's: what is not of the right type is not there, and what would act on a terminal,
or hide, is a space.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from threadbook.folds.fields import MAX_MOMENT
from threadbook.folds.fold import Fact
from threadbook.folds.row_types import RowType
from threadbook.records import bodies

LONGEST = 200
"""Characters of a title."""

_LOOKED_AT = 4000  # characters, of text that may be much longer
_MOST_PAIRS = 20
_LONGEST_VALUE = 40
_LONGEST_RESULT = 2000
_TELLING = ("goal", "summary", "reason", "question", "topic", "description", "name")
_NOTHING = msgspec.Raw(b"null")


class Glance(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The fields of bodies that rows are made of; those of any type are to be looked at first."""

    arguments: Any = None
    callable: Any = None
    came_from: Any = None
    cell: Any = None
    cell_id: Any = None
    code: Any = None
    description: Any = None
    domain: Any = None
    duration_ms: Any = None
    error: Any = None
    execution_count: Any = None
    executor: Any = None
    goal: Any = None
    kernel: Any = None
    name: Any = None
    note: Any = None
    outputs: msgspec.Raw = _NOTHING
    question: Any = None
    reason: Any = None
    requested: Any = None
    result: msgspec.Raw = _NOTHING
    sandbox: Any = None
    session: Any = None
    status: Any = None
    summary: Any = None
    task: Any = None
    tool: Any = None
    topic: Any = None
    verdict: Any = None
    version: Any = None


class _Parts(msgspec.Struct, gc=False):
    body: Glance
    parents: list[str]


_decode = msgspec.json.Decoder(_Parts).decode


def glance(fact: Fact) -> tuple[Glance, list[str]]:
    """Return what rows are made of, and the parents; the rest of the record is not decoded."""
    try:
        parts = _decode(fact.canonical)
    except (msgspec.DecodeError, RecursionError):  # numbers that only Python's json can read
        return _slow_glance(fact)
    return parts.body, parts.parents


def _slow_glance(fact: Fact) -> tuple[Glance, list[str]]:
    names = set(Glance.__struct_fields__) - {"outputs", "result"}
    fields = {name: value for name, value in fact.body.items() if name in names}
    return Glance(**fields), fact.parents


def title(fact: Fact, seen: Glance, type_: RowType) -> str:
    """Return what a record is about, for a row of this type."""
    if fact.kind == bodies.CellStart.KIND:
        return _code_line(seen.code)
    say = _BY_KIND.get(fact.kind or "")
    said = say(seen) if say is not None else ""
    if type_ == "decision":
        said = line(seen.question)
    return said or _telling_line(seen, fact)


def line(text: Any, longest: int = LONGEST) -> str:
    """Return text as one line, cut to size; nothing for what is no text."""
    if not text or not isinstance(text, str):
        return ""
    if len(text) <= longest and text.isprintable() and "  " not in text:
        return text.strip()
    shown = " ".join(text[:_LOOKED_AT].split())
    if not shown.isprintable():
        shown = "".join(character if character.isprintable() else " " for character in shown)
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def error_line(error: Any) -> str:
    """Return what an error of a body says: its name and its value."""
    if not isinstance(error, dict):
        return ""
    parts = (line(error.get("name")), line(error.get("value")))
    return line(": ".join(part for part in parts if part))


def _code_line(code: Any) -> str:
    """Return the first line of code that says something: a comment that heads it, or code."""
    if isinstance(code, str):
        return line(_gist(code))
    return "code kept as a blob" if isinstance(code, dict) else ""


def result_line(result: msgspec.Raw) -> str:
    """Return a result that is a single value."""
    data = bytes(result)
    if data == b"null" or len(data) > _LONGEST_RESULT or data[:1] in (b"{", b"["):
        return ""
    try:
        value = msgspec.json.decode(data)
    except msgspec.DecodeError:
        return ""
    return line(value if isinstance(value, str) else str(value))


def _output_line(seen: Glance) -> str:
    """Return where late output came from, and how it begins."""
    where = "output after its cell" if seen.cell else "output outside cells"
    try:
        outputs = msgspec.json.decode(seen.outputs)
    except (msgspec.DecodeError, RecursionError):
        outputs = None
    first = outputs[0] if isinstance(outputs, list) and outputs else {}
    text = first.get("text", first.get("output_type")) if isinstance(first, dict) else ""
    text = "kept as a blob" if isinstance(outputs, dict) else text
    return line(f"{where}: {_gist(text) if isinstance(text, str) else ''}")


def _call_line(name: str, arguments: Any) -> str:
    """Return a call as it is written: `weather.today(city='Oslo')`."""
    given = arguments if isinstance(arguments, dict) else {}
    pairs = [f"{key}={_short(value)}" for key, value in list(given.items())[:_MOST_PAIRS]]
    more = ", …" if len(given) > _MOST_PAIRS else ""
    return line(f"{name}({', '.join(pairs)}{more})")


def _tool_line(seen: Glance) -> str:
    """Return a tool's call."""
    tool, name = line(seen.tool), line(seen.callable)
    return _call_line(f"{tool}.{name}" if tool and name else tool or name, seen.arguments)


def _version_line(seen: Glance, verb: str = "") -> str:
    """Return which version of what, and what it is."""
    version = f" v{seen.version}" if _is_whole(seen.version) else ""
    about = line(seen.description)
    return line(f"{verb}{line(seen.name)}{version}{': ' if about else ''}{about}")


def _session_line(seen: Glance) -> str:
    """Return which kernel came up, and what started it."""
    kernel, executor = line(seen.kernel), line(seen.executor)
    return line(f"{kernel}, started by {executor}") if executor else kernel


def _requested_line(seen: Glance, verb: str) -> str:
    """Return which packages."""
    names = seen.requested if isinstance(seen.requested, list) else []
    shown = [line(name) for name in names[:_MOST_PAIRS]]
    return line(f"{verb} {', '.join(name for name in shown if name)}")


def _telling_line(seen: Glance, fact: Fact) -> str:
    """Return what any record says of itself, else its simple fields."""
    for field in _TELLING:
        if text := line(getattr(seen, field)):
            return text
    return line(", ".join(_pairs(fact)))


def number(value: Any) -> float | None:
    """Return a number of milliseconds, None for what cannot be one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 <= value < MAX_MOMENT else None


def count(value: Any) -> int | None:
    """Return a count, None for what cannot be one."""
    return int(value) if _is_whole(value) else None


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_MOMENT


def _gist(text: str) -> str:
    for part in text[:_LOOKED_AT].splitlines():
        if part.strip("#% \t\r\f\v"):
            return part.strip().lstrip("# ")
    return ""


def _pairs(fact: Fact) -> Iterable[str]:
    for key, value in list(fact.body.items())[:_MOST_PAIRS]:
        if key not in ("kind", "_v") and isinstance(value, (str, int, float)):
            yield f"{line(key)}={_plain(value)}"


def _plain(value: str | float) -> str:
    if isinstance(value, str):
        return line(value)
    return "a large number" if isinstance(value, int) and abs(value) >= 2**64 else str(value)


def _short(value: Any) -> str:
    if isinstance(value, str):
        cut = line(value, _LONGEST_VALUE)
        return f"'{cut}'"
    if isinstance(value, (bool, int, float)):
        return _plain(value)
    if isinstance(value, (list, dict)):
        return ("[…]" if isinstance(value, list) else "{…}") if value else str(value)
    return "None"


_BY_KIND: dict[str, Callable[[Glance], str]] = {
    bodies.CellOutput.KIND: _output_line,
    bodies.SessionStart.KIND: _session_line,
    bodies.SessionSwitch.KIND: lambda seen: line(f"came here from {line(seen.came_from)}"),
    bodies.SessionRestart.KIND: lambda seen: line(f"restarted: {line(seen.reason)}"),
    bodies.ToolCall.KIND: _tool_line,
    bodies.ArtifactSave.KIND: _version_line,
    bodies.ArtifactLoad.KIND: lambda seen: _version_line(seen, "loaded "),
    bodies.ArtifactDelete.KIND: lambda seen: _version_line(seen, "deleted "),
    bodies.WorkflowSave.KIND: lambda seen: _version_line(seen, "saved "),
    bodies.WorkflowDelete.KIND: lambda seen: _version_line(seen, "deleted "),
    bodies.WorkflowCall.KIND: lambda seen: _call_line(line(seen.name), seen.arguments),
    bodies.DepsAdd.KIND: lambda seen: _requested_line(seen, "added"),
    bodies.DepsRemove.KIND: lambda seen: _requested_line(seen, "removed"),
}
