"""Work in a thread that is seen to its end, although nobody waits for its result any more."""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


async def to_its_end(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Run a function in a thread; where this is cancelled, wait for its end all the same.

    What it writes must not go on behind the back of whoever comes next.
    """
    work = functools.partial(contextvars.copy_context().run, function, *arguments, **named)
    try:
        running = asyncio.get_running_loop().run_in_executor(None, work)
    except RuntimeError:  # the process is ending, and gives threads no more to do
        return work()
    cancelled = None
    while not running.done():
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError as error:  # maybe more than once
            cancelled = error
    if cancelled is not None:
        running.exception()  # looked at, or it would be reported as forgotten
        raise cancelled
    return running.result()
