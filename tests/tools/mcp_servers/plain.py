"""A server over stdio of the older protocol, without any SDK: it does just what a test needs.

The environment variable PLAIN says, as JSON, what is special: `tools` that are listed beside its
own, in pages of `page` or `endless` ones; whether it is `strict` and leaves unless the first
message is `initialize`; whether it is `mute`, or prints a `banner`; which `instructions` it gives,
and how it describes `echo` and its `output`.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

OPTIONS = json.loads(os.environ.get("PLAIN", "{}"))
CAPABILITIES = {"tools": {"listChanged": True}}
OBJECT = {"type": "object"}
ECHOES = {"outputSchema": OPTIONS["output"]} if "output" in OPTIONS else {}


def tool(name, *parameters, **more):
    properties = {parameter: {"type": "string"} for parameter in parameters}
    schema = {**OBJECT, "properties": properties, "required": list(parameters)}
    return {"name": name, "inputSchema": schema, **more}


def send(**message):
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def answer(number, text, **more):
    send(id=number, result={"content": [{"type": "text", "text": text}], **more})


def note(text):
    if "NOTES" in os.environ:
        Path(os.environ["NOTES"]).write_text(text)


class Tools:
    """What can be called; each is given the id of the request and its arguments."""

    def __init__(self):
        self.waiting = {}
        self.listed = [
            tool("echo", "text", description=OPTIONS.get("echo", "Say it again."), **ECHOES),
            tool("environ"),
            tool("pid"),
            tool("die"),
            tool("linger"),
            tool("wait", "key"),
            tool("release"),
            tool("redefine", "description"),
            *OPTIONS.get("tools", []),
        ]

    def echo(self, number, text):
        note("echoed")
        answer(number, text, structuredContent={"said": text})

    def environ(self, number):
        answer(number, json.dumps(dict(os.environ)))

    def pid(self, number):
        answer(number, str(os.getpid()))

    def die(self, _):
        print("the last words,", os.environ.get("SECRET", ""), file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

    def linger(self, number):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        OPTIONS["lingers"] = True
        answer(number, str(os.getpid()))

    def wait(self, number, key):
        self.waiting[number] = key
        note("started")

    def release(self, number):
        for waiting, key in reversed(self.waiting.items()):
            answer(waiting, key)
        answer(number, str(len(self.waiting)))
        self.waiting = {}

    def redefine(self, number, description):
        (redefined,) = (one for one in self.listed if one["name"] == "redefine")
        redefined["description"] = description
        answer(number, "done")
        send(method="notifications/tools/list_changed")


class Server:
    def __init__(self):
        self.tools = Tools()

    def initialize(self, number, _):
        result = {
            "protocolVersion": "2025-06-18",
            "capabilities": CAPABILITIES,
            "serverInfo": {"name": "plain", "version": "1"},
            "instructions": OPTIONS.get("instructions", ""),
        }
        send(id=number, result=result)

    def list(self, number, params):
        start = int(params.get("cursor") or 0)
        end = start + OPTIONS.get("page", 1000)
        result = {"tools": self.tools.listed[start:end]}
        if OPTIONS.get("endless"):
            result["nextCursor"] = "0"
        elif end < len(self.tools.listed):
            result["nextCursor"] = str(end)
        send(id=number, result=result)

    def call(self, number, params):
        name, arguments = params["name"], params.get("arguments") or {}
        getattr(self.tools, name, lambda number: answer(number, name))(number, **arguments)

    def cancelled(self, _, params):
        if self.tools.waiting.pop(params["requestId"], None) is not None:
            note("cancelled")

    def unknown(self, number, _):
        if number is not None:
            send(id=number, error={"code": -32601, "message": "unknown"})

    def take(self, message):
        method = message.get("method")
        if OPTIONS.pop("strict", False) and method != "initialize":
            sys.exit("initialize was expected")
        handlers = {
            "initialize": self.initialize,
            "tools/list": self.list,
            "tools/call": self.call,
            "notifications/cancelled": self.cancelled,
        }
        handlers.get(method, self.unknown)(message.get("id"), message.get("params") or {})


if OPTIONS.get("banner"):
    print("Welcome! This is no message.", flush=True)
server = Server()
for line in sys.stdin:
    if not OPTIONS.get("mute"):
        server.take(json.loads(line))
while OPTIONS.get("lingers"):
    time.sleep(1)
