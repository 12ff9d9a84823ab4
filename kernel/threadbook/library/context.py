"""What the library needs to know of the session it serves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

import msgspec

from threadbook.log.sink import Receipt, Sink
from threadbook.records.bodies import Body

current_call: ContextVar[str | None] = ContextVar("current_call", default=None)
"""The id of the workflow call that code runs in: what it does is recorded as a child of it."""


@contextmanager
def within(call: str) -> Iterator[None]:
    """Make a call the one that code runs in, for as long as the context is open."""
    token = current_call.set(call)
    try:
        yield
    finally:
        with suppress(ValueError):  # a coroutine that is thrown away is closed in another context
            current_call.reset(token)


def _nowhere() -> None:
    return None


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """Where records go, and which thread and cell they belong to.

    `thread` is called for the thread; `cell` for the id of the start of the cell that is running,
    None outside cells. `workspace` separates what shares a store: one sees nothing of another.
    """

    sink: Sink
    thread: Callable[[], str]
    cell: Callable[[], str | None] = _nowhere
    workspace: str = ""

    def parent(self) -> str | None:
        """Return the id of what code works for: the workflow call it runs in, else its cell."""
        return current_call.get() or self.cell()

    def append(self, body: Body, *, guard: Callable[[], None] | None = None) -> Receipt:
        """Append a record of this session; its parent is the workflow call or cell that runs.

        `guard` is that of `Sink.append`.
        """
        parent = self.parent()
        parents = (parent,) if parent else ()
        draft = body.draft(thread=self.thread(), parents=parents)
        return self.sink.append(draft, guard=guard)[0]
