"""What differs between two definitions of a tool's callable, line by line, for people."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from threadbook.errors import BlobNotFound
from threadbook.folds.decisions import Request
from threadbook.folds.definitions import DefinitionsFold, DefinitionsState, content_of, previous
from threadbook.log.log import Log
from threadbook.records.canonical import canonical_json
from threadbook.text import line_text
from threadbook_panel.reader import Reader

_MOST_LINES = 200
_LONGEST_LINE = 300
_LARGEST = 1024 * 1024
_MOST_COMPARED = 2000  # lines of all texts: comparing takes as many steps as there are pairs
_ABSENT = object()


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The definition by which a callable was called before a request, and what differs from it."""

    previous: str | None
    lines: list[str]


def change_of(
    reader: Reader, request: Request, *, tool: str, callable_: str, definition: str
) -> Change:
    """Return what has changed since a callable was called last, by whoever asks now."""
    author = request.requester

    def view(state: DefinitionsState) -> tuple[str | None, str | None, str | None]:
        before = previous(state, author, tool, callable_, before=request.seq)
        old = content_of(state, author, before) if before is not None else None
        return before, old, content_of(state, author, definition)

    before, old, new = reader.ask(DefinitionsFold(), view)
    if before in (None, definition):
        return Change(previous=before, lines=[])
    texts = [_content(reader.log, digest) for digest in (old, new)]
    if _ABSENT in texts:
        line = f"definition: {before[:12]} → {definition[:12]} (only these hashes are on record)"
        return Change(previous=before, lines=[line])
    return Change(previous=before, lines=differences(*texts))


def differences(old: Any, new: Any) -> list[str]:
    """Return a line for each field of two JSON values that differs, with old and new text."""
    lines: list[str] = []
    for line in _Comparison().differing(old, new, ""):
        if len(lines) == _MOST_LINES:
            return [*lines, "… and more"]
        lines.append(line_text(line, _LONGEST_LINE))
    return lines


class _Comparison:
    """A comparison of two JSON values; of their texts, so many lines in all."""

    def __init__(self) -> None:
        self._lines_left = _MOST_COMPARED

    def differing(self, old: Any, new: Any, path: str) -> Iterator[str]:
        """Yield a line for each difference."""
        if isinstance(old, dict) and isinstance(new, dict):
            for name in dict.fromkeys((*old, *new)):
                inner = f"{path}.{name}" if path else name
                yield from self.differing(old.get(name, _ABSENT), new.get(name, _ABSENT), inner)
        elif isinstance(old, list) and isinstance(new, list):
            for place in range(max(len(old), len(new))):
                before, after = (
                    side[place] if place < len(side) else _ABSENT for side in (old, new)
                )
                yield from self.differing(before, after, f"{path}[{place}]")
        elif type(old) is type(new) and old == new:
            return
        elif isinstance(old, str) and isinstance(new, str) and "\n" in old + new:
            yield from self._differing_lines(old.split("\n"), new.split("\n"), path)
        else:
            yield f"{path}: {_shown(old)} → {_shown(new)}"

    def _differing_lines(self, old: list[str], new: list[str], path: str) -> Iterator[str]:
        most = self._lines_left
        self._lines_left = max(0, most - max(len(old), len(new)))
        changes = difflib.unified_diff(old[:most], new[:most], n=0, lineterm="")
        for line in islice(changes, 2, None):  # without the names of the files
            if not line.startswith("@@"):
                yield f"{path}: {line[0]} {line[1:]}"
        if old[most:] != new[most:]:
            yield f"{path}: differs after line {most}, from where on it is not compared"


def _shown(value: Any) -> str:
    return "(absent)" if value is _ABSENT else json.dumps(value, ensure_ascii=False)


def _content(log: Log, digest: str | None) -> Any:
    """Return a definition that was recorded, _ABSENT where it was not, or cannot be read."""
    if digest is None:
        return _ABSENT
    try:
        if log.blobs.size(digest) > _LARGEST:
            return _ABSENT
        value = json.loads(log.blobs.get(digest))
        canonical_json(value)  # refuses what no record may hold, such as endless nesting
    except (BlobNotFound, ValueError, RecursionError):
        return _ABSENT
    return value
