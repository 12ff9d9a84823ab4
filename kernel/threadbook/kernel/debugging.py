"""The debugger, not before somebody debugs.

ipykernel imports debugpy when a kernel is made, which takes about a sixth of its start. Here a
stand-in takes the place of `ipykernel.debugger` until the first debug request.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import os
import sys
from types import ModuleType
from typing import Any

from traitlets import Any as AnyTrait
from traitlets import HasTraits

_NAME = "ipykernel.debugger"


class DeferredDebugger(ModuleType):
    """Stands in for `ipykernel.debugger`; any name but the flag imports the real one."""

    _is_debugpy_available = False
    """Read by ipykernel where it would use the debugger."""

    def __init__(self) -> None:
        super().__init__(_NAME)
        # Not with find_spec("debugpy.server"), which would import the package.
        self._is_installed = importlib.util.find_spec("debugpy") is not None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.load(), name)

    def announce(self) -> None:
        """Let the kernel, once built, offer the debugger as a feature."""
        self._is_debugpy_available = self._is_installed

    def load(self) -> ModuleType:
        """Import the real module and step aside."""
        # debugpy checks this while it is imported; the advice it would print is for scripts.
        os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        if sys.modules.get(_NAME) is self:
            del sys.modules[_NAME]
        return importlib.import_module(_NAME)


class DebuggerMixin(HasTraits):
    """Builds the kernel's debugger at its first use."""

    # ipykernel's trait names the class in a string, which traitlets imports at once.
    debugger_class = AnyTrait(None, allow_none=True)

    _deferred: DeferredDebugger | None = None
    _debugger: Any = None
    _debugger_built: asyncio.Event

    def __init__(self, **kwargs: Any) -> None:
        if _NAME not in sys.modules:
            self._deferred = sys.modules[_NAME] = DeferredDebugger()
        self._debugger_built = asyncio.Event()
        super().__init__(**kwargs)
        if self._deferred is not None:
            self._deferred.announce()

    @property
    def debugger(self) -> Any:
        """The debugger, made when it is first asked for."""
        if self._debugger is None:
            real = self._deferred.load() if self._deferred else importlib.import_module(_NAME)
            kernel: Any = self
            self._debugger = (self.debugger_class or real.Debugger)(
                kernel.log,
                kernel.debugpy_stream,
                kernel._publish_debug_event,  # noqa: SLF001  as IPythonKernel.__init__ does
                kernel.debug_shell_socket,
                kernel.session,
                kernel._kernel_modules,  # noqa: SLF001
                kernel.debug_just_my_code,
                kernel.filter_internal_frames,
            )
            self._debugger_built.set()
        return self._debugger

    @debugger.setter
    def debugger(self, debugger: Any) -> None:
        self._debugger = debugger
        self._debugger_built.set()

    async def poll_stopped_queue(self) -> None:
        """Wait for a debugger, then do its work; runs in the control thread."""
        await self._debugger_built.wait()
        await super().poll_stopped_queue()  # type: ignore[misc]
