"""A log, and a way to add records to it as anybody."""

import pytest

from threadbook.log import open_log
from threadbook.records.identity import Identity
from threadbook.records.record import Draft


@pytest.fixture
def log():
    with open_log("memory:") as log:
        yield log


@pytest.fixture
def add(log):
    """Return a function that appends a record of somebody and returns it."""

    def add(who, body, *, act="DO", thread="th", parents=()):
        by = who if isinstance(who, Identity) else Identity.static(f"did:sync:user:{who}")
        if isinstance(body, dict):
            draft = Draft(act=act, body=body, thread=thread, parents=tuple(parents))
        else:
            draft = body.draft(thread=thread, parents=tuple(parents))
        return log.append(draft, by=by)

    return add


@pytest.fixture
def key(tmp_path):
    """Return a function that makes an identity with a key."""
    return lambda name: Identity.key(tmp_path / f"{name}.pem")
