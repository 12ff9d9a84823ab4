"""Values: what is saved comes back equal and of the same types, or is refused."""

import math
import pickle
import re
import subprocess
import sys

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

import threadbook
from threadbook.errors import ArtifactInvalid
from threadbook.library.codecs import CODECS, chosen
from threadbook.library.content import spool
from threadbook.records.bodies import ArtifactSave

moderate = settings(max_examples=150, deadline=None)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.sampled_from([-(2**63), -(2**63) - 1, 2**64 - 1, 2**64])
    | st.floats()
    | TEXT
    | st.binary()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(TEXT | st.integers(-9, 9), inner, max_size=4)
    ),
    max_leaves=20,
)


def typed(value):
    """Return a value that equals another only if all types in it are the same, too."""
    if isinstance(value, (list, tuple)):
        return type(value), [typed(item) for item in value]
    if isinstance(value, dict):
        return dict, [(typed(key), typed(item)) for key, item in value.items()]
    if isinstance(value, float):
        return float, "nan" if math.isnan(value) else (value, math.copysign(1, value))
    return type(value), value


def there_and_back(value, name=None):
    codec, type_name = chosen(value, name)
    with spool() as content, codec.open(value, content) as encoded:
        return codec.decode(encoded, type_name)


@given(VALUES)
@moderate
def test_plain_data_comes_back_equal_and_of_the_same_types(value):
    assert typed(there_and_back(value)) == typed(value)


def test_n76_ten_megabytes_come_back_in_another_process(artifacts, child):
    data = bytes(range(256)) * 40_000
    artifacts.save("a", data)
    process = child("print(load('a') == bytes(range(256)) * 40_000)")
    assert process.communicate(timeout=60)[0].split() == ["True"]


@pytest.mark.parametrize(
    ("value", "codec", "media_type"),
    [
        ("é", "text", "text/plain; charset=utf-8"),
        (b"x", "bytes", "application/octet-stream"),
        (bytearray(b"x"), "bytes", "application/octet-stream"),
        ({"a": [1, 2.5, None, True]}, "json", "application/json"),
        (-0.0, "json", "application/json"),
        (1, "json", "application/json"),
        (None, "json", "application/json"),
        ({1: 2}, "msgpack", "application/vnd.msgpack"),
        ((1, b"x"), "msgpack", "application/vnd.msgpack"),
        ([math.inf], "msgpack", "application/vnd.msgpack"),
        (2**70, "msgpack", "application/vnd.msgpack"),
    ],
    ids=repr,
)
def test_each_type_has_its_codec(artifacts, value, codec, media_type):
    saved = artifacts.save("a", value)
    assert (saved.codec, saved.media_type) == (codec, media_type)
    assert typed(artifacts.load("a")) == typed(value)
    assert saved.preview


def test_the_media_type_of_text_and_bytes_follows_the_name(artifacts):
    assert artifacts.save("a.html", "<p>").media_type == "text/html; charset=utf-8"
    assert artifacts.save("a.png", "text").media_type == "text/plain; charset=utf-8"
    assert artifacts.save("a.png", b"x").media_type == "image/png"


class Odd(dict):
    pass


class Number(int):
    pass


def shown(value):
    """Return a name for a test that is the same in every process: no addresses."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


REFUSED = [
    object(), {1, 2}, frozenset(), 1j, Odd(), Number(1), [Odd()], {"a": {1}}, {(): 1}, {True: 1},
    "\ud800", ["\ud800"], {"\udc00": 1}, range(3), memoryview(b"x"), len, Odd, ValueError("x"),
    np.float64(1), [np.int64(1)],
]  # fmt: skip


@pytest.mark.parametrize("value", REFUSED, ids=shown)
def test_n82_what_would_not_come_back_is_refused_with_what_is_accepted(agent, value):
    with pytest.raises(ArtifactInvalid) as caught:
        agent.artifacts.save("a", value)
    if not isinstance(value, str):
        for accepted in ("str", "pandas.DataFrame", "numpy.ndarray", "codec='pickle'"):
            assert accepted in caught.value.remedy
    assert agent.blobs() == []
    assert agent.artifacts.list() == []


def test_a_value_that_holds_itself_is_refused(artifacts):
    own = []
    own.append(own)
    with pytest.raises(ArtifactInvalid):
        artifacts.save("a", own)


def test_a_deep_value_comes_back_or_is_refused(artifacts):
    value = 1
    for depth in range(1500):
        value = [value]
        if depth % 100 == 98:
            try:
                saved = artifacts.save("a", value)
            except ArtifactInvalid:
                continue
            assert artifacts.load("a", saved.version) == value
    assert artifacts.exists("a")


def test_a_codec_can_be_named_and_must_fit(artifacts):
    assert artifacts.save("a", {"n": 1}, codec="msgpack").codec == "msgpack"
    assert artifacts.load("a") == {"n": 1}
    for value, codec in (((1,), "json"), ("x", "bytes"), (b"x", "text"), (1, "parquet")):
        with pytest.raises(ArtifactInvalid, match=codec):
            artifacts.save("a", value, codec=codec)
    with pytest.raises(ArtifactInvalid, match="no codec is called"):
        artifacts.save("a", 1, codec="yaml")


class Harm:
    def __reduce__(self):
        return (exec, ("import threadbook; threadbook.harmed = True",))


def test_a_pickle_takes_two_to_ask_for_it(artifacts):
    artifacts.save("a", Harm(), codec="pickle")
    with pytest.raises(ArtifactInvalid, match="allow_pickle") as caught:
        artifacts.load("a")
    assert "did:sync:agent:a0" in str(caught.value)
    assert not hasattr(threadbook, "harmed")
    artifacts.save("b", {1, 2}, codec="pickle")
    assert artifacts.load("b", allow_pickle=True) == {1, 2}
    assert pickle.loads(artifacts.open("b").read()) == {1, 2}
    with pytest.raises(ArtifactInvalid, match="pickle"):
        artifacts.save("c", lambda: 1, codec="pickle")


ARRAYS = [
    np.arange(12).reshape(3, 4),
    np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    np.array(5, dtype=">i2"),
    np.array([], dtype="f4"),
    np.array(["a", "é"]),
    np.array(["2024-01-01", "NaT"], dtype="M8[s]"),
    np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]),
    np.array([(1, 2.5)], dtype=np.dtype([("a", "i1"), ("b", "f8")], align=True)),
    np.array([True, False]),
    np.array([1j, np.nan]),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: str(array.dtype))
def test_arrays_come_back_with_type_shape_and_order(artifacts, array):
    saved = artifacts.save("a", array)
    again = artifacts.load("a")
    assert (saved.codec, type(again)) == ("npy", np.ndarray)
    assert (again.dtype, again.shape) == (array.dtype, array.shape)
    assert again.flags.f_contiguous == array.flags.f_contiguous
    assert again.tolist() == array.tolist() or np.array_equal(again, array, equal_nan=True)
    assert str(array.dtype) in saved.preview


@pytest.mark.parametrize(
    "array",
    [
        np.array([object()]),
        np.array([(1, None)], dtype=[("a", "i4"), ("b", "O")]),
        np.ma.array([1, 2], mask=[0, 1]),
        np.rec.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]),
    ],
    ids=shown,
)
def test_arrays_that_npy_does_not_carry_are_refused(agent, array):
    with pytest.raises(ArtifactInvalid):
        agent.artifacts.save("a", array)
    assert agent.blobs() == []


def test_an_npy_with_a_pickle_in_it_is_refused(agent, tmp_path):
    np.save(tmp_path / "x.npy", np.array([Harm()]), allow_pickle=True)
    content = agent.sink.put_blob((tmp_path / "x.npy").read_bytes(), media_type="application/x-npy")
    body = ArtifactSave(name="b", version=1, content=content, codec="npy")
    agent.sink.append(body.draft(thread="th"))
    with pytest.raises(ArtifactInvalid):
        agent.artifacts.load("b")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_images_come_back_pixel_by_pixel(artifacts, mode):
    image = PIL.Image.effect_noise((9, 7), 80)
    image = image.convert("I;16") if mode == "I;16" else image.convert("RGBA").convert(mode)
    artifacts.save("a", image)
    again = artifacts.load("a")
    assert (again.mode, again.size) == (image.mode, image.size)
    assert again.tobytes() == image.tobytes() or mode == "P"
    assert again.convert("RGBA").tobytes() == image.convert("RGBA").tobytes()


@pytest.mark.parametrize("mode", ["CMYK", "F", "I", "YCbCr", "HSV"])
def test_images_that_a_png_would_change_are_refused(agent, mode):
    with pytest.raises(ArtifactInvalid, match=mode):
        agent.artifacts.save("a", PIL.Image.new(mode, (2, 2)))
    assert agent.blobs() == []


def test_an_image_of_several_frames_is_refused(artifacts, tmp_path):
    frames = [PIL.Image.new("RGB", (2, 2), color) for color in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    with pytest.raises(ArtifactInvalid, match="2 frames"):
        artifacts.save("a", PIL.Image.open(tmp_path / "a.gif"))
    with PIL.Image.open(artifacts.load(artifacts.save_file("a", tmp_path / "a.gif"))) as image:
        assert image.n_frames == 2


def test_a_figure_comes_back_as_an_image_and_is_the_same_each_time(artifacts):
    def figure():
        drawn = Figure()
        drawn.subplots().plot([1, 3, 2])
        drawn.axes[0].set_title("growth")
        return drawn

    first, second = artifacts.save("a", figure()), artifacts.save("b", figure())
    assert first.hash == second.hash
    assert (first.media_type, first.preview) == ("image/png", "growth")
    assert artifacts.load("a").size[0] > 100


def test_nothing_heavy_is_imported_before_it_is_needed():
    code = "import sys, threadbook.library.artifacts; from threadbook.library.codecs import chosen;"
    code += "chosen({'a': 1});"
    code += "print({'pandas','polars','pyarrow','numpy','PIL','matplotlib'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_every_codec_says_what_it_takes():
    assert all(codec.name == name and codec.accepts for name, codec in CODECS.items())
