"""threadbook token: issue, list, show, replace and end tokens beside the service."""

import json
import stat

import pytest

from threadbook.errors import Unauthorized
from threadbook.log.log import open_log
from threadbook.records.identity import Identity
from threadbook.service.auth import Authenticator
from threadbook.service.issuer import unix_ms
from threadbook.service.scopes import SCOPES


@pytest.fixture
def log(threadbook):
    with open_log(f"sqlite:///{threadbook.store}") as log:
        yield log


@pytest.fixture
def who(threadbook, log):
    """Return a function that asks the service's own code who a token belongs to."""
    identity = Identity.key(threadbook.folder / "identity.pem")
    authenticator = Authenticator(log, identity)
    return lambda text: authenticator.authenticate([(b"x-api-key", text.encode())])


def issue(call, *words):
    return json.loads(call("token", *words, "-o", "json").out)


def token_in(printed):
    return next(line.split()[-1] for line in printed.splitlines() if line.startswith("token"))


def test_the_first_token_is_issued_once_and_works(call, who):
    done = call("token", "bootstrap")
    assert "shown once" in done.err
    principal = who(token_in(done.out))
    assert (principal.account, principal.scopes) == ("admin", set(SCOPES))
    assert principal.may_speak_for("did:sync:user:anybody")
    again = call("token", "bootstrap", status=2)
    assert "there has been a token before" in again.err
    assert again.out == ""


def test_the_command_works_in_a_process_of_its_own(threadbook, who):
    done = threadbook("token", "bootstrap")
    assert who(token_in(done.stdout)).account == "admin"
    assert threadbook("token", "list").stdout.count("live") == 1


def test_a_token_has_what_was_asked_for(call, who):
    before = unix_ms()
    issued = issue(
        *(call, "create", "ci", "--scopes", "records:read, thread:th_a:write", "--scopes"),
        *("config:read", "--actors", "did:sync:agent:*,did:sync:user:ann", "--expires", "30d"),
        *("--note", "the build"),
    )
    principal = who(issued["token"])
    assert principal.scopes == {"records:read", "thread:th_a:write", "config:read"}
    assert principal.actors == ("did:sync:system:ci", "did:sync:agent:*", "did:sync:user:ann")
    assert abs(issued["expires_at"] - before - 30 * 86_400_000) < 60_000
    assert (issued["account"], issued["note"], issued["status"]) == ("ci", "the build", "live")


def test_a_preset_and_scopes_add_up(call, who):
    issued = issue(call, "create", "ci", "--preset", "reader", "--scopes", "thread:a:write")
    assert who(issued["token"]).scopes == {"records:read", "config:read", "thread:a:write"}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["ci"], "no scopes"),
        (["ci", "--scopes", "root"], "unknown scope"),
        (["ci", "--preset", "root"], "no preset"),
        (["No", "--preset", "reader"], "no name of an account"),
        (["bootstrap-env", "--preset", "reader"], "in the environment"),
        (["ci", "--preset", "reader", "--actors", "did:a*"], "no pattern"),
        (["ci", "--preset", "reader", "--expires", "soon"], "no span of time"),
        (["ci", "--preset", "reader", "--expires", "0s"], "in the past"),
        (["ci", "--preset", "reader", "--expires", "999999999d"], "no calendar"),
        (["ci", "--preset", "reader", "--expires=-1d"], "no span of time"),
        (["ci", "--preset", "reader", "--save", "no/such/folder/token"], "cannot write"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_issued_is_refused_in_one_line(call, log, words, reason):
    done = call("token", "create", *words, status=2)
    (line,) = done.err.splitlines()
    assert line.startswith("threadbook: ")
    assert reason in line
    assert (done.out, log.size) == ("", 0)


def test_a_token_can_be_saved_where_only_its_owner_reads_it(threadbook, call, who):
    file = threadbook.folder / "token"
    done = call("token", "create", "ci", "--preset", "reader", "--save", file)
    text = file.read_text().strip()
    assert who(text).account == "ci"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert text not in done.out + done.err
    assert str(file) in done.out
    issued = issue(call, "rotate", who(text).token, "--save", file, "--grace", "0s")
    assert "token" not in issued
    assert who(file.read_text().strip()).token == issued["id"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in threadbook.folder.iterdir() if "token" in path.name] == ["token"]


def test_a_file_that_others_could_read_is_replaced_not_written_to(threadbook, call, who):
    file = threadbook.folder / "token"
    file.write_text("old")
    file.chmod(0o644)
    call("token", "bootstrap", "--save", file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert who(file.read_text().strip()).account == "admin"


def test_a_token_that_was_not_issued_leaves_the_file_alone(threadbook, call):
    file = threadbook.folder / "token"
    call("token", "bootstrap", "--save", file)
    before = file.read_text()
    call("token", "bootstrap", "--save", file, status=2)
    assert file.read_text() == before
    assert [path.name for path in threadbook.folder.iterdir() if "token" in path.name] == ["token"]


def test_the_list_shows_those_that_count_and_no_secret(call):
    assert "no tokens" in call("token", "list").out
    tokens = [issue(call, "create", name, "--preset", "reader") for name in ("a", "b")]
    call("token", "revoke", tokens[0]["id"])
    listed = json.loads(call("token", "list", "-o", "json").out)
    assert [each["account"] for each in listed] == ["b"]
    everything = call("token", "list", "--all").out
    assert [line.split()[1] for line in everything.splitlines()[1:]] == ["b", "a"]
    for token in tokens:
        assert token["token"].rpartition("_")[2] not in everything + json.dumps(listed)


def test_show_tells_where_a_token_came_from(call):
    old = issue(call, "create", "ci", "--preset", "reader", "--note", "a\x1b[31mb")
    new = issue(call, "rotate", old["id"][:8])
    shown = call("token", "show", old["id"][:8]).out
    assert f"replaced_by {new['id']}" in shown
    assert "live until" in shown
    assert "\x1b" not in shown
    assert json.loads(call("token", "show", new["id"], "-o", "json").out)["replaces"] == old["id"]


def test_after_a_rotation_the_old_one_counts_until_its_grace_is_over(call, who):
    old = issue(call, "create", "ci", "--preset", "reader")
    new = issue(call, "rotate", old["id"], "--grace", "1h")
    assert who(old["token"]).account == who(new["token"]).account == "ci"
    last = issue(call, "rotate", new["id"], "--grace", "0s", "--expires", "1h")
    with pytest.raises(Unauthorized, match="revoked"):
        who(new["token"])
    assert who(last["token"]).expires_at is not None
    assert "rotated before" in call("token", "rotate", old["id"], status=2).err


def test_a_token_that_was_revoked_counts_no_more(call, who, log):
    issued = issue(call, "create", "ci", "--preset", "reader")
    who(issued["token"])
    done = call("token", "revoke", issued["id"][:10], "--reason", "lost")
    assert "revoked" in done.out
    with pytest.raises(Unauthorized, match="revoked"):
        who(issued["token"])
    assert log.latest()[0].body["reason"] == "lost"


def test_ending_a_token_names_what_came_of_it(call):
    old = issue(call, "create", "ci", "--preset", "reader")
    new = issue(call, "rotate", old["id"])
    other = issue(call, "create", "other", "--preset", "reader")
    printed = call("token", "revoke", old["id"]).out
    assert f"{new['id'][:12]} of ci, which came of it, still counts" in printed
    assert other["id"][:12] not in printed


def test_an_unknown_token_is_refused(call):
    for command in ("show", "rotate", "revoke"):
        assert "no one token" in call("token", command, "abcdef", status=2).err


def test_no_secret_is_in_the_store(threadbook, call):
    issued = issue(call, "create", "ci", "--preset", "admin")
    secret = issued["token"].rpartition("_")[2].encode()
    for file in threadbook.folder.iterdir():
        if file.is_file():
            assert secret not in file.read_bytes(), file
