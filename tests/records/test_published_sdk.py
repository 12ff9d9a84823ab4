"""Agreement with the published `syncropel` SDK, on generated input."""

import inspect

import pytest
import syncropel.canonical
import syncropel.grammar
import syncropel.hashing
import syncropel.refs
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbook.errors import CanonicalError, KindError, RecordError
from threadbook.records.canonical import canonical_bytes, canonical_json
from threadbook.records.hashing import hash_levels
from threadbook.records.kinds import has_explicit_version, validate_kind
from threadbook.records.record import Act, DataType, Record
from threadbook.records.refs import Ref

moderate = settings(max_examples=120, deadline=None)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**400), max_value=10**400)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(min_value=-(2**70), max_value=2**70).map(float)
    | st.text()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
BODIES = st.dictionaries(st.text(), VALUES, max_size=5)
SHAPES = st.fixed_dictionaries(
    {},
    optional={
        name: st.none() | st.text(max_size=5)
        for name in ("domain", "operation", "input_shape", "output_shape", "kind")
    },
)
SURROGATES = st.text(st.characters(categories=["Cs"]), min_size=1, max_size=3)
REFERENCES = [name for name, _ in inspect.getmembers(Ref, inspect.isfunction)]


@given(VALUES)
@moderate
def test_canonical_text_is_the_same(value):
    assert canonical_json(value) == syncropel.canonical.canonical_json(value)


@given(
    act=st.sampled_from(list(Act)),
    actor=st.text(min_size=1),
    body=BODIES,
    clock=st.integers(min_value=0, max_value=2**63 - 1),
    data_type=st.sampled_from(list(DataType)),
    parents=st.lists(st.text(min_size=1), max_size=3),
    thread=st.text(min_size=1),
)
@moderate
def test_ids_are_the_same_and_survive_the_canonical_form(**fields):
    record = Record(**{**fields, "parents": tuple(fields["parents"])})
    assert record.id == syncropel.hashing.record_id(dict(fields), fields=7)
    again = Record.from_canonical(record.canonical)
    assert (again.id, again.canonical) == (record.id, record.canonical)


@given(act=st.sampled_from(list(Act)), body=BODIES, shapes=SHAPES)
@moderate
def test_hash_levels_are_the_same(act, body, shapes):
    body = {**body, **shapes}
    theirs = syncropel.hashing.hash_levels(str(act), body)
    assert hash_levels(str(act), body) == vars(theirs)


@given(before=st.text(), surrogates=SURROGATES, after=st.text(), as_key=st.booleans())
@moderate
def test_what_the_sdk_fails_to_hash_for_a_surrogate_is_refused_with_our_error(
    before, surrogates, after, as_key
):
    text = before + surrogates + after
    body = {text: 1} if as_key else {"k": [text]}
    with pytest.raises(UnicodeEncodeError):
        syncropel.hashing.record_id(body)
    with pytest.raises(CanonicalError, match="surrogate"):
        canonical_bytes(body)


SEGMENTS = st.sampled_from(
    [
        *("core", "x", "@m", "@", "a", "a-b_1", "0", "v1", "v01", "v", "V1", "v1x"),
        *("", "A", "é", " ", "a\n", "v1\n", "v\u0661", "\n"),
    ]
)
KINDS = st.lists(SEGMENTS, min_size=1, max_size=5).map(".".join) | st.text(
    "ab09_-@.vV \n\u0661é", max_size=12
)


@given(KINDS)
@settings(max_examples=600, deadline=None)
def test_kinds_are_accepted_alike_except_for_newlines_and_foreign_digits(kind):
    try:
        syncropel.grammar.validate_kind(kind)
        accepted_by_sdk = True
    except syncropel.grammar.SyncropelKindError:
        accepted_by_sdk = False
    is_quirk = "\n" in kind or not kind.isascii()
    if accepted_by_sdk and not is_quirk:
        assert validate_kind(kind) == kind
        assert has_explicit_version(kind) == syncropel.grammar.has_explicit_version(kind)
    else:
        with pytest.raises(KindError):
            validate_kind(kind)


def test_both_have_the_same_eleven_references():
    theirs = [name for name, _ in inspect.getmembers(syncropel.refs.Ref, inspect.isfunction)]
    assert theirs == REFERENCES
    assert len(REFERENCES) == 11


@pytest.mark.parametrize("name", REFERENCES)
def test_references_take_the_same_parameters(name):
    ours, theirs = (inspect.signature(getattr(of, name)) for of in (Ref, syncropel.refs.Ref))
    assert list(ours.parameters) == list(theirs.parameters)


@pytest.mark.parametrize("name", REFERENCES)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_references_are_the_same_or_refused_by_both(name, data):
    parameters = inspect.signature(getattr(Ref, name)).parameters.values()
    values = st.just("") | st.text(max_size=4) | st.sampled_from(["a:b", "no colon", "a/b"])
    arguments = {
        p.name: data.draw(values if p.default is p.empty else st.none() | values)
        for p in parameters
    }
    try:
        expected = getattr(syncropel.refs.Ref, name)(**arguments)
    except ValueError:
        with pytest.raises(RecordError):
            getattr(Ref, name)(**arguments)
    else:
        assert getattr(Ref, name)(**arguments) == expected
