"""The one write transaction of an SQLite store."""

from __future__ import annotations

import sqlite3

from threadbook.log.sqlite_rows import find_name, find_row, tip_of
from threadbook.log.store import Row, Tip


class SqliteTransaction:
    """One BEGIN IMMEDIATE … COMMIT."""

    def __init__(self, connection: sqlite3.Connection, names: dict[str, int]) -> None:
        self._connection = connection
        self._names = names
        self._tip: Tip | None = None
        self.has_erased = False

    def tip(self) -> Tip:
        """See Transaction.tip."""
        return self._tip or tip_of(self._connection)

    def find(self, record_id: str) -> Row | None:
        """See Transaction.find."""
        return find_row(self._connection, record_id)

    def last_clock(self, thread: str, actor: str) -> int | None:
        """See Transaction.last_clock."""
        found = self._connection.execute(
            "SELECT max(clock) FROM record WHERE thread = ? AND actor = ?",
            (self._number(thread), self._number(actor)),
        ).fetchone()
        return None if found is None else found[0]

    def clock_owner(self, thread: str, actor: str, clock: int) -> str | None:
        """See Transaction.clock_owner."""
        found = self._connection.execute(
            "SELECT id FROM record WHERE thread = ? AND actor = ? AND clock = ?",
            (self._number(thread), self._number(actor), clock),
        ).fetchone()
        return None if found is None else found[0].hex()

    def insert(self, row: Row) -> None:
        """See Transaction.insert."""
        self._connection.execute(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row.seq,
                bytes.fromhex(row.id),
                row.canonical,
                row.sig,
                row.judged_by,
                row.recorded_at,
                row.chain,
                self._number(row.thread),
                self._number(row.actor),
                row.act,
                None if row.kind is None else self._number(row.kind),
                row.clock,
            ),
        )
        self._tip = Tip(row.seq, row.chain)

    def erase(self, seq: int, canonical: bytes) -> None:
        """See Transaction.erase."""
        self._connection.execute("UPDATE record SET canonical = ? WHERE seq = ?", (canonical, seq))
        self._connection.execute("DELETE FROM derived")
        self._connection.execute("INSERT OR IGNORE INTO erased VALUES (?)", (seq,))
        self.has_erased = True

    def finish(self) -> None:
        """Note the end of the log, before the commit."""
        if self._tip:
            self._connection.execute("UPDATE tip SET seq = ?, chain = ?", self._tip)

    def _number(self, text: str) -> int:
        number = find_name(self._connection, self._names, text)
        if number is None:
            cursor = self._connection.execute("INSERT INTO name (text) VALUES (?)", (text,))
            number = self._names[text] = int(cursor.lastrowid or 0)
        return number
