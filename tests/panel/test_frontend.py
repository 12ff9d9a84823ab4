"""The front end: its types, its unit tests, and what it makes of hostile text in a real browser."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright
from tests.panel import corpus
from tests.panel.browser import chromium as browsers

LAB = Path(__file__).resolve().parents[2] / "extension" / "lab"
MARKUP = {
    "noscript": '<noscript><p title="</noscript><img src=x onerror={run}>">',
    "comment": "<!--><img src=x onerror={run}>--><svg><!--</svg><img src=x onerror={run}>",
    "math in a form": "<form><math><mtext></form><form><mglyph><style></math>"
    "<img src onerror={run}>",
    "svg style": '<svg></p><style><a id="</style><img src=1 onerror={run}>">',
    "nested math": "<math><annotation-xml encoding='text/html'><style><img src=x onerror={run}>",
    "select": "<select><template><style><!--</style><a rel='--></style></select>"
    "<img src onerror={run}>'>",
    "data image of svg": '<img src="data:image/svg+xml,<svg onload={run}>">',
    "data image with more": '<img src="data:image/png;base64,AAAA" srcset="https://{host}/a 1x" '
    "onload={run}>",
    "background": '<table background="https://{host}/a"><td background="https://{host}/b">x',
    "named": '<p id=record name=body class="tb-record tb-button" data-tone=good role=alert '
    "tabindex=0 aria-label=Approve contenteditable draggable=true autofocus onclick={run}>x",
    "slots": "<div is=x-y slot=x part=y popover=manual inert hidden>x</div>",
    "wide cells": "<table><tr><td colspan=99999999 rowspan=99999999>x",
    "buttons": "<button>Approve once</button><label>Deny<input type=button value=Deny></label>",
    "area": '<map name=m><area shape=rect coords=0,0,9,9 href="javascript:{run}"></map>',
}
ALLOWED = {"alt", "class", "colspan", "rowspan", "scope", "src", "title"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the folder of the compiled tests."""
    if shutil.which("node") is None or not (LAB / "node_modules" / ".setup").exists():
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("the packages of extension/lab are not installed: `make tools` does it, with npm")
    folder = tmp_path_factory.mktemp("frontend")
    run("build.mjs", "--tests", folder)
    return folder


def run(*arguments):
    """Run node in the folder of the sources; what it says is shown when it fails."""
    done = subprocess.run(
        ["node", *arguments], cwd=LAB, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_sources_and_tests_are_typed(built):
    run("node_modules/typescript/bin/tsc", "--noEmit", "-p", "test")


def test_the_unit_tests_pass(built):
    said = run("--test", "--test-reporter=tap", *sorted(built.glob("*.mjs")))
    assert int(re.search(r"^# pass (\d+)", said, re.MULTILINE)[1]) > 80


@pytest.fixture(scope="module")
def browser(built):
    if browsers.find_program() is None:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("no browser is installed")
    with sync_playwright() as playwright, browsers.launch(playwright) as browser:
        yield browser


@pytest.fixture(scope="module")
def shared_page(browser, built):
    page = browser.new_page()
    page.asked = []
    page.route("**/*", lambda route: (page.asked.append(route.request.url), route.abort()))
    page.set_content(
        '<style>body{font:13px sans-serif}</style><div class="tb-panel" id="place"></div>'
    )
    page.add_style_tag(path=LAB.parent / "threadbook_panel" / "static" / "panel.css")
    page.add_script_tag(path=built / "browser.js")
    return page


@pytest.fixture
def page(shared_page):
    """Provide a page with the parts of the panel; nothing in it may run, ask or leave."""
    yield shared_page
    # An image that fails now has failed after all that was there before it.
    shared_page.evaluate(
        """() => new Promise((done) => {
            const image = new Image();
            image.onerror = () => done(null);
            image.src = 'data:image/png;base64,AAAA';
        })"""
    )
    assert shared_page.evaluate(f"() => window.{corpus.FLAG}") is None
    assert [url for url in shared_page.asked if not url.startswith("data:")] == []
    assert shared_page.url == "about:blank"


def clean(page, source):
    """Put HTML, cleaned, into the page, and return its elements and what was left out."""
    return page.evaluate(
        """(source) => {
            const { content, leftOut } = parts.cleaned(source);
            const place = document.getElementById('place');
            place.replaceChildren(content);
            const attributes = (one) => [...one.attributes].map(({ name, value }) => [name, value]);
            const elements = [...place.querySelectorAll('*')].map(
                (one) => [one.localName, one.namespaceURI, attributes(one)]);
            const again = document.createElement('div');
            again.innerHTML = place.innerHTML;
            return { elements, leftOut, text: place.textContent,
                isStable: again.innerHTML === place.innerHTML };
        }""",
        source,
    )


HOSTILE = {
    **{name: corpus.HOSTILE[name] for name in corpus.MARKUP["text/html"]},
    "svg": corpus.HOSTILE["svg"],
    "broken attribute": corpus.HOSTILE["broken attribute"],
    **{
        name: source.format(run=f"window.{corpus.FLAG}=1", host=corpus.HOST)
        for name, source in MARKUP.items()
    },
}


@pytest.mark.parametrize("name", HOSTILE)
def test_html_keeps_no_more_than_tables_and_formatting(page, name):
    cleaned = clean(page, HOSTILE[name])
    for tag, namespace, attributes in cleaned["elements"]:
        assert namespace == "http://www.w3.org/1999/xhtml"
        assert tag not in {"a", "button", "form", "input", "style", "script", "dialog", "label"}
        assert {attribute for attribute, _ in attributes} <= ALLOWED
        for attribute, value in attributes:
            assert attribute != "src" or re.match(r"data:image/(png|jpeg);base64,", value)
            assert attribute != "class" or value == "tb-mark"
    assert cleaned["isStable"], "parsed again, it would be something else"


def test_what_was_left_out_is_named(page):
    cleaned = clean(page, '<p onclick="x()">a<script>1</script><a href="http://x">b</a></p>')
    assert cleaned["leftOut"] == ["a", "onclick", "script"]
    assert cleaned["text"] == "ab"


def test_a_table_of_a_data_frame_is_kept_whole(page):
    table = (
        "<style scoped>.dataframe th {color: red}</style><table border=1 class=dataframe><thead>"
        '<tr style="text-align: right"><th></th><th colspan="2">a &lt;b&gt;</th></tr></thead>'
        "<tbody><tr><th>0</th><td>1</td><td>2</td></tr></tbody></table>"
    )
    cleaned = clean(page, table)
    tags = [tag for tag, _, _ in cleaned["elements"]]
    assert tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "th", "td", "td"]
    assert ["colspan", "2"] in cleaned["elements"][4][2]
    assert cleaned["leftOut"] == []
    assert cleaned["text"] == "a <b>012"


def test_hidden_characters_in_html_are_marked(page):
    cleaned = clean(page, "<b>x&#8238;y</b>")
    assert cleaned["text"] == "xRLOy"
    assert cleaned["elements"][1][2][0] == ["class", "tb-mark"]


def test_hostile_outputs_show_nothing_that_acts(page):
    page.evaluate("(outputs) => parts.showOutputs(place, outputs)", corpus.hostile_outputs())
    outputs = page.locator(".tb-outputs")
    expect(outputs).to_be_visible()
    acting = "script, iframe, object, embed, form, input, a, link, meta, base, style, dialog, math"
    assert outputs.locator(acting).count() == 0
    names = outputs.get_by_role("button").all_inner_texts()
    assert names
    assert [name for name in names if not name.startswith("Show more")] == []
    sources = outputs.locator("img").evaluate_all("(all) => all.map((one) => one.src)")
    assert sources
    assert [url for url in sources if not url.startswith("data:image/")] == []
    assert outputs.locator("[id], [style], [name], [href]").count() == 0


def drawing(content):
    return f'<svg xmlns="http://www.w3.org/2000/svg">{content}</svg>'


def ten_times(refer, levels=9):
    """Return elements that refer to each other so that 10^levels would be drawn."""
    groups = (f'<g id="a{n}">{refer(n - 1) * 10}</g>' for n in range(1, levels))
    return f'<rect id="a0"/>{"".join(groups)}{refer(levels - 1)}'


DRAWN = {
    "figure": "<defs><path id='x' d='M0 0'/></defs>" + "<use href='#x' x='1'/>" * 10_000,
    "gradient": "<linearGradient id='g'/><rect fill='url(#g)' stroke='#fff'/>",
    "picture": "<image href='data:image/png;base64,AAAA'/>",
    "style": "<style>*{stroke-linejoin: round}</style><path/>",
}
NOT_DRAWN = {
    "uses": ten_times(lambda n: f"<use href='#a{n}'/>"),
    "patterns": ten_times(lambda n: f"<rect fill='url(#a{n})'/>"),
    "escaped": ten_times(lambda n: f"<use href='#%61{n}'/>"),
    "style": "<style>" + ten_times(lambda n: f"<g fill='url(\\23 a{n})'/>") + "</style>",
    "circle": "<g id='a'><g id='b'><use href='#a'/></g><use href='#b'/></g>",
    "sheet": f"<style>*{{fill: url(#p)}}</style><pattern id='p'>{'<g/>' * 300}</pattern>",
    "filters": "<filter>" + "<feTurbulence/>" * 100 + "</filter>",
    "inside": "<image href='data:image/svg+xml,&lt;svg/&gt;'/>",
    "malformed": "<g>",
    "deep": "<g>" * 50_000 + "</g>" * 50_000,
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawing_is_shown(page, name):
    assert page.evaluate("parts.drawingUrl", drawing(DRAWN[name])).startswith("data:image/svg+xml")


@pytest.mark.parametrize("name", NOT_DRAWN)
def test_a_drawing_that_would_stop_the_page_is_not_shown(page, name):
    data = {"image/svg+xml": drawing(NOT_DRAWN[name]), "text/plain": "<Figure>"}
    output = {"output_type": "display_data", "data": data, "metadata": {}}
    page.evaluate("(outputs) => parts.showOutputs(place, outputs)", [output])
    outputs = page.locator(".tb-outputs")
    expect(outputs).to_contain_text("<Figure>")
    assert outputs.locator("img").count() == 0


def test_entities_of_a_drawing_are_not_looked_at(page):
    source = '<!DOCTYPE svg [<!ENTITY a "b">]>' + drawing("&a;")
    assert page.evaluate("parts.drawingUrl", source) is None


@pytest.mark.parametrize("name", corpus.HOSTILE)
def test_hostile_code_is_shown_as_it_is(page, name):
    text = corpus.HOSTILE[name]
    page.evaluate("(code) => parts.showCode(place, code, 1)", text)
    lines = page.locator(".tb-code-lines")
    assert lines.locator(":not(span, bdi)").count() == 0
    expect(page.get_by_role("group", name="Line 1, failed here")).to_contain_text("failed here")


def test_hostile_values_are_shown_as_they_are(page):
    values = {text: [text, json.dumps(text)] for text in corpus.HOSTILE.values()}
    page.evaluate("(value) => parts.showJson(place, value)", values)
    shown = page.locator("#place > details")
    expect(shown).to_be_visible()
    allowed = "details, summary, div, span, bdi, pre, button"
    assert shown.locator(f":not({allowed})").count() == 0
