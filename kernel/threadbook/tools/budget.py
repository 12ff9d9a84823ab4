"""Budgets: how much a cell and a session may use of tools, and what they have used."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping

import msgspec

from threadbook.errors import BudgetExceeded
from threadbook.tools.call import Call

_MOST_COUNTERS = 10_000
"""Counters that are kept; those not used for longest go first, as their cells have ended."""


class Budget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of a cell and of a session; None is no limit.

    Seconds are those that tools took, waiting for an approval aside; bytes are those of their
    results. Both are known afterwards only, so that the call which exceeds them is the last one.
    """

    calls_per_cell: int | None = None
    calls_per_session: int | None = None
    seconds_per_cell: float | None = None
    seconds_per_session: float | None = None
    bytes_per_cell: int | None = None
    bytes_per_session: int | None = None

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            limit = getattr(self, name)
            if limit is not None and not limit >= 0:  # nan is not
                raise ValueError(f"{name} is {limit}; it cannot be less than 0")

    def limits(self, scope: str) -> Iterator[tuple[str, float]]:
        """Yield what is limited for a cell or a session, and how far."""
        for quantity in ("calls", "seconds", "bytes"):
            limit = getattr(self, f"{quantity}_per_{scope}")
            if limit is not None:
                yield quantity, limit


class Spent(msgspec.Struct):
    """What was used."""

    calls: int = 0
    seconds: float = 0.0
    bytes: int = 0


class Spending:
    """Counts what cells and sessions use. Budgets are by name: that of their rule, or of all.

    It counts in memory: a session that is started anew has its budgets anew.
    """

    def __init__(self) -> None:
        self._spent: OrderedDict[tuple[str, str, str], Spent] = OrderedDict()

    def take(self, call: Call, budgets: Mapping[str, Budget]) -> float | None:
        """Count a call and return how many seconds it may take, None: as many as it likes.

        Raises BudgetExceeded, and counts nothing, where a budget is used up.
        """
        seconds: list[float] = []
        counters = []
        for name, budget in budgets.items():
            for scope, spent in self._of(name, call):
                counters.append(spent)
                for quantity, limit in budget.limits(scope):
                    used = getattr(spent, quantity)
                    if used >= limit:
                        raise _exceeded(call, name, scope, quantity, limit)
                    if quantity == "seconds":
                        seconds.append(limit - used)
        for spent in counters:
            spent.calls += 1
        return min(seconds, default=None)

    def charge(
        self, call: Call, budgets: Mapping[str, Budget], *, seconds: float, size: int
    ) -> None:
        """Count the seconds that a call took, and the bytes of its result."""
        for name in budgets:
            for _, spent in self._of(name, call):
                spent.seconds += seconds
                spent.bytes += size

    def _of(self, budget: str, call: Call) -> Iterator[tuple[str, Spent]]:
        session = call.session or call.thread
        for scope, of in (
            ("cell", call.cell or f"outside cells of {session}"),
            ("session", session),
        ):
            key = (budget, scope, of)
            spent = self._spent.setdefault(key, Spent())
            self._spent.move_to_end(key)
            yield scope, spent
        while len(self._spent) > _MOST_COUNTERS:
            self._spent.popitem(last=False)


def _exceeded(call: Call, budget: str, scope: str, quantity: str, limit: float) -> BudgetExceeded:
    of = f"rule {budget!r}" if budget else "the policy"
    return BudgetExceeded(
        f"{call.name}: the {limit:g} {quantity} that {of} allows a {scope} are used up",
        remedy="split the work, or have the budget raised",
        namespace="tools",
        operation=f"tools.{call.name}",
    )
