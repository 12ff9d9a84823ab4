"""A transaction of the Redis store: what is to be written, gathered until the commit."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import msgspec

from threadbook.log import redis_scripts
from threadbook.log.redis_connection import Connection
from threadbook.log.redis_layout import (
    Keys,
    clock_entry,
    digest_of,
    encoded,
    order_entry,
    owner_of_clocks,
    packed,
    unpacked,
)
from threadbook.log.store import Row, Tip

LEASE_SECONDS = 5.0
"""How long others wait for a writer of which they hear nothing."""

_NONE = -1
"""In the place of a last clock where there is none."""


class State(NamedTuple):
    """The end of a log, as Redis has it."""

    seq: bytes
    chain: bytes
    commits: bytes


class RedisTransaction:
    """Redis hears of what is written with the commit.

    `clocks` are last clocks by owner that hold for `state`. What this transaction adds to them is
    right only once it is committed.
    """

    def __init__(
        self,
        connection: Connection,
        keys: Keys,
        token: bytes,
        state: State,
        clocks: dict[bytes, int],
    ) -> None:
        self._connection, self._keys = connection, keys
        self.token, self.state = token, state
        self.rows: dict[int, Row] = {}
        self.erased: dict[int, Row] = {}
        self._by_id: dict[str, int] = {}
        self._owners: dict[tuple[bytes, int], str] = {}
        self._clocks = clocks
        self._new_clocks: dict[bytes, int] = {}  # of owners that are not among the clocks
        self._tip = Tip(int(state.seq), state.chain)
        self._renew_at = time.monotonic() + LEASE_SECONDS / 3

    def tip(self) -> Tip:
        """See Transaction.tip."""
        return self._tip

    def find(self, record_id: str) -> Row | None:
        """See Transaction.find."""
        if (seq := self._by_id.get(record_id)) is not None:
            return self.rows[seq]
        found = find(self._connection, self._keys, record_id)
        return found if found is None else self.erased.get(found.seq, found)

    def last_clock(self, thread: str, actor: str) -> int | None:
        """See Transaction.last_clock."""
        owner = owner_of_clocks(thread, actor)
        if owner not in self._clocks:
            stored = self._last_stored(owner)
            self._clocks[owner] = max(stored, self._new_clocks.get(owner, _NONE))
        last = self._clocks[owner]
        return None if last == _NONE else last

    def clock_owner(self, thread: str, actor: str, clock: int) -> str | None:
        """See Transaction.clock_owner."""
        owner = owner_of_clocks(thread, actor)
        if (record_id := self._owners.get((owner, clock))) is not None:
            return record_id
        begin = owner + clock.to_bytes(8)
        found = self._clock_entries("ZRANGEBYLEX", b"[" + begin, b"[" + begin + b"\xff" * 33)
        return found[0][24:].hex() if found else None

    def insert(self, row: Row) -> None:
        """See Transaction.insert."""
        self.keep_lock()
        owner = owner_of_clocks(row.thread, row.actor)
        clocks = self._clocks if owner in self._clocks else self._new_clocks
        clocks[owner] = max(clocks.get(owner, _NONE), row.clock)
        self._owners[owner, row.clock] = row.id
        self._by_id[row.id] = row.seq
        self.rows[row.seq] = row
        self._tip = Tip(row.seq, row.chain)

    def erase(self, seq: int, canonical: bytes) -> None:
        """See Transaction.erase."""
        if seq in self.rows:
            self.rows[seq] = msgspec.structs.replace(self.rows[seq], canonical=canonical)
            return
        row = unpacked(str(seq).encode(), self._connection.do("HGET", self._keys.rows, seq))
        self.erased[seq] = msgspec.structs.replace(row, canonical=canonical)

    def keep_lock(self) -> None:
        """Renew the lease now and then: this takes long, but still does something."""
        now = time.monotonic()
        if now > self._renew_at:
            self._renew_at = now + LEASE_SECONDS / 3
            self._connection.run(redis_scripts.RENEW, [self._keys.lock], [self.token, lease_ms()])

    def commit(self) -> State | None:
        """Write it all; return the state after it, None where another writer came first."""
        keys, values = self.commitment()
        if not self._connection.run(redis_scripts.COMMIT, keys, values):
            return None
        commits = int(self.state.commits) + 1
        return State(str(self._tip.seq).encode(), self._tip.chain, str(commits).encode())

    def commitment(self) -> tuple[list[bytes], list[Any]]:
        """Return the keys and values of the commit script."""
        keys = self._keys
        known = [keys.lock, keys.tip, keys.rows, keys.ids, keys.clocks, keys.order, keys.threads]
        places = {key: place for place, key in enumerate([*known, keys.kept], start=1)}
        values: list[Any] = [self.token, *self.state, *self._tip, len(self.rows)]
        for seq, row in self.rows.items():
            values += [seq, bytes.fromhex(row.id), packed(row), clock_entry(row)]
            values += [order_entry(row.clock, seq), encoded(row.thread), row.clock]
            values += [
                0 if key is None else places.setdefault(key, len(places) + 1)
                for key in keys.indexes(row)
            ]
        for seq, row in self.erased.items():
            values += [seq, packed(row)]
        return list(places), values

    def _last_stored(self, owner: bytes) -> int:
        found = self._clock_entries("ZREVRANGEBYLEX", b"[" + owner + b"\xff" * 41, b"[" + owner)
        return int.from_bytes(found[0][16:24]) if found else _NONE

    def _clock_entries(self, command: str, begin: bytes, end: bytes) -> list[bytes]:
        limit = "LIMIT", 0, 1
        entries: list[bytes] = self._connection.do(command, self._keys.clocks, begin, end, *limit)
        return entries


def find(connection: Connection, keys: Keys, record_id: str) -> Row | None:
    """Return the row of this id; an entry that does not lead to its record counts for nothing."""
    places = [keys.tip, keys.rows, keys.ids]
    found = connection.run(redis_scripts.FIND, places, [digest_of(record_id)])
    if found is None or found[1] is None:
        return None
    row = unpacked(*found)
    return row if row.id == record_id else None


def lease_ms() -> int:
    """Return for how long a lock is taken, in milliseconds."""
    return round(LEASE_SECONDS * 1000)
