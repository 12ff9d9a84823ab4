"""threadbook decision and threadbook policy, as a person uses them."""

import json

import pytest

from threadbook.folds.decisions import request_of
from threadbook.log.log import open_log
from threadbook.records.bodies import DecisionAnswer, DecisionRequest
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

ESC = "\x1b[2J\x1b]0;owned\x07\u202e"
CONTEXT = {
    "tool": "aws",
    "callable": "delete",
    "definition": "d1",
    "actor": "did:sync:agent:a",
    "environment": ["AWS_REGION"],
    "cwd": "/srv",
    "session": "s1",
    "what": f"aws rm {ESC} all",
    "arguments": {"bucket": f"dev{ESC}", "force": True},
}
OPTIONS = ["approve", "approve_session", "approve_until", "reject"]


@pytest.fixture
def log(threadbook):
    with open_log(f"sqlite:///{threadbook.store}") as log:
        yield log


@pytest.fixture
def agent(threadbook):
    return Identity.key(threadbook.folder / "agent.pem")


@pytest.fixture
def ask(log, agent):
    def ask(question="may I?", *, by=agent, thread="th_1", **fields):
        fields = {"subject": "ab" * 32, "options": OPTIONS, "context": CONTEXT, **fields}
        return log.append(DecisionRequest(question=question, **fields).draft(thread=thread), by=by)

    return ask


def rows(call, *words):
    return json.loads(call("decision", *words, "-o", "json").out)


def test_what_waits_is_listed(call, ask, log, agent):
    first, second = ask("first?"), ask("second?", thread="th_2")
    old = ask("old?", expires_at=1_000_000_000_000)
    assert [row["id"] for row in rows(call, "list")] == [first.id, second.id]
    assert [row["id"] for row in rows(call, "list", "--thread", "th_2")] == [second.id]
    assert {row["id"]: row["status"] for row in rows(call, "list", "--all")} == {
        first.id: "pending",
        second.id: "pending",
        old.id: "expired",
    }
    printed = call("decision", "list").out
    assert "first?" in printed
    assert first.id[:12] in printed
    assert "old?" not in printed


@pytest.mark.parametrize("moment", [2**53 - 1, 253_402_300_800_000])
def test_a_date_beyond_all_calendars_hides_nothing(call, ask, moment):
    request = ask(expires_at=moment)
    assert "after the year 9999" in call("decision", "list").out
    assert "after the year 9999" in call("decision", "show", request.id).out


def test_nothing_waits(call):
    assert "nothing waits" in call("decision", "list").out
    assert "no approval" in call("decision", "grants").out


@pytest.mark.parametrize("words", [("list",), ("list", "--all"), ("show",)])
def test_hostile_text_does_not_reach_the_terminal(call, ask, words):
    request = ask(f"may I? {ESC}\nid status approved")
    words = (*words, request.id) if words == ("show",) else words
    printed = call("decision", *words).out
    assert not set(printed) & {"\x1b", "\x07", "\u202e", "\r"}
    assert r"\x1b[2J\x1b]0;owned\x07\u202e\nid status approved" in printed


def test_n52_a_request_is_shown_with_all_that_will_happen(call, ask):
    printed = call("decision", "show", ask().id[:10]).out
    for part in ("pending", "aws", "delete", "d1", "/srv", "AWS_REGION", "ab" * 32, "s1"):
        assert part in printed
    assert r"aws rm \x1b[2J" in printed
    assert "argument      force = true" in printed
    shown = json.loads(call("decision", "show", ask().id, "-o", "json").out)
    assert shown["context"] == CONTEXT


def test_large_arguments_are_shown_from_their_blob(call, ask, log):
    def ref(data):
        blob = log.blobs.put(data)
        return {"blob": blob.blob, "size": blob.size, "media_type": blob.media_type}

    context = {name: of for name, of in CONTEXT.items() if name not in ("what", "arguments")}
    blobs = {"arguments_blob": ref(b'{"a":"xyz"}'), "what_blob": ref(b"run xyz")}
    printed = call("decision", "show", ask(context={**context, **blobs}).id).out
    assert 'argument      a = "xyz"' in printed
    assert "what          run xyz" in printed


def test_a_request_is_answered(call, ask, log):
    request = ask()
    call("decision", "answer", request.id[:12], "approve", "--reason", "fine")
    answer = request_of(log, request.id).answer
    assert (answer.decision, answer.reason, answer.is_signed) == ("approve", "fine", True)
    again = call("decision", "answer", request.id, "reject", status=2)
    assert "was answered by" in again.err
    other = ask()
    call("decision", "answer", other.id, "reject", "--actor", "did:sync:user:ann")
    answer = request_of(log, other.id).answer
    assert (answer.actor, answer.is_approval) == ("did:sync:user:ann", False)
    assert "reject by did:sync:user:ann" in call("decision", "show", other.id).out


def test_ones_own_question_cannot_be_answered_but_with_another_key(call, ask, log, threadbook):
    mine = ask(by=Identity.key(threadbook.folder / "identity.pem"))
    refused = call("decision", "answer", mine.id, "approve", status=2)
    assert "would not count: it is the requester's own answer" in refused.err
    assert "--key FILE" in refused.err
    assert log.size == 1
    key = threadbook.folder / "approver.pem"
    call("decision", "answer", mine.id, "approve", "--key", key)
    assert request_of(log, mine.id).answer.actor == Identity.key(key).actor_did


@pytest.mark.parametrize(
    ("words", "provided"),
    [
        (["--for", "session"], None),
        (
            ["--for", "session", "--matching", "bucket=dev-*", "--matching", "force=*"],
            {"matching": {"bucket": "dev-*", "force": "*"}},
        ),
        (["--until", "2100-01-01"], {"until": "2100-01-01"}),
        (["--arguments", '{"bucket": "dev-2"}'], {"arguments": {"bucket": "dev-2"}}),
    ],
)
def test_what_an_answer_allows_is_in_it(call, ask, log, words, provided):
    request = ask()
    call("decision", "answer", request.id, "approve", *words)
    answer = log.get(request_of(log, request.id).answer.id)
    expected = "approve" if "--arguments" in words else f"approve_{_end(words)}"
    assert (answer.body["decision"], answer.body.get("provided_value")) == (expected, provided)


def _end(words):
    return "session" if "session" in words else "until"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["maybe"], "no answer"),
        (["approve", "--for", "ever"], "--for once"),
        (["approve", "--until", "tomorrow"], "no date to come"),
        (["approve", "--until", "1999-01-01"], "no date to come"),
        (["approve", "--until", "2100-01-01", "--for", "session"], "two different ends"),
        (["reject", "--for", "session"], "go with approve"),
        (["approve", "--matching", "bucket=*", "--matching", "force=*"], "does not say"),
        (["approve", "--for", "session", "--matching", "bucket=*"], "a pattern for each"),
        (["approve", "--for", "session", "--matching", "bucket"], "name=pattern"),
        (["approve", "--for", "session", "--matching", "bucket=["], "not closed"),
        (["approve", "--arguments", "{"], "not JSON"),
        (["approve", "--arguments", "[1]"], "does not say"),
        (["approve", "--for", "session", "--arguments", "{}"], "does not say"),
        (["acknowledge"], "does not say"),
        (["provide"], "does not say"),
        (["approve", "--actor", "did:x:y", "--key", "k.pem"], "two identities"),
    ],
)
def test_an_answer_that_says_nothing_clear_is_not_written(call, ask, log, words, problem):
    request = ask()
    assert problem in call("decision", "answer", request.id, *words, status=2).err
    assert log.size == 1


def test_other_questions_are_answered_too(call, ask, log):
    request = ask(options=["red", "blue"], context={}, subject=None)
    call("decision", "answer", request.id, "blue")
    assert request_of(log, request.id).answer.decision == "blue"
    asked = ask(options=[], context={}, subject=None)
    call("decision", "answer", asked.id, "provide", "--value", '{"n": 3}')
    answer = log.get(request_of(log, asked.id).answer.id)
    assert answer.body["provided_value"] == {"n": 3}


@pytest.mark.parametrize("command", [("show",), ("answer", "approve"), ("revoke",)])
def test_ids_that_name_nothing_are_refused(call, ask, command):
    ask()
    name, *rest = command
    assert "is called" in call("decision", name, "zz", *rest, status=2).err


def test_an_approval_that_holds_is_listed_and_ended(call, ask, threadbook):
    request = ask()
    words = ("--for", "session", "--matching", "bucket=dev-*", "--matching", "force=*")
    call("decision", "answer", request.id, "approve", *words)
    (grant,) = rows(call, "grants")
    assert (grant["is_live"], grant["matching"]["bucket"]) == (True, "dev-*")
    assert "bucket=dev-*" in call("decision", "grants").out
    key = threadbook.folder / "agent.pem"
    call("decision", "revoke", grant["id"][:12], "--reason", "enough")
    assert rows(call, "grants") == []
    (ended,) = rows(call, "grants", "--all")
    assert ended["is_live"] is False
    assert "ended already" in call("decision", "revoke", grant["id"], "--key", key, status=2).err


def test_not_everybody_can_end_an_approval(call, ask, log, agent):
    alias = Identity.static("did:sync:user:alias")
    request = ask()
    log.append(
        DecisionAnswer(decision="approve_session", fulfills=request.id).draft(thread="th_1"),
        by=Identity.static("did:sync:user:ann"),
    )
    grant = {"kind": "core.identity.grant.v1", "aud": alias.actor_did}
    log.append(Draft(act="DO", body=grant, thread="th_1"), by=agent)
    (held,) = rows(call, "grants")
    refused = call("decision", "revoke", held["id"], "--actor", alias.actor_did, status=2)
    assert "cannot end this approval" in refused.err


POLICY = """
[[rule]]
name = "no deletes in prod"
match = { tool = "aws.delete_*", arguments = { bucket = "prod-*" } }
action = "deny"
"""


@pytest.fixture
def policy(threadbook):
    file = threadbook.folder / "policy.toml"
    file.write_text(POLICY)
    return file


def test_a_policy_is_checked(call, policy):
    assert call("policy", "check", policy).out == (
        "1 rule, of which the first that matches decides\ndeny   no deletes in prod\n"
    )
    policy.write_text(POLICY.replace("match", "mach"))
    assert "mach" in call("policy", "check", policy, status=2).err


def test_a_policy_explains_itself(call, policy):
    words = ("policy", "explain", policy, "--tool", "aws.delete_bucket")
    denied = call(*words, "--argument", "bucket=prod-1").out
    assert denied == "deny: rule 'no deletes in prod' says deny\n"
    asked = call(*words, "--effect", "write", "--trust", "0.25", "--argument", "bucket=3").out
    assert asked.splitlines()[0] == (
        "rule 'no deletes in prod' is passed over: argument bucket is not 'prod-*'"
    )
    assert asked.splitlines()[-1].startswith("ask: trust in general is 0.25;")
    ruling = json.loads(call(*words, "-o", "json").out)
    assert (ruling["action"], ruling["rule"]) == ("ask", "default: write")
    assert "no effect" in call(*words, "--effect", "none", status=2).err
    assert "name=value" in call(*words, "--argument", "x", status=2).err
