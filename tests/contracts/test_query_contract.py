"""What every store promises about queries: the evaluator's answer over all records."""

import functools
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadbook.errors import QueryError, QueryTooLarge
from threadbook.log.aggregate import Aggregation
from threadbook.log.entry import Sealed
from threadbook.log.filters import parse_filter
from threadbook.log.matching import matches
from threadbook.log.query import Search, parse_sort
from threadbook.records.identity import Identity
from threadbook.records.record import Draft
from threadbook.records.refs import Ref
from threadbook.records.tombstone import tombstone_of

AGAIN = {"deadline": None, "suppress_health_check": list(HealthCheck)}

NOW = 1_700_000_000_000

NUMBERS = [
    *(0, 1, -1, 2, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**63 + 1, -(2**63), -(2**63) - 1, 10**40),
    *(10**320, -(10**320), 0.1, 0.5, 0.1 + 0.2, 0.3, 1.5, 5e-324, 1e-320, 1 + 2**-52, -0.1, 1e22),
    *(123456789.12345679, 1.7976931348623157e308, -0.0),
]
TEXTS = [
    *("", "a", "A", "ab", "aB", "abc", "b", "1", "null", "true", "é", "É", "e\u0301", "ß", "SS"),
    *("\0", "a\0", "a\0b", "ab\0", "\U0001f600", "\uffff", "\ud7ff", "\ue000", "\U0010ffff"),
    *('q"x', "b\\c", "50%", "a_b", "a\nb", "\x7f", "\u2028", "'", "\\u0000", "İ"),
    *("\u017f", "\u212a", "qks", "q\u212a\u017f"),  # the long s, the Kelvin sign
]
SCALARS = st.sampled_from([None, True, False, *NUMBERS, *TEXTS])
KEYS = st.sampled_from(["a", "A", "b", "0", "1", "-", "x_y", "a.b", 'q"', "kind", "id", "_refs"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)
REFS = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["@a.b", "@a.c", 'q"']),
        "id": st.sampled_from(["x:1", "x:2", "\0"]),
        "by": VALUES,
    },
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["team.a.b", "team.a.c", "core.outcome"]),
        "namespace": SCALARS,
        "a": VALUES,
        "A": VALUES,
        "b": VALUES,
        "0": VALUES,
        "x_y": VALUES,
        "_refs": st.lists(REFS | SCALARS, max_size=3) | VALUES,
    },
)
NAMES = ["th", "th_other", "TH", "t%", "é"]
DRAFTS = st.builds(
    Draft,
    act=st.sampled_from(["DO", "KNOW", "GET"]),
    body=BODIES,
    thread=st.sampled_from(NAMES),
    data_type=st.sampled_from(["SCALAR", "VOID"]),
    clock=st.none() | st.sampled_from([0, 1, 2**53 + 1, NOW + 1, 2**63 - 1]),
    judged_by=st.none() | st.sampled_from(["a" * 64, "b"]),
)
ACTORS = [Identity.static(name) for name in ("did:a", "did:A", "did:b")]

TEXT_PATHS = ["id", "thread", "actor", "act", "data_type", "kind", "namespace", "judged_by"]
NUMBER_PATHS = ["clock", "sequence", "created_at", "recorded_at"]
BODY_PATHS = [
    *("body.a", "body.A", "body.b", "body.a.b", "body.a.0", "body.0", "body.0.0", "body.a.a.a"),
    *("body.x_y", "body.x_y.-", "body.kind", "body._refs.0.id", "body.missing", "body.a.1.A"),
]
PATTERNS = st.sampled_from(TEXTS).map(
    lambda text: text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
)
PATTERNS = st.lists(PATTERNS | st.sampled_from(["%", "_", "%a", "t%"]), max_size=4).map("".join)


def operators(operands):
    scalars = dict.fromkeys(("$eq", "$ne"), operands)
    ordered = operands.filter(lambda x: x is not None and not isinstance(x, bool))
    orders = dict.fromkeys(("$gt", "$gte", "$lt", "$lte"), ordered)
    lists = {name: st.lists(operands, max_size=4) for name in ("$in", "$nin")}
    any_type = {"$exists": st.booleans()}
    simple = st.fixed_dictionaries({}, optional={**scalars, **orders, **lists, **any_type})
    filled = simple.filter(bool)
    return filled | st.fixed_dictionaries({"$not": filled}) | operands


def patterned(operands):
    likes = st.fixed_dictionaries({}, optional={"$like": PATTERNS, "$ilike": PATTERNS}).filter(bool)
    return operators(operands) | likes


CONDITIONS = (
    st.dictionaries(
        st.sampled_from(TEXT_PATHS), patterned(st.sampled_from([*NAMES, *TEXTS])), max_size=2
    )
    | st.dictionaries(
        st.sampled_from(["thread", "kind", "actor", "act", "data_type", "judged_by"]),
        patterned(st.sampled_from([*NAMES, "did:a", "did:b", "team.a.b", "DO", "VOID", "b"])),
        max_size=3,
    )
    | st.dictionaries(
        st.sampled_from(NUMBER_PATHS), operators(st.sampled_from(NUMBERS)), max_size=2
    )
    | st.dictionaries(st.sampled_from(BODY_PATHS), patterned(SCALARS), max_size=2)
    | st.fixed_dictionaries({"ref": REFS.map(lambda r: {"id": "x:1", **r, "by": 0})}).map(
        lambda f: {"ref": {k: v for k, v in f["ref"].items() if k != "by"}}
    )
)
FILTERS = st.recursive(
    CONDITIONS,
    lambda inner: (
        st.fixed_dictionaries({"$and": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"$or": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"$not": inner})
        | st.tuples(inner, CONDITIONS).map(lambda pair: {**pair[0], **pair[1]})
    ),
    max_leaves=4,
)
SORTS = st.dictionaries(
    st.sampled_from(["sequence", "clock", "thread", "kind", *BODY_PATHS[:6]]),
    st.sampled_from([1, -1]),
    max_size=3,
)


def filled(log, drafts):
    """Append each draft by one of three actors, leaving out those whose clock is taken."""
    taken, entries = set(), []
    for number, draft in enumerate(drafts):
        actor = ACTORS[number % len(ACTORS)]
        clock = NOW + number if draft.clock is None else draft.clock
        if (place := (draft.thread, actor.actor_did, clock)) not in taken:
            taken.add(place)
            entries.append(Sealed.seal(draft, actor, clock=clock))
    return log.append_many(entries)


def wanted(everything, query):
    return [stored.seq for stored in everything if matches(query, stored)]


def walked(log, query, sort, limit=2):
    """Return the seqs of all pages."""
    seqs, cursor = [], None
    while True:
        page = log.query(
            Search.parse({"filter": query, "sort": sort, "limit": limit, "cursor": cursor})
        )
        seqs += [stored.seq for stored in page.records]
        cursor = page.next_cursor
        if cursor is None:
            return seqs


def types_rank(value):
    kinds = [type(None), bool, (int, float), str, list, dict]
    return next(place for place, kind in enumerate(kinds) if isinstance(value, kind))


def reference_order(sort):
    """Compare two records in a sort order, written down again and not as the log does it."""

    def at(stored, path):
        value = stored.as_dict() | {"kind": stored.kind}
        for segment in path.split("."):
            if isinstance(value, list):
                digits = segment.isdigit() and str(int(segment)) == segment
                value = dict(enumerate(value)).get(int(segment), KeyError) if digits else KeyError
            elif isinstance(value, dict):
                value = value.get(segment, KeyError)
            else:
                return KeyError
        return KeyError if path == "kind" and value is None else value

    def compare(one, other):
        for path, direction in sort.items():
            left, right = at(one, path), at(other, path)
            places = [-1 if v is KeyError else types_rank(v) for v in (left, right)]
            if places[0] != places[1]:
                return direction * (places[0] - places[1])
            if isinstance(left, (bool, int, float, str)) and left != right:
                return direction if left > right else -direction
        last = list(sort.values())[-1] if sort else 1
        return last * (one.seq - other.seq)

    return functools.cmp_to_key(compare)


INDEXED = pytest.mark.parametrize("is_indexed", [False, True], ids=["plain", "indexed"])


def make(new_log, is_indexed):
    log = new_log()
    if is_indexed:
        for path in ("body.a", "body.a.b", "body.A", "body.b"):
            log.store.ensure_index(path)
            log.store.ensure_index(path)
    return log


# What is found


@INDEXED
@settings(max_examples=15, **AGAIN)
@given(data=st.data())
def test_what_a_store_finds_is_what_the_evaluator_finds(new_log, is_indexed, data):
    log = make(new_log, is_indexed)
    everything = filled(log, data.draw(st.lists(DRAFTS, min_size=3, max_size=15)))
    for described in data.draw(st.lists(FILTERS, min_size=5, max_size=10)):
        query = parse_filter(described)
        found = log.query(Search(filter=query)).records
        assert [stored.seq for stored in found] == wanted(everything, query), described
        assert found == [everything[stored.seq - 1] for stored in found]
        assert log.count(query) == len(found)
    log.close()


@INDEXED
def test_every_scalar_is_compared_with_every_other_as_the_evaluator_does(new_log, is_indexed):
    log = make(new_log, is_indexed)
    scalars = [None, True, False, *NUMBERS, *TEXTS]
    bodies = [{}, *({"a": scalar} for scalar in scalars), {"a": []}, {"a": {}}, {"a": [1]}]
    everything = filled(log, [Draft(act="DO", body=body, thread="th") for body in bodies])
    ordered = [*NUMBERS, *TEXTS]
    filters = [{"body.a": scalar} for scalar in scalars]
    filters += [{"body.a": {"$in": [scalar, "abc", 2]}} for scalar in scalars]
    filters += [{"body.a": {"$in": listed}} for listed in ([], *([scalar] for scalar in scalars))]
    filters += [{"body.a": {op: s}} for s in ordered for op in ("$gt", "$gte", "$lt", "$lte")]
    escaped = [re.sub(r"([\\%_])", r"\\\1", text) for text in TEXTS]
    patterns = [f"{one}{text}{two}" for text in escaped for one in ("", "%") for two in ("", "%")]
    filters += [{"body.a": {op: p}} for p in patterns for op in ("$like", "$ilike")]
    for described in filters:
        query = parse_filter(described)
        found = log.query(Search(filter=query)).records
        assert [stored.seq for stored in found] == wanted(everything, query), described


def test_long_texts_are_looked_for_too(log, ann):
    long = "x" * 100_000
    ref = {"kind": "@a.b", "id": f"x:{long}"}
    log.append(Draft(act="DO", body={"a": long, "_refs": [ref]}, thread="th"), by=ann)
    for described in ({"body.a": long}, {"ref": ref}, {"body.a": {"$like": "x" * 250 + "%"}}):
        assert log.count(parse_filter(described)) == 1
        assert log.count(parse_filter({"body.a": f"{long}y"})) == 0


def test_what_was_erased_is_found_by_what_is_left(new_log, ann):
    log = make(new_log, is_indexed=True)
    log.append(Draft(act="DO", body={"a": "secret", "kind": "team.a.b"}, thread="th"), by=ann)
    stored = log.read()[0]
    with log.store.write() as transaction:
        transaction.erase(1, tombstone_of(stored.record, by="f" * 64).canonical)
    for described, number in [
        ({"body.a": "secret"}, 0),
        ({"body.a": {"$exists": False}}, 1),
        ({"kind": "team.a.b"}, 1),
        ({"id": stored.id}, 1),
    ]:
        assert log.count(parse_filter(described)) == number, described


def test_a_reference_is_found_among_several(log, ann):
    track, person = Ref.music_track(isrc="USX1"), Ref.social_person(email="a@b.c")
    log.append(Draft(act="DO", body={"_refs": [person, track]}, thread="th"), by=ann)
    log.append(Draft(act="DO", body={"_refs": track}, thread="th"), by=ann)  # no list
    mixed = [{**track, "kind": person["kind"]}, {**person, "kind": track["kind"]}]
    log.append(Draft(act="DO", body={"_refs": mixed}, thread="th"), by=ann)
    for ref, seqs in [
        (track, [1]),
        (person, [1]),
        ({"kind": track["kind"]}, [1, 3]),
        ({"id": track["id"]}, [1, 3]),
        ({**track, "id": "isrc:USX"}, []),
    ]:
        found = log.query(Search(filter=parse_filter({"ref": ref}))).records
        assert [stored.seq for stored in found] == seqs, ref


# Order and pages


@settings(max_examples=15, **AGAIN)
@given(data=st.data())
def test_pages_hold_everything_once_and_in_order(new_log, data):
    log = new_log()
    everything = filled(log, data.draw(st.lists(DRAFTS, min_size=3, max_size=12)))
    for sort in data.draw(st.lists(SORTS, min_size=3, max_size=8)):
        described = data.draw(st.just({}) | FILTERS)
        query = parse_filter(described)
        expected = sorted(
            (stored for stored in everything if matches(query, stored)), key=reference_order(sort)
        )
        assert walked(log, described, sort) == [stored.seq for stored in expected], sort
    log.close()


@pytest.mark.parametrize(
    "sort",
    [{}, {"sequence": -1}, {"clock": 1}, {"clock": -1}, {"body.n": 1}, {"body.n": -1}],
    ids=str,
)
def test_what_was_there_comes_once_while_records_are_appended(log, ann, sort):
    def add(number):
        bodies = [{"n": (number * 7 + n) % 5, "w": "x"} for n in range(3)]
        return log.append_many(
            [
                Draft(act="DO", body=body, thread="th", clock=(number * 5 + n * 40) % 97 + n * 100)
                for n, body in enumerate(bodies)
            ],
            by=ann,
        )

    there = {stored.seq for number in range(10) for stored in add(number)}
    seen, cursor, number = [], None, 10
    while True:
        page = log.query(
            Search(
                filter=parse_filter({"body.w": "x"}), sort=parse_sort(sort), limit=4, cursor=cursor
            )
        )
        seen += [stored.seq for stored in page.records]
        cursor = page.next_cursor
        if cursor is None:
            break
        if number < 19:  # at its end, a page follows in ascending order
            add(number)
            number += 1
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


def test_an_offset_leaves_out_the_beginning(log, ann, draft):
    log.append_many([draft(n) for n in range(10)], by=ann)
    for sort, expected in [({}, [4, 5, 6]), ({"body.n": -1}, [7, 6, 5])]:
        page = log.query(Search(sort=parse_sort(sort), offset=3, limit=3))
        assert [stored.seq for stored in page.records] == expected
        then = log.query(Search(sort=parse_sort(sort), limit=3, cursor=page.next_cursor))
        assert [stored.seq for stored in then.records] == [
            s + 3 * (-1 if sort else 1) for s in expected
        ]
    assert log.query(Search(offset=10)).records == []
    assert log.query(Search(offset=7, limit=3)).next_cursor is None


def test_a_cursor_belongs_to_its_filter_and_order(log, ann, draft):
    log.append_many([draft(n) for n in range(10)], by=ann)
    cursor = log.query(Search(limit=3)).next_cursor
    for other in [
        {"filter": {"act": "DO"}},
        {"sort": {"clock": 1}},
        {"sort": {"sequence": -1}},
        {"sort": {"body.n": 1}},
    ]:
        with pytest.raises(QueryError, match="cursor"):
            log.query(Search.parse({**other, "cursor": cursor}))
    assert len(log.query(Search(limit=8, cursor=cursor)).records) == 7


def test_a_plan_tells_what_was_read(log, ann, draft):
    log.append_many([draft(n, thread=f"th{n % 10}") for n in range(1000)], by=ann)
    search = Search(filter=parse_filter({"thread": "th3", "body.n": {"$gte": 500}}))
    page = log.query(search)
    assert len(page.records) == 50
    assert page.plan.rows_scanned == 100
    assert page.plan.indexed_fields == ("thread",)
    assert page.plan.unindexed_fields == ("body.n",)
    everything = log.query(Search(filter=parse_filter({"body.n": {"$gte": 0}}), limit=10)).plan
    assert everything.rows_scanned <= 60
    assert everything.unindexed_fields == ("body.n",)


@pytest.mark.parametrize("by", ["sequence", "clock"])
@pytest.mark.parametrize("direction", [1, -1])
def test_the_first_page_of_many_records_reads_few(log, ann, draft, by, direction):
    log.append_many([draft(n) for n in range(6000)], by=ann)
    page = log.query(Search.parse({"sort": {by: direction}, "limit": 10}))
    assert [stored.body["n"] for stored in page.records] == [
        *(range(10) if direction == 1 else range(5999, 5989, -1))
    ]
    assert page.plan.rows_scanned <= 50


def test_a_path_that_cannot_have_an_index_is_refused(log):
    for path in ("thread", "body.a.0", "body", "body.a b", "nothing", "body.a'; DROP TABLE record"):
        with pytest.raises(QueryError):
            log.store.ensure_index(path)


# Aggregation


def test_groups_are_complete_and_in_order(log, ann):
    prices = [3, 0.5, None, "x", 10**40, -1, 2, True]
    bodies = [{"team": ("b", "a", 7)[n % 3], "price": price} for n, price in enumerate(prices)]
    log.append_many([Draft(act="DO", body=b, thread="th") for b in [*bodies, {"price": 1}]], by=ann)
    log.append(Draft(act="KNOW", body={"team": "a", "price": 100}, thread="th"), by=ann)
    groups = log.aggregate(
        Aggregation.parse(
            {
                "filter": {"act": "DO"},
                "group_by": ["body.team"],
                "aggregates": {
                    "n": "count",
                    "sum": {"sum": "body.price"},
                    "avg": {"avg": "body.price"},
                    "least": {"min": "body.price"},
                    "most": {"max": "body.price"},
                },
            }
        )
    )
    assert [(group.key["body.team"], *group.aggregates.values()) for group in groups.groups] == [
        (None, 1, 1, 1, 1, 1),
        (7, 2, -1, -1, None, -1),
        ("a", 3, 1e40, 5e39, True, 10**40),
        ("b", 3, 5, 2.5, 2, "x"),
    ]
    assert groups.watermark == 10


def test_an_aggregation_without_groups_is_one(log, ann, draft):
    log.append_many([draft(n) for n in range(10)], by=ann)
    (group,) = log.aggregate(Aggregation.parse({"aggregates": {"s": {"sum": "body.n"}}})).groups
    assert (group.key, group.aggregates) == ({}, {"s": 45})
    assert log.aggregate(Aggregation.parse({"thread": "none"})).groups == []


def test_sums_are_exact_in_any_order(log, ann):
    values = [1e16, 1.5, -1e16, 0.1, 2**70, -(2**70)]
    log.append_many([Draft(act="DO", body={"v": v}, thread="th") for v in values], by=ann)
    (group,) = log.aggregate(Aggregation.parse({"aggregates": {"s": {"sum": "body.v"}}})).groups
    assert group.aggregates == {"s": 1.6}


def test_too_many_groups_are_an_error(log, ann, draft):
    log.append_many([draft(n) for n in range(1001)], by=ann)
    by_number = {"group_by": ["body.n"]}
    with pytest.raises(QueryTooLarge):
        log.aggregate(Aggregation.parse(by_number))
    narrowed = log.aggregate(Aggregation.parse({**by_number, "filter": {"body.n": {"$lt": 1000}}}))
    assert [group.key["body.n"] for group in narrowed.groups] == list(range(1000))


@pytest.mark.parametrize(
    "value",
    [
        *([], {"group_by": "x"}, {"group_by": ["x"]}, {"aggregates": []}, {"limits": 1}),
        *({"aggregates": {"a": "sum"}}, {"aggregates": {"a": {"median": "body.n"}}}),
        *({"aggregates": {"a": {"sum": "x"}}}, {"aggregates": {"a": {"sum": "body.n", "x": 1}}}),
    ],
    ids=str,
)
def test_an_aggregation_that_makes_no_sense_is_refused(value):
    with pytest.raises(QueryError):
        Aggregation.parse(value)
