"""Operations on every store: erase, copy, back up and restore."""

import pytest

from threadbook.log import open_log
from threadbook.log.entry import Sealed
from threadbook.log.store import Query
from threadbook.log.verify import verify
from threadbook.ops.backup import backup
from threadbook.ops.copy import check_copy, copy_log
from threadbook.ops.erase import erase, unfinished
from threadbook.ops.restore import restore

LASTING = ["sqlite", "sqlite with blobs in files", "postgres", "redis"]


@pytest.fixture
def filled(log, signer, ann, draft):
    """Append records, some with a blob; return the log."""
    ref = log.blobs.put(b"content" * 200_000)
    file = {"blob": ref.blob, "size": ref.size}
    log.append(draft(body={"kind": "team.test.note", "text": "private", "file": file}), by=signer)
    log.append_many([draft(n, thread=f"th{n % 3}") for n in range(20)], by=ann)
    return log


def all_rows(log):
    return log.store.rows(Query(), after=0, limit=10**6)


def test_the_content_of_a_record_is_erased(filled, signer):
    (gone,) = filled.read(limit=1)
    others = all_rows(filled)[1:]
    filled.store.keep("fold", b"private")
    done = erase(filled, [gone.id], reason="asked", by=signer)
    assert (done.records, done.blobs) == ([gone.id], [gone.body["file"]["blob"]])
    assert filled.store.kept("fold") is None
    assert filled.get(gone.id).is_erased
    assert filled.read(thread="th", kind="team.test.note", limit=1)[0].is_erased
    assert all_rows(filled)[1:-1] == others
    assert unfinished(filled) == []
    report = verify(filled)
    assert (report.problems, report.erased) == ([], 1)
    again = filled.append(Sealed(record=gone.record, canonical=gone.canonical, sig=gone.sig))
    assert again.is_erased


def test_a_copy_through_another_store_is_the_same_row_by_row(filled, new_log, tmp_path):
    there = new_log()
    with open_log(f"sqlite:///{tmp_path / 'between.db'}") as between:
        copy_log(filled, between)
        copied = copy_log(between, there)
    assert (copied.records, copied.blobs) == (21, 1)
    assert all_rows(there) == all_rows(filled)
    assert there.store.tip() == filled.store.tip()
    check_copy(filled, there)


def test_a_copy_is_continued_and_erases_what_was_erased(filled, new_log, signer, draft):
    there = new_log()
    copy_log(filled, there)
    erase(filled, [filled.read(limit=1)[0].id], reason="asked", by=signer)
    filled.append(draft(100), by=signer)
    assert copy_log(filled, there).records == 2
    assert all_rows(there) == all_rows(filled)
    assert there.store.blob_digests() == []
    check_copy(filled, there)


@pytest.mark.parametrize("new_log", LASTING, indirect=True)  # memory ends with its process
def test_a_backup_is_restored(filled, new_log, tmp_path, signer, draft):
    made = backup(filled, tmp_path / "backups")
    assert (made.records, made.blobs) == (21, 1)
    filled.append(draft(100), by=signer)
    assert backup(filled, tmp_path / "backups").previous == made.path
    there = new_log()
    done = restore(made.path, there.url)
    assert (done.records, done.blobs) == (21, 1)
