"""What came of a cell, for the program that ran it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from threadbook.records.bodies import BlobRef, CellStatus
from threadbook.tables import facts_html
from threadbook.text import duration_text
from threadbook.values import unpack_value

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_PREVIEW_LINES = 5
_PREVIEW_WIDTH = 200
_SHOWN = 2_000


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """The exception that ended a cell.

    `line` counts from 1 within the cell, None where the error is not in its code. `traceback` is
    plain text; the coloured one is among the outputs.
    """

    name: str
    value: str
    traceback: str
    line: int | None = None

    def __str__(self) -> str:
        where = f" (line {self.line})" if self.line else ""
        return f"{self.name}: {self.value}{where}"


class MimeBundle(msgspec.Struct, frozen=True):
    """A value that is more than data, as the kernel described it: content by media type.

    `type` is module and name of its class, such as `decimal.Decimal`.
    """

    data: dict[str, Any]
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)
    type: str = ""

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The plain-text description."""
        text = self.data.get("text/plain", "")
        return text if isinstance(text, str) else "".join(text)


class LargeValue(msgspec.Struct, frozen=True, kw_only=True):
    """A value too large for a reply: `load()` fetches it from the session's store.

    `preview` holds the first and last lines of its description.
    """

    ref: BlobRef
    preview: str
    _read: Callable[[str], bytes]

    def __str__(self) -> str:
        return self.preview

    def load(self) -> Any:
        """Return the value. Raises BlobNotFound, StoreUnavailable."""
        return unpack_value(self._read(self.ref.blob))


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a cell.

    `value` is the last expression: by value for None, bool, int, float, str, bytes and lists,
    tuples and dicts of them; a LargeValue above 64 KiB; a MimeBundle for anything else. `text` is
    its plain-text form. `outputs` are nbformat outputs. `duration` is in seconds. `record_id` is
    the record of the cell's end. `state_lost` says that variables from before are gone: the
    kernel is a new one, after a restart or on the thread of an earlier session, whose cells are in
    the log. `is_truncated` says that there was more output than the session's limit: the record
    has all of it. `trouble` says why the record is not in the log yet.
    """

    status: CellStatus
    value: Any = None
    text: str = ""
    stdout: str = ""
    stderr: str = ""
    outputs: list[dict[str, Any]] = msgspec.field(default_factory=list)
    error: Failure | None = None
    execution_count: int | None = None
    duration: float
    record_id: str | None = None
    state_lost: bool = False
    is_truncated: bool = False
    trouble: str | None = None

    @property
    def is_ok(self) -> bool:
        """Whether the cell ran to its end."""
        return self.status == "ok"

    def _repr_html_(self) -> str:
        facts = [
            ("status", self.status),
            ("value", _beginning(self.text)),
            ("error", str(self.error) if self.error else ""),
            ("stdout", _beginning(self.stdout)),
            ("stderr", _beginning(self.stderr)),
            ("took", duration_text(self.duration * 1000)),
            ("record", self.record_id or ""),
            ("state", "variables from before are gone" if self.state_lost else ""),
            ("trouble", self.trouble or ""),
        ]
        return facts_html(
            [(name, text) for name, text in facts if text], caption="result of a cell"
        )


def value_of(
    outputs: list[dict[str, Any]],
    metadata: dict[str, Any],
    read_blob: Callable[[str], bytes],
) -> tuple[Any, str]:
    """Return the value of a cell and its plain text, from its outputs and reply metadata."""
    results = [output for output in outputs if output["output_type"] == "execute_result"]
    bundle = _bundle(results[-1], metadata) if results else None
    text = bundle.text if bundle else ""
    carried = metadata.get("value") or {}
    if "msgpack" in carried:
        return unpack_value(bytes.fromhex(carried["msgpack"])), text
    if "blob" in carried:
        ref = msgspec.convert(carried, BlobRef)
        return LargeValue(ref=ref, preview=_preview(text), _read=read_blob), text
    return bundle, text


def stream_of(outputs: list[dict[str, Any]], name: str) -> str:
    """Return all text of stdout or stderr."""
    return "".join(
        output["text"]
        for output in outputs
        if output["output_type"] == "stream" and output["name"] == name
    )


def failure_of(
    outputs: list[dict[str, Any]], reply: dict[str, Any], line: int | None
) -> Failure | None:
    """Return the error of a cell: from the message that showed it, else from the reply."""
    if reply.get("status") != "error":
        return None
    shown = [output for output in outputs if output["output_type"] == "error"]
    source = shown[-1] if shown else reply
    return Failure(
        name=source.get("ename", ""),
        value=source.get("evalue", ""),
        traceback=_ANSI.sub("", "\n".join(source.get("traceback", []))),
        line=line,
    )


def _bundle(result: dict[str, Any], metadata: dict[str, Any]) -> MimeBundle:
    return MimeBundle(result["data"], result["metadata"], type=metadata.get("value_type") or "")


def _beginning(text: str) -> str:
    """Return as much of a text as a table has room for."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _preview(text: str) -> str:
    lines = text.splitlines()
    if len(lines) > 2 * _PREVIEW_LINES:
        lines = [*lines[:_PREVIEW_LINES], "…", *lines[-_PREVIEW_LINES:]]
    return "\n".join(map(_shortened, lines))


def _shortened(line: str) -> str:
    half = _PREVIEW_WIDTH // 2
    return line if len(line) <= _PREVIEW_WIDTH else f"{line[:half]}…{line[-half:]}"
