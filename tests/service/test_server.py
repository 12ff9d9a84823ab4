"""How a service is started, watched, and ended."""

import json
import signal
import socket
import subprocess

import pytest

from threadbook.log.verify import verify
from threadbook.records.identity import Identity
from threadbook.records.record import Draft


@pytest.fixture
def background(tmp_path, start_service):
    """A Service that is not started, for its environment and its command line."""
    service = start_service()
    service.end()
    yield service
    service.cli("serve", "--stop", "--port", service.port)


def test_it_says_where_it_listens_and_that_nobody_is_asked_for_a_token(start_service):
    service = start_service()
    assert service.http.get("/health").json()["status"] == "ok"
    assert service.end() == 0
    assert "WARNING: no token is asked for" in service.errors


def test_with_tokens_it_says_how_to_make_the_first(start_service, wait_for):
    service = start_service("--host", "127.0.0.1")
    assert "threadbook token bootstrap" in service.process.stdout.readline()
    answer = service.http.get("/v1/records")
    assert (answer.status_code, answer.json()["code"]) == (401, "AUTH_REQUIRED")
    assert service.http.get("/health").status_code == 200


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_good_order(start_service, signum):
    service = start_service()
    service.post()
    assert service.end(signum) == 0
    assert "Traceback" not in service.errors


def test_a_port_in_use_is_one_line(start_service):
    service = start_service()
    done = service.cli("serve", "--port", service.port, "--insecure-localhost")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"cannot listen on 127.0.0.1:{service.port}" in line


def test_without_tokens_it_listens_on_this_machine_only(start_service):
    done = start_service().cli("serve", "--host", "0.0.0.0", "--insecure-localhost")
    assert done.returncode == 2
    assert "--insecure-localhost does not listen on 0.0.0.0" in done.stderr


def test_a_store_that_cannot_be_used_is_one_line(start_service, tmp_path):
    (tmp_path / "foreign.db").write_text("no database")
    done = start_service().cli("serve", "--port", 0, "--store", tmp_path / "foreign.db")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "is no SQLite database" in line


def test_in_the_background(background):
    arguments = ("serve", "--port", background.port)
    assert background.cli("serve", "--status").returncode == 1
    started = background.cli(*arguments, "--daemon", "--insecure-localhost")
    assert started.returncode == 0, started.stderr
    assert f"127.0.0.1:{background.port}" in started.stdout
    assert background.cli("serve", "--status").stdout.strip() in started.stdout
    again = background.cli(*arguments, "--daemon", "--insecure-localhost")
    assert again.returncode == 2
    assert "cannot listen" in again.stderr
    assert "threadbook serves" in background.cli("serve", "--logs", 5).stdout
    assert background.cli(*arguments, "--stop").returncode == 0
    assert background.cli(*arguments, "--stop").returncode == 1
    assert background.cli("serve", "--status").returncode == 1


def test_a_pid_file_that_a_crash_left_is_not_taken_for_a_service(start_service):
    service = start_service()
    assert service.cli("serve", "--status").returncode == 0
    service.end(signal.SIGKILL)
    (left,) = service.folder.rglob("service-*.pid")
    assert json.loads(left.read_bytes())["pid"] == service.process.pid
    assert service.cli("serve", "--status").returncode == 1
    service.start()
    assert service.cli("serve", "--status").returncode == 0


def test_the_log_of_a_failure_is_json_and_the_answer_tells_nothing(start_service, tmp_path):
    service = start_service()
    service.post()
    (tmp_path / "log.db").unlink()
    (tmp_path / "log.db").mkdir()
    answer = service.post()
    assert answer.status_code == 503
    assert "Traceback" not in answer.text


def test_a_drained_service_takes_nothing_more_and_can_still_be_read(start_service):
    service = start_service()
    stored = service.post().json()
    assert service.http.post("/v1/drain/start").json() == {"object": "drain", "draining": True}
    refused = service.post()
    assert (refused.status_code, refused.json()["code"]) == (503, "DRAINING")
    assert refused.headers["retry-after"]
    assert service.http.get("/health/ready").status_code == 503
    assert service.http.get("/health").status_code == 200
    assert service.http.get(f"/v1/records/{stored['id']}").json() == stored


def test_one_who_sends_no_end_of_a_request_holds_up_nobody(start_service):
    service = start_service()
    with socket.create_connection(("127.0.0.1", service.port)) as slow:
        slow.sendall(
            b"POST /v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
        )
        assert service.post().status_code == 200
        assert service.end() == 0


def test_garbage_on_the_wire_is_no_failure(start_service):
    service = start_service()
    for garbage in (b"\x16\x03\x01", b"GET / HTTP/9.9\r\n\r\n", b"x" * 100_000, b"\0" * 1000):
        with socket.create_connection(("127.0.0.1", service.port)) as wire:
            wire.sendall(garbage)
            wire.shutdown(socket.SHUT_WR)
    assert service.post().status_code == 200
    assert service.end() == 0
    assert "Traceback" not in service.errors


def test_the_pid_file_is_private_and_goes_with_the_service(start_service):
    service = start_service()
    (file,) = service.folder.rglob("service-*.pid")
    assert file.stat().st_mode & 0o077 == 0
    assert service.end() == 0
    assert not file.exists()


def test_a_password_in_the_url_of_a_store_is_printed_nowhere(start_service):
    service = start_service()
    url = "postgresql://user:hunter2@127.0.0.1:1/none"
    done = subprocess.run(
        [*service.process.args[:2], "--port", "0", "--store", url],
        env=service.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "hunter2" not in done.stdout + done.stderr


def test_what_the_log_holds_is_signed_once_enough_is_new(start_service):
    service = start_service()
    with service.log() as log:
        drafts = [Draft(act="DO", body={"n": n}, thread="th") for n in range(1000)]
        log.append_many(drafts, by=Identity.static("did:sync:agent:ann"))
        service.post()
        assert service.end() == 0
        (signed,) = log.read(kind="threadbook.log.checkpoint")
        assert (signed.body["size"], signed.is_signed) == (1001, True)
        assert verify(log).is_clean
