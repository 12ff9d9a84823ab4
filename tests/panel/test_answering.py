"""Answering from the panel: what was shown is what is answered, once, and the cell goes on."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from threadbook.errors import (
    AnswerInvalid,
    Forbidden,
    PreconditionFailed,
    QueryError,
    RecordNotFound,
)
from threadbook.folds.decisions import DecisionsFold, answer_draft, request_of
from threadbook.folds.grants import GrantsFold, live
from threadbook.log.log import open_log
from threadbook.log.verify import verify
from threadbook.records.bodies import Correction, DecisionAnswer, DecisionRequest, ToolCall
from threadbook.records.identity import Identity
from threadbook.session import Session
from threadbook_panel.feed import Feed

SECONDS = 60
CONTEXT = {
    "tool": "files", "callable": "remove", "definition": "d1", "actor": "did:x:y",
    "environment": [], "session": "s1", "what": "rm", "arguments": {"path": "/srv", "force": True},
}  # fmt: skip
OPTIONS = ["approve", "approve_session", "approve_until", "reject"]
FUTURE = 4_000_000_000_000


@pytest.fixture
def ask(add):
    def ask(question="may I?", **fields):
        fields = {"subject": "ab" * 32, "options": OPTIONS, "context": CONTEXT, **fields}
        return add(DecisionRequest(question=question, **fields))

    return ask


def answer(feed, request, decision="approve", **params):
    return feed.call("answer", {"id": request.id, "decision": decision, **params})


@pytest.mark.parametrize(
    ("params", "provided"),
    [
        ({"decision": "approve"}, None),
        ({"decision": "approve_session"}, None),
        ({"decision": "approve", "arguments": {"path": "x"}}, {"arguments": {"path": "x"}}),
        ({"decision": "approve_until", "until": FUTURE}, {"until": FUTURE}),
        (
            {"decision": "approve_session", "matching": {"path": "/srv/*", "force": "*"}},
            {"matching": {"path": "/srv/*", "force": "*"}},
        ),
        ({"decision": "reject"}, None),
    ],
)  # fmt: skip
def test_an_answer_is_the_persons_and_bound_to_what_was_asked(
    feed, log, ask, person, params, provided
):
    request = ask()
    written = answer(feed, request, reason="fine", **params)
    stored = log.get(written.id)
    assert (stored.actor, written.actor) == (person.actor_did, person.actor_did)
    assert (stored.thread, stored.record.parents) == (request.thread, (request.id,))
    body = DecisionAnswer.of(stored.record)
    assert (body.subject, body.reason) == (request.body["subject"], "fine")
    assert body.provided_value == provided
    found = request_of(log, request.id).answer
    assert (found.id, found.is_approval) == (stored.id, params["decision"] != "reject")
    (entry,) = feed.call("decisions", {"all": True}).decisions
    assert (entry.answer.id, entry.answer.reason) == (stored.id, "fine")
    assert verify(log).is_clean


@pytest.mark.parametrize(
    ("params", "error", "problem"),
    [
        ({"decision": "maybe"}, AnswerInvalid, "no answer"),
        ({"decision": "acknowledge"}, AnswerInvalid, "does not say"),
        ({"decision": "approve_until"}, AnswerInvalid, "does not say"),
        ({"decision": "approve_until", "until": 1_000_000_000_000}, AnswerInvalid, "no date"),
        ({"decision": "approve", "until": FUTURE}, AnswerInvalid, "does not say"),
        ({"decision": "approve_session", "arguments": {}}, AnswerInvalid, "does not say"),
        ({"matching": {"path": "*", "force": "*"}}, AnswerInvalid, "does not say"),
        ({"decision": "approve_session", "matching": {"path": "*"}}, AnswerInvalid, "for each"),
        (
            {"decision": "approve_session", "matching": {"path": "[", "force": "*"}},
            AnswerInvalid,
            "not closed",
        ),
        ({"arguments": [1]}, QueryError, "arguments"),
        ({"reason": "x" * 4001}, QueryError, "reason"),
        ({"subject": "cd" * 32}, QueryError, "subject"),
        ({"id": "0" * 64}, RecordNotFound, "no record"),
    ],
)
def test_an_answer_that_says_nothing_clear_is_not_written(feed, log, ask, params, error, problem):
    request = ask()
    with pytest.raises(error, match=problem):
        feed.call("answer", {"id": request.id, "decision": "approve", **params})
    assert log.size == 1


def test_another_record_is_no_request(feed, add):
    with pytest.raises(RecordNotFound, match="no request"):
        answer(feed, add({"n": 1}))


# What was shown is what is answered, or nothing is.


def test_the_second_answer_hears_who_was_faster(feed, log, ask, key):
    request, faster = ask(), key("faster")
    first = log.append(answer_draft(request_of(log, request.id), "reject"), by=faster)
    with pytest.raises(PreconditionFailed, match=f"answered by {faster.actor_did}") as refused:
        answer(feed, request)
    assert first.id in refused.value.remedy
    assert log.size == 2


def test_of_answers_at_once_one_is_written(store, log, ask, key):
    request = ask()
    logs = [open_log(f"sqlite:///{store}") for _ in range(4)]
    feeds = [Feed(each, person=key(f"p{place}")) for place, each in enumerate(logs)]

    def attempt(feed):
        try:
            return answer(feed, request).id
        except PreconditionFailed:
            return None

    with ThreadPoolExecutor(len(feeds)) as pool:
        written = [record for record in pool.map(attempt, feeds) if record]
    for each in logs:
        each.close()
    assert len(written) == 1
    assert log.size == 2
    assert request_of(log, request.id).answer.id == written[0]


def test_a_request_that_was_taken_back_is_not_answered(feed, log, ask, add):
    request = ask()
    assert feed.call("decisions", {}).pending == 1
    add(Correction(corrects=[request.id], revised_fields={}, reason="cancelled"))
    with pytest.raises(PreconditionFailed, match="withdrawn"):
        answer(feed, request)
    assert log.size == 2


def test_a_request_that_has_expired_is_not_answered(feed, log, ask):
    with pytest.raises(PreconditionFailed, match="expired"):
        answer(feed, ask(expires_at=1_000_000_000_000))
    assert log.size == 1


def test_an_altered_request_is_another_one(feed, log, ask):
    shown = ask()
    altered = ask(subject="cd" * 32, context={**CONTEXT, "arguments": {"path": "/"}})
    written = log.get(answer(feed, shown).id)
    assert written.body["subject"] == shown.body["subject"]
    assert request_of(log, altered.id).answer is None
    # Nor does an answer that was made for the one count for the other.
    forged = {**written.body, "fulfills": altered.id}
    log.append(msgspec.structs.replace(answer_draft(request_of(log, altered.id), "approve"),
               body=forged), by=Identity.static("did:sync:user:eve"))  # fmt: skip
    found = request_of(log, altered.id)
    assert (found.answer, found.refused[0].why) == (
        None,
        "it is about another subject than the request",
    )


def test_ones_own_question_is_not_answered(log, ask, agent):
    request = ask()
    with pytest.raises(PreconditionFailed, match="the requester's own answer"):
        answer(Feed(log, person=agent), request)
    assert log.size == 1


def test_somebody_elses_question_is_not_answered(feed, log, ask, agent):
    request = ask(decider_did="did:sync:user:boss")
    with pytest.raises(PreconditionFailed, match="only did:sync:user:boss"):
        answer(feed, request)
    assert log.size == 1


@pytest.mark.parametrize("why", [None, "this kernel is sandboxed"], ids=["nobody", "read-only"])
def test_where_nobody_can_answer_nothing_is_written(log, ask, person, why):
    feed = Feed(log, person=person if why else None, read_only=why)
    with pytest.raises(Forbidden, match=why or "nobody is known"):
        answer(feed, ask())
    assert log.size == 1


# A real kernel whose cell waits.

TOOL = '''
from threadbook import tool


@tool(effect="destructive")
def drop(table: str) -> str:
    """Drop a table."""
    return "{said} " + table
'''


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Provide a folder with a tool, and keep all files of sessions in it."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "tools").mkdir()
    (folder / "tools" / "tables.py").write_text(TOOL.format(said="dropped"))
    variables = {
        "HOME": folder,
        "THREADBOOK_STORE": f"sqlite:///{folder / 'records.db'}",
        "THREADBOOK_KEY": folder / "key.pem",
        "THREADBOOK_OUTBOX": folder / "outbox",
        "THREADBOOK_TOOLS": folder / "tools",
        "IPYTHONDIR": folder / "ipython",
        "JUPYTER_DATA_DIR": folder / "jupyter",
        "JUPYTER_RUNTIME_DIR": folder / "runtime",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("THREADBOOK", "JUPYTER", "PYTEST_CURRENT")):
                patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, str(value))
        yield folder


@pytest.fixture(scope="module")
def session(work):
    with Session.sync() as session:
        yield session


@pytest.fixture
def panel(work):
    """Provide a feed as a server has it: with a log and a key that no cell is given."""
    with open_log(f"sqlite:///{work / 'records.db'}") as log:
        feed = Feed(log, person=Identity.key(work / "approver.pem"))
        yield feed
        feed.close()


def asked(feed, running):
    """Return the decision that a running cell waits for."""
    deadline = time.monotonic() + SECONDS
    while not (page := feed.call("decisions", {})).pending:
        assert not running.done(), running.result()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return page.decisions[0]


@pytest.fixture
def run_answered():
    def run(session, feed, code, decision, **params):
        """Run a cell, answer what it asks, and return its result and what was asked."""
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(session.run, code)
            entry = asked(feed, running)
            feed.call("answer", {"id": entry.id, "decision": decision, **params})
            return running.result(SECONDS), entry

    return run


def test_a_cell_that_waits_goes_on_or_fails_as_the_person_answers(session, panel, run_answered):
    result, entry = run_answered(session, panel, "tools.drop(table='old')", "approve")
    assert result.value == "dropped old"
    assert (entry.call.tool, entry.call.arguments) == ("drop", {"table": "old"})
    assert (entry.call.effect, entry.refusal) == ("destructive", None)
    assert entry.call.previous_definition is None
    result, entry = run_answered(
        session, panel, "tools.drop(table='new')", "reject", reason="it is in use"
    )
    assert (result.is_ok, result.error.name) == (False, "PolicyDenied")
    assert "it is in use" in result.error.value
    assert not entry.call.definition_changed
    assert entry.call.previous_definition == entry.call.definition
    result, _ = run_answered(
        session, panel, "tools.drop(table='new')", "approve", arguments={"table": "copy"}
    )
    assert result.value == "dropped copy"
    assert panel.call("decisions", {}).pending == 0
    assert verify(session.log).is_clean


def test_an_approval_for_the_session_is_asked_for_once(session, panel, run_answered):
    code = "tools.drop(table='dev-1')"
    run_answered(session, panel, code, "approve_session", matching={"table": "dev-*"})
    assert session.run("tools.drop(table='dev-2')").value == "dropped dev-2"
    state = GrantsFold().over(session.log.read_all())
    (grant,) = live(state, as_of=time.time_ns() // 1_000_000)
    assert grant.matching == {"table": "dev-*"}
    requests = DecisionsFold().over(session.log.read_all()).requests
    assert [one.id for one in requests.values()].count(grant.request) == 1


def test_what_has_changed_about_a_tool_is_shown_line_by_line(session, panel, work, run_answered):
    run_answered(session, panel, "tools.drop(table='a')", "approve")
    (work / "tools" / "tables.py").write_text(TOOL.format(said="sold"))
    with Session.sync() as later:
        result, entry = run_answered(later, panel, "tools.drop(table='a')", "reject")
    assert not result.is_ok
    assert entry.call.definition_changed
    assert entry.call.definition_changes == [
        'source: -     return "dropped " + table',
        'source: +     return "sold " + table',
    ]


def test_a_definition_is_recorded_with_its_first_call_only(session, panel, run_answered):
    code = "[tools.drop(table=f'test-{n}') for n in range(3)]"
    run_answered(session, panel, code, "approve_session", matching={"table": "test-*"})
    bodies = [stored.body for stored in session.log.read_all(kind=ToolCall.KIND)]
    first = next(body["definition"] for body in bodies)
    described = ["definition_blob" in body for body in bodies if body["definition"] == first]
    assert len(described) >= 3
    assert described == [True, *[False] * (len(described) - 1)]
