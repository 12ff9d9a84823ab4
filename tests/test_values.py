"""Values that travel: what is packed comes back equal and of the same types."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from threadbook.values import pack_value, unpack_value

moderate = settings(max_examples=200, deadline=None)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(2**200), max_value=2**200)
    | st.sampled_from([-(2**63), -(2**63) - 1, 2**63, 2**64 - 1, 2**64])
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
)
KEYS = st.text(st.characters(exclude_categories=["Cs"])) | st.integers(-(2**63), 2**64 - 1)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=25,
)


def typed(value):
    """Return a value that equals another only if all types in it are the same, too."""
    if isinstance(value, (list, tuple)):
        return type(value), [typed(item) for item in value]
    if isinstance(value, dict):
        return dict, [(typed(key), typed(item)) for key, item in value.items()]
    if isinstance(value, float):
        return float, "nan" if math.isnan(value) else (value, math.copysign(1, value))
    return type(value), value


@given(VALUES)
@moderate
def test_what_is_packed_comes_back_equal_and_of_the_same_types(value):
    assert typed(unpack_value(pack_value(value))) == typed(value)


@given(VALUES)
@moderate
def test_one_part_that_is_more_than_data_keeps_the_whole_from_travelling(value):
    class Number(int):
        pass

    for part in (
        Number(1),
        object(),
        {1, 2},
        {(): 1},
        {True: 1},
        {2**64: 1},
        1j,
        bytearray(b"x"),
        "\ud800",
    ):
        for whole in ([value, part], (part, value), {"key": [part]}):
            assert pack_value(whole) is None


def test_a_value_that_holds_itself_does_not_travel():
    own = []
    own.append({"own": own})
    assert pack_value(own) is None


def test_what_is_packed_however_deep_can_be_unpacked():
    for wrap in (lambda inner: [inner], lambda inner: (inner,), lambda inner: {"k": inner}):
        value = 1
        for depth in range(1_200):
            if depth % 40 == 0 and (packed := pack_value(value)) is not None:
                assert typed_depth(unpack_value(packed)) == typed_depth(value)
            value = wrap(value)


def typed_depth(value):
    """Return how deep a value is nested, without recursion."""
    depth = 0
    while not isinstance(value, int):
        (value,) = value.values() if isinstance(value, dict) else value
        depth += 1
    return depth


def test_a_value_of_more_parts_than_can_be_walked_in_passing_does_not_travel():
    assert pack_value([0] * 999_999) is not None
    assert pack_value([0] * 1_000_001) is None
