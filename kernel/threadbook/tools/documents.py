"""Documents: YAML and JSON files that describe tools, read so that errors can name the line.

Only plain data is made of them. What is ambiguous is refused: keys that are given twice or are no
text, anchors and aliases, a file too large.
"""

from __future__ import annotations

import functools
import importlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from threadbook.errors import ConfigError, ToolDefinitionError

LARGEST_DOCUMENT = 1024 * 1024
"""Most bytes of a file that describes tools."""


class Located(dict[str, Any]):
    """A mapping from a file. `line` is where it begins, `lines` where each key is; from 1."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.line = 0
        self.lines: dict[str, int] = {}

    def line_of(self, keys: Iterable[str]) -> int:
        """Return the line of what these keys lead to, as far as they lead somewhere."""
        line, inside = self.line, cast("Any", self)
        for key in keys:
            if isinstance(inside, Located) and key in inside:
                line, inside = inside.lines[key], inside[key]
            elif isinstance(inside, list) and key.isdecimal() and int(key) < len(inside):
                inside = inside[int(key)]
                line = inside.line if isinstance(inside, Located) else line
            else:
                break
        return line


def read_yaml(path: Path) -> Located:
    """Return the mapping that a YAML file holds. Raises ToolDefinitionError."""
    text = _text(path)
    yaml, loader = _yaml()
    try:
        found = yaml.load(text, loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise problem_in(path, error.problem or "is no YAML", line) from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date or number that is none
        raise problem_in(path, " ".join(str(error).split())) from None
    except RecursionError:
        raise problem_in(path, "is nested too deeply") from None
    if not isinstance(found, Located):
        raise problem_in(path, "a mapping is expected, like `name: …`", 1)
    return found


def read_json(path: Path) -> dict[str, Any]:
    """Return the object that a JSON file holds. Raises ToolDefinitionError."""
    text = _text(path)
    try:
        found = json.loads(text, object_pairs_hook=functools.partial(_object, path))
    except json.JSONDecodeError as error:
        raise problem_in(path, error.msg, error.lineno) from None
    except RecursionError:
        raise problem_in(path, "is nested too deeply") from None
    if not isinstance(found, dict):
        raise problem_in(path, "an object is expected", 1)
    return found


def problem_in(path: Path, reason: str, line: int = 0) -> ToolDefinitionError:
    """Return the error that names file, line (0: unknown) and reason."""
    where = f"{path}:{line}" if line else f"{path}"
    return ToolDefinitionError(f"{where}: {reason}", namespace="tools")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_DOCUMENT + 1)
    except OSError as error:
        raise problem_in(path, f"cannot be read: {error.strerror}") from None
    if len(content) > LARGEST_DOCUMENT:
        raise problem_in(path, f"is larger than {LARGEST_DOCUMENT:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise problem_in(path, "is not UTF-8", line) from None


def _object(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise problem_in(path, f"the key {twice!r} is given twice")
    return found


@functools.cache
def _yaml() -> tuple[Any, Any]:
    """Return the YAML package, which is an extra, and our loader."""
    try:
        yaml: Any = importlib.import_module("yaml")
    except ImportError as error:
        raise ConfigError(
            "tools are described in YAML, and the package PyYAML is not installed",
            remedy="pip install 'threadbook[tools]'",
        ) from error

    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # imported when it is needed
        """Refuses what is ambiguous, and keeps the lines."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            event = self.peek_event()
            if getattr(event, "anchor", None) is not None:
                raise yaml.composer.ComposerError(
                    problem="anchors and aliases are not supported",
                    problem_mark=event.start_mark,
                )
            return super().compose_node(parent, index)

    def mapping(loader: Any, node: Any) -> Located:
        found = Located()
        found.line = node.start_mark.line + 1
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            reason = None
            if not isinstance(key, str):
                reason = f"the key {key_node.value!r:.80} is no text: put it in quotes"
            elif key in found:
                reason = f"the key {key!r:.80} is given twice"
            if reason:
                raise yaml.constructor.ConstructorError(
                    problem=reason, problem_mark=key_node.start_mark
                )
            found[key] = loader.construct_object(value_node, deep=True)
            found.lines[key] = key_node.start_mark.line + 1
        return found

    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    return yaml, Loader
