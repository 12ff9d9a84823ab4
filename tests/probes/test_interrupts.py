"""Timeouts, interrupts and crashes: probes N22 to N32."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = Path(sys.executable).parent / "threadbook"

INTERRUPT = """
import sys
from jupyter_client.blocking.client import BlockingKernelClient

client = BlockingKernelClient()
client.load_connection_file(sys.argv[1])
client.start_channels(hb=False)
client.control_channel.send(client.session.msg("interrupt_request", {}))
assert client.get_control_msg(timeout=60)["content"]["status"] == "ok"
client.stop_channels()
"""

POLICY = """
[[rule]]
name = "tables stay"
match = { tool = "drop" }
action = "deny"
"""

GUARDED = [
    "tools.drop(table='t')",
    "tools.add(a=1)",
    "deps.add('six')",
    "!echo ran",
    "import subprocess; subprocess.run(['echo', 'ran'], capture_output=True).stdout",
    "import os; [name for name in os.environ if 'SECRET' in name]",
    "!env | grep -c BROKER_SECRET",
    "{'sdk', 'thread', 'tools', 'workflows', 'artifacts', 'deps'} <= globals().keys()",
]

MCP_SERVER = """
import json, os, sys
from pathlib import Path

TOOL = {"name": "pid", "inputSchema": {"type": "object"}}
RESULTS = {
    "initialize": {
        "protocolVersion": "2025-06-18",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "waiting", "version": "1"},
    },
    "tools/list": {"tools": [TOOL]},
}
for line in sys.stdin:
    message = json.loads(line)
    number, method = message.get("id"), message.get("method")
    answer = {"jsonrpc": "2.0", "id": number}
    if method == "tools/call":
        answer["result"] = {"content": [{"type": "text", "text": str(os.getpid())}]}
    elif method in RESULTS:
        answer["result"] = RESULTS[method]
    else:
        answer["error"] = {"code": -32601, "message": "unknown"}
    if number is not None:
        print(json.dumps(answer), flush=True)
"""

HOST = """
import asyncio, sys
from pathlib import Path
from threadbook import Session

async def main():
    async with Session(tools=[Path(sys.argv[1])]) as session:
        server = await session.run("tools.waiting.pid().text")
        print(session._connection.pid, server.value, flush=True)
        await session.run(sys.argv[2])

asyncio.run(main())
"""


WAITING = """
type: mcp
name: waiting
transport: stdio
command: {python}
args: [{server}]
effect: read
"""

SLEEPER = """
type: cli
name: sleeper
effect: read
command: [sh, -c, 'echo $$ > "{note}"; exec sleep 1000']
"""

BUSY = {
    "a loop": """
import os
with open("{note}", "w") as note: print(os.getpid(), file=note)
while True: pass
""",
    "a child": """
import subprocess
subprocess.run("echo $$ > '{note}'; exec sleep 1000", shell=True)
""",
    "a tool": "tools.sleeper()",
}
"""What cells do when their host dies; each notes the number of its process."""

SECONDS = 60


@pytest.mark.usefixtures("patient")
async def test_n22_after_a_timeout_the_next_cell_works_and_variables_are_there(session):
    await session.run("kept = 'variable'")
    timed_out = await session.run("while True: pass", timeout=1)
    assert (timed_out.status, timed_out.state_lost) == ("timeout", False)
    after = await session.run("1+1, kept", timeout=30)
    assert (after.status, after.value, after.state_lost) == ("ok", (2, "variable"), False)


@pytest.mark.usefixtures("patient")
async def test_n23_a_call_with_a_timeout_returns(session):
    result = await asyncio.wait_for(session.run("while True: pass", timeout=1), 30)
    assert result.status == "timeout"
    assert result.duration >= 1


async def test_n24_a_cell_that_ignores_interrupts_costs_the_kernel_and_says_so(
    open_session, end_of
):
    session = await open_session()
    await session.run("gone = 1")
    result = await session.run("sum(iter(int, 1))", timeout=0.2)
    assert (result.status, result.state_lost) == ("timeout", True)
    end = end_of(session.log, result)
    assert end.body["status"] == "timeout"
    assert "interrupt" in end.body["note"]  # how far it had to go
    (restart,) = session.log.read_all(kind="threadbook.session.restart")
    assert restart.body["reason"] == "timeout"
    after = await session.run("'gone' in globals()")
    assert (after.value, after.state_lost) == (False, True)
    assert not (await session.run("1")).state_lost


async def test_n24_a_cell_that_heeds_interrupts_costs_nothing(session, end_of):
    result = await session.run("import time; time.sleep(1000)", timeout=0.2)
    assert (result.status, result.state_lost) == ("timeout", False)
    assert "note" not in end_of(session.log, result).body


@pytest.mark.usefixtures("patient")
async def test_n25_a_cell_that_has_timed_out_does_nothing_more(session, tmp_path, go, until):
    later, mark = tmp_path / "later", tmp_path / "mark"
    asynchronous = f"import asyncio\nawait asyncio.sleep(3)\nopen({str(later)!r}, 'w')"
    blocking = f"import time\ntime.sleep(3)\nopen({str(later)!r}, 'w')"
    waiting = f"{go.wait}open({str(later)!r}, 'w')"
    for code in (waiting, asynchronous, blocking):
        assert (await session.run(code, timeout=0.2)).status == "timeout"
    go.set()
    began = time.monotonic()
    await until(lambda: time.monotonic() > began + 3.5)
    assert (await session.run(f"open({str(mark)!r}, 'w')")).status == "ok"
    assert mark.exists()
    assert not later.exists()


async def test_n26_a_kernel_that_exits_ends_its_cell_before_the_timeout(open_session, end_of):
    session = await open_session()
    result = await session.run("import os; os._exit(1)", timeout=8)
    assert (result.status, result.state_lost) == ("died", True)
    assert end_of(session.log, result).body["status"] == "died"
    without = await asyncio.wait_for(session.run("import os; os._exit(1)"), 60)
    assert without.status == "died"


async def test_n27_a_kernel_that_came_back_has_its_namespaces_and_says_what_is_lost(open_session):
    session = await open_session()
    await session.run("gone = 1")
    died = await session.run("import os; os._exit(1)")
    assert died.state_lost
    after = await session.run("'gone' in globals(), thread.id, tools.add(a=1)")
    assert (after.value, after.state_lost) == ((False, session.thread, 3), True)
    kinds = [one.kind for one in session.log.read_all(thread=session.thread)]
    assert kinds.count("threadbook.session.end") == kinds.count("threadbook.session.restart") == 1


async def test_n28_after_a_crash_the_same_is_allowed_and_refused(open_mode, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)
    mode = await open_mode(THREADBOOK_POLICY=str(policy), THREADBOOK_RUNTIME_DEPS="0")
    before = [await told(mode, code) for code in GUARDED]
    refused = [error[0] if error else None for _, error, *_ in before]
    assert refused[:3] == ["PolicyDenied", None, "DepsLocked"], refused
    await mode.crash()
    assert [await told(mode, code) for code in GUARDED] == before


async def told(mode, code):
    seen = await mode.run(code)
    return seen.status, seen.error, seen.value, seen.stdout


async def test_n29_a_cell_that_waits_in_a_tool_is_cancelled_from_another_process(
    mode, tmp_path, until, end_of
):
    size = mode.log.size
    cell = asyncio.ensure_future(mode.run(f"tools.wait(folder={str(tmp_path)!r})"))
    await until((tmp_path / "begun").exists)
    await interrupt_from_outside(mode)
    seen = await cell
    assert (seen.status, end_of(mode.log, seen).body["status"]) == ("interrupted", "interrupted")
    await until((tmp_path / "cancelled").exists)
    (ended,) = await until(lambda: mode.log.read(after=size, kind="threadbook.tool.result"))
    assert ended.body["status"] == "cancelled"
    assert (await mode.run("tools.add(a=1)")).value == 3


async def test_n29_the_late_result_of_a_tool_that_cannot_be_stopped_is_discarded(
    mode, tmp_path, until
):
    size = mode.log.size
    cell = asyncio.ensure_future(mode.run(f"late = tools.block(folder={str(tmp_path)!r})"))
    await until((tmp_path / "begun").exists)
    await interrupt_from_outside(mode)
    assert (await cell).status == "interrupted"
    (tmp_path / "go").touch()
    await until((tmp_path / "done").exists)
    results = await until(lambda: mode.log.read(after=size, kind="threadbook.tool.result"))
    assert {one.body["status"] for one in results} <= {"cancelled", "discarded"}
    seen = await mode.run("'late' in globals(), tools.add(a=1)")
    assert seen.value == (False, 3)


async def interrupt_from_outside(mode):
    """Interrupt what runs as another process would: with the connection file, and no more."""
    interrupter = await asyncio.create_subprocess_exec(
        sys.executable, "-c", INTERRUPT, str(mode.connection_file)
    )
    assert await interrupter.wait() == 0


async def test_n30_waiting_for_an_approval_is_not_charged_to_the_cell(
    open_session, tmp_path, until, log
):
    session = await open_session()
    began = time.monotonic()
    cell = asyncio.ensure_future(session.run("tools.drop(table='t')", timeout=2))
    (asked,) = await until(lambda: log.read(kind="threadbook.decision.request"))
    await until(lambda: time.monotonic() > began + 3)
    assert not cell.done()
    approve(asked.id, tmp_path)
    result = await cell
    assert (result.status, result.value) == ("ok", "dropped t"), result.error
    (call,) = log.read(kind="threadbook.tool.call")
    (answer,) = log.read(kind="threadbook.decision.answer")
    assert call.body["decision"] == answer.id
    assert answer.actor != asked.actor


@pytest.mark.usefixtures("patient")
async def test_n30_what_a_cell_does_after_an_approval_is_charged(
    open_session, tmp_path, until, log
):
    session = await open_session()
    code = "print(tools.drop(table='t'))\nwhile True: pass"
    cell = asyncio.ensure_future(session.run(code, timeout=2))
    (asked,) = await until(lambda: log.read(kind="threadbook.decision.request"))
    approve(asked.id, tmp_path)
    result = await cell
    assert (result.status, result.stdout) == ("timeout", "dropped t\n")


def approve(request, folder):
    """Approve as a person does: on the command line, with a key of their own."""
    key = folder / "person.pem"
    command = [SCRIPT, "decision", "answer", request, "approve", "--key", key]
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.parametrize("code", ["input()", "input('42')", "input('{\"a\":1}')"])
async def test_n31_input_that_nobody_answers_is_an_error_at_once(mode, code):
    seen = await mode.run(f"print('before')\n{code}", timeout=30)
    assert seen.status == "error"
    assert seen.stdout.splitlines()[0] == "before"  # IPython may tell more of its own troubles
    name, message = seen.error
    assert name == "StdinNotImplementedError"
    assert "input" in message
    assert (await mode.run("1")).value == 1


@pytest.fixture
def start_host(tmp_path, temporary):
    """Start programs with a session each, that say which processes are their kernel and server."""
    server, tools = tmp_path / "server.txt", tmp_path / "tools"
    server.write_text(MCP_SERVER)
    tools.mkdir()
    (tools / "waiting.yaml").write_text(WAITING.format(python=sys.executable, server=server))
    (tools / "sleeper.yaml").write_text(SLEEPER.format(note=tmp_path / "a tool"))
    folder = temporary / "host"  # for what they leave behind when they are killed
    folder.mkdir()
    hosts = []

    def start(code):
        command = [sys.executable, "-c", HOST, str(tools), code]
        environ = {**os.environ, "TMPDIR": str(folder)}
        hosts.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ))
        return hosts[-1]

    yield start
    for host in hosts:
        host.kill()
        host.wait()
        host.stdout.close()


async def test_n32_hosts_that_die_leave_no_process(start_host, until, tmp_path):
    hosts = [start_host(code.format(note=tmp_path / name)) for name, code in BUSY.items()]
    family = []
    try:
        for host, name in zip(hosts, BUSY, strict=True):
            line = await asyncio.wait_for(asyncio.to_thread(host.stdout.readline), SECONDS)
            busy = await until(lambda name=name: read(tmp_path / name))
            family += [psutil.Process(int(pid)) for pid in (*line.split(), busy)]
        assert len(family) == 3 * len(BUSY)
        assert all(map(is_alive, family))
        for host in hosts:
            host.kill()
            host.wait()
        await until(lambda: not any(map(is_alive, family)))
    finally:
        for process in filter(is_alive, family):
            process.kill()


def read(file):
    """Return a line that is complete, else nothing."""
    text = file.read_text() if file.exists() else ""
    return text if text.endswith("\n") else ""


def is_alive(process):
    """Tell whether a process runs; one that ended and that nobody took notice of does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
