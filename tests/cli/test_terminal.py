"""What commands show on a terminal: tables that fit, and text that stays text."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from threadbook.log.log import open_log
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

SCRIPT = Path(sys.executable).parent / "threadbook"
THREAD = "th_" + "a" * 64
HOSTILE = (
    "\x1b]0;title\x07\x1b[2J\x9b31m[red]r[/red] [link=x]l[/link] :smile: \u202eb\u2066\r\nnext\x08"
)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
ERASE_AND_CURSOR = re.compile(r"\x1b\[(2K|1A|\?25[lh])")


@pytest.fixture
def append(threadbook):
    """Return a function that appends a record."""

    def write(*, by=None, act="DO", thread=THREAD, parents=(), **body):
        by = by or Identity.key(threadbook.folder / "identity.pem")
        with open_log(f"sqlite:///{threadbook.store}") as log:
            return log.append(Draft(act=act, body=body, thread=thread, parents=parents), by=by)

    return write


@pytest.fixture
def show(threadbook):
    """Return a function that runs a command on a terminal of some width."""

    env = {k: v for k, v in threadbook.env.items() if k not in {"COLUMNS", "LINES"}}

    def run(*words, columns, status=0):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        process = subprocess.Popen(
            [SCRIPT, *map(str, words)],
            cwd=threadbook.folder,
            env={**env, "TERM": "xterm-256color"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        shown = b""
        try:
            while data := os.read(ours, 65536):
                shown += data
        except OSError:  # how Linux says that the other side has closed
            pass
        finally:
            os.close(ours)
        assert process.wait() == status, shown
        return shown.decode().replace("\r\n", "\n")

    return run


def without_colour(shown):
    return COLOUR.sub("", shown)


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_ids_stay_whole_on_a_terminal_of_any_width(append, show, columns):
    append(act="INTEND", kind="core.intent", goal="a goal that says " + "a lot " * 9)
    shown = without_colour(show("thread", "list", columns=columns))
    row = next(line for line in shown.splitlines() if THREAD in line)
    assert re.search(r"\s1\s+\d\d:\d\d:\d\d\s+a goal that", row)
    assert ("…" in row) == (columns < 200)


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_timeline_keeps_its_marks_on_a_terminal_of_any_width(append, show, columns):
    for status in ("ok", "error"):
        start = append(kind="threadbook.cell.start", code="x" * 70, session="", execution="")
        append(kind="threadbook.cell.end", parents=(start.id,), status=status)
    shown = show("thread", "show", THREAD, columns=columns)
    rows = [line for line in without_colour(shown).splitlines() if "cell.start" in line]
    assert [row.rstrip()[-1] for row in rows] == ["✓", "✗"]
    assert "\x1b[32m✓" in shown
    assert "\x1b[31m✗" in shown


def assert_harmless(shown):
    text = ERASE_AND_CURSOR.sub("", without_colour(shown))
    assert all(c.isprintable() for c in text.replace("\n", "").replace("\r", ""))


def test_nothing_in_a_record_acts_on_the_terminal(append, show, call):
    thread = f"th_{HOSTILE}"
    for author in (Identity.static(f"did:x:{HOSTILE}"), None):
        append(by=author, act="INTEND", thread=thread, kind="core.intent", goal=HOSTILE)
        append(by=author, thread=thread, kind="threadbook.cell.start", code=HOSTILE)
        append(by=author, thread=thread, **{"kind": "a.b.c", HOSTILE: HOSTILE})
        append(by=author, thread=thread, kind="a.b.c", summary=HOSTILE)
    for words in (
        ("thread", "list"),
        ("thread", "show", "th_"),
        ("thread", "records", "th_", "-o", "table"),
        ("verify",),
        ("do", "text", "--thread", "th_"),
    ):
        assert_harmless(show(*words, columns=120))
        in_a_pipe = call(*words).out
        assert_harmless(in_a_pipe)
        assert "\x1b" not in in_a_pipe
        if words[0] == "thread":
            assert "[red]r[/red] [link=x]l[/link] :smile:" in in_a_pipe
    rows = call("thread", "show", "th_").out.splitlines()
    assert len(rows) == 2 + 8 + 2  # heading and thread; what was appended here; by `do`


def test_records_as_data_are_escaped(append, call):
    append(kind="a.b.c", summary=HOSTILE)
    for output in ("json", "jsonl"):
        printed = call("thread", "records", THREAD, "-o", output).out
        assert printed.isascii()
        assert_harmless(printed)


def test_nothing_in_an_error_of_a_cell_acts_on_the_terminal(threadbook, call, show):
    (threadbook.folder / "s.py").write_text(f"raise ValueError({HOSTILE!r} * 20)")
    printed = call("run", "s.py", status=1).out
    assert_harmless(printed)
    failed, summary = printed.splitlines()
    assert failed.count("[red]r[/red] [link=x]l[/link] :smile:") == 20
    assert summary.startswith("1 cell run, 1 failed")
    assert_harmless(show("run", "s.py", columns=80, status=1))
