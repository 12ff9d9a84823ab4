"""Hash levels, on the golden vectors."""

import json
from pathlib import Path

import pytest

from threadbook.errors import CanonicalError
from threadbook.records.hashing import hash_levels

PATH = Path(__file__).parent.parent / "spec" / "golden_hash_levels.json"
CASES = json.loads(PATH.read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_all_levels_of_a_vector_are_reproduced(case):
    assert hash_levels(case["act"], case["body"]) == case["levels"]


def test_there_are_eight_vectors():
    assert len(CASES) == 8


def test_a_more_specific_level_tells_apart_what_a_less_specific_one_does_not():
    base = hash_levels("DO", {"domain": "a", "n": 1})
    other_parameter = hash_levels("DO", {"domain": "a", "n": 2})
    other_domain = hash_levels("DO", {"domain": "b", "n": 1})
    other_act = hash_levels("PUT", {"domain": "a", "n": 1})

    def equal(other):
        return {level for level in base if base[level] == other[level]}

    assert equal(other_parameter) == {"l1", "l2", "l3"}
    assert equal(other_domain) == {"l2", "l3"}
    assert equal(other_act) == {"l3"}


def test_null_is_not_the_default():
    assert hash_levels("DO", {"input_shape": None})["l3"] != hash_levels("DO", {})["l3"]


def test_a_body_without_canonical_form_is_refused():
    with pytest.raises(CanonicalError):
        hash_levels("DO", {"a": {1}})
