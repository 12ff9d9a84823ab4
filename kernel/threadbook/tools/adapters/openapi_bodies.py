"""Bodies of requests that OpenAPI describes: JSON, forms, and anything else as it is.

The properties of a JSON object are parameters of their own, unless one would have the name of
another parameter, or the object may have more than its schema names: then there is one, `body`.
Those of a form always are, where there are any.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from threadbook.errors import ToolArgumentError
from threadbook.tools.adapters.fields import Place
from threadbook.tools.adapters.openapi_document import Document, names_in
from threadbook.tools.adapters.openapi_parts import Part, Parts, binary_parameter, parameter_of
from threadbook.tools.adapters.openapi_styles import STYLES, in_query
from threadbook.tools.adapters.request import json_content, query, scalar_text
from threadbook.tools.names import parameter_name

Kind = Literal["json", "form", "multipart", "raw"]

_BODY = "body"
_FORMS: dict[str, Kind] = {
    "application/x-www-form-urlencoded": "form",
    "multipart/form-data": "multipart",
}
_PREFERENCE: tuple[Kind, ...] = ("json", "form", "multipart", "raw")
_DEEPEST_ALL_OF = 5
_MORE_THAN_NAMED = (
    "additionalProperties", "anyOf", "not", "nullable", "oneOf", "patternProperties",
)  # fmt: skip


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a request; `whole` is the name of the one parameter that is all of it."""

    kind: Kind
    media_type: str
    is_required: bool
    whole: str | None

    def content(self, parts: Mapping[str, Part], given: Mapping[str, Any]) -> tuple[bytes, str]:
        """Return the bytes for the arguments that belong to it, and their media type.

        Both are empty where nothing is given and nothing is needed. Raises ToolArgumentError.
        """
        if not (given or self.is_required):
            return b"", ""
        if self.kind == "raw":
            return _bytes(next(iter(given.values()))), self.media_type
        if self.kind == "json":
            named = {parts[name].parameter.sent_as: value for name, value in given.items()}
            return json_content(given[self.whole] if self.whole else named), self.media_type
        fields = [(parts[name], value) for name, value in given.items()]
        if self.whole and given:
            fields = _fields(parts[self.whole], given[self.whole])
        return _multipart(fields) if self.kind == "multipart" else (_form(fields), self.media_type)


class _Properties(msgspec.Struct, frozen=True):
    """The properties of an object by name, and which are required."""

    schemas: dict[str, Any]
    required: set[str]


def read_body(
    document: Document, described: dict[str, Any], parts: Parts, place: Place
) -> Body | None:
    """Return the body that is described, and add its parameters to `parts`."""
    content = document.mapping(described.get("content"), place.at("content"))
    if not content:
        return None
    media_type = min(map(str, content), key=lambda one: _PREFERENCE.index(_kind(one)))
    kind = _kind(media_type)
    at = place.at("content", media_type)
    media = document.mapping(content[media_type], at)
    required = described.get("required") is True
    found = None
    if kind != "raw":
        found = _properties(document, media.get("schema", {}), at.at("schema"), _DEEPEST_ALL_OF)
    whole = None
    if found is None or (kind == "json" and _clashes(found, parts)):
        whole = _add_whole(document, kind, media, parts, at.at("schema"), required=required)
    else:
        _add_properties(document, found, media, parts, at, required=required)
    return Body(
        kind=kind,
        media_type="application/json" if "*" in media_type else media_type,
        is_required=required,
        whole=whole,
    )


def _add_whole(
    document: Document,
    kind: Kind,
    media: dict[str, Any],
    parts: Parts,
    place: Place,
    *,
    required: bool,
) -> str:
    node = media.get("schema", {})
    if kind == "raw":
        parameter = binary_parameter(_BODY, None, required=required)
    else:
        parameter = parameter_of(_BODY, document.schema(node, place), required=required)
    parts.add(Part(parameter=parameter, place="body"))
    return next(reversed(parts.by_name))


def _add_properties(
    document: Document,
    found: _Properties,
    media: dict[str, Any],
    parts: Parts,
    place: Place,
    *,
    required: bool,
) -> None:
    encoding = document.mapping(media.get("encoding"), place.at("encoding"))
    for key, node in found.schemas.items():
        schema = document.schema(node, place.at("schema", "properties", key))
        how = document.mapping(encoding.get(key), place.at("encoding", key))
        style = how.get("style", "form")
        if style not in STYLES["query"]:
            raise place.at("encoding", key, "style").error(f"{style!r:.40} is not known")
        is_needed = required and key in found.required
        is_binary = schema.get("format") == "binary"
        if is_binary:
            parameter = binary_parameter(key, schema.get("description"), required=is_needed)
        else:
            parameter = parameter_of(key, schema, required=is_needed)
        parts.add(
            Part(
                parameter=parameter,
                place="body",
                style=style,
                explode=how.get("explode", style == "form") is True,
                is_binary=is_binary,
            )
        )


def _clashes(found: _Properties, parts: Parts) -> bool:
    names = {parameter_name(key) for key in found.schemas}
    return len(names) < len(found.schemas) or not names.isdisjoint(parts.by_name)


def _properties(document: Document, node: Any, place: Place, left: int) -> _Properties | None:
    """Return the properties of an object; None where it may be something else, or hold more."""
    schema = document.resolve(node, place)
    if not isinstance(schema, dict) or left == 0:
        return None
    if any(schema.get(key) for key in _MORE_THAN_NAMED) or schema.get("type", "object") != "object":
        return None
    found = _Properties({}, set(names_in(schema.get("required"))))
    for part in document.sequence(schema.get("allOf"), place.at("allOf")):
        inner = _properties(document, part, place.at("allOf"), left - 1)
        if inner is None:
            return None
        found.schemas.update(inner.schemas)
        found.required.update(inner.required)
    own = document.mapping(schema.get("properties"), place.at("properties"))
    for key, one in own.items():
        if not document.is_read_only(one, place.at("properties", key)):
            found.schemas[str(key)] = one
    return found if found.schemas or left < _DEEPEST_ALL_OF else None


def _kind(media_type: str) -> Kind:
    essence = media_type.partition(";")[0].strip().lower()
    if essence in ("application/json", "*/*", "application/*") or essence.endswith("+json"):
        return "json"
    return _FORMS.get(essence, "raw")


def _fields(whole: Part, value: Any) -> list[tuple[Part, Any]]:
    """Return the fields of a form that is passed as one object."""
    if not isinstance(value, dict):
        raise ToolArgumentError(f"{whole.parameter.name} is {type(value).__name__}, not dict")
    return [
        (Part(parameter=parameter_of(key, {}, required=False), place="body"), one)
        for key, one in value.items()
    ]


def _form(fields: list[tuple[Part, Any]]) -> bytes:
    pairs: list[tuple[str, str]] = []
    for part, value in fields:
        if value is not None:  # nothing in a form says null
            pairs += in_query(part.parameter.sent_as, value, part.style, explode=part.explode)
    return query(pairs).encode()


def _multipart(fields: list[tuple[Part, Any]]) -> tuple[bytes, str]:
    httpx = importlib.import_module("httpx")  # not at kernel start
    pieces: list[tuple[str, tuple[str | None, bytes]]] = []
    for part, value in fields:
        key = part.parameter.sent_as
        for one in value if isinstance(value, list | tuple) else [value]:
            if isinstance(one, dict):
                pieces.append((key, (None, json_content(one))))
            elif one is not None:
                is_file = part.is_binary or isinstance(one, bytes)
                pieces.append((key, (key if is_file else None, _bytes(one))))
    request = httpx.Request("POST", "http://localhost/", files=pieces)
    return request.read(), request.headers.get("content-type", "")


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return scalar_text(value).encode()
    except UnicodeEncodeError:
        raise ToolArgumentError("the body holds a lone surrogate") from None
