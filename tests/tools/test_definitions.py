"""Definitions: what decides a call can be told, so that people can compare it."""

import json
from pathlib import Path

import msgspec
import pytest

from threadbook.records.bodies import BlobRef
from threadbook.records.canonical import sha256_hex
from threadbook.tools.adapters.cli import load_cli
from threadbook.tools.adapters.http import load_http
from threadbook.tools.adapters.mcp_config import read_server
from threadbook.tools.adapters.mcp_listing import Listing, ServerTool, catalog
from threadbook.tools.adapters.openapi import load_openapi
from threadbook.tools.adapters.python import PythonAdapter, tool
from threadbook.tools.asking import request_body
from threadbook.tools.call import Call
from threadbook.tools.definition import definition_hash, definition_text
from threadbook.tools.functions import source_hash
from threadbook.tools.loading import load_tools
from threadbook.tools.rule import Ruling
from threadbook.tools.secrets import EnvSecrets, Redactor

PLACE = Path("tool.yaml")
SECRET = "s3cr3t-4711-token"
CLI = {
    "type": "cli",
    "name": "show",
    "command": ["cat"],
    "env": {"TOKEN": "secret:TOKEN"},
    "schema": {"positional": [{"name": "path"}]},
}
HTTP = {
    "type": "http",
    "name": "shop",
    "base_url": "https://shop.example",
    "headers": {"Authorization": "Bearer ${TOKEN}"},
    "endpoints": {"items": {"path": "/items", "params": {"page": {"type": "integer"}}}},
}
OPENAPI = {
    "type": "openapi",
    "name": "pets",
    "base_url": "https://pets.example",
    "document": {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "paths": {"/pets": {"get": {"operationId": "list_pets", "responses": {}}}},
    },
}


@tool(effect="destructive")
def drop(table: str) -> str:
    """Drop a table."""
    return table


def the_only(adapter):
    """Return the hash and the definition of an adapter's only callable."""
    (found,) = adapter.tools()
    (known,) = found.callables
    return known.definition_hash, adapter.definition(found.name, known.name)


@pytest.mark.parametrize(
    "adapter",
    [load_cli(PLACE, CLI, environ={}), load_http(PLACE, HTTP)],
    ids=["cli", "http"],
)
def test_a_definition_is_what_its_hash_covers(adapter):
    known, definition = the_only(adapter)
    assert definition_hash(definition) == known
    assert json.loads(definition_text(definition)) == msgspec.to_builtins(definition)


def test_that_of_an_operation_is_what_the_hash_of_its_hash_covers():
    known, definition = the_only(load_openapi(PLACE, OPENAPI))
    data = msgspec.json.encode(definition, order="sorted")
    assert definition_hash({"sha256": sha256_hex(data)}) == known
    assert json.loads(definition_text(definition))["url"] == "https://pets.example/pets"


def test_that_of_a_function_has_its_source():
    known, definition = the_only(PythonAdapter([drop]))
    assert "def drop(table: str)" in definition["source"]
    assert definition_hash({**definition, "source": source_hash(drop)}) == known


def test_a_source_that_was_written_since_is_not_taken_for_the_one_that_runs(tmp_path):
    file = tmp_path / "tables.py"
    code = "from threadbook import tool\n\n@tool\ndef drop() -> str:\n    return 'a'\n"
    file.write_text(code)
    (adapter,) = load_tools([file], environ={}).adapters
    assert "return 'a'" in the_only(adapter)[1]["source"]
    file.write_text(code.replace("'a'", "'another'"))
    assert the_only(adapter)[1]["source"] == "(its file was written after it was loaded)"


def test_that_of_a_servers_tool_is_what_its_hash_covers():
    server = read_server(
        PLACE, {"type": "mcp", "name": "notes", "transport": "stdio", "command": "x"}
    )
    schema = {"type": "object", "properties": {"text": {"type": "string"}}}
    listing = Listing(tools=(ServerTool(name="add-note", input_schema=schema),))
    found = catalog(server, listing)
    (known,) = found.callables
    assert definition_hash(found.decides[known.name]) == known.definition_hash


def test_what_a_servers_settings_hold_is_told_by_its_hash_only():
    settings = (
        {"env": {"API_KEY": SECRET}, "command": "x"},
        {
            "headers": {"Authorization": f"Bearer {SECRET}"},
            "url": "https://notes.example/mcp",
        },
    )
    listing = Listing(tools=(ServerTool(name="add", input_schema={"type": "object"}),))
    for one in settings:
        transport = "stdio" if "command" in one else "http"
        server = read_server(PLACE, {"type": "mcp", "name": "n", "transport": transport, **one})
        found = catalog(server, listing)
        told = json.dumps(found.definition("add"))
        assert SECRET not in told
        assert ("API_KEY" if "env" in one else "Authorization") in told
        assert SECRET in json.dumps(found.decides["add"])


def test_it_is_kept_with_a_request_without_secrets():
    call = Call(
        tool="t", callable="c", adapter="cli", effect="write", actor="did:x:y", definition_hash="d"
    )
    kept = {}

    def put(data, media_type):
        kept["definition"] = data, media_type
        return BlobRef(blob="b" * 64, size=len(data), media_type=media_type)

    body = request_body(
        call,
        Ruling(action="ask", rule="r", reason="x", expires_minutes=1.0),
        requester="did:x:y",
        decider=None,
        expires_at=1,
        redactor=Redactor(EnvSecrets({"TOKEN": SECRET}, {"TOKEN"})),
        put_blob=put,
        definition=definition_text({"url": f"https://x/?key={SECRET}"}),
    )
    data, media_type = kept["definition"]
    assert json.loads(data) == {"url": "https://x/?key=[secret:TOKEN]"}
    assert body.context["definition_blob"] == {
        "blob": "b" * 64,
        "size": len(data),
        "media_type": media_type,
    }
    assert body.subject == call.subject  # an approval is bound to the hash
