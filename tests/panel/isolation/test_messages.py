"""Messages of every kind: those that need no change stay as they are, to the byte."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.panel.corpus import HOSTILE
from tests.panel.isolation.pages import acts

from threadbook_panel.isolation.allowed import Allowed
from threadbook_panel.isolation.messages import Messages
from threadbook_panel.isolation.widgets import Refused

SCRIPT = HOSTILE["script"]
BUNDLE = {"text/html": SCRIPT, "application/javascript": "x", "text/plain": "x"}
CONTENTS = {
    "execute_result": {"data": BUNDLE, "metadata": {}, "execution_count": 1},
    "display_data": {"data": BUNDLE, "metadata": {}, "transient": {"display_id": "x"}},
    "update_display_data": {"data": BUNDLE, "metadata": {}, "transient": {"display_id": "x"}},
    "execute_reply": {
        "status": "ok",
        "payload": [{"source": "page", "data": BUNDLE, "start": 0}],
        "user_expressions": {"x": {"status": "ok", "data": BUNDLE, "metadata": {}}},
    },
    "inspect_reply": {"status": "ok", "found": True, "data": BUNDLE, "metadata": {}},
    "debug_reply": {"type": "response", "body": {"data": BUNDLE, "metadata": {}}},
    "complete_reply": {"matches": ["x"], "metadata": {"_jupyter_types_experimental": [BUNDLE]}},
    "error": {"ename": "x", "evalue": "x", "traceback": [], "data": BUNDLE},
    "unheard_of": [{"deep": [{"deeper": BUNDLE}]}][0],
}


def message(msg_type, content, metadata=None, **header):
    parts = ({"msg_type": msg_type, **header}, {}, metadata or {}, content)
    return [json.dumps(part).encode() for part in parts]


def bundles(value):
    if isinstance(value, dict):
        found = [value] if "text/plain" in value or "text/html" in value else []
        return found + [bundle for item in value.values() for bundle in bundles(item)]
    return [bundle for item in value for bundle in bundles(item)] if isinstance(value, list) else []


@pytest.fixture
def messages():
    return Messages(Allowed())


@pytest.mark.parametrize("msg_type", CONTENTS)
def test_bundles_in_any_message_do_not_act(messages, msg_type):
    header, parent, metadata, content = messages.isolated(
        message(msg_type, CONTENTS[msg_type]), "iopub"
    )
    assert [header, parent, metadata] == message(msg_type, {})[:3]
    found = bundles(json.loads(content))
    assert len(found) == len(bundles(CONTENTS[msg_type]))
    for bundle in found:
        assert bundle.keys() == {"text/html", "text/plain"}
        assert acts(bundle["text/html"]) == []


def test_bundles_in_the_metadata_of_a_message_do_not_act(messages):
    *_, metadata, content = messages.isolated(
        message("unheard_of", {"a": 1}, {"b": BUNDLE}), "iopub"
    )
    assert acts(json.loads(metadata)["b"]["text/html"]) == []
    assert content == b'{"a": 1}'


@pytest.mark.parametrize("slash", [rb"\/", rb"\u002f", rb"\u002F"])
def test_a_slash_may_be_written_in_any_way(messages, slash):
    parts = message("display_data", {"data": {"text/html": "<script>"}})
    parts[3] = parts[3].replace(b"/", slash)
    assert b"<script>" not in messages.isolated(parts, "iopub")[3]


@pytest.mark.parametrize("msg_type", ["stream", "status", "execute_input", "clear_output"])
@pytest.mark.parametrize(
    "content", [b'{"text": "a/b <script>"}', b"{not json", b'{"text/html": "x"}']
)
def test_what_is_shown_as_text_is_not_even_read(messages, msg_type, content):
    parts = [*message(msg_type, {})[:3], content]
    assert messages.isolated(parts, "iopub") is parts


@pytest.mark.parametrize("channel", ["shell", "control", "stdin", None])
@pytest.mark.parametrize(
    "msg_type", ["stream", "status", "execute_input", "clear_output", "comm_open", "comm_msg"]
)
def test_a_reply_is_looked_through_whatever_it_says_that_it_is(messages, channel, msg_type):
    payload = [{"source": "page", "data": {"text/html": SCRIPT}}]
    content = {"status": "ok", "payload": payload, "comm_id": "x", "data": {"method": "custom"}}
    shown = json.loads(messages.isolated(message(msg_type, content), channel)[3])
    assert acts(shown["payload"][0]["data"]["text/html"]) == []


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text().filter(lambda key: "/" not in key), inner)
    ),
)


@settings(max_examples=40)
@given(st.dictionaries(st.text().filter(lambda key: "/" not in key), PLAIN), st.lists(st.binary()))
def test_what_holds_no_bundle_stays_as_it_is(content, buffers):
    parts = [*message("display_data", content), *buffers]
    assert Messages(Allowed()).isolated(parts, "iopub") is parts


@pytest.mark.parametrize(
    "parts",
    [
        [],
        message("display_data", {})[:3],
        [b"{", b"{}", b"{}", b'{"a/b": 1}'],
        [b"[]", b"{}", b"{}", b'{"a/b": 1}'],
        [b"{}", b"{}", b"{}", b'{"a/b": 1}'],
        [b'{"msg_type": ["stream"]}', b"{}", b"{}", b'{"a/b": 1}'],
        [b'{"msg_type": "x"}', b"{}", b"{}", b'{"a/b": 1'],
        [b'{"msg_type": "x"}', b"{}", b"{}", b'\xef\xbb\xbf{"a/b": 1}'],
        [b'{"msg_type": "x"}', b"{}", b"{}", b'{"a/b":' + b"[" * 100_000],
        [b'{"msg_type": "comm_open"}', b"{}", b"{}", b"{}"],
        [b'{"msg_type": "comm_msg"}', b"{}", b"{}", b'{"comm_id": "x", "data": {"a/b": 1}}'],
    ],
    ids=["nothing", "no content", "header", "list", "no type", "types", "content", "mark", "deep",
         "no comm", "no such comm"],
)  # fmt: skip
def test_what_is_not_understood_gets_to_no_page(messages, parts):
    with pytest.raises((Refused, ValueError, RecursionError)):
        messages.isolated(parts, "iopub")


def test_half_characters_are_read_as_a_browser_reads_them(messages):
    parts = message("display_data", {})
    parts[3] = b'{"data": {"text/plain": "\xed\xa0\x80\xff", "text/html": "<script>\\ud800"}}'
    shown = json.loads(messages.isolated(parts, "iopub")[3])["data"]
    assert shown["text/plain"] == "\ufffd" * 4
    assert acts(shown["text/html"]) == []


def test_the_last_of_two_equal_names_counts_as_in_a_browser(messages):
    parts = message("display_data", {})
    parts[3] = b'{"data": {"text/html": "<b>x</b>", "text/html": "<script>"}}'
    assert b"<script>" not in messages.isolated(parts, "iopub")[3]
