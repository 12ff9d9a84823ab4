"""The channel of a widget: requests of its views, and what they are answered.

It is a second, unseen widget model, apart from the one on which the panel pushes: an ipykernel
routes the messages of a comm to the shell that last sent on it, so that requests on a comm with
pushes from a cell would wait until that cell ends.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
from ipykernel.comm.comm import BaseComm
from ipywidgets import Widget  # type: ignore[import-untyped]

from threadbook.errors import QueryError, ThreadbookError
from threadbook_panel.messages import Message
from threadbook_panel.problems import encoded, problem_of

LONGEST_REQUEST = 1024 * 1024
"""Most bytes of a request."""

PROTOCOL = "2.1.0"
"""Version of the messages of widgets."""

_LONGEST_NAME = 100

Answer = Callable[[str, str, dict[str, Any]], Any]
"""Takes view, name and parameters of a request, and returns what is answered."""


class Request(msgspec.Struct, frozen=True):
    """What a view asks. `request` tells its answers apart, `view` who asks."""

    request: int
    view: str
    name: str
    params: dict[str, Any]


class RequestComm(BaseComm):
    """A comm on which each message is handled by the shell that the front end sent it to.

    Its messages are no cells: they do not make IPython's hooks run, one of which shows the figures
    that a cell on the main shell is still drawing.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._hear: Callable[[dict[str, Any]], None] | None = None
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]

    def on_msg(self, callback: Callable[[dict[str, Any]], None] | None) -> None:
        """Have messages handled by `callback`."""
        self._hear = callback

    def handle_msg(self, msg: dict[str, Any]) -> None:
        """Handle a message of the front end."""
        if self._hear is not None:
            self._hear(msg)

    def _reply_subshell_for(self, _data: Any, default: str | None) -> str | None:
        return default


class Channel(Widget):  # type: ignore[misc]  # ipywidgets has no annotations
    """Answers the requests of views by `answer`; what that raises becomes a Problem."""

    comm: Any

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        super().__init__()

    def open(self) -> None:
        """Open the comm, on which front ends make a model of this."""
        if self.comm is None:
            comm = RequestComm(
                target_name="jupyter.widget",
                data={"state": self.get_state(), "buffer_paths": []},
                metadata={"version": PROTOCOL},
            )
            self.comm = comm
            comm.on_msg(self._receive)  # in the place of what ipywidgets has set

    def _receive(self, message: dict[str, Any]) -> None:
        """Take a message in, whatever it is: nobody but its sender is told of what is wrong."""
        data = message.get("content", {}).get("data")
        if not isinstance(data, dict):
            return
        if data.get("method") == "request_state":  # of a page that was loaded again
            self.send_state()
        elif data.get("method") == "custom":
            self._reply(data.get("content"))

    def _reply(self, content: Any) -> None:
        sender = _sender(content)
        try:
            answered = {"result": _plain(self._answered(content))}
        except ThreadbookError as error:
            answered = {"error": _plain(problem_of(error))}
        except Exception as error:  # noqa: BLE001  a fault of ours is told to the view, too
            fault = ThreadbookError(f"{type(error).__name__}: {error}")
            answered = {"error": _plain(problem_of(fault))}
        self.send(sender | answered)

    def _answered(self, content: Any) -> Any:
        try:
            asked = msgspec.convert(content, Request)
            is_too_long = len(json.dumps(asked.params)) > LONGEST_REQUEST
        except (msgspec.ValidationError, TypeError, ValueError, RecursionError) as error:
            raise QueryError(f"the request is not understood: {error}") from None
        if is_too_long:
            raise QueryError(f"a request has at most {LONGEST_REQUEST:,} bytes")
        return self._answer(asked.view, asked.name, asked.params)


def _sender(content: Any) -> dict[str, Any]:
    """Return by what the sender of a request recognises the answer, as far as it said."""
    if not isinstance(content, dict):
        return {"request": None, "view": None}
    request, view = content.get("request"), content.get("view")
    return {
        "request": request if isinstance(request, int) else None,
        "view": view[:_LONGEST_NAME] if isinstance(view, str) else None,
    }


def _plain(answer: Any) -> Any:
    """Return an answer as plain JSON."""
    if isinstance(answer, Message):
        return json.loads(encoded(answer))
    return answer
