"""Text that is no Unicode: lone surrogates, as in the names of files that are no UTF-8.

jupyter_client replaces some of them (U+FFFD) on the way, and for the others raises, so that the
output, or the error of the cell, would be lost. Here all are replaced: JSON has a form for them,
but a notebook that holds one cannot be saved.
"""

from __future__ import annotations

import re
from typing import Any

from jupyter_client.session import Session

_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


def replaced(value: Any) -> Any:
    """Return a value of dicts, lists, tuples and text with the surrogates of its text replaced."""
    match value:
        case str():
            return _SURROGATE.sub(_REPLACEMENT, value)
        case dict():
            return {replaced(key): replaced(part) for key, part in value.items()}
        case list() | tuple():
            return [replaced(part) for part in value]
    return value


def send_replaced(session: Session) -> None:
    """Have a session send what it could not send for a surrogate, with the surrogates replaced."""
    send = session.send

    def send_or_replace(stream: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return send(stream, *args, **kwargs)
        except UnicodeEncodeError:
            return send(stream, *map(replaced, args), **replaced(kwargs))

    session.send = send_or_replace  # type: ignore[method-assign]
