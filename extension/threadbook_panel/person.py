"""The person at the panel: in whose name decisions are answered and work is judged."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from threadbook.config import Settings
from threadbook.errors import ConfigError, IdentityError
from threadbook.records.identity import Identity


class Person(NamedTuple):
    """Who answers and judges; without an identity, `read_only` says why nobody does."""

    identity: Identity | None
    read_only: str | None


def person_of(settings: Settings, key: Path) -> Person:
    """Return the person whose key is in the file `key`, which is made on demand.

    Never who asks: where that is the identity of the kernels, nobody answers here.
    """
    try:
        return Person(settings.approver(key), None)
    except (ConfigError, IdentityError) as error:
        return Person(None, str(error))


def operator_of(settings: Settings) -> str | None:
    """Return whose grants of tokens are believed: those of the store's own identity."""
    try:
        return settings.identity().actor_did
    except IdentityError:
        return None
