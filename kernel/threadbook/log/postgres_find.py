"""The words of a log in a full-text index of PostgreSQL.

The index is derived from the rows: it is caught up before a search, in steps that keep no append
waiting. It knows which row has which words, but neither their order nor the text; that is checked
against the records themselves. PostgreSQL's own idea of a word is not asked for.
"""

from __future__ import annotations

import hashlib
import unicodedata

from threadbook.errors import CanonicalError
from threadbook.log.postgres_connections import Connection
from threadbook.log.postgres_rows import COLUMNS, change, fetch, row_of
from threadbook.log.store import Candidates, Position, Query, Row
from threadbook.log.words import Phrase, strings_in, words_of
from threadbook.records.record import Record

VERSION = f"1 {unicodedata.unidata_version}"
"""Names the form of words; an index of another form is built afresh."""

_STEP = 500
_LONGEST = 1_000_000
"""Bytes of words that a tsvector can hold; a row with more is a candidate in each search."""


def catch_up(connection: Connection) -> None:
    """Add the words of all rows that are not in the index yet."""
    while _step(connection):
        pass


def candidates(
    connection: Connection,
    phrases: tuple[Phrase, ...],
    query: Query,
    *,
    before: int,
    limit: int,
) -> Candidates:
    """Return rows below `before` that have all words, the newest first."""
    terms = [f"'{place}'" for place in _places(query)]
    for phrase in phrases:
        *front, last = phrase.words
        terms += [f"'{word}'" for word in front]
        terms.append(f"'{last}'{':*' if phrase.is_prefix else ''}")
    sql = (
        f"SELECT {COLUMNS} FROM record JOIN word USING (seq)"  # noqa: S608  columns are ours
        " WHERE (words @@ %s::tsquery OR words IS NULL) AND seq < %s"
        f" ORDER BY seq DESC LIMIT {limit:d}"
    )
    rows = [row_of(found) for found in fetch(connection, sql, " & ".join(terms), before)]
    resume = Position(rows[-1].seq, rows[-1].seq) if len(rows) == limit else None
    return Candidates(
        rows=rows, resume=resume, scanned=len(rows), indexed=("body",), sql=sql, bind_count=2
    )


def replace(connection: Connection, seq: int, canonical: bytes) -> None:
    """Put the words of what is left of an erased row in the place of its own."""
    # Whoever is catching up may have read the row as it was: it is waited for, and corrected.
    fetch(connection, _LOCK)
    for values in fetch(connection, _ROW, seq):
        words = _words(row_of(values), canonical)
        change(
            connection, "UPDATE word SET words = array_to_tsvector(%s) WHERE seq = %s", words, seq
        )


_LOCK = "SELECT FROM words FOR UPDATE"
_ROW = f"SELECT {COLUMNS} FROM record WHERE seq = %s"  # noqa: S608  a constant
_ROWS = f"SELECT {COLUMNS} FROM record WHERE seq > %s ORDER BY seq LIMIT {_STEP}"  # noqa: S608


def _step(connection: Connection) -> bool:
    """Add the words of some rows; return whether there may be more."""
    end = _end(connection)
    if end is not None and not fetch(connection, "SELECT FROM record WHERE seq > %s LIMIT 1", end):
        return False
    with connection.transaction():
        fetch(connection, _LOCK)  # and look again: somebody else may have been at it
        end = _end(connection)
        if end is None:  # of another form, or of another log than this
            change(connection, "TRUNCATE word")
            change(connection, "UPDATE words SET version = %s, seq = 0", VERSION)
        rows = [row_of(values) for values in fetch(connection, _ROWS, end or 0)]
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO word VALUES (%s, array_to_tsvector(%s))",
                [(row.seq, _words(row, row.canonical)) for row in rows],
            )
        if rows:
            last = rows[-1].seq, rows[-1].chain
            change(connection, "UPDATE words SET seq = %s, chain = %s", *last)
    return len(rows) == _STEP


def _end(connection: Connection) -> int | None:
    """Return up to which row the words are known, None where they are of no use."""
    found = fetch(
        connection,
        "SELECT seq FROM words WHERE version = %s AND (seq = 0 OR EXISTS"
        " (SELECT FROM record WHERE seq = words.seq AND chain = words.chain))",
        VERSION,
    )
    return next((seq for (seq,) in found), None)


def _words(row: Row, canonical: bytes) -> list[str] | None:
    """Return what is indexed of a row: its words, each once, and where it belongs."""
    try:
        body = Record.decode(canonical).body
    except CanonicalError:  # damaged: verify reports it
        body = {}
    words = {word for text in strings_in(body) for word in words_of(text)}
    if sum(len(word.encode()) for word in words) > _LONGEST:
        return None
    place = Query(thread=row.thread, actor=row.actor, act=row.act, kind=row.kind)
    return [*_places(place), *words]


def _places(query: Query) -> list[str]:
    """Return a term for each field that is asked for; no word has a ¶ in it."""
    fields = {"t": query.thread, "p": query.actor, "a": query.act, "k": query.kind}
    return [
        f"¶{name}{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()[:16]}"
        for name, text in fields.items()
        if text is not None
    ]
