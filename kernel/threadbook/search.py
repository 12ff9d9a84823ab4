"""Search: an index of short texts in memory, by the words in them, with no model needed.

Ranking is BM25 (SQLite's FTS5) over weighted fields. A query is plain text, never a query language:
its words are alternatives, each also finds longer ones that begin like it, and names are taken
apart, so that `user` finds `getUserName` and `get_user`. An embedder, where there is one, adds a
second ranking by meaning; both are merged by reciprocal ranks (Cormack et al., SIGIR 2009).
"""

from __future__ import annotations

import math
import operator
import re
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

MOST_WORDS = 32
"""Most words of a query that are looked for; the others are left out."""
LONGEST_TEXT = 20_000
"""Characters of a field that are indexed."""
_RANK_OFFSET = 60
"""How little the first ranks count more than the next; the constant of the paper."""
_LONGEST_WORD = 64
_SHORTEST_BEGINNING = 3
_LETTERS = re.compile(r"[^\W_]+")
_SEAMS = re.compile(
    r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])"
)
"""Where the parts of a name meet: `get|User`, `HTTP|Server`, `v|2`."""
_UNSPACED = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af])")
"""Characters of scripts that put no spaces between words; each is taken for a word."""


class Hit(msgspec.Struct, frozen=True):
    """A text that was found; the better, the higher the score."""

    key: str
    score: float


class Embedder(Protocol):
    """Turns texts into vectors, near to each other where the texts mean the same."""

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return a vector for each text, all of the same length."""


class Index:
    """Finds texts by words. `weights` are the fields and how much a word in each counts.

    Threads may share it.
    """

    def __init__(self, weights: Mapping[str, float], *, embedder: Embedder | None = None) -> None:
        self._weights = dict(weights)
        self._embedder = embedder
        self._vectors: dict[str, Sequence[float]] = {}
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        columns = ", ".join(f"f{number}" for number in range(len(self._weights)))
        self._database.execute(
            f"CREATE VIRTUAL TABLE texts USING fts5(key UNINDEXED, {columns},"
            " tokenize = 'porter unicode61', prefix = '3 4')"
        )
        self._rows: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, documents: Mapping[str, Mapping[str, str]]) -> None:
        """Add texts, or replace them: fields by key. Fields that are left out are empty."""
        rows = [
            (key, *(_indexed(fields.get(name, "")) for name in self._weights))
            for key, fields in documents.items()
        ]
        vectors = self._embedded(documents)
        marks = ", ".join("?" * (len(self._weights) + 1))
        with self._lock:
            self._remove(documents)
            self._database.execute("BEGIN")
            for row in rows:
                added = self._database.execute(f"INSERT INTO texts VALUES ({marks})", row)  # noqa: S608  marks only
                self._rows[row[0]] = added.lastrowid or 0
            self._database.execute("COMMIT")
            self._vectors.update(vectors)

    def remove(self, keys: Iterable[str]) -> None:
        """Take texts out; keys that are not there are no error."""
        with self._lock:
            self._remove(keys)

    def search(self, query: str, *, limit: int = 10) -> list[Hit]:
        """Return the best texts for a query, best first; those equally good by their keys."""
        if limit <= 0:
            return []
        if self._embedder is None:
            return self._by_words(query, limit)
        rankings = [self._by_words(query, max(limit, 100)), self._by_meaning(query)]
        return _merged(rankings)[:limit]

    def close(self) -> None:
        """Free the memory."""
        with self._lock:
            self._database.close()

    def _by_words(self, query: str, limit: int) -> list[Hit]:
        wanted = words(query)[:MOST_WORDS]
        if not wanted:
            return []
        # In quotes, a word is a word whatever it is; `of` is no beginning of `often`.
        expression = " OR ".join(
            f'"{word}" OR "{word}" *' if len(word) >= _SHORTEST_BEGINNING else f'"{word}"'
            for word in wanted
        )
        weights = ", ".join(["0.0", *(repr(float(weight)) for weight in self._weights.values())])
        with self._lock:
            found = self._database.execute(
                f"SELECT key, -bm25(texts, {weights}) AS score FROM texts WHERE texts MATCH ?"  # noqa: S608  numbers only
                " ORDER BY score DESC, key LIMIT ?",
                (expression, limit),
            ).fetchall()
        return [Hit(key, score) for key, score in found]

    def _by_meaning(self, query: str) -> list[Hit]:
        (wanted,) = _unit(self._embedder.embed([query])) if self._embedder else ((),)
        with self._lock:
            vectors = list(self._vectors.items())
        hits = [Hit(key, sum(map(operator.mul, wanted, vector))) for key, vector in vectors]
        return sorted(hits, key=lambda hit: (-hit.score, hit.key))

    def _embedded(self, documents: Mapping[str, Mapping[str, str]]) -> dict[str, Sequence[float]]:
        if self._embedder is None or not documents:
            return {}
        texts = ["\n".join(filter(None, fields.values())) for fields in documents.values()]
        return dict(zip(documents, _unit(self._embedder.embed(texts)), strict=True))

    def _remove(self, keys: Iterable[str]) -> None:
        gone = [(self._rows.pop(key),) for key in keys if key in self._rows]
        self._database.executemany("DELETE FROM texts WHERE rowid = ?", gone)
        for key in list(keys):
            self._vectors.pop(key, None)


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, each once; names whole, and the parts of them."""
    found: dict[str, None] = {}
    for letters in _LETTERS.findall(_UNSPACED.sub(r" \1 ", text[:LONGEST_TEXT])):
        for word in (letters, *_parts(letters)):
            found[word.lower()[:_LONGEST_WORD]] = None
    return [word for word in found if word.isprintable()]


def _indexed(text: str) -> str:
    """Return a text with names taken apart; as often as they are there, unlike `words`."""
    found: list[str] = []
    for letters in _LETTERS.findall(_UNSPACED.sub(r" \1 ", text[:LONGEST_TEXT])):
        parts = _parts(letters)
        found += parts if parts == [letters] else [letters, *parts]
    return " ".join(found).encode("utf-8", "replace").decode()


def _parts(letters: str) -> list[str]:
    # Most words have no seams; to see so costs a fraction of looking for them.
    is_plain = letters.isalpha() and letters.islower()
    return [letters] if is_plain else _SEAMS.split(letters)


def _merged(rankings: Iterable[Sequence[Hit]]) -> list[Hit]:
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, hit in enumerate(ranking, start=1):
            scores[hit.key] = scores.get(hit.key, 0.0) + 1 / (_RANK_OFFSET + rank)
    hits = [Hit(key, score) for key, score in scores.items()]
    return sorted(hits, key=lambda hit: (-hit.score, hit.key))


def _unit(vectors: Sequence[Sequence[float]]) -> list[tuple[float, ...]]:
    """Return the vectors with length 1."""
    lengths = [math.sqrt(sum(part * part for part in vector)) or 1.0 for vector in vectors]
    return [
        tuple(part / length for part in vector)
        for vector, length in zip(vectors, lengths, strict=True)
    ]
