"""NumPy arrays as .npy, which any NumPy reads, and never with pickled objects in it."""

from __future__ import annotations

from typing import Any, BinaryIO

from threadbook.errors import ArtifactInvalid
from threadbook.library.codecs.codec import ValueCodec, is_a, optional


class ArrayCodec(ValueCodec):
    """Arrays of all types but objects."""

    name = "npy"
    accepts = "numpy.ndarray (not of objects)"

    def type_of(self, value: Any) -> str | None:
        """See Codec.type_of."""
        return "numpy.ndarray" if is_a(value, "numpy", "ndarray") else None

    def media_type(self, name: str) -> str:  # noqa: ARG002
        """See Codec.media_type."""
        return "application/x-npy"

    def encode(self, value: Any, to: BinaryIO) -> None:
        """See Codec.encode."""
        form = optional("numpy.lib.format")
        if value.dtype.hasobject:
            raise ArtifactInvalid(
                f"an array of {value.dtype} holds Python objects",
                remedy="give it another dtype, or save .tolist()",
            )
        if form.descr_to_dtype(form.dtype_to_descr(value.dtype)) != value.dtype:
            raise ArtifactInvalid(f"an array of {value.dtype} would come back as another type")
        form.write_array(to, value, allow_pickle=False)

    def decode(self, content: BinaryIO, type_name: str) -> Any:  # noqa: ARG002
        """See Codec.decode."""
        return optional("numpy.lib.format").read_array(content, allow_pickle=False)

    def preview(self, value: Any) -> str:
        """See Codec.preview."""
        corner = value[tuple(slice(5) for _ in value.shape)]
        return f"{value.dtype} {value.shape}\n{corner}"
