"""What MCP servers are described by, and the variables in it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.errors import ToolDefinitionError
from threadbook.tools.adapters.mcp import load_mcp, load_mcp_servers
from threadbook.tools.adapters.mcp_config import read_server, read_servers
from threadbook.tools.adapters.mcp_listing import LONGEST_DESCRIPTION, visible
from threadbook.tools.adapters.mcp_variables import Variables, variables_in
from threadbook.tools.secrets import Redactor

PATH = Path("/tools/server.yaml")
STDIO = {"name": "a", "type": "mcp", "transport": "stdio", "command": "run"}
HTTP = {"name": "a", "type": "mcp", "transport": "http", "url": "http://localhost:1/x"}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({}, "name"),
        ({"name": "a", "command": "run"}, "transport"),
        ({**STDIO, "transport": "websocket"}, "websocket"),
        ({**STDIO, "transport": "http"}, "over http has no command"),
        ({**STDIO, "command": ""}, "needs a command"),
        ({**STDIO, "url": "http://localhost"}, "over stdio has no url"),
        ({**HTTP, "url": ""}, "needs a url"),
        ({**HTTP, "url": "ftp://localhost"}, "no http:// or https:// URL"),
        ({**HTTP, "url": "http://localhost:port"}, "no http:// or https:// URL"),
        ({**HTTP, "args": ["a"], "env": {"A": "b"}}, "no args and no env"),
        ({**STDIO, "args": "-x"}, r"\$.args"),
        ({**STDIO, "env": {"A": True}}, r"\$.env"),
        ({**STDIO, "timeout": 0}, r"\$.timeout"),
        ({**STDIO, "effect": "harmless"}, "harmless"),
        ({**STDIO, "comand": "run"}, "comand"),
        ({**STDIO, "tools": {"alow": []}}, "alow"),
        ({**STDIO, "tools": {"override": {"x": {"efect": "read"}}}}, "efect"),
        ({**STDIO, "args": ["${}"]}, r"\$\{\} is no variable"),
        ({**STDIO, "args": ["${input:key}"]}, "input:key"),
        ({**STDIO, "name": "___"}, "___"),
    ],
)
def test_what_cannot_be_meant_is_refused(data, reason):
    with pytest.raises(ToolDefinitionError, match=reason):
        load_mcp(PATH, data, environ={})


def test_an_error_names_the_file():
    with pytest.raises(ToolDefinitionError, match="/tools/server.yaml"):
        load_mcp(PATH, {**STDIO, "comand": 1}, environ={})


def test_the_transport_is_as_it_is_said_n41():
    for transport in ("http", "sse"):
        url = "http://localhost/stdio/mcp/sse"
        server = read_server(PATH, {**HTTP, "transport": transport, "url": url})
        assert server.expanded(Variables({}), PATH.parent).transport == transport


def test_a_server_is_started_in_its_folder():
    server = read_server(PATH, {**STDIO, "cwd": "${WHERE}/data"})
    launch = server.expanded(Variables({"WHERE": "sub"}), PATH.parent)
    assert launch.cwd == "/tools/sub/data"
    assert read_server(PATH, STDIO).expanded(Variables({}), PATH.parent).cwd is None


@pytest.mark.parametrize("key", ["mcpServers", "servers"])
def test_files_of_other_clients_are_read(key):
    entries = {
        "git-hub": {"command": "npx", "args": ["-y"], "env": {"T": "${env:T}"}, "autoApprove": []},
        "docs": {"url": "https://localhost/sse", "headers": {"A": "${T:-none}"}},
        "old": {"type": "sse", "url": "https://localhost/mcp"},
        "new": {"type": "streamable-http", "url": "https://localhost/"},
        "off": {"command": "rm", "disabled": True},
        "ours": {"command": "run", "timeout": 60_000, "threadbook": {"effect": "read"}},
    }
    servers = {server.name: server for server in read_servers(PATH, {key: entries})}
    transports = {name: server.transport for name, server in servers.items()}
    assert transports == {
        "git-hub": "stdio", "docs": "http", "old": "sse", "new": "http", "ours": "stdio"
    }  # fmt: skip
    assert servers["git-hub"].environment == ("T",)
    launch = servers["git-hub"].expanded(Variables({"T": "value"}), PATH.parent)
    assert launch.env == {"T": "value"}
    assert "value" not in repr(launch)
    assert servers["docs"].expanded(Variables({}), PATH.parent).headers == {"A": "none"}
    assert (servers["ours"].effect, servers["ours"].timeout) == ("read", None)
    adapters = load_mcp_servers(PATH, {key: entries}, environ={})
    assert [adapter.name for adapter in adapters] == ["git_hub", "docs", "old", "new", "ours"]


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([], "mcpServers"),
        ({"a": []}, "'a'"),
        ({"a": {}}, "'a'.*needs a command"),
        ({"a": {"type": "ws", "url": "ws://x"}}, "'ws'"),
        ({"a": {"type": ["http"], "url": "http://x"}}, "'type'|`type`"),
        ({"a": {"command": "run", "threadbook": 1}}, "threadbook"),
        ({"a-b": {"command": "run"}, "a.b": {"command": "run"}}, "'a-b' and 'a.b'"),
    ],
)
def test_what_cannot_be_meant_in_them_is_refused_n42(entries, reason):
    with pytest.raises(ToolDefinitionError, match=reason):
        load_mcp_servers(PATH, {"mcpServers": entries}, environ={})


def test_references_are_expanded():
    variables = Variables({"A": "1", "EMPTY": ""})
    assert (
        variables.expand("${A}-${env:A}-${B:-x y}-${EMPTY}-${EMPTY:-e}-$A-$") == "1-1-x y--e-$A-$"
    )
    assert variables_in(["${A} ${B:-x}", "${env:C}"]) == {"A", "B", "C"}
    with pytest.raises(ToolDefinitionError, match="ABSENT"):
        variables.expand("${ABSENT}")


def test_what_was_put_in_is_a_secret_unless_everybody_knows_it_n103():
    environ = {"HOME": "/home/somebody", "FLAG": "true", "ZONE": "Europe/Vienna", "KEY": "abc+def"}
    variables = Variables({**environ, "OTHER": "never put in"}, public=["ZONE"])
    assert variables.expand("${HOME} ${FLAG} ${ZONE} ${KEY} ${OTHER_:-x}")
    assert variables.names() == ("KEY",)
    text = "/home/somebody true Europe/Vienna abc%2Bdef"
    assert Redactor(variables).text(text) == "/home/somebody true Europe/Vienna [secret:KEY]"


@given(st.text())
def test_text_without_hidden_characters_stays_as_it_is(text):
    shown = visible(text)
    assert visible(shown) == shown
    assert all(char in text for char in shown)
    assert shown.isprintable() or any(not char.isprintable() for char in shown)


def test_long_text_is_cut():
    assert len(visible("x" * 10 * LONGEST_DESCRIPTION)) == LONGEST_DESCRIPTION + 1
