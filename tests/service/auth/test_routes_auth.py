"""Tokens over HTTP: who may issue, list, replace and end which."""

import threading

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from threadbook.errors import ThreadbookError
from threadbook.service import routes_auth
from threadbook.service.app import OPEN_PATHS
from threadbook.service.auth import Authenticator, AuthMiddleware
from threadbook.service.endpoint import Endpoint
from threadbook.service.issuer import unix_ms
from threadbook.service.problems import answer, problem_of
from threadbook.service.scopes import PRESETS, SCOPES
from threadbook.service.service import Options, Service

BOOTSTRAP = "/v1/bootstrap/service-account"
HOUR = 3_600_000


async def problem(request, error):
    found = problem_of(error)
    request.state.denied = found.code
    return answer(found)


def application(log, operator, **options):
    endpoints = [item for item in vars(routes_auth).values() if isinstance(item, Endpoint)]
    authenticator = Authenticator(log, operator, **options)
    app = Starlette(
        routes=[endpoint.route() for endpoint in endpoints],
        middleware=[Middleware(AuthMiddleware, authenticator=authenticator, exempt=OPEN_PATHS)],
        exception_handlers={ThreadbookError: problem},
    )
    app.state.service = Service(log, operator, Options())
    return app


@pytest.fixture
def url(log, operator, serve):
    with serve(application(log, operator)) as url:
        yield url


@pytest.fixture
def call(url):
    """Return a function that sends a request, with the token that is given."""
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:

        def send(method, path, token=None, **options):
            text = token if token is None or isinstance(token, str) else token.reveal()
            headers = {} if text is None else {"x-api-key": text}
            return client.request(method, path, headers=headers, **options)

        yield send


@pytest.fixture
def admin(issuer):
    return issuer.bootstrap().token


def refused(got):
    return got.status_code, got.json()["code"]


def test_the_first_token_is_issued_once(call, log):
    got = call("POST", BOOTSTRAP)
    assert (got.status_code, got.headers["Cache-Control"]) == (201, "no-store")
    first = got.json()
    assert (first["account"], first["did"]) == ("admin", "did:sync:system:admin")
    assert (set(first["scopes"]), first["actors"]) == (set(SCOPES), ["*"])
    assert call("GET", "/v1/tokens", first["token"]).status_code == 200
    assert refused(call("POST", BOOTSTRAP)) == (409, "BOOTSTRAP_CLOSED")
    assert refused(call("POST", BOOTSTRAP, first["token"])) == (409, "BOOTSTRAP_CLOSED")
    assert log.size == 1


def test_of_sixteen_who_ask_for_the_first_token_at_once_one_gets_it(url, log):
    barrier, answers = threading.Barrier(16), []

    def ask():
        with httpx.Client(trust_env=False, timeout=60) as http:
            barrier.wait()
            answers.append(http.post(url + BOOTSTRAP).status_code)

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, *[409] * 15]
    assert log.size == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"X-Forwarded-For": "10.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_the_first_token_is_not_issued_to_others(url, log, headers):
    got = httpx.post(url + BOOTSTRAP, headers=headers, trust_env=False)
    assert refused(got) == (403, "NOT_LOCAL")
    assert [stored.kind for stored in log.read()] == ["threadbook.auth.denied"]


def test_no_first_token_is_issued_where_the_environment_has_one(log, operator, serve):
    with serve(application(log, operator, bootstrap="0123456789abcdef")) as url:
        got = httpx.post(url + BOOTSTRAP, trust_env=False)
        assert refused(got) == (409, "BOOTSTRAP_CLOSED")
        bearer = {"Authorization": "Bearer tb_prod_bootstrap-env_0123456789abcdef"}
        new = {"account": "ci", "preset": "admin", "actors": ["*"]}
        got = httpx.post(f"{url}/v1/tokens", headers=bearer, json=new, trust_env=False)
        assert (got.status_code, got.json()["issued_by"]) == (201, "bootstrap-env")


def test_a_token_is_issued_and_works(call, admin):
    new = {
        "account": "ci",
        "scopes": ["records:read", "thread:th_a:write"],
        "note": "the build",
        "actors": ["did:sync:agent:*"],
        "expires_in": 3600,
    }
    before = unix_ms()
    got = call("POST", "/v1/tokens", admin, json=new)
    token = got.json()
    assert got.status_code == 201
    assert before + HOUR <= token["expires_at"] <= unix_ms() + HOUR
    assert (token["scopes"], token["actors"], token["note"], token["issued_by"]) == (
        ["records:read", "thread:th_a:write"],
        ["did:sync:agent:*"],
        "the build",
        admin.id,
    )
    assert token["token"].startswith("tb_prod_ci_")
    assert refused(call("GET", "/v1/tokens", token["token"])) == (403, "SCOPE_FORBIDDEN")


def test_the_list_shows_all_and_no_secret(call, admin):
    issued = call("POST", "/v1/tokens", admin, json={"account": "ci", "preset": "reader"}).json()
    call("DELETE", f"/v1/tokens/{issued['id']}", admin)
    got = call("GET", "/v1/tokens", admin)
    assert [(each["account"], each["status"]) for each in got.json()["data"]] == [
        ("ci", "revoked"),
        ("admin", "live"),
    ]
    assert got.json()["object"] == "list"
    assert set(got.json()["data"][0]["scopes"]) == set(PRESETS["reader"])
    for secret in (issued["token"], admin.secret):
        assert secret not in got.text


@pytest.mark.parametrize(
    "new",
    [
        {},
        {"account": "ci"},
        {"account": "ci", "scopes": []},
        {"account": "ci", "scopes": ["root"]},
        {"account": "ci", "scopes": "admin"},
        {"account": "ci", "preset": "root"},
        {"account": "ci", "preset": "reader", "scopes": ["admin"]},
        {"account": "CI", "preset": "reader"},
        {"account": "bootstrap-env", "preset": "reader"},
        {"account": "ci", "preset": "reader", "actor": ["did:a"]},
        {"account": "ci", "preset": "reader", "actors": ["did:a*"]},
        {"account": "ci", "preset": "reader", "expires_in": 0},
        {"account": "ci", "preset": "reader", "expires_in": -(10**30)},
        {"account": "ci", "preset": "reader", "expires_in": 10**15},
        {"account": "ci", "preset": "reader", "note": "x" * 1001},
    ],
    ids=str,
)
def test_what_cannot_be_issued_is_refused(call, admin, log, new):
    got = call("POST", "/v1/tokens", admin, json=new)
    assert refused(got) == (400, "INVALID_REQUEST")
    assert log.size == 1


@pytest.mark.parametrize("scope", [*SCOPES, "thread:a:write", "namespace:x:write"])
def test_only_an_admin_issues_and_lists(call, issuer, admin, scope):
    token = issuer.create("ci", scopes=[scope]).token
    new = {"account": "more", "scopes": [scope]}
    statuses = [
        call("POST", "/v1/tokens", token, json=new).status_code,
        call("GET", "/v1/tokens", token).status_code,
        call("POST", f"/v1/tokens/{admin.id}/rotate", token).status_code,
    ]
    # An admin that may not write as anybody does not rotate one that may.
    assert statuses == ([201, 200, 403] if scope == "admin" else [403, 403, 403])


def test_an_admin_hands_on_no_more_than_it_has(call, issuer):
    ends = unix_ms() + HOUR
    token = issuer.create("boss", scopes=["admin"], actors=["did:a:*"], expires_at=ends).token
    new = {"account": "ci", "preset": "reader"}
    got = call("POST", "/v1/tokens", token, json={**new, "actors": ["did:a:b"]})
    assert (got.status_code, got.json()["expires_at"]) == (201, ends)
    for more in ({"actors": ["*"]}, {"actors": ["did:b:*"]}, {"expires_in": 7200}):
        got = call("POST", "/v1/tokens", token, json={**new, **more})
        assert refused(got) == (403, "GRANT_TOO_WIDE")


def test_a_token_replaces_itself_but_lives_no_longer(call, issuer):
    ends = unix_ms() + HOUR
    old = issuer.create("ci", scopes=["records:read"], actors=["did:a"], expires_at=ends).token
    path = f"/v1/tokens/{old.id}/rotate"
    assert refused(call("POST", f"{path}?expires_in=7200", old)) == (403, "GRANT_TOO_WIDE")
    got = call("POST", f"{path}?grace_seconds=0", old)
    new = got.json()
    assert (got.status_code, new["replaces"], new["expires_at"]) == (201, old.id, ends)
    assert (new["scopes"], new["actors"]) == (["records:read"], ["did:a"])
    assert refused(call("POST", path, old)) == (401, "TOKEN_REVOKED")
    assert call("POST", f"/v1/tokens/{new['id']}/rotate", new["token"]).status_code == 201
    again = call("POST", f"/v1/tokens/{new['id']}/rotate", new["token"])
    assert refused(again) == (409, "CONFLICT")


def test_a_token_neither_replaces_nor_ends_another(call, issuer, admin, log):
    token = issuer.create("ci", scopes=["records:read", "records:write", "config:write"]).token
    size = log.size
    for other in (admin.id, token.id[:12], "0" * 64):
        got = call("POST", f"/v1/tokens/{other}/rotate", token)
        assert refused(got) == (403, "ROTATE_NOT_SELF")
        assert refused(call("DELETE", f"/v1/tokens/{other}", token)) == (403, "SCOPE_FORBIDDEN")
    assert {stored.kind for stored in log.read(after=size)} == {"threadbook.auth.denied"}


def test_a_token_that_was_ended_counts_no_more(call, issuer, admin):
    own, other = (issuer.create("ci", scopes=["records:read"]).token for _ in range(2))
    for asking, ended in ((own, own), (admin, other)):
        got = call("DELETE", f"/v1/tokens/{ended.id}", asking)
        assert (got.status_code, got.json()["status"]) == (200, "revoked")
        assert refused(call("GET", "/v1/tokens", ended)) == (401, "TOKEN_REVOKED")
    assert call("DELETE", f"/v1/tokens/{own.id}", admin).status_code == 200


def test_an_unknown_token_is_not_found(call, admin):
    for method, path in (("DELETE", ""), ("POST", "/rotate")):
        got = call(method, f"/v1/tokens/{'0' * 64}{path}", admin)
        assert refused(got) == (404, "TOKEN_NOT_FOUND")


@pytest.mark.parametrize("query", ["grace_seconds=-1", "grace_seconds=9e9", "grace_seconds=1e30"])
def test_a_grace_that_cannot_be_is_refused(call, admin, log, query):
    got = call("POST", f"/v1/tokens/{admin.id}/rotate?{query}", admin)
    assert refused(got) == (400, "INVALID_REQUEST")
    assert log.size == 1
