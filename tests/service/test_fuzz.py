"""Whatever is sent: no failure, no traceback, no record that would not verify."""

import json

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi import checks as openapi_checks

from threadbook.log.verify import verify
from threadbook.records.record import Act
from threadbook.service.app import ENDPOINTS
from threadbook.service.openapi import document

NOT_HERE = ("/v1/drain/start", "/v1/threads/{id}/watch", "/v1/records/search")
"""What would end the service, or never end; and what answers 503 to all, as it is to."""
FEW = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
MANY = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


SCHEMA = schemathesis.openapi.from_dict(document(ENDPOINTS))
OPERATIONS = {
    found.ok().label: found.ok()
    for found in SCHEMA.get_all_operations()
    if found.ok().path not in NOT_HERE
}
CHECKS = [
    schemathesis.checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]


def test_the_description_is_the_one_that_is_served(shared):
    assert shared.http.get("/openapi.json").json() == json.loads(json.dumps(document(ENDPOINTS)))


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_endpoint_does_what_it_says(shared, name):
    @FEW
    @given(case=OPERATIONS[name].as_strategy())
    def check_case(case):
        answer = case.call(base_url=shared.url)
        assert "Traceback" not in answer.text
        case.validate_response(answer, checks=CHECKS)

    check_case()


TEXTS = st.text(max_size=20) | st.sampled_from(["a.b.c", "threadbook.cell.start", "th", "\0"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)
NAMES = [
    "kind", "goal", "fulfills", "cancels", "verdict", "judged_by", "judges", "subject", "domain",
    "awaits", "decision", "corrects", "erases", "subtasks", "join", "namespace", "sub_thread",
    "task", "topic", "expires_at", "options", "_refs", "path", "content",
]  # fmt: skip
"""What folds look for in bodies."""
BODIES = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, JSON))
RECORDS = st.fixed_dictionaries(
    {
        "act": st.sampled_from(list(Act)) | JSON,
        "actor": st.sampled_from(["did:sync:agent:a", "did:key:z6Mk", ""]) | JSON,
        "body": BODIES | JSON,
        "thread": st.sampled_from(["th", "th_fuzz"]) | TEXTS | JSON,
    },
    optional={
        "clock": st.integers(-1, 2**64) | JSON,
        "parents": st.lists(TEXTS, max_size=3) | JSON,
        "data_type": st.sampled_from(["SCALAR", "VOID"]) | JSON,
        "judged_by": JSON,
        "sig": st.text("0123456789abcdef", max_size=128) | JSON,
    },
)
PATHS = st.sampled_from(["act", "clock", "body.kind", "body.a.0.b", "sequence", "nowhere", "body."])
OPERATORS = st.sampled_from(
    ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$like", "$ilike", "$exists", "$x"]
)
FILTERS = st.recursive(
    st.dictionaries(PATHS, JSON | st.dictionaries(OPERATORS, JSON, max_size=2), max_size=3),
    lambda inner: st.dictionaries(
        st.sampled_from(["$and", "$or", "$not"]), inner | st.lists(inner, max_size=3), max_size=2
    ),
    max_leaves=8,
)


@MANY
@given(record=RECORDS)
def test_any_record_is_taken_or_refused(shared, record):
    answer = send(shared, "/v1/records", record)
    assert answer.status_code in {200, 400, 403, 413}
    if answer.status_code == 200:
        again = shared.http.get(f"/v1/records/{answer.json()['id']}")
        assert again.json() == answer.json()


@MANY
@given(
    query=st.fixed_dictionaries(
        {"filter": FILTERS | JSON},
        optional={
            "sort": st.dictionaries(PATHS, st.integers(-2, 2), max_size=2) | JSON,
            "limit": st.integers(-1, 2000) | JSON,
            "offset": st.integers(-1, 20_000) | JSON,
            "cursor": TEXTS | JSON,
            "thread": TEXTS | JSON,
        },
    )
)
def test_any_query_is_answered_or_refused(shared, query):
    answer = send(shared, "/v1/records/query", query)
    assert answer.status_code in {200, 400, 422}


@MANY
@given(content=st.binary(max_size=200), path=st.sampled_from(["/v1/records", "/v1/records/query"]))
def test_any_bytes_are_refused(shared, content, path):
    answer = shared.http.post(path, content=content)
    assert answer.status_code in {200, 400}
    check(answer)


def test_what_was_taken_verifies_and_every_fold_can_read_it(shared):
    shared.post(thread="th_fuzz")
    for path in ("/v1/threads", "/v1/trust", "/v1/decisions", "/v1/register", "/v1/data/usage"):
        answer = shared.http.get(path)
        assert answer.status_code == 200, answer.text
    for thread in ("th", "th_fuzz"):
        for part in ("state", "children", "parents", "checkpoints", "resume", "participants"):
            answer = shared.http.get(f"/v1/threads/{thread}/{part}")
            assert answer.status_code == 200, answer.text
    with shared.log() as log:
        report = verify(log)
    problems = [problem for problem in report.problems if "parent" not in str(problem).lower()]
    assert problems == []


def send(service, path, value):
    text = json.dumps(value, allow_nan=True)
    answer = service.http.post(path, content=text.encode("utf-8", "surrogatepass"))
    check(answer)
    return answer


def check(answer: httpx.Response):
    assert "Traceback" not in answer.text
    body = answer.json()
    if answer.status_code >= 400:
        assert (body["object"], body["code"]) == ("error", body["error"])
        assert answer.status_code < 500
