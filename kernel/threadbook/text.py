"""Plain text for people: what the magics and, in a pipe, the command line print."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from threadbook.folds.timeline import Row
from threadbook.folds.titles import line
from threadbook.log.verify import Report
from threadbook.records.identity import is_key_did
from threadbook.tables import table_text, visible_text

MARKS = {True: "✓", False: "✗", None: " "}
_WIDEST = 72
_DEEPEST = 8
HEADINGS = ("time", "actor", "act", "kind", "what", "duration", "")


def timeline_text(rows: Sequence[Row]) -> str:
    """Return a timeline as a table."""
    return table_text(HEADINGS, [timeline_cells(row) for row in rows])


def timeline_cells(row: Row) -> tuple[str, ...]:
    """Return the cells of a timeline's row, one for each heading."""
    return (
        clock_text(row.at),
        actor_text(line(row.actor)),
        row.act,
        line(row.kind, _WIDEST),
        what_text(row),
        duration_text(row.duration_ms),
        MARKS[row.is_ok],
    )


def what_text(row: Row) -> str:
    """Return what a row is about, and what went wrong; indented by how deep it is nested."""
    title = "  " * min(row.depth, _DEEPEST) + row.title
    if not row.detail or row.is_ok is not False:
        return line_text(title, _WIDEST)
    what_went_wrong = f" → {row.detail}"
    room = max(_WIDEST - len(what_went_wrong), _WIDEST // 2)
    return line_text(line_text(title, room) + what_went_wrong, _WIDEST)


def report_text(report: Report) -> str:
    """Return the result of a verification in a few lines."""
    counted = f"{count_text(report.records, 'record')}, {count_text(report.blobs, 'blob')} checked"
    if report.unsigned:
        counted += f", {report.unsigned} of them by actors without a key (unverified)"
    if report.erased:
        counted += f", {report.erased} of them erased"
    if report.is_clean:
        return f"✓ {counted}: every id, link and signature holds"
    found = count_text(len(report.problems), "problem")
    return "\n".join([f"✗ {counted}: {found}", *map(str, report.problems)])


def count_text(number: int, noun: str) -> str:
    """Return a number of things: `1 record`, `2 records`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def clock_text(milliseconds: int) -> str:
    """Return Unix milliseconds as local time of day."""
    return datetime.fromtimestamp(milliseconds / 1000).astimezone().strftime("%H:%M:%S")


def moment_text(milliseconds: int | None) -> str:
    """Return Unix milliseconds as local date and time, `never` for None."""
    if milliseconds is None:
        return "never"
    try:
        moment = datetime.fromtimestamp(milliseconds / 1000).astimezone()
    except (ValueError, OverflowError, OSError):  # anyone may have written it
        return "after the year 9999"
    return moment.isoformat(sep=" ", timespec="seconds")


def actor_text(actor: str) -> str:
    """Return an actor's DID short enough for a table: its method and its last characters."""
    if is_key_did(actor):
        return f"key:…{actor[-6:]}"
    return f"{actor.removeprefix('did:')} (unverified)"


def line_text(text: str, width: int) -> str:
    """Return text in one line of so many characters at most, with nothing hidden in it."""
    text = visible_text(text[: width + 1])
    return text if len(text) <= width else f"{text[: width - 1]}…"


def duration_text(milliseconds: float | None) -> str:
    """Return a duration for people: `3 ms`, `1.2 s`, `2 min 5 s`."""
    if milliseconds is None:
        return ""
    if milliseconds < 10:  # noqa: PLR2004
        return f"{milliseconds:.1f} ms"
    if milliseconds < 999.5:  # noqa: PLR2004  what would be rounded to 1000
        return f"{milliseconds:.0f} ms"
    if milliseconds < 59_950:  # noqa: PLR2004
        return f"{milliseconds / 1000:.1f} s"
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} min {seconds} s"
