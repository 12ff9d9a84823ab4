"""What the messages of the panel have in common; extension/lab/src/protocol.ts is their other side.

Every struct has the fields of the interface of its name there, and a test compares them.
"""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what the panel is told."""


class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operation is asked; whoever asks may have written anything."""
