"""Codecs: which values can be artifacts, and how each becomes content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from threadbook.errors import ArtifactInvalid
from threadbook.library.codecs.arrays import ArrayCodec
from threadbook.library.codecs.codec import Codec
from threadbook.library.codecs.images import FigureCodec, ImageCodec
from threadbook.library.codecs.paths import FileCodec, FolderCodec
from threadbook.library.codecs.pickles import PickleCodec
from threadbook.library.codecs.plain import BytesCodec, JsonCodec, PackCodec, TextCodec
from threadbook.library.codecs.tables import ParquetCodec

_BY_TYPE = (
    TextCodec(), BytesCodec(), JsonCodec(), PackCodec(), ParquetCodec(), ArrayCodec(),
    ImageCodec(), FigureCodec(), FileCodec(), FolderCodec(),
)  # fmt: skip
"""In the order in which they are asked."""

CODECS: dict[str, Codec] = {codec.name: codec for codec in (*_BY_TYPE, PickleCodec())}


def chosen(value: Any, name: str | None = None) -> tuple[Codec, str]:
    """Return the codec for a value, the one called `name` if given, and what its type is called.

    Raises ArtifactInvalid, with what is accepted, where there is none.
    """
    if isinstance(value, Path) and not value.exists():
        raise ArtifactInvalid(f"there is nothing at {value}")
    for codec in _BY_TYPE if name is None else (named(name),):
        if (type_name := codec.type_of(value)) is not None:
            return codec, type_name
    kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    if name is not None:
        raise ArtifactInvalid(
            f"codec {name!r} does not take this {kind}", remedy=f"it takes {CODECS[name].accepts}"
        )
    accepted = "; ".join(codec.accepts for codec in CODECS.values())
    raise ArtifactInvalid(f"a {kind} cannot be saved", remedy=f"what can: {accepted}")


def named(name: str) -> Codec:
    """Return the codec of this name. Raises ArtifactInvalid."""
    codec = CODECS.get(name)
    if codec is None:
        raise ArtifactInvalid(f"no codec is called {name!r}", remedy=f"one of {', '.join(CODECS)}")
    return codec
