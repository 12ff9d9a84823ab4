"""MCP over HTTP: who may use it, and what each session has for itself."""

import asyncio
import stat

import httpx
import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError

from threadbook.config import Settings
from threadbook.mcp_server.workspace import Options
from threadbook.mcp_server.workspaces import Workspaces

pytestmark = pytest.mark.asyncio(loop_scope="session")

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    },
}
ACCEPT = {"Accept": "application/json, text/event-stream"}


async def post(server, headers):
    async with httpx.AsyncClient(timeout=30) as http:
        return (await http.post(server.url, json=INITIALIZE, headers=ACCEPT | headers)).status_code


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_code_runs_over_http(http_server, mode):
    async with http_server.client(mode=mode) as client:
        result = await client.call_tool("run_code", {"code": "40 + 2"})
        assert result.structured_content["value"] == 42


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic {token}"},
        {"Authorization": "Bearer {token}x"},
        {"Authorization": "{token}"},
    ],
)
async def test_without_the_token_nothing_is_answered(http_server, headers):
    given = {name: value.replace("{token}", http_server.token) for name, value in headers.items()}
    assert await post(http_server, given) == 401


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:80"}, 421),
        ({"Host": "127.0.0.1.evil.example:9101"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_names_and_pages_of_others_are_refused(http_server, header, status):
    assert await post(http_server, http_server.headers | header) == status


async def test_sessions_have_kernels_of_their_own_which_end_with_them(http_server, until):
    async with http_server.client() as one, http_server.client() as other:
        await one.call_tool("run_code", {"code": "x = 1"})
        seen = await other.call_tool("run_code", {"code": "'x' in globals()"})
        assert seen.structured_content["value"] is False
        pid = (
            await one.call_tool("run_code", {"code": "__import__('os').getpid()"})
        ).structured_content["value"]
        assert pid in {kernel.pid for kernel in http_server.kernels()}
    await until(lambda: pid not in {kernel.pid for kernel in http_server.kernels()})


async def test_another_session_cannot_be_guessed(http_server):
    headers = http_server.headers | {"Mcp-Session-Id": "0" * 32}
    assert await post(http_server, headers) == 404


async def test_cancelling_over_http_interrupts(http_server, until):
    told = []

    async def note(_progress, _total, message):
        told.append(message)

    async with http_server.client() as client:
        code = "print('begun')\nwhile True:\n    pass"
        task = asyncio.ensure_future(
            client.call_tool("run_code", {"code": code}, progress_callback=note)
        )
        await until(lambda: "begun" in told)
        task.cancel()
        await asyncio.wait([task])
        after = await client.call_tool("run_code", {"code": "1"})
        assert after.structured_content["value"] == 1


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_n60_a_person_is_asked_over_http(http_server, mode):
    async def decline(_context, _params):
        return types.ElicitResult(action="decline")

    async with http_server.client(mode=mode, elicitation_callback=decline) as client:
        result = await client.call_tool("run_code", {"code": "tools.wipe(path='/')", "timeout": 30})
    assert result.structured_content["error"]["name"] == "PolicyDenied"


async def test_so_many_sessions_and_no_more(start_http):
    server = start_http("--max-sessions", "1", "--insecure-localhost")
    async with server.client() as one:
        assert (await one.call_tool("run_code", {"code": "1"})).structured_content["value"] == 1
        assert await post(server, {}) == 503
        async with server.client(mode="auto") as other:
            refused = await other.call_tool("run_code", {"code": "1"})
            assert refused.structured_content["error"]["code"] == "SessionError"
            with pytest.raises(MCPError, match="1 sessions are open"):
                await other.list_resources()


async def test_a_token_file_is_made_once_and_kept_to_its_owner(start_http, place):
    file = place.folder / "token"
    first = start_http("--token-file", str(file))
    token = file.read_text().strip()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(token) >= 32
    assert await post(first, {"Authorization": f"Bearer {token}"}) == 200
    assert await post(first, {}) == 401
    file.chmod(0o644)
    done = place.command("mcp", "serve", "--http", "--port", "0", "--token-file", file, check=2)
    assert "others can read" in done.stderr


async def test_without_a_token_it_listens_here_only(place):
    done = place.command(
        "mcp", "serve", "--http", "--insecure-localhost", "--host", "0.0.0.0", check=2
    )
    assert "does not listen on 0.0.0.0" in done.stderr
    assert "--http" in place.command("mcp", "serve", "--insecure-localhost", check=2).stderr


async def test_a_session_that_was_idle_goes_on_on_its_thread(tmp_path, until):
    settings = Settings(
        store=f"sqlite:///{tmp_path / 'x.db'}", key=tmp_path / "key.pem", outbox=tmp_path / "outbox"
    )
    options = Options(settings=settings, approver_key=tmp_path / "approver.pem")
    workspaces = Workspaces(options, most=1, idle_seconds=0.01)
    async with workspaces.open():
        with workspaces.using("one") as first:
            pass

        def is_closed():
            with workspaces.using("one") as now:
                return now is not first and now.thread == first.thread

        await until(is_closed)
        await workspaces.end("one")
        with workspaces.using("one") as other:
            assert other.thread != first.thread
