"""A workflow as it runs: in a fresh module that holds the namespaces, and nothing of the caller's.

`run` may be `def` or `async def`, and be called from both. A blocking call of a coroutine runs it
to its end in an event loop of its own; where a loop is running in this thread already, as in the
cells of a kernel, that loop is in a helper thread, and an interrupt is passed on to it. An awaited
call of a plain function runs in a worker thread, which goes on when the awaiting task is
cancelled, as threads cannot be stopped.
"""

from __future__ import annotations

import asyncio
import contextvars
import difflib
import inspect
import linecache
import sys
import threading
import warnings
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future, wait
from contextlib import suppress
from functools import lru_cache
from types import CodeType, ModuleType
from typing import Any

from threadbook.errors import WorkflowArgumentError, WorkflowError
from threadbook.library.source import INJECTED, Source, parse_source

_GRACE_SECONDS = 5.0
"""How long an interrupted coroutine may take to clean up."""


class Program:
    """One version of a workflow, ready to be called. Its code is run anew for each call."""

    def __init__(
        self, name: str, version: int, text: str, namespaces: Callable[[], dict[str, Any]]
    ) -> None:
        """Take a source in. Raises WorkflowInvalid where it is none."""
        self.filename = f"<workflow {name} v{version}>"
        self.source, self._code = _compiled(text, self.filename)
        self._name = name
        self._namespaces = namespaces

    def bind(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return all that `run` is to be given. Raises WorkflowArgumentError."""
        parameters = [each for each in self.source.parameters if each.kind != "var_keyword"]
        names = [each.name for each in parameters]
        takes_all = len(parameters) < len(self.source.parameters)
        injected = {each.name: each.default is None for each in self.source.injected}
        for name in arguments:
            if name in injected:
                raise self._misfit(f"{name!r} is supplied by the session")
            if name not in names and not takes_all:
                near = difflib.get_close_matches(name, names, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise self._misfit(f"it has no parameter {name!r}{hint}")
        missing = [
            each.name for each in parameters if each.default is None and each.name not in arguments
        ]
        if missing:
            raise self._misfit(f"it needs {', '.join(missing)}")
        supplied = self._supplied()
        for name, is_needed in injected.items():
            if is_needed and name not in supplied:
                raise WorkflowError(f"workflow {self._name}: the session has no {name}")
        return {name: supplied[name] for name in injected if name in supplied} | arguments

    def call(self, arguments: Mapping[str, Any]) -> Any:
        """Run it with what `bind` returned, and return its value."""
        return run_to_end(self._run(), arguments)

    async def acall(self, arguments: Mapping[str, Any]) -> Any:
        """Run it without blocking the event loop."""
        if self.source.is_async:
            value = self._run()(**arguments)
        else:  # the module itself may take its time, too
            value = await asyncio.to_thread(lambda: self._run()(**arguments))
        return await value if inspect.iscoroutine(value) else value

    def test(self) -> Any:
        """Run the function `test` of the source."""
        module = self._module()
        function = module["test"]
        supplied, wanted = self._supplied(), inspect.signature(function).parameters
        return run_to_end(function, {name: supplied[name] for name in wanted if name in supplied})

    def _misfit(self, problem: str) -> WorkflowArgumentError:
        return WorkflowArgumentError(f"workflow {self._name}: {problem}")

    def _supplied(self) -> dict[str, Any]:
        found = self._namespaces()
        return {name: found[name] for name in INJECTED if name in found}

    def _run(self) -> Callable[..., Any]:
        function: Callable[..., Any] = self._module()["run"]
        return function

    def _module(self) -> dict[str, Any]:
        """Execute the source and return its globals."""
        _show_lines(self.filename, self.source.text)
        module = ModuleType(f"threadbook.workflow.{self._name}")
        names = vars(module)
        names |= {"__file__": self.filename, **self._supplied()}
        sys.modules[module.__name__] = module  # where dataclasses look up annotations
        exec(self._code, names)  # noqa: S102  what a workflow is for; only ever in a kernel
        return names


def run_to_end(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Call a function and, where it returns a coroutine, return what that comes to."""
    value = function(**arguments)
    if not inspect.iscoroutine(value):
        return value
    if not _is_loop_running():
        return asyncio.run(value)
    return _in_helper_thread(value)


def _is_loop_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _in_helper_thread(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in the loop of another thread, and wait for it."""
    outcome: Future[Any] = Future()
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any] | None]] = []
    is_stopped = threading.Event()

    async def main() -> Any:
        loops.append((asyncio.get_running_loop(), task := asyncio.current_task()))
        if is_stopped.is_set() and task is not None:
            task.cancel()
        return await coroutine

    def work() -> None:
        try:
            outcome.set_result(asyncio.run(main()))
        except BaseException as error:  # noqa: BLE001  the caller raises it
            outcome.set_exception(error)

    # The coroutine belongs to the same call, and cell, as what waits for it.
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(work,), name="workflow", daemon=True)
    try:
        thread.start()
        wait([outcome])
    except BaseException:
        is_stopped.set()
        for loop, task in loops:
            with suppress(RuntimeError):  # it has ended meanwhile
                loop.call_soon_threadsafe(task.cancel)  # type: ignore[union-attr]
        if loops:
            wait([outcome], timeout=_GRACE_SECONDS)
        else:  # the thread could not be started, or is only about to begin
            with suppress(ValueError):
                coroutine.close()
        raise
    return outcome.result()


@lru_cache(maxsize=256)
def _compiled(text: str, filename: str) -> tuple[Source, CodeType]:
    source = parse_source(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return source, compile(text, filename, "exec", dont_inherit=True)


def _show_lines(filename: str, text: str) -> None:
    """Let tracebacks show the lines of a source that is in no file."""
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
