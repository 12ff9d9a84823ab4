"""Grants: which records count, and what issuing, rotating and revoking write."""

import sqlite3
import threading

import msgspec
import pytest

from threadbook.errors import ConfigError, PreconditionFailed, ServiceError
from threadbook.log import open_log
from threadbook.log.verify import verify
from threadbook.records.bodies import TokenGrant, TokenRevoke
from threadbook.records.identity import Identity
from threadbook.records.record import Draft
from threadbook.service.grants import TOKEN_THREAD, Grants
from threadbook.service.issuer import Issuer, unix_ms
from threadbook.service.tokens import mint

DAY = 86_400_000


@pytest.fixture
def grants(log, operator):
    return Grants(log, operator)


def status(grants, issued, at=None):
    grants.refresh()
    grant = grants.find(issued.token.id)
    return grant and grant.status(unix_ms() if at is None else at)


def test_a_grant_says_what_was_asked_for_and_nothing_secret(log, issuer, operator, tmp_path):
    ends = unix_ms() + DAY
    issued = issuer.create(
        "ci",
        scopes=["records:write", "records:read"],
        actors=["did:sync:agent:*"],
        expires_at=ends,
        note="the build",
        by="somebody",
    )
    (stored,) = log.read()
    assert (stored.thread, stored.actor, stored.kind) == (
        TOKEN_THREAD,
        operator.actor_did,
        "threadbook.token.grant",
    )
    assert stored.body == {
        "kind": "threadbook.token.grant",
        "_v": 1,
        "token": issued.token.id,
        "account": "ci",
        "scopes": ["records:read", "records:write"],
        "note": "the build",
        "actors": ["did:sync:agent:*"],
        "expires_at": ends,
        "issued_by": "somebody",
    }
    assert issued.token.secret[:8] not in repr(issued)
    log.close()
    for file in tmp_path.iterdir():
        assert issued.token.secret[:16].encode() not in file.read_bytes(), file


@pytest.mark.parametrize(
    "options",
    [
        {"scopes": []},
        {"scopes": ["root"]},
        {"actors": ["did:sync:agent*"]},
        {"expires_at": 1},
        {"expires_at": 10**18},
        {"note": "x" * 1001},
        {"account": "No"},
    ],
    ids=str,
)
def test_what_cannot_be_granted_writes_nothing(log, issuer, options):
    with pytest.raises(ConfigError):
        issuer.create(**{"account": "ci", "scopes": ["records:read"], **options})
    assert log.size == 0


def test_a_token_ends_exactly_at_its_time(issuer, grants):
    ends = unix_ms() + DAY
    issued = issuer.create("ci", scopes=["records:read"], expires_at=ends)
    assert [status(grants, issued, at=ends + shift) for shift in (-1, 0, 1)] == [
        "live",
        "expired",
        "expired",
    ]


def test_a_revocation_is_for_ever_and_written_once(log, issuer, grants):
    issued = issuer.create("ci", scopes=["records:read"])
    assert status(grants, issued) == "live"
    revoked = issuer.revoke(issued.token.id, reason="lost")
    assert revoked.status(unix_ms()) == status(grants, issued) == "revoked"
    assert issuer.revoke(issued.token.id) == revoked
    assert log.size == 2


def test_a_revocation_counts_at_once_on_a_host_whose_clock_is_behind(issuer, grants):
    issued = issuer.create("ci", scopes=["records:read"])
    issuer.rotate(issued.token.id, grace_ms=DAY)
    issuer.revoke(issued.token.id)
    assert status(grants, issued, at=unix_ms() - DAY) == "revoked"


def test_a_revocation_that_comes_before_its_grant_counts(log, operator, grants):
    token = mint("ci")
    revoke = TokenRevoke(token=token.id)
    grant = TokenGrant(token=token.id, account="ci", scopes=["admin"])
    log.append(revoke.draft(thread=TOKEN_THREAD), by=operator)
    log.append(grant.draft(thread=TOKEN_THREAD), by=operator)
    grants.refresh()
    assert grants.find(token.id).status(unix_ms()) == "revoked"


def test_a_later_grant_of_the_same_token_changes_nothing(log, operator, grants, issuer):
    issued = issuer.create("ci", scopes=["records:read"])
    again = TokenGrant(token=issued.token.id, account="ci", scopes=["admin"])
    log.append(again.draft(thread=TOKEN_THREAD), by=operator)
    grants.refresh()
    assert grants.find(issued.token.id).scopes == {"records:read"}


@pytest.mark.parametrize("kind", ["key", "static"])
def test_what_others_write_into_the_thread_counts_for_nothing(tmp_path, log, operator, kind):
    if kind == "static":
        operator = Identity.static("did:sync:user:operator")
    issued = Issuer(log, operator).create("ci", scopes=["records:read"])
    forged = TokenGrant(token=mint("evil").id, account="evil", scopes=["admin"])
    others = [
        *(Identity.key(tmp_path / "other.pem"), Identity.static("did:sync:user:mallory")),
        Identity.static(operator.actor_did.upper()),
        Identity.static("did:sync:user:operator "),
    ]
    for other in others:
        log.append(forged.draft(thread=TOKEN_THREAD), by=other)
        log.append(TokenRevoke(token=issued.token.id).draft(thread=TOKEN_THREAD), by=other)
    log.append(forged.draft(thread="th_elsewhere"), by=operator)  # nor what stands elsewhere
    grants = Grants(log, operator)
    assert status(grants, issued) == "live"
    assert [grant.account for grant in grants] == ["ci"]


@pytest.mark.parametrize("body", [{"token": 1}, {"scopes": "admin"}, {}], ids=str)
def test_a_malformed_grant_counts_for_nothing(log, operator, grants, body):
    full = {"kind": TokenGrant.KIND, "account": "x", "token": "0" * 64, **body}
    log.append(Draft(act="PUT", body=full, thread=TOKEN_THREAD), by=operator)
    grants.refresh()
    assert len(grants) == 0


def tamper(log_url, sql):
    with sqlite3.connect(log_url.removeprefix("sqlite:///")) as connection:
        connection.execute(sql)
    connection.close()


def test_a_grant_that_was_changed_in_the_store_counts_for_nothing(log, log_url, issuer, operator):
    issued = issuer.create("ci", scopes=["records:read"])
    tamper(
        log_url,
        "UPDATE record SET canonical = CAST(replace(CAST(canonical AS TEXT),"
        " '[\"records:read\"]', '[\"admin\"]') AS BLOB)",
    )
    assert not verify(log).is_clean
    assert status(Grants(log, operator), issued) is None


def test_a_grant_without_the_operators_signature_counts_for_nothing(log, log_url, issuer, operator):
    issued = issuer.create("ci", scopes=["records:read"])
    tamper(log_url, "UPDATE record SET sig = NULL")
    assert status(Grants(log, operator), issued) is None


def test_a_revocation_that_was_erased_ends_all_that_was_granted_before(
    log, log_url, issuer, operator
):
    first, second = (issuer.create(name, scopes=["admin"]) for name in ("a", "b"))
    issuer.revoke(first.token.id)
    third = issuer.create("c", scopes=["admin"])
    tamper(log_url, "UPDATE record SET canonical = x'7b7d' WHERE seq = 3")
    grants = Grants(log, operator)
    assert [status(grants, each) for each in (first, second, third)] == [
        "revoked",
        "revoked",
        "live",
    ]


def test_a_rotated_token_counts_until_its_grace_is_over(issuer, grants):
    ends = unix_ms() + DAY
    old = issuer.create("ci", scopes=["admin"], actors=["did:a:*"], expires_at=ends, note="n")
    new = issuer.rotate(old.token.id, grace_ms=DAY // 2)
    assert new.token.id != old.token.id
    assert new.grant == msgspec.structs.replace(
        old.grant,
        token=new.token.id,
        replaces=old.token.id,
        granted_at=new.grant.granted_at,
        seq=new.grant.seq,
    )
    over = issuer.find(old.token.id).revoked_at
    assert [status(grants, old, at=over + shift) for shift in (-1, 0)] == ["live", "revoked"]
    assert status(grants, new, at=over) == "live"
    assert grants.successor(old.token.id) == new.grant


def test_what_came_of_a_token_is_known(issuer):
    first = issuer.create("boss", scopes=["admin"])
    second = issuer.rotate(first.token.id)
    third = issuer.create("ci", scopes=["admin"], by=second.token.id)
    other = issuer.create("other", scopes=["admin"], by="elsewhere")
    grants = issuer.grants()
    assert grants.heirs(first.token.id) == [second.grant, third.grant]
    assert grants.heirs(second.token.id) == [third.grant]
    assert grants.heirs(other.token.id) == []


def test_a_rotation_without_grace_ends_the_old_one_in_the_same_commit(log, issuer, grants):
    old = issuer.create("ci", scopes=["admin"])
    new = issuer.rotate(old.token.id, grace_ms=0)
    assert (status(grants, old), status(grants, new)) == ("revoked", "live")
    assert [stored.kind.rpartition(".")[2] for stored in log.read()] == ["grant", "grant", "revoke"]


def test_a_revocation_cuts_the_grace_of_a_rotation_short(issuer, grants):
    old = issuer.create("ci", scopes=["admin"])
    issuer.rotate(old.token.id, grace_ms=DAY)
    assert status(grants, old) == "live"
    issuer.revoke(old.token.id)
    assert status(grants, old) == "revoked"


def test_what_does_not_count_any_more_or_was_rotated_is_not_rotated(log, issuer):
    old, gone = (issuer.create("ci", scopes=["admin"]) for _ in range(2))
    issuer.rotate(old.token.id, grace_ms=DAY)
    issuer.revoke(gone.token.id)
    size = log.size
    for issued in (old, gone):
        with pytest.raises(PreconditionFailed):
            issuer.rotate(issued.token.id)
    assert log.size == size


@pytest.mark.parametrize("grace", [-1, 10**18])
def test_a_grace_that_cannot_be_is_refused(log, issuer, grace):
    old = issuer.create("ci", scopes=["admin"])
    with pytest.raises(ConfigError, match="grace"):
        issuer.rotate(old.token.id, grace_ms=grace)
    assert log.size == 1


def test_a_token_is_found_by_a_beginning_that_only_it_has(issuer):
    issued = issuer.create("ci", scopes=["admin"])
    assert issuer.find(issued.token.id[:6]) == issued.grant
    for text in ("", issued.token.id[:5], "zzzzzz", issued.token.id + "0", "%"):
        with pytest.raises(ServiceError) as refused:
            issuer.find(text)
        assert (refused.value.status, refused.value.code) == (404, "TOKEN_NOT_FOUND")


def together(number, work):
    """Run `work` in so many threads at once; return what each returned or raised."""
    barrier, results = threading.Barrier(number), [None] * number

    def run(place):
        barrier.wait()
        try:
            results[place] = work(place)
        except Exception as error:  # noqa: BLE001  judged by the caller
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("shared", [True, False], ids=["one log", "a log each"])
def test_of_sixteen_first_tokens_at_once_one_is_issued(log, log_url, operator, shared):
    logs = [log if shared else open_log(log_url) for _ in range(16)]
    results = together(16, lambda place: Issuer(logs[place], operator).bootstrap())
    won = [result for result in results if not isinstance(result, Exception)]
    lost = [result for result in results if isinstance(result, Exception)]
    assert {(error.status, error.code) for error in lost} == {(409, "BOOTSTRAP_CLOSED")}
    assert [grant.token for grant in Issuer(log, operator).grants()] == [won[0].token.id]
    assert (len(won), len(lost), log.size) == (1, 15, 1)
    for other in set(logs) - {log}:
        other.close()


def test_of_eight_rotations_at_once_one_succeeds(log, operator, issuer):
    old = issuer.create("ci", scopes=["admin"])
    results = together(8, lambda _: Issuer(log, operator).rotate(old.token.id))
    assert sum(isinstance(result, PreconditionFailed) for result in results) == 7
    assert log.size == 3


def test_a_first_token_is_no_longer_issued_when_all_have_ended(issuer):
    issuer.revoke(issuer.bootstrap().token.id)
    with pytest.raises(ServiceError, match="before"):
        issuer.bootstrap()


def test_the_fold_reads_only_what_is_new(log, operator, issuer, grants, monkeypatch):
    for _ in range(3):
        issuer.create("ci", scopes=["records:read"])
    grants.refresh()
    reads = []
    rows = log.store.rows
    monkeypatch.setattr(
        log.store,
        "rows",
        lambda *words, **more: reads.append(more["after"]) or rows(*words, **more),
    )
    for _ in range(100):
        grants.refresh()
    assert reads == []
    issuer.create("ci", scopes=["records:read"])
    reads.clear()
    grants.refresh()
    assert reads == [3, 4]
    assert len(grants) == 4


def test_grants_of_another_process_are_seen(log_url, issuer, operator):
    with open_log(log_url) as other:
        grants = Grants(other, operator)
        issued = issuer.create("ci", scopes=["admin"])
        assert status(grants, issued) == "live"
        issuer.revoke(issued.token.id)
        assert status(grants, issued) == "revoked"
