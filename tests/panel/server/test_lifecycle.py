"""What the extension leaves behind, and what becomes of it when its store or its keys fail."""

import os
import shutil
import signal
import stat
import subprocess
import sys

import psutil

from threadbook.log.log import open_log
from threadbook.records.bodies import Intent
from threadbook.records.identity import Identity

ONLY_LOOKING = """
from jupyter_server.auth import AllowAllAuthorizer

class OnlyLooking(AllowAllAuthorizer):
    def is_authorized(self, handler, user, action, resource):
        return (action, resource) != ("write", "threadbook")

c.ServerApp.authorizer_class = OnlyLooking
"""


def warnings_of(server, text):
    return [line for line in server.said().splitlines() if text in line]


def shown(server):
    """Return the threads that there are, None while the store cannot be used."""
    response = server.get("threads")
    if response.status_code == 503:
        return None
    return [entry["thread"] for entry in response.json()["threads"]]


def error_of(response, status):
    assert response.status_code == status, response.text
    return response.json()["error"]


def test_a_store_that_cannot_be_opened_stops_nothing_and_is_opened_when_it_can_be(
    start_server, until, tmp_path
):
    (tmp_path / "data").write_text("a file where the folder should be")
    server = start_server()
    assert server.client.get("api/status").status_code == 200
    for _ in range(20):
        for response in (server.get("threads"), server.client.get("threadbook/api/news")):
            error = error_of(response, 503)
            assert error["type"] == "StoreUnavailable"
            assert error["remedy"]
    assert len(warnings_of(server, "the store cannot be used")) == 1
    assert warnings_of(server, "503 GET") == []

    (tmp_path / "data").unlink()
    (tmp_path / "data").mkdir()
    server.store.write_bytes(b"no database at all" * 100)
    until(lambda: error_of(server.get("threads"), 503)["type"] == "StoreFormatError")

    server.store.unlink()
    until(lambda: server.get("threads").status_code == 200)
    with server.log() as log:
        log.append(Intent(goal="well again").draft(thread="th_a"), by=server.identity())
    (entry,) = server.ask("threads")["threads"]
    assert entry["goal"] == "well again"


def test_a_store_that_is_taken_away_and_put_back_is_shown_again(start_server, until, tmp_path):
    server = start_server(ThreadbookPanel={"heartbeat_seconds": 0.2})
    agent = server.identity()
    with server.log() as log:
        log.append(Intent(goal="first").draft(thread="th_a"), by=agent)
    assert len(server.ask("threads")["threads"]) == 1
    with server.news(thread="th_a") as lines:
        assert next(lines) == 'data: {"type":"reset"}'
        (tmp_path / "data").rename(tmp_path / "away")
        (tmp_path / "data").mkdir()
        with open_log(server.settings.store) as other:
            other.append(Intent(goal="other").draft(thread="th_b"), by=agent)
        assert list(lines)  # to its end, although nobody asks anything
    until(lambda: shown(server) == ["th_b"])

    shutil.rmtree(tmp_path / "data")
    (tmp_path / "away").rename(tmp_path / "data")
    until(lambda: shown(server) == ["th_a"])


def test_the_end_of_the_server_ends_streams_and_leaves_nothing(start_server, tmp_path):
    server = start_server()
    with server.news() as first, server.news(thread="th_a") as second:
        assert next(first) == next(second) == 'data: {"type":"reset"}'
        server.ask("threads")
        os.kill(server.pid, signal.SIGTERM)
        assert all(line.startswith("data: {") for line in (*first, *second))  # to their ends
    assert server.stop() == 0
    assert not psutil.pid_exists(server.pid)
    # SQLite removes its write-ahead log when the last connection is closed.
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["records.db"]
    assert "Traceback" not in server.said()
    assert "Error" not in server.said()


def test_the_store_and_the_key_of_the_person_may_be_named(start_server, tmp_path):
    key, store = tmp_path / "named" / "person.pem", tmp_path / "named" / "another.db"
    server = start_server(ThreadbookPanel={"approver_key": str(key), "store": str(store)})
    health = server.ask("health")
    assert (health["person"], health["read_only"]) == (Identity.key(key).actor_did, None)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert not (tmp_path / ".local" / "share" / "threadbook" / "keys" / "approver.pem").exists()
    assert health["store"] == f"sqlite:///{store}"
    assert store.exists()
    assert not server.store.exists()


def test_the_key_of_the_kernels_is_nobody_to_answer_with(start_server, tmp_path):
    server = start_server(ThreadbookPanel={"approver_key": str(tmp_path / "kernel.pem")})
    health = server.ask("health")
    assert health["person"] is None
    assert "holds the key of the session" in health["read_only"]
    error = error_of(server.post("judge", thread="th", verdict="accept", reason="mine"), 403)
    assert error["type"] == "Forbidden"
    assert "holds the key of the session" in error["message"]
    server.ask("threads")


def test_who_may_only_look_writes_nothing(start_server, tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "jupyter_server_config.py").write_text(ONLY_LOOKING)
    server = start_server()
    assert server.ask("threads")["threads"] == []
    error = error_of(server.post("judge", thread="th", verdict="accept", reason="mine"), 403)
    assert error["message"] == "User is not authorized to write on resource: threadbook."


def test_the_extension_costs_a_kernel_nothing():
    code = (
        "import sys, threadbook_panel\nprint([m for m in sys.modules if m.startswith('jupyter')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
