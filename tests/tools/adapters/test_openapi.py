"""OpenAPI documents as tools: a server on this machine notes what arrives on the wire."""

import asyncio
import base64
import copy
import json
import time
from email import message_from_bytes
from email.policy import HTTP

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadbook.errors import ToolArgumentError, ToolCallError, ToolDefinitionError
from threadbook.tools.adapters.openapi import load_openapi
from threadbook.tools.arguments import validate
from threadbook.tools.loading import load_tools

PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string", "maxLength": 10},
        "kind": {"type": "string", "enum": ["cat", "dog"], "nullable": True},
        "parent": {"$ref": "#/components/schemas/Pet"},
    },
}

SERVER = {
    "url": "https://{region}.example.com/v1",
    "variables": {"region": {"default": "eu"}},
}


def document(paths=None, *, version="3.0.3", **parts):
    return {
        "openapi": version,
        "info": {"title": "Pets", "version": "1"},
        "servers": [SERVER],
        "paths": paths or {},
        **parts,
    }  # fmt: skip


def operation(path="/go", method="get", **parts):
    return {path: {method: {"operationId": "go", **parts}}}


def parameter(name="p", where="query", **parts):
    return {"name": name, "in": where, "schema": {}, **parts}


def body(schema, media_type="application/json", *, required=True, **parts):
    content = {media_type: {"schema": schema, **parts}}
    return {"requestBody": {"required": required, "content": content}}


@pytest.fixture
def load(tmp_path):
    """Return a function that loads a document, written to a file, with the keys of a tool."""

    def load(doc, *, suffix="json", **keys):
        text = json.dumps(doc) if suffix == "json" else yaml.safe_dump(doc, sort_keys=False)
        (tmp_path / f"doc.{suffix}").write_text(text)
        data = {"name": "pets", "type": "openapi", "document": f"doc.{suffix}", **keys}
        return load_openapi(tmp_path / "tool.yaml", data)

    return load


@pytest.fixture
def call(load, server, calls):
    """Return a function that calls the operation `go` of some paths, and what then arrived."""

    async def call(paths, arguments=None, *, parts=None, **keys):
        adapter = load(document(paths, **(parts or {})), **{"base_url": server.origin, **keys})
        try:
            await adapter.call("pets", "go", arguments or {}, calls.context())
        finally:
            await adapter.close()
        return server.requests[-1]

    return call


def known_of(adapter, name="go"):
    return next(one for one in adapter.tools()[0].callables if one.name == name)


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_operations_are_callables(load, suffix):
    paths = {
        "/pets": {
            "get": {"operationId": "list-pets", "summary": "All pets", "description": "Sorted."},
            "post": {"operationId": "list_pets"},
        },
        "/pets/{petId}": {"delete": {}, "parameters": [parameter("petId", "path", required=True)]},
    }
    (tool,) = load(document(paths), suffix=suffix, tags=["t"], domain="zoo").tools()
    assert (tool.name, tool.adapter, tool.description, tool.tags) == (
        "pets", "openapi", "Pets", ("t",),
    )  # fmt: skip
    assert [(one.name, one.wire_name, one.effect, one.domain) for one in tool.callables] == [
        ("list_pets", "list-pets", "read", "zoo"),
        ("list_pets_2", "list_pets", "write", "zoo"),
        ("delete_pets_petId", "", "destructive", "zoo"),
    ]
    assert tool.callables[0].description == "All pets\n\nSorted."
    assert [(p.name, p.required) for p in tool.callables[2].parameters] == [("petId", True)]


def test_overrides_say_what_the_document_cannot(load):
    doc = document(operation(method="post"))
    known = known_of(load(doc, operations={"go": {"effect": "read", "domain": "x", "timeout": 5}}))
    assert (known.effect, known.domain, known.timeout) == ("read", "x", 5)
    with pytest.raises(ToolDefinitionError, match=r"operations\.goo: is no operation.*go"):
        load(doc, operations={"goo": {}})


def test_yaml_is_read_as_json_would_be(tmp_path):
    text = """
openapi: 3.0.0
info: {title: t, version: '1'}
servers: [{url: http://x}]
paths:
  /go:
    get:
      operationId: go
      parameters:
        - {name: since, in: query, schema: {type: string, default: 2024-01-01, enum: [no, on]}}
"""
    (tmp_path / "doc.yaml").write_text(text)
    data = {"name": "t", "type": "openapi", "document": "doc.yaml"}
    (found,) = known_of(load_openapi(tmp_path / "t.yaml", data)).parameters
    assert (found.default, found.schema["enum"]) == ("2024-01-01", ["no", "on"])


@pytest.mark.parametrize(
    ("where", "how", "value", "sent"),
    [
        ("query", {}, "a&b", "p=a%26b"),
        ("query", {}, [1, "a,b"], "p=1&p=a%2Cb"),
        ("query", {"explode": False}, [1, "a,b"], "p=1,a%2Cb"),
        ("query", {}, {"x": 1, "y&": True}, "x=1&y%26=true"),
        ("query", {"style": "spaceDelimited", "explode": False}, [1, 2], "p=1%202"),
        ("query", {"style": "pipeDelimited", "explode": False}, [1, 2], "p=1%7C2"),
        ("query", {"style": "deepObject"}, {"a": {"b": [1]}}, "p%5Ba%5D%5Bb%5D%5B0%5D=1"),
        ("query", {"style": "deepObject"}, {"c]=": 2}, "p%5Bc%5D%3D%5D=2"),
        ("query", {"content": {"application/json": {}}}, {"a": None}, "p=%7B%22a%22%3Anull%7D"),
        ("path", {}, "a/../b", "a%2F..%2Fb"),
        ("path", {}, ["a,b", 2], "a%2Cb,2"),
        ("path", {"explode": True}, {"a": 1, "b": 2}, "a=1,b=2"),
        ("path", {}, {"a": 1}, "a,1"),
        ("path", {"style": "label"}, [1, 2], ".1,2"),
        ("path", {"style": "label", "explode": True}, [1, 2], ".1.2"),
        ("path", {"style": "matrix"}, [1, 2], ";p=1,2"),
        ("path", {"style": "matrix", "explode": True}, [1, "a;b"], ";p=1;p=a%3Bb"),
        ("header", {}, ["a", 1], "a,1"),
        ("header", {"explode": True}, {"a": 1}, "a=1"),
        ("cookie", {}, "a;b", "p=a%3Bb"),
    ],
)  # fmt: skip
async def test_styles(call, where, how, value, sent):
    path = "/go/{p}" if where == "path" else "/go"
    described = {"name": "p", "in": where, "schema": {}, "required": True, **how}
    request = await call(operation(path, parameters=[described]), {"p": value})
    assert (
        sent
        == {
            "query": request.target.partition("?")[2],
            "path": request.target.removeprefix("/go/"),
            "header": request.headers.get("p"),
            "cookie": request.headers.get("cookie"),
        }[where]
    )


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_any_text_in_a_path_is_one_segment(load, text):
    adapter = load(document(operation("/a/{p}/b")), base_url="http://x")
    if text in (".", ".."):
        with pytest.raises(ToolArgumentError, match="another path"):
            adapter.preview("pets", "go", {"p": text})
    else:
        path = adapter.preview("pets", "go", {"p": text}).removeprefix("GET http://x")
        assert len(path.split("/")) == 4
        assert not set(path) & set("?#\\ ")


async def test_headers_hold_one_line(call, server):
    paths = operation(parameters=[parameter("X-A", "header"), parameter("Accept", "header")])
    with pytest.raises(ToolArgumentError, match="no header may"):
        await call(paths, {"X_A": "a\r\nb: c"})
    with pytest.raises(ToolArgumentError, match="no parameter Accept"):
        await call(paths, {"Accept": "x"})
    assert server.requests == []


def test_parameters_of_the_operation_go_before_those_of_its_path(load):
    paths = operation("/go/{id}", parameters=[parameter("id"), parameter("q", required=True)])
    paths["/go/{id}"]["parameters"] = [parameter("id", "path"), parameter("q", description="old")]
    found = known_of(load(document(paths))).parameters
    assert [(p.name, p.sent_as, p.required, p.description) for p in found] == [
        ("id", "id", True, ""),
        ("q", "q", True, ""),
        ("id_2", "id", False, ""),
    ]


async def test_the_properties_of_a_body_are_parameters(call, load, server):
    parts = {"components": {"schemas": {"Pet": PET}}}
    paths = operation(method="post", **body({"$ref": "#/components/schemas/Pet"}))
    known = known_of(load(document(paths, **parts)))
    assert [(p.name, p.required, p.type) for p in known.parameters] == [
        ("name", True, "str"),
        ("kind", False, "Literal['cat', 'dog', None]"),
        ("parent", False, "dict[str, Any]"),
    ]
    request = await call(paths, {"name": "Ada", "kind": None, "parent": {"name": "B"}}, parts=parts)
    assert json.loads(request.body) == {"name": "Ada", "kind": None, "parent": {"name": "B"}}
    assert request.headers["content-type"] == "application/json"
    for wrong in ({"name": "A" * 11}, {"name": 1}, {"name": "A", "kind": "cow"}, {}):
        with pytest.raises(ToolArgumentError):
            validate(known, wrong, operation="tools.pets.go")
    with pytest.raises(ToolArgumentError, match="needs name"):
        await call(paths, {}, parts=parts)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("schema", "others"),
    [
        ({"type": "object", "properties": {"p": {}}}, [parameter()]),
        ({"type": "object", "properties": {"a-b": {}, "a_b": {}}}, []),
        ({"type": "object", "properties": {"a": {}}, "additionalProperties": True}, []),
        ({"type": "object"}, []),
        ({"oneOf": [{"type": "object", "properties": {"a": {}}}, {"type": "string"}]}, []),
        ({"type": "array", "items": {"type": "integer"}}, []),
        (True, []),
    ],
)
async def test_other_bodies_are_one_parameter(call, load, schema, others):
    paths = operation(method="post", parameters=others, **body(schema))
    names = [one.name for one in known_of(load(document(paths))).parameters]
    assert sorted(names) == sorted(["body", *(one["name"] for one in others)])
    request = await call(paths, {"body": {"p": None}})
    assert json.loads(request.body) == {"p": None}


async def test_all_of_is_merged(call, load):
    base = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}
    schema = {"allOf": [base, {"properties": {"b": {"type": "integer"}}}]}
    paths = operation(method="post", **body(schema))
    assert [(p.name, p.required) for p in known_of(load(document(paths))).parameters] == [
        ("a", True),
        ("b", False),
    ]
    assert json.loads((await call(paths, {"a": "x", "b": 1})).body) == {"a": "x", "b": 1}


async def test_a_body_that_is_not_needed_is_not_sent(call):
    schema = {"type": "object", "properties": {"a": {}}, "required": ["a"]}
    paths = operation(method="post", **body(schema, required=False))
    request = await call(paths)
    assert (request.body, "content-type" in request.headers) == (b"", False)
    assert json.loads((await call(paths, {"a": 1})).body) == {"a": 1}


async def test_forms(call):
    schema = {"type": "object", "properties": {"a b": {}, "many": {}, "deep": {}}}
    encoding = {"deep": {"style": "deepObject"}}
    form = "application/x-www-form-urlencoded"
    paths = operation(method="post", **body(schema, form, encoding=encoding))
    request = await call(paths, {"a_b": "x&y", "many": [1, 2], "deep": {"k": True}})
    assert request.body == b"a%20b=x%26y&many=1&many=2&deep%5Bk%5D=true"
    assert request.headers["content-type"] == form
    paths = operation(method="post", **body({"type": "object"}, form))
    assert (await call(paths, {"body": {"a": [1, 2]}})).body == b"a=1&a=2"


async def test_multipart(call):
    file = {"type": "string", "format": "binary"}
    schema = {"type": "object", "properties": {"file": file, "n": {"type": "integer"}, "o": {}}}
    paths = operation(method="post", **body(schema, "multipart/form-data"))
    request = await call(paths, {"file": b"\x00\xff\r\n--x", "n": 3, "o": {"a": 1}})
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = list(message_from_bytes(head + request.body, policy=HTTP).iter_parts())
    names = [part.get_param("name", header="content-disposition") for part in parts]
    content = [(part.get_filename(), part.get_payload(decode=True)) for part in parts]
    found = [(name, *rest) for name, rest in zip(names, content, strict=True)]
    assert found == [
        ("file", "file", b"\x00\xff\r\n--x"),
        ("n", None, b"3"),
        ("o", None, b'{"a":1}'),
    ]


async def test_any_other_body_goes_out_as_it_is(call):
    paths = operation(method="post", **body({}, "application/xml"))
    request = await call(paths, {"body": "<é/>"})
    assert (request.body.decode(), request.headers["content-type"]) == ("<é/>", "application/xml")
    assert (await call(paths, {"body": b"\xff"})).body == b"\xff"


SCHEMES = {
    "key": {"type": "apiKey", "in": "query", "name": "k"},
    "jar": {"type": "apiKey", "in": "cookie", "name": "c"},
    "line": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
    "odd": {"type": "mutualTLS"},
}


async def test_credentials_go_where_their_scheme_says(call, calls, server):
    calls.secrets = {"A": "va/ue-a", "B": "ada:pässword", "C": "value-c"}
    parts = {"components": {"securitySchemes": SCHEMES}, "security": [{"bearer": []}]}
    auth = dict.fromkeys(("key", "jar", "line", "bearer"), "secret:A") | {"basic": "secret:B"}

    async def sent(security):
        own = {} if security is None else {"security": security}
        return await call(operation(**own), parts=parts, auth=auth)

    assert (await sent(None)).headers["authorization"] == "Bearer va/ue-a"
    basic = base64.b64encode("ada:pässword".encode()).decode()
    assert (await sent([{"odd": []}, {"basic": []}])).headers["authorization"] == f"Basic {basic}"
    request = await sent([{"key": [], "jar": [], "line": []}])
    assert request.target == "/go?k=va%2Fue-a"
    assert (request.headers["cookie"], request.headers["x-key"]) == ("c=va%2Fue-a", "va/ue-a")
    for nothing in ([], [{}], [{"odd": []}]):
        assert "authorization" not in (await sent(nothing)).headers


async def test_credentials_are_named_by_reference_and_never_shown(load, server, calls, answer):
    doc = document(operation(), components={"securitySchemes": SCHEMES}, security=[{"key": []}])
    adapter = load(doc, auth={"key": "secret:A"}, base_url=server.origin)
    assert known_of(adapter).environment == ("A",)
    assert calls.fetched == []
    calls.secrets["A"] = "va/ue of a"
    result = await adapter.call("pets", "go", {}, calls.context())
    assert result.url.endswith("/go?k=[secret:A]")
    server.answers = [answer(401)]
    with pytest.raises(ToolCallError, match="check the secret"):
        await adapter.call("pets", "go", {}, calls.context())
    assert "va" not in adapter.preview("pets", "go", {})
    await adapter.close()
    for auth, named in (({"key": "literal"}, "auth.key"), ({"kee": "secret:A"}, "auth.kee.*key"),
                        ({"odd": "secret:A"}, "securitySchemes.odd")):  # fmt: skip
        with pytest.raises(ToolDefinitionError, match=named):
            load(doc, auth=auth)


def test_servers(load):
    def where(doc, **keys):
        return load(doc, **keys).preview("pets", "go", {})

    doc = document(operation())
    assert where(doc) == "GET https://eu.example.com/v1/go"
    assert where(doc, base_url="http://x/y/") == "GET http://x/y/go"
    own = document(operation(servers=[{"url": "https://up.example.com"}]))
    assert where(own) == "GET https://up.example.com/go"
    for servers in ([], [{"url": "/v1"}], [{"url": "https://{x}.com"}], [{}], "x"):
        with pytest.raises(ToolDefinitionError, match="servers"):
            where({**doc, "servers": servers})


BAD = {
    "openapi": ({"swagger": "2.0"}, "openapi"),
    "version": (document(version="4.0.0"), "openapi"),
    "list": ([], "is no OpenAPI document"),
    "paths": (document({"/x": []}), "paths./x"),
    "operation": (document({"/x": {"get": 1}}), "paths./x.get"),
    "path": (document(operation("x")), "paths.x.get"),
    "traversal": (document(operation("/../x")), "paths./../x.get"),
    "parameters": (document(operation(parameters={})), "paths./go.get"),
    "parameter": (document(operation(parameters=[{"in": "query"}])), "get.parameters.0"),
    "place": (document(operation(parameters=[parameter(where="body")])), "parameters.0.in"),
    "style": (document(operation(parameters=[parameter(style="odd")])), "parameters.0.style"),
    "header": (document(operation(parameters=[parameter("Host", "header")])), "parameters.0.name"),
    "schema": (document(operation(parameters=[parameter(schema=3)])), "parameters.0.schema"),
    "remote": (document(operation(parameters=[{"$ref": "http://x/y#/z"}])), "bundle"),
    "file": (document(operation(parameters=[parameter(schema={"$ref": "b.yaml"})])), "bundle"),
    "missing": (document(operation(parameters=[{"$ref": "#/nope"}])), "#/nope.*is not there"),
    "circle": (
        document(
            operation(parameters=[{"$ref": "#/a"}]), a={"$ref": "#/b"}, b={"$ref": "#/a"}
        ),
        "circle",
    ),
    "body": (document(operation(method="post", requestBody=[])), "post.requestBody"),
    "name": (document({"/x": {"get": {"operationId": "x" * 300}}}), "paths./x.get"),
}  # fmt: skip


@pytest.mark.parametrize(("doc", "named"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_named_by_its_key(load, doc, named):
    with pytest.raises(ToolDefinitionError, match=f"doc.json: .*{named}"):
        load(doc)


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ({"document": "nope.json"}, "document.*cannot be read"),
        ({"document": {"openapi": "2"}}, "document.openapi"),
        ({"documnt": 1}, "documnt.*document"),
        ({"base_url": "x"}, "base_url"),
        ({"headers": {"Host": "x"}}, "headers.Host"),
        ({"operations": {"go": {"effect": "x"}}}, "operations.go.effect"),
    ],
)
def test_what_is_wrong_in_the_description_is_named(load, keys, named):
    with pytest.raises(ToolDefinitionError, match=f"tool.yaml: {named}"):
        load(document(operation()), **keys)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[" * 100_000,
        "{" * 100_000,
        "a: *b",
        "a: &a [*a]",
        "\0",
        "- " * 9999,
        "a: !x 1",
        "{[a]: b}",
        "a: 1\n---\nb: 2",
        "<<: 3",
        "? [a]",
    ],
)
def test_files_that_are_no_documents_are_refused(tmp_path, text):
    (tmp_path / "doc").write_text(text)
    with pytest.raises(ToolDefinitionError, match="doc: "):
        load_openapi(tmp_path / "t.yaml", {"name": "t", "type": "openapi", "document": "doc"})


def test_a_document_of_aliases_is_bounded(tmp_path):
    lines = ["a0: &a0 [x, x]"] + [
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)
    ]
    (tmp_path / "doc").write_text("\n".join(["openapi: 3.0.0", *lines]))
    with pytest.raises(ToolDefinitionError, match="values"):
        load_openapi(tmp_path / "t.yaml", {"name": "t", "type": "openapi", "document": "doc"})


def test_schemas_without_end_are_bounded(load):
    fan = {f"S{n}": {"anyOf": [{"$ref": f"#/components/schemas/S{n + 1}"}] * 8} for n in range(40)}
    fan["S40"] = {"type": "string", "pattern": "(a+)+$"}
    fan["Loop"] = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Loop"}}}
    wide = {"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(5000)}}
    for schema in (
        {"$ref": "#/components/schemas/S0"},
        {"$ref": "#/components/schemas/Loop"},
        wide,
    ):
        doc = document(
            operation(parameters=[parameter(schema=schema)]), components={"schemas": fan}
        )
        (found,) = known_of(load(doc)).parameters
        text = json.dumps(found.schema)
        assert len(text) < 50_000
        assert "$ref" not in text
        assert "pattern" not in text
    loop = known_of(load(document(
        operation(parameters=[parameter(schema={"$ref": "#/components/schemas/Loop"})]),
        components={"schemas": fan},
    ))).parameters[0].schema  # fmt: skip
    assert loop == {"type": "object", "properties": {"next": {}}, "required": []}


def test_what_is_cut_refuses_nothing_that_the_document_allows(load):
    loop = {"$ref": "#/components/schemas/Loop"}
    schemas = {
        "Loop": {
            "type": "object",
            "properties": {
                "next": {"oneOf": [loop, {"type": "null"}]},
                "other": {"not": loop},
                "open": {"patternProperties": {"^x": loop}, "additionalProperties": False},
            },
        }
    }
    doc = document(operation(parameters=[parameter(schema=loop)]), components={"schemas": schemas})
    known = known_of(load(doc))
    for value in ({"next": None}, {"next": {"next": {}}}, {"other": 1}, {"open": {"x1": {}}}):
        validate(known, {"p": value}, operation="tools.pets.go")
    with pytest.raises(ToolArgumentError):
        validate(known, {"p": 1}, operation="tools.pets.go")


def test_a_document_may_stand_in_the_description(tmp_path):
    text = f"name: t\ntype: openapi\ndocument: {json.dumps(document(operation()))}\n"
    (tmp_path / "t.yaml").write_text(text)
    registry = load_tools([tmp_path], environ={})
    assert (registry.problems, known_of(registry.get("t", "go")[2]).name) == ((), "go")


def test_schemas_of_3_0_become_json_schema(load):
    schema = {
        "type": "integer", "nullable": True, "minimum": 1, "exclusiveMinimum": True,
        "maximum": 5, "exclusiveMaximum": False, "example": 3, "x-other": 1,
    }  # fmt: skip
    doc = document(operation(parameters=[parameter(schema=schema)]))
    known = known_of(load(doc))
    assert known.parameters[0].schema == {
        "type": ["integer", "null"], "exclusiveMinimum": 1, "maximum": 5,
    }  # fmt: skip
    for wrong in (1, 6, "x"):
        with pytest.raises(ToolArgumentError):
            validate(known, {"p": wrong}, operation="tools.pets.go")
    validate(known, {"p": None}, operation="tools.pets.go")


def test_n46_the_hash_changes_with_what_is_sent_and_with_its_schema(load):
    doc = document(
        operation(method="post", parameters=[parameter(schema={"type": "string"})], **body(PET)),
        components={"schemas": {"Pet": PET}, "securitySchemes": SCHEMES},
        security=[{"key": []}],
    )

    def hash_of(change=lambda _: None, **keys):
        changed = copy.deepcopy(doc)
        change(changed)
        return known_of(load(changed, **keys)).definition_hash

    def go(changed):
        return changed["paths"]["/go"]["post"]

    same = hash_of()
    assert hash_of(lambda d: go(d).update(summary="new", tags=["x"])) == same
    changed = [
        hash_of(lambda d: go(d)["parameters"][0].update(style="pipeDelimited")),
        hash_of(lambda d: go(d)["parameters"][0].update(schema={"type": "integer"})),
        hash_of(lambda d: d["components"]["schemas"]["Pet"]["properties"].pop("name")),
        hash_of(lambda d: d.update(servers=[{"url": "http://other"}])),
        hash_of(base_url="http://x"),
        hash_of(auth={"key": "secret:A"}),
        hash_of(headers={"A": "b"}),
        hash_of(redirects="any"),
    ]
    assert len({same, *changed}) == len(changed) + 1


def test_n34_an_unknown_parameter_is_refused(load):
    with pytest.raises(ToolArgumentError, match="no parameter x"):
        load(document(operation())).preview("pets", "go", {"x": 1})


async def test_a_large_document_loads_and_its_last_operation_can_be_called(
    load, server, calls, record_property
):
    paths = {}
    for number in range(1250):
        paths |= {
            f"/r{number}/{{id}}": {
                "get": {"operationId": f"get{number}", "parameters": [parameter("id", "path")]},
                "post": {
                    "operationId": f"make{number}",
                    **body({"$ref": "#/components/schemas/Pet"}),
                },
            }
        }
    doc = document(paths, components={"schemas": {"Pet": PET}})
    before = time.perf_counter()
    adapter = load(doc, base_url=server.origin)
    record_property("seconds", time.perf_counter() - before)
    assert len(adapter.tools()[0].callables) == 2500
    await adapter.call("pets", "make1249", {"id": 7, "name": "A"}, calls.context())
    await adapter.close()
    assert server.requests[0].target == "/r1249/7"


async def test_calls_at_once_keep_their_answers_apart(load, server, calls, answer):
    server.answers = [lambda request: answer(body=json.dumps(request.target).encode())]
    adapter = load(document(operation("/go/{p}")), base_url=server.origin)
    results = await asyncio.gather(
        *(adapter.call("pets", "go", {"p": str(n)}, calls.context()) for n in range(20))
    )
    await adapter.close()
    assert [result.value for result in results] == [f"/go/{n}" for n in range(20)]
