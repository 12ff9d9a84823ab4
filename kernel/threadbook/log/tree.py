"""The Merkle tree over the records of a log.

Leaf n is the record with seq n + 1. A leaf covers what the chain covers, not the content itself:
a record whose content was erased keeps its leaf.

Hashes of complete subtrees are kept with the store in tiles of 256, on levels 256 leaves apart, so
that a proof reads some hundred rows and not all. Tiles are not trusted: each is sealed with the
log's chain at its end, and built again where that does not fit. A seal is no secret: who can write
the store can forge one. So whatever checks a log reads its rows, with `scan` below.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import suppress

from threadbook.errors import ProofError, StoreUnavailable
from threadbook.log.log import Log, Placed, placed_bytes
from threadbook.log.merkle import (
    HASH_BYTES,
    consistency_path,
    inclusion_path,
    leaf_hash,
    subtree_hash,
    tree_head,
)
from threadbook.log.store import Query, Row, Store

TILE = 256
"""Hashes in a tile, and leaves below the lowest hash that is kept."""

_TILE_HEIGHT = TILE.bit_length() - 1
_DOMAIN = b"threadbook.log.tile.v1\0"
_CACHED_TILES = 64
_PAGE = 1000


def leaf_of(row: Placed) -> bytes:
    """Return the leaf hash of a row: of its seq, time of recording, id, signature and judge."""
    return leaf_hash(placed_bytes(row))


def scan(store: Store, *, size: int) -> Iterator[Row]:
    """Yield the rows with seq 1 to `size`. Raises ProofError where one is missing."""
    seq = 0
    while seq < size:
        rows = store.rows(Query(), after=seq, limit=min(_PAGE, size - seq))
        if not rows:
            raise ProofError(f"the store has {seq:,} records, not {size:,}: records were cut off")
        for row in rows:
            seq += 1
            if row.seq != seq:
                raise ProofError(f"the record with seq {seq} is missing")
            yield row


class Tree:
    """Heads and proofs of a log, at any size up to that of the log. Threads may share it."""

    def __init__(self, log: Log) -> None:
        self._store = log.store
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    @property
    def size(self) -> int:
        """The number of records, which is that of leaves."""
        return self._store.tip().seq

    def head(self, size: int | None = None) -> bytes:
        """Return the root hash over the first `size` records, by default all.

        Raises ProofError where there are not so many.
        """
        size = self.size if size is None else size
        self._check(size)
        return tree_head(size, self._node)

    def inclusion(self, seq: int, *, size: int) -> list[bytes]:
        """Return the proof that the record `seq` is among the first `size`. Raises ProofError."""
        self._check(size)
        if not 0 < seq <= size:
            raise ProofError(f"the record with seq {seq} is not among the first {size:,}")
        return inclusion_path(seq - 1, size, self._node)

    def consistency(self, old: int, *, size: int) -> list[bytes]:
        """Return the proof that the first `old` of the first `size` records are the same ones.

        Raises ProofError.
        """
        self._check(size)
        if not 0 < old <= size:
            raise ProofError(f"{size:,} records are no extension of {old:,}")
        return consistency_path(old, size, self._node)

    def prepare(self, size: int, *, seconds: float) -> bool:
        """Hash what has not been hashed yet, for about so long; tell whether all has been.

        What is done is kept: the next call, of any process, goes on from there.
        """
        deadline = time.monotonic() + seconds
        tiles, rest = divmod(size // TILE, TILE)
        missing = []
        for number in range(tiles, -1, -1):
            wanted = TILE if number < tiles else rest
            have = len(self._load(1, number))
            if have < wanted:
                missing.append((number, have, wanted))
            elif wanted:  # those before it were needed for it
                break
        for number, have, wanted in reversed(missing):
            for needed in range(min(have + 8, wanted), wanted + 8, 8):
                if time.monotonic() > deadline:
                    return False
                self._tile(1, number, min(needed, wanted))
        return True

    def _check(self, size: int) -> None:
        if not 0 <= size <= self.size:
            raise ProofError(f"the log has {self.size:,} records, not {size:,}")

    def _node(self, height: int, index: int) -> bytes:
        """Return the hash of a complete subtree; see merkle.Nodes."""
        level, above = divmod(height, _TILE_HEIGHT)
        number, first = divmod(index << above, TILE)
        past = first + (1 << above)
        return subtree_hash(self._tile(level, number, past)[first:past])

    def _tile(self, level: int, number: int, needed: int) -> list[bytes]:
        """Return the hashes of a tile, at least as many as `needed`.

        Those on level 0 are of leaves, those on the next of 256 leaves each, and so on.
        """
        tile = self._tiles.get((level, number), [])
        if len(tile) < needed:
            tile = self._grown(level, number, needed) if level else self._leaves(number, needed)
            if len(self._tiles) >= _CACHED_TILES:
                self._tiles.clear()
            self._tiles[level, number] = tile
        return tile

    def _leaves(self, number: int, needed: int) -> list[bytes]:
        first = number * TILE
        rows = self._store.rows(Query(), after=first, limit=TILE)
        for place in range(max(needed, len(rows))):
            seq = first + 1 + place
            if place >= len(rows) or rows[place].seq != seq:
                raise ProofError(
                    f"the record with seq {seq} is missing", remedy="run `threadbook verify`"
                )
        return [leaf_of(row) for row in rows]

    def _grown(self, level: int, number: int, needed: int) -> list[bytes]:
        tile = self._load(level, number)
        if len(tile) < needed:
            for index in range(number * TILE + len(tile), number * TILE + needed):
                # Leaves are not cached on the way: there are too many.
                if level == 1:
                    below = self._leaves(index, TILE)
                else:
                    below = self._tile(level - 1, index, TILE)
                tile.append(subtree_hash(below))
            self._keep(level, number, tile)
        return tile

    def _load(self, level: int, number: int) -> list[bytes]:
        """Return the hashes that were kept, none where they do not fit the log."""
        data = self._store.kept(_name(level, number)) or b""
        seal, hashes = data[:HASH_BYTES], data[HASH_BYTES:]
        if not hashes or len(hashes) > TILE * HASH_BYTES or len(hashes) % HASH_BYTES:
            return []
        if seal != self._seal(level, number, hashes):
            return []
        return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]

    def _keep(self, level: int, number: int, tile: list[bytes]) -> None:
        hashes = b"".join(tile)
        if (seal := self._seal(level, number, hashes)) is not None:
            with suppress(StoreUnavailable):  # then they are computed again the next time
                self._store.keep(_name(level, number), seal + hashes)

    def _seal(self, level: int, number: int, hashes: bytes) -> bytes | None:
        """Bind hashes to their place, and to the log by its chain at the last row below them."""
        last = (number * TILE + len(hashes) // HASH_BYTES) << (_TILE_HEIGHT * level)
        rows = self._store.rows(Query(), after=last - 1, limit=1)
        if not rows or rows[0].seq != last:
            return None
        place = level.to_bytes(8) + number.to_bytes(8)
        return hashlib.sha256(_DOMAIN + place + rows[0].chain + hashes).digest()


def _name(level: int, number: int) -> str:
    return f"tree/{level}/{number}"
