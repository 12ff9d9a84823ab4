"""Questions: what a client can ask of a log, however it is reached.

A question is a value. Over HTTP it becomes a request (`routes.py`), and in the process that holds
the log it is answered from the folds (`answers.py`); a sandboxed kernel sends it to its broker.
Answers are JSON objects in the shape of the wire.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Question(msgspec.Struct, frozen=True, kw_only=True, tag_field="ask", omit_defaults=True):
    """Base of all questions."""


class Health(Question, frozen=True, kw_only=True, tag="health"):
    """Whether the service answers."""


class Capabilities(Question, frozen=True, kw_only=True, tag="capabilities"):
    """What the service can do."""


class ListRecords(Question, frozen=True, kw_only=True, tag="records"):
    """Records, oldest first; `since` keeps those with a greater clock."""

    thread: str | None = None
    actor: str | None = None
    act: str | None = None
    kind: str | None = None
    since: int | None = None
    limit: int = 100
    cursor: str | None = None


class RichQuery(Question, frozen=True, kw_only=True, tag="query"):
    """The records that a filter selects."""

    filter: dict[str, Any]
    thread: str | None = None
    sort: dict[str, int] | None = None
    limit: int | None = None
    offset: int | None = None
    cursor: str | None = None
    explain: bool = False


class OneRecord(Question, frozen=True, kw_only=True, tag="record"):
    """The record of this id."""

    id: str


class SearchByMeaning(Question, frozen=True, kw_only=True, tag="search"):
    """The `k` records that are closest in meaning."""

    query: str
    k: int = 10
    thread: str | None = None
    actor: str | None = None
    kind: str | None = None
    after_clock: int | None = None


class FindText(Question, frozen=True, kw_only=True, tag="find"):
    """The records that hold these words, the best first."""

    q: str
    limit: int = 20
    thread: str | None = None
    actor: str | None = None
    kind: str | None = None
    cursor: str | None = None


class ListThreads(Question, frozen=True, kw_only=True, tag="threads"):
    """The threads there are, the most recent first."""

    limit: int = 100
    cursor: str | None = None


class ThreadState(Question, frozen=True, kw_only=True, tag="thread_state"):
    """How a thread stands."""

    thread: str


class Children(Question, frozen=True, kw_only=True, tag="children"):
    """The threads that came out of one, and how each stands."""

    thread: str


class Checkpoints(Question, frozen=True, kw_only=True, tag="checkpoints"):
    """The checkpoints of a thread, the latest first."""

    thread: str


class Resume(Question, frozen=True, kw_only=True, tag="resume"):
    """Where the work on a thread stood at its last checkpoint."""

    thread: str


class Trust(Question, frozen=True, kw_only=True, tag="trust"):
    """What trust each actor has earned in each domain; `as_of` is Unix time in milliseconds."""

    actor: str | None = None
    domain: str | None = None
    as_of: int | None = None
    limit: int = 1000
    cursor: str | None = None


class Decisions(Question, frozen=True, kw_only=True, tag="decisions"):
    """The requests that wait for a decision, or that have this status."""

    thread: str | None = None
    status: str = "pending"
    decider: str | None = None
    limit: int = 100
    cursor: str | None = None


class Decide(Question, frozen=True, kw_only=True, tag="decide"):
    """Whether an answer to a request counts; it is recorded if so, in the name of `actor`."""

    request: str
    decision: str
    actor: str
    reason: str = ""
    provided_value: Any = None


AnyQuestion = (
    Health
    | Capabilities
    | ListRecords
    | RichQuery
    | OneRecord
    | SearchByMeaning
    | FindText
    | ListThreads
    | ThreadState
    | Children
    | Checkpoints
    | Resume
    | Trust
    | Decisions
    | Decide
)


def decided(ask: Decide, answer: str) -> dict[str, Any]:
    """Return what a caller learns of an answer that counts: the record `answer`."""
    return {
        "object": "decision",
        "id": answer,
        "request_id": ask.request,
        "decision": ask.decision,
        "actor": ask.actor,
        "cancels" if ask.decision == "reject" else "fulfills": ask.request,
    }
