"""Repair: whatever is still whole in a damaged file is saved, and what is lost is named."""

import hashlib
import os
import random
import shutil
import sqlite3
from contextlib import closing

import pytest

from threadbook.errors import ConfigError
from threadbook.log import open_log
from threadbook.log.checkpoints import Checkpointer
from threadbook.log.store import Query
from threadbook.log.verify import verify
from threadbook.ops.backup import backup
from threadbook.ops.erase import erase
from threadbook.ops.repair import repair
from threadbook.records.bodies import LogRepair
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

PAGE = 4096


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Identity.key(tmp_path_factory.mktemp("keys") / "key.pem")


@pytest.fixture(scope="module")
def original(tmp_path_factory, keys):
    """Return the file of a log with small and large records, several threads, and blobs."""
    path = tmp_path_factory.mktemp("original") / "log.db"
    sizes = random.Random(7)
    with open_log(f"sqlite:///{path}") as log:
        refs = [log.blobs.put(os.urandom(size)) for size in (10, 5000, 2_500_000)]
        parents = ()
        for number in range(120):
            text = f"record {number} " + sizes.randbytes(sizes.choice([5, 150, 600, 5000])).hex()
            body = {"kind": "team.test.note", "n": number, "text": text}
            if number % 50 == 3:
                ref = refs[number % 3]
                body["file"] = {"blob": ref.blob, "size": ref.size}
            draft = Draft(act="DO", body=body, thread=f"th_{number % 4}", parents=parents)
            parents = (log.append(draft, by=keys).id,)
        assert verify(log).is_clean
    assert not path.with_name("log.db-wal").exists()
    return path


@pytest.fixture(scope="module")
def rows(original):
    return rows_of(original)


def rows_of(path):
    with open_log(f"sqlite:///{path}") as log:
        return log.store.rows(Query(), after=0, limit=10**6)


@pytest.fixture
def damaged(original, tmp_path):
    """Return a fresh copy of the file, to be damaged."""
    return shutil.copy(original, tmp_path / "damaged.db")


def is_in(content, page):
    """Tell whether a record has bytes on a page: a piece of it, cut where pages can cut it."""
    step = 32
    pieces = [content[at : at + step] for at in range(0, max(len(content) - step, 1), step)]
    return any(piece in page for piece in pieces)


def check(source, to, keys, must):
    """Repair, and check that all of `must` was saved, in order, and that the rest is named."""
    before = hashlib.sha256(source.read_bytes()).digest()
    done = repair(source, to, by=keys)
    assert hashlib.sha256(source.read_bytes()).digest() == before
    with open_log(f"sqlite:///{to}") as log:
        report = verify(log)
        assert report.problems == []
        saved = [s for s in log.read_all() if s.kind != LogRepair.KIND]
        assert done.records == len(saved)
        ids = [stored.id for stored in saved]
        wanted = {row.id for row in must}
        assert [found for found in ids if found in wanted] == [row.id for row in must]
        intact = log.store.rows(Query(), after=0, limit=done.intact)
        assert log.append(Draft(act="DO", body={}, thread="after"), by=keys).seq == log.size
        return done, ids, intact


def test_a_sound_file_is_saved_whole(damaged, tmp_path, keys, rows):
    done, _, intact = check(damaged, tmp_path / "new.db", keys, rows)
    assert (done.records, done.intact, done.moved, done.blobs) == (120, 120, 0, 3)
    assert (done.lost, done.outside) == ([], [])
    assert intact == rows
    with open_log(f"sqlite:///{tmp_path / 'new.db'}") as log:
        assert log.latest(kind=LogRepair.KIND) == []


def expected_without(path, rows, numbers):
    """Return the rows that have no bytes on any of the pages."""
    content = path.read_bytes()
    pages = b"".join(content[n * PAGE : (n + 1) * PAGE] for n in numbers)
    return [row for row in rows if not is_in(row.canonical, pages)]


@pytest.mark.parametrize("seed", range(16))
def test_what_is_not_on_a_damaged_page_is_saved(original, damaged, tmp_path, keys, rows, seed):
    dice = random.Random(seed)
    content = bytearray(damaged.read_bytes())
    numbers = dice.sample(range(len(content) // PAGE), dice.choice([1, 1, 3, 20]))
    for number in numbers:
        start = number * PAGE
        what = dice.choice(["zeros", "noise", "header", "flip"])
        if what == "zeros":
            content[start : start + PAGE] = bytes(PAGE)
        elif what == "noise":
            content[start : start + PAGE] = dice.randbytes(PAGE)
        elif what == "header":
            content[start : start + 16] = dice.randbytes(16)
        else:
            for _ in range(dice.randint(1, 8)):
                content[start + dice.randrange(PAGE)] ^= 1 << dice.randrange(8)
    damaged.write_bytes(content)
    must = expected_without(original, rows, numbers)
    done, ids, intact = check(damaged, tmp_path / "new.db", keys, must)
    known = {row.id: row for row in rows}
    assert set(ids) <= set(known)
    assert intact == rows[: done.intact]
    assert [lost.seq for lost in done.lost] == sorted(
        {row.seq for row in rows} - {known[found].seq for found in ids}
    )
    for lost in done.lost:
        row = rows[lost.seq - 1]
        assert lost.id in (row.id, None)
        assert lost.thread in (row.thread, None)


@pytest.mark.parametrize("seed", range(5))
def test_single_bits_cost_one_record_at_most(damaged, tmp_path, keys, rows, seed):
    """Headers and pointers of a page aside: there, one bit may cost the page."""
    dice = random.Random(seed)
    content = bytearray(damaged.read_bytes())
    row = dice.choice(rows)
    place = content.find(row.canonical[:200])
    assert place > 0
    content[place + dice.randrange(min(len(row.canonical), 200))] ^= 1 << dice.randrange(8)
    damaged.write_bytes(content)
    others = [other for other in rows if other is not row]
    done, _, _ = check(damaged, tmp_path / "new.db", keys, others)
    assert [(lost.seq, lost.id, lost.thread) for lost in done.lost] == [
        (row.seq, row.id, row.thread)
    ]
    assert done.intact == row.seq - 1
    assert done.moved == 120 - row.seq


def test_the_record_of_a_repair_says_what_was_lost(damaged, tmp_path, keys, rows):
    content = damaged.read_bytes()
    place = content.find(rows[9].canonical[:200])
    damaged.write_bytes(content[:place] + b"X" + content[place + 1 :])
    done = repair(damaged, tmp_path / "new.db", by=keys)
    with open_log(f"sqlite:///{tmp_path / 'new.db'}") as log:
        (note,) = log.latest(kind=LogRepair.KIND)
        assert note.actor == keys.actor_did
        said = LogRepair.of(note.record)
        assert said == LogRepair(intact=9, moved=110, lost=[[10, 10]], outside=[rows[9].id])
        assert done.outside == [rows[9].id]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_off(original, damaged, tmp_path, keys, rows, share):
    size = int(original.stat().st_size * share)
    os.truncate(damaged, size)
    pages = range(size // PAGE, -(-original.stat().st_size // PAGE))
    must = expected_without(original, rows, pages)
    done, _, _ = check(damaged, tmp_path / "new.db", keys, must)
    assert len(done.lost) == 120 - done.records


def test_a_file_without_its_first_page(damaged, tmp_path, keys, rows):
    content = bytearray(damaged.read_bytes())
    content[:PAGE] = bytes(PAGE)
    damaged.write_bytes(content)
    done, _, intact = check(damaged, tmp_path / "new.db", keys, rows)
    assert intact == rows
    assert done.blobs == 3


def test_indexes_that_lie(damaged, tmp_path, keys, rows):
    with closing(sqlite3.connect(damaged)) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET rootpage = 3 WHERE name LIKE 'sqlite_autoindex_record%'"
        )
    _, _, intact = check(damaged, tmp_path / "new.db", keys, rows)
    assert intact == rows


def test_a_row_that_was_deleted_behind_its_back(damaged, tmp_path, keys, rows):
    with closing(sqlite3.connect(damaged)) as connection, connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("DELETE FROM record WHERE seq = 7")
    done, ids, _ = check(damaged, tmp_path / "new.db", keys, [*rows[:6], *rows[7:]])
    assert [lost.seq for lost in done.lost] == [7]
    assert len(ids) == 119


@pytest.mark.parametrize("wal", ["there", "lost", "damaged"])
def test_what_is_only_in_the_wal(tmp_path, keys, wal):
    path, copy = tmp_path / "log.db", tmp_path / "copy.db"
    with open_log(f"sqlite:///{path}") as log:
        for number in range(60):
            text = f"record {number} " * 20
            log.append(Draft(act="DO", body={"text": text}, thread="th"), by=keys)
            if number == 29:
                with closing(sqlite3.connect(path)) as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        rows = log.store.rows(Query(), after=0, limit=100)
        shutil.copy(path, copy)
        if wal != "lost":
            shutil.copy(f"{path}-wal", f"{copy}-wal")
    must = rows[:30] if wal == "lost" else rows
    if wal == "damaged":
        beside = copy.with_name("copy.db-wal")
        content = bytearray(beside.read_bytes())
        content[5000] ^= 1  # SQLite would stop here
        beside.write_bytes(content)
        assert len(rows_of(shutil.copytree(tmp_path, tmp_path / "x") / "copy.db")) < 60
        must = rows[:30] + rows[32:]
    done, ids, _ = check(copy, tmp_path / "new.db", keys, must)
    assert done.records == len(ids) >= len(must)


def test_erased_content_does_not_come_back(tmp_path, keys):
    path = tmp_path / "log.db"
    with open_log(f"sqlite:///{path}") as log:
        stored = [
            log.append(Draft(act="DO", body={"text": f"private-{n}"}, thread="th"), by=keys)
            for n in range(40)
        ]
        stale = tmp_path / "stale.db"
        backup(log, stale)
        erase(log, [record.id for record in stored[::2]], reason="asked", by=keys)
        rows = log.store.rows(Query(), after=0, limit=100)
    # Pages of the time before, as an old copy of the disk would have them.
    path.write_bytes(path.read_bytes() + stale.read_bytes())
    check(path, tmp_path / "new.db", keys, rows)
    content = (tmp_path / "new.db").read_bytes()
    assert [n for n in range(0, 40, 2) if b'"private-%d"' % n in content] == []
    with open_log(f"sqlite:///{tmp_path / 'new.db'}") as log:
        assert verify(log).erased == 20


def test_a_checkpoint_of_what_is_gone_is_no_problem_after_a_repair(tmp_path, keys):
    path = tmp_path / "log.db"
    with open_log(f"sqlite:///{path}") as log:
        for number in range(9):
            draft = Draft(act="DO", body={"text": f"record {number}"}, thread="th")
            log.append(draft, by=keys)
        Checkpointer(log, keys).append()
        rows = log.store.rows(Query(), after=0, limit=100)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"record 5", b"record X"))
    with open_log(f"sqlite:///{path}") as log:
        assert verify(log).problems
    done, _, _ = check(path, tmp_path / "new.db", keys, [*rows[:5], *rows[6:]])
    assert [lost.seq for lost in done.lost] == [6]


def test_a_repaired_log_can_be_backed_up_and_repaired_again(damaged, tmp_path, keys, rows):
    content = bytearray(damaged.read_bytes())
    for row in (rows[5], rows[60]):
        page = content.find(row.canonical[:200]) // PAGE
        content[page * PAGE : (page + 1) * PAGE] = bytes(PAGE)
    damaged.write_bytes(content)
    first = repair(damaged, tmp_path / "first.db", by=keys)
    assert first.lost
    with open_log(f"sqlite:///{tmp_path / 'first.db'}") as log:
        assert backup(log, tmp_path / "backup.db").records == log.size
        size = log.size
    second = repair(tmp_path / "first.db", tmp_path / "second.db", by=keys)
    assert (second.records, second.lost, second.moved) == (size, [], 0)


def test_what_is_no_store_is_refused(tmp_path, keys):
    text = tmp_path / "text.txt"
    text.write_text("not a database " * 1000)
    for source in (text, tmp_path / "missing.db"):
        with pytest.raises(ConfigError):
            repair(source, tmp_path / "new.db", by=keys)
    assert not (tmp_path / "new.db").exists()
    mine = tmp_path / "mine.db"
    mine.write_text("mine")
    with pytest.raises(ConfigError, match="there is something"):
        repair(text, mine, by=keys)


def test_noise_does_no_harm(tmp_path, keys):
    for seed in range(20):
        noise = tmp_path / f"noise{seed}.db"
        dice = random.Random(seed)
        pages = [bytes([dice.choice([2, 5, 10, 13])]) + dice.randbytes(PAGE - 1) for _ in range(50)]
        noise.write_bytes(b"".join(pages))
        try:
            repair(noise, tmp_path / f"new{seed}.db", by=keys)
        except ConfigError:
            continue
