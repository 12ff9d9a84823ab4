"""What the service counts, in the text format of Prometheus."""

from __future__ import annotations

import math
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from threadbook import __version__
from threadbook.errors import StoreError
from threadbook.log.entry import Stored
from threadbook.log.log import Log


class Metrics:
    """The counters of one service; none of them holds an actor, a thread or a token."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._registry = CollectorRegistry()
        names: dict[str, Any] = {"namespace": "threadbook", "registry": self._registry}
        self.requests = Counter(
            "http_requests", "Requests by route and status.", ("method", "route", "status"), **names
        )
        self.seconds = Histogram(
            "http_request_seconds", "Time to the end of the answer.", ("method", "route"), **names
        )
        self.watchers = Gauge("watchers", "Open streams.", **names)
        self._appended = Counter("records_appended", "Records appended by act.", ("act",), **names)
        self._size = Gauge("log_records", "Records in the log.", **names)
        info = Gauge("build_info", "The version in use.", ("version",), **names)
        info.labels(__version__).set(1)

    def appended(self, stored: Stored) -> None:
        """Count a record."""
        self._appended.labels(stored.act).inc()

    def text(self) -> bytes:
        """Return all of them."""
        try:
            self._size.set(self._log.size)
        except StoreError:  # the other numbers are wanted most while the store is not there
            self._size.set(math.nan)
        return generate_latest(self._registry)
