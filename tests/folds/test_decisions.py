"""Decisions: who may answer what, and that of several answers one stands."""

import threading
import time

import pytest

from threadbook.errors import PreconditionFailed, RecordNotFound
from threadbook.folds.decisions import (
    DecisionsFold,
    answer_draft,
    answer_guard,
    history,
    pending,
    request_of,
)
from threadbook.folds.fold import Projection
from threadbook.log import open_log
from threadbook.records.bodies import DecisionAnswer, DecisionRequest, TokenGrant
from threadbook.records.identity import Identity

FAR = 2**50
AGENT, PERSON = "did:sync:user:agent", "did:sync:user:person"
HASH = "ab" * 32


@pytest.fixture
def state(log):
    projection = Projection(log, DecisionsFold())
    return lambda: projection.read().value


@pytest.fixture
def one(log, state):
    """Return a function that returns a request as the projection and as a look at it have it."""

    def one(stored):
        found = state().requests[stored.id]
        assert found == request_of(log, stored.id)
        return found

    return one


def ask(add, **fields):
    return add("agent", DecisionRequest(question="may I?", **fields))


CLASSIC = {"awaits": "actor_decision", "question": "may I?"}
GENERATIONS = [
    ("KNOW", CLASSIC),
    ("INTEND", {"awaits": "actor_decision", "goal": "may I?"}),
    ("KNOW", {"kind": "core.work.decision_request.v1", "question": "may I?", "requester": AGENT}),
    ("CALL", {"kind": "core.work.decision_request.v1", "question": "may I?"}),
    ("KNOW", {"kind": "threadbook.decision.request", "question": "may I?"}),
    ("PUT", {"kind": "threadbook.decision.request", "question": "may I?"}),
]


@pytest.mark.parametrize(("act", "body"), GENERATIONS)
@pytest.mark.parametrize(("field", "decision"), [("fulfills", "approve"), ("cancels", "reject")])
def test_requests_and_answers_of_each_generation(add, one, state, act, body, field, decision):
    request = add("agent", body, act=act)
    assert one(request).status(FAR) == "pending"
    assert one(request).question == "may I?"
    assert [waiting.id for waiting in pending(state(), as_of=FAR)] == [request.id]
    answer = add("person", {field: request.id, "reason": "because"})
    found = one(request)
    assert found.status(FAR) == "answered"
    assert (found.answer.decision, found.answer.is_approval) == (decision, field == "fulfills")
    assert (found.answer.id, found.answer.actor, found.answer.reason) == (
        answer.id,
        PERSON,
        "because",
    )
    assert pending(state(), as_of=FAR) == []
    assert [waiting.id for waiting in pending(state(), as_of=answer.recorded_at - 1)] in (
        [request.id],
        [],
    )


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("DO", CLASSIC),
        ("LEARN", CLASSIC),
        ("KNOW", {"awaits": ["actor_decision"]}),
        ("KNOW", {"awaits": "rain", "question": "?"}),
        ("KNOW", {"deep": {"awaits": "actor_decision"}}),
    ],
)
def test_what_is_no_request(add, state, log, act, body):
    stored = add("agent", body, act=act)
    assert state().requests == {}
    with pytest.raises(RecordNotFound):
        request_of(log, stored.id)


def refused(one, request):
    found = one(request)
    assert found.answer is None
    return [answer.why for answer in found.refused]


def test_the_requester_does_not_answer(add, one):
    request = ask(add)
    add("agent", {"fulfills": request.id})
    assert refused(one, request) == ["it is the requester's own answer"]


def test_nor_whoever_the_request_is_made_for(add, one):
    body = {"kind": "core.work.decision_request.v1", "question": "?", "requester": PERSON}
    request = add("agent", body, act="KNOW")
    add("person", {"fulfills": request.id})
    assert refused(one, request) == ["it is the requester's own answer"]


def test_nor_an_alias_of_the_requester(add, one):
    grant = {"kind": "core.identity.grant.v1", "aud": PERSON}
    request = ask(add)
    add("agent", grant, act="PUT", thread="grants")
    add("person", {"fulfills": request.id})
    assert refused(one, request) == ["the answer comes by a grant of the requester"]


def test_nor_another_name_of_the_same_account(log, add):
    operator = Identity.static("did:sync:system:operator")
    grant = TokenGrant(token="0" * 64, account="a", scopes=["admin"], actors=[AGENT, PERSON])
    add(operator, grant, thread="threadbook.auth")
    request = ask(add)
    add("person", {"fulfills": request.id})
    assert request_of(log, request.id).answer is not None
    assert request_of(log, request.id, operator=operator.actor_did).answer is None


def test_only_the_decider_answers_where_one_is_named(add, one, state):
    request = ask(add, decider_did=PERSON)
    add("eve", {"fulfills": request.id})
    assert refused(one, request) == [f"only {PERSON} is to answer"]
    assert [x.id for x in pending(state(), as_of=FAR, decider=PERSON)] == [request.id]
    assert pending(state(), as_of=FAR, decider="did:sync:user:eve") == []
    add("person", {"fulfills": request.id})
    assert one(request).answer.actor == PERSON


def test_an_answer_about_another_subject_does_not_count(add, one):
    request = ask(add, subject=HASH)
    add("person", {"fulfills": request.id, "subject": "cd" * 32})
    assert refused(one, request) == ["it is about another subject than the request"]
    add("person", {"fulfills": request.id, "subject": HASH})
    assert one(request).answer is not None


def test_an_answer_stands_on_the_thread_of_its_request(add, one):
    request = ask(add)
    add("person", {"fulfills": request.id}, thread="another")
    assert one(request).status(FAR) == "pending"
    assert refused(one, request) == []


@pytest.mark.parametrize("act", ["KNOW", "CALL", "LEARN", "PUT"])
def test_an_answer_is_a_do(add, one, act):
    request = ask(add)
    add("person", {"fulfills": request.id}, act=act)
    assert one(request).status(FAR) == "pending"


def test_the_first_answer_that_counts_stands(add, one):
    request = ask(add)
    add("agent", {"fulfills": request.id})
    no = add("person", {"cancels": request.id})
    add("other", {"fulfills": request.id})
    found = one(request)
    assert (found.answer.id, found.answer.decision) == (no.id, "reject")
    assert [answer.why for answer in found.refused][1:] == [f"answered already by {no.id}"]


@pytest.mark.parametrize(
    "body",
    [
        {"fulfills": "ID", "cancels": "ID"},
        {"fulfills": "ID", "decision": "reject"},
        {"cancels": "ID", "decision": "approve"},
    ],
)
def test_yes_and_no_at_once_is_no_answer(add, one, body):
    request = ask(add)
    add("person", {k: request.id if v == "ID" else v for k, v in body.items()})
    assert refused(one, request) == ["it says yes and no at once"]


def test_choosing_an_option(add, one):
    request = ask(add, options=["red", "blue"])
    add("person", {"fulfills": request.id, "decision": "green"})
    assert refused(one, request) == ["it chooses what is no option"]
    add("person", {"fulfills": request.id, "decision": "blue"})
    assert one(request).answer.decision == "blue"


def test_options_as_objects(add, one):
    body = {"kind": "core.work.decision_request.v1", "options": [{"id": "a"}, {"x": 1}, 3, "b"]}
    assert one(add("agent", body, act="KNOW")).options == ["a", "b"]


@pytest.mark.parametrize("decision", ["provide", "acknowledge"])
def test_providing_and_acknowledging(add, one, decision):
    request = ask(add)
    answer = answer_draft(one(request), decision, provided_value={"x": 1})
    assert answer.body["fulfills"] == request.id
    add("person", answer.body)
    assert one(request).answer.decision == decision


def test_an_answer_that_comes_too_late(add, one, state):
    late, early = ask(add, expires_at=1_000_000_000_000), ask(add, expires_at=FAR)
    for request in (late, early):
        add("person", {"fulfills": request.id})
    assert one(late).status(FAR) == "expired"
    assert refused(one, late) == ["the request is expired"]
    assert one(early).status(FAR + 1) == "answered"
    assert [x.id for x in history(state(), status="expired", as_of=FAR)] == [late.id]


def test_a_request_expires(add, one, state):
    request = ask(add, expires_at=FAR)
    assert pending(state(), as_of=FAR - 1)
    assert pending(state(), as_of=FAR) == []
    assert one(request).status(FAR) == "expired"


@pytest.mark.parametrize(
    "body",
    [
        lambda one: {"kind": "core.correction", "corrects": [one]},
        lambda one: {"kind": "core.erasure", "erases": [one]},
    ],
)
def test_the_requester_takes_a_question_back(add, one, body):
    request = ask(add)
    add("person", body(request.id), act="PUT")
    assert one(request).status(FAR) == "pending"
    add("agent", body(request.id), act="PUT")
    assert one(request).status(FAR) == "withdrawn"
    add("person", {"fulfills": request.id})
    assert refused(one, request) == ["the request is withdrawn"]


def test_what_blocks_comes_first_then_the_oldest(add, state):
    later, first = ask(add, blocking=False), ask(add)
    second, elsewhere = ask(add), add("agent", CLASSIC, act="KNOW", thread="b")
    found = pending(state(), as_of=FAR)
    assert [one.id for one in found] == [first.id, second.id, elsewhere.id, later.id]
    assert [one.id for one in pending(state(), as_of=FAR, thread="b")] == [elsewhere.id]
    assert history(state(), as_of=FAR)[0].id == elsewhere.id
    assert pending(state(), as_of=first.recorded_at - 1_000) == []


def test_refused_answers_are_remembered_up_to_a_number(add, one):
    request = ask(add)
    for number in range(30):
        add("agent", {"fulfills": request.id, "n": number})
    assert len(one(request).refused) == 20
    add("person", {"fulfills": request.id})
    assert one(request).answer is not None


def test_the_draft_of_an_answer_is_bound_to_its_request(add, one):
    request = one(ask(add, subject=HASH))
    yes, no = answer_draft(request, "approve", reason="ok"), answer_draft(request, "reject")
    assert yes.body == {
        "kind": "threadbook.decision.answer",
        "_v": 1,
        "decision": "approve",
        "fulfills": request.id,
        "subject": HASH,
        "reason": "ok",
    }
    assert no.body["cancels"] == request.id
    assert "fulfills" not in no.body
    assert (yes.act, yes.thread, yes.parents) == ("DO", "th", (request.id,))


def test_an_answer_may_be_acted_on_until_it_expires(add, one):
    request = ask(add)
    add("person", DecisionAnswer(decision="approve", fulfills=request.id, expires_at=FAR))
    answer = one(request).answer
    assert answer.is_live(FAR - 1)
    assert not answer.is_live(FAR)


def now():
    return time.time_ns() // 1_000_000


def decide(log, request, who, decision="approve", clock=now):
    by = Identity.static(f"did:sync:user:{who}")
    return log.append(
        answer_draft(request_of(log, request.id), decision),
        by=by,
        guard=answer_guard(log, request.id, by.actor_did, now=clock),
    )


def test_the_guard_lets_the_first_answer_through(log, add):
    request = ask(add)
    first = decide(log, request, "person")
    with pytest.raises(PreconditionFailed, match=f"answered by {PERSON}.*{first.id}"):
        decide(log, request, "other", "reject")
    assert log.size == 2


@pytest.mark.parametrize(
    ("fields", "who", "clock", "why"),
    [
        ({}, "agent", now, "own answer"),
        ({"decider_did": PERSON}, "eve", now, "only"),
        ({"expires_at": FAR}, "person", lambda: FAR, "expired"),
    ],
)
def test_the_guard_refuses_what_would_not_count(log, add, fields, who, clock, why):
    request = ask(add, **fields)
    with pytest.raises(PreconditionFailed, match=why):
        decide(log, request, who, clock=clock)
    assert log.size == 1


def test_the_guard_of_no_request(log, add):
    other = add("agent", {"n": 1})
    for record_id in (other.id, "0" * 64):
        with pytest.raises(RecordNotFound):
            answer_guard(log, record_id, PERSON, now=now)()


@pytest.mark.parametrize("url", ["memory:", "sqlite:///{}/log.db"])
def test_of_many_answers_at_once_one_is_written(url, tmp_path):
    with open_log(url.format(tmp_path)) as log:
        agent = Identity.static(AGENT)
        body = DecisionRequest(question="?").draft(thread="th")
        request = log.append(body, by=agent)
        refused, barrier = [], threading.Barrier(8)

        def answer(number):
            barrier.wait(30)
            try:
                decide(log, request, f"p{number}", ("approve", "reject")[number % 2])
            except PreconditionFailed as error:
                refused.append(error)

        threads = [threading.Thread(target=answer, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert (log.size, len(refused)) == (2, 7)
        assert request_of(log, request.id).answer.id == log.latest()[0].id
