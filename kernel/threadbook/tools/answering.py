"""Answering: what a person says to a request becomes a record, or is refused with the reason.

All who let a person answer (command line, HTTP, MCP, panel) do it here. Nothing is written that
would allow nothing: an answer to a call of a tool has to say what it allows, see `grants.terms_of`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from threadbook.errors import AnswerInvalid, BlobNotFound
from threadbook.folds.decisions import Request, answer_draft, answer_guard
from threadbook.folds.fields import moment_of
from threadbook.folds.grants import NO, terms_of
from threadbook.log.entry import Stored
from threadbook.log.log import Log
from threadbook.records.bodies import BlobRef, DecisionRequest
from threadbook.records.canonical import canonical_json
from threadbook.records.identity import Identity
from threadbook.records.record import Draft
from threadbook.tools.patterns import check_pattern

WORDS = ("approve", "reject", "provide", "acknowledge")
"""Answers to any request, beside the options that it names."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says: one of WORDS, or an option of the request.

    `until` (a date as text, or Unix ms) goes with approve_until, `matching`, a pattern for each
    argument of later calls, with both approvals of later calls, and `arguments`, which take the
    place of those asked about, with approve. `value` is what is provided instead of these.
    """

    decision: str
    reason: str = ""
    until: str | int | None = None
    matching: Mapping[str, str] | None = None
    arguments: Any = None
    value: Any = None


def context_of(log: Log, request_id: str) -> dict[str, Any]:
    """Return what a request of a gate says of its call; nothing for other requests."""
    body = DecisionRequest.of(log.get(request_id).record)
    return dict(body.context) if body is not None else {}


def is_about_call(context: Mapping[str, Any]) -> bool:
    """Tell whether a request with this context is about a call of a tool."""
    return "definition" in context


def resolved(log: Log, context: Mapping[str, Any], *, limit: int | None = None) -> dict[str, Any]:
    """Return a context with the content of its blobs in their place.

    Raises BlobNotFound where one is gone, and AnswerInvalid where one has more than `limit` bytes
    or is not what it should be: nobody can say yes to what cannot be seen.
    """
    found = dict(context)
    readers: dict[str, Callable[[bytes], Any]] = {"arguments": _arguments, "what": _text}
    for name, read in readers.items():
        ref = found.pop(f"{name}_blob", None)
        if ref is None:
            continue
        try:
            blob = msgspec.convert(ref, BlobRef)
            size = log.blobs.size(blob.blob)
            if limit is not None and size > limit:
                raise AnswerInvalid(
                    f"{name}: {size:,} bytes, more than is shown here",
                    remedy=f"`threadbook decision show` shows all; the limit is {limit:,}",
                )
            found[name] = read(log.blobs.get(blob.blob))
        except BlobNotFound:
            raise
        except (msgspec.ValidationError, ValueError, RecursionError) as error:
            raise AnswerInvalid(f"{name} cannot be read: {error}", remedy="ask again") from None
    return found


def reply_draft(log: Log, request: Request, reply: Reply, *, as_of: int) -> Draft:
    """Return the answer to be appended with `answer_guard`. Raises AnswerInvalid."""
    words = tuple(dict.fromkeys((*WORDS, *request.options)))
    if reply.decision not in words:
        raise AnswerInvalid(
            f"{reply.decision!r:.100} is no answer to it: those are {', '.join(words)}"
        )
    context = context_of(log, request.id)
    provided = _provided(log, context, reply, as_of)
    draft = answer_draft(request, reply.decision, reason=reply.reason, provided_value=provided)
    if is_about_call(context) and reply.decision != NO and terms_of(draft.body) is None:
        raise AnswerInvalid(
            "this does not say what is approved",
            remedy="other arguments go with approving once, patterns with a session or a date",
        )
    return draft


def reply_to(
    log: Log,
    request: Request,
    reply: Reply,
    *,
    by: Identity,
    operator: str | None,
    now: Callable[[], int] | None = None,
) -> Stored:
    """Append the answer of a person; the first one that counts stands.

    `operator` is whose grants of tokens are believed, `now` gives the time in Unix milliseconds.
    Raises AnswerInvalid for what is no answer to it, and what `answer_guard` raises.
    """
    now = now or _now
    draft = reply_draft(log, request, reply, as_of=now())
    guard = answer_guard(log, request.id, by.actor_did, now=now, operator=operator)
    return log.append(draft, by=by, guard=guard)


def _arguments(data: bytes) -> dict[str, Any]:
    value = json.loads(data)
    if not isinstance(value, dict):
        raise AnswerInvalid("the arguments are no object", remedy="ask again")
    canonical_json(value)  # refuses what no record may hold, such as endless nesting
    return value


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


def _provided(log: Log, context: Mapping[str, Any], reply: Reply, as_of: int) -> Any:
    if reply.value is not None:
        if any(part is not None for part in (reply.until, reply.matching, reply.arguments)):
            raise AnswerInvalid("the value is all that is provided")
        return reply.value
    provided: dict[str, Any] = {}
    if reply.until is not None:
        moment = moment_of({"until": reply.until}, "until")
        if moment is None or moment <= as_of:
            raise AnswerInvalid(f"{reply.until!r:.100} is no date to come", remedy="2030-01-31")
        provided["until"] = reply.until
    if reply.matching is not None:
        asked = resolved(log, context).get("arguments")
        provided["matching"] = _checked(reply.matching, asked)
    if reply.arguments is not None:
        provided["arguments"] = reply.arguments
    return provided or None


def _checked(matching: Mapping[str, str], asked: Any) -> dict[str, str]:
    for name, pattern in matching.items():
        try:
            check_pattern(pattern)
        except ValueError as error:
            raise AnswerInvalid(f"the pattern for {name!r:.100}: {error}") from None
    if isinstance(asked, dict) and matching.keys() != asked.keys():
        raise AnswerInvalid(
            f"the call has the arguments {', '.join(map(repr, asked))}: an approval has to have a"
            " pattern for each",
            remedy="* is any value",
        )
    return dict(matching)


def _now() -> int:
    return time.time_ns() // 1_000_000
