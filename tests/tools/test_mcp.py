"""MCP servers as tools: a server over stdio, in all that may happen to it."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import traceback
from pathlib import Path

import mcp.client.stdio
import msgspec
import psutil
import pytest

from threadbook.errors import (
    ToolArgumentError,
    ToolCallError,
    ToolDefinitionError,
    ToolNotFound,
    ToolTimeout,
)
from threadbook.tools.adapter import CallContext
from threadbook.tools.adapters.mcp import load_mcp

SERVERS = Path(__file__).parent / "mcp_servers"
PATIENCE = 30
SECRET = "s3cret-of-a-test"


def context(told=None, timeout=None):
    def report(stream, text):
        if told is not None:
            told.append((stream, text))

    return CallContext(report=report, secret={}.__getitem__, timeout=timeout)


async def until(condition):
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


def ended(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def load(environ=None, options=None, **more):
    data = {
        "name": "plain",
        "type": "mcp",
        "transport": "stdio",
        "command": sys.executable,
        "args": [str(SERVERS / "plain.py")],
        **more,
    }
    data["env"] = {"PLAIN": json.dumps(options or {}), **data.get("env", {})}
    return load_mcp(Path("/nowhere/plain.yaml"), data, environ=environ or {})


@contextlib.asynccontextmanager
async def running(*args, **kwargs):
    adapter = load(*args, **kwargs)
    try:
        yield adapter
    finally:
        await adapter.close()


async def call(adapter, name, told=None, timeout=None, **arguments):
    result = await adapter.call("plain", name, arguments, context(told, timeout))
    return result.text


async def pid_of(adapter):
    return int(await call(adapter, "pid"))


def callables(adapter):
    return {one.name: one for one in adapter.tools()[0].callables}


async def wait_for_a_call(adapter, notes, **more):
    task = asyncio.create_task(call(adapter, "wait", key="a", **more))
    await until(lambda: notes.exists() and notes.read_text() == "started")
    return task


# What is known, and when


async def test_nothing_is_started_before_it_is_needed():
    children = set(psutil.Process().children())
    async with running() as adapter:
        assert [tool.callables for tool in adapter.tools()] == [()]
        assert not adapter.is_connected
        assert set(psutil.Process().children()) == children
        await adapter.refresh()
        assert callables(adapter)["echo"].parameters[0].name == "text"


async def test_a_call_starts_the_server_by_itself_n96():
    async with running() as adapter:
        assert await call(adapter, "echo", text="hi") == "hi"


async def test_any_task_may_call_and_any_may_close_n96():
    adapter = load()
    assert await asyncio.create_task(call(adapter, "echo", text="a")) == "a"
    pid = await asyncio.create_task(pid_of(adapter))
    await asyncio.create_task(adapter.close())
    assert ended(pid)
    with pytest.raises(ToolCallError, match="closed"):
        await pid_of(adapter)


async def test_pages_are_followed():
    async with running(options={"page": 3}) as adapter:
        await adapter.refresh()
        assert {"echo", "wait", "redefine"} <= callables(adapter).keys()


async def test_pages_without_end_are_refused():
    async with running(options={"endless": True}) as adapter:
        with pytest.raises(ToolCallError, match="more than"):
            await adapter.refresh()


async def test_names_that_are_no_identifiers_are_reachable_and_collisions_refused_n42():
    names = ["class", "my-tool.v2", "a-b", "a.b", "____"]
    tools = [{"name": name, "inputSchema": {"type": "object"}} for name in names]
    schema = {"type": "object", "properties": {"from-to": {"type": "string"}}}
    twins = {"type": "object", "properties": {"x-y": {}, "x.y": {}}}
    tools += [
        {"name": "odd", "inputSchema": schema},
        {"name": "twins", "inputSchema": twins},
    ]
    async with running(options={"tools": tools}, name="my-mcp-server") as adapter:
        await adapter.refresh()
        assert adapter.tools()[0].name == "my_mcp_server"
        found = callables(adapter)
        assert found["class_"].wire_name == "class"
        assert found["my_tool_v2"].wire_name == "my-tool.v2"
        assert found["odd"].parameters[0].sent_as == "from-to"
        assert not {"a_b", "twins"} & found.keys()
        problems = "\n".join(adapter.problems)
        assert "'a-b'" in problems
        assert "'a.b'" in problems
        assert "____" in problems
        assert "x-y" in problems
        result = await adapter.call("my_mcp_server", "my_tool_v2", {}, context())
        assert result.text == "my-tool.v2"


async def test_what_a_server_says_is_cut_and_shown_as_it_is_read():
    hidden = "Reads.\x1b[2J\u202e\U000e0041\u200bSafe" + "x" * 100_000
    tools = [{"name": "hides", "description": hidden, "inputSchema": {"type": "object"}}]
    options = {"tools": tools, "instructions": "\x07Hello"}
    async with running(options=options) as adapter:
        await adapter.refresh()
        description = callables(adapter)["hides"].description
        assert description.startswith("Reads.[2JSafexxx")
        assert len(description) < 5_000
        assert adapter.tools()[0].description == "Hello"


HINTED = [
    {"name": name, "inputSchema": {"type": "object"}, "annotations": hints}
    for name, hints in {
        "reads": {"readOnlyHint": True},
        "writes": {"readOnlyHint": False, "destructiveHint": False},
        "silent": {},
        "destroys": {"destructiveHint": True},
    }.items()
]


@pytest.mark.parametrize(
    ("more", "effects"),
    [
        ({}, ["write", "write", "write", "destructive"]),
        ({"trust_hints": True}, ["read", "write", "write", "destructive"]),
        ({"effect": "read"}, ["read", "read", "read", "destructive"]),
        (
            {"tools": {"override": {"destroys": {"effect": "read"}, "silent": {"domain": "x"}}}},
            ["write", "write", "write", "read"],
        ),
    ],
)
async def test_hints_of_a_server_make_nothing_harmless_unless_they_are_trusted(more, effects):
    async with running(options={"tools": HINTED}, domain="files", **more) as adapter:
        await adapter.refresh()
        found = [callables(adapter)[tool["name"]] for tool in HINTED]
        assert [one.effect for one in found] == effects
        overridden = more.get("tools", {}).get("override", {}).get("silent", {})
        assert found[2].domain == overridden.get("domain", "files")


async def test_only_what_is_allowed_is_there_and_a_slip_is_told():
    tools = {"allow": ["echo", "ehco"], "override": {"pdi": {"effect": "read"}}}
    async with running(tools=tools) as adapter:
        await adapter.refresh()
        assert list(callables(adapter)) == ["echo"]
        assert "'ehco'" in "".join(adapter.problems)
        assert "'pdi'" in "".join(adapter.problems)
        with pytest.raises(ToolNotFound, match="pid"):
            await call(adapter, "pid")


async def test_a_changed_tool_has_another_hash_n46():
    async with running() as adapter:
        await adapter.refresh()
        before = callables(adapter)
        await call(adapter, "redefine", description="Do something else.")
        await until(lambda: callables(adapter)["redefine"].description == "Do something else.")
        after = callables(adapter)
        assert after["redefine"].definition_hash != before["redefine"].definition_hash
        assert after["echo"].definition_hash == before["echo"].definition_hash


async def test_the_last_of_many_changes_is_known_n46():
    async with running() as adapter:
        await adapter.refresh()
        for number in range(20):
            await adapter._connection.call("redefine", {"description": f"{number}"}, print, None)
        await until(lambda: callables(adapter)["redefine"].description == "19")


async def test_a_tool_that_changed_while_nobody_looked_is_not_called_n46(tmp_path):
    notes, environ = tmp_path / "notes", {"OPTIONS": "{}"}
    async with running(environ, env={"PLAIN": "${OPTIONS}", "NOTES": str(notes)}) as adapter:
        await adapter.refresh()
        os.kill(await pid_of(adapter), signal.SIGKILL)
        await until(lambda: not adapter.is_connected)
        environ["OPTIONS"] = json.dumps({"echo": "Say it again, to everybody."})
        with pytest.raises(ToolCallError, match="changed"):
            await call(adapter, "echo", text="a")
        assert not notes.exists()
        assert callables(adapter)["echo"].description == "Say it again, to everybody."
        assert await call(adapter, "echo", text="a") == "a"  # now the caller could see it


# Variables


def test_a_variable_that_is_not_set_is_named_and_nothing_started_n39():
    children = set(psutil.Process().children())
    adapter = load(env={"TOKEN": "${TB_ABSENT}"})
    with pytest.raises(ToolDefinitionError, match="TB_ABSENT"):
        asyncio.run(adapter.refresh())
    assert set(psutil.Process().children()) == children


async def test_a_server_gets_what_is_declared_and_nothing_else(monkeypatch):
    monkeypatch.setenv("TB_OTHER", "not yours")
    env = {"GIVEN": "${TB_GIVEN}", "FALLBACK": "${TB_ABSENT:-else where}", "PORT": 80}
    async with running({"TB_GIVEN": "v"}, env=env) as adapter:
        environ = json.loads(await call(adapter, "environ"))
    assert environ["GIVEN"] == "v"
    assert environ["FALLBACK"] == "else where"
    assert environ["PORT"] == "80"
    assert environ["PATH"] == os.environ["PATH"]
    assert "TB_OTHER" not in environ


@pytest.mark.parametrize(("public", "shown"), [((), "[secret:TB_KEY]"), (("TB_KEY",), SECRET)])
async def test_secrets_reach_the_server_and_nobody_else_n39_n103(public, shown):
    told = []
    env = {"SECRET": "${TB_KEY}"}
    options = {"instructions": f"The key is {SECRET}."}
    async with running({"TB_KEY": SECRET}, options, env=env, public=public) as adapter:
        await adapter.refresh()
        seen = [repr(adapter), msgspec.json.encode(adapter.tools()).decode()]
        result = await adapter.call("plain", "echo", {"text": SECRET}, context(told))
        assert result.text == shown
        assert result.structured == {"said": shown}
        assert json.loads(await call(adapter, "environ"))["SECRET"] == shown
        with pytest.raises(ToolCallError) as caught:
            await call(adapter, "die")
        assert f"the last words, {shown}" in str(caught.value)
        seen += traceback.format_exception(caught.value)
        assert callables(adapter)["echo"].environment == ("PLAIN", "SECRET", "TB_KEY")
        assert (SECRET in "".join(map(str, [*seen, *told]))) == bool(public)


async def test_what_is_hashed_is_the_text_with_its_variables_n39():
    hashes = []
    for value, text in [("aaaaaa", "${TB_KEY}"), ("bbbbbb", "${TB_KEY}"), ("aaaaaa", "aaaaaa")]:
        async with running({"TB_KEY": value}, env={"SECRET": text}) as adapter:
            await adapter.refresh()
            hashes.append(callables(adapter)["echo"].definition_hash)
    assert hashes[0] == hashes[1] != hashes[2]


# Calls


async def test_calls_are_under_way_together_and_each_gets_its_own_answer_n47(tmp_path):
    async with running(env={"NOTES": str(tmp_path / "notes")}) as adapter:
        keys = [f"call {number}" for number in range(20)]
        waiting = [asyncio.create_task(call(adapter, "wait", key=key)) for key in keys]
        released = 0
        while released < len(keys):  # they are answered only when another call asks for it
            released += int(await call(adapter, "release"))
        assert await asyncio.gather(*waiting) == keys


async def test_a_cancelled_call_is_cancelled_there_and_others_go_on(tmp_path):
    notes = tmp_path / "notes"
    async with running(env={"NOTES": str(notes)}) as adapter:
        pid = await pid_of(adapter)
        task = await wait_for_a_call(adapter, notes)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: notes.read_text() == "cancelled")
        assert await pid_of(adapter) == pid


async def test_a_call_that_takes_too_long_is_cancelled_there(tmp_path):
    notes = tmp_path / "notes"
    tools = {"override": {"wait": {"timeout": 0.2}}}
    async with running(env={"NOTES": str(notes)}, tools=tools) as adapter:
        pid = await pid_of(adapter)
        for timeout in (None, 0.1):
            with pytest.raises(ToolTimeout, match="may have been carried out"):
                await call(adapter, "wait", key="a", timeout=timeout)
            await until(lambda: notes.read_text() == "cancelled")
        assert await pid_of(adapter) == pid


@pytest.mark.parametrize(
    ("schema", "fits"),
    [
        ({"said": {"type": "string"}}, True),
        ({"said": {"type": "integer"}}, False),
        ({"said": {"pattern": "^(a+)+$"}}, True),  # it would take longer than anybody lives
    ],
)
async def test_answers_are_held_to_their_schema_within_bounds(schema, fits):
    output = {"type": "object", "properties": schema}
    async with running(options={"output": output}) as adapter:
        text = "a" * 60 + "!"
        if fits:
            assert await call(adapter, "echo", text=text) == text
        else:
            with pytest.raises(ToolCallError, match="was called, but its answer does not fit"):
                await call(adapter, "echo", text=text)


async def test_unknown_names_are_refused():
    async with running() as adapter:
        with pytest.raises(ToolNotFound, match="did you mean echo"):
            await call(adapter, "ecko")
        with pytest.raises(ToolNotFound):
            await adapter.call("another", "echo", {"text": "a"}, context())
        with pytest.raises(ToolArgumentError, match="texxt"):
            await call(adapter, "echo", texxt="a")


# Servers that end, or do not start


async def test_a_server_killed_in_a_call_is_not_asked_twice_and_started_anew(tmp_path):
    notes = tmp_path / "notes"
    async with running(env={"NOTES": str(notes)}) as adapter:
        pid = await pid_of(adapter)
        task = await wait_for_a_call(adapter, notes)
        notes.unlink()
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(ToolCallError, match="may have been carried out"):
            await task
        assert await pid_of(adapter) != pid
        assert not notes.exists()


async def test_a_server_killed_between_calls_is_started_anew():
    async with running() as adapter:
        pid = await pid_of(adapter)
        os.kill(pid, signal.SIGKILL)
        await until(lambda: not adapter.is_connected)
        again = await asyncio.gather(*(pid_of(adapter) for _ in range(5)))
        assert len(set(again)) == 1
        assert again[0] != pid


async def test_a_server_that_knows_the_older_handshake_only_is_understood():
    async with running(options={"strict": True}) as adapter:
        assert await call(adapter, "echo", text="hi") == "hi"


async def test_a_server_that_prints_beside_the_protocol_is_understood(caplog, capfd):
    async with running(options={"banner": True}) as adapter:
        assert await call(adapter, "echo", text="hi") == "hi"
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"command": "/no/such/program"}, "No such file"),
        ({"args": ["-c", "import sys; sys.exit('no database')"]}, "no database"),
        ({"options": {"mute": True}, "connect_timeout": 0.2}, "did not answer within 0.2 seconds"),
    ],
)
async def test_a_server_that_does_not_start_says_why(more, reason):
    before = set(psutil.Process().children())
    async with running(**more) as adapter:
        for _ in range(2):
            with pytest.raises(ToolCallError, match=reason):
                await adapter.refresh()
        with pytest.raises(ToolCallError, match=reason):
            await pid_of(adapter)
    assert all(ended(child.pid) for child in set(psutil.Process().children()) - before)


async def test_a_server_that_is_still_starting_is_ended_too():
    adapter = load(options={"mute": True})
    waiting = asyncio.create_task(adapter.refresh())
    children = set(psutil.Process().children())
    await until(lambda: set(psutil.Process().children()) - children)
    (child,) = set(psutil.Process().children()) - children
    await adapter.close()
    assert ended(child.pid)
    with pytest.raises(ToolCallError):
        await waiting


@pytest.fixture
def impatient(monkeypatch):
    """Have the SDK kill what does not end within moments instead of seconds."""
    monkeypatch.setattr(mcp.client.stdio, "PROCESS_TERMINATION_TIMEOUT", 0.2)
    monkeypatch.setattr(mcp.client.stdio, "FORCE_KILL_TIMEOUT", 0.2)


async def test_closing_ends_a_server_that_resists(impatient):
    async with running() as adapter:
        pid = int(await call(adapter, "linger"))
        assert not ended(pid)
    assert ended(pid)


def test_the_end_of_the_event_loop_ends_a_server_that_resists(impatient):
    async def leave_open():
        return int(await call(load(), "linger"))

    assert ended(asyncio.run(leave_open()))
