"""Restoring a backup: verified first, and never over something without moving that aside."""

from __future__ import annotations

from pathlib import Path

import msgspec

from threadbook.errors import ConfigError, StoreError
from threadbook.log import crashpoints
from threadbook.log.log import BLOBS, open_log
from threadbook.ops.copy import check_copy, check_sound, copy_blobs, copy_log
from threadbook.ops.files import (
    beside,
    copy_bytes,
    draft_beside,
    file_of,
    move_aside,
    opened,
    publish,
    url_of,
)


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What was restored: how much, up to when (Unix time in milliseconds), and what it replaced."""

    store: str
    records: int
    blobs: int
    last_recorded_at: int | None
    moved_to: Path | None


def restore(source: Path, store_url: str, *, replace: bool = False) -> Restored:
    """Put the backup `source` into the store at `store_url`.

    The backup is copied and the copy verified before anything is touched. A store that holds
    records is refused; with `replace`, its files are moved into a folder beside it, which only
    SQLite stores allow. Stop whoever writes to the store first. Raises StoreError and ConfigError.
    """
    source, target = source.expanduser().absolute(), file_of(store_url)
    if target == source:
        raise ConfigError("a backup cannot be restored to itself", remedy="name the store")
    with draft_beside(target or source) as draft:
        copy_bytes(source, draft)
        with opened(draft) as copy:
            check_sound(copy)
            last = next(iter(copy.latest()), None)
            restored = Restored(
                store=store_url,
                records=copy.size,
                blobs=len(copy.store.blob_digests()),
                last_recorded_at=last.recorded_at if last else None,
                moved_to=None,
            )
            if target is None:
                _into_server(copy.url, store_url)
        if target is not None:
            _blobs_into_files(draft, store_url)
            moved_to = _make_room(target, replace=replace)
            crashpoints.reach("restore:moved")
            publish(draft, target)
            restored = msgspec.structs.replace(restored, moved_to=moved_to)
    with open_log(store_url) as log:
        check_sound(log)
    return restored


def _make_room(target: Path, *, replace: bool) -> Path | None:
    if not target.exists() and not beside(target):
        return None
    if not replace and not _is_empty(target):
        raise ConfigError(
            f"there is a store at {target}",
            remedy="--replace moves it aside; --to names another place",
        )
    return move_aside(target)


def _is_empty(target: Path) -> bool:
    """Tell whether a file is a sound store without records and blobs; others may be of use."""
    if not target.exists():
        return False
    try:
        with open_log(f"sqlite:///{target}") as log:
            return log.size == 0 and not log.store.blob_digests() and not log.read(limit=1)
    except StoreError:
        return False


def _blobs_into_files(draft: Path, store_url: str) -> None:
    """Copy the blobs to where the store URL says that they are, if it does."""
    _, mark, blobs = store_url.partition(BLOBS)
    if mark:
        url = url_of(draft)
        with open_log(url) as copy, open_log(f"{url}{BLOBS}{blobs}") as log:
            copy_blobs(copy.store, log.store)


def _into_server(copy_url: str, store_url: str) -> None:
    """Copy into a database server; what an earlier attempt left there is gone on with."""
    with open_log(copy_url) as copy, open_log(store_url) as log:
        copy_log(copy, log)
        check_copy(copy, log)
