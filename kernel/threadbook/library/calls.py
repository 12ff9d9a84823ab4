"""Calls of workflows: each is a pair of records, with all that happens in between as children."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from threadbook.folds.workflows import Version
from threadbook.library.context import Context, within
from threadbook.library.program import Program
from threadbook.library.summary import clean_text, summary
from threadbook.records.bodies import CellError, WorkflowCall, WorkflowResult


class Call:
    """One call of a version: on the record before it begins, and when it has ended."""

    def __init__(
        self, context: Context, version: Version, program: Program, arguments: dict[str, Any]
    ) -> None:
        """Make a call that fits. Raises WorkflowArgumentError."""
        self._context = context
        self._version = version
        self._program = program
        self._arguments = arguments
        self._bound = program.bind(arguments)
        self._returned = ""

    def run(self) -> Any:
        """Run to the end and return the value, or raise what the workflow raised."""
        with self._recorded():
            value = self._program.call(self._bound)
            self._returned = clean_text(type(value).__name__)
            return value

    async def arun(self) -> Any:
        """Do what `run` does without blocking the event loop."""
        with self._recorded():
            value = await self._program.acall(self._bound)
            self._returned = clean_text(type(value).__name__)
            return value

    @contextmanager
    def _recorded(self) -> Iterator[None]:
        cell, workspace = self._context.cell(), self._context.workspace
        begun = self._context.append(
            WorkflowCall(
                workflow=self._version.id,
                name=self._version.name,
                version=self._version.version,
                arguments=summary(self._arguments),
                workspace=workspace,
                cell=cell,
            )
        )
        began, failure = time.perf_counter_ns(), None
        try:
            with within(begun.id):
                yield
        except BaseException as error:
            failure = error
            raise
        finally:
            result = WorkflowResult(
                status=_status(failure),
                duration_ms=round((time.perf_counter_ns() - began) / 1e6, 3),
                returned=self._returned,
                error=None if failure is None else _error(failure, self._program.filename),
                workspace=workspace,
                cell=cell,
            )
            # On the thread that the call is on, whichever the session has gone on to.
            self._context.sink.append(result.draft(thread=begun.thread, parents=(begun.id,)))


def _status(failure: BaseException | None) -> Literal["ok", "error", "interrupted"]:
    if failure is None:
        return "ok"
    interrupts = (KeyboardInterrupt, asyncio.CancelledError, GeneratorExit)
    return "interrupted" if isinstance(failure, interrupts) else "error"


def _error(failure: BaseException, filename: str) -> CellError:
    """Return what is recorded of an exception, with the line of the workflow it came from."""
    try:
        message = str(failure)
    except Exception:  # noqa: BLE001  what somebody's __str__ does is not the failure
        message = ""
    name = clean_text(type(failure).__name__)
    return CellError(name=name, value=clean_text(message), line=_line_in(failure, filename))


def _line_in(failure: BaseException, filename: str) -> int | None:
    line, traceback = None, failure.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == filename:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
