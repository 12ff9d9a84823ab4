"""What only the SQLite store has: a file that processes share, its schema and its failures."""

import os
import sqlite3
import stat
from contextlib import closing

import pytest

from threadbook.errors import (
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreFormatError,
    StoreUnavailable,
)
from threadbook.log import open_log, sqlite_schema
from threadbook.log.blobs import CHUNK
from threadbook.log.sqlite_schema import APPLICATION_ID, MIGRATIONS
from threadbook.log.verify import verify

PATIENCE = 60
DAY_MS = 24 * 3600 * 1000

START = """
import asyncio, os, resource, signal, sys
from threadbook.errors import StoreUnavailable
from threadbook.log import open_log
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

me = Identity.static("did:sync:agent:shared")

def draft(number, **fields):
    return Draft(**{"act": "DO", "body": {"n": number}, "thread": "th", **fields})

def say(*words):
    print(*words, flush=True)
"""

APPEND_MANY = (
    START
    + """
log = open_log(sys.argv[1])
say("ready")
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    log.append(draft(number, body={"writer": sys.argv[2], "n": number}), by=me)
say("done")
"""
)

FOLLOW = (
    START
    + """
async def follow(log, count):
    records = log.follow(after=0)
    say("ready")
    for _ in range(count):
        stored = await anext(records)
        say(stored.seq, stored.id, stored.body["writer"], stored.body["n"], stored.clock)

asyncio.run(follow(open_log(sys.argv[1]), int(sys.argv[2])))
"""
)


OPEN_EACH = (
    START
    + """
say("ready")
for url in sys.argv[1:]:
    sys.stdin.readline()
    with open_log(url) as log:
        log.append(draft(0), by=me)
    say("opened")
"""
)


def expect(process, line):
    assert process.stdout.readline() == f"{line}\n"


def tell(process, line="go"):
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def raw(path):
    return closing(sqlite3.connect(path, isolation_level=None))


def schema_version(path):
    with raw(path) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


def tables(path):
    with raw(path) as connection:
        found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        return {name for (name,) in found}


# Several processes


def test_four_processes_append_and_a_fifth_follows(child, path, reopen):
    url, count = f"sqlite:///{path}", 1000
    log = reopen()
    follower = child(FOLLOW, url, 4 * count)
    writers = [child(APPEND_MANY, url, name, count) for name in "abcd"]
    for process in (follower, *writers):
        expect(process, "ready")
    for writer in writers:
        tell(writer)
    lines = follower.stdout.read().splitlines()
    for writer in writers:
        expect(writer, "done")
        assert writer.wait(PATIENCE) == 0
    stored = list(log.read_all())
    assert [record.seq for record in stored] == list(range(1, 4 * count + 1))
    assert len({record.clock for record in stored}) == 4 * count
    for writer in "abcd":
        own = [record.body["n"] for record in stored if record.body["writer"] == writer]
        assert own == list(range(count))
    assert lines == [f"{r.seq} {r.id} {r.body['writer']} {r.body['n']} {r.clock}" for r in stored]
    assert verify(log).is_clean


def test_a_follower_is_woken_by_another_process(child, path, reopen, ann, draft):
    log = reopen()
    follower = child(FOLLOW, f"sqlite:///{path}", 3)
    expect(follower, "ready")
    for number in range(3):  # each is appended only after the one before has been seen
        stored = log.append(draft(body={"writer": "me", "n": number}), by=ann)
        expect(follower, f"{stored.seq} {stored.id} me {number} {stored.clock}")
    assert follower.wait(PATIENCE) == 0


async def test_a_follower_sees_what_another_connection_appends(reopen, ann, draft):
    records = reopen().follow()
    stored = reopen().append(draft(), by=ann)
    assert await anext(records) == stored


def test_a_new_file_can_be_opened_by_many_processes_at_once(child, tmp_path):
    urls = [f"sqlite:///{tmp_path}/log{number}.db" for number in range(8)]
    processes = [child(OPEN_EACH, *urls) for _ in range(4)]
    for process in processes:
        expect(process, "ready")
    for url in urls:
        for process in processes:
            tell(process)
        assert {process.stdout.readline() for process in processes} == {"opened\n"}, url
        with open_log(url) as log:
            assert log.size == 4
            assert verify(log).is_clean


def test_a_process_that_recovers_the_file_is_not_waited_for(child, path, reopen, ann, draft):
    log = reopen()
    log.append(draft(1), by=ann)
    recovering = child(
        "import fcntl, sys\n"
        "with open(sys.argv[1] + '-shm', 'r+b') as index:\n"
        "    fcntl.lockf(index, fcntl.LOCK_EX, 3, 120)\n"  # WAL_WRITE_LOCK to WAL_RECOVER_LOCK
        "    index.write(b'\\1' * 96)\n"  # both copies of the header: they have to be made again
        "    index.flush()\n"
        "    print('recovers', flush=True)\n"
        "    sys.stdin.readline()\n"
        "print('released', flush=True)\n",
        path,
    )
    expect(recovering, "recovers")
    with pytest.raises(StoreBusy):
        log.append_many([draft(2)], by=ann, wait=False)
    tell(recovering)
    expect(recovering, "released")
    assert log.append_many([draft(2)], by=ann, wait=False)[0].seq == 2


def test_a_writer_that_waits_too_long_for_another_is_told_so(child, path, reopen, ann, draft):
    first = reopen().append(draft(1), by=ann)
    holder = child(
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('BEGIN IMMEDIATE')\n"
        "print('locked', flush=True)\n"
        "sys.stdin.readline()\n"
        "connection.execute('ROLLBACK')\n"
        "print('released', flush=True)\n",
        path,
    )
    expect(holder, "locked")
    log = reopen(busy_timeout=0.05)
    for write in (
        lambda: log.append(draft(2), by=ann),
        lambda: log.blobs.put(b"content"),
        lambda: log.store.hold("th", "me"),
    ):
        with pytest.raises(StoreUnavailable, match="locked"):
            write()
    assert log.read() == [first]
    tell(holder)
    expect(holder, "released")
    assert log.append(draft(2), by=ann).seq == 2
    assert verify(log).is_clean


# Forks


FORK = (
    START
    + """
def pipe():
    read, write = os.pipe()
    return (lambda: os.read(read, 1)), (lambda: os.write(write, b"x"))

def in_child(action):
    pid = os.fork()
    if pid:
        return pid
    signal.alarm(10)  # a child that waits for ever ends, and fails the test
    try:
        action()
        os._exit(0)
    finally:
        os._exit(1)

def is_well(pid):
    return os.waitpid(pid, 0)[1] == 0

log = open_log(sys.argv[1])
log.append(draft(0), by=me)
"""
)

PARENT_STAYS = (
    FORK
    + """
def action():
    for number in range(1, 20):
        log.append(draft(number, thread="child"), by=me)
    assert log.read(thread="child")[-1].body == {"n": 19}
    assert log.blobs.get(log.blobs.put(b"of the child").blob) == b"of the child"
    log.close()

pid = in_child(action)
for number in range(1, 20):
    log.append(draft(number, thread="parent"), by=me)
assert is_well(pid)
log.append(draft(20, thread="parent"), by=me)
"""
)

PARENT_CLOSES_FIRST = (
    FORK
    + """
wait_for_child, tell_parent = pipe()
wait_for_parent, tell_child = pipe()

def action():
    log.append(draft(1), by=me)
    tell_parent()
    wait_for_parent()
    log.append(draft(3), by=me)

pid = in_child(action)
wait_for_child()
log.append(draft(2), by=me)
log.close()
tell_child()
assert is_well(pid)
"""
)

FORK_WHILE_A_THREAD_APPENDS = (
    FORK
    + """
import threading
stop = threading.Event()

def append():
    while not stop.is_set():
        log.append(draft(0, thread="thread"), by=me)

thread = threading.Thread(target=append, daemon=True)
thread.start()
for number in range(20):
    assert is_well(in_child(lambda: log.append(draft(number, thread="child"), by=me)))
stop.set()
thread.join()
"""
)


def run_fork(child, code, path):
    process = child(code, f"sqlite:///{path}")
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def test_a_forked_child_appends_while_its_parent_goes_on(child, path, reopen):
    run_fork(child, PARENT_STAYS, path)
    log = reopen()
    assert [r.body["n"] for r in log.read(thread="child")] == list(range(1, 20))
    assert [r.body["n"] for r in log.read(thread="parent")] == list(range(1, 21))
    assert [r.seq for r in log.read()] == list(range(1, 41))
    assert verify(log).is_clean


def test_a_forked_child_loses_nothing_when_its_parent_closes_first(child, path, reopen):
    run_fork(child, PARENT_CLOSES_FIRST, path)
    log = reopen()
    assert [record.body["n"] for record in log.read()] == [0, 1, 2, 3]
    assert verify(log).is_clean


def test_a_process_may_fork_while_one_of_its_threads_appends(child, path, reopen):
    run_fork(child, FORK_WHILE_A_THREAD_APPENDS, path)
    log = reopen()
    assert [record.body["n"] for record in log.read(thread="child")] == list(range(20))
    assert verify(log).is_clean


# The file


def test_all_files_are_for_their_owner_only(tmp_path, ann, draft):
    path = tmp_path / "new" / "folder" / "log.db"
    before = os.umask(0)
    try:
        with open_log(f"sqlite:///{path}") as log:
            log.append(draft(), by=ann)
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"log.db": 0o600, "log.db-wal": 0o600, "log.db-shm": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0


def test_records_blobs_and_clocks_outlive_the_process(reopen, ann, draft):
    log = reopen()
    ahead = log.append(draft(1), by=ann).clock + 10**9
    written = [*log.read(), log.append(draft(2, clock=ahead), by=ann)]
    ref = log.blobs.put(b"content")
    log.store.hold("th", "me")
    log.close()
    log = reopen()
    assert log.read() == written
    assert log.blobs.get(ref.blob) == b"content"
    assert log.store.holders() == {"th": "me"}
    assert log.append(draft(3), by=ann).clock == ahead + 1
    assert verify(log).is_clean


def test_commits_are_flushed_to_the_disk(reopen, path):
    store = reopen().store
    assert store._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with raw(path) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


@pytest.mark.parametrize("name", ["a b.db", "ü?x=1#y%20.db", "file:x.db", ":memory:"])
def test_a_path_means_the_file_of_that_name(tmp_path, monkeypatch, ann, draft, name):
    monkeypatch.chdir(tmp_path)
    with open_log(f"sqlite:///{name}") as log:
        stored = log.append(draft(), by=ann)
    assert [file.name for file in tmp_path.iterdir()] == [name]
    with open_log(f"sqlite:///{tmp_path}/{name}") as log:
        assert log.read() == [stored]


def test_a_log_outlives_a_change_of_the_working_directory(tmp_path, monkeypatch, ann, draft):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    with open_log("sqlite:///log.db") as log:
        monkeypatch.chdir(tmp_path / "elsewhere")
        assert log.append(draft(), by=ann).seq == 1
        assert log.blobs.put(b"x").blob in log.blobs
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_in_place_of_the_file_is_refused(path):
    path.mkdir()
    with pytest.raises(StoreUnavailable):
        open_log(f"sqlite:///{path}")
    assert list(path.iterdir()) == []


def test_a_file_in_place_of_the_folder_is_refused(path):
    path.write_text("a file")
    with pytest.raises(StoreUnavailable):
        open_log(f"sqlite:///{path}/log.db")
    assert path.read_text() == "a file"


@pytest.mark.parametrize("replace", [False, True], ids=["deleted", "replaced"])
def test_a_file_that_was_taken_away_is_noticed_by_writers_and_followers(
    path, reopen, ann, draft, replace
):
    log = reopen()
    log.append(draft(1), by=ann)
    path.rename(path.with_name("moved.db"))
    if replace:
        with open_log(f"sqlite:///{path}") as other:
            other.append(draft(2), by=ann)
    for use in (
        lambda: log.append(draft(3), by=ann),
        lambda: log.blobs.put(b"content"),
        lambda: log.store.hold("th", "me"),
        log.store.version,
    ):
        with pytest.raises(StoreUnavailable):
            use()
    if replace:
        with open_log(f"sqlite:///{path}") as other:
            assert [record.body["n"] for record in other.read()] == [2]
            assert other.store.blob_digests() == []
    else:
        assert not path.exists()


# Schemas and foreign files


def foreign_database(path, *statements):
    with raw(path) as connection:
        connection.execute("CREATE TABLE other (x)")
        connection.execute("INSERT INTO other VALUES ('precious')")
        for statement in statements:
            connection.execute(statement)


FOREIGN = {
    "database": foreign_database,
    "of_our_version": lambda path: foreign_database(path, "PRAGMA user_version = 1"),
    "of_a_later_version": lambda path: foreign_database(path, "PRAGMA user_version = 99"),
    "marked": lambda path: foreign_database(path, "PRAGMA application_id = 7"),
    "text": lambda path: path.write_text("precious text\n" * 1000),
    "short_text": lambda path: path.write_text("short"),
    "other_bytes": lambda path: path.write_bytes(bytes(range(256)) * 64),
}


@pytest.mark.parametrize("make", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_file_is_refused_and_left_as_it_was(path, make):
    make(path)
    before, mode = path.read_bytes(), path.stat().st_mode
    with pytest.raises(StoreFormatError, match=r"no threadbook store|no SQLite database"):
        open_log(f"sqlite:///{path}")
    assert path.read_bytes() == before
    assert path.stat().st_mode == mode
    assert list(path.parent.iterdir()) == [path]


def test_an_empty_database_of_another_application_is_refused(path):
    with raw(path) as connection:
        connection.execute("PRAGMA application_id = 7")
    before = path.read_bytes()
    with pytest.raises(StoreFormatError):
        open_log(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_newer_schema_is_refused_and_left_as_it_was(path, reopen, ann, draft):
    log = reopen()
    log.append(draft(), by=ann)
    log.close()
    with raw(path) as connection:
        connection.execute("CREATE TABLE of_the_future (x)")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = path.read_bytes()
    with pytest.raises(StoreFormatError, match="upgrade"):
        reopen()
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_store(path, reopen, ann, draft):
    path.touch()
    assert reopen().append(draft(), by=ann).seq == 1


BROKEN_MIGRATION = """
    CREATE TABLE extra (x INTEGER) STRICT;
    INSERT INTO extra SELECT seq FROM record;
    UPDATE tip SET seq = 0;
    INSERT INTO nowhere VALUES (1);
"""
GOOD_MIGRATION = """
    -- A comment; with a semicolon.
    CREATE TABLE extra (x INTEGER) STRICT;
    INSERT INTO extra SELECT seq FROM record;
"""


def test_a_migration_that_fails_leaves_the_old_version(path, reopen, monkeypatch, ann, draft):
    log = reopen()
    written = log.append_many([draft(n) for n in range(3)], by=ann)
    log.close()
    version, old_tables = schema_version(path), tables(path)
    with monkeypatch.context() as newer:
        newer.setattr(sqlite_schema, "MIGRATIONS", (*MIGRATIONS, BROKEN_MIGRATION))
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="nowhere"):
                reopen()
    assert (schema_version(path), tables(path)) == (version, old_tables)
    log = reopen()
    assert log.read() == written
    assert verify(log).is_clean


def test_a_first_migration_that_fails_leaves_nothing(path, reopen, monkeypatch, ann, draft):
    with monkeypatch.context() as newer:
        newer.setattr(
            sqlite_schema, "MIGRATIONS", (MIGRATIONS[0] + "INSERT INTO nowhere VALUES (1);",)
        )
        with pytest.raises(StoreUnavailable):
            reopen()
    assert (schema_version(path), tables(path)) == (0, set())
    assert reopen().append(draft(), by=ann).seq == 1


def test_a_migration_keeps_what_was_there(path, reopen, monkeypatch, ann, draft):
    log = reopen()
    written = log.append_many([draft(n) for n in range(3)], by=ann)
    log.close()
    monkeypatch.setattr(sqlite_schema, "MIGRATIONS", (*MIGRATIONS, GOOD_MIGRATION))
    for _ in range(2):
        log = reopen()
        assert log.read() == written
        assert verify(log).is_clean
        log.close()
    assert schema_version(path) == len(MIGRATIONS) + 1
    with raw(path) as connection:
        assert connection.execute("SELECT x FROM extra").fetchall() == [(1,), (2,), (3,)]


# Failures of the disk


def test_a_full_disk_is_told_and_loses_nothing(reopen, ann, draft):
    log = reopen()
    written = [log.append(draft(0), by=ann)]
    pages = log.store._connection.execute("PRAGMA page_count").fetchone()[0]
    log.store._connection.execute(f"PRAGMA max_page_count = {pages + 20}")
    large = {"s": "x" * 10_000}
    with pytest.raises(StoreUnavailable, match="full"):
        written.extend(log.append(draft(body=large), by=ann) for _ in range(100))
    assert len(written) > 2
    with pytest.raises(StoreUnavailable, match="full"):
        log.append_many([draft(1, thread="new"), draft(body=large)], by=ann)
    with pytest.raises(StoreUnavailable, match="full"):
        log.blobs.put(b"x" * CHUNK)
    assert log.read() == written
    assert log.store.blob_digests() == []
    assert verify(log).is_clean
    log.store._connection.execute("PRAGMA max_page_count = 1000000")
    written.append(log.append(draft(2, thread="new"), by=ann))
    assert log.blobs.get(log.blobs.put(b"x" * CHUNK).blob) == b"x" * CHUNK
    assert log.read() == written
    assert verify(log).is_clean


FILE_SIZE_LIMIT = (
    START
    + """
log = open_log(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, resource.RLIM_INFINITY))
try:
    for number in range(1000):
        say(log.append(draft(number, body={"s": "x" * 5000}), by=me).id)
except StoreUnavailable:
    say("unavailable")
    say(len(log.read(limit=1000)))
"""
)


def test_a_file_that_cannot_grow_is_told_and_loses_nothing(child, path, reopen):
    process = child(FILE_SIZE_LIMIT, f"sqlite:///{path}")
    *acknowledged, verdict, readable = process.communicate(timeout=PATIENCE)[0].split()
    assert process.returncode == 0
    assert verdict == "unavailable"
    log = reopen()
    assert [record.id for record in log.read(limit=1000)] == acknowledged
    assert int(readable) == len(acknowledged) > 5
    assert verify(log).is_clean


def test_a_database_that_lost_its_tables_is_no_silent_success(path, reopen, ann, draft):
    log = reopen()
    log.append(draft(), by=ann)
    log.close()
    with raw(path) as connection:
        connection.execute("DROP TABLE record")
    log = reopen()
    for use in (log.read, log.threads, lambda: log.append(draft(), by=ann)):
        with pytest.raises(StoreError):
            use()


@pytest.mark.parametrize("canonical", [b"", b"{}", b"\xff", b"[]", b"{" * 50_000])
def test_a_record_that_cannot_be_decoded_is_reported_as_corrupt(
    path, reopen, ann, draft, canonical
):
    log = reopen()
    good, bad = log.append_many([draft(1), draft(2)], by=ann)
    with raw(path) as connection:
        connection.execute("UPDATE record SET canonical = ? WHERE seq = 2", (canonical,))
    for read in (log.read, log.latest, lambda: log.get(bad.id), lambda: list(log.read_all())):
        with pytest.raises(StoreCorrupt, match="seq 2"):
            read()
    assert log.read(limit=1) == [good]


async def test_a_follower_that_meets_a_corrupt_record_is_told(path, reopen, ann, draft):
    log = reopen()
    log.append(draft(1), by=ann)
    with raw(path) as connection:
        connection.execute("UPDATE record SET canonical = x'00'")
    with pytest.raises(StoreCorrupt):
        await anext(log.follow(after=0))


# Depth


def deeper(frames, call):
    return call() if frames == 0 else deeper(frames - 1, call)


def nested(depth):
    body = {}
    for _ in range(depth):
        body = {"k": body}
    return body


def test_what_was_accepted_can_be_read_and_verified_from_any_caller(reopen, ann, draft):
    log, accepted = reopen(), 0
    for depth in range(10, 1000, 10):
        try:
            log.append(draft(body=nested(depth)), by=ann)
        except ValueError:
            break
        accepted += 1
    assert accepted
    assert len(deeper(300, lambda: log.read(limit=1000))) == accepted
    assert deeper(300, lambda: verify(log)).is_clean


# Blobs


def chunks_on_disk(path):
    with raw(path) as connection:
        return connection.execute("SELECT count(*) FROM chunk").fetchone()[0]


def test_content_that_is_there_already_takes_no_space(path, reopen):
    log = reopen()
    content = bytes(CHUNK) + b"end"
    log.blobs.put(content)
    assert chunks_on_disk(path) == 2
    log.blobs.put(content)
    log.blobs.put(b"")
    assert chunks_on_disk(path) == 2


def test_a_blob_that_was_never_finished_is_cleared_away_after_a_day(path, reopen):
    def interrupted():
        yield from [b"as", b"many", b"as one", b"commit has"]
        raise ConnectionResetError

    log = reopen()
    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            log.store.blob_write(interrupted())
    assert chunks_on_disk(path) == 8
    with raw(path) as connection:
        connection.execute("UPDATE blob SET begun_at = begun_at - ? WHERE id = 1", (DAY_MS + 1000,))
    kept = log.blobs.put(b"kept")
    with raw(path) as connection:
        assert connection.execute("SELECT id FROM blob ORDER BY id").fetchall() == [(2,), (3,)]
    assert chunks_on_disk(path) == 5
    assert log.store.blob_digests() == [kept.blob]


def test_writers_are_not_kept_waiting_by_a_blob(reopen, ann, draft):
    writer, other = reopen(), reopen(busy_timeout=0)
    seen = []

    def chunks():
        for number in range(3):
            seen.append(other.append(draft(number), by=ann).seq)
            yield b"x" * 1000

    writer.store.blob_write(chunks())
    assert seen == [1, 2, 3]
