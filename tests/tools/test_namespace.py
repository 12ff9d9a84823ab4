"""Tools as a cell sees them: names, calls, help and completion."""

import asyncio
import inspect
import pydoc
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.guarded_eval import EVALUATION_POLICIES
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from threadbook.errors import (
    ToolArgumentError,
    ToolCallError,
    ToolDefinitionError,
    ToolNotFound,
)
from threadbook.tools.adapters.python import PythonAdapter, tool
from threadbook.tools.definition import Tool
from threadbook.tools.namespace import COMPLETED, Tools
from threadbook.tools.registry import Problem, Registry


@tool(effect="read", tags=["maths"])
def double(n: int, *, times: int = 1, note: str | None = None) -> list[int]:
    """Return twice as much.

    Args:
        n: What to double.
        times: How often.
    """
    return [n * 2**times, note]


@tool(namespace="files")
def read(path: str) -> str:
    """Read a file."""
    return f"content of {path}"


@tool(namespace="files", name="list")
def list_files(): ...


@pytest.fixture
def channel(connect):
    return connect(double, read, list_files)


@pytest.fixture
def tools(channel):
    return Tools(channel)


def test_n44_a_tool_is_called_by_name(tools):
    assert tools.double(n=3) == [6, None]
    assert tools.double.double(n=3, times=2) == [12, None]
    assert tools.files.read(path="a") == "content of a"
    assert tools.files.list_() is None


async def test_one_rule_x_waits_and_acall_does_not(tools):
    assert await tools.double.acall(n=3) == [6, None]
    assert await tools.files.read.acall(path="a") == "content of a"
    assert tools.files.read(path="a") == "content of a"


async def test_n47_calls_of_tasks_run_side_by_side(tools_of):
    meeting = threading.Barrier(20, timeout=30)

    def meet(n: int):
        meeting.wait()
        return n

    tools = tools_of(meet)
    calls = [tools.meet.acall(n=n) for n in range(20)]
    assert await asyncio.gather(*calls) == list(range(20))


def test_n47_calls_of_threads_run_side_by_side(tools_of):
    meeting = threading.Barrier(8, timeout=30)

    def meet(n: int):
        meeting.wait()
        return n

    tools = tools_of(meet)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda n: tools.meet(n=n), range(8))) == list(range(8))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda t: t.double(3), r"tools.double takes arguments by name only"),
        (lambda t: t.double(n=3, tmes=1), "no parameter 'tmes'; did you mean times"),
        (lambda t: t.double(), r"tools.double: n \(int\) is missing"),
        (lambda t: t.double(n="3"), "tools.double: n must be int, not str"),
        (lambda t: t.double(n=None), "tools.double: n must be int, not NoneType"),
        (lambda t: t.files.read(path=3), "tools.files.read: path must be str, not int"),
    ],
)
def test_n34_n35_wrong_arguments_fail_in_the_cell(tools, channel, call, message):
    with pytest.raises(ToolArgumentError, match=message):
        call(tools)
    with pytest.raises(TypeError):
        call(tools)
    assert "tools.call" not in channel.carried


async def test_wrong_arguments_fail_in_the_cell_in_tasks_too(tools, channel):
    with pytest.raises(ToolArgumentError, match="by name only"):
        await tools.double.acall(3)
    with pytest.raises(ToolArgumentError, match="missing"):
        await tools.files.read.acall()
    assert "tools.call" not in channel.carried


def test_n45_an_explicit_none_arrives(tools_of):
    def given(a: int | None = 3, b: int = 4):
        return [a, b]

    tools = tools_of(given)
    assert tools.given(a=None) == [None, 4]
    assert tools.given() == [3, 4]


def test_parameters_may_have_any_name(tools_of):
    def odd(self: int, args: int, kwargs: int, tool: int, callable: int, name: int):  # noqa: A002
        return [self, args, kwargs, tool, callable, name]

    tools = tools_of(odd)
    assert tools.odd(self=1, args=2, kwargs=3, tool=4, callable=5, name=6) == [1, 2, 3, 4, 5, 6]
    assert tools.odd.odd(self=1, args=2, kwargs=3, tool=4, callable=5, name=6)[0] == 1


def test_unknown_names_fail_at_once_with_the_nearest(tools):
    with pytest.raises(ToolNotFound, match="no tool 'doubel'; did you mean double?"):
        _ = tools.doubel
    with pytest.raises(ToolNotFound, match=r"tools.files has no callable 'raed'; .* read\?"):
        _ = tools.files.raed
    assert not hasattr(tools, "nothing")
    assert not hasattr(tools.files, "nothing")
    with pytest.raises(ToolNotFound, match=r"several callables.*use one of .*read"):
        tools.files(path="x")
    assert callable(tools.double)


def test_private_names_cost_no_call(tools, channel):
    tools.list()
    files = tools.files
    channel.carried.clear()
    for name in ("__wrapped__", "_repr_html_", "_ipython_display_", "_repr_mimebundle_"):
        assert not hasattr(tools, name)
        assert not hasattr(files, name)
    assert channel.carried == []


def test_what_a_tool_raises_arrives(tools_of):
    def fail():
        raise ValueError("no luck")

    with pytest.raises(
        ToolCallError, match="tools.fail.fail failed: ValueError: no luck"
    ) as caught:
        tools_of(fail).fail()
    assert caught.value.original_type == "ValueError"


class Changing:
    """An adapter whose tools change, as those of a server do."""

    def __init__(self, *functions):
        self.inner = PythonAdapter(functions)

    def tools(self):
        return self.inner.tools()

    async def call(self, *args):
        return await self.inner.call(*args)

    async def close(self):
        await self.inner.close()


def test_n46_a_changed_tool_is_called_as_it_is_now(connect):
    def old(a: int): ...
    def new(b: str):
        return b

    def other(): ...

    old.__name__ = new.__name__ = "it"
    adapter = Changing(old)
    tools = Tools(connect(registry=Registry([adapter])))
    kept = tools.it
    assert kept(a=1) is None
    adapter.inner = PythonAdapter([new])
    assert kept(b="x") == "x"
    with pytest.raises(ToolArgumentError, match="no parameter 'a'"):
        tools.it(a=1)
    assert str(inspect.signature(tools.it)) == "(*, b: str) -> Any"
    adapter.inner = PythonAdapter([other])
    with pytest.raises(ToolNotFound):
        kept(b="x")
    assert not hasattr(tools, "it")
    assert tools.other() is None


def test_n46_a_tool_that_has_become_callable_is_called(connect):
    def it(text: str = ""):
        return f"called with {text}"

    adapter = Changing()
    adapter.tools = lambda: (Tool(name="it", adapter="python"),)
    tools = Tools(connect(registry=Registry([adapter])))
    kept = tools.it
    with pytest.raises(ToolNotFound, match="none of its own"):
        kept(text="x")
    adapter.tools = PythonAdapter([it]).tools
    adapter.inner = PythonAdapter([it])
    tools.describe("it")
    assert kept(text="x") == "called with x"


def test_lists_print_as_tables(tools):
    listed = tools.list()
    assert isinstance(listed, tuple)
    assert [one.name for one in listed] == ["double", "files"]
    assert repr(listed).splitlines() == [
        "tool    callables    tags   description",
        "double               maths  Return twice as much.",
        "files   read, list_",
    ]
    assert repr(tools.files.list()).splitlines()[1] == (
        "read      write   (*, path: str) -> str  Read a file."
    )
    found = tools.search("twice", limit=1)
    assert [(one.name, one.callable) for one in found] == [("double", "double")]
    assert re.match(r"double +double +\d", repr(found).splitlines()[1])
    assert repr(tools.search("quantum")) == "(nothing)"


def test_n37_the_listing_shows_tags(tools):
    assert tools.describe("double").tags == ("maths",)
    assert ">maths</td>" in tools.list()._repr_html_()
    assert [one.name for one in tools.search("maths")] == ["double"]


def test_hostile_descriptions_are_only_text(tools_of):
    def bad(a: int = 0): ...

    bad.__doc__ = "<script>alert(1)</script>\x1b[31m\u202ered"
    tools = tools_of(bad)
    shown = tools.list()._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;[31mred" in shown
    for text in (repr(tools.list()), tools.bad.__doc__, pydoc.render_doc(tools.bad), shown):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_n38_what_could_not_be_loaded_says_why(connect):
    problem = Problem(name="broken", source="broken.yaml", line=3, reason="no command")
    tools = Tools(connect(registry=Registry([PythonAdapter([read])], problems=[problem])))
    assert "broken.yaml:3: no command" in repr(tools.list())
    assert "broken.yaml:3: no command" in repr(tools.broken)
    for use in (tools.broken, lambda: tools.broken.run(a=1)):
        with pytest.raises(ToolDefinitionError, match="broken.yaml:3: no command"):
            use()


SIGNATURE = "(*, n: int, times: int = 1, note: str | None = None) -> list[int]"


def test_n50_help_and_inspection_show_signature_and_description(tools):
    for face in (tools.double, tools.double.double):
        assert str(inspect.signature(face)) == SIGNATURE
        assert inspect.getdoc(face) == (
            "Return twice as much.\n\nParameters:\n    n: What to double.\n    times: How often."
        )
        shown = pydoc.plain(pydoc.render_doc(face))
        assert f"double{SIGNATURE}" in shown
        assert "Return twice as much." in shown
        assert "times: How often." in shown
        assert SIGNATURE in repr(face)
        assert face.__name__ == "double"


@pytest.fixture
def shell(tools, monkeypatch):
    """Return IPython with tools in it, which completion may look at as the kernel lets it."""
    allowed = EVALUATION_POLICIES["limited"].allowed_getattr_external
    monkeypatch.setattr(
        EVALUATION_POLICIES["limited"], "allowed_getattr_external", allowed | set(COMPLETED)
    )
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    shell.user_ns["tools"] = tools
    return shell


def completions(shell, text):
    with provisionalcompleter():
        return {one.text for one in shell.Completer.completions(text, len(text))}


@pytest.mark.parametrize("uses_jedi", [True, False])
def test_n50_completion_knows_tools_callables_and_parameters(shell, uses_jedi):
    shell.Completer.use_jedi = uses_jedi

    def names(text):
        return {name.lstrip(".") for name in completions(shell, text)}

    assert {"double", "files", "list", "search", "describe"} <= names("tools.")
    assert names("tools.dou") == {"double"}
    assert {"read", "list", "list_"} <= names("tools.files.")
    assert names("tools.files.re") == {"read"}
    assert {"n=", "times=", "note="} <= names("tools.double(")
    assert {"times="} <= names("tools.double.double(n=3, ti")
    assert "path=" in names("tools.files.read(")


def test_n50_inspection_in_ipython_shows_the_same(shell):
    found = shell.object_inspect("tools.files.read")
    assert found["definition"] == "tools.files.read(*, path: str) -> str"
    assert found["docstring"] == "Read a file."
    text = shell.object_inspect_text("tools.double")
    assert "tools.double(*, n: int" in re.sub(r"\x1b\[[\d;]*m|\s+", " ", text).replace("( ", "(")
    assert "Return twice as much." in text


def test_a_face_stays_what_it_is_in_a_class(tools):
    class Holder:
        method = tools.files.read
        main = tools.double

    assert Holder().method(path="a") == "content of a"
    assert Holder().main(n=1) == [2, None]
