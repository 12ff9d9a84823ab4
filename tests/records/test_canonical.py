"""Canonical JSON: what is refused, and with which error."""

import math

import pytest

from threadbook.errors import CanonicalError
from threadbook.records.canonical import canonical_bytes, canonical_json, sha256_hex


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        ("a",),
        b"a",
        bytearray(b"a"),
        {"a"},
        pytest.param(object(), id="object"),
        1j,
        {1: "a"},
        {None: "a"},
        {True: "a"},
        {("a",): "a"},
        "\ud800",
        "a\udfffb",
        "\ud83d\ude00",  # two lone surrogates, not the character they would be in UTF-16
    ],
    ids=repr,
)
@pytest.mark.parametrize(
    "wrap",
    [lambda v: v, lambda v: [v], lambda v: {"k": v}, lambda v: {"k": [0, {"l": v}]}],
    ids=["bare", "in_list", "in_object", "deep"],
)
def test_what_json_cannot_say_is_refused_at_any_depth(value, wrap):
    with pytest.raises(CanonicalError):
        canonical_json(wrap(value))


def test_a_lone_surrogate_in_a_key_is_refused():
    with pytest.raises(CanonicalError, match="surrogate"):
        canonical_bytes({"a\ud800": 1})


@pytest.mark.parametrize("opening", ["list", "dict"])
def test_nesting_beyond_the_interpreters_stack_is_refused(opening):
    value = None
    for _ in range(100_000):
        value = [value] if opening == "list" else {"k": value}
    with pytest.raises(CanonicalError, match="nested"):
        canonical_bytes(value)


def test_an_integer_too_long_to_be_written_is_refused():
    with pytest.raises(CanonicalError):
        canonical_bytes(10**5000)


def test_the_error_says_what_may_be_used_instead():
    with pytest.raises(CanonicalError, match="tuple") as caught:
        canonical_json({"a": (1, 2)})
    assert "list" in caught.value.remedy


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (1e21, "1000000000000000000000"),
        (1e-7, "1e-07"),
        (0.1, "0.1"),
        (5e-324, "5e-324"),
        (True, "true"),
        (1, "1"),
        (None, "null"),
        ({"b": 1, "a": [2.0, {}]}, '{"a":[2,{}],"b":1}'),
        ({"\U0001f600": 1, "\uff5e": 2}, '{"\uff5e":2,"\U0001f600":1}'),
        ("\u2028\x7f/", '"\u2028\x7f/"'),
        ('"\\\x00\x1f\n', '"\\"\\\\\\u0000\\u001f\\n"'),
        ("e\u0301", '"e\u0301"'),
    ],
    ids=repr,
)
def test_the_text_of_a_value(value, text):
    assert canonical_json(value) == text
    assert canonical_bytes(value) == text.encode()


def test_the_value_given_is_not_changed():
    value = {"b": 1.0, "a": [2.0]}
    canonical_json(value)
    assert repr(value) == "{'b': 1.0, 'a': [2.0]}"


def test_hashes_are_lowercase_hexadecimal_sha256():
    # FIPS 180-2, appendix B.1
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_hex(b"abc") == digest
