"""What somebody is shown who is asked to allow a call: all that will happen, without secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from threadbook.folds.grants import FOR_SESSION, NO, ONCE, UNTIL
from threadbook.records.bodies import BlobRef, DecisionRequest
from threadbook.text import actor_text, line_text
from threadbook.tools.call import Call, as_json, json_text
from threadbook.tools.rule import Ruling
from threadbook.tools.secrets import Redactor

LARGEST_INLINE = 32 * 1024
"""Bytes of arguments, or of a command, above which they are a blob beside the request."""

_SHOWN = 200  # characters of a command in the question; all of it is in the context
_RISKS = {
    "read": "reads",
    "write": "changes something",
    "destructive": "destroys something: it cannot be taken back",
}


def request_body(
    call: Call,
    ruling: Ruling,
    *,
    requester: str,
    decider: str | None,
    expires_at: int,
    redactor: Redactor,
    put_blob: Callable[[bytes, str], BlobRef],
    definition: str | None = None,
) -> DecisionRequest:
    """Return the question whether a call may happen, in the name of `requester`.

    `decider` is who alone may answer, None: more than one. `definition` is what the definition
    says, as JSON, where that is known. `put_blob` stores content, of a media type, next to the
    records.
    """
    what = redactor.text(call.what)
    context: dict[str, Any] = {
        "tool": call.tool,
        "callable": call.callable,
        "adapter": call.adapter,
        "effect": call.effect,
        "domain": call.domain,
        "definition": call.definition_hash,
        "actor": call.actor,
        "session": call.session,
        "cell": call.cell,
        "cwd": call.cwd,
        "environment": list(call.environment),
        "risk": _RISKS.get(call.effect, _RISKS["destructive"]),
        "rule": ruling.rule,
        "reason": ruling.reason,
        "trust": ruling.trust,
        "min_trust": ruling.min_trust,
    }
    arguments = redactor.arguments(as_json(call.arguments))
    data = json_text(arguments).encode()
    if len(data) <= LARGEST_INLINE:
        context["arguments"] = arguments
    else:
        context["arguments_blob"] = _ref(put_blob(data, "application/json"))
    if len(what.encode(errors="replace")) <= LARGEST_INLINE:
        context["what"] = what
    else:
        context["what_blob"] = _ref(put_blob(what.encode(errors="replace"), "text/plain"))
    if definition is not None:
        said = redactor.text(definition).encode(errors="replace")
        context["definition_blob"] = _ref(put_blob(said, "application/json"))
    happens = line_text(what, _SHOWN) if what else f"{call.name}({', '.join(arguments)})"
    return DecisionRequest(
        question=f"May {actor_text(call.actor)} call {call.name} ({call.effect})? {happens}",
        subject=call.subject,
        options=[ONCE, *([FOR_SESSION] if call.session else []), UNTIL, NO],
        context=context,
        decider_did=decider,
        requester=call.actor if call.actor != requester else None,
        expires_at=expires_at,
    )


def _ref(blob: BlobRef) -> dict[str, Any]:
    return {"blob": blob.blob, "size": blob.size, "media_type": blob.media_type}
