"""Whatever the HTML, Markdown or TeX of a kernel was, what a page gets of it only looks."""

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.panel.corpus import HOSTILE
from tests.panel.isolation.pages import FRAME, acts, elements

from threadbook_panel.isolation import html, markdown, tex
from threadbook_panel.isolation.style import clean_style

PIECES = st.sampled_from(
    (
        "<", ">", "</", "/>", "'", '"', "=", " ", "&", ";", "\0", "\ud800", "<!--", "-->",
        "<![CDATA[", "<script>", "</script>", "<style>", "</style>", "<svg>", "<math>", "<mtext>",
        "<template>", "<table>", "<td>", "<select>", "<textarea>", "<noscript>", "<title>",
        "<iframe srcdoc=", "<a href=", "<img src=", "<div style=", "<b class=", "<form>",
        "<base href=", "<plaintext>", "onerror=", "javascript:", "java\tscript:",
        "data:image/png;base64,AAAA", "https://h.invalid", "style=", "position:fixed", "color:red;",
        "margin:-9px", "\\70osition", "url(x)", "id=x", "\\href{", "\\require{x}", "$", "srcdoc=",
        "&lt;", "&#106;", "xlink:href=", "class='jp-Dialog'",
    )
)  # fmt: skip
MADE = st.lists(PIECES | st.text(max_size=4), max_size=30).map("".join)


def from_markdown(source):
    return html.isolated(markdown.as_html(html.whole(source)))


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("way", [html.isolated, html.clean, from_markdown])
def test_of_hostile_text_a_page_gets_nothing_that_acts(name, way):
    shown = way(HOSTILE[name])
    assert acts(shown) == []
    if way is not from_markdown:
        assert elements(way(shown)) == elements(shown)


@given(MADE)
def test_of_any_html_a_page_gets_nothing_that_acts(source):
    for way in (html.isolated, html.clean, from_markdown):
        shown = way(source)
        assert acts(shown) == []
        assert elements(way(shown)) == elements(shown) or way is from_markdown
        shown.encode()


@given(MADE)
def test_a_frame_is_one_element_with_all_that_it_was_given(source):
    framed = html.frame(source)
    assert html.is_frame(framed)
    ((tag, attributes, *texts),) = elements(framed)
    assert (tag, texts) == ("iframe", [None, None])
    assert attributes.pop("srcdoc").endswith(
        html.whole(source).replace("\r\n", "\n").replace("\r", "\n")
    )
    assert attributes == FRAME


@pytest.mark.parametrize(
    "forged",
    [
        html.frame("x") + "<b>y</b>",
        html.frame("x").replace('"allow-scripts"', '"allow-scripts allow-same-origin"'),
        html.frame("x").replace('srcdoc="', 'srcdoc="" onload="1" x="'),
        html.frame("x").replace(' class="', ' src="/lab" class="'),
        html.frame("x") * 2,
    ],
    ids=["with more", "same origin", "handler", "source", "twice"],
)  # fmt: skip
def test_what_only_looks_like_our_frame_comes_in_a_frame(forged):
    shown = html.isolated(forged)
    assert [tag for tag, *_ in elements(shown)] == ["iframe"]
    assert acts(shown) == []


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"a": [1, 2], "b": ["x", "<b>"]})._repr_html_(),
        pl.DataFrame({"a": [1], "b": ["<b>"]})._repr_html_(),
    ],
    ids=["pandas", "polars"],
)
def test_data_frames_are_tables_of_the_page(table):
    shown = html.isolated(table)
    found = elements(shown)
    assert [attributes["class"] for tag, attributes, *_ in found if tag == "table"] == ["dataframe"]
    assert not {"iframe", "style", "b"} & {tag for tag, *_ in found}
    assert "<b>" in [text for tag, _, text, _ in found if tag == "td"] or "&lt;b&gt;" in shown


@pytest.mark.parametrize(
    "source",
    [
        "<p>plain <b>bold</b> <a href='https://h.invalid/x?a=1&b=2'>away</a></p>",
        "<h2>Title</h2><ul><li>one<li>two</ul><details><summary>more</summary>x</details>",
        "<p style='color:red;background:linear-gradient(90deg,#d65f5f 50%,transparent 50%)'>x</p>",
        '<img src="data:image/png;base64,iVBORw0KGgo=" width="10">',
        "<table><caption>c</caption><tr><th scope=row colspan=2>h<td>position: url(x)</table>",
    ],
    ids=["text", "lists", "colours", "image", "table"],
)  # fmt: skip
def test_what_is_harmless_is_shown_in_the_page_and_whole(source):
    shown = html.isolated(source)
    ours = [(tag, text) for tag, _, text, _ in elements(shown)]
    assert ours == [(tag, text) for tag, _, text, _ in elements(source)]


@pytest.mark.parametrize(
    "source",
    [
        "<b onclick=x>x</b>",
        "<style>table{color:red}</style><table></table>",
        "<style>.dataframe{}</style><style>*{}</style>",
        "<img src=https://h.invalid/x.png>",
        "<p style='position:absolute'>x</p>",
        "<svg></svg>",
        "<unknown-element></unknown-element>",
        "x" * (html.LONGEST_INLINE + 1),
        "<div>" * 1000,
        "<p><b title=1>" * 20,
        "&" * 100_000,
    ],
    ids=["handler", "style", "styles", "image elsewhere", "place", "svg", "unknown", "long", "deep",
         "formats", "entities"],
)  # fmt: skip
def test_what_would_lose_something_or_take_long_comes_in_a_frame(source):
    assert [tag for tag, *_ in elements(html.isolated(source))] == ["iframe"]


def test_what_only_seems_to_end_its_formats_is_not_even_cleaned():
    source = "".join(f'<table><b x="></b></table>{number}">x' for number in range(600))
    assert not html.fits_page(source)


@pytest.mark.parametrize(
    "style",
    [
        "position:fixed", "z-index:9", "background:url(x)", "margin:-1px", "margin: 0 -1px",
        "inset:0", "top:0", "transform:scale(9)", "color:\\72 ed", "color:red!important",
        "width:calc(0px - 9px)", "background:image-set('x' 1x)", "color:var(--x)", "--x:1",
        "animation:x 1s", "content:'x'", "filter:blur(9px)", "width:" + "a" * 100_000,
    ],
)  # fmt: skip
def test_a_style_that_reaches_out_of_its_place_goes(style):
    assert clean_style(f"color:red;{style};text-align:left") == "color:red;text-align:left"


def test_styles_that_stay_in_their_place_are_kept():
    style = "color:rgb(1, 2, 3);TEXT-ALIGN: left ;border:1px solid #ccc;font-family:'A B', serif"
    kept = "color:rgb(1, 2, 3);text-align:left;border:1px solid #ccc;font-family:'A B', serif"
    assert clean_style(style) == kept


@pytest.mark.parametrize("macro", ["href", "HREF", "require", "data", "mmlToken"])
def test_a_macro_that_reaches_out_of_maths_is_none_any_more(macro):
    source = f"$x^2 \\{macro}{{java\tscript:x}}{{y}}$"
    for shown in (tex.isolated(source), html.isolated(source), from_markdown(source)):
        assert f"\\{macro}" not in shown
        assert "x^2" in shown
    assert tex.isolated(r"\frac{1}{2} \hat{d}") == r"\frac{1}{2} \hat{d}"


def test_a_macro_is_not_put_together_from_its_parts():
    shown = html.isolated(r"$\hr<wbr>ef{x}{y}$ $\hr<!-- -->ef{x}{y}$ $&#92;hr&#x65;f{x}{y}$")
    assert acts(shown) == []


def test_markdown_looks_as_it_should():
    shown = from_markdown("# Title\n\n* one\n* **two**\n\n|a|b|\n|-|-|\n|1|$x_1$|\n\n`<b>`\n")
    assert {"h1", "ul", "li", "strong", "table", "th", "td", "code"} <= {
        tag for tag, *_ in elements(shown)
    }
    assert "iframe" not in shown
    assert r"\(x_1\)" in shown


def test_markdown_with_a_script_comes_in_a_frame():
    assert [tag for tag, *_ in elements(from_markdown("# x\n\n<script>1</script>"))] == ["iframe"]


def test_markdown_too_long_to_render_is_shown_as_it_is():
    source = "* <b>x</b>\n" * (markdown.LONGEST // 10)
    assert elements(from_markdown(source)) == [("pre", {}, source, None)]
