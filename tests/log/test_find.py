"""Full-text search: what a word is, what fits, how hits are ranked; and the index of SQLite."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.errors import QueryError, QueryTooLarge, StoreUnavailable
from threadbook.log import sqlite_find
from threadbook.log.store import EMPTY, Query
from threadbook.log.words import Phrase, parse_words, score, snippet, words_of
from threadbook.records.record import Draft
from threadbook.records.tombstone import tombstone_of


def text(content, **fields):
    return Draft(**{"act": "DO", "body": {"text": content}, "thread": "th", **fields})


def seqs(hits):
    return [hit.record.seq for hit in hits.hits]


# Words


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("The quick, brown-fox!", ["the", "quick", "brown", "fox"]),
        ("read_all(x1)", ["read", "all", "x1"]),
        ("", []),
        ("?! \0\n", []),
        ("Straße ÉCOLE e\u0301cole", ["strasse", "ecole", "ecole"]),
        ("ﬁne ＡＢＣ x²", ["fine", "abc", "x2"]),  # noqa: RUF001
        ("日本語 text", ["日", "本", "語", "text"]),
        ("カタカナ", ["カ", "タ", "カ", "ナ"]),
        ("v1日本", ["v1", "日", "本"]),
        ("Привет ΣΑΣ", ["привет", "σασ"]),  # noqa: RUF001
        ("\U0001f600ok\U0001f600", ["ok"]),
        ("x" * 100, ["x" * 64]),
        ("\ud800a", ["a"]),
    ],
)
def test_what_a_word_is(given, expected):
    assert words_of(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("timeout", [Phrase(("timeout",))]),
        ("Time Out", [Phrase(("time",)), Phrase(("out",))]),
        ('"connection refused" x', [Phrase(("connection", "refused")), Phrase(("x",))]),
        ("read_all", [Phrase(("read", "all"))]),
        ("retr*", [Phrase(("retr",), is_prefix=True)]),
        ('"read all"*', [Phrase(("read", "all"), is_prefix=True)]),
        ('"not closed', [Phrase(("not", "closed"))]),
        ("a a A", [Phrase(("a",))]),
        ("a NOT b", [Phrase(("a",)), Phrase(("not",)), Phrase(("b",))]),
        ("* x ** '", [Phrase(("x",))]),
        ('x"y z"w', [Phrase(("x",)), Phrase(("y", "z")), Phrase(("w",))]),
        ("日本", [Phrase(("日", "本"))]),
    ],
)
def test_what_a_search_asks_for(given, expected):
    assert list(parse_words(given)) == expected


@pytest.mark.parametrize("given", ["", " ", '"', '""', "*", "?! -- *", "\0", None, 5, ["a"]])
def test_a_search_without_a_word_is_refused(given):
    with pytest.raises(QueryError):
        parse_words(given)


def test_a_search_has_a_limit():
    assert parse_words("x" * 1000)
    with pytest.raises(QueryTooLarge):
        parse_words("x" * 1001)


@pytest.mark.parametrize(
    ("search", "body", "fits"),
    [
        ("fox", {"a": "the fox"}, True),
        ("fox", {"fox": "the"}, False),  # keys are not searched
        ("5", {"a": 5}, False),  # nor are numbers
        ("true", {"a": True}, False),
        ("fox", {"a": [1, {"b": ["FOX"]}]}, True),
        ("fox", {"a": "foxes"}, False),
        ("fox*", {"a": "foxes"}, True),
        ("fo*", {"a": "f o"}, False),
        ("quick fox", {"a": "quick", "b": "fox"}, True),
        ("quick fox", {"a": "quick"}, False),
        ('"quick fox"', {"a": "a quick-fox!"}, True),
        ('"quick fox"', {"a": "fox quick"}, False),
        ('"quick fox"', {"a": "quick", "b": "fox"}, False),  # not across strings
        ('"quick fo"*', {"a": "quick foxes"}, True),
        ('"qui fox"*', {"a": "quick fox"}, False),
        ("本", {"a": "日本語"}, True),
        ("日語", {"a": "日本語"}, False),
        ("ecole", {"a": "École"}, True),
    ],
)
def test_what_fits(search, body, fits):
    assert bool(score(parse_words(search), body)) is fits
    if fits:
        assert snippet(parse_words(search), body)


def test_more_often_and_in_less_text_is_better():
    phrases = parse_words("fox")
    often, once = score(phrases, {"a": "fox fox"}), score(phrases, {"a": "fox dog"})
    long = score(phrases, {"a": "fox" + " dog" * 500})
    assert often > once > long > 0
    assert score(parse_words("fox dog"), {"a": "fox dog"}) > once


def test_a_snippet_is_short_and_around_the_words():
    body = {"a": "nothing", "b": "word " * 100 + "the\n\tneedle is here " + "word " * 100}
    shown = snippet(parse_words("needle"), body)
    assert "the needle is here" in shown
    assert (shown[0], shown[-1]) == ("…", "…")
    assert len(shown) <= 170
    assert snippet(parse_words("needle"), {"a": "a needle"}) == "a needle"
    assert len(snippet(parse_words("x"), {"a": "y" * 5000 + " x " + "z" * 5000})) <= 170


@given(st.text(), st.text())
def test_any_text_can_be_searched_for_in_any(search, content):
    try:
        phrases = parse_words(search[:1000])
    except QueryError:
        assert words_of(search) == []
        return
    if score(phrases, {"a": content}):
        assert snippet(phrases, {"a": content}).strip("…")
    assert score(phrases, {"a": content, "b": search.replace('"', " ")})


# The index of SQLite


@pytest.fixture
def words_file(path):
    return Path(f"{path}-words")


def test_the_index_is_made_by_the_first_search_and_private(reopen, words_file, ann):
    log = reopen()
    log.append_many([text(f"fox {n}") for n in range(1200)], by=ann)
    assert not words_file.exists()
    assert seqs(log.find("1199")) == [1200]
    assert stat.S_IMODE(words_file.stat().st_mode) == 0o600
    log.append(text("fox 1199"), by=ann)
    assert seqs(log.find("1199")) == [1201, 1200]
    assert seqs(reopen().find("fox 7")) == [8]
    assert log.store.damage() == []


def test_what_another_process_appended_is_found(reopen, ann):
    first, second = reopen(), reopen()
    first.append(text("one fox"), by=ann)
    assert seqs(second.find("fox")) == [1]
    second.append(text("two fox"), by=ann)
    assert seqs(first.find("fox")) == [2, 1]
    assert seqs(second.find("fox")) == [2, 1]


@pytest.mark.parametrize(
    "harm",
    [
        lambda file: file.unlink(),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(b"no database at all" * 1000),
        lambda file: file.write_bytes(file.read_bytes()[:4096]),
        lambda file: file.write_bytes(
            file.read_bytes()[:4096] + b"\xff" * (file.stat().st_size - 4096)
        ),
    ],
    ids=["gone", "empty", "foreign", "short", "damaged"],
)
def test_an_index_that_cannot_be_used_is_made_afresh(reopen, words_file, ann, harm):
    log = reopen()
    log.append_many([text(f"fox {n}") for n in range(100)], by=ann)
    assert len(log.find("fox", limit=100).hits) == 100
    log.close()
    harm(words_file)
    again = reopen()
    again.append(text("fox"), by=ann)
    assert len(again.find("fox", limit=100).hits) == 100
    assert seqs(again.find("fox 7")) == [8]


def test_an_index_of_other_words_is_made_afresh(reopen, words_file, ann, monkeypatch):
    log = reopen()
    log.append(text("fox"), by=ann)
    assert seqs(log.find("fox")) == [1]
    log.close()
    with closing(sqlite3.connect(words_file)) as connection, connection:
        connection.execute("UPDATE state SET version = '0 1.0'")
        connection.execute("DELETE FROM word")
    assert seqs(reopen().find("fox")) == [1]


def test_an_index_of_another_log_is_made_afresh(reopen, path, words_file, ann):
    log = reopen()
    log.append_many([text(f"fox {n}") for n in range(3)], by=ann)
    assert seqs(log.find("fox")) == [3, 2, 1]
    log.close()
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        file.unlink(missing_ok=True)
    other = reopen()
    other.append_many([text("dog"), text("dog"), text("cat"), text("dog")], by=ann)
    assert seqs(other.find("dog")) == [4, 2, 1]
    assert seqs(other.find("fox")) == []


def erase(log, seq, by="f" * 64):
    stored = log.read(after=seq - 1, limit=1)[0]
    with log.store.write() as transaction:
        transaction.erase(seq, tombstone_of(stored.record, by=by).canonical)


def files_with(word, path):
    return [file.name for file in path.parent.iterdir() if word in file.read_bytes().lower()]


def test_the_words_of_what_is_erased_leave_the_index(reopen, path, ann):
    log = reopen()
    log.append_many([text(f"zebrafish{n} quokka") for n in range(50)], by=ann)
    assert seqs(log.find("zebrafish7")) == [8]
    erase(log, 8)
    assert seqs(log.find("zebrafish7")) == []
    assert [name for name in files_with(b"zebrafish7", path) if "words" in name] == []
    assert len(log.find("quokka", limit=100).hits) == 49
    assert files_with(b"zebrafish9", path) != []


def test_the_words_of_what_another_erased_leave_the_index_too(reopen, path, ann):
    first, second = reopen(), reopen()
    first.append_many([text("zebrafish"), text("zebrafish quokka")], by=ann)
    assert seqs(first.find("zebrafish")) == [1, 2]
    second.store._words = sqlite_find.SqliteWords(path.parent / "elsewhere", busy_timeout=1)
    erase(second, 1)
    erase(second, 2)
    assert any("words" in name for name in files_with(b"quokka", path))
    assert seqs(first.find("zebrafish")) == []
    assert not any("words" in name for name in files_with(b"quokka", path))


def test_what_is_erased_while_it_is_added_does_not_stay(reopen, path, ann):
    log, other = reopen(), reopen()
    log.append(text("zebrafish"), by=ann)
    rows = log.store.rows(Query(), after=0, limit=10)
    erase(other, 1)
    log.store._words.add(rows, after=EMPTY)  # as a search would that had read the row before
    assert any("words" in name for name in files_with(b"zebrafish", path))
    assert seqs(log.find("zebrafish")) == []
    assert not any("words" in name for name in files_with(b"zebrafish", path))


def test_scrubbing_reaches_the_index(reopen, path, ann):
    log = reopen()
    log.append(text("zebrafish"), by=ann)
    log.find("zebrafish")
    erase(log, 1)
    log.store.scrub()
    assert files_with(b"zebrafish", path) == []


def test_a_closed_log_is_not_searched(reopen, words_file, ann):
    log = reopen()
    log.append(text("fox"), by=ann)
    log.close()
    with pytest.raises(StoreUnavailable):
        log.find("fox")
    assert not words_file.exists()


def test_a_forked_child_can_search(reopen, ann):
    log = reopen()
    log.append(text("fox"), by=ann)
    assert seqs(log.find("fox")) == [1]
    child = os.fork()
    if child == 0:
        found = []
        try:
            log.append(text("fox"), by=ann)
            found = seqs(log.find("fox"))
        finally:
            os._exit(0 if found == [2, 1] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert seqs(log.find("fox")) == [2, 1]
