"""Tokens on every store: a fold over the log, and preconditions of its appends."""

import threading

import pytest

from threadbook.errors import PreconditionFailed, ServiceError, Unauthorized
from threadbook.log import open_log
from threadbook.service.auth import Authenticator
from threadbook.service.issuer import Issuer

LASTING = ["sqlite", "sqlite with blobs in files", "postgres", "redis"]


@pytest.fixture
def issuer(log, signer):
    return Issuer(log, signer)


def account(authenticator, token):
    """Return whose token this is, or why it does not count."""
    try:
        return authenticator.authenticate([(b"x-api-key", token.reveal().encode())]).account
    except Unauthorized as refused:
        return refused.code


def test_a_token_counts_from_its_grant_to_its_end(log, signer, issuer):
    authenticator = Authenticator(log, signer)
    assert not authenticator.has_tokens()
    first = issuer.bootstrap().token
    assert account(authenticator, first) == "admin"
    second = issuer.rotate(first.id, grace_ms=0).token
    assert account(authenticator, first) == "TOKEN_REVOKED"
    assert account(authenticator, second) == "admin"
    issuer.revoke(second.id)
    assert account(authenticator, second) == "TOKEN_REVOKED"
    with pytest.raises(PreconditionFailed):
        issuer.rotate(second.id)
    with pytest.raises(ServiceError, match="before"):
        issuer.bootstrap()
    assert log.size == 4


@pytest.mark.parametrize("new_log", LASTING, indirect=True)  # nobody else can open memory
def test_what_another_connection_ends_counts_no_more(log, signer, issuer):
    with open_log(log.url) as other:
        authenticator = Authenticator(other, signer)
        token = issuer.create("ci", scopes=["records:read"]).token
        assert account(authenticator, token) == "ci"
        issuer.revoke(token.id)
        assert account(authenticator, token) == "TOKEN_REVOKED"


def test_of_many_first_tokens_at_once_one_is_issued(log, signer):
    barrier, answers = threading.Barrier(8), []

    def ask():
        barrier.wait()
        try:
            answers.append(Issuer(log, signer).bootstrap().grant.account)
        except ServiceError as error:
            answers.append(error.code)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [*["BOOTSTRAP_CLOSED"] * 7, "admin"]
    assert log.size == 1
