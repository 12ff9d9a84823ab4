"""Migration between stores: row by row the same, resumed after a kill."""

import sqlite3
from contextlib import closing

import pytest

from threadbook.errors import ConfigError, ProofError, StoreCorrupt, StoreFormatError
from threadbook.log import sqlite_schema
from threadbook.log.store import Query
from threadbook.log.verify import verify
from threadbook.ops.copy import copy_log
from threadbook.ops.erase import erase
from threadbook.ops.migrate import migrate, schema_of

MIGRATE = """
import sys
from threadbook.log import crashpoints
from threadbook.ops.migrate import migrate

crashpoints.armed = sys.argv[3]
migrate(sys.argv[1], sys.argv[2])
"""


@pytest.fixture
def filled(log, signer, draft):
    ref = log.blobs.put(b"content" * 300_000)
    body = {"n": 1, "file": {"blob": ref.blob, "size": ref.size}}
    log.append(draft(body=body), by=signer)
    log.append_many([draft(n) for n in range(1200)], by=signer)
    return log


@pytest.fixture
def target(tmp_path):
    return tmp_path / "target.db"


def all_rows(log):
    return log.store.rows(Query(), after=0, limit=10**6)


def test_the_target_is_the_same_row_by_row(filled, target, open_at):
    done = migrate(filled.url, f"sqlite:///{target}")
    assert (done.records, done.blobs, done.tip) == (1201, 1, filled.store.tip())
    assert all_rows(open_at(target)) == all_rows(filled)
    again = migrate(filled.url, f"sqlite:///{target}")
    assert (again.records, again.blobs) == (0, 0)


@pytest.mark.parametrize("point", ["copy:batch", "copy:blob"])
def test_a_killed_migration_goes_on(filled, target, open_at, die, point):
    die(MIGRATE, filled.url, f"sqlite:///{target}", point)
    reached = open_at(target).size
    assert reached == (500 if point == "copy:batch" else 1201)
    done = migrate(filled.url, f"sqlite:///{target}")
    assert done.records == 1201 - reached
    assert all_rows(open_at(target)) == all_rows(filled)
    assert verify(open_at(target)).is_clean


def test_what_is_appended_meanwhile_comes_with_the_next(filled, target, open_at, signer, draft):
    migrate(filled.url, f"sqlite:///{target}")
    filled.append(draft(5000), by=signer)
    assert migrate(filled.url, f"sqlite:///{target}").records == 1


def test_another_log_is_not_written_into(filled, target, open_at, ann, draft):
    other = open_at(target)
    other.append(draft(), by=ann)
    with pytest.raises(ProofError, match="no beginning"):
        migrate(filled.url, f"sqlite:///{target}")
    assert other.size == 1
    with pytest.raises(ConfigError):
        migrate(filled.url, filled.url)
    with pytest.raises(ConfigError, match="no store"):
        migrate(f"sqlite:///{target}-missing", filled.url)


def test_a_source_that_does_not_hold_is_not_passed_on(filled, target, path):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE record SET recorded_at = 1 WHERE seq = 700")
    with pytest.raises(StoreCorrupt, match="seq 700"):
        migrate(filled.url, f"sqlite:///{target}")


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_was_erased_is_erased_in_the_target(filled, target, open_at, signer, when):
    gone = filled.read(limit=1)[0]
    log = open_at(target)
    if when == "after":
        copy_log(filled, log)
    erase(filled, [gone.id], reason="asked", by=signer)
    migrate(filled.url, f"sqlite:///{target}")
    assert all_rows(log) == all_rows(filled)
    assert log.store.blob_digests() == []
    report = verify(log)
    assert (report.problems, report.erased) == ([], 1)


def with_schema(path, version):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"PRAGMA user_version = {version}")


def test_the_schema_is_told_without_touching_it(filled, path):
    filled.close()
    newest = len(sqlite_schema.MIGRATIONS)
    assert schema_of(filled.url).is_current
    with_schema(path, newest + 1)
    assert schema_of(filled.url).version == newest + 1


def test_a_newer_schema_is_refused(filled, path, open_at):
    filled.close()
    with_schema(path, len(sqlite_schema.MIGRATIONS) + 1)
    with pytest.raises(StoreFormatError, match="upgrade"):
        open_at(path)


def test_an_upgrade_keeps_a_copy_of_what_was(path, open_at, monkeypatch, signer, draft):
    everything = sqlite_schema.MIGRATIONS
    with monkeypatch.context() as older:
        older.setattr(sqlite_schema, "MIGRATIONS", everything[:1])
        log = open_at(path)
        log.append_many([draft(n) for n in range(5)], by=signer)
        rows = all_rows(log)
        log.close()
    assert schema_of(f"sqlite:///{path}").version == 1
    log = open_at(path)
    assert all_rows(log) == rows
    assert verify(log).is_clean
    assert schema_of(log.url).is_current
    (copy,) = path.parent.glob("log.db.schema-1-*")
    assert copy.stat().st_mode & 0o777 == 0o600
    with monkeypatch.context() as older:  # the way back
        older.setattr(sqlite_schema, "MIGRATIONS", everything[:1])
        assert all_rows(open_at(copy)) == rows
