"""The Jupyter Server extension: who may ask, what is answered, and what is told."""

import hashlib
import json

import pytest

from threadbook.records.bodies import DecisionRequest, Intent, Outcome
from threadbook_panel.feed import OPERATIONS

NEWS_TYPES = {"rows", "decisions", "trust", "library", "threads", "health", "reset"}


@pytest.fixture(scope="module")
def thread(server):
    """Provide a thread with some records of an agent."""
    agent, thread = server.identity(), "th_server"
    with server.log() as log:
        goal = log.append(Intent(goal="count").draft(thread=thread), by=agent)
        log.append(Outcome(summary="5", fulfills=goal.id).draft(thread=thread), by=agent)
    return thread


@pytest.fixture(scope="module")
def blob(server):
    with server.log() as log:
        return log.blobs.put(b"<script>alert(1)</script>" * 100_000)


def problem(response, status, type_):
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/json")
    (error,) = response.json().values()
    assert error.keys() == {"type", "message", "remedy"}
    assert error["type"] == type_
    return error


@pytest.mark.parametrize(
    "path", ["rows", "news", "kernels/abc", f"blobs/{'0' * 64}", "nothing"], ids=str
)
def test_nobody_is_answered_without_the_token(server, path):
    problem(server.stranger().get(f"threadbook/api/{path}"), 403, "Forbidden")
    wrong = {"Authorization": "token wrong"}
    problem(server.stranger(headers=wrong).get(f"threadbook/api/{path}"), 403, "Forbidden")


@pytest.mark.parametrize("name", ["answer", "judge"])
def test_another_site_cannot_write_with_the_cookie_of_a_browser(server, name):
    with server.stranger() as browser:
        token = server.client.headers["Authorization"].split()[1]
        browser.get("a-page-that-is-not-there", params={"token": token})
        assert browser.get("threadbook/api/threads").status_code == 200
        url = f"threadbook/api/{name}"
        assert problem(browser.post(url, json={}), 403, "Forbidden")["message"].startswith(
            "'_xsrf' argument missing"
        )
        xsrf = {"X-XSRFToken": browser.cookies["_xsrf"]}
        elsewhere = xsrf | {"Origin": "https://elsewhere.example"}
        problem(browser.post(url, json={}, headers=elsewhere), 404, "NotFound")
        problem(browser.post(url, json={}, headers=xsrf), 400, "QueryError")


def test_operations_that_read_are_asked_by_get_and_those_that_write_by_post(server):
    assert {name for name, operation in OPERATIONS.items() if operation.writes} == {
        "answer",
        "judge",
    }
    for name, operation in OPERATIONS.items():
        wrong = server.get(name) if operation.writes else server.post(name)
        problem(wrong, 405, "MethodNotAllowed")


def test_every_operation_that_reads_is_answered(server, thread):
    with server.log() as log:
        goal, _ = log.read(thread=thread)
        records = log.read()
    asked = {
        "threads": {},
        "rows": {"thread": thread, "offset": 0, "limit": 10},
        "place": {"thread": thread, "id": goal.id},
        "record": {"id": goal.id},
        "trust": {},
        "decisions": {"thread": thread},
        "artifacts": {},
        "workflows": {},
        "health": {"thread": thread},
    }
    missing = {"artifact": "ArtifactNotFound", "workflow": "WorkflowNotFound"}
    assert asked.keys() | missing.keys() == {n for n, o in OPERATIONS.items() if not o.writes}
    answers = {name: server.ask(name, **params) for name, params in asked.items()}
    assert [entry["thread"] for entry in answers["threads"]["threads"]] == [thread]
    assert [row["title"] for row in answers["rows"]["rows"]] == ["count", "5"]
    assert answers["place"] == {"offset": 0}
    assert answers["record"]["body"]["goal"] == "count"
    assert answers["trust"]["standings"] == []
    assert answers["decisions"]["pending"] == 0
    assert answers["artifacts"]["artifacts"] == []
    assert answers["workflows"]["workflows"] == []
    assert answers["health"]["records"] == len(records)
    for name, error in missing.items():
        problem(server.get(name, id="0" * 64), 404, error)


def test_answers_are_neither_cached_nor_sniffed(server, thread):
    for response in (server.get("threads"), server.get("nothing"), server.get("record", id="x")):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    "params",
    ["", "{", "[]", "7", "null", '{"offset": 0}', '{"thread": 1}', '{"surprise": 1}', "[" * 9000],
    ids=["nothing", "broken", "list", "number", "null", "incomplete", "type", "unknown", "deep"],
)
def test_parameters_that_are_not_understood_are_refused(server, params):
    response = server.client.get("threadbook/api/rows", params={"params": params})
    problem(response, 400, "QueryError")


def test_a_body_that_is_too_large_is_refused(server):
    problem(server.post("judge", reason="x" * 2_000_000), 400, "QueryTooLarge")


def test_what_is_not_there_is_not_found(server):
    problem(server.get("nothing"), 404, "NotFound")
    problem(server.get("record", id="f" * 64), 404, "RecordNotFound")
    problem(server.client.get(f"threadbook/api/blobs/{'f' * 64}"), 404, "BlobNotFound")
    assert server.client.get("threadbook/api/blobs/nothing").status_code == 404


def test_a_decision_is_answered_in_the_name_of_the_person_and_once_only(server):
    agent = server.identity()
    with server.log() as log:
        question = DecisionRequest(question="may I?", options=["yes", "no"])
        asked = log.append(question.draft(thread="th_asks"), by=agent)
    (waiting,) = server.ask("decisions", thread="th_asks")["decisions"]
    assert (waiting["id"], waiting["refusal"]) == (asked.id, None)
    answered = server.post("answer", id=asked.id, decision="yes", reason="go on")
    assert answered.status_code == 200, answered.text
    person = server.ask("health")["person"]
    assert answered.json()["actor"] == person
    with server.log() as log:
        answer = log.get(answered.json()["id"])
    assert (answer.actor, answer.is_signed, answer.thread) == (person, True, "th_asks")
    assert person not in {agent.actor_did, server.settings.identity().actor_did}
    problem(server.post("answer", id=asked.id, decision="no"), 409, "PreconditionFailed")


def test_what_is_no_answer_is_the_askers_fault(server):
    with server.log() as log:
        question = DecisionRequest(question="may I?", options=["yes", "no"])
        asked = log.append(question.draft(thread="th_no_answer"), by=server.identity())
    problem(server.post("answer", id=asked.id, decision="perhaps"), 400, "AnswerInvalid")


def test_work_is_judged_in_the_name_of_the_person(server, thread):
    judged = server.post("judge", thread=thread, verdict="accept", reason="it is five")
    assert judged.status_code == 200, judged.text
    (standing,) = server.ask("trust", thread=thread)["standings"]
    assert standing["actor"] == server.identity().actor_did
    assert standing["last"]["id"] == judged.json()["id"]
    assert standing["last"]["reason"] == "it is five"


def test_content_comes_as_a_file_that_no_browser_runs(server, blob):
    response = server.client.get(f"threadbook/api/blobs/{blob.blob}")
    assert response.status_code == 200
    assert hashlib.sha256(response.content).hexdigest() == blob.blob
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"] == "attachment"
    assert response.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-length"] == str(blob.size)


def test_a_stream_tells_what_another_process_appends(server):
    agent = server.identity()
    with server.news(thread="th_news") as lines:
        events = (json.loads(line.removeprefix("data: ")) for line in lines)
        assert next(events) == {"type": "reset"}
        with server.log() as log:
            log.append(Intent(goal="heard").draft(thread="th_news"), by=agent)
        heard = next(event for event in events if event["type"] == "rows")
    assert [row["title"] for row in heard["rows"]] == ["heard"]


def test_a_thread_is_followed_by_its_name_as_it_is(server):
    agent, thread = server.identity(), " th_spaced "
    with server.news(thread=thread) as lines:
        events = (json.loads(line.removeprefix("data: ")) for line in lines)
        assert next(events) == {"type": "reset"}
        with server.log() as log:
            log.append(Intent(goal="for another").draft(thread=thread.strip()), by=agent)
            log.append(Intent(goal="heard").draft(thread=thread), by=agent)
        heard = next(event for event in events if event["type"] == "rows")
    assert (heard["thread"], [row["title"] for row in heard["rows"]]) == (thread, ["heard"])


def test_a_stream_has_the_headers_that_keep_it_whole(server):
    with server.client.stream("GET", "threadbook/api/news") as response:
        assert response.headers["content-type"] == "text/event-stream"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-accel-buffering"] == "no"
    problem(
        server.client.get("threadbook/api/news", params={"thread": "x" * 2000}), 400, "QueryError"
    )
