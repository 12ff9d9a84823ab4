"""Authentication through a real server: headers, ends of tokens, refusals, and what is kept."""

import asyncio
import json
import logging
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from threadbook.errors import ConfigError, Forbidden, ThreadbookError, Unauthorized
from threadbook.records.identity import Identity
from threadbook.service.app import OPEN_PATHS
from threadbook.service.auth import Authenticator, AuthMiddleware, credential
from threadbook.service.grants import AUDIT_THREAD
from threadbook.service.issuer import Issuer, unix_ms
from threadbook.service.principal import NOBODY
from threadbook.service.problems import answer, problem_of
from threadbook.service.refusals import BURST, Attempt
from threadbook.service.tokens import mint

HOUR = 3_600_000
SECRET = "a-secret_of_the_environment"

REVOKE = """
import sys
from threadbook.log import open_log
from threadbook.records.identity import Identity
from threadbook.service.issuer import Issuer

with open_log(sys.argv[1]) as log:
    Issuer(log, Identity.key(sys.argv[2])).revoke(sys.argv[3])
"""


async def who(request):
    return JSONResponse({"account": request.state.principal.name, "live": request.state.is_live()})


async def write(request):
    request.state.principal.require("records:write")
    return JSONResponse({})


async def chunks(request):
    gate = request.app.state.gate

    async def stream():
        yield b"first\n"
        await gate.wait()
        yield b"second\n"

    return StreamingResponse(stream(), media_type="text/event-stream")


async def let_go(request):
    request.app.state.gate.set()
    return JSONResponse({})


async def problem(request, error):
    found = problem_of(error)
    request.state.denied = found.code
    return answer(found)


def application(authenticator):
    routes = [
        Route("/health", lambda request: JSONResponse({"who": request.state.principal.name})),
        Route("/metrics", who),
        Route("/v1/who", who),
        Route("/v1/things/{id:path}", who, methods=["GET"]),
        Route("/v1/things/{id:path}", write, methods=["POST"]),
        Route("/v1/chunks", chunks),
        Route("/v1/let-go", let_go),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(AuthMiddleware, authenticator=authenticator, exempt=OPEN_PATHS)],
        exception_handlers={ThreadbookError: problem},
    )


class Clock:
    """A clock that a test moves."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock(unix_ms())


@pytest.fixture
def monotonic():
    return Clock(1000.0)


@pytest.fixture
def authenticator(log, operator, clock, monotonic):
    return Authenticator(log, operator, bootstrap=SECRET, clock=clock, monotonic=monotonic)


@pytest.fixture
def url(authenticator, serve):
    with serve(application(authenticator)) as url:
        yield url


@pytest.fixture
def http(url):
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        yield client


def bearer(token):
    return {"Authorization": f"Bearer {token if isinstance(token, str) else token.reveal()}"}


def recorded(log):
    return [stored.body for stored in log.read_all(thread=AUDIT_THREAD)]


def test_both_headers_of_published_clients_are_taken(http, issuer):
    token = issuer.create("ci", scopes=["records:read"]).token
    for headers in (
        bearer(token),
        {"x-api-key": token.reveal()},
        {"AUTHORIZATION": f"bEaReR    {token.reveal()}"},
        {**bearer(token), "x-api-key": token.reveal()},
        {"Authorization": "Basic dXNlcjpwYXNz", "x-api-key": token.reveal()},
        {**bearer(token), "x-api-key": ""},
        bearer(f"spl_prod_sa-ci_{token.secret}"),
        bearer(f"spl_dev_ci_{token.secret}"),
    ):
        got = http.get("/v1/who", headers=headers)
        assert (got.status_code, got.json()) == (200, {"account": "ci", "live": True}), headers


def test_without_a_token_only_health_answers(http):
    assert http.get("/health").json() == {"who": "nobody"}
    assert http.get("/health/").status_code != 401
    for path in ("/v1/who", "/metrics", "/nothing", "/v1/health", "/health/x", "//health", "/"):
        got = http.get(path)
        assert (got.status_code, got.json()["code"]) == (401, "AUTH_REQUIRED"), path
        assert got.headers["WWW-Authenticate"] == 'Bearer realm="threadbook"'
        assert got.headers["Cache-Control"] == "no-store"


def refused_headers(token):
    text, other = token.reveal(), f"spl_prod_ci_{'x' * 64}"
    return {
        "none": ([], "AUTH_REQUIRED"),
        "an empty key": ([("x-api-key", " ")], "AUTH_REQUIRED"),
        "an empty bearer": ([("authorization", "Bearer ")], "AUTH_REQUIRED"),
        "another scheme": ([("authorization", f"Token {text}")], "AUTH_REQUIRED"),
        "no scheme": ([("authorization", text)], "AUTH_REQUIRED"),
        "a tab": ([("authorization", f"Bearer\t{text}")], "AUTH_REQUIRED"),
        "twice": ([("authorization", f"Bearer {text}")] * 2, "TOKEN_INVALID"),
        "two keys": ([("x-api-key", text)] * 2, "TOKEN_INVALID"),
        "two that differ": (
            [("authorization", f"Bearer {text}"), ("x-api-key", other)],
            "TOKEN_INVALID",
        ),
        "with a comma": ([("authorization", f"Bearer {text}, Bearer {text}")], "TOKEN_INVALID"),
        "two words": ([("authorization", f"Bearer {text} x")], "TOKEN_INVALID"),
        "in capitals": ([("x-api-key", text.upper())], "TOKEN_INVALID"),
        "only the secret": ([("x-api-key", token.secret)], "TOKEN_INVALID"),
        "only the id": ([("x-api-key", token.id)], "TOKEN_INVALID"),
        "the id as secret": ([("x-api-key", f"spl_prod_ci_{token.id}")], "TOKEN_INVALID"),
        "another account": ([("x-api-key", f"spl_prod_root_{token.secret}")], "TOKEN_INVALID"),
        "cut off": ([("x-api-key", text[:-1])], "TOKEN_INVALID"),
        "unknown": ([("x-api-key", other)], "TOKEN_INVALID"),
        "huge": ([("x-api-key", "tb_prod_ci_" + "a" * 20_000)], "TOKEN_INVALID"),
        "not ASCII": ([("x-api-key", "tb_prod_ci_\xfc" + "a" * 60)], "TOKEN_INVALID"),
        "a NUL": ([("x-api-key", text + "\0")], "TOKEN_INVALID"),
    }


@pytest.mark.parametrize("name", refused_headers(mint("ci")))
def test_tricks_with_headers_get_nowhere(authenticator, issuer, name):
    token = issuer.create("ci", scopes=["records:read"]).token
    headers, code = refused_headers(token)[name]
    raw = [(key.encode(), value.encode("latin-1")) for key, value in headers]
    with pytest.raises(Unauthorized) as refused:
        authenticator.authenticate(raw)
    assert (refused.value.status, refused.value.code) == (401, code)
    assert token.secret[:8] not in repr(refused.value) + str(refused.value)


@pytest.mark.parametrize("name", ["twice", "two keys", "two that differ", "not ASCII", "huge"])
def test_tricks_get_nowhere_through_a_server_either(http, issuer, name):
    token = issuer.create("ci", scopes=["records:read"]).token
    headers, code = refused_headers(token)[name]
    raw = [(key.encode(), value.encode("latin-1")) for key, value in headers]
    got = http.get("/v1/who", headers=raw)
    assert (got.status_code, got.json()["code"]) == (401, code)
    assert token.secret not in got.text


def test_space_around_a_token_and_the_case_of_names_do_not_matter(authenticator, issuer):
    token = issuer.create("ci", scopes=["records:read"]).token.reveal().encode()
    for name, value in (
        (b"X-Api-Key", b"  %b\t"),
        (b"x-api-key", b"%b"),
        (b"Authorization", b" BEARER  %b "),
    ):
        assert authenticator.authenticate([(name, value % token)]).account == "ci"


@given(st.lists(st.tuples(st.sampled_from([b"authorization", b"x-api-key"]), st.binary())))
def test_whatever_is_sent_is_a_token_or_unauthorized(headers):
    try:
        text = credential(headers)
    except Unauthorized:
        return
    assert text.isascii()
    assert text == text.strip(" \t")
    assert 0 < len(text) <= 512


def test_a_token_ends_at_its_time_on_the_next_request(http, issuer, clock):
    ends = unix_ms() + HOUR
    token = issuer.create("ci", scopes=["records:read"], expires_at=ends).token
    clock.now = ends - 1
    assert http.get("/v1/who", headers=bearer(token)).status_code == 200
    clock.now = ends
    got = http.get("/v1/who", headers=bearer(token))
    assert (got.status_code, got.json()["code"]) == (401, "TOKEN_EXPIRED")


def test_a_token_that_another_process_revokes_ends_on_the_next_request(
    http, issuer, log_url, tmp_path
):
    token = issuer.create("ci", scopes=["records:read"]).token
    assert http.get("/v1/who", headers=bearer(token)).status_code == 200
    words = [sys.executable, "-c", REVOKE, log_url, str(tmp_path / "operator.pem"), token.id]
    subprocess.run(words, check=True)
    got = http.get("/v1/who", headers=bearer(token))
    assert (got.status_code, got.json()["code"]) == (401, "TOKEN_REVOKED")


def test_after_a_rotation_both_count_until_the_grace_is_over(http, issuer, clock):
    old = issuer.create("ci", scopes=["records:read"]).token
    new = issuer.rotate(old.id, grace_ms=HOUR).token
    statuses = [http.get("/v1/who", headers=bearer(each)).status_code for each in (old, new)]
    assert statuses == [200, 200]
    clock.now = issuer.find(old.id).revoked_at
    statuses = [http.get("/v1/who", headers=bearer(each)).status_code for each in (old, new)]
    assert statuses == [401, 200]


def test_a_grant_of_another_identity_is_no_token(http, log, tmp_path):
    other = Issuer(log, Identity.key(tmp_path / "other.pem"))
    token = other.create("root", scopes=["admin"], actors=["*"]).token
    got = http.get("/v1/who", headers=bearer(token))
    assert (got.status_code, got.json()["code"]) == (401, "TOKEN_INVALID")


def test_whether_a_principal_still_counts_can_be_polled(authenticator, issuer, clock):
    ends = unix_ms() + HOUR
    tokens = [issuer.create("ci", scopes=["admin"], expires_at=ends).token for _ in range(2)]
    first, second = (
        authenticator.authenticate([(b"x-api-key", token.reveal().encode())]) for token in tokens
    )
    assert authenticator.is_live(first)
    issuer.revoke(tokens[0].id)
    assert (authenticator.is_live(first), authenticator.is_live(second)) == (False, True)
    clock.now = ends
    assert not authenticator.is_live(second)
    assert not authenticator.is_live(NOBODY)


@pytest.mark.parametrize("form", ["tb_prod_bootstrap-env_{}", "spl_prod_sa-bootstrap-env_{}"])
def test_the_token_of_the_environment_may_do_everything(http, log, form):
    got = http.post("/v1/things/x", headers=bearer(form.format(SECRET)))
    assert got.status_code == 200
    assert http.get("/v1/who", headers=bearer(form.format(SECRET))).json() == {
        "account": "bootstrap-env",
        "live": True,
    }
    assert log.size == 0
    got = http.get("/v1/who", headers=bearer(form.format(SECRET + "x")))
    assert (got.status_code, got.json()["code"]) == (401, "TOKEN_INVALID")


def test_without_one_in_the_environment_its_name_opens_nothing(log, operator, issuer):
    authenticator = Authenticator(log, operator)
    secret = issuer.create("ci", scopes=["admin"]).token.secret
    for text in (SECRET, secret, ""):
        with pytest.raises(Unauthorized):
            authenticator.authenticate([(b"x-api-key", f"tb_prod_bootstrap-env_{text}".encode())])


def test_a_bad_secret_in_the_environment_is_refused_at_once(log, operator):
    with pytest.raises(ConfigError, match="16 to 256"):
        Authenticator(log, operator, bootstrap="short")


def test_the_secret_of_the_environment_cannot_be_guessed_fast(http, monotonic):
    right = bearer(f"tb_prod_bootstrap-env_{SECRET}")
    for n in range(BURST):
        wrong = bearer(f"tb_prod_bootstrap-env_{SECRET}{n}")
        assert http.get("/v1/who", headers=wrong).status_code == 401
    assert http.get("/v1/who", headers=right).status_code == 429
    monotonic.now += 60
    assert http.get("/v1/who", headers=right).status_code == 200


def test_who_fails_too_often_waits_but_a_good_token_never_does(http, issuer, monotonic):
    token = issuer.create("ci", scopes=["records:read"]).token
    answers = [http.get("/v1/who") for _ in range(BURST + 5)]
    assert [got.status_code for got in answers] == [401] * BURST + [429] * 5
    assert (answers[-1].json()["code"], answers[-1].headers["Retry-After"]) == (
        "RATE_LIMITED",
        "6",
    )
    for _ in range(50):
        assert http.get("/v1/who", headers=bearer(token)).status_code == 200
    monotonic.now += 6
    assert [http.get("/v1/who").status_code for _ in range(2)] == [401, 429]


def test_refusals_are_on_record_without_what_was_sent(http, log, issuer):
    token = issuer.create("ci", scopes=["records:read"]).token
    http.get("/v1/things/my-secret-path?q=my-secret-query", headers=bearer("tb_my_secret"))
    http.get("/nothing")
    http.post("/v1/things/x", headers=bearer(token))
    issuer.revoke(token.id)
    http.get("/v1/who", headers=bearer(token))
    common = {"kind": "threadbook.auth.denied", "_v": 1, "address": "127.0.0.1"}
    known = {"account": "ci", "token": token.id}
    things = "/v1/things/{id:path}"
    assert recorded(log) == [
        {**common, "reason": "TOKEN_INVALID", "method": "GET", "route": things},
        {**common, "reason": "AUTH_REQUIRED", "method": "GET", "route": "(none)"},
        {**common, "reason": "SCOPE_FORBIDDEN", "method": "POST", "route": things, **known},
        {**common, "reason": "TOKEN_REVOKED", "method": "GET", "route": "/v1/who", **known},
    ]


def test_what_was_not_recorded_yet_is_when_the_service_goes_down(log, authenticator, serve):
    with serve(application(authenticator)) as url, httpx.Client(trust_env=False) as http:
        for _ in range(BURST + 7):
            http.get(f"{url}/v1/who")
        assert len(recorded(log)) == BURST
    assert recorded(log)[-1]["count"] == 7


def test_a_stream_passes_through_as_it_comes(issuer, authenticator, serve):
    token = issuer.create("ci", scopes=["records:read"]).token
    app = application(authenticator)
    app.state.gate = asyncio.Event()
    with serve(app) as url, httpx.stream("GET", f"{url}/v1/chunks", headers=bearer(token)) as got:
        parts = got.iter_raw()
        assert next(parts) == b"first\n"  # the second is not made before this has arrived
        httpx.get(f"{url}/v1/let-go", headers=bearer(token))
        assert b"".join(parts) == b"second\n"


def test_many_at_once_are_each_told_apart(url, issuer):
    tokens = {name: issuer.create(name, scopes=["admin"]).token for name in ("a", "b", "c", "d")}
    wrong = []

    def ask(name):
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as http:
            for n in range(20):
                got = http.get("/v1/who", headers=bearer(tokens[name])).json()
                if got != {"account": name, "live": True}:
                    wrong.append((name, n, got))

    threads = [threading.Thread(target=ask, args=(name,)) for name in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_no_secret_is_left_anywhere(tmp_path, http, log, issuer, caplog):
    caplog.set_level(logging.DEBUG)
    token = issuer.create("ci", scopes=["records:read"]).token
    wrong = f"tb_prod_ci_{'wrongsecret' * 7}"
    http.get("/v1/who", headers=bearer(token))
    http.post("/v1/things/x", headers=bearer(token))
    answers = [http.get("/v1/who", headers=bearer(wrong)).text for _ in range(3)]
    http.get("/v1/who", headers=bearer(f"tb_prod_bootstrap-env_{SECRET}"))
    issuer.revoke(token.id)
    answers += [http.get("/v1/who", headers=bearer(token)).text]
    secrets = [token.secret, "wrongsecret", SECRET]
    for secret in secrets:
        assert secret not in caplog.text
        assert secret not in "".join(answers)
        assert secret not in json.dumps([stored.as_dict() for stored in log.read_all()])
        for file in tmp_path.iterdir():
            assert secret.encode() not in file.read_bytes(), file


def test_without_tokens_this_machine_may_do_everything(log, operator, serve):
    authenticator = Authenticator(log, operator, required=False)
    with serve(application(authenticator)) as url, httpx.Client(base_url=url) as http:
        assert http.get("/v1/who").json() == {"account": "localhost", "live": True}
        assert http.post("/v1/things/x", headers=bearer("whatever")).status_code == 200
        for headers in (
            {"Host": "evil.example"},
            {"Origin": "https://evil.example"},
            {"X-Forwarded-For": "10.0.0.1"},
        ):
            got = http.get("/v1/who", headers=headers)
            assert (got.status_code, got.json()["code"]) == (403, "NOT_LOCAL")
        assert http.get("/health", headers={"Host": "evil.example"}).status_code == 200
    assert {body["reason"] for body in recorded(log)} == {"NOT_LOCAL"}


def test_without_tokens_another_machine_may_do_nothing(log, operator):
    authenticator = Authenticator(log, operator, required=False)
    headers = [(b"host", b"localhost")]
    attempt = Attempt(method="GET", route="/v1/who", address="10.0.0.1")
    with pytest.raises(Forbidden):
        authenticator.admit(headers, address=attempt.address, describe=lambda: attempt)


def test_a_web_socket_without_a_token_is_refused(url):
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as peer:
        peer.sendall(
            b"GET /v1/who HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert peer.recv(100).split()[1] in (b"401", b"403")


def test_a_request_that_waits_for_the_store_keeps_no_other_waiting(log, http, issuer):
    token = issuer.create("ci", scopes=["records:read"]).token
    with log.store.write():
        began = time.monotonic()
        assert http.get("/health").status_code == 200
        assert time.monotonic() - began < 8
    assert http.get("/v1/who", headers=bearer(token)).status_code == 200
