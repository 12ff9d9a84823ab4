"""Which thread a kernel is on: what the sidebar shows when a notebook comes to the front."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from threadbook.folds.fold import Fact, Fold
from threadbook.log.store import Query
from threadbook.records.bodies import SessionStart, SessionSwitch
from threadbook_panel.messages import Message
from threadbook_panel.reader import Reader


class KernelPlace(Message, frozen=True, kw_only=True):
    """The thread, session and sandbox tier of a kernel; None where the log does not know it."""

    thread: str | None = None
    session: str | None = None
    sandbox: str | None = None


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """The newest session of a kernel, and who recorded it."""

    actor: str
    thread: str
    session: str
    sandbox: str


class KernelsState(msgspec.Struct, kw_only=True):
    """Where kernels are, by what a Jupyter server calls them."""

    kernels: dict[str, Held] = {}


class KernelsFold(Fold[KernelsState]):
    """Gathers the newest session of each kernel, and the thread that it is on now.

    A kernel is its first session's actor's: what others say of it is passed over.
    """

    name: ClassVar[str] = "panel.kernels"
    version: ClassVar[int] = 1
    state_type: ClassVar[type[KernelsState]] = KernelsState
    wants: tuple[Query, ...] = (Query(kind=SessionStart.KIND), Query(kind=SessionSwitch.KIND))

    def apply(self, state: KernelsState, fact: Fact) -> KernelsState:
        """Take in the start of a session, or that it went on with another thread."""
        kernel_id = fact.body.get("kernel_id")
        if not isinstance(kernel_id, str):
            return state
        known = state.kernels.get(kernel_id)
        if known is not None and known.actor != fact.actor:
            return state
        if fact.kind == SessionStart.KIND:
            sandbox = fact.body.get("sandbox", "none")
            state.kernels[kernel_id] = Held(
                actor=fact.actor,
                thread=fact.thread,
                session=fact.id,
                sandbox=sandbox if isinstance(sandbox, str) else "none",
            )
        elif known is not None and fact.body.get("session") == known.session:
            state.kernels[kernel_id] = msgspec.structs.replace(known, thread=fact.thread)
        return state


def place_of(reader: Reader, kernel_id: str) -> KernelPlace:
    """Return where a kernel is. Blocks. Raises StoreError."""
    held = reader.ask(KernelsFold(), lambda state: state.kernels.get(kernel_id))
    if held is None:
        return KernelPlace()
    return KernelPlace(thread=held.thread, session=held.session, sandbox=held.sandbox)
