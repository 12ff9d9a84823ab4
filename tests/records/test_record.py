"""Records and drafts: ids, the canonical form, and the error for each broken rule."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbook.errors import (
    ActError,
    BodyTooLarge,
    CanonicalError,
    ClockError,
    KindError,
    RecordError,
)
from threadbook.records.canonical import canonical_bytes
from threadbook.records.record import (
    DEFAULT_BODY_LIMIT,
    MAX_CLOCK,
    Act,
    DataType,
    Draft,
    Record,
    new_thread_id,
)

CASES = json.loads((Path(__file__).parent.parent / "spec" / "golden_records.json").read_text())
BY_NAME = {case["name"]: case for case in CASES}


def record(**changes):
    fields = {"act": "DO", "actor": "did:sync:user:ann", "body": {}, "clock": 1, "thread": "th"}
    return Record(**{**fields, **changes})


def draft(**changes):
    return Draft(**{"act": "DO", "body": {}, "thread": "th", **changes})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_vectors_canonical_text_and_id_are_reproduced(case):
    fields = {**case["record"], "parents": tuple(case["record"]["parents"])}
    made = Record(**fields)
    assert made.canonical.decode() == case["canonical"]
    assert made.id == case["id"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_vector_is_read_back_from_its_canonical_text(case):
    read = Record.from_canonical(case["canonical"].encode())
    assert (read.id, read.canonical.decode()) == (case["id"], case["canonical"])


def test_there_are_48_vectors():
    assert len(CASES) == 48


def test_parents_keep_their_order():
    ordered, reversed_ = record(parents=("a", "b")), record(parents=("b", "a"))
    assert ordered.id != reversed_.id
    assert Record.from_canonical(reversed_.canonical).parents == ("b", "a")


@pytest.mark.parametrize("text", [',"body":null,', '","body":null,"', "\\", '\\",', "{}", "é\n"])
def test_no_text_in_a_field_changes_where_the_body_stands(text):
    fields = {
        "act": "DO",
        "actor": text,
        "body": {"body": None, text: [text, {"body": None}]},
        "clock": 1,
        "data_type": "SCALAR",
        "parents": [text],
        "thread": text,
    }
    made = Record(**{**fields, "parents": (text,)})
    assert made.canonical == canonical_bytes(fields)


BAD_FIELDS = [
    ({"act": "do"}, ActError),
    ({"act": ""}, ActError),
    ({"act": None}, ActError),
    ({"act": []}, ActError),
    ({"act": "DO "}, ActError),
    ({"data_type": "scalar"}, ActError),
    ({"data_type": None}, ActError),
    ({"data_type": {}}, ActError),
    ({"thread": ""}, RecordError),
    ({"thread": None}, RecordError),
    ({"thread": 7}, RecordError),
    ({"thread": "th\ud800"}, CanonicalError),
    ({"parents": ("",)}, RecordError),
    ({"parents": (1,)}, RecordError),
    ({"parents": "abc"}, RecordError),
    ({"parents": None}, RecordError),
    ({"parents": ("\ud800",)}, CanonicalError),
    ({"clock": -1}, ClockError),
    ({"clock": 2**63}, ClockError),
    ({"clock": True}, ClockError),
    ({"clock": 1.0}, ClockError),
    ({"clock": "1"}, ClockError),
    ({"body": []}, RecordError),
    ({"body": None}, RecordError),
    ({"body": {"kind": "nope"}}, KindError),
    ({"body": {"kind": None}}, KindError),
    ({"body": {"kind": "core.intent\n"}}, KindError),
    ({"body": {"n": float("nan")}}, CanonicalError),
    ({"body": {"n": float("inf")}}, CanonicalError),
    ({"body": {1: 2}}, CanonicalError),
    ({"body": {"t": (1,)}}, CanonicalError),
    ({"body": {"b": b""}}, CanonicalError),
    ({"body": {"s": "\ud800"}}, CanonicalError),
]


@pytest.mark.parametrize(("fields", "error"), BAD_FIELDS, ids=lambda value: ascii(value)[:40])
@pytest.mark.parametrize("make", [record, draft])
def test_a_broken_field_is_refused_with_its_own_error(make, fields, error):
    with pytest.raises(RecordError) as caught:
        make(**fields).check()
    assert type(caught.value) is error


@pytest.mark.parametrize("actor", ["", "did:\ud800"])
def test_a_record_needs_an_actor_that_can_be_written(actor):
    with pytest.raises(RecordError):
        Record.from_canonical(record(actor=actor).canonical).check()


@pytest.mark.parametrize("judge", ["", 5, b"ab", "\ud800"])
def test_a_draft_judged_by_no_record_id_is_refused(judge):
    with pytest.raises(RecordError):
        draft(judged_by=judge).check()


@pytest.mark.parametrize("act", list(Act))
@pytest.mark.parametrize("data_type", list(DataType))
def test_every_act_goes_with_every_data_type(act, data_type):
    draft(act=act, data_type=data_type).check()
    draft(act=str(act), data_type=str(data_type)).check()


def test_the_error_for_an_unknown_act_lists_the_acts():
    with pytest.raises(ActError, match="INTEND, DO, KNOW, LEARN, GET, PUT, CALL, MAP"):
        draft(act="RUN").check()


@pytest.mark.parametrize("clock", [0, 1, MAX_CLOCK])
def test_clocks_from_zero_to_64_bits_are_accepted(clock):
    record(clock=clock).check()
    draft(clock=clock).check()


def test_a_body_may_have_exactly_the_limit_in_bytes_of_utf8():
    empty = len(b'{"s":""}')
    draft(body={"s": "a" * (DEFAULT_BODY_LIMIT - empty)}).check()
    with pytest.raises(BodyTooLarge, match=str(DEFAULT_BODY_LIMIT)):
        draft(body={"s": "a" * (DEFAULT_BODY_LIMIT - empty + 1)}).check()
    draft(body={"s": "é" * 10}).check(body_limit=empty + 20)
    with pytest.raises(BodyTooLarge, match="blob"):
        record(body={"s": "é" * 10}).check(body_limit=empty + 19)


def test_a_body_nested_too_deeply_is_refused():
    body = {}
    for _ in range(100_000):
        body = {"k": body}
    with pytest.raises(CanonicalError, match="nested"):
        draft(body=body).check()


def test_a_completed_draft_has_the_fields_given():
    made = draft(act=Act.KNOW, parents=("p",), body={"a": 1}, data_type=DataType.VOID)
    complete = made.complete(actor="did:x:y", clock=7)
    assert json.loads(complete.canonical) == {
        "act": "KNOW",
        "actor": "did:x:y",
        "body": {"a": 1},
        "clock": 7,
        "data_type": "VOID",
        "parents": ["p"],
        "thread": "th",
    }


def test_judged_by_is_not_hashed():
    plain, judged = draft(), draft(judged_by="abc")
    assert plain.complete(actor="a", clock=1).id == judged.complete(actor="a", clock=1).id


@pytest.mark.parametrize("made", [record(), draft()], ids=["record", "draft"])
@pytest.mark.parametrize("field", ["act", "body", "thread", "clock"])
def test_fields_cannot_be_assigned(made, field):
    with pytest.raises(AttributeError):
        setattr(made, field, "x")


def test_the_kind_is_that_of_the_body():
    assert record(body={"kind": "core.intent"}).kind == "core.intent"
    assert record(body={}).kind is None
    assert record(body={"kind": 5}).kind is None


CANONICAL = BY_NAME["do_with_ref_float_and_escapes"]["canonical"].encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"7",
        b"\xff",
        CANONICAL + b"\n",
        b" " + CANONICAL,
        b"\xef\xbb\xbf" + CANONICAL,
        CANONICAL.decode().encode("utf-16"),
        CANONICAL.replace(b'"cost":1', b'"cost":1.0'),
        CANONICAL.replace(b'"cost":1', b'"cost": 1'),
        CANONICAL.replace(b'"cost":1', b'"cost":NaN'),
        CANONICAL.replace(b'"cost":1', b'"cost":1e400'),
        CANONICAL.replace(b'"cost":1', b'"cost":1,"cost":1'),
        CANONICAL.replace("é".encode(), b"\\u00e9"),
        CANONICAL.replace("é".encode(), b"\\ud800"),
        CANONICAL.replace("é".encode(), b"\xff"),
        CANONICAL.replace(b'"act":"DO",', b""),
        CANONICAL.replace(b'"data_type":"SCALAR",', b""),
        CANONICAL.replace(b'"thread":"th_x"', b'"thread":"th_x","zzz":1'),
        CANONICAL.replace(b'"thread":"th_x"', b'"thread":null'),
        CANONICAL.replace(b'"clock":1700000000000', b'"clock":1700000000000.0'),
        CANONICAL.replace(b'"clock":1700000000000', b'"clock":"1700000000000"'),
        CANONICAL.replace(b'"clock":1700000000000', b'"clock":true'),
        CANONICAL.replace(b'"act":"DO","actor"', b'"actor":"","act":"DO","actor"'),
        b'{"act":' * 100_000,
        b"[" * 100_000,
    ],
    ids=lambda data: repr(data[:30]),
)
def test_bytes_that_are_not_the_canonical_form_of_a_record_are_refused(data):
    assert data != CANONICAL
    with pytest.raises(CanonicalError):
        Record.from_canonical(data)


@given(
    position=st.integers(min_value=0, max_value=len(CANONICAL) - 1),
    byte=st.integers(min_value=0, max_value=255),
    inserts=st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_changed_bytes_are_refused_or_are_canonical_themselves(position, byte, inserts):
    rest = CANONICAL[position if inserts else position + 1 :]
    data = CANONICAL[:position] + bytes([byte]) + rest
    try:
        read = Record.from_canonical(data)
    except CanonicalError:
        return
    assert read.canonical == data
    assert (read.id == BY_NAME["do_with_ref_float_and_escapes"]["id"]) == (data == CANONICAL)


def test_thread_ids_are_random_and_of_the_documented_form():
    made = {new_thread_id() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"th_[0-9a-f]{64}", thread) for thread in made)
