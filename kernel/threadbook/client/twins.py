"""Methods that come twice: to be awaited, and to be called.

The blocking twin runs the same coroutine over a transport that never suspends. So there is one
copy of the logic, and the twin may be called inside a running event loop, as cells do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, Self, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class Twofold(Protocol):
    """Has a form whose coroutines never suspend."""

    def blocking(self) -> Self:
        """Return that form of it."""


Twice = TypeVar("Twice", bound=Twofold)


def twin_of(
    method: Callable[Concatenate[Twice, P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate[Twice, P], R]:
    """Return the blocking twin of a coroutine method."""

    @wraps(method)
    def twin(self: Twice, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return run_to_end(method(self.blocking(), *args, **kwargs))

    twin.__name__ = f"{method.__name__}_sync"
    twin.__doc__ = f"Do what `await {method.__name__}(…)` does, without await."
    return twin


def run_to_end(coroutine: Coroutine[Any, Any, R]) -> R:
    """Run a coroutine that never suspends; it may be called inside a running event loop."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: R = stop.value
        return result
    coroutine.close()
    raise RuntimeError("this transport has to be awaited")


def iterate(source: AsyncIterator[T]) -> Iterator[T]:
    """Yield what an asynchronous iterator that never suspends yields."""
    try:
        while True:
            try:
                yield run_to_end(_next(source))
            except StopAsyncIteration:
                return
    finally:
        close = getattr(source, "aclose", None)
        if close is not None:
            run_to_end(close())


async def _next(source: AsyncIterator[T]) -> T:
    return await source.__anext__()
