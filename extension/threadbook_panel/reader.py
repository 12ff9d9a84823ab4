"""What all operations of a feed read from: the log, and folds of it that are kept up to date."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from threadbook.errors import Forbidden
from threadbook.folds.fold import Fold, Projection
from threadbook.log.log import Log
from threadbook.log.ongoing import OngoingVerification
from threadbook.log.tree import Tree
from threadbook.records.identity import Identity
from threadbook_panel.timelines import Timelines

S = TypeVar("S")
T = TypeVar("T")

_MOST_FOLDS = 32


class Reader:
    """A log, and who reads it. Safe to use from several threads.

    `person` is who answers and judges, `operator` whose grants of tokens are believed, `outbox` the
    file of records that wait for the store, `read_only` why nothing can be written.
    """

    def __init__(
        self,
        log: Log,
        *,
        person: Identity | None = None,
        operator: str | None = None,
        outbox: Path | None = None,
        read_only: str | None = None,
    ) -> None:
        self.log = log
        self.person = person
        self.operator = operator
        self.outbox = outbox
        self.read_only = read_only
        self.timelines = Timelines(log, operator)
        self.verification = OngoingVerification(log)
        self.tree = Tree(log)
        self._folds: OrderedDict[str, Projection[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, fold: Fold[S], view: Callable[[S], T]) -> T:
        """Return what `view` makes of a fold of the whole log, up to date.

        `view` must not change the state, nor return a part that later records change.
        """
        return self._projection(fold).ask(view).value

    def writer(self) -> Identity:
        """Return who answers and judges. Raises Forbidden where nobody can."""
        if self.person is None or self.read_only is not None:
            raise Forbidden(
                self.read_only or "nobody is known here who could answer or judge",
                remedy="use the panel in JupyterLab's sidebar",
            )
        return self.person

    def now(self) -> int:
        """Return the time in Unix milliseconds."""
        return time.time_ns() // 1_000_000

    def _projection(self, fold: Fold[S]) -> Projection[S]:
        with self._lock:
            found = self._folds.get(fold.key)
            if found is None:
                found = self._folds[fold.key] = Projection(self.log, fold)
            self._folds.move_to_end(fold.key)
            while len(self._folds) > _MOST_FOLDS:
                self._folds.popitem(last=False)
            return found
