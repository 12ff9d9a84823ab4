"""The policy: which rule decides, and that no file is half understood."""

import re
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.errors import BudgetExceeded, ConfigError, ToolArgumentError
from threadbook.tools.budget import Budget, Spending
from threadbook.tools.call import Call
from threadbook.tools.policy import Defaults, Policy
from threadbook.tools.rule import Match, Rule

ACTIONS = ("allow", "ask", "deny")


def call(**fields):
    fields = {"tool": "aws", "callable": "delete_bucket", "effect": "destructive", **fields}
    return Call(**{"adapter": "cli", "actor": "did:x:agent", "definition_hash": "ab", **fields})


@pytest.fixture
def load(tmp_path):
    def load(text):
        file = tmp_path / "policy.toml"
        file.write_text(text)
        return Policy.load(file)

    return load


@pytest.mark.parametrize(
    ("effect", "trust", "action"),
    [
        ("read", None, "allow"),
        ("read", 0.0, "allow"),
        ("write", None, "ask"),
        ("write", 0.49, "ask"),
        ("write", 0.5, "allow"),
        ("destructive", None, "ask"),
        ("destructive", 1.0, "ask"),
        ("an effect that is new", 1.0, "ask"),
    ],
)
def test_what_holds_without_rules(effect, trust, action):
    ruling = Policy.default().decide(call(effect=effect), trust)
    assert ruling.action == action
    assert ruling.expires_minutes == 60


def test_trust_is_only_looked_at_where_it_matters():
    policy = Policy.default()
    asked = {effect: policy.needs_trust(call(effect=effect)) for effect in ("read", "write")}
    assert asked == {"read": False, "write": True}
    assert not policy.needs_trust(call(effect="destructive"))


FULL = """
[defaults]
min_trust = 0.8
expires_minutes = 5
unattended = "deny"
answerers = ["did:key:z6a", "did:x:*"]

[[rule]]
name = "no deletes in prod"
action = "deny"
[rule.match]
tool = "aws.*"
adapter = "cli"
effect = "destructive"
domain = "infra"
actor = "did:x:*"
arguments = { bucket = "prod-*", force = ["true", "1"] }

[[rule]]
name = "trusted hands"
match = { tool = ["aws", "gcp.delete_*"], domain = "infra" }
action = "allow"
min_trust = 0.7
expires_minutes = 1.5
budget = { calls_per_cell = 3 }

[budget]
calls_per_session = 10
"""


def test_the_first_rule_that_matches_decides(load):
    policy = load(FULL)
    prod = call(domain="infra", arguments={"bucket": "prod-1", "force": True})
    assert policy.decide(prod, 1.0).action == "deny"
    assert policy.decide(prod, 1.0).rule == "no deletes in prod"
    for arguments in ({"bucket": "prod-1"}, {"bucket": "dev", "force": True}, {}):
        ruling = policy.decide(call(domain="infra", arguments=arguments), 0.7)
        assert (ruling.action, ruling.rule) == ("allow", "trusted hands")
    below = policy.decide(call(domain="infra"), 0.69)
    assert (below.action, below.expires_minutes, below.min_trust) == ("ask", 1.5, 0.7)
    assert "0.69" in below.reason
    assert "0.70" in below.reason
    assert below.budgets == {
        "": Budget(calls_per_session=10),
        "trusted hands": Budget(calls_per_cell=3),
    }
    assert policy.decide(call(domain="infra", tool="gcp"), 0.7).rule == "trusted hands"
    other = policy.decide(call(domain="infra", tool="gcp", callable="list"), 0.7)
    assert (other.rule, other.expires_minutes) == ("default: destructive", 5)
    assert policy.decide(call(effect="write", domain="web"), 0.79).action == "ask"
    assert policy.defaults.unattended == "deny"
    assert policy.defaults.only_answerer is None
    who = ("did:key:z6a", "did:x:ann", "did:key:z6ab", "did:y:x")
    assert [policy.defaults.may_answer(did) for did in who] == [True, True, False, False]
    assert Defaults(answerers="did:x:ann").only_answerer == "did:x:ann"
    assert Policy.default().defaults.may_answer("did:y:x")


def test_every_ruling_can_be_explained(load):
    lines = load(FULL).explain(call(domain="infra", arguments={"bucket": "dev"}), None)
    assert lines == [
        "rule 'no deletes in prod' is passed over: argument bucket is not 'prod-*'",
        "ask: trust in infra is not known; rule 'trusted hands' allows from 0.70 on",
    ]


BAD = {
    "rule = [": "policy.toml",
    "rule == 1": "line 1",
    "[[rule]]\nname = 'a'\naction = 'maybe'": "maybe",
    "[[rule]]\naction = 'deny'": "name",
    "[[rule]]\nname = 'a'": "action",
    "[[rule]]\nname = ' '\naction = 'deny'": "name",
    "[[rule]]\nname = 'a'\naction = 'deny'\nwhen = 1": "when",
    "[[rules]]\nname = 'a'\naction = 'deny'": "rules",
    "[[rule]]\nname = 'a'\naction = 'deny'\nmatch = { tol = 'x' }": "tol",
    "[[rule]]\nname = 'a'\naction = 'deny'\nmatch = { tool = 3 }": "$.rule[0].match.tool",
    "[[rule]]\nname = 'a'\naction = 'deny'\nmatch = { tool = [] }": "tool: an empty list",
    "[[rule]]\nname = 'a'\naction = 'deny'\nmatch = { tool = '' }": "tool: an empty pattern",
    "[[rule]]\nname = 'a'\naction = 'deny'\nmatch = { tool = 'a[b' }": "tool: 'a[b'",
    "[[rule]]\nname = 'a'\naction = 'deny'\nmatch = { tool = 'a[z-a]' }": "matches nothing",
    "[[rule]]\nname = 'a'\naction = 'deny'\nmatch = { effect = 'destuctive' }": "destuctive",
    "[[rule]]\nname = 'a'\naction = 'deny'\nmatch = { adapter = 'shell' }": "adapter: 'shell'",
    "[[rule]]\nname = 'a'\naction = 'deny'\nmatch = { arguments = { b = 1 } }": "arguments",
    "[[rule]]\nname = 'a'\naction = 'deny'\nmatch = { arguments = { b = '[' } }": "arguments.b",
    "[[rule]]\nname = 'a'\naction = 'deny'\nmin_trust = 0.5": "min_trust",
    "[[rule]]\nname = 'a'\naction = 'allow'\nmin_trust = 1.5": "min_trust",
    "[[rule]]\nname = 'a'\naction = 'allow'\nmin_trust = nan": "min_trust",
    "[[rule]]\nname = 'a'\naction = 'allow'\nmin_trust = true": "min_trust",
    "[[rule]]\nname = 'a'\naction = 'allow'\nexpires_minutes = 5": "expires_minutes",
    "[[rule]]\nname = 'a'\naction = 'ask'\nexpires_minutes = 0": "expires_minutes",
    "[[rule]]\nname = 'a'\naction = 'ask'\nexpires_minutes = inf": "expires_minutes",
    "[[rule]]\nname = 'a'\naction = 'deny'\nbudget = { calls_per_cell = 1 }": "budget",
    "[[rule]]\nname = 'a'\naction = 'ask'\nbudget = { calls = 1 }": "calls",
    "[[rule]]\nname = 'a'\naction = 'ask'\nbudget = { calls_per_cell = -1 }": "calls_per_cell",
    "[[rule]]\nname = 'a'\naction = 'ask'\n[[rule]]\nname = 'a'\naction = 'deny'": "two rules",
    "[defaults]\nmin_trust = -1": "min_trust",
    "[defaults]\nunattended = 'allow'": "unattended",
    "[defaults]\nanswerers = []": "answerers",
    "[defaults]\nanswerers = ['']": "answerers",
    "[budget]\nseconds_per_cell = nan": "seconds_per_cell",
    f"a = {'[' * 5000}": "policy.toml",
}


@pytest.mark.parametrize(("text", "key"), BAD.items())
def test_what_is_not_understood_is_an_error_that_names_file_and_key(load, tmp_path, text, key):
    with pytest.raises(ConfigError) as raised:
        load(text)
    assert str(tmp_path / "policy.toml") in raised.value.message
    assert key in raised.value.message


def test_the_policy_in_the_documentation_is_one(load):
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()
    (text,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    policy = load(text)
    assert [rule.action for rule in policy.rules] == ["deny", "allow"]
    assert policy.defaults == Defaults()


def test_a_policy_that_cannot_be_read_is_no_default(tmp_path):
    with pytest.raises(ConfigError, match="policy.toml"):
        Policy.load(tmp_path / "policy.toml")
    (tmp_path / "policy.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="policy.toml"):
        Policy.load(tmp_path / "policy.toml")
    (tmp_path / "policy.toml").write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(ConfigError, match="too large"):
        Policy.load(tmp_path / "policy.toml")


@pytest.mark.parametrize(
    ("pattern", "value", "is_match"),
    [
        ("3", 3, True),
        ("3", 3.0, True),
        ("true", True, True),
        ("1", True, False),
        ("null", None, True),
        ('[[]"a","b"]', ["a", "b"], True),
        ('[[]"a",*', ("a", "b"), True),
        ('{"a":*}', {"a": [1]}, True),
        ("prod-*", "PROD-1", False),
        ("prod-*", "prod-\n1", True),
        ("prod-[[]1]", "prod-[1]", True),
    ],
)
def test_values_are_compared_as_their_json(pattern, value, is_match):
    match = Match(arguments={"a": pattern})
    assert (match.mismatch(call(arguments={"a": value})) is None) is is_match


def test_what_a_rule_cannot_compare_is_not_let_through():
    policy = Policy(rules=(Rule(name="a", action="deny", match=Match(arguments={"a": "x*"})),))
    with pytest.raises(ToolArgumentError):
        policy.decide(call(effect="read", arguments={"a": object()}), None)


WORDS = st.text("ab*?.", min_size=1, max_size=4)
RULES = st.lists(
    st.builds(
        lambda action, tool, bucket: (action, tool, bucket),
        st.sampled_from(ACTIONS),
        WORDS,
        st.none() | WORDS,
    ),
    max_size=5,
)


@given(RULES, st.text("ab", min_size=1, max_size=3), st.text("ab", min_size=1, max_size=3))
def test_the_first_match_decides_whatever_the_rules(rules, tool, bucket):
    policy = Policy(
        rules=tuple(
            Rule(
                name=str(number),
                action=action,
                match=Match(tool=pattern, arguments={"bucket": value} if value else {}),
            )
            for number, (action, pattern, value) in enumerate(rules)
        )
    )
    asked = call(tool=tool, callable="c", arguments={"bucket": bucket})
    expected = next(
        (
            (str(number), action)
            for number, (action, pattern, value) in enumerate(rules)
            if fnmatchcase(f"{tool}.c" if "." in pattern else tool, pattern)
            and (value is None or fnmatchcase(bucket, value))
        ),
        ("default: destructive", "ask"),
    )
    ruling = policy.decide(asked, None)
    assert (ruling.rule, ruling.action) == expected
    assert policy.explain(asked, None)[-1].startswith(f"{ruling.action}: ")


@given(st.text(max_size=200))
def test_no_text_is_a_policy_by_accident(tmp_path_factory, text):
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    try:
        tomllib.loads(file.read_bytes().decode())
    except ValueError:
        with pytest.raises(ConfigError, match="any.toml"):
            Policy.load(file)
        return
    if text.strip() and not all(line.startswith("#") for line in text.split("\n") if line.strip()):
        with pytest.raises(ConfigError, match="any.toml"):
            Policy.load(file)
    else:
        assert Policy.load(file) == Policy.default()


SAME = {"definition_hash": "h", "arguments": {"a": [1]}, "environment": ("A", "B")}


@pytest.mark.parametrize(
    "other",
    [
        {"definition_hash": "i"},
        {"arguments": {"a": [2]}},
        {"arguments": {"a": "[1]"}},
        {"arguments": {"a": [b"1"]}},
        {"environment": ("A",)},
        {"tool": "gcp"},
        {"callable": "x"},
        {"cwd": "/tmp"},
        {"what": "aws rm"},
    ],
)
def test_n53_the_subject_is_the_hash_of_all_that_will_happen(other):
    assert call(**SAME).subject == call(**{**SAME, "environment": ("B", "A")}).subject
    assert call(**{**SAME, **other}).subject != call(**SAME).subject


def spend(spending, policy, **fields):
    asked = call(**fields)
    return spending.take(asked, policy.decide(asked, 1.0).budgets)


def test_budgets_are_counted_by_cell_and_by_session():
    policy = Policy(
        budget=Budget(calls_per_session=4),
        rules=(
            Rule(name="r", action="ask", match=Match(tool="aws"), budget=Budget(calls_per_cell=2)),
        ),
    )
    spending = Spending()
    for cell in ("1", "1", "2"):
        spend(spending, policy, cell=cell, session="s")
    with pytest.raises(BudgetExceeded, match="the 2 calls that rule 'r' allows a cell"):
        spend(spending, policy, cell="1", session="s")
    spend(spending, policy, cell="1", session="s", tool="other")
    with pytest.raises(BudgetExceeded, match="the 4 calls that the policy allows a session"):
        spend(spending, policy, cell="3", session="s")
    spend(spending, policy, cell="3", session="t")


def test_seconds_and_bytes_are_counted_afterwards():
    policy = Policy(budget=Budget(seconds_per_cell=2.0, bytes_per_session=100))
    spending, asked = Spending(), call(cell="1", session="s")
    budgets = policy.decide(asked, None).budgets
    assert spending.take(asked, budgets) == 2.0
    spending.charge(asked, budgets, seconds=0.5, size=60)
    assert spending.take(asked, budgets) == 1.5
    spending.charge(asked, budgets, seconds=1.5, size=0)
    with pytest.raises(BudgetExceeded, match="2 seconds"):
        spending.take(asked, budgets)
    other = msgspec.structs.replace(asked, cell="2")
    assert spending.take(other, budgets) == 2.0
    spending.charge(other, budgets, seconds=0.0, size=40)
    with pytest.raises(BudgetExceeded, match="100 bytes"):
        spending.take(msgspec.structs.replace(asked, cell="3"), budgets)


def test_no_budget_is_no_limit():
    assert spend(Spending(), Policy.default()) is None
