"""Lineage: the versions of each artifact, what made them, from what, and who read them.

`threadbook.artifact.save` makes the next version of the artifact it names, `.delete` ends one
version or all there are, `.load` says that a cell read one. `inputs` are ids of records that save
what went in. Names are those of one workspace; another one may have the same.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from threadbook.folds.fields import text_of, texts_of
from threadbook.folds.fold import Fact, Fold
from threadbook.log.store import Query
from threadbook.records.bodies import ArtifactDelete, ArtifactLoad, ArtifactSave, BlobRef
from threadbook.records.record import Act

_HIGHEST = 2**31
_LARGEST = 2**53
_DIGEST = re.compile("[0-9a-f]{64}")


class Version(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One version of an artifact; `id` is the record that saved it, `at` is Unix milliseconds.

    `cell` is the id of the cell that made it, `deleted_by` of the record that deleted it; `codec`,
    `type`, `metadata` and `preview` are those of the record.
    """

    id: str
    name: str
    version: int
    thread: str
    actor: str
    at: int
    content: BlobRef
    workspace: str = ""
    codec: str = ""
    type: str = ""
    description: str = ""
    metadata: dict[str, Any] = {}
    preview: str = ""
    cell: str | None = None
    inputs: list[str] = []
    deleted_by: str | None = None


class Read(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version was read: `id` is the record that says so, `cell` the cell, None outside cells."""

    id: str
    thread: str
    actor: str
    at: int
    cell: str | None = None


class LineageState(msgspec.Struct, kw_only=True):
    """Versions by the id of their record; ids by workspace and name, by cell, by what they used.

    `reads` are by the id that was read, `loads` the ids that a cell read, in order.
    """

    versions: dict[str, Version] = {}
    by_name: dict[str, dict[str, dict[int, str]]] = {}
    by_cell: dict[str, list[str]] = {}
    uses: dict[str, list[str]] = {}
    reads: dict[str, list[Read]] = {}
    loads: dict[str, list[str]] = {}


class LineageFold(Fold[LineageState]):
    """Gathers artifacts."""

    name = "lineage"
    version = 2
    state_type = LineageState
    wants = (
        Query(kind=ArtifactSave.KIND),
        Query(kind=ArtifactLoad.KIND),
        Query(kind=ArtifactDelete.KIND),
    )

    def apply(self, state: LineageState, fact: Fact) -> LineageState:
        """See Fold.apply."""
        if fact.act == Act.PUT and fact.kind == ArtifactSave.KIND:
            _save(state, fact)
        elif fact.act == Act.GET and fact.kind == ArtifactLoad.KIND:
            _load(state, fact)
        elif fact.act == Act.PUT and fact.kind == ArtifactDelete.KIND:
            _delete(state, fact)
        return state


def artifacts(state: LineageState, workspace: str = "") -> list[Version]:
    """Return the newest version of each artifact that is not deleted, by name."""
    names = sorted(state.by_name.get(workspace, {}))
    newest = (latest(state, name, workspace) for name in names)
    return [version for version in newest if version is not None]


def versions(state: LineageState, name: str, workspace: str = "") -> list[Version]:
    """Return all versions of an artifact, the deleted ones too, newest first."""
    of_name = state.by_name.get(workspace, {}).get(name, {})
    return [state.versions[save] for save in reversed(of_name.values())]


def latest(state: LineageState, name: str, workspace: str = "") -> Version | None:
    """Return the newest version that is not deleted, None where there is none."""
    found = versions(state, name, workspace)
    return next((one for one in found if one.deleted_by is None), None)


def in_workspace(state: LineageState, workspace: str) -> list[Version]:
    """Return all versions of all artifacts of a workspace, the deleted ones too, oldest first."""
    return [one for one in state.versions.values() if one.workspace == workspace]


def made_by(state: LineageState, cell: str) -> list[Version]:
    """Return the versions that a cell saved, in order."""
    return [state.versions[save] for save in state.by_cell.get(cell, ())]


def loaded_by(state: LineageState, cell: str) -> list[Version]:
    """Return the versions that a cell read, in order."""
    return [state.versions[save] for save in state.loads.get(cell, ())]


def reads_of(state: LineageState, save: str) -> tuple[Read, ...]:
    """Return who read a version, in order: each cell once, and each thread once outside cells."""
    return tuple(state.reads.get(save, ()))


def has_read(state: LineageState, save: str, *, thread: str, cell: str | None) -> bool:
    """Tell whether a cell, or outside cells a thread, is known to have read a version."""
    if cell is not None:
        return save in state.loads.get(cell, ())
    return any(one.thread == thread and one.cell is None for one in state.reads.get(save, ()))


def sources(state: LineageState, save: str) -> list[Version]:
    """Return all that a version was made from, directly or not, the nearest first."""
    return _reach(state, save, lambda one: state.versions[one].inputs)


def products(state: LineageState, save: str) -> list[Version]:
    """Return all that was made from a version, directly or not, the nearest first."""
    return _reach(state, save, lambda one: state.uses.get(one, ()))


def _reach(state: LineageState, start: str, steps: Callable[[str], Iterable[str]]) -> list[Version]:
    if start not in state.versions:
        return []
    seen, queue, found = {start}, deque([start]), []
    while queue:
        for save in steps(queue.popleft()):
            if save in state.versions and save not in seen:
                seen.add(save)
                queue.append(save)
                found.append(state.versions[save])
    return found


def _save(state: LineageState, fact: Fact) -> None:
    name, content = text_of(fact.body, "name"), _content(fact)
    if name is None or content is None:
        return
    workspace = _workspace(fact)
    of_name = state.by_name.setdefault(workspace, {}).setdefault(name, {})
    version = _next(of_name, fact.body.get("version"))
    cell = text_of(fact.body, "cell")
    inputs = [save for save in texts_of(fact.body, "inputs") if save != fact.id]
    state.versions[fact.id] = Version(
        id=fact.id,
        name=name,
        version=version,
        thread=fact.thread,
        actor=fact.actor,
        at=fact.recorded_at,
        content=content,
        workspace=workspace,
        codec=text_of(fact.body, "codec") or "",
        type=text_of(fact.body, "type") or "",
        description=text_of(fact.body, "description") or "",
        metadata=_metadata(fact),
        preview=text_of(fact.body, "preview") or "",
        cell=cell,
        inputs=inputs,
    )
    of_name[version] = fact.id
    if cell is not None:
        state.by_cell.setdefault(cell, []).append(fact.id)
    for save in inputs:
        state.uses.setdefault(save, []).append(fact.id)


def _load(state: LineageState, fact: Fact) -> None:
    save, cell = text_of(fact.body, "save") or "", text_of(fact.body, "cell")
    version = state.versions.get(save)
    if version is None or version.workspace != _workspace(fact):
        return
    if has_read(state, save, thread=fact.thread, cell=cell):
        return
    read = Read(id=fact.id, thread=fact.thread, actor=fact.actor, at=fact.recorded_at, cell=cell)
    state.reads.setdefault(save, []).append(read)
    if cell is not None:
        state.loads.setdefault(cell, []).append(save)


def _next(of_name: dict[int, str], wanted: object) -> int:
    """Return the version that was asked for if it is above all there are, else the next.

    Two processes that save at once may ask for the same.
    """
    highest = next(reversed(of_name), 0)
    is_above = isinstance(wanted, int) and highest < wanted < _HIGHEST
    return int(wanted) if is_above else highest + 1  # type: ignore[call-overload]


def _content(fact: Fact) -> BlobRef | None:
    try:
        content = msgspec.convert(fact.body.get("content"), BlobRef)
    except msgspec.ValidationError:
        return None
    is_blob = _DIGEST.fullmatch(content.blob) and 0 <= content.size < _LARGEST
    return content if is_blob else None


def _metadata(fact: Fact) -> dict[str, Any]:
    metadata = fact.body.get("metadata")
    try:
        msgspec.msgpack.encode(metadata)  # what has no place in a snapshot has none in the state
    except OverflowError:
        return {}
    return metadata if isinstance(metadata, dict) else {}


def _workspace(fact: Fact) -> str:
    return text_of(fact.body, "workspace") or ""


def _delete(state: LineageState, fact: Fact) -> None:
    name = text_of(fact.body, "name")
    of_name = state.by_name.get(_workspace(fact), {}).get(name or "", {})
    version = fact.body.get("version")
    if version is None:
        saves = list(of_name.values())
    elif isinstance(version, int) and version in of_name:
        saves = [of_name[version]]
    else:
        saves = []
    for save in saves:
        one = state.versions[save]
        one.deleted_by = one.deleted_by or fact.id
