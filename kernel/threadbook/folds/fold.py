"""The frame of all folds: a pure function of records, and a projection that keeps it up to date.

A fold never raises on a record that the log has accepted, whatever its body says. A projection
reads with a cursor, so that a look costs what was appended since the last one; a snapshot kept
in the store lets the next process begin where this one ended.
"""

from __future__ import annotations

import hashlib
import heapq
import secrets
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from operator import attrgetter
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import msgspec

from threadbook.errors import CanonicalError, StoreCorrupt, StoreUnavailable
from threadbook.log.entry import Stored
from threadbook.log.log import Log
from threadbook.log.store import EMPTY, Query, Row, Store, Tip
from threadbook.records.record import Record

S = TypeVar("S")
T = TypeVar("T")

CORRECTION = "core.correction"
ERASURE = "core.erasure"
TOPIC_CORRECTION = b'"topic":"correction"'

_PAGE = 1000
_FEW = 20  # rows that are read faster than each kind of them is asked for
_SNAPSHOT_EVERY = 5000
_SNAPSHOT_COST = 1000  # bytes written for each record that was folded
_MARK = "fold"
_seq = attrgetter("seq")
_NOBODY: Mapping[str, str] = {}


class _Parts(msgspec.Struct):
    """The hashed fields that a row does not repeat."""

    body: dict[str, Any]
    parents: list[str]


_decode = msgspec.json.Decoder(_Parts).decode


class Fact:
    """A record as folds read it: its JSON is decoded only if a fold asks for body or parents.

    `canonical` has one way to write a key, so that `b'"verdict":' in fact.canonical` is a first
    look that misses none. `authors` names the actors of those records that the fold asked about
    (`Fold.asks`) and that stand before this one in the log.
    """

    __slots__ = (
        "_parts", "act", "actor", "authors", "canonical", "clock", "id", "is_signed", "kind",
        "recorded_at", "seq", "thread",
    )  # fmt: skip

    def __init__(self, row: Row | Stored) -> None:
        self.seq = row.seq
        self.id = row.id
        self.thread = row.thread
        self.actor = row.actor
        self.act = row.act
        self.kind = row.kind
        self.clock = row.clock
        self.recorded_at = row.recorded_at
        self.canonical = row.canonical
        self.is_signed = row.sig is not None
        self.authors = _NOBODY
        self._parts: _Parts | None = None

    @property
    def body(self) -> dict[str, Any]:
        """The record's body; integers above 64 bits may be floats."""
        return (self._parts or self._decoded()).body

    @property
    def parents(self) -> list[str]:
        """The ids of the record's parents."""
        return (self._parts or self._decoded()).parents

    def _decoded(self) -> _Parts:
        try:
            self._parts = _decode(self.canonical)
        except (msgspec.DecodeError, RecursionError):  # numbers that only Python's json can read
            try:
                record = Record.decode(self.canonical)
            except CanonicalError as error:
                raise StoreCorrupt(f"seq {self.seq}: {error.message}") from error
            self._parts = _Parts(record.body, list(record.parents))
        return self._parts


class Fold(ABC, Generic[S]):
    """What records add up to. Subclasses name it and say what one more record changes.

    A change of what `apply` does, or of the state's type, is a new `version`: snapshots of
    another one are not used. `wants` are the records that matter; `apply` has to pass over
    others, and over what is malformed, in silence.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    state_type: ClassVar[type[Any]]
    wants: tuple[Query, ...] = (Query(),)

    @property
    def key(self) -> str:
        """What a snapshot is kept under; folds with options put them here."""
        return self.name

    def empty(self) -> S:
        """Return the state of no records."""
        state: S = self.state_type()
        return state

    def asks(self, fact: Fact) -> Iterable[str]:  # noqa: ARG002  most folds ask about nothing
        """Return the ids of other records whose actor `apply` has to know."""
        return ()

    @abstractmethod
    def apply(self, state: S, fact: Fact) -> S:
        """Return the state with one more record; `state` itself may be changed and returned."""

    def over(self, records: Iterable[Row | Stored]) -> S:
        """Return what records, in the order of the log, add up to."""
        state, actors = self.empty(), dict[str, str]()
        for record in records:
            fact = Fact(record)
            fact.authors = actors
            state = self.apply(state, fact)
            actors[fact.id] = fact.actor
        return state


class Reading(NamedTuple, Generic[T]):
    """A value, and the seq of the last record that it takes into account."""

    value: T
    watermark: int


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A state as it is kept: after the row `seq`, whose chain value was `chain`.

    `mark` is the one that an erasure removes from the store; `digest` is the SHA-256 of `state`,
    which is MessagePack.
    """

    fold: str
    version: int
    seq: int
    chain: bytes
    mark: bytes | None
    digest: bytes
    state: bytes


class Projection(Generic[S]):
    """A fold of a log that is kept up to date. Safe to use from several threads.

    Each look first reads what was appended since the last. A state is never trusted on its own:
    if the log no longer has the row that it ends with, or if content was erased since, it is
    folded again from the first record.

    Not to be asked inside an append's guard: another thread may hold the projection and wait for
    the store. A guard reads the log.
    """

    def __init__(
        self, log: Log, fold: Fold[S], *, snapshot_every: int | None = _SNAPSHOT_EVERY
    ) -> None:
        """Keep a snapshot when so many records were folded since the last; None is never.

        A large state is kept less often, so that snapshots cost a record no more than 1 kB.
        """
        self._store = log.store
        self._fold = fold
        self._snapshot_every = snapshot_every
        self._lock = threading.Lock()
        self._state: S | None = None
        self._cursor = EMPTY
        self._mark: bytes | None = None
        self._since_snapshot = 0
        self._snapshot_size = 0
        self._version: Hashable = None

    def ask(self, view: Callable[[S], T]) -> Reading[T]:
        """Return what `view` makes of the state, up to date.

        `view` must not change the state, nor return a part that later records change.
        """
        with self._lock:
            return Reading(view(self._caught_up()), self._cursor.seq)

    def read(self) -> Reading[S]:
        """Return a copy of the state, up to date; it costs as much as the state is large."""
        data, watermark = self.ask(msgspec.msgpack.encode)
        return Reading(self._decode(data), watermark)

    def rebuild(self) -> bool:
        """Fold again from the first record; tell whether that gives what there was."""
        with self._lock:
            before, end = msgspec.msgpack.encode(self._caught_up()), self._cursor
            self._state, self._cursor = self._fold.empty(), EMPTY
            self._advance(end)
            after = msgspec.msgpack.encode(self._state)
            if before != after:
                self._keep()
            return before == after

    def _caught_up(self) -> S:
        version = self._store.version()  # first: a commit in between is seen the next time
        if self._state is None or version != self._version:
            mark = _mark(self._store)
            if self._state is None:
                self._restore()
            if mark != self._mark or not _ends_with(self._store, self._cursor):
                self._state, self._cursor, self._mark = None, EMPTY, mark
            self._advance(self._store.tip())
            if self._is_snapshot_due():
                with suppress(StoreUnavailable):  # the next look tries again
                    self._keep()
            self._version = version
        assert self._state is not None  # noqa: S101  set by _advance
        return self._state

    def _is_snapshot_due(self) -> bool:
        if self._snapshot_every is None or self._since_snapshot < self._snapshot_every:
            return False
        return self._since_snapshot * _SNAPSHOT_COST >= self._snapshot_size

    def _advance(self, end: Tip) -> None:
        """Fold what follows the cursor, up to the row `end`."""
        state = self._fold.empty() if self._state is None else self._state
        after = self._cursor.seq
        self._state, self._cursor = None, EMPTY  # of no use if the store fails in the middle
        for row in _merged(self._store, self._fold.wants, after, end.seq):
            fact = Fact(row)
            if asked := self._fold.asks(fact):
                fact.authors = _authors(self._store, asked, before=fact.seq)
            state = self._fold.apply(state, fact)
            self._since_snapshot += 1
        self._state, self._cursor = state, end

    def _restore(self) -> None:
        """Begin with the snapshot if it is of this fold and decodes."""
        kept = _decoded(self._store.kept(self._place))
        if kept is None or (kept.fold, kept.version) != (self._fold.key, self._fold.version):
            return
        with suppress(msgspec.DecodeError):  # it was of this version, and yet of another type
            self._state = self._decode(kept.state)
            self._cursor, self._mark = Tip(kept.seq, kept.chain), kept.mark
            self._snapshot_size = len(kept.state)

    def _keep(self) -> None:
        state = msgspec.msgpack.encode(self._state)
        kept = Snapshot(
            fold=self._fold.key,
            version=self._fold.version,
            seq=self._cursor.seq,
            chain=self._cursor.chain,
            mark=self._mark,
            digest=hashlib.sha256(state).digest(),
            state=state,
        )
        self._store.keep(self._place, msgspec.msgpack.encode(kept))
        self._since_snapshot, self._snapshot_size = 0, len(state)

    @property
    def _place(self) -> str:
        return f"fold:{self._fold.key}"

    def _decode(self, data: bytes) -> S:
        state: S = msgspec.msgpack.decode(data, type=self._fold.state_type)
        return state


def _decoded(data: bytes | None) -> Snapshot | None:
    if data is None:
        return None
    try:
        kept = msgspec.msgpack.decode(data, type=Snapshot)
    except msgspec.DecodeError:
        return None
    return kept if hashlib.sha256(kept.state).digest() == kept.digest else None


def _mark(store: Store) -> bytes | None:
    """Return the mark that all projections of a store share; where there is none, leave a new one.

    The transaction that erases content forgets all that was kept, the mark included.
    """
    mark = store.kept(_MARK)
    if mark is None:
        with suppress(StoreUnavailable):  # a store that cannot be written erases nothing
            store.keep(_MARK, secrets.token_bytes(16))
            mark = store.kept(_MARK)
    return mark


def _ends_with(store: Store, tip: Tip) -> bool:
    """Tell whether this is a place in the log; then the rows up to it are those it had there."""
    if tip.seq == 0:
        return tip == EMPTY
    return any(
        (row.seq, row.chain) == tip for row in store.rows(Query(), after=tip.seq - 1, limit=1)
    )


def _merged(store: Store, wants: Sequence[Query], after: int, until: int) -> Iterator[Row]:
    """Yield the rows that match any of the queries, each once, in order."""
    if 0 < until - after <= _FEW:
        for row in store.rows(Query(), after=after, limit=until - after):
            if any(want.takes(row) for want in wants):
                yield row
        return
    last = after
    for row in heapq.merge(*(_rows(store, want, after, until) for want in wants), key=_seq):
        if row.seq != last:
            last = row.seq
            yield row


def _rows(store: Store, query: Query, after: int, until: int) -> Iterator[Row]:
    while after < until and (rows := store.rows(query, after=after, limit=_PAGE)):
        for row in rows:
            if row.seq > until:
                return
            yield row
        after = rows[-1].seq


def _authors(store: Store, ids: Iterable[str], *, before: int) -> dict[str, str]:
    found = ((record_id, store.get(record_id)) for record_id in ids)
    return {record_id: row.actor for record_id, row in found if row and row.seq < before}
