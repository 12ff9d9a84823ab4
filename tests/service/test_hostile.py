"""One request that costs much: the others do not wait for it."""

import json
import signal
import socket
import threading
import time

import msgspec
import pytest

from threadbook.folds.files import Entry, Files
from threadbook.log import open_log
from threadbook.records.identity import Identity
from threadbook.records.record import Draft
from threadbook.service.metrics import Metrics
from threadbook.service.problems import Problem
from threadbook.service.uploads import Uploads

PATIENCE = 20.0
"""Seconds that a request may take while another one is made that is meant to hold it up."""


@pytest.fixture
def meanwhile(shared):
    """Return a function that makes a request, and returns its answer and the longest wait."""

    def measure(request):
        answers, waits = [], []
        worker = threading.Thread(target=lambda: answers.append(request(shared.http)))
        worker.start()
        while worker.is_alive():
            began = time.perf_counter()
            assert shared.http.get("/health").status_code == 200
            waits.append(time.perf_counter() - began)
        return answers[0], max(waits)

    return measure


def test_an_object_with_very_many_keys_one_of_them_twice(meanwhile):
    content = json.dumps({str(n): 0 for n in range(70_000)})[:-1] + ',"69999":1}'
    answer, wait = meanwhile(lambda http: http.post("/v1/records", content=content))
    assert (answer.status_code, wait < PATIENCE) == (400, True)
    assert "twice" in answer.json()["message"]


@pytest.mark.parametrize("path", ["/v1/records", "/v1/records/query"])
def test_very_many_objects(meanwhile, path):
    content = b"[" + b",".join([b"{}"] * 340_000) + b"]"
    answer, wait = meanwhile(lambda http: http.post(path, content=content))
    assert (answer.status_code, wait < PATIENCE) == (400, True)


@pytest.mark.parametrize("cursor", ["9223372036854775808", "9999999999999999999"])
def test_a_cursor_that_is_no_sequence(shared, thread, cursor):
    for path in ("/v1/records", "/v1/threads", f"/v1/threads/{thread}/records"):
        answer = shared.http.get(path, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_CURSOR")
    answer = shared.http.get(f"/v1/threads/{thread}/watch", headers={"Last-Event-ID": cursor})
    assert answer.status_code == 400


def test_head_of_a_stream_ends(shared, thread):
    with socket.create_connection(("127.0.0.1", shared.port), timeout=10) as wire:
        wire.sendall(
            f"HEAD /v1/threads/{thread}/watch HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        )
        wire.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answers = b"".join(iter(lambda: wire.recv(4096), b""))
    assert answers.count(b"HTTP/1.1 ") == 2


def test_metrics_are_there_while_the_store_is_not(tmp_path):
    log = open_log(f"sqlite:///{tmp_path}/log.db")
    metrics = Metrics(log)
    assert b"threadbook_log_records 0.0" in metrics.text()
    log.close()
    assert b"threadbook_log_records NaN" in metrics.text()


def test_an_upload_that_is_gone_is_not_found():
    uploads = Uploads(patience=60)
    upload = uploads.begin("/a", 1, "text/plain", "ann", None)
    uploads.forget(upload)
    for use in (
        lambda: uploads.find(upload.id, "ann"),
        lambda: uploads.write(upload, None, b"x"),
        lambda: uploads.finish(msgspec.structs.replace(upload, received=1)),
    ):
        with pytest.raises(Problem) as refused:
            use()
        assert refused.value.code == "UPLOAD_NOT_FOUND"
    uploads.close()


def test_an_upload_that_goes_on_is_not_dropped():
    uploads = Uploads(patience=0.2)
    slow = uploads.begin("/a", 2, "text/plain", "ann", None)
    began = time.monotonic()
    while time.monotonic() < began + 0.5:
        uploads.write(slow, "bytes 0-0/2", b"x")
    uploads.begin("/b", 1, "text/plain", "ann", None)
    assert uploads.find(slow.id, "ann") is slow
    uploads.close()


def test_a_large_folder_is_listed_in_time():
    files = Files()
    for n in range(3000):
        path = f"/f{n}/a"
        files.entries[path] = Entry(path=path)
    began = time.perf_counter()
    assert len(files.children("/")) == 3000
    assert time.perf_counter() - began < PATIENCE / 4


def test_one_who_does_not_read_a_stream_is_no_failure(start_service, wait_for):
    service = start_service("--insecure-localhost", "--send-timeout", "0.2")
    with socket.create_connection(("127.0.0.1", service.port)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(b"GET /v1/threads/th/watch HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_for(lambda: "threadbook_watchers 1.0" in service.http.get("/metrics").text)
        with service.log() as log:
            drafts = [Draft(act="DO", body={"s": "x" * 200_000}, thread="th") for _ in range(40)]
            log.append_many(drafts, by=Identity.static("did:sync:agent:ann"))
        wait_for(lambda: "threadbook_watchers 0.0" in service.http.get("/metrics").text)
    assert service.end(signal.SIGTERM) == 0
    assert "Traceback" not in service.errors
