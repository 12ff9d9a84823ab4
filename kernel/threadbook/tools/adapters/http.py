"""HTTP endpoints as tools, described in YAML.

A tool has one callable for each endpoint. Each parameter has a place: a segment of the path, the
query, a header, or a key of the JSON object that is the body. An explicit None is null in a body,
and leaves a parameter out of a query or header, where nothing says null.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from threadbook.errors import ToolArgumentError, ToolCallError
from threadbook.tools.adapter import CallContext
from threadbook.tools.adapters.fields import (
    ByteCount,
    Name,
    Place,
    Seconds,
    check_bounded,
    check_plain,
    read,
)
from threadbook.tools.adapters.request import (
    Conduct,
    Request,
    Retries,
    base_url,
    check_header_name,
    check_path,
    effect_of,
    encoded,
    fill_path,
    header_text,
    is_header_text,
    json_content,
    query,
    read_method,
    retries_of,
    scalar_text,
)
from threadbook.tools.adapters.secret import Template, UsedSecrets
from threadbook.tools.definition import Effect, Parameter, Tool, ToolCallable, definition_hash
from threadbook.tools.names import parameter_name, python_names, tool_name
from threadbook.tools.results import HttpResult
from threadbook.tools.secrets import Redactor

if TYPE_CHECKING:
    from threadbook.tools.adapters.sending import Sender

In = Literal["path", "query", "header", "body"]
Type = Literal["string", "integer", "number", "boolean", "array", "object"]
Redirects = Literal["same-origin", "any", "none"]

_PYTHON_TYPES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "array": "list[Any]",
    "object": "dict[str, Any]",
}
_CONTAINERS = {"path": ("array", "object"), "header": ("array", "object"), "query": ("object",)}
"""What cannot be written in a place."""


class _Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"place": "in"}):
    place: In | None = None
    type: Type = "string"
    required: bool = False
    default: Any = None
    description: str = ""


class _Endpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    path: str
    method: str = "GET"
    description: str = ""
    params: dict[Name, Any] = {}
    headers: dict[str, str] = {}
    effect: Effect | None = None
    domain: Name | None = None
    timeout: Seconds | None = None
    retries: Retries | None = None


class HttpOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys that every description of something behind HTTP may have."""

    name: Name
    description: str = ""
    tags: tuple[str, ...] = ()
    headers: dict[str, str] = {}
    domain: Name = "general"
    timeout: Seconds = 30.0
    retries: Retries | None = None
    max_response_bytes: ByteCount = 16 << 20
    check: bool = True
    redirects: Redirects = "same-origin"


class _Http(HttpOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    base_url: str
    endpoints: dict[Name, Any]
    type: Literal["http"] = "http"
    effect: Effect | None = None


class _Route(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint that has been read: its parameters by name, with their places."""

    known: ToolCallable
    decides: dict[str, Any]
    url: str
    described: _Endpoint
    parameters: dict[str, tuple[Parameter, In]]
    headers: dict[str, Template]
    conduct: Conduct

    def request(self, arguments: Mapping[str, Any], headers: Mapping[str, str]) -> Request:
        """Return what is sent for these arguments. Raises ToolArgumentError."""
        path: dict[str, str] = {}
        pairs: list[tuple[str, str]] = []
        lines = dict(headers)
        body: dict[str, Any] = {}
        for name, (parameter, place) in self.parameters.items():
            key, value = parameter.sent_as, arguments.get(name, parameter.default)
            if parameter.required and value is None and (place != "body" or name not in arguments):
                raise ToolArgumentError(f"{self.known.name} needs {name}")
            if place == "body":
                if name in arguments or value is not None:
                    body[key] = value
            elif value is not None and place == "path":
                path[key] = encoded(scalar_text(value))
            elif value is not None and place == "query":
                values = value if isinstance(value, list | tuple) else [value]
                pairs += [(encoded(key), encoded(scalar_text(one))) for one in values]
            elif value is not None:
                lines[key] = header_text(name, scalar_text(value))
        url = self.url + fill_path(self.described.path, path)
        content = b""
        if any(place == "body" for _, place in self.parameters.values()):
            content = json_content(body)
            if "content-type" not in {name.lower() for name in lines}:
                lines["Content-Type"] = "application/json"
        return Request(
            method=self.described.method,
            url=f"{url}?{query(pairs)}" if pairs else url,
            headers=tuple(lines.items()),
            content=content,
        )


class HttpAdapter:
    """Sends requests to described endpoints."""

    def __init__(self, tool: Tool, routes: dict[str, _Route]) -> None:
        self._tool = tool
        self._routes = routes
        self._sending = LazySender()

    def tools(self) -> tuple[Tool, ...]:
        """See Adapter.tools."""
        return (self._tool,)

    async def refresh(self) -> None:
        """See Adapter.refresh; what there is stands in the description."""

    def preview(self, tool: str, name: str, arguments: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Return the request line of a call. Raises ToolArgumentError."""
        request = self._routes[name].request(_known(self._routes[name].known, arguments), {})
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
        arguments = _known(route.known, arguments)
        route.request(arguments, {})  # what is wrong with them shows before a secret is fetched
        secrets = UsedSecrets(context.secret)
        request = route.request(arguments, filled_headers(route.headers, secrets))
        return await self._sending.send(request, within(route.conduct, context), secrets.redactor())

    async def close(self) -> None:
        """See Adapter.close."""
        await self._sending.close()


class LazySender:
    """A sender that is made when something is first sent: httpx takes long to import."""

    def __init__(self) -> None:
        self._sender: Sender | None = None

    async def send(self, request: Request, conduct: Conduct, redactor: Redactor) -> HttpResult:
        """See Sender.send."""
        if self._sender is None:
            # Descriptions are loaded at kernel start; few of them are called.
            module = importlib.import_module("threadbook.tools.adapters.sending")
            self._sender = module.Sender()
        return await self._sender.send(request, conduct, redactor)

    async def close(self) -> None:
        """See Sender.close."""
        if self._sender is not None:
            await self._sender.close()


def load_http(path: Path, data: Mapping[str, Any]) -> HttpAdapter:
    """Return the adapter for a description from a file. Raises ToolDefinitionError."""
    place = Place(path)
    check_bounded(data, place)
    described = read(data, _Http, place)
    if not described.endpoints:
        raise place.at("endpoints").error("there are none")
    names = python_names(described.endpoints, tool_name, what=f"{path}: the endpoints")
    url = base_url(described.base_url, place.at("base_url"))
    routes = {
        names[wire_name]: _route(wire_name, one, described, url, place.at("endpoints", wire_name))
        for wire_name, one in described.endpoints.items()
    }
    tool = Tool(
        name=tool_name(described.name),
        adapter="http",
        description=described.description,
        tags=described.tags,
        callables=tuple(route.known for route in routes.values()),
        main=next(iter(routes)) if len(routes) == 1 else None,
        source=str(path),
    )
    return HttpAdapter(tool, routes)


def read_headers(described: Mapping[str, str], place: Place) -> dict[str, Template]:
    """Return headers of a description. Raises ToolDefinitionError."""
    headers: dict[str, Template] = {}
    for name, text in described.items():
        check_header_name(name, place.at(name))
        if name.lower() in {other.lower() for other in headers}:
            raise place.at(name).error("there are two headers of this name")
        template = Template.parse(text, place.at(name))
        if not all(is_header_text(part.strip()) for part in template.parts[::2]):
            raise place.at(name).error("holds what no header may")
        headers[name] = template
    return headers


def filled_headers(headers: Mapping[str, Template], secrets: UsedSecrets) -> dict[str, str]:
    """Return headers with their secrets. Raises ToolCallError."""
    filled = {name: template.fill(secrets) for name, template in headers.items()}
    for name, text in filled.items():
        if not is_header_text(text):
            raise ToolCallError(
                f"the secret for the header {name} holds what no header may",
                remedy="look for a line break at its end",
            )
    return filled


def secret_names(templates: Mapping[str, Template]) -> tuple[str, ...]:
    """Return the names of the secrets that templates refer to."""
    return tuple(sorted({name for template in templates.values() for name in template.names}))


def within(conduct: Conduct, context: CallContext) -> Conduct:
    """Return how a request is made if its caller waits no longer than this."""
    if context.timeout is None:
        return conduct
    return msgspec.structs.replace(conduct, timeout=min(conduct.timeout, context.timeout))


def _route(wire_name: str, data: Any, described: _Http, url: str, place: Place) -> _Route:
    one = read(data, _Endpoint, place)
    method = read_method(one.method, place.at("method"))
    one = msgspec.structs.replace(one, method=method)
    placeholders = check_path(one.path, place.at("path"))
    headers = read_headers({**described.headers, **one.headers}, place.at("headers"))
    parameters = _parameters(one, placeholders, set(map(str.lower, headers)), place)
    name = tool_name(wire_name)
    decides = {
        "method": method,
        "url": url + one.path,
        "parameters": [
            [found.sent_as, where, found.schema, found.required, found.default]
            for found, where in parameters.values()
        ],
        "headers": {name: template.digest for name, template in headers.items()},
        "redirects": described.redirects,
    }
    known = ToolCallable(
        name=name,
        wire_name=wire_name if wire_name != name else "",
        description=one.description,
        parameters=tuple(
            sorted((found for found, _ in parameters.values()), key=lambda one: not one.required)
        ),
        returns="HttpResult",
        effect=one.effect or described.effect or effect_of(method),
        domain=one.domain or described.domain,
        definition_hash=definition_hash(decides),
        environment=secret_names(headers),
        timeout=one.timeout or described.timeout,
    )
    conduct = Conduct(
        timeout=one.timeout or described.timeout,
        retries=retries_of(method, one.retries, described.retries, place.at("retries")),
        limit=described.max_response_bytes,
        check=described.check,
        redirects=described.redirects,
    )
    return _Route(
        known=known,
        decides=decides,
        url=url,
        described=one,
        parameters=parameters,
        headers=headers,
        conduct=conduct,
    )


def _parameters(
    one: _Endpoint, placeholders: tuple[str, ...], headers: set[str], place: Place
) -> dict[str, tuple[Parameter, In]]:
    """Return the parameters of an endpoint by name, each with its place."""
    at = place.at("params")
    names = python_names(one.params, parameter_name, what=f"{place.path}: the parameters")
    found: dict[str, tuple[Parameter, In]] = {}
    for key, data in one.params.items():
        described = read({} if data is None else data, _Parameter, at.at(key))
        where = described.place or ("path" if key in placeholders else "query")
        _check_place(key, described, where, placeholders, at.at(key))
        if where == "header" and key.lower() in headers:
            raise at.at(key).error("is one of the headers that every request has")
        if where == "body" and one.method in ("GET", "HEAD", "TRACE"):
            raise at.at(key, "in").error(f"{one.method} has no body")
        found[names[key]] = (_parameter(names[key], key, described, where), where)
    if missing := [name for name in placeholders if name not in one.params]:
        raise place.at("path").error(f"there is no parameter for {{{missing[0]}}}")
    return found


def _check_place(
    key: str, described: _Parameter, where: In, placeholders: tuple[str, ...], place: Place
) -> None:
    check_plain(described.default, place.at("default"))
    if (where == "path") != (key in placeholders):
        raise place.at("in").error(f"is {where}, but the path says otherwise")
    if described.type in _CONTAINERS.get(where, ()):
        raise place.at("type").error(f"{described.type} cannot be written in a {where}")
    if where == "header":
        check_header_name(key, place)


def _parameter(name: str, key: str, described: _Parameter, where: In) -> Parameter:
    required = (described.required or where == "path") and described.default is None
    kind = described.type
    return Parameter(
        name=name,
        wire_name=key if key != name else "",
        type=_PYTHON_TYPES[kind] if required else f"{_PYTHON_TYPES[kind]} | None",
        required=required,
        default=described.default,
        description=described.description,
        schema={"type": kind if required else [kind, "null"]},
    )


def _known(known: ToolCallable, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return arguments that are all parameters. Raises ToolArgumentError."""
    names = {parameter.name for parameter in known.parameters}
    if unknown := [name for name in arguments if name not in names]:
        raise ToolArgumentError(f"{known.name} has no parameter {unknown[0]}")
    return arguments
