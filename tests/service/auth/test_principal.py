"""What each scope allows, and what it does not."""

import pytest

from threadbook.errors import Forbidden
from threadbook.service.grants import AUDIT_THREAD, TOKEN_THREAD
from threadbook.service.principal import ANY_SCOPE, EVERYBODY, NOBODY, Principal
from threadbook.service.scopes import PRESETS, SCOPES

REQUIRED = [scope for scope in SCOPES if scope != "admin"]
ACTIONS = {
    "read a": lambda who: who.may_read("th_a"),
    "read b": lambda who: who.may_read("th_b"),
    "read a in x": lambda who: who.may_read("th_a", "x"),
    "read b in y": lambda who: who.may_read("th_b", "y"),
    "write a": lambda who: who.may_write("th_a"),
    "write b": lambda who: who.may_write("th_b"),
    "write a in x": lambda who: who.may_write("th_a", "x"),
    "write b in x": lambda who: who.may_write("th_b", "x"),
    "write b in y": lambda who: who.may_write("th_b", "y"),
    "read the grants": lambda who: who.may_read(TOKEN_THREAD),
    "read the refusals": lambda who: who.may_read(AUDIT_THREAD),
}
READS = {"read a", "read b", "read a in x", "read b in y"}
WRITES = {"write a", "write b", "write a in x", "write b in x", "write b in y"}

TABLE = {
    "records:read": READS,
    "records:write": WRITES,
    "threads:write": set(),
    "federation:manage": set(),
    "config:read": set(),
    "config:write": set(),
    "admin": {*READS, *WRITES, "read the grants", "read the refusals"},
    "thread:th_a:read": {"read a", "read a in x"},
    "thread:th_a:write": {"write a", "write a in x"},
    "namespace:x:read": {"read a in x"},
    "namespace:x:write": {"write a in x", "write b in x"},
    "thread:threadbook.auth:read": set(),
    "thread:threadbook.auth:write": set(),
}


def principal(*scopes, actors=(), expires_at=None):
    return Principal(
        account="ci", scopes=frozenset(scopes), actors=actors, expires_at=expires_at, token="0"
    )


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("scope", TABLE)
def test_what_each_scope_allows_with_records(scope, action):
    assert ACTIONS[action](principal(scope)) is (action in TABLE[scope])


@pytest.mark.parametrize("required", [*REQUIRED, "admin"])
@pytest.mark.parametrize("scope", TABLE)
def test_which_scope_satisfies_which(scope, required):
    if scope in (required, "admin"):
        principal(scope).require(required)
    else:
        with pytest.raises(Forbidden) as refused:
            principal(scope).require(required)
        assert (refused.value.status, refused.value.code) == (403, "SCOPE_FORBIDDEN")
        assert required in str(refused.value)


@pytest.mark.parametrize("scope", TABLE)
def test_grains_do_for_a_start_where_each_record_is_asked_for(scope):
    for required, verb in (("records:read", "read"), ("records:write", "write")):
        is_enough = scope in (required, "admin") or (
            scope.startswith(("thread:", "namespace:")) and scope.endswith(f":{verb}")
        )
        if is_enough:
            principal(scope).require(required, grains=True)
        else:
            with pytest.raises(Forbidden):
                principal(scope).require(required, grains=True)
    for required in ("threads:write", "config:write", "admin"):
        if scope not in (required, "admin"):
            with pytest.raises(Forbidden):
                principal(scope).require(required, grains=True)


def test_scopes_add_up():
    who = principal("thread:th_a:read", "thread:th_b:write")
    assert (who.may_read("th_a"), who.may_write("th_a")) == (True, False)
    assert (who.may_read("th_b"), who.may_write("th_b")) == (False, True)


@pytest.mark.parametrize("thread", ["th_a:read", "th_a:", "th", "*", "", "th_A", "th_a\n"])
def test_a_grain_is_for_exactly_its_thread(thread):
    assert not principal("thread:th_a:read").may_read(thread)


def test_nobody_writes_to_the_threads_that_say_who_may_do_what():
    for who in (EVERYBODY, principal(*PRESETS["admin"]), principal("namespace:x:write")):
        for thread in (TOKEN_THREAD, AUDIT_THREAD):
            assert not who.may_write(thread)
            assert not who.may_write(thread, "x")


def test_every_token_may_do_what_needs_any_scope_but_nobody_may_not():
    principal("config:read").require(ANY_SCOPE)
    principal("thread:th_a:read").require(ANY_SCOPE)
    for scope in (ANY_SCOPE, *SCOPES):
        with pytest.raises(Forbidden):
            NOBODY.require(scope)
        with pytest.raises(Forbidden):
            NOBODY.require(scope, grains=True)


@pytest.mark.parametrize("scope", SCOPES)
def test_no_scope_allows_to_speak_for_others(scope):
    who = principal(scope, actors=("did:sync:system:ci", "did:sync:agent:*"))
    assert who.may_speak_for("did:sync:system:ci")
    assert who.may_speak_for("did:sync:agent:a")
    assert not who.may_speak_for("did:sync:user:ann")
    assert not who.may_speak_for("did:key:z6Mk")
    assert who.may_speak_for("did:key:z6Mk", is_signed=True)


@pytest.mark.parametrize(
    ("scopes", "actors", "expires_at", "is_fine"),
    [
        (["records:read"], ["did:a:b"], 99, True),
        (["admin", "thread:t:write"], ["did:a:b:*"], 100, True),
        (["records:read"], [], None, False),
        (["records:read"], [], 101, False),
        (["records:read"], ["did:b"], 99, False),
        (["records:read"], ["*"], 99, False),
    ],
)
def test_a_token_hands_on_no_more_than_it_has(scopes, actors, expires_at, is_fine):
    who = principal("admin", actors=("did:a:*",), expires_at=100)
    if is_fine:
        who.check_grant(scopes, actors, expires_at)
    else:
        with pytest.raises(Forbidden) as refused:
            who.check_grant(scopes, actors, expires_at)
        assert (refused.value.status, refused.value.code) == (403, "GRANT_TOO_WIDE")


def test_without_admin_no_scope_is_handed_on_that_is_not_there():
    with pytest.raises(Forbidden, match="records:write"):
        principal("records:read").check_grant(["records:read", "records:write"], [], None)
