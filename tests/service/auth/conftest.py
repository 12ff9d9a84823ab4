"""A log with an operator, and any ASGI application behind a real server on a loopback port."""

import contextlib
import socket
import threading
import time

import pytest
import uvicorn

from threadbook.log import open_log
from threadbook.records.identity import Identity
from threadbook.service.issuer import Issuer

DEADLINE = 20


def until(condition):
    """Wait for a condition, but not for ever."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


@contextlib.contextmanager
def running(app):
    """Serve an application on a free port of 127.0.0.1 and yield its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        assert server.started
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(DEADLINE)
        listener.close()
        assert not thread.is_alive()


@pytest.fixture
def serve():
    """Return a context manager that serves an application, and yields its URL."""
    return running


@pytest.fixture
def log_url(tmp_path):
    return f"sqlite:///{tmp_path}/log.db"


@pytest.fixture
def log(log_url):
    with open_log(log_url) as log:
        yield log


@pytest.fixture
def operator(tmp_path):
    """Provide the identity that the service writes as."""
    return Identity.key(tmp_path / "operator.pem")


@pytest.fixture
def issuer(log, operator):
    return Issuer(log, operator)
