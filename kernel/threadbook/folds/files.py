"""Files: the tree that the records of writes, moves and removals add up to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from threadbook.errors import RecordError
from threadbook.folds.fold import Fact, Fold
from threadbook.log.store import Query
from threadbook.records.bodies import FileFolder, FileMove, FileRemove, FileWrite

THREAD = "threadbook.files"
"""The thread that holds the records of files."""

ROOT = "/"
_LONGEST_PATH = 1024


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder.

    `content_hash` is the SHA-256 of a file's content, which is the blob of that name; `size` is in
    bytes, `mtime` Unix time in milliseconds, `record` the id of the record that wrote it, and
    `actor` who asked for it. A published entry is pinned: it is not written again.
    """

    path: str
    is_folder: bool = False
    content_hash: str | None = None
    size: int = 0
    mtime: int = 0
    content_type: str | None = None
    record: str = ""
    actor: str = ""
    clock: int = 0
    is_pinned: bool = False

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class Files(msgspec.Struct):
    """All entries by path. Folders exist by having been made, or by what is in them."""

    entries: dict[str, Entry] = msgspec.field(default_factory=dict)

    def find(self, path: str) -> Entry | None:
        """Return the entry at `path`, that of a folder nobody made included."""
        if (entry := self.entries.get(path)) is not None:
            return entry
        if path == ROOT or any(self.below(path)):
            return Entry(path=path, is_folder=True)
        return None

    def below(self, folder: str) -> Iterator[Entry]:
        """Yield what is in a folder, at any depth."""
        start = folder.rstrip("/") + "/"
        return (entry for path, entry in self.entries.items() if path.startswith(start))

    def children(self, folder: str) -> list[Entry]:
        """Return what is directly in a folder, by name."""
        start = folder.rstrip("/") + "/"
        names = {entry.path[len(start) :].partition("/")[0] for entry in self.below(folder)}
        paths = (start + name for name in sorted(names))
        return [self.entries.get(path) or Entry(path=path, is_folder=True) for path in paths]

    def used(self) -> int:
        """Return the bytes of all files."""
        return sum(entry.size for entry in self.entries.values())


class FilesFold(Fold[Files]):
    """The tree of all files of a log."""

    name = "files"
    version = 1
    state_type = Files
    wants = (Query(thread=THREAD),)

    def apply(self, state: Files, fact: Fact) -> Files:
        """See Fold.apply; a record that makes no sense where it stands changes nothing."""
        kind = _BODIES.get(fact.kind or "")
        if kind is None:
            return state
        try:
            body: Any = msgspec.convert(fact.body, kind)
        except msgspec.ValidationError:
            return state
        if isinstance(body, FileWrite):
            state.entries[body.path] = _written(body, fact)
        elif isinstance(body, FileFolder):
            made = Entry(path=body.path, is_folder=True, **_origin(body, fact))
            state.entries.setdefault(body.path, made)
        elif isinstance(body, FileMove):
            _move(state, body.source, body.target)
        else:
            for path in [body.path, *(entry.path for entry in state.below(body.path))]:
                state.entries.pop(path, None)
        return state


_BODIES = {kind.KIND: kind for kind in (FileWrite, FileFolder, FileMove, FileRemove)}


def _written(body: FileWrite, fact: Fact) -> Entry:
    return Entry(
        path=body.path,
        content_hash=body.content.blob,
        size=body.content.size,
        content_type=body.content.media_type,
        is_pinned=body.pinned,
        **_origin(body, fact),
    )


def _origin(body: FileWrite | FileFolder, fact: Fact) -> dict[str, Any]:
    return {
        "mtime": fact.recorded_at,
        "record": fact.id,
        "actor": body.actor or fact.actor,
        "clock": fact.clock,
    }


def _move(files: Files, source: str, target: str) -> None:
    moved = [entry for entry in (files.entries.get(source), *files.below(source)) if entry]
    for entry in moved:
        del files.entries[entry.path]
    for entry in moved:
        path = target + entry.path[len(source) :]
        files.entries[path] = msgspec.structs.replace(entry, path=path)


def check_path(path: str) -> str:
    """Return a path as it is kept: absolute, without detours. Raises RecordError."""
    if len(path) > _LONGEST_PATH or not path.isprintable():
        raise RecordError(f"a path has printable characters only, at most {_LONGEST_PATH}")
    parts = path.removesuffix("/").split("/")[1:]
    if not path.startswith("/") or any(part in ("", ".", "..") for part in parts):
        raise RecordError(
            f"{path!r} is no path", remedy="begin with /, and leave out empty parts, . and .."
        )
    return "/" + "/".join(parts)
