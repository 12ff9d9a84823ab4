"""What is made when a cell first needs it: a kernel starts often, and most cells need little."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from threadbook.tools.channel import Channel


class Deferred:
    """Stands for a namespace until it is loaded, and passes on what is asked of it."""

    def __init__(self, name: str, load: Callable[[], dict[str, Any]]) -> None:
        self._name = name
        self._load = load

    def __getattr__(self, name: str) -> Any:
        return getattr(self._load()[self._name], name)

    def __dir__(self) -> Iterable[str]:
        return dir(self._load()[self._name])

    def __repr__(self) -> str:
        return repr(self._load()[self._name])

    def _repr_html_(self) -> str | None:
        loaded = self._load()[self._name]
        html = getattr(type(loaded), "_repr_html_", None)
        return html(loaded) if html is not None else None


class DeferredChannel:
    """Stands for the channel that `open_channel` returns; see Channel."""

    def __init__(self, open_channel: Callable[[], Channel]) -> None:
        self._open = open_channel
        self._lock = threading.Lock()
        self._channel: Channel | None = None

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """See Channel.call."""
        return self._opened().call(method, params)

    async def acall(self, method: str, params: Mapping[str, Any]) -> Any:
        """See Channel.acall."""
        return await self._opened().acall(method, params)

    def _opened(self) -> Channel:
        with self._lock:
            if self._channel is None:
                self._channel = self._open()
            return self._channel
