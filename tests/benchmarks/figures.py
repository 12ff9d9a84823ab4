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
)


@dataclass(frozen=True)
class Figure:
    """One row of the table: times in milliseconds, ours and the reference's."""

    name: str
    reference: str
    ours: list[float]
    theirs: list[float]

    def row(self) -> str:
        """Return the row in Markdown."""
        ours, theirs = statistics.median(self.ours), statistics.median(self.theirs)
        cells = (
            self.name,
            self.reference,
            f"**{ours / theirs:.2f}**",
            f"{p99(self.ours) / p99(self.theirs):.2f}",
            f"{milliseconds(ours)} / {milliseconds(theirs)}",
            f"{milliseconds(p99(self.ours))} / {milliseconds(p99(self.theirs))}",
        )
        return f"| {' | '.join(cells)} |"


def p99(values: list[float]) -> float:
    """Return the 99th percentile; of fewer than 100 values, the largest."""
    return sorted(values)[min(len(values) - 1, round(len(values) * 0.99))]


def milliseconds(value: float) -> str:
    """Return a time with three significant digits."""
    return f"{value:.3g} ms"


def timed(action: Callable[[], object]) -> float:
    """Return how long an action takes, in milliseconds."""
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000
