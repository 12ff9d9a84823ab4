"""Answering: what the panel's person says to a request becomes a record under their own key.

Who answers names the request and nothing of what it is about. The request cannot change, and the
answer is bound to the subject it states; in the transaction that would write the answer it is
looked whether the request still waits. So what was shown is what is answered, or nothing is.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from threadbook.errors import AnswerInvalid
from threadbook.folds.decisions import request_of
from threadbook.folds.grants import NO
from threadbook.tools.answering import Reply, context_of, is_about_call, reply_to
from threadbook_panel.calls import read_call
from threadbook_panel.messages import Message, Params
from threadbook_panel.reader import Reader

LongText = Annotated[str, msgspec.Meta(max_length=4000)]


class AnswerParams(Params, frozen=True, kw_only=True):
    """An answer. `until`, in Unix ms, goes with approve_until, `arguments` with approve."""

    id: str
    decision: str
    reason: LongText = ""
    until: int | None = None
    arguments: dict[str, Any] | None = None
    matching: dict[str, str] | None = None


class Written(Message, frozen=True, kw_only=True):
    """A record that was written, and by whom."""

    id: str
    actor: str


def answer(reader: Reader, asked: AnswerParams) -> Written:
    """Answer a request in the name of the panel's person.

    Raises RecordNotFound where there is no such request, AnswerInvalid for what says nothing clear
    or says yes to what the panel could not show whole, and PreconditionFailed where somebody was
    faster, the request has expired or was taken back, or the person's answer would not count.
    """
    person = reader.writer()
    request = request_of(reader.log, asked.id, operator=reader.operator)
    if asked.decision != NO:
        _refuse_unseen(reader, request.id)
    stored = reply_to(
        reader.log,
        request,
        Reply(
            decision=asked.decision,
            reason=asked.reason,
            until=asked.until,
            matching=asked.matching,
            arguments=asked.arguments,
        ),
        by=person,
        operator=reader.operator,
        now=reader.now,
    )
    return Written(id=stored.id, actor=stored.actor)


def _refuse_unseen(reader: Reader, request_id: str) -> None:
    context = context_of(reader.log, request_id)
    if not is_about_call(context):
        return
    _, unseen = read_call(reader.log, context)
    if unseen is not None:
        raise AnswerInvalid(unseen, remedy="deny it, or look at it with `threadbook decision show`")
