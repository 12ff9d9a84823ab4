"""What may be done to the files of the data plane, given those that are there."""

from __future__ import annotations

import json

import msgspec

from threadbook.folds.files import Entry, Files
from threadbook.service.problems import Problem


def require(files: Files, path: str) -> Entry:
    """Return what is at a path; nothing is a Problem."""
    entry = files.find(path)
    if entry is None:
        raise Problem(404, "NOT_FOUND", f"there is nothing at {path}")
    return entry


def check_write(
    files: Files,
    path: str,
    expected: str | msgspec.UnsetType | None,
    quota: int,
    size: int,
) -> None:
    """Raise the Problem that keeps `size` bytes from being written to a path, if there is one.

    `expected` is the hash that has to be there, None for nothing, UNSET for whatever it is.
    """
    entry = files.find(path)
    if entry is not None and entry.is_folder:
        raise conflict("IS_A_FOLDER", f"{path} is a folder")
    check_parents(files, path)
    current = entry.content_hash if entry else None
    if expected is not msgspec.UNSET and current != expected:
        detail = json.dumps({"expected_hash": expected, "current_hash": current})
        raise Problem(409, "precondition_failed", f"{path} is not what you read", detail=detail)
    check_unpinned([entry] if entry else [])
    if quota and files.used() - (entry.size if entry else 0) + size > quota:
        raise Problem(507, "QUOTA_EXCEEDED", f"all files may have {quota} bytes")


def check_parents(files: Files, path: str) -> None:
    """Raise the Problem of a path that leads through a file."""
    parent = path.rpartition("/")[0]
    while parent:
        if (entry := files.entries.get(parent)) is not None and not entry.is_folder:
            raise conflict("NOT_A_FOLDER", f"{parent} is a file")
        parent = parent.rpartition("/")[0]


def check_unpinned(entries: list[Entry]) -> None:
    """Raise the Problem of changing what is published."""
    for entry in entries:
        if entry.is_pinned:
            raise conflict("PINNED", f"{entry.path} is published and stays as it is")


def conflict(code: str, message: str) -> Problem:
    """Return what does not go with what is there."""
    return Problem(409, code, message)
