"""Plain YAML, against what PyYAML writes."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbook.errors import ToolDefinitionError
from threadbook.tools.adapters.fields import Place
from threadbook.tools.adapters.plain_yaml import read_plain_yaml

PLACE = Place(Path("doc.yaml"))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(TEXT.filter(lambda key: key != "<<"), inner, max_size=4),
    max_leaves=15,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(PLAIN, st.booleans())
def test_what_is_written_is_read(value, is_flow):
    # Quoted, as YAML 1.1, which PyYAML writes, has other ideas of what is no text.
    written = yaml.safe_dump(value, default_flow_style=is_flow, default_style='"').encode()
    assert read_plain_yaml(written, PLACE) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[no, on, 2024-01-01, 12:30, 1_000]", ["no", "on", "2024-01-01", "12:30", "1_000"]),
        ("[null, ~, true, False]", [None, None, True, False]),
        ("[-3, +4, .5, 1., 2e3]", [-3, 4, 0.5, 1.0, 2000.0]),
        ("{200: a, null: b, true: c}", {"200": "a", "null": "b", "true": "c"}),
        ("['1', \"true\", !!str 5, ! 6]", ["1", "true", "5", "6"]),
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}", {"a": {"b": 1, "c": 2}, "d": {"c": 3, "b": 1}}),
        ("a: |\n  x\n  y\nb: >-\n  x\n  y", {"a": "x\ny\n", "b": "x y"}),
        ("", None),
    ],
)  # fmt: skip
def test_values_are_those_of_yaml_1_2(text, value):
    assert read_plain_yaml(text.encode(), PLACE) == value


@pytest.mark.parametrize("text", [".inf", ".nan", "1e999", "1" * 5000])
def test_what_json_cannot_say_is_text(text):
    assert read_plain_yaml(text.encode(), PLACE) == text


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_nesting_is_bounded(opening):
    with pytest.raises(ToolDefinitionError, match=r"doc.yaml: is no YAML"):
        read_plain_yaml(opening.encode() * 100_000, PLACE)
