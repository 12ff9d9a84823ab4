"""The panel: what agents did, are doing and want to do, next to the notebook.

`Panel` is the view in a notebook. It is imported when it is first used: the server extension, and
the command line, need no widgets.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from threadbook_panel.panel import Panel

_HOMES = {"Panel": "panel"}

__all__ = ["Panel"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, *globals()])


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tell Jupyter Server of the extension; it is imported by servers only."""
    server = importlib.import_module("threadbook_panel.server")
    return [{"module": "threadbook_panel", "app": server.ThreadbookPanel}]
