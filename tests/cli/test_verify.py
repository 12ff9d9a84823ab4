"""verify: what it checks, and how it says what it found."""

import sqlite3
from contextlib import closing

import pytest

from threadbook.log.entry import Sealed
from threadbook.log.log import open_log
from threadbook.records.identity import Identity
from threadbook.records.record import Draft, Record

TAMPERINGS = {
    "content": "UPDATE record SET canonical ="
    " CAST(replace(CAST(canonical AS TEXT), '\"n\":1', '\"n\":7') AS BLOB) WHERE seq = 1",
    "signature": "UPDATE record SET sig = zeroblob(64) WHERE seq = 2",
    "no signature": "UPDATE record SET sig = NULL WHERE seq = 2",
    "time": "UPDATE record SET recorded_at = 1 WHERE seq = 3",
    "removed": "DELETE FROM record WHERE seq = 2",
    "cut off": "DELETE FROM record WHERE seq = 4",
    "filed elsewhere": "UPDATE record SET act = 'KNOW' WHERE seq = 1",
    "no record any more": "UPDATE record SET canonical = x'00' WHERE seq = 1",
    "blob": "UPDATE chunk SET data = CAST('CONTENT' AS BLOB)",
    "blob removed": "DELETE FROM chunk",
}


@pytest.fixture
def log(threadbook):
    """Provide a log with two records on each of two threads, and a blob."""
    author = Identity.key(threadbook.folder / "identity.pem")
    with open_log(f"sqlite:///{threadbook.store}") as log:
        for thread in ("th_a", "th_b"):
            for n in (1, 2):
                body = {"kind": "a.b.c", "n": n}
                log.append(Draft(act="DO", body=body, thread=thread), by=author)
        log.blobs.put(b"content")
        yield log


@pytest.fixture
def tamper(threadbook, log):
    """Return a function that changes the store behind threadbook's back."""

    def change(sql):
        with closing(sqlite3.connect(threadbook.store)) as connection, connection:
            assert connection.execute(sql).rowcount == 1

    return change


def test_records_and_blobs_of_a_log_are_counted(call, log):
    printed = call("verify").out
    assert printed == "✓ 4 records, 1 blob checked: every id, link and signature holds\n"


def test_a_thread_is_verified_alone_by_its_first_characters(call, log):
    assert call("verify", "th_a").out.startswith("✓ 2 records, 0 blobs checked")


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_change_behind_its_back_is_status_1(call, log, tamper, name):
    tamper(TAMPERINGS[name])
    done = call("verify", status=1)
    first, *problems = done.out.splitlines()
    assert first.startswith("✗ ")
    assert f"{len(problems)} problem" in first
    assert done.err == ""


def test_a_thread_that_was_not_touched_stays_clean(call, log, tamper):
    tamper(TAMPERINGS["content"])
    call("verify", "th_a", status=1)
    call("verify", "th_b", status=0)


def test_what_a_problem_names_cannot_act_on_the_terminal(call, log):
    hostile = "\x1b]0;t\x07\x1b[2J\u202e"
    record = Record(act="DO", actor="did:x:y", body={}, clock=1, parents=(hostile,), thread="th_c")
    log.append(Sealed.of(record))
    printed = call("verify", status=1).out
    assert "is missing" in printed
    assert all(character.isprintable() for character in printed.replace("\n", ""))


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["th_nobody"], "no thread is called 'th_nobody'"),
        (["th_"], "several threads begin with 'th_'"),
        (["--store", "text.txt"], "is no SQLite database"),
        (["--store", "other.db"], "no threadbook store"),
        (["--store", "absent.db"], "there is no store at"),
        (["--store", "sqlite:///absent.db"], "there is no store at"),
        (["--store", "."], "unable to open"),
        (["--store", "nosuchdb://x"], "no store at"),
        (["--store", "memory:"], "memory"),
    ],
)
def test_what_cannot_be_checked_is_status_2_and_left_alone(threadbook, call, log, words, reason):
    (threadbook.folder / "text.txt").write_text("not a database " * 100)
    with closing(sqlite3.connect(threadbook.folder / "other.db")) as other, other:
        other.execute("CREATE TABLE birds (name TEXT)")
    before = sorted(path.name for path in threadbook.folder.iterdir())
    done = call("verify", *words, status=2)
    (line,) = done.err.splitlines()
    assert reason in line
    assert done.out == ""
    assert sorted(path.name for path in threadbook.folder.iterdir()) == before
