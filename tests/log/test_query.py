"""The filter language: what is in it, what it means, and what is refused."""

import base64
import json
import sqlite3
import time
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadbook.errors import QueryError, QueryTooLarge, StoreCorrupt
from threadbook.log import filters
from threadbook.log.entry import Stored
from threadbook.log.filters import (
    EVERYTHING,
    And,
    Equals,
    OneOf,
    Path,
    parse_filter,
    parse_path,
    paths_of,
    required,
)
from threadbook.log.matching import matches
from threadbook.log.query import Search
from threadbook.log.sqlite_query import WINDOW, index_sql
from threadbook.log.sqlite_terms import extracted
from threadbook.log.store import Order
from threadbook.records.record import Draft, Record

REMOVE = "remove"


def stored(body=None, **fields):
    record = Record(**{
        "act": "KNOW", "actor": "did:sync:user:ann", "body": body or {}, "clock": 7, "thread": "th",
    } | {k: v for k, v in fields.items() if k in Record.__struct_fields__})  # fmt: skip
    kept = {"seq": 3, "sig": None, "judged_by": None, "recorded_at": 1_700_000_000_999}
    kept |= {k: v for k, v in fields.items() if k in kept}
    return Stored(id=record.id, record=record, canonical=record.canonical, **kept)


def holds(described, body=None, **fields):
    return matches(parse_filter(described), stored(body, **fields))


# What a filter means


@pytest.mark.parametrize(
    ("value", "operators", "expected"),
    [
        # equal: within one type, by value
        (1, 1, True),
        (1, 1.0, True),
        (1, True, False),
        (True, 1, False),
        (True, True, True),
        (0, False, False),
        (1, "1", False),
        (None, None, True),
        (None, False, False),
        ("", None, False),
        (0.1, 0.1, True),
        (0, -0.0, True),
        (2**53, 2**53 + 1, False),
        (2**53 + 1, 2**53 + 1, True),
        (2**53 + 1, float(2**53), False),
        (10**40, 10**40, True),
        (10**40 + 1, 10**40, False),
        ("é", "é", True),
        ("é", "e\u0301", False),
        ("a\0b", "a", False),
        ([], None, False),
        ({}, None, False),
        (1, {"$eq": 1}, True),
        # not equal: equal turned around, so also for other types and for nothing
        (1, {"$ne": 1}, False),
        (1, {"$ne": 2}, True),
        ("1", {"$ne": 1}, True),
        ([], {"$ne": 1}, True),
        (REMOVE, {"$ne": 1}, True),
        (REMOVE, {"$ne": None}, True),
        (None, {"$ne": None}, False),
        # one of
        (2, {"$in": [1, 2]}, True),
        (2, {"$in": ["2", True, None]}, False),
        (None, {"$in": [None]}, True),
        (REMOVE, {"$in": [None]}, False),
        (2, {"$in": []}, False),
        (2, {"$nin": []}, True),
        (2, {"$nin": [2]}, False),
        (REMOVE, {"$nin": [2]}, True),
        ([2], {"$in": [2]}, False),
        # order: numbers with numbers, strings with strings
        (2, {"$gt": 1}, True),
        (2, {"$gt": 2}, False),
        (2, {"$gte": 2}, True),
        (2, {"$lt": 2.5}, True),
        (2.5, {"$lte": 2}, False),
        (2**63 + 1, {"$gt": 2**63}, True),
        (2**53 + 1, {"$gt": float(2**53)}, True),
        (10**400, {"$gt": 1e308}, True),
        ("b", {"$gt": "a"}, True),
        ("B", {"$gt": "a"}, False),
        ("\U0001f600", {"$gt": "\uffff"}, True),  # by code point, not by UTF-16
        ("a\0", {"$gt": "a"}, True),
        ("2", {"$gt": 1}, False),
        (2, {"$lt": "3"}, False),
        (True, {"$gt": 0}, False),
        (None, {"$lte": 0}, False),
        (REMOVE, {"$lt": 1}, False),
        (2, {"$gt": 1, "$lt": 3}, True),
        (3, {"$gt": 1, "$lt": 3}, False),
        # whether there is something
        (1, {"$exists": True}, True),
        (None, {"$exists": True}, True),
        (REMOVE, {"$exists": True}, False),
        (None, {"$exists": False}, False),
        (REMOVE, {"$exists": False}, True),
        (REMOVE, None, False),
        # patterns
        ("abc", {"$like": "abc"}, True),
        ("abc", {"$like": "ab"}, False),
        ("abc", {"$like": "a%"}, True),
        ("abc", {"$like": "%c"}, True),
        ("abc", {"$like": "%b%"}, True),
        ("abc", {"$like": "a%c"}, True),
        ("abc", {"$like": "a_c"}, True),
        ("abc", {"$like": "a__c"}, False),
        ("abc", {"$like": "___"}, True),
        ("abc", {"$like": "__"}, False),
        ("abc", {"$like": "%"}, True),
        ("", {"$like": "%"}, True),
        ("", {"$like": ""}, True),
        ("a", {"$like": ""}, False),
        ("a", {"$like": "a%a"}, False),
        ("aa", {"$like": "a%a"}, True),
        ("aXbXb", {"$like": "a%b"}, True),
        ("abab", {"$like": "%ab"}, True),
        ("ababx", {"$like": "%ab_"}, True),
        ("abc", {"$like": "%%b%%"}, True),
        ("ABC", {"$like": "abc"}, False),
        ("50%", {"$like": "50\\%"}, True),
        ("50x", {"$like": "50\\%"}, False),
        ("a_b", {"$like": "a\\_b"}, True),
        ("axb", {"$like": "a\\_b"}, False),
        ("a\\b", {"$like": "a\\\\b"}, True),
        ("ab", {"$like": "\\a\\b"}, True),
        ("a\nb", {"$like": "a_b"}, True),
        ("a\nb", {"$like": "a%"}, True),
        ("a.c", {"$like": "a.c"}, True),
        ("abc", {"$like": "a.c"}, False),
        ("\U0001f600", {"$like": "_"}, True),
        (5, {"$like": "5"}, False),
        (REMOVE, {"$like": "%"}, False),
        ("ABC", {"$ilike": "a%C"}, True),
        ("ÉCOLE", {"$ilike": "éc%"}, True),
        ("ΣΑΣ", {"$ilike": "σας"}, True),  # the final sigma folds to the other
        ("straße", {"$ilike": "STRASSE"}, False),  # one code point is one code point
        ("straße", {"$ilike": "STRA_E"}, True),
        ("ß", {"$ilike": "ß"}, True),
        ("İx", {"$ilike": "İX"}, True),
        ("abc", {"$ilike": "%B_"}, True),
        # logic under a path
        (1, {"$not": {"$gt": 0}}, False),
        ("1", {"$not": {"$gt": 0}}, True),
        (REMOVE, {"$not": {"$exists": True}}, True),
        (5, {"$not": {"$not": {"$eq": 5}}}, True),
    ],
)  # fmt: skip
def test_what_an_operator_means(value, operators, expected):
    body = {} if value is REMOVE else {"x": value}
    assert holds({"body.x": operators}, body) is expected


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        ({}, True),
        ({"act": "KNOW", "thread": "th"}, True),
        ({"act": "KNOW", "thread": "other"}, False),
        ({"$and": [{"act": "KNOW"}, {"thread": "th"}]}, True),
        ({"$or": [{"act": "DO"}, {"thread": "th"}]}, True),
        ({"$or": [{"act": "DO"}, {"thread": "other"}]}, False),
        ({"$not": {"act": "DO"}}, True),
        ({"$not": {}}, False),
        ({"$or": [{"act": "DO"}, {}]}, True),
        ({"$or": [{"act": "DO"}], "thread": "th"}, False),
        ({"actor": {"$like": "did:sync:%:ann"}}, True),
        ({"clock": {"$gte": 7, "$lt": 8}}, True),
        ({"clock": 7.0}, True),
        ({"sequence": 3}, True),
        ({"created_at": 1_700_000_000}, True),
        ({"recorded_at": 1_700_000_000_999}, True),
        ({"data_type": "SCALAR"}, True),
        ({"kind": {"$exists": False}}, True),
        ({"namespace": {"$exists": False}}, True),
        ({"judged_by": {"$exists": False}}, True),
        ({"judged_by": {"$ne": "x"}}, True),
        ({"id": {"$like": "%"}}, True),
    ],
)
def test_what_logic_and_fields_mean(described, expected):
    assert holds(described) is expected


def test_fields_that_a_record_may_have():
    body = {"kind": "team.a.b", "namespace": "ns"}
    assert holds({"kind": "team.a.b", "namespace": "ns", "judged_by": "j"}, body, judged_by="j")
    assert not holds({"namespace": {"$exists": True}}, {"namespace": 5})
    assert holds({"body.namespace": 5}, {"namespace": 5})


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("body.a.b", True),
        ("body.list.0.x", True),
        ("body.list.1", False),
        ("body.list.-1", False),
        ("body.list.00", False),
        ("body.list.99999999999999999999999", False),
        ("body.0", True),  # a member of an object
        ("body.a.0", True),
        ("body.text.0", False),  # strings have no elements
        ("body.a.b.c", False),
        ("body.x-y_Z", True),
        ("body.A", False),
    ],
)
def test_where_a_path_leads(path, expected):
    body = {
        "a": {"b": None, "0": 1}, "list": [{"x": 0}], "0": "zero", "text": "abc", "x-y_Z": False,
    }  # fmt: skip
    assert holds({path: {"$exists": True}}, body) is expected


@pytest.mark.parametrize(
    ("refs", "expected"),
    [
        ([{"kind": "@a.b", "id": "x:1"}], True),
        ([1, None, {"kind": "@a.b", "id": "x:1", "more": []}], True),
        ([{"kind": "@a.b", "id": "x:2"}, {"kind": "@a.c", "id": "x:1"}], False),
        ([["@a.b", "x:1"]], False),
        ({"kind": "@a.b", "id": "x:1"}, False),
        ([], False),
        (None, False),
    ],
)
def test_a_reference_is_one_element(refs, expected):
    wanted = {"ref": {"kind": "@a.b", "id": "x:1"}}
    assert holds(wanted, {"_refs": refs}) is expected
    assert not holds(wanted, {"refs": refs})


# What is refused


def nested(levels, word="$not"):
    value = {"act": "DO"}
    for _ in range(levels):
        value = {word: value if word == "$not" else [value]}
    return value


@pytest.mark.parametrize(
    "described",
    [
        *(None, [], "act", 5, [{"act": "DO"}]),
        *({"nothing": 1}, {"Thread": "x"}, {"": 1}, {"body": {}}, {"body.": 1}, {"body..a": 1}),
        *({"body.a b": 1}, {"body.é": 1}, {"body.a'": 1}, {'body."a"': 1}, {"body.a[0]": 1}),
        *({"body.a\n": 1}, {"parents": "x"}, {"sig": "x"}, {"thread.x": 1}, {7: 1}, {None: 1}),
        *({"$nor": []}, {"$eq": 1}, {"$where": "1"}, {"$and": {}}, {"$and": []}, {"$or": []}),
        *({"$or": [1]}, {"$not": []}, {"$not": 1}, {"$and": "x"}),
        *({"body.a": {}}, {"body.a": {"$regex": "x"}}, {"body.a": {"eq": 1}}, {"body.a": []}),
        *({"body.a": {"x": 1}}, {"body.a": {"$eq": []}}, {"body.a": {"$eq": {}}}),
        *({"body.a": {"$in": 1}}, {"body.a": {"$in": [[]]}}, {"body.a": {"$nin": "ab"}}),
        *({"body.a": {"$gt": None}}, {"body.a": {"$lt": True}}, {"body.a": {"$gte": []}}),
        *({"body.a": {"$like": 1}}, {"body.a": {"$ilike": None}}, {"body.a": {"$like": "a\\"}}),
        *({"body.a": {"$exists": 1}}, {"body.a": {"$exists": None}}, {"body.a": {"$not": 1}}),
        *({"body.a": {"$not": {}}}, {"body.a": {"$not": {"x": 1}}}, {"body.a": {None: 1}}),
        *({"body.a": float("nan")}, {"body.a": float("inf")}, {"body.a": "\ud800"}),
        *({"body.a": {"$in": ["\udfff"]}}, {"body.a": {"$like": "\ud800%"}}, {"body.a": b"x"}),
        *({"clock": "7"}, {"clock": None}, {"sequence": True}, {"created_at": "2026-01-01"}),
        *({"clock": {"$like": "7"}}, {"thread": 7}, {"kind": None}, {"judged_by": None}),
        *({"thread": {"$gt": 7}}, {"id": {"$in": [1]}}),
        *({"ref": "x"}, {"ref": {}}, {"ref": {"id": 5}}, {"ref": {"id": "x", "y": 1}}),
        {"ref": {"id": "\ud800"}},
    ],
    ids=ascii,
)  # fmt: skip
def test_what_is_not_in_the_language_is_refused(described):
    with pytest.raises(QueryError) as caught:
        parse_filter(described)
    assert not isinstance(caught.value, QueryTooLarge)


@pytest.mark.parametrize(
    "described",
    [
        nested(11),
        nested(5000),
        nested(11, "$and"),
        {"body.a": nested(5000)},
        {"$or": [{"act": "DO"}] * 101},
        {"$and": [{"$or": [{"act": "DO"}] * 60}] * 2},
        {"body.a": {"$in": list(range(1001))}},
        {"body.a": {"$like": "%" * 257}},
        {"body." + ".".join("a" * 21): 1},
    ],
    ids=range(9),
)
def test_what_is_above_a_limit_is_refused(described):
    with pytest.raises(QueryTooLarge):
        parse_filter(described)


def test_what_is_at_a_limit_is_taken():
    assert holds(nested(10)) is False
    assert holds(nested(9)) is True
    assert holds({"$or": [{"act": "KNOW"}] * 100})
    assert holds({"body.a": {"$in": list(range(1000))}}, {"a": 999})
    assert holds({"body.a": {"$like": "%" * 256}}, {"a": "x"})


def test_a_refusal_says_what_to_do():
    with pytest.raises(QueryError, match=r"unknown path 'body'.*one of act, .*body\.<name>"):
        parse_filter({"body": 1})
    with pytest.raises(QueryError, match=r"kind is text.*\$exists"):
        parse_filter({"kind": None})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["act", "body.a", "clock", "ref", "kind", "id", *filters._OPERATORS])
        | st.sampled_from(["$and", "$or", "$not", "x"]),
        inner,
        max_size=3,
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_anything_is_either_a_filter_or_refused(value):
    try:
        query = parse_filter(value)
    except QueryError:
        return
    assert matches(query, stored()) in (True, False)
    assert hash(query) is not None


def test_a_hostile_pattern_takes_no_time():
    text = "ab" * 100_000
    start = time.monotonic()
    assert not holds({"body.x": {"$like": "%a" * 100 + "%c"}}, {"x": text})
    assert not holds({"body.x": {"$ilike": "%a_" * 80 + "c"}}, {"x": text})
    assert time.monotonic() - start < 30  # for ever, with backtracking


# The tree


def test_scalars_are_as_records_hold_them():
    assert parse_filter({"body.a": 5.0}) == Equals(Path("body", ("a",)), 5)
    assert isinstance(parse_filter({"body.a": 1e21}).value, int)
    assert parse_filter({}) == EVERYTHING
    assert paths_of(parse_filter({"act": "DO", "$or": [{"body.a.b": 1}, {"act": "GET"}]})) == [
        "act",
        "body.a.b",
    ]
    assert str(parse_path("body.a.0")) == "body.a.0"


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        ({"thread": "a"}, {"a"}),
        ({"thread": {"$in": ["a", "b"]}, "act": "DO"}, {"a", "b"}),
        ({"$and": [{"thread": {"$in": ["a", "b"]}}, {"thread": {"$in": ["b", "c"]}}]}, {"b"}),
        ({"$or": [{"thread": "a"}, {"thread": "b", "act": "DO"}]}, {"a", "b"}),
        ({"$or": [{"thread": "a"}, {"act": "DO"}]}, None),
        ({"$not": {"thread": "a"}}, None),
        ({"thread": {"$ne": "a"}}, None),
        ({"thread": {"$in": []}}, set()),
        ({}, None),
    ],
)
def test_what_a_filter_requires(described, expected):
    assert required(parse_filter(described), "thread") == expected


# Searches


def test_a_search_is_what_the_wire_says():
    search = Search.parse({
        "filter": {"act": "DO"}, "thread": "th", "sort": {"clock": -1, "body.a": 1}, "limit": 5,
    })  # fmt: skip
    thread, act = Equals(Path("thread"), "th"), Equals(Path("act"), "DO")
    assert search.filter == And((thread, act))
    assert [(str(path), descending) for path, descending in search.sort] == [
        ("clock", True),
        ("body.a", False),
    ]
    assert (search.limit, search.offset, search.cursor) == (5, 0, None)
    assert Search.parse({}) == Search()
    assert Search.parse({"filter": {}, "limit": None}).limit == 100
    assert Search.parse({"thread": "th"}).filter == thread
    assert Search.parse({"filter": {"body.a": {"$in": [1]}}}).filter == OneOf(
        Path("body", ("a",)), (1,)
    )


@pytest.mark.parametrize(
    "value",
    [
        *(None, [], "x", {"where": {}}, {"filter": []}, {"thread": 5}, {"limit": 0}),
        *({"limit": "5"}, {"limit": True}, {"limit": 1.5}, {"offset": -1}, {"cursor": 5}),
        {"sort": "clock"},
        *({"sort": {"x": 1}}, {"sort": {"clock": 2}}, {"sort": {"clock": True}}),
        *({"sort": {"clock": "desc"}}, {"sort": [["clock", 1]]}, {"cursor": "x", "offset": 1}),
    ],
)  # fmt: skip
def test_a_search_that_makes_no_sense_is_refused(value):
    with pytest.raises(QueryError) as caught:
        Search.parse(value)
    assert not isinstance(caught.value, QueryTooLarge)


@pytest.mark.parametrize(
    "value",
    [
        {"limit": 1001},
        {"limit": 10**30},
        {"offset": 10_001},
        {"sort": {f"body.{name}": 1 for name in "abcde"}},
    ],
)
def test_nothing_is_cut_down_in_silence(value):
    with pytest.raises(QueryTooLarge):
        Search.parse(value)


def cursor_of(*values):
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def test_a_cursor_that_somebody_made_up_is_refused(reopen, ann, draft):
    log = reopen()
    log.append_many([draft(n) for n in range(5)], by=ann)
    searches = [Search.parse({"limit": 2, "sort": s}) for s in ({}, {"clock": 1}, {"body.n": 1})]
    for search in searches:
        true = log.query(search).next_cursor
        mark, values, seq = json.loads(base64.urlsafe_b64decode(true + "=="))
        made_up = [
            *("", "x", "é", "=", true[:-3], "A" * 1000, "W" * 10_001, cursor_of()),
            *(cursor_of(mark), cursor_of(mark, values), cursor_of("0" * 16, values, seq)),
            *(cursor_of(mark, values, s) for s in ("1", None, -1, 2**63, 10**40, 1.5, [])),
            *(cursor_of(mark, v, seq) for v in (None, 5, [[]] * 2, [*values, [1]], {})),
        ]
        if values:
            odd = ([3, "x"], [4, 1], [9], [3, True], [2, 1], [], [3], "x", [3, [1]], [1, 1], None)
            made_up += [cursor_of(mark, [value], seq) for value in odd]
        if search.sort and str(search.sort[0].path) == "clock":
            made_up += [cursor_of(mark, [[3, value]], seq) for value in (-1, 2**63, 0.5)]
        for cursor in made_up:
            with pytest.raises(QueryError):
                log.query(Search(sort=search.sort, limit=2, cursor=cursor))


# SQLite


def plan_of(log, page):
    """Return what SQLite says it does for the statement of a page."""
    with closing(sqlite3.connect(log.store._path)) as connection:
        marks = [None] * page.plan.bind_count
        steps = connection.execute("EXPLAIN QUERY PLAN " + page.plan.sql, marks)
        return " | ".join(step[3] for step in steps)


def test_a_declared_index_is_used(reopen, ann):
    log = reopen()
    drafts = [Draft(act="DO", body={"ticket": f"T-{n}", "n": n}, thread="th") for n in range(3000)]
    log.append_many(drafts, by=ann)
    search = Search(filter=parse_filter({"body.ticket": "T-2999"}))
    before = log.query(search)
    log.store.ensure_index("body.ticket")
    after = log.query(search)
    assert before.records == after.records
    assert [stored.seq for stored in after.records] == [3000]
    assert (before.plan.rows_scanned, after.plan.rows_scanned) == (3000, 1)
    assert (before.plan.unindexed_fields, after.plan.indexed_fields) == (("body.ticket",),) * 2
    assert f"USING INDEX {index_sql(parse_path('body.ticket'))[0]}" in plan_of(log, after)
    listed = log.query(Search(filter=parse_filter({"body.ticket": {"$in": ["T-1", "T-2"]}})))
    assert ([stored.seq for stored in listed.records], listed.plan.rows_scanned) == ([2, 3], 2)
    ranged = log.query(Search(filter=parse_filter({"body.ticket": {"$like": "T-299_"}})))
    assert (len(ranged.records), ranged.plan.rows_scanned) == (10, 11)
    assert log.store.damage() == []
    log.append(Draft(act="DO", body={"ticket": "T-2999"}, thread="th"), by=ann)
    assert len(log.query(search).records) == 2


def test_an_index_that_finds_too_much_is_left_alone(reopen, ann):
    log = reopen()
    log.append_many([Draft(act="DO", body={"n": n}, thread="th") for n in range(6000)], by=ann)
    log.store.ensure_index("body.n")
    page = log.query(Search(filter=parse_filter({"body.n": {"$gte": 0}}), limit=10))
    assert page.plan.indexed_fields == ()
    assert page.plan.rows_scanned <= 50
    page = log.query(Search(filter=parse_filter({"body.n": {"$gte": 5990}}), limit=10))
    assert (page.plan.indexed_fields, page.plan.rows_scanned) == (("body.n",), 10)


def test_an_index_made_by_another_serves_those_that_have_the_log_open(reopen, ann, draft):
    first, second = reopen(), reopen()
    first.append(draft(1), by=ann)
    second.store.ensure_index("body.n")
    first.append(draft(2), by=ann)
    third = reopen()
    third.append(draft(2), by=ann)
    for log in (first, second, third):
        page = log.query(Search(filter=parse_filter({"body.n": 2})))
        assert [stored.seq for stored in page.records] == [2, 3]
        assert page.plan.indexed_fields == ("body.n",)
        assert log.store.damage() == []


def test_paths_that_differ_by_case_have_an_index_each(reopen, ann):
    log = reopen()
    for path in ("body.n", "body.N", "body.a.b", "body.a-b"):
        log.store.ensure_index(path)
    log.append(Draft(act="DO", body={"n": 1, "N": 2, "a": {"b": 3}, "a-b": 4}, thread="t"), by=ann)
    for path, value in {"body.n": 1, "body.N": 2, "body.a.b": 3, "body.a-b": 4}.items():
        page = log.query(Search(filter=parse_filter({path: value})))
        assert (len(page.records), page.plan.indexed_fields) == (1, (path,))
    assert log.store.damage() == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX mine ON record (act)",
        "CREATE INDEX body_0123456789abcdef ON record (act)",
        f"CREATE INDEX body_0123456789abcdef ON record ({extracted('$.body.n')})",
        "CREATE TRIGGER mine AFTER INSERT ON record BEGIN DELETE FROM record; END",
    ],
)
def test_an_index_that_is_not_ours_is_damage(reopen, path, ann, draft, statement):
    reopen().append(draft(), by=ann)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    damage = reopen().store.damage()
    assert damage[-1] == "the tables, indexes or triggers are not those of a threadbook store"


def test_a_record_that_is_no_json_any_more_is_reported(reopen, path, ann, draft):
    log = reopen()
    log.append_many([draft(n) for n in range(3)], by=ann)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE record SET canonical = X'7b22' WHERE seq = 2")
    for described in ({"body.n": {"$gte": 0}}, {}):
        with pytest.raises(StoreCorrupt):
            log.query(Search(filter=parse_filter(described)))


def test_one_look_at_the_store_is_short(reopen, ann, draft):
    log = reopen()
    log.append_many([draft(n) for n in range(WINDOW * 2 + 10)], by=ann)
    query = parse_filter({"body.n": WINDOW * 2})
    looks, place = [], None
    while True:
        found = log.store.candidates(query, order=Order(), after=place, limit=10)
        looks.append((found.scanned, [row.seq for row in found.rows]))
        place = found.resume
        if place is None:
            break
    assert looks == [(WINDOW, []), (WINDOW, []), (10, [WINDOW * 2 + 1])]
