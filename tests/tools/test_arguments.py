"""Arguments: what fits a callable, and what is said where it does not."""

import socket

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbook.errors import ToolArgumentError
from threadbook.tools.arguments import exact_types, is_cheap, refuse_positional, validate
from threadbook.tools.definition import Parameter, ToolCallable
from threadbook.tools.schema import parameters


def callable_with(required=(), **schemas):
    schema = {"type": "object", "properties": schemas, "required": list(required)}
    return ToolCallable(name="y", parameters=parameters(schema))


def check(definition, **arguments):
    validate(definition, arguments, operation="tools.x.y")


def verdict(schema, value):
    try:
        check(ToolCallable(name="y", parameters=(Parameter(name="a", schema=schema),)), a=value)
    except ToolArgumentError:
        return False
    return True


def test_n34_an_unknown_keyword_is_refused_with_the_nearest_name():
    definition = callable_with(limit={"type": "integer"}, query={"type": "string"})
    with pytest.raises(ToolArgumentError) as caught:
        check(definition, limt=3)
    assert caught.value.message == "tools.x.y has no parameter 'limt'; did you mean limit?"
    assert caught.value.remedy == "it takes limit, query"
    assert caught.value.operation == "tools.x.y"


def test_n35_a_missing_argument_is_named():
    definition = callable_with(required=["query"], query={"type": "string"}, limit={})
    with pytest.raises(ToolArgumentError, match=r"tools.x.y: query \(str\) is missing"):
        check(definition, limit=3)


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": "integer"}, "3", "a must be int, not str"),
        ({"type": "integer"}, True, "a must be int, not bool"),
        ({"type": "string"}, None, "a must be str, not NoneType"),
        ({"type": ["string", "null"]}, 3, "a must be str | None, not int"),
        ({"type": "string"}, b"x", "a must be str, not bytes"),
        ({"type": "array", "items": {"type": "string"}}, ["x", 1], "a [1] must be str, not int"),
        (
            {"type": "object", "properties": {"b": {"type": "integer"}}},
            {"b": "x"},
            "a ['b'] must be int, not str",
        ),
        (
            {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "x",
            "a must be int | None, not str",
        ),
        ({"enum": ["a", "b"]}, "c", "a does not fit: 'c' is not one of ['a', 'b']"),
        ({"type": "integer", "minimum": 1}, 0, "a does not fit: 0 is less than the minimum of 1"),
    ],
)
def test_n35_a_wrong_argument_is_named_with_what_fits(schema, value, message):
    with pytest.raises(ToolArgumentError) as caught:
        check(callable_with(a=schema), a=value)
    assert caught.value.message == f"tools.x.y: {message}"


def test_n45_an_explicit_none_is_an_argument():
    definition = callable_with(required=["a"], a={"type": ["integer", "null"]}, b={})
    check(definition, a=None, b=None)
    with pytest.raises(ToolArgumentError, match="a .* is missing"):
        check(definition, b=None)


def test_arguments_by_position_are_refused():
    definition = callable_with(query={}, limit={})
    refuse_positional(definition, 0, operation="tools.x.y")
    with pytest.raises(ToolArgumentError, match=r"by name only.*tools.x.y\(limit=…\)|query=…"):
        refuse_positional(definition, 1, operation="tools.x.y")


def test_values_of_python_travel():
    check(callable_with(a={"type": "array", "items": {"type": "integer"}}), a=(1, 2))
    check(callable_with(a={"type": "string", "contentEncoding": "base64"}), a=b"\xff")
    check(callable_with(a={"type": "string", "contentEncoding": "base64"}), a="/w==")


def test_a_schema_that_is_none_is_left_to_the_tool():
    assert verdict({"type": "text"}, 3)
    assert verdict({"minimum": "x"}, 3)
    assert verdict({"type": "string", "pattern": r"\p{L}"}, "x")


@pytest.mark.parametrize(
    ("pattern", "is_quick"),
    [
        (r"^\d{4}-\d{2}-\d{2}$", True),
        (r"^[a-z]+-[0-9]+$", True),
        (r"^(yes|no)$", True),
        (r"\)*", True),
        (r"[)]+x", True),
        (r"(a+)+$", False),
        (r"(a|a)*b", False),
        (r"(a?){30}a{30}", False),
        ("a?" * 30 + "a" * 30, False),
        (r"a*a*a*a*b", False),
        ("x" * 1_001, False),
    ],
)
def test_only_patterns_that_are_quick_are_tried(pattern, is_quick):
    assert is_cheap(pattern, 100) is is_quick


def test_a_hostile_pattern_is_not_tried():
    assert verdict({"type": "string", "pattern": "(a+)+$"}, "a" * 5_000 + "!")
    assert verdict({"patternProperties": {"(a+)+$": {}}, "type": "object"}, {"a" * 5_000 + "!": 1})


def test_hostile_references_are_given_up():
    definitions = {
        f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}, {"$ref": f"#/$defs/d{n + 1}"}]}
        for n in range(60)
    }
    schema = {"$ref": "#/$defs/d0", "$defs": {**definitions, "d60": {"type": "integer"}}}
    assert verdict(schema, 3)
    assert verdict(schema, "undecidable")  # 2 ** 60 ways to be wrong


def test_a_value_nested_too_deeply_is_refused():
    schema = {
        "$ref": "#/$defs/n",
        "$defs": {"n": {"type": "array", "items": {"$ref": "#/$defs/n"}}},
    }
    value = []
    for _ in range(3_000):
        value = [value]
    assert not verdict(schema, value)


def test_a_reference_to_elsewhere_is_not_followed():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        host, port = server.getsockname()
        assert verdict({"$ref": f"http://{host}:{port}/schema"}, 3)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_numbers_beyond_all_bounds_are_refused():
    assert not verdict({"type": "integer", "maximum": 5}, 10**5_000)
    assert not verdict({"type": "integer", "multipleOf": 0.1}, 10**400)
    assert verdict({"type": "integer", "minimum": 5}, 10**5_000)


SCALARS = (
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from([0.5, 1.0, -2.0])
    | st.text("ab", max_size=3)
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=6,
)
KINDS = st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object"])


def extended(inner):
    return st.fixed_dictionaries(
        {},
        optional={
            "type": KINDS | st.lists(KINDS, min_size=1, max_size=3, unique=True),
            "items": inner,
            "properties": st.dictionaries(st.text("ab"), inner, max_size=2),
            "required": st.lists(st.text("ab"), max_size=2, unique=True),
            "additionalProperties": st.booleans() | inner,
            "anyOf": st.lists(inner, min_size=1, max_size=3),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
            "default": VALUES,
        },
    )


SCHEMAS = st.recursive(
    st.fixed_dictionaries({"type": KINDS})
    | st.fixed_dictionaries({"enum": st.lists(VALUES, min_size=1, max_size=3)})
    | st.fixed_dictionaries({"const": VALUES})
    | st.fixed_dictionaries({"type": st.just("integer"), "minimum": st.integers(-3, 3)})
    | st.fixed_dictionaries({"maxLength": st.integers(0, 2), "pattern": st.just("^a")}),
    extended,
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(SCHEMAS, VALUES)
def test_the_verdict_is_that_of_jsonschema(schema, value):
    assert verdict(schema, value) is jsonschema.Draft202012Validator(schema).is_valid(value)


@given(SCHEMAS, VALUES)
def test_exact_types_are_never_wrong(schema, value):
    types = exact_types(schema)
    if types is not None and type(value) in types:
        assert jsonschema.Draft202012Validator(schema).is_valid(value)
