"""The gate: real logs, real identities, and answers that come from other processes."""

import asyncio
import contextlib
import json
import os
import sys
import time
from pathlib import Path

import msgspec
import pytest

from threadbook.errors import BudgetExceeded, DecisionExpired, PolicyDenied, ToolArgumentError
from threadbook.folds.decisions import answer_draft, request_of
from threadbook.folds.fold import Projection
from threadbook.folds.trust import TrustFold, standing
from threadbook.log import open_log
from threadbook.log.entry import Sealed
from threadbook.log.log import _insert
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.bodies import (
    Correction,
    DecisionAnswer,
    DecisionRequest,
    SessionEnd,
    VerdictAccept,
)
from threadbook.records.identity import Identity
from threadbook.records.record import Draft
from threadbook.tools.budget import Budget
from threadbook.tools.call import Call
from threadbook.tools.gate import Gate
from threadbook.tools.policy import Defaults, Policy
from threadbook.tools.rule import Match, Rule
from threadbook.tools.secrets import EnvSecrets, Redactor

PATIENCE = 30
SCRIPT = Path(sys.executable).parent / "threadbook"
THREAD, SESSION = "th_gate", "ab" * 32


def _draft(body):
    return Draft(act="DO", body=body, thread=THREAD)


def now():
    return time.time_ns() // 1_000_000


class Place:
    """A store with an agent, whose gate it is, and a person who answers."""

    def __init__(self, folder):
        self.folder = folder
        self.url = f"sqlite:///{folder / 'records.db'}"
        self.agent = Identity.key(folder / "agent.pem")
        self.person = Identity.key(folder / "person.pem")
        self.sink = Sink(self.url, self.agent, Outbox(folder / "outbox.db"))
        self.log = open_log(self.url)
        self.trust = 0.0
        self.waits = []

    def gate(self, policy=None, **secrets):
        return Gate(
            policy or Policy.default(),
            self.sink,
            actor=self.agent.actor_did,
            trust=lambda _actor, _domain: self.trust,
            redactor=Redactor(EnvSecrets(secrets, secrets)),
        )

    def call(self, **fields):
        fields = {"arguments": {"bucket": "dev-1"}, "definition_hash": "d1", **fields}
        return Call(
            **{
                "tool": "aws",
                "callable": "delete_bucket",
                "adapter": "cli",
                "effect": "destructive",
                "actor": self.agent.actor_did,
                "environment": ("AWS_REGION",),
                "what": "aws s3 rb s3://dev-1",
                "cwd": "/srv",
                "thread": THREAD,
                "session": SESSION,
                **fields,
            }
        )

    async def asked(self, number=1):
        """Wait until so many requests were made; return the last of them."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = self.log.read(kind=DecisionRequest.KIND)
            if len(found) >= number:
                return found[number - 1]
            assert time.monotonic() < deadline, "nobody asked"
            await asyncio.sleep(0.01)

    def answer(self, request, decision="approve", *, by=None, **fields):
        draft = answer_draft(request_of(self.log, request.id), decision, **fields)
        return self.log.append(draft, by=by or self.person)

    def append(self, body, *, by=None, thread=THREAD):
        return self.log.append(body.draft(thread=thread), by=by or self.person)

    @contextlib.asynccontextmanager
    async def admitting(self, gate, call, **options):
        """Yield a call that is to be admitted; it is ended if the test does not."""
        task = asyncio.ensure_future(gate.admit(call, on_wait=self.waits.append, **options))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def outcome(self, call, decision="approve", *, gate=None, number=1, **fields):
        """Have a call asked for and answered; return what came of it, and the answer."""
        async with self.admitting(gate or self.gate(), call) as task:
            answer = self.answer(await self.asked(number), decision, **fields)
            return await asyncio.wait_for(task, PATIENCE), answer

    async def is_asked(self, call, *, gate=None):
        """Tell whether somebody is asked for a call; the question is taken back."""
        before = len(self.log.read(kind=DecisionRequest.KIND))
        async with self.admitting(gate or self.gate(), call) as task:
            asking = asyncio.ensure_future(self.asked(before + 1))
            await asyncio.wait([task, asking], return_when=asyncio.FIRST_COMPLETED)
            asking.cancel()
            return not (task.done() and task.result())


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.log.close()
    place.sink.close()


async def test_what_a_rule_allows_or_denies_asks_nobody(place):
    gate = place.gate()
    admission = await gate.admit(place.call(effect="read"), on_wait=place.waits.append)
    assert (admission.arguments, admission.decision) == ({"bucket": "dev-1"}, None)
    assert admission.rule == "default: read"
    place.trust = 0.5
    assert (await gate.admit(place.call(effect="write"))).rule == "default: write"
    never = Policy(rules=(Rule(name="never", action="deny", match=Match(tool="aws")),))
    with pytest.raises(PolicyDenied, match="aws.delete_bucket was not called: rule 'never'") as no:
        await place.gate(never).admit(place.call())
    assert (no.value.namespace, no.value.operation) == ("tools", "tools.aws.delete_bucket")
    assert place.log.size == 0
    assert place.waits == []


async def test_trust_is_what_the_verdicts_of_others_make_it(place):
    projection = Projection(place.log, TrustFold())
    gate = Gate(
        Policy.default(),
        place.sink,
        actor=place.agent.actor_did,
        trust=lambda actor, domain: (
            projection.ask(
                lambda state: standing(state, actor, domain, as_of=now()).effective_trust
            ).value
        ),
        redactor=Redactor(),
    )
    call = place.call(effect="write", domain="infra")
    assert await place.is_asked(call, gate=gate)
    for number in range(10):
        verdict = {"subject": place.agent.actor_did, "judges": f"{number}", "domain": "infra"}
        place.append(VerdictAccept(**verdict), by=place.agent)
        place.append(VerdictAccept(**{**verdict, "domain": "web"}))
    assert await place.is_asked(call, gate=gate)
    for number in range(10):
        place.append(VerdictAccept(**{**verdict, "judges": f"{number}"}))
    assert (await gate.admit(call)).decision is None


async def test_n52_the_question_shows_all_that_will_happen(place):
    call = place.call(
        arguments={"bucket": "dev-1", "password": "hunter22", "header": "x hunter22"},
        what="aws s3 rb s3://dev-1 --token hunter22",
        cell="cd" * 32,
    )
    gate = place.gate(TOKEN="hunter22")
    async with place.admitting(gate, call):
        request = await place.asked()
    body = DecisionRequest.of(request.record)
    context = body.context
    assert context["what"] == "aws s3 rb s3://dev-1 --token [secret:TOKEN]"
    assert context["arguments"] == {
        "bucket": "dev-1",
        "password": "[redacted]",
        "header": "x [secret:TOKEN]",
    }
    assert (context["cwd"], context["environment"]) == ("/srv", ["AWS_REGION"])
    assert (context["definition"], body.subject) == ("d1", call.subject)
    assert (context["effect"], context["domain"]) == ("destructive", "general")
    assert "cannot be taken back" in context["risk"]
    assert body.options == ["approve", "approve_session", "approve_until", "reject"]
    assert "aws s3 rb s3://dev-1" in body.question
    assert abs(body.expires_at - now() - 3_600_000) < 300_000
    assert request.parents == ("cd" * 32,)
    assert b"hunter22" not in b"".join(f.read_bytes() for f in place.folder.glob("records.db*"))


async def test_large_arguments_and_commands_are_shown_in_blobs(place):
    call = place.call(arguments={"text": "x" * 50_000}, what="run " + "y" * 50_000)
    async with place.admitting(place.gate(), call):
        context = DecisionRequest.of((await place.asked()).record).context
    assert json.loads(place.log.blobs.get(context["arguments_blob"]["blob"])) == call.arguments
    assert place.log.blobs.get(context["what_blob"]["blob"]).decode() == call.what


async def test_n65_an_approval_admits_the_call_and_is_on_record(place):
    call = place.call()
    admission, answer = await place.outcome(call, reason="looks right")
    assert admission.arguments == call.arguments
    assert (admission.decision, admission.by) == (answer.id, place.person.actor_did)
    assert not admission.is_edited
    assert place.waits == [True, False]
    request, recorded = place.log.read()
    body = DecisionAnswer.of(recorded.record)
    assert (recorded.actor, recorded.is_signed) == (place.person.actor_did, True)
    assert (body.decision, body.reason, body.subject) == ("approve", "looks right", call.subject)
    assert request.body["expires_at"] > recorded.recorded_at


async def test_a_rejection_names_who_and_why(place):
    with pytest.raises(PolicyDenied, match=f"{place.person.actor_did} said no: not today"):
        await place.outcome(place.call(), "reject", reason="not today")
    assert place.waits == [True, False]


async def test_an_answer_that_is_no_approval_of_a_call_admits_nothing(place):
    with pytest.raises(PolicyDenied, match="not understood"):
        await place.outcome(place.call(), "acknowledge")
    with pytest.raises(PolicyDenied, match="not understood"):
        await place.outcome(place.call(), number=2, provided_value={"whatever": 1})


async def test_n57_once_is_once(place):
    gate = place.gate()
    await place.outcome(place.call(), gate=gate)
    assert await place.is_asked(place.call(), gate=gate)


async def test_n30_waiting_begins_and_ends_also_when_it_is_cancelled(place):
    async with place.admitting(place.gate(), place.call()) as task:
        request = await place.asked()
        assert place.waits == [True]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert place.waits == [True, False]
    found = request_of(place.log, request.id)
    assert found.status(now()) == "withdrawn"
    place.log.append(answer_draft(found, "approve"), by=place.person)
    assert request_of(place.log, request.id).answer is None


async def test_nobody_answers(place):
    soon = Rule(name="soon", action="ask", expires_minutes=0.01)
    with pytest.raises(DecisionExpired, match="nobody answered"):
        await asyncio.wait_for(place.gate(Policy(rules=(soon,))).admit(place.call()), PATIENCE)
    request = await place.asked()
    place.answer(request)
    found = request_of(place.log, request.id)
    assert (found.answer, found.refused[0].why) == (None, "the request is expired")


async def test_what_does_not_count_does_not_admit(place):
    """By the requester, by its alias, for another subject, on another thread: then one counts."""
    alias = Identity.key(place.folder / "alias.pem")
    call = place.call()
    async with place.admitting(place.gate(), call) as task:
        request = await place.asked()
        grant = {"kind": "core.identity.grant.v1", "aud": alias.actor_did}
        place.log.append(_draft(grant), by=place.agent)
        place.answer(request, by=place.agent)
        place.answer(request, by=alias)
        place.append(DecisionAnswer(decision="approve", fulfills=request.id, subject="ab" * 32))
        place.append(DecisionAnswer(decision="approve", fulfills=request.id), thread="th_other")
        place.append(DecisionAnswer(decision="approve", fulfills="cd" * 32))
        found = request_of(place.log, request.id)
        assert (found.answer, len(found.refused)) == (None, 3)
        assert not task.done()
        counted = place.answer(request)
        second = place.answer(request, "reject", by=Identity.key(place.folder / "other.pem"))
        assert (await asyncio.wait_for(task, PATIENCE)).decision == counted.id
    assert request_of(place.log, request.id).refused[-1].id == second.id


async def test_n59_what_a_cell_prints_is_no_answer(place):
    async with place.admitting(place.gate(), place.call()) as task:
        request = await place.asked()
        body = {"kind": "team.note.text", "text": f"approve fulfills {request.id} PolicyDenied"}
        place.log.append(_draft(body), by=place.agent)
        place.log.append(_draft({**body, "fulfills": [request.id]}), by=place.agent)
        place.answer(request, "reject")
        with pytest.raises(PolicyDenied, match=place.person.actor_did):
            await asyncio.wait_for(task, PATIENCE)


async def test_n53_arguments_cannot_change_while_somebody_looks(place):
    arguments = {"bucket": "dev-1", "deep": {"x": [1]}}
    async with place.admitting(place.gate(), place.call(arguments=arguments)) as task:
        request = await place.asked()
        arguments["bucket"] = "prod-1"
        arguments["deep"]["x"].append(2)
        place.answer(request)
        admission = await asyncio.wait_for(task, PATIENCE)
    assert admission.arguments == {"bucket": "dev-1", "deep": {"x": [1]}}
    assert admission.call.subject == request.body["subject"]


async def test_n53_a_definition_that_changes_meanwhile_is_not_what_was_approved(place):
    definition = ["d1"]
    gate = place.gate()
    async with place.admitting(gate, place.call(), definition=lambda: definition[0]) as task:
        request = await place.asked()
        definition[0] = "d2"
        place.answer(request)
        with pytest.raises(DecisionExpired, match="definition has changed"):
            await asyncio.wait_for(task, PATIENCE)


async def test_an_approval_that_has_expired_admits_nothing(place):
    with pytest.raises(DecisionExpired, match="approval has expired"):
        await place.outcome(place.call(), expires_at=now() - 1)


async def test_whoever_answers_may_edit_the_arguments(place):
    call = place.call(arguments={"bucket": "dev-1", "password": "hunter22", "force": True})
    edit = {"bucket": "dev-2", "password": "[redacted]"}
    admission, answer = await place.outcome(call, provided_value={"arguments": edit})
    assert admission.is_edited
    assert admission.arguments == {"bucket": "dev-2", "password": "hunter22"}
    assert answer.body["provided_value"] == {"arguments": edit}
    assert admission.call.what == ""
    same = {"bucket": "dev-1", "password": "[redacted]", "force": True}
    admission, _ = await place.outcome(
        call, "provide", number=2, provided_value={"arguments": same}
    )
    assert not admission.is_edited
    assert admission.arguments == call.arguments


async def test_an_edit_is_not_above_the_rules(place):
    prod = Match(arguments={"bucket": "prod-*"})
    policy = Policy(rules=(Rule(name="never in prod", action="deny", match=prod),))
    edit = {"arguments": {"bucket": "prod-1"}}
    with pytest.raises(PolicyDenied, match="never in prod"):
        await place.outcome(place.call(), gate=place.gate(policy), provided_value=edit)


async def test_n57_a_grant_holds_for_the_session_and_its_arguments(place):
    call = place.call()
    _, answer = await place.outcome(call, "approve_session")
    admission = await place.gate().admit(call, on_wait=place.waits.append)
    assert (admission.decision, admission.by) == (answer.id, place.person.actor_did)
    assert place.waits == [True, False]
    others = [
        {"arguments": {"bucket": "dev-2"}},
        {"arguments": {}},
        {"definition_hash": "d2"},
        {"session": "cd" * 32},
        {"session": ""},
        {"environment": ("AWS_REGION", "AWS_KEY")},
        {"cwd": "/"},
        {"what": "aws s3 rb s3://dev-1 --force"},
        {"callable": "delete_all"},
    ]
    for other in others:
        assert await place.is_asked(place.call(**other)), other
    assert not await place.is_asked(place.call(thread="th_other"))
    place.append(SessionEnd(session=SESSION, reason="shutdown"), by=place.agent)
    assert await place.is_asked(call)


async def test_n57_a_grant_holds_for_a_pattern_until_a_date(place):
    until = now() + 3_600_000
    terms = {"matching": {"bucket": "dev-*", "force": "true"}, "until": until}
    call = place.call(arguments={"bucket": "dev-1", "force": True})
    _, answer = await place.outcome(call, "approve_until", provided_value=terms)
    covered = {"bucket": "dev-77", "force": True}
    later = place.call(arguments=covered, session="cd" * 32, what="aws other", thread="th_other")
    assert (await place.gate().admit(later)).decision == answer.id
    others = [
        {"bucket": "prod-1", "force": True},
        {"bucket": "dev-1", "force": False},
        {"bucket": "dev-1"},
        {**covered, "recursive": True},
    ]
    for arguments in others:
        assert await place.is_asked(place.call(arguments=arguments)), arguments
    changed = [{"definition_hash": "d2"}, {"environment": ()}, {"cwd": "/"}, {"tool": "gcp"}]
    for other in changed:
        assert await place.is_asked(msgspec.structs.replace(later, **other)), other


async def test_a_date_that_is_over_admits_nothing(place):
    for number, terms in enumerate(({"until": now() - 1}, {"until": "1999-01-01"}), 1):
        with pytest.raises(DecisionExpired, match="approval has expired"):
            await place.outcome(place.call(), "approve_until", number=number, provided_value=terms)
    assert await place.is_asked(place.call())


async def test_n57_a_grant_can_be_taken_back(place):
    call = place.call()
    _, answer = await place.outcome(call, "approve_session")
    taken_back = Correction(corrects=[answer.id], revised_fields={"a": 1}, reason="no longer")
    alias = Identity.key(place.folder / "alias.pem")
    place.log.append(
        _draft({"kind": "core.identity.grant.v1", "aud": alias.actor_did}), by=place.agent
    )
    place.append(taken_back, by=alias)
    assert not await place.is_asked(call)
    place.append(taken_back, by=place.person)
    assert await place.is_asked(call)


async def test_n58_what_a_cell_can_write_gives_it_nothing(place):
    """With keys a cell can ask and answer, but not in the name of the gate that asks for it."""
    request = DecisionRequest(
        question="?",
        subject=place.call().subject,
        options=["approve_session", "approve_until"],
        context={
            "actor": place.agent.actor_did,
            "tool": "aws",
            "callable": "delete_bucket",
            "definition": "d1",
            "environment": ["AWS_REGION"],
            "cwd": "/srv",
            "session": SESSION,
        },
    )
    asked = place.append(request, by=place.agent)
    place.answer(asked, "approve_session", by=place.agent)
    assert await place.is_asked(place.call())
    two = [Identity.key(place.folder / f"{name}.pem") for name in ("one", "two")]
    place.answer(place.append(request, by=two[0]), "approve_session", by=two[1])
    assert await place.is_asked(place.call())
    place.answer(asked, "approve_session", by=Identity.static("did:sync:user:boss"))
    strict = Policy(defaults=Defaults(answerers="did:key:*"))
    assert await place.is_asked(place.call(), gate=place.gate(strict))


async def test_n56_only_those_answer_whom_the_policy_names(place):
    """A cell that can write to the store makes an identity of its own: it is nobody."""
    forged = Identity.key(place.folder / "forged.pem")
    several = Defaults(answerers=(place.person.actor_did, "did:sync:user:*"))
    with pytest.raises(PolicyDenied, match="the policy does not let"):
        await place.outcome(
            place.call(), "approve_session", gate=place.gate(Policy(defaults=several)), by=forged
        )
    gate = place.gate(Policy(defaults=Defaults(answerers=place.person.actor_did)))
    async with place.admitting(gate, place.call()) as task:
        request = await place.asked(2)
        place.answer(request, by=forged)
        assert request_of(place.log, request.id).refused[0].actor == forged.actor_did
        place.answer(request)
        assert (await asyncio.wait_for(task, PATIENCE)).by == place.person.actor_did


@pytest.mark.parametrize("decision", ["approve", "approve_session"])
async def test_n56_a_row_that_no_key_has_signed_is_no_answer(place, decision):
    """Whoever can write the file of the store can write a row there without the log's checks."""
    async with place.admitting(place.gate(), place.call()) as task:
        request = await place.asked()
        draft = answer_draft(request_of(place.log, request.id), decision)
        record = draft.complete(actor=place.person.actor_did, clock=now())
        forged = Sealed(record=record, canonical=record.canonical, sig=bytes(64))
        with place.log.store.write() as transaction:
            _insert(transaction, forged)
        assert request_of(place.log, request.id).answer.id == forged.id
        with pytest.raises(PolicyDenied, match="signature of .* does not hold"):
            await asyncio.wait_for(task, PATIENCE)
    assert await place.is_asked(place.call())


async def test_all_who_wait_go_on_with_one_approval(place):
    gate, call = place.gate(), place.call()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(gate.admit(call)) for _ in range(5)]
        last = await place.asked(5)
        answer = place.answer(last, "approve_session")
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait(tasks)
    assert {task.result().decision for task in tasks} == {answer.id}
    requests = place.log.read(kind=DecisionRequest.KIND)
    status = [request_of(place.log, request.id).status(now()) for request in requests]
    assert sorted(status) == ["answered", *["withdrawn"] * 4]


async def test_where_nobody_is_there_to_answer_nobody_is_asked(place):
    gate = place.gate(Policy(defaults=Defaults(unattended="deny")))
    with pytest.raises(PolicyDenied, match="nobody is there to ask"):
        await gate.admit(place.call())
    assert place.log.size == 0
    _, answer = await place.outcome(place.call(), "approve_session")
    assert (await gate.admit(place.call())).decision == answer.id


async def test_budgets_are_held_before_anything_is_called(place):
    gate = place.gate(Policy(budget=Budget(calls_per_cell=1, seconds_per_session=2)))
    call = place.call(effect="read", cell="1")
    admission = await gate.admit(call)
    assert admission.seconds_left == 2
    with pytest.raises(BudgetExceeded):
        await gate.admit(call)
    gate.charge(admission, seconds=2.5, size=10)
    with pytest.raises(BudgetExceeded, match="seconds"):
        await gate.admit(place.call(effect="read", cell="2"))
    with pytest.raises(BudgetExceeded):
        await gate.admit(place.call(cell="1"))
    assert place.log.size == 0


async def test_a_gate_is_for_one_actor(place):
    with pytest.raises(PolicyDenied, match="not for did:x:other"):
        await place.gate().admit(place.call(effect="read", actor="did:x:other"))


async def test_an_agent_of_another_name_than_the_sinks_does_not_answer_either(place):
    agent = "did:sync:agent:a"
    gate = Gate(
        Policy.default(), place.sink, actor=agent, trust=lambda *_: None, redactor=Redactor()
    )
    async with place.admitting(gate, place.call(actor=agent)) as task:
        request = await place.asked()
        place.answer(request, by=Identity.static(agent))
        assert request_of(place.log, request.id).answer is None
        place.answer(request)
        assert (await asyncio.wait_for(task, PATIENCE)).by == place.person.actor_did


async def test_a_store_that_cannot_be_reached_admits_nothing(tmp_path):
    place = Place(tmp_path)
    place.log.close()
    (tmp_path / "records.db").unlink()
    for file in tmp_path.glob("records.db-*"):
        file.unlink()
    (tmp_path / "records.db").mkdir()
    with pytest.raises(PolicyDenied, match="somebody has to be asked"):
        await asyncio.wait_for(place.gate().admit(place.call()), PATIENCE)
    (tmp_path / "records.db").rmdir()
    log = place.sink.log()  # what was kept meanwhile is delivered: a question, and its end
    (request,) = log.read(kind=DecisionRequest.KIND)
    assert request_of(log, request.id).status(now()) == "withdrawn"
    place.sink.close()


async def test_what_has_no_json_form_cannot_be_asked_for(place):
    with pytest.raises(ToolArgumentError):
        await place.gate().admit(place.call(arguments={"x": object()}))
    assert place.log.size == 0
    admission = await place.gate().admit(place.call(effect="read", arguments={"x": {1}}))
    assert admission.arguments == {"x": {1}}


@pytest.fixture
def shell(place):
    """Run `threadbook` in another process, in the name of the person."""
    environ = {
        **os.environ,
        "HOME": str(place.folder),
        "THREADBOOK_STORE": place.url,
        "THREADBOOK_KEY": str(place.folder / "person.pem"),
        "THREADBOOK_OUTBOX": str(place.folder / "out"),
    }
    environ.pop("THREADBOOK_ACTOR", None)

    async def run(*words):
        process = await asyncio.create_subprocess_exec(
            SCRIPT,
            *map(str, words),
            env=environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()

    return run


async def test_n107_another_process_answers_and_only_the_first_answer_counts(place, shell):
    async with place.admitting(place.gate(), place.call()) as task:
        request = await place.asked()
        both = await asyncio.gather(
            shell("decision", "answer", request.id[:12], "approve", "--reason", "fine"),
            shell(
                *("decision", "answer", request.id, "reject"),
                *("--key", place.folder / "second.pem"),
            ),
        )
        assert sorted(code for code, _, _ in both) == [0, 2], both
        (result,) = await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), PATIENCE)
    approved = both[0][0] == 0
    assert isinstance(result, PolicyDenied) is not approved
    found = request_of(place.log, request.id)
    assert found.answer.decision == ("approve" if approved else "reject")
    assert found.refused == []
    assert "answered by" in both[approved][2]


async def test_n107_an_approval_of_another_process_outlives_this_one(place, shell):
    async with place.admitting(place.gate(), place.call()) as task:
        request = await place.asked()
        words = ("--until", "2100-01-01", "--matching", "bucket=dev-*")
        code, _, err = await shell("decision", "answer", request.id, "approve", *words)
        assert code == 0, err
        await asyncio.wait_for(task, PATIENCE)
    place.sink.close()
    place.sink = Sink(place.url, place.agent, Outbox(place.folder / "outbox.db"))
    covered = place.call(arguments={"bucket": "dev-2"}, session="ef" * 32)
    grant = (await place.gate().admit(covered)).decision
    code, _, err = await shell("decision", "revoke", grant[:12])
    assert code == 0, err
    assert await place.is_asked(covered)
