"""The doctor: what is wrong is named, with a remedy, and nothing is changed."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from threadbook.config import Settings
from threadbook.kernel.liveness import Holder
from threadbook.log import open_log, sqlite_schema
from threadbook.log.entry import Sealed
from threadbook.log.outbox import Outbox
from threadbook.ops.backup import backup
from threadbook.ops.doctor import NEWEST, examine
from threadbook.ops.erase import NOTE
from threadbook.records.identity import Identity
from threadbook.records.record import Record

DIE = """
import sys
from threadbook.kernel.liveness import Holder
from threadbook.log import open_log

open_log(sys.argv[1]).store.hold(sys.argv[2], Holder.current(thread="th").as_text())
"""


OTHER_CONTENT = (
    "UPDATE record SET canonical = CAST(replace(CAST(canonical AS TEXT), '17', '71') AS BLOB)"
    " WHERE seq = 18"
)


@pytest.fixture
def environ(tmp_path, path):
    return {
        "THREADBOOK_STORE": f"sqlite:///{path}",
        "THREADBOOK_KEY": str(tmp_path / "key.pem"),
        "THREADBOOK_OUTBOX": str(tmp_path / "outbox"),
    }


@pytest.fixture
def checks(environ, tmp_path, monkeypatch):
    """Return a function that examines, and gives checks by name."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)

    def run(**options):
        return {check.name: check for check in examine(environ=environ, **options)}

    return run


@pytest.fixture
def sound(log, environ, draft):
    """Provide a log in which nothing is wrong."""
    by = Identity.key(environ["THREADBOOK_KEY"])
    log.append_many([draft(n) for n in range(20)], by=by)
    backup(log)
    return log


def change(path, statement):
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement).rowcount == 1


def test_a_sound_log_is_well(sound, checks):
    found = checks()
    unwell = {n: c.detail for n, c in found.items() if c.status != "ok" and n != "kernelspec"}
    assert unwell == {}
    assert "20 records" in found["store"].detail
    assert "newest 20" in found["records"].detail
    assert "all 20" in checks(full=True)["records"].detail


def test_every_check_that_is_not_ok_has_a_remedy(checks, environ, path):
    path.write_text("no database")
    environ["THREADBOOK_ACTOR"] = "did:sync:user:ann"
    found = checks()
    assert found["key"].status == "warn"
    assert found["schema"].status == "fail"
    assert all(check.remedy for check in found.values() if check.status != "ok")


def test_settings_that_cannot_be_used(environ):
    environ["THREADBOOK_STORE"] = "sqlite:///"
    (check,) = examine("", environ=environ)
    assert (check.name, check.status) == ("settings", "fail")


def test_a_store_that_is_not_there_yet_is_not_made(checks, path):
    assert checks()["store"].status == "warn"
    assert not path.exists()


@pytest.mark.parametrize("trouble", ["readable by others", "no key"])
def test_a_key_that_cannot_be_used(sound, checks, environ, trouble):
    key = Path(environ["THREADBOOK_KEY"])
    if trouble == "no key":
        key.write_text("nonsense")
    else:
        key.chmod(0o644)
    assert checks()["key"].status == "fail"


def test_a_store_that_others_can_read(sound, checks, path):
    path.chmod(0o644)
    check = checks()["permissions"]
    assert check.status == "warn"
    assert check.remedy == f"chmod 600 {path}"


@pytest.mark.parametrize(
    "statement",
    [
        OTHER_CONTENT,
        "UPDATE record SET canonical = x'00' WHERE seq = 18",
        "UPDATE record SET sig = zeroblob(64) WHERE seq = 18",
        "UPDATE record SET recorded_at = 1 WHERE seq = 18",
        "DELETE FROM record WHERE seq = 18",
        "DELETE FROM record WHERE seq = 20",
    ],
)
@pytest.mark.parametrize("full", [True, False])
def test_changed_records_are_found(sound, checks, path, statement, full):
    change(path, statement)
    check = checks(full=full)["records"]
    assert check.status == "fail"
    assert "restore" in check.remedy


def test_a_quick_check_looks_at_the_newest_only(sound, checks, path, signer, draft):
    sound.append_many([draft(n, thread="new") for n in range(NEWEST)], by=signer)
    change(path, "UPDATE record SET recorded_at = 1 WHERE seq = 3")
    assert checks()["records"].status == "ok"
    assert checks(full=True)["records"].status == "fail"


def test_a_damaged_file_is_one_failed_check_among_others(sound, checks, path):
    sound.close()
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)
    found = checks()
    assert "fail" in (found["store"].status, found.get("records", found["store"]).status)
    assert found["key"].status == "ok"
    assert found["outbox"].status == "ok"


def test_schemas_of_other_times(sound, checks, path):
    newest = len(sqlite_schema.MIGRATIONS)
    sound.close()
    for version, status in ((newest + 1, "fail"), (newest - 1, "warn")):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA user_version = {version}")
            connection.commit()
        assert checks()["schema"].status == status
    with closing(sqlite3.connect(path)) as connection:  # it was not upgraded by looking
        assert connection.execute("PRAGMA user_version").fetchone()[0] == newest - 1


def test_processes_that_died_at_work(sound, checks, child):
    sound.store.hold("alive", Holder.current(thread="th").as_text())
    sound.store.hold("foreign", "not a note of ours")
    assert checks()["holders"].status == "ok"
    assert child(DIE, sound.url, "dead").wait(60) == 0
    check = checks()["holders"]
    assert check.status == "warn"
    assert check.detail.startswith("1 of 3")


def test_an_erasure_that_was_cut_short(sound, checks, child):
    sound.store.hold(NOTE + "ab" * 32, Holder.current(thread="th").as_text())
    assert checks()["erasures"].status == "ok"
    assert child(DIE, sound.url, NOTE + "cd" * 32).wait(60) == 0
    check = checks()["erasures"]
    assert check.status == "fail"
    assert "--finish" in check.remedy


def test_records_in_the_outbox(sound, checks, environ):
    outbox = Outbox(Settings.from_environ(environ).outbox_file())
    record = Record(act="DO", actor="did:sync:user:ann", body={}, clock=1, thread="th")
    outbox.put([Sealed.of(record)])
    assert checks()["outbox"].status == "warn"
    with closing(sqlite3.connect(outbox.path)) as connection, connection:
        connection.execute("UPDATE entry SET refused = 'no'")
    assert checks()["outbox"].status == "fail"


@pytest.mark.parametrize("trouble", ["none", "old", "damaged", "of another log"])
def test_backups_that_do_not_help(sound, checks, path, trouble, ann, draft):
    (copy,) = (path.parent / "backups").iterdir()
    status = "fail"
    if trouble == "none":
        copy.unlink()
        status = "warn"
    elif trouble == "old":
        week_ago = time.time() - 7 * 24 * 3600
        os.utime(copy, (week_ago, week_ago))
        status = "warn"
    elif trouble == "damaged":
        copy.write_bytes(b"\0" * 5000)
    else:
        sound.close()
        path.unlink()
        with open_log(f"sqlite:///{path}") as other:
            other.append(draft(), by=ann)
    assert checks()["backup"].status == status


def test_a_pid_file_that_was_left_is_no_trouble(sound, checks, tmp_path):
    folder = tmp_path / "home" / ".local" / "share" / "threadbook" / "run"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "service-9100.pid").write_text('{"pid": 1}')
    check = checks()["service"]
    assert check.status == "ok"
    assert "left" in check.detail
