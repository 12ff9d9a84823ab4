"""Refusals: how many are answered in full, and which are put on record."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

import msgspec

from threadbook.errors import LogError, ServiceError
from threadbook.log.log import Log
from threadbook.records.bodies import AuthDenied
from threadbook.records.identity import Identity
from threadbook.service.grants import AUDIT_THREAD
from threadbook.service.local import network_of
from threadbook.service.problems import Problem

BURST = 10
"""Failures in a row that one address, or one token, is answered in full."""
REFILL_SECONDS = 6.0
"""After this time it is one more."""
RECORDED_BURST = 60
"""Refusals in a row, of all addresses together, that get a record each."""
RECORDED_REFILL_SECONDS = 30.0
"""After this time it is one more: at most 2880 records a day, and one a minute with a count."""
SUMMARY_SECONDS = 60.0
"""After this time those that got no record of their own are put on record as a number."""

_KEYS = 4096
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "WEBSOCKET"})


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A request that is refused; `account` and `token` (its id) are there where they are known."""

    method: str
    route: str
    address: str | None
    account: str | None = None
    token: str | None = None


class Buckets:
    """Token buckets, one for each key; those that were used least recently are forgotten.

    Holds `burst` at most and one more each `refill` seconds. `monotonic` returns seconds.
    """

    def __init__(
        self,
        *,
        burst: int,
        refill: float,
        monotonic: Callable[[], float] = time.monotonic,
        keys: int = _KEYS,
    ) -> None:
        self._burst = burst
        self._refill = refill
        self._monotonic = monotonic
        self._keys = keys
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str) -> float:
        """Return in how many seconds there will be one, 0 where there is one now."""
        return max(0.0, (1.0 - self._level(key)) * self._refill)

    def take(self, key: str) -> None:
        """Take one; where there is none, there is none less."""
        level = self._level(key)
        self._levels[key] = (level - 1.0 if level >= 1.0 else level, self._monotonic())
        self._levels.move_to_end(key)
        if len(self._levels) > self._keys:
            self._levels.popitem(last=False)

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._levels)

    def _level(self, key: str) -> float:
        now = self._monotonic()
        level, at = self._levels.get(key, (float(self._burst), now))
        return min(float(self._burst), level + (now - at) / self._refill)


class Refusals:
    """Limits failures and puts refusals on record, so that no flood fills memory or log.

    Safe to use from several threads. `monotonic` returns seconds.
    """

    def __init__(
        self, log: Log, identity: Identity, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log
        self._identity = identity
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._failures = Buckets(burst=BURST, refill=REFILL_SECONDS, monotonic=monotonic)
        self._records = Buckets(
            burst=RECORDED_BURST, refill=RECORDED_REFILL_SECONDS, monotonic=monotonic, keys=1
        )
        self._uncounted = 0
        self._since = 0.0

    def refuse(self, error: ServiceError, attempt: Attempt) -> Problem | ServiceError:
        """Return what to answer to a request without a token that counts: `error`, or 429."""
        keys = _keys(attempt)
        with self._lock:
            wait = self._wait(keys)
            for key in keys:
                self._failures.take(key)
        self.note(error.code or "", attempt, has_record=not wait)
        return too_many(wait) if wait else error

    def wait(self, address: str | None) -> float:
        """Return in how many seconds this address may fail again, 0 where it may now."""
        with self._lock:
            return self._wait([f"address {network_of(address)}"])

    def note(self, reason: str, attempt: Attempt, *, has_record: bool = True) -> None:
        """Put a refusal on record, or count it where there are too many."""
        with self._lock:
            has_record = has_record and not self._records.wait("")
            if has_record:
                self._records.take("")
            else:
                self._count(1)
        self.summarize()
        if has_record:
            self._record(
                AuthDenied(
                    reason=reason,
                    method=attempt.method if attempt.method in _METHODS else "other",
                    route=attempt.route,
                    address=attempt.address or "",
                    account=attempt.account,
                    token=attempt.token,
                )
            )

    def summarize(self, *, now: bool = False) -> None:
        """Record the number of refusals without a record, if it is time, or if it is to be `now`.

        Cheap where there is nothing to do: called with every request.
        """
        if not self._uncounted:
            return
        with self._lock:
            count = self._uncounted
            if not count or (not now and self._monotonic() - self._since < SUMMARY_SECONDS):
                return
            self._uncounted = 0
        self._record(AuthDenied(reason="RATE_LIMITED", count=count))

    def _wait(self, keys: Iterable[str]) -> float:
        return max(map(self._failures.wait, keys))

    def _count(self, number: int) -> None:
        if not self._uncounted:
            self._since = self._monotonic()
        self._uncounted += number

    def _record(self, body: AuthDenied) -> None:
        try:
            self._log.append(body.draft(thread=AUDIT_THREAD), by=self._identity)
        except LogError:  # the answer does not depend on it; it counts for the next summary
            with self._lock:
                self._count(body.count)


def too_many(wait: float) -> Problem:
    """Return the answer to one who fails too often; `wait` is in seconds."""
    return Problem(
        429,
        "RATE_LIMITED",
        "too many requests without a token that counts",
        remedy="correct the token before trying again",
        headers={"Retry-After": str(math.ceil(wait))},
    )


def _keys(attempt: Attempt) -> list[str]:
    keys = [f"address {network_of(attempt.address)}"]
    return keys if attempt.token is None else [*keys, f"token {attempt.token}"]
