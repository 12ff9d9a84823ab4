"""The kind grammar, on the golden vectors and on values that are no strings."""

import json
from pathlib import Path

import pytest

from threadbook.errors import KindError
from threadbook.records.kinds import has_explicit_version, validate_kind, validate_scope

CASES = json.loads((Path(__file__).parent.parent / "spec" / "golden_kinds.json").read_text())
ACCEPTED = [case for case in CASES if case["ok"] and not case["quirk"]]
REFUSED = [case["kind"] for case in CASES if not case["ok"]]
QUIRKS = [case["kind"] for case in CASES if case["quirk"]]


def test_the_vectors_are_complete():
    assert (len(ACCEPTED), len(REFUSED), len(QUIRKS)) == (32, 38, 3)


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case["kind"])
def test_a_good_kind_is_returned_and_its_version_recognised(case):
    assert validate_kind(case["kind"]) == case["kind"]
    assert has_explicit_version(case["kind"]) is case["explicit_version"]


@pytest.mark.parametrize("kind", REFUSED, ids=repr)
def test_a_bad_kind_is_refused(kind):
    with pytest.raises(KindError):
        validate_kind(kind)


@pytest.mark.parametrize("kind", QUIRKS, ids=ascii)
def test_a_final_newline_or_foreign_digit_is_refused_unlike_in_the_published_sdk(kind):
    with pytest.raises(KindError):
        validate_kind(kind)


@pytest.mark.parametrize("kind", [None, 1, b"core.intent", ["core", "intent"], {}], ids=repr)
def test_a_kind_that_is_no_string_is_refused(kind):
    with pytest.raises(KindError, match="string"):
        validate_kind(kind)


@pytest.mark.parametrize("scope", ["core", "x", "@music", "music-lib", "0", "_"])
def test_a_good_scope_is_returned(scope):
    assert validate_scope(scope) == scope


@pytest.mark.parametrize("scope", ["", "@", "@@a", "a@", "A", "a b", "core\n", "a.b", None, 1])
def test_a_bad_scope_is_refused(scope):
    with pytest.raises(KindError):
        validate_scope(scope)


def test_a_kind_error_is_a_value_error_with_a_remedy():
    with pytest.raises(ValueError, match=r"scope\.category\.entity"):
        validate_kind("nope")
