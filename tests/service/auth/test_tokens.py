"""Tokens as text, and what scopes and patterns of actors mean."""

import hashlib
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from threadbook.errors import ConfigError
from threadbook.service.scopes import (
    PRESETS,
    SCOPES,
    check_actors,
    check_scopes,
    is_actor_of,
    is_within,
)
from threadbook.service.tokens import check_bootstrap_secret, mint, parse

ACCOUNTS = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True).filter(
    lambda account: account != "bootstrap-env"
)
DID_CHARACTERS = string.ascii_letters + string.digits + "._:-"


@given(ACCOUNTS)
def test_a_token_is_read_back_from_its_text(account):
    token = mint(account)
    text = token.reveal()
    assert text.startswith(f"tb_prod_{account}_")
    again = parse(text)
    assert (again, again.id) == (token, hashlib.sha256(token.secret.encode()).hexdigest())
    assert again.is_of(account)


def test_two_tokens_never_share_a_secret_of_256_bits():
    secrets = {mint("ci").secret for _ in range(100)}
    assert len(secrets) == 100
    assert {len(bytes.fromhex(secret[:64])) for secret in secrets} == {32}


def test_neither_text_nor_repr_of_a_token_shows_its_secret():
    token = mint("ci")
    for text in (str(token), repr(token), f"{token}", f"{[token]}", f"{token!r:>100}"):
        assert token.secret[:8] not in text


@given(st.data())
def test_any_one_character_that_is_mistyped_is_noticed(data):
    text = mint("ci-runner").reveal()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(string.ascii_lowercase + string.digits + "_-. "))
    mistyped = text[:place] + other + text[place + 1 :]
    assert (parse(mistyped) is None) == (mistyped != text)


@given(st.integers(1, 60))
def test_a_token_that_was_cut_off_is_noticed(missing):
    text = mint("ci").reveal()
    assert parse(text[:-missing]) is None
    assert parse(text[missing:]) is None


@given(st.text() | st.text(string.printable).map("tb_prod_a_{}".format))
@example("tb_prod_a_" + "0" * 10_000)
@example("spl_prod__" + "x" * 40)
@example("tb_prod_ci_" + "0" * 72 + "\n")
@example("tb_" * 100)
def test_nothing_else_is_a_token(text):
    assert parse(text) is None


@given(st.text(string.ascii_letters + string.digits + "!~_-", min_size=16, max_size=256))
def test_the_published_form_is_read_whatever_its_secret(secret):
    token = parse(f"spl_prod_sa-ci_{secret}")
    assert (token.account, token.secret) == ("sa-ci", secret)
    assert token.is_of("ci")
    assert token.is_of("sa-ci")
    assert not token.is_of("i")


@pytest.mark.parametrize("text", ["tb_prod_bootstrap-env_{}", "spl_prod_sa-bootstrap-env_{}"])
def test_the_token_of_the_environment_has_any_secret(text):
    secret = "pass_word_with_underscores!"
    token = parse(text.format(secret))
    assert token.is_bootstrap
    assert token.secret == secret


@pytest.mark.parametrize("account", ["", "-a", "A", "a_b", "a b", "ü", "a" * 64, "bootstrap-env"])
def test_what_cannot_be_an_account_is_refused(account):
    with pytest.raises(ConfigError, match="account"):
        mint(account)


@pytest.mark.parametrize("secret", ["x" * 15, "x" * 257, "x" * 15 + " ", "ü" * 16, "x" * 16 + "\n"])
def test_what_cannot_be_the_secret_of_the_environment_is_refused_unseen(secret):
    with pytest.raises(ConfigError) as refused:
        check_bootstrap_secret(secret)
    assert secret not in str(refused.value)


def test_the_closed_set_of_scopes():
    assert set(SCOPES) == {
        *("records:read", "records:write", "threads:write", "federation:manage"),
        *("config:read", "config:write", "admin"),
    }
    assert {name: set(scopes) - set(SCOPES) for name, scopes in PRESETS.items()} == {
        "reader": set(),
        "contributor": set(),
        "admin": set(),
    }


@pytest.mark.parametrize(
    "scope", ["thread:th_a:read", "thread:a:b c:write", "namespace:team.x:write", *SCOPES]
)
def test_a_scope_is_taken(scope):
    assert check_scopes([scope, scope]) == (scope,)


@pytest.mark.parametrize(
    "scope",
    [
        *("", "*", "Admin", "admin ", "records:*", "records", "records:read:write", "any"),
        *("thread::read", "thread:a:admin", "thread:a", "thread:\n:read", "threads:a:read"),
        *("namespace::write", f"thread:{'x' * 1025}:read", "thread:\x1b[31m:read"),
    ],
)
def test_what_is_no_scope_is_refused(scope):
    with pytest.raises(ConfigError):
        check_scopes(["records:read", scope])


def test_a_token_without_scopes_or_with_too_many_is_refused():
    with pytest.raises(ConfigError, match="no scopes"):
        check_scopes([])
    with pytest.raises(ConfigError, match="limit"):
        check_scopes([f"thread:{n}:read" for n in range(101)])


@pytest.mark.parametrize(
    "actor",
    [
        *("", "**", "a*", "did:sync:agent*", "did:*:x", "did:sync:*:*", "*:x", "did:sync:ag\n"),
        *("did:sync:agent/:*", "did:sync:agent#:*", "did:sync:ä:*", "did:sync:%g0:*"),
    ],
)
def test_what_is_no_pattern_of_actors_is_refused(actor):
    with pytest.raises(ConfigError):
        check_actors([actor])


MATCHES = {
    ("did:sync:agent:*", "did:sync:agent:a"): True,
    ("did:sync:agent:*", "did:sync:agent:team:a"): True,
    ("did:sync:agent:*", "did:sync:agent:%C3%BC"): True,
    ("did:sync:agent:*", "did:sync:agent:"): False,
    ("did:sync:agent:*", "did:sync:agent"): False,
    ("did:sync:agent:*", "did:sync:agentx"): False,
    ("did:sync:agent:*", "did:sync:agentx:a"): False,
    ("did:sync:agent:*", "did:sync:Agent:a"): False,
    ("did:sync:agent:*", "did:sync:agent:a#key"): False,
    ("did:sync:agent:*", "did:sync:agent:../user:ann"): False,
    ("did:sync:agent:*", "did:sync:agent:a\n"): False,
    ("did:sync:agent:*", "did:sync:agent:a\x00"): False,
    ("did:sync:agent:*", "did:sync:agent:*"): False,
    ("did:sync:agent:*", "did:sync:agent:\u0430"): False,  # a Cyrillic look-alike
    ("did:sync:agent:*", "did:sync:agent:a b"): False,
    ("did:sync:agent:*", "did:sync:agent:%zz"): False,
    ("did:sync:agent:*", " did:sync:agent:a"): False,
    ("did:sync:user:ann", "did:sync:user:ann"): True,
    ("did:sync:user:ann", "did:sync:user:anna"): False,
    ("did:sync:user:ann", "did:sync:user:ann\n"): False,
    ("did:sync:user:a.n", "did:sync:user:axn"): False,
    ("*", "anybody at all"): True,
}


@pytest.mark.parametrize(("pattern", "actor"), MATCHES)
def test_which_actors_a_pattern_matches(pattern, actor):
    assert check_actors([pattern]) == (pattern,)
    assert is_actor_of([pattern], actor) is MATCHES[pattern, actor]


@given(st.text(DID_CHARACTERS, min_size=1), st.text())
def test_only_what_stands_after_the_prefix_can_match(prefix, actor):
    if is_actor_of([f"{prefix}:*"], actor):
        assert actor.startswith(f"{prefix}:")
        assert len(actor) > len(prefix) + 1


PATTERNS = st.one_of(
    st.just("*"),
    st.text("ab:", min_size=1, max_size=4),
    st.text("ab:", min_size=1, max_size=3).map("{}:*".format),
)


@given(PATTERNS, PATTERNS, st.text("ab:#", min_size=1, max_size=6))
def test_what_is_within_a_pattern_matches_nothing_more(wide, narrow, actor):
    if is_within([wide], narrow) and is_actor_of([narrow], actor):
        assert is_actor_of([wide], actor)


@pytest.mark.parametrize(
    ("wide", "narrow", "is_inside"),
    [
        ("*", "*", True),
        ("*", "did:a:*", True),
        ("did:a:*", "*", False),
        ("did:a:*", "did:a:*", True),
        ("did:a:*", "did:a:b:*", True),
        ("did:a:b:*", "did:a:*", False),
        ("did:a:*", "did:ab:*", False),
        ("did:a:*", "did:a:b", True),
        ("did:a:*", "did:b", False),
        ("did:a", "did:a:*", False),
    ],
)
def test_which_pattern_is_within_which(wide, narrow, is_inside):
    assert is_within([wide], narrow) is is_inside
