"""What is known of an artifact: plain values, which are the same however they were asked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from threadbook.errors import ArtifactInvalid
from threadbook.folds.lineage import Read, Version
from threadbook.tables import Listing, facts_html, text_html, visible_text
from threadbook.text import line_text

REFERENCE = "sha256:"
"""Begins a reference to content by its hash; no name has a colon."""

_SEGMENT = re.compile(r"[\w-](?:[\w.-]*[\w-])?")
_DIGEST = re.compile("[0-9a-f]{64}")
_LONGEST_NAME = 255
_SHORT = 12
_WIDTH = 80


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an artifact.

    `hash` is the SHA-256 of the content in hexadecimal, `size` is in bytes, `at` Unix time in
    milliseconds. `record` is the id of the record that saved it, `author` who wrote that, `cell`
    the id of the cell that made it, `inputs` are the ids of the records that saved what it was made
    from, and `readers` tell who has read it by the time of asking. Of one that could not be
    delivered to the log yet, `is_delivered` is false, and `version` None: the log numbers it.
    """

    name: str
    version: int | None
    type: str
    codec: str
    media_type: str
    size: int
    hash: str
    description: str
    metadata: dict[str, Any]
    preview: str
    author: str
    at: int
    thread: str
    cell: str | None
    record: str
    inputs: tuple[str, ...] = ()
    readers: tuple[Read, ...] = ()
    is_deleted: bool = False
    is_delivered: bool = True

    @classmethod
    def of(cls, version: Version, readers: tuple[Read, ...] = ()) -> Artifact:
        """Return what the log says of a version."""
        return cls(
            name=version.name,
            version=version.version,
            type=version.type,
            codec=version.codec,
            media_type=version.content.media_type,
            size=version.content.size,
            hash=version.content.blob,
            description=version.description,
            metadata=version.metadata,
            preview=version.preview,
            author=version.actor,
            at=version.at,
            thread=version.thread,
            cell=version.cell,
            record=version.id,
            inputs=tuple(version.inputs),
            readers=readers,
            is_deleted=version.deleted_by is not None,
        )

    @property
    def ref(self) -> str:
        """A reference to the content that another agent can load: `sha256:` and its hash."""
        return REFERENCE + self.hash

    def __str__(self) -> str:
        return f"{visible_text(self.name)} v{self.version or '?'}"

    def __repr__(self) -> str:
        return f"<Artifact {self}: {', '.join(f'{k} {v}' for k, v in self._facts())}>"

    def _repr_html_(self) -> str:
        preview = text_html(self.preview) if self.preview else ""
        return facts_html(self._facts(), caption=f"artifact {self}") + preview

    def _facts(self) -> list[tuple[str, str]]:
        readers = [(read.cell or read.id)[:_SHORT] for read in self.readers]
        facts = [
            ("type", self.type),
            ("size", f"{self.size:,} bytes"),
            ("hash", f"{REFERENCE}{self.hash[:_SHORT]}"),
            ("description", self.description),
            ("saved", f"{_moment(self.at)} by {self.author}"),
            ("made by cell", (self.cell or "")[:_SHORT]),
            ("read by", ", ".join(readers)),
            ("state", _state(self)),
        ]
        return [(name, line_text(value, _WIDTH)) for name, value in facts if value]


class ArtifactList(Listing[Artifact], list[Artifact]):
    """Artifacts in a list, which shows as a table."""

    caption = "artifacts"
    headings = ("name", "version", "type", "size", "hash", "saved", "description")

    def cells(self, item: Artifact) -> Sequence[str]:
        """See Listing."""
        return (
            visible_text(item.name),
            str(item.version or "?"),
            line_text(item.type, _WIDTH),
            f"{item.size:,}",
            item.hash[:_SHORT],
            _moment(item.at),
            line_text(item.description, _WIDTH),
        )


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """From what an artifact was made, and what was made from it, directly or not.

    The nearest come first; `edges` are all pairs of what went in and what came out of it.
    """

    artifact: Artifact
    sources: tuple[Artifact, ...]
    products: tuple[Artifact, ...]

    @property
    def edges(self) -> list[tuple[Artifact, Artifact]]:
        """The pairs (input, output) among them, the oldest output first."""
        every = {one.record: one for one in (*self.sources, self.artifact, *self.products)}
        outputs = sorted(every.values(), key=lambda one: one.at)
        return [(every[i], out) for out in outputs for i in out.inputs if i in every]

    def __repr__(self) -> str:
        lines = [f"{before} -> {after}" for before, after in self.edges]
        return "\n".join(lines) or f"{self.artifact}: made from nothing that is saved, and not used"

    def _repr_html_(self) -> str:
        return text_html(repr(self))


def check_name(name: Any) -> str:
    """Return a name that an artifact may have. Raises ArtifactInvalid.

    It is of parts between slashes, each of letters, digits, `_`, `-` and, within it, `.`: so it is
    no path that leads elsewhere, and no reference.
    """
    if not isinstance(name, str):
        raise ArtifactInvalid(f"a name is a str, not a {type(name).__name__}")
    is_short = len(name.encode(errors="replace")) <= _LONGEST_NAME
    is_one = unicodedata.is_normalized("NFC", name)  # what looks the same is the same name
    if not (is_short and is_one and all(map(_SEGMENT.fullmatch, name.split("/")))):
        raise ArtifactInvalid(
            f"{name[:80]!r} cannot be the name of an artifact",
            remedy="use letters, digits, _ and -, dots within, and / between parts:"
            f" reports/2024.csv; at most {_LONGEST_NAME} bytes",
        )
    return name


def digest_of_reference(reference: str) -> str:
    """Return the hash in `sha256:…`, or the hash alone, in hexadecimal. Raises ArtifactInvalid."""
    digest = reference.removeprefix(REFERENCE)
    if not _DIGEST.fullmatch(digest):
        raise ArtifactInvalid(
            f"{reference[:80]!r} is no reference",
            remedy="it is sha256: and 64 hexadecimal digits, the `ref` of an artifact",
        )
    return digest


def _state(one: Artifact) -> str:
    if not one.is_delivered:
        return "not in the log yet"
    return "deleted" if one.is_deleted else ""


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
