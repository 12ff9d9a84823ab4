"""Records of anybody: whatever a body says, folds take it in and views can be shown."""

from contextlib import nullcontext

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadbook.errors import PreconditionFailed, RecordNotFound
from threadbook.folds import (
    checkpoints,
    decisions,
    definitions,
    lineage,
    sessions,
    tasks,
    threads,
    timeline,
    trust,
    workflows,
)
from threadbook.folds.fold import Projection
from threadbook.log import open_log
from threadbook.records import bodies
from threadbook.records.identity import Identity
from threadbook.records.record import Act, Draft

encode = msgspec.msgpack.encode

ACTORS = [f"did:sync:user:{name}" for name in ("ann", "bob", "eve")]
THREADS = ["th", "b", "c"]
OPERATOR = ACTORS[0]
KINDS = [
    *(
        body.KIND
        for body in vars(bodies).values()
        if isinstance(body, type) and getattr(body, "KIND", None)
    ),
    "core.correction",
    "core.identity.grant.v1",
    "core.identity.acceptance.v1",
    "core.identity.revoke.v1",
    "core.work.decision_request.v1",
    "team.a.note",
]
FIELDS = [
    "aud", "grantee", "grant", "grant_id", "expires_at", "token", "account", "actors",
    "effective_at", "verdict", "subject", "judged_by", "judges", "domain", "topic", "corrects",
    "erases", "fulfills", "cancels", "awaits", "question", "goal", "summary", "reason", "options",
    "decision", "decider_did", "decider_role", "requester", "blocking", "subtasks", "sub_thread",
    "thread", "join", "parent_thread", "index", "worker", "task", "status", "assignee", "labels",
    "workflow", "workspace", "source", "priority", "learnings", "next_steps", "session_id",
    "name", "version", "content", "cell",
    "inputs", "cost_usd", "wall_time_secs", "id", "workspace", "metadata", "save",
]  # fmt: skip
WORDS = [
    *ACTORS, *THREADS, "accept", "reject", "failed", "actor_decision", "task_done_claim",
    "correction", "approve", "all", "k_of_n:2", "active", "inbox", "review", "a", "", "*",
    "2026-01-01", "9999-12-31T23:59:59.999999-23:59", "0001-01-01", "x" * 600, "\0", "\u2028",
]  # fmt: skip
BLOB = {"blob": "ab" * 32, "size": 10**30}


REFERENCES = [f"#{number}" for number in range(8)]
"""Stand for the ids of the records so far."""

SCALARS = st.sampled_from(
    [
        None, True, False, 0, 1, 2, -1, 2**31, 2**53, 2**63, 2**64, 10**30, 10**400, -(10**30),
        0.5, -0.5, 1e-300, 1.7e308, 1e17, *WORDS, *REFERENCES,
    ]
)  # fmt: skip
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=3),
    st.lists(st.dictionaries(st.sampled_from(FIELDS), SCALARS, max_size=2), max_size=2),
    st.just(BLOB),
)


TYPICAL = {
    "verdict": st.sampled_from(["accept", "reject"]),
    "subject": st.sampled_from(ACTORS),
    "awaits": st.just("actor_decision"),
    "task": st.just(True),
    "subtasks": st.just([{"thread": "b"}, "c"]),
    "topic": st.sampled_from(["task_done_claim", "correction"]),
    "aud": st.sampled_from(ACTORS),
    "status": st.sampled_from(["active", "blocked", "inbox"]),
    "name": st.just("a"),
    "content": st.just({"blob": "ab" * 32, "size": 1}),
    "source": st.just({"blob": "ab" * 32, "size": 1}),
    "metadata": st.dictionaries(st.sampled_from(FIELDS), SCALARS, max_size=2),
    "reason": st.just("because"),
}


BODIES = st.builds(
    lambda anything, typical, references, kind: {**anything, **typical, **references, **kind},
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=3),
    st.fixed_dictionaries({}, optional=TYPICAL),
    st.dictionaries(
        st.sampled_from(
            ["judges", "fulfills", "cancels", "corrects", "erases", "inputs", "grant", "save"]
        ),
        st.sampled_from(REFERENCES),
        max_size=2,
    ),
    st.fixed_dictionaries({}, optional={"kind": st.sampled_from(KINDS)}),
)
RECORDS = st.tuples(
    st.sampled_from(list(Act)),
    BODIES,
    st.sampled_from(THREADS),
    st.lists(st.sampled_from(REFERENCES), max_size=2),
    st.sampled_from(ACTORS),
)


def resolved(value, ids):
    """Return the value with the ids that its references stand for."""
    if isinstance(value, dict):
        return {key: resolved(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [resolved(item, ids) for item in value]
    if value in REFERENCES and ids:
        return ids[-1 - REFERENCES.index(value) % len(ids)]
    return value


def append(log, records):
    for act, body, thread, parents, actor in records:
        ids = [stored.id for stored in log.latest(limit=8)][::-1]
        draft = Draft(
            act=act,
            body=resolved(body, ids),
            thread=thread,
            parents=tuple(resolved(parents, ids)),
            clock=log.size,
        )
        log.append(draft, by=Identity.static(actor))


FOLDS = [
    trust.TrustFold(OPERATOR),
    threads.ThreadFold("th"),
    threads.ThreadsFold(),
    decisions.DecisionsFold(OPERATOR),
    tasks.TasksFold(OPERATOR),
    checkpoints.CheckpointsFold(),
    lineage.LineageFold(),
    workflows.WorkflowsFold(),
    timeline.TimelineFold("th", OPERATOR),
    definitions.DefinitionsFold(),
    sessions.SessionsFold(),
]


def views(log, states):
    """Yield everything that can be asked about."""
    of_trust, of_thread, of_threads, of_decisions, of_tasks, of_checkpoints, *others = states
    of_lineage, of_workflows, of_timeline, of_definitions, of_sessions = others
    for as_of in (0, 1_700_000_000_000, 2**52, 2**62):
        yield trust.standings(of_trust, as_of=as_of)
        for actor in ACTORS:
            yield trust.explain(of_trust, actor, "general", as_of=as_of)
            yield trust.by_judge(of_trust, actor, "general", as_of=as_of)
            yield trust.trend(of_trust, actor, "general", most=5)
            yield trust.newest(of_trust, actor, "general", as_of=as_of)
            yield decisions.pending(of_decisions, as_of=as_of, decider=actor)
        yield decisions.history(of_decisions, as_of=as_of)
        yield [timeline.row_at(of_timeline, row, as_of) for row in of_timeline.rows]
    yield threads.view_of("th", of_thread)
    yield threads.entries(of_threads)
    for actor in ACTORS:
        yield definitions.previous(of_definitions, actor, "a", "a", before=2**62)
        yield definitions.content_of(of_definitions, actor, "a")
    for thread in THREADS:
        yield sessions.state_of(of_sessions, thread)
        yield sessions.interruptions(of_sessions, thread)
        yield threads.fanouts(of_threads, thread)
        yield threads.children(of_threads, thread)
        yield threads.parents(of_threads, thread)
        yield checkpoints.checkpoints(of_checkpoints, thread)
        records = list(log.read_all(thread=thread))
        yield threads.thread_state(thread, records)
        yield len(checkpoints.resume(thread, records).since)
    yield tasks.tasks(of_tasks)
    yield lineage.artifacts(of_lineage)
    yield lineage.in_workspace(of_lineage, "")
    for cell in of_lineage.loads:
        yield lineage.loaded_by(of_lineage, cell)
    for save in of_lineage.versions:
        yield lineage.sources(of_lineage, save)
        yield lineage.products(of_lineage, save)
    for workspace in of_workflows.spaces:
        yield workflows.workflows(of_workflows, workspace)
        yield workflows.versions(of_workflows, workspace, "a")


@settings(max_examples=100, deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=12), st.integers(1, 12))
def test_whatever_a_body_says(records, cut):
    with open_log("memory:") as log:
        projections = [Projection(log, fold, snapshot_every=1) for fold in FOLDS]
        for part in (records[:cut], records[cut:]):
            append(log, part)
            states = [projection.read().value for projection in projections]
        for fold, state in zip(FOLDS, states, strict=True):
            assert encode(state) == encode(fold.over(log.read_all()))
            assert encode(state) == encode(Projection(log, fold).read().value)
        for view in views(log, states):
            msgspec.json.encode(view)
        for stored in log.read(limit=100):
            check_decision(log, states[3], stored.id)


def check_decision(log, state, record_id):
    """A look at one request agrees with the fold of all records; so does the guard."""
    if record_id not in state.requests:
        with pytest.raises(RecordNotFound):
            decisions.request_of(log, record_id, operator=OPERATOR)
        return
    request = decisions.request_of(log, record_id, operator=OPERATOR)
    assert request == state.requests[record_id]
    now = 2**52
    would_count = (
        request.status(now) == "pending"
        and decisions.refusal(state, request, ACTORS[1], as_of=now) is None
    )
    guard = decisions.answer_guard(log, record_id, ACTORS[1], now=lambda: now, operator=OPERATOR)
    with nullcontext() if would_count else pytest.raises(PreconditionFailed):
        guard()


@pytest.mark.parametrize("fold", FOLDS, ids=lambda fold: fold.name)
def test_the_largest_bodies_do_not_take_long(fold):
    """Lists as long as a record may hold, all of them about each other."""
    with open_log("memory:") as log:
        by = Identity.static(ACTORS[0])
        goals = [
            log.append(
                Draft(
                    act="INTEND",
                    body={"goal": "g", "task": True, "subtasks": ["x"], "awaits": "actor_decision"},
                    thread="th",
                    clock=number,
                ),
                by=by,
            ).id
            for number in range(900)
        ]
        for number in range(20):
            body = {
                "verdict": "reject",
                "fulfills": goals,
                "cancels": goals,
                "corrects": goals,
                "sub_thread": goals,
                "reason": f"{number}",
            }
            for act in ("KNOW", "DO", "INTEND"):
                draft = Draft(act=act, body=body, thread="th", parents=tuple(goals))
                log.append(draft, by=Identity.static(ACTORS[number % 3]))
        projection = Projection(log, fold, snapshot_every=1)
        assert projection.ask(lambda _: None).watermark == 960
        assert projection.rebuild()
