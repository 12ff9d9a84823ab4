"""Approvals: the person at the client is asked, and answers in the name of a key of their own.

Nothing is approved by itself: only a form that was sent back with an approval in it is one. The
session's identity never answers, and the decisions fold would not count it if it did.
"""

from __future__ import annotations

import json
import time
from typing import Any

import mcp_types as types
import msgspec

from threadbook.errors import PreconditionFailed, RecordNotFound
from threadbook.folds.decisions import Request, pending
from threadbook.folds.grants import FOR_SESSION, NO, ONCE
from threadbook.mcp_server.content import clean_text, cut
from threadbook.mcp_server.workspace import Workspace
from threadbook.records.bodies import DecisionRequest
from threadbook.tables import visible_text
from threadbook.text import actor_text, line_text
from threadbook.tools.answering import Reply, context_of, reply_to

_LONGEST_LINE = 300
_LONGEST_ARGUMENTS = 3_000
_LONGEST_REASON = 1_000
_CHOICES = {
    NO: "No, do not call it",
    ONCE: "Yes, this once",
    FOR_SESSION: "Yes, and the same call again in this session",
}
"""What is offered of the options of a request, the harmless one first."""

_SHOWN = (
    ("tool", "tool"),
    ("callable", "callable"),
    ("effect", "effect"),
    ("risk", "risk"),
    ("what", "does"),
    ("environment", "is given"),
    ("rule", "rule"),
    ("reason", "reason"),
)


def waiting(workspace: Workspace) -> list[Request]:
    """Return what the session asks on its thread, oldest first. Blocks. Raises StoreError."""
    now = time.time_ns() // 1_000_000
    own = workspace.sink.identity.actor_did

    def view(state: Any) -> list[Request]:
        found = pending(state, as_of=now, thread=workspace.thread)
        return [
            msgspec.structs.replace(one)
            for one in found
            if one.requester == own and one.kind == DecisionRequest.KIND
        ]

    return workspace.decisions(view)


def form(workspace: Workspace, request: Request) -> types.ElicitRequestFormParams:
    """Return the form in which a person answers a request. Blocks. Raises StoreError."""
    context = context_of(workspace.log, request.id)
    choices = _choices(request)
    return types.ElicitRequestFormParams(
        message=clean_text(_message(request, context)),
        requested_schema={
            "type": "object",
            "properties": {
                "decision": {
                    "type": "string",
                    "title": "Decision",
                    "enum": list(choices),
                    "enumNames": list(choices.values()),
                },
                "reason": {
                    "type": "string",
                    "title": "Reason",
                    "description": "Kept on record with the answer",
                    "maxLength": _LONGEST_REASON,
                },
            },
            "required": ["decision"],
        },
    )


def answer(workspace: Workspace, request: Request, given: types.ElicitResult) -> None:
    """Write down what a person answered, unless somebody was faster. Blocks.

    Whatever is not an approval in so many words is a no. Raises IdentityError, ConfigError,
    StoreError.
    """
    decision, reason = _decision(request, given)
    try:
        reply_to(
            workspace.log,
            request,
            Reply(decision=decision, reason=reason),
            by=workspace.options.approver(),
            operator=workspace.sink.identity.actor_did,
        )
    except (PreconditionFailed, RecordNotFound):
        return  # it is settled, or gone


def _choices(request: Request) -> dict[str, str]:
    return {name: text for name, text in _CHOICES.items() if name in (NO, *request.options)}


def _decision(request: Request, given: types.ElicitResult) -> tuple[str, str]:
    if given.action != "accept":
        how = "declined" if given.action == "decline" else "dismissed"
        return NO, f"{how} in the MCP client"
    content = given.content or {}
    chosen, reason = content.get("decision"), content.get("reason")
    decision = chosen if isinstance(chosen, str) and chosen in _choices(request) else NO
    said = clean_text(reason[:_LONGEST_REASON]) if isinstance(reason, str) else ""
    return decision, said


def _message(request: Request, context: dict[str, Any]) -> str:
    """Return what a person is shown; what others wrote is in one line each, nothing hidden."""
    lines = [line_text(request.question, _LONGEST_LINE), ""]
    for name, title in _SHOWN:
        value = context.get(name)
        if value in (None, "", []):
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        lines.append(f"{title}: {line_text(text, _LONGEST_LINE)}")
    arguments = context.get("arguments", context.get("arguments_blob"))
    if arguments is not None:
        shown = json.dumps(arguments, ensure_ascii=False)
        lines.append(f"arguments: {cut(visible_text(shown), _LONGEST_ARGUMENTS)}")
    lines += ["", f"asked by {actor_text(request.requester)}, request {request.id[:12]}"]
    return "\n".join(lines)
