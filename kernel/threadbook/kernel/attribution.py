"""Threads of user code: what they print belongs to the cell that started them.

ipykernel gives the output of a thread to whichever cell ran last. Here a thread, and a task given
to a thread pool, keeps the cell in which it was started or submitted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import wraps
from typing import Any

from ipykernel.zmqshell import ZMQInteractiveShell


def inherit_cells(shell: ZMQInteractiveShell) -> None:
    """Make threads of this process carry on the cell of the code that starts them.

    Replaces `Thread.start` and `ThreadPoolExecutor.submit`, the two ways in which Python code
    hands work to another thread; `asyncio.to_thread` and `run_in_executor` use the latter.
    """
    start, submit = threading.Thread.start, ThreadPoolExecutor.submit

    @wraps(start)
    def start_in_cell(self: threading.Thread) -> None:
        parent, run = shell.get_parent(), self.run

        def run_in_cell() -> None:
            self.__dict__.pop("run", None)  # uncovers the method of the class
            shell.set_thread_parent(parent)
            run()

        self.run = run_in_cell  # type: ignore[method-assign]
        try:
            start(self)
        except BaseException:  # there may be no more threads just now; the caller may try again
            self.__dict__.pop("run", None)
            raise

    @wraps(submit)  # type: ignore[arg-type]
    def submit_in_cell(
        self: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Future[Any]:
        parent = shell.get_parent()

        def call_in_cell() -> Any:
            tokens = shell.set_thread_parent(parent)
            try:
                return fn(*args, **kwargs)
            finally:
                shell.reset_thread_parent(tokens)

        return submit(self, call_in_cell)

    threading.Thread.start = start_in_cell  # type: ignore[method-assign]
    ThreadPoolExecutor.submit = submit_in_cell  # type: ignore[method-assign,assignment]
