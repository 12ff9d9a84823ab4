"""Images: real ones are shown, and those that would take all memory are not."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from threadbook_panel.images import MOST_PIXELS, _size, image_type, is_showable


def made(form, size=(30, 20), mode="RGB", **options):
    file = io.BytesIO()
    Image.new(mode, size, "red").save(file, form, **options)
    return file.getvalue()


KINDS = {
    "png": ("image/png", {}),
    "jpeg": ("image/jpeg", {}),
    "progressive": ("image/jpeg", {"progressive": True, "exif": b"Exif\0\0" + bytes(5000)}),
    "gif": ("image/gif", {}),
    "webp": ("image/webp", {}),
    "lossless": ("image/webp", {"lossless": True}),
    "extended": ("image/webp", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}),
}
FORMS = {"progressive": "jpeg", "lossless": "webp", "extended": "webp"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(30, 20), (1, 700)])
def test_the_size_is_that_of_the_image(kind, size):
    media_type, options = KINDS[kind]
    content = made(FORMS.get(kind, kind), size, **options)
    assert image_type(content) == media_type
    assert _size(content) == size
    assert is_showable(content)


def test_an_image_of_too_many_pixels_is_not_shown():
    content = made("png", (1, 1))
    for width, height in ((40_000, 40_000), (0, 10), (MOST_PIXELS + 1, 1)):
        assert not is_showable(content[:16] + struct.pack(">II", width, height) + content[24:])
    whole = content[:16] + struct.pack(">II", MOST_PIXELS, 1) + content[24:]
    assert is_showable(whole)


@pytest.mark.parametrize("kind", KINDS)
def test_a_header_that_is_cut_is_not_shown(kind):
    content = made(FORMS.get(kind, kind), **KINDS[kind][1])
    assert not is_showable(content[:9])


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"BM", b"RIFFxxxxWAVE", b"\x89PNG"])
def test_what_is_no_image_is_none(content):
    assert image_type(content) is None


@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF0000WEBP"]),
    st.binary(max_size=200),
)
def test_no_bytes_are_too_odd(begin, rest):
    assert is_showable(begin + rest) in (True, False)
