"""OpenAPI documents: read from a file, with references resolved inside of them only.

A document may come from anybody. Nothing that it refers to elsewhere is fetched, and schemas are
written out up to a bound, beyond which a value is not checked here but by the server.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from threadbook.tools.adapters.fields import Place, check_bounded
from threadbook.tools.adapters.plain_yaml import read_plain_yaml

MOST_BYTES: Final = 64 << 20
MOST_SCHEMAS: Final = 300
"""Schemas inside of one that is written out."""
DEEPEST: Final = 10
_MOST_HOPS = 16

_DATA = frozenset(
    {
        "const", "contentEncoding", "default", "description", "enum", "exclusiveMaximum",
        "exclusiveMinimum", "format", "maxItems", "maxLength", "maxProperties", "maximum",
        "minItems", "minLength", "minProperties", "minimum", "multipleOf", "type", "uniqueItems",
    }
)  # fmt: skip
"""Keywords that are kept as they are. `pattern` is not: a hostile one takes for ever to match."""
_SEVERAL = ("allOf", "anyOf", "oneOf", "prefixItems")
_ONE = ("items", "additionalProperties")


class Document:
    """An OpenAPI document of version 3.0 or 3.1."""

    def __init__(self, root: Any, place: Place) -> None:
        if not isinstance(root, dict):
            raise place.error("is no OpenAPI document")
        version = root.get("openapi")
        if not isinstance(version, str) or not re.fullmatch(r"3\.[01]\.\d+.*", version):
            raise place.at("openapi").error(
                f"is {version!r:.40}, and not 3.0.x or 3.1.x",
                remedy="convert the document, if it is an older one",
            )
        self.root = root
        self.place = place
        self._targets: dict[str, Any] = {}

    def resolve(self, node: Any, place: Place) -> Any:
        """Return a node, or what it refers to. Raises ToolDefinitionError."""
        for _ in range(_MOST_HOPS):
            if not isinstance(node, dict) or "$ref" not in node:
                return node
            node = self._target(node["$ref"], place)
        raise place.at("$ref").error("leads in a circle")

    def mapping(self, node: Any, place: Place) -> dict[str, Any]:
        """Return a node, or what it refers to, as an object; an absent one is empty."""
        found = self.resolve({} if node is None else node, place)
        if not isinstance(found, dict):
            raise place.error(f"is {type(found).__name__}, not an object")
        return found

    def sequence(self, node: Any, place: Place) -> list[Any]:
        """Return a node as a list; an absent one is empty."""
        if not isinstance(node, list | None):
            raise place.error(f"is {type(node).__name__}, not a list")
        return node or []

    def schema(self, node: Any, place: Place) -> dict[str, Any]:
        """Return the JSON Schema that a schema stands for, for a value that is sent.

        References are written out. One that leads back to where it stands, or too deep or far,
        becomes a schema that anything fits; so it never refuses what the document allows.
        Properties that are read-only are left out, as are `not` and patterns.
        """
        return _Expansion(self, place).expand(node, 0, ())

    def is_read_only(self, node: Any, place: Place) -> bool:
        """Tell whether a property is only ever in what the server sends."""
        found = self.resolve(node, place)
        return isinstance(found, dict) and found.get("readOnly") is True

    def _target(self, reference: Any, place: Place) -> Any:
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise place.at("$ref").error(
                f"{reference!r:.200} lies outside of the document",
                remedy="bundle the document into one file",
            )
        if reference not in self._targets:
            self._targets[reference] = self._at(reference, place)
        return self._targets[reference]

    def _at(self, reference: str, place: Place) -> Any:
        found: Any = self.root
        for part in unquote(reference[1:]).split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict) and key in found:
                found = found[key]
            elif isinstance(found, list) and key.isdecimal() and int(key[:9]) < len(found):
                found = found[int(key[:9])]
            else:
                raise place.at("$ref").error(f"{reference!r:.200} is not there")
        return found


class _Expansion:
    """Writes one schema out."""

    def __init__(self, document: Document, place: Place) -> None:
        self._document = document
        self._place = place
        self._left = MOST_SCHEMAS

    def expand(self, node: Any, depth: int, entered: tuple[str, ...]) -> dict[str, Any]:
        self._left -= 1
        if isinstance(node, bool):
            return {} if node else {"not": {}}
        if not isinstance(node, dict):
            raise self._place.error(f"holds {type(node).__name__} in place of a schema")
        if "$ref" in node:
            target = self._document.resolve({"$ref": node["$ref"]}, self._place)
            reference = str(node["$ref"])
            if reference in entered:
                return {}
            return self.expand(target, depth, (*entered, reference))
        schema = {key: value for key, value in node.items() if key in _DATA}
        if depth < DEEPEST and self._left > _schemas_in(node):
            self._expand_inside(node, schema, depth + 1, entered)
        return _of_3_1(schema, node)

    def _expand_inside(
        self, node: dict[str, Any], schema: dict[str, Any], depth: int, entered: tuple[str, ...]
    ) -> None:
        for key in _SEVERAL:
            if isinstance(several := node.get(key), list) and several:
                # What was cut fits anything, so that "exactly one" would refuse what is right.
                weaker = "anyOf" if key == "oneOf" else key
                schema[weaker] = [self.expand(one, depth, entered) for one in several]
        for key in _ONE:
            if key in node and (key == "items" or "patternProperties" not in node):
                schema[key] = self.expand(node[key], depth, entered)
        properties = node.get("properties")
        if isinstance(properties, dict):
            writable = {
                name: one
                for name, one in properties.items()
                if not self._document.is_read_only(one, self._place)
            }
            schema["properties"] = {
                str(name): self.expand(one, depth, entered) for name, one in writable.items()
            }
            schema["required"] = [
                name for name in names_in(node.get("required")) if name in writable
            ]
        elif "required" in node:
            schema["required"] = names_in(node["required"])


def read_document(path: Path, place: Place) -> Document:
    """Return the document in a file, JSON or YAML. Raises ToolDefinitionError."""
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        raise place.error(f"{path} cannot be read: {error.strerror}") from None
    if size > MOST_BYTES:
        raise place.error(f"{path} has more than {MOST_BYTES} bytes")
    at = Place(path)
    if content.lstrip()[:1] == b"{":
        try:
            return Document(json.loads(content), at)
        except (ValueError, RecursionError) as error:
            raise at.error(f"is no JSON: {error}") from None
    root = read_plain_yaml(content, at)
    check_bounded(root, at)
    return Document(root, at)


def _schemas_in(node: dict[str, Any]) -> int:
    inside = (node.get(key) for key in ("properties", *_SEVERAL))
    return sum(len(found) for found in inside if isinstance(found, dict | list))


def names_in(required: Any) -> list[str]:
    """Return the names of required properties; in older documents this may be a boolean."""
    return (
        [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
    )


def _of_3_1(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """Return a schema of OpenAPI 3.0 as JSON Schema has it, which is what 3.1 uses."""
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(is_exclusive := schema.get(exclusive), bool):
            del schema[exclusive]
            if is_exclusive and limit in schema:
                schema[exclusive] = schema.pop(limit)
    if node.get("nullable") is not True:
        return schema
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        return schema
    return {"anyOf": [schema, {"type": "null"}]} if schema else schema
