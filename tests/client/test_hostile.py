"""Services that are not what they should be, and proxies that are none of our business."""

import json
import socket
import threading

import pytest

from threadbook.errors import Forbidden, ServiceError, StoreUnavailable, Unauthorized

READS = [
    lambda client: client.query_thread_sync("th"),
    lambda client: client.rich_query_sync(filter={}),
    lambda client: client.threads_sync(),
    lambda client: client.find_sync("x"),
    lambda client: client.trust_sync(),
    lambda client: client.decisions_sync(),
]


@pytest.fixture
def raw():
    """Return a function that serves raw bytes, and goes on for as long as the client reads."""
    listeners, threads = [], []

    def start(head, rest=b""):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        connection.recv(65536)
                        connection.sendall(head)
                        while rest:
                            connection.sendall(rest)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve)
        thread.start()
        threads.append(thread)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    for thread in threads:
        thread.join(10)


@pytest.mark.parametrize(
    "answer",
    [b"", b"<html>", b"[]", b"5", b'{"data": 5}', b'{"data": [5]}', b"{" * 100_000, b'{"no": 1}'],
    ids=lambda answer: answer[:12],
)
def test_an_answer_that_is_no_list_of_records_is_an_error(scripted, connect, answer):
    client = connect(scripted(lambda _: (200, answer)).url)
    for read in READS:
        with pytest.raises(ServiceError):
            read(client)


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, Unauthorized), (403, Forbidden), (404, ServiceError), (500, StoreUnavailable)],
)
@pytest.mark.parametrize("body", [{"code": "C", "message": "m"}, b"<html>", b"\xff" * 10, b""])
def test_a_refusal_is_a_typed_error_whatever_comes_with_it(scripted, connect, status, error, body):
    client = connect(scripted(lambda _: (status, body)).url, max_retries=0)
    for read in READS:
        with pytest.raises(error, match=str(status)):
            read(client)


def test_an_error_that_says_a_lot_is_cut_to_size(scripted, connect):
    client = connect(scripted(lambda _: (400, {"code": "C", "message": "m" * 100_000})).url)
    with pytest.raises(ServiceError) as caught:
        client.query_thread_sync("th")
    assert len(str(caught.value)) < 500


def test_an_answer_without_end_is_stopped(raw, connect):
    url = raw(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", b"x" * 1_000_000)
    client = connect(url, max_retries=0)
    with pytest.raises(ServiceError, match="larger than"):
        client.query_thread_sync("th")
    assert client.emit_sync(act="DO", kind="x.y.z", body={}, thread="th").pending


def test_an_answer_that_never_gets_done_is_stopped(raw, connect):
    url = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nab")
    with pytest.raises((ServiceError, StoreUnavailable)):
        connect(url, max_retries=0, timeout=0.3).query_thread_sync("th")


def test_what_is_no_http_at_all_is_no_answer(raw, connect):
    client = connect(raw(b"SSH-2.0-OpenSSH\r\n"), max_retries=0)
    with pytest.raises(StoreUnavailable):
        client.query_thread_sync("th")
    assert client.emit_sync(act="DO", kind="x.y.z", body={}, thread="th").pending


def test_a_page_that_leads_to_itself_is_not_read_for_ever(scripted, connect):
    client = connect(scripted(lambda _: (200, {"data": [], "next_cursor": "1"})).url)
    with pytest.raises(ServiceError, match="just sent"):
        client.query_thread_sync("th")


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(scripted, connect, monkeypatch):
    proxy, server = scripted(lambda _: (502, {})), scripted()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
        client = connect(url)
        assert not client.emit_sync(act="DO", kind="x.y.z", body={}, thread="th").pending
    assert proxy.requests == []


def test_a_proxy_is_used_for_other_machines(scripted, connect, monkeypatch):
    proxy = scripted(lambda _: (200, {"data": []}))
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("http_proxy", proxy.url)
    assert connect("http://threadbook.invalid").query_thread_sync("th") == []
    assert len(proxy.requests) == 1


def test_the_key_is_sent_as_a_bearer_and_stays_out_of_errors(scripted, connect):
    server = scripted(lambda _: (500, {}))
    client = connect(server.url, api_key="sesame", max_retries=0)
    with pytest.raises(StoreUnavailable) as caught:
        client.query_thread_sync("th")
    assert "sesame" not in str(caught.value) + repr(client)
    assert server.requests[0].headers["authorization"] == "Bearer sesame"


def test_what_is_sent_is_what_was_hashed(scripted, connect):
    server = scripted()
    body = {"one": 1.0, "text": "é\u2028😀", "big": 10**30}
    connect(server.url).emit_sync(act="DO", kind="x.y.z", body=body, thread="th")
    assert b'"one":1,' in server.requests[0].body
    assert "é\u2028😀".encode() in server.requests[0].body
    assert json.loads(server.requests[0].body)["body"]["big"] == 10**30
