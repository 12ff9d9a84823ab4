"""How a log is laid out in Redis: its keys, and how a row is packed into one value.

| key      | type    | what it holds |
|----------|---------|---------------|
| schema   | string  | `threadbook` and the version of this layout |
| tip      | hash    | seq and chain of the last row, number of commits, token of the last |
| rows     | hash    | row by seq |
| ids      | hash    | seq by id |
| clocks   | zset    | thread and actor (hashed), clock and id, in the order of their bytes |
| order    | zset    | clock and seq, in the order of their bytes |
| threads  | hash    | number of records, first and last seq by thread |
| of:…     | stream  | the seqs of one thread, actor, act or kind as entry ids, with the clocks |
| blobs    | hash    | size by digest; blob:… holds the chunks by number |
| staged:… | hash    | chunks of a blob that is being written; expires |
| lock     | string  | token of the writer; expires |
| holders, kept | hash | operational state |

A stream is the smallest ordered index that Redis has: some twenty bytes an entry.
"""

from __future__ import annotations

import hashlib
import urllib.parse

import msgspec

from threadbook.errors import StoreCorrupt
from threadbook.log.store import Row

SCHEMA = b"threadbook 1"

INDEXED = ("thread", "actor", "act", "kind")

_Packed = tuple[bytes, bytes, bytes | None, str | None, int, bytes, str, str, str, str | None, int]
_decoder = msgspec.msgpack.Decoder(_Packed)


class Keys:
    """The names of all keys of the log under one prefix.

    The prefix is percent-encoded and stands in braces, which the encoding has not: no prefix is
    the beginning of another one's keys. For Redis Cluster the braces mark what decides on the
    node (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags).
    """

    def __init__(self, prefix: str) -> None:
        self.base = f"threadbook:{{{urllib.parse.quote(prefix, safe='')}}}:".encode()
        self.schema, self.tip, self.lock = self._key("schema"), self._key("tip"), self._key("lock")
        self.rows, self.ids, self.clocks = self._key("rows"), self._key("ids"), self._key("clocks")
        self.order, self.threads = self._key("order"), self._key("threads")
        self.blobs = self._key("blobs")
        self.holders, self.kept = self._key("holders"), self._key("kept")
        self.rehearsal = self._key("rehearsal")

    def index(self, column: str, text: str) -> bytes:
        """Return the key of the seqs of all rows with this text in a column."""
        return self._key(f"of:{column}:") + encoded(text)

    def indexes(self, row: Row) -> list[bytes | None]:
        """Return the keys of the indexes that list a row, in the order of INDEXED."""
        texts = [(column, getattr(row, column)) for column in INDEXED]
        return [None if text is None else self.index(column, text) for column, text in texts]

    def blob(self, digest: str) -> bytes:
        """Return the key of a blob's chunks."""
        return self._key("blob:") + encoded(digest)

    def staged(self, token: str) -> bytes:
        """Return the key of a blob that is being written."""
        return self._key(f"staged:{token}")

    def is_known(self, key: bytes) -> bool:
        """Tell whether a key with our base is one that this layout has."""
        name, colon, rest = key.removeprefix(self.base).partition(b":")
        if colon:
            return name in {b"blob", b"staged"} or (
                name == b"of" and rest.partition(b":")[0].decode(errors="replace") in INDEXED
            )
        return key in vars(self).values() and key != self.base

    def _key(self, name: str) -> bytes:
        return self.base + name.encode()


def encoded(text: str) -> bytes:
    """Return the bytes of any text, also of one that no record can hold."""
    return text.encode(errors="surrogatepass")


def decoded(data: bytes) -> str:
    """Return the text of what `encoded` returned."""
    return data.decode(errors="surrogatepass")


def digest_of(record_id: str) -> bytes:
    """Return an id as stored; of text that is no id, bytes that match nothing."""
    try:
        data = bytes.fromhex(record_id)
    except ValueError:
        return b""
    return data if data.hex() == record_id else b""  # fromhex also takes capitals and spaces


def owner_of_clocks(thread: str, actor: str) -> bytes:
    """Return the 16 bytes that stand for a thread and an actor among the clocks."""
    parts = encoded(thread), encoded(actor)
    digest = hashlib.sha256(len(parts[0]).to_bytes(8))
    for part in parts:
        digest.update(part)
    return digest.digest()[:16]


def clock_entry(row: Row) -> bytes:
    """Return what a row adds to the clocks: owner, clock and id."""
    owner = owner_of_clocks(row.thread, row.actor)
    return owner + row.clock.to_bytes(8) + bytes.fromhex(row.id)


def order_entry(clock: int, seq: int) -> bytes:
    """Return what a row adds to the order of the clocks."""
    return clock.to_bytes(8) + seq.to_bytes(8)


def packed(row: Row) -> bytes:
    """Return a row as one value, without its seq, which it is found by."""
    fields: _Packed = (
        bytes.fromhex(row.id),
        row.canonical,
        row.sig,
        row.judged_by,
        row.recorded_at,
        row.chain,
        row.thread,
        row.actor,
        row.act,
        row.kind,
        row.clock,
    )
    return msgspec.msgpack.encode(fields)


def unpacked(seq: bytes, data: bytes | None) -> Row:
    """Return the row of a value. Raises StoreCorrupt."""
    if data is None:
        raise StoreCorrupt(f"seq {int(seq)} is missing")
    try:
        fields = _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError) as error:
        raise StoreCorrupt(f"seq {int(seq)} is no row: {error}") from error
    record_id, canonical, sig, judged_by, recorded_at, chain, thread, actor, act, kind, clock = (
        fields
    )
    return Row(
        seq=int(seq),
        id=record_id.hex(),
        canonical=canonical,
        sig=sig,
        judged_by=judged_by,
        recorded_at=recorded_at,
        chain=chain,
        thread=thread,
        actor=actor,
        act=act,
        kind=kind,
        clock=clock,
    )
