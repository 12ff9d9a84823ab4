"""The packages of a session, on the trusted side: what may change, and what is recorded of it.

Records say what is installed, on this thread and in this workspace; the overlay of a session is
made to be what they say. So a change is resolved and built first, then recorded, and then counts:
whatever fails or dies before leaves all as it was, and after a death in between `sync` goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from threadbook.errors import (
    BlobNotFound,
    DepsError,
    DepsLocked,
    InstallFailed,
    RequirementInvalid,
)
from threadbook.folds.deps import Change, DepsFold, DepsState
from threadbook.folds.fold import Projection
from threadbook.library.context import Context
from threadbook.library.deps_methods import METHODS, AddDeps, RemoveDeps
from threadbook.library.environment import Environment
from threadbook.library.finishing import to_its_end
from threadbook.library.installer import Installer
from threadbook.library.overlay import Generation, Overlay
from threadbook.library.packages import (
    DepsChange,
    DepsSync,
    Lock,
    Package,
    Problem,
    Requirement,
    difference,
)
from threadbook.library.requirements import parse, parse_all, parse_names
from threadbook.records.bodies import DepsAdd, DepsRemove, DepsUpdate, Resolved

_MEDIA_TYPE = "text/x-requirements"
_MOST_HASHES = 1000  # 71 bytes each: what is more stays out of the body, which has a limit


class Deps:
    """What is installed for a session beside the kernel's own environment.

    Only records of the session's own identity say what that is, and of the `trusted` actors.
    Without `allow_runtime_deps` nothing can be changed; whoever owns the session may prepare it
    with another Deps, that may, on the same overlay. All methods run in an event loop; cancelling
    a call ends the installer and changes nothing.
    """

    def __init__(
        self,
        context: Context,
        overlay: Overlay,
        installer: Installer,
        *,
        allow_runtime_deps: bool = True,
        trusted: Collection[str] = (),
    ) -> None:
        self._context = context
        self._overlay = overlay
        self._installer = installer
        self._may_change = allow_runtime_deps
        self._trusted = frozenset(trusted)

    async def add(self, *requirements: str, dry_run: bool = False) -> DepsChange:
        """Ask for packages, and install what that takes. With `dry_run` only say what it takes.

        What is there keeps its version where it can. Raises DepsLocked, RequirementInvalid,
        InstallFailed.
        """
        self._require_unlocked("deps.add")
        asked = parse_all(requirements)
        async with self._overlay.held():
            state = await self._state()
            wanted = {one.name: one for one in state.requirements} | {
                one.name: one for one in asked
            }
            environment = await self._installer.environment()
            _require_possible(asked, environment)
            lock = await self._installer.resolve(
                tuple(wanted.values()), environment, current=state.lock
            )
            update = _Update(
                kind=DepsAdd,
                requested=tuple(map(str, asked)),
                state=State(tuple(wanted.values()), lock),
            )
            present = _present(asked, state.lock, lock, environment)
            return await self._change(state, update, environment, present, dry_run=dry_run)

    async def remove(self, *names: str, dry_run: bool = False) -> DepsChange:
        """No longer ask for packages; what only they needed goes with them.

        Raises DepsLocked, RequirementInvalid for what was not asked for, InstallFailed.
        """
        self._require_unlocked("deps.remove")
        gone = parse_names(names)
        async with self._overlay.held():
            state = await self._state()
            _require_asked(gone, state)
            environment = await self._installer.environment()
            wanted = tuple(one for one in state.requirements if one.name not in gone)
            lock = await self._former(wanted)
            if lock is None:
                lock = await self._installer.resolve(wanted, environment, current=state.lock)
            update = _Update(kind=DepsRemove, requested=gone, state=State(wanted, lock))
            return await self._change(state, update, environment, dry_run=dry_run)

    async def undo(self) -> DepsChange:
        """Take the last change back: what is installed is exactly what was before it.

        Raises DepsLocked, DepsError where there is nothing to undo, InstallFailed.
        """
        self._require_unlocked("deps.undo")
        async with self._overlay.held():
            changes = await asyncio.to_thread(self._changes)
            last = changes.last
            if last is None:
                raise DepsError("there is no change to undo", namespace="deps")
            update = _Update(
                kind=DepsAdd if last.is_removal else DepsRemove,
                requested=tuple(last.requested),
                state=await asyncio.to_thread(self._state_after, changes.before),
                undoes=last.record,
            )
            environment = await self._installer.environment()
            state = await asyncio.to_thread(self._state_after, last)
            return await self._change(state, update, environment)

    async def list(self) -> tuple[Requirement, ...]:
        """Return what was asked for, in order."""
        return (await self._state()).requirements

    async def installed(self) -> tuple[Package, ...]:
        """Return what that came to: packages at exact versions, with hashes."""
        return (await self._state()).lock.packages

    async def lock(self) -> str:
        """Return the lock: a requirements file with exact versions and hashes."""
        return (await self._state()).lock.text

    async def sync(self) -> DepsSync:
        """Make the overlay what the records say, file by file; needed once for each session.

        Raises InstallFailed.
        """
        async with self._overlay.held():
            lock = (await self._state()).lock
            current = self._overlay.current()
            problems: tuple[Problem, ...] = ()
            if current is None and not lock.packages:
                return DepsSync()
            if current is not None:
                problems = await asyncio.to_thread(current.verify)
            if current is None or problems or not current.holds(lock):
                current = await self._generation(lock, await self._installer.environment())
                self._overlay.switch(current)
            return DepsSync(
                folder=str(current.site_packages), packages=lock.packages, problems=problems
            )

    async def verify(self) -> tuple[Problem, ...]:
        """Return what in the overlay is not as the records say; `sync` puts it right."""
        lock = (await self._state()).lock
        current = self._overlay.current()
        if current is None:
            return (Problem("current", "missing"),) if lock.packages else ()
        problems = await asyncio.to_thread(current.verify)
        return problems if current.holds(lock) else (Problem("lock.txt", "changed"), *problems)

    async def answer(self, method: str, params: Mapping[str, Any] | msgspec.Struct) -> Any:
        """Do what a kernel asks for, by the methods of deps_methods.py. Raises NamespaceError."""
        if method not in METHODS:
            raise DepsError(f"there is no method {method!r}", namespace="deps", operation=method)
        try:
            asked = msgspec.convert(params, METHODS[method][0])
        except msgspec.ValidationError as error:
            raise RequirementInvalid(str(error), namespace="deps", operation=method) from None
        if isinstance(asked, AddDeps):
            return await self.add(*asked.requirements, dry_run=asked.dry_run)
        if isinstance(asked, RemoveDeps):
            return await self.remove(*asked.names, dry_run=asked.dry_run)
        return await getattr(self, method.removeprefix("deps."))()

    async def _change(
        self,
        before: State,
        update: _Update,
        environment: Environment,
        present: tuple[Package, ...] = (),
        *,
        dry_run: bool = False,
    ) -> DepsChange:
        """Build, record and switch to the state of an update, or say what that would change."""
        change = difference(before.lock, update.state.lock)
        change = msgspec.structs.replace(change, already_present=present, dry_run=dry_run)
        if dry_run:
            return change
        generation = await self._generation(update.state.lock, environment)
        if await self._state() != before:
            raise InstallFailed(
                "another session changed the packages of this thread meanwhile",
                remedy="nothing was changed; try again",
                namespace="deps",
            )
        return await to_its_end(self._commit, update, change, generation, update.changes(before))

    async def _generation(self, lock: Lock, environment: Environment) -> Generation:
        """Return a generation that holds a lock: one that is there, or a new one."""
        found = await asyncio.to_thread(self._overlay.find, lock)
        if found is not None:
            return found
        with self._overlay.draft() as draft:
            await self._installer.install(lock, draft / "site-packages")
            unmet = await asyncio.to_thread(environment.unmet, draft / "site-packages")
            if unmet:
                raise InstallFailed(
                    f"this does not fit the kernel's environment: {'; '.join(unmet)}",
                    remedy="nothing was changed; the environment is another one than when this was"
                    " locked: ask for the packages again",
                    namespace="deps",
                )
            return await to_its_end(self._overlay.publish, draft, lock)

    def _commit(
        self, update: _Update, change: DepsChange, generation: Generation, is_new: bool
    ) -> DepsChange:
        record = self._record(update, change) if is_new else ""
        self._overlay.switch(generation)
        folder = str(generation.site_packages)
        return msgspec.structs.replace(change, folder=folder, record=record)

    def _record(self, update: _Update, change: DepsChange) -> str:
        lock = update.state.lock
        body = update.kind(
            requested=[*update.requested],
            requirements=[str(one) for one in update.state.requirements],
            lock=self._context.sink.put_blob(lock.text.encode(), media_type=_MEDIA_TYPE),
            resolved=_resolved(lock, change.new_names),
            dropped=[package.name for package in change.removed],
            workspace=self._context.workspace,
            cell=self._context.cell(),
            undoes=update.undoes,
        )
        return self._context.append(body).id

    async def _state(self) -> State:
        return await asyncio.to_thread(lambda: self._state_after(self._changes().last))

    async def _former(self, wanted: tuple[Requirement, ...]) -> Lock | None:
        """Return the lock that these requirements had come to before, if they had."""
        changes = (await asyncio.to_thread(self._changes)).changes
        texts = [str(one) for one in wanted]
        for change in reversed(changes):
            if change.requirements == texts:
                return (await asyncio.to_thread(self._state_after, change)).lock
        return None

    def _changes(self) -> DepsState:
        fold = DepsFold(
            self._context.thread(),
            workspace=self._context.workspace,
            actors={self._context.sink.identity.actor_did, *self._trusted},
        )
        log = self._context.sink.log()
        return Projection(log, fold, snapshot_every=None).read().value

    def _state_after(self, change: Change | None) -> State:
        if change is None:
            return State((), Lock())
        try:
            text = self._context.sink.log().blobs.get(change.lock).decode(errors="replace")
            return State(tuple(map(parse, change.requirements)), Lock.parse(text))
        except (BlobNotFound, RequirementInvalid) as error:
            raise InstallFailed(
                f"what record {change.record} says was installed cannot be read: {error.message}",
                remedy="start a thread of its own, or restore the store from a backup",
                namespace="deps",
            ) from error

    def _require_unlocked(self, operation: str) -> None:
        if not self._may_change:
            raise DepsLocked(
                "packages of this session are fixed", namespace="deps", operation=operation
            )


class State(NamedTuple):
    """What is asked for, in order, and what it came to."""

    requirements: tuple[Requirement, ...]
    lock: Lock


class _Update(msgspec.Struct, frozen=True, kw_only=True):
    """A change to be: the state after it, and what the record says of it."""

    kind: type[DepsUpdate]
    requested: tuple[str, ...]
    state: State
    undoes: str | None = None

    def changes(self, before: State) -> bool:
        """Tell whether there is anything to record."""
        return self.undoes is not None or self.state != before


def _require_possible(asked: Sequence[Requirement], environment: Environment) -> None:
    """Refuse another version of what the kernel itself runs on."""
    for one in asked:
        if not environment.takes(one.name, one.specifier):
            raise InstallFailed(
                f"{one} is not what the kernel's own environment has:"
                f" {one.name} {environment.versions[one.name]}",
                remedy="nothing was changed; ask for that version, or start the kernel in an"
                " environment with another",
                namespace="deps",
                operation="deps.add",
            )


def _require_asked(names: Sequence[str], state: State) -> None:
    asked = {one.name for one in state.requirements}
    for name in names:
        if name not in asked:
            needed = ": others need it" if name in state.lock.versions else ""
            raise RequirementInvalid(
                f"{name} was not asked for{needed}",
                remedy=f"these were: {', '.join(sorted(asked)) or 'none'}",
                namespace="deps",
                operation="deps.remove",
            )


def _present(
    asked: Sequence[Requirement], before: Lock, after: Lock, environment: Environment
) -> tuple[Package, ...]:
    """Return what of the packages asked for was there before."""
    locked = {package.name: package for package in after.packages if package in before.packages}
    own = {name: Package(name, version) for name, version in environment.versions.items()}
    there = own | locked
    return tuple(there[one.name] for one in asked if one.name in there)


def _resolved(lock: Lock, names: Collection[str]) -> dict[str, Resolved]:
    packages = [package for package in lock.packages if package.name in names]
    is_short = sum(len(package.hashes) for package in packages) <= _MOST_HASHES
    return {
        package.name: Resolved(
            version=package.version, hashes=[*package.hashes] if is_short else []
        )
        for package in packages
    }
