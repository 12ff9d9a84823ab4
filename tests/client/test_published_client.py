"""Agreement with the client of the published `syncropel` SDK: what it would send, we record.

The published client posts to a transport of ours, which keeps the envelope; nothing else of it is
replaced.
"""

import inspect
import json
from datetime import UTC, datetime

import httpx
import pytest
import syncropel
import syncropel.client
import syncropel.hashing
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbook.client import Client, EmitResult
from threadbook.client.transport import SinkTransport
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.identity import Identity
from threadbook.records.record import Act, DataType

ACTOR = "did:sync:user:ann"
SHARED = [
    *("emit", "emit_sync", "intend", "fulfill", "query", "query_thread", "emit_correction"),
    *("emit_erasure", "emit_alias", "emit_scope_transfer", "emit_scope_claim"),
    *("rich_query", "search", "health"),
]
PAGED = {"query", "query_thread", "rich_query"}
moderate = settings(max_examples=100, deadline=None)


class Published:
    """The published client, and what it sent."""

    def __init__(self):
        self.sent = []
        self.client = syncropel.Client(
            endpoint="http://test",
            identity=syncropel.Identity.static(ACTOR),
            transport=httpx.MockTransport(self._receive),
        )

    def _receive(self, request):
        envelope = json.loads(request.content)
        self.sent.append(envelope)
        return httpx.Response(201, json={"id": "0" * 64, "clock": envelope["clock"]})


@pytest.fixture(scope="module")
def nowhere(tmp_path_factory):
    """Provide an outbox that is never needed."""
    return Outbox(tmp_path_factory.mktemp("outbox") / "outbox.db")


def our_client(nowhere, **options):
    sink = Sink("memory:", Identity.static(ACTOR), nowhere)
    return Client(SinkTransport(sink), **options), sink


def only_record(sink):
    (record,) = sink.read()
    return record


def envelope_of(stored):
    record = stored.as_dict()
    return {name: record[name] for name in ("act", "actor", "body", "clock", "data_type")} | {
        name: record[name] for name in ("parents", "thread")
    }


@pytest.mark.parametrize("name", SHARED)
def test_signatures_are_the_same_but_for_threads_that_may_be_left_out(name):
    ours, theirs = (
        inspect.signature(getattr(client, name)).parameters for client in (Client, syncropel.Client)
    )
    assert list(ours)[: len(theirs)] == list(theirs)
    added = list(ours)[len(theirs) :]
    assert added == (["cursor"] if name in PAGED else [])
    assert all(ours[each].default is None for each in added)
    for parameter in theirs.values():
        own = ours[parameter.name]
        assert own.kind == parameter.kind
        if parameter.name != "thread" or parameter.default is not inspect.Parameter.empty:
            assert own.default == parameter.default
        elif name != "fulfill":
            assert own.default is None


def test_every_method_has_a_twin_that_blocks_with_the_same_signature():
    for name in SHARED:
        if name != "emit_sync":
            ours = getattr(Client, name)
            twin = getattr(Client, f"{name}_sync")
            assert inspect.iscoroutinefunction(ours)
            assert not inspect.iscoroutinefunction(twin)
            assert inspect.signature(twin) == inspect.signature(ours)
            assert twin.__name__ == f"{name}_sync"
            assert twin.__doc__


def test_a_client_is_made_and_subscribes_as_the_published_one_does():
    for name in ("__init__", "subscribe"):
        ours, theirs = (
            inspect.signature(getattr(client, name)).parameters
            for client in (Client, syncropel.Client)
        )
        for parameter in theirs.values():
            if parameter.name != "identity":
                assert ours[parameter.name].default == parameter.default


def test_results_have_the_published_fields_and_defaults():
    theirs = {name: f.default for name, f in syncropel.EmitResult.__dataclass_fields__.items()}
    ours = EmitResult(success=True)
    assert list(theirs) == list(EmitResult.__struct_fields__[: len(theirs)])
    assert all(getattr(ours, n) == value for n, value in theirs.items() if n != "success")


SEGMENTS = st.text("abcxyz019_-", min_size=1, max_size=6)
SCOPES = SEGMENTS | SEGMENTS.map("@{}".format)
KINDS = st.one_of(
    st.tuples(SCOPES, SEGMENTS, SEGMENTS).map(".".join),
    st.tuples(SCOPES, SEGMENTS, SEGMENTS, st.integers(0, 99).map("v{}".format)).map(".".join),
    st.tuples(st.just("core"), SEGMENTS).map(".".join),
    st.tuples(SEGMENTS.map("@{}".format), SEGMENTS).map(".".join),
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(-1e9, 1e9) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
REFS = st.lists(st.fixed_dictionaries({"kind": KINDS, "id": TEXT}), max_size=3)
BODIES = st.fixed_dictionaries(
    {"free": JSON},
    optional={"kind": KINDS, "_v": st.integers(0, 9), "_refs": REFS, "goal": TEXT, "summary": TEXT},
)
IDS = st.text("0123456789abcdef", min_size=64, max_size=64)
PARENTS = st.none() | st.lists(IDS, max_size=4)
CLOCKS = st.integers(0, 2**53)
THREADS = TEXT.filter(bool)


@given(
    act=st.sampled_from(list(Act)),
    kind=KINDS,
    body=BODIES,
    thread=THREADS,
    refs=st.none() | REFS,
    parents=PARENTS,
    data_type=st.sampled_from(list(DataType)),
    clock=CLOCKS,
)
@moderate
def test_emit_records_what_the_published_client_sends(nowhere, **arguments):
    published = Published()
    before = json.dumps(arguments)
    assert published.client.emit_sync(**arguments).success
    client, sink = our_client(nowhere)
    result = client.emit_sync(**arguments)
    (sent,) = published.sent
    stored = only_record(sink)
    assert envelope_of(stored) == sent
    assert result.record_id == stored.id == syncropel.hashing.record_id(sent)
    assert json.dumps(arguments) == before, "the caller's objects were changed"


HELPERS = {
    "intend": {
        "goal": TEXT,
        "thread": THREADS,
        "parents": PARENTS,
        "kind": KINDS,
        "body": st.none() | BODIES,
        "clock": CLOCKS,
    },
    "fulfill": {
        "thread": THREADS,
        "summary": TEXT,
        "fulfills": st.none() | IDS | st.lists(IDS) | st.lists(IDS).map(tuple),
        "kind": KINDS,
        "body": st.none() | BODIES,
        "parents": PARENTS,
        "clock": CLOCKS,
    },
    "emit_correction": {
        "corrects": st.lists(IDS, min_size=1, max_size=3),
        "revised_fields": st.dictionaries(TEXT, JSON, min_size=1, max_size=3),
        "reason": TEXT.filter(bool),
        "thread": THREADS,
        "correcting_actor": st.none() | TEXT,
    },
    "emit_erasure": {
        "erases": st.lists(IDS, min_size=1, max_size=3),
        "reason": TEXT.filter(bool),
        "thread": THREADS,
        "authorized_by": st.none() | TEXT,
        "effective_at": TEXT.filter(bool),
    },
    "emit_alias": {
        "old_kind": KINDS,
        "new_kind": KINDS,
        "reason": TEXT.filter(bool),
        "thread": THREADS,
        "since": TEXT.filter(bool),
        "publisher_did": st.none() | TEXT,
    },
    "emit_scope_transfer": {
        "scope": SCOPES,
        "from_publisher": TEXT.filter(bool),
        "to_publisher": TEXT.filter(bool),
        "reason": TEXT.filter(bool),
        "thread": THREADS,
        "effective_at": TEXT.filter(bool),
    },
    "emit_scope_claim": {
        "scope": SCOPES,
        "governance_policy": BODIES.map(lambda body: {**body, "type": "open"}),
        "thread": THREADS,
        "claimant": st.none() | TEXT,
        "effective_at": TEXT.filter(bool),
    },
}


@pytest.mark.parametrize("name", HELPERS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
async def test_helpers_record_what_the_published_client_sends(nowhere, name, data):
    arguments = data.draw(st.fixed_dictionaries(HELPERS[name]))
    published = Published()
    assert (await getattr(published.client, name)(**arguments)).success
    client, sink = our_client(nowhere)
    result = await getattr(client, name)(**arguments)
    (sent,) = published.sent
    stored = only_record(sink)
    if "clock" not in arguments:  # the time of the call
        sent["clock"] = stored.clock
    assert envelope_of(stored) == sent
    assert (result.success, result.thread, result.kind) == (True, sent["thread"], stored.kind)


GOOD = {"act": "DO", "kind": "x.y.z", "body": {}, "thread": "th"}
BAD = [
    *[("emit_sync", GOOD | {"kind": kind}) for kind in ("", "x", "x.y", "X.y.z", "x.y.z.w", 5)],
    ("emit_sync", GOOD | {"act": ""}),
    ("emit_sync", GOOD | {"thread": ""}),
    ("emit_sync", GOOD | {"body": [("a", 1)]}),
]
IN_COROUTINES = [
    ("intend", {"goal": "g", "thread": ""}),
    ("fulfill", {"thread": "", "summary": "s"}),
    ("query", {}),
    ("query_thread", {"thread": ""}),
    *[
        ("emit_correction", {"corrects": ["a"], "revised_fields": {"a": 1}, "reason": "r"} | bad)
        for bad in (
            *({"corrects": c} for c in ([], "a", [""], [1])),
            *({"revised_fields": f} for f in ({}, [1], "a")),
            *({"reason": r} for r in ("", 5, None)),
        )
    ],
    ("emit_erasure", {"erases": [], "reason": "r"}),
    ("emit_alias", {"old_kind": "bad", "new_kind": "x.y.z", "reason": "r"}),
    ("emit_scope_transfer", {"scope": "X", "from_publisher": "a", "to_publisher": "b"}),
    ("emit_scope_claim", {"scope": "x", "governance_policy": {"a": 1}}),
    ("emit_scope_claim", {"scope": "x", "governance_policy": "type"}),
]


@pytest.mark.parametrize(("name", "arguments"), BAD, ids=str)
def test_what_the_published_client_refuses_is_refused(nowhere, name, arguments):
    with pytest.raises((ValueError, TypeError)):
        getattr(Published().client, name)(**arguments)
    client, sink = our_client(nowhere)
    with pytest.raises(ValueError, match=r"\w"):
        getattr(client, name)(**arguments)
    assert sink.read() == []


@pytest.mark.parametrize(("name", "arguments"), IN_COROUTINES, ids=str)
async def test_what_the_published_helpers_refuse_is_refused(nowhere, name, arguments):
    if name.startswith("emit"):
        arguments = {"reason": "r", "thread": "th"} | arguments
    if name == "emit_scope_claim":
        del arguments["reason"]
    with pytest.raises(ValueError, match=r"\w"):
        await getattr(Published().client, name)(**arguments)
    client, sink = our_client(nowhere)
    with pytest.raises(ValueError, match=r"\w"):
        await getattr(client, name)(**arguments)
    assert sink.read() == []


async def test_times_that_are_left_out_are_now_in_the_published_form(nowhere):
    client, sink = our_client(nowhere, thread=lambda: "th")
    await client.emit_erasure(erases=["a"], reason="r")
    text = only_record(sink).body["effective_at"]
    assert text.endswith("Z")
    assert len(text) == len(syncropel.client._utc_now_iso())
    assert (datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds() < 3600
