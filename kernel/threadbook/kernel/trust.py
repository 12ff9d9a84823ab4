"""`trust` in a session: how the actors of its thread stand, by the verdicts of others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from threadbook.folds import trust
from threadbook.folds.fold import Projection
from threadbook.folds.threads import ThreadFold
from threadbook.folds.trust import DEFAULT_DOMAIN, Evidence, Standing, TrustFold, TrustState
from threadbook.log.log import Log
from threadbook.log.sink import Sink
from threadbook.tables import Listing
from threadbook.text import actor_text, moment_text

T = TypeVar("T")

_SHORT = 12


class StandingList(Listing[Standing], tuple[Standing, ...]):
    """How actors stand, each in a domain."""

    __slots__ = ()

    caption = "trust"
    headings = ("actor", "domain", "trust", "accepted", "verdicts", "judges", "last")

    def cells(self, item: Standing) -> Sequence[str]:
        """See Listing."""
        return (
            actor_text(item.actor),
            item.domain,
            f"{item.effective_trust:.2f}",
            str(item.successes),
            str(item.total),
            str(item.judges),
            moment_text(item.last_observed),
        )


class EvidenceList(Listing[Evidence], tuple[Evidence, ...]):
    """Verdicts, and what each of them counts for."""

    __slots__ = ()

    caption = "verdicts"
    headings = ("verdict", "judge", "judges", "at", "weight", "why not")

    def cells(self, item: Evidence) -> Sequence[str]:
        """See Listing."""
        return (
            item.verdict,
            actor_text(item.judge),
            item.judges[:_SHORT],
            moment_text(item.recorded_at),
            f"{item.weight:.2f}",
            item.reason or "",
        )


class Trust:
    """How sure the verdicts of others make us that an actor's next work is good.

    trust                        how the actors of this thread stand
    trust.of(actor)              how an actor stands; `domain="code"` for another domain
    trust.explain(actor)         the verdicts behind that number
    trust.list()                 how everybody stands who was judged

    Verdicts are given in the panel, or by `thread.verdict(…)`; one on one's own work counts for
    nothing.
    """

    def __init__(self, sink: Sink, thread: Callable[[], str]) -> None:
        self._sink = sink
        self._thread = thread
        self._fold = TrustFold(sink.identity.actor_did)
        self._lock = threading.Lock()
        self._held: tuple[Log, Projection[TrustState]] | None = None

    def of(self, actor: str, domain: str = DEFAULT_DOMAIN) -> Standing:
        """Return how an actor stands in a domain; without verdicts all is 0."""
        return self._ask(lambda state: trust.standing(state, actor, domain, as_of=_now()))

    def explain(self, actor: str, domain: str = DEFAULT_DOMAIN) -> EvidenceList:
        """Return every verdict about an actor in a domain, oldest first, counted or not and why."""
        found = self._ask(lambda state: trust.explain(state, actor, domain, as_of=_now()))
        return EvidenceList(found)

    def list(self) -> StandingList:
        """Return how everybody stands who was judged, by actor and domain."""
        return StandingList(self._ask(lambda state: trust.standings(state, as_of=_now())))

    def __repr__(self) -> str:
        standings = self._here()
        return repr(standings) if standings else "<trust: no verdict on the actors of this thread>"

    def _repr_html_(self) -> str:
        return self._here()._repr_html_()

    def _here(self) -> StandingList:
        """Return how the actors of this session's thread stand."""
        thread = ThreadFold(self._thread())
        clocks = Projection(self._sink.log(), thread, snapshot_every=None)
        actors = clocks.ask(lambda state: set(state.clocks)).value
        return StandingList(one for one in self.list() if one.actor in actors)

    def _ask(self, view: Callable[[TrustState], T]) -> T:
        log = self._sink.log()
        with self._lock:
            if self._held is None or self._held[0] is not log:
                self._held = log, Projection(log, self._fold)
            projection = self._held[1]
        return projection.ask(view).value


def _now() -> int:
    return time.time_ns() // 1_000_000
