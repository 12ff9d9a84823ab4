"""Functions as tools: which are offered, and what becomes of a call."""

import asyncio
import dataclasses
import threading
import types

import msgspec
import pytest

from threadbook.errors import ToolArgumentError, ToolCallError, ToolDefinitionError, ToolTimeout
from threadbook.tools.adapters.python import PythonAdapter, tool
from threadbook.tools.results import Image


@dataclasses.dataclass
class Point:
    x: int
    y: float = 0.5


class Weather:
    """What the weather is like."""

    def __init__(self, degrees):
        self.degrees = degrees

    @tool(effect="read", tags=["sky"])
    def now(self, city: str):
        """Tell the weather."""
        return {"city": city, "degrees": self.degrees}

    @tool
    async def report(self): ...

    def helper(self): ...

    @property
    def costly(self):
        raise AssertionError("nobody asked for it")

    @tool(namespace="climate")
    @staticmethod
    def average(): ...

    @staticmethod
    @tool(namespace="climate", effect="read")
    def extremes(): ...


def adapter_of(*functions, **options):
    return PythonAdapter(functions, **options)


async def outcome(function, context, /, **arguments):
    adapter = adapter_of(function)
    (offered,) = adapter.tools()
    return await adapter.call(offered.name, offered.callables[0].name, arguments, context)


def test_a_function_is_a_tool_that_can_be_called():
    @tool(effect="read", domain="math", tags=("numbers",), timeout=3)
    def double(n: int) -> int:
        """Return twice as much."""
        return 2 * n

    (offered,) = adapter_of(double).tools()
    assert (offered.name, offered.main, offered.tags) == ("double", "double", ("numbers",))
    assert offered.description == "Return twice as much."
    (one,) = offered.callables
    assert (one.effect, one.domain, one.timeout, one.returns) == ("read", "math", 3, "int")
    assert double(4) == 8, "it stays what it is"


def test_an_object_is_a_tool_with_its_marked_methods():
    offered, climate = adapter_of(Weather(3)).tools()
    assert (offered.name, offered.main) == ("weather", None)
    assert offered.description == "What the weather is like."
    assert [one.name for one in offered.callables] == ["now", "report"]
    assert [one.name for one in offered.callables[0].parameters] == ["city"]
    assert [(one.name, one.effect) for one in climate.callables] == [
        ("average", "write"), ("extremes", "read"),
    ]  # fmt: skip


def test_a_module_is_a_tool_and_a_namespace_another():
    module = types.ModuleType("pkg.sky")
    module.a = tool(lambda: 1)
    module.a.__name__ = "a"
    module.plain = lambda: 2

    @tool(namespace="my-files", name="read-all")
    def read(): ...

    @tool(namespace="my-files")
    def write(): ...

    sky, files = adapter_of(module, read, write).tools()
    assert (sky.name, [one.name for one in sky.callables]) == ("sky", ["a"])
    assert (files.name, [one.name for one in files.callables]) == (
        "my_files", ["read_all", "write"],
    )  # fmt: skip
    assert files.callables[0].wire_name == "read-all"


def same():
    """Have the name of another."""


@pytest.mark.parametrize(
    ("sources", "why"),
    [
        ([same, types.FunctionType(same.__code__, {}, "same")], "would both be tools.same"),
        ([Weather(1), Weather(2)], "would both be tools.weather"),
        ([tool(namespace="same")(lambda: 1), same], "would both be tools.same"),
        ([Weather], "is a class"),
        ([3], "no function marked"),
        ([types.ModuleType("m")], "no function marked"),
        ([max], "signature"),
    ],
)
def test_what_cannot_be_offered_is_refused(sources, why):
    with pytest.raises(ToolDefinitionError, match=why):
        PythonAdapter(sources)


def test_marks_that_make_no_sense_are_refused():
    with pytest.raises(ToolDefinitionError, match="no effect.*read, write, destructive"):
        tool(effect="look")
    with pytest.raises(ToolDefinitionError, match="more than 0"):
        tool(timeout=0)
    with pytest.raises(ToolDefinitionError, match="more than 0"):
        tool(timeout=float("nan"))


async def test_n44_plain_functions_run_in_threads_and_coroutines_in_the_loop(context):
    def plain():
        return threading.current_thread() is threading.main_thread()

    async def coroutine():
        await asyncio.sleep(0)
        return threading.current_thread() is threading.main_thread()

    assert await outcome(plain, context) is False
    assert await outcome(coroutine, context) is True


async def test_arguments_arrive_as_the_types_that_are_declared(context):
    def f(point: Point, data: bytes, pair: tuple[int, int], note: str | None = "x"):
        return [type(point) is Point, point.y, data, pair, note]

    point = {"x": 1, "y": 2}
    found = await outcome(f, context, point=point, data="/w==", pair=[1, 2], note=None)
    assert found == [True, 2.0, b"\xff", (1, 2), None]
    with pytest.raises(ToolArgumentError, match=r"tools.f.f: pair does not fit"):
        await outcome(f, context, point=point, data=b"", pair=[1])


class Struct(msgspec.Struct):
    a: int
    b: bytes


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (None, None),
        (
            {"a": [1, 2.5, (True, b"\0", "x")], 3: None},
            {"a": [1, 2.5, (True, b"\0", "x")], 3: None},
        ),
        (Struct(1, b"\xff"), {"a": 1, "b": b"\xff"}),
        ([Point(1)], [{"x": 1, "y": 0.5}]),
        (Image(b"x", "image/png"), Image(b"x", "image/png")),
    ],
)
async def test_results_are_plain_data_or_typed(context, value, result):
    found = await outcome(types.FunctionType((lambda: value).__code__, {}, "f", None,
                                             (types.CellType(value),)), context)  # fmt: skip
    assert found == result
    assert type(found) is type(result)


async def test_a_result_that_is_no_data_is_an_error_that_names_it(context):
    def of_object():
        return {"a": [1, threading.Lock]}

    def of_key():
        return {None: 1}

    def of_itself():
        endless = []
        endless.append(endless)
        return endless

    with pytest.raises(ToolCallError, match=r"returned builtin_function_or_method at \['a'\]\[1\]"):
        await outcome(of_object, context)
    with pytest.raises(ToolCallError, match="a key of type NoneType"):
        await outcome(of_key, context)
    with pytest.raises(ToolCallError, match="holds itself"):
        await outcome(of_itself, context)


class UnreadableError(Exception):
    def __str__(self):
        raise ValueError


@pytest.mark.parametrize(
    "error",
    [ValueError("no luck"), SystemExit(3), StopIteration(), KeyboardInterrupt(), UnreadableError()],
    ids=lambda error: type(error).__name__,
)
async def test_what_a_function_raises_is_the_error_of_the_call(context, error):
    def fail():
        raise error

    with pytest.raises(ToolCallError) as caught:
        await outcome(fail, context)
    assert caught.value.original_type == type(error).__name__
    assert caught.value.message.startswith(f"tools.fail.fail failed: {type(error).__name__}")


async def test_what_a_coroutine_raises_is_the_error_of_the_call(context):
    async def fail():
        raise asyncio.CancelledError

    async def leave():
        raise SystemExit(1)

    async def argue():
        raise ToolArgumentError("it said so itself")

    for function, name in ((fail, "CancelledError"), (leave, "SystemExit")):
        with pytest.raises(ToolCallError, match=name):
            await outcome(function, context)
    with pytest.raises(ToolArgumentError, match="it said so itself"):
        await outcome(argue, context)


async def test_a_call_ends_with_its_time(context):
    release = threading.Event()

    @tool(timeout=0.05)
    def slow():
        release.wait()

    @tool(timeout=300)
    async def patient():
        await asyncio.Event().wait()

    async def own():
        raise TimeoutError("its own")

    try:
        with pytest.raises(ToolTimeout, match=r"tools.slow.slow did not answer within 0.05 s"):
            await outcome(slow, context)
        with pytest.raises(ToolTimeout, match="0.1 s"):
            await outcome(patient, msgspec.structs.replace(context, timeout=0.1))
        with pytest.raises(ToolCallError, match="its own"):
            await outcome(own, context)
    finally:
        release.set()


async def test_a_cancelled_call_stops_a_coroutine(context):
    started, stopped = asyncio.Event(), asyncio.Event()

    async def forever():
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    call = asyncio.create_task(outcome(forever, context))
    await started.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert stopped.is_set()


async def test_n47_calls_run_side_by_side_up_to_the_limit(context):
    meeting = threading.Barrier(4, timeout=30)
    running, most = set(), []

    def meet(n: int):
        running.add(n)
        most.append(len(running))
        meeting.wait()
        running.discard(n)
        return n

    adapter = adapter_of(meet, most_at_once=4)
    calls = [adapter.call("meet", "meet", {"n": n}, context) for n in range(20)]
    assert await asyncio.gather(*calls) == list(range(20))
    assert max(most) <= 4


async def test_a_thread_that_runs_on_after_its_call_counts(context):
    release, ended = threading.Event(), threading.Event()

    def first():
        release.wait()
        ended.set()

    def second():
        return ended.is_set()

    adapter = adapter_of(first, second, most_at_once=1)
    limited = msgspec.structs.replace(context, timeout=0.05)
    with pytest.raises(ToolTimeout):
        await adapter.call("first", "first", {}, limited)
    waiting = asyncio.create_task(adapter.call("second", "second", {}, context))
    await asyncio.sleep(0)
    release.set()
    assert await waiting is True
