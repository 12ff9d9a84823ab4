"""What the broker does with calls, whichever channel they come over."""

import asyncio
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadbook.errors import (
    CellSettled,
    NamespaceError,
    PolicyDenied,
    ToolArgumentError,
    ToolCallError,
    ToolNotFound,
    ToolTimeout,
)
from threadbook.folds.decisions import DecisionsFold, answer_draft, pending
from threadbook.folds.fold import Projection
from threadbook.folds.grants import ONCE
from threadbook.log.verify import verify
from threadbook.records.bodies import ToolCall, ToolResult
from threadbook.records.identity import Identity
from threadbook.tools.results import CliResult, Image, McpResult, Text

SECRET = "s3cr3t-0123456789"

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        | st.tuples(inner, inner)
    ),
    max_leaves=8,
)


def calls(log):
    return [ToolCall.of(stored) for stored in log.read_all(kind=ToolCall.KIND)]


def results(log):
    return [ToolResult.of(stored) for stored in log.read_all(kind=ToolResult.KIND)]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=PLAIN)
def test_plain_values_arrive_equal_and_of_the_same_type(call, value):
    returned = call("echo", value=value)
    assert (returned, repr(returned)) == (value, repr(value))


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("cli", CliResult(stdout="a", stderr="b", exit_code=3, duration_ms=1.5, value=[1])),
        ("mcp", McpResult((Text("t"), Image(b"\x00\xff", "image/png")), {"a": [1, None]})),
        ("image", Image(b"\x00\xff", "image/png")),
    ],
)
def test_what_tools_return_keeps_its_type(call, what, value):
    assert call("typed", what=what) == value


def test_what_is_no_data_is_not_returned_as_its_text(call, log):
    with pytest.raises(ToolCallError, match="object"):
        call("typed", what="object")
    assert [result.status for result in results(log)] == ["error"]


def test_tools_are_listed_found_and_described(channel):
    listed = channel.call("tools.list", {})
    assert [tool.name for tool in listed] == ["drop", "echo", "fail", "meet", "typed", "wait"]
    assert channel.call("tools.describe", {"name": "echo"}) == listed[1]
    assert channel.call("tools.search", {"query": "drop a table", "limit": 1})[0].name == "drop"


def test_a_call_is_two_records_below_its_cell(call, log, cell):
    assert call("echo", value="x") == "x"
    begun, ended = log.read(kind=ToolCall.KIND)[0], log.read(kind=ToolResult.KIND)[0]
    assert begun.parents == (cell,)
    assert ended.parents == (begun.id,)
    (noted,) = calls(log)
    assert (noted.tool, noted.callable, noted.cell) == ("echo", "echo", cell)
    assert noted.arguments == {"value": "x"}
    (result,) = results(log)
    assert (result.status, result.result) == ("ok", "x")
    assert verify(log).is_clean


def test_large_arguments_and_results_are_blobs(call, log):
    text = "x" * 100_000
    assert call("echo", value=text) == text
    (noted,), (result,) = calls(log), results(log)
    assert text.encode() in log.blobs.get(noted.arguments_blob.blob)
    assert text.encode() in log.blobs.get(result.result_blob.blob)
    assert (noted.arguments, result.result) == ({}, None)


@pytest.mark.parametrize(
    "value", [float("nan"), b"\xff", (1, 2), 2**100, {1: 2}, [2**100, b"\xff"]]
)
def test_what_has_no_json_is_recorded_too(call, log, value):
    assert repr(call("echo", value=value)) == repr(value)
    assert [result.status for result in results(log)] == ["ok"]
    assert verify(log).is_clean


@pytest.mark.parametrize(
    ("name", "arguments", "kind", "match"),
    [
        ("ech", {"value": 1}, ToolNotFound, "did you mean echo"),
        ("echo", {}, ToolArgumentError, "value"),
        ("echo", {"valu": 1}, ToolArgumentError, "valu"),
        ("drop", {"table": 3}, ToolArgumentError, "table"),
    ],
)
def test_a_call_that_does_not_fit_is_refused_before_anything_happens(
    call, log, box, name, arguments, kind, match
):
    with pytest.raises(kind, match=match):
        call(name, **arguments)
    assert (box.calls, calls(log)) == ([], [])


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools.shell", {"command": "id"}),
        ("tools.call", {"command": "id"}),
        ("tools.call", {"tool": "echo", "callable": "echo", "arguments": [1]}),
        ("tools.search", {"query": 3}),
        ("", {}),
    ],
)
def test_what_is_not_understood_is_refused(channel, method, params):
    with pytest.raises(NamespaceError):
        channel.call(method, params)
    assert channel.call("tools.list", {})


def test_n104_an_error_keeps_what_it_says_on_its_way(call, log):
    with pytest.raises(ToolCallError) as caught:
        call("fail", kind="value")
    error = caught.value
    assert (error.namespace, error.operation, error.original_type) == (
        "tools",
        "tools.fail.fail",
        "ValueError",
    )
    with pytest.raises(ToolTimeout):
        call("fail", kind="timeout")
    assert [result.status for result in results(log)] == ["error", "timeout"]


def test_no_secret_is_returned_recorded_or_told(call, log):
    with pytest.raises(ToolCallError) as caught:
        call("fail", kind="value")
    assert "[secret:KEY]" in str(caught.value)
    assert call("echo", value=[f"a {SECRET} b"]) == ["a [secret:KEY] b"]
    call("echo", value={"password": "hidden"})
    assert not any(SECRET.encode() in stored.canonical for stored in log.read_all())
    assert not any(b'"hidden"' in stored.canonical for stored in log.read_all(kind=ToolCall.KIND))


async def test_n47_twenty_calls_run_at_the_same_time(acall):
    numbers = await asyncio.gather(*(acall("meet", number=number) for number in range(20)))
    assert numbers == list(range(20))


def test_threads_may_call_at_the_same_time(call):
    found = []
    threads = [
        threading.Thread(target=lambda n=n: found.append(call("meet", number=n))) for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(20))


async def test_a_call_that_is_cancelled_ends(acall, box, log):
    calling = asyncio.create_task(acall("wait"))
    await asyncio.to_thread(box.begun.wait)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    await asyncio.to_thread(box.cancelled.wait)
    await eventually(lambda: [r.status for r in results(log)] == ["cancelled"])


async def eventually(condition):
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


def test_ctrl_c_ends_a_call_that_blocks(call, box, log):
    def interrupt():
        box.begun.wait()
        os.kill(os.getpid(), signal.SIGINT)

    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    with pytest.raises(KeyboardInterrupt):
        call("wait")
    interrupting.join()
    assert box.cancelled.wait(60)
    asyncio.run(eventually(lambda: [r.status for r in results(log)] == ["cancelled"]))


def test_n55_a_cell_that_has_settled_calls_nothing(call, cells, log, box):
    assert call("echo", value=1) == 1
    cells.settle("cell 1")
    cells.begin("cell 2")
    with pytest.raises(CellSettled):
        call("echo", value=2)
    assert (box.calls, len(calls(log))) == ([1], 1)


def test_what_a_cell_waits_for_ends_with_it(call, cells, box, log):
    raised = []

    def wait():
        try:
            call("wait")
        except NamespaceError as error:
            raised.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    box.begun.wait()
    cells.settle("cell 1")
    waiting.join()
    assert [type(error) for error in raised] == [CellSettled]
    assert box.cancelled.wait(60)
    assert [result.status for result in results(log)] == ["cancelled"]


def now():
    return time.time_ns() // 1_000_000


def answered(log, person, decision, **fields):
    """Wait for a request and answer it; return its id."""
    decisions = Projection(log, DecisionsFold())
    deadline = time.monotonic() + 60
    while not (requests := pending(decisions.read().value, as_of=now())):
        assert time.monotonic() < deadline, "nobody asked"
    log.append(answer_draft(requests[0], decision, **fields), by=person)
    return requests[0].id


@pytest.fixture
def person(tmp_path):
    return Identity.key(tmp_path / "person.pem")


def test_what_destroys_waits_for_somebody_else(call, log, person, box, waits):
    with ThreadPoolExecutor(1) as pool:
        answering = pool.submit(answered, log, person, ONCE)
        assert call("drop", table="old") == "old"
        request = answering.result()
    assert box.calls == ["old"]
    (noted,) = calls(log)
    answer = log.get(noted.decision)
    assert (answer.actor, answer.body["fulfills"]) == (person.actor_did, request)
    assert waits == [True, False]


def test_a_cell_says_for_which_answer_it_waits(call, log, person, printed):
    with ThreadPoolExecutor(1) as pool:
        answering = pool.submit(answered, log, person, ONCE)
        call("drop", table="old")
        request = answering.result()
    ((stream, said),) = printed
    assert stream == "progress"
    assert said.startswith("tools.drop.drop waits until somebody allows it: ")
    assert f"decision show {request[:12]}" in said


def test_what_was_denied_does_not_happen(call, log, person, box):
    with ThreadPoolExecutor(1) as pool:
        answering = pool.submit(answered, log, person, "reject", reason="not this one")
        with pytest.raises(PolicyDenied, match="not this one"):
            call("drop", table="old")
        answering.result()
    assert box.calls == []
    assert [result.status for result in results(log)] == ["refused"]


def test_who_answers_may_edit_the_arguments(call, log, person, box):
    edited = {"arguments": {"table": "copy_of_old"}}
    with ThreadPoolExecutor(1) as pool:
        answering = pool.submit(answered, log, person, ONCE, provided_value=edited)
        assert call("drop", table="old") == "copy_of_old"
        answering.result()
    assert box.calls == ["copy_of_old"]
    assert calls(log)[0].arguments == {"table": "copy_of_old"}


def test_edited_arguments_have_to_fit_too(call, log, person, box):
    edited = {"arguments": {"table": 3}}
    with ThreadPoolExecutor(1) as pool:
        answering = pool.submit(answered, log, person, ONCE, provided_value=edited)
        with pytest.raises(ToolArgumentError, match="table"):
            call("drop", table="old")
        answering.result()
    assert box.calls == []


def test_ctrl_c_takes_a_question_back(call, log, waits, box):
    def interrupt():
        while not waits:
            box.begun.wait(0.005)
        os.kill(os.getpid(), signal.SIGINT)

    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    with pytest.raises(KeyboardInterrupt):
        call("drop", table="old")
    interrupting.join()
    decisions = Projection(log, DecisionsFold())
    asyncio.run(eventually(lambda: waits == [True, False]))
    asyncio.run(eventually(lambda: not pending(decisions.read().value, as_of=now())))
    assert box.calls == []
