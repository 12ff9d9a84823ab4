"""The socket of a broker: who may speak, and what becomes of those who talk nonsense."""

import os
import socket
import stat
import threading

import pytest

from threadbook.broker.channels import SocketChannel
from threadbook.broker.server import Listener
from threadbook.broker.wire import Call, Cancel, Hello, frame, packed_params
from threadbook.client.framing import LENGTH
from threadbook.errors import NamespaceError
from threadbook.records.bodies import AuthDenied, ToolCall

SECONDS = 60


@pytest.fixture
def connect(listener):
    """Return a function that opens a bare connection to the broker."""
    connections = []

    def connect():
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(SECONDS)
        connection.connect(str(listener.path))
        connections.append(connection)
        return connection

    yield connect
    for connection in connections:
        connection.close()


def call_frame(number=1, message="cell 1"):
    params = packed_params("tools.list", {})
    return frame(
        Call(id=number, method="tools.list", params=params, message=message, thread="th_x")
    )


def is_closed(connection):
    """Wait for what the broker does with a connection; tell whether it said nothing."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def denials(log):
    return [AuthDenied.of(stored) for stored in log.read_all(kind=AuthDenied.KIND)]


def test_only_this_user_can_reach_the_socket(listener):
    assert stat.S_IMODE(listener.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("secret", ["", "guess", "é"])
def test_n54_a_wrong_secret_is_refused_and_recorded(connect, log, secret):
    connection = connect()
    connection.sendall(frame(Hello(secret=secret)) + call_frame())
    assert is_closed(connection)
    (denied,) = denials(log)
    assert (denied.reason, denied.route) == ("wrong_secret", "broker")
    assert str(os.getpid()) in denied.address


@pytest.mark.parametrize(
    "said",
    [call_frame(), b"GET / HTTP/1.1\r\n\r\n", LENGTH.pack(2**31), LENGTH.pack(3) + b"\xc1\xc1\xc1"],
    ids=["no hello", "HTTP", "too large", "no MessagePack"],
)
def test_n54_who_does_not_say_the_secret_is_told_nothing(connect, log, said):
    connection = connect()
    connection.sendall(said)
    connection.shutdown(socket.SHUT_WR)
    assert is_closed(connection)
    assert [denied.reason for denied in denials(log)] == ["no_secret"]


def test_n51_there_is_no_message_that_names_a_command(connect, listener, log):
    connection = connect()
    params = packed_params("tools.call", {"command": ["touch", "x"], "server_params": {}})
    asked = Call(id=1, method="tools.call", params=params, message="cell 1", thread="th_x")
    connection.sendall(frame(Hello(secret=listener.secret)) + frame(asked))
    answer = connection.recv(10_000)
    assert b"not understood" in answer
    assert log.read(kind=ToolCall.KIND) == []


@pytest.mark.parametrize(
    "said",
    [
        frame(Hello(secret="again")),
        call_frame() + call_frame(),
        LENGTH.pack(2**31),
        LENGTH.pack(3) + b"\xc1\xc1\xc1",
    ],
    ids=["hello again", "a number twice", "too large", "no MessagePack"],
)
def test_nonsense_ends_the_connection_and_no_other(connect, listener, said, origin):
    connection = connect()
    connection.sendall(frame(Hello(secret=listener.secret)) + said)
    while connection.recv(100_000):
        pass
    other = SocketChannel(listener.path, listener.secret, lambda: origin, print)
    assert other.call("tools.list", {})
    other.close()


def test_cancelling_what_is_not_there_is_nothing(connect, listener):
    connection = connect()
    connection.sendall(frame(Hello(secret=listener.secret)) + frame(Cancel(id=7)) + call_frame())
    assert connection.recv(10_000)


def test_a_kernel_that_goes_ends_its_calls(listener, origin, box):
    channel = SocketChannel(listener.path, listener.secret, lambda: origin, print)
    raised = []

    def wait():
        try:
            params = {"tool": "wait", "callable": "wait", "arguments": {}}
            channel.call("tools.call", params)
        except NamespaceError as error:
            raised.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert box.begun.wait(SECONDS)
    channel.close()
    waiting.join()
    assert box.cancelled.wait(SECONDS)
    assert [type(error) for error in raised] == [NamespaceError]


def test_a_broker_that_goes_is_told_to_those_who_wait(broker, origin, box):
    listener = Listener.listen(broker)
    channel = SocketChannel(listener.path, listener.secret, lambda: origin, print)
    raised = []

    def wait():
        try:
            channel.call("tools.call", {"tool": "wait", "callable": "wait", "arguments": {}})
        except NamespaceError as error:
            raised.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert box.begun.wait(SECONDS)
    listener.close()
    waiting.join()
    assert len(raised) == 1
    with pytest.raises(NamespaceError, match="does not answer"):
        channel.call("tools.list", {})
    assert not listener.path.parent.exists()


def in_a_child(work):
    """Run a function in a forked process; return what it wrote."""
    reader, writer = os.pipe()
    if not (pid := os.fork()):
        try:
            os.write(writer, work().encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        said = stream.read()
    os.waitpid(pid, 0)
    return said


def test_a_forked_child_speaks_for_itself_or_is_told(channel, call):
    assert call("echo", value=1) == 1

    def work():
        try:
            return str(call("echo", value="from the child"))
        except NamespaceError as error:
            return error.message

    said = in_a_child(work)
    expected = "from the child" if isinstance(channel, SocketChannel) else "a forked process"
    assert expected in said
    assert call("echo", value=2) == 2
