"""MIME bundles, wherever they are in a message."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.panel.corpus import HOSTILE, MARKUP
from tests.panel.isolation.pages import acts

from threadbook_panel.isolation.allowed import Allowed
from threadbook_panel.isolation.mime import Mime, is_mime

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
SHOWN = {
    "application/json",
    "application/pdf",
    "application/vnd.jupyter.widget-view+json",
    "text/html",
    "text/latex",
    "text/plain",
    *(f"image/{kind}" for kind in ("avif", "bmp", "gif", "jpeg", "png", "webp")),
}
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(list(HOSTILE.values())[:20]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=3)
            | st.sampled_from(
                ["data", "metadata", "__proto__", "text/html", "TEXT/HTML", "text/html ; x=1"]
            )
            | st.sampled_from(
                ["text/markdown", "image/svg+xml", "application/javascript", "image/png"]
            )
            | st.sampled_from(["text/plain", "text/latex", "application/json", "text/vnd.mermaid"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.fixture
def mime():
    return Mime(Allowed(), is_refused={"refused"}.__contains__)


def bundles(value):
    """Return all bundles that a page could find in a JSON value."""
    if isinstance(value, list):
        return [bundle for item in value for bundle in bundles(item)]
    if not isinstance(value, dict):
        return []
    inner = [item for name, item in value.items() if not (is_mime(name) or name == "metadata")]
    return [*([value] if any(map(is_mime, value)) else []), *bundles(inner)]


@pytest.mark.parametrize(
    ("media_type", "name"),
    [(media_type, name) for media_type in MARKUP for name in MARKUP[media_type]],
)
def test_of_a_hostile_bundle_a_page_gets_nothing_that_acts(mime, media_type, name):
    shown = mime.bundle({media_type: HOSTILE[name]})
    assert shown.keys() <= SHOWN
    assert shown
    assert acts(shown.get("text/html", "")) == []
    assert mime.bundle(shown) == shown


@given(VALUES)
def test_of_any_value_a_page_gets_bundles_that_do_not_act(value):
    mime = Mime(Allowed(), is_refused=lambda _: False)
    shown = mime.isolated(value)
    for bundle in bundles(shown):
        assert {name for name in bundle if is_mime(name)} <= SHOWN
        assert acts(bundle.get("text/html", "")) == []


def test_a_value_without_bundles_is_the_same_object(mime):
    value = {"data": {"a": [1, {"b": "<script>"}]}, "metadata": {"c": None}, "d/": 1, "/e": 2}
    assert mime.isolated(value) is value


def test_a_harmless_bundle_is_the_same_object(mime):
    value = {
        "data": {"text/plain": "x", "text/html": "<b>x</b>", "image/png": PNG, "text/latex": "$x$"},
        "metadata": {"image/png": {"width": 1, "unconfined": True}},
        "transient": {"display_id": "x"},
    }
    assert mime.isolated(value) is value


@pytest.mark.parametrize(
    "media_type",
    [
        "application/javascript", "text/javascript", "application/vnd.vega.v5+json",
        "application/vnd.vegalite.v5+json", "application/vnd.plotly.v1+json", "text/vnd.mermaid",
        "application/vnd.bokehjs_exec.v0+json", "application/vnd.jupyter.error",
        "application/vnd.jupyter.stderr", "application/vnd.jupyter.widget-state+json",
        "application/vnd.dataresource+json", "application/geo+json", "TEXT/HTML",
        "text/html; charset=utf-8", " text/html", "image/svg+xml;x", "audio/mpeg",
    ],
)  # fmt: skip
def test_what_nobody_can_tell_about_is_left_out_and_named_unless_it_is_allowed(mime, media_type):
    bundle = {media_type: "x", "text/plain": "what it is"}
    shown = mime.bundle(bundle)
    assert shown.keys() == {"text/plain"}
    assert shown["text/plain"].startswith("what it is\n[")
    assert media_type in shown["text/plain"]
    assert "ThreadbookPanel.allowed_mime_types" in shown["text/plain"]
    allowing = Mime(Allowed(mime_types=frozenset([media_type])), is_refused=lambda _: False)
    assert allowing.bundle(bundle) is bundle


@pytest.mark.parametrize("media_type", ["image/png", "application/pdf"])
@pytest.mark.parametrize("value", ['" onerror=1', "AA\x00", 1, {"a": "b"}, None, [1], []])
def test_what_is_no_base64_is_no_image(mime, media_type, value):
    assert media_type not in mime.bundle({media_type: value})


def test_values_may_come_line_by_line(mime):
    shown = mime.bundle({"text/html": ["<b>x", "</b>"], "image/png": [PNG[:4], PNG[4:]]})
    assert shown == {"text/html": "<b>x</b>", "image/png": PNG}


def test_svg_is_an_image_in_which_nothing_runs(mime):
    shown = mime.bundle({"image/svg+xml": HOSTILE["svg"], "text/plain": "x"})
    assert shown.keys() == {"text/html", "text/plain"}
    _, _, encoded = shown["text/html"].removesuffix('">').partition("data:image/svg+xml;base64,")
    assert base64.b64decode(encoded).decode() == HOSTILE["svg"]


def test_html_stands_for_the_markdown_and_svg_beside_it(mime):
    bundle = {"text/html": "<p>x</p>", "text/markdown": "# y", "image/svg+xml": "<svg/>"}
    assert mime.bundle(bundle) == {"text/html": "<p>x</p>"}


def test_metadata_says_nothing_of_what_is_left_out_and_moves_nothing_into_another_frame(mime):
    value = {
        "data": {"text/html": "<b>x</b>", "text/markdown": "x", "application/x": "y"},
        "metadata": {
            "isolated": True,
            "needs_background": "light",
            "text/html": {"isolated": True, "width": 3, "embed_options": {"a": "b"}},
            "application/x": {"a": "b"},
            "nested": {"text/html": "<script>1</script>"},
        },
    }
    metadata = mime.isolated(value)["metadata"]
    assert acts(metadata.pop("nested")["text/html"]) == []
    assert metadata == {"needs_background": "light", "text/html": {"width": 3}}


def test_the_view_of_a_refused_model_is_a_note(mime):
    view = "application/vnd.jupyter.widget-view+json"
    shown = mime.bundle({view: {"model_id": "refused"}, "text/plain": "Widget()"})
    assert shown.keys() == {"text/plain"}
    assert "ThreadbookPanel.allowed_widget_modules" in shown["text/plain"]
    known = {view: {"model_id": "known", "version_major": 2}, "text/plain": ""}
    assert mime.bundle(known) is known
    assert view not in mime.bundle({view: "<script>"})
