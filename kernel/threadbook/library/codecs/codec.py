"""What a codec is: how values of some types become content, and come back equal."""

from __future__ import annotations

import importlib
import mimetypes
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from threadbook.errors import ArtifactInvalid

OCTETS = "application/octet-stream"

_EXTRAS = {"pyarrow": "threadbook[data]", "PIL": "pillow"}
"""What to install for a package that is not called like this."""


class Codec(ABC):
    """Turns values into content; `name` stands in records, `accepts` in messages.

    Types are exact: what is merely derived from one has more to it than would come back. A codec
    refuses what it cannot carry, with ArtifactInvalid, rather than save something else.
    """

    name: ClassVar[str]
    accepts: ClassVar[str]

    @abstractmethod
    def type_of(self, value: Any) -> str | None:
        """Return what records call the type of `value`; None where it is not one of this codec."""

    @abstractmethod
    def media_type(self, name: str) -> str:
        """Return the media type of the content of an artifact of this name."""

    @abstractmethod
    def open(self, value: Any, spool: BinaryIO) -> BinaryIO:
        """Return a stream of the content from its begin: `spool`, or one that has it already."""

    def preview(self, value: Any) -> str:  # noqa: ARG002  not every type has something to show
        """Return a short text for people; it is cut down by the caller."""
        return ""


class ValueCodec(Codec):
    """A codec whose values come back as values."""

    @abstractmethod
    def encode(self, value: Any, to: BinaryIO) -> None:
        """Write the content of `value` to a stream that can be read and can seek."""

    @abstractmethod
    def decode(self, content: BinaryIO, type_name: str) -> Any:
        """Return the value of a content that was checked against its hash, and can seek."""

    def open(self, value: Any, spool: BinaryIO) -> BinaryIO:
        """See Codec.open."""
        self.encode(value, spool)
        spool.seek(0)
        return spool


class PathCodec(Codec):
    """A codec whose values are paths, and come back as paths of copies."""

    @abstractmethod
    def place(self, content: BinaryIO, path: Path) -> None:
        """Put a content where nothing is, not to be written. It may turn out not to be the one."""

    @abstractmethod
    def digest(self, path: Path) -> str | None:
        """Return the SHA-256 of the content that stands at a path, None where there is none."""


def is_a(value: Any, module: str, name: str) -> bool:
    """Tell whether a value is exactly of the type that a package calls `name`.

    Nothing is imported: where there is a value, its package was imported by somebody.
    """
    package = sys.modules.get(module)
    return package is not None and type(value) is getattr(package, name, None)


def optional(module: str) -> Any:
    """Return a module of a package that need not be there, and is slow to import."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ArtifactInvalid(
            f"{package} is not installed", remedy=f'pip install "{_EXTRAS.get(package, package)}"'
        ) from error


def guessed(name: str, default: str, *, of: str = "") -> str:
    """Return the media type that the ending of a name suggests, if it begins with `of`."""
    guess, encoding = mimetypes.guess_type(name)
    return guess if guess and not encoding and guess.startswith(of) else default
