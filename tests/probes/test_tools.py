"""Tools, all the way: a cell calls, the broker runs them, and the log says what came of it."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from threadbook.folds.decisions import answer_draft, request_of
from threadbook.records.bodies import DecisionRequest
from threadbook.tools.definition import Parameter, Tool, ToolCallable, definition_hash
from threadbook.tools.stubs import stub

pytestmark = pytest.mark.asyncio(loop_scope="module")

RICH = Path(__file__).parents[1] / "tools" / "mcp_servers" / "rich.py"
CAUGHT = """
def caught(call):
    try:
        return call()
    except Exception as error:
        return type(error).__name__, str(error)
"""

FUNCTIONS = '''
import asyncio
import os
from typing import Any

from threadbook import tool

meetings = {}


@tool(effect="read")
def add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    return a + b


@tool(effect="read")
def echo(value: Any = 0) -> Any:
    """Return the value."""
    return value


@tool(effect="read")
def pid() -> int:
    """Return the number of the process."""
    return os.getpid()


@tool(effect="read")
async def meet(number: int, count: int) -> int:
    """Return when so many are there."""
    await meetings.setdefault(count, asyncio.Barrier(count)).wait()
    return number
'''

ARGV = "import json, sys; json.dump(sys.argv[1:], sys.stdout)"
SPEAK = """
import os, sys, time
print("to stdout", flush=True)
print("to stderr", file=sys.stderr, flush=True)
while not os.path.exists(sys.argv[1]): time.sleep(0.01)
sys.exit(3)
"""
CLI = """
name: {name}
description: {name} it out
command: {command}
effect: read
check: false
{keys}
schema:
  positional:
    - {{name: value, required: true, description: what to pass}}
"""


def write_tools(folder):
    folder.mkdir()
    (folder / "functions.py").write_text(FUNCTIONS)
    (folder / "broken.yaml").write_text("name: broken\ntype: cli\neffect: maybe\n")
    (folder / "rich.yaml").write_text(
        "{name: my-rich-server, type: mcp, transport: stdio, effect: read,"
        f" command: {sys.executable}, args: [{RICH}, stdio]}}"
    )
    commands = {"argv": ARGV, "strict": ARGV, "speak": SPEAK}
    keys = {
        "argv": "output: json\ntags: [words, verbatim]",
        "strict": "output: json\nend_of_options: false",
        "speak": "end_of_options: false",
    }
    for name, source in commands.items():
        script = folder / f"_{name}.py"
        script.write_text(source)
        command = [sys.executable, str(script)]
        text = CLI.format(name=name, command=command, keys=keys[name])
        (folder / f"{name}.yaml").write_text(f"type: cli\n{text}")
    return folder


@pytest.fixture(scope="module")
def more_environ(tmp_path_factory):
    return {"THREADBOOK_TOOLS": str(write_tools(tmp_path_factory.mktemp("tools") / "tools"))}


async def test_n33_n34_n35_what_does_not_fit_is_not_called(mode, calls_of):
    seen = await mode.run(
        f"{CAUGHT}\n"
        "[caught(call) for call in (\n"
        "    lambda: tools.argv(value='-n').value,\n"
        "    lambda: tools.argv(value='--output=x').value,\n"
        "    lambda: tools.strict(value='-n'),\n"
        "    lambda: tools.add(a=1, bb=3),\n"
        "    lambda: tools.add(),\n"
        "    lambda: tools.add(a='x'),\n"
        "    lambda: tools.add(1),\n"
        ")]"
    )
    passed, joined, *refused = seen.value
    assert (passed, joined) == (["--", "-n"], ["--", "--output=x"])
    assert [name for name, _ in refused] == ["ToolArgumentError"] * 5
    dash, unknown, missing, wrong, positional = (message for _, message in refused)
    assert "taken for an option" in dash
    assert "did you mean b?" in unknown
    assert "a" in re.findall(r"\w+", missing)
    assert re.search(r"\ba\b.*int", wrong)
    assert "by name" in positional
    assert [call.arguments for call, _ in calls_of(mode.log, seen)] == [
        {"value": "-n"},
        {"value": "--output=x"},
    ]


STREAMING = "r = tools.speak(value={path!r})\n(r.stdout, r.stderr, r.exit_code)"


def assert_streamed(mode, seen, end_of):
    assert seen.value == ("to stdout\n", "to stderr\n", 3)
    assert (seen.stdout, seen.stderr) == ("to stdout\n", "to stderr\n")
    outputs = end_of(mode.log, seen).body["outputs"]
    texts = {one["name"]: one["text"] for one in outputs if one["output_type"] == "stream"}
    assert texts == {"stdout": "to stdout\n", "stderr": "to stderr\n"}


async def test_n36_what_a_program_prints_is_shown_while_it_runs(
    session, mode_of, go, until, end_of
):
    mode = mode_of(session)
    running = asyncio.ensure_future(mode.run(STREAMING.format(path=str(go.path))))
    await until(lambda: session.printed == "to stdout\n" or running.done())
    go.set()  # only now can the program end
    assert_streamed(mode, await running, end_of)
    assert (await mode.run("1")).stdout == ""


async def test_n36_a_front_end_sees_it_too(kernel, go, end_of):
    messages = []

    def show(message):
        messages.append(message)
        if message["content"].get("text") == "to stdout\n":
            go.set()

    code = STREAMING.format(path=str(go.path))
    assert_streamed(kernel, await kernel.run(code, hook=show), end_of)
    assert messages


async def test_n37_n49_tags_are_shown_and_found_without_a_model(mode):
    seen = await mode.run("tools.search('verbatim')[0].name, repr(tools.list())")
    first, table = seen.value
    assert first == "argv"
    assert "words, verbatim" in table


async def test_n38_a_wrong_file_says_in_the_cell_what_is_wrong(mode):
    seen = await mode.run(
        f"{CAUGHT}\n"
        "listed = {tool.name: tool.problem for tool in tools.list()}\n"
        "listed['broken'], listed['argv'], repr(tools.list()), caught(lambda: tools.broken())"
    )
    problem, fine, table, (name, message) = seen.value
    assert re.search(r"broken\.yaml:3.*maybe", problem)
    assert fine == ""
    assert "broken.yaml" in table
    assert (name, problem in message) == ("ToolDefinitionError", True)


async def test_n40_n42_n45_typed_results_and_plain_arguments_arrive(mode, calls_of):
    seen = await mode.run(
        "r = tools.my_rich_server.pieces()\n"
        "s = tools.my_rich_server.add(numbers=[1, 2])\n"
        "display(r.images[0])\n"
        "([type(piece).__name__ for piece in r.content], r.text, r.images[0].data,\n"
        " s.structured, tools.my_rich_server.odd_name_v2(value='x').text,\n"
        " tools.echo(value=None))"
    )
    assert seen.value == (
        ["Text", "Text", "Image", "Audio", "Resource", "Resource", "ResourceLink"],
        "one\ntwo\nembedded",
        b"\x89PNG",
        {"total": 3, "parts": [1, 2]},
        "x",
        None,
    )
    *_, (call, result) = calls_of(mode.log, seen)
    assert (call.arguments, result.status) == ({"value": None}, "ok")


async def test_n44_functions_run_in_the_host_and_are_recorded(session, kernel, mode_of, calls_of):
    code = "import os; tools.pid(), os.getpid()"
    in_session, in_kernel = await mode_of(session).run(code), await kernel.run(code)
    of_tool, of_cell = in_session.value
    assert of_tool == os.getpid() != of_cell
    assert len({*in_kernel.value}) == 1  # without a session the kernel is the host
    for log, seen in ((session.log, in_session), (kernel.log, in_kernel)):
        ((call, result),) = calls_of(log, seen)
        assert (call.adapter, call.effect, call.rule) == ("python", "read", "default: read")
        assert result.result == seen.value[0]


async def test_n47_tasks_and_threads_call_at_the_same_time(mode, calls_of):
    seen = await mode.run(
        "import asyncio\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from contextvars import copy_context\n"
        "tasks = await asyncio.gather("
        "*(tools.meet.acall(number=n, count=20) for n in range(20)))\n"
        "with ThreadPoolExecutor(8) as pool:\n"
        "    threads = list(pool.map(lambda n: tools.meet(number=n, count=8), range(8)))\n"
        "tasks, threads"
    )
    assert seen.value == (list(range(20)), list(range(8)))
    found = calls_of(mode.log, seen)
    assert len(found) == 28
    assert all(call.arguments["number"] == result.result for call, result in found)


async def test_n50_all_that_describes_a_tool_says_the_same(kernel, session):
    client = kernel.client
    code = "tools.my_rich_server.ad"
    offered = await client.complete(code, reply=True, timeout=60)
    assert any(one.endswith("add") for one in offered["content"]["matches"])
    offered = await client.complete("tools.ar", reply=True, timeout=60)
    assert any(one.endswith("argv") for one in offered["content"]["matches"])
    asked = await client.inspect("tools.add", reply=True, timeout=60)
    inspected = re.sub(r"\x1b\[[0-9;]*m", "", asked["content"]["data"]["text/plain"])
    helped = (await kernel.run("help(tools.add)")).stdout
    declared = stub(session.tools.list())
    signature = "(*, a: int, b: int = 2) -> int"
    assert signature in inspected
    assert signature in helped
    assert signature.removeprefix("(") in re.sub(r"self, ", "", declared)
    for text in (inspected, helped, declared):
        assert "Add two numbers." in text


class Changing:
    """A tool that its server describes differently from one day to the next."""

    def __init__(self):
        self.version = 1
        self.calls = []

    def tools(self):
        drop = ToolCallable(
            name="drop",
            description=f"Drop a table, version {self.version}.",
            parameters=(Parameter(name="table", type="str", required=True),),
            effect="destructive",
            definition_hash=definition_hash({"version": self.version}),
        )
        return (Tool(name="server", adapter="mcp", callables=(drop,)),)

    async def refresh(self):
        pass

    async def call(self, tool, name, arguments, context):  # noqa: ARG002
        self.calls.append((self.version, dict(arguments)))
        return f"{tool}.{name}"

    async def close(self):
        pass


async def test_n46_n53_an_approval_ends_with_the_definition_it_was_given_for(
    open_session, log, person, until
):
    server = Changing()
    session = await open_session(tools=[server])

    async def run(*, answer=None, before=lambda: None):
        """Call the tool; answer if somebody is asked, after `before`."""
        known = len(log.read(kind=DecisionRequest.KIND))
        running = asyncio.ensure_future(session.run("tools.server.drop(table='old')"))
        if answer:
            request = await until(lambda: log.read(kind=DecisionRequest.KIND)[known:])
            before()
            log.append(answer_draft(request_of(log, request[0].id), answer), by=person)
        result = await running
        assert len(log.read(kind=DecisionRequest.KIND)) == known + bool(answer)
        return result.value if result.is_ok else result.error.name

    def change():
        server.version += 1

    assert await run(answer="approve_session") == "server.drop"
    assert await run() == "server.drop"
    change()
    assert await run(answer="reject") == "PolicyDenied"
    assert await run(answer="approve", before=change) == "DecisionExpired"
    assert await run(answer="approve") == "server.drop"
    assert [version for version, _ in server.calls] == [1, 1, 3]
