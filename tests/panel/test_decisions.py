"""Decisions in the panel: what waits, what exactly will happen, and who may answer."""

import json
import time

import msgspec
import pytest

from threadbook.errors import AnswerInvalid, QueryError
from threadbook.records.bodies import Correction, DecisionRequest, ToolCall, ToolResult
from threadbook_panel.calls import LARGEST_SHOWN
from threadbook_panel.decisions import LARGEST_PAGE
from threadbook_panel.definitions import differences
from threadbook_panel.feed import Feed
from threadbook_panel.problems import encoded

OPTIONS = ["approve", "approve_session", "approve_until", "reject"]
DISGUISED = "rm -rf /srv \u202egpj.tac\u202c \x1b[2J<script>alert(1)</script>"


@pytest.fixture
def context(agent):
    return {
        "tool": "files",
        "callable": "remove",
        "adapter": "cli",
        "effect": "destructive",
        "domain": "ops",
        "definition": "d1",
        "actor": agent.actor_did,
        "session": "s1",
        "cell": None,
        "cwd": "/srv",
        "environment": ["AWS_REGION"],
        "risk": "destroys something",
        "rule": "ask first",
        "reason": "it is destructive",
        "trust": 0.25,
        "min_trust": 0.5,
        "what": DISGUISED,
        "arguments": {"path": "/srv", "force": True},
    }


@pytest.fixture
def ask(add, context):
    def ask(question="may I?", *, context=context, thread="th_1", by=None, **fields):
        fields = {"subject": "ab" * 32, "options": OPTIONS, "context": context, **fields}
        body = DecisionRequest(question=question, **fields)
        return add(body, thread=thread, **({"by": by} if by else {}))

    return ask


@pytest.fixture
def put(log):
    """Return a function that stores content and returns how a context names it."""

    def put(data):
        return msgspec.to_builtins(log.blobs.put(data, media_type="application/json"))

    return put


def decisions(feed, **params):
    return feed.call("decisions", params).decisions


def test_what_waits_is_shown_with_all_that_will_happen(feed, ask, context, agent):
    request = ask(expires_at=4_000_000_000_000)
    page = feed.call("decisions", {})
    (entry,) = page.decisions
    assert (page.pending, page.total) == (1, 1)
    assert (entry.id, entry.thread, entry.status) == (request.id, "th_1", "pending")
    assert (entry.question, entry.requester) == ("may I?", agent.actor_did)
    assert (entry.at, entry.expires_at) == (request.recorded_at, 4_000_000_000_000)
    assert (entry.options, entry.blocking, entry.refusal) == (OPTIONS, True, None)
    assert entry.answer is None
    shown = msgspec.to_builtins(entry.call)
    assert {name: shown[name] for name in context if name != "session"} == {
        name: context[name] for name in context if name != "session"
    }
    assert shown["what"] == DISGUISED  # it is text, and made harmless where it is shown
    assert (shown["previous_definition"], shown["definition_changed"]) == (None, False)


def test_what_blocks_work_comes_first_and_what_is_over_only_when_asked_for(feed, ask, add):
    notice, old = ask(blocking=False), ask(expires_at=1_000_000_000_000)
    other, asked = ask(thread="th_2"), ask()
    back = Correction(corrects=[asked.id], revised_fields={}, reason="not needed any more")
    add(back)
    assert [entry.id for entry in decisions(feed)] == [other.id, notice.id]
    assert [entry.id for entry in decisions(feed, thread="th_2")] == [other.id]
    everything = decisions(feed, all=True)
    assert [(entry.id, entry.status, entry.refusal) for entry in everything] == [
        (asked.id, "withdrawn", "it is withdrawn"),
        (other.id, "pending", None),
        (old.id, "expired", "it is expired"),
        (notice.id, "pending", None),
    ]
    page = feed.call("decisions", {"all": True, "thread": "th_1"})
    assert (page.pending, page.total) == (1, 3)


def test_what_waits_is_not_crowded_out_by_what_is_over(feed, ask):
    waits = ask()
    over = [ask(expires_at=1_000_000_000_000) for _ in range(4)]
    page = feed.call("decisions", {"all": True, "limit": 3})
    assert (page.pending, page.total) == (1, 5)
    assert [entry.id for entry in page.decisions] == [over[3].id, over[2].id, waits.id]


def test_what_waits_is_counted_without_a_page_of_it(feed, ask):
    ask()
    ask(thread="th_2")
    page = feed.call("decisions", {"limit": 0})
    assert (page.pending, page.decisions) == (2, [])


@pytest.mark.parametrize("limit", [-1, 101, "1", None], ids=str)
def test_a_limit_that_is_none_is_refused(feed, limit):
    with pytest.raises(QueryError, match="limit"):
        feed.call("decisions", {"limit": limit})


def test_requests_of_any_size_leave_room_for_the_first_that_waits(feed, ask, context, put):
    del context["what"]
    context["what_blob"] = put(b"\x01" * LARGEST_SHOWN)  # as JSON, six times as long
    ask("x" * 100_000, context=context, expires_at=1_000_000_000_000)
    asked = [ask("x" * 100_000, context=context) for _ in range(4)]
    ask("small?", context={})
    page = feed.call("decisions", {"all": True})
    assert len(encoded(page)) < LARGEST_PAGE + 100_000
    over, first, second, *others, small = reversed(page.decisions)
    assert [first.id, second.id] == [asked[0].id, asked[1].id]
    assert (first.refusal, len(first.question), len(first.call.what)) == (None, 100_000, 2**20)
    assert second.call is not None
    assert {(one.call, len(one.question)) for one in (*others, over)} == {(None, 300)}
    assert all("answer others first" in one.refusal for one in others)
    assert (small.question, small.refusal) == ("small?", None)


def test_other_questions_have_no_call(feed, ask):
    ask("red or blue?", context={}, options=["red", "blue"], subject=None)
    (entry,) = decisions(feed)
    assert (entry.call, entry.refusal, entry.options) == (None, None, ["red", "blue"])


def test_it_says_why_this_person_cannot_answer(log, feed, ask, person, agent):
    ask(by=person)
    assert decisions(feed)[0].refusal == "it is the requester's own answer"
    ask(decider_did=agent.actor_did, thread="th_2")
    assert decisions(feed, thread="th_2")[0].refusal == f"only {agent.actor_did} is to answer"
    ask(thread="th_3")
    for refused, why in (
        (Feed(log), "nobody is known here who could answer"),
        (Feed(log, person=person, read_only="a sandboxed kernel"), "a sandboxed kernel"),
    ):
        assert decisions(refused, thread="th_3")[0].refusal == why


def test_large_arguments_are_shown_whole(feed, ask, context, put):
    arguments = {"path": "x" * 100_000}
    del context["arguments"], context["what"]
    context["arguments_blob"] = put(json.dumps(arguments).encode())
    context["what_blob"] = put(b"rm xxx")
    ask(context=context)
    (entry,) = decisions(feed)
    assert (entry.call.arguments, entry.call.what) == (arguments, "rm xxx")
    assert entry.refusal is None


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'"' + b"x" * 2**20 + b'"', "more than is shown here"),
        (b"{", "cannot be read"),
        (b"[1]", "no object"),
        (b"[" * 100_000, "cannot be read"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, "nested too deeply"),
        (None, "no blob"),
    ],
    ids=["too large", "no JSON", "a list", "endless", "deep", "gone"],
)  # fmt: skip
def test_what_cannot_be_seen_cannot_be_approved(feed, log, ask, context, put, data, why):
    del context["arguments"]
    gone = {"blob": "0" * 64, "size": 1, "media_type": "application/json"}
    context["arguments_blob"] = gone if data is None else put(data)
    request = ask(context=context)
    assert why in decisions(feed)[0].refusal
    with pytest.raises(AnswerInvalid, match=why):
        feed.call("answer", {"id": request.id, "decision": "approve"})
    assert log.size == 1
    feed.call("answer", {"id": request.id, "decision": "reject", "reason": "what is it?"})
    assert decisions(feed, all=True)[0].status == "answered"


@pytest.mark.parametrize("field", ["tool", "environment", "arguments", "trust"])
def test_a_malformed_context_hides_nothing_else(feed, ask, context, field):
    odd = ask(context={**context, field: 1 if field != "trust" else "high"})
    ask("another?")
    first, second = decisions(feed)
    assert first.call is None
    assert "malformed" in first.refusal
    assert second.call is not None
    with pytest.raises(AnswerInvalid, match="malformed"):
        feed.call("answer", {"id": odd.id, "decision": "approve"})


# What has changed about a definition.


@pytest.fixture
def call(add, put):
    """Return a function that records a call of `files.remove` that came to its end."""

    def call(definition, said=None):
        body = ToolCall(
            tool="files",
            callable="remove",
            adapter="cli",
            definition=definition,
            definition_blob=None if said is None else put(json.dumps(said).encode()),
        )
        add(ToolResult(status="ok"), parents=[add(body)])

    return call


def test_a_definition_that_is_as_before_has_not_changed(feed, ask, call):
    call("d1", {"command": ["rm"]})
    ask()
    (entry,) = decisions(feed)
    assert entry.call.previous_definition == "d1"
    assert (entry.call.definition_changed, entry.call.definition_changes) == (False, [])


def test_what_has_changed_is_told_line_by_line(feed, ask, call, context, put):
    call("d0", {"command": ["rm"], "env": {"A": "1"}, "source": "one\ntwo\nthree"})
    said = {"command": ["rm", "-rf"], "env": {"B": "1"}, "source": "one\n2\nthree"}
    ask(context={**context, "definition_blob": put(json.dumps(said).encode())})
    call("d2", {"command": ["other"]})  # what is called later is not what was before
    (entry,) = decisions(feed)
    assert (entry.call.previous_definition, entry.call.definition_changed) == ("d0", True)
    assert entry.call.definition_changes == [
        'command[1]: (absent) → "-rf"',
        'env.A: "1" → (absent)',
        'env.B: (absent) → "1"',
        "source: - two",
        "source: + 2",
    ]


@pytest.mark.parametrize(
    "known", ["neither", "the old one", "the new one", "both, one damaged", "both, one deep"]
)
def test_a_change_of_which_only_hashes_are_known_is_told(feed, ask, call, context, put, known):
    call("d0", {"a": 1} if known == "the old one" or "both" in known else None)
    if known == "the new one" or "both" in known:
        data = {"damaged": b"{", "deep": b"[" * 200 + b"]" * 200}.get(known.split()[-1], b"{}")
        context["definition_blob"] = put(data)
    ask(context=context)
    (entry,) = decisions(feed)
    assert entry.call.definition_changed
    assert entry.call.definition_changes == [
        "definition: d0 → d1 (only these hashes are on record)"
    ]


def test_differences_are_bounded_and_visible():
    long = differences({"a": ["x" * 10_000]}, {"a": [DISGUISED]})
    assert [len(line) for line in long] == [300]
    (line,) = differences({"a": "x"}, {"a": DISGUISED})
    assert "\u202e" not in line
    assert "\x1b" not in line
    many = differences({}, {str(number): number for number in range(1000)})
    assert len(many) == 201
    assert many[-1] == "… and more"
    assert differences({"a": [1, {"b": 1.5}]}, {"a": [1, {"b": 1.5}]}) == []
    assert differences({"a": 1}, {"a": True}) == ["a: 1 → true"]
    assert differences({"a": None}, {}) == ["a: null → (absent)"]
    assert differences("same\n-- a\n", "same\n++ b\n") == [": - -- a", ": + ++ b"]
    began = time.monotonic()
    differences("\n".join("ab" * 250_000), "\n".join("ba" * 250_000))
    assert time.monotonic() - began < 20


def test_what_is_not_compared_is_told():
    lines = "\n".join(map(str, range(2001)))
    assert differences(lines, f"{lines}\nrm -rf /") == [
        ": differs after line 2000, from where on it is not compared"
    ]
    assert differences([lines, "a\nb"], [lines, "a\nc"]) == ["[1]: - b", "[1]: + c"]
    assert differences([lines, "a\nb"], [f"0{lines}", "a\nc"])[-1] == (
        "[1]: differs after line 0, from where on it is not compared"
    )


@pytest.mark.parametrize("after", ["a\r\nb", "a\nb\n", "a\u2028b"], ids=["cr", "end", "ls"])
def test_a_change_of_line_ends_is_a_change(after):
    assert differences("a\nb", after)


def test_many_texts_take_no_longer_to_compare_than_one():
    lines = [str(number % 100) for number in range(2000)]
    old = {str(place): "\n".join(lines) for place in range(100)}
    new = {str(place): "\n".join([*reversed(lines), "x"]) for place in range(100)}
    began = time.monotonic()
    assert differences({"same": old}, {"same": old}) == []
    assert len(differences(old, new)) == 201
    assert time.monotonic() - began < 2
