"""Argument vectors: from values to the words of a command, with no shell in between.

    program [options] -- [positionals]

A value never becomes an option. That of an option follows it as a word of its own, or after `=`
where it begins with a dash; positionals come after `--`, or, with `end_of_options: false` for
programs that do not know it, must not begin with a dash.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from threadbook.errors import ToolArgumentError
from threadbook.tools.adapters.fields import Name

Scalar = Literal["string", "integer", "number"]
Kind = Literal["string", "integer", "number", "boolean", "array"]

_PYTHON_TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*")


class Argument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What options and positionals have in common; `items` is the type of an array's items."""

    type: Kind = "string"
    items: Scalar = "string"
    description: str = ""
    required: bool = False
    default: Any = None

    @property
    def annotation(self) -> str:
        """The type of a value, as Python."""
        if self.type == "array":
            return f"list[{_PYTHON_TYPES[self.items]}]"
        return _PYTHON_TYPES[self.type]

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of a value."""
        if self.type == "array":
            return {"type": "array", "items": {"type": self.items}}
        return {"type": self.type}


class Option(Argument, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An option; `short` is what it is called after a single dash."""

    short: str = ""


class Positional(Argument, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A positional argument."""

    name: Name


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """The arguments of a command in their order."""

    command: tuple[str, ...]
    options: dict[str, Option]
    positionals: tuple[Positional, ...]
    end_of_options: bool = True

    @property
    def arguments(self) -> dict[str, Argument]:
        """All arguments by name, in order."""
        return {**self.options, **{one.name: one for one in self.positionals}}

    def argv(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the words of the command; None leaves an argument out. Raises ToolArgumentError.

        The first word is the program as it was described.
        """
        words = list(self.command)
        for name, option in self.options.items():
            if values.get(name) is not None:
                words += option_words(name, option, values[name])
        return (*words, *self._behind_the_options(values))

    def _behind_the_options(self, values: Mapping[str, Any]) -> list[str]:
        words: list[str] = []
        left_out = ""
        for one in self.positionals:
            value = values.get(one.name)
            if value is None:
                left_out = left_out or one.name
                continue
            if left_out:
                raise ToolArgumentError(
                    f"{one.name} stands behind {left_out}, which is left out",
                    remedy=f"give {left_out} as well",
                )
            words += positional_words(one, value)
        if not self.end_of_options:
            for word in words:
                if word.startswith("-"):
                    raise ToolArgumentError(
                        f"{word[:80]!r} begins with a dash, and would be taken for an option",
                        remedy="for a file, write ./ in front of it",
                    )
            return words
        return ["--", *words] if words else []


def is_option_name(name: str) -> bool:
    """Tell whether this can be written behind dashes and be nothing else."""
    return _WORD.fullmatch(name) is not None


def option_words(name: str, option: Option, value: Any) -> list[str]:
    """Return the words for an option. Raises ToolArgumentError."""
    flag = f"-{option.short}" if option.short else f"--{name}"
    if option.type == "boolean":
        if not isinstance(value, bool):
            raise _mistyped(name, "boolean", value)
        return [flag] if value else []
    words = []
    for word in _words(name, option, value):
        words += [f"--{name}={word}"] if word.startswith("-") else [flag, word]
    return words


def positional_words(one: Positional, value: Any) -> list[str]:
    """Return the words for a positional argument. Raises ToolArgumentError."""
    return _words(one.name, one, value)


def _words(name: str, argument: Argument, value: Any) -> list[str]:
    if argument.type == "array":
        if not isinstance(value, list | tuple):
            raise _mistyped(name, "array", value)
        return [_word(name, argument.items, item) for item in value]
    return [_word(name, argument.type, value)]


def _word(name: str, kind: str, value: Any) -> str:
    if kind == "string" and isinstance(value, str):
        return _passable(name, value)
    if kind == "boolean" and isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _mistyped(name, kind, value)
    if kind == "number" or (kind == "integer" and isinstance(value, int)):
        try:
            return repr(value)
        except ValueError as error:  # more digits than Python turns into text
            raise ToolArgumentError(f"{name}: {error}") from None
    raise _mistyped(name, kind, value)


def _passable(name: str, text: str) -> str:
    if "\0" in text:
        raise ToolArgumentError(f"{name} holds a NUL character, which no argument can")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        surrogate = text[error.start]
        raise ToolArgumentError(f"{name} holds the lone surrogate {surrogate!r}") from None
    return text


def _mistyped(name: str, kind: str, value: Any) -> ToolArgumentError:
    return ToolArgumentError(f"{name} is {type(value).__name__}, not {kind}")
