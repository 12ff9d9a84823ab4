"""The channel: how a namespace in a cell reaches the trusted side, in this process or another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Channel(Protocol):
    """Carries calls to the broker.

    Methods are named `tools.call`, `tools.list`, `deps.add` …; parameters and results are the
    values documented there (broker/methods.py), the same on every channel. Raises the
    NamespaceError that the other side raised, with all that it says.
    """

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """Call and wait. An interrupt (KeyboardInterrupt) cancels the call on the other side."""

    async def acall(self, method: str, params: Mapping[str, Any]) -> Any:
        """Call without blocking the event loop. Cancelling the task cancels the call."""
