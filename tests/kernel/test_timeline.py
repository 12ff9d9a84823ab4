"""The timeline of a thread: what a record says in one line, and how it looks in a terminal."""

import pytest

from threadbook.folds.threads import goals_of
from threadbook.folds.timeline import timeline
from threadbook.log.log import open_log
from threadbook.log.verify import Problem, Report
from threadbook.records.bodies import (
    BlobRef,
    CellEnd,
    CellError,
    CellOutput,
    CellStart,
    Intent,
    Outcome,
    VerdictAccept,
    VerdictReject,
)
from threadbook.records.identity import Identity
from threadbook.records.record import Draft
from threadbook.tables import table_text
from threadbook.text import actor_text, duration_text, report_text, timeline_text, what_text

THREAD = "th"


@pytest.fixture
def log():
    with open_log("memory:") as log:
        yield log


@pytest.fixture
def add(log):
    identity = Identity.static("did:sync:user:ann")

    def add(body, *parents):
        parents = tuple(parent.id for parent in parents)
        draft = (
            Draft(act="DO", body=body, thread=THREAD, parents=parents)
            if isinstance(body, dict)
            else body.draft(thread=THREAD, parents=parents)
        )
        return log.append(draft, by=identity)

    return add


def start(code):
    return CellStart(code=code, session="s", execution="m")


def row_of(log, stored):
    (row,) = [row for row in timeline(log.read(thread=THREAD)) if row.id == stored.id]
    return row


def test_a_cell_is_one_row_with_the_outcome_of_its_end(log, add):
    ran, failed, running = add(start("x = 1")), add(start("1 / 0")), add(start("y = 2"))
    error = CellError(name="ZeroDivisionError", value="division by zero")
    add(CellEnd(status="error", duration_ms=3.5, error=error), failed)
    add(CellEnd(status="ok", duration_ms=1.25), ran)
    rows = timeline(log.read(thread=THREAD))
    assert [row.id for row in rows] == [ran.id, failed.id, running.id]
    assert [(what_text(row), row.status, row.duration_ms, row.is_ok) for row in rows] == [
        ("x = 1", "ok", 1.25, True),
        ("1 / 0 → ZeroDivisionError: division by zero", "error", 3.5, False),
        ("y = 2", "running", None, None),
    ]


def test_what_went_wrong_is_shown_beside_the_longest_code(log, add):
    failed = add(start("x = " + "1" * 200))
    add(CellEnd(status="error", error=CellError(name="KeyError", value="v" * 200)), failed)
    shown = what_text(row_of(log, failed))
    assert len(shown) == 72
    assert shown.startswith("x = 11111")
    assert " → KeyError: vvvv" in shown


@pytest.mark.parametrize("status", ["interrupted", "timeout", "aborted", "refused", "died"])
def test_a_cell_that_did_not_end_well_is_not_ok(log, add, status):
    stored = add(start("x"))
    add(CellEnd(status=status), stored)
    assert row_of(log, stored).is_ok is False


@pytest.mark.parametrize(
    ("code", "gist"),
    [
        ("x = 1\ny = 2", "x = 1"),
        ("# Read the data\nx = 1", "Read the data"),
        ("\n\n  #%%\n  # \n  x = 1", "x = 1"),
        ("#!/bin/sh", "!/bin/sh"),
        ("%matplotlib inline", "%matplotlib inline"),
        ("", ""),
        ("# \n#", ""),
    ],
)
def test_code_is_shown_by_its_first_line_that_says_something(log, add, code, gist):
    assert row_of(log, add(start(code))).title == gist


def test_what_is_shown_fits_one_line_of_a_terminal_and_does_nothing_to_it(log, add):
    hostile = "clear \x1b[2J\x1b[31m red \u202e right\r\nnext\x07" + "x" * 200
    for body in (start(hostile), Intent(goal=hostile), {"kind": "x.y.z", "n": hostile}):
        what = what_text(row_of(log, add(body)))
        assert what.isprintable()
        assert len(what) <= 72
    shown = timeline_text(timeline(log.read(thread=THREAD)))
    assert all(line.isprintable() for line in shown.splitlines())


def test_a_hostile_name_of_an_actor_does_nothing_to_a_terminal(log):
    identity = Identity.static("did:\x1b[2Jx\ny")
    log.append(Intent(goal="g").draft(thread=THREAD), by=identity)
    shown = timeline_text(timeline(log.read(thread=THREAD)))
    assert len(shown.splitlines()) == 2
    assert all(line.isprintable() for line in shown.splitlines())


def test_goals_outcomes_and_verdicts_say_what_they_are_about(log, add):
    goal = add(Intent(goal="find out"))
    done = add(Outcome(summary="found", fulfills=goal.id))
    good = add(VerdictAccept(subject="did:x", judges=done.id, reason="well done"))
    bad = add(VerdictReject(subject="did:x", judges=done.id, reason="not so"))
    rows = [row_of(log, stored) for stored in (goal, done, good, bad)]
    assert [(row.title, row.is_ok) for row in rows] == [
        ("find out", False),  # what fulfilled it was rejected
        ("found", True),
        ("well done", True),
        ("not so", False),
    ]
    assert [g.id for g in goals_of(log.read(thread=THREAD))] == [goal.id]


def test_any_other_record_shows_its_fields(log, add):
    assert row_of(log, add({"kind": "x.y.z", "name": "named", "n": 1})).title == "named"
    assert row_of(log, add({"kind": "x.y.z", "n": 1, "f": 2.5, "deep": [1]})).title == "f=2.5, n=1"
    assert row_of(log, add({})).kind == ""


def test_late_output_and_blobs_have_a_row(log, add):
    cell = add(start(BlobRef(blob="0" * 64, size=70_000)))
    assert "code" in row_of(log, cell).title
    outputs = [{"output_type": "stream", "name": "stdout", "text": "late text\n"}]
    late = add(
        CellOutput(cell=cell.id, execution="m", outputs=outputs, outputs_hash="0" * 64), cell
    )
    assert "output" in row_of(log, late).title


def test_a_malformed_record_of_a_known_kind_is_shown_all_the_same(log, add):
    for body in (
        {"kind": CellStart.KIND, "code": 5},
        {"kind": CellStart.KIND},
        {"kind": CellEnd.KIND, "status": "unheard of"},
        {"kind": CellOutput.KIND, "outputs": "none"},
        {"kind": "core.intent", "goal": ["no", "text"]},
        {"kind": "threadbook.session.start"},
    ):
        add(body)
    assert len(timeline_text(timeline(log.read(thread=THREAD))).splitlines()) >= 6


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (None, ""),
        (0, "0.0 ms"),
        (3.456, "3.5 ms"),
        (42.4, "42 ms"),
        (999.6, "1.0 s"),
        (1_234, "1.2 s"),
        (59_940, "59.9 s"),
        (59_990, "1 min 0 s"),
        (119_900, "2 min 0 s"),
        (125_000, "2 min 5 s"),
    ],
)
def test_durations_are_for_people(milliseconds, text):
    assert duration_text(milliseconds) == text


def test_actors_without_a_key_are_shown_as_unverified():
    assert actor_text("did:sync:user:ann") == "sync:user:ann (unverified)"
    key = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    assert actor_text(key) == "key:…ta2doK"


def test_tables_are_aligned_and_have_no_trailing_space():
    text = table_text(("a", "bcd", ""), [("long", "x", ""), ("", "yy", "✓")])
    assert text.splitlines() == ["a     bcd", "long  x", "      yy   ✓"]


def test_a_report_names_every_problem():
    clean = Report(records=3, blobs=1, unsigned=0, problems=[])
    assert report_text(clean).startswith("✓ 3 records")
    bad = Report(
        records=3, blobs=0, unsigned=2, problems=[Problem("is wrong", 2, "a" * 64), Problem("ends")]
    )
    first, *problems = report_text(bad).splitlines()
    assert first.startswith("✗ 3 records")
    assert "unverified" in first
    assert problems == [f"seq 2 ({'a' * 12}): is wrong", "log: ends"]
