"""Functions: what their signatures and docstrings say, as callables."""

import dataclasses
import datetime as dt
import types
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.errors import ToolDefinitionError
from threadbook.tools.docstrings import parse_docstring
from threadbook.tools.functions import function_callable, read_signature, source_hash
from threadbook.tools.results import CliResult


@dataclasses.dataclass
class Point:
    x: int
    y: float = 0.0


def everything(
    query: str,
    point: Point,
    *,
    limit: int = 10,
    kind: Literal["a", "b"] = "a",
    note: Annotated[str | None, "What to add."] = None,
    data: bytes = b"",
    at: dt.date = dt.date(2026, 1, 1),
    anything=object(),  # noqa: B008  a default that JSON cannot say
) -> CliResult:
    """Search everything.

    Args:
        query: What to look for,
            in any language.
        point (Point): Where.
    """


def definition_of(function, **options):
    settings = {"name": "f", "effect": "read", "domain": "general", "timeout": None, **options}
    return function_callable(function, read_signature(function), **settings)


def test_a_signature_becomes_parameters():
    found = {one.name: one for one in definition_of(everything).parameters}
    assert {name: one.type for name, one in found.items()} == {
        "query": "str",
        "point": "dict[str, Any]",
        "limit": "int",
        "kind": "Literal['a', 'b']",
        "note": "str | None",
        "data": "bytes",
        "at": "str",
        "anything": "Any",
    }
    assert [name for name, one in found.items() if one.required] == ["query", "point"]
    assert found["limit"].default == 10
    assert found["note"].schema["default"] is None
    assert "default" not in found["anything"].schema
    assert found["query"].description == "What to look for, in any language."
    assert found["point"].description == "Where."
    assert found["note"].description == "What to add."
    assert definition_of(everything).description == "Search everything."
    assert definition_of(everything).returns == "CliResult"


def positional_only(a, /): ...
def any_number(*args): ...
def any_name(**kwargs): ...
def not_data(a: types.ModuleType): ...
def unknown_name(a: "Nowhere"): ...  # noqa: F821
def no_type(a: 3): ...


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (positional_only, "a, which can be given by position only"),
        (any_number, "args, which takes any number"),
        (any_name, "kwargs, which takes arguments of any name"),
        (not_data, "a of a type that cannot be sent"),
        (unknown_name, "signature that cannot be read"),
        (no_type, "cannot be"),
    ],
)
def test_what_cannot_be_called_by_name_with_data_is_refused(function, why):
    with pytest.raises(ToolDefinitionError, match=why) as caught:
        read_signature(function)
    assert function.__name__ in caught.value.message


def made(source):
    namespace = {}
    exec(source, namespace)
    return namespace["f"]


def test_the_hash_covers_source_and_schema():
    hashes = {
        definition_of(made(source)).definition_hash
        for source in (
            "def f(a: int): return a",
            "def f(a: int): return -a",
            "def f(a: str): return a",
            "def f(a: int = 3): return a",
        )
    }
    assert len(hashes) == 4
    one, other = (definition_of(made("def f(a: int): return a")) for _ in range(2))
    assert one.definition_hash == other.definition_hash
    as_write = definition_of(made("def f(a: int): return a"), effect="write")
    assert as_write.definition_hash != one.definition_hash


def test_the_source_text_is_hashed_where_there_is_one(tmp_path):
    assert source_hash(everything) != source_hash(positional_only)
    assert source_hash(everything) == source_hash(everything)
    assert source_hash(len) == source_hash(print)  # neither text nor bytecode


def test_types_for_msgspec_are_described():
    class Item(msgspec.Struct):
        name: str
        tags: list[str] = []

    def store(items: list[Item], extra: dict[str, Any]) -> dict[str, int]: ...

    store.__annotations__ = {"items": list[Item], "extra": dict[str, Any], "return": dict[str, int]}
    found = definition_of(store)
    assert [one.type for one in found.parameters] == ["list[dict[str, Any]]", "dict[str, Any]"]
    assert found.returns == "dict[str, int]"


GOOGLE = """Do it.

More of it.

Args:
    a: The a,
        at length.
    *b (int, optional): The b: really.

Returns:
    Something.
"""
NUMPY = """Do it.

Parameters
----------
a : int
    The a,
    at length.
b
    The b.

Returns
-------
int
    Something.
"""
REST = """Do it.

:param a: The a,
    at length.
:param int b: The b.
:returns: Something.
"""


@pytest.mark.parametrize(
    ("text", "description", "said"),
    [
        (
            GOOGLE,
            "Do it.\n\nMore of it.\n\nReturns:\n    Something.",
            {"a": "The a, at length.", "b": "The b: really."},
        ),
        (
            NUMPY,
            "Do it.\n\nReturns\n-------\nint\n    Something.",
            {"a": "The a, at length.", "b": "The b."},
        ),
        (REST, "Do it.\n\n:returns: Something.", {"a": "The a, at length.", "b": "The b."}),
        ("Args: none.", "Args: none.", {}),
        (None, "", {}),
    ],
)
def test_docstrings_are_taken_apart(text, description, said):
    found = parse_docstring(text)
    assert found.parameters == said
    assert found.description == description


PIECES = st.sampled_from(
    [
        "Args:",
        "Parameters",
        "----------",
        "a : int",
        ":param a: x",
        "    a: b",
        "\t",
        "",
        "Returns:",
    ]
)


@given(st.lists(PIECES | st.text(max_size=10)))
def test_any_docstring_is_read(lines):
    found = parse_docstring("\n".join(lines))
    assert isinstance(found.description, str)
