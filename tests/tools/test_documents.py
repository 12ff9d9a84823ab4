"""Documents: YAML and JSON that describe tools, with lines for errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.errors import ToolDefinitionError
from threadbook.tools.documents import LARGEST_DOCUMENT, read_json, read_yaml

YAML = """\
name: curl
timeout: 60

schema:
  options:
    verbose: {type: boolean, short: v}
  positional:
    - name: url
      type: string
"""


def test_lines_are_kept(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(YAML)
    data = read_yaml(path)
    assert data["schema"]["options"] == {"verbose": {"type": "boolean", "short": "v"}}
    assert data.lines == {"name": 1, "timeout": 2, "schema": 4}
    assert data["schema"]["options"].lines == {"verbose": 6}
    assert data.line_of(["schema", "positional", "0", "type"]) == 9
    assert data.line_of(["schema", "options", "nothing", "there"]) == 5
    assert data.line_of(["schema", "positional", "7"]) == 7


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: 1\nb: [", r":3: |:2: "),
        ("a: 1\na: 2", ":2: the key 'a' is given twice"),
        ("x:\n  a: 1\n  a: 2", ":3: the key 'a' is given twice"),
        ("a: &x 1\nb: *x", ":1: anchors and aliases are not supported"),
        ("a: *x", ":1: .*alias"),
        ("on: 1", ":1: the key 'on' is no text"),
        ("? [a]\n: 1", ":1: the key .* is no text"),
        ("- a", ":1: a mapping is expected"),
        ("", ":1: a mapping is expected"),
        ("a: !!python/object/apply:os.getcwd []", ":1: could not determine a constructor"),
        ("a: 1\n---\nb: 2", ":2: "),
        ("a: 2026-99-99", "month"),
        ("a: \x01", "special characters"),
        ("a: " + "[" * 20_000, "nested too deeply"),
        ("a: b: c", ":1: mapping values"),
    ],
)
def test_yaml_that_cannot_be_used_is_refused_with_its_place(tmp_path, content, message):
    path = tmp_path / "a.yaml"
    path.write_text(content)
    with pytest.raises(ToolDefinitionError, match=message) as caught:
        read_yaml(path)
    assert str(path) in caught.value.message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", ":1: "),
        ('{"a": 1,\n "b": }', ":2: Expecting value"),
        ('{"a": {"b": 1, "b": 2}}', "the key 'b' is given twice"),
        ("[]", ":1: an object is expected"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_json_that_cannot_be_used_is_refused_with_its_place(tmp_path, content, message):
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(ToolDefinitionError, match=message) as caught:
        read_json(path)
    assert str(path) in caught.value.message


@pytest.mark.parametrize("read", [read_yaml, read_json])
def test_files_that_are_no_documents_are_refused(tmp_path, read):
    path = tmp_path / "a"
    with pytest.raises(ToolDefinitionError, match="cannot be read"):
        read(path)
    path.write_bytes(b"{\n \xff")
    with pytest.raises(ToolDefinitionError, match=":2: is not UTF-8"):
        read(path)
    path.write_bytes(b" " * (LARGEST_DOCUMENT + 1))
    with pytest.raises(ToolDefinitionError, match="larger than"):
        read(path)


@given(st.text(st.sampled_from("ab:-[]{}&*!?|>%@#'\"\n 1,~"), max_size=40))
def test_any_text_is_read_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text)
    try:
        data = read_yaml(path)
    except ToolDefinitionError:
        return
    assert all(isinstance(key, str) for key in data)
    assert data.keys() == data.lines.keys()
