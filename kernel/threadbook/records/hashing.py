"""Hash levels: how alike two actions are, from the same in all parameters to the same shape."""

from __future__ import annotations

from typing import Any

from threadbook.records.canonical import canonical_bytes, sha256_hex

_SHAPE_FIELDS = ("operation", "input_shape", "output_shape")


def hash_levels(act: str, body: dict[str, Any]) -> dict[str, str]:
    """Return `{"l0": …, "l3": …}`: SHA-256 in hexadecimal, from the most to the least specific.

    Equal l0 implies equal l1, l1 implies l2, l2 implies l3. A default applies where the key is
    absent, not where it is null.
    """
    shape = {
        "in": body.get("input_shape", "VOID"),
        "out": body.get("output_shape", "VOID"),
    }
    operation = {"op": body.get("operation", act.lower()), "p": act}
    parameters = {key: value for key, value in body.items() if key not in _SHAPE_FIELDS}
    levels = {
        "l0": {**shape, **operation, "params": parameters},
        "l1": {**shape, **operation, "d": body.get("domain", "")},
        "l2": {**shape, "p": act},
        "l3": shape,
    }
    return {name: sha256_hex(canonical_bytes(value)) for name, value in levels.items()}
