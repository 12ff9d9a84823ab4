"""Where the parts of a broker meet: what is slow, breaks, ends early, or comes at a bad moment."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook import errors
from threadbook.broker import recording
from threadbook.broker.assembly import ToolOptions, make_parts
from threadbook.broker.broker import Broker
from threadbook.broker.cells import Cells
from threadbook.broker.channels import LocalChannel, SocketChannel
from threadbook.broker.methods import METHODS, parsed
from threadbook.broker.origin import Origin
from threadbook.broker.server import Listener
from threadbook.broker.wire import LARGEST_MESSAGE, message_of
from threadbook.config import Settings
from threadbook.errors import (
    CellSettled,
    DecisionExpired,
    NamespaceError,
    StoreBusy,
    ToolArgumentError,
    ToolCallError,
)
from threadbook.log.log import open_log
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.bodies import CellStart, ToolCall, ToolResult
from threadbook.records.canonical import canonical_bytes
from threadbook.records.identity import Identity
from threadbook.tools.definition import Parameter, Tool, ToolCallable
from threadbook.tools.results import CliResult
from threadbook.values import LARGEST_VALUE

SECONDS = 30
THREAD = "th_broker"


class Quarrel(NamespaceError):
    """An error of a tool's own, which takes other arguments than ours."""

    def __init__(self):
        super().__init__("we do not agree")


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class Odd:
    """An adapter whose tool does what tools should not."""

    CALLABLES = ("prints", "exits", "interrupts", "mute", "quarrels", "large", "waits", "fine")

    def __init__(self):
        self.begun = threading.Event()
        self.ended = threading.Event()
        self.is_closed = False
        self.on_close = lambda: None
        self.revision = ""

    def tools(self):
        text = Parameter(name="text", type="str", schema={"type": "string"})
        callables = tuple(
            ToolCallable(
                name=name, effect="read", parameters=(text,), definition_hash=self.revision
            )
            for name in self.CALLABLES
        )
        return (Tool(name="odd", adapter="odd", callables=callables),)

    def preview(self, _tool, _name, arguments):
        if arguments.get("text") == "no preview":
            raise KeyError("no preview")
        return ""

    def definition(self, _tool, _name):
        return {"revision": self.revision}

    async def refresh(self):
        pass

    async def close(self):
        self.is_closed = True
        self.on_close()

    async def call(self, _tool, name, arguments, context):
        return await getattr(self, name)(context, **arguments)

    async def fine(self, _context, text=""):
        return text

    async def prints(self, context):
        context.report("stdout", "printed")
        context.report("progress", "half")
        return "done"

    async def exits(self, _context):
        raise SystemExit(3)

    async def interrupts(self, _context):
        raise KeyboardInterrupt

    async def mute(self, _context):
        raise Mute

    async def quarrels(self, _context):
        raise Quarrel

    async def large(self, _context):
        return CliResult(stdout="x" * LARGEST_MESSAGE, stderr="", exit_code=0, duration_ms=1.0)

    async def waits(self, _context):
        self.begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.ended.set()


class HeldSink(Sink):
    """A sink whose store takes its time, or cannot take blobs, when a test says so."""

    def __init__(self, *args):
        super().__init__(*args)
        self.asked = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.takes_blobs = True

    def append(self, *drafts, wait=True, **options):
        if not wait and not self.may_go_on.is_set():
            raise StoreBusy("it takes its time")
        self.asked.set()
        assert self.may_go_on.wait(SECONDS)
        return super().append(*drafts, wait=wait, **options)

    def put_blob(self, data, *, media_type):
        if not self.takes_blobs:
            raise OSError("no room")
        return super().put_blob(data, media_type=media_type)


@pytest.fixture
def odd():
    return Odd()


@pytest.fixture
def sink(tmp_path):
    identity = Identity.key(tmp_path / "agent.pem")
    sink = HeldSink(f"sqlite:///{tmp_path / 'log.db'}", identity, Outbox(tmp_path / "outbox.db"))
    yield sink
    sink.close()


@pytest.fixture
def options(sink, odd, tmp_path):
    settings = Settings(store=sink.url, key=tmp_path / "agent.pem", outbox=tmp_path / "outbox")
    return ToolOptions.of(settings, sources=[odd])


@pytest.fixture
def broker(sink, cells, options):
    broker = Broker(sink, cells=cells, make_parts=lambda: make_parts(sink, options))
    yield broker
    broker.close()


@pytest.fixture
def call(channel):
    def call(name, **arguments):
        params = {"tool": "odd", "callable": name, "arguments": arguments}
        return channel.call("tools.call", params)

    return call


@pytest.fixture
def pool():
    with ThreadPoolExecutor(4) as pool:
        yield pool


def statuses(log):
    return [ToolResult.of(stored).status for stored in log.read_all(kind=ToolResult.KIND)]


def calls(log):
    return log.read(kind=ToolCall.KIND)


@pytest.fixture
def until():
    """Return a function that waits for a condition."""

    def wait(condition):
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.005)

    return wait


# What tools do


def test_a_cell_that_cannot_print_gets_its_result(broker, listener, origin, log):
    def broken(_stream, _text):
        raise ValueError("I/O operation on closed file")

    connection = SocketChannel(listener.path, listener.secret, lambda: origin, broken)
    for channel in (LocalChannel(lambda: broker, lambda: origin, broken), connection):
        params = {"tool": "odd", "callable": "prints", "arguments": {}}
        assert channel.call("tools.call", params) == "done"
    connection.close()
    assert statuses(log) == ["ok", "ok"]


@pytest.mark.parametrize(
    ("name", "original"),
    [("exits", "SystemExit"), ("interrupts", "KeyboardInterrupt"), ("mute", "Mute")],
)
def test_whatever_a_tool_raises_ends_its_call_only(call, pool, log, name, original):
    with pytest.raises(ToolCallError) as caught:
        pool.submit(call, name).result(SECONDS)
    assert caught.value.original_type == original
    assert pool.submit(call, "fine", text="x").result(SECONDS) == "x"
    assert statuses(log) == ["error", "ok"]


def test_an_error_that_we_do_not_know_arrives_as_what_it_is_derived_from(call, pool, log):
    with pytest.raises(NamespaceError, match="do not agree") as caught:
        pool.submit(call, "quarrels").result(SECONDS)
    assert type(caught.value) is NamespaceError
    assert caught.value.original_type == "Quarrel"
    assert statuses(log) == ["error"]


def test_a_fault_before_the_call_is_told(call, pool, log):
    with pytest.raises(NamespaceError, match="KeyError: 'no preview'"):
        pool.submit(call, "fine", text="no preview").result(SECONDS)
    assert calls(log) == []
    assert pool.submit(call, "fine", text="x").result(SECONDS) == "x"


def test_a_result_that_is_too_large_is_an_error_and_nothing_else_is_lost(call, log):
    with pytest.raises(ToolCallError, match="too large"):
        call("large")
    assert call("fine", text="x") == "x"
    assert statuses(log) == ["error", "ok"]


def test_arguments_that_are_too_large_are_refused_and_nothing_else_is_lost(call, log):
    with pytest.raises(ToolArgumentError, match="too much"):
        call("fine", text="x" * (LARGEST_VALUE + 1))
    assert call("fine", text="x") == "x"
    assert statuses(log) == ["ok"]


def test_what_is_just_not_too_large_passes(channel):
    text = "x" * (LARGEST_VALUE - 200)
    with pytest.raises(NamespaceError, match="no tool") as caught:
        channel.call("tools.call", {"tool": "none", "callable": text, "arguments": {}})
    assert isinstance(caught.value, errors.ToolNotFound)


def test_a_result_that_cannot_be_recorded_is_returned_and_its_call_has_an_end(call, sink, log):
    sink.takes_blobs = False
    with pytest.raises(NamespaceError, match="no room"):
        call("fine", text="x" * 100_000)  # not called: that it is called has to be on record
    assert calls(log) == []
    assert call("fine", text="x") == "x"
    assert statuses(log) == ["ok"]


def test_a_result_whose_blob_has_no_room_is_returned(broker, origin, sink, log, odd):
    async def grow(_context, text=""):
        sink.takes_blobs = False
        return "x" * 100_000

    odd.fine = grow
    channel = LocalChannel(lambda: broker, lambda: origin, print)
    params = {"tool": "odd", "callable": "fine", "arguments": {}}
    assert len(channel.call("tools.call", params)) == 100_000
    (result,) = [ToolResult.of(stored) for stored in log.read_all(kind=ToolResult.KIND)]
    assert (result.status, result.result_blob) == ("ok", None)
    assert "no room" in result.error.value


def test_what_a_definition_says_is_kept_with_the_first_call_by_it(call, odd, log):
    for revision in ("1", "1", "2"):
        odd.revision = revision
        call("fine", text="x")
    blobs = [ToolCall.of(stored).definition_blob for stored in calls(log)]
    said = [blob and log.blobs.get(blob.blob) for blob in blobs]
    assert said == [b'{"revision": "1"}', None, b'{"revision": "2"}']


def test_a_definition_that_has_changed_is_not_kept_with_a_call_by_the_one_before(call, odd, log):
    def change(_tool, _name, _arguments):
        odd.revision = "2"
        return ""

    odd.revision, odd.preview = "1", change
    with pytest.raises(DecisionExpired, match="definition has changed"):
        call("fine", text="x")
    (refused,) = map(ToolCall.of, calls(log))
    assert (refused.definition, refused.definition_blob) == ("1", None)
    assert statuses(log) == ["refused"]


def test_a_large_result_is_made_ready_for_its_record_once(call, log, monkeypatch):
    text, seen = "x" * 100_000, []

    def noted(value):
        seen.append(value)
        return canonical_bytes(value)

    monkeypatch.setattr(recording, "canonical_bytes", noted)
    assert call("fine", text="small") == "small"
    assert call("fine", text=text) == text
    assert seen.count(text) == 1
    assert statuses(log) == ["ok", "ok"]


# A store that takes its time


def test_a_slow_store_holds_up_its_call_and_no_other(channel, call, sink, pool):
    sink.asked.clear()
    sink.may_go_on.clear()
    held = pool.submit(call, "fine", text="x")
    assert sink.asked.wait(SECONDS)
    assert pool.submit(channel.call, "tools.list", {}).result(SECONDS)
    assert not held.done()
    sink.may_go_on.set()
    assert held.result(SECONDS) == "x"


def test_another_writer_holds_up_a_call_and_no_other(channel, call, log, pool):
    assert call("fine", text="y") == "y"
    with open_log(log.url) as other, other.store.write():
        held = pool.submit(call, "fine", text="x")
        assert pool.submit(channel.call, "tools.list", {}).result(SECONDS)
        assert not held.done()
    assert held.result(SECONDS) == "x"
    assert statuses(log) == ["ok", "ok"]


def test_a_call_that_ends_while_it_is_recorded_has_one_end(call, cells, sink, pool, log, odd):
    sink.asked.clear()
    sink.may_go_on.clear()
    held = pool.submit(call, "waits")
    assert sink.asked.wait(SECONDS)
    cells.settle("cell 1")
    sink.may_go_on.set()
    with pytest.raises(CellSettled):
        held.result(SECONDS)
    assert (len(calls(log)), statuses(log)) == (1, ["cancelled"])
    assert not odd.begun.is_set()


def test_a_call_that_ends_while_its_result_is_recorded_has_one_end(call, cells, sink, pool, log):
    sink.asked.clear()
    sink.may_go_on.clear()
    held = pool.submit(call, "fine", text="x")
    assert sink.asked.wait(SECONDS)
    sink.asked.clear()
    sink.may_go_on.set()
    while not held.done():
        if sink.asked.wait(0.01):
            cells.settle("cell 1")
    with contextlib.suppress(CellSettled):
        assert held.result() == "x"
    assert statuses(log) in (["ok"], ["cancelled"])


def test_loading_tools_holds_up_nothing_else(sink, cells, origin, options, pool):
    may_go_on, is_loading = threading.Event(), threading.Event()

    def slowly():
        is_loading.set()
        assert may_go_on.wait(SECONDS)
        return make_parts(sink, options)

    broker = Broker(sink, cells=cells, make_parts=slowly)
    channel = LocalChannel(lambda: broker, lambda: origin, print)
    listing = [pool.submit(channel.call, "tools.list", {}) for _ in range(2)]
    assert is_loading.wait(SECONDS)

    async def other():
        return "answered"

    assert broker.loop.submit(other()).result(SECONDS) == "answered"
    may_go_on.set()
    assert [len(one.result(SECONDS)) for one in listing] == [1, 1]
    broker.close()


# Who ends early


def test_a_broker_that_closes_tells_those_who_wait(broker, call, pool, odd, log):
    waiting = pool.submit(call, "waits")
    assert odd.begun.wait(SECONDS)
    broker.close()
    with pytest.raises(NamespaceError):
        waiting.result(SECONDS)
    assert odd.ended.is_set()
    assert odd.is_closed
    assert statuses(log) == ["cancelled"]
    with pytest.raises(errors.ThreadbookError):
        pool.submit(call, "fine", text="x").result(SECONDS)


async def test_a_task_that_waits_while_the_broker_closes_is_not_cancelled(channel, broker, odd):
    params = {"tool": "odd", "callable": "waits", "arguments": {}}
    calling = asyncio.create_task(channel.acall("tools.call", params))
    await asyncio.to_thread(odd.begun.wait, SECONDS)
    await asyncio.to_thread(broker.close)
    with pytest.raises(NamespaceError):
        await calling


def test_a_broker_closes_whatever_its_adapters_do(broker, call, odd, until):
    def fail():
        raise RuntimeError("it does not close")

    odd.on_close = fail
    assert call("fine", text="x") == "x"
    broker.close()
    until(lambda: not broker.loop.is_running)


def test_a_broker_closes_although_a_call_does_not_end(broker, origin, odd, monkeypatch):
    for module in ("loop", "broker"):
        monkeypatch.setattr(f"threadbook.broker.{module}.SECONDS_TO_END", 0.1)
    released = threading.Event()

    async def stay(_context):
        odd.begun.set()
        while not released.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.01)

    odd.waits = stay
    channel = LocalChannel(lambda: broker, lambda: origin, print)
    params = {"tool": "odd", "callable": "waits", "arguments": {}}
    broker.submit(origin, "tools.list", b"\x80", print).result(SECONDS)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(channel.call, "tools.call", params)
        assert odd.begun.wait(SECONDS)
        broker.close()
        released.set()
        with pytest.raises(NamespaceError):
            waiting.result(SECONDS)


def test_an_abandoned_broker_ends_its_calls_and_its_thread(broker, call, pool, odd, until):
    waiting = pool.submit(call, "waits")
    assert odd.begun.wait(SECONDS)
    broker.abandon()
    with pytest.raises(NamespaceError):
        waiting.result(SECONDS)
    until(lambda: odd.is_closed and not broker.loop.is_running)


def test_a_broker_can_be_closed_from_its_own_loop(broker, until):
    async def close():
        broker.close()

    with contextlib.suppress(asyncio.CancelledError, errors.SessionClosed):
        broker.loop.submit(close()).result(SECONDS)
    until(lambda: not broker.loop.is_running)


def test_a_blocking_call_in_the_loop_of_the_broker_is_an_error(broker, origin, odd):
    channel = LocalChannel(lambda: broker, lambda: origin, print)

    async def nested(_context):
        return channel.call("tools.list", {})

    odd.waits = nested
    with ThreadPoolExecutor(1) as pool:
        params = {"tool": "odd", "callable": "waits", "arguments": {}}
        with pytest.raises(NamespaceError, match="acall"):
            pool.submit(channel.call, "tools.call", params).result(SECONDS)


def in_a_child(work):
    """Run a function in a forked process, for some seconds at most; return what it wrote."""
    reader, writer = os.pipe()
    if not (pid := os.fork()):
        try:
            signal.alarm(SECONDS)
            os.write(writer, str(work()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        said = stream.read()
    os.waitpid(pid, 0)
    return said


def test_a_forked_child_leaves_the_broker_and_its_socket_alone(broker, listener, call):
    assert call("fine", text="x") == "x"

    def close():
        listener.close()
        listener.abandon()
        broker.close()
        broker.abandon()
        return "closed"

    assert in_a_child(close) == "closed"
    assert listener.path.exists()
    assert call("fine", text="y") == "y"


def test_of_two_first_calls_one_makes_the_broker(broker, origin, pool):
    made, both = [], threading.Barrier(2)

    def make():
        made.append(1)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(0.2)  # the other would come in here
        return broker

    channel = LocalChannel(make, lambda: origin, print)
    listed = [pool.submit(channel.call, "tools.list", {}) for _ in range(2)]
    assert all(one.result(SECONDS) for one in listed)
    assert made == [1]


# The connection


@pytest.fixture
def connection(listener, origin):
    channel = SocketChannel(listener.path, listener.secret, lambda: origin, print)
    yield channel
    channel.close()


async def test_calls_that_are_cancelled_as_their_answers_come_cost_no_other(connection):
    params = {"tool": "odd", "callable": "fine", "arguments": {}}
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for round_ in range(60):
            calling = [asyncio.create_task(connection.acall("tools.list", {})) for _ in range(10)]
            for _ in range(round_ % 6):
                await asyncio.sleep(0)
            for one in calling:
                one.cancel()
            await asyncio.gather(*calling, return_exceptions=True)
    finally:
        sys.setswitchinterval(before)
    async with asyncio.timeout(SECONDS):
        assert await connection.acall("tools.call", params) == ""


def test_an_interrupted_cancel_gives_the_connection_up(connection, odd, pool):
    """Half a message would be the beginning of the next one's."""
    waiting = pool.submit(
        connection.call, "tools.call", {"tool": "odd", "callable": "waits", "arguments": {}}
    )
    assert odd.begun.wait(SECONDS)
    ((number, held),) = connection._waiting.items()
    line = connection._socket

    class Interrupted:
        def __getattr__(self, name):
            return getattr(line, name)

        def sendall(self, data):
            line.sendall(data[:3])
            raise KeyboardInterrupt

    connection._socket = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        connection._cancel(number)
    assert connection._socket is None
    params = {"tool": "odd", "callable": "fine", "arguments": {"text": "x"}}
    assert pool.submit(connection.call, "tools.call", params).result(SECONDS) == "x"
    line.close()
    held.future.set_result(None)  # who waits would be the one that was interrupted
    waiting.result(SECONDS)


def test_a_temporary_folder_with_a_long_name_is_no_obstacle(broker, origin, tmp_path, monkeypatch):
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    listener = Listener.listen(broker)
    channel = SocketChannel(listener.path, listener.secret, lambda: origin, print)
    assert channel.call("tools.list", {})
    channel.close()
    listener.close()
    assert not Path(listener.path).parent.exists()


@given(data=st.binary(max_size=60))
def test_bytes_that_mean_nothing_are_refused(data):
    with contextlib.suppress(NamespaceError):
        message_of(data)
    for method in METHODS:
        with contextlib.suppress(NamespaceError):
            parsed(method, data)


# Cells and threads


def test_a_call_and_the_end_of_its_cell_meet_in_one_order_or_the_other():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(2) as pool:
            for number in range(500):
                cells, message, ended = Cells(only_cells=True), str(number), threading.Event()
                cells.begin(message)
                entering = pool.submit(cells.enter, message, ended.set)
                pool.submit(cells.settle, message).result()
                try:
                    entering.result()
                except CellSettled:
                    continue
                assert ended.is_set()
    finally:
        sys.setswitchinterval(before)


@pytest.fixture
def bound(sink, cells, options):
    """Provide a broker for the kernel of a session on one thread."""
    broker = Broker(
        sink,
        cells=cells,
        make_parts=lambda: make_parts(sink, options),
        thread=THREAD,
        session=lambda: "s",
    )
    yield broker
    broker.close()


def ask(broker, method="deps.list", **fields):
    origin = Origin(**{"message": "cell 1", "thread": THREAD, **fields})
    return LocalChannel(lambda: broker, lambda: origin, print).call(method, {})


def started(sink, **fields):
    body = CellStart(**{"code": "1", "session": "s", "execution": "cell 1", **fields})
    return sink.append(body.draft(thread="th_other"))[0].id


def test_n85_a_session_does_not_speak_for_another_thread(bound, sink):
    assert ask(bound) == ()
    for cell in (None, "a" * 64, started(sink, session="t"), started(sink, execution="cell 2")):
        with pytest.raises(NamespaceError, match="another thread"):
            ask(bound, thread="th_other", cell=cell)


def test_a_cell_on_a_thread_that_the_session_went_on_with_may_ask(bound, sink):
    assert ask(bound, thread="th_other", cell=started(sink)) == ()
