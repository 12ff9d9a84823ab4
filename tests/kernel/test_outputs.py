"""Folding messages into outputs where a real kernel would take too long to show it."""

import json

import pytest

from threadbook.kernel.outputs import INLINE_LIMIT, OutputFold, encode_outputs


def stream(text, name="stdout"):
    return "stream", {"name": name, "text": text}


def display(text, display_id=None):
    transient = {"display_id": display_id} if display_id else {}
    return "display_data", {"data": {"text/plain": text}, "metadata": {}, "transient": transient}


def fold(*messages, limit=100):
    folded = OutputFold(limit)
    for message in messages:
        folded.add(*message)
    return folded


def test_output_beyond_the_limit_is_left_out_and_the_fold_says_so():
    folded = fold(stream("a" * 90), stream("b" * 11), stream("c"))
    assert folded.outputs == [{"output_type": "stream", "name": "stdout", "text": "a" * 90}]
    assert folded.is_cut


def test_output_up_to_the_limit_is_kept():
    folded = fold(stream("a" * 90), display("b" * 10))
    assert len(folded.outputs) == 2
    assert not folded.is_cut


def test_the_room_that_is_left_can_be_given_to_the_next_fold():
    first = fold(stream("a" * 60))
    second = fold(stream("b" * 40), limit=first.room)
    third = fold(stream("c"), limit=second.room)
    assert (first.room, second.room, third.room) == (40, 0, 0)
    assert second.outputs[0]["text"] == "b" * 40
    assert not third
    assert third.is_cut


@pytest.mark.parametrize("wait", [True, False])
def test_a_cell_that_clears_what_it_shows_can_go_on_for_ever(wait):
    clear = ("clear_output", {"wait": wait})
    frames = [message for n in range(50) for message in (clear, stream(f"{n:>60}"))]
    folded = fold(*frames)
    assert folded.outputs[0]["text"].strip() == "49"
    assert not folded.is_cut


def test_output_that_was_cut_and_then_cleared_is_not_missed():
    folded = fold(stream("a" * 101), ("clear_output", {"wait": False}), stream("b"))
    assert folded.outputs[0]["text"] == "b"
    assert not folded.is_cut


def test_many_short_writes_are_joined_once():
    folded = fold(*[stream("x")] * 100_000, limit=200_000)
    assert folded.outputs[0]["text"] == "x" * 100_000
    folded.add(*stream("y"))
    assert folded.outputs[0]["text"].endswith("xy")


def test_only_the_last_update_of_each_earlier_display_is_kept():
    updates = [
        ("update_display_data", display(text, display_id)[1])
        for text, display_id in (("1", "a"), ("2", "b"), ("3", "a"), ("4", None))
    ]
    assert [(u["display_id"], u["data"]["text/plain"]) for u in fold(*updates).updates] == [
        ("a", "3"),
        ("b", "2"),
    ]


@pytest.mark.parametrize(
    ("value", "is_inline"),
    [
        ("text é \U0001f600", True),
        ({"a": [1, None, True]}, True),
        (1.0, False),
        (float("nan"), False),
        (["\ud800"], False),
        ("x" * INLINE_LIMIT, False),
    ],
)
def test_only_what_a_record_keeps_exactly_stands_in_it(value, is_inline):
    outputs = [{"output_type": "display_data", "data": {"application/json": value}}]
    encoded = encode_outputs(outputs)
    assert encoded.is_inline is is_inline
    assert repr(json.loads(encoded.data)) == repr([dict(sorted(outputs[0].items()))])
