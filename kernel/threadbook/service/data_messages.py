"""What the endpoints of the data plane take and answer."""

from __future__ import annotations

from typing import Any

import msgspec

from threadbook.folds.files import ROOT


class Precondition(msgspec.Struct, frozen=True, kw_only=True):
    """What a path has to hold for a write to be done: this hash; null for nothing."""

    expected_hash: str | None


class WriteInit(msgspec.Struct, frozen=True, kw_only=True):
    """A write to be: without `precondition` the last writer wins."""

    path: str
    size_bytes: int
    content_type: str | None = None
    precondition: Precondition | None = None


class WriteBegun(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send the content, in pieces of `chunk_size` bytes."""

    upload_id: str
    chunk_size: int


class WriteComplete(msgspec.Struct, frozen=True, kw_only=True):
    """An upload whose content has been sent."""

    upload_id: str


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What is at the path now."""

    content_hash: str
    size_bytes: int


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an upload has arrived."""

    received: int


class AtPath(msgspec.Struct, frozen=True, kw_only=True):
    """A path."""

    path: str


class BlobUrl(msgspec.Struct, frozen=True, kw_only=True):
    """Where the content is: relative to this service, asked for with the same token."""

    blob_url: str
    expires_in: int
    via: str


class ListParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Which folder."""

    path: str = ROOT
    cursor: str | None = None
    limit: int = 100


class FileEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder; `kind` says which, `mtime` is Unix time in milliseconds."""

    name: str
    path: str
    kind: str
    size_bytes: int
    content_hash: str | None
    mtime: int
    content_type: str | None
    pin_state: str | None


class EntryList(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a folder, by name."""

    entries: list[FileEntry]
    cursor: str | None


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Who wrote a file. Published clients take exactly these five fields."""

    work_thread: str
    actor: str
    goal_summary: str
    clock: int
    content_hash: str | None


class Stat(msgspec.Struct, frozen=True, kw_only=True):
    """What is at a path."""

    kind: str
    size_bytes: int
    content_hash: str | None
    mtime: int
    content_type: str | None
    pin_state: str | None
    provenance: Provenance | None


class Move(msgspec.Struct, frozen=True, kw_only=True, rename={"source": "from", "target": "to"}):
    """From which path to which."""

    source: str
    target: str


class Remove(msgspec.Struct, frozen=True, kw_only=True):
    """What to remove; a folder that is not empty only where `recursive`."""

    path: str
    recursive: bool = False


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """The record of what was done."""

    ok: bool
    record_id: str | None


class MaterialParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Files whose path holds `q`."""

    q: str | None = None
    limit: int = 100


class Materials(msgspec.Struct, frozen=True, kw_only=True):
    """Files; `capped` tells that there are more."""

    materials: list[FileEntry]
    capped: bool


class Publish(msgspec.Struct, frozen=True, kw_only=True):
    """A file to keep for good, under the hash of its content."""

    path: str
    storage_class: str | None = None


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """Where a published file is kept."""

    content_hash: str
    manifest_record_id: str | None
    pin_state: str
    path: str


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of all files, and how many there may be; 0 is no limit."""

    used: int
    quota: int


class DataCapabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What the data plane can do."""

    version: str
    chunk_size: int
    largest_file: int
    compare_and_set: bool


class ProvenanceParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Which region of the tree, from where on."""

    region: str | None = None
    cursor: str | None = None
    limit: int = 100


class ProvenanceList(msgspec.Struct, frozen=True, kw_only=True):
    """Who wrote which file, in the order of paths."""

    data: list[dict[str, Any]]
    cursor: str | None
