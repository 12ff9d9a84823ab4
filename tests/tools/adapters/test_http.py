"""HTTP endpoints as tools: a server on this machine notes what arrives on the wire."""

import asyncio
import gzip
import json
import textwrap
import zlib
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from threadbook.errors import ToolArgumentError, ToolCallError, ToolDefinitionError, ToolTimeout
from threadbook.tools.adapters.http import load_http
from threadbook.tools.arguments import validate
from threadbook.tools.documents import read_yaml

API = """
    name: shop
    type: http
    base_url: BASE/v1
    tags: [web]
    headers: {Authorization: "Bearer ${TOKEN}", X-Plain: plain}
    endpoints:
      item:
        path: /items/{item-id}/parts/{part}
        description: one part
        params:
          item-id: {in: path}
          part: {in: path, type: integer, default: 1}
          expand: {type: array}
          q: {}
          X-Trace: {in: header}
      make:
        method: post
        path: /items
        params:
          name: {in: body, required: true}
          size: {in: body, type: integer}
          tags: {in: body, type: array, default: [a]}
      remove: {method: DELETE, path: /items, domain: ops, timeout: 5}
      all: {path: /items}
"""
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@pytest.fixture
def load(tmp_path, server):
    """Return a function that loads a description; BASE is the server's origin."""

    def load(text=API, *, base=None):
        path = tmp_path / "tool.yaml"
        path.write_text(textwrap.dedent(text).replace("BASE", base or server.origin))
        return load_http(path, read_yaml(path))

    return load


@pytest.fixture
def call(load, calls):
    """Return a function that calls an endpoint of a description, and closes what it opened."""
    calls.secrets["TOKEN"] = "t0ken-value"

    async def call(name, arguments=None, *, text=API, timeout=30, base=None):
        adapter = load(text, base=base)
        try:
            return await adapter.call("shop", name, arguments or {}, calls.context(timeout))
        finally:
            await adapter.close()

    return call


def simple(keys="", endpoint="", method="GET"):
    """Return a description with the endpoint `go`."""
    return (
        f"name: shop\ntype: http\nbase_url: BASE\n{keys}\n"
        f"endpoints: {{go: {{path: /go, method: {method}, {endpoint}}}}}\n"
    )


def test_endpoints_are_callables(load):
    (tool,) = load().tools()
    assert (tool.name, tool.adapter, tool.tags, tool.main) == ("shop", "http", ("web",), None)
    item, make, remove, everything = tool.callables
    assert (item.description, item.effect, item.timeout) == ("one part", "read", 30)
    assert [(p.name, p.wire_name, p.required) for p in item.parameters] == [
        ("item_id", "item-id", True),
        ("part", "", False),
        ("expand", "", False),
        ("q", "", False),
        ("X_Trace", "X-Trace", False),
    ]
    assert (make.effect, remove.effect, everything.effect) == ("write", "destructive", "read")
    assert (remove.domain, remove.timeout, remove.environment) == ("ops", 5, ("TOKEN",))


async def test_values_arrive_where_they_belong(call, server):
    result = await call("item", {"item_id": "a b", "expand": ["x&y", "z"], "q": "", "X_Trace": "t"})
    (request,) = server.requests
    assert request.method == "GET"
    assert request.target == "/v1/items/a%20b/parts/1?expand=x%26y&expand=z&q="
    assert request.headers["x-trace"] == "t"
    assert request.headers["authorization"] == "Bearer t0ken-value"
    assert request.headers["x-plain"] == "plain"
    assert (result.status, result.value, result.text, result.data) == (200, {}, "", b"")
    assert result.url.endswith("q=")


async def test_n45_none_is_null_in_a_body_and_nothing_elsewhere(call, server, load):
    await call("make", {"name": "n", "size": None})
    await call("item", {"item_id": "1", "q": None, "expand": None})
    assert json.loads(server.requests[0].body) == {"name": "n", "size": None, "tags": ["a"]}
    assert server.requests[0].headers["content-type"] == "application/json"
    assert server.requests[1].target == "/v1/items/1/parts/1"
    make = load().tools()[0].callables[1]
    validate(make, {"name": "n", "size": None}, operation="tools.shop.make")


async def test_n43_a_value_stays_one_segment_of_the_path(call, server):
    await call("item", {"item_id": "a/../b"})
    assert server.requests[0].target == "/v1/items/a%2F..%2Fb/parts/1"
    for text in ("..", ".", ""):
        with pytest.raises(ToolArgumentError, match="another path"):
            await call("item", {"item_id": text})
    assert len(server.requests) == 1


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    texts=st.lists(TEXT.filter(lambda text: text not in ("", ".", "..")), min_size=1, max_size=5)
)
@example(texts=["%2e%2e", "..%2f", "?a=b#c", "\\..\\", ";x=1", "a\r\nX: y", "\0", "//", "{part}"])
def test_any_text_in_a_path_arrives_as_one_segment(load, calls, server, texts):
    calls.secrets["TOKEN"] = "t0ken-value"

    async def send():
        adapter = load()
        for text in texts:
            arguments = {"item_id": text, "q": text}
            await adapter.call("shop", "item", arguments, calls.context())
        await adapter.close()

    before = len(server.requests)
    asyncio.run(send())
    arrived = server.requests[before:]
    for text, request in zip(texts, arrived, strict=True):
        path, _, query = request.target.partition("?")
        segments = path.split("/")
        assert [*segments[:3], *segments[4:]] == ["", "v1", "items", "parts", "1"]
        assert unquote(segments[3], errors="strict") == text
        assert parse_qsl(query, keep_blank_values=True) == [("q", text)]
        assert "x" not in request.headers


@pytest.mark.parametrize("text", ["a\r\nX: y", "a\nb", "\0", "é", " a", "a ", "\t"])
async def test_a_header_holds_one_line(call, server, text):
    with pytest.raises(ToolArgumentError, match="X_Trace holds what no header may"):
        await call("item", {"item_id": "1", "X_Trace": text})
    assert server.requests == []


@pytest.mark.parametrize(
    "arguments",
    [{}, {"item_id": None}, {"item_id": {}}, {"item_id": "\ud800"}, {"item_id": 10**5000}],
)
async def test_arguments_that_cannot_be_sent_are_refused(call, server, calls, arguments):
    with pytest.raises(ToolArgumentError):
        await call("item", arguments)
    assert (server.requests, calls.fetched) == ([], [])


async def test_n34_an_unknown_parameter_is_refused(call, server):
    with pytest.raises(ToolArgumentError, match="itm"):
        await call("item", {"item_id": "1", "itm": 2})
    assert server.requests == []


@pytest.mark.parametrize("value", [b"raw", {1, 2}, "\ud800", {"a": object()}])
async def test_a_body_that_json_cannot_say_is_refused_or_readable(call, server, value):
    if value == b"raw":  # bytes are base64 in JSON
        await call("make", {"name": value})
        assert json.loads(server.requests[0].body)["name"] == "cmF3"
    elif value == {1, 2}:
        await call("make", {"name": value})
        assert sorted(json.loads(server.requests[0].body)["name"]) == [1, 2]
    else:
        with pytest.raises(ToolArgumentError, match="JSON"):
            await call("make", {"name": value})
        assert server.requests == []


async def test_n39_secrets_are_fetched_for_the_call_and_hidden_in_what_comes_back(
    load, call, calls, server, answer
):
    adapter = load()
    assert adapter.tools()[0].callables[0].environment == ("TOKEN",)
    assert calls.fetched == []
    echo = json.dumps({"you sent": ["Bearer t0ken-value"], "t0ken-value": 1}).encode()
    server.answers = [answer(body=echo, x_echo="t0ken-value"), answer(403, echo)]
    result = await call("all")
    assert result.value["you sent"] == ["Bearer [secret:TOKEN]"]
    assert "t0ken" not in repr(result)
    with pytest.raises(ToolCallError, match="answered 403.*check the secret") as caught:
        await call("all")
    assert "t0ken" not in str(caught.value)
    calls.secrets["TOKEN"] = "two\nlines-value"
    with pytest.raises(ToolCallError, match="line break") as caught:
        await call("all")
    assert "lines-value" not in str(caught.value)
    del calls.secrets["TOKEN"]
    with pytest.raises(ToolCallError, match="no secret TOKEN"):
        await call("all")
    assert len(server.requests) == 2


async def test_content_is_read_by_its_type(call, server, answer):
    async def read(body, content_type, **headers):
        server.answers = [answer(body=body, content_type=content_type, **headers)]
        result = await call("all")
        return result.value, result.text, result.data

    assert await read(b"[1, null]", "application/json; charset=utf-8") == ([1, None], "", b"")
    assert await read(b'{"a": 1}', "application/hal+json") == ({"a": 1}, "", b"")
    assert await read("é".encode(), "text/plain") == (None, "é", b"")
    assert await read("é".encode("latin-1"), "text/html; charset=ISO-8859-1") == (None, "é", b"")
    assert await read(b"\xff", "text/plain; charset=unknown-8") == (None, "\ufffd", b"")
    for odd in ("punycode", "zlib", "undefined", "idna"):
        assert (await read(b"abc", f"text/plain; charset={odd}"))[1] == "abc"
    assert await read(b"\x89PNG", "image/png") == (None, "", b"\x89PNG")
    assert await read(b"", "application/json") == (None, "", b"")
    packed = gzip.compress(b"[2]")
    assert await read(packed, "application/json", content_encoding="gzip") == ([2], "", b"")
    packed = zlib.compress(b"[3]")
    assert await read(packed, "application/json", content_encoding="deflate") == ([3], "", b"")
    for body, headers, reason in (
        (b"{", {}, "is JSON, and is not"),
        (b"[" * 100_000, {}, "is JSON, and is not"),
        (b"\xff\xff", {"content_encoding": "gzip"}, "cannot be decompressed"),
        (gzip.compress(b"[2]")[:-9], {"content_encoding": "gzip"}, "in the middle"),
        (b"x", {"content_encoding": "br"}, "not asked for"),
    ):
        with pytest.raises(ToolCallError, match=reason):
            await read(body, "application/json", **headers)


async def test_an_answer_is_bounded_also_when_compressed(call, server, answer):
    text = simple("max_response_bytes: 1000")
    server.answers = [answer(body=b" " * 998 + b"[]")]
    assert (await call("go", text=text)).value == []
    bomb = gzip.compress(b" " * 50_000_000)
    server.answers = [answer(body=b" " * 999 + b"[]"), answer(body=bomb, content_encoding="gzip")]
    for _ in range(2):
        with pytest.raises(ToolCallError, match="more than 1000 bytes.*max_response_bytes"):
            await call("go", text=text)


async def test_an_error_status_is_an_error_unless_it_is_not_checked(call, server, answer):
    server.answers = [answer(404, b'{"why": "gone"}')]
    with pytest.raises(ToolCallError, match=r'answered 404 Not Found: \{"why": "gone"\}'):
        await call("go", text=simple())
    result = await call("go", text=simple("check: false"))
    assert (result.status, result.value) == (404, {"why": "gone"})


async def test_a_timeout_holds_for_all_of_a_call(call, server, answer):
    server.answers = [server.HANG]
    with pytest.raises(ToolTimeout, match="within 0.2 s"):
        await call("go", text=simple("timeout: 0.2"))
    server.answers = [lambda _: answer(503, retry_after="9")]
    with pytest.raises(ToolTimeout, match="within 0.3 s"):
        await call("go", text=simple(), timeout=0.3)


async def test_cancelling_closes_the_request(load, calls, server, happens):
    server.answers = [server.HANG]
    adapter = load(simple())
    task = asyncio.create_task(adapter.call("shop", "go", {}, calls.context()))
    await happens(server.hanging.is_set)
    assert not server.hung_up.is_set()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await happens(server.hung_up.is_set)
    await adapter.close()


@pytest.mark.parametrize("trouble", [None, 502, 503, 504])
async def test_what_can_be_sent_twice_is_tried_again(call, server, answer, trouble):
    failing = answer(trouble, retry_after="0") if trouble else None
    server.answers = [failing, failing, answer(body=b"[1]")]
    assert (await call("go", text=simple())).value == [1]
    assert len(server.requests) == 3


@pytest.mark.parametrize("trouble", [None, 503])
async def test_what_cannot_be_sent_twice_is_not(call, server, answer, trouble):
    failing = answer(trouble, retry_after="0") if trouble else None
    for method in ("POST", "PATCH"):
        server.answers = [failing, answer()]
        with pytest.raises(ToolCallError):
            await call("go", text=simple(method=method))
    assert [request.method for request in server.requests] == ["POST", "PATCH"]


async def test_retries_end(call, server, answer):
    server.answers = [answer(503, retry_after="0")]
    with pytest.raises(ToolCallError, match="503"):
        await call("go", text=simple("retries: 1"))
    assert len(server.requests) == 2
    server.answers = [answer(503, retry_after="3600")]
    with pytest.raises(ToolCallError, match="asks to wait: 3600"):
        await call("go", text=simple())
    assert len(server.requests) == 3
    server.answers = [answer(500)]
    with pytest.raises(ToolCallError, match="500"):
        await call("go", text=simple())
    assert len(server.requests) == 4


async def test_a_server_that_is_not_there_is_an_error(call, server):
    server.close()
    with pytest.raises(ToolCallError, match="GET http://127.0.0.1:.* failed: ConnectError"):
        await call("go", text=simple("retries: 0"))


async def test_redirects_are_followed_within_the_origin(call, server, answer):
    server.answers = [answer(302, location="/there?a=b"), answer(body=b"[1]")]
    result = await call("all")
    assert result.value == [1]
    assert server.requests[1].target == "/there?a=b"
    assert server.requests[1].headers["authorization"] == "Bearer t0ken-value"
    server.answers = [answer(301, location="/loop")]
    with pytest.raises(ToolCallError, match="more than 5 times"):
        await call("all")


async def test_a_redirect_keeps_the_method_where_it_says_so(call, server, answer):
    server.answers = [answer(307, location="/b"), answer()]
    await call("make", {"name": "n"})
    server.answers = [answer(303, location="/c"), answer()]
    await call("make", {"name": "n"})
    seen = [(r.method, r.target, bool(r.body)) for r in server.requests]
    assert seen == [
        ("POST", "/v1/items", True),
        ("POST", "/b", True),
        ("POST", "/v1/items", True),
        ("GET", "/c", False),
    ]
    assert "content-type" not in server.requests[3].headers


async def test_redirects_to_another_origin_are_refused_or_go_bare(call, server, elsewhere, answer):
    server.answers = [answer(302, location=f"{elsewhere.origin}/x?secret=1")]
    with pytest.raises(ToolCallError, match="another origin, .*/x: name it as base_url") as caught:
        await call("all")
    assert "secret=1" not in str(caught.value)
    assert elsewhere.requests == []
    text = API.replace("tags: [web]", "redirects: any")
    await call("item", {"item_id": "1", "X_Trace": "t"}, text=text)
    (request,) = elsewhere.requests
    assert request.target == "/x?secret=1"
    assert not {"authorization", "x-plain", "x-trace"} & request.headers.keys()
    server.answers = [answer(307, location=f"{elsewhere.origin}/x")]
    with pytest.raises(ToolCallError, match="nothing may be sent"):
        await call("make", {"name": "n"}, text=text)
    none = await call("all", text=API.replace("tags: [web]", "redirects: none"))
    assert none.status == 307
    assert len(elsewhere.requests) == 1


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://[", "//user:pw@127.0.0.1:1/"])
async def test_redirects_to_nowhere_are_errors(call, server, answer, location):
    server.answers = [answer(302, location=location)]
    with pytest.raises(ToolCallError):
        await call("all")
    assert len(server.requests) == 1


async def test_nothing_is_kept_from_one_request_to_the_next(load, calls, server, answer):
    server.answers = [answer(set_cookie="session=1; Path=/")]
    adapter = load(simple())
    for _ in range(2):
        await adapter.call("shop", "go", {}, calls.context())
    await adapter.close()
    assert "cookie" not in server.requests[1].headers


BAD = {
    "base_url: ftp://x": "base_url",
    "base_url: http://user:pw@x": "base_url.*user or password",
    "base_url: http://x/?a=b": "base_url",
    "base_url: http://x/a/../b": "base_url",
    "base_url: 'http://x:port'": "base_url",
    "base_url: x": "base_url",
    "timeot: 3": "timeot.*did you mean timeout",
    "timeout: 0": "timeout",
    "headers: {'A B': x}": "headers.A B",
    "headers: {Host: x}": "headers.Host",
    'headers: {A: "x\\ny"}': "headers.A",
    "headers: {A: '${'}": "headers.A",
    "redirects: all": "redirects",
    "endpoints: {}": "endpoints",
    "endpoints: {a: {path: x}}": "endpoints.a.path",
    "endpoints: {a: {path: '/x?y'}}": "endpoints.a.path",
    "endpoints: {a: {path: '/x/{'}}": "endpoints.a.path",
    "endpoints: {a: {path: /x/../y}}": "endpoints.a.path",
    "endpoints: {a: {path: '/x/{y}'}}": "endpoints.a.path: there is no parameter for {y}",
    "endpoints: {a: {path: /x, method: SPY}}": "endpoints.a.method",
    "endpoints: {a: {path: /x, params: {y: {in: path}}}}": "endpoints.a.params.y.in",
    "endpoints: {a: {path: '/{y}', params: {y: {in: query}}}}": "endpoints.a.params.y.in",
    "endpoints: {a: {path: /x, params: {y: {in: body}}}}": "params.y.in: GET has no body",
    "endpoints: {a: {path: /x, params: {y: {type: object}}}}": "endpoints.a.params.y.type",
    "endpoints: {a: {path: /x, params: {y: {typ: string}}}}": "params.y.typ.*type",
    "endpoints: {a: {path: /x, params: {A: {in: header}}, headers: {a: b}}}": "params.A",
    "endpoints: {a: {path: /x, params: {a-b: , a_b: }}}": "a_b",
    "endpoints: {a: {path: /x, method: POST, retries: 1}}": "endpoints.a.retries.*sent twice",
    "endpoints: {a-b: {path: /x}, a_b: {path: /y}}": "a_b",
}


@pytest.mark.parametrize(("keys", "named"), BAD.items())
def test_what_is_wrong_is_named_by_its_key(tmp_path, keys, named):
    good = {"base_url": "http://x", "endpoints": "{a: {path: /x}}"}
    lines = [f"{key}: {value}" for key, value in good.items() if not keys.startswith(key)]
    path = tmp_path / "tool.yaml"
    path.write_text("\n".join(["name: t", "type: http", *lines, keys]))
    with pytest.raises(ToolDefinitionError, match=f"(?s)tool.yaml: .*{named}"):
        load_http(path, read_yaml(path))


def test_n46_the_hash_covers_what_a_call_does(load):
    def hash_of(text):
        return load(text).tools()[0].callables[0].definition_hash

    same = hash_of(API)
    assert hash_of(API.replace("one part", "a part").replace("[web]", "[net]")) == same
    changes = [
        ("/v1", "/v2"),
        ("/parts/", "/bits/"),
        ("${TOKEN}", "${OTHER}"),
        ("default: 1", "default: 2"),
    ]
    assert len({hash_of(API.replace(*change)) for change in changes} | {same}) == 5


def test_a_preview_says_what_is_sent_and_needs_no_secret(load, server):
    preview = load().preview("shop", "item", {"item_id": "a/b"})
    assert preview == f"GET {server.origin}/v1/items/a%2Fb/parts/1"
