"""Decisions over HTTP: what waits, and answering it."""

import threading
import time

import pytest

AGENT, ANN, BOB = "did:sync:agent:worker", "did:sync:person:ann", "did:sync:person:bob"
FAMILIES = ["/v1/decisions", "/v1/governance/decisions", "/v1/aitl"]
REQUESTS = [
    ("KNOW", {"awaits": "actor_decision", "question": "may I?"}),
    ("INTEND", {"awaits": "actor_decision", "goal": "may I?"}),
    ("KNOW", {"kind": "core.work.decision_request.v1", "question": "may I?"}),
    ("KNOW", {"kind": "threadbook.decision.request", "question": "may I?"}),
]


def ask(service, thread, act="KNOW", body=None, **more):
    body = {**(body or REQUESTS[0][1]), **more}
    return service.post(act=act, actor=AGENT, thread=thread, body=body).json()


def decide(service, request, decision="approve", actor=ANN, family=FAMILIES[0], **more):
    wanted = {"decision": decision, "actor": actor, **more}
    return service.http.post(f"{family}/{request['id']}/decide", json=wanted)


def listed(service, thread, family=FAMILIES[0], **parameters):
    answer = service.http.get(family, params={"thread": thread, **parameters})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("act", "body"), REQUESTS)
def test_both_generations_on_all_paths(shared, thread, family, act, body):
    yes, no = (ask(shared, thread, act, body, n=n) for n in range(2))
    found = listed(shared, thread, family)
    assert [(one["id"], one["question"], one["status"]) for one in found] == [
        (yes["id"], "may I?", "pending"),
        (no["id"], "may I?", "pending"),
    ]
    approved = decide(shared, yes, "approve", family=family, reason="fine").json()
    assert (approved["fulfills"], approved.get("cancels")) == (yes["id"], None)
    rejected = decide(shared, no, "reject", family=family).json()
    assert (rejected.get("fulfills"), rejected["cancels"]) == (None, no["id"])
    record = shared.http.get(f"/v1/records/{approved['id']}").json()
    assert (record["act"], record["actor"], record["thread"]) == ("DO", ANN, thread)
    assert record["body"]["reason"] == "fine"
    assert listed(shared, thread, family) == []
    answered = listed(shared, thread, family, status="answered")
    assert [one["answer"]["decision"] for one in answered] == ["reject", "approve"]


def test_an_option_can_be_chosen_and_no_other(shared, thread):
    request = ask(shared, thread, "KNOW", REQUESTS[2][1], options=[{"id": "red"}, {"id": "blue"}])
    refused = decide(shared, request, "green")
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_DECISION")
    assert "red, blue" in refused.json()["message"]
    assert decide(shared, request, "blue").json()["decision"] == "blue"


@pytest.mark.parametrize(
    ("decision", "provided"),
    [
        ("approve", {"matching": {"path": "*"}}),
        ("approve_session", {"arguments": {}}),
        ("approve_until", None),
        ("provide", {"anything": 1}),
    ],
)
def test_what_would_allow_nothing_is_no_answer_to_a_call(shared, thread, decision, provided):
    context = {"tool": "t", "callable": "c", "definition": "d", "arguments": {"path": "/"}}
    options = ["approve", "approve_session", "approve_until", "reject"]
    request = ask(shared, thread, "KNOW", REQUESTS[3][1], options=options, context=context)
    refused = decide(shared, request, decision, provided_value=provided)
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_DECISION")
    assert "does not say what is approved" in refused.json()["message"]
    assert decide(shared, request, "approve").status_code == 200


def test_a_value_can_be_provided(shared, thread):
    request = ask(shared, thread)
    answer = decide(shared, request, "provide", provided_value={"x": [1]}).json()
    body = shared.http.get(f"/v1/records/{answer['id']}").json()["body"]
    assert body["provided_value"] == {"x": [1]}


def test_the_same_answer_again_is_the_one_that_stands(shared, thread):
    request = ask(shared, thread)
    first, again = decide(shared, request), decide(shared, request)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert len(shared.http.get(f"/v1/threads/{thread}/records").json()["data"]) == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"decision": "approve"}, {"decision": "reject"}),
        ({"decision": "approve"}, {"decision": "approve", "actor": BOB}),
        (
            {"decision": "provide", "provided_value": 1},
            {"decision": "provide", "provided_value": 2},
        ),
        (
            {"decision": "provide", "provided_value": 1},
            {"decision": "provide", "provided_value": True},
        ),
    ],
)
def test_another_answer_is_told_which_one_stands(shared, thread, first, second):
    request = ask(shared, thread)
    stands = decide(shared, request, **first).json()
    answer = decide(shared, request, **second)
    assert (answer.status_code, answer.json()["code"]) == (409, "ALREADY_DECIDED")
    assert answer.json()["decision"] == stands


def test_the_requester_does_not_answer_itself(shared, thread):
    request = ask(shared, thread)
    answer = decide(shared, request, actor=AGENT)
    assert (answer.status_code, answer.json()["code"]) == (409, "NOT_DECIDABLE")
    assert "requester" in answer.json()["message"]
    assert [one["id"] for one in listed(shared, thread)] == [request["id"]]


def test_only_the_one_who_is_asked_answers(shared, thread):
    request = ask(shared, thread, "KNOW", REQUESTS[2][1], decider_did=BOB)
    assert decide(shared, request, actor=ANN).status_code == 409
    assert listed(shared, thread, decider=ANN) == []
    assert [one["id"] for one in listed(shared, thread, decider=BOB)] == [request["id"]]
    assert decide(shared, request, actor=BOB).status_code == 200


def test_what_has_expired_is_not_answered(shared, thread):
    request = ask(shared, thread, expires_at=int(time.time() * 1000) - 1)
    answer = decide(shared, request)
    assert (answer.status_code, answer.json()["code"]) == (409, "NOT_DECIDABLE")
    assert "expired" in answer.json()["message"]
    assert listed(shared, thread) == []
    assert [one["status"] for one in listed(shared, thread, status="expired")] == ["expired"]


def test_what_is_no_request_is_not_there(shared, thread):
    for record in (shared.post(thread=thread).json(), {"id": "0" * 64}, {"id": "\u2028"}):
        answer = decide(shared, record)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_of_eight_answers_at_once_one_stands(shared, thread):
    request = ask(shared, thread)
    barrier, answers = threading.Barrier(8), []

    def answer(number):
        barrier.wait()
        actor = f"did:sync:person:p{number}"
        word = "approve" if number % 2 else "reject"
        answers.append(decide(shared, request, word, actor, FAMILIES[number % 3]))

    threads = [threading.Thread(target=answer, args=(n,)) for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(one.status_code for one in answers) == [200, *[409] * 7]
    (stands,) = [one.json() for one in answers if one.status_code == 200]
    assert all(one.json()["decision"] == stands for one in answers if one.status_code == 409)
    records = shared.http.get(f"/v1/threads/{thread}/records").json()["data"]
    assert [record["id"] for record in records] == [request["id"], stands["id"]]


def test_pages_skip_nothing_although_requests_are_answered_in_between(shared, thread):
    made = [ask(shared, thread, n=n, blocking=n < 4) for n in range(6)]
    page = shared.http.get("/v1/decisions", params={"thread": thread, "limit": 2}).json()
    assert [one["id"] for one in page["data"]] == [one["id"] for one in made[:2]]
    decide(shared, made[0])
    decide(shared, made[1])
    found, cursor = [], page["next_cursor"]
    while cursor:
        parameters = {"thread": thread, "limit": 3, "cursor": cursor}
        page = shared.http.get("/v1/decisions", params=parameters).json()
        found += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
    assert found == [one["id"] for one in made[2:]]


@pytest.mark.parametrize("status", ["answered", "withdrawn"])
def test_pages_of_what_is_over_skip_nothing_although_more_is_answered(shared, thread, status):
    made = [ask(shared, thread, n=n) for n in range(5)]

    def end(request):
        if status == "answered":
            decide(shared, request)
        else:
            body = {"kind": "core.correction", "corrects": request["id"]}
            shared.post(act="KNOW", actor=AGENT, thread=thread, body=body)

    for request in made[:4]:
        end(request)
    parameters = {"thread": thread, "limit": 2, "status": status}
    page = shared.http.get("/v1/decisions", params=parameters).json()
    end(made[4])
    rest = shared.http.get(
        "/v1/decisions", params={**parameters, "cursor": page["next_cursor"]}
    ).json()
    found = [one["id"] for one in page["data"] + rest["data"]]
    assert found == [one["id"] for one in made[3::-1]]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"limit": 0}, 422),
        ({"limit": 1001}, 422),
        ({"cursor": "x"}, 400),
        ({"cursor": "b" + "9" * 40}, 400),
        ({"status": "other"}, 400),
    ],
)
def test_a_list_that_makes_no_sense_is_refused(shared, parameters, status):
    assert shared.http.get("/v1/decisions", params=parameters).status_code == status


def test_the_register_ranks_what_waits(start_service):
    service = start_service()
    notice = ask(service, "th", blocking=False, subject="a")
    first, second = ask(service, "th", subject="b"), ask(service, "th2", subject="b")
    register = service.http.get("/v1/register").json()
    assert [one["id"] for one in register["asks"]] == [first["id"], second["id"], notice["id"]]
    counts = {
        name: register[f"asks_{name}"] for name in ("open", "distinct", "decisions", "notices")
    }
    assert counts == {"open": 3, "distinct": 2, "decisions": 2, "notices": 1}
    assert register["asks_capped"] is False


def test_answers_are_counted(start_service):
    service = start_service()
    decide(service, ask(service, "th"))
    assert 'threadbook_records_appended_total{act="DO"} 1.0' in service.http.get("/metrics").text


def test_a_token_answers_for_its_own_actors_only(guarded, new_record, thread):
    writer = guarded.token("answers", "records:read", "records:write", actors=[ANN])
    sent = new_record(act="KNOW", actor=AGENT, thread=thread, body=REQUESTS[0][1])
    request = guarded.admin.post("/v1/records", json=sent).json()
    path = f"/v1/decisions/{request['id']}/decide"
    refused = writer.post(path, json={"decision": "approve", "actor": BOB})
    assert (refused.status_code, refused.json()["code"]) == (403, "DID_CLAIM_DENIED")
    answer = writer.post(path, json={"decision": "approve"})
    assert answer.json()["actor"] == "did:sync:system:answers"
