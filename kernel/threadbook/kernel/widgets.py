"""Widgets before there are any: what front ends ask of each kernel that they connect to.

JupyterLab opens a comm and asks for the states of all widgets. Without ipywidgets, which is slow to
import, ipykernel complains of that on stderr, as if it were output of the user's code. Here it is
answered; once a cell imports ipywidgets, that takes the place of this.

A message to a comm that is not there is passed over if it is such a question, or that of a view to
a panel which was closed. Of any other, ipykernel warns.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

CONTROL = "jupyter.widget.control"
"""The name under which front ends open the comm."""

_REQUEST = frozenset({"request", "view", "name", "params"})  # of what a view asks its panel


def answer_for_widgets(kernel: Any) -> None:
    """Have a kernel answer that there are no widgets."""
    kernel.comm_manager.register_target(CONTROL, _opened)
    kernel.shell_handlers["comm_msg"] = partial(_hear, kernel.comm_manager)
    logging.getLogger("Comm").addFilter(partial(_is_no_routing, kernel))


def _opened(comm: Any, _message: Any) -> None:
    def answer(message: dict[str, Any]) -> None:
        if message["content"]["data"].get("method") == "request_states":
            comm.send({"method": "update_states", "states": {}, "buffer_paths": []})

    comm.on_msg(answer)


def _hear(manager: Any, stream: Any, ident: Any, message: dict[str, Any]) -> None:
    content = message["content"]
    if content.get("comm_id") in manager.comms or not _is_ours(content.get("data")):
        manager.comm_msg(stream, ident, message)


def _is_no_routing(kernel: Any, record: logging.LogRecord) -> bool:
    """Tell whether a warning is of more than that a message came before its comm was opened.

    The thread that routes messages to subshells looks their comm up, maybe while what opens it
    still waits for a cell to end. Whoever handles the message then warns, if it is still not there.
    """
    router = kernel.shell_channel_thread
    is_lookup = record.msg == "No such comm: %s"
    return not (is_lookup and router is not None and record.thread == router.ident)


def _is_ours(data: Any) -> bool:
    """Tell whether what a message says is meant for the control comm, or for a panel."""
    if not isinstance(data, dict):
        return False
    asked = data.get("content")
    is_request = isinstance(asked, dict) and asked.keys() == _REQUEST
    return data.get("method") == "request_states" or is_request
