"""Commands of operations: what they print, and how they end."""

import json
import sqlite3
from contextlib import closing

import pytest

from threadbook.log import open_log
from threadbook.records.identity import Identity
from threadbook.records.record import Draft


@pytest.fixture
def log(threadbook):
    author = Identity.key(threadbook.folder / "identity.pem")
    with open_log(f"sqlite:///{threadbook.store}") as log:
        ref = log.blobs.put(b"content")
        file = {"blob": ref.blob, "size": ref.size}
        for n in range(5):
            body = {"kind": "a.b.c", "n": n, "text": "private", "file": file}
            log.append(Draft(act="DO", body=body, thread=f"th_{n % 2}"), by=author)
        yield log


def spoil(store, seq):
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE record SET canonical = x'00' WHERE seq = ?", (seq,))


def test_back_up_and_restore(call, threadbook, log):
    printed = call("backup").out
    assert printed.startswith("✓ 5 records, 1 blob verified in ")
    (made,) = json.loads(call("backup", "-o", "json").out)
    assert made["records"] == 5
    assert "--replace" in call("restore", made["path"], status=2).err
    log.close()
    printed = call("restore", made["path"], "--replace").out
    assert "5 records, 1 blob restored" in printed
    assert "what was there is in" in printed
    assert call("verify").out.startswith("✓ 5 records")


def test_a_damaged_store_is_not_backed_up(call, threadbook, log):
    spoil(threadbook.store, 3)
    done = call("backup", status=2)
    assert "problems" in done.err
    assert "threadbook repair" in done.err


def test_restore_elsewhere(call, threadbook, log):
    call("backup", "copy.db")
    other = threadbook.folder / "other.db"
    call("restore", "copy.db", "--to", other)
    assert call("verify", "--store", other).out.startswith("✓ 5 records")


def test_the_doctor(call, threadbook, log):
    printed = call("doctor").out
    assert "✓  store" in printed
    assert "threadbook backup" in printed  # the remedy for having none
    checks = json.loads(call("doctor", "--full", "-o", "json").out)
    assert {"settings", "key", "store", "records", "outbox", "backup"} <= {
        check["name"] for check in checks
    }
    spoil(threadbook.store, 5)
    assert "✗" in call("doctor", status=1).out


def test_repair(call, threadbook, log):
    log.close()
    spoil(threadbook.store, 2)
    printed = call("repair", threadbook.store, "--to", "new.db", status=1).out
    assert "4 records, 1 blob saved" in printed
    assert "1 record lost:" in printed
    assert "th_1" in printed
    assert call("verify", "--store", "new.db").out.startswith("✓ 5 records")
    (again,) = json.loads(call("repair", "new.db", "--to", "newer.db", "-o", "json").out)
    assert again["lost"] == []


def test_export_and_import(call, threadbook, log):
    assert "5 records and 1 blob" in call("export", "all.jsonl.gz", "--blobs").out
    printed = call("import", "all.jsonl.gz", "--store", "other.db").out
    assert printed == "✓ 5 records and 1 blob imported, 0 here already\n"
    call("export", "--thread", "th_0", "part.jsonl")
    call("import", "part.jsonl", "--store", "third.db")
    assert call("verify", "--store", "third.db").out.startswith("✓ 4 records")
    (threadbook.folder / "part.jsonl").write_text("nonsense\n")
    printed = call("import", "part.jsonl", "--store", "third.db", status=1).out
    assert printed.splitlines()[0] == "✗ nothing was imported"
    assert printed.splitlines()[1].startswith("line 1: ")


def test_an_export_goes_to_standard_output(threadbook, log):
    lines = threadbook("export", "--thread", "th_1").stdout.splitlines()
    assert [json.loads(line)["type"] for line in lines] == ["manifest", "record", "record"]


def test_migrate(call, threadbook, log):
    printed = call("migrate", threadbook.store, "target.db").out
    assert printed == "✓ 5 records and 1 blob copied; 5 records verified in the target\n"
    assert "schema version" in call("migrate", "--status").out
    assert "name two stores" in call("migrate", threadbook.store, status=2).err


def test_erase(call, threadbook, log):
    ids = [stored.id for stored in log.read_all(thread="th_0")]
    assert "--yes" in call("erase", *ids, "--reason", "asked", status=2).err
    assert "reason" in call("erase", *ids, "--yes", status=2).err
    assert "no record" in call("erase", "ab" * 32, "--reason", "r", "--yes", status=2).err
    assert "name the records" in call("erase", status=2).err
    assert "private" in call("thread", "records", "th_0").out
    printed = call("erase", *ids, "--reason", "asked", "--yes").out
    assert printed.startswith("✓ the content of 3 records and 0 blobs is erased")
    assert "private" not in call("thread", "records", "th_0").out
    assert "3 of them erased" in call("verify").out
    assert "✓ the content of 0 records" in call("erase", "--finish").out


def test_passwords_are_not_shown(call):
    url = "postgresql://me:secret@127.0.0.1:1/none"
    done = call("doctor", "--store", url, status=1)
    assert "secret" not in done.out + done.err
