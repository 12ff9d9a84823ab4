"""A front end at a kernel: what a browser would be sent over its websocket."""

import json
import uuid

import websocket
from jupyter_client.session import Session
from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)

PATIENCE = 60
V1 = "v1.kernel.websocket.jupyter.org"
LEGACY = None


class FrontEnd:
    """Sends requests to a kernel, and keeps what comes of them."""

    def __init__(self, server, kernel_id, *, subprotocol=V1, session_id=None):
        self.session = Session(session=session_id or uuid.uuid4().hex)
        self.subprotocol = subprotocol
        self.messages = []
        url = str(server.client.base_url).replace("http", "ws", 1)
        self._socket = websocket.create_connection(
            f"{url}api/kernels/{kernel_id}/channels?session_id={self.session.session}",
            header={"Authorization": server.client.headers["Authorization"]},
            subprotocols=[subprotocol] if subprotocol else None,
            timeout=PATIENCE,
        )
        assert self._socket.subprotocol == subprotocol

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def send(self, msg_type, content, channel="shell", **parts):
        """Send a message, and return its id."""
        message = self.session.msg(msg_type, content) | parts
        if self.subprotocol == V1:
            self._socket.send_binary(serialize_msg_to_ws_v1(message, channel, self.session.pack))
        else:
            self._socket.send(json.dumps(message | {"channel": channel}, default=str))
        return message["header"]["msg_id"]

    def receive(self):
        """Return the next message."""
        received = self._socket.recv()
        message = self._parsed(received)
        self.messages.append(message)
        return message

    def until(self, condition):
        """Return all messages up to the first of which `condition` is true."""
        messages = [self.receive()]
        while not condition(messages[-1]):
            messages.append(self.receive())
        return messages

    def ask(self, msg_type, content, channel="shell"):
        """Return what a request comes to, its reply last."""
        asked = self.send(msg_type, content, channel)
        missing = {"reply", "idle"}
        messages = []
        while missing:
            message = self.receive()
            if message["parent_header"].get("msg_id") != asked:
                continue
            messages.append(message)
            if message["channel"] == channel:
                missing.discard("reply")
            elif message["content"].get("execution_state") == "idle":
                missing.discard("idle")
        return sorted(messages, key=lambda one: one["channel"] == channel)

    def run(self, code, **options):
        """Return what a cell sends, without its status."""
        content = {"code": code, "silent": False, "store_history": True, **options}
        messages = self.ask("execute_request", content)
        assert messages[-1]["content"]["status"] == "ok", messages[-1]["content"]
        return [one for one in messages if one["header"]["msg_type"] != "status"]

    def shown(self, code):
        """Return the bundles that a cell shows."""
        return [one["content"]["data"] for one in self.run(code) if "data" in one["content"]]

    def _parsed(self, received):
        if self.subprotocol == V1:
            channel, parts = deserialize_msg_from_ws_v1(received)
            names = ("header", "parent_header", "metadata", "content")
            message = {name: json.loads(part) for name, part in zip(names, parts, strict=False)}
            return message | {"channel": channel, "buffers": parts[4:]}
        if isinstance(received, bytes):
            return deserialize_binary_message(received)
        return json.loads(received) | {"buffers": []}
