"""What the person at the server lets through though nobody can tell what it does."""

from __future__ import annotations

import msgspec


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """MIME types of outputs, and modules of widgets (or names of comm targets)."""

    mime_types: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset()


MIME_SETTING = "ThreadbookPanel.allowed_mime_types"
MODULE_SETTING = "ThreadbookPanel.allowed_widget_modules"
