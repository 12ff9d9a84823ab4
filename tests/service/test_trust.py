"""Trust over HTTP: standings, and the records each comes from."""

import pytest

from threadbook.folds.trust import wilson

WORKER, ANN, BOB = "did:sync:agent:worker", "did:sync:person:ann", "did:sync:person:bob"


@pytest.fixture
def domain(thread):
    """A domain of the test's own."""
    return thread


@pytest.fixture
def judge(shared, thread, domain):
    """Return a function that records a verdict on a new piece of the worker's work."""

    def judging(verdict="accept", by=ANN, subject=WORKER, **more):
        work = shared.post(actor=subject, thread=thread).json()
        body = {"verdict": verdict, "subject": subject, "judges": work["id"], "domain": domain}
        answer = shared.post(act="KNOW", actor=by, thread=thread, body={**body, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return judging


def standing(service, domain, actor=WORKER, **parameters):
    answer = service.http.get(f"/v1/governance/trust/{actor}/{domain}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("path", ["/v1/trust", "/v1/governance/trust"])
def test_standings_tell_how_they_were_computed(shared, judge, domain, path):
    for verdict in ("accept", "accept", "accept", "reject"):
        last = judge(verdict)
    page = shared.http.get(path, params={"domain": domain}).json()
    (one,) = page["data"]
    assert (one["actor"], one["domain"]) == (WORKER, domain)
    assert (one["successes"], one["total"], one["samples"], one["judges"]) == (3, 4, 4, 1)
    assert one["effective_trust"] == one["score"] == pytest.approx(wilson(3, 4), abs=1e-4)
    assert page["watermark"] >= last["sequence"]


def test_a_standing_is_explained_by_records(shared, judge, domain):
    made = [judge("accept"), judge("reject", by=BOB)]
    own = judge("accept", by=WORKER)
    answer = standing(shared, domain)
    assert (answer["standing"]["successes"], answer["standing"]["total"]) == (1, 2)
    assert {who: one["total"] for who, one in answer["by_judge"].items()} == {ANN: 1, BOB: 1}
    evidence = {one["id"]: one for one in answer["evidence"]}
    assert list(evidence) == [made[0]["id"], made[1]["id"], own["id"]]
    assert [one["counted"] for one in evidence.values()] == [True, True, False]
    assert "one identity" in evidence[own["id"]]["reason"]
    weights = sum(one["weight"] for one in evidence.values())
    assert weights == pytest.approx(answer["standing"]["decayed_total"])


def test_a_verdict_on_oneself_gives_no_standing(shared, judge, domain):
    judge("accept", by=WORKER)
    assert shared.http.get("/v1/trust", params={"domain": domain}).json()["data"] == []
    assert standing(shared, domain)["standing"]["effective_trust"] == 0


def test_nobody_has_a_standing_where_nothing_was_judged(shared, domain):
    answer = standing(shared, domain, actor="did:sync:agent:nobody")
    assert (answer["standing"]["total"], answer["evidence"], answer["by_judge"]) == (0, [], {})


def test_as_of_an_earlier_time_later_verdicts_are_not_there(shared, judge, domain):
    first = judge("accept")["recorded_at"]
    while judge("reject")["recorded_at"] == first:
        pass
    as_of = standing(shared, domain, as_of=first)
    assert (as_of["standing"]["successes"], as_of["standing"]["as_of"]) == (1, first)
    assert as_of["standing"]["total"] < standing(shared, domain)["standing"]["total"]
    before = shared.http.get("/v1/trust", params={"domain": domain, "as_of": first - 1}).json()
    assert before["data"] == []
    later = standing(shared, domain, as_of=first + 90 * 24 * 3600 * 1000)["standing"]
    assert later["decayed_total"] == pytest.approx(later["total"] / 2, rel=1e-4)


@pytest.mark.parametrize("as_of", [0, -1, -(2**63), 2**63 - 1, 10**30, "9" * 400, "x", ""])
def test_any_time_is_answered_or_refused(shared, judge, domain, as_of):
    judge("accept")
    for path in ("/v1/trust", f"/v1/governance/trust/{WORKER}/{domain}"):
        answer = shared.http.get(path, params={"as_of": as_of})
        assert answer.status_code in {200, 400}, answer.text


def test_pages_hold_each_standing_once(shared, judge, domain):
    actors = sorted(f"did:sync:agent:w{n}" for n in range(5))
    for actor in actors:
        judge(subject=actor)
    found, cursor = [], None
    while True:
        parameters = {"domain": domain, "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = shared.http.get("/v1/trust", params=parameters).json()
        assert 0 < len(page["data"]) <= 2
        found += [one["actor"] for one in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == actors
    one = shared.http.get("/v1/trust", params={"actor": actors[1], "domain": domain}).json()
    assert [found["actor"] for found in one["data"]] == [actors[1]]


@pytest.mark.parametrize(("limit", "status"), [(0, 422), (1001, 422), ("x", 400)])
def test_a_limit_that_makes_no_sense_is_refused(shared, limit, status):
    assert shared.http.get("/v1/trust", params={"limit": limit}).status_code == status
