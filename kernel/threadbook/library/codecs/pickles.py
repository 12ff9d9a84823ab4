"""Pickles: for those who ask for them by name, twice."""

from __future__ import annotations

import pickle
from typing import Any, BinaryIO

from threadbook.library.codecs.codec import ValueCodec


class PickleCodec(ValueCodec):
    """Any object that can be pickled. Who reads a pickle runs the code of who wrote it."""

    name = "pickle"
    accepts = "anything, with codec='pickle' here and allow_pickle=True where it is loaded"

    def type_of(self, value: Any) -> str | None:
        """See Codec.type_of."""
        return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")

    def media_type(self, name: str) -> str:  # noqa: ARG002
        """See Codec.media_type."""
        return "application/x-python-pickle"

    def encode(self, value: Any, to: BinaryIO) -> None:
        """See Codec.encode."""
        pickle.dump(value, to, protocol=5)

    def decode(self, content: BinaryIO, type_name: str) -> Any:  # noqa: ARG002
        """See Codec.decode."""
        return pickle.load(content)  # noqa: S301
