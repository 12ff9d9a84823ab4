"""Names: what tools call things, as Python can write it."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.errors import ToolDefinitionError
from threadbook.tools import names

ANY_NAME = st.text(max_size=30)


@pytest.mark.parametrize(
    ("wire_name", "name"),
    [
        ("now", "now"),
        ("my-mcp-server", "my_mcp_server"),
        ("max-results", "max_results"),
        ("class", "class_"),
        ("2fa", "_2fa"),
        ("$filter", "_filter"),
        ("@type", "_type"),
        ("größe", "größe"),
        ("ﬁle", "file"),
        ("list", "list"),
        ("_id", "_id"),
        ("", "_"),
        ("a.b/c d", "a_b_c_d"),
        ("match", "match"),
    ],
)
def test_parameters_become_identifiers(wire_name, name):
    assert names.parameter_name(wire_name) == name


@pytest.mark.parametrize(
    ("wire_name", "name"),
    [
        ("my-mcp-server", "my_mcp_server"),  # N42
        ("list", "list_"),
        ("search", "search_"),
        ("describe", "describe_"),
        ("acall", "acall_"),
        ("class", "class_"),
        ("_private", "private"),
        ("__init__", "init__"),
        ("_class", "class_"),
        ("_list", "list_"),
        ("2fa", "_2fa"),
        ("__2fa", "_2fa"),
        ("@acme/files", "acme_files"),
    ],
)
def test_tools_become_identifiers_that_are_free(wire_name, name):
    assert names.tool_name(wire_name) == name


@pytest.mark.parametrize("wire_name", ["", "_", "---", "🚀", "x" * 257, "ﷺ" * 200])
def test_what_can_be_no_name_of_a_tool_is_refused(wire_name):
    with pytest.raises(ToolDefinitionError):
        names.tool_name(wire_name)


@given(ANY_NAME)
def test_any_parameter_can_be_written_in_a_call(wire_name):
    name = names.parameter_name(wire_name)
    call = ast.parse(f"f({name}=1)", mode="eval").body
    assert call.keywords[0].arg == name
    assert names.parameter_name(name) == name


@given(ANY_NAME)
def test_any_tool_can_be_written_as_an_attribute(wire_name):
    try:
        name = names.tool_name(wire_name)
    except ToolDefinitionError:
        assert not any(char.isalnum() and f"_{char}".isidentifier() for char in wire_name)
        return
    assert ast.parse(f"tools.{name}", mode="eval").body.attr == name
    assert not names.is_private(name)
    assert name not in names.RESERVED
    assert names.tool_name(name) == name


def test_names_that_collide_are_refused_and_both_are_named():
    with pytest.raises(ToolDefinitionError, match=r"'max-results' and 'max_results'.*max_results"):
        names.python_names(["max-results", "q", "max_results"], names.parameter_name, what="it")


def test_names_are_kept_in_order():
    found = names.python_names(["b-b", "a"], names.tool_name, what="it")
    assert list(found.items()) == [("b-b", "b_b"), ("a", "a")]


def test_the_nearest_names_are_suggested():
    known = ["limit", "query", "offset", "Limits"]
    assert names.nearest("limt", known) == ["limit", "Limits"]
    assert names.nearest("LIMIT", known)[0] == "limit"
    assert names.did_you_mean("limt", known) == "; did you mean limit or Limits?"
    assert names.did_you_mean("zzz", known) == ""
