"""The write transaction of a PostgreSQL store, and what is known before it begins."""

from __future__ import annotations

import threading
from typing import Any

import psycopg

from threadbook.log import postgres_find
from threadbook.log.postgres_connections import Address, Connection
from threadbook.log.postgres_rows import (
    FIND,
    INSERT,
    NUMBER,
    TIP,
    as_bytes,
    as_text,
    digest_bytes,
    fetch,
    row_of,
    tip_of,
    values_of,
)
from threadbook.log.store import EMPTY, Row, Tip

_MOST_CLOCKS = 10_000
_ERASE = b"UPDATE record SET canonical = %s WHERE seq = %s"
_SET_TIP = b"UPDATE tip SET seq = %s, chain = %s, commits = %s"
_INSERT_ONE = b"WITH new AS (" + INSERT.encode() + b") " + _SET_TIP
_BEGIN = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"  # noqa: S608  what is put in are numbers
    f" SELECT pg_advisory_xact_lock({{}}); {TIP};"
    " SELECT chain, (SELECT text FROM name WHERE name.id = thread),"
    " (SELECT text FROM name WHERE name.id = actor), clock"
    " FROM record WHERE seq >= {} ORDER BY seq LIMIT 200"
)
_LAST_CLOCK = f"SELECT max(clock) FROM record WHERE thread = {NUMBER} AND actor = {NUMBER}"  # noqa: S608
_CLOCK_OWNER = f"SELECT id FROM record WHERE thread = {NUMBER} AND actor = {NUMBER} AND clock = %s"  # noqa: S608


class Known:
    """What this process knows of the log without asking, as of the tip after its last write."""

    def __init__(self) -> None:
        self.tip: Tip | None = None
        self.commits = 0
        self.clocks: dict[tuple[str, str], int | None] = {}

    def saw(self, thread: str, actor: str, clock: int) -> None:
        """Take note of a row; a thread and an actor nobody asked for stay unknown."""
        if (thread, actor) in self.clocks:
            self.clocks[thread, actor] = max(clock, self.clocks[thread, actor] or 0)


class PostgresTransaction:
    """One BEGIN … COMMIT, in two round trips as long as all that is asked for is known.

    Rows are sent with the commit, or when something has to be looked up among them.
    """

    def __init__(self, connection: Connection, address: Address, known: Known) -> None:
        self.connection = connection
        self.thread = threading.get_ident()
        self.known = known
        self._address = address
        self._rows: list[Row] = []
        self._has_changed = False

    def begin(self) -> None:
        """Wait for other writers, then see what they have left.

        Numbers from a sequence are given before, and become visible in the order of, the commits:
        a reader would pass over one that comes late. So the number is taken under a lock that is
        held until the commit is visible, and all writers of a log take the same. It is an advisory
        lock, as readers need not wait for it. The queries after it see what the holder before left,
        because each statement of a READ COMMITTED transaction sees what is committed by then.
        """
        last = self.known.tip
        # One message of several statements, which can have no parameters: both are numbers.
        begin = _BEGIN.format(self._address.lock, 2**63 - 1 if last is None else last.seq)
        with self.connection.execute(begin.encode(), prepare=False) as cursor:
            *_, tip, since = (found.fetchall() for found in cursor.results() if found.description)
        now, self.known.commits = tip_of(tip)
        if last is None or not self._catch_up(last, now, since):
            self.known.clocks.clear()
        self.known.tip = now

    def _catch_up(self, last: Tip, now: Tip, since: list[tuple[Any, ...]]) -> bool:
        """Learn what was appended since; return whether that is all, so that the rest holds."""
        if len(since) != now.seq - last.seq + 1 or since[0][0] != last.chain:
            return False
        for _, thread, actor, clock in since[1:]:
            self.known.saw(as_text(thread), as_text(actor), clock)
        return len(self.known.clocks) < _MOST_CLOCKS

    def tip(self) -> Tip:
        """See Transaction.tip."""
        return self.known.tip or EMPTY

    def find(self, record_id: str) -> Row | None:
        """See Transaction.find."""
        found = self._look_up(FIND, digest_bytes(record_id))
        return row_of(found[0]) if found else None

    def last_clock(self, thread: str, actor: str) -> int | None:
        """See Transaction.last_clock."""
        clocks, pair = self.known.clocks, (thread, actor)
        if pair not in clocks:
            ((clocks[pair],),) = self._look_up(_LAST_CLOCK, as_bytes(thread), as_bytes(actor))
        return clocks[pair]

    def clock_owner(self, thread: str, actor: str, clock: int) -> str | None:
        """See Transaction.clock_owner."""
        last = self.last_clock(thread, actor)
        if last is None or clock > last:
            return None
        found = self._look_up(_CLOCK_OWNER, as_bytes(thread), as_bytes(actor), clock)
        return next((digest.hex() for (digest,) in found), None)

    def insert(self, row: Row) -> None:
        """See Transaction.insert."""
        self._rows.append(row)
        self.known.tip = Tip(row.seq, row.chain)
        self.known.saw(row.thread, row.actor, row.clock)

    def erase(self, seq: int, canonical: bytes) -> None:
        """See Transaction.erase."""
        self.flush()
        self._has_changed = True
        postgres_find.replace(self.connection, seq, canonical)
        self.connection.execute(_ERASE, (canonical, seq))
        self.connection.execute(b"DELETE FROM derived")

    def flush(self) -> None:
        """Send the rows that wait."""
        if self._rows:
            with self.connection.pipeline():
                self._send()

    def _send(self) -> None:
        rows, self._rows, self._has_changed = self._rows, [], True
        with self.connection.cursor() as cursor:
            cursor.executemany(INSERT.encode(), [values_of(row) for row in rows])

    def commit(self) -> None:
        """Commit, and tell listeners. Not knowing whether it did is an error; retrying is safe."""
        if not (self._rows or self._has_changed):
            self.connection.execute(b"ROLLBACK")
            return
        self.known.commits += 1
        done = self.connection.cursor()
        try:
            with self.connection.pipeline():
                tip = (*self.tip(), self.known.commits)
                if len(self._rows) == 1:
                    self.connection.execute(_INSERT_ONE, (*values_of(self._rows[0]), *tip))
                else:
                    if self._rows:
                        self._send()
                    self.connection.execute(_SET_TIP, tip)
                done.execute(b"COMMIT")
                # After it: the server orders transactions that announce something across all
                # databases, and would not commit one while its queue of announcements is full.
                self.connection.execute(f"NOTIFY {self._address.channel}".encode())
        except psycopg.Error:
            if done.statusmessage != "COMMIT":
                raise

    def roll_back(self) -> None:
        """Undo, as far as the server has not done so itself."""
        if not self.connection.closed:
            try:
                self.connection.execute(b"ROLLBACK")
            except psycopg.Error:
                self.connection.close()

    def _look_up(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        self.flush()
        return fetch(self.connection, query, *values)
