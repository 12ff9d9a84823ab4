"""intend, do, know, learn; thread list, show, records; verify."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from threadbook.log.log import open_log
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

SCRIPT = Path(sys.executable).parent / "threadbook"
THREAD = "th_" + "a" * 64


def records(threadbook, thread=THREAD):
    printed = threadbook("thread", "records", thread).stdout
    return [json.loads(line) for line in printed.splitlines()]


def append(threadbook, *, thread=THREAD, **body):
    with open_log(f"sqlite:///{threadbook.store}") as log:
        identity = Identity.key(threadbook.folder / "identity.pem")
        return log.append(
            Draft(act="KNOW", body={"kind": "test.cli.note", **body}, thread=thread), by=identity
        )


def test_intend_opens_a_thread(threadbook):
    record, thread = (line.split()[1] for line in threadbook("intend", "Do it").stdout.splitlines())
    (written,) = records(threadbook, thread)
    assert written["id"] == record
    assert (written["act"], written["body"]["goal"]) == ("INTEND", "Do it")
    assert written["body"]["kind"] == "core.intent"


@pytest.mark.parametrize(
    ("command", "act", "kind", "field"),
    [
        ("do", "DO", "core.action", "description"),
        ("know", "KNOW", "core.observation", "summary"),
        ("learn", "LEARN", "core.insight", "insight"),
    ],
)
def test_each_act_writes_its_record_after_the_last_one(threadbook, command, act, kind, field):
    threadbook("intend", "Do it", "--thread", THREAD)
    threadbook(command, "so it is", "--thread", THREAD[:8])
    first, second = records(threadbook)
    assert (second["act"], second["body"]["kind"]) == (act, kind)
    assert second["body"][field] == "so it is"
    assert second["parents"] == [first["id"]]
    assert second["sig"]


def test_know_can_fulfil_an_intent(threadbook):
    threadbook("intend", "Do it", "--thread", THREAD)
    intent = records(threadbook)[0]["id"]
    threadbook("know", "Done", "--thread", THREAD, "--fulfills", intent)
    outcome = records(threadbook)[1]["body"]
    assert (outcome["kind"], outcome["fulfills"]) == ("core.outcome", intent)


def test_kind_body_and_json_output(threadbook):
    threadbook("intend", "Do it", "--thread", THREAD)
    done = threadbook(
        *("do", "text", "--thread", THREAD, "--kind", "team.work.step.v2"),
        *("--body", '{"n": 1, "kind": "ignored.as.it.is"}', "-o", "json"),
    )
    written = json.loads(done.stdout)
    assert written["body"] == {"description": "text", "kind": "team.work.step.v2", "n": 1}


@pytest.mark.parametrize(
    "options",
    [
        ("--kind", "Not.A.Kind"),
        ("--body", "{"),
        ("--body", "[1]"),
        ("--body", '{"n": NaN}'),
        ("--body", "[" * 100_000),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(threadbook, options):
    threadbook("intend", "Do it", "--thread", THREAD)
    done = threadbook("do", "text", "--thread", THREAD, *options, check=2)
    assert len(done.stderr.splitlines()) == 1
    assert len(records(threadbook)) == 1


def test_a_thread_is_found_by_its_beginning_if_that_is_its_own(threadbook):
    threadbook("intend", "one", "--thread", "th_abc1")
    threadbook("intend", "two", "--thread", "th_abd2")
    assert "one" in threadbook("thread", "show", "th_abc").stdout
    assert "several threads" in threadbook("thread", "show", "th_ab", check=2).stderr


def test_threads_are_listed_newest_first_in_every_format(threadbook):
    assert "no threads yet" in threadbook("thread", "list").stdout
    for name in ("th_1", "th_2", "th_3"):
        threadbook("intend", f"goal of {name}", "--thread", name)
    as_json = json.loads(threadbook("thread", "list", "-o", "json").stdout)
    assert [thread["thread"] for thread in as_json] == ["th_3", "th_2", "th_1"]
    lines = threadbook("thread", "list", "-o", "jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == as_json
    table = threadbook("thread", "list", "--limit", 2).stdout
    assert "goal of th_2" in table
    assert "goal of th_1" not in table
    assert "1 more" in table


def test_records_of_a_thread_in_every_format(threadbook):
    threadbook("intend", "Do it", "--thread", THREAD)
    threadbook("do", "step", "--thread", THREAD)
    lines = records(threadbook)
    assert json.loads(threadbook("thread", "records", THREAD, "-o", "json").stdout) == lines
    table = threadbook("thread", "records", THREAD, "-o", "table").stdout
    assert "Do it" in table
    assert "core.action" in table


def test_watch_prints_what_others_append_until_interrupted(threadbook):
    append(threadbook, n=1)
    watching = subprocess.Popen(
        [SCRIPT, "thread", "records", THREAD, "--watch"],
        env=threadbook.env,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert json.loads(watching.stdout.readline())["body"]["n"] == 1
    append(threadbook, thread="th_other", n=0)
    append(threadbook, n=2)
    assert json.loads(watching.stdout.readline())["body"]["n"] == 2
    watching.send_signal(signal.SIGINT)
    assert watching.wait(timeout=60) == 0
    assert watching.stdout.read() == ""


HOSTILE = "\x1b[31mred\x1b]0;title\x07 [bold]markup[/bold] \u202eesrever\nline\r\x08end"


def test_text_of_records_cannot_act_on_a_terminal(threadbook):
    append(threadbook, summary=HOSTILE, thread=THREAD)
    append(threadbook, summary="x", thread="th_\x1b[2J[red]")
    threadbook("intend", HOSTILE, "--thread", THREAD)
    for words in (("thread", "show", THREAD), ("thread", "list")):
        for printed in (threadbook(*words).stdout, threadbook.on_a_terminal(*words)):
            assert "[bold]markup[/bold]" in printed
            assert "\x1b[31mred" not in printed
            for harmful in ("\x1b]0;", "\x07", "\u202e", "\x08", "\x1b[2J"):
                assert harmful not in printed


def test_tables_are_drawn_on_a_terminal_and_plain_in_a_pipe(threadbook):
    threadbook("intend", "Do it", "--thread", THREAD)
    assert "\x1b[" not in threadbook("thread", "show", THREAD).stdout
    assert "━" in threadbook.on_a_terminal("thread", "show", THREAD) or "─" in (
        threadbook.on_a_terminal("thread", "show", THREAD)
    )


class TestVerify:
    def test_a_clean_log_is_status_0(self, threadbook):
        append(threadbook, n=1)
        assert "1 record, 0 blobs" in threadbook("verify").stdout
        assert "1 record, 0 blobs" in threadbook("verify", THREAD[:9]).stdout

    def test_problems_are_status_1_and_named(self, threadbook):
        append(threadbook, n=1)
        with sqlite3.connect(threadbook.store) as raw:
            raw.execute("UPDATE record SET recorded_at = recorded_at + 1")
        printed = threadbook("verify", check=1).stdout
        assert "1 problem" in printed
        assert "seq 1" in printed

    @pytest.mark.parametrize("words", [("th_nothing",), ("--store", "missing/x.db")])
    def test_what_cannot_be_checked_is_status_2(self, threadbook, words):
        append(threadbook, n=1)
        done = threadbook("verify", *words, check=2)
        assert done.stdout == ""
        assert not (threadbook.folder / "missing").exists()

    def test_unsigned_records_are_counted_as_unverified(self, threadbook):
        with open_log(f"sqlite:///{threadbook.store}") as log:
            log.append(
                Draft(act="DO", body={}, thread=THREAD), by=Identity.static("did:sync:user:alice")
            )
        assert "1 of them by actors without a key (unverified)" in threadbook("verify").stdout
