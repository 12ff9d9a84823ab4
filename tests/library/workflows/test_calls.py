"""Calling workflows: from sync and async cells, and what the record has of it."""

import asyncio
import signal
import subprocess
import sys
import threading
import traceback

import pytest

from threadbook.errors import StoreUnavailable, WorkflowArgumentError, WorkflowError
from threadbook.library.context import current_call
from threadbook.records.bodies import WorkflowCall, WorkflowResult, WorkflowSave

PATIENCE = 30
SYNC = "def run(n): return n + 1"
ASYNC = "import asyncio\nasync def run(n):\n    await asyncio.sleep(0)\n    return n + 1"


@pytest.fixture(params=[SYNC, ASYNC], ids=["sync", "async"])
def add_one(request, workflows):
    return workflows.create("add_one", request.param)


def test_n67_called_from_sync_code(workflows, add_one):
    assert workflows.add_one(n=1) == 2
    assert workflows.invoke("add_one", n=2) == 3


async def test_n67_called_from_async_code(workflows, add_one):
    assert workflows.add_one(n=1) == 2
    assert await workflows.add_one.acall(n=2) == 3
    several = (workflows.add_one.acall(n=n) for n in range(5))
    assert await asyncio.gather(*several) == [1, 2, 3, 4, 5]


async def test_an_awaited_call_of_a_plain_function_lets_other_tasks_go_on(session, workflows):
    gate = threading.Event()
    session.namespaces["tools"] = gate
    workflows.create("wait", f"def run(tools): return tools.wait({PATIENCE})")
    call = asyncio.create_task(workflows.wait.acall())
    while not session.records(WorkflowCall.KIND):
        await asyncio.sleep(0.001)
    gate.set()
    assert await call is True


@pytest.mark.parametrize(
    "how", ["workflows.same(name=name)", "workflows.invoke('same', name=name)"]
)
def test_n68_a_parameter_may_be_called_name(workflows, how):
    workflows.create("same", "def run(name, **rest): return name, rest")
    assert eval(how, {"workflows": workflows, "name": "ann"}) == ("ann", {})
    odd = {"self": 1, "version": 2, "arguments": 3}
    assert workflows.invoke("same", name=0, **odd) == workflows.same(name=0, **odd) == (0, odd)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "it needs name"),
        ({"nam": 1}, "no parameter 'nam'; did you mean 'name'?"),
        ({"name": 1, "tools": 2}, "'tools' is supplied by the session"),
    ],
)
def test_arguments_that_do_not_fit_call_nothing(session, workflows, arguments, problem):
    workflows.create("x", "def run(name, tools=None): raise AssertionError")
    with pytest.raises(WorkflowArgumentError) as caught:
        workflows.x(**arguments)
    assert problem in caught.value.message
    assert isinstance(caught.value, TypeError)
    assert session.records(WorkflowCall.KIND) == []


def test_arguments_are_given_by_keyword(session, workflows):
    workflows.create("x", "def run(a): pass")
    with pytest.raises(WorkflowArgumentError, match="by keyword"):
        workflows.x(1)
    assert session.records(WorkflowCall.KIND) == []


def test_what_the_session_has_is_supplied_and_variables_of_cells_are_not(session, workflows):
    session.namespaces["artifacts"] = {"a": 1}
    session.namespaces["secret"] = "not for workflows"
    source = (
        "seen = dict(globals())\n"
        "def run(artifacts, tools=None):\n"
        "    return artifacts, tools, workflows.other(), sorted(seen)"
    )
    workflows.create("other", "def run(): return __name__")
    workflows.create("x", source)
    artifacts, tools, other, seen = workflows.x()
    assert (artifacts, tools, other) == ({"a": 1}, None, "threadbook.workflow.other")
    assert {"artifacts", "workflows"} <= set(seen)
    assert "secret" not in seen
    workflows.create("needs", "def run(deps): pass")
    with pytest.raises(WorkflowError, match="the session has no deps"):
        workflows.needs()


def test_each_call_has_a_module_of_its_own(workflows):
    workflows.create("count", "n = 0\ndef run():\n    global n\n    n += 1\n    return n")
    assert [workflows.count() for _ in range(3)] == [1, 1, 1]


def test_main_guards_and_dataclasses_work(workflows):
    source = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass P:\n    x: int\n"
        "def run(): return P(1).x\n"
        "if __name__ == '__main__': raise AssertionError"
    )
    assert workflows.create("x", source)() == 1


def test_an_exception_is_raised_as_itself_and_shows_the_line(workflows):
    workflows.create("x", "def run(a):\n    b = 1\n    return b / a  # here")
    with pytest.raises(ZeroDivisionError) as caught:
        workflows.x(a=0)
    shown = "".join(traceback.format_exception(caught.value))
    assert '"<workflow x v1>", line 3, in run' in shown
    assert "return b / a  # here" in shown


async def test_an_exception_of_a_coroutine_is_raised_as_itself_from_async_code(workflows):
    workflows.create("x", "async def run(e): raise e")
    for error in (KeyError("k"), StoreUnavailable("gone"), SystemExit(3)):
        with pytest.raises(type(error)) as caught:
            workflows.x(e=error)
        assert caught.value is error


def test_a_call_is_a_pair_of_records(session, workflows):
    made = workflows.create("x", "def run(a, **rest):\n    return [a]")
    cell = session.begin("workflows.x(…)")
    workflows.x(a=1, password="hush", note="t" * 5000, blob=b"abc", odd=object, big=2**80)
    with pytest.raises(WorkflowArgumentError):
        workflows.x()
    call, result = session.records()[-2:]
    assert (call.parents, call.kind, call.act) == ((cell,), WorkflowCall.KIND, "CALL")
    assert (call.body["workflow"], call.body["name"]) == (made.record, "x")
    assert (call.body["version"], call.body["cell"]) == (1, cell)
    arguments = call.body["arguments"]
    assert (arguments["a"], arguments["password"]) == (1, "<redacted>")
    assert (arguments["blob"], arguments["odd"]) == ("<bytes, 3 bytes>", "<type>")
    assert arguments["big"] == "<int>"
    assert len(arguments["note"]) < 1100
    assert (result.parents, result.kind) == ((call.id,), WorkflowResult.KIND)
    assert (result.body["status"], result.body["returned"]) == ("ok", "list")
    assert result.body["duration_ms"] > 0
    assert "hush" not in str(call.body)


def test_arguments_of_any_kind_are_recorded_without_calling_them(session, workflows):
    class Odd(dict):
        def __repr__(self):
            raise AssertionError

        __iter__ = __len__ = __str__ = items = __repr__

    loop = []
    loop.append(loop)
    deep = []
    for _ in range(1000):
        deep = [deep]
    values = {"odd": Odd(), "loop": loop, "deep": deep, "nan": float("nan"), "text": "\ud800"}
    values |= {"many": list(range(5000)), "keys": {1: 2, "token": "hush", "\ud800": 3}}
    workflows.create("x", "def run(**rest): return len(rest)")
    assert workflows.x(**values) == len(values)
    recorded = session.records(WorkflowCall.KIND)[0].body["arguments"]
    assert recorded["odd"] == "<Odd>"
    assert recorded["keys"]["token"] == "<redacted>"
    assert len(recorded["many"]) < 1000


def test_however_many_and_large_arguments_are_the_call_is_recorded(session, workflows):
    workflows.create("x", "def run(**rest): return len(rest)")
    values = {f"{n}_" + "\U0001f600" * 2000: ["\U0001f600" * 5000] * 1000 for n in range(1000)}
    assert workflows.x(**values) == 1000
    assert workflows.x(one=dict.fromkeys(range(5000), "\ud800" * 5000)) == 1
    many, one = (record.body["arguments"] for record in session.records(WorkflowCall.KIND))
    assert many["…"] == "<800 more>"
    assert set(one) == {"one"}


def test_a_failure_is_recorded_with_its_line(session, workflows):
    odd = "class Odd(Exception):\n    def __str__(self): raise KeyError\n"
    source = odd + "def run(e):\n    raise e or Odd"
    workflows.create("x", source)
    with pytest.raises(ValueError, match="bad"):
        workflows.x(e=ValueError("bad \ud800"))
    with pytest.raises(Exception):  # noqa: B017, PT011  a class of the workflow's own
        workflows.x(e=None)
    with pytest.raises(KeyboardInterrupt):
        workflows.x(e=KeyboardInterrupt())
    first, second, third = (r.body for r in session.records(WorkflowResult.KIND))
    assert first["status"] == "error"
    assert first["error"] == {"name": "ValueError", "value": "bad ?", "line": 4}
    assert second["error"] == {"name": "Odd", "value": "", "line": 4}
    assert third["status"] == "interrupted"
    found = workflows.x
    assert (found.runs, found.success_rate) == (3, 0.0)


@pytest.mark.parametrize("body", ["def run", "async def run"])
async def test_n73_what_a_workflow_does_is_recorded_as_its_child(session, workflows, body):
    workflows.create("inner", f"{body}(n): return n")
    steps = ("workflows.create('made', 'def run(): pass')", "return workflows.inner(n=n)")
    workflows.create("outer", "\n    ".join((f"{body}(n):", *steps)))
    cell = session.begin("await workflows.outer.acall(n=1)")
    for call in (workflows.outer, workflows.outer.acall):
        before = len(session.records())
        value = call(n=1)
        assert (await value if asyncio.iscoroutine(value) else value) == 1
        begun, saved, inner, ended, last = session.records()[before:]
        assert begun.parents == (cell,)
        assert saved.kind == WorkflowSave.KIND
        assert saved.parents == inner.parents == last.parents == (begun.id,)
        assert ended.parents == (inner.id,)
        assert saved.body["cell"] == inner.body["cell"] == cell
    assert current_call.get() is None


async def test_calls_at_once_keep_their_children_apart(session, workflows):
    workflows.create("inner", "import asyncio\nasync def run(n): await asyncio.sleep(0)")
    outer = "async def run(n):\n    for _ in range(3):\n        await workflows.inner.acall(n=n)"
    workflows.create("outer", outer)
    await asyncio.gather(*(workflows.outer.acall(n=n) for n in range(4)))
    calls = {record.id: record.body for record in session.records(WorkflowCall.KIND)}
    inner = [r for r in session.records(WorkflowCall.KIND) if r.body["name"] == "inner"]
    assert len(inner) == 12
    assert all(calls[r.parents[0]]["arguments"] == r.body["arguments"] for r in inner)


async def test_cancelling_an_awaited_call_cancels_the_workflow(session, workflows):
    session.namespaces["tools"] = seen = []
    source = (
        "import asyncio\nasync def run(tools):\n    try:\n"
        f"        tools.append('began')\n        await asyncio.sleep({PATIENCE})\n"
        "    finally:\n        tools.append('ended')"
    )
    workflows.create("x", source)
    task = asyncio.create_task(workflows.x.acall())
    while not seen:
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["began", "ended"]
    assert session.records(WorkflowResult.KIND)[-1].body["status"] == "interrupted"


INTERRUPTED = """
import asyncio, sys
from pathlib import Path
from threadbook.library.context import Context
from threadbook.library.workflows import Workflows
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.identity import Identity

folder = Path(sys.argv[1])
sink = Sink("memory:", Identity.static("did:x:y"), Outbox(folder / "outbox.db"))
workflows = Workflows(Context(sink=sink, thread=lambda: "th"), dict)
workflows.create("x", '''
import asyncio
async def run():
    try:
        print("began", flush=True)
        await asyncio.sleep(60)
    finally:
        print("ended", flush=True)
''')
def main():
    try:
        workflows.x()
    except KeyboardInterrupt:
        print("interrupted", sink.read()[-1].body["status"], flush=True)
async def cell():
    main()
if sys.argv[2] == "async":
    # As the kernel's loop, this one leaves SIGINT to Python.
    asyncio.new_event_loop().run_until_complete(cell())
else:
    main()
sink.close()
"""


@pytest.mark.parametrize("where", ["sync", "async"])
def test_an_interrupt_reaches_a_coroutine_that_is_waited_for(tmp_path, where):
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path), where],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "began\n"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (0, "ended\ninterrupted interrupted\n")
