"""Transfer: a library copied between a storage and a folder. What is copied is never run.

The marks of steps: `+` is new there, `~` becomes another version, `=` is the same, `<` is older
than what the other side has and stays, `!` is refused, for a reason. Nothing is ever deleted: what
is only on the other side stays there.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import BinaryIO

import msgspec

from threadbook.errors import (
    ArtifactInvalid,
    LibraryError,
    LogError,
    NamespaceError,
    StoreUnavailable,
    WorkflowInvalid,
)
from threadbook.library import content
from threadbook.library.artifact import Artifact
from threadbook.library.catalogue import Catalogue
from threadbook.library.codecs import CODECS
from threadbook.library.codecs.codec import OCTETS, guessed
from threadbook.library.context import Context
from threadbook.library.folder import NOTES, Folder
from threadbook.library.holding import Holding, Key, Step, differences, order, step_of
from threadbook.library.shelf import Shelf
from threadbook.library.source import LARGEST_SOURCE, parse_source
from threadbook.library.workflows import Workflows
from threadbook.records.bodies import ArtifactSave, BlobRef

_NOTED = ("description", "examples", "codec", "type", "media_type", "metadata", "preview")
"""What a file does not tell of itself, and `library.json` does."""
_REFUSING = (NamespaceError, LibraryError, LogError)
_LARGEST_EDITED = 64 * 1024 * 1024


class Library:
    """The workflows and artifacts of one workspace, as content."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._shelf = Shelf(context)
        self._catalogue = Catalogue(context)

    def holdings(self) -> dict[Key, Holding]:
        """Return the newest version of each, workflows first. Raises StoreError."""
        workflows = [
            Holding(
                kind="workflow",
                name=one.name,
                hash=one.source.blob,
                size=one.source.size,
                version=one.version,
                at=one.at,
                description=one.description,
            )
            for one in self._shelf.all()
        ]
        artifacts = [_holding_of(one) for one in self._catalogue.newest()]
        return {one.key: one for one in (*workflows, *artifacts)}

    def open(self, holding: Holding) -> BinaryIO:
        """Return a content; it is checked as it is read. Raises ArtifactInvalid."""
        return content.opened(self._context.sink.log().blobs, holding.hash)

    def noted(self, holding: Holding) -> Holding:
        """Return all that is needed to save it elsewhere as it is here.

        The description of a workflow is left out where it is that of its docstring.
        """
        if holding.kind == "artifact":
            return holding
        version = self._shelf.find(holding.name, holding.version)
        description = version.description
        with contextlib.suppress(WorkflowInvalid):  # what somebody else has put into the log
            if parse_source(self._shelf.source(version)).description == description:
                description = ""
        return msgspec.structs.replace(
            holding, description=description, examples=self._shelf.examples(version)
        )

    def check(self, holding: Holding, source: BinaryIO) -> None:
        """Raise WorkflowInvalid or ArtifactInvalid for what `save` would refuse."""
        if holding.kind == "workflow":
            parse_source(_text_of(source))

    def save(self, holding: Holding, source: BinaryIO) -> None:
        """Save a content as the next version. Raises what refuses it, and StoreUnavailable."""
        if holding.kind == "workflow":
            Workflows(self._context).create(
                holding.name,
                _text_of(source),
                holding.description,
                examples=holding.examples,
            )
        else:
            self._save_artifact(holding, source)
        if trouble := self._context.sink.trouble:
            raise StoreUnavailable(f"{trouble}: what was saved waits in the outbox")

    def _save_artifact(self, holding: Holding, source: BinaryIO) -> None:
        standing = self._catalogue.standing(holding.name, is_counted=False)
        body = ArtifactSave(
            name=holding.name,
            version=standing.version,
            content=BlobRef(
                blob=holding.hash,
                size=holding.size,
                media_type=holding.media_type or guessed(holding.name, OCTETS),
            ),
            workspace=self._context.workspace,
            codec=holding.codec,
            type=holding.type,
            description=holding.description,
            metadata=holding.metadata,
            preview=holding.preview,
        )
        body.draft(thread=self._context.thread()).check()
        blobs = self._context.sink.log().blobs
        stored = blobs.put(source, media_type=body.content.media_type)
        if stored.blob != holding.hash:
            raise LibraryError("the file was changed while it was read", remedy="try again")
        self._context.append(body)


def pull(
    library: Library, folder: Folder, *, force: bool = False, dry_run: bool = False
) -> list[Step]:
    """Write the newest version of each to files, and return what was done about it.

    A file that was changed since it was pulled is refused, unless `force`. Raises LibraryError
    for a folder that cannot be used, and StoreError.
    """
    noted = folder.noted()
    there = library.holdings()
    known = dict(noted)
    steps = []
    for key, holding in there.items():
        try:
            _check_room(key, there)
            step = _pulled(holding, folder.hash_of(key), noted.get(key), force=force)
            if step.mark in "+~" and not dry_run:
                with library.open(holding) as source:
                    folder.write(key, source, replace=step.mark == "~")
            if step.mark != "!":
                known[key] = library.noted(holding)
        except _REFUSING as error:
            step = _refused(key, error)
        steps.append(step)
    if not dry_run:
        folder.note(known)
    return steps


def push(
    library: Library, folder: Folder, *, force: bool = False, dry_run: bool = False
) -> list[Step]:
    """Save the files of a folder that was pulled, where they were changed; see `pull`.

    What was changed on both sides is refused, unless `force`: then the file is the next version.
    """
    if not folder.has_notes:
        raise LibraryError(
            f"{folder.path} was not pulled: there is no {NOTES}",
            remedy="threadbook library bootstrap saves the files of any folder",
        )
    noted = folder.noted()
    there = library.holdings()
    scan = folder.scan()
    known = dict(noted)
    steps = list(scan.refused)
    for key, holding in scan.holdings.items():
        before = noted.get(key)
        step = _pushed(holding, there.get(key), before, force=force)
        try:
            if step.mark in "+~":
                known[key] = _save(library, folder, holding, before, dry_run=dry_run)
            elif step.mark == "=":
                known[key] = library.noted(there[key])
        except _REFUSING as error:
            step = _refused(key, error)
        steps.append(step)
    if not dry_run:
        folder.note(known)
    return _ordered(steps)


def bootstrap(library: Library, folder: Folder, *, dry_run: bool = False) -> list[Step]:
    """Save the files of any folder, where the storage has other content or none."""
    scan = folder.scan()
    noted = folder.noted()
    there = library.holdings()
    steps = list(scan.refused)
    for key, holding in scan.holdings.items():
        present = {key: there[key]} if key in there else {}
        (step,) = differences(present, {key: holding})
        try:
            if step.mark != "=":
                _save(library, folder, holding, noted.get(key), dry_run=dry_run)
        except _REFUSING as error:
            step = _refused(key, error)
        steps.append(step)
    return _ordered(steps)


def _ordered(steps: list[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: order((step.kind, step.name)))


def _check_room(key: Key, there: Mapping[Key, Holding]) -> None:
    """Raise LibraryError where another file stands in the place of a folder that this one needs."""
    kind, name = key
    parts = name.split("/")
    for end in range(1, len(parts)):
        above = "/".join(parts[:end])
        if kind == "artifact" and (kind, above) in there:
            raise LibraryError(f"the artifact {above} is a file where its folder would be")


def _pulled(holding: Holding, present: str | None, noted: Holding | None, *, force: bool) -> Step:
    """Return what is to be done about what the storage has; `present` is the hash of the file."""
    if present is None:
        return step_of("+", holding.key)
    if present == holding.hash:
        return step_of("=", holding.key)
    if force or (noted is not None and noted.hash == present):
        return step_of("~", holding.key)
    return step_of("!", holding.key, "the file was changed here; --force writes over it")


def _pushed(holding: Holding, there: Holding | None, noted: Holding | None, *, force: bool) -> Step:
    """Return what is to be done about a file; `there` is what the storage has."""
    now, before = there and there.hash, noted and noted.hash
    if now == holding.hash:
        return step_of("=", holding.key)
    if holding.hash == before and not force:
        what = "has another version" if now else "no longer lists it"
        return step_of("<", holding.key, f"not changed here, and the storage {what}")
    if now is None:
        return step_of("+", holding.key)
    if force or now == before:
        return step_of("~", holding.key)
    reason = "it was changed in the storage, too; --force makes this the next version"
    return step_of("!", holding.key, reason)


def _save(
    library: Library, folder: Folder, holding: Holding, noted: Holding | None, *, dry_run: bool
) -> Holding:
    """Save a file, or only check it, and return what is known of it then."""
    with folder.open(holding.key) as source:
        described = _described(holding, noted, source)
        source.seek(0)
        (library.check if dry_run else library.save)(described, source)
    return described


def _refused(key: Key, error: Exception) -> Step:
    """Return why something is not done. A store that cannot be reached ends all of it."""
    if isinstance(error, StoreUnavailable):
        raise error
    return step_of("!", key, str(error))


def _described(holding: Holding, noted: Holding | None, source: BinaryIO) -> Holding:
    """Return a file with what is known of it. Raises ArtifactInvalid for edited data."""
    if noted is None or noted.codec not in CODECS:
        return holding
    known = {name: getattr(noted, name) for name in _NOTED}
    if holding.hash != noted.hash:
        known["preview"] = ""
        if noted.codec in ("json", "text"):
            known["type"] = _edited_type(noted.codec, source)
    return msgspec.structs.replace(holding, **known)


def _edited_type(codec: str, source: BinaryIO) -> str:
    """Return the type of a value that was edited as text. Raises ArtifactInvalid."""
    data = source.read(_LARGEST_EDITED + 1)
    if len(data) > _LARGEST_EDITED:
        raise ArtifactInvalid(f"{codec} of more than {_LARGEST_EDITED:,} bytes is not read here")
    try:
        text = data.decode()
        value = json.loads(text) if codec == "json" else text
    except (ValueError, RecursionError) as error:
        raise ArtifactInvalid(f"it was saved as {codec}, and is none now: {error}") from None
    name = CODECS[codec].type_of(value)
    if name is None:
        raise ArtifactInvalid(f"it was saved as {codec}, and holds what {codec} cannot carry now")
    return name


def _text_of(source: BinaryIO) -> str:
    data = source.read(LARGEST_SOURCE + 1)
    if len(data) > LARGEST_SOURCE:
        raise WorkflowInvalid(f"the source has more than {LARGEST_SOURCE:,} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise WorkflowInvalid(f"line {line}: the source is not UTF-8") from None


def _holding_of(one: Artifact) -> Holding:
    return Holding(
        kind="artifact",
        name=one.name,
        hash=one.hash,
        size=one.size,
        version=one.version or 0,
        at=one.at,
        description=one.description,
        codec=one.codec,
        type=one.type,
        media_type=one.media_type,
        metadata=one.metadata,
        preview=one.preview,
    )
