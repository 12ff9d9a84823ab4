"""Schemas: from JSON Schema to parameters, whatever the schema is."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.errors import ToolDefinitionError
from threadbook.tools.schema import annotation, parameters

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)
KEYWORDS = st.sampled_from(
    [
        "type", "properties", "items", "anyOf", "oneOf", "allOf", "enum", "const", "$ref",
        "required", "$defs", "additionalProperties", "description", "default", "prefixItems",
    ]
)  # fmt: skip
SCHEMA_LIKE = st.recursive(
    JSON | st.sampled_from(["string", "object", "array", "#", "#/$defs/a", "#/properties/a"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(KEYWORDS | st.sampled_from(["a", "b"]), inner, max_size=5)
    ),
    max_leaves=25,
)


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "string"}, "str"),
        ({"type": "integer"}, "int"),
        ({"type": "number"}, "float"),
        ({"type": "boolean"}, "bool"),
        ({"type": "null"}, "None"),
        ({"type": "array", "items": {"type": "integer"}}, "list[int]"),
        ({"type": "array"}, "list[Any]"),
        ({"type": "object"}, "dict[str, Any]"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "dict[str, float]"),
        ({"enum": ["a", "it's", 3, True, None]}, "Literal['a', \"it's\", 3, True, None]"),
        ({"const": "x"}, "Literal['x']"),
        ({"const": None}, "None"),
        ({"enum": [1.5]}, "Any"),
        ({"type": ["null", "string"]}, "str | None"),
        ({"anyOf": [{"type": "null"}, {"type": "array", "items": {"type": "string"}}]},
         "list[str] | None"),
        ({"oneOf": [{"type": "integer"}, {"anyOf": [{"type": "integer"}, {"type": "string"}]}]},
         "int | str"),
        ({"allOf": [{"description": "x"}, {"type": "string"}]}, "str"),
        ({"type": "string", "contentEncoding": "base64"}, "bytes"),
        ({"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "string"}}}, "str"),
        ({"$ref": "#/$defs/a%20b", "$defs": {"a b": {"type": "string"}}}, "str"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, "Any"),
        ({}, "Any"),
        (True, "Any"),
    ],
)  # fmt: skip
def test_schemas_read_as_annotations(schema, text):
    assert annotation(schema) == text


def test_what_is_too_long_to_read_is_shortened():
    assert annotation({"enum": [f"option {n}" for n in range(100)]}) == "Any"
    deep = {"type": "string"}
    for _ in range(30):
        deep = {"type": "array", "items": deep}
    assert annotation(deep) == "list[list[list[list[list[list[Any]]]]]]"


def test_an_object_becomes_parameters_required_ones_first():
    limit, kind, maximum = parameters(
        {
            "type": "object",
            "properties": {
                "max-results": {"type": "integer", "default": 5, "description": "How many."},
                "limit": {"type": "number"},
                "class": {"type": "string"},
            },
            "required": ["limit", "class"],
        }
    )
    assert (limit.name, limit.wire_name, limit.required) == ("limit", "", True)
    assert (kind.name, kind.wire_name, kind.sent_as) == ("class_", "class", "class")
    assert (maximum.name, maximum.sent_as, maximum.required) == (
        "max_results", "max-results", False,
    )  # fmt: skip
    assert (maximum.type, maximum.default, maximum.description) == ("int", 5, "How many.")


def test_a_parameter_has_all_that_it_refers_to():
    (node,) = parameters(
        {
            "type": "object",
            "$schema": "http://json-schema.org/draft-07/schema#",
            "properties": {"node": {"$ref": "#/definitions/Node"}},
            "definitions": {
                "Node": {
                    "type": "object",
                    "properties": {"next": {"$ref": "#/definitions/Node"}, "$ref": {"const": 1}},
                },
                "Other": {"type": "string"},
            },
        }
    )
    assert node.schema == {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$ref": "#/$defs/r0",
        "$defs": {
            "r0": {
                "type": "object",
                "properties": {"next": {"$ref": "#/$defs/r0"}, "$ref": {"const": 1}},
            }
        },
    }


def test_data_inside_a_schema_is_no_schema():
    (one,) = parameters(
        {"properties": {"a": {"const": {"$ref": "https://x"}, "default": {"$id": "y"}}}}
    )
    assert one.schema == {"const": {"$ref": "https://x"}, "default": {"$id": "y"}}


def test_what_is_required_but_not_described_is_a_parameter():
    (one,) = parameters({"type": "object", "required": ["x"]})
    assert (one.name, one.type, one.required) == ("x", "Any", True)


def test_parts_of_a_whole_are_read_together():
    found = parameters(
        {
            "allOf": [
                {"$ref": "#/$defs/base"},
                {"properties": {"b": {"type": "string"}}, "required": ["b"]},
            ],
            "$defs": {"base": {"type": "object", "properties": {"a": {"type": "integer"}}}},
        }
    )
    assert [(one.name, one.type, one.required) for one in found] == [
        ("b", "str", True), ("a", "int", False),
    ]  # fmt: skip


def cyclic():
    schema = {"type": "object", "properties": {}}
    schema["properties"]["a"] = schema
    return schema


def deep():
    schema = {}
    for _ in range(5_000):
        schema = {"items": schema}
    return {"properties": {"a": schema}}


def shared():
    schema = {}
    for _ in range(40):
        schema = {"anyOf": [schema, schema]}
    return {"properties": {"a": schema}}


def tangled():
    """Return definitions each of which refers to the next in very many ways."""
    names = [f"d{number}" for number in range(9)]
    ways = {
        name: {"anyOf": [{"$ref": f"#/$defs/{after}"}] * 500}
        for name, after in zip(names, [*names[1:], "d0"], strict=True)
    }
    return {"$defs": ways, "properties": {f"p{n}": {"$ref": "#/$defs/d0"} for n in range(500)}}


def test_a_tangle_is_read_in_bounded_time():
    assert annotation({"$ref": "#/$defs/d0", **tangled()}) == "Any"


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (tangled(), "refers to too much"),
        (cyclic(), "levels deep"),
        (deep(), "levels deep"),
        (shared(), "more than 20,000 values"),
        ({"properties": {f"p{n}": {} for n in range(20_000)}}, "more than 20,000 values"),
        ({"type": "array"}, "not that of an object"),
        ({"$ref": "#"}, "not that of an object"),
        ({"properties": []}, "no schemas"),
        ({"properties": {"a": 1}}, "no schemas"),
        ({"required": "a"}, "no list"),
        ({"properties": {"a": {"$ref": "https://example.org/x"}}}, "lies outside"),
        ({"properties": {"a": {"$ref": "file:///etc/passwd"}}}, "lies outside"),
        ({"properties": {"a": {"items": {"$ref": "other.json#/x"}}}}, "lies outside"),
        ({"properties": {"a": {"$ref": "#/$defs/none"}}}, "not there"),
        ({"properties": {"a": {"$ref": 3}}}, "lies outside"),
        ({"properties": {"a": {"$dynamicRef": "#x"}}}, r"\$dynamicRef"),
        ({"properties": {"a-b": {}, "a_b": {}}}, "'a-b' and 'a_b'"),
    ],
)
def test_schemas_that_cannot_be_used_are_refused(schema, why):
    with pytest.raises(ToolDefinitionError, match=why):
        parameters(schema, what="x")


@given(st.dictionaries(KEYWORDS, SCHEMA_LIKE, max_size=6))
def test_any_schema_is_read_or_refused(schema):
    text = annotation(schema)
    ast.parse(text, mode="eval")
    try:
        found = parameters(schema)
    except ToolDefinitionError:
        return
    assert all(ast.parse(one.type, mode="eval") and one.name.isidentifier() for one in found)
