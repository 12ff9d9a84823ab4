"""Streams of news: how they begin and end, and what they cost whoever does not read."""

import contextlib
import socket

import httpx
import psutil
import pytest

from threadbook.records.bodies import Intent
from threadbook_panel.streams import MOST_STREAMS


@pytest.fixture(scope="module")
def server(quick_server):
    return quick_server


def connections(server):
    return [c for c in psutil.Process(server.pid).net_connections() if c.status == "ESTABLISHED"]


def test_a_quiet_stream_shows_that_it_lives(server):
    with server.news(thread="th_quiet") as lines:
        assert next(lines) == 'data: {"type":"reset"}'
        assert [next(line for line in lines if line.startswith(":")) for _ in range(2)] == [
            ": still here"
        ] * 2


def test_as_many_streams_as_there_is_room_for_and_each_ends_with_its_client(server, until):
    with contextlib.ExitStack() as stack:
        headers = server.client.headers
        client = httpx.Client(
            base_url=server.client.base_url, headers=headers, limits=httpx.Limits()
        )
        stack.enter_context(client)
        for _ in range(MOST_STREAMS):
            stream = stack.enter_context(client.stream("GET", "threadbook/api/news"))
            assert stream.status_code == 200
        refused = client.get("threadbook/api/news")
        assert refused.status_code == 503
        assert refused.json()["error"]["type"] == "TooManyStreams"

    def is_free():
        with server.client.stream("GET", "threadbook/api/news") as response:
            return response.status_code == 200

    until(is_free)


def test_a_reader_that_does_not_read_is_dropped(server, until):
    thread, agent = "th_slow", server.identity()
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        url = server.client.base_url
        reader.connect((url.host, url.port))
        reader.sendall(
            f"GET /threadbook/api/news?thread={thread} HTTP/1.1\r\nHost: {url.host}\r\n"
            f"Authorization: {server.client.headers['Authorization']}\r\n\r\n".encode()
        )
        reader.settimeout(60)
        assert reader.recv(15) == b"HTTP/1.1 200 OK"
        port = reader.getsockname()[1]
        with server.log() as log:

            def is_dropped():
                """Say more for as long as the connection takes it."""
                goals = [Intent(goal="x" * 200).draft(thread=thread)] * 400
                log.append_many(goals, by=agent)
                return all(other.raddr.port != port for other in connections(server))

            until(is_dropped)
    assert "a reader of news was too slow" in server.said()
    assert "Traceback" not in server.said()
