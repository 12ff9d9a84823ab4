"""Docstrings: what one says of a function, and what of each parameter.

Google's, NumPy's and reST's ways of writing are understood as far as parameters go; whatever is
not understood stays part of the description.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable

import msgspec

_GOOGLE = re.compile(r"(?:Args|Arguments|Parameters):\s*$")
_NUMPY = re.compile(r"(?:Other )?Parameters\s*$")
_RULE = re.compile(r"-{3,}\s*$")
_GOOGLE_ITEM = re.compile(r"\*{0,2}(\w+)\s*(?:\(.*?\))?:\s*(.*)")
_NUMPY_ITEM = re.compile(r"(\w+)\s*(?::.*)?$")
_REST_ITEM = re.compile(r":param\s+(?:[^:]*\s)?(\w+):\s*(.*)")


class Docstring(msgspec.Struct, frozen=True):
    """A description, and what is said of the parameters by name."""

    description: str
    parameters: dict[str, str]


def parse_docstring(text: str | None) -> Docstring:
    """Take a docstring apart. Never fails."""
    lines = inspect.cleandoc(text or "").splitlines()
    kept: list[str] = []
    found: dict[str, str] = {}
    while lines:
        line = lines.pop(0)
        if _GOOGLE.match(line):
            found.update(_google(_section(lines)))
        elif _NUMPY.match(line) and lines and _RULE.match(lines[0]):
            lines.pop(0)
            found.update(_numpy(lines))
        elif item := _REST_ITEM.match(line):
            found[item[1]] = _joined([item[2], *_section(lines)])
        else:
            kept.append(line)
    return Docstring("\n".join(kept).strip(), found)


def _section(lines: list[str]) -> list[str]:
    """Take the indented lines off the front."""
    taken = []
    while lines and (not lines[0].strip() or lines[0][0].isspace()):
        taken.append(lines.pop(0))
    return taken


def _google(lines: list[str]) -> dict[str, str]:
    items = inspect.cleandoc("\n".join(["", *lines])).splitlines()
    found: dict[str, str] = {}
    while items:
        item = _GOOGLE_ITEM.match(items.pop(0))
        rest = _section(items)
        if item:
            found[item[1]] = _joined([item[2], *rest])
    return found


def _numpy(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    while lines and not (len(lines) > 1 and _RULE.match(lines[1])):
        if not (item := _NUMPY_ITEM.match(lines[0])):
            if lines[0].strip():
                break
            lines.pop(0)
            continue
        lines.pop(0)
        found[item[1]] = _joined(_section(lines))
    return found


def _joined(lines: Iterable[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip())
