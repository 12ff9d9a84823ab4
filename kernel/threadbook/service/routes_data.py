"""The data plane: files with compare-and-set, over records and blobs."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import msgspec
from starlette.responses import StreamingResponse

from threadbook.errors import PreconditionFailed
from threadbook.folds.files import ROOT, THREAD, Entry, Files, check_path
from threadbook.log.store import Query
from threadbook.records.bodies import BlobRef, Body, FileFolder, FileMove, FileRemove, FileWrite
from threadbook.service.data_messages import (
    AtPath,
    BlobUrl,
    DataCapabilities,
    Done,
    EntryList,
    FileEntry,
    ListParameters,
    MaterialParameters,
    Materials,
    Move,
    Provenance,
    ProvenanceList,
    ProvenanceParameters,
    Publish,
    Published,
    Received,
    Remove,
    Stat,
    Usage,
    WriteBegun,
    WriteComplete,
    WriteInit,
    Written,
)
from threadbook.service.data_rules import (
    check_parents,
    check_unpinned,
    check_write,
    conflict,
    require,
)
from threadbook.service.endpoint import Call, get, post, put, read_body
from threadbook.service.problems import Problem
from threadbook.service.service import Service
from threadbook.service.uploads import CHUNK_SIZE, Upload

T = TypeVar("T")

MOST_ENTRIES = 1000
_URL_SECONDS = 3600
_ATTEMPTS = 20
_ARTIFACTS = "/artifacts"
_DEFAULT_TYPE = "application/octet-stream"


@post(
    "/v1/data/write/init",
    "Begin to write a file.",
    scope="records:write",
    body=WriteInit,
    answer=WriteBegun,
    errors=(409, 413),
)
async def begin_write(call: Call) -> WriteBegun:
    """Check what can be checked before the content is sent."""
    new, service = call.body, call.service
    path = check_path(new.path)
    service.check_data(call.principal, write=True)
    limit = service.options.largest_file
    if not 0 <= new.size_bytes <= limit:
        raise Problem(413, "FILE_TOO_LARGE", f"a file may have 0 to {limit} bytes")
    expected = msgspec.UNSET if new.precondition is None else new.precondition.expected_hash
    quota, size = service.options.quota, new.size_bytes
    await _ask(service, lambda files: check_write(files, path, expected, quota, size))
    upload = service.uploads.begin(
        path, new.size_bytes, new.content_type or _DEFAULT_TYPE, call.principal.name, expected
    )
    return WriteBegun(upload_id=upload.id, chunk_size=CHUNK_SIZE)


@put(
    "/v1/blobs/upload/{upload_id}",
    "Send a piece of a file; Content-Range says which.",
    scope="records:write",
    raw=True,
    answer=Received,
    errors=(404, 409),
)
async def upload_piece(call: Call) -> Received:
    """Take a piece."""
    upload = call.service.uploads.find(call.path["upload_id"], call.principal.name)
    data = await read_body(call.request, limit=CHUNK_SIZE)
    content_range = call.request.headers.get("content-range")
    await asyncio.to_thread(call.service.uploads.write, upload, content_range, data)
    return Received(received=upload.received)


@post(
    "/v1/data/write/complete",
    "Put what was sent at its path, if the precondition still holds.",
    scope="records:write",
    body=WriteComplete,
    answer=Written,
    errors=(404, 409),
)
async def complete_write(call: Call) -> Written:
    """Make the content visible."""
    service = call.service
    upload = service.uploads.find(call.body.upload_id, call.principal.name)
    blob = await asyncio.to_thread(_store_blob, service, upload)
    quota = service.options.quota
    body = FileWrite(path=upload.path, content=blob, actor=call.principal.did)
    await _change(
        service,
        lambda files: check_write(files, upload.path, upload.expected, quota, upload.size),
        body,
    )
    service.uploads.forget(upload)
    return Written(content_hash=blob.blob, size_bytes=blob.size)


@post(
    "/v1/data/read-url",
    "Tell where a file's content is.",
    body=AtPath,
    answer=BlobUrl,
    errors=(404,),
)
async def read_url(call: Call) -> BlobUrl:
    """Name the blob of a file."""
    entry = await _file(call, call.body.path)
    return BlobUrl(blob_url=f"/v1/blobs/{entry.content_hash}", expires_in=_URL_SECONDS, via="blob")


@get(
    "/v1/blobs/{digest}",
    "Return content by the SHA-256 of its bytes.",
    answer=str,
    media_type=_DEFAULT_TYPE,
    errors=(404,),
)
async def read_blob(call: Call) -> StreamingResponse:
    """Stream a blob. It may be anybody's: no browser is to take it for a page of ours."""
    call.service.check_data(call.principal)
    digest, blobs = call.path["digest"], call.service.log.blobs
    size = await asyncio.to_thread(blobs.size, digest)

    async def content() -> AsyncIterator[bytes]:
        chunks = blobs.chunks(digest)
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            yield chunk

    headers = {
        "Content-Length": str(size),
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "nosniff",
        "ETag": f'"{digest}"',
    }
    return StreamingResponse(content(), media_type=_DEFAULT_TYPE, headers=headers)


@get(
    "/v1/data/list",
    "List a folder by name.",
    query=ListParameters,
    answer=EntryList,
    errors=(404, 422),
)
async def list_folder(call: Call) -> EntryList:
    """List a folder."""
    limit, cursor = _limit(call.query.limit), call.query.cursor
    folder = await _find(call, call.query.path)
    if not folder.is_folder:
        raise Problem(404, "NOT_A_FOLDER", f"{folder.path} is a file")

    def view(files: Files) -> list[Entry]:
        children = files.children(folder.path)
        return [child for child in children if cursor is None or child.name > cursor][: limit + 1]

    found = await _ask(call.service, view)
    page = found[:limit]
    return EntryList(
        entries=[_entry(child) for child in page],
        cursor=page[-1].name if len(found) > limit else None,
    )


@get("/v1/data/stat", "Tell what is at a path.", query=AtPath, answer=Stat, errors=(404,))
async def stat(call: Call) -> Stat:
    """Describe a path."""
    entry = await _find(call, call.query.path)
    return Stat(
        kind=_kind(entry),
        size_bytes=entry.size,
        content_hash=entry.content_hash,
        mtime=entry.mtime,
        content_type=entry.content_type,
        pin_state=_pin_state(entry),
        provenance=_provenance(entry) if entry.record else None,
    )


@post(
    "/v1/data/mkdir",
    "Make a folder; one that is there stays.",
    scope="records:write",
    body=AtPath,
    answer=Done,
    errors=(409,),
)
async def make_folder(call: Call) -> Done:
    """Make a folder."""
    path = check_path(call.body.path)
    call.service.check_data(call.principal, write=True)

    def check(files: Files) -> None:
        check_parents(files, path)
        if (entry := files.find(path)) is not None and not entry.is_folder:
            raise conflict("EXISTS", f"{path} is a file")

    return await _done(call, check, FileFolder(path=path, actor=call.principal.did))


@post(
    "/v1/data/mv",
    "Give a file or folder another path.",
    scope="records:write",
    body=Move,
    answer=Done,
    errors=(404, 409),
)
async def move(call: Call) -> Done:
    """Move."""
    source, target = check_path(call.body.source), check_path(call.body.target)
    call.service.check_data(call.principal, write=True)

    def check(files: Files) -> None:
        entry = require(files, source)
        check_parents(files, target)
        if f"{target}/".startswith(f"{source}/"):
            raise conflict("INTO_ITSELF", f"{target} is in {source}")
        if files.find(target) is not None:
            raise conflict("EXISTS", f"there is something at {target}")
        check_unpinned([entry, *files.below(source)])

    return await _done(
        call, check, FileMove(source=source, target=target, actor=call.principal.did)
    )


@post(
    "/v1/data/rm",
    "Remove a file or folder from the tree; its records and blobs stay.",
    scope="records:write",
    body=Remove,
    answer=Done,
    errors=(404, 409),
)
async def remove(call: Call) -> Done:
    """Remove."""
    path, is_recursive = check_path(call.body.path), call.body.recursive
    call.service.check_data(call.principal, write=True)

    def check(files: Files) -> None:
        below = [require(files, path), *files.below(path)]
        if len(below) > 1 and not is_recursive:
            raise conflict("NOT_EMPTY", f"{path} is not empty")
        check_unpinned(below)

    return await _done(call, check, FileRemove(path=path, actor=call.principal.did))


@get(
    "/v1/data/materials",
    "Find files by a part of their path.",
    query=MaterialParameters,
    answer=Materials,
    errors=(422,),
)
async def materials(call: Call) -> Materials:
    """Find files."""
    call.service.check_data(call.principal)
    limit, text = _limit(call.query.limit), (call.query.q or "").casefold()

    def search(files: Files) -> list[Entry]:
        entries = files.entries.values()
        found = (e for e in entries if not e.is_folder and text in e.path.casefold())
        return heapq.nsmallest(limit + 1, found, key=_path)

    found = await _ask(call.service, search)
    return Materials(materials=[_entry(e) for e in found[:limit]], capped=len(found) > limit)


@get("/v1/data/node", "Describe one file or folder.", query=AtPath, answer=FileEntry, errors=(404,))
async def node(call: Call) -> FileEntry:
    """Describe a path, without its content."""
    return _entry(await _find(call, call.query.path))


@post(
    "/v1/data/publish",
    "Keep a file's content for good, under its hash.",
    scope="records:write",
    body=Publish,
    answer=Published,
    errors=(404, 409),
)
async def publish(call: Call) -> Published:
    """Publish a file."""
    call.service.check_data(call.principal, write=True)
    entry = await _file(call, call.body.path)
    path = f"{_ARTIFACTS}/{entry.content_hash}"
    content = BlobRef(
        blob=entry.content_hash or "",
        size=entry.size,
        media_type=entry.content_type or _DEFAULT_TYPE,
    )
    there = await _ask(call.service, lambda files: files.entries.get(path))
    record = there.record if there else None
    if there is None:
        body = FileWrite(path=path, content=content, actor=call.principal.did, pinned=True)
        record = await _change(call.service, lambda _files: None, body)
    return Published(
        content_hash=content.blob, manifest_record_id=record, pin_state="pinned", path=path
    )


@get("/v1/data/usage", "Return the bytes of all files.", answer=Usage)
async def usage(call: Call) -> Usage:
    """Sum up."""
    call.service.check_data(call.principal)
    used = await _ask(call.service, Files.used)
    return Usage(used=used, quota=call.service.options.quota)


@get("/v1/data/capabilities", "Return what the data plane can do.", answer=DataCapabilities)
async def data_capabilities(call: Call) -> DataCapabilities:
    """Describe the data plane."""
    return DataCapabilities(
        version="1",
        chunk_size=CHUNK_SIZE,
        largest_file=call.service.options.largest_file,
        compare_and_set=True,
    )


@get(
    "/v1/data/provenance",
    "Tell who wrote which file.",
    query=ProvenanceParameters,
    answer=ProvenanceList,
    errors=(422,),
)
async def provenance(call: Call) -> ProvenanceList:
    """List the files of a region with who wrote them."""
    call.service.check_data(call.principal)
    limit, cursor = _limit(call.query.limit), call.query.cursor
    region = check_path(call.query.region or ROOT)

    def view(files: Files) -> list[Entry]:
        below = files.below(region)
        found = (e for e in below if not e.is_folder and (cursor is None or e.path > cursor))
        return heapq.nsmallest(limit + 1, found, key=_path)

    found = await _ask(call.service, view)
    page = found[:limit]
    return ProvenanceList(
        data=[{"path": e.path, **msgspec.structs.asdict(_provenance(e))} for e in page],
        cursor=page[-1].path if len(found) > limit else None,
    )


async def _ask(service: Service, view: Callable[[Files], T]) -> T:
    return (await service.ask(service.files, view)).value


async def _change(service: Service, check: Callable[[Files], None], body: Body) -> str:
    """Append the record of a change that `check` allows, and return its id.

    The guard does not fold, it only sees that nothing was appended since the check; if something
    was, the check is made again.
    """
    for _ in range(_ATTEMPTS):
        seen = (await service.ask(service.files, check)).watermark

        def guard(seen: int = seen) -> None:
            if service.log.store.rows(Query(thread=THREAD), after=seen, limit=1):
                raise PreconditionFailed("the files changed meanwhile")

        try:
            return (await service.record(body.draft(thread=THREAD), guard)).id
        except PreconditionFailed:
            continue
    raise Problem(503, "BUSY", "the files keep changing", headers={"Retry-After": "1"})


async def _done(call: Call, check: Callable[[Files], None], body: Body) -> Done:
    return Done(ok=True, record_id=await _change(call.service, check, body))


def _store_blob(service: Service, upload: Upload) -> BlobRef:
    with service.uploads.finish(upload) as content:
        return service.log.blobs.put(content, media_type=upload.content_type)


async def _find(call: Call, path: str) -> Entry:
    call.service.check_data(call.principal)
    checked = check_path(path)
    return await _ask(call.service, lambda files: require(files, checked))


async def _file(call: Call, path: str) -> Entry:
    entry = await _find(call, path)
    if entry.is_folder:
        raise Problem(404, "NOT_A_FILE", f"{entry.path} is a folder")
    return entry


def _limit(limit: int) -> int:
    if not 1 <= limit <= MOST_ENTRIES:
        raise Problem(
            422, "LIMIT_OUT_OF_RANGE", f"limit is {limit}; it must be from 1 to {MOST_ENTRIES}"
        )
    return limit


def _path(entry: Entry) -> str:
    return entry.path


def _kind(entry: Entry) -> str:
    return "directory" if entry.is_folder else "file"


def _pin_state(entry: Entry) -> str | None:
    if entry.is_folder:
        return None
    return "pinned" if entry.is_pinned else "unpinned"


def _entry(entry: Entry) -> FileEntry:
    return FileEntry(
        name=entry.name,
        path=entry.path,
        kind=_kind(entry),
        size_bytes=entry.size,
        content_hash=entry.content_hash,
        mtime=entry.mtime,
        content_type=entry.content_type,
        pin_state=_pin_state(entry),
    )


def _provenance(entry: Entry) -> Provenance:
    return Provenance(
        work_thread=THREAD,
        actor=entry.actor,
        goal_summary="",
        clock=entry.clock,
        content_hash=entry.content_hash,
    )
