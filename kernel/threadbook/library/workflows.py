"""The namespace `workflows`: code that is saved once, and called from any session on the store.

Saved source is parsed and never run on saving, listing, searching or reading; its code runs when
it is called, in a kernel. A version is a record with the hash of its source; it is never changed,
and the next one does not end it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

from threadbook.errors import WorkflowError, WorkflowInvalid
from threadbook.folds.workflows import Version
from threadbook.library import promotion
from threadbook.library.context import Context
from threadbook.library.examples import check_examples, run_tests
from threadbook.library.faults import reported
from threadbook.library.shelf import Shelf, blob_of
from threadbook.library.source import Source, check_description, check_name, parse_source
from threadbook.library.workflow import Workflow, WorkflowList
from threadbook.log.forks import renew_in_child
from threadbook.records.bodies import WorkflowSave, WorkflowTests
from threadbook.search import Index

_Examples = list[dict[str, Any]]  # in the class, `list` is a method
_Ids = list[str]
_Pieces = list[promotion.Piece]
_WEIGHTS = {"name": 8.0, "description": 4.0, "parameters": 1.0}

COMPLETED = (
    ("threadbook", "library", "workflows", "Workflows"),
    ("threadbook", "library", "workflow", "Workflow"),
)
"""Classes whose attributes completion may look at: that reads the library, and runs nothing."""


class Workflows:
    """Workflows of this workspace: `workflows.<name>(…)` runs one; list(), search() find them.

    A source defines `run`, `def` or `async def`. Its parameters are given by keyword; those named
    `tools`, `workflows`, `artifacts`, `deps`, `sdk` or `thread` are supplied. Variables of cells
    are not visible in it.
    """

    def __init__(
        self, context: Context, namespaces: Callable[[], dict[str, Any]] | None = None
    ) -> None:
        """Without `namespaces`, workflows can be saved and read here, and are not run."""
        self._shelf = Shelf(context, namespaces)
        self._renew()
        renew_in_child(self._renew)

    def list(self) -> WorkflowList:
        """Return the newest version of each workflow, by name."""
        with reported("list"):
            return self._shown(self._shelf.all())

    def search(self, query: str, limit: int = 10) -> WorkflowList:
        """Return up to `limit` workflows whose name, description or parameters fit, best first."""
        with reported("search"):
            _check_search(query, limit)
            there = {version.id: version for version in self._shelf.all()}
            hits = self._updated_index(there).search(query, limit=limit)
            return self._shown(there[hit.key] for hit in hits if hit.key in there)

    def get(self, name: str, version: int | None = None) -> Workflow:
        """Return a workflow, by default its newest version. Raises WorkflowNotFound."""
        with reported("get"):
            return Workflow(self._shelf.find(name, version), self._shelf)

    def history(self, name: str) -> WorkflowList:
        """Return all versions, the deleted ones too, newest first. Raises WorkflowNotFound."""
        with reported("history"):
            return self._shown(self._shelf.versions(name))

    def invoke(self, name: str, /, **arguments: Any) -> Any:
        """Run the newest version of a workflow, and return what it returns."""
        with reported("invoke"):
            workflow = Workflow(self._shelf.find(name), self._shelf)
        return workflow(**arguments)

    def create(
        self,
        name: str,
        source: str,
        description: str = "",
        *,
        examples: Iterable[dict[str, Any]] | None = None,
        allow_failing: bool = False,
    ) -> Workflow:
        """Save a workflow; where there is one of this name, this is its next version.

        `description` is by default the first paragraph of the docstring. `examples`, such as
        `[{"arguments": {"n": 2}, "returns": 4}]`, and a function `test` in the source are run
        first: where one fails nothing is saved, unless `allow_failing`. Raises WorkflowInvalid.
        """
        with reported("create"):
            check_name(name)
            parsed = parse_source(source)
            checked = check_examples(examples or [])
            return self._save(name, parsed, description, checked, allow_failing=allow_failing)

    def update(
        self,
        name: str,
        source: str,
        description: str | None = None,
        *,
        examples: Iterable[dict[str, Any]] | None = None,
        allow_failing: bool = False,
    ) -> Workflow:
        """Save the next version of a workflow that is there; see `create`.

        Description and examples stay those of the version before where they are None. Raises
        WorkflowNotFound, WorkflowInvalid.
        """
        with reported("update"):
            before = self._shelf.find(name)
            parsed = parse_source(source)
            if description is None:
                description = self._own_description(before)
            checked = check_examples(self._shelf.examples(before) if examples is None else examples)
            return self._save(name, parsed, description, checked, allow_failing=allow_failing)

    def delete(self, name: str) -> bool:
        """List a workflow no longer; return whether there was one. Its records stay."""
        with reported("delete"):
            if self._shelf.newest(name) is None:
                return False
            self._shelf.delete(name)
            return True

    def test(self, name: str, version: int | None = None) -> WorkflowTests:
        """Run the examples and the test of a version again, and return what came of them."""
        with reported("test"):
            found = self._shelf.find(name, version)
            return run_tests(self._shelf.program(found), self._shelf.examples(found))

    def promote(
        self,
        name: str,
        cell: str | None = None,
        description: str = "",
        *,
        thread: str | None = None,
    ) -> Workflow:
        """Save what a cell did as a workflow: its code as `run()`, its last expression returned.

        `cell` is a record id, by default that of the last cell of this thread that went well;
        with `thread`, all cells of a thread that went well are taken. Code with magics or shell
        lines, or that needs what it does not define, is refused: WorkflowInvalid.
        """
        with reported("promote"):
            check_name(name)
            pieces = self._pieces(cell, thread)
            parsed = parse_source(promotion.wrapped(pieces))
            origin = [piece.id for piece in pieces]
            return self._save(name, parsed, description, [], origin=origin)

    def __getattr__(self, name: str) -> Workflow:
        """Return the newest version of a workflow. Raises WorkflowNotFound."""
        if name.startswith("_"):  # no workflow is called so; Python and IPython look for many
            raise AttributeError(name)
        with reported(name):
            return Workflow(self._shelf.find(name), self._shelf)

    def __dir__(self) -> Iterable[str]:
        try:
            names = [workflow.name for workflow in self.list()]
        except WorkflowError:
            names = []
        return sorted({*super().__dir__(), *names})

    def __repr__(self) -> str:
        try:
            return f"<Workflows: {len(self.list())} saved; help(workflows) lists what it can do>"
        except WorkflowError as error:
            return f"<Workflows: {error}>"

    def _renew(self) -> None:
        """Begin with an empty index: in a forked child, its lock may be another thread's."""
        self._index: Index | None = None
        self._indexed: set[str] = set()

    def _pieces(self, cell: str | None, thread: str | None) -> _Pieces:
        log = self._shelf.context.sink.log()
        _check_origin(cell, thread)
        if thread is not None:
            return promotion.pieces_of(log, thread)
        if cell is not None:
            return [promotion.piece_of(log, cell)]
        return [promotion.last_piece(log, self._shelf.context.thread())]

    def _save(
        self,
        name: str,
        parsed: Source,
        description: str,
        examples: _Examples,
        *,
        origin: _Ids | None = None,
        allow_failing: bool = False,
    ) -> Workflow:
        check_description(description)
        version = self._shelf.next_number(name)
        tests = self._tests(name, version, parsed, examples)
        if tests.status == "failed" and not allow_failing:
            raise WorkflowInvalid(
                f"its tests fail: {tests.detail}",
                remedy="mend it, or save it as it is with allow_failing=True",
            )
        context = self._shelf.context
        body = WorkflowSave(
            name=name,
            version=version,
            source=blob_of(parsed.text),
            description=description or parsed.description,
            parameters=list(parsed.parameters),
            returns=parsed.returns,
            is_async=parsed.is_async,
            examples=examples,
            tests=tests,
            origin=origin or [],
            workspace=context.workspace,
            cell=context.cell(),
        )
        return Workflow(self._shelf.save(body, parsed.text), self._shelf)

    def _tests(self, name: str, version: int, parsed: Source, examples: _Examples) -> WorkflowTests:
        if not examples and not parsed.has_test:
            return WorkflowTests()
        if self._shelf.namespaces is None:
            return WorkflowTests(status="not_run")
        return run_tests(self._shelf.load(name, version, parsed.text), examples)

    def _own_description(self, version: Version) -> str:
        """Return the description that was given, none where it was that of the docstring."""
        default = parse_source(self._shelf.source(version)).description
        return "" if version.description == default else version.description

    def _updated_index(self, there: dict[str, Version]) -> Index:
        """Return the index of these versions; only those that are new are read."""
        if self._index is None:
            self._index = Index(_WEIGHTS)
            weakref.finalize(self, self._index.close)
        self._index.remove(self._indexed - there.keys())
        new = there.keys() - self._indexed
        self._index.put({save: _searched(there[save]) for save in new})
        self._indexed = set(there)
        return self._index

    def _shown(self, versions: Iterable[Version]) -> WorkflowList:
        return WorkflowList(Workflow(version, self._shelf) for version in versions)


def _check_origin(cell: object, thread: object) -> None:
    if cell is not None and thread is not None:
        raise WorkflowInvalid("name a cell or a thread, not both")
    if not all(one is None or isinstance(one, str) for one in (cell, thread)):
        raise WorkflowInvalid("a cell, and a thread, is named by its id")


def _check_search(query: object, limit: object) -> None:
    if not isinstance(query, str):
        raise WorkflowError(f"a search is text, not {type(query).__name__}")
    if not isinstance(limit, int):
        raise WorkflowError(f"limit is a number of workflows, not {type(limit).__name__}")


def _searched(version: Version) -> dict[str, str]:
    parameters = " ".join(f"{each.name} {each.description}" for each in version.parameters)
    return {
        "name": version.name,
        "description": version.description,
        "parameters": parameters,
    }
