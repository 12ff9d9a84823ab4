"""The broker's socket: what may come through it, and what becomes of nonsense."""

import json
import socket
import struct
import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadbook import Client, Identity
from threadbook.client.broker import SocketTransport, listening
from threadbook.errors import Forbidden, KindError, StoreUnavailable
from threadbook.log.log import open_log
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink

IN_A_JAIL = """
import sys
from pathlib import Path
from threadbook import Client
from threadbook.client.broker import SocketTransport

client = Client(SocketTransport(Path(sys.argv[1])), thread=lambda: "th")
for n in range(3):
    print(client.emit_sync(act="DO", kind="x.y.z", body={"n": n, "big": 10**30}).record_id)
"""


@pytest.fixture
def sink(tmp_path):
    identity = Identity.key(tmp_path / "key.pem")
    sink = Sink(f"sqlite:///{tmp_path}/log.db", identity, Outbox(tmp_path / "outbox.db"))
    yield sink
    sink.close()


@pytest.fixture
def path(sink, tmp_path):
    with listening(sink, tmp_path / "broker"):
        yield tmp_path / "broker"


def exchange(path, data):
    """Send bytes and return what comes back before the broker closes or waits for more."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.settimeout(30)
        received = b""
        with suppress(ConnectionResetError, BrokenPipeError):  # it hangs up in the middle
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                received += part
        return received


def framed(message):
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    return struct.pack(">I", len(data)) + data


def answer_to(path, message):
    return json.loads(exchange(path, framed(message))[4:])


def test_another_process_writes_signed_records_without_the_key(path, sink):
    command = [sys.executable, "-c", IN_A_JAIL, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    with open_log(sink.url) as log:
        records = log.read()
    assert [record.id for record in records] == done.stdout.split()
    assert all(record.is_signed and record.actor == sink.identity.actor_did for record in records)
    assert records[0].body["big"] == 10**30


def test_no_decision_is_made_through_it(path, sink):
    client = Client(SocketTransport(path))
    asked = client.ask_sync("Deploy?", thread="th")
    with pytest.raises(Forbidden):
        client.decide_sync(asked.record_id, "approve")


def test_errors_cross_it_with_their_type_and_remedy(path):
    message = {"do": "append", "draft": {"act": "DO", "body": {"kind": "bad"}, "thread": "th"}}
    assert answer_to(path, message)["error"]["name"] == "KindError"
    with pytest.raises(KindError, match="scope"):
        SocketTransport(path)._line.ask(message)


def test_nobody_listening_is_trouble(tmp_path):
    with pytest.raises(StoreUnavailable):
        SocketTransport(tmp_path / "nothing")


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"do": "steal"},
        {"do": "append"},
        {"do": "append", "draft": 5},
        {"do": "append", "draft": {"act": 5}},
        {"do": "ask", "question": {}},
        {"do": "ask", "question": {"ask": "records", "limit": "x"}},
        {"do": "ask", "question": {"ask": "records", "cursor": "x"}},
        {"do": "ask", "question": {"ask": "capabilities"}},
    ],
    ids=str,
)
def test_a_message_that_makes_no_sense_gets_an_error(path, message):
    assert answer_to(path, message)["error"]["message"]
    assert answer_to(path, {"do": "hello"})["ok"]["actor"]


@given(data=st.binary(max_size=50) | st.binary(max_size=50).map(framed))
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_bytes_stop_it(path, data):
    exchange(path, data)
    assert answer_to(path, {"do": "hello"})["ok"]["actor"]


def test_a_message_that_claims_to_be_huge_is_not_waited_for(path):
    assert exchange(path, b"\xff\xff\xff\xff") == b""
