"""Workflows: the versions of each, by workspace, and how their calls went.

`threadbook.workflow.save` makes the next version of the workflow it names, `.delete` ends all
there are; `.call` and its child `.result` count for the version that they name.
"""

from __future__ import annotations

import keyword
import re
import unicodedata

import msgspec

from threadbook.folds.fold import Fact, Fold
from threadbook.log.store import Query
from threadbook.records.bodies import (
    BlobRef,
    WorkflowCall,
    WorkflowDelete,
    WorkflowParameter,
    WorkflowResult,
    WorkflowSave,
    WorkflowTests,
)

LONGEST_NAME = 64
RESERVED = frozenset(
    {
        "acall", "create", "delete", "get", "history", "invoke", "list", "promote", "run",
        "search", "test", "update",
    }
)  # fmt: skip
"""Names that the namespace has itself, or may come to have."""

_HIGHEST = 2**31
_LARGEST = 2**53
_MOST_OPEN = 10_000
"""Calls without a result that are remembered: of those whose kernel died none will come."""
_DIGEST = re.compile("[0-9a-f]{64}")


class Version(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One version of a workflow; `id` is the record that saved it. Times are Unix milliseconds.

    `actor` saved it, under a key where it `is_signed`. `calls` counts those that began, `ok` and
    `failed` those that ended by themselves; `last_used` is when the last one began.
    """

    id: str
    name: str
    version: int
    thread: str
    actor: str
    is_signed: bool
    at: int
    source: BlobRef
    description: str = ""
    parameters: list[WorkflowParameter] = []
    returns: str = ""
    is_async: bool = False
    tests: WorkflowTests = WorkflowTests()
    origin: list[str] = []
    cell: str | None = None
    deleted_by: str | None = None
    calls: int = 0
    ok: int = 0
    failed: int = 0
    last_used: int | None = None

    @property
    def success_rate(self) -> float | None:
        """How many of the calls that ended did so without an error, from 0 to 1."""
        ended = self.ok + self.failed
        return self.ok / ended if ended else None


class Space(msgspec.Struct, kw_only=True):
    """The workflows of one workspace: versions by the id of their record; ids by name."""

    versions: dict[str, Version] = {}
    by_name: dict[str, dict[int, str]] = {}


class OpenCall(msgspec.Struct, kw_only=True):
    """A call without a result yet: of which version, in which workspace, by whom."""

    workspace: str
    save: str
    actor: str


class WorkflowsState(msgspec.Struct, kw_only=True):
    """Workspaces by name, and calls that have not ended, by id."""

    spaces: dict[str, Space] = {}
    open: dict[str, OpenCall] = {}


class WorkflowsFold(Fold[WorkflowsState]):
    """Gathers workflows."""

    name = "workflows"
    version = 1
    state_type = WorkflowsState
    wants = tuple(
        Query(kind=body.KIND)
        for body in (WorkflowSave, WorkflowDelete, WorkflowCall, WorkflowResult)
    )

    def apply(self, state: WorkflowsState, fact: Fact) -> WorkflowsState:
        """See Fold.apply."""
        body = _body(fact)
        if isinstance(body, WorkflowSave):
            _save(state, body, fact)
        elif isinstance(body, WorkflowDelete):
            _delete(state, body, fact)
        elif isinstance(body, WorkflowCall):
            _call(state, body, fact)
        elif isinstance(body, WorkflowResult):
            _result(state, body, fact)
        return state


def name_problem(name: object) -> str | None:
    """Return why this cannot be the name of a workflow, None if it can."""
    if not isinstance(name, str):
        return f"a name is text, not {type(name).__name__}"
    if len(name) > LONGEST_NAME:
        return f"the name has {len(name)} characters; the limit is {LONGEST_NAME}"
    problems = (
        (not name.isidentifier(), "is no identifier: letters, digits and _, no digit first"),
        (keyword.iskeyword(name), "is a keyword of Python"),
        (name.startswith("_"), "begins with _"),
        (name in RESERVED, "is the name of something that `workflows` has itself"),
        # Code could not reach it.
        (unicodedata.normalize("NFKC", name) != name, "has characters that Python reads as others"),
    )
    return next((f"{name!r} {why}" for is_so, why in problems if is_so), None)


def workflows(state: WorkflowsState, workspace: str) -> list[Version]:
    """Return the newest version of each workflow that is not deleted, by name."""
    space = state.spaces.get(workspace, Space())
    newest = (latest(state, workspace, name) for name in sorted(space.by_name))
    return [version for version in newest if version is not None]


def versions(state: WorkflowsState, workspace: str, name: str) -> list[Version]:
    """Return all versions of a workflow, the deleted ones too, newest first."""
    space = state.spaces.get(workspace, Space())
    return [space.versions[save] for save in reversed(space.by_name.get(name, {}).values())]


def latest(state: WorkflowsState, workspace: str, name: str) -> Version | None:
    """Return the newest version that is not deleted, None where there is none."""
    found = versions(state, workspace, name)
    return next((one for one in found if one.deleted_by is None), None)


_Body = WorkflowSave | WorkflowDelete | WorkflowCall | WorkflowResult
_BODIES: dict[str, type[_Body]] = {
    body.KIND: body for body in (WorkflowSave, WorkflowDelete, WorkflowCall, WorkflowResult)
}


def _body(fact: Fact) -> _Body | None:
    """Return the typed body, None where it is of another kind or act, or malformed."""
    kind = _BODIES.get(fact.kind or "")
    if kind is None or fact.act != kind.ACT:
        return None
    try:
        return msgspec.convert(fact.body, kind)
    except msgspec.ValidationError:
        return None


def _save(state: WorkflowsState, body: WorkflowSave, fact: Fact) -> None:
    if name_problem(body.name) is not None or not _is_blob(body.source):
        return
    space = state.spaces.setdefault(body.workspace, Space())
    of_name = space.by_name.setdefault(body.name, {})
    version = _next(of_name, body.version)
    of_name[version] = fact.id
    space.versions[fact.id] = Version(
        id=fact.id,
        name=body.name,
        version=version,
        thread=fact.thread,
        actor=fact.actor,
        is_signed=fact.is_signed,
        at=fact.recorded_at,
        source=body.source,
        description=body.description,
        parameters=body.parameters,
        returns=body.returns,
        is_async=body.is_async,
        tests=_tests(body.tests),
        origin=body.origin,
        cell=body.cell,
    )


def _next(of_name: dict[int, str], wanted: int) -> int:
    """Return the version that was asked for if it is above all there are, else the next.

    Two processes that save at once may ask for the same.
    """
    highest = next(reversed(of_name), 0)
    return wanted if highest < wanted < _HIGHEST else highest + 1


def _is_blob(source: BlobRef) -> bool:
    return _DIGEST.fullmatch(source.blob) is not None and 0 <= source.size < _LARGEST


def _tests(tests: WorkflowTests) -> WorkflowTests:
    """Return the outcome of tests, without counts that nobody can have counted."""
    is_counted = 0 <= tests.passed < _LARGEST and 0 <= tests.failed < _LARGEST
    return tests if is_counted else msgspec.structs.replace(tests, passed=0, failed=0)


def _delete(state: WorkflowsState, body: WorkflowDelete, fact: Fact) -> None:
    for version in versions(state, body.workspace, body.name):
        version.deleted_by = version.deleted_by or fact.id


def _call(state: WorkflowsState, body: WorkflowCall, fact: Fact) -> None:
    space = state.spaces.get(body.workspace)
    version = space.versions.get(body.workflow) if space else None
    if version is None:
        return
    version.calls += 1
    version.last_used = fact.recorded_at
    state.open[fact.id] = OpenCall(workspace=body.workspace, save=version.id, actor=fact.actor)
    if len(state.open) > _MOST_OPEN:
        del state.open[next(iter(state.open))]


def _result(state: WorkflowsState, body: WorkflowResult, fact: Fact) -> None:
    """Count an outcome, once for each call, and only if who called says so."""
    for parent in fact.parents:
        call = state.open.get(parent)
        if call is None or call.actor != fact.actor:
            continue
        del state.open[parent]
        version = state.spaces[call.workspace].versions[call.save]
        if body.status == "ok":
            version.ok += 1
        elif body.status == "error":
            version.failed += 1
