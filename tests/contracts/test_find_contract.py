"""What every store promises about full-text search: it finds what fits, once, the best first."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadbook.errors import QueryError, QueryTooLarge
from threadbook.log import find
from threadbook.log.filters import parse_filter
from threadbook.log.words import parse_words, score
from threadbook.records.identity import Identity
from threadbook.records.record import Draft
from threadbook.records.tombstone import tombstone_of

AGAIN = {"deadline": None, "suppress_health_check": list(HealthCheck)}
ACTORS = [Identity.static(name) for name in ("did:a", "did:A")]

WORDS = st.sampled_from([
    *("fox", "Fox", "foxes", "the", "read_all", "é", "e", "日本語", "本", "ß", "ss", "x" * 70),
    *("a\0b", "\U0001f600", "v1", "AND", "NEAR", "¶tfox", "٣", "ﬁne", "½", "K", "\u0301"),
])  # fmt: skip
TEXTS = st.lists(WORDS, max_size=5).map(" ".join) | st.text(max_size=5)
BODIES = st.fixed_dictionaries(
    {}, optional={"a": TEXTS, "b": st.lists(TEXTS, max_size=2), "kind": st.just("team.fox.b")}
)
DRAFTS = st.builds(
    Draft, act=st.just("DO"), body=BODIES, thread=st.sampled_from(["th", "TH", "fox"])
)
SEARCHES = st.lists(
    WORDS | WORDS.map(lambda w: w[:2] + "*") | TEXTS.map(lambda t: f'"{t}"') | st.text(max_size=4),
    min_size=1,
    max_size=3,
).map(" ".join)


def text(content, **fields):
    return Draft(**{"act": "DO", "body": {"text": content}, "thread": "th", **fields})


def seqs(hits):
    return [hit.record.seq for hit in hits.hits]


def walked(log, search, limit, **filters):
    """Return the hits of all pages."""
    hits, cursor = [], None
    while True:
        page = log.find(search, limit=limit, cursor=cursor, **filters)
        hits += page.hits
        cursor = page.next_cursor
        if cursor is None:
            return hits


@settings(max_examples=15, **AGAIN)
@given(data=st.data())
def test_what_is_found_is_what_fits(new_log, data):
    log = new_log()
    for number, draft in enumerate(data.draw(st.lists(DRAFTS, min_size=2, max_size=12))):
        log.append(draft, by=ACTORS[number % 2])
    everything = list(log.read_all())
    for search in data.draw(st.lists(SEARCHES, min_size=3, max_size=8)):
        filters = data.draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "thread": st.sampled_from(["th", "TH", "fox", "none"]),
                    "actor": st.sampled_from(["did:a", "did:A"]),
                    "kind": st.just("team.fox.b"),
                },
            )
        )
        try:
            phrases = parse_words(search)
        except QueryError:
            continue
        asked = [
            stored
            for stored in everything
            if all(getattr(stored, name) == value for name, value in filters.items())
        ]
        rated = {stored.seq: score(phrases, stored.body) for stored in asked}
        expected = sorted((seq for seq in rated if rated[seq]), key=lambda s: (-rated[s], -s))
        hits = walked(log, search, 2, **filters)
        assert [hit.record.seq for hit in hits] == expected, search
        assert [hit.score for hit in hits] == [rated[seq] for seq in expected]
        assert all(hit.record == everything[hit.record.seq - 1] for hit in hits)
    log.close()


def test_the_best_come_first_and_of_equals_the_newest(log, ann):
    log.append_many(
        [text("a fox"), text("a fox and a fox"), text("dog"), text("a fox"), text("Fox!")], by=ann
    )
    hits = log.find("fox")
    assert seqs(hits) == [2, 5, 4, 1]
    assert hits.hits[0].score > hits.hits[1].score > hits.hits[2].score == hits.hits[3].score
    assert hits.hits[0].snippet == "a fox and a fox"
    assert hits.next_cursor is None


def test_ranking_goes_stretch_by_stretch(log, ann, monkeypatch):
    monkeypatch.setattr(find, "RANKED", 10)
    drafts = [text("fox" + " fox" * (n % 7) + " and what else there is") for n in range(35)]
    log.append_many([*drafts, text("dog")], by=ann)
    score_of = {hit.record.seq: hit.score for hit in walked(log, "fox", 100)}
    stretches = [range(26, 36), range(16, 26), range(6, 16), range(1, 6)]
    expected = [seq for part in stretches for seq in sorted(part, key=lambda s: (-score_of[s], -s))]
    for limit in (1, 3, 5, 10, 35, 100):
        assert [hit.record.seq for hit in walked(log, "fox", limit)] == expected, limit


def test_pages_stay_right_while_records_are_appended_and_erased(log, ann, monkeypatch):
    monkeypatch.setattr(find, "RANKED", 10)
    log.append_many([text("fox" + " fox" * (n % 3)) for n in range(30)], by=ann)
    seen, cursor = [], None
    while True:
        page = log.find("fox", limit=4, cursor=cursor)
        seen += seqs(page)
        log.append(text("fox fox fox fox"), by=ann)
        if (gone := max(set(range(1, 31)) - set(seen), default=0)) and len(seen) in (4, 12):
            stored = log.read(after=gone - 1, limit=1)[0]
            with log.store.write() as transaction:
                transaction.erase(gone, tombstone_of(stored.record, by="f" * 64).canonical)
            seen.append(gone)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == list(range(1, 31))


def test_what_was_erased_is_not_found(log, ann):
    log.append_many([text("secret fox"), text("fox")], by=ann)
    assert seqs(log.find("secret")) == [1]
    stored = log.read()[0]
    with log.store.write() as transaction:
        transaction.erase(1, tombstone_of(stored.record, by="f" * 64).canonical)
    assert seqs(log.find("secret")) == []
    assert seqs(log.find("fox")) == [2]


def test_a_filter_narrows_further(log, ann):
    log.append_many([text("fox", clock=n, act=("DO", "KNOW")[n % 2]) for n in range(6)], by=ann)
    where = parse_filter({"act": "KNOW", "clock": {"$gt": 1}})
    assert seqs(log.find("fox", where=where)) == [6, 4]


def test_an_empty_log_has_no_hits(log):
    assert (log.find("fox").hits, log.find("fox").next_cursor) == ([], None)


@pytest.mark.parametrize("search", ["", '"', "*", "-", None])
def test_a_search_without_words_is_refused(log, search):
    with pytest.raises(QueryError):
        log.find(search)


@pytest.mark.parametrize(
    "search",
    [
        *("fox AND", "AND fox", "fox OR dog)", "(fox", "NEAR(fox dog, 5)", "text:fox", "-fox"),
        *("^fox", "+fox", "fox^2", "'fox'; DROP TABLE word", '"fox', 'fox"', "fox\0dog", "{fox}"),
        *("fox" * 300, "\ud800 fox", "\\fox", "fox: \U0001f600", "% fox _", "¶t fox", "~fox|&!"),
    ],
)
def test_no_search_is_an_error_of_the_store(log, ann, search):
    log.append(text(f"fox dog and {search}".encode(errors="ignore").decode()), by=ann)
    assert seqs(log.find(search)) == [1]


def test_a_limit_is_not_cut_down_in_silence(log):
    for limit in (0, -1, True, "5"):
        with pytest.raises(QueryError):
            log.find("fox", limit=limit)
    with pytest.raises(QueryTooLarge):
        log.find("fox", limit=101)


def test_a_cursor_belongs_to_its_search(log, ann):
    log.append_many([text("fox dog") for _ in range(5)], by=ann)
    cursor = log.find("fox", limit=2).next_cursor
    assert seqs(log.find(" FOX ", limit=2, cursor=cursor)) == [3, 2]
    for other in (
        {"text": "dog"},
        {"text": "fox*"},
        {"text": "fox", "thread": "th"},
        {"text": "fox", "where": parse_filter({"act": "DO"})},
    ):
        with pytest.raises(QueryError, match="cursor"):
            log.find(**other, cursor=cursor)
    for made_up in ("", "x", "é", cursor[:-4], 5, "AAAA"):
        with pytest.raises(QueryError, match="cursor"):
            log.find("fox", cursor=made_up)
