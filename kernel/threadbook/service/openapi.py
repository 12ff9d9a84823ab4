"""The OpenAPI document, made from the endpoints themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from threadbook import __version__
from threadbook.service.endpoint import Endpoint
from threadbook.service.problems import ErrorAnswer

_REFERENCE = "#/components/schemas/{name}"
_ALWAYS = (400, 503)
_WITH_TOKEN = (401, 403, 429)
_WITH_BODY = (408, 413)


def document(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Return the description of `endpoints` as OpenAPI 3.1."""
    types: list[Any] = [ErrorAnswer]
    for endpoint in endpoints:
        types.append(endpoint.answer)
        types.append(endpoint.query)
        if endpoint.body is not None:
            types.append(endpoint.body)
    schemas, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    queue = iter(schemas)
    problem = next(queue)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        answer, query = next(queue), next(queue)
        body = next(queue) if endpoint.body is not None else None
        fields = _resolved(query, components)
        operation = _operation(endpoint, answer, fields, body, problem)
        paths.setdefault(_path(endpoint.path), {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "threadbook", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            },
        },
    }


def _operation(
    endpoint: Endpoint,
    answer: dict[str, Any],
    query: dict[str, Any],
    body: dict[str, Any] | None,
    problem: dict[str, Any],
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "operationId": endpoint.handler.__name__,
        "parameters": [*_path_parameters(endpoint.path), *_query_parameters(query)],
        "responses": _responses(endpoint, answer, problem),
        "security": [{"bearer": []}, {"key": []}] if endpoint.scope is not None else [],
    }
    if body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": body}},
        }
    elif endpoint.raw:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string"}}},
        }
    return operation


def _responses(
    endpoint: Endpoint, answer: dict[str, Any], problem: dict[str, Any]
) -> dict[str, Any]:
    statuses = {*_ALWAYS, *endpoint.errors}
    if "{" in endpoint.path:  # what stands in a path may lead nowhere
        statuses.add(HTTPStatus.NOT_FOUND)
    if endpoint.scope is not None:
        statuses.update(_WITH_TOKEN)
    if endpoint.body is not None or endpoint.raw:
        statuses.update(_WITH_BODY)
    content = {endpoint.media_type: {"schema": answer}}
    responses = {str(endpoint.status): {"description": endpoint.summary, "content": content}}
    for status in sorted(statuses):
        responses[str(int(status))] = {
            "description": HTTPStatus(status).phrase,
            "content": {"application/json": {"schema": problem}},
        }
    return responses


def _path(path: str) -> str:
    return re.sub(r":path}", "}", path)


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1},
        }
        for name in re.findall(r"{(\w+)(?::path)?}", path)
    ]


def _query_parameters(schema: dict[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema.get("properties", {}).items()
    ]


def _resolved(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = components.get(name, schema)
    return found
