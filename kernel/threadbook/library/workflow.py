"""A workflow as code in a session sees it: what is known of a version, and a way to call it."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from threadbook.errors import WorkflowArgumentError
from threadbook.folds.workflows import Version
from threadbook.library.calls import Call
from threadbook.library.faults import reported
from threadbook.library.shelf import Shelf
from threadbook.records.bodies import WorkflowParameter, WorkflowTests
from threadbook.tables import Listing, facts_html
from threadbook.text import actor_text, count_text

_SHOWN = 80


class Workflow:
    """One version of a workflow. `workflow(…)` runs it, `await workflow.acall(…)` also does.

    Arguments are given by keyword. The call returns what `run` does, and raises what it raises.
    `record` is the id of the record that saved the version, `author` who did, under a key where
    it `is_signed`, `cell` the cell it was done in, and `origin` the cells that it was made from.
    `runs` counts the calls so far. Times (`at`, `last_used`) are Unix milliseconds.
    """

    def __init__(self, version: Version, shelf: Shelf) -> None:
        self._version = version
        self._shelf = shelf
        self.name = version.name
        self.version = version.version
        self.description = version.description
        self.parameters: tuple[WorkflowParameter, ...] = tuple(version.parameters)
        self.returns = version.returns
        self.is_async = version.is_async
        self.record = version.id
        self.author = version.actor
        self.is_signed = version.is_signed
        self.at = version.at
        self.thread = version.thread
        self.cell = version.cell
        self.origin: tuple[str, ...] = tuple(version.origin)
        self.tests: WorkflowTests = version.tests
        self.is_deleted = version.deleted_by is not None
        self.runs = version.calls
        self.success_rate = version.success_rate
        self.last_used = version.last_used
        # What `help`, `?` and completion look for.
        self.__name__ = version.name
        self.__signature__ = signature_of(self.parameters, version.returns)
        self.__doc__ = self._documentation()

    def __call__(self, /, *arguments: Any, **by_name: Any) -> Any:
        """Run it, and return what it returns; see the module `program` for how."""
        return self._prepared(arguments, by_name).run()

    async def acall(self, /, *arguments: Any, **by_name: Any) -> Any:
        """Run it without blocking the event loop."""
        return await self._prepared(arguments, by_name).arun()

    @property
    def signature(self) -> str:
        """The parameters and what is returned, as in source."""
        return str(self.__signature__)

    @property
    def source(self) -> str:
        """The source, which defines `run`. Raises WorkflowError where it cannot be read."""
        with reported("get"):
            return self._shelf.source(self._version)

    def __repr__(self) -> str:
        about = f": {_line(self.description)}" if self.description else ""
        return _printable(f"<Workflow {self.name} v{self.version}{self.signature}{about}>")

    def _repr_html_(self) -> str:
        facts = [
            ("description", self.description),
            ("parameters", _parameter_lines(self.parameters)),
            ("version", f"{self.version}, {self._provenance()}"),
            ("tests", _tests_text(self.tests)),
            ("runs", _runs_text(self)),
        ]
        shown = [(name, _printable(text)) for name, text in facts if text]
        return facts_html(shown, caption=_printable(f"workflow {self.name}{self.signature}"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Workflow) and other.record == self.record

    def __hash__(self) -> int:
        return hash(self.record)

    def _prepared(self, arguments: Sequence[Any], by_name: dict[str, Any]) -> Call:
        with reported(self.name):
            if arguments:
                raise WorkflowArgumentError(f"workflow {self.name}: arguments are given by keyword")
            program = self._shelf.program(self._version)
            return Call(self._shelf.context, self._version, program, by_name)

    def _provenance(self) -> str:
        moment = datetime.fromtimestamp(self.at / 1000).astimezone()
        cell = f", in cell {self.cell[:12]}" if self.cell else ""
        return f"saved {moment:%Y-%m-%d %H:%M} by {actor_text(self.author)}{cell}"

    def _documentation(self) -> str:
        parts = [
            self.description,
            _parameter_lines(self.parameters),
            f"Version {self.version}, {self._provenance()}. Tests: {_tests_text(self.tests)}.",
        ]
        return _printable("\n\n".join(part for part in parts if part))


class WorkflowList(Listing[Workflow], list[Workflow]):
    """Workflows in a list, which shows as a table."""

    caption = "workflows"
    headings = ("name", "version", "description", "tests", "runs", "success")

    def cells(self, item: Workflow) -> Sequence[str]:
        """See Listing."""
        rate = item.success_rate
        return (
            item.name,
            str(item.version),
            _printable(_line(item.description)),
            item.tests.status,
            str(item.runs),
            "" if rate is None else f"{rate:.0%}",
        )


class SourceText(str):
    """Source that shows as such in a signature, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def signature_of(parameters: Iterable[WorkflowParameter], returns: str) -> inspect.Signature:
    """Return a signature with annotations and defaults as they were written.

    All parameters are given by keyword; one whose name nobody could write is left out.
    """
    found: dict[str, inspect.Parameter] = {}
    rest: list[inspect.Parameter] = []
    for each in parameters:
        if not each.name.isidentifier() or keyword.iskeyword(each.name) or each.name in found:
            continue
        shown = inspect.Parameter(
            each.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if each.default is None else SourceText(each.default),
            annotation=SourceText(each.type) if each.type else inspect.Parameter.empty,
        )
        if each.kind != "var_keyword":
            found[each.name] = shown
        elif not rest:
            rest.append(shown.replace(kind=inspect.Parameter.VAR_KEYWORD, default=shown.empty))
    rest = [each for each in rest if each.name not in found]
    returned = SourceText(returns) if returns else inspect.Signature.empty
    return inspect.Signature([*found.values(), *rest], return_annotation=returned)


def _parameter_lines(parameters: Iterable[WorkflowParameter]) -> str:
    return "\n".join(
        f"{each.name}{f' ({each.type})' if each.type else ''}: {_line(each.description)}"
        for each in parameters
        if each.description
    )


def _tests_text(tests: WorkflowTests) -> str:
    if tests.status in ("none", "not_run"):
        return tests.status.replace("_", " ")
    counts = f"{tests.passed} passed, {tests.failed} failed"
    return f"{counts}\n{tests.detail}" if tests.detail else counts


def _runs_text(workflow: Workflow) -> str:
    rate = workflow.success_rate
    return count_text(workflow.runs, "run") + ("" if rate is None else f", {rate:.0%} successful")


def _line(text: str) -> str:
    """Return the beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def _printable(text: str) -> str:
    """Return text without what could steer a terminal: whoever shares the store wrote it."""
    if all(line.isprintable() for line in text.split("\n")):
        return text
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
