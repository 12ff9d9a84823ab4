"""The registry: all tools by name, as their adapters know them."""

import pytest

from threadbook.errors import ConfigError, ToolCallError, ToolDefinitionError, ToolNotFound
from threadbook.tools.adapters.python import PythonAdapter, tool
from threadbook.tools.registry import Problem, Registry


def read(path: str): ...
def write(path: str, text: str): ...


def functions(*sources, **options):
    return PythonAdapter(sources, **options)


class Changing:
    """An adapter that learns of other tools, as one of a server does."""

    def __init__(self, *sources):
        self.inner = functions(*sources)
        self.later = None
        self.problems = ()

    def tools(self):
        return self.inner.tools()

    async def refresh(self):
        if isinstance(self.later, Exception):
            raise self.later
        self.inner = self.later

    async def close(self):
        raise ToolCallError("it would not end")


def test_tools_are_found_by_name():
    adapter = functions(write, read)
    registry = Registry([adapter])
    assert [one.name for one in registry.list()] == ["read", "write"]
    assert registry.describe("read") is adapter.tools()[1]
    found, callable_, owner = registry.get("read")
    assert (found.name, callable_.name, owner) == ("read", "read", adapter)
    assert registry.get("read", "read") == (found, callable_, adapter)


@pytest.mark.parametrize(
    ("name", "called", "message"),
    [
        ("reed", None, "there is no tool 'reed'; did you mean read?"),
        ("files", "raed", "tools.files has no callable 'raed'; did you mean read?"),
        ("files", None, "tools.files has several callables, and none of its own"),
    ],
)
def test_what_is_not_there_is_said_with_the_nearest_names(name, called, message):
    files = [tool(namespace="files", name=n)(lambda: 0) for n in ("read", "write")]
    with pytest.raises(ToolNotFound) as caught:
        Registry([functions(read), functions(*files)]).get(name, called)
    assert caught.value.message == message


def test_n42_tools_of_one_name_are_refused():
    with pytest.raises(ToolDefinitionError, match="two tools are called read: one from a.py"):
        Registry([functions(read, source="a.py"), functions(read, source="b.py")])


def test_n38_what_could_not_be_loaded_is_listed():
    problems = [
        Problem(name="read", source="read.yaml", line=3, reason="no command"),
        Problem(name="other", source="other.yaml", reason="is empty"),
    ]
    registry = Registry([functions(read)], problems=problems)
    listed = {one.name: one.problem for one in registry.list()}
    assert listed == {
        "read": "", "read_2": "read.yaml:3: no command", "other": "other.yaml: is empty",
    }  # fmt: skip
    assert registry.problems == tuple(problems)
    assert [one.name for one in registry.search("other")] == ["other"]
    with pytest.raises(ToolDefinitionError, match=r"read.yaml:3: no command"):
        registry.get("read_2")
    assert registry.get("read")[0].problem == ""


async def test_n46_a_changed_definition_is_noticed():
    def sized(path: str, size: int): ...

    sized.__name__ = "read"
    adapter = Changing(read)
    registry = Registry([adapter])
    before = registry.get("read")[1]
    assert registry.get("read")[1] is before, "nothing is made again where nothing changed"
    assert [one.name for one in registry.search("path")] == ["read"]
    adapter.inner = functions(sized, write)
    after = registry.get("read")[1]
    assert after.definition_hash != before.definition_hash
    assert [one.name for one in registry.list()] == ["read", "write"]
    assert {one.name for one in registry.search("path")} == {"read", "write"}
    adapter.inner = functions(write)
    assert [one.name for one in registry.search("path")] == ["write"]
    with pytest.raises(ToolNotFound):
        registry.get("read")


def test_a_tool_that_comes_later_takes_no_name_away():
    first, second = functions(read), Changing(write)
    registry = Registry([first, second])
    second.inner = functions(read)
    assert registry.get("read")[2] is first
    (problem,) = registry.problems
    assert "two tools are called read" in problem.reason
    assert [one.name for one in registry.list()] == ["read", "read_2"]


async def test_adapters_that_cannot_be_reached_are_problems_until_they_are():
    adapter = Changing(read)
    registry = Registry([functions(write), adapter])
    adapter.later = ToolCallError("nobody answers")
    await registry.refresh()
    assert [str(one) for one in registry.problems] == [f"{__name__}: nobody answers"]
    assert [(one.name, one.problem) for one in registry.list()] == [
        ("read", "nobody answers"), ("write", ""),
    ]  # fmt: skip
    assert registry.get("read")[2] is adapter, "it may be back by now"
    adapter.later = ConfigError("a variable is not set")
    await registry.refresh()
    assert [one.reason for one in registry.problems] == ["a variable is not set"]
    adapter.later = functions(read)
    await registry.refresh()
    assert registry.problems == ()
    adapter.later = ValueError("a bug")
    with pytest.raises(ValueError, match="a bug"):
        await registry.refresh()


def test_an_adapter_says_what_it_lacks():
    adapter = Changing(read)
    registry = Registry([adapter])
    assert registry.problems == ()
    adapter.problems = ("a tool has no name",)
    assert [one.reason for one in registry.problems] == ["a tool has no name"]
    assert registry.describe("read").problem == "a tool has no name"
    adapter.inner = functions()
    assert [one.name for one in registry.list()] == ["unreachable"]


async def test_closing_goes_on_when_one_cannot():
    closed = []

    class Closing(Changing):
        async def close(self):
            closed.append(self)

    last = Closing(write)
    registry = Registry([Changing(read), last])
    with pytest.raises(ToolCallError, match="would not end"):
        await registry.close()
    assert closed == [last]


def test_n37_n49_tools_are_found_by_tags_and_words_without_a_model():
    @tool(tags=["weather"], effect="read")
    def forecast(city: str, days: int = 3):
        """Tell what is to come.

        Args:
            city: Any town.
            days: How far ahead.
        """

    @tool(namespace="files")
    def remove_folder(path: str):
        """Delete a directory and all in it."""

    registry = Registry([functions(forecast, remove_folder)])
    assert registry.describe("forecast").tags == ("weather",)
    for query in ("weather", "forecasts", "town", "what's ahead?"):
        assert registry.search(query)[0].name == "forecast", query
    for query in ("delete directory", "removeFolder", "folder", "files"):
        (found,) = registry.search(query)
        assert (found.name, found.callable) == ("files", "remove_folder")
        assert found.description == "Delete a directory and all in it."
        assert found.score > 0
    assert registry.search("forecast", limit=0) == ()


def test_many_tools_are_searched():
    adapter = functions(
        *(tool(name=f"tool_{number}", tags=[f"tag{number}"])(lambda: 0) for number in range(1_000))
    )
    registry = Registry([adapter])
    assert registry.search("tag777")[0].name == "tool_777"
    assert len(registry.search("tool", limit=10_000)) == 1_000
