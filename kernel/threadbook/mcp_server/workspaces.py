"""Workspaces: one for each MCP session, so many at most, and none that nobody uses any more."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator

from threadbook.errors import SessionError
from threadbook.mcp_server.workspace import Options, Workspace

MOST_WORKSPACES = 16
IDLE_SECONDS = 30 * 60.0
_LOOK_SECONDS = 30.0
_MOST_REMEMBERED = 1_000


class Workspaces:
    """The workspaces of a server, by MCP session.

    Over stdio there is one, and its name is empty. So is that of clients over HTTP whose protocol
    knows no sessions: they share one.
    """

    def __init__(
        self,
        options: Options,
        *,
        most: int = MOST_WORKSPACES,
        idle_seconds: float | None = IDLE_SECONDS,
    ) -> None:
        self._options = options
        self._most = most
        self._idle_seconds = idle_seconds
        self._workspaces: dict[str, Workspace] = {}
        self._threads: dict[str, str] = {}
        self._in_use: dict[str, int] = {}

    @contextlib.contextmanager
    def using(self, name: str) -> Iterator[Workspace]:
        """Give the workspace of a session, made on demand. Raises SessionError where all are used.

        One that is in use is not closed for being idle.
        """
        workspace = self._workspaces.get(name)
        if workspace is None:
            if len(self._workspaces) >= self._most:
                raise SessionError(
                    f"{self._most} sessions are open", remedy="end one, or try again later"
                )
            workspace = self._workspaces[name] = self._made(name)
        self._in_use[name] = self._in_use.get(name, 0) + 1
        try:
            yield workspace
        finally:
            self._in_use[name] -= 1
            if not self._in_use[name]:
                del self._in_use[name]
            workspace.used_at = time.monotonic()

    async def end(self, name: str) -> None:
        """Close the workspace of a session that has ended."""
        self._threads.pop(name, None)
        await self._close(name)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Close what is idle meanwhile, and all at the end."""
        tidying = asyncio.ensure_future(self._tidy())
        try:
            yield
        finally:
            tidying.cancel()
            await asyncio.shield(self.end_all())

    async def end_all(self) -> None:
        """Close all workspaces, as well as they let themselves be closed."""
        closing = [self.end(name) for name in [*self._workspaces]]
        await asyncio.gather(*closing, return_exceptions=True)

    def _made(self, name: str) -> Workspace:
        """Return a new workspace, on the thread of the one that was closed for being idle."""
        thread = self._threads.pop(name, None) or (None if name else self._options.settings.thread)
        workspace = Workspace(self._options, thread=thread)
        self._threads[name] = workspace.thread
        if len(self._threads) > _MOST_REMEMBERED:
            del self._threads[next(iter(self._threads))]
        return workspace

    async def _close(self, name: str) -> None:
        workspace = self._workspaces.pop(name, None)
        if workspace is not None:
            await workspace.close()

    async def _tidy(self) -> None:
        while self._idle_seconds is not None:
            await asyncio.sleep(min(_LOOK_SECONDS, self._idle_seconds))
            since = time.monotonic() - self._idle_seconds
            for name, workspace in [*self._workspaces.items()]:
                is_used = self._in_use.get(name) or workspace.runs.current
                if not is_used and workspace.used_at < since:
                    with contextlib.suppress(Exception):  # the next is to be closed all the same
                        await self._close(name)
