"""Whether the indexes of a log in Redis say what its rows say.

All rows are read once. For each index what it should hold is kept as a running hash, so that the
check of a large log needs memory for the number of its threads, not of its records.
"""

from __future__ import annotations

from collections.abc import Iterator

from threadbook.errors import StoreCorrupt
from threadbook.log.redis_connection import Connection
from threadbook.log.redis_layout import Keys, clock_entry, decoded, encoded, order_entry, unpacked
from threadbook.log.redis_reading import entries_of
from threadbook.log.store import Row

_PAGE = 500

_Fold = tuple[int, int, int, int]
"""Of an index: number of rows, first and last seq, running hash."""

_NOTHING: _Fold = (0, 0, 0, 0)


def damage_of(connection: Connection, keys: Keys) -> list[str]:
    """Return what does not fit, at most one line for each index and kind of fault."""
    return list(dict.fromkeys(_faults(connection, keys)))


def _faults(connection: Connection, keys: Keys) -> Iterator[str]:
    end = _size(connection, keys)
    yield from _counts(connection, keys)
    expected: dict[bytes, _Fold] = {}
    threads: dict[bytes, bytes] = {}
    for first in range(1, end + 1, _PAGE):
        rows = _rows(connection, keys, range(first, min(first + _PAGE, end + 1)))
        yield from _entries(connection, keys, rows)
        for row in rows:
            for key in keys.indexes(row):
                if key is not None:
                    expected[key] = _folded(expected.get(key, _NOTHING), row.seq, row.clock)
            threads[encoded(row.thread)] = keys.index("thread", row.thread)
    yield from _indexes(connection, keys, expected, end)
    yield from _summaries(connection, keys, {t: expected[key] for t, key in threads.items()}, end)


def _size(connection: Connection, keys: Keys) -> int:
    seq = connection.do("HGET", keys.tip, "seq")
    if seq is None:
        raise StoreCorrupt("the store has lost its tip")
    return int(seq)


def _counts(connection: Connection, keys: Keys) -> Iterator[str]:
    with connection.use() as client, client.pipeline(transaction=True) as pipeline:
        pipeline.execute_command("HGET", keys.tip, "seq")
        pipeline.execute_command("HLEN", keys.rows)
        pipeline.execute_command("HLEN", keys.ids)
        pipeline.execute_command("ZCARD", keys.clocks)
        pipeline.execute_command("ZCARD", keys.order)
        seq, *counts = pipeline.execute()
    for name, count in zip(("rows", "ids", "clocks", "order"), counts, strict=True):
        if count != int(seq or 0):
            yield f"there are {count} {name}, not {int(seq or 0)} as noted"


def _rows(connection: Connection, keys: Keys, seqs: range) -> list[Row]:
    """Return the rows that can be read; verification reports the others."""
    rows = []
    for seq, data in zip(seqs, connection.do("HMGET", keys.rows, *seqs), strict=True):
        try:
            rows.append(unpacked(str(seq).encode(), data))
        except StoreCorrupt:
            continue
    return rows


def _entries(connection: Connection, keys: Keys, rows: list[Row]) -> Iterator[str]:
    if not rows:
        return
    clocks = connection.do("ZMSCORE", keys.clocks, *map(clock_entry, rows))
    order = connection.do("ZMSCORE", keys.order, *(order_entry(r.clock, r.seq) for r in rows))
    if any(score is None or float(score) != 0 for score in (*clocks, *order)):
        yield f"clocks of seq {rows[0].seq} to {rows[-1].seq} are not indexed as they are"


def _indexes(
    connection: Connection, keys: Keys, expected: dict[bytes, _Fold], end: int
) -> Iterator[str]:
    """Compare all indexes, also those that should not be there."""
    with connection.use() as client:
        found = set(client.scan_iter(match=keys.base + b"*", count=1000))
    for key in sorted(found):
        if not keys.is_known(key):
            yield f"there is a foreign key {key[:120]!r}"
    kept = {key for key in found if key.startswith(keys.base + b"of:")}
    for key in sorted(kept | expected.keys()):
        fold = _NOTHING
        for seq, clock in entries_of(connection, key, end):
            fold = _folded(fold, seq, clock)
        if fold != expected.get(key, _NOTHING):
            yield f"the index {key[:120]!r} does not list the records that it should"


def _summaries(
    connection: Connection, keys: Keys, expected: dict[bytes, _Fold], end: int
) -> Iterator[str]:
    found = connection.do("HGETALL", keys.threads)
    for thread in sorted(found.keys() | expected.keys()):
        count, first, last, _ = expected.get(thread, _NOTHING)
        numbers = [int(number) for number in found.get(thread, b"0 0 0").split()]
        has_grown = numbers[2] > end
        if [count, first, last] != numbers and not has_grown:
            yield f"the summary of thread {decoded(thread)[:80]!r} does not fit its records"


def _folded(fold: _Fold, seq: int, clock: int) -> _Fold:
    count, first, _, running = fold
    return count + 1, first or seq, seq, hash((running, seq, clock))
