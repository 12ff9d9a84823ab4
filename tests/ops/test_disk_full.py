"""A full disk: what was acknowledged stays, the message is clear, and it goes on afterwards.

The kernel's own limit on the size of a file stands for the end of the disk: SQLite sees a write
that fails in the same way.
"""

import pytest

from threadbook.errors import StoreUnavailable
from threadbook.log.verify import verify
from threadbook.ops.backup import backup

LIMITED = """
import resource, signal, sys
from pathlib import Path
from threadbook.errors import StoreUnavailable
from threadbook.log import open_log
from threadbook.ops.backup import backup
from threadbook.ops.migrate import migrate
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
url, to, work, limit = sys.argv[1:5]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
try:
    if work == "append":
        me, log = Identity.static("did:sync:agent:full"), open_log(url)
        while True:
            draft = Draft(act="DO", body={"text": "x" * 2000}, thread="th")
            print(log.append(draft, by=me).id, flush=True)
    elif work == "backup":
        backup(open_log(url), Path(to))
    else:
        migrate(url, f"sqlite:///{to}")
except StoreUnavailable as error:
    print("ERROR", error, flush=True)
"""


def run(child, *arguments):
    process = child(LIMITED, *arguments)
    printed = process.communicate(timeout=100)[0].splitlines()
    assert process.returncode == 0, printed
    assert printed[-1].startswith("ERROR"), printed
    return printed[:-1], printed[-1]


def test_every_acknowledged_record_is_there_afterwards(child, path, open_at, ann, draft):
    acknowledged, error = run(child, f"sqlite:///{path}", "-", "append", 2_000_000)
    assert len(acknowledged) > 10
    assert "disk" in error
    log = open_at(path)
    assert [stored.id for stored in log.read_all()] == acknowledged
    assert verify(log).is_clean
    assert log.append(draft(), by=ann).seq == len(acknowledged) + 1


@pytest.mark.parametrize("work", ["backup", "migrate"])
def test_a_copy_that_does_not_fit_leaves_the_log_and_older_copies_alone(
    child, log, path, open_at, ann, draft, tmp_path, work
):
    log.append_many([draft(body={"text": "x" * 2000}) for _ in range(300)], by=ann)
    folder = tmp_path / "copies"
    good = backup(log, folder).path
    before = good.read_bytes()
    to = folder if work == "backup" else tmp_path / "target.db"
    _, error = run(child, log.url, to, work, 300_000)
    assert "disk" in error
    assert good.read_bytes() == before
    assert list(folder.iterdir()) == [good]
    assert verify(log).is_clean
    assert backup(log, folder).previous == good


def test_the_error_says_what_to_do():
    assert "free disk space" in StoreUnavailable("x").remedy
