"""Content: what is sent can be sent, and is bounded."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.errors import QueryTooLarge, ToolNotFound
from threadbook.mcp_server.content import LARGEST_ANSWER, answered, cut, failed, plain

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.sets(st.integers())
    ),
    max_leaves=20,
)


def test_text_that_utf8_cannot_say_is_replaced():
    sent = answered({"a": ["\ud800", {"\udfff": 1}]}, "\ud800")
    assert sent.model_dump_json()
    assert sent.structured_content == {"a": ["?", {"?": 1}]}


def test_an_answer_has_a_largest_size():
    with pytest.raises(QueryTooLarge):
        answered({"a": "x" * (LARGEST_ANSWER + 1)})


@given(VALUES)
def test_a_value_is_sent_as_data_only_where_json_says_just_that(value):
    is_plain, data = plain(value, 1000)
    if is_plain:
        sent = answered({"value": data}, "")
        received = json.loads(sent.model_dump_json())["structured_content"]["value"]
        assert received == data
        assert len(json.dumps(data, ensure_ascii=False)) <= 1000


@given(st.text(max_size=300), st.integers(10, 200))
def test_a_text_is_cut_in_its_middle(text, longest):
    shown = cut(text, longest)
    assert len(shown) <= longest + 40
    if len(text) <= longest:
        assert shown == text
    else:
        assert shown.startswith(text[: longest // 2])
        assert shown.endswith(text[-(longest // 2) :])


def test_n104_an_error_says_all_it_has():
    error = ToolNotFound("no", remedy="look", namespace="tools", operation="tools.x.y")
    told = failed(error)
    assert told.is_error
    assert told.structured_content == {
        "error": {
            "code": "ToolNotFound",
            "message": "no",
            "remedy": "look",
            "namespace": "tools",
            "operation": "tools.x.y",
            "original_type": "ToolNotFound",
        }
    }
    assert told.content[0].text == "ToolNotFound: no (look)"
