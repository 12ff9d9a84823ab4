"""The gate: lets a call happen, has somebody asked for it, or refuses it.

An approval is a record by another identity than the requester's, bound to the hash of what will
happen. What counts as one is decided by the decisions fold, from the log alone: nothing that a
cell prints, returns or writes to a file is an answer.

The gate is as strong as the border between it and the cell. In a sandbox a cell reaches neither
the gate, nor the log, nor a key. In a kernel without one (`sandbox: none`) a cell runs as the same
user, maybe in this very process: it could open the key files of its owner, make an identity of
its own and answer by it, or call the tool past the gate. There an approval guards against
mistakes, not against malice. Where the gate is out of reach and only the store is not,
`answerers` of the policy closes that door: who has no key of theirs cannot sign in their name.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import functools
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from threadbook.errors import DecisionExpired, PolicyDenied, StoreError
from threadbook.folds.decisions import Request, request_of
from threadbook.folds.fold import Projection
from threadbook.folds.grants import Grant, GrantsFold, GrantsState, Terms, live, terms_of
from threadbook.log.entry import Stored
from threadbook.log.log import Log
from threadbook.log.sink import Receipt, Sink
from threadbook.records.bodies import Correction, DecisionAnswer
from threadbook.records.identity import is_key_did, verify_signature
from threadbook.tools.asking import request_body
from threadbook.tools.budget import Spending
from threadbook.tools.call import Call, as_json, json_text
from threadbook.tools.patterns import arguments_match
from threadbook.tools.policy import Policy
from threadbook.tools.rule import Ruling
from threadbook.tools.secrets import Redactor
from threadbook.tools.threads import MOMENT, KeptThreads

_RETRY_SECONDS = 0.5
"""How often a store that cannot be read is tried again while somebody is asked."""


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """A call that may happen: `call`, with these arguments and no others.

    They are a copy of those that were given; where `is_edited`, who answered put others in their
    place, which have yet to be checked against the parameters, and `call.what` is empty.
    `decision` is the id of the answer that allowed it, None where the rule did, and `by` its
    author. `seconds_left` is what the budgets leave for it.
    """

    call: Call
    ruling: Ruling
    decision: str | None = None
    by: str | None = None
    is_edited: bool = False
    seconds_left: float | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments to call with."""
        return dict(self.call.arguments)

    @property
    def rule(self) -> str:
        """The name of the rule that was applied."""
        return self.ruling.rule


class Settled(NamedTuple):
    """A request that waits no longer, and the record of the answer that counts, if there is one."""

    request: Request
    answer: Stored | None


def _never_told(_what: object) -> None:
    return None


def _unknown() -> str | None:
    return None


class Gate:
    """Admits the calls of one actor, whose records `sink` writes. For one event loop.

    `trust` returns how an actor is trusted in a domain, None where nobody judged it; `operator` is
    the identity whose grants of tokens are believed, as in TrustFold.
    """

    def __init__(
        self,
        policy: Policy,
        sink: Sink,
        *,
        actor: str,
        trust: Callable[[str, str], float | None],
        redactor: Redactor,
        operator: str | None = None,
    ) -> None:
        self.policy = policy
        self.spending = Spending()
        self._sink = sink
        self._actor = actor
        self._trust = trust
        self._redactor = redactor
        self._operator = operator
        self._threads = KeptThreads("grants")
        self._grants: tuple[Log, Projection[GrantsState]] | None = None

    async def admit(
        self,
        call: Call,
        *,
        on_wait: Callable[[bool], None] = _never_told,
        on_asked: Callable[[str], None] = _never_told,
        definition: Callable[[], str | None] | None = None,
        describe: Callable[[], str | None] = _unknown,
    ) -> Admission:
        """Return when the call may happen; raise when it may not.

        `on_wait` is told when waiting for an answer begins (True) and ends (False), `on_asked` the
        id of the request that is to be answered. `definition` returns the hash of the definition
        as it is then: another one is not what was approved; `describe` what it says, as JSON, which
        is kept with the request. A call that has to be asked for counts for the budgets whatever
        the answer is, so that nobody is asked without end. Cancelling takes the question back.

        Raises PolicyDenied, DecisionExpired, BudgetExceeded, ToolArgumentError for arguments that
        a rule or an approval is about and that have no JSON form.
        """
        if call.actor != self._actor:
            raise _denied(call, f"this gate is not for {call.actor}")
        # A cell in this process could change its arguments while somebody looks at them.
        call = msgspec.structs.replace(call, arguments=copy.deepcopy(dict(call.arguments)))
        ruling = await self._ruling(call)
        if ruling.action == "deny":
            raise _denied(call, ruling.reason)
        seconds = self.spending.take(call, ruling.budgets)
        admission = Admission(call=call, ruling=ruling, seconds_left=seconds)
        if ruling.action == "ask":
            admission = await self._asked(admission, on_wait, on_asked, describe)
        if definition is not None and definition() != call.definition_hash:
            raise _expired(call, "its definition has changed")
        return admission

    def close(self) -> None:
        """End the thread that looks for grants; it is started again when it is needed."""
        self._threads.close()

    def charge(self, admission: Admission, *, seconds: float, size: int) -> None:
        """Count, after the call, the seconds it took and the bytes of its result."""
        self.spending.charge(admission.call, admission.ruling.budgets, seconds=seconds, size=size)

    async def _ruling(self, call: Call) -> Ruling:
        trust = None
        if self.policy.needs_trust(call):
            try:
                trust = await asyncio.to_thread(self._trust, call.actor, call.domain)
            except StoreError:  # nothing is known then, and who is not known has to ask
                trust = None
        return self.policy.decide(call, trust)

    async def _asked(
        self,
        admission: Admission,
        on_wait: Callable[[bool], None],
        on_asked: Callable[[str], None],
        describe: Callable[[], str | None],
    ) -> Admission:
        call = admission.call
        if (grant := await self._granted(call)) is not None:
            return _by_grant(admission, grant)
        if self.policy.defaults.unattended == "deny":
            raise _denied(call, f"{admission.ruling.reason}, and nobody is there to ask")
        on_wait(True)
        try:
            found = await self._settled(admission, on_asked, describe)
        finally:
            on_wait(False)
        if isinstance(found, Grant):
            return _by_grant(admission, found)
        return self._by_answer(admission, found)

    async def _settled(
        self,
        admission: Admission,
        on_asked: Callable[[str], None],
        describe: Callable[[], str | None],
    ) -> Grant | Settled:
        """Ask, and return what came of it; take the question back where it is left open."""
        call, expires_at = admission.call, _expiry(admission.ruling)
        asking = asyncio.ensure_future(
            asyncio.to_thread(self._ask, call, admission.ruling, expires_at, describe)
        )
        try:
            receipt = await asyncio.shield(asking)
            if receipt.is_delivered:
                on_asked(receipt.id)
            found = await self._answered(call, receipt, expires_at)
        except BaseException:
            receipt = await asking
            await asyncio.shield(self._withdraw(call, receipt.id, "the call was cancelled"))
            raise
        if isinstance(found, Grant):
            await self._withdraw(call, receipt.id, f"allowed by {found.id} meanwhile")
        return found

    def _ask(
        self, call: Call, ruling: Ruling, expires_at: int, describe: Callable[[], str | None]
    ) -> Receipt:
        body = request_body(
            call,
            ruling,
            requester=self._sink.identity.actor_did,
            decider=self.policy.defaults.only_answerer,
            expires_at=expires_at,
            redactor=self._redactor,
            definition=describe(),
            put_blob=lambda data, media_type: self._sink.put_blob(data, media_type=media_type),
        )
        draft = body.draft(thread=call.thread, parents=(call.cell,) if call.cell else ())
        return self._sink.append(draft)[0]

    async def _withdraw(self, call: Call, request_id: str, reason: str) -> None:
        taken_back = Correction(
            corrects=[request_id],
            revised_fields={"awaits": None},
            reason=reason,
            correcting_actor=self._sink.identity.actor_did,
        )
        draft = taken_back.draft(thread=call.thread, parents=(request_id,))
        await asyncio.to_thread(self._sink.append, draft)

    async def _answered(self, call: Call, receipt: Receipt, expires_at: int) -> Grant | Settled:
        """Wait until the request is settled, at most until it expires."""
        if not receipt.is_delivered:
            raise _denied(call, f"somebody has to be asked, and {self._sink.trouble}")
        try:
            async with asyncio.timeout((expires_at - _now()) / 1000):
                return await self._followed(call, receipt.id)
        except TimeoutError:
            try:  # an answer may have come just in time
                return await asyncio.to_thread(self._look, receipt.id)
            except StoreError as error:
                raise _expired(call, f"the log cannot be read: {error.message}") from None

    async def _followed(self, call: Call, request_id: str) -> Grant | Settled:
        named = request_id.encode()
        while True:
            with contextlib.suppress(StoreError):
                log = await asyncio.to_thread(self._sink.log)
                asked = await asyncio.to_thread(log.get, request_id)
                if (grant := await self._granted(call)) is not None:  # it came while we asked
                    return grant
                async for stored in log.follow(after=asked.seq, thread=call.thread):
                    if named in stored.canonical:
                        settled = await asyncio.to_thread(self._look, request_id)
                        if settled.answer or settled.request.withdrawn_at is not None:
                            return settled
                    elif stored.kind == DecisionAnswer.KIND and (
                        grant := await self._granted(call)
                    ):
                        return grant
            await asyncio.sleep(_RETRY_SECONDS)

    def _look(self, request_id: str) -> Settled:
        log = self._sink.log()
        request = request_of(log, request_id, operator=self._operator)
        return Settled(request, log.get(request.answer.id) if request.answer else None)

    async def _granted(self, call: Call) -> Grant | None:
        """Return a grant that covers a call, None where there is none, or nothing can be read."""
        try:
            look = functools.partial(self._grant_of, call, call.subject)
            return await self._threads.call(look, moment=MOMENT)
        except StoreError:
            return None

    def _grant_of(self, call: Call, subject: str) -> Grant | None:
        log, now, requester = self._sink.log(), _now(), self._sink.identity.actor_did
        if self._grants is None or self._grants[0] is not log:  # the sink has opened it anew
            self._grants = log, Projection(log, GrantsFold(self._operator))
        found = self._grants[1].ask(
            lambda state: [
                copy.copy(grant)
                for grant in live(state, as_of=now)
                if grant.requester == requester and _covers(grant, call, subject)
            ]
        )
        return next(
            (each for each in found.value if not self._doubt(log.get(each.id), each.answerer)), None
        )

    def _doubt(self, answer: Stored, actor: str) -> str | None:
        """Return why the policy does not take this answer as that of `actor`, None if it does.

        Whoever can write to the store's file could have written a row that no key has signed.
        """
        if answer.actor != actor or (is_key_did(actor) and not _is_genuine(answer)):
            return f"the signature of {actor} does not hold"
        if not self.policy.defaults.may_answer(actor):
            return f"the policy does not let {actor} answer"
        return None

    def _by_answer(self, admission: Admission, settled: Settled) -> Admission:
        call, request, stored = admission.call, settled.request, settled.answer
        answer = request.answer
        if answer is None or stored is None:
            taken_back = request.withdrawn_at is not None
            raise _expired(call, "the question was taken back" if taken_back else "nobody answered")
        if (doubt := self._doubt(stored, answer.actor)) is not None:
            raise _denied(call, doubt)
        if not answer.is_approval:
            raise _denied(call, f"{answer.actor} said no{answer.reason and f': {answer.reason}'}")
        terms = terms_of(stored.body)
        if terms is None:
            raise _denied(call, f"the answer of {answer.actor} is not understood")
        if terms.until is not None and terms.until <= _now():
            raise _expired(call, "the approval has expired")
        edited = self._edited(call, terms)
        if edited is not None and (ruling := self.policy.decide(edited, None)).action == "deny":
            raise _denied(call, f"as it was edited, {ruling.reason}")
        return msgspec.structs.replace(
            admission,
            call=edited or call,
            decision=answer.id,
            by=answer.actor,
            is_edited=edited is not None,
        )

    def _edited(self, call: Call, terms: Terms) -> Call | None:
        """Return the call as the answer has it, None where that is as it was asked about.

        A value that the answerer was shown redacted, and left so, is what it was.
        """
        if terms.arguments is None:
            return None
        shown = self._redactor.arguments(as_json(call.arguments))
        arguments = {
            name: call.arguments[name]
            if name in shown and json_text(shown[name]) == json_text(value)
            else value
            for name, value in terms.arguments.items()
        }
        if json_text(arguments) == json_text(call.arguments):
            return None
        return msgspec.structs.replace(call, arguments=arguments, what="")


def _covers(grant: Grant, call: Call, subject: str) -> bool:
    """Tell whether a grant is for this call: the same in all but the arguments it has patterns for.

    Arguments that no pattern names are not covered.
    """
    if (grant.actor, grant.tool, grant.callable) != (call.actor, call.tool, call.callable):
        return False
    if (grant.definition, grant.cwd) != (call.definition_hash, call.cwd):
        return False
    if sorted(grant.environment) != sorted(call.environment):
        return False
    if grant.scope == "session" and (not call.session or grant.session != call.session):
        return False
    if grant.matching is None:
        return grant.subject == subject
    return arguments_match(grant.matching, call.arguments)


def _is_genuine(stored: Stored) -> bool:
    return stored.sig is not None and _verified(stored.actor, stored.canonical, stored.sig)


@functools.lru_cache(maxsize=128)
def _verified(actor: str, canonical: bytes, signature: bytes) -> bool:
    """Tell whether a signature holds: that of a grant is looked at before each call."""
    return verify_signature(actor, canonical, signature)


def _by_grant(admission: Admission, grant: Grant) -> Admission:
    return msgspec.structs.replace(admission, decision=grant.id, by=grant.answerer)


def _expiry(ruling: Ruling) -> int:
    return _now() + round(ruling.expires_minutes * 60_000)


def _now() -> int:
    return time.time_ns() // 1_000_000


def _denied(call: Call, why: str) -> PolicyDenied:
    return PolicyDenied(
        f"{call.name} was not called: {why}", namespace="tools", operation=f"tools.{call.name}"
    )


def _expired(call: Call, why: str) -> DecisionExpired:
    return DecisionExpired(
        f"{call.name} was not called: {why}",
        remedy="call it again, and somebody is asked again",
        namespace="tools",
        operation=f"tools.{call.name}",
    )
