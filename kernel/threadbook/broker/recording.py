"""The records of tool calls: one before a call, one with what came of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from threadbook.broker.origin import Origin
from threadbook.errors import CanonicalError, StoreBusy, ThreadbookError
from threadbook.log.sink import Receipt, Sink
from threadbook.records.bodies import BlobRef, CellError, ToolCall, ToolResult
from threadbook.records.canonical import canonical_bytes
from threadbook.tools.call import Call
from threadbook.tools.secrets import Redactor
from threadbook.values import pack_value

INLINE = 16 * 1024
"""Most bytes of arguments, and of a result, that stand in a record; more becomes a blob."""

_LONGEST_ERROR = 4 * 1024

Failed = Literal["error", "timeout", "cancelled", "refused"]


def message_of_error(error: BaseException) -> str:
    """Return what an error says, without its remedy; it may be a class of the tool's own."""
    if isinstance(error, ThreadbookError) and type(message := error.message) is str:
        return message
    try:
        return str(error)
    except Exception:  # noqa: BLE001  its __str__ is anybody's code
        return "(its message cannot be shown)"


class Recording:
    """Writes the records of one call, without the secrets that it was given or returned.

    With `wait` off a method raises StoreBusy, having done nothing, where the store has to be waited
    for, or content is so large that it becomes a blob: to be called again, in a thread.
    """

    def __init__(
        self,
        sink: Sink,
        origin: Origin,
        redactor: Redactor,
        *,
        described: set[str],
        describe: Callable[[], str | None],
    ) -> None:
        """Record what a definition says with its first call only.

        `described` are the hashes of those that were, `describe` returns what this one says.
        """
        self._sink = sink
        self._origin = origin
        self._redactor = redactor
        self._described = described
        self._describe = describe
        self._call: Receipt | None = None
        self._began = time.perf_counter_ns()

    def begin(self, call: Call, *, rule: str, decision: str | None, wait: bool = True) -> None:
        """Record that a tool is about to be called; on return this is durable."""
        arguments = self._redactor.arguments(call.arguments)
        content, blob = self._inline_or_blob(arguments, wait=wait)
        body = ToolCall(
            tool=call.tool,
            callable=call.callable,
            adapter=call.adapter,
            definition=call.definition_hash,
            arguments=content or {},
            arguments_blob=blob,
            definition_blob=self._definition_blob(call, wait=wait),
            effect=call.effect,
            domain=call.domain,
            environment=list(call.environment),
            cell=self._origin.cell,
            decision=decision,
            rule=rule,
        )
        parents = (self._origin.parent,) if self._origin.parent else ()
        self._call = self._append(body, parents, wait=wait)
        self._began = time.perf_counter_ns()

    def end(self, result: Any, *, wait: bool = True) -> None:
        """Record what a call returned."""
        ms = self.ms
        try:
            value = self._redactor.value(msgspec.to_builtins(result))
            content, blob = self._inline_or_blob(value, wait=wait)
            body = ToolResult(status="ok", duration_ms=ms, result=content, result_blob=blob)
        except StoreBusy:
            raise
        except Exception as error:  # noqa: BLE001  whatever it returned: that it ended is known
            body = ToolResult(status="ok", duration_ms=ms, error=self._shown(error))
        self._end(body, wait=wait)

    def fail(self, status: Failed, error: BaseException) -> None:
        """Record that a call failed, was cancelled, or was refused."""
        self._end(ToolResult(status=status, duration_ms=self.ms, error=self._shown(error)))

    def refuse(self, call: Call, error: ThreadbookError) -> None:
        """Record a call that is not made."""
        self.begin(call, rule="", decision=None)
        self.fail("refused", error)

    @property
    def ms(self) -> float:
        """Milliseconds since the call was recorded."""
        return round((time.perf_counter_ns() - self._began) / 1e6, 3)

    def _end(self, body: ToolResult, *, wait: bool = True) -> None:
        """Record the end of a call that was begun, once."""
        if self._call is not None:
            self._append(body, (self._call.id,), wait=wait)
            self._call = None

    def _shown(self, error: BaseException) -> CellError:
        text = self._redactor.text(message_of_error(error))
        cut = text.encode(errors="replace")[:_LONGEST_ERROR]
        return CellError(name=type(error).__name__, value=cut.decode(errors="ignore"))

    def _definition_blob(self, call: Call, *, wait: bool) -> BlobRef | None:
        if call.definition_hash in self._described:
            return None
        if not wait:
            raise StoreBusy("what the definition says becomes a blob, which takes a while")
        text = self._describe()
        self._described.add(call.definition_hash)
        if text is None:
            return None
        data = self._redactor.text(text).encode(errors="replace")
        try:
            return self._sink.put_blob(data, media_type="application/json")
        except Exception:  # noqa: BLE001  it is only for people to read: no call fails for it
            return None

    def _append(
        self, body: ToolCall | ToolResult, parents: tuple[str, ...], *, wait: bool
    ) -> Receipt:
        draft = body.draft(thread=self._origin.thread, parents=parents)
        return self._sink.append(draft, wait=wait)[0]

    def _inline_or_blob(self, value: Any, *, wait: bool) -> tuple[Any, BlobRef | None]:
        """Return a value for a record; as a blob where it is large, or has no canonical form."""
        media_type = "application/json"
        try:
            if len(canonical_bytes(value)) <= INLINE:
                return value, None
        except (CanonicalError, RecursionError):
            media_type = "application/vnd.msgpack"
        if not wait:
            raise StoreBusy("it becomes a blob, which takes a while")
        is_json = media_type == "application/json"
        data = json.dumps(value).encode() if is_json else _as_msgpack(value)
        return None, self._sink.put_blob(data, media_type=media_type)


def _as_msgpack(value: Any) -> bytes:
    try:
        return msgspec.msgpack.encode(value)
    except OverflowError:  # an integer above 64 bits: an extension type of values.py
        data = pack_value(value)
        if data is None:
            raise
        return data
