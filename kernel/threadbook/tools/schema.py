"""Schemas: from the JSON Schema of a tool's input to parameters, and to annotations for people.

A schema may come from anybody. Each is bounded before it is walked, and references are resolved
within it only: nothing is ever fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from threadbook.errors import ToolDefinitionError
from threadbook.tools.definition import Parameter
from threadbook.tools.names import parameter_name, python_names

MOST_NODES = 20_000
"""Most values inside a schema."""
DEEPEST = 64
"""Most containers inside each other."""
MOST_COPIED = 200_000
"""Most schemas in all parameters, each with what it refers to."""
_MOST_STEPS = 2_000
_DEEPEST_ANNOTATION = 6
_LONGEST_ANNOTATION = 200
"""A longer annotation helps nobody; it is given without what is inside."""

_ONE = frozenset(
    {
        "additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if",
        "items", "not", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
    }
)  # fmt: skip
_SEVERAL = frozenset({"allOf", "anyOf", "items", "oneOf", "prefixItems"})
_NAMED = frozenset({"dependencies", "dependentSchemas", "patternProperties", "properties"})
"""Keywords whose values hold schemas; the values of all others are data."""
_ELSEWHERE = frozenset({"$dynamicRef", "$recursiveRef"})
_DROPPED = frozenset({"$anchor", "$defs", "$dynamicAnchor", "$id", "$schema", "definitions", "id"})
"""What only matters where references point elsewhere; what is referred to is kept otherwise."""

_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def parameters(schema: Mapping[str, Any], *, what: str = "the tool") -> tuple[Parameter, ...]:
    """Return a parameter for each property of an object's JSON Schema, the required ones first.

    Each has a schema of its own, with all that it refers to. Raises ToolDefinitionError, which
    names `what`, where the schema is no object's, too large, or refers to what is not in it, and
    where two properties would have the same name.
    """
    check_size(schema, what=what)
    document = _Document(dict(schema), what)
    properties, required = document.properties()
    names = python_names(properties, parameter_name, what=f"the parameters of {what}")
    found = [
        _parameter(names[wire_name], wire_name, document.extract(one), wire_name in required)
        for wire_name, one in properties.items()
    ]
    return tuple(sorted(found, key=lambda parameter: not parameter.required))


def annotation(schema: Any) -> str:
    """Return what a schema says of a value as a Python annotation: `list[int] | None`.

    It is valid Python whatever the schema holds, made of builtins, `Any` and `Literal`.
    """
    root = schema if isinstance(schema, Mapping) else {}
    for deepest in range(_DEEPEST_ANNOTATION, 0, -1):
        text = _Annotator(root).read(schema, deepest)
        if len(text) <= _LONGEST_ANNOTATION:
            return text
    return "Any"


def check_size(schema: Any, *, what: str) -> None:
    """Raise ToolDefinitionError for a schema too large, too deep, or one that holds itself."""
    left, layer = MOST_NODES, [schema]
    for _ in range(DEEPEST):
        left -= len(layer)
        if left < 0:
            raise _refused(what, f"holds more than {MOST_NODES:,} values")
        layer = [inner for value in layer for inner in _inside(value)]
        if not layer:
            return
    raise _refused(what, f"is nested more than {DEEPEST} levels deep")


def resolve(schema: Any, root: Mapping[str, Any]) -> Any:
    """Return what a schema that is a local reference refers to; None where that is not there."""
    for _ in range(DEEPEST):
        if not isinstance(schema, Mapping) or "$ref" not in schema:
            return schema
        schema = _at(root, schema["$ref"])
    return None


class _Document:
    """A schema, and what has been referred to in it."""

    def __init__(self, root: dict[str, Any], what: str) -> None:
        self._root = root
        self._what = what
        self._left = MOST_COPIED

    def properties(self) -> tuple[dict[str, Any], set[str]]:
        """Return the schemas of the properties and the names of the required ones."""
        properties: dict[str, Any] = {}
        required: set[str] = set()
        whole = resolve(self._root, self._root)
        parts = whole.get("allOf") if isinstance(whole, Mapping) else None
        for part in [whole, *(parts if isinstance(parts, list) else [])]:
            found = resolve(part, self._root)
            if not isinstance(found, Mapping) or found.get("type", "object") != "object":
                raise _refused(self._what, "is not that of an object")
            inner, names = found.get("properties", {}), found.get("required", [])
            if not isinstance(inner, Mapping) or not all(
                isinstance(name, str) and isinstance(one, Mapping | bool)
                for name, one in inner.items()
            ):
                raise _refused(self._what, "has `properties` that are no schemas")
            if not isinstance(names, list):
                raise _refused(self._what, "has `required` that is no list")
            properties.update(inner)
            required.update(name for name in names if isinstance(name, str))
        for name in sorted(required - properties.keys()):
            properties[name] = {}
        return properties, required

    def extract(self, schema: Any) -> dict[str, Any]:
        """Return a schema of the document as one of its own."""
        names: dict[str, str] = {}
        definitions: dict[str, Any] = {}
        extracted = self._rewritten(schema, names)
        waiting = list(names)
        while waiting:
            pointer = waiting.pop()
            before = len(names)
            definitions[names[pointer]] = self._rewritten(_at(self._root, pointer), names)
            waiting += list(names)[before:]
        if isinstance(extracted, bool):
            extracted = {} if extracted else {"not": {}}
        if isinstance(dialect := self._root.get("$schema"), str):
            extracted = {"$schema": dialect, **extracted}
        return {**extracted, "$defs": definitions} if definitions else extracted

    def _rewritten(self, schema: Any, names: dict[str, str]) -> Any:
        """Return a schema whose references point into `$defs`; note the names these have there."""
        self._left -= 1
        if self._left < 0:
            raise _refused(self._what, "refers to too much, too often")
        if not isinstance(schema, Mapping):
            return schema
        rewritten: dict[str, Any] = {}
        for key, value in schema.items():
            if key == "$ref":
                rewritten[key] = f"#/$defs/{self._name(value, names)}"
            elif key in _ELSEWHERE:
                raise _refused(self._what, f"uses {key}, which is not supported")
            elif key in _SEVERAL and isinstance(value, list):
                rewritten[key] = [self._rewritten(one, names) for one in value]
            elif key in _ONE:
                rewritten[key] = self._rewritten(value, names)
            elif key in _NAMED and isinstance(value, Mapping):
                rewritten[key] = {name: self._rewritten(one, names) for name, one in value.items()}
            elif key not in _DROPPED:
                rewritten[key] = value
        return rewritten

    def _name(self, pointer: Any, names: dict[str, str]) -> str:
        if pointer in names:
            return names[pointer]
        if not isinstance(pointer, str) or not pointer.startswith("#"):
            raise _refused(self._what, f"refers to {pointer!r:.80}, which lies outside of it")
        if not isinstance(_at(self._root, pointer), Mapping | bool):
            raise _refused(self._what, f"refers to {pointer!r:.80}, which is not there")
        return names.setdefault(pointer, f"r{len(names)}")


def _parameter(name: str, wire_name: str, schema: dict[str, Any], required: bool) -> Parameter:
    description = schema.get("description")
    return Parameter(
        name=name,
        wire_name=wire_name if wire_name != name else "",
        type=annotation(schema),
        required=required,
        default=schema.get("default"),
        description=description if isinstance(description, str) else "",
        schema=schema,
    )


def _refused(what: str, why: str) -> ToolDefinitionError:
    return ToolDefinitionError(f"the input schema of {what} {why}", namespace="tools")


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value


def _at(root: Mapping[str, Any], pointer: Any) -> Any:
    """Return what a JSON pointer in a URI fragment points to (RFC 6901); None for nothing."""
    if pointer == "#":
        return root
    if not isinstance(pointer, str) or not pointer.startswith("#/"):
        return None
    found: Any = root
    for part in unquote(pointer[2:]).split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found.get(key)
        elif isinstance(found, list) and key.isdecimal() and int(key[:9]) < len(found):
            found = found[int(key[:9])]
        else:
            return None
    return found


class _Annotator:
    """Reads one schema as an annotation, in a bounded number of steps."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._steps = _MOST_STEPS

    def read(self, schema: Any, left: int) -> str:
        """Return an annotation of at most `left` levels."""
        self._steps -= 1
        schema = resolve(schema, self._root)
        if left == 0 or self._steps < 0 or not isinstance(schema, Mapping):
            return "Any"
        if isinstance(values := schema.get("enum", [schema.get("const")]), list) and (
            "enum" in schema or "const" in schema
        ):
            return _literal(values)
        for keyword in ("anyOf", "oneOf"):
            if isinstance(options := schema.get(keyword), list):
                return _union(self.read(option, left - 1) for option in options)
        kinds = schema.get("type")
        if isinstance(kinds, list):
            return _union(self._typed({**schema, "type": kind}, left) for kind in kinds)
        if kinds is None and isinstance(parts := schema.get("allOf"), list):
            texts = (self.read(part, left - 1) for part in parts)
            return next((text for text in texts if text != "Any"), "Any")
        return self._typed(schema, left)

    def _typed(self, schema: Mapping[str, Any], left: int) -> str:
        kind = schema.get("type")
        if kind == "string" and schema.get("contentEncoding") == "base64":
            return "bytes"
        if isinstance(kind, str) and kind in _SCALARS:
            return _SCALARS[kind]
        if kind == "array" or (kind is None and "items" in schema):
            return f"list[{self.read(schema.get('items'), left - 1)}]"
        if kind == "object" or (kind is None and "properties" in schema):
            values = {} if "properties" in schema else schema.get("additionalProperties")
            return f"dict[str, {self.read(values, left - 1)}]"
        return "Any"


def _literal(values: list[Any]) -> str:
    if not values or not all(type(value) in (str, int, bool, type(None)) for value in values):
        return "Any"
    if values == [None]:
        return "None"
    return f"Literal[{', '.join(dict.fromkeys(map(repr, values)))}]"


def _union(texts: Iterator[str]) -> str:
    options = list(dict.fromkeys(part for text in texts for part in _options(text)))
    if not options or "Any" in options:
        return "Any"
    options.sort(key=lambda option: option == "None")
    return " | ".join(options)


def _options(text: str) -> list[str]:
    """Return the options of a union, where none of them holds another one."""
    return text.split(" | ") if "[" not in text else [text]
