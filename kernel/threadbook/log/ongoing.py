"""Verification that goes on: a log is checked piece by piece, and so is what is appended to it.

What has been checked is in memory only: a note of it in the store would be no proof. Records and
the blobs they name are checked, once in order and then, from time to time, all of them again, as
they may have been changed since; what else there is to a store, `verify` looks at.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import msgspec

from threadbook.errors import StoreCorrupt, StoreError
from threadbook.log.log import Log
from threadbook.log.store import Query
from threadbook.log.verify import Checker, Problem

AGAIN_SECONDS = 3600.0
"""How long what was checked is left alone."""

_PIECE = 50
_REST = 0.002
"""Seconds between pieces, in which other threads get on."""

_SECONDS = 0.5
"""How long one look goes on checking."""

_PATIENCE = 0.02


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Up to which seq all holds, when that was found (Unix ms), and the first that does not."""

    verified: int = 0
    verified_at: int | None = None
    problem: Problem | None = None


class OngoingVerification:
    """Verifies a log a little with each look. Looks return at once; threads may share it."""

    def __init__(
        self,
        log: Log,
        *,
        again_seconds: float = AGAIN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._again_seconds = again_seconds
        self._clock = clock
        self._first = Checker(log.store)
        self._again: Checker | None = None
        self._complete_at = clock()
        self._standing = Standing()
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None
        self._closing = threading.Event()

    def look(self, *, patience: float = _PATIENCE) -> Standing:
        """Return what is known, and have more of it checked in a thread of its own.

        A log that is checked within `patience`, in seconds, is known to be at once.
        """
        with self._lock:
            if self._worker is None and not self._closing.is_set():
                self._worker = threading.Thread(target=self._work, name="verify", daemon=True)
                self._worker.start()
            worker = self._worker
        if worker is not None:
            worker.join(patience)
        return self._standing

    def close(self) -> None:
        """Stop, and wait until it has stopped."""
        self._closing.set()
        with self._lock:
            worker = self._worker
        if worker is not None:
            worker.join()

    def _work(self) -> None:
        deadline = time.monotonic() + _SECONDS
        try:
            while time.monotonic() < deadline and self._advance():
                if self._closing.wait(_REST):
                    break
        except StoreCorrupt as error:
            self._standing = msgspec.structs.replace(
                self._standing, problem=Problem(error.message), verified_at=_now()
            )
        except StoreError:
            pass  # it cannot be read now; the next look tries again
        finally:
            with self._lock:
                self._worker = None

    def _advance(self) -> bool:
        """Check a piece; tell whether there is more to do."""
        if self._standing.problem is not None:
            return False
        more, problem = self._piece(self._first), self._problem_of(self._first)
        if not more and problem is None and self._clock() - self._complete_at > self._again_seconds:
            self._again = self._again or Checker(self._log.store)
            more, problem = self._piece(self._again), self._problem_of(self._again)
            if not more:
                self._again, self._complete_at = None, self._clock()
        verified = self._first.tip.seq
        if problem is not None and problem.seq is not None:
            verified = min(verified, problem.seq - 1)
        if (verified, problem) != (self._standing.verified, self._standing.problem):
            self._standing = Standing(verified=verified, verified_at=_now(), problem=problem)
        return more

    def _piece(self, checker: Checker) -> bool:
        """Check some more rows; tell whether there may be others."""
        checker.expect_checkpoints()
        rows = self._log.store.rows(Query(), after=checker.tip.seq, limit=_PIECE)
        for row in rows:
            checker.take(row)
            if checker.problems:
                return False
        return bool(rows)

    def _problem_of(self, checker: Checker) -> Problem | None:
        """Return what does not hold of what was checked, or of the end of the log."""
        if checker.problems:
            return checker.problems[0]
        reached = checker.tip
        end = self._log.store.tip()
        if end.seq < reached.seq or (end.seq == reached.seq and end != reached):
            return Problem(
                f"the log ends at seq {end.seq}, and not as when seq {reached.seq} was checked"
            )
        return None


def _now() -> int:
    return time.time_ns() // 1_000_000
