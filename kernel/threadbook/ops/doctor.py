"""The doctor: looks at everything a log depends on, and changes nothing.

Each check answers for itself, so that one which fails does not hide the others.
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from threadbook.config import Settings, data_folder, store_url, without_password
from threadbook.errors import LogError, ThreadbookError
from threadbook.kernel import kernelspec
from threadbook.kernel.liveness import Holder
from threadbook.log.log import Log, chain_after, open_log
from threadbook.log.outbox import Outbox
from threadbook.log.store import Query, Row, Tip
from threadbook.log.verify import verify
from threadbook.ops import backup, erase
from threadbook.ops.copy import tip_at
from threadbook.ops.files import file_of
from threadbook.ops.migrate import schema_of
from threadbook.records.canonical import sha256_hex
from threadbook.records.identity import Identity, is_key_did, verify_signature
from threadbook.records.record import Record
from threadbook.records.tombstone import is_tombstone
from threadbook.text import count_text

NEWEST = 1000
"""How many records a quick check looks at."""

_MIB = 1024 * 1024
_LITTLE_SPACE = 1024 * _MIB
_NO_SPACE = 100 * _MIB
_LARGE_WAL = 64 * _MIB
_OLD_BACKUP_HOURS = 48
_EXTRAS = {
    "service": ("starlette", "uvicorn"),
    "postgres": ("psycopg",),
    "redis": ("redis",),
    "blobs": ("fsspec",),
    "lab": ("jupyterlab",),
}


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at. `remedy` says what to do where the status is not ok."""

    name: str
    status: Literal["ok", "warn", "fail"]
    detail: str
    remedy: str = ""


def examine(
    store: str | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    full: bool = False,
) -> Iterator[Check]:
    """Yield the checks of the store that is named, or that of the environment.

    Quick checks look at the newest records; `full` verifies everything.
    """
    try:
        settings = Settings.from_environ(environ)
        if store is not None:
            settings = msgspec.structs.replace(settings, store=store_url(store))
    except ThreadbookError as error:
        yield _fail("settings", error)
        return
    shown = without_password(settings.store)
    yield Check(name="settings", status="ok", detail=f"store {shown}")
    yield _key(settings)
    yield from _store(settings, full=full)
    yield _outbox(settings)
    yield _kernelspec()
    yield from _services()
    yield _extras()


def _key(settings: Settings) -> Check:
    if settings.actor:
        return _warn(
            "key",
            f"records are written as {settings.actor}, which nothing proves",
            "unset THREADBOOK_ACTOR to write with a key",
        )
    try:
        if not settings.key.exists():
            return Check(name="key", status="ok", detail="none yet: made with the first record")
        identity = Identity.key(settings.key)
    except (ThreadbookError, OSError) as error:
        return _fail("key", error)
    return Check(name="key", status="ok", detail=identity.actor_did)


def _store(settings: Settings, *, full: bool) -> Iterator[Check]:
    file = file_of(settings.store)
    if settings.store == "memory:":
        yield _warn("store", "in memory: it ends with its process", "set THREADBOOK_STORE")
        return
    if file is not None:
        if not file.exists():
            yield _warn("store", f"there is none at {file} yet", "it is made with the first record")
            return
        yield _files(file)
        yield _space(file)
        try:
            schema = schema_of(settings.store)
        except ThreadbookError as error:
            yield _fail("schema", error)
            return
        if not schema.is_current:
            yield _outdated(schema.version, schema.newest)
            return
        yield Check(name="schema", status="ok", detail=f"version {schema.version}")
    try:
        with open_log(settings.store) as log:
            yield Check(name="store", status="ok", detail=count_text(log.size, "record"))
            yield _records(log, full=full)
            yield _holders(log)
            yield _erasures(log)
            yield _backup(log)
    except ThreadbookError as error:
        yield _fail(
            "store", error, "`threadbook restore` a backup, or `threadbook repair` the file"
        )


def _outdated(version: int, newest: int) -> Check:
    if version > newest:
        detail = f"version {version}; this threadbook knows {newest}"
        return Check(name="schema", status="fail", detail=detail, remedy="upgrade threadbook")
    return _warn(
        "schema",
        f"version {version}; it becomes {newest} when the store is next opened",
        "a copy of the file is kept beside it then",
    )


def _files(file: Path) -> Check:
    status = file.stat()
    if stat.S_IMODE(status.st_mode) & 0o077:
        return _warn("permissions", f"others can read {file}", f"chmod 600 {file}")
    if not os.access(file, os.W_OK) or not os.access(file.parent, os.W_OK):
        return Check(
            name="permissions",
            status="fail",
            detail=f"{file} or its folder cannot be written",
            remedy="records wait in the outbox until they can",
        )
    return Check(name="permissions", status="ok", detail=f"only you can read {file}")


def _space(file: Path) -> Check:
    free = shutil.disk_usage(file.parent).free
    wal = file.with_name(file.name + "-wal")
    waiting = wal.stat().st_size if wal.exists() else 0
    detail = f"{free // _MIB:,} MiB free, store {file.stat().st_size // _MIB:,} MiB"
    if free < _NO_SPACE:
        return Check(name="space", status="fail", detail=detail, remedy="free disk space now")
    if free < _LITTLE_SPACE:
        return _warn("space", detail, "free disk space")
    if waiting > _LARGE_WAL:
        wal_detail = f"the WAL has {waiting // _MIB:,} MiB"
        return _warn("space", wal_detail, "a reader that never ends keeps it: end old processes")
    return Check(name="space", status="ok", detail=detail)


def _records(log: Log, *, full: bool) -> Check:
    if full:
        report = verify(log)
        if report.problems:
            detail = f"{len(report.problems)} problems, the first: {report.problems[0]}"
            return Check(name="records", status="fail", detail=detail, remedy=_REMEDY)
        return Check(name="records", status="ok", detail=f"all {report.records:,} verified")
    checked, problem = _newest(log)
    if problem:
        return Check(name="records", status="fail", detail=problem, remedy=_REMEDY)
    return Check(name="records", status="ok", detail=f"the newest {checked:,} verified")


_REMEDY = "`threadbook verify` names all; then `threadbook restore` a backup or `threadbook repair`"


def _newest(log: Log) -> tuple[int, str | None]:
    """Check the newest rows; return how many, and the first thing that is wrong."""
    end = log.store.tip()
    tip = tip_at(log.store, max(end.seq - NEWEST, 0))
    if tip is None:
        return 0, f"the log should have {end.seq} records, and has fewer"
    checked = 0
    for row in log.store.rows(Query(), after=tip.seq, limit=end.seq - tip.seq):
        checked += 1
        if row.seq != tip.seq + 1 or row.chain != chain_after(tip.chain, row):
            return checked, f"seq {row.seq} does not follow seq {tip.seq}"
        if problem := _problem_of(row):
            return checked, f"seq {row.seq}: {problem}"
        tip = Tip(row.seq, row.chain)
    if tip != end:
        return checked, f"the log ends at seq {tip.seq}, not at seq {end.seq} as noted"
    return checked, None


def _problem_of(row: Row) -> str | None:
    try:
        record = Record.from_canonical(row.canonical)
    except ValueError as error:
        return f"malformed: {error}"
    if is_tombstone(row.id, row.canonical, record):
        return None
    if sha256_hex(row.canonical) != row.id:
        return "the id is not the hash of the record"
    if is_key_did(row.actor) and not verify_signature(row.actor, row.canonical, row.sig or b""):
        return "the signature is not that of its actor"
    return None


def _holders(log: Log) -> Check:
    dead = 0
    holders = log.store.holders()
    for note in holders.values():
        try:
            dead += msgspec.json.decode(note, type=Holder).is_dead
        except msgspec.MsgspecError:
            continue
    if dead:
        return _warn(
            "holders",
            f"{dead} of {len(holders)} processes at work are dead",
            "the next kernel on this store writes the ends of their cells",
        )
    return Check(name="holders", status="ok", detail=f"{len(holders)} processes at work")


def _erasures(log: Log) -> Check:
    cut_short = [
        order
        for order in erase.unfinished(log)
        if not _is_alive(log.store.holders().get(erase.NOTE + order, ""))
    ]
    if cut_short:
        return Check(
            name="erasures",
            status="fail",
            detail=f"{len(cut_short)} are not carried out to the end",
            remedy="`threadbook erase --finish`",
        )
    return Check(name="erasures", status="ok", detail="none under way")


def _is_alive(note: str) -> bool:
    try:
        return not msgspec.json.decode(note, type=Holder).is_dead
    except msgspec.MsgspecError:
        return False


def _backup(log: Log) -> Check:
    newest = backup.latest(log.url)
    folder = backup.default_folder(log.url)
    if newest is None:
        return _warn("backup", f"there is none in {folder}", "`threadbook backup` makes one")
    end = backup.end_of(newest)
    if end is None:
        detail, remedy = f"{newest} cannot be read", "`threadbook backup` makes another"
        return Check(name="backup", status="fail", detail=detail, remedy=remedy)
    if tip_at(log.store, end.seq) != end:
        return Check(
            name="backup",
            status="fail",
            detail=f"the log does not begin with the {end.seq} records of {newest}",
            remedy="it was replaced or cut off: `threadbook restore` the backup elsewhere, compare",
        )
    hours = (time.time() - newest.stat().st_mtime) / 3600
    detail = f"{newest.name}: {hours:.0f} hours old, {log.size - end.seq:,} records behind"
    if hours > _OLD_BACKUP_HOURS:
        return _warn("backup", detail, "run `threadbook backup` every day")
    return Check(name="backup", status="ok", detail=detail)


def _outbox(settings: Settings) -> Check:
    try:
        outbox = Outbox(settings.outbox_file())
        waiting, refused = len(outbox.pending()), outbox.refused()
    except LogError as error:
        return _fail("outbox", error)
    if refused:
        return Check(
            name="outbox",
            status="fail",
            detail=f"{refused} of {waiting} records will never be taken",
            remedy=f"they and the reasons are in {outbox.path}",
        )
    if waiting:
        detail = f"{waiting} records wait"
        return _warn("outbox", detail, "they are delivered with the next record that is written")
    return Check(name="outbox", status="ok", detail="empty")


def _kernelspec() -> Check:
    names = [spec.name for spec in kernelspec.installed()]
    if not names:
        remedy = "`threadbook kernel install` makes it known to Jupyter"
        return _warn("kernelspec", "Jupyter does not find the kernel", remedy)
    return Check(name="kernelspec", status="ok", detail=", ".join(names))


def _services() -> Iterator[Check]:
    """Look at pid files: a service holds a lock on its own while it lives."""
    found = False
    for path in sorted((data_folder() / "run").glob("service*.pid")):
        found = True
        try:
            with path.open("rb") as stream:
                note = stream.read().decode(errors="replace").strip()
                fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            yield Check(name="service", status="ok", detail=f"one runs{_where(note)}")
        except OSError as error:
            yield _warn("service", f"{path}: {error.strerror}", "check its permissions")
        else:
            detail = f"{path.name} was left by a service that is gone"
            yield Check(name="service", status="ok", detail=detail)
    if not found:
        yield Check(name="service", status="ok", detail="none in the background")


def _where(note: str) -> str:
    """Return what a pid file tells of its service."""
    try:
        said = json.loads(note)
        return f": process {said['pid']} at {said['url']}"
    except (ValueError, KeyError, TypeError):
        return ""


def _extras() -> Check:
    there = [
        name
        for name, modules in _EXTRAS.items()
        if all(importlib.util.find_spec(module) for module in modules)
    ]
    return Check(name="extras", status="ok", detail=", ".join(there) or "none")


def _warn(name: str, detail: str, remedy: str) -> Check:
    return Check(name=name, status="warn", detail=detail, remedy=remedy)


def _fail(name: str, error: Exception, remedy: str = "") -> Check:
    if isinstance(error, ThreadbookError):
        return Check(name=name, status="fail", detail=error.message, remedy=remedy or error.remedy)
    return Check(name=name, status="fail", detail=str(error), remedy=remedy)
