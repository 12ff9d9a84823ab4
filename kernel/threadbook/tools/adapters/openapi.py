"""OpenAPI documents as tools: each operation becomes a callable.

A description names the document, and says what the document cannot: secrets, limits, and where
the server is, if not where the document says. See openapi_operations.py for names, and
openapi_bodies.py for how a body becomes parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from threadbook.errors import ToolDefinitionError
from threadbook.records.canonical import sha256_hex
from threadbook.tools.adapter import CallContext
from threadbook.tools.adapters.fields import Name, Place, Seconds, check_bounded, read
from threadbook.tools.adapters.http import (
    HttpOptions,
    LazySender,
    filled_headers,
    read_headers,
    secret_names,
    within,
)
from threadbook.tools.adapters.openapi_document import Document, read_document
from threadbook.tools.adapters.openapi_operations import Operation, operations
from threadbook.tools.adapters.openapi_parts import Pieces
from threadbook.tools.adapters.openapi_security import Credential, chosen, credentials
from threadbook.tools.adapters.request import (
    Conduct,
    Request,
    base_url,
    effect_of,
    fill_path,
    query,
    retries_of,
)
from threadbook.tools.adapters.secret import Template, UsedSecrets
from threadbook.tools.definition import Effect, Tool, ToolCallable, definition_hash
from threadbook.tools.names import did_you_mean, tool_name
from threadbook.tools.results import HttpResult


class _Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    effect: Effect | None = None
    domain: Name | None = None
    timeout: Seconds | None = None


class _OpenApi(HttpOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    document: Name | dict[str, Any]
    type: Literal["openapi"] = "openapi"
    base_url: str | None = None
    auth: dict[str, str] = msgspec.field(default_factory=dict)
    operations: dict[str, Any] = msgspec.field(default_factory=dict)


class _Route(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that can be called."""

    known: ToolCallable
    decides: dict[str, Any]
    operation: Operation
    url: str
    headers: dict[str, Template]
    credentials: tuple[Credential, ...]
    conduct: Conduct

    def request(self, pieces: Pieces, headers: Mapping[str, str]) -> Request:
        """Return the request that is made of its pieces."""
        url = self.url + fill_path(self.operation.path, pieces.path)
        own = {name.lower() for name in pieces.headers}
        lines = {name: text for name, text in headers.items() if name.lower() not in own}
        lines.update(pieces.headers)
        if pieces.cookies:
            lines["Cookie"] = "; ".join(f"{name}={text}" for name, text in pieces.cookies)
        return Request(
            method=self.operation.method,
            url=f"{url}?{query(pieces.pairs)}" if pieces.pairs else url,
            headers=tuple(lines.items()),
            content=pieces.content,
        )


class OpenApiAdapter:
    """Calls the operations of a document."""

    def __init__(self, tool: Tool, routes: dict[str, _Route]) -> None:
        self._tool = tool
        self._routes = routes
        self._sending = LazySender()

    def tools(self) -> tuple[Tool, ...]:
        """See Adapter.tools."""
        return (self._tool,)

    async def refresh(self) -> None:
        """See Adapter.refresh; what there is stands in the document."""

    def preview(self, tool: str, name: str, arguments: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Return the request line of a call, without credentials. Raises ToolArgumentError."""
        route = self._routes[name]
        request = route.request(route.operation.pieces(arguments), {})
        return f"{request.method} {request.url}"

    def definition(self, tool: str, name: str) -> dict[str, Any]:  # noqa: ARG002
        """Return what decides a call: what its hash covers."""
        return self._routes[name].decides

    async def call(
        self,
        tool: str,  # noqa: ARG002  there is one
        name: str,
        arguments: Mapping[str, Any],
        context: CallContext,
    ) -> HttpResult:
        """See Adapter.call."""
        route = self._routes[name]
        pieces = route.operation.pieces(arguments)
        route.request(pieces, {})  # what is wrong with it shows before a secret is fetched
        secrets = UsedSecrets(context.secret)
        headers = filled_headers(route.headers, secrets)
        for credential in route.credentials:
            credential.put(pieces, secrets)
        return await self._sending.send(
            route.request(pieces, headers), within(route.conduct, context), secrets.redactor()
        )

    async def close(self) -> None:
        """See Adapter.close."""
        await self._sending.close()


def load_openapi(path: Path, data: Mapping[str, Any]) -> OpenApiAdapter:
    """Return the adapter for a description from a file. Raises ToolDefinitionError.

    `document` is a file, beside that of the description, or the document itself.
    """
    place = Place(path)
    check_bounded(data, place)
    described = read(data, _OpenApi, place)
    if isinstance(described.document, str):
        file = path.absolute().parent / described.document
        document = read_document(file, place.at("document"))
    else:
        document = Document(described.document, place.at("document"))
    reader = _Reader(described, document, place)
    routes = {operation.name: reader.route(operation) for operation in operations(document)}
    reader.check_overrides(routes)
    tool = Tool(
        name=tool_name(described.name),
        adapter="openapi",
        description=described.description or _title(document),
        tags=described.tags,
        callables=tuple(route.known for route in routes.values()),
        main=next(iter(routes)) if len(routes) == 1 else None,
        source=str(path),
    )
    return OpenApiAdapter(tool, routes)


class _Reader:
    """Makes routes of operations."""

    def __init__(self, described: _OpenApi, document: Document, place: Place) -> None:
        self._described = described
        self._document = document
        self._place = place
        self._headers = read_headers(described.headers, place.at("headers"))
        self._credentials = credentials(document, described.auth, place.at("auth"))
        self._overrides = {
            name: read(data, _Override, place.at("operations", name))
            for name, data in described.operations.items()
        }
        self._base = (
            base_url(described.base_url, place.at("base_url")) if described.base_url else None
        )

    def check_overrides(self, routes: Mapping[str, _Route]) -> None:
        """Refuse overrides of what is not there."""
        names = {route.operation.wire_name for route in routes.values()} | routes.keys()
        for name in self._overrides:
            if name not in names:
                at = self._place.at("operations", name)
                raise at.error(f"is no operation{did_you_mean(name, names)}")

    def route(self, operation: Operation) -> _Route:
        """Return an operation as it can be called. Raises ToolDefinitionError."""
        described = self._described
        override = self._overrides.get(operation.name) or self._overrides.get(
            operation.wire_name, _Override()
        )
        url = self._base or _server(self._document, operation)
        used = chosen(self._document, operation.security, self._credentials, operation.place)
        timeout = override.timeout or described.timeout
        secrets = {*secret_names(self._headers), *(n for one in used for n in one.template.names)}
        decides = self._decides(operation, url, used)
        known = ToolCallable(
            name=operation.name,
            wire_name=operation.wire_name if operation.wire_name != operation.name else "",
            description=operation.description,
            parameters=operation.parameters,
            returns="HttpResult",
            effect=override.effect or effect_of(operation.method),
            domain=override.domain or described.domain,
            definition_hash=_hash(operation, decides),
            environment=tuple(sorted(secrets)),
            timeout=timeout,
        )
        return _Route(
            known=known,
            decides=decides,
            operation=operation,
            url=url,
            headers=self._headers,
            credentials=used,
            conduct=Conduct(
                timeout=timeout,
                retries=retries_of(operation.method, None, described.retries, operation.place),
                limit=described.max_response_bytes,
                check=described.check,
                redirects=described.redirects,
            ),
        )

    def _decides(
        self, operation: Operation, url: str, used: tuple[Credential, ...]
    ) -> dict[str, Any]:
        return {
            "method": operation.method,
            "url": url + operation.path,
            "parts": list(operation.parts.values()),
            "body": operation.body,
            "headers": {name: one.digest for name, one in self._headers.items()},
            "credentials": [[one.kind, one.place, one.name, one.template.parts] for one in used],
            "redirects": self._described.redirects,
        }


def _hash(operation: Operation, decides: dict[str, Any]) -> str:
    try:
        # Thousands of schemas take seconds in canonical JSON.
        return definition_hash({"sha256": sha256_hex(msgspec.json.encode(decides, order="sorted"))})
    except ValueError as error:  # a lone surrogate
        raise operation.place.error(f"holds what JSON cannot say: {error}") from None


def _server(document: Document, operation: Operation) -> str:
    """Return where the document says that an operation is."""
    at = operation.place.at("servers")
    servers = document.sequence(operation.servers, at)
    server = document.mapping(servers[0] if servers else None, at)
    url = server.get("url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise at.error("do not say where the server is", remedy="write base_url")
    for name, one in document.mapping(server.get("variables"), at).items():
        default = document.mapping(one, at).get("default", "")
        url = url.replace(f"{{{name}}}", str(default))
    try:
        return base_url(url, at)
    except ToolDefinitionError as error:
        raise ToolDefinitionError(error.message, remedy="write base_url") from None


def _title(document: Document) -> str:
    info = document.mapping(document.root.get("info"), document.place.at("info"))
    return str(info.get("title", ""))
