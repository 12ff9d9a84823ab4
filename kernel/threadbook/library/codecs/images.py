"""Images without loss: what Pillow opens, and figures of matplotlib as they look."""

from __future__ import annotations

import sys
from typing import Any, BinaryIO

from threadbook.errors import ArtifactInvalid
from threadbook.library.codecs.codec import ValueCodec, is_a, optional

_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
"""What a PNG holds as it is."""


class ImageCodec(ValueCodec):
    """Images as PNG; one that a PNG would change is refused."""

    name = "png"
    accepts = "PIL.Image.Image"

    def type_of(self, value: Any) -> str | None:
        """See Codec.type_of."""
        pillow = sys.modules.get("PIL.Image")
        is_image = pillow is not None and isinstance(value, pillow.Image)
        # Files of each format have a class of their own, all of them in Pillow.
        is_own = type(value).__module__.partition(".")[0] == "PIL"
        return "PIL.Image.Image" if is_image and is_own else None

    def media_type(self, name: str) -> str:  # noqa: ARG002
        """See Codec.media_type."""
        return "image/png"

    def encode(self, value: Any, to: BinaryIO) -> None:
        """See Codec.encode."""
        if value.mode not in _MODES:
            raise ArtifactInvalid(
                f"a PNG does not hold an image of mode {value.mode}",
                remedy="convert it to RGB, or save its file: save_file(name, path)",
            )
        if getattr(value, "n_frames", 1) > 1:
            raise ArtifactInvalid(
                f"the image has {value.n_frames} frames, a PNG has one",
                remedy="save its file: save_file(name, path)",
            )
        value.save(to, format="PNG")
        to.seek(0)
        if _pixels(_opened(to)) != _pixels(value):
            raise ArtifactInvalid("a PNG does not hold this image as it is")

    def decode(self, content: BinaryIO, type_name: str) -> Any:  # noqa: ARG002
        """See Codec.decode."""
        return _opened(content)

    def preview(self, value: Any) -> str:
        """See Codec.preview."""
        return f"{value.width} x {value.height} {value.mode}"


class FigureCodec(ImageCodec):
    """Figures of matplotlib as PNG; what comes back is an image."""

    name = "figure"
    accepts = "matplotlib.figure.Figure (comes back as an image)"

    def type_of(self, value: Any) -> str | None:
        """See Codec.type_of."""
        is_figure = is_a(value, "matplotlib.figure", "Figure")
        return "matplotlib.figure.Figure" if is_figure else None

    def encode(self, value: Any, to: BinaryIO) -> None:
        """See Codec.encode."""
        value.savefig(to, format="png", bbox_inches="tight", metadata={"Software": None})

    def preview(self, value: Any) -> str:
        """See Codec.preview."""
        titles = [axes.get_title() for axes in value.axes]
        return "\n".join(title for title in titles if title)


def _opened(content: BinaryIO) -> Any:
    image = optional("PIL.Image").open(content, formats=["PNG"])
    image.load()
    return image


def _pixels(image: Any) -> tuple[str, tuple[int, int], bytes]:
    """Return all that is seen of an image; numbers in a palette may stand for other colours."""
    seen = image.convert("RGBA") if image.mode == "P" else image
    return image.mode, image.size, seen.tobytes()
