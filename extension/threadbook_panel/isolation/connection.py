"""The one way from a kernel to pages: the Jupyter server's websockets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from jupyter_client.session import DELIM
from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
)
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

from threadbook_panel.isolation.allowed import Allowed
from threadbook_panel.isolation.messages import CONTENT, HEADER, Messages
from threadbook_panel.isolation.widgets import Refused

if TYPE_CHECKING:
    _Connection = ZMQChannelsWebsocketConnection
else:
    _Connection = object

KERNEL_MODULE = "threadbook.kernel"
_V1 = "v1.kernel.websocket.jupyter.org"
_MOST_REASONS = 1000
_WAYS_OUT = ("connect", "handle_outgoing_message", "_on_zmq_reply", "write_message")


class Isolation:
    """Which kernels of a server are isolated, and what is known of each."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._kernels: WeakKeyDictionary[Any, Messages | None] = WeakKeyDictionary()
        self._reasons: set[str] = set()

    def messages_of(self, kernel_manager: Any) -> Messages | None:
        """Return what isolates the messages of a kernel; None for a kernel of somebody else."""
        if kernel_manager not in self._kernels:
            is_ours = is_threadbook(kernel_manager)
            self._kernels[kernel_manager] = Messages(self._allowed) if is_ours else None
        return self._kernels[kernel_manager]

    def is_new(self, reason: str) -> bool:
        """Tell whether this was no reason before; a kernel may give the same a thousand times."""
        is_new = reason not in self._reasons and len(self._reasons) < _MOST_REASONS
        if is_new:
            self._reasons.add(reason)
        return is_new


class IsolatedConnection(_Connection):
    """Mixed into a websocket connection: what a kernel of ours says is made harmless first."""

    isolation: Isolation

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Send a message of the kernel to the front end, unless it cannot be made harmless."""
        messages = self.isolation.messages_of(self.kernel_manager)
        if messages is not None:
            try:
                outgoing_msg = self._isolated(messages, stream, outgoing_msg)
            except Refused as why:
                self._tell(str(why))
                return
            except Exception as error:  # noqa: BLE001  whatever it is, no front end gets it
                self._tell(f"not understood: {error!r:.200}")
                return
        super().handle_outgoing_message(stream, outgoing_msg)

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        """Send a message of the front end to the kernel, as it is."""
        messages = self.isolation.messages_of(self.kernel_manager)
        opens = b"comm_open" if isinstance(incoming_msg, bytes) else "comm_open"
        if messages is not None and opens in incoming_msg:
            self._note(messages, incoming_msg)
        super().handle_incoming_message(incoming_msg)

    def _isolated(self, messages: Messages, stream: Any, message: list[Any]) -> list[Any]:
        channel = stream if isinstance(stream, str) else getattr(stream, "channel", None)
        identities, signed = self.session.feed_identities(message)
        signature, *parts = cast("list[bytes]", signed)
        isolated = messages.isolated(parts, channel)
        if isolated is parts:
            return message
        if self.session.sign(parts[: CONTENT + 1]) != signature:
            raise Refused("a message that its kernel has not signed")
        return [*identities, DELIM, self.session.sign(isolated[: CONTENT + 1]), *isolated]

    def _tell(self, reason: str) -> None:
        """Log why a message is kept from front ends, once for each reason."""
        if self.isolation.is_new(reason):
            self.log.warning("threadbook: kept from front ends: %s", reason)

    def _note(self, messages: Messages, message: Any) -> None:
        """Take note of what the front end opens; what is not understood opens nothing."""
        try:
            if self.subprotocol == _V1:
                _, parts = deserialize_msg_from_ws_v1(message)  # type: ignore[no-untyped-call]
                messages.from_page(json.loads(parts[HEADER]), json.loads(parts[CONTENT]))
                return
            known = (
                deserialize_binary_message(message)  # type: ignore[no-untyped-call]
                if isinstance(message, bytes)
                else json.loads(message)
            )
            messages.from_page(known["header"], known["content"])
        except Exception as error:  # noqa: BLE001  the server refuses it, or the kernel
            self.log.warning("threadbook: a front end is not understood: %r", error)


def isolated_class(base: Any, isolation: Isolation) -> Any:
    """Return a class of connections like `base` that isolates kernels; None where it cannot be.

    It can be where all that `base` sends to front ends passes through what is overridden here.
    """
    if not isinstance(base, type) or not issubclass(base, ZMQChannelsWebsocketConnection):
        return None
    if any(
        getattr(base, name) is not getattr(ZMQChannelsWebsocketConnection, name)
        for name in _WAYS_OUT
    ):
        return None
    return type(f"Isolated{base.__name__}", (IsolatedConnection, base), {"isolation": isolation})


def why_not_isolated(connection_class: Any) -> str | None:
    """Return why nobody answers on a server with connections of a class; None where it is well."""
    if isinstance(connection_class, type) and issubclass(connection_class, IsolatedConnection):
        return None
    name = getattr(connection_class, "__name__", "of no known kind")
    return (
        f"this server's connections to kernels ({name}) cannot be isolated, so that the output of "
        "a cell could answer for you: use `threadbook decision answer`, or switch "
        "ThreadbookPanel.isolate_outputs off"
    )


def is_threadbook(kernel_manager: Any) -> bool:
    """Tell by what the server has launched whether a kernel is one of ours.

    Where the server does not know what it launched, it is.
    """
    try:
        spec = kernel_manager.kernel_spec
        return KERNEL_MODULE in " ".join(spec.argv) or "threadbook" in spec.metadata
    except Exception:  # noqa: BLE001  whatever kept it from knowing
        return True
