"""What an adapter is: the seam between the registry and something that can be called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

import msgspec

from threadbook.tools.definition import Tool

Stream = Literal["stdout", "stderr", "progress"]


class CallContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a call is given beside its arguments.

    `report` is told, while the call goes on, what it prints and how far it is. `secret` returns
    the value of a secret by its name and raises ConfigError where there is none; only adapters
    call it, and no value of it may stand in a result, an error or a record. `timeout` is in
    seconds, None: as long as it takes.
    """

    report: Callable[[Stream, str], None]
    secret: Callable[[str], str]
    timeout: float | None = None


class Adapter(Protocol):
    """Turns something callable into tools. All methods run in the event loop of the broker.

    Nothing is started, connected or imported from outside before it is needed. An adapter that can
    tell what really happens has `preview(tool, name, arguments)`, a command or request as text;
    one whose calls run in a folder has `working_folder()`, and one that can tell what the hash of a
    definition covers has `definition(tool, name)`. All are shown to who allows a call.
    """

    def tools(self) -> tuple[Tool, ...]:
        """Return the tools as they are known now, without waiting for anything."""

    async def refresh(self) -> None:
        """Learn what tools there are, where that takes a connection. Raises ToolError."""

    async def call(
        self, tool: str, name: str, arguments: Mapping[str, Any], context: CallContext
    ) -> Any:
        """Call a callable of a tool, both by `name` as in `tools`, and return what came of it.

        `arguments` are by parameter name, have been checked against the parameters, and hold only
        what the caller gave: an explicit None is there, a parameter left out is not. The result
        is plain data or one of `results.py`. A cancelled call stops what it started. Raises
        ToolCallError, ToolTimeout, ToolArgumentError.
        """

    async def close(self) -> None:
        """Stop what was started."""
