"""The list of threads, and which came out of which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Annotated

from msgspec import Meta

from threadbook.folds import decisions, threads
from threadbook.folds.decisions import DecisionsFold, DecisionsState
from threadbook.folds.progress import Progress
from threadbook.folds.threads import ThreadsFold, ThreadsState
from threadbook.folds.titles import line
from threadbook_panel.messages import Message, Params
from threadbook_panel.reader import Reader

OWN = "threadbook."
"""Begins the names of threads that threadbook keeps for itself; they are not listed."""

MOST_THREADS = 500
"""Threads of one page."""

_MOST_RELATIVES = 200


class ThreadsParams(Params, frozen=True):
    """Which threads: `text` is looked for in ids, goals and openers, in any case.

    `before` is the `next` of the page before.
    """

    text: Annotated[str, Meta(max_length=1000)] = ""
    limit: Annotated[int, Meta(ge=1, le=MOST_THREADS)] = 50
    before: int | None = None


class ThreadEntry(Message, frozen=True):
    """A thread; `goal` is its newest, `waiting` how many decisions wait on it.

    `children` came out of it, it came out of `parents`.
    """

    thread: str
    goal: str
    status: str
    opened_by: str
    record_count: int
    last_recorded_at: int
    children: list[str]
    parents: list[str]
    waiting: int
    fanout_status: str | None


class ThreadsPage(Message, frozen=True):
    """Threads, the one with the newest record first; `next` is None at the end."""

    threads: list[ThreadEntry]
    next: int | None


def list_threads(reader: Reader, params: ThreadsParams) -> ThreadsPage:
    """Return a page of threads."""
    waiting = waiting_by_thread(reader)

    def view(state: ThreadsState) -> ThreadsPage:
        found = _found(state, params)
        page = list(islice(found, params.limit))
        is_more = next(found, None) is not None
        last = state.threads[page[-1]].last_seq if page and is_more else None
        return ThreadsPage(
            threads=[_entry(state, thread, waiting[thread]) for thread in page], next=last
        )

    return reader.ask(ThreadsFold(), view)


def waiting_by_thread(reader: Reader) -> Counter[str]:
    """Return how many decisions wait on each thread."""
    now = reader.now()

    def view(state: DecisionsState) -> Counter[str]:
        return Counter(request.thread for request in decisions.pending(state, as_of=now))

    return reader.ask(DecisionsFold(reader.operator), view)


def _found(state: ThreadsState, params: ThreadsParams) -> Iterator[str]:
    needle = params.text.casefold()
    for thread, one in sorted(state.threads.items(), key=lambda item: -item[1].last_seq):
        is_later = params.before is not None and one.last_seq >= params.before
        if not is_later and not thread.startswith(OWN) and _has(thread, one, needle):
            yield thread


def _has(thread: str, one: Progress, needle: str) -> bool:
    if not needle:
        return True
    texts = (thread, one.opened_by, *(goal.text for goal in one.goals.values()))
    return any(needle in text.casefold() for text in texts)


def _entry(state: ThreadsState, thread: str, waiting: int) -> ThreadEntry:
    found = threads.entry(state, thread)
    assert found is not None  # noqa: S101  it was listed
    return ThreadEntry(
        thread=thread,
        goal=line(found.goal),
        status=found.status,
        opened_by=found.opened_by,
        record_count=found.record_count,
        last_recorded_at=found.last_recorded_at,
        children=threads.children(state, thread)[:_MOST_RELATIVES],
        parents=threads.parents(state, thread)[:_MOST_RELATIVES],
        waiting=waiting,
        fanout_status=found.fanout_status,
    )
