"""Following a thread over Server-Sent Events."""

import signal
import socket
import subprocess
import sys

import pytest

from threadbook.records.identity import Identity
from threadbook.records.record import Draft

ANN = Identity.static("did:sync:agent:ann")


def numbers(records):
    return [record["body"]["n"] for record in records]


def test_a_stream_begins_with_a_cursor_and_goes_on_with_what_is_new(shared, thread, watch):
    old = shared.post(thread=thread, body={"n": "old"}).json()
    with watch(shared, thread) as events:
        name, cursor, data = next(events)
        assert (name, data) == ("heartbeat", {})
        assert int(cursor) >= old["sequence"]
        new = shared.post(thread=thread, body={"n": "new", "s": "\u2028\u2029\u0085é"}).json()
        name, cursor, data = next(events)
        assert (name, cursor) == ("record.created", str(new["sequence"]))
        assert data == {"id": new["id"], "record": new}
        assert events.headers["content-type"].startswith("text/event-stream")


def test_since_clock_replays_strictly_greater_clocks_and_then_goes_on(shared, thread, watch):
    for clock in (5, 6, 7):
        shared.post(thread=thread, clock=clock, body={"n": clock})
    with watch(shared, thread, since_clock=5) as events:
        assert numbers(events.records(2)) == [6, 7]
        shared.post(thread=thread, clock=3, body={"n": 3})
        shared.post(thread=thread, clock=8, body={"n": 8})
        assert numbers(events.records(1)) == [8]


def test_a_stream_goes_on_after_its_last_event(shared, thread, watch):
    first = shared.post(thread=thread, body={"n": 1}).json()
    for n in (2, 3):
        shared.post(thread=thread, body={"n": n})
    with watch(shared, thread, last=str(first["sequence"])) as events:
        assert numbers(events.records(2)) == [2, 3]


def test_only_the_thread_is_followed(shared, thread, watch):
    with watch(shared, thread) as events:
        next(events)
        shared.post(thread=f"{thread}-other", body={"n": "other"})
        shared.post(thread=thread, body={"n": "mine"})
        assert numbers(events.records(1)) == ["mine"]


def test_what_another_process_appends_is_seen(start_service, watch):
    service = start_service()
    with watch(service, "th") as events, service.log() as log:
        next(events)
        log.append(Draft(act="DO", body={"n": "beside"}, thread="th"), by=ANN)
        assert numbers(events.records(1)) == ["beside"]


def test_many_records_arrive_once_and_in_order(shared, thread, watch):
    with watch(shared, thread) as events:
        next(events)
        for n in range(100):
            shared.post(thread=thread, body={"n": n})
        assert numbers(events.records(100)) == list(range(100))


@pytest.mark.parametrize("last", ["x", "-1", "1 or 1", "9" * 30])
def test_a_cursor_from_elsewhere_is_refused(shared, thread, last):
    answer = shared.http.get(f"/v1/threads/{thread}/watch", headers={"Last-Event-ID": last})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_CURSOR")


def test_a_service_that_ends_says_so_and_the_cursor_survives(start_service, watch):
    service = start_service()
    with watch(service, "th") as events:
        _, cursor, _ = next(events)
        service.process.send_signal(signal.SIGTERM)
        name, _, data = next(events)
        assert name == "server_shutdown"
        assert data["retry_after_ms"] > 0
        assert list(events) == []
    assert service.process.wait(30) == 0
    with service.log() as log:
        log.append(Draft(act="DO", body={"n": "meanwhile"}, thread="th"), by=ANN)
    service.start()
    with watch(service, "th", last=cursor) as events:
        assert numbers(events.records(1)) == ["meanwhile"]


def test_one_who_does_not_read_is_let_go(start_service, wait_for):
    service = start_service("--insecure-localhost", "--send-timeout", "0.5")
    with socket.create_connection(("127.0.0.1", service.port)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(b"GET /v1/threads/th/watch HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_for(lambda: watchers(service) == 1)
        large = "x" * 200_000
        for n in range(40):
            assert service.post(body={"n": n, "s": large}).status_code == 200
        wait_for(lambda: watchers(service) == 0)


def test_signs_of_life_come_while_nothing_else_does(start_service, watch):
    service = start_service("--insecure-localhost", "--heartbeat", "0.1")
    service.post(thread="th-other")
    with watch(service, "th") as events:
        assert [next(events)[0] for _ in range(4)] == ["heartbeat"] * 4


def test_one_who_goes_away_is_forgotten(start_service, wait_for, watch):
    service = start_service()
    for _ in range(3):
        with watch(service, "th") as events:
            next(events)
    wait_for(lambda: watchers(service) == 0)


def watchers(service):
    text = service.http.get("/metrics").text
    line = next(line for line in text.splitlines() if line.startswith("threadbook_watchers "))
    return float(line.split()[1])


def test_a_reader_that_knows_lines_only_can_follow(shared, thread):
    shared.post(thread=thread, body={"n": 1})
    script = (
        "import sys, urllib.request\n"
        "stream = urllib.request.urlopen(sys.argv[1])\n"
        "print(next(line for line in stream if line.startswith(b'data: {\"id')).decode())"
    )
    url = f"{shared.url}/v1/threads/{thread}/watch?since_clock=0"
    assert '"n": 1' in subprocess.check_output([sys.executable, "-c", script, url], text=True)
