"""Descriptions of command-line programs: what YAML says, checked, as a layout and callables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from threadbook.errors import ToolArgumentError
from threadbook.tools.adapters.argv import (
    Argument,
    Kind,
    Layout,
    Option,
    Positional,
    is_option_name,
    option_words,
    positional_words,
)
from threadbook.tools.adapters.fields import (
    ByteCount,
    Name,
    Place,
    Seconds,
    check_bounded,
    check_plain,
    read,
)
from threadbook.tools.adapters.secret import Template
from threadbook.tools.definition import Effect, Parameter, Tool, ToolCallable, definition_hash
from threadbook.tools.names import did_you_mean, parameter_name, python_names, tool_name

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class _Schema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    options: dict[Name, Any] = {}
    positional: list[Any] = []


class CliDescription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of a description."""

    name: Name
    type: Literal["cli"] = "cli"
    command: Name | list[Name] | None = None
    description: str = ""
    tags: tuple[str, ...] = ()
    schema: _Schema = msgspec.field(default_factory=_Schema)
    recipes: dict[Name, Any] = {}
    env: dict[str, str | int] = {}
    effect: Effect = "write"
    domain: Name = "general"
    cwd: Name | None = None
    timeout: Seconds | None = None
    output: Literal["text", "json", "lines"] = "text"
    check: bool = True
    max_output_bytes: ByteCount = 8 << 20
    end_of_options: bool = True


class _Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    description: str = ""
    preset: dict[str, Any] = {}
    params: dict[str, Any] = {}
    effect: Effect | None = None
    domain: Name | None = None
    timeout: Seconds | None = None


class _RecipeParameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Kind | None = None
    description: str = ""
    required: bool | None = None
    default: Any = None


class CliCallable(msgspec.Struct, frozen=True, kw_only=True):
    """A callable as it is known, what decides calls, and values for what the caller leaves out."""

    known: ToolCallable
    decides: dict[str, Any]
    values: dict[str, Any]


class CliTool(msgspec.Struct, frozen=True, kw_only=True):
    """A described program: how it is called, in which folder, and with what in its environment.

    `folder` is where the description is: relative paths begin there. `cwd` is None where the
    program runs wherever this process does.
    """

    tool: Tool
    description: CliDescription
    layout: Layout
    callables: dict[str, CliCallable]
    env: dict[str, Template]
    folder: Path
    cwd: str | None


def read_cli(path: Path, data: Mapping[str, Any]) -> CliTool:
    """Return what a description says. Raises ToolDefinitionError."""
    place = Place(path)
    check_bounded(data, place)
    described = read(data, CliDescription, place)
    folder = path.absolute().parent
    reader = _Reader(
        described,
        layout=_layout(described, place),
        env=_env(described, place.at("env")),
        folder=folder,
        cwd=str(folder / described.cwd) if described.cwd else None,
    )
    callables = reader.callables(place)
    tool = Tool(
        name=tool_name(described.name),
        adapter="cli",
        description=described.description,
        tags=described.tags,
        callables=tuple(one.known for one in callables.values()),
        main=next(iter(callables)) if len(callables) == 1 else None,
        source=str(path),
    )
    return CliTool(
        tool=tool,
        description=described,
        layout=reader.layout,
        callables=callables,
        env=reader.env,
        folder=folder,
        cwd=reader.cwd,
    )


class _Reader:
    """Reads the recipes of a description whose other keys have been read."""

    def __init__(
        self,
        described: CliDescription,
        *,
        layout: Layout,
        env: dict[str, Template],
        folder: Path,
        cwd: str | None,
    ) -> None:
        self.layout = layout
        self.env = env
        self.cwd = cwd
        self._described = described
        self._folder = folder
        secrets = {name for template in env.values() for name in template.names}
        self._environment = tuple(sorted({*env, *secrets}))

    def callables(self, place: Place) -> dict[str, CliCallable]:
        """Return the callables by name: one for each recipe, or one for everything."""
        described = self._described
        recipes = {
            name: read(data, _Recipe, place.at("recipes", name))
            for name, data in described.recipes.items()
        } or {described.name: self._everything()}
        names = python_names(recipes, tool_name, what=f"{place.path}: the recipes")
        return {
            names[name]: self._callable(name, names[name], one, place.at("recipes", name))
            for name, one in recipes.items()
        }

    def _everything(self) -> _Recipe:
        return _Recipe(
            description=self._described.description,
            params=dict.fromkeys(self.layout.arguments),
        )

    def _callable(self, wire_name: str, name: str, recipe: _Recipe, place: Place) -> CliCallable:
        values = {key: one.default for key, one in self.layout.arguments.items()}
        for key, value in recipe.preset.items():
            self._check(key, value, place.at("preset", key))
            values[key] = value
        parameters = self._parameters(recipe, values, place.at("params"))
        for key, argument in self.layout.arguments.items():
            if argument.required and values[key] is None and key not in recipe.params:
                raise place.error(f"gives no value to {key}, and has no parameter for it")
        decides = self._decides(values, parameters)
        known = ToolCallable(
            name=name,
            wire_name=wire_name if wire_name != name else "",
            description=recipe.description,
            parameters=tuple(sorted(parameters, key=lambda one: not one.required)),
            returns="CliResult",
            effect=recipe.effect or self._described.effect,
            domain=recipe.domain or self._described.domain,
            definition_hash=definition_hash(decides),
            environment=self._environment,
            timeout=recipe.timeout or self._described.timeout,
        )
        return CliCallable(known=known, decides=decides, values=values)

    def _parameters(self, recipe: _Recipe, values: dict[str, Any], place: Place) -> list[Parameter]:
        """Return the parameters of a recipe, and put their defaults into `values`."""
        names = python_names(recipe.params, parameter_name, what=f"{place.path}: the parameters")
        parameters = []
        for key, data in recipe.params.items():
            at = place.at(key)
            one = read({} if data is None else data, _RecipeParameter, at)
            argument = self._argument(key, at)
            if one.type not in (None, argument.type):
                raise at.at("type").error(f"is {one.type}, but {argument.type} in the schema")
            if one.default is not None:
                self._check(key, one.default, at.at("default"))
                values[key] = one.default
            parameters.append(_parameter(names[key], key, one, argument, values[key]))
        return parameters

    def _argument(self, key: str, place: Place) -> Argument:
        arguments = self.layout.arguments
        if key not in arguments:
            raise place.error(f"is no option or positional{did_you_mean(key, arguments)}")
        return arguments[key]

    def _check(self, key: str, value: Any, place: Place) -> None:
        _check_value(key, self._argument(key, place), value, place)

    def _decides(self, values: dict[str, Any], parameters: list[Parameter]) -> dict[str, Any]:
        return {
            "layout": msgspec.json.decode(msgspec.json.encode(self.layout)),
            "values": values,
            "parameters": [one.sent_as for one in parameters],
            "env": {name: one.digest for name, one in self.env.items()},
            "cwd": self.cwd,
            "folder": str(self._folder) if "/" in self.layout.command[0] else None,
        }


def _env(described: CliDescription, place: Place) -> dict[str, Template]:
    for name in described.env:
        if not _VARIABLE.fullmatch(name):
            raise place.at(name).error("is no name of a variable")
    return {
        name: Template.parse(str(value), place.at(name)) for name, value in described.env.items()
    }


def _layout(described: CliDescription, place: Place) -> Layout:
    schema = place.at("schema")
    return Layout(
        command=_command(described, place.at("command")),
        options=_options(described.schema.options, schema.at("options")),
        positionals=_positionals(described.schema, schema.at("positional")),
        end_of_options=described.end_of_options,
    )


def _command(described: CliDescription, place: Place) -> tuple[str, ...]:
    command = described.command or described.name
    if isinstance(command, str) and len(command.split()) != 1:
        raise place.error(
            f"{command!r} is not one word", remedy=f"write it as a list: {command.split()}"
        )
    words = (command,) if isinstance(command, str) else tuple(command)
    if any("\0" in word for word in words):
        raise place.error("holds a NUL character")
    return words


def _options(described: dict[str, Any], place: Place) -> dict[str, Option]:
    options = {}
    for name, data in described.items():
        at = place.at(name)
        option = read({} if data is None else data, Option, at)
        if not is_option_name(name):
            raise at.error("cannot be the name of an option", remedy="write it without dashes")
        if option.short and not is_option_name(option.short):
            raise at.at("short").error(f"{option.short!r} cannot be the name of an option")
        _check_value(name, option, option.default, at.at("default"))
        options[name] = option
    return options


def _positionals(schema: _Schema, place: Place) -> tuple[Positional, ...]:
    positionals: list[Positional] = []
    for number, data in enumerate(schema.positional):
        at = place.at(number)
        one = read(data, Positional, at)
        if one.name in schema.options or one.name in [other.name for other in positionals]:
            raise at.at("name").error(f"there are two arguments {one.name}")
        if one.required and any(_may_be_left_out(other) for other in positionals):
            raise at.at("required").error("a required positional stands behind an optional one")
        _check_value(one.name, one, one.default, at.at("default"))
        positionals.append(one)
    return tuple(positionals)


def _may_be_left_out(one: Positional) -> bool:
    return not one.required and one.default is None


def _check_value(key: str, argument: Argument, value: Any, place: Place) -> None:
    """Refuse a value of the description that is not of its argument's type."""
    check_plain(value, place)
    try:
        if isinstance(argument, Option) and value is not None:
            option_words(key, argument, value)
        elif isinstance(argument, Positional) and value is not None:
            positional_words(argument, value)
    except ToolArgumentError as error:
        raise place.error(error.message) from None


def _parameter(
    name: str, key: str, one: _RecipeParameter, argument: Argument, default: Any
) -> Parameter:
    required = (argument.required if one.required is None else one.required) and default is None
    schema = argument.schema
    if not required:
        schema = {**schema, "type": [schema["type"], "null"]}
    return Parameter(
        name=name,
        wire_name=key if key != name else "",
        type=argument.annotation if required else f"{argument.annotation} | None",
        required=required,
        default=default,
        description=one.description or argument.description,
        schema=schema,
    )
