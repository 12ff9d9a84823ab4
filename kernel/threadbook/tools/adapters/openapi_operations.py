"""Operations of an OpenAPI document: how each is called, and what is sent for its arguments.

An operation is called by its `operationId`, else by method and path. Where two in a document get
the same name, the second, in the order of the document, gets `_2` behind it, and so on; so do
parameters of the same name in different places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from threadbook.errors import ToolArgumentError, ToolDefinitionError
from threadbook.tools.adapters.fields import Place
from threadbook.tools.adapters.openapi_bodies import Body, read_body
from threadbook.tools.adapters.openapi_document import Document
from threadbook.tools.adapters.openapi_parts import Part, Parts, Pieces, free_name, read_part
from threadbook.tools.adapters.request import check_path
from threadbook.tools.definition import Parameter
from threadbook.tools.names import tool_name

METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """An operation: `parts` are its parameters by name, `security` and `servers` as they stand."""

    name: str
    wire_name: str
    method: str
    path: str
    description: str
    parts: dict[str, Part]
    body: Body | None
    security: Any
    servers: Any
    place: Place

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters, the required ones first."""
        found = (part.parameter for part in self.parts.values())
        return tuple(sorted(found, key=lambda parameter: not parameter.required))

    def pieces(self, arguments: Mapping[str, Any]) -> Pieces:
        """Return what is sent for these arguments. Raises ToolArgumentError.

        None is null in JSON; elsewhere, where nothing says null, it leaves a parameter out.
        """
        found = Pieces()
        body: dict[str, Any] = {}
        if unknown := [name for name in arguments if name not in self.parts]:
            raise ToolArgumentError(f"{self.name} has no parameter {unknown[0]}")
        for name, part in self.parts.items():
            if name not in arguments:
                if part.parameter.required:
                    raise ToolArgumentError(f"{self.name} needs {name}")
            elif part.place == "body":
                body[name] = arguments[name]
            elif part.place == "path" or part.is_json or arguments[name] is not None:
                found.put(part, arguments[name])
        if self.body is None:
            return found
        content, media_type = self.body.content(self.parts, body)
        if media_type:
            found.headers["Content-Type"] = media_type
        return msgspec.structs.replace(found, content=content)


def operations(document: Document) -> Iterator[Operation]:
    """Return the operations of a document, in its order. Raises ToolDefinitionError."""
    place = document.place.at("paths")
    taken: set[str] = set()
    for path, node in document.mapping(document.root.get("paths"), place).items():
        at = place.at(path)
        item = document.mapping(node, at)
        for method in item:
            if method in METHODS:
                operation = _operation(document, str(path), item, method, at.at(method))
                name = free_name(operation.name, taken)
                taken.add(name)
                yield msgspec.structs.replace(operation, name=name)


def _operation(
    document: Document, path: str, item: dict[str, Any], method: str, place: Place
) -> Operation:
    described = document.mapping(item[method], place)
    placeholders = check_path(path, place)
    wire_name = described.get("operationId")
    if not isinstance(wire_name, str) or not wire_name:
        wire_name = re.sub(r"[^A-Za-z0-9]+", "_", f"{method} {path}").strip("_")
    try:
        name = tool_name(wire_name)
        parts = Parts()
        for one, at in _merged(document, item, described, place):
            if part := read_part(document, one, placeholders, at):
                parts.add(part)
        parts.fill(placeholders)
        at = place.at("requestBody")
        body = read_body(document, document.mapping(described.get("requestBody"), at), parts, at)
    except ToolDefinitionError as error:
        if error.message.startswith(str(place.path)):
            raise
        raise place.error(error.message) from None
    return Operation(
        name=name,
        wire_name=wire_name,
        method=method.upper(),
        path=path,
        description=_description(described),
        parts=parts.by_name,
        body=body,
        security=described.get("security", document.root.get("security")),
        servers=described.get("servers") or item.get("servers") or document.root.get("servers"),
        place=place,
    )


def _merged(
    document: Document, item: dict[str, Any], described: dict[str, Any], place: Place
) -> list[tuple[dict[str, Any], Place]]:
    """Return the parameters of a path and its operation, of which the latter win."""
    merged: dict[tuple[str, str], tuple[dict[str, Any], Place]] = {}
    for owner in (item, described):
        for number, node in enumerate(document.sequence(owner.get("parameters"), place)):
            at = place.at("parameters", number)
            one = document.mapping(node, at)
            name, where = one.get("name"), one.get("in")
            if not (isinstance(name, str) and name and isinstance(where, str)):
                raise at.error("has no name, or does not say where it is")
            merged[name, where] = (one, at)
    return list(merged.values())


def _description(described: dict[str, Any]) -> str:
    texts = (described.get("summary"), described.get("description"))
    return "\n\n".join(text.strip() for text in texts if isinstance(text, str) and text.strip())
