"""Finding records by their words over HTTP."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

WORDS = st.sampled_from(
    ["wombat", '"wombat', 'wombat"', "*", '"', '""', "AND", "NOT", "NEAR(", ")", "-", "wom*", "%",
     "'; DROP TABLE record; --", "{", "\0", "\u2028", "\U0001f600", "é", "漢字", "a" * 100]
)  # fmt: skip


def find(client, q, **parameters):
    answer = client.get("/v1/find", params={"q": q, **parameters})
    assert answer.status_code == 200, answer.text
    return answer.json()


def numbers(page):
    return [hit["body"]["n"] for hit in page["data"]]


def add(service, thread, n, text, **fields):
    body = {"kind": "test.find.note", "n": n, "text": text}
    return service.post(thread=thread, body=body, **fields).json()


def test_records_are_found_by_their_words(shared, thread):
    best = add(shared, thread, 1, "zebra zebra zebra")
    add(shared, thread, 2, "one zebra" + " among very many other animals" * 20)
    add(shared, thread, 3, "no such animal")
    page = find(shared.http, "ZEBRA", thread=thread)
    assert numbers(page) == [1, 2]
    assert page["data"][0] | best == page["data"][0]
    assert page["data"][0]["score"] > page["data"][1]["score"] > 0
    assert "zebra" in page["data"][1]["snippet"]
    assert numbers(find(shared.http, '"other animals" zeb*', thread=thread)) == [2]
    assert find(shared.http, "zebra giraffe", thread=thread)["data"] == []


def test_only_what_is_asked_for_is_found(shared, thread):
    add(shared, thread, 1, "okapi", actor="did:sync:agent:ann")
    add(shared, f"{thread}-other", 2, "okapi", actor="did:sync:agent:bob")
    assert numbers(find(shared.http, "okapi")) == [2, 1]
    assert numbers(find(shared.http, "okapi", thread=thread)) == [1]
    assert numbers(find(shared.http, "okapi", actor="did:sync:agent:bob")) == [2]
    assert numbers(find(shared.http, "okapi", kind="test.find.note")) == [2, 1]
    assert numbers(find(shared.http, "okapi", kind="test.find.other")) == []


def test_pages_hold_each_hit_once(shared, thread):
    for n in range(7):
        add(shared, thread, n, "gnu " * (n + 1))
    found, cursor = [], None
    while True:
        page = find(shared.http, "gnu", limit=3, **({"cursor": cursor} if cursor else {}))
        assert len(page["data"]) <= 3
        found += numbers(page)
        cursor = page["next_cursor"]
        if cursor is None:
            break
        add(shared, thread, 100, "gnu")
    assert sorted(found) == list(range(7))


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({}, 400),
        ({"q": ""}, 400),
        ({"q": '"*'}, 400),
        ({"q": "x" * 1001}, 422),
        ({"q": "x", "limit": 0}, 400),
        ({"q": "x", "limit": 101}, 422),
        ({"q": "x", "limit": "many"}, 400),
        ({"q": "x", "cursor": "made up"}, 400),
        ({"q": "x", "cursor": "WyIiLDld"}, 400),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(shared, parameters, status):
    answer = shared.http.get("/v1/find", params=parameters)
    assert (answer.status_code, answer.json()["object"]) == (status, "error")


@settings(
    max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(
    parts=st.lists(WORDS | st.text(max_size=10), max_size=5),
    cursor=st.none() | st.text(max_size=30),
)
def test_any_search_is_answered_or_refused(shared, parts, cursor):
    text = " ".join(parts).encode("utf-8", "replace").decode()
    parameters = {"q": text, **({"cursor": cursor} if cursor else {})}
    answer = shared.http.get("/v1/find", params=parameters)
    assert answer.status_code in {200, 400, 422}, answer.text
    assert "Traceback" not in answer.text


def test_a_token_finds_what_it_may_read(guarded, thread):
    def post(where, **fields):
        record = {"act": "DO", "actor": "did:sync:agent:ann", "thread": where, **fields}
        assert guarded.admin.post("/v1/records", json=record).status_code == 200

    post(thread, body={"n": 1, "text": "quokka"})
    post(f"{thread}-other", body={"n": 2, "text": "quokka"})
    one = guarded.token("finder", f"thread:{thread}:read")
    assert numbers(find(one, "quokka", thread=thread)) == [1]
    for where in ({}, {"thread": f"{thread}-other"}, {"thread": "th_nowhere"}):
        answer = one.get("/v1/find", params={"q": "quokka", **where})
        assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_FORBIDDEN")
    cursor = find(guarded.admin, "quokka", limit=1)["next_cursor"]
    assert one.get("/v1/find", params={"q": "quokka", "cursor": cursor}).status_code == 403
    again = one.get("/v1/find", params={"q": "quokka", "cursor": cursor, "thread": thread})
    assert again.status_code == 400


def test_the_accounts_of_tokens_are_found_by_administrators_only(guarded):
    guarded.token("capybara", "records:read")
    reader = guarded.token("finds-all", "records:read")
    assert find(guarded.admin, "capybara")["data"]
    for where in ({}, {"thread": "threadbook.auth"}):
        assert find(reader, "capybara", **where)["data"] == []
