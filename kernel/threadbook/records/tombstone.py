"""The tombstone: what stands in the place of a record whose content was erased.

Six of the seven fields stay. The body keeps its kind, so that readers still know what the record
was about, and says which record ordered the erasure and what the hash of the body was. The id is
that of the record as it was: whoever has a copy can still prove what it said.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from threadbook.errors import RecordError
from threadbook.records.canonical import canonical_bytes, sha256_hex
from threadbook.records.record import Record

ERASED = "_erased"
"""The field of a tombstone's body that holds an Erased."""

_HEX64 = re.compile(r"[0-9a-f]{64}")


class Erased(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a body is gone: the id of the `core.erasure` record, and the body's SHA-256."""

    by: str
    body_sha256: str

    @classmethod
    def of(cls, record: Record) -> Erased | None:
        """Return what the body of a tombstone says; None where it has not that form.

        An ordinary record can say the same words: a tombstone is not what its id hashes.
        """
        if not record.body.keys() <= {ERASED, "kind"}:
            return None
        try:
            erased = msgspec.convert(record.body.get(ERASED), cls)
        except msgspec.ValidationError:
            return None
        is_exact = _HEX64.fullmatch(erased.by) and _HEX64.fullmatch(erased.body_sha256)
        return erased if is_exact else None


def tombstone_of(record: Record, *, by: str) -> Record:
    """Return the tombstone of `record`; `by` is the id of the record that orders it."""
    if ERASED in record.body:
        raise RecordError("the body has a field _erased already")
    erased = Erased(by=by, body_sha256=sha256_hex(canonical_bytes(record.body)))
    body: dict[str, Any] = {ERASED: msgspec.to_builtins(erased)}
    if "kind" in record.body:
        body["kind"] = record.body["kind"]
    return msgspec.structs.replace(record, body=body)


def is_tombstone(record_id: str, canonical: bytes, record: Record) -> bool:
    """Tell whether these are the bytes of a tombstone and not those that `record_id` hashes."""
    return Erased.of(record) is not None and sha256_hex(canonical) != record_id
