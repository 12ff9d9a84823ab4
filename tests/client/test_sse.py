"""The parser of Server-Sent Events: any chunks, all three ends of line, nothing else."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbook.client import sse
from threadbook.client.sse import EventParser, ServerEvent
from threadbook.errors import ServiceError

LINE_ENDS = st.sampled_from(["\n", "\r", "\r\n"])
WORD = st.text("abcxyz._", min_size=1, max_size=8)
TEXT = st.text(
    st.sampled_from('aé😀\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e: \ufeff{}"\\\t'), max_size=12
)


def cut(data, points):
    edges = [0, *sorted(point % (len(data) + 1) for point in points), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def parse(*chunks):
    parser = EventParser()
    return [event for chunk in chunks for event in parser.feed(chunk)]


@st.composite
def streams(draw):
    """Return the text of a stream and the events it holds."""
    text, events, last_id = draw(st.sampled_from(["", "\ufeff"])), [], None
    for _ in range(draw(st.integers(0, 5))):
        end = draw(LINE_ENDS)
        lines, data, name = [], [], ""
        for kind in draw(st.lists(st.sampled_from(["data", "event", "id", "comment"]), max_size=5)):
            value = draw(TEXT)
            if kind == "comment":
                lines.append(f":{value}")
                continue
            lines.append(f"{kind}: {value}")
            if kind == "data":
                data.append(value)
            elif kind == "event":
                name = value
            else:
                last_id = value
        text += "".join(line + end for line in lines) + end
        if data:
            event = ServerEvent(event=name or "message", data="\n".join(data), id=last_id)
            events.append(event)
    return text, events


@given(stream=streams(), points=st.lists(st.integers(0, 10_000), max_size=12))
@settings(max_examples=300, deadline=None)
def test_events_are_the_same_however_the_stream_is_cut(stream, points):
    text, events = stream
    data = text.encode()
    assert parse(*cut(data, points)) == events
    assert parse(*(data[n : n + 1] for n in range(len(data)))) == events


@given(value=st.recursive(TEXT | st.integers(), lambda inner: st.lists(inner, max_size=4)))
@settings(deadline=None)
def test_json_survives_with_the_separators_that_are_no_ends_of_line(value):
    data = json.dumps({"v": value}, ensure_ascii=False)
    (event,) = parse(f"event: e\ndata: {data}\n\n".encode())
    assert json.loads(event.data) == {"v": value}


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
@settings(deadline=None)
def test_no_bytes_break_the_parser_and_chunks_never_matter(data, points):
    assert parse(*cut(data, points)) == parse(data)


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        ("data: a\n\n", [("message", "a", None)]),
        ("data:a\ndata:  b\ndata\n\n", [("message", "a\n b\n", None)]),
        ("event: x\nid: 1\n\ndata: a\n\n", [("message", "a", "1")]),
        ("id: 1\ndata: a\n\nid\ndata: b\n\n", [("message", "a", "1"), ("message", "b", "")]),
        ("id: 1\ndata: a\n\nid: x\0y\ndata: b\n\n", [("message", "a", "1"), ("message", "b", "1")]),
        ("retry: 10\nunknown: x\ndata: a\n\n", [("message", "a", None)]),
        ("data: cut off\n", []),
        ("data: a\r\r\ndata: b\r\n\r\n", [("message", "a", None), ("message", "b", None)]),
    ],
)
def test_the_standard_is_followed(stream, events):
    found = parse(stream.encode())
    assert [(event.event, event.data, event.id) for event in found] == events


def test_an_event_without_end_is_stopped(monkeypatch):
    monkeypatch.setattr(sse, "LARGEST_EVENT", 1000)
    parser = EventParser()
    for _ in range(5):
        parser.feed(b"data: " + b"x" * 900 + b"\n\n")
    for part in (b"x" * 200, b"data: " + b"x" * 200 + b"\n"):
        with pytest.raises(ServiceError, match="1000"):
            parse(*[part] * 10)
