"""The data plane: files on a record service, with a check against lost updates."""

from __future__ import annotations

import json
from typing import Any, Protocol, Self, TypeVar

import msgspec

from threadbook.client.exchange import Answer, Problem, Request
from threadbook.client.routes import escaped, get, post
from threadbook.client.twins import twin_of
from threadbook.errors import ConfigError, DataError, ServiceError, StoreUnavailable

T = TypeVar("T")

_CHUNK = 8 * 1024 * 1024
"""Bytes of a piece where the service does not say."""
_LARGEST_CHUNK = 64 * 1024 * 1024
LARGEST_FILE = 2 * 1024**3
"""Most bytes that `read` returns."""
_OCTETS = "application/octet-stream"


class _Unset:
    """The default of `expected_hash`, as None has a meaning of its own."""

    def __repr__(self) -> str:
        return "last writer wins"


_UNSET = _Unset()


class WriteResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: pass `content_hash` as the next `expected_hash` for a safe edit."""

    content_hash: str
    size_bytes: int


class MaterialProvenance(msgspec.Struct, frozen=True, kw_only=True):
    """Which record made a file what it is."""

    work_thread: str
    actor: str
    goal_summary: str
    clock: int
    content_hash: str | None = None


class StatResult(msgspec.Struct, frozen=True, kw_only=True):
    """What is at a path; `kind` says whether a file or a folder."""

    kind: str
    size_bytes: int
    content_hash: str | None = None
    mtime: int = 0
    content_type: str | None = None
    pin_state: str | None = None
    provenance: MaterialProvenance | None = None


class ListResult(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a folder; with `cursor` the listing goes on."""

    entries: list[dict[str, Any]] = []
    cursor: str | None = None


class ReadUrlResult(msgspec.Struct, frozen=True, kw_only=True):
    """Where the content of a file is, for so many seconds."""

    blob_url: str
    expires_in: int
    via: str


class PublishResult(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is kept as it is under its hash."""

    content_hash: str
    pin_state: str
    manifest_record_id: str | None = None


class UsageResult(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes in use, and how many there may be; a quota of 0 is none."""

    used: int = 0
    quota: int = 0


class Sender(Protocol):
    """What the data plane needs of a transport."""

    async def send(self, request: Request) -> Answer:
        """Send a request once and return the answer."""

    def blocking(self) -> Self:
        """Return the form whose coroutines never suspend."""


class ClientData:
    """Files of a record service, reached as `client.data`.

    All that goes wrong raises DataError: a write that was dropped must not look like one that was
    done. `error.is_conflict` tells that somebody else wrote in between. Each method has a
    blocking twin: `write_sync`, `read_sync`, …
    """

    def __init__(self, transport: Any) -> None:
        if not hasattr(transport, "send"):
            raise ConfigError(
                "files are kept by a record service", remedy="use a client with an endpoint"
            )
        self._transport: Sender = transport

    def blocking(self) -> Self:
        """Return the form of this whose coroutines never suspend."""
        return type(self)(self._transport.blocking())

    async def write(
        self,
        *,
        path: str,
        data: bytes | bytearray | str,
        content_type: str | None = None,
        expected_hash: str | _Unset | None = _UNSET,
    ) -> WriteResult:
        """Write a file.

        With `expected_hash`, only if the file's hash is this one now; None: only if there is no
        file. Without, the last writer wins.
        """
        if not path:
            raise DataError("data.write needs a path", op="data.write")
        content = data.encode() if isinstance(data, str) else bytes(data)
        wanted: dict[str, Any] = {"path": path, "size_bytes": len(content)}
        if content_type is not None:
            wanted["content_type"] = content_type
        if not isinstance(expected_hash, _Unset):
            wanted["precondition"] = {"expected_hash": expected_hash}
        begun = await self._json("data.write/init", post("/v1/data/write/init", wanted))
        upload, size = str(begun.get("upload_id")), begun.get("chunk_size")
        if not isinstance(size, int) or not 0 < size <= _LARGEST_CHUNK:
            size = _CHUNK
        for start in range(0, max(len(content), 1), size):  # an empty file is one empty piece
            piece = content[start : start + size]
            last = max(start + len(piece) - 1, 0)
            headers = {
                "content-type": _OCTETS,
                "content-range": f"bytes {start}-{last}/{len(content)}",
            }
            await self._send(
                "data.blobs/upload",
                Request(
                    method="PUT",
                    path=f"/v1/blobs/upload/{escaped(upload)}",
                    content=piece,
                    headers=headers,
                ),
            )
        done = post("/v1/data/write/complete", {"upload_id": upload})
        return await self._as(WriteResult, "data.write/complete", done)

    async def read_url(self, path: str) -> ReadUrlResult:
        """Return where the content of a file is."""
        return await self._as(
            ReadUrlResult, "data.read-url", post("/v1/data/read-url", {"path": path})
        )

    async def read(self, path: str) -> bytes:
        """Return the content of a file.

        It is fetched from the service itself: an address elsewhere is refused, as the token would
        go there.
        """
        blob = await self.read_url(path)
        request = Request(
            method="GET", path=blob.blob_url, headers={"accept": "*/*"}, limit=LARGEST_FILE
        )
        return (await self._send("data.read", request)).content

    async def read_text(self, path: str, encoding: str = "utf-8") -> str:
        """Return the content of a file as text."""
        return (await self.read(path)).decode(encoding)

    async def list(
        self, path: str, *, cursor: str | None = None, limit: int | None = None
    ) -> ListResult:
        """Return what is in a folder, by name."""
        request = get("/v1/data/list", path=path, cursor=cursor, limit=limit)
        return await self._as(ListResult, "data.list", request)

    async def stat(self, path: str) -> StatResult:
        """Return what is at a path."""
        return await self._as(StatResult, "data.stat", get("/v1/data/stat", path=path))

    async def mkdir(self, path: str) -> None:
        """Make a folder; one that is there stays."""
        await self._json("data.mkdir", post("/v1/data/mkdir", {"path": path}))

    async def mv(self, from_path: str, to_path: str) -> None:
        """Give a file or folder another path."""
        await self._json("data.mv", post("/v1/data/mv", {"from": from_path, "to": to_path}))

    async def rm(self, path: str, *, recursive: bool = False) -> dict[str, Any]:
        """Remove a file or folder from the tree; its records stay."""
        body = {"path": path, "recursive": recursive}
        return await self._json("data.rm", post("/v1/data/rm", body))

    async def materials(self, *, q: str | None = None, limit: int | None = None) -> Any:
        """Return the files whose path holds `q`."""
        found = await self._json("data.materials", get("/v1/data/materials", q=q, limit=limit))
        return found.get("materials") or found.get("data") or []

    async def node(self, path: str) -> dict[str, Any]:
        """Return one file as `materials` lists it."""
        return await self._json("data.node", get("/v1/data/node", path=path))

    async def publish(self, path: str, *, storage_class: str | None = None) -> PublishResult:
        """Keep a file as it is under its hash."""
        body = {"path": path} | ({"storage_class": storage_class} if storage_class else {})
        return await self._as(PublishResult, "data.publish", post("/v1/data/publish", body))

    async def usage(self) -> UsageResult:
        """Return how many bytes are in use."""
        return await self._as(UsageResult, "data.usage", get("/v1/data/usage"))

    async def capabilities(self) -> dict[str, Any]:
        """Return what the data plane can do."""
        return await self._json("data.capabilities", get("/v1/data/capabilities"))

    async def provenance(
        self, *, region: str | None = None, cursor: str | None = None, limit: int | None = None
    ) -> dict[str, Any]:
        """Return which records made which files, in order."""
        request = get("/v1/data/provenance", region=region, cursor=cursor, limit=limit)
        return await self._json("data.provenance", request)

    write_sync = twin_of(write)
    read_url_sync = twin_of(read_url)
    read_sync = twin_of(read)
    read_text_sync = twin_of(read_text)
    list_sync = twin_of(list)  # noqa: A003  the method is meant
    stat_sync = twin_of(stat)
    mkdir_sync = twin_of(mkdir)
    mv_sync = twin_of(mv)
    rm_sync = twin_of(rm)
    materials_sync = twin_of(materials)
    node_sync = twin_of(node)
    publish_sync = twin_of(publish)
    usage_sync = twin_of(usage)
    capabilities_sync = twin_of(capabilities)
    provenance_sync = twin_of(provenance)

    async def _send(self, op: str, request: Request) -> Answer:
        try:
            answer = await self._transport.send(request)
        except (StoreUnavailable, ServiceError) as error:
            raise DataError(
                f"{op}: {error.message}", remedy=error.remedy, op=op, code="transport_error"
            ) from error
        if not answer.is_ok:
            raise _refusal(op, Problem.of(answer))
        return answer

    async def _json(self, op: str, request: Request) -> dict[str, Any]:
        return (await self._send(op, request)).object()

    async def _as(self, kind: type[T], op: str, request: Request) -> T:
        try:
            return msgspec.convert(await self._json(op, request), kind)
        except msgspec.ValidationError as error:
            raise DataError(f"{op}: the answer is not understood: {error}", op=op) from None


def _refusal(op: str, problem: Problem) -> DataError:
    """Return the error that a refusal stands for; that of a conflict names both hashes."""
    hashes: dict[str, Any] = {}
    if problem.code == "precondition_failed":
        try:
            said = json.loads(problem.detail)
        except ValueError:
            said = None
        if isinstance(said, dict):
            hashes = {
                name: said.get(name) if isinstance(said.get(name), str) else None
                for name in ("expected_hash", "current_hash")
            }
    return DataError(
        f"{op}: {problem}", op=op, status=problem.status, code=problem.code or None, **hashes
    )
