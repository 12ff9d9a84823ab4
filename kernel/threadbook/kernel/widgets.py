"""Widgets before there are any: what front ends ask of each kernel that they connect to.

JupyterLab opens a comm and asks for the states of all widgets. Without ipywidgets, which is slow to
import, ipykernel complains of that on stderr, as if it were output of the user's code. Here it is
answered; once a cell imports ipywidgets, that takes the place of this.
"""

from __future__ import annotations

import logging
from typing import Any

CONTROL = "jupyter.widget.control"
"""The name under which front ends open the comm."""


def answer_for_widgets(manager: Any) -> None:
    """Have a comm manager answer that there are no widgets."""
    manager.register_target(CONTROL, _opened)
    logging.getLogger("Comm").addFilter(_is_no_stray)


def _opened(comm: Any, _message: Any) -> None:
    def answer(message: dict[str, Any]) -> None:
        if message["content"]["data"].get("method") == "request_states":
            comm.send({"method": "update_states", "states": {}, "buffer_paths": []})

    comm.on_msg(answer)


def _is_no_stray(record: logging.LogRecord) -> bool:
    """Tell whether this says more than that a message came before its comm, or after it."""
    return record.msg != "No such comm: %s"
