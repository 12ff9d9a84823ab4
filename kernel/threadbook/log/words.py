"""Words: what full-text search reads in a record, and when a record fits a search.

All strings in the body are searched, its keys and numbers are not. A word is a run of letters and
digits; accents, case and width do not count, and of a long word only the first 64 characters do.
Chinese characters and kana are a word each, as these scripts do not put spaces between words.

A search is words that all have to occur: `timeout "connection refused" retr*`. Words in quotes,
or joined as in `read_all`, have to follow each other in one string; `*` ends the beginning of a
word. No other character means anything, and none is an error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

from threadbook.errors import QueryError, QueryTooLarge

MAX_TEXT = 1000
"""Most characters of a search."""
LONGEST_WORD = 64

_SNIPPET = 160
"""About how many characters of the text around a hit are shown."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_MARKS = "\u0300-\u036f"
_WORD = re.compile(rf"[{_CJK}]|(?:(?![{_CJK}])[^\W_][{_MARKS}]*)+")
_WORD_ASCII = re.compile(r"[a-z0-9]+")
_PART = re.compile(r'"([^"]*)"?(\*?)|([^\s"]+)')


class Phrase(NamedTuple):
    """Words that follow each other; the last may be the beginning of one."""

    words: tuple[str, ...]
    is_prefix: bool = False


def parse_words(text: Any) -> tuple[Phrase, ...]:
    """Return the phrases of a search. Raises QueryError where there is no word in it."""
    if not isinstance(text, str):
        raise QueryError(f"a search is a text, not {text!r:.80}")
    if len(text) > MAX_TEXT:
        raise QueryTooLarge(f"the search has more than {MAX_TEXT} characters")
    phrases: dict[Phrase, None] = {}
    for quoted, star, plain in _PART.findall(text):
        if words := tuple(words_of(quoted or plain)):
            phrases[Phrase(words, bool(star) or plain.endswith("*"))] = None
    if not phrases:
        raise QueryError("the search has no word in it", remedy="give a word or a number")
    return tuple(phrases)


def words_of(text: str) -> list[str]:
    """Return the words of a text in order, in the form in which they are compared."""
    if text.isascii():
        return [word[:LONGEST_WORD] for word in _WORD_ASCII.findall(text.lower())]
    return [word for match in _WORD.finditer(text) if (word := _normal(match[0]))]


def strings_in(value: Any) -> Iterator[str]:
    """Yield all strings in a JSON value, keys of objects apart."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)


def score(phrases: tuple[Phrase, ...], body: dict[str, Any]) -> float:
    """Return how well a body fits, 0 where a phrase is not in it.

    A sum of what BM25 gives to how often a phrase occurs in how long a text. How rare it is in
    the log does not count: all phrases occur in each hit, and the order of two records stays the
    same whatever is appended.
    """
    texts = [words_of(text) for text in strings_in(body)]
    norm = 1.2 * (0.25 + 0.75 * sum(map(len, texts)) / 100)
    total = 0.0
    for phrase in phrases:
        times = sum(sum(1 for _ in _places(phrase, words)) for words in texts)
        if not times:
            return 0.0
        total += times * 2.2 / (times + norm)
    return total


def snippet(phrases: tuple[Phrase, ...], body: dict[str, Any]) -> str:
    """Return the text around the first place where a phrase stands, on one line."""
    for text in strings_in(body):
        words, starts = [], []
        for match in _WORD.finditer(text):
            if word := _normal(match[0]):
                words.append(word)
                starts.append(match.start())
        places = [place for phrase in phrases for place in _places(phrase, words)]
        if places:
            return _around(text, starts[min(places)])
    return ""


def _normal(word: str) -> str:
    if word.isascii():
        return word.lower()[:LONGEST_WORD]
    decomposed = unicodedata.normalize("NFKD", word).casefold()
    return "".join(c for c in decomposed if c.isalnum())[:LONGEST_WORD]


def _places(phrase: Phrase, words: list[str]) -> Iterator[int]:
    """Yield where a phrase begins among words."""
    *front, last = phrase.words
    for end in range(len(front), len(words)):
        fits = words[end].startswith(last) if phrase.is_prefix else words[end] == last
        start = end - len(front)
        if fits and words[start:end] == front:
            yield start


def _around(text: str, start: int) -> str:
    first = max(start - _SNIPPET // 4, 0)
    if first and (space := text.find(" ", first, start)) >= 0:
        first = space
    last = min(first + _SNIPPET, len(text))
    if last < len(text) and (space := text.rfind(" ", start, last)) > start:
        last = space
    shown = " ".join(text[first:last].split())
    return ("…" if first else "") + shown + ("…" if last < len(text) else "")
