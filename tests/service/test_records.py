"""Appending and reading records over HTTP."""

import json
import threading
from urllib.parse import quote

import pytest

from threadbook.log.verify import verify
from threadbook.records.identity import Identity
from threadbook.records.record import DEFAULT_BODY_LIMIT, Record

NAN = b'{"act":"DO","actor":"a","body":{"n":NaN},"thread":"th","clock":1}'
TWICE = b'{"act":"DO","act":"DO","actor":"a","body":{},"thread":"th","clock":1}'
SURROGATE = b'{"act":"DO","actor":"a","body":{"s":"\\ud800"},"thread":"th","clock":1}'
DEEP = b'{"act":"DO","actor":"a","thread":"th","clock":1,"body":{"d":' + b"[" * 5000


def test_a_record_comes_back_as_it_was_hashed(shared, new_record, thread):
    sent = new_record(
        body={"kind": "test.service.step", "f": 1.0, "big": 10**40, "s": "é\u2028\U0001f600"},
        thread=thread,
        clock=7,
    )
    answer = shared.http.post("/v1/records", json=sent)
    assert answer.status_code == 200
    stored = answer.json()
    assert stored["id"] == Record(**sent).id
    assert stored["body"]["f"] == 1
    assert stored["body"]["big"] == 10**40
    assert shared.http.get(f"/v1/records/{stored['id']}").json() == stored
    assert shared.http.get(f"/v1/threads/{thread}/records").json()["data"] == [stored]


def test_the_same_record_again_is_the_same_record(shared, thread):
    first, second = shared.post(thread=thread, clock=1), shared.post(thread=thread, clock=1)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()


def test_another_record_with_the_same_clock_is_refused(shared, thread):
    shared.post(thread=thread, clock=1)
    answer = shared.post(act="KNOW", thread=thread, clock=1)
    assert answer.status_code == 400
    assert answer.json()["error"] == "INGEST_FAILED"
    assert answer.json()["message"].startswith(f"DuplicateClock: thread={thread}")


def test_without_a_clock_the_log_assigns_one(shared, thread):
    clocks = [shared.post(thread=thread, body={"n": n}).json()["clock"] for n in range(3)]
    assert clocks == sorted(set(clocks))


def test_parents_are_hashed_as_they_came(shared, new_record, thread):
    parents = ["ff" * 32, "00" * 32]
    sent = new_record(thread=thread, clock=1, parents=parents)
    assert shared.http.post("/v1/records", json=sent).json()["parents"] == parents


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 400, "not JSON"),
        (b"{", 400, "not JSON"),
        (b"[]", 400, "Expected `object`"),
        (b"\xff\xfe", 400, "UTF-8"),
        (b"{}", 400, "missing required field"),
        (NAN, 400, "NaN"),
        (TWICE, 400, "twice"),
        (SURROGATE, 400, "surrogate"),
        (DEEP, 400, "deep"),
        (b"[" * 100_000, 400, "deep"),
        (b'{"act":"do","actor":"a","body":{},"thread":"th","clock":1}', 400, "unknown act"),
        (b'{"act":"DO","actor":"","body":{},"thread":"th","clock":1}', 400, "actor"),
        (b'{"act":"DO","actor":"a","body":[],"thread":"th","clock":1}', 400, "body"),
        (b'{"act":"DO","actor":"a","body":{},"thread":"","clock":1}', 400, "thread"),
        (b'{"act":"DO","actor":"a","body":{},"thread":"th","clock":-1}', 400, "clock"),
        (b'{"act":"DO","actor":"a","body":{},"thread":"th","clock":true}', 400, "int"),
        (b'{"act":"DO","actor":"a","body":{},"thread":"th","clock":9223372036854775808}', 400, ""),
        (b'{"act":"DO","actor":"a","body":{"kind":"X"},"thread":"th","clock":1}', 400, "Kind"),
        (b'{"act":"DO","actor":"a","body":{},"thread":"th","clock":1,"sig":"zz"}', 400, "hex"),
        (b'{"act":"DO","actor":"a","body":{},"thread":"th","clock":1,"sig":"00"}', 400, "not"),
        (b'{"act":"DO","actor":"a","body":{},"thread":"th","sig":"00"}', 400, "clock"),
        (b'{"act":"DO","actor":"did:key:zX","body":{},"thread":"th","clock":1}', 400, "signature"),
        (b'{"act":"DO","actor":"did:key:zX","body":{},"thread":"th"}', 400, "key"),
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused_with_the_reason(shared, content, status, said):
    before = shared.http.get("/health/ready").json()
    answer = shared.http.post("/v1/records", content=content)
    assert answer.status_code == status
    body = answer.json()
    assert body["object"] == "error"
    assert body["code"] == body["error"]
    assert said in body["message"]
    assert "Traceback" not in answer.text
    assert shared.http.get("/health/ready").json() == before


def test_too_large_a_body_and_too_large_a_request_are_refused(shared, new_record, thread):
    large = new_record(thread=thread, clock=1, body={"s": "x" * DEFAULT_BODY_LIMIT})
    assert shared.http.post("/v1/records", json=large).json()["code"] == "BODY_TOO_LARGE"
    answer = shared.http.post("/v1/records", content=b"x" * (2 * 1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "REQUEST_TOO_LARGE")


def test_a_signed_record_is_checked(shared, tmp_path, thread):
    key = Identity.key(tmp_path / "key.pem")
    fields = {"act": "DO", "actor": key.actor_did, "body": {"n": 1}, "thread": thread, "clock": 1}
    record = Record(**fields)
    sig = key.sign(record.canonical).hex()
    answer = shared.http.post("/v1/records", json={**fields, "sig": sig})
    assert answer.status_code == 200
    assert answer.json()["sig"] == sig
    forged = shared.http.post("/v1/records", json={**fields, "clock": 2, "sig": sig})
    assert forged.status_code == 400
    assert "SignatureError" in forged.json()["message"]


def test_what_only_the_service_writes_is_refused(shared, thread):
    for kind in ("token.grant", "file.write", "auth.denied", "log.repair"):
        answer = shared.post(thread=thread, body={"kind": f"threadbook.{kind}"})
        assert (answer.status_code, answer.json()["code"]) == (403, "KIND_RESERVED")


def test_pages_hold_each_record_once(shared, thread):
    sent = [shared.post(thread=thread, body={"n": n}).json()["id"] for n in range(7)]
    found, cursor = [], None
    while True:
        parameters = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = shared.http.get(f"/v1/threads/{thread}/records", params=parameters).json()
        found += [record["id"] for record in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == sent


def test_since_is_strictly_greater_and_filters_apply_before_the_limit(shared, thread):
    for clock in (5, 6, 7):
        shared.post(thread=thread, clock=clock)
    shared.post(thread=thread, clock=8, body={"kind": "test.service.other"})
    path = f"/v1/threads/{thread}/records"
    page = shared.http.get(path, params={"since": 6}).json()
    assert [record["clock"] for record in page["data"]] == [7, 8]
    page = shared.http.get(path, params={"kind": "test.service.other", "limit": 1}).json()
    assert [record["clock"] for record in page["data"]] == [8]
    assert page["next_cursor"] is None


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"limit": 0}, 422),
        ({"limit": 10**9}, 422),
        ({"limit": "many"}, 400),
        ({"limit": 10**30}, 422),
        ({"cursor": "x"}, 400),
        ({"cursor": "9" * 40}, 400),
        ({"cursor": "\u0661"}, 400),
        ({"since": "x"}, 400),
    ],
)
def test_parameters_that_make_no_sense_are_refused(shared, parameters, status):
    answer = shared.http.get("/v1/records", params=parameters)
    assert answer.status_code == status
    assert answer.json()["object"] == "error"


def test_paths_take_a_slash_at_the_end_and_are_never_redirected(shared, thread):
    shared.post(thread=thread)
    for path in ("/health/", "/v1/records/", f"/v1/threads/{thread}/records/"):
        assert shared.http.get(path).status_code == 200


@pytest.mark.parametrize("name", ["music/library/deep", "a b", "é\u2028", "th#1", "th?x", "%2F"])
def test_threads_may_have_any_name(shared, name):
    stored = shared.post(thread=name, body={"n": name}).json()
    found = shared.http.get(f"/v1/threads/{quote(name)}/records").json()["data"]
    assert [record["id"] for record in found] == [stored["id"]]


def test_what_is_not_there_is_404_in_the_envelope(shared):
    for path in ("/nothing", "/v1/records/" + "0" * 64, "/v1/blobs/" + "0" * 64):
        answer = shared.http.get(path)
        assert answer.status_code == 404
        assert answer.json()["code"] == "NOT_FOUND"
    answer = shared.http.delete("/v1/records")
    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert "POST" in answer.headers["allow"]


def test_writers_at_once_all_get_their_record(start_service):
    service = start_service()
    answers = []

    def write(number):
        thread = f"th{number % 3}"
        answers.extend(service.post(thread=thread, body={"n": [number, n]}) for n in range(25))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {200}
    with service.log() as log:
        assert log.size == 200
        assert {answer.json()["id"] for answer in answers} == {s.id for s in log.read_all()}
        assert verify(log).is_clean


def test_a_busy_store_is_503_and_not_an_error_of_the_client(start_service, tmp_path):
    service = start_service()
    service.post()
    with service.log() as log, log.store.write():  # another process is writing
        answer = service.http.post(
            "/v1/records",
            json={"act": "DO", "actor": "a", "body": {}, "thread": "th", "clock": 1},
        )
    assert (answer.status_code, answer.json()["code"]) == (503, "STORE_UNAVAILABLE")
    assert answer.headers["retry-after"]
    assert service.post().status_code == 200


def test_a_query_selects_on_the_server(shared, thread):
    for n in range(5):
        shared.post(thread=thread, body={"kind": "test.service.step", "n": n})
    query = {
        "thread": thread,
        "filter": {"body.n": {"$gte": 2}},
        "sort": {"body.n": -1},
        "limit": 2,
    }
    answer = shared.http.post("/v1/records/query", json={**query, "explain": True}).json()
    assert [record["body"]["n"] for record in answer["data"]] == [4, 3]
    assert answer["capped"] is True
    assert "SELECT" in answer["plan"]["sql"]
    rest = shared.http.post("/v1/records/query", json={**query, "cursor": answer["next_cursor"]})
    assert [record["body"]["n"] for record in rest.json()["data"]] == [2]
    assert "plan" not in rest.json()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"filter": {"nowhere": 1}}, 400),
        ({"filter": {"act": {"$what": 1}}}, 400),
        ({"filter": []}, 400),
        ({"sort": {"clock": 2}}, 400),
        ({"limit": 5000}, 422),
        ({"cursor": "made up"}, 400),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(shared, query, status):
    answer = shared.http.post("/v1/records/query", json=query)
    assert answer.status_code == status
    assert json.loads(answer.text)["code"].startswith(("INVALID", "QUERY"))


def test_search_by_meaning_says_that_it_is_off(shared):
    answer = shared.http.post("/v1/records/search", json={"query": "x"})
    assert (answer.status_code, answer.json()["code"]) == (503, "SEMANTIC_SEARCH_DISABLED")
