"""The stores that the contract suite runs on: adding one is adding a line to BACKENDS."""

import itertools

import pytest

from threadbook.log import open_log
from threadbook.records.identity import Identity
from threadbook.records.record import Draft

BACKENDS = {
    "memory": lambda _request, _folder, _number: "memory:",
    "sqlite": lambda _request, folder, number: f"sqlite:///{folder}/log{number}.db",
    "sqlite with blobs in files": lambda _request, folder, number: (
        f"sqlite:///{folder}/log{number}.db#blobs=file://{folder}/blobs{number}"
    ),
    "postgres": lambda request, *_: request.getfixturevalue("postgres_server").url(),
    "redis": lambda request, *_: request.getfixturevalue("redis_server").url(),
}


@pytest.fixture(params=BACKENDS)
def new_log(request, tmp_path):
    """Return a function that opens an empty log; all are closed at the end."""
    numbers, logs = itertools.count(), []

    def make():
        log = open_log(BACKENDS[request.param](request, tmp_path, next(numbers)))
        logs.append(log)
        return log

    yield make
    for log in logs:
        log.close()


@pytest.fixture(params=BACKENDS)
def store_url(request, tmp_path):
    """Return the URL of an empty log."""
    return BACKENDS[request.param](request, tmp_path, 0)


@pytest.fixture
def log(new_log):
    return new_log()


@pytest.fixture
def ann():
    return Identity.static("did:sync:user:ann")


@pytest.fixture
def bob():
    return Identity.static("did:sync:user:bob")


@pytest.fixture
def signer(tmp_path):
    return Identity.key(tmp_path / "signer.pem")


@pytest.fixture
def draft():
    """Return a function that makes a small draft; any field may be given."""

    def make(number=0, **fields):
        return Draft(**{"act": "DO", "body": {"n": number}, "thread": "th", **fields})

    return make
