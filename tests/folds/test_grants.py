"""Grants: which answers allow later calls, for how long, and who ends them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.folds.fold import Projection
from threadbook.folds.grants import GrantsFold, Terms, live, may_end, terms_of
from threadbook.records.bodies import Correction, DecisionAnswer, DecisionRequest, SessionEnd

AGENT, PERSON, FAR = "did:sync:user:agent", "did:sync:user:person", 2**50
CONTEXT = {
    "actor": AGENT,
    "tool": "aws",
    "callable": "delete",
    "definition": "d1",
    "environment": ["A"],
    "cwd": "/srv",
    "session": "s1",
    "arguments": {"bucket": "dev"},
}
OPTIONS = ["approve", "approve_session", "approve_until", "reject"]


@pytest.fixture
def state(log):
    projection = Projection(log, GrantsFold("did:sync:user:operator"))

    def state():
        assert projection.rebuild()
        return projection.read().value

    return state


@pytest.fixture
def grant(add, state):
    """Return a function that has a request answered, and returns the grant there is then."""

    def grant(decision="approve_session", *, context=CONTEXT, who="person", **fields):
        request = add(
            "agent",
            DecisionRequest(question="?", subject="ab", options=OPTIONS, context=context),
        )
        answer = add(
            who, DecisionAnswer(decision=decision, fulfills=request.id, subject="ab", **fields)
        )
        return state().grants.get(answer.id)

    return grant


def test_a_grant_says_what_was_approved_by_whom(grant):
    found = grant(reason="fine", provided_value={"matching": {"bucket": "dev-*"}})
    assert (found.requester, found.answerer, found.reason) == (AGENT, PERSON, "fine")
    assert (found.tool, found.callable, found.definition) == ("aws", "delete", "d1")
    assert (found.environment, found.cwd, found.session) == (["A"], "/srv", "s1")
    assert (found.scope, found.matching, found.subject) == ("session", {"bucket": "dev-*"}, "ab")
    assert found.is_live(FAR)
    assert not found.is_live(found.at - 1)


def test_a_grant_ends_at_its_date(grant, state):
    found = grant("approve_until", provided_value={"until": "2100-01-01"})
    assert (found.is_live(4_102_444_799_999), found.is_live(4_102_444_800_000)) == (True, False)
    found = grant("approve_until", expires_at=4_102_444_800_000)
    assert found.until == 4_102_444_800_000
    assert len(live(state(), as_of=4_102_444_799_999)) == 2
    assert live(state(), as_of=4_102_444_800_000) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"decision": "approve"},
        {"decision": "provide", "provided_value": {"arguments": {}}},
        {"decision": "acknowledge"},
        {"decision": "approve_until"},
        {"decision": "approve_session", "who": "agent"},
        {"decision": "approve_session", "provided_value": {"matching": ["x"]}},
        {"decision": "approve_session", "context": {**CONTEXT, "session": ""}},
        {"decision": "approve_session", "context": {"tool": "aws"}},
        {"decision": "approve_session", "context": {**CONTEXT, "environment": [1]}},
    ],
)
def test_what_makes_no_grant(grant, fields):
    assert grant(**fields) is None


def test_only_the_answer_that_counts_makes_a_grant(add, state):
    request = add(
        "agent", DecisionRequest(question="?", subject="ab", options=OPTIONS, context=CONTEXT)
    )
    yes = {"decision": "approve_session", "fulfills": request.id}
    add("person", DecisionAnswer(**yes, subject="cd"))
    add("person", DecisionAnswer(**yes), thread="other")
    assert state().grants == {}
    first = add("person", DecisionAnswer(decision="reject", cancels=request.id))
    add("other", DecisionAnswer(**yes))
    assert (state().grants, state().decisions.requests[request.id].answer.id) == ({}, first.id)


@pytest.mark.parametrize("who", ["person", "other", "operator", "agent"])
def test_who_ends_a_grant(grant, add, state, who):
    found = grant()
    body = Correction(corrects=[found.id], revised_fields={"a": 1}, reason="r")
    ended = add(who, body)
    after = state().grants[found.id]
    assert (after.ended_by, after.is_live(FAR)) == (ended.id, False)
    assert after.is_live(found.at) or ended.recorded_at == found.at


def test_an_erasure_ends_a_grant_too(grant, add, state):
    found = grant()
    add("person", {"kind": "core.erasure", "erases": [found.id]}, act="PUT")
    assert not state().grants[found.id].is_live(FAR)


def test_an_alias_of_the_requester_ends_nothing(grant, add, state):
    found = grant()
    add("agent", {"kind": "core.identity.grant.v1", "aud": "did:sync:user:alias"})
    add("alias", Correction(corrects=[found.id], revised_fields={"a": 1}, reason="r"))
    assert state().grants[found.id].is_live(FAR)
    assert not may_end(state(), found, "did:sync:user:alias", as_of=FAR)


def test_a_session_grant_ends_with_its_session(grant, add, state):
    found, dated = grant(), grant("approve_until", expires_at=FAR)
    add("agent", SessionEnd(session="s2", reason="shutdown"))
    assert state().grants[found.id].is_live(FAR - 1)
    add("agent", SessionEnd(session="s1", reason="shutdown"))
    assert not state().grants[found.id].is_live(FAR - 1)
    assert state().grants[dated.id].is_live(FAR - 1)


@pytest.mark.parametrize(
    ("body", "terms"),
    [
        ({"decision": "approve"}, Terms(scope="once")),
        ({"decision": "approve", "provided_value": {"arguments": {"a": 1}}},
         Terms(scope="once", arguments={"a": 1})),
        ({"decision": "approve_until", "provided_value": {"until": 10**12, "matching": {}}},
         Terms(scope="until", until=10**12, matching={})),
        ({"decision": "approve_session", "expires_at": 10**12},
         Terms(scope="session", until=10**12)),
        ({"decision": "approve", "provided_value": {"matching": {}}}, None),
        ({"decision": "approve", "provided_value": {"until": 10**12}}, None),
        ({"decision": "approve", "provided_value": {"arguments": [1]}}, None),
        ({"decision": "approve", "provided_value": []}, None),
        ({"decision": "approve", "provided_value": {"else": 1}}, None),
        ({"decision": "approve_session", "provided_value": {"arguments": {}}}, None),
        ({"decision": "approve_session", "provided_value": {"matching": {"a": 1}}}, None),
        ({"decision": "approve_session", "provided_value": {"matching": {"a": ""}}}, None),
        ({"decision": "approve_until", "provided_value": {"until": "soon"}}, None),
        ({"decision": "approve_until", "provided_value": {"until": "soon"}, "expires_at": 10**12},
         None),
        ({"decision": "provide"}, None),
        ({"decision": "reject"}, None),
        ({"decision": ["approve"]}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_what_an_answer_allows(body, terms):
    assert terms_of(body) == terms


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(
    st.fixed_dictionaries(
        {"decision": st.sampled_from([*OPTIONS, "provide", "x"]) | JSON},
        optional={
            "provided_value": JSON
            | st.dictionaries(st.sampled_from(["arguments", "matching", "until"]), JSON),
            "expires_at": JSON,
        },
    )
)
def test_any_answer_is_read_without_an_exception(body):
    terms = terms_of(body)
    if terms is not None:
        assert body["decision"] in (*OPTIONS[:3], "provide")
        assert terms.scope != "until" or terms.until is not None
