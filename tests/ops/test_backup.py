"""Backups: consistent, verified, never a bad one over a good one."""

import os
import shutil
import sqlite3
import stat
import time
from contextlib import closing

import pytest

from threadbook.errors import ConfigError, ProofError, StoreCorrupt, StoreError
from threadbook.log import open_log
from threadbook.log.store import Query
from threadbook.log.verify import verify
from threadbook.ops.backup import backup, latest
from threadbook.ops.restore import restore

APPEND_FOR_EVER = """
import itertools, sys
from threadbook.log import open_log
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

me = Identity.static("did:sync:agent:busy")
log = open_log(sys.argv[1])
for number in itertools.count():
    ref = log.blobs.put(b"%d" % number)
    body = {"n": number, "file": {"blob": ref.blob, "size": ref.size}}
    print(log.append(Draft(act="DO", body=body, thread="th"), by=me).id, flush=True)
"""

BACK_UP = """
import sys
from threadbook.log import crashpoints, open_log
from threadbook.ops.backup import backup

crashpoints.armed = sys.argv[2]
backup(open_log(sys.argv[1]), keep=2)
"""

RESTORE = """
import sys
from pathlib import Path
from threadbook.log import crashpoints
from threadbook.ops.restore import restore

crashpoints.armed = "restore:moved"
restore(Path(sys.argv[2]), sys.argv[1], replace=True)
"""


@pytest.fixture
def filled(log, signer, draft):
    """Append ten records with a blob; return the log."""
    ref = log.blobs.put(b"content" * 1000)
    file = {"blob": ref.blob, "size": ref.size}
    log.append_many([draft(n, body={"n": n, "file": file}) for n in range(10)], by=signer)
    return log


def all_rows(log):
    return log.store.rows(Query(), after=0, limit=10**6)


def files_in(folder):
    return sorted(file.name for file in folder.iterdir())


def change(path, *statements):
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_a_backup_is_the_log_row_by_row_in_one_private_file(filled, path, open_at):
    made = backup(filled)
    assert made.path.parent == path.parent / "backups"
    assert (made.records, made.blobs, made.previous) == (10, 1, None)
    assert files_in(made.path.parent) == [made.path.name]
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert made.bytes == made.path.stat().st_size
    copy = open_at(made.path)
    assert all_rows(copy) == all_rows(filled)
    assert verify(copy).is_clean
    assert latest(filled.url) == made.path


def test_copies_are_dated_and_the_oldest_go(filled, signer, draft):
    made = []
    for number in range(5):
        made.append(backup(filled, keep=3))
        filled.append(draft(100 + number), by=signer)
    assert [b.previous for b in made] == [None, *(b.path for b in made[:-1])]
    assert files_in(made[0].path.parent) == [b.path.name for b in made[2:]]
    assert made[-1].removed == [made[1].path]
    assert [b.records for b in made] == [10, 11, 12, 13, 14]


def test_other_files_in_the_folder_are_left_alone(filled, path):
    folder = path.parent / "backups"
    folder.mkdir()
    (folder / "log.1.notadate.db").write_text("mine")
    (folder / "other.1.0001.20200101T000000Z.db").write_text("mine")
    backup(filled, keep=1)
    backup(filled, keep=1)
    assert len(files_in(folder)) == 3


def test_writers_go_on_and_the_copy_is_whole(child, path, open_at):
    writer = child(APPEND_FOR_EVER, f"sqlite:///{path}")
    acknowledged = [writer.stdout.readline().strip() for _ in range(20)]
    log = open_at(path)
    sizes = []
    for number in range(4):
        made = backup(log, path.parent / f"copy{number}.db")
        copy = open_at(made.path)
        ids = [row.id for row in all_rows(copy)]
        assert ids[: len(acknowledged)] == acknowledged
        assert verify(copy).is_clean
        sizes.append(made.records)
        acknowledged += [writer.stdout.readline().strip() for _ in range(10)]
    assert sizes == sorted(set(sizes))


REPLACEMENTS = {
    "emptied": lambda path: path.unlink(),
    "cut off": lambda path: change(
        path,
        "DELETE FROM record WHERE seq > 5",
        "UPDATE tip SET seq = 5, chain = (SELECT chain FROM record WHERE seq = 5)",
    ),
}


@pytest.mark.parametrize("name", REPLACEMENTS)
@pytest.mark.parametrize("to", ["folder", "file"])
def test_a_shorter_store_is_refused_and_the_good_copy_stays(filled, path, open_at, name, to):
    target = path.parent / ("b.db" if to == "file" else "b")
    good = backup(filled, target).path
    before = good.read_bytes()
    filled.close()
    REPLACEMENTS[name](path)
    with pytest.raises(ProofError, match="force-new-series"):
        backup(open_at(path), target)
    assert good.read_bytes() == before
    assert files_in(good.parent) == (files_in(target) if to == "folder" else files_in(path.parent))
    assert not [name for name in files_in(good.parent) if name.startswith(".")]


def test_another_log_of_the_same_name_is_refused_until_told(filled, path, open_at, ann, draft):
    good = backup(filled, keep=1).path
    filled.close()
    path.unlink()
    other = open_at(path)
    other.append_many([draft(n) for n in range(30)], by=ann)
    with pytest.raises(ProofError):
        backup(other, keep=1)
    new = backup(other, keep=1, new_series=True)
    newer = backup(other, keep=1)
    assert newer.previous == new.path
    assert files_in(good.parent) == sorted([good.name, newer.path.name])


def test_a_damaged_store_makes_no_backup(filled, path):
    good = backup(filled).path
    change(path, "UPDATE record SET canonical = x'7b7d' WHERE seq = 3")
    with pytest.raises(StoreCorrupt, match="seq 3"):
        backup(filled)
    with pytest.raises(StoreCorrupt):
        backup(filled, new_series=True)
    assert files_in(good.parent) == [good.name]


def test_a_damaged_older_copy_is_named_and_the_one_before_it_compared(filled, path):
    first, second = backup(filled).path, backup(filled).path
    second.write_bytes(b"\0" * 5000)
    made = backup(filled)
    assert (made.previous, made.unreadable) == (first, [second])


def test_a_file_that_is_no_backup_is_not_replaced(filled, path):
    mine = path.parent / "mine.db"
    mine.write_text("my thesis")
    with pytest.raises(ProofError, match="no sound backup"):
        backup(filled, mine)
    assert mine.read_text() == "my thesis"
    with pytest.raises(ConfigError):
        backup(filled, path)


@pytest.mark.parametrize("point", ["backup:verified", "backup:published"])
def test_a_killed_backup_leaves_good_copies_only(filled, die, path, open_at, point):
    first, second = backup(filled).path, backup(filled).path
    die(BACK_UP, filled.url, point)
    names = [name for name in files_in(first.parent) if not name.startswith(".")]
    assert names[:2] == [first.name, second.name]
    for name in names:
        assert verify(open_at(first.parent / name)).is_clean
    drafts = list(first.parent.glob(".backup.*"))
    assert len(drafts) == (point == "backup:verified")
    made = backup(filled, keep=1)
    assert list(first.parent.glob(".backup.*")) == drafts  # may be of one that still runs
    day_ago = time.time() - 25 * 3600
    for draft in drafts:
        os.utime(draft, (day_ago, day_ago))
    made = backup(filled, keep=1)
    assert list(first.parent.glob(".backup.*")) == []
    assert [path for path in first.parent.iterdir() if path.suffix == ".db"] == [made.path]


def test_a_backup_holds_nothing_that_was_erased_before(filled, signer, draft):
    stored = filled.append(draft(body={"text": "gone-before-the-backup"}), by=signer)
    filled.append(draft(99), by=signer)
    from_before = backup(filled).path
    assert b"gone-before-the-backup" in from_before.read_bytes()
    with filled.store.write() as transaction:
        row = transaction.find(stored.id)
        transaction.erase(row.seq, row.canonical.replace(b"gone-before-the-backup", b"x" * 22))
    with pytest.raises(StoreCorrupt):  # not the way to erase, and so not a good copy
        backup(filled)


def test_restoring_brings_back_every_row(filled, path, open_at):
    rows = all_rows(filled)
    made = backup(filled, path.parent / "copy.db")
    filled.close()
    path.unlink()
    bytes_before = made.path.read_bytes()
    done = restore(made.path, filled.url)
    assert (done.records, done.blobs, done.moved_to) == (10, 1, None)
    assert done.last_recorded_at == rows[-1].recorded_at
    assert all_rows(open_at(path)) == rows
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert made.path.read_bytes() == bytes_before
    assert not [name for name in files_in(path.parent) if name.startswith((".", "copy.db-"))]


def test_a_store_with_records_is_only_replaced_on_demand_and_never_lost(
    filled, path, open_at, ann, draft
):
    made = backup(filled, path.parent / "copy.db")
    after = filled.append(draft(11), by=ann)
    with pytest.raises(ConfigError, match="--replace"):
        restore(made.path, filled.url)
    assert filled.get(after.id)
    done = restore(made.path, filled.url, replace=True)
    assert open_at(path).size == 10
    old = open_at(done.moved_to / path.name)
    assert old.size == 11
    assert old.get(after.id) == after


def test_a_process_that_has_the_old_store_open_cannot_write_to_it(filled, path, ann, draft):
    made = backup(filled, path.parent / "copy.db")
    restore(made.path, filled.url, replace=True)
    with pytest.raises(StoreError, match="replaced"):
        filled.append(draft(11), by=ann)


def test_an_empty_store_gives_way(filled, path, open_at, tmp_path):
    made = backup(filled, path.parent / "copy.db")
    empty = tmp_path / "new.db"
    open_at(empty).close()
    restore(made.path, f"sqlite:///{empty}")
    assert open_at(empty).size == 10


def test_what_stands_beside_a_lost_database_does_not_get_into_the_restored(filled, path, open_at):
    made = backup(filled, path.parent / "copy.db")
    wal = path.with_name("log.db-wal")
    shutil.copy(wal, path.parent / "kept-wal")
    filled.close()
    path.unlink()
    shutil.move(path.parent / "kept-wal", wal)
    with pytest.raises(ConfigError, match="--replace"):
        restore(made.path, filled.url)
    done = restore(made.path, filled.url, replace=True)
    assert files_in(done.moved_to) == ["log.db-wal"]
    assert verify(open_at(path)).is_clean


@pytest.mark.parametrize("damage", ["a record", "a page", "no database", "missing"])
def test_a_bad_backup_is_refused_before_anything_is_touched(filled, path, open_at, damage):
    bad = backup(filled, path.parent / "copy.db").path
    if damage == "a record":
        change(bad, "UPDATE record SET canonical = x'7b7d' WHERE seq = 3")
    elif damage == "a page":
        content = bytearray(bad.read_bytes())
        content[4096 * 3 : 4096 * 4] = bytes(4096)
        bad.write_bytes(content)
    elif damage == "no database":
        bad.write_text("no database " * 1000)
    else:
        bad.unlink()
    with pytest.raises((StoreError, ConfigError)):
        restore(bad, filled.url, replace=True)
    assert verify(filled).is_clean
    assert filled.size == 10
    assert not [name for name in files_in(path.parent) if name.startswith((".", "log.db.replaced"))]


def test_a_restore_killed_half_way_is_done_again(filled, path, die, open_at):
    made = backup(filled, path.parent / "copy.db")
    filled.close()
    die(RESTORE, filled.url, made.path)
    assert not path.exists()
    (aside,) = path.parent.glob("log.db.replaced-*")
    assert open_at(aside / "log.db").size == 10
    restore(made.path, filled.url)
    assert open_at(path).size == 10


def test_blobs_in_files_of_their_own_come_along(tmp_path, open_at, signer, draft):
    url = f"sqlite:///{tmp_path / 'log.db'}#blobs=file://{tmp_path / 'blobs'}"
    log = open_at(url)
    ref = log.blobs.put(b"content" * 300_000)
    log.append(draft(body={"file": {"blob": ref.blob, "size": ref.size}}), by=signer)
    made = backup(log, tmp_path / "copy.db")
    assert made.blobs == 1
    assert open_at(made.path).blobs.get(ref.blob) == b"content" * 300_000
    shutil.rmtree(tmp_path / "blobs")
    restore(made.path, url, replace=True)
    assert open_at(url).blobs.get(ref.blob) == b"content" * 300_000


def test_the_drill(filled, path, open_at, signer, draft):
    """Emit, back up, corrupt, restore, verify, compare."""
    rows = all_rows(filled)
    made = backup(filled)
    filled.close()
    content = bytearray(path.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    path.write_bytes(content)
    with open_log(f"sqlite:///{path}") as damaged, pytest.raises(StoreError):
        verify_or_raise(damaged)
    done = restore(made.path, f"sqlite:///{path}", replace=True)
    assert done.records == len(rows)
    log = open_at(path)
    assert all_rows(log) == rows
    assert verify(log).is_clean
    assert log.append(draft(11), by=signer).seq == 11
    assert backup(log).previous == made.path


def verify_or_raise(log):
    report = verify(log)
    if report.problems:
        raise StoreCorrupt(str(report.problems[0]))
