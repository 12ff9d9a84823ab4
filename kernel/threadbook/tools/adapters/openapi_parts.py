"""Parts of a request that OpenAPI describes: parameters, each with its place and its style."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from threadbook.tools.adapters.fields import Place
from threadbook.tools.adapters.openapi_document import Document
from threadbook.tools.adapters.openapi_styles import (
    DEFAULT_STYLES,
    STYLES,
    in_header,
    in_path,
    in_query,
)
from threadbook.tools.adapters.request import check_header_name, header_text, json_content
from threadbook.tools.definition import Parameter
from threadbook.tools.names import parameter_name
from threadbook.tools.schema import annotation

In = Literal["path", "query", "header", "cookie", "body"]

_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter with its place, and how it is written there; `is_json`: as JSON text."""

    parameter: Parameter
    place: In
    style: str = "form"
    explode: bool = True
    is_json: bool = False
    is_binary: bool = False


class Pieces(msgspec.Struct, frozen=True, kw_only=True):
    """What arguments become: all percent-encoded but headers and content."""

    path: dict[str, str] = msgspec.field(default_factory=dict)
    pairs: list[tuple[str, str]] = msgspec.field(default_factory=list)
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    cookies: list[tuple[str, str]] = msgspec.field(default_factory=list)
    content: bytes = b""

    def put(self, part: Part, value: Any) -> None:
        """Put a value where its parameter belongs. Raises ToolArgumentError."""
        key, explode = part.parameter.sent_as, part.explode
        if part.is_json:
            value = json_content(value).decode()
        if part.place == "path":
            self.path[key] = in_path(key, value, part.style, explode=explode)
        elif part.place == "query":
            self.pairs.extend(in_query(key, value, part.style, explode=explode))
        elif part.place == "header":
            self.headers[key] = header_text(part.parameter.name, in_header(value, explode=explode))
        else:
            self.cookies.extend(in_query(key, value, part.style, explode=explode))


class Parts:
    """The parts of one operation by the names of their parameters, which are all different."""

    def __init__(self) -> None:
        self.by_name: dict[str, Part] = {}

    def add(self, part: Part) -> None:
        """Add a part under its name, or the next that is free."""
        parameter = part.parameter
        name = free_name(parameter.name, self.by_name)
        if name != parameter.name:
            parameter = msgspec.structs.replace(parameter, name=name, wire_name=parameter.sent_as)
            part = msgspec.structs.replace(part, parameter=parameter)
        self.by_name[name] = part

    def fill(self, placeholders: Iterable[str]) -> None:
        """Add what the path has a place for, and the document does not describe."""
        described = {p.parameter.sent_as for p in self.by_name.values() if p.place == "path"}
        for key in placeholders:
            if key not in described:
                parameter = parameter_of(key, {"type": "string"}, required=True)
                self.add(Part(parameter=parameter, place="path", style="simple", explode=False))


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return a name that is not taken, with a number behind it where it is."""
    taken = set(taken)
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def read_part(
    document: Document, described: dict[str, Any], placeholders: tuple[str, ...], place: Place
) -> Part | None:
    """Return a described parameter; None for what the specification says to ignore."""
    key, where = described["name"], described["in"]
    if where not in STYLES:
        raise place.at("in").error(f"is {where!r:.40}, not path, query, header or cookie")
    if where == "path" and key not in placeholders:
        return None
    if where == "header":
        if key.lower() in _IGNORED_HEADERS:
            return None
        check_header_name(key, place.at("name"))
    style = described.get("style", DEFAULT_STYLES[where])
    if style not in STYLES[where]:
        raise place.at("style").error(f"is {style!r:.40}, which a {where} does not have")
    node = described.get("schema", {})
    content = document.mapping(described.get("content"), place.at("content"))
    if content:
        media = document.mapping(next(iter(content.values())), place.at("content"))
        node = media.get("schema", {})
    schema = document.schema(node, place.at("schema"))
    if isinstance(text := described.get("description"), str):
        schema.setdefault("description", text)
    return Part(
        parameter=parameter_of(
            key, schema, required=where == "path" or described.get("required") is True
        ),
        place=where,
        style=style,
        explode=described.get("explode", style == "form") is True,
        is_json=bool(content),
    )


def parameter_of(key: str, schema: dict[str, Any], *, required: bool) -> Parameter:
    """Return a parameter for what the document calls `key`."""
    name = parameter_name(key)
    description = schema.get("description")
    return Parameter(
        name=name,
        wire_name=key if key != name else "",
        type=annotation(schema),
        required=required,
        default=schema.get("default"),
        description=description if isinstance(description, str) else "",
        schema=schema,
    )


def binary_parameter(key: str, description: Any, *, required: bool) -> Parameter:
    """Return a parameter for text or bytes, which go out as they are."""
    parameter = parameter_of(key, {}, required=required)
    text = description if isinstance(description, str) else ""
    return msgspec.structs.replace(parameter, type="str | bytes", description=text)
