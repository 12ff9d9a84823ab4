"""What a measurement is, and how large the samples are."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """How much to measure."""

    starts: int
    round_trips: int
    appends: int
    records: int
    calls: int
    frame_rows: int
    tools: int
    operations: int
    workflows: int
    thread_rows: int
    looks: int
    frames: int
    live_samples: int
    live_rows: int


FULL = Sizes(
    starts=20,
    round_trips=1000,
    appends=2000,
    records=1_000_000,
    calls=1000,
    frame_rows=1_250_000,
    tools=10_000,
    operations=2_500,
    workflows=1_000,
    thread_rows=100_000,
    looks=10,
    frames=600,
    live_samples=300,
    live_rows=10_000,
)
QUICK = Sizes(
    starts=1,
    round_trips=20,
    appends=50,
    records=500,
    calls=20,
    frame_rows=1_000,
    tools=100,
    operations=25,
    workflows=10,
    thread_rows=2_000,
    looks=2,
    frames=20,
    live_samples=5,
    live_rows=100,
)


@dataclass(frozen=True)
class Figure:
    """One row of the table: ours and the reference's, times in milliseconds unless said else."""

    name: str
    reference: str
    ours: list[float]
    theirs: list[float]
    unit: str = "ms"

    def row(self) -> str:
        """Return the row in Markdown."""
        ours, theirs = statistics.median(self.ours), statistics.median(self.theirs)
        cells = (
            self.name,
            self.reference,
            f"**{ours / theirs:.2f}**",
            f"{p99(self.ours) / p99(self.theirs):.2f}",
            f"{self._text(ours)} / {self._text(theirs)}",
            f"{self._text(p99(self.ours))} / {self._text(p99(self.theirs))}",
        )
        return f"| {' | '.join(cells)} |"

    def _text(self, value: float) -> str:
        return f"{value:.3g} {self.unit}"


def p99(values: list[float]) -> float:
    """Return the 99th percentile; of fewer than 100 values, the largest."""
    return sorted(values)[min(len(values) - 1, round(len(values) * 0.99))]


def timed(action: Callable[[], object]) -> float:
    """Return how long an action takes, in milliseconds."""
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000
