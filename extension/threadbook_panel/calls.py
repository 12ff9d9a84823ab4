"""Calls that somebody is asked about: what a gate says will happen, or whoever wrote it says."""

from __future__ import annotations

from typing import Any

import msgspec

from threadbook.errors import AnswerInvalid, BlobNotFound
from threadbook.log.log import Log
from threadbook.tools.answering import resolved

LARGEST_SHOWN = 1024 * 1024
"""Bytes of arguments, or of a command, above which the panel does not show them."""


class AskedCall(msgspec.Struct, frozen=True, kw_only=True):
    """The context of a request of a gate; see tools/asking.py."""

    tool: str
    callable: str
    definition: str
    adapter: str = ""
    effect: str = ""
    domain: str = ""
    actor: str = ""
    cell: str | None = None
    cwd: str = ""
    environment: list[str] = []
    risk: str = ""
    rule: str = ""
    reason: str = ""
    trust: float | None = None
    min_trust: float | None = None
    what: str = ""
    arguments: dict[str, Any] = {}


def read_call(log: Log, context: dict[str, Any]) -> tuple[AskedCall | None, str | None]:
    """Return what will happen, and why nobody can say yes to it here, None where they can.

    Nobody says yes to what they have not seen whole.
    """
    unseen = None
    try:
        context = resolved(log, context, limit=LARGEST_SHOWN)
    except (AnswerInvalid, BlobNotFound) as error:
        unseen = f"what will happen cannot be shown whole: {error.message}"
    try:
        return msgspec.convert(context, AskedCall), unseen
    except msgspec.ValidationError as error:
        return None, f"what it says of the call is malformed: {error}"
