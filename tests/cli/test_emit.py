"""intend, do, know and learn: what they write, and what they refuse."""

import json

import pytest

from threadbook.log.log import open_log
from threadbook.records.identity import Identity

COMMANDS = {
    "intend": ("INTEND", "core.intent", "goal"),
    "do": ("DO", "core.action", "description"),
    "know": ("KNOW", "core.observation", "summary"),
    "learn": ("LEARN", "core.insight", "insight"),
}

REFUSED = {
    "one segment": (["--kind", "nonsense"], "has 1 segments"),
    "two segments": (["--kind", "a.b"], "two segments"),
    "capitals": (["--kind", "A.b.c"], "bad scope"),
    "an escape": (["--kind", "a.b.c\x1b[31m"], "bad segment"),
    "half an object": (["--body", "{"], "no JSON"),
    "an empty body": (["--body", ""], "no JSON"),
    "a list": (["--body", "[1]"], "no object"),
    "null": (["--body", "null"], "no object"),
    "not a number": (["--body", '{"x": NaN}'], "nan"),
    "infinity": (["--body", '{"x": 1e999}'], "inf"),
    "half a character": (["--body", '{"x": "\\ud800"}'], "surrogate"),
    "too deep": (["--body", "[" * 100_000], "no JSON"),
    "a store in memory": (["--store", "memory:"], "memory"),
    "an unknown store": (["--store", "nosuchdb://x"], "no store at"),
    "an empty store": (["--store", ""], "empty"),
    "a folder": (["--store", "."], "unable to open"),
}


@pytest.fixture
def log(threadbook):
    with open_log(f"sqlite:///{threadbook.store}") as log:
        yield log


@pytest.fixture
def head(call, log):
    """Provide the only record of a thread, th_there."""
    call("intend", "begin", "--thread", "th_there")
    return log.head("th_there")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_record_says_what_was_given(threadbook, call, log, head, command):
    act, kind, field = COMMANDS[command]
    done = call(command, "it is é😀 [red]", "--thread", "th_there")
    stored = log.head("th_there")
    assert done.out == f"record {stored.id}\nthread th_there\n"
    assert stored.body == {"kind": kind, "_v": 1, field: "it is é😀 [red]"}
    assert (stored.act, stored.parents) == (act, (head.id,))
    assert stored.actor == Identity.key(threadbook.folder / "identity.pem").actor_did
    assert "every id, link and signature holds" in call("verify").out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_text_wins_over_the_further_fields(call, log, head, command):
    act, _, field = COMMANDS[command]
    body = json.dumps({"n": [1, None], field: "overruled", "kind": "a.b.c"})
    call(
        *(command, "text", "--thread", "th_there"),
        *("--kind", "team.review.finding.v2", "--body", body),
    )
    stored = log.head("th_there")
    assert stored.act == act
    assert stored.body == {"kind": "team.review.finding.v2", "n": [1, None], field: "text"}


@pytest.mark.parametrize("output", ["json", "jsonl"])
@pytest.mark.parametrize("command", COMMANDS)
def test_the_record_may_be_printed_as_data(call, log, head, command, output):
    printed = call(command, "text", "--thread", "th_there", "-o", output).out
    assert json.loads(printed) == log.head("th_there").as_dict()


def test_an_intent_without_a_thread_opens_a_new_one_each_time(call, log):
    for _ in range(2):
        call("intend", "begin")
    threads = [summary.thread for summary in log.threads()]
    assert [len(thread) for thread in threads] == [67, 67]
    assert [log.head(thread).parents for thread in threads] == [(), ()]


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_recorded_is_refused_in_one_line(call, log, head, name):
    options, reason = REFUSED[name]
    done = call("intend", "text", "--thread", "th_there", *options, status=2)
    (line,) = done.err.splitlines()
    assert line.startswith("threadbook: ")
    assert reason in line
    assert "\x1b" not in line
    assert done.out == ""
    assert log.size == 1


def test_an_argument_that_is_no_text_is_refused(call, log):
    done = call("intend", b"\xff".decode(errors="surrogateescape"), status=2)
    assert "surrogate" in done.err
    assert log.size == 0


def test_a_record_that_is_too_large_is_refused(call, log, head):
    done = call("learn", "x" * 300_000, "--thread", "th_there", status=2)
    assert "the limit is" in done.err
    assert log.size == 1


def test_text_and_mostly_a_thread_have_to_be_given(call):
    assert "Missing argument" in call("intend", status=2).err
    assert "Missing option '--thread'" in call("do", "text", status=2).err


@pytest.mark.parametrize("command", ["do", "know", "learn"])
def test_a_thread_that_is_not_there_is_refused(call, log, command):
    done = call(command, "text", "--thread", "th_x", status=2)
    assert "no thread is called 'th_x'" in done.err
    assert log.size == 0


def test_a_beginning_that_several_threads_share_is_refused(call, log):
    for thread in ("th_ab1", "th_ab2"):
        call("intend", "begin", "--thread", thread)
    done = call("do", "text", "--thread", "th_ab", status=2)
    assert "several threads begin with 'th_ab'" in done.err
    assert log.size == 2
